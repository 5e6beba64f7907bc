"""How the command line speaks: aligned tables, numbers as in Vietnam, progress on a terminal, plain lines in a pipe."""

from __future__ import annotations

import json
import sys
import time
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import typer

if TYPE_CHECKING:
    from rich.status import Status


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print columns, aligned by what is seen: a combining mark takes no room."""
    cells = [list(headers), *([spell(value) for value in row] for row in rows)]
    widths = [max(_measure_width(row[column]) for row in cells) for column in range(len(headers))]
    for row in cells:
        typer.echo(
            "  ".join(
                cell + " " * (width - _measure_width(cell)) for cell, width in zip(row, widths, strict=True)
            ).rstrip()
        )


def spell(value: object) -> str:
    """Write a value as people of the province do; unknown is '-'."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, int):
        return f"{value:,}".replace(",", ".")
    if isinstance(value, float | Decimal):
        return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    return str(value)


def spell_measure(value: float | None, unit: str) -> str:
    """Write a figure of a KPI in its unit (percent, count, vnd, days): '82,3 %', '1.234', '7,2'."""
    if value is None:
        return "-"
    decimals, factor, sign = {"percent": (1, 100, " %"), "days": (1, 1, "")}.get(unit, (0, 1, ""))
    return f"{value * factor:,.{decimals}f}{sign}".translate(str.maketrans(",.", ".,"))


def print_json(content: Any) -> None:
    """Print one JSON document, for a program; dates are ISO."""
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2, default=str))


class Progress:
    """Shows which step the night is at. `quiet` shows nothing, when the answer is for a program."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._status: Status | None = None
        self._step = ""
        self._since = time.monotonic()

    def __enter__(self) -> Self:
        if not self._quiet and sys.stdout.isatty():
            from rich.console import Console

            self._status = Console(highlight=False).status("")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish(kind is None)
        if self._status is not None:
            self._status.stop()

    def tell(self, step: str) -> None:
        """Show that a new step begins and that the one before is done."""
        self._finish(True)
        self._step, self._since = step, time.monotonic()
        if self._status is not None:
            self._status.update(f"{step} …")
        elif not self._quiet:
            typer.echo(f"{step} …")

    def _finish(self, is_done: bool) -> None:
        if self._step and self._status is not None:
            seconds = spell(time.monotonic() - self._since)
            self._status.console.print(f"{'✓' if is_done else '✗'} {self._step} ({seconds} giây)")
        self._step = ""


def _measure_width(text: str) -> int:
    return sum(not unicodedata.combining(character) for character in text)
