"""The periods that the text above a table names: each form of words that offices use, and what is left unread.

A text is read from its most certain form to its least; what a form has read is taken out, so that no weaker form reads
a part of it: "ngày 13 tháng 7 năm 2025" names no month, "9 tháng năm 2025" no year. What names a period and fits no
form is kept as `unread`: nobody may then read a year out of what stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from functools import cache, lru_cache, partial

from dagster_project.ingest.normalise import periods
from dagster_project.ingest.normalise.periods import ROMAN, SERIALS, DataDate
from dagster_project.ingest.normalise.wording.estimates import BEFORE_ESTIMATE, find_estimated_years, find_estimates
from dagster_project.ingest.normalise.wording.halfway import HALFWAY, LEFT_OVER, ROMAN_NUMBERS, TO
from dagster_project.ingest.normalise.wording.papers import BLANK_DAY, OTHER_DAY, OTHER_PAPER, OWN_PAPER, is_of_table
from dagster_project.ingest.normalise.wording.year_words import (
    ANY_YEAR,
    NOT_ITS_YEAR,
    OF_ANY_YEAR,
    OF_OTHER_MONEY,
    OF_YEAR,
    YEARS,
    Y,
    names_plan_of,
)

_MakeStretch = Callable[[tuple[int, int], tuple[int, int]], DataDate | None]
_TAKEN = "\0"

# Days. A whole one is written as a token, "@0@": its number in the list of days.
_DAY = re.compile(
    r"(?<![\d/.])(?:(?P<ya>\d{4})-(?P<ma>\d{1,2})-(?P<da>\d{1,2})(?:\s\d\d:\d\d:\d\d)?"
    r"|(?P<db>\d{1,2})\s*,?\s*tháng\s*(?P<mb>\d{1,2})"
    r"(?:\s*,?\s*năm\s*|\s*[/.\-]\s*|\s+)(?P<yb>\d{4})"
    r"|(?P<dc>\d{1,2})\s*(?P<mark>[/.\-])\s*(?P<mc>\d{1,2})"
    r"(?:\s*(?P=mark)\s*(?P<yc>\d{4}|(?<=/)\d{2})|\s*,?\s*năm\s*(?P<yd>\d{4})))(?![\d/])"
)
_DAY_SAID = re.compile(
    r"(?:(?<!\w)(?:ngày|hết|đến|tới|từ|sau|trước|chốt)"
    r"|(?<!\w)(?:từ|ngày)(?: ngày)? \d{1,2}(?:\s*(?:tháng|/)\s*\d{1,2})?\s*-|\d{4}\s*-|:|\()[ ]*$|^\s*$",
    re.MULTILINE,
)
"""What stands before the number of a day: "13 tháng 7" behind other words may be the 13th of anything."""
_NEAR = 100  # letters in which it stands
_DAY_NO = r"@(?P<{}>\d+)@"
_PART = r"(?P<{}>\d{{1,2}})(?:\s*[/.]\s*|\s*tháng\s*)(?P<{}>\d{{1,2}})(?![\d/.])"
_FIRST = rf"(?:{_DAY_NO.format('from')}|{_PART.format('d1', 'm1')}|(?P<d0>\d{{1,2}})(?![\w/.]))"
_LAST = rf"(?:{_DAY_NO.format('to')}|{_PART.format('d2', 'm2')})"
_CLOCK = r"(?:(?P<hour>\d{1,2})\s*(?:giờ|h|g|:)\s*(?:\d{2})?\s*(?:phút)?\s*,?\s*)?"
_RANGE = re.compile(
    rf"(?:(?<!\w)(?P<said>từ|ngày|kỳ)\s*(?:báo cáo|số liệu)?\s*:?\s*)?(?:ngày\s*)?(?<![\w/.\-]){_FIRST}"
    rf"\s*(?:-|{TO})\s*(?:ngày\s*)?{_LAST}"
)
_UPTO = re.compile(
    rf"(?<!\w)(?:{TO}|chốt|tại(?=\s+thời điểm))(?:\s+(?:thời điểm|số liệu|nay|hết))*\s*[:,(]?\s*{_CLOCK}"
    rf"(?:hết\s*)?(?:ngày)?\s*:?\s*{_LAST}"
)
_NO_LAST_DAY = re.compile(
    rf"(?<!\w)(?:từ|sau|trước)\s*(?:ngày\s*)?(?:{_DAY_NO.format('a')}|{_PART.format('d', 'm')})"
    rf"(?:\s*(?:-|đến|tới)\s*nay)?"
    rf"|(?:từ\s+)?(?:đầu\s+năm|tháng\s*\d{{1,2}})(?:{OF_ANY_YEAR}|\s+{Y})?\s*(?:-|đến|tới)\s*nay(?!\w)"
)
_LONE_DAY = re.compile(_DAY_NO.format("a"))
_DAY_OF_NO_YEAR = re.compile(rf"(?<!\w)ngày\s*:?\s*{_PART.format('d2', 'm2')}(?P<to>)(?P<hour>)")
_DAY_OF_NO_MONTH = re.compile(
    rf"(?<!\w)(?:(?:{TO}|(?<=\())\s*ngày\s*\d{{1,2}}(?![\w/.@])(?!\s*(?:-|,|tháng|h[àằ]ng))|ngày\s*\d{{1,2}}\s+năm\s"
    rf"|{TO}\s*(?:ngày\s*)?\d{{1,2}}-\d{{1,2}}(?![\d/.\-])"
    r"|từ\s*\d{1,2}\s*(?:đến|tới|-)\s*\d{1,2}(?=\s*(?:[,;)\n]|$)))"
)
""""Tháng 7 năm 2025 (đến ngày 15)": the month is half told."""
_SERIAL_OR_DAY = re.compile(rf"(?<!\w)(?:{SERIALS}|tuần|kỳ|đợt|quý|tháng|th?|q)(?:\s+số)?[\s.:]*{_DAY_NO.format('a')}")
""""Mẫu 3/7/2025": the third form of July, or the third of July."""

# Weeks, months, quarters.
_COUNTED = re.compile(
    r"(?<![\w/.])(?<!\d-)(?<!\d - )(?<!trên )(?<!quá )(?<!dưới )(?<!hơn )(?<!vòng )(?<!hạn )(?<!ngày )(?P<n>\d{1,2})"
    rf"\s*(?:tháng|t(?![^\W\d_]))(?!\s*\d{{1,2}}(?!\d))(?:\s*(?P<which>đầu|cuối)(?:\s+năm)?)?(?:{OF_YEAR}|(?P<y2>{Y}))?(?!\w)"
)
_MONTH_OF_YEAR = re.compile(
    rf"(?<![\w/.\-@])(?<!số )(?<!số: )(?<!mẫu )(?<!quý )(?<!tuần )(?<!đợt )(?<!lần )(?P<a>\d{{1,2}})\s*/\s*(?P<ya>{Y})"
    rf"(?:\s*(?:-|{TO})\s*(?P<b>\d{{1,2}})\s*/\s*(?P<yb>{Y}))?(?![/\-@\w])"
)
_LINK = r"\s*(?:-|,|;|và|\+|&|đến|tới)\s*(?:hết\s*|cuối\s*)?"
_LINK_OF_UNITS = _LINK.replace("|,|;", "")
""""Tháng 6, tháng 7" names two periods, "tháng 6 và tháng 7" one."""
_ASIDE = re.compile(
    r"nhiệm vụ|phương hướng|kế hoạch|dự kiến|ước|chương trình|giải pháp|so với|so cùng|cùng kỳ|chuyển|tồn từ"
)
"""Words behind which a second period is not the one of the table: "kết quả tháng 6, nhiệm vụ tháng 7"."""


@cache
def _list_chains(unit: str, short: str, number: str) -> tuple[re.Pattern[str], ...]:
    """List the forms of one unit: several numbers with one year, units one after the other, the unit's letter."""
    one = rf"\s*(?:{number})(?!\w)(?:{OF_ANY_YEAR})?"
    return (
        re.compile(
            rf"(?<!\w){unit}(?P<chain>\s*(?:{number})(?!\w)(?:{_LINK}(?:{number})(?!\w))+(?:{OF_ANY_YEAR}|(?=\s*\))))"
        ),
        re.compile(rf"(?<!\w){unit}(?P<chain>{one}(?:{_LINK_OF_UNITS}{unit}{one})*)"),
        re.compile(rf"(?<![\w@]){short}(?P<chain>[\s.]*(?:{number}){OF_ANY_YEAR})"),
    )


_CHAINS = (
    (r"tuần(?:\s+thứ)?(?:\s+số)?", "w", r"\d{1,2}", periods.make_weeks),
    ("tháng", "t", rf"\d{{1,2}}|{ROMAN_NUMBERS}", periods.make_months),
    ("quý", "q", "iv|iii|ii|i|[1-4]", periods.make_quarters),
)


@dataclass(frozen=True)
class TitlePeriods:
    """Holds what a text says of its period.

    `stated`: the period that it states; `implied`: what may stand for it where nothing else does: the day of the
    paper, else the year of a plan; `unread`: words that name a period, or several that disagree, of which nothing
    certain can be read; where there are any, neither of the others is. `years`: those that the text names.
    """

    stated: DataDate | None = None
    implied: DataDate | None = None
    unread: tuple[str, ...] = ()
    years: frozenset[int] = frozenset()


class _Fate(Enum):
    """Says what becomes of words that name no period: done with, or left to the other forms."""

    DONE = 0
    LEFT = 1


@dataclass(frozen=True)
class _Named:
    """Holds one period that a text names, and where its words stand."""

    period: DataDate
    at: int
    end: int


@lru_cache(maxsize=512)
def read_periods(folded: str, elsewhere: frozenset[int] = frozenset()) -> TitlePeriods:
    """Read the periods of a text that `periods.fold_words` has folded.

    `elsewhere`: years that the file names on its other sheets and in its name: one alone is the year of a period that
    has none.
    """
    return _Reading(folded, elsewhere).read()


class _Reading:
    """Holds a text while it is read: `text` with tokens for whole days, `rest` without what has been read of it."""

    def __init__(self, folded: str, elsewhere: frozenset[int]) -> None:
        self.elsewhere = elsewhere
        self.days: list[tuple[date | None, str]] = []
        self.unread: list[str] = []
        self._years_in: dict[str, frozenset[int]] = {}  # words → their years: a long line is asked for each of its days
        self.text = _DAY.sub(self._note_day, folded)
        self.rest = self.text
        self._take(OTHER_PAPER, lambda said: _Fate.LEFT if is_of_table(said) else _Fate.DONE)
        self._take(OTHER_DAY, lambda said: _Fate.DONE)
        self.own = self.rest  # without the days of papers, once the table's own is taken
        self.years = frozenset(year for year in self._list_years(self.own) if periods.is_year(year))
        self.has_year_of_paper = False
        self.short_days: list[_Named] = []
        self.estimates: list[str] = []

    def read(self) -> TitlePeriods:
        """Read the forms from the most certain to the least; what is unread outranks what is weaker than it."""
        papers = self._take(OWN_PAPER, lambda said: self._find_token(said, "abcd"))
        self.own = self.rest
        self._take(BLANK_DAY, lambda said: _Fate.DONE)
        days = [*self._take(_RANGE, self._make_range), *self._take(_UPTO, self._make_last_day)]
        self._take(_NO_LAST_DAY, lambda said: _Fate.DONE)
        stated: DataDate | None = None
        steps: tuple[Callable[[], list[_Named]], ...] = (lambda: days, self._take_stretches, self._take_lone_days)
        for step in steps:
            stated = self._choose(step())
            if stated is not None or self.unread:
                break
        if stated is None and not self.unread:
            self.unread += self.estimates or find_estimated_years(self.rest)
        if stated and papers and self.has_year_of_paper and stated.start > papers[0].period.end:
            self.unread.append(self.own.split("(")[0].strip()[:60])  # no paper tells of what begins after it
        if self.unread:
            words = (" ".join(self._spell(words).split()) for words in self.unread)
            return TitlePeriods(unread=tuple(dict.fromkeys(words)), years=self._tell_years())
        return TitlePeriods(stated, self._imply(papers), (), self._tell_years())

    def _tell_years(self) -> frozenset[int]:
        """Return the years that the text names itself, else that of its paper."""
        return frozenset(year for year in self._list_years(self.own) if periods.is_year(year)) or self.years

    # The steps ---------------------------------------------------------------------------------------------------

    def _take_stretches(self) -> list[_Named]:
        """Take weeks, months and quarters out of the rest; parts of them first, that nothing is read halfway."""
        self.short_days = self._take(_DAY_OF_NO_YEAR, self._make_last_day)
        weak, self.unread = self.unread, []
        self._take(_DAY_OF_NO_MONTH, self._keep_unread)
        halfway = [said[0] for said in HALFWAY.finditer(self.rest)]
        self._take(HALFWAY, lambda said: _Fate.DONE)
        found = self._take(_COUNTED, self._make_counted)
        for unit, short, number, make in _CHAINS:
            for pattern in _list_chains(unit, short, number):
                found += self._take(pattern, partial(self._make_chain, number, make))
        found += self._take(_MONTH_OF_YEAR, self._make_month_of_year)
        if not found:
            self.unread += weak + halfway + [said[0] for said in LEFT_OVER.finditer(self.rest)]
        return found

    def _take_lone_days(self) -> list[_Named]:
        self._take(_SERIAL_OR_DAY, self._keep_unread)
        return [*self.short_days, *self._take(_LONE_DAY, lambda said: self._find_token(said, "a"))]

    def _choose(self, found: list[_Named]) -> DataDate | None:
        """Choose the period of the table among those that were read; when they disagree, none: they are unread.

        One that another holds is the closer one ("tuần 28, tháng 7"); one behind words of comparison or of plans is
        not meant where another is.
        """
        ordered = self._drop_estimates(sorted(found, key=lambda one: one.at))
        meant = [
            one for number, one in enumerate(ordered) if not number or not self._is_aside(one, ordered[number - 1])
        ]
        if not meant:
            return None
        closest = min(meant, key=lambda one: (one.period.end - one.period.start, one.at))
        day = closest.period.end
        if all(one.period.end == day or one.period.start < day < one.period.end for one in meant):
            return closest.period
        self.unread += [self.text[one.at : one.end] for one in meant]
        return None

    def _drop_estimates(self, ordered: list[_Named]) -> list[_Named]:
        """Drop the periods of which a text only gives estimates ("ước 6 tháng"), and note their words."""
        estimated = find_estimates(self.text, [(one.at, one.end) for one in ordered])
        self.estimates += [self.text[start:end] for start, end in dict(estimated.values()).items()]
        return [one for number, one in enumerate(ordered) if number not in estimated]

    def _is_aside(self, one: _Named, before: _Named) -> bool:
        line = self.text.rfind("\n", 0, one.at) + 1
        return _ASIDE.search(self.text[max(before.end, line) : one.at]) is not None

    def _imply(self, papers: list[_Named]) -> DataDate | None:
        """Return the day of the paper, else the year that is named alone. Years that disagree imply nothing."""
        if papers:
            return papers[0].period
        said = " ".join(YEARS.findall(OF_OTHER_MONEY.sub(" ", NOT_ITS_YEAR.sub(" ", self.rest))))
        named = {int(year) for year in ANY_YEAR.findall(said)}
        return periods.make_year(named.pop()) if len(named) == 1 else None

    # What a form means -------------------------------------------------------------------------------------------

    def _make_range(self, said: re.Match[str]) -> DataDate | _Fate:
        """Return the days between two; a number alone is a first day only where words say so."""
        if (said["d0"] and not said["said"]) or (said["m2"] and int(said["m2"]) > 12):
            return _Fate.LEFT
        last = self._find_last(said)
        if last is None:
            return self._keep_unread(said)
        if said["from"]:
            first = self.days[int(said["from"])][0]
        else:
            first = periods.make_day(last.year, int(said["m1"] or last.month), int(said["d1"] or said["d0"]))
        if first is None or first > last:
            return self._keep_unread(said)
        return DataDate("day" if first == last else "range", first, last)

    def _make_last_day(self, said: re.Match[str]) -> DataDate | _Fate:
        """Return the day up to which a table speaks; "0 giờ ngày 1/7" is the end of the day before."""
        if said["m2"] and int(said["m2"]) > 12:
            return _Fate.LEFT
        last = self._find_last(said)
        if last is None:
            return self._keep_unread(said)
        if said["hour"] and int(said["hour"]) == 0:
            last -= timedelta(days=1)
        return DataDate("day", last, last)

    def _make_counted(self, said: re.Match[str]) -> DataDate | _Fate:
        """Return the first or last months of a year: "9 tháng đầu năm 2025", "6T/2025"."""
        year, which, count = said["y"] or said["y2"], said["which"], int(said["n"])
        is_before_estimate = BEFORE_ESTIMATE.match(said.string, said.end()) is not None
        if not year and not which and count not in (3, 6, 9, 12) and not is_before_estimate:
            return _Fate.LEFT  # "5 tháng" alone tells how long something takes
        known = int(year) if year else self._find_year(said.start())
        if known is None:
            return self._keep_unread(said) if which else _Fate.LEFT
        make = periods.make_last_months if which == "cuối" else periods.make_first_months
        return make(known, count) or self._keep_unread(said)

    def _make_chain(self, number: str, make: _MakeStretch, said: re.Match[str]) -> DataDate | _Fate:
        """Return what "tháng 7 năm 2025", "quý I và II/2025" or "từ tháng 1 đến tháng 6/2025" name. One without a year
        has that of the next, else the one that stands elsewhere; without any it is left over, and so unread."""
        year = None
        parts: list[tuple[int, int]] = []
        for one in reversed(list(re.finditer(rf"(?<!\w)({number})(?!\w)(?:{OF_YEAR})?", said["chain"]))):
            counted = ROMAN.get(one[1]) or int(one[1])
            month = counted if make is periods.make_months else None
            year = int(one["y"]) if one["y"] else year or self._find_year(said.start(), month)
            if year is None:
                return _Fate.LEFT
            parts.append((year, counted))
        return make(parts[-1], parts[0]) or self._keep_unread(said)

    @staticmethod
    def _make_month_of_year(said: re.Match[str]) -> DataDate | _Fate:
        first = (int(said["ya"]), int(said["a"]))
        return periods.make_months(first, (int(said["yb"]), int(said["b"])) if said["b"] else first) or _Fate.LEFT

    # Days and years ----------------------------------------------------------------------------------------------

    def _note_day(self, said: re.Match[str]) -> str:
        """Note a whole day, and return its token; a number before "tháng" that may be no day stays as it is, as does
        one at the end of the line before."""
        if said["db"] and (
            "\n" in said[0].split("tháng")[0]
            or not _DAY_SAID.search(said.string[max(said.start() - _NEAR, 0) : said.start()].split("\n")[-1])
        ):
            return said[0]
        day, month = (int(next(said[part + of] for of in "abc" if said[part + of])) for part in "dm")
        year = int(next(said[f"y{of}"] for of in "abcd" if said[f"y{of}"]))
        self.days.append((periods.make_day(year + (2000 if year < 100 else 0), month, day), said[0]))
        return f"@{len(self.days) - 1}@"

    def _find_token(self, said: re.Match[str], names: str) -> DataDate | _Fate:
        """Return the day of the first of some tokens; one that is none is unread."""
        number = next((said[name] for name in names if said[name]), None)
        if number is None:
            return _Fate.DONE
        day = self.days[int(number)][0]
        return self._keep_unread(said) if day is None else DataDate("day", day, day)

    def _find_last(self, said: re.Match[str]) -> date | None:
        """Find the last day that a form names. One without a year has that which stands elsewhere."""
        if said["to"]:
            return self.days[int(said["to"])][0]
        year, month = self._find_year(said.start(), int(said["m2"])), int(said["m2"])
        return None if year is None else periods.make_day(year, month, int(said["d2"]))

    def _find_year(self, at: int, month: int | None = None) -> int | None:
        """Find the one year that the line names, else the text, else the file elsewhere, else the day of the paper.

        A plan of a year is paid until the January after it: for that month the year of a plan does not tell.
        """
        line = self.own[self.own.rfind("\n", 0, at) + 1 :].split("\n")[0]
        for years in (self._list_years(line), self._list_years(self.own), self.elsewhere, self.years):
            if years:
                self.has_year_of_paper |= years is self.years
                year = next(iter(years))
                return year if len(years) == 1 and not (month == 1 and names_plan_of(year, self.text)) else None
        return None

    def _list_years(self, words: str) -> frozenset[int]:
        if words not in self._years_in:
            named = {int(year) for year in ANY_YEAR.findall(NOT_ITS_YEAR.sub(" ", words))}
            days = (self.days[int(number)][0] for number in re.findall(r"@(\d+)@", words))
            self._years_in[words] = frozenset(named | {day.year for day in days if day})
        return self._years_in[words]

    # Text --------------------------------------------------------------------------------------------------------

    def _take(self, pattern: re.Pattern[str], make: Callable[[re.Match[str]], DataDate | _Fate]) -> list[_Named]:
        """Take what a form reads out of the rest; return the periods."""
        found: list[_Named] = []
        said = pattern.search(self.rest)
        while said is not None:
            made = make(said)
            if made is not _Fate.LEFT:
                self.rest = self.rest[: said.start()] + _TAKEN * len(said[0]) + self.rest[said.end() :]
            if isinstance(made, DataDate):
                found.append(_Named(made, said.start(), said.end()))
            said = pattern.search(
                self.rest, said.start() + 1 if made is _Fate.LEFT else max(said.end(), said.start() + 1)
            )
        return found

    def _keep_unread(self, said: re.Match[str]) -> _Fate:
        self.unread.append(said[0])
        return _Fate.DONE

    def _spell(self, words: str) -> str:
        """Return words as they were written, days in the place of their tokens."""
        whole = re.sub(r"@(\d+)@", lambda token: self.days[int(token[1])][1], words).replace(_TAKEN, "")
        return periods.show_numbers(whole)
