"""Tables of a Word document (.docx) → raw tables; the paragraphs above a table are its heading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.readers import xlsx_guard
from dagster_project.ingest.readers.base import Finding, RawTable, ReadSpec, report_unreadable
from dagster_project.ingest.readers.formats import xml
from dagster_project.ingest.readers.formats.grid import Grid, Room, read_sheets
from dagster_project.ingest.readers.formats.raised import END, LOWERED, RAISED, write_marks
from dagster_project.ingest.readers.headers import Matcher, find_header
from dagster_project.ingest.readers.respell_rows import respell_rows
from dagster_project.ingest.readers.xlsx_guard import read_part

REMEDY = "Chép bảng số liệu vào bảng tính Excel (.xlsx) rồi gửi lại."
_MOST = 64 << 20  # bytes of a document's text; a table of 20,000 rows needs half of it
_HEADING = 25  # paragraphs kept above a table: of a long report the last ones, which name it
_BESIDE = 2  # columns of a table that only sets words side by side: the agency and the nation, two signatures
_NOT_READ = ("del", "moveFrom", "Fallback", "instrText", "delText")
"""What a document holds and does not show: deleted text, and the second form of a text box."""
_NOT_SHOWN = ("vanish", "strike", "dstrike")
"""Properties of letters that are hidden, or struck out and so not meant."""
_OFF = ("false", "0", "off")
_PLACES = {"superscript": RAISED, "subscript": LOWERED}
_MARKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": "\u00ad"}


def read(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read the tables of a document: each that has a header of its own, with those of the same width that go on
    from it, is a sheet.

    Raises BlockedFile: unreadable (no table), encrypted, zip_bomb, missing_column.
    """
    document = _read_document(content)
    root = xml.parse_tree(document)
    if next(root.iter("{*}tbl"), None) is None:
        raise report_unreadable("là tệp Word không có bảng", REMEDY)
    found = list(_list_grids(root, Matcher(spec), Room.measure(len(document))))
    names = [f"bảng {number}" for number in range(1, len(found) + 1)]
    try:
        tables = read_sheets([(name, grid, False) for name, (grid, _) in zip(names, found, strict=True)], spec)
    except BlockedFile as fault:
        fault.message_vi = f"Tệp Word: {fault.message_vi}"
        raise
    told = {finding for table in tables for finding in table.findings}
    unread = [
        Finding("unread_table", value=name) for name, (_, is_read) in zip(names, found, strict=True) if not is_read
    ]
    tables[0].findings += [Finding("word_document"), *(one for one in unread if one not in told)]
    return tables


def _read_document(content: bytes) -> bytes:
    with xlsx_guard.open_package(content) as archive:
        parts = [name for name in archive.namelist() if name.startswith("word/document") and name.endswith(".xml")]
        if not parts:
            raise report_unreadable("tệp Word bị cắt cụt hoặc hỏng", REMEDY)
        return read_part(archive, parts[0], _MOST)


def _list_grids(root: Any, matcher: Matcher, room: Room) -> Iterator[tuple[Grid, bool]]:
    """List the sheets that the blocks of a document make, and whether each is read.

    A table without a header of this feed goes on from the one above when it is as wide; one of two columns is a
    heading or a signature; another one is not read.
    """
    grid, width, above = Grid(room=room), 0, list[str]()
    for block in root.iter("{*}p", "{*}tbl"):
        if _is_inside(block) or _is_hidden(block):
            continue
        if xml.find_name(block) == "p":
            above += filter(str.strip, [write_marks(_read_text(block))])
            continue
        table = _read_table(block)
        has_header = bool(table.rows) and find_header(respell_rows(table.fill_up(), matcher)[0], matcher) is not None
        if has_header and width:
            yield grid, True
            grid = Grid(room=room)
        if has_header:
            width = table.width
        elif table.width > _BESIDE and table.width != width:
            yield table, False
            continue
        grid.append_under(above[-_HEADING:], table)
        above.clear()
    grid.append_under(above[-_HEADING:], Grid())
    if grid.rows:
        yield grid, True


def _is_inside(block: Any) -> bool:
    """Tell whether a block lies in a table's cell, or in a text box."""
    return next(block.iterancestors("{*}tbl", "{*}txbxContent"), None) is not None


def _is_hidden(block: Any) -> bool:
    return next(block.iterancestors(*(f"{{*}}{name}" for name in _NOT_READ)), None) is not None


def _read_table(table: Any) -> Grid:
    grid = Grid()
    open_merges: dict[int, tuple[int, int]] = {}  # column → first row of a cell that goes on below, its columns
    row = 0
    for line in table.iter("{*}tr"):
        if next(line.iterancestors("{*}tbl")) is not table or _is_deleted(line):
            continue
        column = _read_number(line, "trPr", "gridBefore", 0)
        for cell in (one for one in line.iter("{*}tc") if next(one.iterancestors("{*}tr")) is line):
            across = max(_read_number(cell, "tcPr", "gridSpan", 1), 1)
            _place(grid, row, column, cell, across, open_merges)
            column += across
        row += 1
    grid.merges += [((top, left), (row - 1, left + across - 1)) for left, (top, across) in open_merges.items()]
    return grid


def _place(grid: Grid, row: int, column: int, cell: Any, across: int, open_merges: dict[int, tuple[int, int]]) -> None:
    mark = next(cell.iterfind("{*}tcPr/{*}vMerge"), None)
    goes_on = mark is not None and xml.list_attributes(mark).get("val", "continue") == "continue"
    if goes_on and column in open_merges:
        grid.put(row, column, "")
        return
    ended = open_merges.pop(column, None)
    if ended is not None and row - 1 > ended[0]:
        grid.merges.append(((ended[0], column), (row - 1, column + ended[1] - 1)))
    if mark is not None:
        open_merges[column] = row, across
    grid.put(row, column, _read_cell(cell), across)


def _read_cell(cell: Any) -> str:
    """Return the paragraphs of a cell, each a line; those of a table inside it too."""
    lines = [_read_text(one) for one in cell.iter("{*}p") if not _is_hidden(one)]
    return write_marks("\n".join(line for line in lines if line.strip()))


def _read_text(element: Any) -> str:
    """Return what an element shows, with the signs of `raised` around what stands raised or lowered in it."""
    name = xml.find_name(element)
    if name in _NOT_READ:
        return ""
    if name == "t":
        return element.text or ""
    if name == "r":
        return _read_run(element)
    return _MARKS.get(name) or "".join(_read_text(child) for child in element)


def _read_run(run: Any) -> str:
    """Return what a run of letters of one look shows."""
    look = {xml.find_name(one): xml.list_attributes(one).get("val", "true") for one in run.iterfind("{*}rPr/*")}
    if any(look.get(name, "false") not in _OFF for name in _NOT_SHOWN):
        return ""
    shown = "".join(_read_text(child) for child in run)
    place = _PLACES.get(look.get("vertAlign", ""))
    return f"{place}{shown}{END}" if place and shown else shown


def _is_deleted(row: Any) -> bool:
    """Tell whether a row was deleted, or is hidden."""
    marks = (one for name in ("del", "hidden") for one in row.iterfind(f"{{*}}trPr/{{*}}{name}"))
    return any(xml.list_attributes(mark).get("val", "true") not in _OFF for mark in marks)


def _read_number(element: Any, group: str, name: str, default: int) -> int:
    found = next(element.iterfind(f"{{*}}{group}/{{*}}{name}"), None)
    return default if found is None else xml.read_count(xml.list_attributes(found).get("val"), default)
