"""Readers: a file's bytes → raw tables. `read` looks at the content, not at the name."""

from __future__ import annotations

from collections.abc import Callable

from dagster_project.contracts.rules import load_rules
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.normalise.encodings import unify_utf16
from dagster_project.ingest.readers import csv, json, sql_table, xlsx
from dagster_project.ingest.readers.base import Finding, RawTable, ReadSpec, report_unreadable
from dagster_project.ingest.readers.content_kind import EXTENSIONS, detect_content_kind, find_extension
from dagster_project.ingest.readers.formats import docx, html_table, mht, odf, spreadsheetml

__all__ = ["RawTable", "ReadSpec", "read"]


_BY_CONTENT: dict[str, Callable[[bytes, ReadSpec], list[RawTable]]] = {
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
    content = unify_utf16(content)
    kind, what = detect_content_kind(content)
    if kind == "empty":
        raise BlockedFile("empty_file", "Tệp rỗng.", "Xuất và gửi lại tệp.")
    if kind == "other":
        raise report_unreadable(what, "Gửi số liệu trong bảng tính Excel (.xlsx).")
    tables = _choose_reader(kind, spec)(content, spec)
    if not any(len(table.frame) or len(table.bad_rows) for table in tables) and any(
        table.rows_like_data for table in tables
    ):
        words = load_rules()["nothing_left"]
        raise BlockedFile("nothing_left", words.message_vi, words.remedy_vi)
    if find_extension(name) not in EXTENSIONS[kind] and not (kind == "html" and spec.kind == "html_table"):
        tables[0].findings.append(Finding("wrong_extension", value=f".{find_extension(name)}"[:10]))
    return tables


def _choose_reader(kind: str, spec: ReadSpec) -> Callable[[bytes, ReadSpec], list[RawTable]]:
    """Choose by content; but JSON and tables do not stand in for each other."""
    wants_json = spec.kind in ("json_pages", "json_tree")
    if wants_json and kind not in ("json", "html"):
        raise report_unreadable("không phải JSON", "Lấy lại dữ liệu từ dịch vụ.")
    if wants_json:
        return json.read_tree if spec.kind == "json_tree" else json.read_pages
    if kind == "json":
        raise report_unreadable("là JSON, không phải bảng", "Gửi đúng tệp của đầu mối này.")
    if kind == "sqlite" and spec.kind != "sql":
        raise report_unreadable("là cơ sở dữ liệu SQLite, không phải bảng", "Gửi đúng tệp của đầu mối này.")
    return _BY_CONTENT[kind]
