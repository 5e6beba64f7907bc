"""This module sets up a workbook: its formats, its sheets for paper, and how a figure stands in a cell.

A missing figure is an empty hatched cell, never 0; codes are text; text from the offices is never a formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter
from numpy.typing import NDArray
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dagster_project.extracts.reading.headline import Headline
from dagster_project.extracts.words import RATING_VI, SHAPE
from dagster_project.extracts.workbook.block import BlockSheet, Look

A3, A4 = 8, 9
HEADER_ROW = 2
FIRST_ROW = 3

_COLOURS: dict[str, dict[str, str]] = {
    "met": {"font_color": "#0B5D1E", "bg_color": "#E3F4E6"},
    "at_risk": {"font_color": "#7A4B00", "bg_color": "#FFF1D6"},
    "missed": {"font_color": "#9B1C1C", "bg_color": "#FCE4E4"},
    "insufficient": {"font_color": "#404040", "bg_color": "#EDEDED"},
    "too_early": {"font_color": "#595959"},
    "too_few": {"font_color": "#595959"},
    "not_applicable": {"font_color": "#595959"},
}
_LONGEST = 32_000
"""UTF-16 units of a cell's text; Excel takes 32,767."""
_DAY_0 = datetime(1899, 12, 30)  # noqa: DTZ001 - XlsxWriter knows times without a zone only
"""The day before which Excel counts none."""
_LINE, _MOST_LINES = 15.0, 27
"""Points per line, and the most lines that Excel lets a row have."""
NARROW = 0.85
"""Width of a letter of the text beside the digit that columns are measured in, with room for the ends of lines."""
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


class Book:
    """A book is a workbook with its few cell formats. The shape of a rating is only its format; the text is the
    word.
    """

    def __init__(self, path: Path, as_of: date, version: str, title: str = "Chỉ tiêu điều hành") -> None:
        self.workbook = xlsxwriter.Workbook(
            str(path),
            {
                "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True,
            },
        )  # fmt: skip
        self.workbook.set_properties(
            {"title": title, "comments": f"Phiên bản {version}", "created": _make_midnight(as_of)}
        )
        self.as_of = as_of
        self.version = version
        self.title = self._format(bold=True, font_size=14)
        self.note = self._format(italic=True, font_color="#444444")
        self.head = self._format(
            bold=True, bg_color="#1F3864", font_color="#FFFFFF", border=1, text_wrap=True, valign="vcenter"
        )
        # XlsxWriter drops an indent beside a vertical alignment unless the horizontal one is told, too.
        self.text = self._format(border=1, text_wrap=True, align="left", valign="top", num_format="@", indent=1)
        self.none = self._format(border=1, valign="top", align="center", font_color="#595959")
        self.ratings = {
            rating: self._format(
                border=1, align="left", valign="top", indent=1, bold=True, num_format=f'"{SHAPE[rating]} "@', **colours
            )
            for rating, colours in _COLOURS.items()
        }
        self.missing = self._format(border=1, pattern=14, fg_color="#BFBFBF", bg_color="#FFFFFF")
        kinds = {
            "percent": "#,##0.0%", "days": "#,##0.0", "count": "#,##0", "vnd": "#,##0", "area": "#,##0.00",
            "date": "dd/mm/yyyy",
        }  # fmt: skip
        self.numbers = {
            kind: self._format(border=1, valign="top", num_format=f"[$-42A]{form}") for kind, form in kinds.items()
        }
        self.loose = {
            kind: self._format(
                border=1, valign="top", num_format=f"[$-42A]{form}", italic=True, font_color="#595959",
                bg_color="#EDEDED",
            )
            for kind, form in kinds.items()
        }  # fmt: skip
        self._names: set[str] = set()

    def _format(self, **properties: Any) -> Format:
        return self.workbook.add_format({"font_name": "Times New Roman", "font_size": 11, **properties})

    def add_sheet(
        self, name: str, title: str, headers: Sequence[str], widths: Sequence[float], repeat_columns: int = 0
    ) -> BlockSheet:
        """Add a titled sheet with its header in row 3, ready to print on A4 across; `widths` are in digits, as Excel
        counts.
        """
        sheet: BlockSheet = self.workbook.add_worksheet(self._free_name(name), BlockSheet)
        sheet.write_string(0, 0, title, self.title)
        sheet.write_string(1, 0, f"Số liệu đến hết ngày {self.as_of:%d/%m/%Y} · Phiên bản {self.version}", self.note)
        for column, (header, width) in enumerate(zip(headers, widths, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(HEADER_ROW, column, header, self.head)
        sheet.freeze_panes(FIRST_ROW, repeat_columns)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADER_ROW)
        if repeat_columns:
            sheet.repeat_columns(0, repeat_columns - 1)
        sheet.set_footer("&L&A&RTrang &P/&N")
        return sheet

    def _free_name(self, name: str) -> str:
        """Return a name that Excel takes: 31 letters, none of the seven that it forbids, not used before."""
        wanted = name.translate(_FORBIDDEN).strip(" '")[:31]
        number = 2
        while wanted.lower() in self._names:
            wanted, number = f"{wanted[:28]} {number}", number + 1
        self._names.add(wanted.lower())
        return wanted

    def write_number(self, sheet: Worksheet, row: int, column: int, value: float | None, kind: str) -> None:
        """Write a number in the form of its kind, or the hatched empty cell of one that is missing."""
        if value is None:
            sheet.write_blank(row, column, None, self.missing)
        else:
            sheet.write_number(row, column, value, self.numbers.get(kind, self.numbers["count"]))

    def write_number_or_dash(
        self, sheet: Worksheet, row: int, column: int, value: float | None, kind: str, may_lack: bool
    ) -> None:
        """Write a number, or '-' for one that by definition may not exist (the denominator of a count, a target): it is
        no gap.
        """
        if value is None and may_lack:
            sheet.write_string(row, column, "-", self.none)
        else:
            self.write_number(sheet, row, column, value, kind)

    def write_rating(
        self, sheet: Worksheet, row: int, column: int, rating: str | None, word: str | None = None
    ) -> None:
        """Write a rating as shape, word and colour; an unknown one is hatched."""
        if rating not in self.ratings:
            sheet.write_blank(row, column, None, self.missing)
        else:
            sheet.write_string(row, column, word or RATING_VI[rating], self.ratings[rating])

    def write_text(self, sheet: Worksheet, row: int, column: int, value: object) -> None:
        """Write a text or a date; what is not known is hatched."""
        if value is None or value == "":
            sheet.write_blank(row, column, None, self.missing)
        elif isinstance(value, date):
            moment = value if isinstance(value, datetime) else _make_midnight(value)
            sheet.write_datetime(row, column, moment, self.numbers["date"])
        else:
            sheet.write_string(row, column, str(value), self.text)

    def fit_rows(self, sheet: Worksheet, rows: Sequence[Sequence[object]], widths: Sequence[float]) -> None:
        """Make the rows from `FIRST_ROW` on as high as their text: LibreOffice does not do so by itself."""
        if rows:
            letters = np.array([[measure_wrapped(value) for value in row] for row in rows])
            for row, height in enumerate(compute_row_heights(letters, np.array(widths)), start=FIRST_ROW):
                if height > _LINE:
                    sheet.set_row(row, float(height))

    def choose_look(self, value: object) -> Look:
        """Return how a value of a table stands in a cell: text as text, dates and numbers as such, unknown hatched."""
        if value is None or value == "":
            return Look(None, self.missing)
        if value == "-":
            return Look("-", self.none)
        if isinstance(value, date):
            moment = value if isinstance(value, datetime) else _make_midnight(value)
            return Look((moment - _DAY_0) / timedelta(days=1), self.numbers["date"])
        if isinstance(value, int | float):
            return Look(value, self.numbers["count" if float(value).is_integer() else "area"])
        return Look(_cut_to_fit(str(value)), self.text)

    def write_figure(
        self, sheet: Worksheet, row: int, column: int, headline: Headline | None, unit: str, word: str
    ) -> None:  # fmt: skip
        """Write a KPI's value and its rating as `word` in two cells; who owes nothing has '-', who is silent is
        hatched, and what is too few for a rate is written as it was counted ('3/7').
        """
        if headline is not None and headline.is_few:
            sheet.write_string(row, column, headline.fraction_vi, self.none)
            self.write_rating(sheet, row, column + 1, headline.rating, word)
            return
        owes_nothing = headline is not None and headline.rating in ("not_applicable", "too_early")
        self.write_number_or_dash(sheet, row, column, headline.value if headline else None, unit, owes_nothing)
        self.write_rating(sheet, row, column + 1, headline.rating if headline else None, word)


def measure_wrapped(value: object) -> float:
    """Return how many letters may go on in a line below; numbers and dates never do (0)."""
    return len(value) if isinstance(value, str) else 0


def compute_row_heights(letters: NDArray[Any], widths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each row's height in points: one line for each piece of text that fits, counted generously, since words
    are not cut.

    `letters` is rows x columns, `widths` has one entry per column.
    """
    lines: NDArray[np.float64] = np.ceil(letters * NARROW / (widths - 2)).max(axis=1)
    return np.clip(lines, 1, _MOST_LINES) * _LINE


def _cut_to_fit(text: str) -> str:
    if len(text) <= _LONGEST // 2:
        return text
    return text.encode("utf-16-le")[: 2 * _LONGEST].decode("utf-16-le", "ignore")


def _make_midnight(day: date) -> datetime:
    """Return the day's midnight without a zone: XlsxWriter knows no other times."""
    return datetime.combine(day, time.min)
