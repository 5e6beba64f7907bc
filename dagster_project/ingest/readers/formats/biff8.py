"""What an old workbook (.xls) says of its cells and the library that reads them does not: errors, formulas, and number
formats by which a person reads another number. Only the records that tell these are looked at ([MS-XLS] 2.4)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.readers import xlsx_guard
from dagster_project.ingest.readers.base import report_unreadable
from dagster_project.ingest.readers.formats.ole import read_stream
from dagster_project.ingest.readers.xlsx_cells import OddCell
from dagster_project.ingest.readers.xlsx_formats import ShownAs, choose_odd_styles

ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_BEGIN, _END, _SHEET, _FORMAT, _STYLE = (0x0809, 0x000A, 0x0085, 0x041E, 0x00E0)
_NUMBER, _SHORT, _SHORTS, _TRUTH_OR_ERROR, _FORMULA = 0x0203, 0x027E, 0x00BD, 0x0205, 0x0006
_CELLS = frozenset({_NUMBER, _SHORT, _SHORTS, _TRUTH_OR_ERROR, _FORMULA})
_BIFF8 = 0x0600
_TEXTS, _EXTENT = 0x00FC, 0x0200
_PLACED = _CELLS | {0x00FD, 0x0204, 0x00D6}  # cells of texts too
_LEAST_TEXT = 3  # bytes that a text takes at least
_MOST_ROWS, _MOST_COLUMNS = 1 << 16, 1 << 8  # the format's own limits
_BROKEN = (struct.error, IndexError, KeyError, UnicodeError)


def list_odd_cells(content: bytes, count: int) -> list[list[OddCell]]:
    """List the odd cells of each of so many sheets, in the workbook's order. Raises BlockedFile: unreadable."""
    try:
        stream = read_stream(content, ("Workbook", "Book"))
        sheets, styles = _read_globals(stream)
        if len(sheets) != count:
            raise KeyError("other sheets than the library found")
        return [list(_find_in_sheet(stream, at, styles)) for at in sheets]
    except _BROKEN as error:
        raise report_formats_unread() from error


def check_extent(content: bytes) -> None:
    """Refuse an old workbook that claims more than it can hold, for the library makes room for as much as is claimed:
    texts, and the rectangle of each sheet. Raises BlockedFile: unreadable, zip_bomb."""
    try:
        stream = read_stream(content, ("Workbook", "Book"))
        places = [0, *_read_globals(stream)[0]]
        if len(set(places)) < len(places):
            raise IndexError("several sheets at one place")
        for at in places:
            _check_sheet(stream, at)
    except _BROKEN as error:
        raise report_formats_unread() from error


def _check_sheet(stream: bytes, at: int) -> None:
    rows = columns = 0
    while True:
        kind, length = struct.unpack_from("<2H", stream, at)
        at += 4
        if kind == _TEXTS and struct.unpack_from("<I", stream, at + 4)[0] * _LEAST_TEXT > len(stream):
            raise IndexError("more texts than there are bytes")
        if kind == _EXTENT and length >= 12:
            first, after, left, right = struct.unpack_from("<2I2H", stream, at)
            if first > after or left > right or after > _MOST_ROWS or right > _MOST_COLUMNS:
                raise IndexError("a sheet larger than the format has")
        elif kind in _PLACED and length >= 6:
            row, column = struct.unpack_from("<2H", stream, at)
            (last,) = struct.unpack_from("<H", stream, at + length - 2) if kind == _SHORTS else (column,)
            rows, columns = max(rows, row + 1), max(columns, column + 1, last + 1)
            if columns > _MOST_COLUMNS or rows * columns > max(xlsx_guard.SPARSE, len(stream)):
                raise xlsx_guard.report_vast()
        elif kind == _END:
            return
        at += length


def report_formats_unread() -> BlockedFile:
    """Return the refusal of a binary workbook of which it cannot be seen how its cells are shown."""
    return report_unreadable(
        "không xem được định dạng số và ô lỗi của bảng tính", "Lưu lại thành bảng tính .xlsx rồi gửi."
    )


def _read_globals(stream: bytes) -> tuple[list[int], dict[int, ShownAs]]:
    """Read where the sheets begin, and which cell styles are odd."""
    sheets: list[int] = []
    codes: dict[int, str] = {}
    numbers: list[int] = []
    (version,) = struct.unpack_from("<H", stream, 4)
    for kind, body in _list_records(stream, 0):
        if kind == _SHEET:
            sheets.append(struct.unpack_from("<I", body)[0])
        elif kind == _STYLE:
            numbers.append(struct.unpack_from("<H", body, 2)[0])
        elif kind == _FORMAT and version == _BIFF8:
            number, _, is_wide = struct.unpack_from("<2HB", body)
            codes[number] = body[5:].decode("utf-16-le" if is_wide & 1 else "latin-1")
        elif kind == _FORMAT:  # Excel 95
            codes[struct.unpack_from("<H", body)[0]] = body[3:].decode("cp1258", "replace")
    return sheets, choose_odd_styles(codes, numbers)


def _list_records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records from a place to the end of what begins there; charts inside of it are left out."""
    depth = 0
    while True:
        kind, length = struct.unpack_from("<2H", stream, at)
        depth += (kind == _BEGIN) - (kind == _END)
        if depth <= 0:
            return
        if depth == 1:
            yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _find_in_sheet(stream: bytes, at: int, styles: dict[int, ShownAs]) -> Iterator[OddCell]:
    for kind, body in _list_records(stream, at):
        if kind not in _CELLS:
            continue
        row, column, style = struct.unpack_from("<3H", body)
        if kind == _SHORTS:
            for place in range((len(body) - 6) // 6):
                (style,) = struct.unpack_from("<H", body, 4 + place * 6)
                if style in styles:
                    yield OddCell(row, column + place, None, False, True, styles[style])
            continue
        error = None
        if (kind == _TRUTH_OR_ERROR and body[7]) or (kind == _FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2):
            error = ERRORS.get(body[6] if kind == _TRUTH_OR_ERROR else body[8], "#N/A")
        if error is not None or kind == _FORMULA or style in styles:
            yield OddCell(row, column, error, kind == _FORMULA, True, styles.get(style))
