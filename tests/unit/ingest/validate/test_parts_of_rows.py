"""Rows that tell what a project consists of: never a second statement, and checked against the project."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.ingest.landing.parse import Parse, parse_file
from tests.support.kits.reader_kit import workbook

HEAD = [
    ["BÁO CÁO GIẢI PHÓNG MẶT BẰNG", *[None] * 13],
    ["(Số liệu đến ngày 30/06/2025)"],
    ["ĐVT: triệu đồng"],
]
KEY = bytes(32)


def parse(*rows: dict[str, Any]) -> Parse:
    """Parse a clearance report of these rows (role → cell) as the office of Hòa Bình writes it."""
    registry = load_registry()
    feed = registry.feeds["site_clearance_hb"]
    heads = {role: names[0] for role, names in feed.reader_headers.items()}
    told = [[number, *(row.get(role) for role in heads)] for number, row in rows_numbered(rows)]
    return parse_file(workbook(("GPMB", [*HEAD, ["STT", *heads.values()], *told])), "gpmb.xlsx", feed, registry, KEY)


def rows_numbered(rows: tuple[dict[str, Any], ...]) -> list[tuple[Any, dict[str, Any]]]:
    return [(row.get("stt", number), row) for number, row in enumerate(rows, start=1)]


def project(**cells: Any) -> dict[str, Any]:
    return {
        "project_code": "7300900", "project_name": "Đường thử số 1", "commune.name": "Phường Tân Hòa",
        "report_date": "30/06/2025", "area_to_recover_ha": 10, "area_cleared_ha": 4, "households": 9,
        "budget_approved": 5000, "budget_paid": 2000,
    } | cells  # fmt: skip


@pytest.mark.parametrize("number", [None, "1.1"])
@pytest.mark.parametrize("label", ["Trong đó: hợp phần tái định cư", "- Đợt 1"])
def test_a_part_is_no_second_statement(number: str | None, label: str) -> None:
    part = project(
        stt=number, project_name=label, area_to_recover_ha=3, area_cleared_ha=1, budget_approved=500, budget_paid=20
    )
    account, validated = parse(project(stt=1), part, project(stt=2, project_code="7300901"))
    assert validated.rows["project_code"].tolist() == ["7300900", "7300901"]
    assert validated.rows["budget_paid"].tolist() == [2_000_000_000, 2_000_000_000]
    assert (account["rows_quarantined"], len(validated.findings)) == (0, 0)
    assert not validated.totals["scope"].str.startswith("trong đó").any()


def test_parts_that_are_more_than_their_project_are_told() -> None:
    parts = [project(stt=None, project_name=f"- Đợt {n}", area_cleared_ha=3, budget_paid=900) for n in (1, 2)]
    _, validated = parse(project(stt=1), *parts)
    told = validated.totals[validated.totals["scope"].str.startswith("trong đó")]
    found = {(row.measure, row.stated, row.computed) for row in told.itertuples()}
    assert ("area_cleared_ha", 6.0, 4.0) in found
    assert not any(measure == "budget_paid" for measure, *_ in found)  # 1,800 of 2,000 million


def test_a_part_is_held_against_its_own_row_when_that_row_stands_twice() -> None:
    part = project(stt=None, project_name="Trong đó:", area_cleared_ha=3, budget_paid=900)
    _, validated = parse(project(stt=1), project(stt=2), part)
    assert not validated.totals["scope"].str.startswith("trong đó").any()


@pytest.mark.parametrize("code", ["2,5E+11", "05/03/2025", "#REF!"])
def test_a_destroyed_code_costs_its_row_and_no_other(code: str) -> None:
    account, validated = parse(project(stt=1), project(stt=2, project_code=code), project(stt=3, budget_paid=1))
    refused = validated.quarantine[["source_row", "column_name", "rule"]]
    assert refused.to_records(index=False).tolist() == [(6, "project_code", "damaged_key")]
    assert (account["rows_read"], account["rows_quarantined"]) == (7, 1)
    assert validated.findings["rule"].tolist() == ["key_twice"]  # of the first and the third


def test_a_second_table_of_few_early_days_does_not_tell_that_days_were_swapped() -> None:
    feed = load_registry().feeds["site_clearance_hb"]
    heads = {role: names[0] for role, names in feed.reader_headers.items()}
    other = [role for role in heads if role not in ("project_name", "difficulty")] + ["difficulty", "project_name"]
    late = [project(project_code=f"730092{n}", report_date=f"{n}/06/2025") for n in range(14, 20)]
    real = [project(project_code=f"730091{n}", report_date=date(2025, 6, n)) for n in (3, 4, 5, 20)]
    upper = [[n, *(row.get(role) for role in heads)] for n, row in enumerate(late + real[3:], start=1)]
    lower = [[n, *(row.get(role) for role in other)] for n, row in enumerate(real[:3], start=8)]
    headers = [["STT", *heads.values()], ["STT", *(heads[role] for role in other)]]
    content = workbook(("GPMB", [*HEAD, headers[0], *upper, headers[1], *lower]))
    account, validated = parse_file(content, "gpmb.xlsx", feed, load_registry(), KEY)
    assert account["rows_quarantined"] == 0
    assert len(validated.rows) == 10
