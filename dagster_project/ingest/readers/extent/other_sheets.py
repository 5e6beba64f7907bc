"""Sheets that are no table of the form: which of them hold figures all the same, and which only list allowed values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from dagster_project.ingest.normalise import text
from dagster_project.ingest.readers.base import ReadSpec
from dagster_project.ingest.readers.headers import Header
from dagster_project.ingest.readers.kinds.rows import is_column_numbers

_FIGURE = re.compile(r"[-+(−–]?\s*\d[\d.,/:\s-]*%?\)?")  # a number or a day
_LEAST_CELLS = 3
_LEAST_FIGURES = 2  # beside a running number, so that a numbered list of words states nothing


def states_figures(rows: Sequence[Sequence[Any]] | np.ndarray, required: frozenset[str]) -> bool:
    """Tell whether a row is as full as a row of data: half of what is required, and figures among it."""
    least = max(_LEAST_CELLS, (len(required) + 1) // 2)
    return any(_is_like_data([cell for cell in row if cell not in ("", None)], least) for row in rows)


def only_lists_values(rows: Sequence[Sequence[Any]] | np.ndarray, header: Header, spec: ReadSpec) -> bool:
    """Tell whether below a header that lacks required columns stand words alone: the values that a form allows, as its
    drop-downs have them, are no rows of a table."""
    lacking = set(spec.find_lacking(header.columns)) - {spec.place}  # a place may stand in group rows
    if not lacking or header.rivals:
        return False
    below = rows[header.after :]
    has_words = any(isinstance(cell, str) and cell.strip() for row in below for cell in row)
    return has_words and not states_figures(below, spec.required)


def _is_like_data(said: Sequence[Any], least: int) -> bool:
    if len(said) < least or is_column_numbers(said):
        return False
    figures = (
        cell for cell in said if not isinstance(cell, bool) and _FIGURE.fullmatch((text.write_cell(cell) or "").strip())
    )
    return sum(1 for _ in figures) >= _LEAST_FIGURES
