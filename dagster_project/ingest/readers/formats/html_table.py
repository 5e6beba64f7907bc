"""HTML pages with their tables, among them the Treasury's "workbooks": HTML saved under the name .xls."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree, html

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.normalise import encodings, quantities
from dagster_project.ingest.readers.base import (
    Finding,
    RawTable,
    ReadSpec,
    report_unreadable,
)
from dagster_project.ingest.readers.extent import far_cells
from dagster_project.ingest.readers.formats import page_text
from dagster_project.ingest.readers.formats.grid import Grid, Room, report_no_table
from dagster_project.ingest.readers.formats.xml import read_count
from dagster_project.ingest.readers.headers import MAX_HEADING_ROWS, Matcher, find_header
from dagster_project.ingest.readers.respell_rows import respell_rows

_CHARSET = re.compile(rb"charset\s*+=\s*+[\"']?+\s*+([\w.:-]+)", re.IGNORECASE)
_DECLARATIONS = re.compile(r"(?:\s*+<\?xml[^>]*+>?+)*+")  # with their encodings, which the text no longer has
_LATIN = ("ascii", "us-ascii", "latin1", "latin-1", "iso-8859-1", "iso8859-1", "windows-1252", "x-user-defined")
_NAMES = {"windows-1258": "cp1258", "x-vni": "vni", "x-viet-vni": "vni", "x-viet-tcvn": "tcvn3", "tcvn": "tcvn3"}
_OLD = ("tcvn3", "vni", "cp1258")
_FIRST = 4096  # bytes of a page in which it says its encoding
_MAX_SPAN = 200  # browsers stop at 1,000 columns; a table of these feeds has 25
_MAX_ROWS = 65_536
_MOST_NESTED = 100  # tables in tables; each shows once more what those inside it show
_MOST_PLACES = 16  # for a letter of a page: cells that hang from above fill rows of few letters
_HEADING = 25  # lines of text kept above a table: of a long page the last ones, which name it


def read(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read all tables of the page, one under the other, as one sheet; `_row` counts from 1 the rows and the lines of
    text between them. A table under a unit of its own is a sheet of its own.

    Raises BlockedFile: unreadable (no table, cut off, wrong encoding), missing_column.
    """
    if b"<tr" not in content.lower():
        raise report_unreadable("là trang HTML không có bảng số liệu")
    tables = _read_in_old_encoding(content, spec) if _says_nothing(content, spec) else None
    if tables is None:
        tables = _make_tables(decode_page(content, spec), spec)
    if tables[0].is_heading:
        raise report_no_table(tables[0], spec)
    return tables


def _make_tables(page: str, spec: ReadSpec) -> list[RawTable]:
    """Make the tables of a page; what the first one says of itself holds for the others where they say nothing."""
    matcher = Matcher(spec)
    first, *others = list_grids(page, matcher)
    tables = first.make_tables(matcher, "bảng 1" if others else None)
    for number, grid in enumerate(others, start=2):
        for table in grid.make_tables(matcher, f"bảng {number}"):
            table.title = "\n".join(filter(None, [tables[0].title, table.title]))
            table.extra = tables[0].extra | table.extra
            tables.append(table)
    return tables


def _says_nothing(content: bytes, spec: ReadSpec) -> bool:
    is_agreed = spec.encoding not in ("utf-8", "utf-8-sig")
    return not (is_agreed or _CHARSET.search(content[:_FIRST]) or _guess(content) == "utf-8")


def _read_in_old_encoding(content: bytes, spec: ReadSpec) -> list[RawTable] | None:
    """Read a page that does not name its encoding in the old one under which its header is found, if there is one."""
    for encoding in _OLD:
        try:
            tables = _make_tables(encodings.decode(content, encoding), spec)
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


def list_grids(page: str, matcher: Matcher) -> list[Grid]:
    """List the sheets of a page: its lines of text and the rows of its tables, spans spread out, from above to below.
    A table with a header of its own under a unit of its own begins another sheet.

    Raises BlockedFile when the page is cut off.
    """
    lowered = page.lower()
    # A page that was cut off while it was saved still parses: its missing end is all that tells.
    if lowered.rfind("</table") < lowered.rfind("<tr"):
        raise report_unreadable("bảng HTML bị cắt cụt")
    root = _parse(page)
    looks = page_text.Looks(root)
    room = Room.measure(_MOST_PLACES * len(page))
    grids, has_header = [Grid(room=room)], False
    above = list[str]()
    for part in page_text.list_blocks(root, looks):
        if isinstance(part, list):
            above += part
            continue
        above += page_text.list_lines(part, looks)
        table = _read_table(part, looks)
        heads, names_unit = _judge(above[-_HEADING:], table, matcher)
        if heads and names_unit and has_header:
            grids.append(Grid(room=room))
        has_header = has_header or heads
        grids[-1].append_under(above[-_HEADING:], table)
        above = []
    grids[-1].append_under(above[-_HEADING:], Grid())
    return grids


def _parse(page: str) -> html.HtmlElement:
    """Return the root of a page. Raises BlockedFile (unreadable) for one that holds nothing, be it for a comment."""
    begin = _DECLARATIONS.match(page)
    parser = html.HTMLParser(huge_tree=True, no_network=True)
    try:
        return html.document_fromstring(page[begin.end() if begin else 0 :], parser=parser)
    except etree.LxmlError as error:
        raise report_unreadable("là trang HTML không có bảng số liệu") from error


def _judge(lines: list[str], table: Grid, matcher: Matcher) -> tuple[bool, bool]:
    """Tell whether a table has a header of its own, and whether the lines above it name a unit."""
    width = min(table.width, far_cells.MAX_COLUMNS)
    top = [row[:width] for row in table.fill_up(2 * MAX_HEADING_ROWS)]
    rows, _ = respell_rows([*([line, *[""] * (width - 1)] for line in lines), *top], matcher)
    said = "\n".join(str(row[0]) for row in rows[: len(lines)])
    return find_header(rows[len(lines) :], matcher) is not None, bool(quantities.find_unit_phrases(said))


def _read_table(outer: html.HtmlElement, looks: page_text.Looks) -> Grid:
    """Read the rows of a table, and under them those of the tables inside its cells."""
    lines: dict[html.HtmlElement, list[html.HtmlElement]] = {}  # table → its rows, without those of tables inside it
    for element in outer.iter("table", "tr"):
        if element.tag == "table":
            lines[element] = []
        else:
            lines[next(element.iterancestors("table"))].append(element)
    _check_nesting(lines)
    grid = Grid()
    row = 0
    for own in lines.values():
        hanging: dict[int, int] = {}  # column → rows still covered by a cell from above
        for line in own:
            _read_row(line, row, grid, hanging, looks)
            row += 1
    return grid


def _check_nesting(tables: Iterable[html.HtmlElement]) -> None:
    """Refuse tables in tables beyond measure. Raises BlockedFile: unreadable."""
    depths: dict[html.HtmlElement, int] = {}
    for table in tables:
        depths[table] = depths.get(next(table.iterancestors("table"), None), 0) + 1
        if depths[table] > _MOST_NESTED:
            raise report_unreadable(f"có bảng lồng trong bảng quá {_MOST_NESTED} lớp")


def _read_row(line: html.HtmlElement, row: int, grid: Grid, hanging: dict[int, int], looks: page_text.Looks) -> None:
    column = _skip_hanging(0, hanging)
    is_shown = looks.find(line).is_shown and looks.find(line.getparent()).is_shown  # hidden alone, or with its group
    for cell in line.iterchildren("td", "th"):
        look = looks.find(cell)
        if not look.is_in_place:
            continue
        across = down = 1
        if cell.keys():  # most cells say nothing of themselves
            across, down = _read_span(cell, "colspan", _MAX_SPAN), _read_span(cell, "rowspan", _MAX_ROWS)
        grid.put(row, column, page_text.read_cell(cell, looks) if is_shown and look.is_shown else "", across, down)
        if down > 1:
            hanging.update(dict.fromkeys(range(column, column + across), down - 1))
        column = _skip_hanging(column + across, hanging) if hanging else column + across


def _skip_hanging(column: int, hanging: dict[int, int]) -> int:
    """Return the next column of a row that no cell from above covers."""
    while hanging.get(column, 0) > 0:
        hanging[column] -= 1
        column += 1
    return column


def _read_span(cell: html.HtmlElement, name: str, most: int) -> int:
    return min(max(read_count(cell.get(name)), 1), most)
