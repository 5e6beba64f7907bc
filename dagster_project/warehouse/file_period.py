"""What the date of a file means on day D of a night: its data date, what period it replaces, which days it tells of.

The landing keeps the date as the file states it (`ingest/validate/file_date.py`); only the build knows D.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dagster_project.contracts.models import Feed
from dagster_project.ingest.normalise.data_dates import find_data_date_in_name

_PARTS = ("week", "month", "months", "quarter", "year")
"""A file named after one of these, without a day, means its last day; some registers come in such parts."""


def decide_effective_date(
    kind: str | None,
    start: date | None,
    end: date | None,
    as_of: date,
    days: Iterable[date] = (),
    seen_on: date | None = None,
) -> date | None:
    """Return the data date as known at the end of `as_of`; None while the data lie after it, or without any date.

    A week, month, quarter or year named without a day means its last day, or `as_of` while it runs; of a file that came
    before its end the day on which it came (`seen_on`), since a file cannot tell of what happens after it. A day, or a
    range of days, means what it says: dated after `as_of`, it waits. Of a table that goes on (`running`) a night knows
    what is dated up to its day: the latest of its `days`.
    """
    if start is None or end is None:
        return None
    known = [day for day in days if day <= as_of]
    if kind == "running" and known:
        return max(known)
    if kind not in (*_PARTS, "running"):
        return end if end <= as_of else None
    if start > as_of:
        return None
    return min(end, as_of, max(start, seen_on or as_of))


@dataclass(frozen=True)
class NamedDate:
    """Holds the days that a file's name speaks of, and the last of them that is known on the night's day."""

    kind: str
    start: date
    end: date
    effective: date


def find_newest_named_date(
    feed: Feed, kind: str | None, names: Iterable[tuple[str, date]], as_of: date
) -> NamedDate | None:
    """Return the newest day that one of a register's names bears, known at the end of `as_of`; None without any.

    `names`: each with the day on which the file first came under it.

    A register in which nothing changed has the bytes of the one before it and comes under the name of its new day: it
    is that day's delivery. This holds only for registers that run since the office began them: a month's part has a
    period of its own, and a report of one day says nothing of another day.
    """
    period = feed.layout.delivery.period
    if period not in ("register", "register_or_part") or (period == "register_or_part" and kind in _PARTS):
        return None
    found: list[NamedDate] = []
    for name, seen_on in names:
        told = find_data_date_in_name(name, feed.layout.periods)
        if told is None or (period == "register_or_part" and told.kind in _PARTS):
            continue
        day = decide_effective_date(told.kind, told.start, told.end, as_of, seen_on=seen_on)
        if day is not None:
            found.append(NamedDate(told.kind, told.start, told.end, day))
    return max(found, key=lambda each: (each.effective, each.end, each.start), default=None)


def find_replaced_period(feed: Feed, start: date, end: date, kind: str) -> tuple[date, date] | None:
    """Return the first and last day of the period that this file states as a whole; None for a delta.

    A later file of the same period replaces this one.
    """
    match feed.layout.delivery.period:
        case "month":
            return end.replace(day=1), _find_month_end(end)
        case "months":
            return start.replace(day=1), _find_month_end(end)
        case "as_named" | "plan_year":
            return start, end
        case "data_date":
            return end, end
        case "register_or_part" if kind in _PARTS:
            return start, end
        case "register" | "register_or_part":
            return date(1, 1, 1), date(9999, 12, 31)
        case _:
            return None


def _find_month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def find_covered_days(feed: Feed, start: date, effective: date, kind: str) -> tuple[date, date]:
    """Return the first and last day whose events this file delivers.

    A register so far tells all since the office began it.
    """
    match feed.layout.delivery.period:
        case "month":
            first = effective.replace(day=1)
        case "months":
            first = min(start, effective).replace(day=1)
        case "register_or_part" if kind in _PARTS:
            first = min(start, effective)
        case "register" | "register_or_part":
            first = min(feed.layout.rhythm.expected_from, effective)
        case _:
            first = min(start, effective)
    return first, effective
