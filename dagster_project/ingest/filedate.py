"""Which day and which period a file speaks of: by its title, else its name, else its rows; file times mean nothing."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

import pandas as pd

from dagster_project.contracts.models import Feed
from dagster_project.ingest import dates, text
from dagster_project.ingest.readers.base import RawTable


@dataclass(frozen=True)
class FileDate:
    """The calendar stretch that a file names: one day, or a month, quarter or year.

    `kind` is day | month | quarter | year | range; a month without a day means its last day, or D while it runs, which
    only the night can say: see `effective`.
    """

    kind: str | None
    start: date | None
    end: date | None
    source: str | None
    statement_no: int = 1


def effective_date(kind: str | None, start: date | None, end: date | None, as_of: date) -> date | None:
    """The data date as known at the end of `as_of`, or None while the file's data lie after it (or it has no date).

    A month, quarter or year named without a day means its last day, or `as_of` while it runs. A day, or a pull's range
    of days, means what it says: dated after `as_of`, it waits.
    """
    if start is None or end is None:
        return None
    if end <= as_of:
        return end
    return as_of if kind in ("month", "quarter", "year") and start <= as_of else None


def read_file_date(feed: Feed, name: str, tables: list[RawTable]) -> FileDate:
    """Look in the places that the layout names, in its order. `kind` None when none of them tells."""
    titles = " \n".join(table.title for table in tables if table.title)
    number = max(text.statement_no(name), text.statement_no(titles))
    for source in feed.layout.delivery.data_date_from:
        if source == "title":
            found = dates.data_date(titles) if titles else None
        elif source == "name":
            found = dates.data_date_from_name(name)
        else:
            return _from_rows(feed, tables, number)
        if found is not None:
            return FileDate(found.kind, found.start, found.end, source, number)
    return FileDate(None, None, None, None, number)


def _from_rows(feed: Feed, tables: list[RawTable], number: int) -> FileDate:
    """The latest date of any event column in the rows; promises (due dates) are no events."""
    events = [c.name for c in feed.contract.columns if c.is_event]
    latest = [
        dates.parse_datetime(table.frame[name], styles=feed.layout.date_styles).values.max()
        for table in tables
        for name in events
        if name in table.frame.columns and len(table.frame)
    ]
    known = [moment for moment in latest if not pd.isna(moment)]
    if not known:
        return FileDate(None, None, None, None, number)
    day = max(known).date()
    return FileDate("day", day, day, "rows", number)


def replaced_period(feed: Feed, start: date, end: date, kind: str) -> tuple[date, date] | None:
    """The calendar period that this file states as a whole and a later file of it replaces. None for a delta."""
    match feed.layout.delivery.period:
        case "month":
            return end.replace(day=1), _month_end(end)
        case "as_named":
            return start, end
        case "data_date":
            return end, end
        case "register":
            return date(1, 1, 1), date(9999, 12, 31)
        case _:
            return None


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def covered(feed: Feed, start: date, effective: date) -> tuple[date, date]:
    """First and last day whose events this file delivers."""
    if feed.layout.delivery.period == "month":
        return effective.replace(day=1), effective
    return min(start, effective), effective
