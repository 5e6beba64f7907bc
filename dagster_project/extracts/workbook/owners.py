"""This module writes the offices' own workbooks: one file per office, with exactly what it has to mend, and nothing of
any other.

A row is named by file, sheet and row number, by which its sender finds it again; no person is in it. The same version
makes the same bytes as long as the landing holds the same parses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from xlsxwriter.worksheet import Worksheet

from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import load_registry
from dagster_project.contracts.rules import load_rules
from dagster_project.explain.owners import OwnerGap, OwnerList
from dagster_project.extracts.words import GAP_KIND_VI, SEVERITY_VI, format_gap_period
from dagster_project.extracts.workbook.block import Cells
from dagster_project.extracts.workbook.book import (
    FIRST_ROW,
    HEADER_ROW,
    NARROW,
    Book,
    compute_row_heights,
    measure_wrapped,
)
from dagster_project.extracts.workbook.owner_words import describe_gap, name_column, name_measure

AT_ONCE_VI = "Ngay, đã quá hạn"
ROWS_A_SHEET = 1_000_000
"""Excel takes 1,048,576 rows per sheet; what is more goes on in another."""

_SEVERITIES = ("error", "warning", "info")
_DATE_WIDTH = 12
_NOTES = (
    "Sửa tại hệ thống hoặc biểu gốc rồi gửi lại tệp của đúng kỳ đó (thêm “lần 2” vào tên tệp); không sửa vào tệp này.",
    "Tệp này không ghi họ tên, số định danh, số điện thoại. Mở đúng tệp, trang tính, dòng đã nêu để biết hồ sơ nào.",
    "Dòng “không dùng” chưa được tính vào số liệu nào; dòng “đang dùng” vẫn được tính, cần xác nhận hoặc sửa.",
)
_DISTRICT_NOTE = "Hồ sơ do huyện cũ giải quyết chỉ nêu số lượng, không liệt kê: không phải lỗi của cơ quan gửi."
_WHOLE_FILE_VI = "cả tệp"


def write_owners(lists: Sequence[OwnerList], folder: Path, version: str) -> int:
    """Write `<folder>/<office>.xlsx` for each list of `version` and return how many. No folder is made when there is
    none.
    """
    as_of = date.fromisoformat(version[:10])
    places = _make_places(lists)
    for owner in lists:
        folder.mkdir(exist_ok=True)
        _write_book(owner, places.loc[owner.rows.index], folder / f"{owner.slug}.xlsx", as_of, version)
    return len(lists)


def _write_book(owner: OwnerList, places: pd.DataFrame, path: Path, as_of: date, version: str) -> None:
    book = Book(path, as_of, version, "Nội dung cần khắc phục")
    gaps = {gap.gap_id: gap for gap in owner.gaps}
    _write_summary(book, owner)
    _write_table(
        book, "Việc cần sửa", f"VIỆC CẦN SỬA: {owner.office_vi}", _GAP_HEADS, [_make_gap_row(gap) for gap in owner.gaps]
    )
    for start in range(0, len(places), ROWS_A_SHEET):
        part = places.iloc[start : start + ROWS_A_SHEET]
        _write_table(book, "Dòng cần sửa", f"DÒNG CẦN SỬA: {owner.office_vi}", _ROW_HEADS, part)
    if owner.blocked:
        cells = [
            (gaps[b.gap_id].feed_vi, b.file, b.data_date or "-", b.message_vi, _find_remedy(b.rule), b.gap_id[:8])
            for b in owner.blocked
        ]
        _write_table(book, "Tệp bị chặn", f"TỆP KHÔNG DÙNG ĐƯỢC: {owner.office_vi}", _BLOCKED_HEADS, cells)
    if owner.totals:
        totals = [
            (gaps[t.gap_id].feed_vi, t.file, _name_scope(t.scope), name_measure(gaps[t.gap_id].feed, t.measure),
             t.stated, t.computed, t.difference, t.gap_id[:8])
            for t in owner.totals
        ]  # fmt: skip
        _write_table(book, "Số tổng lệch", f"SỐ TỔNG KHÔNG KHỚP (tiền: đồng): {owner.office_vi}", _TOTAL_HEADS, totals)
    if owner.readings:
        feeds = {gap.row["feed_id"]: gap.feed_vi for gap in owner.gaps}
        read = [
            (feeds[r.feed_id], r.file, r.sheet or "-", r.column_vi, r.read_as_vi, r.told_by_vi, r.cells)
            for r in owner.readings
        ]
        _write_table(book, "Cách đọc tệp", f"TỆP MỚI NHẤT ĐƯỢC ĐỌC THẾ NÀO: {owner.office_vi}", _READ_HEADS, read)
    book.workbook.close()


Heads = dict[str, float]
"""Header of a column → the most letters that it is wide."""

_SUMMARY_HEADS: Heads = {
    "Nguồn dữ liệu": 44, "Kỳ": 26, "Việc": 26, "Mức độ": 16, "Số việc": 9, "Số dòng": 9, "Dòng liệt kê": 9,
    "Sửa xong trước ngày": 20,
}  # fmt: skip
_GAP_HEADS: Heads = {
    "Nguồn dữ liệu": 22, "Kỳ": 12, "Mức độ": 13, "Loại": 16, "Nội dung": 34, "Xã, phường": 16, "Số dòng": 8,
    "Kết luận đang chờ": 10, "Cách khắc phục": 44, "Người sửa": 24, "Thấy từ ngày": 12, "Sửa xong trước ngày": 13,
    "Mã": 10,
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

_READ_HEADS: Heads = {
    "Nguồn dữ liệu": 26, "Tệp": 34, "Trang tính": 14, "Cột": 24, "Đọc là": 40, "Theo": 34, "Số ô": 10,
}  # fmt: skip


def _write_summary(book: Book, owner: OwnerList) -> None:
    """Write what is to do, one line per feed and kind: the gravest first, then the soonest."""
    listed = Counter([part.gap_id for part in owner.blocked] + [part.gap_id for part in owner.totals])
    listed.update(owner.rows["gap_id"])
    groups: dict[tuple[int, date, str, str], list[OwnerGap]] = {}
    for gap in owner.gaps:
        grave = _SEVERITIES.index(gap.row["severity"])
        groups.setdefault((grave, gap.mend_by or date.min, gap.feed_vi, gap.row["kind"]), []).append(gap)
    cells = []
    for (grave, _, feed_vi, kind), gaps in sorted(groups.items(), key=lambda item: item[0]):
        counted = [gap.row["rows_affected"] for gap in gaps if gap.row["rows_affected"] is not None]
        cells.append(
            (feed_vi, _name_periods(gaps), GAP_KIND_VI.get(kind, kind), SEVERITY_VI[_SEVERITIES[grave]], len(gaps),
             sum(counted) if counted else "-", sum(listed[gap.gap_id] for gap in gaps), _tell_when(gaps[0]))
        )  # fmt: skip
    sheet = _write_table(book, "Tóm tắt", f"NỘI DUNG CẦN KHẮC PHỤC: {owner.office_vi}", _SUMMARY_HEADS, cells)
    sheet.autofilter(HEADER_ROW, 0, FIRST_ROW + len(cells) - 1, len(_SUMMARY_HEADS) - 1)
    has_districts = any((gap.row["kind"], gap.row["measure"]) == ("unattributed", "district") for gap in owner.gaps)
    for offset, note in enumerate((*_NOTES, *([_DISTRICT_NOTE] if has_districts else []))):
        sheet.write_string(FIRST_ROW + len(cells) + 1 + offset, 0, note, book.note)


def _name_periods(gaps: Sequence[OwnerGap]) -> str:
    periods = sorted({gap.row["period"] for gap in gaps if gap.row["period"]})
    return " – ".join(format_gap_period(period) for period in dict.fromkeys((*periods[:1], *periods[-1:]))) or "-"


def _make_gap_row(gap: OwnerGap) -> tuple[Any, ...]:
    row = gap.row
    affected = row["rows_affected"] if row["rows_affected"] is not None else "-"
    return (
        gap.feed_vi, format_gap_period(row["period"]), SEVERITY_VI.get(row["severity"], row["severity"]),
        GAP_KIND_VI.get(row["kind"], row["kind"]), describe_gap(gap), gap.commune_vi or "-", affected,
        row["verdicts_waiting"], row["what_to_do_vi"], row["who_fixes"], row["first_seen"], _tell_when(gap),
        gap.gap_id[:8],
    )  # fmt: skip


def _make_places(lists: Sequence[OwnerList]) -> pd.DataFrame:
    """Return the cells of all places to mend, by the index of their rows; what a gap or a column says is worked out
    once.
    """
    if not lists:
        return pd.DataFrame()
    gaps = [gap for owner in lists for gap in owner.gaps]
    rows = pd.concat([owner.rows for owner in lists])
    of_gap = pd.DataFrame([_tell_of_places(gap) for gap in gaps], columns=_OF_GAP, dtype=object)
    pairs = rows[["gap_id", "column"]].drop_duplicates()
    feeds = {gap.gap_id: gap.feed for gap in gaps}
    named = [(feeds[gap_id], name) for gap_id, name in pairs.itertuples(index=False)]
    pairs["column_vi"] = [name_column(feed, name) for feed, name in named]
    pairs["labels"] = pd.Series([_list_labels(feed, name) for feed, name in named], pairs.index, dtype=object)
    told = rows.merge(of_gap, on="gap_id", how="left").merge(pairs, on=["gap_id", "column"], how="left").astype(object)
    # A code of ours (a status that the facts hold) stands by its Vietnamese name, a value that the landing refused as
    # the file has it.
    coded = (told["message_vi"] == "") & told["labels"].astype(bool)
    told.loc[coded, "value"] = [
        labels.get(value, value) for labels, value in told.loc[coded, ["labels", "value"]].itertuples(index=False)
    ]
    told["message_vi"] = told["message_vi"].where(told["message_vi"] != "", told["about_vi"])
    told["remedy_vi"] = told["remedy_vi"].where(told["remedy_vi"] != "", told["todo_vi"])
    told["used_vi"] = np.where(told["is_used"].astype(bool), "đang dùng", "không dùng")
    told.index = rows.index
    dashed = ["sheet", "row", "column_vi", "value", "subject"]
    told[dashed] = told[dashed].where(told[dashed].astype(bool), "-")
    return told[
        ["feed_vi", "period_vi", "file", "sheet", "row", "column_vi", "value", "subject", "message_vi", "remedy_vi",
         "commune_vi", "used_vi", "code"]
    ]  # fmt: skip


_OF_GAP = ("gap_id", "feed_vi", "period_vi", "about_vi", "todo_vi", "commune_vi", "code")


def _tell_of_places(gap: OwnerGap) -> tuple[Any, ...]:
    row = gap.row
    return (
        gap.gap_id, gap.feed_vi, format_gap_period(row["period"]), describe_gap(gap), row["what_to_do_vi"],
        gap.commune_vi or "-", gap.gap_id[:8],
    )  # fmt: skip


def _list_labels(feed: Feed | None, name: str) -> dict[str, str]:
    """Return code → its Vietnamese name, of a column that holds codes; empty for any other."""
    column = next((known for known in feed.contract.columns if known.name == name), None) if feed else None
    if column is None or column.code_list is None:
        return {}
    return {code.value: code.label_vi for code in reversed(load_registry().code_lists[column.code_list].codes)}


def _name_scope(scope: str | None) -> str:
    return _WHOLE_FILE_VI if scope in (None, "", "file") else str(scope)


def _find_remedy(rule: str) -> str:
    return load_rules()[rule].remedy_vi if rule in load_rules() else "Gửi lại tệp đúng mẫu."


def _tell_when(gap: OwnerGap) -> date | str:
    return gap.mend_by or AT_ONCE_VI


def _write_table(
    book: Book, name: str, title: str, heads: Heads, rows: Sequence[Sequence[Any]] | pd.DataFrame
) -> Worksheet:
    """Write a sheet that fits what stands in it: text as text, dates and numbers as such, filter and frozen header."""
    cells = Cells.factorize(
        rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows, columns=list(heads), dtype=object)
    )
    least = [max(map(len, head.split())) + 4 for head in heads]
    needed = cells.map_values(_measure_width).max(axis=0, initial=0)
    widths = np.minimum(np.maximum(needed, least), list(heads.values()))
    sheet = book.add_sheet(name, title, list(heads), widths.tolist())
    sheet.set_row(HEADER_ROW, float(compute_row_heights(np.array([[len(head) for head in heads]]), widths)[0]))
    if len(rows):
        sheet.write_block(
            FIRST_ROW, cells, book.choose_look, compute_row_heights(cells.map_values(measure_wrapped), widths)
        )
    sheet.autofilter(HEADER_ROW, 0, FIRST_ROW + max(len(rows), 1) - 1, len(heads) - 1)
    return sheet


def _measure_width(value: object) -> float:
    """Return the width of a text; a column is as wide as its longest, within its own limit: what is longer goes on
    below.
    """
    return _DATE_WIDTH if isinstance(value, date) else ceil(len(str(value)) * NARROW) + 3
