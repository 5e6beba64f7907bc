"""This module writes the registers as they stand: every task given by the leaders and every milestone, overdue ones
first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import duckdb

from dagster_project.extracts.workbook.book import A3, FIRST_ROW, HEADER_ROW, Book

_ORDER = """
order by
    case when is_overdue then 1 when {done} is null and {due} is not null then 2 when {done} is null then 3 else 4 end,
    {due} nulls last, {key}
"""
_TASKS = """
select directive_no, task, lead_agency, supporting, issued_on, due_text, product, due_on, done_on, result_no
from marts.fct_directive
""" + _ORDER.format(done="done_on", due="due_on", key="directive_no, task")
_MILESTONES = """
select plan_no, title, milestone, lead_agency, started_on, milestone_due, milestone_done
from marts.fct_plan_milestone
""" + _ORDER.format(done="milestone_done", due="milestone_due", key="plan_no, title, milestone")


def write_register_sheets(book: Book, marts: duckdb.DuckDBPyConnection) -> None:
    """Write one sheet for each register that the warehouse holds."""
    headers = [
        "Số văn bản", "Nội dung nhiệm vụ", "Cơ quan chủ trì", "Cơ quan phối hợp", "Ngày ban hành", "Thời hạn (như ghi)",
        "Sản phẩm", "Hạn", "Ngày hoàn thành", "Văn bản kết quả", "Tình trạng",
    ]  # fmt: skip
    widths = [20, 60, 34, 34, 12, 23, 16, 12, 14, 16, 22]
    _write_register(
        book, "Sổ nhiệm vụ", "NHIỆM VỤ LÃNH ĐẠO GIAO", headers, widths, marts.execute(_TASKS).fetchall(), (7, 8)
    )
    headers = [
        "Số quyết định", "Quy hoạch, đề án", "Mốc công việc", "Cơ quan chủ trì", "Ngày bắt đầu", "Hạn",
        "Ngày hoàn thành", "Tình trạng",
    ]  # fmt: skip
    rows = marts.execute(_MILESTONES).fetchall()
    _write_register(
        book, "Mốc quy hoạch", "MỐC QUY HOẠCH, ĐỀ ÁN", headers, [16, 48, 30, 34, 12, 12, 14, 22], rows, (5, 6)
    )


def _write_register(
    book: Book, name: str, title: str, headers: Sequence[str], widths: Sequence[float], rows: list[tuple[Any, ...]],
    days: tuple[int, int],
) -> None:  # fmt: skip
    """Write one register; `days` are the columns of the deadline and of the day on which it was done."""
    if not rows:
        return
    sheet = book.add_sheet(name, title, headers, widths, 1)
    if len(headers) > 8:
        sheet.set_paper(A3)
    for row, cells in enumerate(rows, start=FIRST_ROW):
        for column, value in enumerate(cells):
            book.write_text(sheet, row, column, "-" if value is None else value)
        due, done = (cells[column] for column in days)
        book.write_rating(
            sheet, row, len(cells), rate_task(due, done, book.as_of), describe_task(due, done, book.as_of)
        )
    book.fit_rows(sheet, rows, widths[:-1])
    sheet.autofilter(HEADER_ROW, 0, FIRST_ROW + len(rows) - 1, len(headers) - 1)


def rate_task(due: date | None, done: date | None, as_of: date) -> str:
    """Return a task's rating; one without a deadline is never on time (docs/rules.md, "Deadlines")."""
    if due is None:
        return "not_applicable"
    if done is None:
        return "missed" if due < as_of else "not_applicable"
    return "met" if done <= due else "missed"


def describe_task(due: date | None, done: date | None, as_of: date) -> str:
    """Return the same in words: "Quá hạn 3 ngày", "Còn 4 ngày", "Xong muộn 2 ngày", "Không có hạn"."""
    if due is None:
        return "Đã xong, không có hạn" if done else "Không có hạn"
    if done is not None:
        return "Xong đúng hạn" if done <= due else f"Xong muộn {(done - due).days} ngày"
    left = (due - as_of).days
    return f"Quá hạn {-left} ngày" if left < 0 else "Đến hạn hôm nay" if left == 0 else f"Còn {left} ngày"
