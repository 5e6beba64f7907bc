"""Readers: a file's bytes → raw tables. `read` looks at the content, not at the name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dagster_project.contracts.rules import load_rules
from dagster_project.core.errors import BlockedFile, attempt
from dagster_project.ingest.normalise.encodings import unify_utf16
from dagster_project.ingest.readers import csv, json, sql_table, xlsx
from dagster_project.ingest.readers.base import Finding, RawTable, ReadSpec, report_unreadable
from dagster_project.ingest.readers.content_kind import EXTENSIONS, detect_content_kind, find_extension
from dagster_project.ingest.readers.formats import docx, html_table, mht, odf, spreadsheetml

__all__ = ["RawTable", "ReadSpec", "read", "read_all"]

Reader = Callable[[bytes, ReadSpec], list[RawTable]]
_BY_CONTENT: dict[str, Reader] = {
    "xlsx": xlsx.read,
    "xlsb": xlsx.read,
    "xls": xlsx.read,
    "ods": odf.read,
    "fods": odf.read_flat,
    "spreadsheetml": spreadsheetml.read,
    "docx": docx.read,
    "html": html_table.read,
    "mht": mht.read,
    "text": csv.read,
    "sqlite": sql_table.read,
}


def read(content: bytes, name: str, spec: ReadSpec) -> list[RawTable]:
    """Read one delivered file. `name` serves only to find a wrong extension, which is a finding and no fault.

    Raises BlockedFile: empty_file, unreadable, encrypted, zip_bomb, missing_column, error_answer, nothing_left
    (no row is data, though some are as full as data).
    """
    (tables,) = read_all([(content, name)], spec)
    if isinstance(tables, BlockedFile):
        raise tables
    return tables


def read_all(files: Sequence[tuple[bytes, str]], spec: ReadSpec) -> list[list[RawTable] | BlockedFile]:
    """Read some files (content, name) of one feed as `read` does; in the place of tables stands BlockedFile.

    Together, because pages of one service are made columns in one go; no answer depends on the other files.
    """
    deliveries = [attempt(_recognise, content, name, spec) for content, name in files]
    pages = [one.content for one in deliveries if not isinstance(one, BlockedFile) and one.reader is json.read_page]
    of_pages = iter(json.read_pages(pages, spec))
    return [
        attempt(_finish, one, next(of_pages), spec)
        if not isinstance(one, BlockedFile) and one.reader is json.read_page
        else attempt(_read, one, spec)
        for one in deliveries
    ]


@dataclass(frozen=True)
class _Delivery:
    """Holds a file of which is known what reads it. `kind`: that of its content."""

    content: bytes
    name: str
    kind: str
    reader: Reader


def _recognise(content: bytes, name: str, spec: ReadSpec) -> _Delivery:
    content = unify_utf16(content)
    kind, what = detect_content_kind(content)
    if kind == "empty":
        raise BlockedFile("empty_file", "Tệp rỗng.", "Xuất và gửi lại tệp.")
    if kind == "other":
        raise report_unreadable(what, "Gửi số liệu trong bảng tính Excel (.xlsx).")
    return _Delivery(content, name, kind, _choose_reader(kind, spec))


def _read(delivery: _Delivery | BlockedFile, spec: ReadSpec) -> list[RawTable]:
    if isinstance(delivery, BlockedFile):
        raise delivery
    return _finish(delivery, delivery.reader(delivery.content, spec), spec)


def _finish(delivery: _Delivery, tables: list[RawTable] | BlockedFile, spec: ReadSpec) -> list[RawTable]:
    """Return the tables of a file, once something in them is data, with a finding about a wrong extension."""
    if isinstance(tables, BlockedFile):
        raise tables
    if not any(len(table.frame) or len(table.bad_rows) for table in tables) and any(
        table.rows_like_data for table in tables
    ):
        words = load_rules()["nothing_left"]
        raise BlockedFile("nothing_left", words.message_vi, words.remedy_vi)
    kind, extension = delivery.kind, find_extension(delivery.name)
    if extension not in EXTENSIONS[kind] and not (kind == "html" and spec.kind == "html_table"):
        tables[0].findings.append(Finding("wrong_extension", value=f".{extension}"[:10]))
    return tables


def _choose_reader(kind: str, spec: ReadSpec) -> Reader:
    """Choose by content; but JSON and tables do not stand in for each other."""
    wants_json = spec.kind in ("json_pages", "json_tree")
    if wants_json and kind not in ("json", "html"):
        raise report_unreadable("không phải JSON", "Lấy lại dữ liệu từ dịch vụ.")
    if wants_json:
        return json.read_tree if spec.kind == "json_tree" else json.read_page
    if kind == "json":
        raise report_unreadable("là JSON, không phải bảng", "Gửi đúng tệp của đầu mối này.")
    if kind == "sqlite" and spec.kind != "sql":
        raise report_unreadable("là cơ sở dữ liệu SQLite, không phải bảng", "Gửi đúng tệp của đầu mối này.")
    return _BY_CONTENT[kind]
