"""How a column of a file writes its numbers and its days: told by the cells that can only be meant in one way.

A cell that can be read in two ways decides nothing. Cells of one style decide for their column; a column without such
cells follows the other columns of its file, and where the whole file is silent the layout's agreed style holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.ingest.normalise import numbers, text

Days = Literal["dmy", "mdy", "mixed"]
_LEAST = 3  # cells of one sort, from which on that all of a column are of it is no chance


@dataclass(frozen=True)
class Style:
    """Says how the cells of one column are to be read.

    `is_swapped`: its real dates have day and month exchanged. `first_year`: from which the workbook counts its days.
    """

    numbers: numbers.Style = "unsure"
    days: Days = "dmy"
    is_swapped: bool = False
    first_year: Literal[1900, 1904] = 1900


@dataclass(frozen=True)
class Evidence:
    """Counts the cells of a column that can only be of the one style or of the other (Vietnamese and English numbers;
    day first and month first)."""

    one: int = 0
    other: int = 0

    def __add__(self, more: Evidence) -> Evidence:
        return Evidence(self.one + more.one, self.other + more.other)

    @property
    def verdict(self) -> Literal["one", "other", "both", ""]:
        """Returns which style they prove, both, or none."""
        if self.one and self.other:
            return "both"
        return "one" if self.one else "other" if self.other else ""


@dataclass(frozen=True)
class Decision:
    """Tells what was decided for one column of a file (`sheet`: of that sheet alone), and from what.

    `choice`: vi, en or mixed of numbers; dmy, mdy, mixed or swapped of days; of a unit what one of it is in the
    contract's unit; of a header the column of the contract. `cells`: from how many cells, or for how many. `told_by`:
    "" the column's own cells, "file" those of the file's other columns, else the words of the file, which stand at
    `place` ("" where that is not known). `header`: the column's name as the file has it.
    """

    column: str
    about: Literal["numbers", "days", "unit", "header"]
    choice: str
    cells: int
    told_by: str = ""
    sheet: str | None = None
    header: str = ""
    place: str = ""


_SPACE = "[ \u00a0\u202f]"
_UNIT_BEHIND = r"\p{L}[\p{L} .]*[23²³]?"
_FOOTNOTE = r"(?:\s\([0-9]{1,2}\)|\s?[*†]+|[¹²³])?"


def _write_numbers(decimal: str, group: str, is_whole: bool) -> str:
    """Write the pattern of numbers that can only be of the style with these marks; a unit may stand behind."""
    forms = [
        rf"\d{{1,3}}(?:{group}\d{{3}}){{2,}}(?:{decimal}\d*)?",
        rf"\d{{1,3}}{group}\d{{3}}{decimal}\d*",
        rf"\d{{1,3}}(?:{_SPACE}\d{{3}})+{decimal}\d+",
        rf"\d+{decimal}\d{{1,2}}",
        rf"\d+{decimal}\d{{4,}}",
        rf"(?:\d{{4,}}|0\d*){decimal}\d+",
    ]
    figure = rf"(?:{'|'.join(forms)})(?:\s*{_UNIT_BEHIND})?"
    if is_whole:  # no part of a đồng or a count can be meant
        figure = rf"(?:{figure}|[1-9]\d{{0,2}}{group}\d{{3}})"
    return rf"^\s*\(?\s*[-+−–]?\s*{figure}\s*%?\s*\)?{_FOOTNOTE}\s*$"


_NUMBERS = {
    is_whole: (_write_numbers(",", r"\.", is_whole), _write_numbers(r"\.", ",", is_whole)) for is_whole in (False, True)
}
_LATE = r"(?:1[3-9]|2\d|3[01])"
_EARLY = r"(?:0?[1-9]|1[0-2])"
_MARK = r"\s*[/.\-]\s*"
_START = r"(?:^|[^\d/.\-])"  # the hour may stand before the day
_DAYS = (
    rf"{_START}{_LATE}{_MARK}\d{{1,2}}{_MARK}(?:\d{{4}}|\d{{2}})(?:\D|$)",
    rf"{_START}\d{{1,2}}{_MARK}{_LATE}{_MARK}(?:\d{{4}}|\d{{2}})(?:\D|$)",
)


def count_numbers(cells: pd.Series, is_whole: bool) -> Evidence:
    """Count the texts of a column that can only be Vietnamese, or only English numbers."""
    return _count(cells, _NUMBERS[is_whole])


def has_marks(cells: pd.Series) -> bool:
    """Tell whether a figure of a column has a mark, so that its style matters: "1.234", not "2025"."""
    return _count(cells, (r"\d[.,]\d", r"\d[.,]\d")).one > 0


_TWO_HANDS = (
    (rf"{_START}[1-9]{_MARK}{_LATE}{_MARK}\d", rf"{_START}(?:0[1-9]{_MARK}{_EARLY}|{_EARLY}{_MARK}0[1-9]){_MARK}\d"),
    (rf"{_START}0[1-9]{_MARK}{_LATE}{_MARK}\d", rf"{_START}(?:[1-9]{_MARK}{_EARLY}|{_EARLY}{_MARK}[1-9]){_MARK}\d"),
)
"""Days with the month first, and days of either order that another hand wrote: "6/13/2025" beside "02/06/2025"."""


def count_days(cells: pd.Series) -> Evidence:
    """Count the texts of a column whose day, or whose month, can only stand first.

    Where the month stands first, it does in what the same program or person wrote: days that are written with zeros
    beside it where it has none, or without, count as evidence for the usual order.
    """
    found = _count(cells, _DAYS)
    if found.one or not found.other:
        return found
    hands = [_count(cells, hand) for hand in _TWO_HANDS]
    proving = [hand.one > 0 for hand in hands]
    return found if all(proving) else found + Evidence(sum(hand.other for hand in hands if hand.one))


_OF_DAY, _OF_MONTH, _OF_YEAR = r"(?:dd?|ngày)", r"(?:mm?|tháng)", r"(?:yyyy|yy|y|nnnn|năm)(?!\w)"
_ORDERS = tuple(
    re.compile(rf"(?<!\w){first}{_MARK}{second}{_MARK}{_OF_YEAR}")
    for first, second in ((_OF_DAY, _OF_MONTH), (_OF_MONTH, _OF_DAY))
)


def read_day_order(bracket: str) -> Evidence:
    """Read which of day and month a header says to stand first, "(mm/dd/yyyy)", "(ngày/tháng/năm)": as one more cell
    that can be meant in one way only."""
    day_first, month_first = (pattern.search(text.make_key(bracket)) is not None for pattern in _ORDERS)
    return Evidence(int(day_first), int(month_first))


def _count(cells: pd.Series, patterns: tuple[str, str]) -> Evidence:
    """Count the cells that fit; each distinct text is tried once."""
    texts, times = _count_texts(cells)
    if not len(texts):
        return Evidence()
    fits = (pc.match_substring_regex(texts, pattern).fill_null(False) for pattern in patterns)
    one, other = (int(times[fit.to_numpy(zero_copy_only=False)].sum()) for fit in fits)
    return Evidence(one, other)


def _count_texts(cells: pd.Series) -> tuple[pa.Array, np.ndarray]:
    """Count how many cells of a column hold each of its distinct texts."""
    if cells.dtype == object:
        texts = pa.array([cell for cell in cells.to_numpy() if type(cell) is str], type=pa.large_string())
        whole = texts.dictionary_encode()
        words, codes = whole.dictionary, whole.indices.to_numpy()
    elif text.is_category(cells) or text.is_text(cells):
        words, codes = text.split_codes(cells)
    else:
        return pa.array([], type=pa.large_string()), np.array([], dtype=np.int64)
    return words, np.bincount(codes[codes >= 0], minlength=len(words))


def find_swapped_days(cells: pd.Series, days: Evidence) -> bool:
    """Tell whether the office's spreadsheet took one order of day and month for the other: it made real dates of all
    texts that it could (both up to 12) and left the others as they were typed (docs/rules.md, "Styles of a column")."""
    if cells.dtype != object or max(days.one, days.other) < _LEAST or (days.one and days.other):
        return False
    real = [cell.day for cell in cells.to_numpy() if isinstance(cell, date) and cell == cell]
    early = _count(cells, (rf"{_START}{_EARLY}{_MARK}{_EARLY}{_MARK}\d", "$^")).one
    return len(real) >= _LEAST and not early and max(real) <= 12


def choose_number_styles(
    found: Mapping[str, Evidence], agreed: Literal["vi", "iso"]
) -> tuple[dict[str, numbers.Style], list[Decision]]:
    """Choose the style of each column of a file from the evidence of all, and tell of each choice that rests on any."""
    names: dict[str, numbers.Style] = {"one": "vi", "other": "en", "both": "mixed"}
    whole = sum(found.values(), Evidence())
    silent: numbers.Style = "unsure" if agreed == "vi" else "en"
    # In a file of both styles a column that is silent itself may be of either.
    of_file = names.get(whole.verdict, silent)
    chosen = {column: names.get(verdict, of_file) for column, verdict in _find_verdicts(found).items()}
    return chosen, list(_tell("numbers", found, chosen, whole, {"vi", "en", "mixed"}))


def choose_day_orders(found: Mapping[str, Evidence]) -> tuple[dict[str, Days], list[Decision]]:
    """Choose in the same way whether the day or the month stands first; where the file is silent the day does."""
    names: dict[str, Days] = {"one": "dmy", "other": "mdy", "both": "mixed"}
    whole = sum(found.values(), Evidence())
    of_file: Days = "mdy" if whole.verdict == "other" else "dmy"
    chosen = {column: names.get(verdict, of_file) for column, verdict in _find_verdicts(found).items()}
    return chosen, list(_tell("days", found, chosen, whole, {"dmy", "mdy", "mixed"}))


def _find_verdicts(found: Mapping[str, Evidence]) -> dict[str, str]:
    """Find what the cells of each column prove. Where a column is of both styles two hands wrote the rows: there few
    cells of one style do not prove that the others of their column are of it."""
    is_of_two_hands = any(one.verdict == "both" for one in found.values())
    return {
        column: "both" if is_of_two_hands and 0 < one.one + one.other < _LEAST else one.verdict
        for column, one in found.items()
    }


def _tell(
    about: Literal["numbers", "days"],
    found: Mapping[str, Evidence],
    chosen: Mapping[str, Any],
    whole: Evidence,
    told: set[str],
) -> Iterable[Decision]:
    for column, one in found.items():
        cells = one.one + one.other
        if chosen[column] in told and (cells or chosen[column] == "mixed" or whole.verdict in ("one", "other")):
            yield Decision(column, about, chosen[column], cells or whole.one + whole.other, "" if cells else "file")
