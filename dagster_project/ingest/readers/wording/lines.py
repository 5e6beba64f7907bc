"""Lines of text above a header: what their cells say, and which of them begin a table under another one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

import numpy as np

from dagster_project.ingest.normalise import quantities, text
from dagster_project.ingest.readers.wording.labels import is_group_label

Rows = Sequence[Sequence[Any]] | np.ndarray

_RUNNING_LINE = re.compile(
    r"(?:trang|tờ) ?\d+.*|[\d/ .-]+|\(?tiếp.*"
    r"|(?:cộng|tổng|mang sang|chuyển sang|số trang)(?!\w).*|[-–+•*].*|[ivx]+[.)].*"
)
_NO_YEAR = 10_000
_OF_DAYS = re.compile(r"(?<!\w)(?:ngày|đến|tới|chốt|hết|lúc|giờ)(?!\w)")
_ASKS_FOR_NUMBER = re.compile(r"(?<!\w)(?:ngày|tháng|quý|năm|tuần)(?: thứ| số)?\s*:?$")


def list_words_above(row: Sequence[Any]) -> list[str]:
    """List what the cells of a line above a table say, as a person reads it: texts, a typed day as dd/mm/yyyy, the
    number behind "Tháng" or "Năm". Other numbers say nothing there.

    Excel makes the first of a month of "06/2025": without a word of days it is the month behind "Tháng", else left
    open ("đầu tháng 6/2025").
    """
    said: list[str] = []
    for cell in row:
        before = text.make_key(said[-1]) if said else ""
        if isinstance(cell, str):
            said += [cell] if cell.strip() else []
        elif isinstance(cell, date):
            said.append(_spell_day(cell, before))
        elif _is_part_of_a_day(cell) and _ASKS_FOR_NUMBER.search(before):
            said.append(str(int(cell)))
    return said


def _is_part_of_a_day(cell: Any) -> bool:
    """Tell whether a cell holds a number that can be a day, a week, a month, a quarter or a year."""
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    return is_number and 0 < cell < _NO_YEAR and cell == int(cell)


def _spell_day(cell: date, before: str) -> str:
    is_midnight = not isinstance(cell, datetime) or cell.time() == time()
    if cell.day > 1 or not is_midnight or _OF_DAYS.search(before):
        return f"{cell:%d/%m/%Y}"
    return f"{'' if 'tháng' in before else 'đầu '}tháng {cell.month}/{cell.year}"


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
