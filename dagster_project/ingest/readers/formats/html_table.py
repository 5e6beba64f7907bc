"""HTML tables, among them the Treasury's "workbooks": HTML saved under the name .xls."""

from __future__ import annotations

import re

from lxml import html

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.normalise import encodings
from dagster_project.ingest.readers.base import (
    Finding,
    RawTable,
    ReadSpec,
    report_missing_columns,
    report_unreadable,
)
from dagster_project.ingest.readers.formats.grid import Grid
from dagster_project.ingest.readers.headers import Matcher

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_LATIN = ("ascii", "us-ascii", "latin1", "latin-1", "iso-8859-1", "iso8859-1", "windows-1252", "x-user-defined")
_NAMES = {"windows-1258": "cp1258", "x-vni": "vni", "x-viet-vni": "vni", "x-viet-tcvn": "tcvn3", "tcvn": "tcvn3"}
_OLD = ("tcvn3", "vni", "cp1258")
_FIRST = 4096  # bytes of a page in which it says its encoding
_MAX_SPAN = 200  # browsers stop at 1,000 columns; a table of these feeds has 25
_MAX_ROWS = 65_536


def read(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read all tables of the page, one under the other, as one sheet; `_row` counts their rows from 1.

    Raises BlockedFile: unreadable (no table, cut off, wrong encoding), missing_column.
    """
    if b"<tr" not in content.lower():
        raise report_unreadable("là trang HTML không có bảng số liệu")
    tables = _read_in_old_encoding(content, spec) if _says_nothing(content, spec) else None
    if tables is None:
        tables = read_grid(decode_page(content, spec)).make_tables(Matcher(spec), None)
    if tables[0].is_heading:
        raise report_missing_columns(sorted(spec.required), spec, tables[0].extra.get("headers_seen", []), None)
    return tables


def _says_nothing(content: bytes, spec: ReadSpec) -> bool:
    is_agreed = spec.encoding not in ("utf-8", "utf-8-sig")
    return not (is_agreed or _CHARSET.search(content[:_FIRST]) or _guess(content) == "utf-8")


def _read_in_old_encoding(content: bytes, spec: ReadSpec) -> list[RawTable] | None:
    """Read a page that does not name its encoding in the old one under which its header is found, if there is one."""
    for encoding in _OLD:
        try:
            tables = read_grid(encodings.decode(content, encoding)).make_tables(Matcher(spec), None)
        except BlockedFile:
            continue
        if not tables[0].is_heading:
            tables[0].findings.append(Finding("wrong_encoding", value=encoding))
            return tables
    return None


def decode_page(content: bytes, spec: ReadSpec, charset: str | None = None) -> str:
    """Decode a page by its mark, by what it says itself, by what is said of it (`charset`), else by the layout.

    A page that none of these tells is UTF-8, or text in an old font, which is told by its words later.
    """
    if content.startswith(b"\xef\xbb\xbf"):
        return encodings.decode(content, "utf-8-sig")
    declared = _CHARSET.search(content[:_FIRST])
    said = declared[1].decode("ascii").lower() if declared else charset
    encoding = said or (spec.encoding if spec.encoding not in ("utf-8", "utf-8-sig") else _guess(content))
    return encodings.decode(content, "cp1252" if encoding in _LATIN else _NAMES.get(encoding, encoding))


def _guess(content: bytes) -> str:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def read_grid(page: str) -> Grid:
    """Read the rows of all tables of a page with their spans spread out. Raises BlockedFile when the page is cut
    off."""
    lowered = page.lower()
    # A page that was cut off while it was saved still parses: its missing end is all that tells.
    if lowered.rfind("</table") < lowered.rfind("<tr"):
        raise report_unreadable("bảng HTML bị cắt cụt")
    parser = html.HTMLParser(huge_tree=True, no_network=True)
    root = html.document_fromstring(_DECLARATION.sub("", page, count=1), parser=parser)
    for mark in root.iter("br", "p", "div"):  # they part words: "Mã<br>dự án"
        mark.tail = "\n" + (mark.tail or "")
    grid = Grid()
    row = 0
    for table in root.iter("table"):
        hanging: dict[int, int] = {}  # column → rows still covered by a cell from above
        for line in table.iter("tr"):
            if next(line.iterancestors("table")) is table:  # else a row of a table inside a cell
                _read_row(line, row, grid, hanging)
                row += 1
    return grid


def _read_row(line: html.HtmlElement, row: int, grid: Grid, hanging: dict[int, int]) -> None:
    column = _skip_hanging(0, hanging)
    for cell in line.iterchildren("td", "th"):
        text = cell.text_content() if len(cell) else cell.text or ""
        across, down = _read_span(cell, "colspan", _MAX_SPAN), _read_span(cell, "rowspan", _MAX_ROWS)
        grid.put(row, column, text, across, down)
        if down > 1:
            hanging.update(dict.fromkeys(range(column, column + across), down - 1))
        column = _skip_hanging(column + across, hanging)


def _skip_hanging(column: int, hanging: dict[int, int]) -> int:
    """Return the next column of a row that no cell from above covers."""
    while hanging.get(column, 0) > 0:
        hanging[column] -= 1
        column += 1
    return column


def _read_span(cell: html.HtmlElement, name: str, most: int) -> int:
    value = str(cell.get(name, "1")).strip()
    return min(max(int(value), 1), most) if value.isdecimal() else 1
