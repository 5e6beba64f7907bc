"""The data date: the day, or the stretch of days, of which a file speaks, as its title or its name tells it."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from dagster_project.ingest.normalise import text
from dagster_project.ingest.normalise.dates import FIRST_YEAR, LAST_YEAR

Precision = Literal["day", "month", "quarter", "year", "range"]


@dataclass(frozen=True)
class DataDate:
    """Holds the days that a title or name speaks of: `start` = `end` for a day, the first and last day of a month, …"""

    kind: Precision
    start: date
    end: date

    @property
    def value(self) -> date:
        """Returns the last day spoken of."""
        return self.end


_DAY = r"(\d{1,2}\s*[/.\-]\s*\d{1,2}\s*[/.\-]\s*\d{4}|\d{1,2} tháng \d{1,2} năm \d{4})"
_UPTO = re.compile(rf"(?:từ(?: ngày)? {_DAY} )?(?:đến|tới)(?: hết)?(?: ngày)? ?:? ?{_DAY}")
_ON_DAY = re.compile(rf"(?<!\w)(?:ngày )?{_DAY}")
_MONTH = re.compile(r"tháng (\d{1,2})(?: năm |\s*[/.\-]\s*| )(\d{4})(?!\d)")
_QUARTER = re.compile(r"quý (iv|i{1,3}|[1-4])(?: năm |\s*[/.\-]\s*| )(\d{4})(?!\d)")
_YEAR = re.compile(r"(?:(?:tháng|quý) \w+ )?năm (\d{4})(?!\d)")
# The report is dated when it is signed, days after the day of which its table speaks.
_ACCOMPANIES = re.compile(r"kèm theo[^)\n]*")
ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
"""Quarters as offices number them."""


def find_data_date(title: str) -> DataDate | None:
    """Find the data date in the text above a table: "đến ngày …" counts before a month, then a quarter, a
    lone day, a year.

    The date of the report that the table accompanies ("Kèm theo Báo cáo số … ngày …") counts only when there is nothing
    else. None when no date is found or none is real.
    """
    return find_stated_date([title]) or find_implied_date([title])


def find_stated_date(titles: Sequence[str]) -> DataDate | None:
    """Find the latest data date that one of several sheets states of itself, by day, month or quarter. It begins where
    the earliest of theirs begins."""
    return _choose_latest(next(_find_dates(_drop_accompanied_report(title)), None) for title in titles)


def find_implied_date(titles: Sequence[str]) -> DataDate | None:
    """Find the date that titles imply where they state none: the year of a plan or programme, else the date of the
    report that the table accompanies. The name of the file may know better."""
    years = _choose_latest(next(_find_years(_drop_accompanied_report(title)), None) for title in titles)
    return years or next(_find_days(_ON_DAY, "\n".join(_fold_title(title) for title in titles)), None)


def _choose_latest(dated: Iterable[DataDate | None]) -> DataDate | None:
    found = [one for one in dated if one is not None]
    if not found:
        return None
    last = max(found, key=lambda one: (one.end, one.start))
    return DataDate(last.kind, min(one.start for one in found), last.end)


def _fold_title(title: str) -> str:
    return "\n".join(text.make_key(line) for line in title.split("\n"))


def _drop_accompanied_report(title: str) -> str:
    """Return a title for comparison, without the report that it accompanies."""
    return _ACCOMPANIES.sub(" ", _fold_title(title))


def _find_dates(own: str) -> Iterator[DataDate]:
    yield from _find_days(_UPTO, own)
    without_days = _ON_DAY.sub(" ", own)  # else "ngày 13 tháng 7 năm 2025" would also name a month
    yield from (month for found in _MONTH.findall(without_days) if (month := _make_month(int(found[1]), int(found[0]))))
    yield from (_make_quarter(int(year), ROMAN.get(q) or int(q)) for q, year in _QUARTER.findall(without_days))
    yield from _find_days(_ON_DAY, own)


def _find_years(own: str) -> Iterator[DataDate]:
    yield from (_make_year(int(year)) for year in _YEAR.findall(_ON_DAY.sub(" ", own)) if _is_year(int(year)))


def _find_days(pattern: re.Pattern[str], value: str) -> Iterator[DataDate]:
    for match in pattern.finditer(value):
        first, last = (_parse_day(group) if group else None for group in (match[1], match[match.lastindex or 1]))
        if last is not None:
            start = first if first is not None and first < last else last
            yield DataDate("day" if start == last else "range", start, last)


def find_year_in_title(title: str) -> int | None:
    """Find the year that a title names by itself ("… NĂM 2025"): the plan year of an investment table."""
    own = _ON_DAY.sub(" ", _ACCOMPANIES.sub(" ", " ".join(text.make_key(line) for line in title.split("\n"))))
    bare = [int(m[1]) for m in _YEAR.finditer(own) if m[0].startswith("năm")]
    dated = [int(m[1]) for m in _YEAR.finditer(own)]
    return next((year for year in [*bare, *dated] if _is_year(year)), None)


def _is_year(year: int) -> bool:
    return FIRST_YEAR <= year <= LAST_YEAR


def _parse_day(written: str) -> date | None:
    day, month, year = (int(number) for number in re.findall(r"\d+", written))
    return make_day(year, month, day)


def make_day(year: int, month: int, day: int) -> date | None:
    """Make a day of three numbers; None when there is none, or none that these feeds can mean."""
    if not (_is_year(year) and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]):
        return None
    return date(year, month, day)


def _make_month(year: int, month: int) -> DataDate | None:
    if not (_is_year(year) and 1 <= month <= 12):
        return None
    return DataDate("month", date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))


def _make_quarter(year: int, quarter: int) -> DataDate:
    last = quarter * 3
    return DataDate("quarter", date(year, last - 2, 1), date(year, last, calendar.monthrange(year, last)[1]))


def _make_year(year: int) -> DataDate:
    return DataDate("year", date(year, 1, 1), date(year, 12, 31))


_Y = r"((?:19|20|21)\d{2})"
_PULL = rf"(?<!\d){_Y}(\d\d)(\d\d)\s*[-_–]\s*{_Y}(\d\d)(\d\d)(?!\d)"
_MONTH_WORD, _YEAR_WORD = r"(?:tháng|thang|(?<![^\W\d_])t)", r"(?:năm|nam)"  # names of files often lack accents
# Tried from the most certain form to the least: a quarter before a month, a full date before its parts.
_NAME_FORMS: tuple[tuple[str, str], ...] = (
    (rf"(?:quarter|quý|quy)[\W_]*{_Y}[\W_]([1-4])(?!\d)", "yq"),
    (rf"(?:quarter|quý|quy)[\W_]*(iv|i{{1,3}}|[1-4])[\W_]+(?:{_YEAR_WORD}[\W_]*)?{_Y}(?!\d)", "qy"),
    (rf"(?<!\d)(\d\d?)[\W_]*(?:tháng|thang)[\W_]*(\d\d?)[\W_]*{_YEAR_WORD}[\W_]*{_Y}(?!\d)", "dmy"),
    (rf"{_MONTH_WORD}[\W_]*(\d\d?)[\W_]+(?:{_YEAR_WORD}[\W_]*)?{_Y}(?!\d)", "my"),
    (rf"(?<!\d){_Y}[\W_]+{_MONTH_WORD}[\W_]*(\d\d?)(?!\d)", "ym"),
    (rf"(?<!\d){_Y}(\d\d)(\d\d)(?!\d)", "ymd"),
    (rf"(?<!\d)(\d\d)(\d\d){_Y}(?!\d)", "dmy"),
    (rf"(?<!\d){_Y}[\W_](\d\d?)[\W_](\d\d?)(?!\d)", "ymd"),
    (rf"(?<!\d)(\d\d?)[\W_](\d\d?)[\W_]{_Y}(?!\d)", "dmy"),
    (rf"(?<!\d){_Y}[\W_]?(\d\d?)(?!\d)", "ym"),
    (rf"(?<!\d)(\d\d?)[\W_]?{_Y}(?!\d)", "my"),
    (rf"(?<!\d){_Y}(?!\d)", "y"),
)


def find_data_date_in_name(name: str) -> DataDate | None:
    """Find the data date in a file's path: `ho_so_tthc_07_2025.xlsx` (month), `gpmb_hb_09072025.xlsx` (day),
    `20250701-20250713/page-0001.json` (range: the folder of a pull), `quarter-2025-3.json`, `year-2025.json`, `hồ sơ
    tháng 7 năm 2025.csv`, with or without accents.

    The file's own name first, then its folders, nearest first; a folder that is only a year tells nothing of the file.
    """
    *folders, own = name.replace("\\", "/").split("/")
    stem = re.sub(r"\.[a-z]\w{1,4}$", "", text.make_key(own))
    above = [text.make_key(folder) for folder in reversed(folders)]
    forms = [
        *((_PULL, "ymdymd", part) for part in (stem, *above)),  # the days of a pull outrank the number of its page
        *((pattern, order, stem) for pattern, order in _NAME_FORMS),
        *((pattern, order, folder) for folder in above for pattern, order in _NAME_FORMS[:-1]),
    ]
    for pattern, order, part in forms:
        for match in re.finditer(pattern, part):
            dated = _make_date_of_numbers(order, [ROMAN.get(number) or int(number) for number in match.groups()])
            if dated is not None:
                return dated
    return None


def _make_date_of_numbers(order: str, numbers: list[int]) -> DataDate | None:
    """Make a date of the numbers of a name, in the order that its form gives; None when they are no date."""
    if order == "ymdymd":
        first, last = make_day(*numbers[:3]), make_day(*numbers[3:])
        return DataDate("range", first, last) if first and last and first <= last else None
    if order in ("ymd", "dmy"):
        year, month, day = numbers if order == "ymd" else numbers[::-1]
        real = make_day(year, month, day)
        return DataDate("day", real, real) if real else None
    if order in ("yq", "qy"):
        year, quarter = numbers if order == "yq" else numbers[::-1]
        return _make_quarter(year, quarter)
    if order in ("ym", "my"):
        year, month = numbers if order == "ym" else numbers[::-1]
        return _make_month(year, month)
    return _make_year(numbers[0])
