"""Which day and which period a file speaks of: by its title, else its name, else its rows; file times mean nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from dagster_project.contracts.models import Column, Feed
from dagster_project.contracts.rules import load_rules
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.normalise import data_dates, text
from dagster_project.ingest.normalise.columns import normalise_column
from dagster_project.ingest.normalise.periods import DataDate
from dagster_project.ingest.normalise.styles import Style
from dagster_project.ingest.normalise.title_periods import TitlePeriods
from dagster_project.ingest.readers.base import RawTable


@dataclass(frozen=True)
class FileDate:
    """Holds the days that a file speaks of: one day, or a week, month, quarter, …; of several sheets, from the first to
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
    theo Báo cáo ngày …") leaves it to a name that tells a day, month or quarter. Raises BlockedFile `period_unread`
    when the place that would tell names a period that cannot be read: no other place may then stand for it.
    """
    number = max(map(text.find_statement_no, [name, *(table.title for table in tables if table.title)]))
    named = data_dates.read_name(name, feed.layout.periods)
    implied: DataDate | None = None
    for source in feed.layout.delivery.data_date_from:
        if source == "title":
            titles = _read_titles(feed, tables, named.years)
            own, covers = ([said for said in titles if said.is_cover is cover] for cover in (False, True))
            found = _find_stated(own) or _find_stated(covers)
            implied = _find_implied(own) or _find_implied(covers)
        elif source == "name":
            _refuse_unread(name, named.unread)
            found = named.stated
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


@dataclass(frozen=True)
class _SheetPeriods:
    """Holds what the text above one table says of its period; `is_cover`: the sheet has no table."""

    sheet: str | None
    is_cover: bool
    said: TitlePeriods


def _read_titles(feed: Feed, tables: list[RawTable], of_file: frozenset[int]) -> list[_SheetPeriods]:
    """Read the titles of all sheets. One without a year has that of the others, else of the file (`of_file`)."""
    taught = feed.layout.periods
    alone = [data_dates.read_title(table.title, taught) for table in tables]
    years = frozenset().union(*(said.years for said in alone)) or of_file
    return [
        _SheetPeriods(
            table.sheet, table.is_heading, data_dates.read_title(table.title, taught, years) if said.unread else said
        )
        for table, said in zip(tables, alone, strict=True)
    ]


def _find_stated(titles: list[_SheetPeriods]) -> DataDate | None:
    for title in titles:
        _refuse_unread(title.sheet, title.said.unread)
    return data_dates.choose_latest(title.said.stated for title in titles)


def _find_implied(titles: list[_SheetPeriods]) -> DataDate | None:
    """Find the date that titles imply: the latest year, else the day of the first paper."""
    implied = [title.said.implied for title in titles if title.said.implied is not None]
    return data_dates.choose_latest(one for one in implied if one.kind == "year") or next(iter(implied), None)


def _refuse_unread(where: str | None, unread: tuple[str, ...]) -> None:
    """Raise BlockedFile when there are words that name a period and cannot be read."""
    if unread:
        words = load_rules()["period_unread"]
        told = ", ".join(f"“{one[:40]}”" for one in unread[:4])
        place = f" ({where[-60:]})" if where else ""
        raise BlockedFile("period_unread", f"{words.message_vi.rstrip('.')}{place}: {told}.", words.remedy_vi, unread)


def _is_closer(named: DataDate, implied: DataDate) -> bool:
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
    if "title" not in feed.layout.delivery.data_date_from:
        return [filedate.last_day] * len(tables)
    years = frozenset({filedate.last_day.year}) if filedate.source != "rows" else frozenset()
    titles = [title.said for title in _read_titles(feed, tables, years)]
    told = [said.stated for said in titles]
    if filedate.source == "title" and not any(told):
        told = [said.implied for said in titles]
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
