"""Rows that speak of the same thing as the row above them: its parts, or the statements that it sums up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dagster_project.ingest.normalise import text
from dagster_project.ingest.readers.headers import Header

_PART_MARK = r"\d+(?:\.\d+)+(?<!\.0)|[a-zđ]"
_WHOLE_NUMBER = r"\d+(?:\.0)?"

Key = tuple[str, ...]


def find_numbered_parts(grid: np.ndarray, odd: np.ndarray, header: Header, kinds: np.ndarray) -> list[int]:
    """Find the rows "1.1" or "a)" below a row "1" that bear that row's own key, or leave it out: they tell a part of
    it."""
    if header.ordinal is None or not header.keys:
        return []
    if not _read_marks(grid[odd, header.ordinal]).str.fullmatch(_PART_MARK).any():
        return []  # the marks of all rows are read only where there may be a part
    marks = _read_marks(grid[:, header.ordinal])
    is_part = marks.str.fullmatch(_PART_MARK).to_numpy(dtype=bool)
    owners: dict[str, Key] = {}
    last = ""
    found: list[int] = []
    for row in np.flatnonzero(kinds == "data").tolist():
        mark = str(marks.iat[row]).removesuffix(".0")
        key = _read_key(grid[row], header.keys)
        owner = mark.rpartition(".")[0] or last if is_part[row] else ""
        if owner in owners and _bears(key, owners[owner]):
            found.append(row)
            continue
        owners[mark] = key
        last = last if is_part[row] else mark
    return found


def find_heads(
    grid: np.ndarray, filled: np.ndarray, header: Header, needed: Sequence[Sequence[int]], kinds: np.ndarray
) -> dict[int, tuple[int, int]]:
    """Find the numbered rows that leave empty what tells the rows below them apart, which bear their key and no number
    of their own: a project above its funds is their sum, and no statement. Return row → the first and last of them.

    `needed`: for each required fact the columns that may tell it.
    """
    if header.ordinal is None or not header.keys:
        return {}
    facts = [list(columns) for columns in needed if not set(columns) <= {header.keys[0], *header.amounts}]
    is_told = [filled[:, columns].any(axis=1) for columns in facts]
    is_data = kinds == "data"
    lacks = is_data & ~np.logical_and.reduce(is_told) if facts else np.zeros(len(grid), dtype=bool)
    found: dict[int, tuple[int, int]] = {}
    for row in np.flatnonzero(lacks).tolist():
        open_facts = [told for told in is_told if not told[row]]
        last = row
        while last + 1 < len(grid) and is_data[last + 1] and all(told[last + 1] for told in open_facts):
            if not _is_summed_up(grid[last + 1], grid[row], header):
                break
            last += 1
        if last > row and _has_number(grid[row], header):
            found[row] = row + 1, last
    return found


def _is_summed_up(row: np.ndarray, head: np.ndarray, header: Header) -> bool:
    """Tell whether a row without a number of its own bears the key of another one, in the columns that this one
    fills."""
    his = _read_key(head, header.keys)
    mine = tuple(said if other else "" for said, other in zip(_read_key(row, header.keys), his, strict=True))
    return mine[0] != "" and _bears(mine, his) and not _has_number(row, header)


def _has_number(row: np.ndarray, header: Header) -> bool:
    return bool(_read_marks(row[[header.ordinal]]).str.fullmatch(_WHOLE_NUMBER).iat[0])


def _bears(mine: Key, his: Key) -> bool:
    """Tell whether a key is another one, as far as it says anything."""
    return any(mine) and all(not said or said == other for said, other in zip(mine, his, strict=True))


def _read_key(row: np.ndarray, columns: Sequence[int]) -> Key:
    return tuple(text.make_key(text.write_cell(row[column]) or "") for column in columns)


def _read_marks(cells: np.ndarray) -> pd.Series:
    return text.make_keys(pd.Series(cells, dtype=object)).fillna("").str.rstrip(".)").str.lstrip("(")
