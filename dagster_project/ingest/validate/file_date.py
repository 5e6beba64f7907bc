"""Which day and which period a file speaks of: by its title, else its name, else its rows; file times mean nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from dagster_project.contracts.models import Column, Feed
from dagster_project.ingest.normalise import data_dates, text
from dagster_project.ingest.normalise.columns import normalise_column
from dagster_project.ingest.normalise.styles import Style
from dagster_project.ingest.readers.base import RawTable


@dataclass(frozen=True)
class FileDate:
    """Holds the days that a file speaks of: one day, or a month, quarter or year; of several sheets, from the first to
    the last.

    `kind` is day | month | quarter | year | range | running; a month without a day means its last day, or D while it
    runs, which only the build knows (`warehouse/file_period.py`). `running`: a table of all reports so far, of
    these `days`.
    """

    kind: str | None
    start: date | None
    end: date | None
    source: str | None
    statement_no: int = 1
    days: tuple[date, ...] = ()

    @property
    def last_day(self) -> date:
        """Returns the last day that the file speaks of. For files on their way through validation alone."""
        assert self.end is not None, "a file without a data date is blocked before it is validated"
        return self.end


def read_file_date(feed: Feed, name: str, tables: list[RawTable], styles: Mapping[str, Style]) -> FileDate:
    """Look in the places that the layout names, in its order. `kind` is None when none of them tells.

    A cover sheet is the title of tables that have none with a date. A title that only implies a date ("NĂM 2025", "Kèm
    theo Báo cáo ngày …") leaves it to a name that tells a day, month or quarter.
    """
    titles = [table.title for table in tables if table.title]
    own, covers = ([table.title for table in tables if table.is_heading is cover] for cover in (False, True))
    number = max(map(text.find_statement_no, [name, *titles]))
    implied: data_dates.DataDate | None = None
    for source in feed.layout.delivery.data_date_from:
        if source == "title":
            found = data_dates.find_stated_date(own) or data_dates.find_stated_date(covers)
            implied = data_dates.find_implied_date(own) or data_dates.find_implied_date(covers)
        elif source == "name":
            found = data_dates.find_data_date_in_name(name)
            if implied is not None and found is not None and not _is_closer(found, implied):
                found = None
        elif implied is None:
            return _read_from_rows(feed, tables, number, styles)
        else:
            break
        if found is not None:
            return FileDate(found.kind, found.start, found.end, source, number)
    if implied is not None:
        return FileDate(implied.kind, implied.start, implied.end, "title", number)
    return FileDate(None, None, None, None, number)


def _is_closer(named: data_dates.DataDate, implied: data_dates.DataDate) -> bool:
    """Tell whether the name tells more than the title implies. Another year is no closer date, except until its
    January."""
    if named.kind == "year":
        return False
    # Plans of a year are reported on until the January after it.
    return implied.kind != "year" or implied.start <= named.end <= implied.end + timedelta(days=31)


def find_sheet_days(feed: Feed, tables: list[RawTable], filedate: FileDate) -> list[date]:
    """Return the data date of each sheet: what its own title states where titles count, else the file's.

    Where no title states one and the file goes by what they imply, so does each sheet.
    """
    titles = [table.title if "title" in feed.layout.delivery.data_date_from else "" for table in tables]
    told = [data_dates.find_stated_date([title]) for title in titles]
    if filedate.source == "title" and not any(told):
        told = [data_dates.find_implied_date([title]) for title in titles]
    return [filedate.last_day if found is None else found.end for found in told]


def _read_from_rows(feed: Feed, tables: list[RawTable], number: int, styles: Mapping[str, Style]) -> FileDate:
    """Return the latest date of any event column in the rows; promises (due dates) are no events.

    A form that has no event column is dated by the day that each of its rows must bear (that of an auction, held or
    planned), as far as that has come by the night's day.
    """
    events = [column for column in feed.contract.columns if column.is_event]
    known = _collect_days(feed, tables, events, styles)
    is_planned = known.empty
    if is_planned:
        dated = [column for column in feed.contract.columns if column.required and column.kind == "date"]
        known = _collect_days(feed, tables, [column for column in dated if column not in events], styles)
    if known.empty:
        return FileDate(None, None, None, None, number)
    first, last = known.min().date(), known.max().date()
    if is_planned or feed.layout.delivery.period in ("register", "register_or_part"):
        days = tuple(day.date() for day in known.dt.normalize().drop_duplicates().sort_values())
        return FileDate("running", first, last, "rows", number, days)
    return FileDate("day", last, last, "rows", number)


def _collect_days(feed: Feed, tables: list[RawTable], wanted: list[Column], styles: Mapping[str, Style]) -> pd.Series:
    """Collect every time that these columns of the tables bear, unreadable ones left out."""
    columns = [
        normalise_column(table.frame[column.name], column, feed.layout, None, style=styles.get(column.name)).values
        for table in tables
        for column in wanted
        if column.name in table.frame.columns and len(table.frame)
    ]
    return pd.concat(columns).dropna() if columns else pd.Series(dtype="datetime64[us]")


def start_with_plan_year(feed: Feed, filedate: FileDate, years: pd.Series) -> FileDate:
    """Let a report about a plan year begin on its 1 January: in January the reports of two years bear one date."""
    if feed.layout.delivery.period != "plan_year" or filedate.end is None or not years.notna().any():
        return filedate
    return replace(filedate, start=min(date(int(years.min()), 1, 1), filedate.end))
