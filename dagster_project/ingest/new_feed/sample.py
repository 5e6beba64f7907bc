"""A sample as the readers read it by every name that its domain knows: its kind of file, and what its tables say."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from dagster_project.contracts.layouts import Layout, SubColumns
from dagster_project.contracts.models import Contract
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.normalise.columns import NUMBERS
from dagster_project.ingest.readers.base import RawTable, ReadSpec, TwoColumnsForOne, find_column_of_role, find_meanings
from dagster_project.ingest.readers.content_kind import detect_content_kind
from dagster_project.ingest.readers.json import find_at_path, parse

_KINDS = dict.fromkeys(("xlsx", "xlsb", "xls", "ods", "fods", "spreadsheetml", "docx"), "xlsx")
_KINDS |= {"html": "html_table", "mht": "html_table", "text": "csv"}
_ENOUGH = 2
"""Columns that a table must share with the contract to be taken for one of its domain."""

Columns = Sequence[tuple[str, Sequence[str]]]
"""Columns of a sheet by their letters, each with the texts of its header from the top down."""


@dataclass(frozen=True)
class Sample:
    """Holds a sample file and its reading.

    `reader`: how a layout says what kind of file it is. `tables`: those that share columns with the contract; `spec`:
    what they were read by. `wide`: the merged header that they have, as a layout of the domain has it. `rivals`: role →
    columns that have the same right to it, so that it is read from none.
    """

    content: bytes
    name: str
    reader: dict[str, str]
    spec: ReadSpec
    tables: list[RawTable] = field(default_factory=list)
    wide: SubColumns | None = None
    rivals: Mapping[str, Columns] = field(default_factory=dict)


def read_by_known_names(content: bytes, name: str, contract: Contract, known: Sequence[Layout]) -> Sample:
    """Read a sample by the reading that names most columns: with every known name, or under a merged header as a known
    layout has it. Raises BlockedFile when the file cannot be read or shares no columns with the contract."""
    reader = _detect_reader(content)
    names = collect_known_names(contract, known)
    best = Sample(content, name, reader, _make_spec(reader, names, contract, ""))
    for wide in (None, *(layout.sub_columns for layout in known if layout.sub_columns)):
        for table in _list_databases_tables(content) if reader["kind"] == "sql" else ("",):
            spec = _make_spec(reader, _name_under_merged_header(wide, names), contract, table)
            read = read_without_rivals(Sample(content, name, reader, spec, wide=wide))
            if _count_columns(read) > _count_columns(best):
                best = read
    told = [table for table in best.tables if len(table.heads) >= _ENOUGH]
    if not told:
        raise BlockedFile(
            "missing_column",
            f"Không thấy tiêu đề nào của lĩnh vực {contract.domain} trong tệp mẫu.",
            "Kiểm tra --domain; dùng tệp mẫu có dòng tiêu đề.",
        )
    return replace(best, tables=told, reader=reader | _describe_form(content, best))


def _count_columns(read: Sample) -> int:
    return max((len(table.heads) for table in read.tables), default=0)


def read_without_rivals(sample: Sample) -> Sample:
    """Read the sample by its spec; a role that two columns claim with equal right is left out, and both are named."""
    spec, rivals = sample.spec, dict(sample.rivals)
    while True:
        try:
            return replace(sample, tables=readers.read(sample.content, sample.name, spec), spec=spec, rivals=rivals)
        except TwoColumnsForOne as fault:
            rivals |= fault.rivals
            spec = replace(spec, aliases={role: heads for role, heads in spec.aliases.items() if role not in rivals})
        except BlockedFile as fault:
            if fault.rule != "missing_column":
                raise
            return replace(sample, tables=[], spec=spec, rivals=rivals)


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


def _make_spec(
    reader: Mapping[str, str], names: Mapping[str, Sequence[str]], contract: Contract, table: str
) -> ReadSpec:
    kinds = {column.name: column.kind for column in contract.columns}
    return ReadSpec(
        kind=reader["kind"],  # type: ignore[arg-type]
        aliases=names,
        amounts=frozenset(role for role in names if kinds.get(find_column_of_role(role)) in NUMBERS),
        place=next((role for role in names if role.endswith(".name")), None),
        meanings=find_meanings(contract, names),
        table=table,
    )


def collect_known_names(contract: Contract, known: Sequence[Layout]) -> dict[str, tuple[str, ...]]:
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


def _list_databases_tables(content: bytes) -> list[str]:
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(content)
        found = connection.execute("select name from sqlite_master where type = 'table' order by name").fetchall()
    except sqlite3.Error as error:
        raise BlockedFile("unreadable", "Tệp SQLite mẫu hỏng.", "Chọn một tệp mẫu khác.") from error
    finally:
        connection.close()
    return [name for (name,) in found]


def _describe_form(content: bytes, read: Sample) -> dict[str, str]:
    """Describe which table of a database it is, and encoding and delimiter of a text, which the reader tells where they
    are not the usual ones."""
    if read.reader["kind"] == "sql":
        return {"table": str(read.tables[0].sheet)}
    if read.reader["kind"] != "csv":
        return {}
    said = {finding.rule: finding.value for table in read.tables for finding in table.findings}
    bom = "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8"
    return {"encoding": said.get("wrong_encoding") or bom, "delimiter": said.get("wrong_delimiter") or ","}
