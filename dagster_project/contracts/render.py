"""What is rendered from the contracts and committed: dbt's sources, the staging models that only list columns, the
expectation suites, the data dictionary, the page of the law.

`render_all` gives path → text, relative to the project; `python -m scripts.render` writes it, and a test asserts that
rendering again changes no byte.
"""

from __future__ import annotations

import json
from typing import Any

import yaml

from dagster_project.contracts.handed_tables import load_handed_tables
from dagster_project.contracts.models import UNIT_COLUMNS, Column, Contract, Feed
from dagster_project.contracts.registry import Registry
from dagster_project.contracts.rules import load_rules
from dagster_project.contracts.suites import render_suite

_NOTICE = "Rendered from sources/ by `make render`; edit the contract, not this file."
_STAGING = "dbt/models/staging"
_FRESHNESS_NOTE = """\
# Freshness: a table holds all feeds of its domain, and dbt judges a table as a whole, by the newest data date in it. So
# `error_after` is the longest of the feeds' days: past it every feed of the domain is stale. The days of each feed
# stand in `meta`, and mart `feed_status` judges each feed by itself, at day D. A night does not ask dbt for freshness.
"""
_OWN_STAGING = {"land_auction"}
"""Domains whose staging model does more than list the columns of the contract, and is written by hand."""
_READ_TABLES = {
    "landing": {
        "feed": "stg_feed",
        "source_file": "stg_file",
        "waiting_file": "stg_waiting_file",
        "file_name": "stg_file_name",
        "quarantine": "stg_quarantine",
        "finding": "stg_finding",
        "stated_total": "stg_stated_total",
        "drift": "stg_drift",
        "reread": "stg_reread",
        "accepted_fault": "stg_accepted_fault",
    },
    "ledger": {
        "published_version": "stg_ledger_published_version",
        "kpi_value": "stg_ledger_kpi_value",
        "data_gap": "stg_ledger_data_gap",
    },
}
"""Tables of the night that models read, with their staging models. `stg_file`: the longer name is that of a mart."""

META_COMMENTS = {
    "feed_id": "Nguồn dữ liệu / Feed that delivered the row",
    "area": "Vùng gửi (pt, vp, hb): chỉ là nơi gửi / Area that sent the row: provenance only",
    "batch_id": "Mã tệp đã nhận / The file that the row came in",
    "source_sheet": "Tên trang tính / Sheet of the row",
    "source_row": "Số dòng trong trang / Row number in the sheet",
    "sheet_date": "Ngày số liệu của trang tính / Data date of the sheet, else of its file",
    "sheet_no": "Thứ tự trang tính trong tệp / Place of the sheet in its file, from 1",
    "content_hash": "Dấu vân nội dung / Hash of the canonical content",
}
_SAID_ONCE = {"title_year": "năm trong tên biểu", "data_date": "ngày số liệu của tệp"}
UNIT_COMMENTS = {
    "unit_level": "Cấp của đơn vị / Level of the unit",
    "unit_code": "Mã đơn vị giải quyết / Code of the handling unit",
    "commune_code": "Mã xã, phường từ 01/7/2025 / Commune in force from 1 July 2025",
    "former_province_code": "Mã tỉnh cũ của đơn vị / Former province of the unit",
    "attribution": "Cách quy về xã / How the row was attributed to a commune",
}


def render_all(registry: Registry) -> dict[str, str]:
    """Return path → text of every rendered file of the project, relative to its root."""
    from dagster_project.contracts.dictionary_page import render_page  # a template engine that no night needs
    from dagster_project.contracts.law_page import render_law

    rendered = {f"{_STAGING}/_sources.yml": _render_sources(registry)}
    rendered |= _render_staging(registry)
    for domain, contract in registry.contracts.items():
        suite = render_suite(contract, registry)
        rendered[f"expectations/{domain}.json"] = json.dumps(suite, ensure_ascii=False, indent=2) + "\n"
    rendered["docs/dictionary.md"] = _render_dictionary(registry)
    rendered["docs/dictionary.html"] = render_page(registry)
    rendered["docs/law.md"] = render_law()
    return rendered


def comment_landed(contract: Contract) -> dict[str, str]:
    """Return the comment of every landed column, Vietnamese first."""
    comments = dict(META_COMMENTS)
    for column in contract.columns:
        if column.kind == "unit":
            comments |= UNIT_COMMENTS
        elif column.keeps_pseudonym:
            comments[f"{column.name}_pseudonym"] = (
                f"Bí danh của: {column.label_vi} / Keyed pseudonym of: {column.description_en}"
            )
        elif not column.is_personal:
            comments[column.name] = column.comment
    return comments


def _render_sources(registry: Registry) -> str:
    domains = [_declare_domain(contract, registry.list_domain(name)) for name, contract in registry.contracts.items()]
    document = {
        "version": 2,
        "sources": [
            {
                "name": "landing",
                "schema": "landing",
                "description": "Tệp đã nhận, đã chuẩn hóa / Typed landing",
                "tables": domains + _declare_handed_tables("landing"),
            },
            {
                "name": "ledger",
                "schema": "ledger",
                "description": "Những gì đã công bố / What was published",
                "tables": _declare_handed_tables("ledger"),
            },
        ],
    }
    return f"# {_NOTICE}\n{_FRESHNESS_NOTE}" + yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)


def _render_staging(registry: Registry) -> dict[str, str]:
    """Return path → SQL of each staging model that only lists the columns of its source."""
    models = {
        f"{_STAGING}/stg_{domain}.sql": _render_staging_model(
            f"sources/{domain}/contract.odcs.yaml", "landing", domain, list(contract.list_landed_columns())
        )
        for domain, contract in registry.contracts.items()
        if domain not in _OWN_STAGING
    }
    for schema, tables in _READ_TABLES.items():
        declared = load_handed_tables(schema)
        for table, model in tables.items():
            columns = list(declared[table].types)
            models[f"{_STAGING}/{schema}/{model}.sql"] = _render_staging_model(
                "sources/handed_tables.yaml", schema, table, columns
            )
    return models | {"dbt/models/gaps/int_loud_rule.sql": _render_loud_rules()}


def _render_loud_rules() -> str:
    """Return the model of the rules that are more than for the record in what is used all the same."""
    listed = ",\n    ".join(
        f"('{rule.name}', '{rule.in_use}')" for rule in load_rules().values() if rule.in_use != "info"
    )
    return (
        "-- Rendered from sources/rules.yaml by `make render`; edit that file, not this one.\n"
        f"select\n    told.rule,\n    told.severity\nfrom (\n    values\n    {listed}\n) as told (rule, severity)\n"
    )


def _render_staging_model(origin: str, schema: str, table: str, columns: list[str]) -> str:
    listed = ",\n    ".join(columns)
    return (
        f"-- Rendered from {origin} by `make render`; edit that file, not this one.\n"
        f"select\n    {listed}\nfrom {{{{ source('{schema}', '{table}') }}}}\n"
    )


def _declare_handed_tables(schema: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "description": table.comment, "columns": _declare_columns(table.types, table.comments)}
        for name, table in load_handed_tables(schema).items()
    ]


def _declare_domain(contract: Contract, feeds: tuple[Feed, ...]) -> dict[str, Any]:
    description = f"{contract.title_vi}: {contract.grain_vi} / {contract.title_en}"
    columns = _declare_columns(contract.list_landed_columns(), comment_landed(contract))
    config = _declare_freshness(contract.domain, feeds) if feeds else {}
    return {"name": contract.domain, "description": description, "config": config, "columns": columns}


def _declare_freshness(domain: str, feeds: tuple[Feed, ...]) -> dict[str, Any]:
    """Return dbt's freshness of a domain's table, from the rhythms of its feeds (`_FRESHNESS_NOTE` says how)."""
    days = {feed.feed_id: feed.layout.rhythm.max_age_days for feed in feeds}
    return {
        "freshness": {"error_after": {"count": max(days.values()), "period": "day"}},
        "loaded_at_query": (
            "select cast(max(data_date) as timestamp) from landing.source_file "
            f"where domain = '{domain}' and state = 'accepted'"
        ),
        "meta": {"max_age_days": days},
    }


def _declare_columns(types: dict[str, str], comments: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": n, "description": comments[n], "data_type": kind.lower()} for n, kind in types.items()]


def _render_dictionary(registry: Registry) -> str:
    parts = ["# Từ điển dữ liệu / Data dictionary", f"*{_NOTICE}*"]
    for domain, contract in registry.contracts.items():
        parts.append(f"## {contract.title_vi} / {contract.title_en}")
        parts.append(f"`{domain}` {contract.version} · một dòng: {contract.grain_vi} · chủ quản: {contract.owner_vi}")
        parts.append(
            _draw_table(["cột", "kiểu", "nghĩa", "meaning", "bảo mật"], [_describe_column(c) for c in contract.columns])
        )
        for feed in registry.list_domain(domain):
            parts.append(_describe_feed(feed))
    return "\n\n".join(parts) + "\n"


def _describe_column(column: Column) -> list[str]:
    name = column.name + (" 🔑" if column.is_key else "") + (" *" if column.required else "")
    landed = ", ".join(UNIT_COLUMNS) if column.kind == "unit" else column.type
    return [name, landed, column.label_vi, column.description_en, column.classification]


def _describe_feed(feed: Feed) -> str:
    layout = feed.layout
    rhythm = layout.rhythm
    # A template engine that no night needs.
    from dagster_project.contracts.dictionary_page import CADENCES, READERS, list_forms

    head = (
        f"### {feed.feed_id}: {feed.title_vi}\n\n"
        f"Gửi: {layout.owner_vi}. Sửa: {layout.fixer_vi}. Nhịp: {CADENCES[rhythm.cadence][0]}, "
        f"muộn sau {rhythm.late_after_days} ngày, ngày số liệu cũ tối đa {rhythm.max_age_days} ngày. "
        f"Đọc: {READERS[layout.reader.kind][0]}." + (" Mỗi tệp của một xã, phường." if layout.delivery.scope else "")
    )
    rows = [[role, " · ".join(names)] for role, names in layout.headers.items()]
    rows += [[role, _SAID_ONCE[how]] for role, how in layout.said_once.items() if role not in layout.headers]
    rows += [[c.name, f"đọc từ cột {c.read_from[0]}"] for c in feed.contract.columns if c.read_from]
    if layout.sub_columns is not None:
        below = " · ".join(name for names in layout.sub_columns.members.values() for name in names)
        rows.append([layout.sub_columns.column, f"cột con: {below}"])
    forms = "\n".join(f"- {vi}" for vi, _ in list_forms(feed))
    return f"{head}\n\n{forms}\n\n" + _draw_table(["cột", "tiêu đề trong tệp"], rows)


def _draw_table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
