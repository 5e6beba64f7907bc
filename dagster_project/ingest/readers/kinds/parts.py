"""Rows that speak of the same thing as the row above them: its parts, or the statements that it sums up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set

import numpy as np
import pandas as pd

from dagster_project.ingest.normalise import text
from dagster_project.ingest.readers.headers import Header
from dagster_project.ingest.readers.wording.labels import DISTRICT_NAME, OF_ONE, PLACE

_PART_MARK = r"\d+(?:\.\d+)+(?<!\.0)|[a-zđ]|[-–+•*]"
_WHOLE_NUMBER = r"\d+(?:\.0)?"

_LIKE_CODE = re.compile(r"(?=.*\d)\S{4,}")  # a shorter one may be a count: "Cộng 12 hộ" below household 12

Key = tuple[str, ...]


def find_numbered_parts(grid: np.ndarray, odd: np.ndarray, header: Header, kinds: np.ndarray) -> list[int]:
    """Find the rows "1.1", "a)" or "-" below a row "1" that bear that row's own key: they tell a part of it."""
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
    is_told = [np.asarray(filled[:, columns].any(axis=1)) for columns in facts]
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


def find_closing_sums(
    grid: np.ndarray, header: Header, kinds: np.ndarray, labels: Mapping[int, str]
) -> dict[int, tuple[int, int]]:
    """Find the totals of one thing ("Cộng dự án 7199901") directly below its rows. Return row → the first and last of
    them."""
    found: dict[int, tuple[int, int]] = {}
    for row in (row for row, label in labels.items() if kinds[row] == "total" and header.keys):
        first = row
        key = _read_key(grid[row - 1], header.keys[:1])[0] if row else ""
        while key and first and kinds[first - 1] == "data" and _read_key(grid[first - 1], header.keys[:1])[0] == key:
            first -= 1
        is_named = _LIKE_CODE.fullmatch(key) and re.search(rf"(?<!\w){re.escape(key)}(?!\w)", labels[row])
        if first < row and (is_named or (OF_ONE.match(labels[row]) and row - first > 1)):
            found[row] = first, row - 1
    return found


def find_marked_parts(
    grid: np.ndarray, header: Header, kinds: np.ndarray, labels: Mapping[int, str], with_numbers: Set[int]
) -> list[int]:
    """Find the rows with figures and a mark ("a", "-", "+") directly below a row of data that tell a part of it.

    A row that heads others has its like above the first of them: what begins only below the data of its section does
    not head them.
    """
    figures = [row for row in with_numbers if kinds[row] == "group"]
    if not any(_find_mark(grid[row], header, labels[row]) for row in figures):
        return []
    found: list[int] = []
    heading, has_data, above = set[str](), False, ""
    for row in np.flatnonzero(kinds != "blank").tolist():
        mark = _find_mark(grid[row], header, labels[row]) if kinds[row] == "group" and row in labels else ""
        kind = "letter" if mark.isalpha() else "bullet" if mark else ""
        follows = above in ("data", kind) and (kind != "letter" or mark == "a" or above == kind)
        if kind and follows and has_data and kind not in heading and row in with_numbers:
            found.append(row)
            above = kind
            continue
        if kind:
            heading.add(kind)
        elif kinds[row] in ("group", "total"):
            heading, has_data = set(), False
        has_data = has_data or kinds[row] == "data"
        above = str(kinds[row])
    return found


def _find_mark(row: np.ndarray, header: Header, label: str) -> str:
    """Find the small letter or bullet with which a row begins; "" where it has none, or names a place."""
    mark = (text.write_cell(row[header.ordinal]) or "").strip(" .)(") if header.ordinal is not None else ""
    said = label.lstrip("-–+•* ")
    mark = label[0] if not mark and said != label else mark
    is_place = PLACE.match(said) or DISTRICT_NAME.match(said)
    return mark if len(mark) == 1 and (mark in "-–+•*" or (mark.isalpha() and mark.islower())) and not is_place else ""


def _is_summed_up(row: np.ndarray, head: np.ndarray, header: Header) -> bool:
    """Tell whether a row without a number of its own bears the key of another one, in the columns that this one
    fills."""
    his = _read_key(head, header.keys)
    mine = tuple(said if other else "" for said, other in zip(_read_key(row, header.keys), his, strict=True))
    return _bears(mine, his) and not _has_number(row, header)


def _has_number(row: np.ndarray, header: Header) -> bool:
    return bool(_read_marks(np.array([row[header.ordinal]], dtype=object)).str.fullmatch(_WHOLE_NUMBER).iat[0])


def _bears(mine: Key, his: Key) -> bool:
    """Tell whether a key names what another one does, and says nothing else."""
    return mine[0] != "" and all(said in ("", other) for said, other in zip(mine, his, strict=True))


def _read_key(row: np.ndarray, columns: Sequence[int]) -> Key:
    return tuple(text.make_key(text.write_cell(row[column]) or "") for column in columns)


def _read_marks(cells: np.ndarray) -> pd.Series:
    return text.make_keys(pd.Series(cells, dtype=object)).fillna("").str.rstrip(".)").str.lstrip("(")
