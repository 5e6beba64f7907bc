"""What the XML of a workbook says of its cells and the library that reads them does not: errors, formulas, and number
formats by which a person reads another number than the cell holds.

The readers return what is read on the printed table. So an error comes out as its text ("#REF!"), a cell of
10,000,000,000 under the format `#,##0,,` as 10,000, and 0.5 under `0%` as "50%".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dagster_project.ingest.readers import xlsx_guard
from dagster_project.ingest.readers.tables import Rows
from dagster_project.ingest.readers.xlsx_formats import ShownAs, show_value

# What a cell says of itself; a formula; the cached value. No attribute holds a bracket, so that none reaches further.
_CELL = re.compile(
    rb"<(?:\w+:)?c\b(?P<told>[^<>]*+)>\s*+"
    rb"(?P<formula><(?:\w+:)?f\b[^<>]*+(?:(?<=/)>|>[^<]*+</(?:\w+:)?f>))?+\s*+"
    rb"(?:<(?:\w+:)?v[^<>]*+>(?P<value>[^<]*+)</)?+"
)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_STYLE = re.compile(rb'\bs="(\d{1,9})"')
_ERROR = re.compile(rb'\bt="e"')
_ASIDE = re.compile(rb"<!(?:--|\[CDATA\[)")


@dataclass(frozen=True)
class OddCell:
    """Tells of one cell what the library does not: 0-based row and column, and what is odd about it.

    `error`: "#REF!", …; `has_formula`, and whether its value was kept; `shown`: its format, when that is odd.
    """

    row: int
    column: int
    error: str | None
    has_formula: bool
    has_value: bool
    shown: ShownAs | None


def show_odd_cells(rows: Rows, odd: Iterable[OddCell]) -> None:
    """Put what a person reads in the place of errors, which the library leaves empty, and of numbers whose format shows
    another number."""
    for cell in odd:
        if cell.row < len(rows) and cell.column < len(rows[cell.row]):
            row = rows[cell.row]  # a list or a row of an array, as the library gives it
            if cell.error is not None:
                row[cell.column] = cell.error  # type: ignore[index]
            elif cell.shown is not None:
                row[cell.column] = show_value(row[cell.column], cell.shown)  # type: ignore[index]


def find_odd_cells(xml: bytes, odd_styles: dict[int, ShownAs]) -> Iterator[OddCell]:
    """Find the cells of a sheet that hold an error or a formula, or whose format shows another number."""
    for cell in _CELL.finditer(drop_comments(xml)):
        style = _STYLE.search(cell["told"]) if odd_styles else None
        shown = odd_styles.get(int(style[1])) if style is not None else None
        is_error = _ERROR.search(cell["told"]) is not None
        place = _PLACE.search(cell["told"]) if is_error or cell["formula"] or shown is not None else None
        if place is not None:
            value = (cell["value"] or b"").strip()
            yield OddCell(
                row=int(place[2]) - 1,
                column=xlsx_guard.parse_column_letters(place[1]) - 1,
                error=value.decode("utf-8", "replace") or "#N/A" if is_error else None,
                has_formula=bool(cell["formula"]),
                has_value=bool(value),
                shown=shown,
            )


def drop_comments(part: bytes) -> bytes:
    """Return the XML of a part without its comments, for those who look for a pattern in it. Raises nothing: what
    follows a comment without an end goes with it, and the parser that reads the part says so."""
    kept, at = list[bytes](), 0
    while found := _ASIDE.search(part, at):
        is_comment = found[0] == b"<!--"
        end = part.find(b"-->" if is_comment else b"]]>", found.end())
        end = len(part) if end < 0 else end + 3
        kept.append(part[at : found.start() if is_comment else end])
        at = end
    return b"".join([*kept, part[at:]]) if kept else part
