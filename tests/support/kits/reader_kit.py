"""Workbooks and specs for the readers' tests, made in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

import openpyxl

from dagster_project.ingest.readers.base import ReadSpec
from tests.support.kits.cell_kit import Broken, Shown

HEADERS = ["STT", "Mã dự án", "Tên dự án", "Xã/Phường", "Ngày báo cáo", "Diện tích (ha)", "Số hộ"]
SPEC = ReadSpec(
    kind="xlsx",
    aliases={
        "project_code": ["Mã dự án"],
        "project_name": ["Tên dự án"],
        "commune": ["Xã/Phường"],
        "report_date": ["Ngày báo cáo"],
        "area_ha": ["Diện tích (ha)"],
        "households": ["Số hộ"],
    },
    required=frozenset({"project_code", "commune", "households"}),
)
HEADING = [
    ["TRUNG TÂM PTQĐ", None, None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
    [],
    ["BIỂU TIẾN ĐỘ NĂM 2025 (Số liệu đến ngày 09/07/2025)"],
    [None, None, None, None, None, "ĐVT: triệu đồng"],
]
TAIL = [
    [],
    ["Ghi chú: số liệu có thể thay đổi."],
    ["Diện tích tính theo bản đồ."],
    [None, "NGƯỜI LẬP BIỂU", None, None, "THỦ TRƯỞNG ĐƠN VỊ"],
    [None, "(Ký, ghi rõ họ tên)", None, None, "(Ký tên, đóng dấu)"],
    [None, "Trần Thị Lập", None, None, "Lê Văn Trưởng"],
]


def data_row(number: int, **cells: Any) -> list[Any]:
    """One row of data under HEADERS; `cells` by index name c0..c6 override."""
    row: list[Any] = [
        number,
        f"71005{number:02d}",
        f"Dự án số {number}",
        "Phường Việt Trì",
        "09/07/2025",
        1.5,
        10 * number,
    ]
    for name, value in cells.items():
        row[int(name[1:])] = value
    return row


def workbook(
    *sheets: tuple[str, Iterable[Sequence[Any]]], merges: Iterable[str] = (), hidden: Iterable[str] = ()
) -> bytes:
    """Sheets of rows → .xlsx bytes."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for index, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                if isinstance(value, Shown):
                    sheet.cell(index, column, value.value).number_format = value.number_format
                elif value is not None:
                    sheet.cell(index, column, value.error if isinstance(value, Broken) else value)
        for merge in merges:
            sheet.merge_cells(merge)
        if name in hidden:
            sheet.sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def sheet(*rows: Sequence[Any]) -> list[Sequence[Any]]:
    """Heading, header, the rows given, and the tail: rows start in row 6 of the sheet."""
    return [*HEADING, HEADERS, *rows, *TAIL]


def with_part(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """A workbook with something replaced in one of its parts."""
    source = zipfile.ZipFile(io.BytesIO(content))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == part:
                assert old in data
                data = data.replace(old, new)
            target.writestr(name, data)
    return stream.getvalue()
