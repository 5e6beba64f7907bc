"""A clerk of Vĩnh Phúc who makes one monthly workbook at a time, with what the test wants to be wrong with it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import xlsxwriter

NATIONAL_ID, PHONE, PERSON = "026591314713", "0908512218", "Lê Thị Ví Dụ"
COLUMNS: dict[str, str | None] = {
    "Mã hồ sơ": "Thông tin hồ sơ",
    "Mã TTHC": "Thông tin hồ sơ",
    "Tên thủ tục hành chính": "Thông tin hồ sơ",
    "Lĩnh vực": "Thông tin hồ sơ",
    "Người nộp": "Người nộp hồ sơ",
    "Đối tượng": "Người nộp hồ sơ",
    "Số CCCD/ĐDCN": "Người nộp hồ sơ",
    "Điện thoại": "Người nộp hồ sơ",
    "Ngày tiếp nhận": "Thời gian giải quyết",
    "Ngày hẹn trả": "Thời gian giải quyết",
    "Ngày xử lý xong": "Thời gian giải quyết",
    "Ngày trả kết quả": "Thời gian giải quyết",
    "Trạng thái": None,
    "Hình thức nộp": None,
    "Đơn vị giải quyết": None,
    "Số hóa kết quả": None,
    "Phí, lệ phí (đồng)": None,
    "Mã HS gốc": None,
}
"""Header → group header above it."""
NOT_DATA = 12
"""Rows of a `workbook` that are no data: 2 agency, 3 title, 2 header, numbers, total, note, 2 signature."""
FIRST_ROW = 11
"""1-based row of the first dossier."""


@dataclass(frozen=True)
class Formula:
    """A computed cell: its formula, and the value kept with it ("" = never calculated)."""

    text: str
    kept: str | float = ""


Row = Mapping[str, Any]


def dossier(day: date, nth: int = 1, **cells: Any) -> dict[str, Any]:
    """A dossier received and closed on `day`. Cells by header, with `_` for a space: Trạng_thái="Đang xử lý"."""
    unit = "UBND xã Yên Lạc" if day >= date(2025, 7, 1) else "UBND phường Đồng Tâm"
    row = {
        "Mã hồ sơ": f"H62.52-{day:%y%m%d}-{nth:04d}",
        "Mã TTHC": "1.012805",
        "Tên thủ tục hành chính": "Đăng ký khai sinh",
        "Lĩnh vực": "Hộ tịch",
        "Người nộp": PERSON,
        "Đối tượng": "Cá nhân",
        "Số CCCD/ĐDCN": NATIONAL_ID,
        "Điện thoại": PHONE,
        "Ngày tiếp nhận": f"{day:%d/%m/%Y} 08:30",
        "Ngày hẹn trả": f"{day:%d/%m/%Y} 17:00",
        "Ngày xử lý xong": f"{day:%d/%m/%Y} 15:00",
        "Ngày trả kết quả": f"{day:%d/%m/%Y} 16:00",
        "Trạng thái": "Đã trả kết quả",
        "Hình thức nộp": "Trực tiếp",
        "Đơn vị giải quyết": unit,
        "Số hóa kết quả": "Có",
        "Phí, lệ phí (đồng)": 15000,
        "Mã HS gốc": None,
    }
    return row | {name.replace("_", " "): cell for name, cell in cells.items()}


def dossiers(day: date, size: int) -> list[dict[str, Any]]:
    """Some good ones."""
    return [dossier(day, nth + 1) for nth in range(size)]


@dataclass
class Form:
    """What differs from the ordinary form."""

    without: Sequence[str] = ()
    extra_headers: Sequence[str] = ()
    stated: int | None = None
    links: Sequence[str] = ()
    more_sheets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    hidden_sheet: str | None = None


def workbook(rows: Sequence[Row], title: str, form: Form | None = None) -> bytes:
    """Heading block, title, merged header, column numbers, the rows, total, note and signature."""
    form = form or Form()
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        page = book.add_worksheet("Danh sách")
        headers = [h for h in COLUMNS if h not in form.without] + list(form.extra_headers)
        _heading(page, title)
        _header(book, page, headers)
        for nth, row in enumerate(rows):
            page.write(FIRST_ROW - 1 + nth, 0, nth + 1)
            for place, header in enumerate(headers, start=1):
                _cell(page, FIRST_ROW - 1 + nth, place, row.get(header))
        after = FIRST_ROW - 1 + len(rows)
        page.write_row(after, 0, ["Tổng cộng", f"{len(rows) if form.stated is None else form.stated} hồ sơ"])
        page.write(after + 2, 0, "Ghi chú: số liệu có thể thay đổi sau khi đối chiếu.")
        page.write_row(after + 3, 1, ["NGƯỜI LẬP BIỂU", "", "", "THỦ TRƯỞNG ĐƠN VỊ"])
        page.write_row(after + 4, 1, ["(Ký, ghi rõ họ tên)", "", "", "(Ký tên, đóng dấu)"])
        for nth, link in enumerate(form.links):
            page.write_url(after + 6 + nth, 30, link, string="")
        for name, lines in form.more_sheets.items():
            book.add_worksheet(name).write_column(0, 0, lines)
        if form.hidden_sheet is not None:
            hidden = book.add_worksheet(form.hidden_sheet)
            hidden.write(0, 0, "nháp")
            hidden.hide()
    return buffer.getvalue()


def bare_workbook(*rows: Sequence[str]) -> bytes:
    """One sheet that holds these rows and nothing else."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet("Danh sách")
        for nth, row in enumerate(rows):
            page.write_row(nth, 0, row)
    return buffer.getvalue()


def _heading(page: Any, title: str) -> None:
    page.write_row(0, 0, ["UBND TỈNH PHÚ THỌ", *[""] * 8, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"])
    page.write_row(1, 0, ["-------", *[""] * 8, "Độc lập - Tự do - Hạnh phúc"])
    page.write_column(3, 0, ["DANH SÁCH HỒ SƠ THỦ TỤC HÀNH CHÍNH", title, "(Kèm theo Báo cáo số 7/BC-VP)"])


def _header(book: Any, page: Any, headers: Sequence[str]) -> None:
    bold = book.add_format({"bold": True})
    page.merge_range(7, 0, 8, 0, "STT", bold)
    groups = [COLUMNS.get(header) for header in headers]
    for place, (header, group) in enumerate(zip(headers, groups, strict=True), start=1):
        if group is None:
            page.merge_range(7, place, 8, place, "", bold)
            page.write_string(7, place, header, bold)
            continue
        page.write_string(8, place, header, bold)
        members = [at for at, other in enumerate(groups, start=1) if other == group]
        if place == members[0] and len(members) > 1:
            page.merge_range(7, place, 7, members[-1], group, bold)
    page.write_row(9, 0, [str(place + 1) for place in range(len(headers) + 1)])


def _cell(page: Any, row: int, column: int, cell: Any) -> None:
    if isinstance(cell, Formula):
        page.write_formula(row, column, cell.text, None, cell.kept)
    elif isinstance(cell, str):
        page.write_string(row, column, cell)
    elif cell is not None:
        page.write(row, column, cell)


def portal_answer(*children: Mapping[str, Any], parent: Mapping[str, Any] | None = None, **envelope: Any) -> bytes:
    """An answer of the national portal."""
    answer = {"code": "OK", "data": {"parent": parent, "children": list(children)}, "message": "OK"}
    return json.dumps(answer | envelope, ensure_ascii=False).encode("utf-8")


def portal_child(code: str, received: int | None, on_time: int | None) -> dict[str, Any]:
    """One unit's figures."""
    return {
        "departmentId": code,
        "departmentName": "UBND xã Yên Lạc" if code == "H44.189" else "Sở Nội vụ",
        "departmentCode": code,
        "level": "COMMUNE" if code == "H44.189" else "PROVINCE",
        "totalReceived": received,
        "totalOnTime": on_time,
        "totalOverdue": None if received is None or on_time is None else received - on_time,
        "avgProcessingDays": 3.5,
        "ratio": None,
        "score": None,
        "maxScore": 20,
        "scoreDelta": None,
    }
