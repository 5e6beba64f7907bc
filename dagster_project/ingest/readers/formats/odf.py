"""OpenDocument sheets, packed (.ods) or as one XML file (.fods) → raw tables, one a sheet."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from dagster_project.ingest.readers import xlsx_guard
from dagster_project.ingest.readers.base import RawTable, ReadSpec, report_unreadable
from dagster_project.ingest.readers.extent import far_cells
from dagster_project.ingest.readers.formats import xml
from dagster_project.ingest.readers.formats.grid import MAX_COLUMNS, Grid, Room, read_sheets, report_vast
from dagster_project.ingest.readers.formats.odf_shown import STYLE_ELEMENTS, OdfStyles, choose_shown

_NUMBERS = ("float", "currency", "percentage")
_NO_TEXT = ("annotation", "shapes", "forms", "table")
"""Parts of a sheet that hold texts, but none of its cells: notes, drawings, tables inside a cell."""


def read(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read every visible sheet of an .ods. Raises BlockedFile: unreadable, encrypted, zip_bomb, empty_file,
    missing_column."""
    with xlsx_guard.open_package(content) as archive:
        names = set(archive.namelist())
        manifest = "META-INF/manifest.xml"
        if "encrypted-package" in names or (
            manifest in names and b"encryption-data" in xlsx_guard.read_part(archive, manifest)
        ):
            raise xlsx_guard.report_encrypted()
        if "content.xml" not in names:
            raise report_unreadable("bảng tính bị cắt cụt, hỏng hoặc còn đang ghi dở")
        shown = OdfStyles()
        if "styles.xml" in names:
            for element in xml.walk_elements(io.BytesIO(xlsx_guard.read_part(archive, "styles.xml")), STYLE_ELEMENTS):
                shown.add(element)
        with archive.open("content.xml") as stream:
            room = Room.measure(archive.getinfo("content.xml").file_size)
            return read_sheets(_list_sheets(stream, shown, room), spec)


def read_flat(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read every visible sheet of an .fods. Raises BlockedFile: unreadable, empty_file, missing_column."""
    return read_sheets(_list_sheets(io.BytesIO(content), OdfStyles(), Room.measure(len(content))), spec)


def _list_sheets(stream: IO[bytes], shown: OdfStyles, room: Room) -> Iterator[tuple[str, Grid, bool]]:
    hidden_styles: set[str] = set()
    grid, row = Grid(room=room), 0
    for element in xml.walk_elements(stream, (*STYLE_ELEMENTS, "table-column", "table-row", "table")):
        said = xml.list_attributes(element)
        name = xml.find_name(element)
        if name in STYLE_ELEMENTS:
            shown.add(element)
            if any(xml.list_attributes(one).get("display") == "false" for one in element.iterchildren()):
                hidden_styles.add(said.get("name", ""))
        elif _is_nested(element, name):
            continue  # a table inside a cell, or the figures behind a chart
        elif name == "table-column":
            shown.add_column(said)
        elif name == "table-row":
            times = xml.read_count(said.get("number-rows-repeated"))
            cells = _list_cells(element, said, shown)
            if times * len(cells) > xlsx_guard.SPARSE:
                raise report_vast()
            for copy in range(times if cells else 0):
                _put_row(cells, row + copy, grid)
            row += times
        else:
            yield said.get("name", ""), grid, said.get("style-name") in hidden_styles
            grid, row = Grid(room=room), 0
            shown.columns = []


def _is_nested(element: Any, name: str) -> bool:
    return sum(1 for _ in element.iterancestors("{*}table")) > (name != "table")


def _list_cells(row: Any, of_row: dict[str, str], shown: OdfStyles) -> list[tuple[int, Any, bool, int, int]]:
    """List what a row holds: column, value, whether it is a formula, columns and rows covered; empty cells left out."""
    cells: list[tuple[int, Any, bool, int, int]] = []
    column = 0
    for cell in row.iterchildren("{*}table-cell", "{*}covered-table-cell"):
        said = xml.list_attributes(cell)
        times = xml.read_count(said.get("number-columns-repeated"))
        is_covered = xml.find_name(cell) == "covered-table-cell"
        value = "" if is_covered else _read_value(cell, said, shown.find_divisors(said, of_row, column))
        across, down = (xml.read_count(said.get(f"number-{side}-spanned")) for side in ("columns", "rows"))
        if value != "" or "formula" in said:
            if times > far_cells.MAX_COLUMNS or column + times > MAX_COLUMNS:
                raise report_vast()
            cells += [(column + copy, value, "formula" in said, across, down) for copy in range(times)]
        column += times
    return cells


def _put_row(cells: list[tuple[int, Any, bool, int, int]], row: int, grid: Grid) -> None:
    for column, value, is_formula, across, down in cells:
        grid.put(row, column, value, across, down)
        if is_formula:
            grid.formulas.append((row, column))


def _read_value(cell: Any, said: dict[str, str], divisors: frozenset[int]) -> Any:
    """Return the value of a cell as the other workbooks give it: text, number, date or truth; of a number what is
    shown. An error has the type of a text."""
    kind = said.get("value-type")
    lines = [_read_text(line) for line in cell.iterchildren("{*}p")]
    try:
        if kind in _NUMBERS:
            return choose_shown(said["value"], "\n".join(lines) if lines else None, divisors, kind == "percentage")
        if kind == "date":
            moment = datetime.fromisoformat(said["date-value"])
            return moment if "T" in said["date-value"] else moment.date()
    except (KeyError, ValueError, ArithmeticError):
        pass  # what the cell shows is left
    if kind == "boolean":
        return said.get("boolean-value") == "true"
    return "\n".join(lines) or ("#N/A" if kind == "error" else "")


def _read_text(element: Any) -> str:
    name = xml.find_name(element)
    if name in _NO_TEXT:
        return ""
    if name == "s":
        return " " * min(xml.read_count(xml.list_attributes(element).get("c")), 100)
    inner = "".join(_read_text(child) + (child.tail or "") for child in element)
    return {"tab": "\t", "line-break": "\n"}.get(name, (element.text or "") + inner if name else "")
