"""What a binary workbook (.xlsb) says of its cells and the library that reads them does not: errors, formulas, and
number formats by which a person reads another number ([MS-XLSB] 2.4)."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator

from lxml import etree

from dagster_project.ingest.readers import xlsx_guard
from dagster_project.ingest.readers.formats import xml
from dagster_project.ingest.readers.formats.biff8 import ERRORS, report_formats_unread
from dagster_project.ingest.readers.xlsx_cells import OddCell
from dagster_project.ingest.readers.xlsx_formats import ShownAs, choose_odd_styles

_ROW, _SHEET, _FORMAT, _STYLE, _STYLES_BEGIN, _STYLES_END = 0, 156, 44, 47, 617, 618
_NUMBERS, _ERRORS, _FORMULAS = frozenset({2, 5, 9}), frozenset({3, 11}), frozenset({8, 9, 10, 11})
_CELLS = _NUMBERS | _ERRORS | _FORMULAS
_PLACED = frozenset(range(1, 12))  # cells of every kind
_TEXTS, _TEXTS_BEGIN = "xl/sharedStrings.bin", 159
_BROKEN = (struct.error, IndexError, KeyError, UnicodeError, etree.XMLSyntaxError)


class Parts:
    """Holds the parts of a binary workbook: its sheets (name → part) and which of its cell styles are odd.

    Raises BlockedFile (unreadable) where they cannot be followed.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        try:
            self._sheets = _read_sheets(archive)
            self._styles = _read_styles(archive)
            if len(set(self._sheets.values())) < len(self._sheets):
                raise KeyError("several sheets of one part")
            for part in self._sheets.values():
                _check_extent(archive.read(part))
            if _TEXTS in archive.namelist():
                _check_texts(archive.read(_TEXTS))
        except _BROKEN as error:
            raise report_formats_unread() from error

    def list_odd_cells(self, sheet: str) -> list[OddCell]:
        """List the odd cells of a sheet. Raises BlockedFile: unreadable."""
        try:
            return list(_find_in_sheet(self._archive.read(self._sheets[sheet]), self._styles))
        except _BROKEN as error:
            raise report_formats_unread() from error


def _read_sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    relations = xml.parse_tree(archive.read("xl/_rels/workbook.bin.rels")).iter("{*}Relationship")
    targets = {str(one.get("Id")): str(one.get("Target", "")) for one in relations}
    sheets: dict[str, str] = {}
    for kind, body in _list_records(archive.read("xl/workbook.bin")):
        if kind == _SHEET:
            identity, end = _read_wide(body, 8)
            target = targets[identity]
            sheets[_read_wide(body, end)[0]] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return sheets


def _check_extent(content: bytes) -> None:
    """Refuse a sheet that reaches beyond measure. Raises BlockedFile: zip_bomb."""
    row = columns = 0
    for kind, body in _list_records(content):
        if kind == _ROW:
            (row,) = struct.unpack_from("<I", body)
        elif kind in _PLACED:
            columns = max(columns, struct.unpack_from("<I", body)[0] + 1)
            if (row + 1) * columns > max(xlsx_guard.SPARSE, len(content)):
                raise xlsx_guard.report_vast()


def _check_texts(content: bytes) -> None:
    """Refuse a list that claims more texts than it has bytes: the library makes room for all that are claimed."""
    for kind, body in _list_records(content):
        if kind == _TEXTS_BEGIN and max(struct.unpack_from("<2I", body)) > max(xlsx_guard.SPARSE, len(content)):
            raise IndexError("more texts than there are bytes")


def _read_styles(archive: zipfile.ZipFile) -> dict[int, ShownAs]:
    if "xl/styles.bin" not in archive.namelist():
        return {}
    codes: dict[int, str] = {}
    numbers: list[int] = []
    is_of_cells = False
    for kind, body in _list_records(archive.read("xl/styles.bin")):
        if kind == _FORMAT:
            codes[struct.unpack_from("<H", body)[0]] = _read_wide(body, 2)[0]
        elif kind in (_STYLES_BEGIN, _STYLES_END):
            is_of_cells = kind == _STYLES_BEGIN
        elif kind == _STYLE and is_of_cells:
            numbers.append(struct.unpack_from("<H", body, 2)[0])
    return choose_odd_styles(codes, numbers)


def _find_in_sheet(content: bytes, styles: dict[int, ShownAs]) -> Iterator[OddCell]:
    row = 0
    for kind, body in _list_records(content):
        if kind == _ROW:
            (row,) = struct.unpack_from("<I", body)
        elif kind in _CELLS:
            column, style = struct.unpack_from("<2I", body)
            shown = styles.get(style & 0xFFFFFF)
            if shown is not None or kind in _ERRORS or kind in _FORMULAS:
                error = ERRORS.get(body[8], "#N/A") if kind in _ERRORS else None
                yield OddCell(row, column, error, kind in _FORMULAS, True, shown)


def _list_records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and body of each record; both number and length are written seven bits a byte."""
    at = 0
    while at < len(content):
        kind = content[at]
        at += 1
        if kind & 0x80:
            kind = kind & 0x7F | content[at] << 7
            at += 1
        length = shift = 0
        while True:
            part = content[at]
            at += 1
            length |= (part & 0x7F) << shift
            shift += 7
            if not part & 0x80:
                break
        yield kind, content[at : at + length]
        at += length


def _read_wide(body: bytes, at: int) -> tuple[str, int]:
    """Return a text and where it ends."""
    (length,) = struct.unpack_from("<I", body, at)
    end = at + 4 + length * 2
    return body[at + 4 : end].decode("utf-16-le"), end
