"""Cells that the programs of spreadsheets show otherwise than they hold them: number formats, and errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Shown:
    """A cell of a workbook with a number format of its own; `printed`: what a person reads, for those programs that
    write it down beside the value."""

    value: Any
    number_format: str
    printed: str = ""


@dataclass(frozen=True)
class Broken:
    """A cell of a workbook that holds an error."""

    error: str


ERROR_NUMBERS = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#NUM!": 36, "#N/A": 42}


def list_formats(rows: Rows) -> list[str]:
    """The number formats of these cells, "General" first: the number of a cell's style is the place of its format."""
    found = (cell.number_format for row in rows for cell in row if isinstance(cell, Shown))
    return list(dict.fromkeys(["General", *found]))
