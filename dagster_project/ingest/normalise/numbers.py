"""Numbers as offices write them → numbers. A spreadsheet's own numbers stay as they are; text is read strictly.

Two styles are in use. Vietnamese ("vi"): dot or space between thousands, comma before decimals (`1.234,56`, `1 234`);
English ("en"): the other way round, and what machines write (`-1234.5`, `1e3`). Which one a cell is in, its column says
(`styles.py`): "mixed" columns hold cells of both, and there a cell that both could have written is refused. `(1.234)`
is negative. Đồng and counts are whole: there `850,000` and `850.000` are 850 thousand, and a part of one is refused.
"-", "…" and an empty cell mean that there is no figure: that is neither zero nor an error.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

import numpy as np
import pandas as pd

from dagster_project.ingest.normalise import quantities, text

Style = Literal["vi", "en", "mixed", "unsure"]
"""`unsure`: nothing in the file tells; the Vietnamese style is agreed, and what it and the English style would read
differently by a comma is refused."""

_OPEN, _CLOSE = r"(?P<open>\()?\s*(?P<sign>[-+−–])?\s*", r"\s*(?P<percent>%)?\s*(?(open)\))"
_VI = re.compile(
    rf"{_OPEN}(?P<whole>[0-9]+|[1-9][0-9]{{0,2}}(?:\.[0-9]{{3}})+|[1-9][0-9]{{0,2}}(?: [0-9]{{3}})+)"
    rf"(?:,(?P<part>[0-9]+))?{_CLOSE}"
)
_EN = re.compile(
    rf"{_OPEN}(?P<whole>[0-9]+|[1-9][0-9]{{0,2}}(?:,[0-9]{{3}})+|[1-9][0-9]{{0,2}}(?: [0-9]{{3}})+)"
    rf"(?:\.(?P<part>[0-9]*))?{_CLOSE}"
)
_GROUPS = re.compile(r"-?[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?:,[0-9]{3})+)")
# A mark that refers to a note under the table: "40 (2)", "12,5*", "7¹".
_FOOTNOTE = re.compile(r"(?<=[0-9)])(?:\s\([0-9]{1,2}\)|\s?[*†]+|[¹²³])$")
_MACHINE = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_MAX_DIGITS = 30  # more digits than any amount of money on earth: not a number but a mistake
_MAX_EXPONENT = 20  # of ten; beyond it nothing fits 64 bits, and decimal arithmetic would only work in vain
_INT64 = 2**63 - 1
# What binary fractions leave of a sum in a spreadsheet; a part of a đồng that an office wrote is far above it.
_NOISE = Decimal("1e-6")
ONE = Decimal(1)
FAULTS = (
    "unreadable_number", "ambiguous_number", "percent_not_expected", "part_of_a_whole", "unit_of_row_not_understood",
    "sign_of_dong",
)  # fmt: skip
"""Rules that a cell of numbers may break."""
_WITH_UNIT = re.compile(r"(?P<figure>[-+−–]?\s*[0-9][0-9., ]*?)\s*(?P<unit>[^\W\d_].*)")

_SIGNED = re.compile(r"(?P<figure>.*[0-9)])\s*₫")
"""A figure with the sign of đồng behind it, typed or shown by the format of its cell."""


@dataclass(frozen=True)
class Figure:
    """Holds a cell whose own row names its unit: `factor` is what one is in the contract's unit, None where the words
    (`unit`) do not tell it."""

    cell: Any
    unit: str
    factor: Decimal | None

    def __str__(self) -> str:
        return f"{text.write_cell(self.cell)} {self.unit}".strip()


@dataclass(frozen=True)
class NumberResult:
    """Holds `values` on the index of the cells (NA where there is none) and `faults`: rule of FAULTS → which cells
    break it, for the rules that any cell breaks."""

    values: pd.Series
    faults: dict[str, pd.Series]


Read = tuple[Decimal | None, str]
"""What one cell says: a number or None, and the rule of FAULTS that it breaks, "" for none."""


def parse_number(
    series: pd.Series, style: Style = "vi", factor: Decimal = ONE, unit: str | None = None
) -> NumberResult:
    """Read cells as Float64, in units of `factor` of the contract's `unit`; a cell that names its own unit ("120 m2")
    is read in that. In a column of percents "98,5%" is 98.5; elsewhere it is refused."""
    is_percent = unit == "%"
    if pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_bool_dtype(series.dtype):
        values = series.astype("Float64") if factor == 1 else series.astype("Float64") * float(factor)
        infinite = np.isinf(values.to_numpy(dtype="float64", na_value=np.nan))
        faults = {"unreadable_number": pd.Series(infinite, index=series.index)} if infinite.any() else {}
        return NumberResult(values.mask(infinite), faults)

    def read_unit(phrase: str) -> Decimal | None:
        return quantities.read_unit_of_cell(phrase, unit) if unit is not None else None

    return _parse(
        series,
        factor,
        lambda cell, _: _read_cell(cell, style, is_percent=is_percent),
        read_unit,
        _convert_to_float,
        "Float64",
    )


def parse_integer(series: pd.Series, style: Style = "vi", factor: Decimal = ONE) -> NumberResult:
    """Read cells as Int64, in units of `factor` ("nghìn hộ"); what is no whole number then is refused."""
    return _parse(
        series,
        factor,
        lambda cell, of_cell: _read_cell(cell, style, is_whole=of_cell == 1),
        lambda _: None,
        _convert_to_integer,
        "Int64",
    )


def parse_money(series: pd.Series, multiplier: Decimal | int = 1, style: Style = "vi") -> NumberResult:
    """Read cells in units of `multiplier` đồng as whole đồng (Int64), in decimal arithmetic; a cell that names its own
    unit ("3 tỷ") is read in that.

    A part of a đồng is refused where đồng are written; of larger units half a đồng is rounded away from zero.
    """
    return _parse(
        series,
        Decimal(multiplier),
        lambda cell, of_cell: _read_cell(cell, style, is_whole=of_cell == 1),
        lambda phrase: quantities.read_unit_of_cell(phrase, None),
        _convert_to_dong,
        "Int64",
    )


def _convert_to_dong(amount: Decimal) -> int | None:
    is_small = amount.adjusted() <= _MAX_EXPONENT
    return _convert_to_integer(amount.to_integral_value(ROUND_HALF_UP)) if is_small else None


def _parse(
    series: pd.Series,
    factor: Decimal,
    read_cell: Callable[[Any, Decimal], Read],
    read_unit: Callable[[str], Decimal | None],
    convert: Callable[[Decimal], Any],
    dtype: str,
) -> NumberResult:
    """Read each distinct cell: `read_cell` reads its number, of which one is so much; `read_unit` the words behind."""
    cells = text.find_distinct(series)
    read = [_read_amount(cell, factor, read_cell, read_unit) for cell in cells.values]
    values = [None if number is None else convert(number) for number, _ in read]
    broken = np.array(
        [
            rule or ("unreadable_number" if number is not None and value is None else "")
            for (number, rule), value in zip(read, values, strict=True)
        ],
        dtype=object,
    )
    faults = {rule: cells.spread_flags(broken == rule) for rule in FAULTS if rule in broken}
    return NumberResult(cells.spread(pd.Series(values, dtype=dtype)), faults)


def _read_amount(
    cell: Any, factor: Decimal, read_cell: Callable[[Any, Decimal], Read], read_unit: Callable[[str], Decimal | None]
) -> Read:
    """Read one cell in the contract's unit: by the unit that it names, else its row, else its column."""
    if isinstance(cell, Figure):
        if cell.factor is None:
            return None, "unit_of_row_not_understood"
        cell, factor = cell.cell, cell.factor
    cell = text.clean_text(cell) if isinstance(cell, str) else cell
    signed = _SIGNED.fullmatch(cell) if isinstance(cell, str) else None
    if signed is not None and read_unit("đồng") is not None:
        if factor != 1:  # "60 ₫" under "ĐVT: triệu đồng": the sign may be nothing but the button of a spreadsheet
            return None, "sign_of_dong"
        cell = signed["figure"]
    number, rule = read_cell(cell, factor)
    if rule == "unreadable_number" and isinstance(cell, str) and (found := _WITH_UNIT.fullmatch(cell)):
        own = read_unit(found["unit"])
        if own is not None:
            factor = own
            number, rule = read_cell(found["figure"], factor)
    return (None if number is None else number * factor), rule


def _read_cell(cell: Any, style: Style, is_whole: bool = False, is_percent: bool = False) -> Read:
    """Read one cell, a text by its style."""
    if isinstance(cell, str):
        if cell in text.MISSING:
            return None, ""
        if cell.rstrip(") ").endswith("%"):
            return _read_text(cell.replace("%", ""), style, is_whole) if is_percent else (None, "percent_not_expected")
        return _read_text(cell, style, is_whole)
    if isinstance(cell, (bool, np.bool_)):  # before int: in Python True is the number 1
        return None, "unreadable_number"
    if isinstance(cell, (int, np.integer)):
        return Decimal(int(cell)), ""
    if isinstance(cell, (float, np.floating)):
        # By its shortest spelling: 0.1 in a sheet is meant as 0.1, not as the binary fraction next to it.
        number: Decimal | None = Decimal(repr(float(cell))) if math.isfinite(cell) else None
    else:
        number = cell if isinstance(cell, Decimal) and cell.is_finite() else None
    if number is None:
        return None, "unreadable_number"
    return _keep_whole(number) if is_whole else (number, "")


def _read_text(cell: str, style: Style, is_whole: bool) -> Read:
    """Read a text in its column's style. Of a whole only the style that gives a whole can be meant."""
    cell = _FOOTNOTE.sub("", cell)
    vi, en = _read_vi(cell), _read_en(cell)
    if is_whole and _GROUPS.fullmatch(cell):
        vi = en = Decimal(re.sub("[.,]", "", cell))
    if is_whole and (vi is None or en is None or vi != en):
        candidates = (en, vi) if style == "en" else (vi, en)
        whole = next((number for number in candidates if number is not None and _is_whole(number)), None)
        if whole is not None:
            return whole, ""
        return None, "unreadable_number" if vi is None and en is None else "part_of_a_whole"
    if vi is not None and en is not None and vi != en:
        is_comma = "," in cell
        if style == "mixed" or (style == "unsure" and is_comma):
            return None, "ambiguous_number"
        return (en if style == "en" else vi), ""
    allowed = (vi, en) if style == "mixed" else (en,) if style == "en" else (vi,)
    known = next((number for number in allowed if number is not None), None)
    return (None, "unreadable_number") if known is None else (known, "")


def _is_whole(number: Decimal) -> bool:
    return number.adjusted() > _MAX_EXPONENT or abs(number - number.to_integral_value(ROUND_HALF_UP)) <= _NOISE


def _keep_whole(number: Decimal) -> Read:
    """Return a whole number without what binary fractions left of a sum, or the rule that a part breaks."""
    if not _is_whole(number):
        return None, "part_of_a_whole"
    return (number if number.adjusted() > _MAX_EXPONENT else number.to_integral_value(ROUND_HALF_UP)), ""


def _read_vi(value: str) -> Decimal | None:
    return _compose(_VI.fullmatch(value), ". ")


def _read_en(value: str) -> Decimal | None:
    if len(value) <= _MAX_DIGITS and _MACHINE.fullmatch(value):
        return Decimal(value)
    return _compose(_EN.fullmatch(value), ", ")


def _compose(found: re.Match[str] | None, separators: str) -> Decimal | None:
    if found is None or (found["open"] and found["sign"]):
        return None
    digits = "".join(letter for letter in found["whole"] if letter not in separators)
    if len(digits) + len(found["part"] or "") > _MAX_DIGITS:
        return None
    number = Decimal(f"{digits}.{found['part'] or 0}")
    return -number if found["open"] or (found["sign"] or "+") != "+" else number


def _convert_to_float(number: Decimal) -> float | None:
    value = float(number)
    return value if math.isfinite(value) else None


def _convert_to_integer(number: Decimal) -> int | None:
    if number.adjusted() > _MAX_EXPONENT or number != number.to_integral_value():
        return None
    value = int(number)
    return value if abs(value) <= _INT64 else None


_INTEGER = re.compile(r"(?<![\d.,])([1-9][0-9]{0,2}(?:[. ][0-9]{3})+|[0-9]+)(?![\d.,])")


def find_first_integer(cells: Iterable[Any]) -> int | None:
    """Find the first whole number in a row of cells: the 98 of ["Tổng cộng", "98 hồ sơ"]. None when there is none."""
    for cell in cells:
        if isinstance(cell, str):
            found = _INTEGER.search(text.clean_text(cell))
            if found is not None:
                return int(re.sub(r"[. ]", "", found[1]))
        elif (
            isinstance(cell, (int, float)) and not isinstance(cell, bool) and math.isfinite(cell) and cell == int(cell)
        ):
            return int(cell)
    return None
