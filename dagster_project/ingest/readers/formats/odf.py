"""OpenDocument sheets, packed (.ods) or as one XML file (.fods) → raw tables, one a sheet."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from dagster_project.ingest.readers import xlsx_guard
from dagster_project.ingest.readers.base import RawTable, ReadSpec, report_unreadable
from dagster_project.ingest.readers.formats import xml
from dagster_project.ingest.readers.formats.grid import Grid, read_sheets

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
        with archive.open("content.xml") as stream:
            return read_sheets(_list_sheets(stream), spec)


def read_flat(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read every visible sheet of an .fods. Raises BlockedFile: unreadable, empty_file, missing_column."""
    return read_sheets(_list_sheets(io.BytesIO(content)), spec)


def _list_sheets(stream: IO[bytes]) -> Iterator[tuple[str, Grid, bool]]:
    hidden_styles: set[str] = set()
    grid, row = Grid(), 0
    for element in xml.walk_elements(stream, ("style", "table-row", "table")):
        said = xml.list_attributes(element)
        name = xml.find_name(element)
        if name == "style":
            if any(xml.list_attributes(one).get("display") == "false" for one in element.iterchildren()):
                hidden_styles.add(said.get("name", ""))
        elif _is_nested(element, name):
            continue  # a table inside a cell, or the figures behind a chart
        elif name == "table-row":
            times = xml.read_count(said.get("number-rows-repeated"))
            cells = list(_list_cells(element))
            for copy in range(times if cells else 0):
                _put_row(cells, row + copy, grid)
            row += times
        else:
            yield said.get("name", ""), grid, said.get("style-name") in hidden_styles
            grid, row = Grid(), 0


def _is_nested(element: Any, name: str) -> bool:
    return sum(1 for _ in element.iterancestors("{*}table")) > (name == "table-row")


def _list_cells(row: Any) -> list[tuple[int, Any, bool, int, int]]:
    """List what a row holds: column, value, whether it is a formula, columns and rows covered; empty cells left out."""
    cells: list[tuple[int, Any, bool, int, int]] = []
    column = 0
    for cell in row.iterchildren("{*}table-cell", "{*}covered-table-cell"):
        said = xml.list_attributes(cell)
        times = xml.read_count(said.get("number-columns-repeated"))
        value = "" if xml.find_name(cell) == "covered-table-cell" else _read_value(cell, said)
        across, down = (xml.read_count(said.get(f"number-{side}-spanned")) for side in ("columns", "rows"))
        if value != "" or "formula" in said:
            if column + times > xlsx_guard.MAX_CELLS:
                raise report_unreadable("bảng trải rộng quá mức, phần lớn là ô trống")
            cells += [(column + copy, value, "formula" in said, across, down) for copy in range(times)]
        column += times
    return cells


def _put_row(cells: list[tuple[int, Any, bool, int, int]], row: int, grid: Grid) -> None:
    for column, value, is_formula, across, down in cells:
        grid.put(row, column, value, across, down)
        if is_formula:
            grid.formulas.append((row, column))


def _read_value(cell: Any, said: dict[str, str]) -> Any:
    """Return the value of a cell as the other workbooks give it: text, number, date or truth."""
    kind = said.get("value-type")
    try:
        if kind in _NUMBERS:
            return float(said["value"])
        if kind == "date":
            moment = datetime.fromisoformat(said["date-value"])
            return moment if "T" in said["date-value"] else moment.date()
    except (KeyError, ValueError):
        pass  # what the cell shows is left
    if kind == "boolean":
        return said.get("boolean-value") == "true"
    return "\n".join(_read_text(line) for line in cell.iterchildren("{*}p"))


def _read_text(element: Any) -> str:
    name = xml.find_name(element)
    if name in _NO_TEXT:
        return ""
    if name == "s":
        return " " * min(xml.read_count(xml.list_attributes(element).get("c")), 100)
    inner = "".join(_read_text(child) + (child.tail or "") for child in element)
    return {"tab": "\t", "line-break": "\n"}.get(name, (element.text or "") + inner if name else "")
