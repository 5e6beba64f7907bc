"""XML Spreadsheet 2003, which programs write under the names .xml and .xls → raw tables, one a sheet."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from dagster_project.ingest.readers.base import RawTable, ReadSpec
from dagster_project.ingest.readers.formats import xml
from dagster_project.ingest.readers.formats.grid import Grid, read_sheets


def read(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read every visible worksheet. Raises BlockedFile: unreadable, empty_file, missing_column."""
    return read_sheets(_list_sheets(content), spec)


def _list_sheets(content: bytes) -> Iterator[tuple[str, Grid, bool]]:
    grid, row, is_hidden = Grid(), 0, False
    for element in xml.walk_elements(io.BytesIO(content), ("Row", "Visible", "Worksheet")):
        name = xml.find_name(element)
        if name == "Row":
            said = xml.list_attributes(element)
            row = max(row, xml.read_count(said.get("Index"), row + 1) - 1)
            _read_row(element, row, grid)
            row += 1 + xml.read_count(said.get("Span"), 0)
        elif name == "Visible":
            is_hidden = "hidden" in (element.text or "").lower()
            continue
        else:
            yield xml.list_attributes(element).get("Name", ""), grid, is_hidden
            grid, row, is_hidden = Grid(), 0, False


def _read_row(element: Any, row: int, grid: Grid) -> None:
    column = 0
    for cell in element.iterchildren("{*}Cell"):
        said = xml.list_attributes(cell)
        column = max(column, xml.read_count(said.get("Index"), column + 1) - 1)
        across, down = 1 + xml.read_count(said.get("MergeAcross"), 0), 1 + xml.read_count(said.get("MergeDown"), 0)
        grid.put(row, column, _read_value(cell), across, down)
        if "Formula" in said:
            grid.formulas.append((row, column))
        column += across


def _read_value(cell: Any) -> Any:
    """Return the value of a cell as the other workbooks give it: text, number, date or truth."""
    data = next(cell.iterchildren("{*}Data"), None)
    if data is None:
        return ""
    text = "".join(data.itertext())
    kind = xml.list_attributes(data).get("Type")
    try:
        if kind == "Number":
            return float(text)
        if kind == "DateTime":
            moment = datetime.fromisoformat(text)
            return moment if moment.time() != moment.min.time() else moment.date()
    except ValueError:
        return text
    return text.strip() == "1" if kind == "Boolean" else text
