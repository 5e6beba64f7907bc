"""This module makes workbooks as an office does: heading block, title, merged header, rows, total, notes, signature.

XlsxWriter makes the workbook; the data rows, which may be hundreds of thousands, are put in as whole columns. The same
content gives the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

NATION = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
NOTE = "Ghi chú: số liệu tổng hợp từ các đơn vị; số liệu có thể thay đổi sau khi đối chiếu."
DATE_FORMATS = {"date": "dd/mm/yyyy", "datetime": "dd/mm/yyyy hh:mm"}
SCALED = {"scaled": "#,##0.######,,"}
"""A format that shows millions."""
DAYS_TO_1904 = 1462
EPOCH = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Formula:
    """A formula is a cell that a clerk computed, and the value kept with it (None: never calculated)."""

    text: str
    cached: str | float | None = None


class CellError(str):
    """A cell error is what a broken formula shows: `#REF!`."""


class PlainNumber(float):
    """A plain number is shown without its column's format: a date that lost its format and is a bare serial."""


@dataclass
class Column:
    """A column has its header, the group header above it if any, its cells, and how numbers are shown.

    Cells are str, int, float, Formula or None (empty); dates are Excel serials with style "date" or "datetime", and
    "scaled" numbers are shown in millions. `is_money`: its numbers are in the sheet's unit of money.
    """

    header: str
    cells: np.ndarray
    group: str | None = None
    style: str = "general"
    is_money: bool = False


@dataclass
class Sheet:
    """A sheet has what stands above the table (`unit_line`: "ĐVT: …" at its right), the table, and what stands
    below.

    `bands`: header rows above the header, each a text with the first and last column that it is merged over.
    `numbering`: how the row of column numbers is written; see `number_columns`. `retype` writes the lines that every
    office has.
    """

    name: str
    columns: Sequence[Column]
    agency: str = ""
    title: Sequence[str] = ()
    total: Mapping[int, str | float] | None = None
    notes: Sequence[str] = (NOTE,)
    column_numbers: bool = True
    signature: bool = True
    totals_first: bool = False
    unit_line: str = ""
    bands: Sequence[tuple[str, int, int]] = ()
    numbering: str = "plain"
    is_hidden: bool = False
    retype: Callable[[str], str] = str


@dataclass(frozen=True)
class Extent:
    """An extent says where a written sheet's rows stand: 1-based first data row, all rows, rows with any content; and
    the 0-based rows from which the header stands, and from which the notes below the table do.
    """

    first_row: int
    rows: int
    filled: int
    top: int = 0
    bottom: int = 0

    @property
    def blank(self) -> int:
        """Return how many empty rows lie inside the used range."""
        return self.rows - self.filled


@dataclass(frozen=True)
class Blocks:
    """Blocks are a table's rows in groups, an empty row above each for its head.

    `places` (0-based) and `heads` say where the rows and the empty rows stand; `numbers` run through the rows alone.
    """

    cells: dict[str, np.ndarray]
    places: np.ndarray
    numbers: np.ndarray
    heads: np.ndarray


def leave_rows_for_heads(raw: Mapping[str, np.ndarray], blocks: Sequence[np.ndarray]) -> Blocks:
    """Return the columns of `raw` block by block, with an empty row above each; `blocks` hold every row once."""
    lengths = np.array([len(block) for block in blocks])
    heads = np.cumsum(lengths + 1) - lengths - 1
    size = int(lengths.sum())
    places, whole = np.zeros(size, dtype=int), size + len(blocks)
    for head, block in zip(heads, blocks, strict=True):
        places[block] = np.arange(head + 1, head + 1 + len(block))
    numbers = np.full(whole, None, dtype=object)
    numbers[np.sort(places)] = np.arange(1, size + 1)
    cells = {name: np.full(whole, None, dtype=object) for name in raw}
    for name, values in raw.items():
        cells[name][places] = values
    return Blocks(cells, places, numbers, heads)


def write_workbook(path: Path, sheets: Sequence[Sheet]) -> list[Extent]:
    """Write the sheets to one .xlsx and say where the rows are."""
    content, extents = make_workbook(sheets)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return extents


def make_workbook(sheets: Sequence[Sheet], from_1904: bool = False) -> tuple[bytes, list[Extent]]:
    """Return the workbook as bytes, the same for the same sheets. `from_1904`: its days are counted from 1904."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "date_1904": from_1904})
    book.set_properties({"created": EPOCH})
    known = DATE_FORMATS | (SCALED if any(c.style == "scaled" for sheet in sheets for c in sheet.columns) else {})
    formats = {name: book.add_format({"num_format": form}) for name, form in known.items()}
    bold = book.add_format({"bold": True, "text_wrap": True, "align": "center", "valign": "vcenter", "border": 1})
    extents = [_write_frame(book.add_worksheet(sheet.name), sheet, formats, bold) for sheet in sheets]
    book.close()
    return _splice(buffer, sheets, extents), extents


def _write_frame(page: Worksheet, sheet: Sheet, formats: Mapping[str, Format], bold: Format) -> Extent:
    """Write everything but the data rows; the first data row gets empty cells that carry the styles."""
    if sheet.is_hidden:
        page.hide()
    top, blanks = _write_above(page, sheet)
    row = _write_header(page, sheet.columns, _write_bands(page, sheet.bands, top, bold), bold)
    if sheet.column_numbers:
        for place, number in enumerate(number_columns(len(sheet.columns), sheet.numbering)):
            page.write_string(row, place, number)
        row += 1
    if sheet.totals_first and sheet.total is not None:
        row = _write_values(page, row, sheet.total)
    first, size = row, len(sheet.columns[0].cells)
    for place, column in enumerate(sheet.columns if size else ()):
        page.write_blank(first, place, None, formats.get(column.style))
    row = first + size
    if not sheet.totals_first and sheet.total is not None:
        row = _write_values(page, row, sheet.total)
    bottom = row
    row, blanks = _write_foot(page, sheet, row, blanks)
    return Extent(first_row=first + 1, rows=row, filled=row - blanks, top=top, bottom=bottom)


def number_columns(count: int, numbering: str) -> list[str]:
    """Return the numbers of the columns: "1 2 3", in brackets "(1) (2) (3)", or with "letters" before them "A B 1"."""
    numbers = [str(place + 1) for place in range(count)]
    if numbering == "brackets":
        return [f"({number})" for number in numbers]
    return ["A", "B", *numbers[: count - 2]] if numbering == "letters" else numbers


def _write_bands(page: Worksheet, bands: Sequence[tuple[str, int, int]], row: int, bold: Format) -> int:
    """Write the header rows above the header; return the next free row."""
    for text, first, last in bands:
        page.merge_range(row, first, row, last, text, bold)
        row += 1
    return row


def _write_above(page: Worksheet, sheet: Sheet) -> tuple[int, int]:
    """Write agency and nation side by side, then the title; return the next free row and how many rows were left
    blank.
    """
    row, blanks = 0, 0
    if sheet.agency:
        for left, right in zip((sheet.agency, "-------"), NATION, strict=True):
            page.write_string(row, 0, left)
            page.write_string(row, max(2, len(sheet.columns) // 2), sheet.retype(right))
            row += 1
        row, blanks = row + 1, blanks + 1
    for line in sheet.title:
        page.write_string(row, 0, line)
        row += 1
    if sheet.unit_line:
        page.write_string(row, max(0, len(sheet.columns) - 2), sheet.unit_line)
        return row + 1, blanks
    return (row + 1, blanks + 1) if sheet.title else (row, blanks)


def _write_values(page: Worksheet, row: int, values: Mapping[int, str | float]) -> int:
    for place, value in values.items():
        page.write(row, place, value)
    return row + 1


def _write_foot(page: Worksheet, sheet: Sheet, row: int, blanks: int) -> tuple[int, int]:
    if sheet.notes or sheet.signature:
        row, blanks = row + 1, blanks + 1
    for line in sheet.notes:
        page.write_string(row, 0, line)
        row += 1
    if sheet.signature:
        right = max(2, len(sheet.columns) - 3)
        page.write_string(row, 1, sheet.retype("NGƯỜI LẬP BIỂU"))
        page.write_string(row, right, sheet.retype("THỦ TRƯỞNG ĐƠN VỊ"))
        page.write_string(row + 1, 1, sheet.retype("(Ký, ghi rõ họ tên)"))
        page.write_string(row + 1, right, sheet.retype("(Ký tên, đóng dấu)"))
        row += 2
    return row, blanks


def _write_header(page: Worksheet, columns: Sequence[Column], row: int, bold: Format) -> int:
    """Write one header row, or two with merged cells when any column stands under a group; return how many."""
    if not any(column.group for column in columns):
        for place, column in enumerate(columns):
            page.write_string(row, place, column.header, bold)
        return row + 1
    place = 0
    while place < len(columns):
        group = columns[place].group
        end = place
        if group is None:
            page.merge_range(row, place, row + 1, place, columns[place].header, bold)
        else:
            while end + 1 < len(columns) and columns[end + 1].group == group:
                end += 1
            if end > place:
                page.merge_range(row, place, row, end, group, bold)
            else:
                page.write_string(row, place, group, bold)
            for under in range(place, end + 1):
                page.write_string(row + 1, under, columns[under].header, bold)
        place = end + 1
    return row + 2


def _splice(buffer: io.BytesIO, sheets: Sequence[Sheet], extents: Sequence[Extent]) -> bytes:
    """Put the data rows into the sheets' XML, in place of the row of empty styled cells."""
    out = io.BytesIO()
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for entry in source.infolist():
            content = source.read(entry)
            match = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", entry.filename)
            if match:
                nth = int(match[1]) - 1
                content = _put_rows(content.decode(), sheets[nth], extents[nth].first_row, extents[nth].rows).encode()
            target.writestr(zipfile.ZipInfo(entry.filename), content, zipfile.ZIP_DEFLATED, compresslevel=1)
    return out.getvalue()


def _put_rows(xml: str, sheet: Sheet, first: int, rows: int) -> str:
    size = len(sheet.columns[0].cells)
    if not size:
        return xml
    last = f"{xl_col_to_name(len(sheet.columns) - 1)}{max(rows, first + size - 1)}"
    xml = re.sub(r'<dimension ref="[^"]*"', f'<dimension ref="A1:{last}"', xml, count=1)
    found = re.search(rf'<row r="{first}"[^>]*>(.*?)</row>|<row r="{first}"[^>]*/>', xml, re.S)
    styles = dict(re.findall(r'<c r="([A-Z]+)\d+" s="(\d+)"', found[0])) if found else {}
    numbers = [str(row) for row in range(first, first + size)]
    cells = []
    for place, column in enumerate(sheet.columns):
        letter = xl_col_to_name(place)
        cells.append(_spell_cells(column.cells, letter, numbers, styles.get(letter)))
    opens = [f'<row r="{row}">' for row in numbers]
    body = "".join(map("".join, zip(opens, *cells, ["</row>"] * size, strict=True)))
    if found:
        return xml[: found.start()] + body + xml[found.end() :]
    before = [place for place in re.finditer(r'<row r="(\d+)"', xml) if int(place[1]) > first]
    at = before[0].start() if before else xml.index("</sheetData>")
    return xml[:at] + body + xml[at:]


class _Tails(dict[str, str]):
    """This cache keeps the XML of each distinct text, made once."""

    def __missing__(self, text: str) -> str:
        tail = self[text] = _spell_tail(text, None)
        return tail


def _spell_cells(values: np.ndarray, letter: str, rows: list[str], style: str | None) -> list[str]:
    """Return the cells of one column as XML, "" for an empty one."""
    head, cells = f'<c r="{letter}', values.tolist()
    kinds = set(map(type, cells)) - {type(None)}
    pairs = zip(cells, rows, strict=True)
    if kinds <= {str}:
        tails = _Tails()
        return ["" if cell is None else f"{head}{row}{tails[cell]}" for cell, row in pairs]
    if kinds <= {int}:
        mark = f' s="{style}"' if style else ""
        return ["" if cell is None else f'{head}{row}"{mark}><v>{cell}</v></c>' for cell, row in pairs]
    return [f"{head}{row}{tail}" if (tail := _spell_tail(cell, style)) else "" for cell, row in pairs]


def _spell_tail(value: object, style: str | None) -> str:
    """Return what follows the address of a cell: quote, style, type and value; nothing for an empty cell."""
    if value is None:
        return ""
    number = f' s="{style}"' if style else ""
    if isinstance(value, CellError):
        return f'" t="e"><v>{value}</v></c>'
    if type(value) is float:
        return f'"{number}><v>{value!r}</v></c>' if value == value else ""
    if isinstance(value, str):
        space = ' xml:space="preserve"' if value != value.strip() or "\n" in value else ""
        return f'" t="inlineStr"><is><t{space}>{escape(value)}</t></is></c>'
    if isinstance(value, Formula):
        formula = f"<f>{escape(value.text.removeprefix('='))}</f>"
        if value.cached is None:
            return f'">{formula}</c>'
        if isinstance(value.cached, str):
            return f'" t="str">{formula}<v>{escape(value.cached)}</v></c>'
        return f'"{number}>{formula}<v>{value.cached!r}</v></c>'
    if isinstance(value, bool):
        return f'" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, PlainNumber):
        return f'"><v>{float(value)!r}</v></c>'
    return f'"{number}><v>{value!r}</v></c>'
