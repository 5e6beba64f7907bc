"""Cells that are merged over several rows: what of them holds for each row, and what for none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dagster_project.ingest.normalise import text
from dagster_project.ingest.readers.base import ReadSpec
from dagster_project.ingest.readers.headers import Header
from dagster_project.ingest.readers.kinds.rows import find_filled_cells
from dagster_project.ingest.readers.xlsx_long import Merge

Down = tuple[int, int, int]
"""A cell of one column that is merged over rows: the first, the last, the column."""


def list_merged_down(
    grid: np.ndarray, header: Header, spec: ReadSpec, merges: Sequence[Merge]
) -> tuple[list[Down], list[Down]]:
    """List the cells of one column that are merged over several rows of the grid: those of names, those of amounts."""
    amounts = {index for role, index in header.columns.items() if role in spec.amounts}
    below = ((top - header.after, bottom - header.after, left, right) for (top, left), (bottom, right) in merges)
    down = [
        (first, last, left)
        for first, last, left, right in below
        if 0 <= first < last < len(grid) and left == right < grid.shape[1]
    ]
    return [one for one in down if one[2] not in amounts], [one for one in down if one[2] in amounts]


def fill_merged_names(grid: np.ndarray, names: Sequence[Down]) -> np.ndarray:
    """Let a cell that is merged over several rows speak for each of them. An amount does not: it would count twice.

    A row that has no cell of its own is a further line of the row above it, and stays empty.
    """
    if not names:
        return grid
    grid, has_own = grid.copy(), np.asarray(find_filled_cells(grid).any(axis=1))
    for first, last, column in names:
        grid[first : last + 1, column][has_own[first : last + 1]] = grid[first, column]
    return grid


def settle_merged_amounts(
    grid: np.ndarray, filled: np.ndarray, kinds: np.ndarray, amounts: Sequence[Down], header: Header, spec: ReadSpec
) -> tuple[np.ndarray, list[tuple[int, str, str]]]:
    """Settle what an amount that is merged over several rows of data says of each of them (and note it in `filled`).

    One that is said of a project holds for all rows of the same project. What is due to which row of any other nobody
    can tell: where the column is required it is written there that it is merged, which no rule takes for a figure; else
    the rows are without it, and are listed (row, role, what the cell says).
    """
    grid, unclear = grid.copy() if amounts else grid, list[tuple[int, str, str]]()
    for first, last, column in amounts:
        rows = first + np.flatnonzero(kinds[first : last + 1] == "data")
        said = text.write_cell(grid[first, column])
        if len(rows) < 2 or not said:
            continue
        roles = [role for role, index in header.columns.items() if index == column]
        if all(_are_of_one(grid, rows, header, spec.said_of.get(role)) for role in roles):
            grid[rows, column] = grid[first, column]
        elif spec.required.isdisjoint(roles):
            grid[rows, column] = ""
            unclear += [(int(row), role, said) for row in rows for role in roles]
        else:
            grid[rows, column] = f"{said} (ô gộp {last - first + 1} dòng)"
        filled[rows, column] = grid[rows, column] != ""
    return grid, unclear


def _are_of_one(grid: np.ndarray, rows: np.ndarray, header: Header, owner: str | None) -> bool:
    """Tell whether rows name the same thing in the column of this role."""
    if owner not in header.columns:
        return False
    named = {text.make_key(text.write_cell(cell) or "") for cell in grid[rows, header.columns[owner]]}
    return len(named) == 1 and "" not in named
