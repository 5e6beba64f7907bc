"""The offices' own workbooks: one file an office, with exactly what it has to mend, and nothing of any other.

A row is named by file, sheet and row number, by which its sender finds it again; no person is in it. The same version
makes the same bytes as long as the landing holds the same parses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from math import ceil
from pathlib import Path
from typing import Any

import duckdb
from xlsxwriter.worksheet import Worksheet

from dagster_project.contracts.registry import load_registry
from dagster_project.contracts.rules import load_rules
from dagster_project.extracts.book import FIRST_ROW, HEADER_ROW, Book
from dagster_project.extracts.owner_words import about_vi, column_vi, measure_vi
from dagster_project.extracts.words import GAP_KIND_VI, SEVERITY_VI, gap_period_vi
from dagster_project.paths import Home
from dagster_project.warehouse.owner_rows import BlockedFileRow, OwnerRow, TotalRow
from dagster_project.warehouse.owners import OwnerGap, OwnerList, owner_lists

AT_ONCE_VI = "Ngay, đã quá hạn"
ROWS_A_SHEET = 1_000_000
"""Excel takes 1,048,576 rows a sheet; what is more goes on in another."""

_SEVERITIES = ("error", "warning", "info")
_LINE, _MOST_LINES = 15.0, 27
"""Points a line, and the most lines that Excel lets a row have."""
_NARROW = 0.85
"""Width of a letter of the text beside the digit that columns are measured in, with room for the ends of lines."""
_LONGEST = 32_000
"""Letters of a cell; Excel takes 32,767."""
_NOTES = (
    "Sửa tại hệ thống hoặc biểu gốc rồi gửi lại tệp của đúng kỳ đó (thêm “lần 2” vào tên tệp); không sửa vào tệp này.",
    "Tệp này không ghi họ tên, số định danh, số điện thoại. Mở đúng tệp, trang tính, dòng đã nêu để biết hồ sơ nào.",
    "Dòng “không dùng” chưa được tính vào số liệu nào; dòng “đang dùng” vẫn được tính, cần xác nhận hoặc sửa.",
)
_DISTRICT_NOTE = "Hồ sơ do huyện cũ giải quyết chỉ nêu số lượng, không liệt kê: không phải lỗi của cơ quan gửi."
_WHOLE_FILE_VI = "cả tệp"


def write_owners(home: Home, marts: duckdb.DuckDBPyConnection, folder: Path, version: str) -> int:
    """Write `<folder>/<office>.xlsx` for every office with an open gap; returns how many. No folder when there is none.

    `marts`: the published file of `version`, open read-only; `home`: whose landing holds the rows.
    """
    as_of = date.fromisoformat(version[:10])
    lists = owner_lists(home, marts, as_of)
    for owner in lists:
        folder.mkdir(exist_ok=True)
        _write(owner, folder / f"{owner.slug}.xlsx", as_of, version)
    return len(lists)


def _write(owner: OwnerList, path: Path, as_of: date, version: str) -> None:
    book = Book(path, as_of, version, "Nội dung cần khắc phục")
    gaps = {gap.gap_id: gap for gap in owner.gaps}
    _summary(book, owner)
    _table(book, "Việc cần sửa", f"VIỆC CẦN SỬA: {owner.office_vi}", _GAP_HEADS, [_gap(gap) for gap in owner.gaps])
    for start in range(0, len(owner.rows), ROWS_A_SHEET):
        part = owner.rows[start : start + ROWS_A_SHEET]
        cells = [_row(row, gaps[row.gap_id]) for row in part]
        _table(book, "Dòng cần sửa", f"DÒNG CẦN SỬA: {owner.office_vi}", _ROW_HEADS, cells)
    if owner.blocked:
        cells = [
            (gaps[b.gap_id].feed_vi, b.file, b.data_date or "-", b.message_vi, _remedy(b.rule), b.gap_id[:8])
            for b in owner.blocked
        ]
        _table(book, "Tệp bị chặn", f"TỆP KHÔNG DÙNG ĐƯỢC: {owner.office_vi}", _BLOCKED_HEADS, cells)
    if owner.totals:
        cells = [
            (gaps[t.gap_id].feed_vi, t.file, _scope_vi(t.scope), measure_vi(gaps[t.gap_id].feed, t.measure), t.stated,
             t.computed, t.difference, t.gap_id[:8])
            for t in owner.totals
        ]  # fmt: skip
        _table(book, "Số tổng lệch", f"SỐ TỔNG KHÔNG KHỚP (tiền: đồng): {owner.office_vi}", _TOTAL_HEADS, cells)
    book.workbook.close()


Heads = dict[str, float]
"""Header of a column → the most letters that it is wide."""

_SUMMARY_HEADS: Heads = {
    "Nguồn dữ liệu": 44, "Kỳ": 26, "Việc": 26, "Mức độ": 16, "Số việc": 9, "Số dòng": 9, "Dòng liệt kê": 9,
    "Sửa xong trước ngày": 20,
}  # fmt: skip
_GAP_HEADS: Heads = {
    "Nguồn dữ liệu": 22, "Kỳ": 12, "Mức độ": 13, "Loại": 16, "Nội dung": 34, "Xã, phường": 16, "Số dòng": 8,
    "Cách khắc phục": 44, "Người sửa": 24, "Thấy từ ngày": 12, "Sửa xong trước ngày": 13, "Mã": 10,
}  # fmt: skip
_ROW_HEADS: Heads = {
    "Nguồn dữ liệu": 18, "Kỳ": 12, "Tệp": 24, "Trang tính": 12, "Dòng": 8, "Cột": 16, "Ghi trong tệp": 18,
    "Hồ sơ, dự án, lô": 22, "Sai ở đâu": 30, "Cách sửa": 34, "Xã, phường": 14, "Hiện": 12, "Mã": 10,
}  # fmt: skip
_BLOCKED_HEADS: Heads = {
    "Nguồn dữ liệu": 24, "Tệp": 34, "Số liệu đến ngày": 13, "Vì sao không dùng được": 60, "Cách sửa": 44, "Mã": 10,
}  # fmt: skip
_TOTAL_HEADS: Heads = {
    "Nguồn dữ liệu": 26, "Tệp": 34, "Phạm vi": 24, "Số liệu": 26, "Ghi trong tệp": 20, "Cộng các dòng": 20,
    "Chênh lệch": 20, "Mã": 10,
}  # fmt: skip


def _summary(book: Book, owner: OwnerList) -> None:
    """What is to do, a line a feed and kind: the gravest first, then the soonest."""
    listed: dict[str, int] = {}
    parts: tuple[tuple[OwnerRow | BlockedFileRow | TotalRow, ...], ...] = (owner.rows, owner.blocked, owner.totals)
    for each in (each for part in parts for each in part):
        listed[each.gap_id] = listed.get(each.gap_id, 0) + 1
    groups: dict[tuple[int, date, str, str], list[OwnerGap]] = {}
    for gap in owner.gaps:
        grave = _SEVERITIES.index(gap.row["severity"])
        groups.setdefault((grave, gap.mend_by or date.min, gap.feed_vi, gap.row["kind"]), []).append(gap)
    cells = []
    for (grave, _, feed_vi, kind), gaps in sorted(groups.items(), key=lambda item: item[0]):
        counted = [gap.row["rows_affected"] for gap in gaps if gap.row["rows_affected"] is not None]
        cells.append(
            (feed_vi, _periods_vi(gaps), GAP_KIND_VI.get(kind, kind), SEVERITY_VI[_SEVERITIES[grave]], len(gaps),
             sum(counted) if counted else "-", sum(listed.get(gap.gap_id, 0) for gap in gaps), _when(gaps[0]))
        )  # fmt: skip
    sheet = _table(book, "Tóm tắt", f"NỘI DUNG CẦN KHẮC PHỤC: {owner.office_vi}", _SUMMARY_HEADS, cells)
    sheet.autofilter(HEADER_ROW, 0, FIRST_ROW + len(cells) - 1, len(_SUMMARY_HEADS) - 1)
    has_districts = any((gap.row["kind"], gap.row["measure"]) == ("unattributed", "district") for gap in owner.gaps)
    for offset, note in enumerate((*_NOTES, *([_DISTRICT_NOTE] if has_districts else []))):
        sheet.write_string(FIRST_ROW + len(cells) + 1 + offset, 0, note, book.note)


def _periods_vi(gaps: Sequence[OwnerGap]) -> str:
    periods = sorted({gap.row["period"] for gap in gaps if gap.row["period"]})
    return " – ".join(gap_period_vi(period) for period in dict.fromkeys((*periods[:1], *periods[-1:]))) or "-"


def _gap(gap: OwnerGap) -> tuple[Any, ...]:
    row = gap.row
    affected = row["rows_affected"] if row["rows_affected"] is not None else "-"
    return (
        gap.feed_vi, gap_period_vi(row["period"]), SEVERITY_VI.get(row["severity"], row["severity"]),
        GAP_KIND_VI.get(row["kind"], row["kind"]), about_vi(gap), gap.commune_vi or "-", affected,
        row["what_to_do_vi"], row["who_fixes"], row["first_seen"], _when(gap), gap.gap_id[:8],
    )  # fmt: skip


def _row(row: OwnerRow, gap: OwnerGap) -> tuple[Any, ...]:
    return (
        gap.feed_vi, gap_period_vi(gap.row["period"]), row.file, row.sheet or "-",
        "-" if row.row is None else row.row, column_vi(gap.feed, row.column) or "-", _value(row, gap) or "-",
        row.subject or "-", row.message_vi or about_vi(gap), row.remedy_vi or gap.row["what_to_do_vi"],
        gap.commune_vi or "-", "đang dùng" if row.is_used else "không dùng", gap.gap_id[:8],
    )  # fmt: skip


def _value(row: OwnerRow, gap: OwnerGap) -> str:
    """What the file says; a code of ours (a status that the facts hold) by its Vietnamese name."""
    if row.message_vi or gap.feed is None:
        return row.value
    column = next((known for known in gap.feed.contract.columns if known.name == row.column), None)
    if column is None or column.code_list is None:
        return row.value
    codes = load_registry().code_lists[column.code_list].codes
    return next((code.label_vi for code in codes if code.value == row.value), row.value)


def _scope_vi(scope: str | None) -> str:
    return _WHOLE_FILE_VI if scope in (None, "", "file") else str(scope)


def _remedy(rule: str) -> str:
    return load_rules()[rule].remedy_vi if rule in load_rules() else "Gửi lại tệp đúng mẫu."


def _when(gap: OwnerGap) -> date | str:
    return gap.mend_by or AT_ONCE_VI


def _table(book: Book, name: str, title: str, heads: Heads, rows: Sequence[Sequence[Any]]) -> Worksheet:
    """A sheet that fits what stands in it: text as text, dates and numbers as such, filter and frozen header."""
    widths = _widths(heads, rows)
    sheet = book.sheet(name, title, list(heads), widths)
    sheet.set_row(HEADER_ROW, _height(list(heads), widths))
    for number, cells in enumerate(rows, start=FIRST_ROW):
        sheet.set_row(number, _height(cells, widths))
        for column, value in enumerate(cells):
            if value == "-":
                sheet.write_string(number, column, value, book.none)
            elif isinstance(value, int | float):
                kind = "count" if float(value).is_integer() else "area"
                sheet.write_number(number, column, value, book.numbers[kind])
            else:
                book.words(sheet, number, column, value[:_LONGEST] if isinstance(value, str) else value)
    sheet.autofilter(HEADER_ROW, 0, FIRST_ROW + max(len(rows), 1) - 1, len(heads) - 1)
    return sheet


def _widths(heads: Heads, rows: Iterable[Sequence[Any]]) -> list[float]:
    """As wide as the longest text, within the column's own limit: what is longer goes on below."""
    widths = [max(map(len, head.split())) + 4 for head in heads]
    for cells in rows:
        for column, value in enumerate(cells):
            widths[column] = max(widths[column], 12 if isinstance(value, date) else ceil(len(str(value)) * _NARROW) + 3)
    return [float(min(width, widest)) for width, widest in zip(widths, heads.values(), strict=True)]


def _height(cells: Sequence[Any], widths: Sequence[float]) -> float:
    """Points: a line for each piece of text that fits, counted generously, since words are not cut."""
    lines = (
        ceil(len(str(value)) * _NARROW / (width - 2)) if isinstance(value, str) else 1
        for value, width in zip(cells, widths, strict=True)
    )
    return _LINE * min(max(lines), _MOST_LINES)
