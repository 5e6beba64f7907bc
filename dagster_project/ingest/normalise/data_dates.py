"""The data date: the day, or the stretch of days, of which a file speaks, as its title or its name tells it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from dagster_project.ingest.normalise import periods, text, title_periods
from dagster_project.ingest.normalise.periods import ROMAN, DataDate, fold_words, is_year, make_day
from dagster_project.ingest.normalise.title_periods import TitlePeriods
from dagster_project.ingest.normalise.wording.papers import BLANK_DAY
from dagster_project.ingest.normalise.wording.year_words import find_named_years

NOTHING_TAUGHT: Mapping[str, str] = {}
"""Words of periods that a layout teaches, where none does: word → what it means, in words that are read."""


def read_title(
    title: str, taught: Mapping[str, str] = NOTHING_TAUGHT, elsewhere: frozenset[int] = frozenset()
) -> TitlePeriods:
    """Read the period of the text above a table: "đến ngày …" counts before a week, a month or a quarter, these before
    a lone day; a year and the day of the report that the table accompanies are only implied.

    `elsewhere`: years that the file names outside this text.
    """
    said = title_periods.read_periods(fold_words(title, taught), elsewhere)
    if not (said.unread and taught):
        return said
    return replace(said, unread=tuple(periods.give_words_back(words, title, taught) for words in said.unread))


def find_data_date(title: str) -> DataDate | None:
    """Find the data date in the text above a table: the one that it states, else the one that it implies; None when it
    tells none, or nothing certain."""
    said = read_title(title)
    return said.stated or said.implied


def find_day_stated(title: str) -> DataDate | None:
    """Find the period that the text above a table states, else the year that it names; never the day of its paper."""
    said = read_title(title)
    is_year = said.implied is not None and said.implied.kind == "year"
    return said.stated or (said.implied if is_year else None)


def choose_latest(dated: Iterable[DataDate | None]) -> DataDate | None:
    """Choose the latest of several sheets' dates. It begins where the earliest of theirs begins."""
    found = [one for one in dated if one is not None]
    if not found:
        return None
    last = max(found, key=lambda one: (one.end, one.start))
    return DataDate(last.kind, min(one.start for one in found), last.end)


_Y = r"((?:19|20|21)\d{2})"
_PLAN_DAY = re.compile(r"(?<!\d)(?:\d{1,2}\s*[/.\-]\s*\d{1,2}\s*[/.\-]\s*|\d{1,2} tháng \d{1,2} năm )\d{4}")
_PERIOD_OF_YEAR = re.compile(
    rf"(?<!\w)(?:(tháng|quý|tuần)(?: thứ)? (\w+)|([tqw])[. ]?(\d{{1,2}}|[iv]+)|\d{{1,2}} ?t),? ?"
    rf"(?:(?:của )?năm |[/.\-] ?)?{_Y}(?!\d)"
)
_ACCOMPANIES = re.compile(r"kèm theo[^)\n]*")


def find_plan_years(title: str) -> frozenset[int] | None:
    """Find the plan year of an investment table: the year that its title names by itself ("… NĂM 2025", "KẾ HOẠCH VỐN
    2025"), else that of its month, quarter or week. In January the plan of the year before is still paid: a month or
    week of it tells none.

    Several years contradict each other; none at all (an empty set) where the title speaks only of money of other years
    ("VỐN KÉO DÀI NĂM 2024"). None where it tells nothing.
    """
    own = _ACCOMPANIES.sub(" ", fold_words(title, NOTHING_TAUGHT))
    own = _PLAN_DAY.sub(" ", BLANK_DAY.sub(" ", own)).replace("\n", " ")
    named = find_named_years(_PERIOD_OF_YEAR.sub(" ", own))
    if named:
        return frozenset(filter(is_year, named)) or None
    dated = frozenset(
        int(said[5])
        for said in _PERIOD_OF_YEAR.finditer(own)
        if is_year(int(said[5])) and not _is_in_january(said[1] or said[3], said[2] or said[4])
    )
    return dated or named


def _is_in_january(unit: str | None, number: str | None) -> bool:
    """Tell whether a month or a week lies in January, or ends soon after it."""
    if unit is None or number is None:
        return False
    counted = ROMAN.get(number) or (int(number) if number.isdecimal() else 99)
    return counted <= {"tháng": 1, "t": 1, "tuần": 5, "w": 5}.get(unit, 0)


_TO = r"[\W_]*(?:[-_\s]|đến|den|tới|toi)[\W_]*"
# Two days in a name; those of a pull outrank the number of its page.
_STRETCHES: tuple[tuple[str, str], ...] = (
    (rf"(?<!\d){_Y}(\d\d)(\d\d){_TO}{_Y}(\d\d)(\d\d)(?!\d)", "ymdymd"),
    (rf"(?<!\d)(\d\d)(\d\d){_Y}{_TO}(\d\d)(\d\d){_Y}(?!\d)", "dmydmy"),
    (rf"(?<!\d)(\d\d?)[\W_](\d\d?)[\W_]{_Y}{_TO}(\d\d?)[\W_](\d\d?)[\W_]{_Y}(?!\d)", "dmydmy"),
)
_MONTH_WORD, _YEAR_WORD = r"(?:tháng|thang|(?<![^\W\d_])t)", r"(?:năm|nam)"  # names of files often lack accents
# Tried from the most certain form to the least: a quarter before a month, a full date before its parts.
_NAME_FORMS: tuple[tuple[str, str], ...] = (
    (rf"(?:quarter|quý|quy)[\W_]*{_Y}[\W_]([1-4])(?!\d)", "yq"),
    (rf"(?<!\d){_Y}[\W_]*q[\W_]*([1-4])(?!\d)", "yq"),
    (rf"(?<!\d){_Y}[\W_]*(?:w|tuần|tuan)[\W_]*(\d\d?)(?!\d)", "yw"),
    (rf"(?:quarter|quý|quy)[\W_]*(iv|i{{1,3}}|[1-4])[\W_]+(?:{_YEAR_WORD}[\W_]*)?{_Y}(?!\d)", "qy"),
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


# Numbers of batches and papers, and the years of a plan of several: none of them is a month or a year of the data.
_NO_DATES = re.compile(
    rf"(?<![^\W\d_])(?:đợt|dot|{periods.SERIALS})[\W_]*\d{{1,2}}(?!\d)|(?<![^\W_])[abchkmv]\d{{1,2}}(?=[\W_])"
    rf"|(?<!\d){_Y}[\W_]*-[\W_]*{_Y}(?!\d)"
)


_LETTER = re.compile(r"(?<![^\W_])(?:(t)|(q))\.? ?(\d{1,2}|iv|i{1,3})(?![^\W_])(?!\s*[-,&+ ]\s*[tq]?\d{1,2}(?!\d))")
""""T6", "Q2": a month and a quarter in a name, where a title would spell them out."""
_COPY_OF_SHEET = re.compile(r"\s*\((?:bảng )?\d{1,2}\)\s*$")
_NO_YEARS: frozenset[int] = frozenset()
_OF_FORMS = re.compile(rf"(?<![^\W\d_])(?:{periods.FORMS})[\W_]*\d{{1,2}}(?!\d)")
_LONE_YEAR = re.compile(rf"(?<!\d){_Y}(?!\d)")


def read_name(
    name: str, taught: Mapping[str, str] = NOTHING_TAUGHT, elsewhere: frozenset[int] = _NO_YEARS
) -> TitlePeriods:
    """Read the period of a file's path: `ho_so_tthc_07_2025.xlsx` (month), `gpmb_hb_09072025.xlsx` (day),
    `20250701-20250713/page-0001.json` (range: the folder of a pull), `quarter-2025-3.json`, `year-2025.json`, `hồ sơ
    tháng 7 năm 2025.csv`, `9T-2025.xlsx`, `Q3-2025.xlsx`, with or without accents.

    The file's own name first, then its folders, nearest first; a folder that is only a year tells nothing of the file.
    A period without a year has the one that the path names, else those that the titles do (`elsewhere`). A name that
    names a period beside a year and is not understood is `unread`; where no year is known, it tells nothing.
    """
    *folders, own = name.replace("\\", "/").split("/")
    stem = re.sub(r"\.[a-z]\w{1,4}$", "", text.make_key(own))
    return _read_parts([stem, *(text.make_key(folder) for folder in reversed(folders))], taught, elsewhere)


def read_sheet_name(
    name: str | None, taught: Mapping[str, str] = NOTHING_TAUGHT, elsewhere: frozenset[int] = _NO_YEARS
) -> TitlePeriods:
    """Read the period by which a sheet is named: "T6-2025", "Quý II.2025", "Tháng 6" in the year that is known from
    `elsewhere`. A period of which no year is known is `unread`; a year alone is none."""
    part = _OF_FORMS.sub(" ", _COPY_OF_SHEET.sub("", text.make_key(name or "")))
    said = _read_parts([part], taught, elsewhere)
    if said.stated is not None and said.stated.kind == "year":
        return TitlePeriods(years=said.years)
    if said.stated is None and not said.unread:
        return replace(said, unread=_read_words(part, taught, elsewhere).unread)
    return said


def _read_parts(parts: list[str], taught: Mapping[str, str], elsewhere: frozenset[int]) -> TitlePeriods:
    """Read the parts of a path, folded, the nearest first."""
    found = next(_find_in_parts(_STRETCHES, parts), None)
    years = frozenset(int(year) for part in parts for year in _LONE_YEAR.findall(_NO_DATES.sub(" ", part))) or elsewhere
    for number, part in enumerate(parts):
        if found is not None:
            break
        words = _read_words(part, taught, years)
        if words.stated is not None:
            found = words.stated
        elif words.unread and (words.years or years):
            return TitlePeriods(unread=words.unread, years=words.years)
        else:
            forms = _NAME_FORMS if number == 0 else _NAME_FORMS[:-1]
            found = next(_find_in_parts(forms, [_NO_DATES.sub(" ", part)]), None)
    named = frozenset() if found is None else frozenset({found.start.year, found.end.year})
    return TitlePeriods(stated=found, years=named)


def _read_words(part: str, taught: Mapping[str, str], years: frozenset[int]) -> TitlePeriods:
    words = part.replace("_", " ")
    said = read_title(words, taught, years)
    if said.stated is not None or said.unread:
        return said
    return read_title(_LETTER.sub(lambda one: f"{'tháng' if one[1] else 'quý'} {one[3]}", words), taught, years)


def find_data_date_in_name(name: str, taught: Mapping[str, str] = NOTHING_TAUGHT) -> DataDate | None:
    """Find the data date in a file's path, as `read_name` does; None when it tells none."""
    return read_name(name, taught).stated


def _find_in_parts(forms: Iterable[tuple[str, str]], parts: list[str]) -> Iterator[DataDate]:
    """Yield what each form makes of the parts of a path, the surest form first."""
    for pattern, order in forms:
        for part in parts:
            for match in re.finditer(pattern, part):
                dated = _make_date_of_numbers(order, [ROMAN.get(number) or int(number) for number in match.groups()])
                if dated is not None:
                    yield dated


def _make_date_of_numbers(order: str, numbers: list[int]) -> DataDate | None:
    """Make a date of the numbers of a name, in the order that its form gives; None when they are no date."""
    if len(order) == 6:
        first, last = (_make_real_day(order[:3], part) for part in (numbers[:3], numbers[3:]))
        return DataDate("range", first, last) if first and last and first <= last else None
    if len(order) == 3:
        real = _make_real_day(order, numbers)
        return DataDate("day", real, real) if real else None
    if order in ("yq", "qy"):
        year, quarter = numbers if order == "yq" else numbers[::-1]
        return periods.make_quarters((year, quarter), (year, quarter))
    if order == "yw":
        return periods.make_weeks((numbers[0], numbers[1]), (numbers[0], numbers[1]))
    if order in ("ym", "my"):
        year, month = numbers if order == "ym" else numbers[::-1]
        return periods.make_months((year, month), (year, month))
    return periods.make_year(numbers[0])


def _make_real_day(order: str, numbers: list[int]) -> date | None:
    year, month, day = numbers if order == "ymd" else numbers[::-1]
    return make_day(year, month, day)
