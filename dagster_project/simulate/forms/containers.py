"""This module saves a workbook as other programs do: Excel 97, OpenDocument, XML of 2003, a web page, a web archive, a
Word document.

A page is rows of cells (text, number, day, moment, "" for none) and its merged ranges. A web page and a Word document
hold texts alone: numbers there are Vietnamese.
"""

from __future__ import annotations

import base64
import io
import quopri
import struct
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any

import numpy as np

from dagster_project.simulate import clock
from dagster_project.simulate.quirks.money import spell_vietnamese

Merge = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Page:
    """A page is one sheet: `rows` of one width, merged cells, and where (0-based rows) its header and what stands below
    its table begin.
    """

    name: str
    rows: Sequence[Sequence[Any]]
    merges: Sequence[Merge]
    top: int
    bottom: int


def spell(cell: Any) -> str:
    """Return a cell as a person reads it."""
    if isinstance(cell, datetime):
        return f"{cell:%d/%m/%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, float | int):
        return spell_vietnamese(int(cell) if float(cell).is_integer() else float(cell))
    return str(cell)


def _list_spans(page: Page) -> tuple[dict[tuple[int, int], tuple[int, int]], set[tuple[int, int]]]:
    """Return how many rows and columns each merged cell covers, and the cells that one covers."""
    spans, covered = {}, set()
    for (top, left), (bottom, right) in page.merges:
        spans[top, left] = bottom - top + 1, right - left + 1
        covered |= {(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)} - {
            (top, left)
        }
    return spans, covered


# Pages of the web ----------------------------------------------------------------------------------------------------


def write_html(pages: Sequence[Page]) -> bytes:
    """Return a web page."""
    (page,) = pages
    spans, covered = _list_spans(page)
    lines = []
    for row, cells in enumerate(page.rows):
        line = []
        for column, cell in enumerate(cells):
            if (row, column) not in covered:
                down, across = spans.get((row, column), (1, 1))
                told = (f' rowspan="{down}"' if down > 1 else "") + (f' colspan="{across}"' if across > 1 else "")
                line.append(f"<td{told}>{escape(spell(cell), quote=False)}</td>")
        lines.append("<tr>" + "".join(line) + "</tr>")
    head = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>'
    return (head + '<table border="1">\n' + "\n".join(lines) + "\n</table></body></html>").encode()


def write_mht(pages: Sequence[Page], encoding: str = "quoted-printable") -> bytes:
    """Return a web archive."""
    page = write_html(pages)
    coded = quopri.encodestring(page) if encoding == "quoted-printable" else base64.encodebytes(page)
    opening = b'MIME-Version: 1.0\nX-Document-Type: Workbook\nContent-Type: multipart/related; boundary="----=_X"\n\n'
    head = f"------=_X\nContent-Location: file:///C:/bieu.htm\nContent-Transfer-Encoding: {encoding}\n"
    body = opening + head.encode() + b'Content-Type: text/html; charset="utf-8"\n\n' + coded + b"\n------=_X--\n"
    return body.replace(b"\n", b"\r\n")


# XML -----------------------------------------------------------------------------------------------------------------


def write_spreadsheetml(pages: Sequence[Page]) -> bytes:
    """Return an XML Spreadsheet of 2003."""
    name_space = "urn:schemas-microsoft-com:office:spreadsheet"
    sheets = "".join(
        f'<Worksheet ss:Name="{escape(page.name)}"><Table>{_write_2003_rows(page)}</Table></Worksheet>'
        for page in pages
    )
    return (
        f'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns="{name_space}" '
        f'xmlns:ss="{name_space}">{sheets}</Workbook>'
    ).encode()


def _write_2003_rows(page: Page) -> str:
    spans, _ = _list_spans(page)
    lines = []
    for row, cells in enumerate(page.rows):
        line = []
        for column, cell in enumerate(cells):
            if cell != "":
                down, across = spans.get((row, column), (1, 1))
                told = f' ss:MergeDown="{down - 1}"' if down > 1 else ""
                told += f' ss:MergeAcross="{across - 1}"' if across > 1 else ""
                kind, value = _tell_2003(cell)
                data = f'<Data ss:Type="{kind}">{escape(value, quote=False)}</Data>'
                line.append(f'<Cell ss:Index="{column + 1}"{told}>{data}</Cell>')
        lines.append(f'<Row ss:Index="{row + 1}">' + "".join(line) + "</Row>")
    return "".join(lines)


def _tell_2003(cell: Any) -> tuple[str, str]:
    if isinstance(cell, datetime):
        return "DateTime", f"{cell:%Y-%m-%dT%H:%M:%S.000}"
    if isinstance(cell, date):
        return "DateTime", f"{cell:%Y-%m-%dT00:00:00.000}"
    return ("Number", repr(cell)) if isinstance(cell, float | int) else ("String", str(cell))


_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_ODS = "application/vnd.oasis.opendocument.spreadsheet"


def write_ods(pages: Sequence[Page]) -> bytes:
    """Return an OpenDocument sheet."""
    entries = f'<m:file-entry m:full-path="/" m:media-type="{_ODS}"/>'
    entries += '<m:file-entry m:full-path="content.xml" m:media-type="text/xml"/>'
    manifest = f'<m:manifest xmlns:m="{_ODF}:manifest:1.0">{entries}</m:manifest>'
    content = _write_odf(pages, "document-content")
    return _zip_parts({"mimetype": _ODS, "content.xml": content, "META-INF/manifest.xml": manifest})


def write_fods(pages: Sequence[Page]) -> bytes:
    """Return an OpenDocument sheet as one XML file."""
    return _write_odf(pages, "document").encode()


def _write_odf(pages: Sequence[Page], root: str) -> str:
    spaces = " ".join(f'xmlns:{name}="{_ODF}:{name}:1.0"' for name in ("office", "table", "text"))
    sheets = "".join(
        f'<table:table table:name="{escape(page.name)}">{_write_odf_rows(page)}</table:table>' for page in pages
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:{root} {spaces} office:mimetype="{_ODS}"><office:body>'
        f"<office:spreadsheet>{sheets}</office:spreadsheet></office:body></office:{root}>"
    )


def _write_odf_rows(page: Page) -> str:
    spans, covered = _list_spans(page)
    lines = []
    for row, cells in enumerate(page.rows):
        line = []
        for column, cell in enumerate(cells):
            down, across = spans.get((row, column), (1, 1))
            told = f' table:number-rows-spanned="{down}"' if down > 1 else ""
            told += f' table:number-columns-spanned="{across}"' if across > 1 else ""
            name = "covered-table-cell" if (row, column) in covered else "table-cell"
            line.append(f"<table:{name}{told}{_write_odf_value(cell)}</table:{name}>")
        lines.append("<table:table-row>" + "".join(line) + "</table:table-row>")
    return "".join(lines)


def _write_odf_value(cell: Any) -> str:
    shown = "".join(f"<text:p>{_write_odf_text(line)}</text:p>" for line in spell(cell).split("\n") if cell != "")
    if isinstance(cell, datetime):
        return f' office:value-type="date" office:date-value="{cell:%Y-%m-%dT%H:%M:%S}">{shown}'
    if isinstance(cell, date):
        return f' office:value-type="date" office:date-value="{cell:%Y-%m-%d}">{shown}'
    if isinstance(cell, float | int):
        return f' office:value-type="float" office:value="{cell!r}">{shown}'
    return f' office:value-type="string">{shown}' if cell != "" else ">"


def _write_odf_text(text: str) -> str:
    """Return a text in which spaces that XML would drop are elements."""
    kept = escape(text, quote=False)
    kept = "<text:s/>" * (len(kept) - len(kept.lstrip(" "))) + kept.lstrip(" ")
    kept = kept.rstrip(" ") + "<text:s/>" * (len(kept) - len(kept.rstrip(" ")))
    return kept.replace("  ", " <text:s/>")


# Word ----------------------------------------------------------------------------------------------------------------


def write_docx(pages: Sequence[Page]) -> bytes:
    """Return a Word document: lines above and below the table are paragraphs, two beside each other a table."""
    (page,) = pages
    blocks = []
    for row, cells in enumerate(page.rows):
        said = [cell for cell in cells if cell != ""]
        if row == page.top:
            blocks.append(_write_word_table(page, page.top, page.bottom))
        if not page.top <= row < page.bottom and said:
            blocks.append(_write_paragraph(said[0]) if len(said) == 1 else _write_word_line(said))
    name_space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    document = (
        f'<?xml version="1.0"?><w:document xmlns:w="{name_space}"><w:body>{"".join(blocks)}</w:body></w:document>'
    )
    return _zip_parts({"[Content_Types].xml": "<Types/>", "word/document.xml": document})


def find_word_row(page: Page, row: int) -> int:
    """Return where a row of the table stands when the blank rows above it are gone; all numbers are 0-based."""
    return row - sum(1 for cells in page.rows[: page.top] if all(cell == "" for cell in cells))


def _write_word_table(page: Page, first: int, after: int) -> str:
    spans, covered = _list_spans(page)
    lines = []
    for row in range(first, after):
        line = []
        for column, cell in enumerate(page.rows[row]):
            down, across = spans.get((row, column), (1, 1))
            over = next((top for (top, left), (rows, _) in spans.items()
                         if left == column and top < row < top + rows), None)  # fmt: skip
            if (row, column) in covered and over is None:
                continue
            told = f'<w:gridSpan w:val="{across}"/>' if across > 1 else ""
            told += '<w:vMerge w:val="restart"/>' if down > 1 else "<w:vMerge/>" if over is not None else ""
            line.append(f"<w:tc><w:tcPr>{told}</w:tcPr>{_write_paragraph(spell(cell))}</w:tc>")
        lines.append("<w:tr>" + "".join(line) + "</w:tr>")
    return "<w:tbl>" + "".join(lines) + "</w:tbl>"


def _write_word_line(said: Sequence[Any]) -> str:
    cells = "".join(f"<w:tc>{_write_paragraph(spell(cell))}</w:tc>" for cell in said)
    return f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>"


def _write_paragraph(text: str) -> str:
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line, quote=False)}</w:t>' for line in text.split("\n"))
    return f"<w:p><w:r>{lines}</w:r></w:p>"


def _zip_parts(parts: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), content, how)
    return stream.getvalue()


# Excel 97 ------------------------------------------------------------------------------------------------------------


def write_xls(pages: Sequence[Page]) -> bytes:
    """Return a workbook of Excel 97 (BIFF8). It has no formats: a day is the bare number of days."""
    opening = _write_record(0x0809, struct.pack("<4H2I", 0x0600, 0x0005, 0, 1997, 0, 0)) + _write_record(
        0x0042, b"\xb0\x04"
    )
    names = [page.name.encode("utf-16-le") for page in pages]
    sheets = [_write_biff_sheet(page) for page in pages]
    at = len(opening) + sum(4 + 8 + len(name) for name in names) + 4
    bounds = b""
    for name, sheet in zip(names, sheets, strict=True):
        bounds += _write_record(0x0085, struct.pack("<IBBBB", at, 0, 0, len(name) // 2, 1) + name)
        at += len(sheet)
    return _wrap_ole(opening + bounds + _write_record(0x000A) + b"".join(sheets))


def _write_biff_sheet(page: Page) -> bytes:
    cells = b"".join(
        _write_biff_cell(row, column, cell) for row, line in enumerate(page.rows) for column, cell in enumerate(line)
    )
    spans = b"".join(struct.pack("<4H", top, bottom, left, right) for (top, left), (bottom, right) in page.merges)
    merges = _write_record(0x00E5, struct.pack("<H", len(page.merges)) + spans)
    return (
        _write_record(0x0809, struct.pack("<4H2I", 0x0600, 0x0010, 0, 1997, 0, 0))
        + cells
        + merges
        + _write_record(0x000A)
    )


def _write_record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<2H", kind, len(body)) + body


def _write_biff_cell(row: int, column: int, cell: Any) -> bytes:
    if cell == "":
        return b""
    if isinstance(cell, date):
        cell = float(clock.compute_excel_serial(np.array([cell], dtype="datetime64[s]"))[0])
    if isinstance(cell, str):
        text = cell.encode("utf-16-le")
        return _write_record(0x0204, struct.pack("<4HB", row, column, 0, len(text) // 2, 1) + text)
    return _write_record(0x0203, struct.pack("<3Hd", row, column, 0, cell))


def _wrap_ole(stream: bytes) -> bytes:
    """Return an OLE container of the one stream "Workbook"."""
    padded = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(padded) // 512
    chains = [*range(1, count), 0xFFFFFFFE]
    entries = _write_entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1) + _write_entry("Workbook", 2, 0, len(padded))
    chains.append(0xFFFFFFFE)
    tables = -(-(count + 9) // 127)
    chains += [0xFFFFFFFD] * tables
    table = struct.pack(f"<{len(chains)}I", *chains).ljust(tables * 512, b"\xff")
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<8I", tables, count, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    places = [*range(count + 1, count + 1 + tables), *[0xFFFFFFFF] * (109 - tables)]
    return header + struct.pack("<109I", *places) + padded + entries.ljust(512, b"\0") + table


def _write_entry(name: str, kind: int, first: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<HBB3I", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
    return text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", first, size)


WRITERS: dict[str, Callable[[Sequence[Page]], bytes]] = {
    "xls": write_xls, "ods": write_ods, "fods": write_fods, "xml": write_spreadsheetml, "html": write_html,
    "mht": write_mht, "docx": write_docx,
}  # fmt: skip
"""Ending of a file's name → what saves a workbook so."""
ONE_PAGE = ("html", "mht", "docx")
"""These hold one sheet, and texts alone."""
SHEET_NAMES = {"html": "", "mht": "trang 1", "docx": "bảng 1"}
"""What the sheet is called in a form that has no names for sheets."""
