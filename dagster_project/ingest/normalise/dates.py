"""Dates as offices write them in cells → datetime64[us].

Columns are read through their distinct cells with Arrow kernels, so that a million timestamps cost no Python loop; what
people say in words ("17h00 ngày 09/07/2025", "08:30 SA") is read one by one. Times are local (Asia/Ho_Chi_Minh); an ISO
time with another offset is brought to it. Two-digit years are 20yy. Whether the day or the month stands first, the
column says (`styles.py`).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.core.clock import HO_CHI_MINH
from dagster_project.ingest.normalise import periods, text
from dagster_project.ingest.normalise.periods import FIRST_YEAR, LAST_YEAR

STYLES = ("dmy", "iso", "compact", "excel", "excel_text")
"""`dmy` 1/7/2025[ 16:51[:05]], `iso`, `compact` yyyyMMdd[HHmm[ss]], `excel` numeric cells, `excel_text` "45852"."""

_LOCAL_MINUTES = 7 * 60  # UTC+7 all year
# Excel counts a 29 February 1900 that never was, so that its day 1 is reckoned from 30 December 1899.
_EXCEL_EPOCH = np.datetime64("1899-12-30T00:00:00", "us")
_SERIALS = (32_874, 73_416)  # 1/1/1990 up to, not including, 1/1/2101
_DAYS_TO_1904 = 1_462  # a workbook that counts from 1904 is behind by so much
_DAY_SECONDS = 86_400

_CLOCK = r"(?:[T ,]+(?P<H>\d{1,2})[:h](?P<M>\d{2})(?::(?P<S>\d{2})(?:\.\d+)?)?)?"
_PATTERNS = {  # of texts that are not digits alone; "compact" and "excel_text" are
    "dmy": [
        rf"^(?P<d>\d{{1,2}}){mark}(?P<m>\d{{1,2}}){mark}(?P<y>\d{{4}}|\d{{2}}){_CLOCK}$" for mark in ("/", r"\.", "-")
    ],
    "iso": [rf"^(?P<y>\d{{4}})-(?P<m>\d{{1,2}})-(?P<d>\d{{1,2}}){_CLOCK}\s?(?P<z>Z|[+-]\d{{2}}:?\d{{2}})?$"],
}


@dataclass(frozen=True)
class DateForm:
    """Says how the cells of a column may write a day: `styles` of STYLES, `order` of day and month, and the year from
    which bare day numbers count. Of "mixed" columns a day that can be read both ways is refused."""

    styles: tuple[str, ...] = ("dmy", "iso", "compact", "excel")
    order: Literal["dmy", "mdy", "mixed"] = "dmy"
    first_year: Literal[1900, 1904] = 1900


@dataclass(frozen=True)
class DateResult:
    """Holds `values` (datetime64[us], the index of the cells), `bad`: which cells are no date that can be, and
    `ambiguous`: which could be two days."""

    values: pd.Series
    bad: pd.Series
    ambiguous: pd.Series | None = field(default=None)


def parse_datetime(series: pd.Series, form: DateForm | Iterable[str] = DateForm()) -> DateResult:
    """Read cells as moments. "-", "…" and empty are missing; an impossible date, a form that is not allowed or a year
    outside 1990–2100 is bad. Excel serials are rounded to the second."""
    allowed = form if isinstance(form, DateForm) else DateForm(tuple(form))
    if allowed.order == "mixed":
        return _parse_both_ways(series, allowed)
    series = text.convert_to_text(series)
    if text.is_text(series):
        strings, codes = text.split_codes(series)
        values, bad = _read_strings(text.convert_to_series(strings), allowed)
        values, bad = np.append(values, np.datetime64("NaT"))[codes], np.append(bad, False)[codes]
        return DateResult(pd.Series(values, index=series.index), pd.Series(bad, index=series.index))
    cells = text.find_distinct(series)
    values = np.full(len(cells.values), np.datetime64("NaT"), dtype="datetime64[us]")
    kinds = np.array([_tell_kind(value) for value in cells.values], dtype="U6")
    is_text, is_number, is_moment = kinds == "text", kinds == "number", kinds == "moment"
    bad = ~is_text
    if is_text.any():
        values[is_text], bad[is_text] = _read_strings(pd.Series(cells.values[is_text], dtype="str"), allowed)
    if is_number.any():
        values[is_number] = _read_numbers(cells.values[is_number].astype("float64"), allowed)
    if is_moment.any():
        values[is_moment] = np.array([_drop_zone(value) for value in cells.values[is_moment]], dtype="datetime64[us]")
    values = _keep_known_years(values)
    spread = np.append(values, np.datetime64("NaT"))[cells.codes]
    return DateResult(pd.Series(spread, index=series.index), cells.spread_flags(np.isnat(values) & bad))


def _parse_both_ways(series: pd.Series, form: DateForm) -> DateResult:
    """Read a column in which some cells have the day first and some the month: what both orders read alike, or only one
    of them reads at all, is sure."""
    by_day = parse_datetime(series, replace(form, order="dmy"))
    by_month = parse_datetime(series, replace(form, order="mdy"))
    both = by_day.values.notna() & by_month.values.notna()
    ambiguous = both & by_day.values.ne(by_month.values)
    values = by_day.values.fillna(by_month.values).mask(ambiguous)
    return DateResult(values, by_day.bad & by_month.bad, ambiguous)


def _read_strings(strings: pd.Series, form: DateForm) -> tuple[np.ndarray, np.ndarray]:
    """Read a column of texts as moments; return them, and which texts are neither a moment nor a sign for "none"."""
    cleaned = text.clean(strings)
    values = _keep_known_years(_read_texts(cleaned, form))
    unread = np.isnat(values)
    if unread.any():
        rest = cleaned[unread]
        unread[unread] = (rest.notna() & ~rest.isin(text.MISSING)).to_numpy()
    if unread.any() and "dmy" in form.styles:
        said = [_read_said_moment(cell, form.order) for cell in cleaned[unread]]
        values[unread] = _keep_known_years(np.array(said, dtype="datetime64[us]"))
        unread &= np.isnat(values)
    return values, unread


_MARKED_DAY = (
    r"(?<![\d/.\-])(?P<d>\d{1,2})\s?(?P<mark>[/.\-])\s?(?P<m>\d{1,2})\s?(?P=mark)\s?(?P<y>\d{4}|\d{2})(?![\d/.\-])"
)
_SAID_DAYS = (
    re.compile(_MARKED_DAY),
    re.compile(r"(?<!\d)(?P<d>\d{1,2}) tháng (?P<m>\d{1,2}) năm (?P<y>\d{4})(?!\d)"),
)
_SAID_CLOCK = re.compile(
    r"(?<!\d)(?P<H>\d{1,2})\s?(?:giờ|h|g|:)\s?(?:(?P<M>\d{2})\s?(?:phút|p|')?(?:\s?:\s?(?P<S>\d{2}))?)?"
    r"\s?(?P<half>sa|ch|am|pm|sáng|chiều|tối|trưa)?(?![^\W_])"
)
_BESIDE_A_DAY = re.compile(r"(?:ngày|lúc|vào|hồi|thứ (?:[2-7]|hai|ba|tư|năm|sáu|bảy)|chủ nhật|[\s,;:()\-–])*")
_AFTERNOON = ("ch", "pm", "chiều", "tối")


def _read_said_moment(cell: str, order: str) -> np.datetime64:
    """Read a day, and perhaps a time before or after it, as people say it; NaT when anything is left over."""
    said = periods.write_digits(text.make_key(cell))
    clock = _SAID_CLOCK.search(said)
    rest = said if clock is None else f"{said[: clock.start()]} {said[clock.end() :]}"
    day = next((found for form in _SAID_DAYS if (found := form.search(rest)) is not None), None)
    if day is None or not _BESIDE_A_DAY.fullmatch(rest[: day.start()] + " " + rest[day.end() :]):
        return np.datetime64("NaT")
    first, second = int(day["d"]), int(day["m"])
    is_month_first = order == "mdy" and "mark" in day.groupdict()
    month, date_of_month = (first, second) if is_month_first else (second, first)
    year = int(day["y"]) + (2000 if len(day["y"]) == 2 else 0)
    hour, minute, moment_second = (int(clock[part] or 0) if clock else 0 for part in "HMS")
    if clock is not None and clock["half"]:
        if hour > 12:
            hour -= 12 if clock["half"] in _AFTERNOON else 0  # "17:00 CH" is said, too
        hour = hour % 12 + (12 if clock["half"] in _AFTERNOON or (clock["half"] == "trưa" and hour >= 11) else 0)
    parts = (np.array([part]) for part in (year, month, date_of_month, hour, minute, moment_second))
    return np.datetime64(_make_moments(*parts)[0])


_YEAR_FIRST = re.compile(
    r"(?P<y>\d{4})(?:-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?!\d)|(?P<mc>\d\d)(?P<dc>\d\d)(?:\d{4}|\d{6})?$)"
)
_BARE_DAY = re.compile(r"(?<!\d)(\d{1,2})\s?[/.\-]\s?(\d{1,2})(?!\d)")
_BARE_MONTH = re.compile(r"(?:tháng )?(\d{1,2})\s?[/.\-]\s?\d{4}")
_ENGLISH_DAY = re.compile(
    r"\d{1,2}[\s\-/.,]*(?P<m>[a-z]{3})[a-z]*[\s\-/.,]+(?:\d{4}|\d{2})|(?P<m2>[a-z]{3})[a-z]*[\s\-]\d{1,2},?[\s\-]\d{2,4}"
)
_ENGLISH_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def explain_bad_day(cell: str) -> str:
    """Say in Vietnamese why a cell is no day, as far as it can be told: a day that its month lacks, a month in English,
    a part that is missing. Nothing of its words is repeated."""
    said = periods.write_digits(text.make_key(cell))
    whole = next((found for form in _SAID_DAYS if (found := form.search(said)) is not None), None)
    if whole is not None:
        return _explain_whole_day(*(int(whole[part]) for part in "dmy"))
    stamp = _YEAR_FIRST.match(said)
    if stamp is not None:
        return _explain_whole_day(int(stamp["d"] or stamp["dc"]), int(stamp["m"] or stamp["mc"]), int(stamp["y"]))
    english = _ENGLISH_DAY.fullmatch(said)
    if english is not None and (english["m"] or english["m2"]) in _ENGLISH_MONTHS:
        number = _ENGLISH_MONTHS.index(english["m"] or english["m2"]) + 1
        return f"tên tháng viết bằng tiếng Anh: ghi tháng bằng số, là {number:02d}"
    if _BARE_MONTH.fullmatch(said):
        return "chỉ có tháng và năm: ghi thêm ngày"
    if _BARE_DAY.fullmatch(said):
        return "không có năm: ghi thêm năm"
    return "chữ trong ô không phải là ngày: để trống nếu chưa có ngày"


def _explain_whole_day(day: int, month: int, year: int) -> str:
    year += 2000 if year < 100 else 0
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return f"năm {year} nằm ngoài {FIRST_YEAR}-{LAST_YEAR}"
    if not 1 <= month <= 12:
        return f"không có tháng {month}: ghi ngày trước, tháng sau"
    last = calendar.monthrange(year, month)[1]
    if not 1 <= day <= last:
        return f"tháng {month}/{year} chỉ có {last} ngày"
    return "trong ô còn chữ hoặc giờ không đọc được: chỉ ghi ngày"


def _tell_kind(cell: Any) -> str:
    if isinstance(cell, str):
        return "text"
    if isinstance(cell, (date, np.datetime64)):  # datetime and Timestamp are dates too
        return "moment"
    is_number = isinstance(cell, (int, float, np.number)) and not isinstance(cell, (bool, np.timedelta64))
    return "number" if is_number else "other"


def _drop_zone(moment: Any) -> Any:
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return pd.Timestamp(moment).tz_convert(HO_CHI_MINH).tz_localize(None).to_datetime64()
    return moment


def _keep_known_years(values: np.ndarray) -> np.ndarray:
    years = values.astype("datetime64[Y]").astype(np.int64) + 1970
    return np.where(np.isnat(values) | (years < FIRST_YEAR) | (years > LAST_YEAR), np.datetime64("NaT"), values)


def _read_numbers(numbers: np.ndarray, form: DateForm) -> np.ndarray:
    """Read numeric cells: Excel serials, or yyyyMMdd[HHmmss] written as a number; their ranges are far apart."""
    moments = np.full(len(numbers), np.datetime64("NaT"), dtype="datetime64[us]")
    if "excel" in form.styles or "excel_text" in form.styles:
        counted = numbers + (_DAYS_TO_1904 if form.first_year == 1904 else 0)
        serial = (counted >= _SERIALS[0]) & (counted < _SERIALS[1])
        seconds = np.round(np.where(serial, counted, 0) * _DAY_SECONDS).astype("timedelta64[s]")
        moments = np.where(serial, _EXCEL_EPOCH + seconds, moments)
    if "compact" in form.styles:
        whole = (numbers >= 1e7) & (numbers < 1e14) & (numbers == np.floor(numbers))
        if whole.any():
            written = pd.Series(numbers[whole].astype(np.int64)).astype("str")
            moments[whole] = _read_compact(pa.array(written, type=pa.large_string()))
    return moments


def _read_texts(strings: pd.Series, form: DateForm) -> np.ndarray:
    """Read clean texts as moments, NaT where no allowed form fits or the date does not exist."""
    moments = np.full(len(strings), np.datetime64("NaT"), dtype="datetime64[us]")
    arrow = pc.fill_null(pa.array(strings, type=pa.large_string()), "")
    # Also "¹" is a digit of Unicode, and none of a date.
    is_digits = pc.and_(pc.utf8_is_digit(arrow), pc.string_is_ascii(arrow))
    digits = np.asarray(is_digits.to_numpy(zero_copy_only=False), dtype=bool)
    styles = form.styles
    if "compact" in styles and digits.any():
        moments[digits] = _read_compact(arrow.filter(pa.array(digits)))
    rest = ~digits & (np.asarray(pc.binary_length(arrow)) > 0)
    for style in (style for style in styles if style in _PATTERNS):
        for pattern in _PATTERNS[style]:
            where = np.flatnonzero(rest)
            if not len(where):
                break
            found = pc.extract_regex(arrow.take(pa.array(where)), pattern=pattern)
            hit = np.asarray(pc.is_valid(found).to_numpy(zero_copy_only=False), dtype=bool)
            if hit.any():
                is_month_first = style == "dmy" and form.order == "mdy"
                moments[where[hit]] = _compose(found.filter(pa.array(hit)), is_month_first)
                rest[where[hit]] = False
    if "excel_text" in styles:
        unread = np.flatnonzero(np.isnat(moments))
        serial = strings.iloc[unread].str.fullmatch(r"\d{5}(?:[.,]\d+)?").fillna(False).to_numpy(dtype=bool)
        numbers = strings.iloc[unread[serial]].str.replace(",", ".", regex=False).astype("float64").to_numpy()
        moments[unread[serial]] = _read_numbers(numbers, replace(form, styles=("excel",)))
    return moments


def _read_compact(digits: pa.Array) -> np.ndarray:
    """Read yyyyMMdd, yyyyMMddHHmm and yyyyMMddHHmmss; texts of other lengths are no dates."""
    length = np.asarray(pc.binary_length(digits))
    padded = pc.utf8_slice_codeunits(pc.utf8_rpad(digits, width=14, padding="0"), 0, 14)
    number = np.asarray(pc.cast(padded, pa.int64()))
    day, clock = number // 1_000_000, number % 1_000_000
    moments = _make_moments(
        day // 10_000, day // 100 % 100, day % 100, clock // 10_000, clock // 100 % 100, clock % 100
    )
    return np.where(np.isin(length, (8, 12, 14)), moments, np.datetime64("NaT"))


def _compose(parts: pa.StructArray, is_month_first: bool = False) -> np.ndarray:
    """Compose moments of the named parts of the matched texts; NaT where the parts are no date (31/6, 24:10)."""
    names = {field.name for field in parts.type}
    zero = np.zeros(len(parts), np.int64)
    y, m, d, hour, minute, second = (_cast_integers(parts, name) if name in names else zero for name in "ymdHMS")
    m, d = (d, m) if is_month_first else (m, d)
    moment = _make_moments(np.where(y < 100, y + 2000, y), m, d, hour, minute, second)
    return moment + _compute_offsets(parts.field("z")).astype("timedelta64[m]") if "z" in names else moment


def _make_moments(
    y: np.ndarray, m: np.ndarray, d: np.ndarray, hour: np.ndarray, minute: np.ndarray, second: np.ndarray
) -> np.ndarray:
    real = (y >= 1) & (m >= 1) & (m <= 12) & (d >= 1) & (d <= 31) & (hour < 24) & (minute < 60) & (second < 60)
    month = ((np.where(real, y, 1970) - 1970) * 12 + np.where(real, m, 1) - 1).astype("datetime64[M]")
    day = month.astype("datetime64[D]") + (np.where(real, d, 1) - 1).astype("timedelta64[D]")
    real &= day.astype("datetime64[M]") == month
    moment = day.astype("datetime64[us]") + (hour * 3600 + minute * 60 + second).astype("timedelta64[s]")
    return np.where(real, moment, np.datetime64("NaT"))


def _cast_integers(parts: pa.StructArray, name: str) -> np.ndarray:
    strings = parts.field(name)
    filled = pc.if_else(pc.equal(strings, ""), pa.scalar("0", strings.type), strings)
    return np.asarray(pc.cast(filled, pa.int64()).to_numpy(zero_copy_only=False))


def _compute_offsets(zones: pa.Array) -> np.ndarray:
    """Return the minutes to add to bring a written ISO offset to local time; a time without one is local already."""
    written = zones.dictionary_encode()
    shifts = [_LOCAL_MINUTES - _parse_offset(zone) if zone else 0 for zone in written.dictionary.to_pylist()]
    return np.asarray(np.array(shifts, dtype=np.int64)[written.indices.to_numpy()])


def _parse_offset(zone: str) -> int:
    if zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return -minutes if zone[0] == "-" else minutes
