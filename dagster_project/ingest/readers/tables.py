"""A sheet's rows → RawTable: header, data, what is not data, control figures. Shared by workbooks and HTML."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dagster_project.ingest.normalise import data_dates, money, text
from dagster_project.ingest.readers.base import (
    NOT_DATA_COLUMNS,
    TOTAL_COLUMNS,
    RawTable,
    make_empty_frame,
    report_missing_columns,
)
from dagster_project.ingest.readers.headers import MAX_HEADING_ROWS, Header, Matcher, find_header
from dagster_project.ingest.readers.respell_rows import respell_rows
from dagster_project.ingest.readers.rows import RowKinds, classify, find_covered_rows, find_filled_cells
from dagster_project.ingest.readers.xlsx_long import Merge

Rows = Sequence[Sequence[Any]] | np.ndarray


def make_table(rows: Rows, matcher: Matcher, sheet: str | None, merges: Sequence[Merge] = ()) -> RawTable:
    """Make a table of the rows of one sheet, from its first on (all of one width, empty cells "" or None).

    A sheet in which no header is found comes out as headings only, with no columns. Raises BlockedFile
    `missing_column` when there is a header and a required column is not in it.
    """
    rows, spelling = respell_rows(rows, matcher)
    header = find_header(rows, matcher)
    if header is None:
        return _make_heading_table(rows, sheet)
    require_columns(header, matcher, sheet)
    grid = _fill_merged_cells(make_grid(rows[header.after :], len(rows[0])), header.after, merges)
    filled = find_filled_cells(grid)
    kinds = classify(grid, header, matcher.spec.required, filled=filled)
    offset = header.after + 1
    table = RawTable(sheet, make_data_frame(grid, filled, header, np.flatnonzero(kinds.kinds == "data"), offset))
    describe(table, rows[: header.first], header)
    table.unknown_headers += [
        f"(cột {_name_column(index)} không có tên)" for index in header.unnamed if filled[:, index].any()
    ]
    table.not_data = _list_not_data(rows, header, kinds, offset)
    table.totals = make_totals_frame(kinds, header, grid.__getitem__, np.arange(len(grid)) + offset)
    spelling.note(table)
    return table


def require_columns(header: Header, matcher: Matcher, sheet: str | None) -> None:
    """Refuse a header that lacks a required column."""
    lacking = matcher.spec.find_lacking(header.columns)
    if lacking:
        raise report_missing_columns(lacking, matcher.spec, header.texts, sheet)


def make_grid(rows: Rows, width: int | None = None) -> np.ndarray:
    """Return equal rows as an object array, never a string one. `width` says how wide when there may be none."""
    if isinstance(rows, np.ndarray):
        return rows
    width = width if width is not None else len(rows[0]) if len(rows) else 0
    grid = np.empty((len(rows), width), dtype=object)
    if len(rows) and width:
        grid[:] = rows
    return grid


def make_data_frame(
    grid: np.ndarray, filled: np.ndarray, header: Header, rows: np.ndarray, offset: int
) -> pd.DataFrame:
    """Return the canonical columns of the data rows as raw objects, None where empty, and `_row`."""
    frame = _take_raw_cells(grid, filled, header, rows)
    frame["_row"] = (rows + offset).astype("int64")
    return frame


def _take_raw_cells(grid: np.ndarray, filled: np.ndarray, header: Header, rows: np.ndarray) -> pd.DataFrame:
    is_one_stretch = len(rows) and rows[-1] - rows[0] == len(rows) - 1
    at = slice(rows[0], rows[-1] + 1) if is_one_stretch else rows  # a slice is not copied
    nothing: Any = None
    columns = {role: np.where(filled[at, index], grid[at, index], nothing) for role, index in header.columns.items()}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(rows)), dtype=object, copy=False)


def describe(table: RawTable, heading: Rows, header: Header) -> None:
    """Note title, money unit and plan year from the text above the header; units and unknown names from the header."""
    lines = [text.clean_text(cell) for row in heading for cell in row if isinstance(cell, str) and cell.strip()]
    table.title = "\n".join(line for line in lines if line)
    table.header_units = header.units
    table.columns = dict(header.columns)
    table.heads = dict(header.heads)
    table.unknown_headers = list(header.unknown)
    _say_of_all(table, lines)


def _say_of_all(table: RawTable, lines: Sequence[str]) -> None:
    """Note what the lines above a table, or on a cover sheet, say of its figures: their unit and their plan year."""
    table.money_units = frozenset(unit for line in lines for unit in money.read_money_multipliers(line))
    plan_year = data_dates.find_year_in_title("\n".join(lines))
    if plan_year is not None:
        table.extra["plan_year"] = plan_year


def make_totals_frame(
    kinds: RowKinds, header: Header, cells_at: Callable[[np.ndarray], np.ndarray], numbers: np.ndarray
) -> pd.DataFrame:
    """Return the control figures with the rows that they cover, file totals last. See RawTable.

    `cells_at` gives the cells of rows by position, `numbers` the row number of every position.
    """
    figures = find_covered_rows(kinds)
    if not figures:
        return make_empty_frame(TOTAL_COLUMNS)
    rows = np.array([row for row, *_ in figures])
    grid = cells_at(rows)
    filled = find_filled_cells(grid)
    last = len(numbers) - 1
    frame = pd.DataFrame(
        {
            "_row": numbers[rows],
            "label": [kinds.labels[row] for row in rows],
            "_kind": [str(kinds.kinds[row]) for row in rows],
            "_from_row": [int(numbers[min(first, last)]) for _, _, first, _ in figures],
            "_to_row": [int(numbers[to]) for *_, to in figures],
            "cells": [cells[has].tolist() for cells, has in zip(grid, filled, strict=True)],
        }
    )
    return pd.concat([frame, _take_raw_cells(grid, filled, header, np.arange(len(rows)))], axis=1)


def make_not_data_frame(rows: np.ndarray, kinds: np.ndarray) -> pd.DataFrame:
    """Return `_row` and `kind` of the rows that are not data."""
    return pd.DataFrame({"_row": rows.astype("int64"), "kind": kinds.astype(object)}, columns=NOT_DATA_COLUMNS)


def _list_not_data(rows: Rows, header: Header, kinds: RowKinds, offset: int) -> pd.DataFrame:
    above = find_filled_cells(make_grid(_strip_cells(rows[: header.after]))).any(axis=1)
    head = np.where(np.arange(header.after) < header.first, "heading", "header")
    other = ~np.isin(kinds.kinds, ("data", "blank"))
    return make_not_data_frame(
        np.concatenate([np.flatnonzero(above) + 1, np.flatnonzero(other) + offset]),
        np.concatenate([head[above], kinds.kinds[other]]),
    )


def _make_heading_table(rows: Rows, sheet: str | None) -> RawTable:
    grid = make_grid(rows)
    filled = np.flatnonzero(find_filled_cells(grid).any(axis=1)) if grid.size else np.array([], dtype=int)
    written = (
        filled[find_filled_cells(make_grid(_strip_cells([rows[int(i)] for i in filled]))).any(axis=1)]
        if len(filled)
        else filled
    )
    table = RawTable(sheet, make_empty_frame(["_row"]))
    table.not_data = make_not_data_frame(written + 1, np.full(len(written), "heading"))
    texts = [[cell for cell in row if isinstance(cell, str) and cell.strip()] for row in rows[:MAX_HEADING_ROWS]]
    table.extra["headers_seen"] = max(texts, key=len, default=[])
    lines = [text.clean_text(cell) for row in texts for cell in row]
    table.title = "\n".join(line for line in lines if line)
    _say_of_all(table, lines)
    return table


def _strip_cells(rows: Rows) -> list[list[Any]]:
    return [[cell.strip() if isinstance(cell, str) else cell for cell in row] for row in rows]


def _name_column(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _fill_merged_cells(grid: np.ndarray, after: int, merges: Sequence[Merge]) -> np.ndarray:
    """Let a text cell that is merged over several rows speak for each of them. An amount does not: it would count
    twice."""
    own = False
    for (top, left), (bottom, right) in merges:
        first, last = top - after, bottom - after
        if first >= 0 and last > first and left == right and last < len(grid) and isinstance(grid[first, left], str):
            grid, own = grid if own else grid.copy(), True
            grid[first : last + 1, left] = grid[first, left]
    return grid
