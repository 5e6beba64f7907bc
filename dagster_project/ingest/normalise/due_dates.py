"""Deadlines as a register says them → the last day on which a task is on time.

The rules are those of docs/rules.md, "Deadlines": "trước ngày 20/7" is due at the end of 20/7; a month, quarter or year
means its last day; a date without a year has that of its document. Words that name no day ("sớm", "thường xuyên")
are legal and give none; words with a number that cannot be read safely give none either, and are a fault.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from dagster_project.ingest.normalise import dates, periods, text
from dagster_project.ingest.normalise.columns import TypedColumn

_YEAR = r"(?P<y>\d{4}|\d{2})(?!\d)"
_MARK = r" ?[/.\-] ?"
_END = r"(?!\d|[/.\-]\d)"
_START = r"(?<![\d/.\-])"
# Times and weekdays ("16 giờ 30, thứ 6") hold numbers, too, and must not make a deadline unreadable.
_CLOCK = re.compile(r"(?<!\d)\d{1,2} ?(?:giờ|h|:)(?: ?\d{2})?(?: ?phút)?(?!\w)|(?<!\w)thứ [2-7](?!\w)")
_DAYS = (
    re.compile(rf"{_START}(?P<y>\d{{4}})-(?P<m>\d{{1,2}})-(?P<d>\d{{1,2}})(?: 00:00:00)?{_END}"),
    re.compile(rf"{_START}(?P<d>\d{{1,2}}) tháng (?P<m>\d{{1,2}})(?:(?: năm |{_MARK}){_YEAR})?{_END}"),
    re.compile(rf"{_START}(?P<d>\d{{1,2}})(?P<mark>{_MARK})(?P<m>\d{{1,2}})(?:{_MARK}{_YEAR})?{_END}"),
)
_STRETCHES = (
    re.compile(rf"(?<!\w)quý (?P<q>iv|i{{1,3}}|[1-4])(?!\w)(?:(?: năm |{_MARK}| )(?P<y>\d{{4}}))?{_END}"),
    re.compile(rf"(?<!\w)tháng (?P<m>\d{{1,2}})(?:(?: năm |{_MARK}| )(?P<y>\d{{4}}))?{_END}"),
    re.compile(rf"{_START}(?P<m>\d{{1,2}})/(?P<y>\d{{4}}){_END}"),
    re.compile(rf"(?<!\w)năm (?P<y>\d{{4}}){_END}"),
)
_LEAVES_IT_OPEN = re.compile(
    r"(?<!\w)(?:từ|kể|sau|bắt đầu|đầu(?! tư)|giữa|nửa|khoảng|tầm|dự (?:kiến|định)|hoặc|hay|mỗi|căn cứ"
    r"|theo(?! dõi)|h[àằ]ng (?:ngày|tuần|tháng|quý|năm))(?!\w)"
)
"""Words beside a date with which it is not, or not surely, the day on which the task is due."""


def read_due_dates(words: pd.Series, issued: pd.Series) -> TypedColumn:
    """Read deadlines (datetime64[us]) from cells of any kind; `issued`: dates of the documents. A cell is faulty when
    it holds a number and names no day that can be read safely.

    Each distinct cell is read once for each year of issue.
    """
    cells = text.find_distinct(words)
    years = issued.dt.year.fillna(0).astype("int64").to_numpy()
    which, pairs = pd.factorize(pd.MultiIndex.from_arrays([cells.codes, years]))
    read = [
        (None, False) if code < 0 else read_due(cells.values[code], int(year) or None) for code, year in pairs.to_list()
    ]
    days = pd.Series([day for day, _ in read], dtype="datetime64[us]")
    values = pd.Series(days.array.take(which, allow_fill=True), index=words.index)
    unread = pd.Series(np.array([fault for _, fault in read], dtype=bool)[which], index=words.index)
    return TypedColumn(values, {"due_words_unread": unread})


def read_due(cell: Any, year: int | None) -> tuple[date | None, bool]:
    """Read one deadline: return the day, and whether the cell holds a number that cannot be read. A cell may be a date
    or a sheet's day number."""
    if not isinstance(cell, str):
        moment = dates.parse_datetime(pd.Series([cell], dtype=object), ("excel",)).values.iloc[0]
        return (None, text.write_cell(cell) is not None) if pd.isna(moment) else (moment.date(), False)
    said = _CLOCK.sub(" ", periods.write_digits(text.make_key(cell)))
    found: list[date | None] = []
    for patterns, day_of in ((_DAYS, _make_day), (_STRETCHES, _make_last_day)):
        for pattern in patterns:
            said = pattern.sub(_note_days(found, day_of, year), said)
        if found:
            break
    if not found:
        return None, any(letter.isdigit() for letter in said)
    is_plain = len(found) == 1 and _is_plain(said, is_stretch=day_of is _make_last_day)
    return (found[0], False) if is_plain and found[0] is not None else (None, True)


def _note_days(
    found: list[date | None], day_of: Callable[[dict[str, str | None], int | None], date | None], year: int | None
) -> Callable[[re.Match[str]], str]:
    """Return what replaces a matched date by a space, and notes in `found` the day that it names."""

    def note_day(match: re.Match[str]) -> str:
        found.append(day_of(match.groupdict(), year))
        return " "

    return note_day


def _is_plain(rest: str, is_stretch: bool) -> bool:
    """Tell whether the words beside a date leave it the last day. "trước tháng 8" does not say which day is
    the last."""
    if any(letter.isdigit() for letter in rest):
        return False
    words = set(re.findall(r"[^\W\d_]+", rest))
    return not _LEAVES_IT_OPEN.search(rest) and not (is_stretch and "trước" in words and not words & {"hết", "cuối"})


def _make_day(said: dict[str, str | None], year: int | None) -> date | None:
    return _make_day_of_year(_choose_year(said, year), int(said["m"] or 0), int(said["d"] or 0))


def _make_last_day(said: dict[str, str | None], year: int | None) -> date | None:
    """Make the last day of a month, a quarter or a year."""
    quarter = said.get("q")
    month = 12
    if quarter:
        month = 3 * (periods.ROMAN.get(quarter) or int(quarter))
    elif said.get("m"):
        month = int(said["m"] or 0)
    known = _choose_year(said, year)
    return _make_day_of_year(known, month, calendar.monthrange(known, month)[1]) if known and 1 <= month <= 12 else None


def _choose_year(said: dict[str, str | None], year: int | None) -> int | None:
    written = said.get("y")
    return year if not written else int(written) + (2000 if len(written) == 2 else 0)


def _make_day_of_year(year: int | None, month: int, day: int) -> date | None:
    return None if year is None else periods.make_day(year, month, day)
