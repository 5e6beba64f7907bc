"""Numbers as offices write them → numbers. A spreadsheet's own numbers stay as they are; text is read strictly.

Vietnamese style ("vi"): dot or space between thousands, comma before decimals (`1.234,56`, `1 234`), `(1.234)` is
negative, `12,5%` is the share 0.125. A dot that cannot part thousands (`1234.5`) is refused, not guessed. "iso" is
what JSON and SQL write: `-1234.5`, `1e3`; what a person typed into such a field (`1.234.567`, `(1.234)`) can be
nothing but the Vietnamese way and is read so. "-", "…" and an empty cell mean that there is no figure: that is neither
zero nor an error.
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

from dagster_project.ingest.normalise import text

Style = Literal["vi", "iso"]

_VI = re.compile(
    r"(?P<open>\()?\s*(?P<sign>[-+−–])?\s*"
    r"(?P<whole>[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[1-9][0-9]{0,2}(?: [0-9]{3})+)"
    r"(?:,(?P<part>[0-9]+))?\s*(?P<percent>%)?\s*(?(open)\))"
)
_ISO = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_MAX_DIGITS = 30  # more digits than any amount of money on earth: not a number but a mistake
_MAX_EXPONENT = 20  # of ten; beyond it nothing fits 64 bits, and decimal arithmetic would only work in vain
_INT64 = 2**63 - 1


@dataclass(frozen=True)
class NumberResult:
    """Holds `values` on the index of the cells (NA where there is none) and `bad`: which cells could not be read."""

    values: pd.Series
    bad: pd.Series


def parse_number(series: pd.Series, style: Style = "vi") -> NumberResult:
    """Read cells as Float64."""
    if pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_bool_dtype(series.dtype):
        values = series.astype("Float64")
        infinite = np.isinf(values.to_numpy(dtype="float64", na_value=np.nan))
        return NumberResult(values.mask(infinite), pd.Series(infinite, index=series.index))
    return _parse(series, style, _convert_to_float, "Float64")


def parse_integer(series: pd.Series, style: Style = "vi") -> NumberResult:
    """Read cells as Int64; a fraction is bad."""
    return _parse(series, style, _convert_to_integer, "Int64")


def parse_money(series: pd.Series, multiplier: int = 1, style: Style = "vi") -> NumberResult:
    """Read cells in units of `multiplier` đồng as whole đồng (Int64), in decimal arithmetic; half a đồng is rounded
    away from zero."""
    factor = Decimal(multiplier)

    def convert_to_dong(number: Decimal) -> int | None:
        amount = number * factor
        return (
            _convert_to_integer(amount.to_integral_value(ROUND_HALF_UP)) if amount.adjusted() <= _MAX_EXPONENT else None
        )

    return _parse(series, style, convert_to_dong, "Int64")


def _parse(series: pd.Series, style: Style, convert: Callable[[Decimal], Any], dtype: str) -> NumberResult:
    cells = text.find_distinct(series)
    cleaned = (text.clean_text(value) if isinstance(value, str) else value for value in cells.values)
    read = [_read_cell(value, style) for value in cleaned]
    values = [None if number is None else convert(number) for number, _ in read]
    bad = np.array(
        [flag or (number is not None and value is None) for (number, flag), value in zip(read, values, strict=True)]
    )
    return NumberResult(cells.spread(pd.Series(values, dtype=dtype)), cells.spread_flags(bad))


def _read_cell(cell: Any, style: Style) -> tuple[Decimal | None, bool]:
    """Read one cell: return the number or None, and whether the cell says something that is no number."""
    if isinstance(cell, str):
        if cell in text.MISSING:
            return None, False
        iso = _read_iso(cell) if style == "iso" else None
        number = _read_vi(cell) if iso is None else iso
        return number, number is None
    if isinstance(cell, (bool, np.bool_)):  # before int: in Python True is the number 1
        return None, True
    if isinstance(cell, (int, np.integer)):
        return Decimal(int(cell)), False
    if isinstance(cell, (float, np.floating)):
        # By its shortest spelling: 0.1 in a sheet is meant as 0.1, not as the binary fraction next to it.
        return (Decimal(repr(float(cell))), False) if math.isfinite(cell) else (None, True)
    return (cell, False) if isinstance(cell, Decimal) and cell.is_finite() else (None, True)


def _read_vi(value: str) -> Decimal | None:
    found = _VI.fullmatch(value)
    if found is None or (found["open"] and found["sign"]):
        return None
    digits = re.sub(r"[. ]", "", found["whole"])
    if len(digits) + len(found["part"] or "") > _MAX_DIGITS:
        return None
    number = Decimal(f"{digits}.{found['part'] or 0}")
    if found["open"] or (found["sign"] or "+") != "+":
        number = -number
    return number / 100 if found["percent"] else number


def _read_iso(value: str) -> Decimal | None:
    return Decimal(value) if len(value) <= _MAX_DIGITS and _ISO.fullmatch(value) else None


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
