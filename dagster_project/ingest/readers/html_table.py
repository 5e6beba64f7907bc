"""HTML tables, among them the Treasury's "workbooks": HTML saved under the name .xls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import html

from dagster_project.ingest.normalise import encodings
from dagster_project.ingest.readers.base import RawTable, ReadSpec, report_missing_columns, report_unreadable
from dagster_project.ingest.readers.headers import Matcher
from dagster_project.ingest.readers.tables import make_table
from dagster_project.ingest.readers.xlsx_guard import MAX_CELLS

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_MAX_SPAN = 200  # browsers stop at 1,000 columns; a table of these feeds has 25


def read(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read all tables of the page, one under the other, as one sheet; `_row` counts their rows from 1.

    Raises BlockedFile: unreadable (no table, cut off, wrong encoding), missing_column.
    """
    lowered = content.lower()
    if b"<tr" not in lowered:
        raise report_unreadable("là trang HTML không có bảng số liệu")
    # A page that was cut off while it was saved still parses: its missing end is all that tells.
    if lowered.rfind(b"</table") < lowered.rfind(b"<tr"):
        raise report_unreadable("bảng HTML bị cắt cụt")
    root = html.document_fromstring(_decode(content, spec), parser=html.HTMLParser(huge_tree=True, no_network=True))
    for mark in root.iter("br", "p", "div"):  # they part words: "Mã<br>dự án"
        mark.tail = "\n" + (mark.tail or "")
    rows = list(_read_rows(root))
    width = max((len(row) for row in rows), default=0)
    if width * len(rows) > MAX_CELLS:
        raise report_unreadable("bảng HTML rộng quá mức")
    table = make_table([[*row, *[""] * (width - len(row))] for row in rows], Matcher(spec), None)
    if table.is_heading:
        raise report_missing_columns(sorted(spec.required), spec, table.extra.get("headers_seen", []), None)
    return [table]


def _decode(content: bytes, spec: ReadSpec) -> str:
    """Decode by the page's own charset, else by the layout's."""
    declared = _CHARSET.search(content[:4096])
    if content.startswith(b"\xef\xbb\xbf"):
        return encodings.decode(content, "utf-8-sig")
    encoding = declared[1].decode("ascii").lower() if declared else spec.encoding
    return encodings.decode(content, {"windows-1258": "cp1258"}.get(encoding, encoding))


def _read_rows(root: html.HtmlElement) -> Iterator[list[str]]:
    """Read rows of text with their spans spread out: a cell over several columns or rows stands in its first place
    only."""
    for table in root.iter("table"):
        hanging: dict[int, int] = {}  # column → rows still covered by a cell from above
        for line in table.iter("tr"):
            if next(line.iterancestors("table")) is not table:
                continue  # a row of a table inside a cell
            row: list[str] = []
            for cell in line.iterchildren("td", "th"):
                _skip_hanging(row, hanging)
                _place(row, hanging, cell)
            _skip_hanging(row, hanging)
            yield row


def _skip_hanging(row: list[str], hanging: dict[int, int]) -> None:
    while hanging and hanging.get(len(row), 0) > 0:
        hanging[len(row)] -= 1
        row.append("")


def _place(row: list[str], hanging: dict[int, int], cell: html.HtmlElement) -> None:
    text = cell.text_content() if len(cell) else cell.text or ""
    if cell.get("colspan") is None and cell.get("rowspan") is None:  # nearly all
        row.append(text)
        return
    columns, below = _read_span(cell, "colspan"), _read_span(cell, "rowspan") - 1
    for offset in range(columns):
        if below:
            hanging[len(row)] = below
        row.append(text if offset == 0 else "")


def _read_span(cell: html.HtmlElement, name: str) -> int:
    value = str(cell.get(name, "1")).strip()
    return min(max(int(value), 1), _MAX_SPAN) if value.isdecimal() else 1
