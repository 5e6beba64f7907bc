"""Tables of what was measured, as Markdown and as a plot, each with the day, the cores and the load before it."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from benchmarks.measure import Account

_BAR, _LABEL, _WIDTH = 22, 380, 900
_HEAD = 46


@dataclass
class Table:
    """A table has rows of a name and cells of text; the bars of its plot are numbers of one unit, by the rows' names.

    The day, the cores and the load are those of the moment at which it is made: make it before anything is measured.
    """

    title: str
    columns: Sequence[str]
    unit: str = "CPU s"
    rows: list[tuple[str, ...]] = field(default_factory=list)
    bars: list[tuple[str, float]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    circumstances: str = field(default_factory=lambda: describe_machine())

    def add(self, name: str, *cells: str, bar: float | None = None) -> None:
        """Add a row, and its bar if it has one."""
        self.rows.append((name, *cells))
        if bar is not None:
            self.bars.append((name, bar))

    def write_markdown(self) -> str:
        """Return the table with its circumstances above it and its notes below."""
        lines = ["| " + " | ".join(cells) + " |" for cells in [("", *self.columns), *self.rows]]
        lines.insert(1, "|" + "---|" * (len(self.columns) + 1))
        return "\n".join([f"### {self.title}", "", self.circumstances, "", *lines, "", *self.notes]).rstrip() + "\n"

    def draw(self) -> str:
        """Return the bars as SVG; no library is needed for rectangles and words."""
        most = max((number for _, number in self.bars), default=1.0) or 1.0
        height = _HEAD + _BAR * len(self.bars) + 10
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" font-family="sans-serif" '
            f'font-size="12"><title>{escape(self.title)}</title><rect width="100%" height="100%" fill="#fff"/>',
            f'<text x="8" y="18" font-size="14">{escape(self.title)} ({escape(self.unit)})</text>',
            f'<text x="8" y="35" fill="#555">{escape(self.circumstances)}</text>',
        ]
        for nth, (name, number) in enumerate(self.bars):
            top, length = _HEAD + nth * _BAR, (_WIDTH - _LABEL - 80) * number / most
            parts.append(
                f'<text x="{_LABEL - 8}" y="{top + 14}" text-anchor="end">{escape(name)}</text>'
                f'<rect x="{_LABEL}" y="{top + 3}" width="{length:.1f}" height="{_BAR - 7}" fill="#1f5f99"/>'
                f'<text x="{_LABEL + length + 6:.1f}" y="{top + 14}">{number:,.2f}</text>'
            )
        return "\n".join([*parts, "</svg>"]) + "\n"


def describe_machine() -> str:
    """Return the day and the hour, the cores, and the load averages of the last 1, 5 and 15 minutes."""
    load = ", ".join(f"{part:.2f}" for part in os.getloadavg())
    return f"{time.strftime('%Y-%m-%d %H:%M')}, {os.cpu_count()} cores, load average before: {load}"


def show_account(account: Account) -> tuple[str, str, str]:
    """Return the cells of wall and CPU seconds and MB of memory."""
    return f"{account.wall:.1f} s", f"{account.cpu:.1f} s", f"{account.peak_mb:,.0f} MB"


ACCOUNT = ("wall", "CPU", "memory, all processes")


def show_ratio(ours: float, theirs: float) -> str:
    """Return a ratio; an em dash where there is nothing to divide by."""
    return f"{ours / theirs:.2f}" if theirs else "–"


def keep(table: Table, folder: Path, name: str) -> None:
    """Print a table and keep it with its plot as files of that name."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.md").write_text(table.write_markdown(), encoding="utf-8")
    if table.bars:
        (folder / f"{name}.svg").write_text(table.draw(), encoding="utf-8")
    print(table.write_markdown(), flush=True)
