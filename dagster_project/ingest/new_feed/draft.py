"""A layout from a sample: what one file of an office shows of how it sends, for a person to finish.

The headers are matched to the contract's columns by every name that the contract and the layouts of the domain know for
them; the readers find header, encoding and delimiter as they do every night. What the sample does not show is marked in
the draft and never guessed: a draft with an open point is no layout yet.
"""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from dagster_project.contracts.layouts import Layout, SubColumns
from dagster_project.contracts.models import Contract
from dagster_project.contracts.registry import Registry
from dagster_project.core.errors import BlockedFile, UsageError
from dagster_project.ingest import readers
from dagster_project.ingest.normalise import data_dates, dates, text
from dagster_project.ingest.normalise.quantities import read_money
from dagster_project.ingest.readers.base import RawTable, ReadSpec
from dagster_project.ingest.readers.content_kind import detect_content_kind
from dagster_project.ingest.readers.json import find_at_path, parse

_KINDS = dict.fromkeys(("xlsx", "xlsb", "xls", "ods", "fods", "spreadsheetml", "docx"), "xlsx")
_KINDS |= {"html": "html_table", "mht": "html_table", "text": "csv"}
_DATES = ("date", "timestamp")
_ENOUGH = 2
"""Columns that a table must share with the contract to be taken for one of its domain."""


@dataclass
class Draft:
    """Holds what the sample shows. `headers`: role → header as written; `open_points`: what a person must still say.

    `missing`: required roles without a header → headers of the sample that read alike; `unmatched`: headers that no
    column answers to. `like`: the layout of the domain whose form is nearest; its rhythm and delivery are proposals.
    """

    domain: str
    area: str
    reader: dict[str, str]
    like: Layout
    headers: dict[str, str] = field(default_factory=dict)
    sub_columns: SubColumns | None = None
    said_once: dict[str, str] = field(default_factory=dict)
    unmatched: list[str] = field(default_factory=list)
    missing: dict[str, list[str]] = field(default_factory=dict)
    money_unit: str = "dong"
    date_styles: list[str] = field(default_factory=list)
    code_system: str | None = None
    sheets: list[str] = field(default_factory=list)
    data_date: date | None = None
    open_points: list[str] = field(default_factory=list)

    @property
    def feed_id(self) -> str:
        """Names the feed and its folder in the inbox."""
        return f"{self.domain}_{self.area}"


def read_sample(
    content: bytes, name: str, domain: str, area: str, registry: Registry, money_unit: str | None = None
) -> Draft:
    """Draft a layout of `domain` for the office that sent this file.

    `money_unit` (dong | trieu_dong): what a person knows of the amounts, where the file does not say. Raises UsageError
    for an unknown domain and BlockedFile when the file cannot be read or shares no column with the contract.
    """
    contract = registry.contracts.get(domain)
    if contract is None:
        raise UsageError(f"Không có lĩnh vực '{domain}'.", f"Chọn một trong: {', '.join(registry.contracts)}.")
    known = [feed.layout for feed in registry.list_domain(domain)]
    reader = _detect_reader(content)
    tables, wide = _find_best_reading(content, name, reader, contract, known)
    told = [table for table in tables if len(table.heads) >= _ENOUGH]
    if not told:
        raise BlockedFile(
            "missing_column",
            f"Không thấy tiêu đề nào của lĩnh vực {domain} trong tệp mẫu.",
            "Kiểm tra --domain; dùng tệp mẫu có dòng tiêu đề.",
        )
    _note_encoding_and_delimiter(reader, content, tables)
    like = _choose_nearest_layout(known, reader["kind"])
    draft = Draft(domain, area, reader, like, sheets=[table.sheet for table in told if table.sheet])
    _match_headers(draft, told, contract, wide)
    _detect_dates_and_units(draft, told, contract, name)
    _decide_money_unit(draft, told, contract, money_unit)
    return draft


def _detect_reader(content: bytes) -> dict[str, str]:
    """Detect the kind of the reader by content. JSON and databases are told apart by what they hold."""
    kind, what = detect_content_kind(content)
    if kind == "json":
        answer = parse(content)
        return {"kind": "json_tree" if find_at_path(answer, "data.children") is not None else "json_pages"}
    if kind == "sqlite":
        return {"kind": "sql", "table": ""}
    if kind not in _KINDS:
        raise BlockedFile("unreadable", f"Tệp mẫu không đọc được: {what or 'tệp rỗng'}.", "Chọn một tệp mẫu khác.")
    return {"kind": _KINDS[kind]}


def _find_best_reading(
    content: bytes, name: str, reader: dict[str, str], contract: Contract, known: list[Layout]
) -> tuple[list[RawTable], SubColumns | None]:
    """Find the reading that names most columns: with every known name, or under a merged header as a known layout has
    it."""
    names = _collect_known_names(contract, known)
    tried: list[tuple[int, list[RawTable], SubColumns | None]] = []
    for wide in (None, *(layout.sub_columns for layout in known if layout.sub_columns)):
        for table in _list_tables(content) if reader["kind"] == "sql" else ("",):
            spec = ReadSpec(kind=reader["kind"], aliases=_name_under_merged_header(wide, names), table=table)  # type: ignore[arg-type]
            try:
                tables = readers.read(content, name, spec)
            except BlockedFile as fault:
                if fault.rule != "missing_column":
                    raise
                continue
            tried.append((max(len(each.heads) for each in tables), tables, wide))
    best = max(tried, key=lambda one: one[0], default=(0, [], None))
    if reader["kind"] == "sql" and best[1]:
        reader["table"] = str(best[1][0].sheet)
    return best[1], best[2]


def _collect_known_names(contract: Contract, known: list[Layout]) -> dict[str, tuple[str, ...]]:
    """Collect for each role every header by which the domain knows it; the contract's own words come last."""
    names: dict[str, list[str]] = {}
    for layout in known:
        for role, heads in layout.headers.items():
            names.setdefault(role, []).extend(heads)
        if layout.sub_columns is not None and layout.sub_columns.column not in names:
            names[layout.sub_columns.column] = []
    for column in contract.columns:
        roles = [role for role in names if role.split(".")[0] == column.name]
        if column.kind == "unit":
            role = f"{column.name}.name"
            names.setdefault(role, []).append(column.label_vi)
        elif not column.kind.startswith("file_period") and not column.read_from:
            names.setdefault(roles[0] if roles else column.name, []).extend((column.label_vi, column.name))
    return {role: tuple(dict.fromkeys(heads)) for role, heads in names.items() if heads}


def _name_under_merged_header(
    wide: SubColumns | None, names: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Return the same names, the measures of a merged header by their paths ("Tạm ứng/NSTW")."""
    if wide is None:
        return dict(names)
    flat = {role: heads for role, heads in names.items() if role not in (*wide.of, wide.column)}
    return flat | {
        wide.name_role(measure, member): tuple(f"{over}/{below}" for over in names[measure] for below in spelled)
        for measure in wide.of
        for member, spelled in wide.members.items()
    }


def _list_tables(content: bytes) -> list[str]:
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(content)
        found = connection.execute("select name from sqlite_master where type = 'table' order by name").fetchall()
    except sqlite3.Error as error:
        raise BlockedFile("unreadable", "Tệp SQLite mẫu hỏng.", "Chọn một tệp mẫu khác.") from error
    finally:
        connection.close()
    return [name for (name,) in found]


def _note_encoding_and_delimiter(reader: dict[str, str], content: bytes, tables: list[RawTable]) -> None:
    """Note encoding and delimiter of a text, which the reader tells where they are not the usual ones."""
    if reader["kind"] != "csv":
        return
    said = {finding.rule: finding.value for table in tables for finding in table.findings}
    bom = "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8"
    reader["encoding"] = said.get("wrong_encoding") or bom
    reader["delimiter"] = said.get("wrong_delimiter") or ","


def _choose_nearest_layout(known: list[Layout], kind: str) -> Layout:
    """Choose a layout of the domain that is read in the same way, else its first."""
    return next((layout for layout in known if layout.reader.kind == kind), known[0])


def _match_headers(draft: Draft, tables: list[RawTable], contract: Contract, wide: SubColumns | None) -> None:
    heads: dict[str, str] = {}
    for table in tables:
        heads = table.heads | heads
    ignored = {text.make_header_key(name)[0] for name in draft.like.ignored_headers}
    seen = dict.fromkeys(name for table in tables for name in table.unknown_headers)
    draft.unmatched = [name for name in seen if text.make_header_key(name)[0] not in ignored]
    for role, head in heads.items():
        column, _, member = role.partition("@")
        draft.headers.setdefault(column, head.split("/")[0] if member else head)
    if wide is not None and any("@" in role for role in heads):
        found = {role.partition("@")[0] for role in heads if "@" in role}
        members = {role.partition("@")[2] for role in heads if "@" in role}
        draft.sub_columns = SubColumns(
            column=wide.column,
            of=tuple(measure for measure in wide.of if measure in found),
            members={member: words for member, words in wide.members.items() if member in members},
        )
    order = {column.name: place for place, column in enumerate(contract.columns)}
    draft.headers = dict(sorted(draft.headers.items(), key=lambda item: (order[item[0].split(".")[0]], item[0])))
    _find_values_said_once(draft, tables)
    _list_missing_columns(draft, contract)


def _find_values_said_once(draft: Draft, tables: list[RawTable]) -> None:
    """Find columns that some layout of the domain lets the file say once, where this one has no header for them."""
    in_title = any("plan_year" in table.extra for table in tables)
    dated = (data_dates.find_data_date(table.title) for table in tables)
    draft.data_date = next((found.end for found in dated if found is not None), None)
    for column, how in _ONCE.items():
        if column not in draft.headers and (in_title if how == "title_year" else draft.data_date is not None):
            draft.said_once[column] = how


_ONCE = {"plan_year": "title_year", "report_date": "data_date"}


def _list_missing_columns(draft: Draft, contract: Contract) -> None:
    """List required columns that nothing in the sample names, each with the unmatched headers that read alike."""
    for column in contract.columns:
        named = any(role.split(".")[0] == column.name for role in draft.headers)
        is_above = draft.sub_columns is not None and draft.sub_columns.column == column.name
        if not column.required or named or is_above or column.kind.startswith("file_period"):
            continue
        if column.name in draft.said_once or column.read_from:
            continue
        role = f"{column.name}.name" if column.kind == "unit" else column.name
        keys = {_strip_header(name): name for name in draft.unmatched}
        # A hint for a person, so that a doubtful one does no harm.
        close = difflib.get_close_matches(_strip_header(column.label_vi), list(keys), n=3, cutoff=0.5)
        draft.missing[role] = [keys[key] for key in close]
        draft.open_points.append(f"Cột bắt buộc “{column.label_vi}” ({role}) chưa có tiêu đề.")
    names = {column.name for column in contract.columns}
    draft.said_once = {column: how for column, how in draft.said_once.items() if column in names}


def _strip_header(name: str) -> str:
    return text.make_header_key(name)[0]


def _detect_dates_and_units(draft: Draft, tables: list[RawTable], contract: Contract, name: str) -> None:
    """Detect the styles of dates that the cells have, and by which codes units are named."""
    columns = [column.name for column in contract.columns if column.kind in _DATES and column.name in draft.headers]
    cells = _collect_cells(tables, columns)
    draft.date_styles = _detect_date_styles(cells, draft.like.date_styles)
    codes = _collect_cells(tables, [role for role in draft.headers if role.endswith(".code")]).astype("str").str.strip()
    if len(codes):
        # Most codes decide: a few may be slips, or another system's.
        is_portal = codes.str.upper().str.match(r"H\d{2}\.\d").mean() > 0.5
        draft.code_system = "portal" if is_portal else "gso"
    named = data_dates.find_data_date_in_name(name)
    draft.data_date = draft.data_date or (named.end if named is not None else None)


def _collect_cells(tables: Iterable[RawTable], roles: Iterable[str]) -> pd.Series:
    """Collect the filled cells of these columns on all sheets, as delivered."""
    wanted = list(roles)
    parts = [table.frame[role] for table in tables for role in wanted if role in table.frame]
    return pd.concat(parts, ignore_index=True).dropna() if parts else pd.Series(dtype=object)


def _detect_date_styles(cells: pd.Series, usual: Sequence[str]) -> list[str]:
    """Return the styles that a form of the domain has, and each other one that reads a cell which these do not."""
    styles = list(usual)
    for style in (style for style in dates.STYLES if style not in styles):
        unread = cells[dates.parse_datetime(cells.astype(object), styles).values.isna()] if len(cells) else cells
        if len(unread) and dates.parse_datetime(unread.astype(object), (style,)).values.notna().any():
            styles.append(style)
    return styles


def _decide_money_unit(draft: Draft, tables: list[RawTable], contract: Contract, known: str | None) -> None:
    """Decide the unit of the amounts: said by the file, else by the person, else open."""
    money = {column.name for column in contract.columns if column.kind == "money"} & set(draft.headers)
    if not money:
        draft.money_unit = draft.like.money_unit
        return
    said = any(read_money(phrase).factors for table in tables for phrase in table.unit_phrases)
    in_heads = all(
        any(
            read_money(table.header_units.get(role, "")).factors
            for table in tables
            for role in _list_roles(table, column)
        )
        for column in money
    )
    if said or in_heads:
        draft.money_unit = "stated"
    elif known is not None:
        draft.money_unit = known
    else:
        draft.money_unit = "stated"
        draft.open_points.append("Tệp mẫu không ghi đơn vị tiền (ĐVT).")


def _list_roles(table: RawTable, column: str) -> list[str]:
    return [role for role in table.heads if role.partition("@")[0] == column]
