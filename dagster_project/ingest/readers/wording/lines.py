"""Lines of text above a header that stands under another table: which of them begin a table of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from dagster_project.ingest.normalise import quantities, text
from dagster_project.ingest.readers.wording.labels import is_group_label

Rows = Sequence[Sequence[Any]] | np.ndarray

_RUNNING_LINE = re.compile(
    r"(?:trang|tờ) ?\d+.*|[\d/ .-]+|\(?tiếp.*"
    r"|(?:cộng|tổng|mang sang|chuyển sang|số trang)(?!\w).*|[-–+•*].*|[ivx]+[.)].*"
)


def find_lines_above(rows: Rows, row: int, first: int, after: int) -> int | None:
    """Find the highest of the lines above a repeated header that the first table does not have above its own: a title,
    a unit, a period. The number of a page, a sum carried over and a group of rows are no such line."""
    known = {text.make_key(str(cell)) for line in rows[:first] for cell in line if cell not in ("", None)}
    highest = None
    for at in range(row - 1, after, -1):
        said = [text.make_key(str(cell)) for cell in rows[at] if cell not in ("", None) and str(cell).strip()]
        if len(said) > 2 or any(not isinstance(cell, str) for cell in rows[at] if cell not in ("", None)):
            break
        if len(said) == 1 and said[0] not in known and not is_group_label(said[0]):
            highest = at if not _RUNNING_LINE.fullmatch(said[0]) else highest
        elif len(said) == 2 and quantities.find_unit_phrases("\n".join(said)) and not set(said) <= known:
            highest = at
        elif len(said) == 2 and not set(said) <= known:
            break
    return highest


def find_units_in_note(cells: Sequence[str]) -> list[str]:
    """Find the units that a line of one or two texts names, as "Đơn vị tính: nghìn đồng" and "Ghi chú: số liệu tính
    bằng tỷ đồng" do; a unit that stands alone in a cell of a row says nothing of the others."""
    said = [cell for cell in cells if cell.strip()]
    if not 0 < len(said) <= 2:
        return []
    named = [phrase for cell in said for phrase in quantities.find_unit_phrases(cell)]
    return [phrase for phrase in named if all(text.make_key(cell) != text.make_key(phrase) for cell in cells)]


def list_notes_below(lines: Iterable[tuple[int, Sequence[str]]], last: float) -> tuple[tuple[int, str], ...]:
    """List what lines (row, texts) below the `last` row of a table name as units, each with its row."""
    return tuple((row, phrase) for row, said in lines if not row <= last for phrase in find_units_in_note(said))


def find_own_heading(rows: Rows, row: int) -> int:
    """Find where the heading of a lower table begins: at the first of the lines above it that hold a single text, or
    words without any figure, as the upper rows of its header do."""
    first = row
    while first > 1:
        said = [str(cell) for cell in rows[first - 1] if cell not in ("", None)]
        has_figure = any(letter.isdigit() for cell in said for letter in cell)
        if not said or (len(said) > 1 and has_figure):
            break
        first -= 1
    return first
