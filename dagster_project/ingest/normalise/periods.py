"""Days and stretches of days, and the words in which people write them: "tháng bảy", "quý tư".

NĐ 30/2020 lets the day of a solemn paper be spelt out: "năm hai nghìn không trăm hai mươi lăm".
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from dagster_project.ingest.normalise import text

FIRST_YEAR, LAST_YEAR = 1990, 2100  # outside it a date of these feeds is a slip, not a date
Precision = Literal["day", "week", "month", "months", "quarter", "year", "range"]
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
ROMAN = {name: number for number, name in enumerate(_ROMAN, start=1)}
"""Quarters, and now and then months, as offices number them."""


@dataclass(frozen=True)
class DataDate:
    """Holds the days that a title or name speaks of: `start` = `end` for a day, the first and last day of a month, …

    `months`: some months of one year, as in "6 tháng đầu năm"; `range`: between two days that are both named.
    """

    kind: Precision
    start: date
    end: date

    @property
    def value(self) -> date:
        """Returns the last day spoken of."""
        return self.end


def is_year(year: int) -> bool:
    """Tell whether these feeds can mean this year."""
    return FIRST_YEAR <= year <= LAST_YEAR


def make_day(year: int, month: int, day: int) -> date | None:
    """Make a day of three numbers; None when there is none, or none that these feeds can mean."""
    if not (is_year(year) and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]):
        return None
    return date(year, month, day)


def make_months(first: tuple[int, int], last: tuple[int, int]) -> DataDate | None:
    """Make the stretch between two months (year, month), both included; None when it is none. One month is a month."""
    begin, last_begin = make_day(*first, 1), make_day(*last, 1)
    if begin is None or last_begin is None or begin > last_begin:
        return None
    end = last_begin.replace(day=calendar.monthrange(*last)[1])
    return DataDate("month" if first == last else "months", begin, end)


def make_quarters(first: tuple[int, int], last: tuple[int, int]) -> DataDate | None:
    """Make the stretch between two quarters (year, quarter), both included; None when it is none."""
    if not (1 <= first[1] <= 4 and 1 <= last[1] <= 4):
        return None
    found = make_months((first[0], 3 * first[1] - 2), (last[0], 3 * last[1]))
    return found and DataDate("quarter" if first == last else "months", found.start, found.end)


def make_weeks(first: tuple[int, int], last: tuple[int, int]) -> DataDate | None:
    """Make the stretch between two ISO weeks (year, week), Monday to Sunday; None when it is none."""
    try:
        begin, end = date.fromisocalendar(*first, 1), date.fromisocalendar(*last, 7)
    except ValueError:
        return None
    if begin > end or not (is_year(first[0]) and is_year(last[0])):
        return None
    return DataDate("week" if first == last else "range", begin, end)


def make_first_months(year: int, count: int) -> DataDate | None:
    """Make the first months of a year: "9 tháng đầu năm"."""
    found = make_months((year, 1), (year, count))
    return found and DataDate("months", found.start, found.end)


def make_last_months(year: int, count: int) -> DataDate | None:
    """Make the last months of a year: "6 tháng cuối năm"."""
    found = make_months((year, 13 - count), (year, 12))
    return found and DataDate("months", found.start, found.end)


def make_year(year: int) -> DataDate | None:
    """Make a year; None when these feeds cannot mean it."""
    return DataDate("year", date(year, 1, 1), date(year, 12, 31)) if is_year(year) else None


# Words → digits ------------------------------------------------------------------------------------------------------

_ONES = ("một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_OTHER_ONES = {4: ("tư",), 7: ("bẩy",)}
_AFTER_TENS = {1: ("mốt", "một"), 4: ("tư", "bốn"), 5: ("lăm", "nhăm")}
"""How the last digit is said behind "mươi". Five is never "năm" there, which would be a year."""


def _list_number_words() -> dict[str, int]:
    """List every way to say 1 to 99."""
    ones = {number: (word, *_OTHER_ONES.get(number, ())) for number, word in enumerate(_ONES, start=1)}
    said = {word: number for number, words in ones.items() for word in words} | {"mười": 10}
    last = {number: _AFTER_TENS.get(number, words) for number, words in ones.items()}
    for number, words in last.items():
        said |= {f"mười {word}": 10 + number for word in words if word not in ("mốt", "tư")}
        said |= {
            f"{_ONES[tens - 1]} {mark}{word}": 10 * tens + number
            for tens in range(2, 10)
            for mark in ("mươi ", "")
            for word in words
            if mark or word not in ("một", "bốn", "năm")
        }
    return said | {f"{_ONES[tens - 1]} mươi": 10 * tens for tens in range(2, 10)}


_NUMBER_WORDS = _list_number_words()
_MONTH_WORDS = {"giêng": 1, "chạp": 12}
_NUMBER = "(?:" + "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True)) + ")"
_OF_YEAR = rf"năm hai (?:nghìn|ngàn)(?: không trăm)?(?: (?:linh|lẻ))? ({_NUMBER})(?!\w)"
# "tháng năm năm 2025" is May; "tháng năm 2025" is left as it stands, for it can mean the months of a year, too.
_BEFORE = re.compile(rf"(?<!\w)(ngày|(?<!hàng )(?<!hằng )tháng|quý|tuần(?: thứ)?) (?:({_NUMBER})|(giêng|chạp))(?!\w)")
_COUNT = re.compile(rf"(?<!\w)({_NUMBER}) (?=tháng (?:đầu|cuối|năm) )")
_WORDS_OF_DIGITS = re.compile(_OF_YEAR)


def write_digits(folded: str) -> str:
    """Write numbers in digits where a day, month, quarter, week or year is said in words; `folded` is a comparison
    key."""
    years = _WORDS_OF_DIGITS.sub(lambda said: f"năm {2000 + _NUMBER_WORDS[said[1]]}", folded)
    counted = _COUNT.sub(lambda said: f"{_NUMBER_WORDS[said[1]]} ", years)
    return _BEFORE.sub(lambda said: _write_numbered(said, counted), counted)


def _write_numbered(said: re.Match[str], whole: str) -> str:
    """Return "tháng 7" for "tháng bảy". A "năm" right before a number is the word for year, not five."""
    if said[2] == "năm" and re.match(r"\s*(?:\d|hai (?:nghìn|ngàn))", whole[said.end() :]):
        return said[0]
    return f"{said[1]} {_NUMBER_WORDS[said[2]] if said[2] else _MONTH_WORDS[said[3]]}"


# Text above a table, folded ------------------------------------------------------------------------------------------

_DASHES = re.compile("[‐‑‒–—―−~→÷]")
_YEAR = r"(?:19|20|21)\d{2}(?!\d)"
_OF_HALF = rf"[\s,(/.\-]*(?:năm\s*)?(?={_YEAR})"
_HALVES = (
    (
        re.compile(rf"(?<!\w)(?:6 tháng )?(?:nửa đầu năm|nửa năm đầu|bán niên(?: đầu)?(?: năm)?|h ?1){_OF_HALF}"),
        "6 tháng đầu năm ",
    ),
    (re.compile(rf"(?<!\w)(?:nửa (?:cuối|sau) năm|h ?2){_OF_HALF}"), "6 tháng cuối năm "),
    (re.compile(r"(?<!\d)((?:19|20|21)\d{2})[\s,(/.\-]*(?:h1|bán niên)(?!\w)"), r"6 tháng đầu năm \1 "),
    (re.compile(r"(?<!\d)((?:19|20|21)\d{2})[\s,(/.\-]*h2(?!\w)"), r"6 tháng cuối năm \1 "),
)
"""Half years, beside their year: "bán niên năm 2025", "H1/2025", "2025-H2"."""
SERIALS = (
    "phụ lục|phu luc|phụ biểu|phu bieu|biểu mẫu|bieu mau|mẫu|mau|phiếu|phieu|lần|lan|stt|số|pl|bm|tờ|quyển|tập|mục"
    "|phần|phan|khu|tổ|nhóm|nhom|gói|goi|lô|tuyến"
)
"""Words behind which a number counts papers, sheets or places: it is no day and no month, whatever follows it."""
FORMS = rf"{SERIALS}|biểu|bieu|bảng|bang|danh sách|danh sach|danh mục|danh muc|trang|sheet|bản|thôn|xóm|khóa|khoá"
_HIDE = {ord(str(digit)): chr(0xE000 + digit) for digit in range(10)}
_SHOW = {ord(hidden): chr(digit) for digit, hidden in _HIDE.items()}
_SERIAL_NUMBER = re.compile(
    rf"(?<![^\W_])((?:{FORMS})(?:\s+(?:số|thứ))?[\s.:]*)(\d{{1,3}}(?:\.\d{{1,2}})*)(?!\w)"
    rf"(?!\s*(?:giờ|,?\s*năm|ngày đầu|ngày cuối|tuần đầu))"
    rf"(?! ?[.\-]\d|\s*/(?!\s*{_YEAR}))(?!\s*(?:tháng|t(?![^\W\d_]))(?!\s*\d{{1,2}}(?!\d)))"
)
_ACCENTS = {
    "thang": "tháng", "quy": "quý", "tuan": "tuần", "ngay": "ngày", "den": "đến", "toi": "tới", "tu": "từ",
    "het": "hết", "dau": "đầu", "cuoi": "cuối", "ky": "kỳ", "va": "và", "nua": "nửa", "giua": "giữa", "truoc": "trước",
    "kem": "kèm", "thu": "thứ", "nhiem": "nhiệm", "vu": "vụ", "ban nien": "bán niên", "nien do": "niên độ",
    "dot": "đợt", "lan": "lần", "dong xuan": "đông xuân", "he thu": "hè thu", "mua": "mùa", "thuong": "thượng",
    "quyet dinh": "quyết định", "nghi quyet": "nghị quyết", "nghi dinh": "nghị định", "thong tu": "thông tư",
    "ban hanh": "ban hành", "ke hoach": "kế hoạch", "uoc": "ước", "du kien": "dự kiến",
}  # fmt: skip
_ACCENTS_BUT = {"nam": "năm", "so": "số"}  # but of "viet nam" and "ho so"
_BARE_BEFORE_DIGITS = re.compile(r"(?<![^\W_])(thang|quy|tuan|ngay|(?<!việt )nam)(?= ?\d)")
_OF_FIRST_DAYS = re.compile(r"(?<!\w)(?:ngày )?m[ùồ]ng(?= )")
_COLON = re.compile(r"(?<!\w)(tháng|quý|tuần|năm)\s*:\s*(?=(?:\d+|[ivx]+)(?!\w))")
""""Tháng: 6", "Năm: 2025"."""
_SHORT_YEAR = re.compile(r"((?<![^\W_])(?:tháng|quý|t|q) ?(?:\d{1,2}|[iv]{1,4}) ?[/.\-] ?)([2-9]\d)(?![\w/.\-])")
""""Tháng 6/25": no month is that high, so it is a year."""
_BARE = re.compile(r"(?<![^\W_])(" + "|".join(_ACCENTS) + r"|(?<!viet )nam|(?<!ho )so)(?![^\W\d_])")


def fold_words(written: str, taught: Mapping[str, str]) -> str:
    """Fold text line by line for the search of periods: as a comparison key, dashes alike, accents given back to words
    of time in a line that has none, what an office's layout teaches (`periods`) in the words that it means, numbers in
    digits, half years in months. The number of a form ("biểu 3, tháng 7") is hidden: `show_numbers`."""
    folded = _COLON.sub(r"\1 ", "\n".join(_fold_line(line) for line in written.split("\n")))
    for words, meaning in taught.items():
        folded = _find_words(words).sub(text.make_key(meaning), folded)
    for half, months in _HALVES:
        folded = half.sub(months, folded)
    return _SERIAL_NUMBER.sub(lambda said: said[1] + said[2].translate(_HIDE), write_digits(folded))


def give_words_back(folded: str, written: str, taught: Mapping[str, str]) -> str:
    """Return folded text with an office's own words again where `fold_words` has put what the layout teaches of them:
    whoever is told of it finds them in the file (`written`)."""
    lines = "\n".join(_fold_line(line) for line in written.split("\n"))
    for words, meaning in taught.items():
        if _find_words(words).search(lines):
            folded = folded.replace(write_digits(text.make_key(meaning)), text.make_key(words))
    return folded


def show_numbers(folded: str) -> str:
    """Return folded text with the numbers that `fold_words` has hidden from the search."""
    return folded.translate(_SHOW)


def _fold_line(line: str) -> str:
    key = _DASHES.sub("-", text.make_key(line))
    known = (_BARE if key.isascii() else _BARE_BEFORE_DIGITS).sub(
        lambda bare: _ACCENTS.get(bare[1]) or _ACCENTS_BUT[bare[1]], key
    )
    return _SHORT_YEAR.sub(r"\g<1>20\2", _OF_FIRST_DAYS.sub("ngày", known))


@cache
def _find_words(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(_DASHES.sub('-', text.make_key(words)))}(?!\w)")
