"""This module dresses a sheet as offices really lay it out: other words for its day and its unit of money, deeper
headers, a header that comes again in the middle, rows of parts.

What a sheet says stays the same. Each trait is a function that changes the sheet and says whether it did; rows that are
put between the rows of the table are noted, so that everybody knows where these stand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import numpy as np

from dagster_project.simulate import office
from dagster_project.simulate.forms import spelling
from dagster_project.simulate.office import Column, Formula, PlainNumber, Sheet

_DAY_LINE = re.compile(r"\(?Số liệu đến ngày (\d\d)/(\d\d)/(\d{4})\)?")
MILLION = 1_000_000


@dataclass
class Dressed:
    """A dressed sheet, and where rows stand (0-based, among all rows below the header) that are no rows of the table.

    `first`: the first day that the file speaks of, where its title may name the whole stretch. `is_alone`: the file has
    no other sheet.
    """

    sheet: Sheet
    rng: np.random.Generator
    first: date | None = None
    is_alone: bool = True
    between: list[int] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Return how many rows stand below the header now."""
        return len(self.sheet.columns[0].cells)

    def draw(self, share: float) -> bool:
        """Return true at this rate."""
        return bool(self.rng.random() < share)

    def put_row(self, at: int, cells: list[object]) -> None:
        """Put a row that is none of the table before row `at`."""
        columns = []
        for column, cell in zip(self.sheet.columns, cells, strict=True):
            own = np.empty(1, dtype=object)
            own[0] = cell
            columns.append(replace(column, cells=np.concatenate([column.cells[:at], own, column.cells[at:]])))
        self.sheet = replace(self.sheet, columns=columns)
        self.between = sorted([*(place + (place >= at) for place in self.between), at])


Trait = Callable[[Dressed], bool]
TRAITS: dict[str, Trait] = {}


def trait(function: Trait) -> Trait:
    """Register a trait; its name is the function's."""
    TRAITS[function.__name__] = function
    return function


def dress(dressed: Dressed) -> list[str]:
    """Let each trait change the sheet as chance has it; return the names of those that did."""
    return [name for name, change in TRAITS.items() if change(dressed)]


@trait
def period_words(dressed: Dressed) -> bool:
    """Say the data date in other words: written out, as a range with any dash, as the month, quarter or half-year."""
    title = list(dressed.sheet.title)
    for place, line in enumerate(title):
        found = _DAY_LINE.search(line)
        if found is not None:
            day = date(int(found[3]), int(found[2]), int(found[1]))
            said = spelling.say_period(day, dressed.first if line == found[0] else None, dressed.rng)
            title[place] = line.replace(found[0], said)
            dressed.sheet = replace(dressed.sheet, title=title)
            return bool(title[place] != line)
    return False


@trait
def unit_spelling(dressed: Dressed) -> bool:
    """Write the unit of money in other words, in its line or in brackets behind each header of money."""
    sheet = dressed.sheet
    unit = sheet.unit_line.removeprefix("ĐVT: ")
    if unit not in spelling.MONEY:
        return False
    words = spelling.MONEY[unit][int(dressed.rng.integers(0, len(spelling.MONEY[unit])))]
    money = [column for column in sheet.columns if column.is_money]
    # A bare power of ten in brackets may be of anything.
    if money and dressed.is_alone and dressed.draw(0.3) and re.search(r"[đd]", words, re.IGNORECASE):
        dressed.sheet = replace(sheet, unit_line="", columns=[_name_unit(column, words) for column in sheet.columns])
        return True
    line = spelling.UNIT_LINES[int(dressed.rng.integers(0, len(spelling.UNIT_LINES)))]
    dressed.sheet = replace(sheet, unit_line=line.format(words))
    return True


def _name_unit(column: Column, words: str) -> Column:
    if not column.is_money:
        return column
    if column.group is not None:
        return replace(column, group=f"{column.group} ({words})")
    return replace(column, header=f"{column.header} ({words})")


@trait
def shown_in_millions(dressed: Dressed) -> bool:
    """Keep đồng in the cells of money and show millions: what counts is what a person reads."""
    sheet = dressed.sheet
    is_millions = any(word in sheet.unit_line.lower() for word in ("triệu", "tr", "10^6"))
    if not is_millions or not any(column.is_money for column in sheet.columns) or not dressed.draw(0.25):
        return False
    columns = [
        replace(column, style="scaled", cells=_map(column.cells, _unscale)) if column.is_money else column
        for column in sheet.columns
    ]
    dressed.sheet = replace(sheet, columns=columns)
    return True


def _unscale(cell: object) -> object:
    if isinstance(cell, Formula) and isinstance(cell.cached, int | float):
        return Formula(cell.text, _multiply(cell.cached))
    return _multiply(cell) if type(cell) in (int, float) else cell


def _multiply(number: object) -> int | float:
    product = Decimal(repr(number)) * MILLION
    return int(product) if product == product.to_integral_value() else float(product)


def _map(cells: np.ndarray, change: Callable[[object], object]) -> np.ndarray:
    result = np.empty(len(cells), dtype=object)
    for row, cell in enumerate(cells.tolist()):
        result[row] = change(cell)
    return result


@trait
def header_case(dressed: Dressed) -> bool:
    """Write the headers in capitals, or with doubled spaces and line breaks."""
    how = int(dressed.rng.integers(0, 6))
    if how > 1:
        return False

    def change(text: str) -> str:
        return text.upper() if how == 0 else text.replace(" ", "  ", 1) if len(text) < 8 else text.replace(" ", "\n", 1)

    columns = [
        replace(column, header=change(column.header), group=None if column.group is None else change(column.group))
        for column in dressed.sheet.columns
    ]
    dressed.sheet = replace(dressed.sheet, columns=columns)
    return True


@trait
def deeper_header(dressed: Dressed) -> bool:
    """Merge one or two rows of words over the header."""
    width = len(dressed.sheet.columns)
    if width < 6 or not dressed.draw(0.3):
        return False
    half = width // 2
    rows = [("THÔNG TIN CHUNG", 1, half - 1)], [("NỘI DUNG BÁO CÁO", half, width - 1)]
    bands = [rows[0][0], rows[1][0]] if dressed.draw(0.5) else [("PHẦN THEO DÕI, TỔNG HỢP", 1, width - 1)]
    dressed.sheet = replace(dressed.sheet, bands=bands)
    return True


@trait
def other_column_numbers(dressed: Dressed) -> bool:
    """Number the columns in brackets, with letters before the numbers, or not at all."""
    how = ("brackets", "letters", "none", "plain")[int(dressed.rng.integers(0, 4))]
    if not dressed.sheet.column_numbers or how == "plain" or len(dressed.sheet.columns) < 5:
        return False
    dressed.sheet = replace(dressed.sheet, numbering=how, column_numbers=how != "none")
    return True


@trait
def rows_of_parts(dressed: Dressed) -> bool:
    """Say below a row what it holds: "Trong đó: …" with a part of its money."""
    sheet = dressed.sheet
    money = [place for place, column in enumerate(sheet.columns) if column.is_money]
    rows = [row for row in range(dressed.size) if isinstance(sheet.columns[0].cells[row], int)]
    if not money or len(rows) < 3 or not dressed.draw(0.4):
        return False
    below = rows[int(dressed.rng.integers(1, len(rows)))] + 1
    cells: list[object] = [None] * len(sheet.columns)
    cells[2] = ("Trong đó: đợt 1", "Trong đó:", "- Đợt 1", "- Trong đó: giai đoạn 1")[int(dressed.rng.integers(0, 4))]
    for place in money:
        whole = sheet.columns[place].cells[below - 1]
        cells[place] = whole / 2 if type(whole) in (int, float) and whole > 0 else None
    dressed.put_row(below, cells)
    return True


@trait
def stacked_tables(dressed: Dressed) -> bool:
    """Begin a second table in the middle of the sheet: under its own header two columns have changed places."""
    sheet = dressed.sheet
    plain = [place for place, column in enumerate(sheet.columns) if place and column.style == "general"]
    if sheet.total is not None or dressed.size < 8 or len(plain) < 2 or not dressed.draw(0.4):
        return False
    at = int(dressed.rng.integers(3, dressed.size - 3))
    one, other = sorted(dressed.rng.choice(plain, 2, replace=False).tolist())
    columns = list(sheet.columns)
    for place, twin in ((one, other), (other, one)):
        lower = sheet.columns[twin].cells[at:]
        columns[place] = replace(columns[place], cells=np.concatenate([sheet.columns[place].cells[:at], lower]))
    dressed.sheet = replace(sheet, columns=columns)
    headers: list[object] = [column.header for column in columns]
    headers[one], headers[other] = headers[other], headers[one]
    dressed.put_row(at, headers)
    return True


@trait
def header_again(dressed: Dressed) -> bool:
    """Repeat the header in the middle of the table, as a page break leaves it, with or without the column numbers."""
    sheet = dressed.sheet
    if dressed.between or dressed.size < 6 or not dressed.draw(0.3) or any(column.group for column in sheet.columns):
        return False
    at = int(dressed.rng.integers(2, dressed.size - 2))
    if sheet.column_numbers and dressed.draw(0.5):
        dressed.put_row(at, list(office.number_columns(len(sheet.columns), sheet.numbering)))
    dressed.put_row(at, [column.header for column in sheet.columns])
    return True


def type_in(sheet: Sheet, how: Callable[[str], str]) -> Sheet:
    """Return the sheet with all its texts typed in the letters of an old font.

    Raises UnicodeEncodeError when the font has not all of them.
    """

    def change(cell: object) -> object:
        is_text = isinstance(cell, str) and not isinstance(cell, office.CellError)
        return how(unicodedata.normalize("NFC", str(cell))) if is_text else cell

    def retype(text: str) -> str:
        return str(change(text))

    columns = [
        replace(column, header=retype(column.header), group=column.group and retype(column.group),
                cells=_map(column.cells, change))
        for column in sheet.columns
    ]  # fmt: skip
    total = None if sheet.total is None else {
        place: retype(cell) if isinstance(cell, str) else cell for place, cell in sheet.total.items()
    }  # fmt: skip
    return replace(
        sheet, columns=columns, total=total, agency=retype(sheet.agency), title=[retype(line) for line in sheet.title],
        notes=[retype(line) for line in sheet.notes], unit_line=retype(sheet.unit_line),
        bands=[(retype(text), first, last) for text, first, last in sheet.bands], retype=retype,
    )  # fmt: skip


def count_from_1904(sheet: Sheet) -> Sheet:
    """Return the sheet with its days counted from 1904."""

    def shift(cell: object) -> object:
        if isinstance(cell, PlainNumber):
            return PlainNumber(cell - office.DAYS_TO_1904)
        return cell - office.DAYS_TO_1904 if isinstance(cell, int | float) else cell

    columns = [
        replace(column, cells=_map(column.cells, shift)) if column.style in office.DATE_FORMATS else column
        for column in sheet.columns
    ]
    return replace(sheet, columns=columns)


def show_all_days(sheet: Sheet) -> Sheet:
    """Return the sheet with the format of days on each of them: where all cells are texts, none is a bare number."""
    columns = [
        replace(column, cells=_map(column.cells, lambda cell: float(cell) if isinstance(cell, PlainNumber) else cell))
        for column in sheet.columns
    ]
    return replace(sheet, columns=columns)
