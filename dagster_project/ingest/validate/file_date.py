"""Which day and which period a file speaks of: by its title, else its name, else its rows; file times mean nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from dagster_project.contracts.models import Column, Feed
from dagster_project.contracts.rules import load_rules
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.normalise import data_dates, text
from dagster_project.ingest.normalise.columns import normalise_column
from dagster_project.ingest.normalise.data_dates import NOTHING_TAUGHT
from dagster_project.ingest.normalise.periods import DataDate, fold_words
from dagster_project.ingest.normalise.styles import Style
from dagster_project.ingest.normalise.title_periods import TitlePeriods
from dagster_project.ingest.normalise.wording.estimates import is_estimate
from dagster_project.ingest.normalise.wording.plain_periods import is_plain
from dagster_project.ingest.normalise.wording.year_words import names_plan_of
from dagster_project.ingest.readers.base import RawTable

NAMED_PERIODS = ("month", "quarter", "year")
"""What the name of a file tells that is about the period of its name (`period: as_named`): a day is none."""
OF_ONE_DAY = ("data_date", "plan_year")
"""Deliveries that tell how things stand on a day: a year in their titles is that of a plan, and dates nothing."""


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
    theo Báo cáo ngày …") leaves it to a name, of the file, else of a sheet, that tells a day, month or quarter; a year
    alone leaves it to the days of the rows too, and never dates how things stand on a day (OF_ONE_DAY). Raises
    BlockedFile `period_unread` when the place that would tell names a period that cannot be read, or one of another
    year than the titles, `only_estimated` when it names an estimate alone: no other place may then stand for it.
    """
    number = max(map(text.find_statement_no, [name, *(table.title for table in tables if table.title)]))
    places = feed.layout.delivery.data_date_from
    taught = feed.layout.periods
    of_file = data_dates.read_name(name, taught).years
    sheets = _read_sheets(feed, tables, of_file, name) if "title" in places else []
    own, covers = ([sheet for sheet in sheets if sheet.is_cover is cover] for cover in (False, True))
    named = TitlePeriods()
    implied: DataDate | None = None
    for source in places:
        found = None
        if source == "title":
            found = _find_stated(own, taught) or _find_stated(covers, taught)
            implied = _find_implied(own) or _find_implied(covers)
        elif source == "name":
            named = _read_beside(data_dates.read_name, name, feed, sheets)
            _refuse_unread(name, named.unread, taught)
            found = _find_closer(name, named.stated, implied)
        if found is not None:
            return FileDate(found.kind, found.start, found.end, source, number)
    of_sheets = _find_in_sheet_names(own, implied, taught)
    years = [(one, at) for one, at in ((implied, "title"), (named.stated, "name")) if one and one.kind == "year"]
    for found, source in ((of_sheets, "title"), (implied, "title"), (named.stated, "name")):
        if found is not None and (found, source) not in years:
            return FileDate(found.kind, found.start, found.end, source, number)
    of_rows = _read_from_rows(feed, tables, number, styles) if "rows" in places else None
    if of_rows is not None and of_rows.kind is not None:
        return of_rows
    if years and feed.layout.delivery.period not in OF_ONE_DAY:
        year, place = years[0]
        return FileDate(year.kind, year.start, year.end, place, number)
    return FileDate(None, None, None, None, number)


@dataclass(frozen=True)
class _SheetPeriods:
    """Holds what the text above one table says of its period, and what the name of its sheet does; `is_cover`: the
    sheet has no table."""

    sheet: str | None
    is_cover: bool
    title: str
    said: TitlePeriods
    named: TitlePeriods


def _read_sheets(
    feed: Feed, tables: list[RawTable], of_file: frozenset[int], file_name: str = ""
) -> list[_SheetPeriods]:
    """Read titles and names of all sheets.

    A title without a year has that of its sheet's name, else of the other titles, of the other names, of the file
    (`of_file`); a name without one has that of its title, else of the others.
    """
    taught = feed.layout.periods
    said = [data_dates.read_title(table.title, taught) for table in tables]
    named = [data_dates.read_sheet_name(table.sheet, taught) for table in tables]
    years = _join_years(said) or _join_years(named) or of_file
    texts = [file_name, *(table.title for table in tables)]
    sheets = []
    for table, its_own, its_name in zip(tables, said, named, strict=True):
        if its_own.unread:
            joined = data_dates.read_title(table.title, taught, its_name.years or years)
            is_open = joined.stated is not None and _may_be_of_next_year(joined.stated, texts)
            its_own = its_own if is_open else joined
        sheets.append(_SheetPeriods(table.sheet, table.is_heading, table.title, its_own, its_name))
    read = data_dates.read_sheet_name
    return [
        replace(one, named=_read_beside(read, one.sheet or "", feed, [one] if one.said.years else sheets, years))
        for one in sheets
    ]


def _join_years(said: Iterable[TitlePeriods]) -> frozenset[int]:
    return frozenset().union(*(one.years for one in said))


def _read_beside(
    read: Callable[[str, Mapping[str, str], frozenset[int]], TitlePeriods],
    name: str,
    feed: Feed,
    titles: list[_SheetPeriods],
    otherwise: frozenset[int] = frozenset(),
) -> TitlePeriods:
    """Read a name, of a file or a sheet, with the year of the titles where it has none.

    In January the plan of the year before is still paid: to that month a plan's year gives none. No paper tells of
    what begins after its day.
    """
    taught = feed.layout.periods
    alone = read(name, taught, frozenset())
    years = _join_years(sheet.said for sheet in titles) or otherwise
    if alone.stated is not None or not years:
        return alone
    joined = read(name, taught, years)
    found = joined.stated
    if found is not None and any(_leaves_open(sheet, found) for sheet in titles):
        return TitlePeriods(unread=(name,), years=years)
    return joined


def _leaves_open(sheet: _SheetPeriods, found: DataDate) -> bool:
    """Tell whether a title is no good witness of the year of a period."""
    paper = sheet.said.implied
    if paper is not None and paper.kind == "day":
        return found.start > paper.end
    return _may_be_of_next_year(found, [sheet.title])


def _may_be_of_next_year(found: DataDate, texts: Iterable[str]) -> bool:
    """Tell whether a period lies in the January of a year that a text names as that of a plan."""
    return found.end.month == 1 and any(names_plan_of(found.end.year, fold_words(words, {})) for words in texts)


def _find_stated(titles: list[_SheetPeriods], taught: Mapping[str, str]) -> DataDate | None:
    for title in titles:
        _refuse_unread(title.sheet, title.said.unread, taught)
    return data_dates.choose_latest(title.said.stated for title in titles)


def _find_implied(titles: list[_SheetPeriods]) -> DataDate | None:
    """Find the date that titles imply: the latest year, else the day of the first paper."""
    implied = [title.said.implied for title in titles if title.said.implied is not None]
    return data_dates.choose_latest(one for one in implied if one.kind == "year") or next(iter(implied), None)


def _find_in_sheet_names(
    sheets: list[_SheetPeriods], implied: DataDate | None, taught: Mapping[str, str]
) -> DataDate | None:
    """Find the latest period by which a sheet is named. One that no title gives a year is refused where titles name
    years; where they name none, it tells nothing. The day of a paper is closer than a period that goes on after it."""
    for sheet in sheets:
        if sheet.said.years:
            _refuse_unread(sheet.sheet, sheet.named.unread, taught)
    found = data_dates.choose_latest(_find_closer(sheet.sheet, sheet.named.stated, implied) for sheet in sheets)
    is_of_paper = found is not None and implied is not None and implied.kind == "day" and implied.end < found.end
    return None if is_of_paper else found


def _find_closer(name: str | None, named: DataDate | None, implied: DataDate | None) -> DataDate | None:
    """Return the period of a name where it tells more than the titles imply; a year alone does not.

    Raises BlockedFile `period_unread` when it lies in another year than the titles'.
    """
    if named is None or named.kind == "year":
        return None
    # Plans of a year are reported on until the January after it.
    of_year = implied if implied is not None and implied.kind == "year" else named
    if not of_year.start <= named.end <= of_year.end + timedelta(days=31):
        _refuse_unread(name, (f"{named.start:%d/%m/%Y} - {named.end:%d/%m/%Y}", f"năm {of_year.end.year}"))
    return named


def _refuse_unread(where: str | None, unread: tuple[str, ...], taught: Mapping[str, str] = NOTHING_TAUGHT) -> None:
    """Raise BlockedFile when there are words that name a period and cannot be read, or only estimate it; what the
    layout teaches of them is told beside them."""
    if unread:
        rule = "only_estimated" if all(map(is_estimate, unread)) else "period_unread"
        words = load_rules()[rule]
        told = ", ".join(f"“{one[:40]}”" for one in unread[:4])
        joined = "\n".join(unread)
        meanings = [f"“{own}” là “{meaning}”" for own, meaning in taught.items() if text.make_key(own) in joined]
        told += f" (bố cục dạy: {'; '.join(meanings)})" if meanings else ""
        place = f" ({where[-60:]})" if where else ""
        to_teach = [one for one in unread if one != where and not is_estimate(one) and not is_plain(one)]
        raise BlockedFile(rule, f"{words.message_vi.rstrip('.')}{place}: {told}.", words.remedy_vi, to_teach)


def find_sheet_days(feed: Feed, tables: list[RawTable], filedate: FileDate) -> list[date]:
    """Return the data date of each sheet: what its own title states where titles count, else the file's.

    Where sheets are named by different periods, these tell the days of those whose titles state none, up to the
    file's. Where nothing states one and the file goes by what titles imply, so does each sheet.
    """
    if "title" not in feed.layout.delivery.data_date_from:
        return [filedate.last_day] * len(tables)
    years = frozenset({filedate.last_day.year}) if filedate.source != "rows" else frozenset()
    sheets = _read_sheets(feed, tables, years)
    told = [sheet.said.stated for sheet in sheets]
    named = [sheet.named.stated if len(table.frame) else None for sheet, table in zip(sheets, tables, strict=True)]
    if len(set(named) - {None}) > 1:
        told = [found or of_name for found, of_name in zip(told, named, strict=True)]
    if filedate.source == "title" and not any(told):
        told = [sheet.said.implied for sheet in sheets]
    last = filedate.last_day
    return [last if found is None else min(found.end, last) for found in told]


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
