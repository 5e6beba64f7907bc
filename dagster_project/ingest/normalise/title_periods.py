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
from functools import cache, partial

from dagster_project.ingest.normalise import periods
from dagster_project.ingest.normalise.periods import HIDDEN_DIGIT, ROMAN, SERIALS, DataDate

_MakeStretch = Callable[[tuple[int, int], tuple[int, int]], DataDate | None]
_TAKEN = "\0"
_Y = r"(?:19|20|21)\d{2}(?!\d)"
_OF_YEAR = rf"(?:\s*,?\s*(?:của\s+)?năm\s*|\s*[/.\-]\s*|\s+)(?P<y>{_Y})"
_OF_ANY_YEAR = _OF_YEAR.replace("?P<y>", "?:")

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
_DAY_NO = r"@(?P<{}>\d+)@"
_PART = r"(?P<{}>\d{{1,2}})(?:\s*[/.]\s*|\s*tháng\s*)(?P<{}>\d{{1,2}})(?![\d/.])"
_FIRST = rf"(?:{_DAY_NO.format('from')}|{_PART.format('d1', 'm1')}|(?P<d0>\d{{1,2}})(?![\w/.]))"
_LAST = rf"(?:{_DAY_NO.format('to')}|{_PART.format('d2', 'm2')})"
_TO = r"(?:đến|tới)(?:\s+(?:hết|cuối))?"
_CLOCK = r"(?:(?P<hour>\d{1,2})\s*(?:giờ|h|g|:)\s*(?:\d{2})?\s*(?:phút)?\s*,?\s*)?"
_PAPERS = "(?:báo cáo|công văn|văn bản|quyết định|nghị quyết|tờ trình|thông báo|kế hoạch|công điện)"
_PAPER = re.compile(
    rf"kèm\s+theo[^)\n@]*?(?:{_DAY_NO.format('a')}|(?=[)\n])|$)"
    rf"|(?:số\s*:?\s*[\w.]*\s*/\s*[\w/\-]+|{_PAPERS}\s+số\s*:?\s*(?:{HIDDEN_DIGIT}|\d)+)\s*,?(?:\s*ký)?\s*ngày\s*(?:{_DAY_NO.format('b')}|\d{{1,2}}\s*/\s*\d{{1,2}}(?![\d/]))"
    rf"|(?m:^(?![^\n,]*(?<!\w)(?:đến|tới|chốt)(?!\w))[^\n,@]{{2,60}},\s*ngày\s*{_DAY_NO.format('c')}\s*$)"
)
"""The day of a paper is that of its signing, days after the day of which its table speaks."""
_BLANK_DAY = re.compile(
    r"ngày\s*[.…_]*\s*tháng\s*(?:\d{1,2}\s*)?[.…_]*\s*năm(?:\s*[.…_]*\s*\d{0,4})[.…_]*|ngày\s*[.…_]+\s*/[\s.…_\d/]*"
)
"""The place of a day of signing that nobody has filled in."""
_RANGE = re.compile(
    rf"(?:(?<!\w)(?P<said>từ|ngày|kỳ)\s*(?:báo cáo|số liệu)?\s*:?\s*)?(?:ngày\s*)?(?<![\w/.\-]){_FIRST}"
    rf"\s*(?:-|{_TO})\s*(?:ngày\s*)?{_LAST}"
)
_UPTO = re.compile(
    rf"(?<!\w)(?:{_TO}|chốt|tại(?=\s+thời điểm))(?:\s+(?:thời điểm|số liệu|nay|hết))*\s*[:,(]?\s*{_CLOCK}"
    rf"(?:hết\s*)?(?:ngày)?\s*:?\s*{_LAST}"
)
_NO_LAST_DAY = re.compile(
    rf"(?<!\w)(?:từ|sau|trước)\s*(?:ngày\s*)?(?:{_DAY_NO.format('a')}|{_PART.format('d', 'm')})"
    rf"(?:\s*(?:-|đến|tới)\s*nay)?"
    rf"|(?:từ\s+)?(?:đầu\s+năm|tháng\s*\d{{1,2}})(?:{_OF_ANY_YEAR}|\s+{_Y})?\s*(?:-|đến|tới)\s*nay(?!\w)"
)
_LONE_DAY = re.compile(_DAY_NO.format("a"))
_DAY_OF_NO_YEAR = re.compile(rf"(?<!\w)ngày\s*:?\s*{_PART.format('d2', 'm2')}(?P<to>)(?P<hour>)")
_DAY_OF_NO_MONTH = re.compile(
    rf"(?<!\w)(?:(?:{_TO}|(?<=\())\s*ngày\s*\d{{1,2}}(?![\w/.@])(?!\s*(?:-|,|tháng|h[àằ]ng))|ngày\s*\d{{1,2}}\s+năm\s"
    rf"|{_TO}\s*(?:ngày\s*)?\d{{1,2}}-\d{{1,2}}(?![\d/.\-])"
    r"|từ\s*\d{1,2}\s*(?:đến|tới|-)\s*\d{1,2}(?=\s*(?:[,;)\n]|$)))"
)
""""Tháng 7 năm 2025 (đến ngày 15)": the month is half told."""
_SERIAL_OR_DAY = re.compile(rf"(?<!\w)(?:{SERIALS}|tuần|kỳ|đợt|quý|tháng|th?|q)(?:\s+số)?[\s.:]*{_DAY_NO.format('a')}")
""""Mẫu 3/7/2025": the third form of July, or the third of July."""
_YEAR = re.compile(rf"(?<!\w)năm\s*({_Y})")
_ANY_YEAR = re.compile(rf"(?<!\d)({_Y})")
_NOT_ITS_YEAR = re.compile(rf"(?:cùng kỳ|so với)\s*(?:năm\s*)?{_Y}|{_Y}\s*-\s*{_Y}")

# Weeks, months, quarters.
_ORDINAL = r"(?:thứ\s+)?(?:\d{1,2}|i{1,3}|iv|v|nhất|nhì|đầu|cuối)"
_ROMAN = "viii|vii|vi|iv|ix|xii|xi|iii|ii|i|v|x"
_SEASON = r"(?:đông xuân|hè thu|thu đông|xuân hè|mùa|chiêm|đông|xuân|hè|\d)(?!\w)"
_HALFWAY = re.compile(
    rf"(?<!\w)(?:(?:đầu|giữa|nửa\s+(?:đầu|cuối|trước|sau)|(?:thượng|trung|hạ) tuần|trước|sau|tuần\s+{_ORDINAL}"
    rf"|(?:kỳ|đợt)\s+{_ORDINAL}(?:\s*[,\-(])?|\d{{1,2}}\s+(?:ngày|tuần)\s+(?:đầu|cuối))\s+(?:của\s+)?(?:tháng|quý)\s*(?:\d{{1,2}}|{_ROMAN})(?!\w)"
    rf"(?:{_OF_ANY_YEAR})?"
    rf"|(?:(?:thượng|trung|hạ) tuần|tuần\s+{_ORDINAL})[\s,(\-]+\d{{1,2}}\s*[/.\-]\s*{_Y}"
    rf"|(?:học\s+kỳ|kỳ|nửa|đợt|lần)\s+(?:{HIDDEN_DIGIT}+|{_ORDINAL}){_OF_ANY_YEAR}"
    rf"|(?<!tháng )(?:đầu|giữa|trước|sau)\s+năm\s*{_Y}"
    rf"|(?<!một )(?<!hơn )nửa\s+(?:đầu|cuối|trước|sau|năm)(?:\s*\d{{1,2}}\s*[/.\-]\s*{_Y}|{_OF_ANY_YEAR})?"
    rf"|(?:bán niên|giữa kỳ|niên độ)(?:\s+(?:ngân sách|kế hoạch))?(?:{_OF_ANY_YEAR})?"
    rf"|(?<!nhiệm )(?<!dịch )(?<!phục )(?<!nghiệp )vụ\s+{_SEASON}(?:{_OF_ANY_YEAR})?"
    rf"|(?:một|hai|ba|[1-4])\s+quý(?!\s*\d)"
    rf"|th? ?\d{{1,2}}\s*[-,&+ ]\s*t?\d{{1,2}}(?!\d)|tháng ?\d{{1,2}} +\d{{1,2}} +{_Y}"
    rf"|(?<!tháng )(?<!quý )(?<!tuần )\d{{1,2}}[ ]?tháng\s*\d{{1,2}}(?!\d)(?!\s*(?:quý|tuần|ngày))(?:{_OF_ANY_YEAR})?)"
)
"""Parts of a month, a quarter or a year of which the words do not tell the last day, and numbers that may be a day."""
_COUNTED = re.compile(
    r"(?<![\w/.])(?<!\d-)(?<!\d - )(?<!trên )(?<!quá )(?<!dưới )(?<!hơn )(?<!vòng )(?<!hạn )(?<!ngày )(?P<n>\d{1,2})"
    rf"\s*(?:tháng|t(?![^\W\d_]))(?!\s*\d{{1,2}}(?!\d))(?:\s*(?P<which>đầu|cuối)(?:\s+năm)?)?(?:{_OF_YEAR}|(?P<y2>{_Y}))?(?!\w)"
)
_MONTH_OF_YEAR = re.compile(
    rf"(?<![\w/.\-@])(?<!số )(?<!số: )(?<!mẫu )(?<!quý )(?<!tuần )(?<!đợt )(?<!lần )(?P<a>\d{{1,2}})\s*/\s*(?P<ya>{_Y})"
    rf"(?:\s*(?:-|{_TO})\s*(?P<b>\d{{1,2}})\s*/\s*(?P<yb>{_Y}))?(?![/\-@\w])"
)
_LINK = r"\s*(?:-|,|;|và|\+|&|đến|tới)\s*(?:hết\s*|cuối\s*)?"
_LINK_OF_UNITS = _LINK.replace("|,|;", "")
""""Tháng 6, tháng 7" names two periods, "tháng 6 và tháng 7" one."""
_LEFT_OVER = re.compile(
    r"(?<!\w)(?<!hàng )(?<!hằng )(?<!theo )(?<!mỗi )(?<!từng )(?:tháng|quý|tuần)\s*"
    rf"(?:(?:thứ\s+)?(?:\d[\w/.\-]*|(?:{_ROMAN})(?!\w))|[.…_]+|(?!năm\s|và\s|của\s)[^\W\d]+\s+(?:năm\s*)?{_Y})"
    rf"|(?<!các )(?<!hàng )(?<!hằng )(?<!theo )(?<!\d )(?<!\d)tháng\s+năm\s+{_Y}"
    rf"|(?<!\w){_TO}\s*(?:ngày\s*)?\d{{1,2}}\s*[/.\-]\s*\d[\d/.\-]*"
)
_ASIDE = re.compile(
    r"nhiệm vụ|phương hướng|kế hoạch|dự kiến|ước|chương trình|giải pháp|so với|so cùng|cùng kỳ|chuyển|tồn từ"
)
"""Words behind which a second period is not the one of the table: "kết quả tháng 6, nhiệm vụ tháng 7"."""


@cache
def _list_chains(unit: str, short: str, number: str) -> tuple[re.Pattern[str], ...]:
    """List the forms of one unit: several numbers with one year, units one after the other, the unit's letter."""
    one = rf"\s*(?:{number})(?!\w)(?:{_OF_ANY_YEAR})?"
    return (
        re.compile(
            rf"(?<!\w){unit}(?P<chain>\s*(?:{number})(?!\w)(?:{_LINK}(?:{number})(?!\w))+(?:{_OF_ANY_YEAR}|(?=\s*\))))"
        ),
        re.compile(rf"(?<!\w){unit}(?P<chain>{one}(?:{_LINK_OF_UNITS}{unit}{one})*)"),
        re.compile(rf"(?<![\w@]){short}(?P<chain>[\s.]*(?:{number}){_OF_ANY_YEAR})"),
    )


_CHAINS = (
    (r"tuần(?:\s+thứ)?(?:\s+số)?", "w", r"\d{1,2}", periods.make_weeks),
    ("tháng", "t", rf"\d{{1,2}}|{_ROMAN}", periods.make_months),
    ("quý", "q", "iv|iii|ii|i|[1-4]", periods.make_quarters),
)


@dataclass(frozen=True)
class TitlePeriods:
    """Holds what a text says of its period.

    `stated`: the period that it states; `implied`: what may stand for it where nothing else does: the year of a plan,
    else the day of the paper; `unread`: words that name a period, or several that disagree, of which nothing certain
    can be read; where there are any, neither of the others is. `years`: those that the text names.
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


def read_periods(folded: str, elsewhere: frozenset[int] = frozenset()) -> TitlePeriods:
    """Read the periods of a text that `periods.fold_words` has folded.

    `elsewhere`: years that the file names on its other sheets and in its name: one alone is the year of a period that
    has none.
    """
    return _Reading(folded, elsewhere).read()


class _Reading:
    """Holds a text while it is read: `text` with tokens for whole days, `rest` without what has been read of it."""

    def __init__(self, folded: str, elsewhere: frozenset[int]) -> None:
        named = {int(year) for year in _ANY_YEAR.findall(_NOT_ITS_YEAR.sub(" ", folded))}
        self.years = frozenset(year for year in named if periods.is_year(year))
        self.elsewhere = elsewhere
        self.days: list[tuple[date | None, str]] = []
        self.unread: list[str] = []
        self.text = _DAY.sub(self._note_day, folded)
        self.rest = self.own = self.text  # `own`: without the days of papers
        self.has_year_of_paper = False
        self.short_days: list[_Named] = []

    def read(self) -> TitlePeriods:
        """Read the forms from the most certain to the least; what is unread outranks what is weaker than it."""
        papers = self._take(_PAPER, lambda said: self._find_token(said, "abc"))
        self.own = self.rest
        self._take(_BLANK_DAY, lambda said: _Fate.DONE)
        days = [*self._take(_RANGE, self._make_range), *self._take(_UPTO, self._make_last_day)]
        self._take(_NO_LAST_DAY, lambda said: _Fate.DONE)
        stated: DataDate | None = None
        steps: tuple[Callable[[], list[_Named]], ...] = (lambda: days, self._take_stretches, self._take_lone_days)
        for step in steps:
            stated = self._choose(step())
            if stated is not None or self.unread:
                break
        if stated and papers and self.has_year_of_paper and stated.start > papers[0].period.end:
            self.unread.append(self.own.split("(")[0].strip()[:60])  # no paper tells of what begins after it
        if self.unread:
            words = (" ".join(self._spell(words).split()) for words in self.unread)
            return TitlePeriods(unread=tuple(dict.fromkeys(words)), years=self.years)
        return TitlePeriods(stated, self._imply(papers), (), self.years)

    # The steps ---------------------------------------------------------------------------------------------------

    def _take_stretches(self) -> list[_Named]:
        """Take weeks, months and quarters out of the rest; parts of them first, that nothing is read halfway."""
        self.short_days = self._take(_DAY_OF_NO_YEAR, self._make_last_day)
        weak, self.unread = self.unread, []
        self._take(_DAY_OF_NO_MONTH, self._keep_unread)
        halfway = [said[0] for said in _HALFWAY.finditer(self.rest)]
        self._take(_HALFWAY, lambda said: _Fate.DONE)
        found = self._take(_COUNTED, self._make_counted)
        for unit, short, number, make in _CHAINS:
            for pattern in _list_chains(unit, short, number):
                found += self._take(pattern, partial(self._make_chain, number, make))
        found += self._take(_MONTH_OF_YEAR, self._make_month_of_year)
        if not found:
            self.unread += weak + halfway + [said[0] for said in _LEFT_OVER.finditer(self.rest)]
        return found

    def _take_lone_days(self) -> list[_Named]:
        self._take(_SERIAL_OR_DAY, self._keep_unread)
        return [*self.short_days, *self._take(_LONE_DAY, lambda said: self._find_token(said, "a"))]

    def _choose(self, found: list[_Named]) -> DataDate | None:
        """Choose the period of the table among those that were read; when they disagree, none: they are unread.

        One that another holds is the closer one ("tuần 28, tháng 7"); one behind words of comparison or of plans is
        not meant where another is.
        """
        ordered = sorted(found, key=lambda one: one.at)
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

    def _is_aside(self, one: _Named, before: _Named) -> bool:
        line = self.text.rfind("\n", 0, one.at) + 1
        return _ASIDE.search(self.text[max(before.end, line) : one.at]) is not None

    def _imply(self, papers: list[_Named]) -> DataDate | None:
        """Return the year that is named alone, else the day of the paper. Years that disagree imply nothing."""
        named = {int(said[1]) for said in _YEAR.finditer(_NOT_ITS_YEAR.sub(" ", self.rest))}
        if named:
            return periods.make_year(named.pop()) if len(named) == 1 else None
        return papers[0].period if papers else None

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
        if not year and not which and count not in (3, 6, 9, 12):
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
        for one in reversed(list(re.finditer(rf"(?<!\w)({number})(?!\w)(?:{_OF_YEAR})?", said["chain"]))):
            year = int(one["y"]) if one["y"] else year or self._find_year(said.start())
            if year is None:
                return _Fate.LEFT
            parts.append((year, ROMAN.get(one[1]) or int(one[1])))
        return make(parts[-1], parts[0]) or self._keep_unread(said)

    @staticmethod
    def _make_month_of_year(said: re.Match[str]) -> DataDate | _Fate:
        first = (int(said["ya"]), int(said["a"]))
        return periods.make_months(first, (int(said["yb"]), int(said["b"])) if said["b"] else first) or _Fate.LEFT

    # Days and years ----------------------------------------------------------------------------------------------

    def _note_day(self, said: re.Match[str]) -> str:
        """Note a whole day, and return its token; a number before "tháng" that may be no day stays as it is."""
        if said["db"] and not _DAY_SAID.search(said.string[: said.start()].split("\n")[-1]):
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
        """Find the last day that a form names. One without a year has that which stands elsewhere, but for January: a
        plan of a year is paid until the January after it, and there the year of a plan does not tell."""
        if said["to"]:
            return self.days[int(said["to"])][0]
        year, month = self._find_year(said.start()), int(said["m2"])
        if year is None or (month == 1 and re.search(rf"(?:kế hoạch|vốn)[^\n]*năm\s*{year}", self.text)):
            return None
        return periods.make_day(year, month, int(said["d2"]))

    def _find_year(self, at: int) -> int | None:
        """Find the one year that the line names, else the text, else the file elsewhere, else the day of the paper."""
        line = self.own[self.own.rfind("\n", 0, at) + 1 :].split("\n")[0]
        for years in (self._list_years(line), self._list_years(self.own), self.elsewhere, self.years):
            if years:
                self.has_year_of_paper |= years is self.years
                return next(iter(years)) if len(years) == 1 else None
        return None

    def _list_years(self, words: str) -> set[int]:
        named = {int(year) for year in _ANY_YEAR.findall(_NOT_ITS_YEAR.sub(" ", words))}
        return named | {day.year for number in re.findall(r"@(\d+)@", words) if (day := self.days[int(number)][0])}

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
