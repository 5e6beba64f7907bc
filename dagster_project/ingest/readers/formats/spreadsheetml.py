"""XML Spreadsheet 2003, which programs write under the names .xml and .xls → raw tables, one a sheet."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dagster_project.ingest.readers.base import RawTable, ReadSpec
from dagster_project.ingest.readers.formats import xml
from dagster_project.ingest.readers.formats.grid import MAX_COLUMNS, Grid, Room, read_sheets
from dagster_project.ingest.readers.xlsx_formats import ShownAs, read_format, show_value


def read(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read every visible worksheet. Raises BlockedFile: unreadable, empty_file, missing_column."""
    return read_sheets(_list_sheets(content), spec)


_NAMED = {"Percent": "0.00%", "Yes/No": '"Yes";"Yes";"No"', "True/False": '"True";"True";"False"',
          "On/Off": '"On";"On";"Off"'}  # fmt: skip
"""Formats that have a name instead of a code, and show another number; the other names show the number as it is."""
_PLAIN = frozenset({
    "General", "General Number", "General Date", "Long Date", "Medium Date", "Short Date", "Long Time", "Medium Time",
    "Short Time", "Currency", "Euro Currency", "Fixed", "Standard", "Scientific",
})  # fmt: skip


@dataclass
class _Styles:
    """Holds which styles are odd, and what a cell that names none takes over: its row's, its column's, its table's."""

    odd: dict[str, ShownAs | None] = field(default_factory=dict)
    columns: dict[int, str] = field(default_factory=dict)
    next_column: int = 0

    def add(self, style: Any) -> None:
        """Read a style; what it does not say, its parent says."""
        said = xml.list_attributes(style)
        number_format = next(style.iterchildren("{*}NumberFormat"), None)
        code = None if number_format is None else xml.list_attributes(number_format).get("Format", "General")
        parent = self.odd.get(said.get("Parent", "Default"))
        shown = None if code in _PLAIN else parent if code is None else read_format(_NAMED.get(code, code))
        self.odd[said.get("ID", "")] = shown

    def add_column(self, column: Any) -> None:
        """Note the style of a column, or of several beside each other."""
        said = xml.list_attributes(column)
        first = xml.read_count(said.get("Index"), self.next_column + 1) - 1
        self.next_column = min(first + 1 + xml.read_count(said.get("Span"), 0), MAX_COLUMNS)
        if "StyleID" in said:
            self.columns |= dict.fromkeys(range(first, self.next_column), said["StyleID"])

    def find(self, cell: dict[str, str], row: dict[str, str], column: int, table: dict[str, str]) -> ShownAs | None:
        """Return the odd format of a cell; None when it shows the number that it holds."""
        names = cell.get("StyleID"), row.get("StyleID"), self.columns.get(column), table.get("StyleID")
        return self.odd.get(next(filter(None, names), "Default"))


def _list_sheets(content: bytes) -> Iterator[tuple[str, Grid, bool]]:
    room = Room.measure(len(content))
    grid, row, is_hidden, styles = Grid(room=room), 0, False, _Styles()
    for element in xml.walk_elements(io.BytesIO(content), ("Style", "Column", "Row", "Visible", "Worksheet")):
        name = xml.find_name(element)
        if name == "Row":
            said = xml.list_attributes(element)
            row = max(row, xml.read_count(said.get("Index"), row + 1) - 1)
            _read_row(element, row, grid, styles)
            row += 1 + xml.read_count(said.get("Span"), 0)
        elif name == "Style":
            styles.add(element)
        elif name == "Column":
            styles.add_column(element)
        elif name == "Visible":
            is_hidden = "hidden" in (element.text or "").lower()
            continue
        else:
            yield xml.list_attributes(element).get("Name", ""), grid, is_hidden
            grid, row, is_hidden = Grid(room=room), 0, False
            styles.columns, styles.next_column = {}, 0


def _read_row(element: Any, row: int, grid: Grid, styles: _Styles) -> None:
    column = 0
    of_row, of_table = xml.list_attributes(element), xml.list_attributes(element.getparent())
    for cell in element.iterchildren("{*}Cell"):
        said = xml.list_attributes(cell)
        column = max(column, xml.read_count(said.get("Index"), column + 1) - 1)
        across, down = 1 + xml.read_count(said.get("MergeAcross"), 0), 1 + xml.read_count(said.get("MergeDown"), 0)
        shown = styles.find(said, of_row, column, of_table)
        value = _read_value(cell)
        grid.put(row, column, value if shown is None else show_value(value, shown), across, down)
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
    if kind == "Error":
        return text.strip() or "#N/A"
    return text.strip() == "1" if kind == "Boolean" else text
