"""A sheet's rows → RawTable: header, data, what is not data, control figures. Shared by workbooks and HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from typing import Any

import numpy as np
import pandas as pd

from dagster_project.ingest.normalise import data_dates, quantities, text
from dagster_project.ingest.readers import stacked
from dagster_project.ingest.readers.base import (
    NOT_DATA_COLUMNS,
    ORDINALS,
    ROW_UNIT,
    SHOWN,
    TOTAL_COLUMNS,
    Finding,
    Printed,
    RawTable,
    TwoColumnsForOne,
    make_empty_frame,
    name_column,
    report_missing_columns,
)
from dagster_project.ingest.readers.extent import other_sheets
from dagster_project.ingest.readers.headers import (
    MAX_HEADING_ROWS,
    Header,
    Matcher,
    find_header,
)
from dagster_project.ingest.readers.kinds.covers import find_covered_rows, find_parts_of_rows
from dagster_project.ingest.readers.kinds.merged import fill_merged_names, list_merged_down, settle_merged_amounts
from dagster_project.ingest.readers.kinds.rows import (
    RowKinds,
    classify,
    find_filled_cells,
    find_places_of_groups,
)
from dagster_project.ingest.readers.kinds.said_of import fill_what_is_said_of
from dagster_project.ingest.readers.respell_rows import respell_rows
from dagster_project.ingest.readers.wording.lines import list_notes_below, list_words_above
from dagster_project.ingest.readers.xlsx_long import Merge

Rows = Sequence[Sequence[Any]] | np.ndarray


def make_tables(rows: Rows, matcher: Matcher, sheet: str | None, merges: Sequence[Merge] = ()) -> list[RawTable]:
    """Make the tables of the rows of one sheet, from its first on (all of one width, empty cells "" or None): one under
    the other where a second header begins a table of its own, and those that stand side by side.

    A sheet in which no header is found comes out as headings only, with no columns. Raises BlockedFile `missing_column`
    when there is a header and a required column is not in it, `two_columns_for_one` when two columns claim one role.
    """
    rows, spelling = respell_rows(rows, matcher)
    tables = _make_tables(rows, matcher, sheet, merges)
    for table in tables:
        spelling.note(table)
    return tables


def _make_tables(rows: Rows, matcher: Matcher, sheet: str | None, merges: Sequence[Merge]) -> list[RawTable]:
    header = find_header(rows, matcher)
    if header is None:
        return [_make_heading_table(rows, sheet, matcher.spec.required)]
    if other_sheets.only_lists_values(rows, header, matcher.spec):
        return [_make_table_of_values(rows, sheet, header)]
    border = _find_border(header, rows)
    if border is not None:
        return _make_side_by_side(rows, border, matcher, sheet, merges)
    below = stacked.find_next_header(rows, header, matcher)
    first = _make_table(rows[:below], matcher, sheet, merges)
    if below is None:
        return [first]
    lower = [((top - below, left), (bottom - below, right)) for (top, left), (bottom, right) in merges if top >= below]
    others = _make_tables(rows[below:], matcher, sheet, lower)
    stacked.join_below(first, others, below, matcher)
    return [first, *others]


def _find_border(header: Header, rows: Rows) -> int | None:
    """Find the column from which a second table of the same form stands beside the first: that of its running number,
    else of the first that is read; None where there is one table."""
    rivals = header.rivals
    firsts = [index for role, index in header.columns.items() if not role.startswith(ROW_UNIT)]
    seconds = [claims[1].index for claims in rivals.values()]
    if len(rivals) * 2 < len(header.columns) or len(rivals) < 2 or min(seconds) <= max(firsts):
        return None
    between = [
        (row[at], at) for row in rows[header.first : header.after] for at in range(max(firsts) + 1, min(seconds))
    ]
    return next((at for cell, at in between if text.make_header_key(str(cell or ""))[0] in ORDINALS), min(seconds))


def _make_side_by_side(
    rows: Rows, border: int, matcher: Matcher, sheet: str | None, merges: Sequence[Merge]
) -> list[RawTable]:
    """Make the tables on both sides of a column; the right one has what stands above the left one as its heading."""
    grid = make_grid(rows)
    left = _make_tables(grid[:, :border], matcher, sheet, [merge for merge in merges if merge[1][1] < border])
    beside = [((top, a - border), (bottom, z - border)) for (top, a), (bottom, z) in merges if a >= border]
    right = _make_tables(grid[:, border:], matcher, sheet, beside)
    for number, table in enumerate(right, start=len(left) + 1):
        # A row of the sheet holds a row of each table: the name tells them apart.
        table.sheet = f"{sheet or 'bảng'} (bảng {number})"
        table.title = table.title or left[0].title
        table.unit_phrases = table.unit_phrases or left[0].unit_phrases
        table.extra = left[0].extra | table.extra
        table.not_data = table.not_data[~table.not_data["kind"].isin(["heading", "header"])]
    return [*left, *right]


def _make_table(rows: Rows, matcher: Matcher, sheet: str | None, merges: Sequence[Merge]) -> RawTable:
    """Make one table of rows of which the header that `find_header` finds is the only one; see `make_tables`."""
    header = find_header(rows, matcher)
    assert header is not None, "a sheet without a header has no table"
    grid = make_grid(rows[header.after :], len(rows[0]))
    names, amounts = list_merged_down(grid, header, matcher.spec, merges)
    grid = fill_merged_names(grid, names)
    filled = find_filled_cells(grid)
    kinds = classify(grid, header, matcher.spec.required, filled=filled)
    grid, unclear = settle_merged_amounts(grid, filled, kinds.kinds, amounts, header, matcher.spec)
    places = find_places_of_groups(kinds, len(grid))
    require_columns(header, matcher, sheet, stands_for=matcher.spec.place if places is not None else None)
    notes = _find_notes_of_units(rows, header, kinds.kinds, _count_texts(grid, filled), sheet, matcher)
    offset = header.after + 1
    data = np.flatnonzero(kinds.kinds == "data")
    table = RawTable(sheet, make_data_frame(grid, filled, header, data, offset, matcher.spec.names))
    table.findings += [Finding("merged_amount", row + offset, role, said) for row, role, said in unclear]
    table.not_data = _list_not_data(rows, header, kinds, offset)
    table.totals = make_totals_frame(kinds, header, grid.__getitem__, np.arange(len(grid)) + offset)
    fill_what_is_said_of(table, matcher.spec)
    if places is not None and matcher.spec.place is not None:
        fill_places(table.frame, matcher.spec.place, places[data])
    for role in header.columns:
        table.frame[role] = text.convert_to_text(table.frame[role])  # once for all who look at them
    describe(table, rows[: header.first], header)
    table.rows_like_data = count_rows_like_data(kinds.kinds, filled, header)
    table.notes_of_units = notes
    table.unknown_headers += [
        f"(cột {name_column(index)} không có tên)" for index in header.unnamed if filled[:, index].any()
    ]
    return table


def _find_notes_of_units(
    rows: Rows, header: Header, kinds: np.ndarray, texts: np.ndarray, sheet: str | None, matcher: Matcher
) -> tuple[tuple[int, str], ...]:
    """Find the units that notes below the rows of a table name, each with its row. `texts`: how many each row has.

    Refuses a table in which a line between its rows says that the figures from there on may be others.
    """
    lines, data = np.flatnonzero(kinds != "blank"), np.flatnonzero(kinds == "data")
    last = int(data.max(initial=-1))
    between = np.flatnonzero((texts > 0) & (texts <= stacked.MOST_TEXTS_OF_LINE))
    between = between[between < last] + header.after
    stacked.refuse_lines_between(rows, header, between, set((data + header.after).tolist()), sheet, matcher)
    below = [int(at) + header.after for at in lines[lines > last]]
    return list_notes_below(
        [(row + 1, stacked.list_texts(rows[row : row + 1])) for row in below], header.after + last + 1
    )


def count_rows_like_data(kinds: np.ndarray, filled: np.ndarray, header: Header) -> int:
    """Count the rows taken for groups, parts or notes that have as many cells as half of the columns that are read,
    three at least."""
    is_other = np.isin(kinds, ("group", "part", "note", "signature"))
    return int((filled[is_other].sum(axis=1) >= max(3, (len(header.columns) + 1) // 2)).sum())


def fill_places(frame: pd.DataFrame, role: str, places: np.ndarray) -> None:
    """Let the place that a group row names hold for its rows that name none."""
    own = frame[role].astype(object) if role in frame else pd.Series(None, index=frame.index, dtype=object)
    frame[role] = own.where(own.notna(), pd.Series(places, index=frame.index, dtype=object))


def require_columns(header: Header, matcher: Matcher, sheet: str | None, stands_for: str | None = None) -> None:
    """Refuse a header that lacks a required column, but the one that something else `stands_for`; and one in which two
    columns have the same right to one role."""
    if header.rivals:
        named = {
            role: [(name_column(claim.index), claim.path) for claim in claims] for role, claims in header.rivals.items()
        }
        raise TwoColumnsForOne(named, sheet, _list_telling_headers(header))
    lacking = [role for role in matcher.spec.find_lacking(header.columns) if role != stands_for]
    if lacking:
        lost = {
            role: [(said, (name_column(claim.index), claim.path)) for said, claim in claims]
            for role, claims in header.lost.items()
        }
        found = dict.fromkeys([*header.texts, *(part for path in header.paths.values() for part in path)])
        raise report_missing_columns(lacking, matcher.spec, found, sheet, lost)


def _list_telling_headers(header: Header) -> Iterator[str]:
    """List the headers of rival columns of which a layout can name the one that is meant: they differ, and the layout
    has none of them word for word."""
    for claims in header.rivals.values():
        written = ["/".join(" ".join(part.split()) for part in claim.path) for claim in claims]
        if not any(claim.is_exact for claim in claims) and len({*map(text.make_key, written)}) == len(written):
            yield from written


def _count_texts(grid: np.ndarray, filled: np.ndarray) -> np.ndarray:
    """Count the texts of each row, none of nothing but spaces."""
    counts = np.zeros(len(grid), dtype=np.int64)
    for column, has in zip(grid.T, filled.T, strict=True):
        cells = column.tolist()
        kinds = set(map(type, cells))
        if kinds == {str}:  # what nearly all columns of words are
            counts += has & ~np.fromiter(map(str.isspace, cells), dtype=bool, count=len(cells))
        elif any(issubclass(kind, str) for kind in kinds):
            of_cells = np.fromiter(map(type, cells), dtype=object, count=len(cells))
            is_text = np.logical_or.reduce([of_cells == kind for kind in kinds if issubclass(kind, str)])
            at = np.flatnonzero(has & is_text)
            counts[at] += ~np.fromiter(map(str.isspace, column[at]), dtype=bool, count=len(at))
    return counts


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
    grid: np.ndarray, filled: np.ndarray, header: Header, rows: np.ndarray, offset: int, names: Set[str]
) -> pd.DataFrame:
    """Return the canonical columns of the data rows as raw objects, None where empty, and `_row`. What says which thing
    a row speaks of (roles in `names`) is as it is printed."""
    frame = _take_raw_cells(grid, filled, header, rows)
    for role in names & header.columns.keys():
        cells = frame[role].to_list()
        if Printed in set(map(type, cells)):
            shown = [cell.printed if isinstance(cell, Printed) else cell for cell in cells]
            frame[role] = pd.Series(shown, index=frame.index, dtype=object)
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
    cells = [cell for row in heading for cell in list_words_above(row)]
    table.title = "\n".join(filter(None, map(text.clean_text, cells)))
    table.header_units = header.units
    table.columns = dict(header.columns)
    table.heads = dict(header.heads)
    table.paths = dict(header.paths)
    table.lost = {role: [(said, claim.index) for said, claim in claims] for role, claims in header.lost.items()}
    table.unknown_headers = list(header.unknown)
    _say_of_all(table, cells)


def _say_of_all(table: RawTable, cells: Sequence[str]) -> None:
    """Note what the cells above a table, or on a cover sheet, say of its figures: their unit and their plan year."""
    said = [line for cell in cells for line in cell.splitlines()]  # "Đơn vị: …" is a unit only as a whole line
    lines = [text.clean_text(cell) for cell in cells]
    table.unit_phrases = tuple(quantities.find_unit_phrases("\n".join(said)))
    years = data_dates.find_plan_years("\n".join(lines))
    if years is not None:  # several, or only those of other money, are none, and no other sheet's may stand for them
        table.extra["plan_year"] = min(years) if len(years) == 1 else None


def make_totals_frame(
    kinds: RowKinds, header: Header, cells_at: Callable[[np.ndarray], np.ndarray], numbers: np.ndarray
) -> pd.DataFrame:
    """Return the control figures with the rows that they cover, file totals last. See RawTable.

    `cells_at` gives the cells of rows by position, `numbers` the row number of every position.
    """
    figures = [*find_parts_of_rows(kinds), *find_covered_rows(kinds)]
    if not figures:
        return make_empty_frame(TOTAL_COLUMNS)
    rows = np.array([row for row, *_ in figures])
    grid = cells_at(rows)
    filled = find_filled_cells(grid)
    last = len(numbers) - 1
    frame = pd.DataFrame(
        {
            "_row": numbers[rows],
            "label": [kinds.labels.get(row, "" if row in kinds.sums else "trong đó") for row in rows],
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


def _make_heading_table(rows: Rows, sheet: str | None, required: frozenset[str]) -> RawTable:
    """Make what a sheet without a header is: headings alone; one with figures is told of, for they are not read."""
    table = _make_table_of_headings(rows, sheet)
    texts = [list_words_above(row) for row in rows[:MAX_HEADING_ROWS]]
    table.extra["headers_seen"] = max(texts, key=len, default=[])
    cells = [cell for row in texts for cell in row]
    table.title = "\n".join(filter(None, map(text.clean_text, cells)))
    _say_of_all(table, cells)
    if sheet is not None and other_sheets.states_figures(rows, required):
        table.findings.append(Finding("unread_table", value=sheet[:SHOWN]))
    return table


def _make_table_of_values(rows: Rows, sheet: str | None, header: Header) -> RawTable:
    """Make what a list of the values that a form allows is: rows that are no data, and head nothing."""
    table = _make_table_of_headings(rows, sheet)
    table.extra |= {"headers_seen": header.texts, "columns_seen": list(header.columns)}
    return table


def _make_table_of_headings(rows: Rows, sheet: str | None) -> RawTable:
    grid = make_grid(rows)
    filled = np.flatnonzero(find_filled_cells(grid).any(axis=1)) if grid.size else np.array([], dtype=int)
    written = (
        filled[find_filled_cells(make_grid(_strip_cells([rows[int(i)] for i in filled]))).any(axis=1)]
        if len(filled)
        else filled
    )
    table = RawTable(sheet, make_empty_frame(["_row"]))
    table.not_data = make_not_data_frame(written + 1, np.full(len(written), "heading"))
    return table


def _strip_cells(rows: Rows) -> list[list[Any]]:
    return [[cell.strip() if isinstance(cell, str) else cell for cell in row] for row in rows]
