"""Cells of a marked-up table (HTML, Word, XML) → the rectangle of rows that a workbook's sheet is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.readers.base import (
    SHOWN,
    Finding,
    RawTable,
    ReadSpec,
    report_missing_columns,
    report_unreadable,
)
from dagster_project.ingest.readers.extent import far_cells
from dagster_project.ingest.readers.headers import Matcher
from dagster_project.ingest.readers.tables import make_tables
from dagster_project.ingest.readers.xlsx_guard import MAX_CELLS, SPARSE
from dagster_project.ingest.readers.xlsx_long import Merge

MAX_COLUMNS = 16_384  # Excel's own limit
MAX_ROWS = 1 << 20  # Excel's own, too


@dataclass
class Room:
    """Holds how many places the sheets of a file may take, each by itself and, those that rows hold, all together."""

    most: int = MAX_CELLS
    held: int = 0

    @classmethod
    def measure(cls, size: int) -> Room:
        """Return the room for a file that unpacks to so many bytes: a place takes one of them at least, but for the
        blanks of a small table."""
        return cls(min(max(size, SPARSE), MAX_CELLS))

    def hold(self, places: int) -> None:
        """Take places. Raises BlockedFile where there are no more."""
        self.held += places
        if self.held > self.most:
            raise report_vast()


@dataclass
class Grid:
    """Collects the cells of one sheet, each at its place (0-based); a cell over several places stands in the first."""

    rows: list[list[Any]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    formulas: list[tuple[int, int]] = field(default_factory=list)
    width: int = 0
    room: Room = field(default_factory=Room)
    held: int = 0
    """Counts the places that the rows take, empty ones before a cell among them."""

    def put(self, row: int, column: int, value: Any, across: int = 1, down: int = 1) -> None:
        """Put a cell that covers so many columns and rows. Raises BlockedFile when the sheet grows beyond measure."""
        if column + across > self.width:
            self.reserve(column + across)
        if row >= MAX_ROWS:
            raise report_vast()
        while len(self.rows) <= row:
            self.rows.append([])
        line = self.rows[row]
        lacking = column + 1 - len(line)
        if lacking > 0:
            self._hold(lacking)
            line.extend([""] * lacking)
        line[column] = value
        if across > 1 or down > 1:
            self.merges.append(((row, column), (row + down - 1, column + across - 1)))

    def append_under(self, lines: Iterable[str], table: Grid) -> None:
        """Put lines of text, each a row of one cell, and a table under what is held already."""
        for line in lines:
            self.put(len(self.rows), 0, line)
        first = len(self.rows)
        self.rows += table.rows
        self.reserve(table.width)
        self._hold(table.held)
        self.merges += [((top + first, left), (bottom + first, right)) for (top, left), (bottom, right) in table.merges]

    def reserve(self, width: int) -> None:
        """Note how wide the sheet is. Raises BlockedFile when that is beyond measure."""
        self.width = max(self.width, width)
        if self.width > MAX_COLUMNS:
            raise report_vast()

    def _hold(self, places: int) -> None:
        self.held += places
        self.room.hold(places)
        if len(self.rows) > MAX_ROWS:
            raise report_vast()

    def fill_up(self, most: int | None = None) -> list[list[Any]]:
        """Return the rows, or the first of them, all of one width."""
        return [[*line, *[""] * (self.width - len(line))] for line in self.rows[:most]]

    def make_tables(self, matcher: Matcher, sheet: str | None) -> list[RawTable]:
        """Make the raw tables of this sheet; a formula in their data is a finding."""
        rows, far = far_cells.cut_rows(self.rows)
        if far is not None:
            self.rows, self.width = [list(row) for row in rows], max(map(len, rows), default=0)
        if len(self.rows) * self.width > self.room.most:
            raise report_vast()
        tables = make_tables(self.fill_up(), matcher, sheet, self.merges)
        tables[0].findings += [] if far is None else [Finding("far_cells", value=f"{sheet or ''}!{far}".lstrip("!"))]
        for table in tables:
            self._note_formulas(table)
        return tables

    def _note_formulas(self, table: RawTable) -> None:
        if not self.formulas or table.is_heading:
            return
        data = set(table.frame["_row"].to_list())
        roles = {column: role for role, column in table.columns.items()}
        for row, column in self.formulas:
            if row + 1 in data and column in roles:
                rule = "formula_without_value" if self.rows[row][column] in ("", None) else "formula_cell"
                table.findings.append(Finding(rule, row + 1, roles[column]))


def report_vast() -> BlockedFile:
    """Return the refusal of a sheet that claims more places than its file can fill."""
    return report_unreadable("bảng trải rộng quá mức, phần lớn là ô trống")


def read_sheets(sheets: Iterable[tuple[str, Grid, bool]], spec: ReadSpec) -> list[RawTable]:
    """Make the tables of a workbook's sheets (name, cells, whether it is hidden). Hidden ones are named, not read.

    Raises BlockedFile: empty_file, missing_column.
    """
    matcher = Matcher(spec)
    tables: list[RawTable] = []
    hidden: list[Finding] = []
    for name, grid, is_hidden in sheets:
        if is_hidden:
            hidden.append(Finding("hidden_sheet", value=name[:SHOWN]))
        elif grid.rows:
            for table in grid.make_tables(matcher, name):
                if table.is_heading and not all(earlier.is_heading for earlier in tables):
                    table.title = ""  # notes behind the tables head nothing
                tables.append(table)
    require_a_table(tables, spec)
    tables[0].findings += hidden
    return tables


def require_a_table(tables: list[RawTable], spec: ReadSpec) -> None:
    """Refuse a file whose sheets are all empty, or without a header of this feed."""
    if not any(table.rows_read for table in tables):
        raise BlockedFile("empty_file", "Bảng tính không có dòng nào.", "Xuất và gửi lại tệp.")
    if all(table.is_heading for table in tables):
        raise report_no_table(tables[0], spec)


def report_no_table(table: RawTable, spec: ReadSpec) -> BlockedFile:
    """Return the refusal of a file without a table, of which this is the first sheet."""
    lacking = spec.find_lacking(table.extra.get("columns_seen", []))
    return report_missing_columns(lacking, spec, table.extra.get("headers_seen", []), table.sheet)
