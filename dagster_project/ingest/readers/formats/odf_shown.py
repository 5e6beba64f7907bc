"""What a person reads in a number cell of an OpenDocument sheet: its value, the text that the program wrote beside it,
and the scale of its style are held against each other.

The text is rounded and written in the language of the program, so the value counts where both say the same number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal, DecimalException
from typing import Any

from dagster_project.ingest.readers.base import Printed
from dagster_project.ingest.readers.formats import xml
from dagster_project.ingest.readers.formats.grid import MAX_COLUMNS
from dagster_project.ingest.readers.xlsx_formats import SIGN_OF_DONG, write_number

STYLE_ELEMENTS = ("style", "number-style", "currency-style", "percentage-style")
_AS_IT_IS = frozenset({1})
_FIGURE = re.compile(
    r"[+\-−–(\s]*+(?P<digits>[0-9](?:[0-9.,\s]*[0-9])?)[)\s]*+(?P<dong>đồng|đ|₫|vnđ|vnd)?+\s*+", re.IGNORECASE
)
_OTHER_FORMS = re.compile(
    r"[-–—\s]*+|#++|[-−–]?[0-9.,]++E[+-]?[0-9]++|[-−–]?[0-9\s]*+(?<=[0-9])/[0-9]++", re.IGNORECASE
)
"""A dash for zero, too little room, an exponent, a fraction: they are no other number than the value."""
_WHOLE = re.compile(r"[0-9]+|[0-9]{1,3}(?:[.,\s][0-9]{3})+")
_FILLED = re.compile("0[0-9]+")
_MOST_DIGITS = 400  # before or behind the comma; the largest number of a sheet has 309, the smallest one 324
_SIGNS = frozenset("-−–(")


@dataclass
class OdfStyles:
    """Holds by what the numbers of a style may be divided when they are shown; several for a style of conditions."""

    numbers: dict[str, frozenset[int]] = field(default_factory=dict)
    cells: dict[str, frozenset[int]] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)

    def add(self, element: Any) -> None:
        """Read a style of cells, or of numbers; those that it refers to stand before it."""
        said = xml.list_attributes(element)
        name = said.get("name", "")
        if xml.find_name(element) == "style":
            named = self.numbers.get(said.get("data-style-name", ""))
            self.cells[name] = named or self.cells.get(said.get("parent-style-name", ""), _AS_IT_IS)
            return
        inner = [(xml.find_name(one), xml.list_attributes(one)) for one in element.iterchildren()]
        found = {xml.read_count(told.get("display-factor")) or 1 for kind, told in inner if kind == "number"} or {1}
        if xml.MAX_COUNT in found:
            found.add(1)  # a factor of so many digits is read as another one: what is shown cannot be told
        for kind, told in inner:
            if kind == "map":
                found |= self.numbers.get(told.get("apply-style-name", ""), _AS_IT_IS)
        self.numbers[name] = frozenset(found)

    def add_column(self, said: dict[str, str]) -> None:
        """Note the style of the cells of the next columns that have none of their own."""
        times = min(xml.read_count(said.get("number-columns-repeated")), MAX_COLUMNS - len(self.columns))
        self.columns += [said.get("default-cell-style-name", "")] * times

    def find_divisors(self, cell: dict[str, str], row: dict[str, str], column: int) -> frozenset[int]:
        """Return by what the number of a cell may be divided when it is shown."""
        of_column = self.columns[column] if column < len(self.columns) else ""
        name = cell.get("style-name") or row.get("default-cell-style-name") or of_column
        return self.cells.get(name, _AS_IT_IS)


def choose_shown(value: str, printed: str | None, divisors: frozenset[int], is_percent: bool) -> float | str:
    """Return the number that a person reads, "50%" for a percent, "5 triệu" with words; for a cell of which that cannot
    be told a text that is no number. Raises ValueError for a value that is none."""
    number = _read_decimal(value)
    found = None
    if printed is not None and printed.strip() and not is_percent:
        found = _FIGURE.fullmatch(printed.strip())
        if found is None and not _OTHER_FORMS.fullmatch(printed.strip()):
            return printed
        if found is not None:
            divisors = frozenset(one for one in divisors if _is_same(found["digits"], abs(number) / one))
            if number < 0 and not _SIGNS & set(printed) and re.search("[1-9]", printed):
                divisors = frozenset()
    elif printed is not None and not printed.strip() and number:
        divisors = frozenset()  # a format that hides the number
    if len(divisors) != 1:
        return f"{write_number(number)} “{(printed or '').strip()}”"
    if is_percent:
        is_bare = printed is None or not re.search(r"[^\W\d_]", printed)
        return f"{write_number(number * 100)}%" if is_bare else str(printed)
    (divisor,) = divisors
    if found is not None and found["dong"]:
        return f"{write_number(number / divisor)}{SIGN_OF_DONG}"
    if divisor == 1 and printed is not None and _FILLED.fullmatch(printed.strip()):
        return Printed(float(value), printed.strip())
    return float(value) if divisor == 1 else float(number / divisor)


def _read_decimal(value: str) -> Decimal:
    try:
        number = Decimal(value)
    except DecimalException as error:
        raise ValueError(value) from error
    # No program writes a number beyond its own; written out, one of few letters may be a thousand million digits long.
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or max(abs(exponent), abs(exponent + len(digits))) > _MOST_DIGITS:
        raise ValueError(value)
    return number


def _is_same(digits: str, number: Decimal) -> bool:
    """Tell whether a text shows this number, rounded, in the one language or the other."""
    for mark in (",", "."):
        whole, _, part = digits.partition(mark) if digits.count(mark) == 1 else (digits, "", "")
        if not _WHOLE.fullmatch(whole) or (part and not part.isdecimal()):
            continue
        shown = Decimal(f"{re.sub('[^0-9]', '', whole)}.{part or 0}")
        if abs(shown - number) <= Decimal("0.500001").scaleb(-len(part)):
            return True
    return False
