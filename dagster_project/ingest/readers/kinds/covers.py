"""Which rows the figures of headings, totals and parts are of."""

from __future__ import annotations

import re

import numpy as np

from dagster_project.ingest.readers.kinds.rows import RowKinds
from dagster_project.ingest.readers.wording.labels import DISTRICT_NAME, GRAND, WHOLE


def find_covered_rows(result: RowKinds) -> list[tuple[int, bool, int, int]]:
    """List the control figures as (row, whether it is a file total, first and last row that it covers), file totals
    last.

    A heading with figures covers what follows up to the next heading of its level; a sub-total what stands between it
    and the heading or sub-total before it; a file total everything. A district's row heads its rows, or closes them
    where the first of such rows comes after data and none follows the last.
    """
    data = np.flatnonzero(result.kinds == "data")
    if not len(data):
        return []
    sums = [(row, False, first, last) for row, (first, last) in result.sums.items()]
    structure = sorted(result.labels.keys() - result.sums)
    figures = [row for row in structure if row in result.with_numbers or result.kinds[row] == "total"]
    districts = [row for row in figures if DISTRICT_NAME.match(result.labels[row])]
    closing = set(districts) if districts and data[0] < districts[0] and data[-1] < districts[-1] else set()
    parts: list[tuple[int, bool, int, int]] = []
    whole: list[tuple[int, bool, int, int]] = []
    for row in figures:
        if result.kinds[row] == "total" and _is_whole(row, result, data):
            whole.append((row, True, int(data[0]), int(data[-1])))
        elif row in closing or (result.kinds[row] == "total" and _WHOLE_OR_PART.match(result.labels[row])):
            before = max((other for other in structure if other < row), default=-1)
            parts.append((row, False, before + 1, row - 1))
        else:
            rank = result.levels[row] or 3  # a heading without a mark stands below I and above a bullet
            after = (other for other in structure if other > row and _closes(other, rank, result))
            parts.append((row, False, row + 1, next(after, int(data[-1]) + 1) - 1))
    return [*sums, *parts, *whole]


def find_parts_of_rows(result: RowKinds) -> list[tuple[int, bool, int, int]]:
    """List the rows that tell a part of the data row above them, in the form of `find_covered_rows`."""
    data = np.flatnonzero(result.kinds == "data")
    parts = np.flatnonzero(result.kinds == "part")
    owners = data[np.searchsorted(data, parts) - 1] if len(parts) else parts
    return [(int(row), False, int(owner), int(owner)) for row, owner in zip(parts, owners, strict=True)]


_WHOLE_OR_PART = re.compile(rf"{GRAND}|$")


def _closes(other: int, rank: int, result: RowKinds) -> bool:
    return result.kinds[other] == "total" or (result.levels[other] or 3) <= rank


def _is_whole(row: int, result: RowKinds, data: np.ndarray) -> bool:
    """Tell whether a total speaks of the whole sheet. A bare "Cộng" between data rows, or before a "Tổng cộng", does
    not."""
    label = result.labels[row]
    if label and not WHOLE.match(label):
        return False
    if label.startswith(("tổng cộng", "tổng số")):
        return True
    stronger = any(result.labels[other].startswith(("tổng cộng", "tổng số")) for other in result.labels if other > row)
    return not stronger and not (data[0] < row < data[-1])
