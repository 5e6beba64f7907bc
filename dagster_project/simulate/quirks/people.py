"""This module spoils the registers of houses, centres, tasks and plans, beside the quirks of `money`.

A quirk is named by what the office did; each notes in the batch's log how often, and marks the rows that it spoils.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dagster_project.simulate.context import Context
from dagster_project.simulate.quirks import field
from dagster_project.simulate.quirks import money as money_quirks
from dagster_project.simulate.quirks.money import Shape
from dagster_project.simulate.quirks.ordinary import Batch, apply_to_distinct

NORMAL = ("unit_spelling", "text_spaces", "number_forms", "date_forms", "impossible_date", "repeated_rows")
HARD = ("empty_key", "unreadable_number", "formula_cells", "text_cp1258")
NUMBERS = ("unreadable_number", "formula_cells", "number_forms")
"""Quirks that a table without numbers does not know."""
Quirk = Callable[[Batch], None]


@dataclass(frozen=True)
class Fault:
    """A fault is a cell that no reader can use, and the rule that refuses its row."""

    column: str
    cell: str
    rule: str


NO_SUCH_DAY = "30/02/2025"


def let_loose(
    context: Context, batch: Batch, shape: Shape, own: Sequence[Quirk] = (), own_hard: Sequence[Quirk] = (),
    without: Sequence[str] = (), spared: np.ndarray | None = None,
) -> None:  # fmt: skip
    """Let the quirks of the season loose: those of this table first, then the common ones; rows are repeated last.

    `without` names common quirks that this table does not know; `spared` marks rows that no quirk may touch.
    """
    if context.mess == "none":
        return
    if spared is not None:
        batch.is_sound &= ~spared
    for quirk in (*(own_hard if context.is_hard else ()), *own):
        quirk(batch)
    known = {**field.SPOILT, **money_quirks.HARD, **money_quirks.NORMAL, **field.SPELT}
    worst, last = (field.SPOILT, field.SPELT) if context.is_field else ({}, {})
    for name in (*worst, *(HARD if context.is_hard else ()), *NORMAL, *last):
        if name not in without:
            known[name](batch, shape)


def draw_at_least_one(batch: Batch, rate: float, only: np.ndarray | None = None) -> np.ndarray:
    """Return rows drawn at `rate`, or the first that may be drawn when chance took none."""
    drawn = batch.draw_some(rate, only)
    if len(drawn):
        return drawn
    fit = batch.is_sound if only is None else batch.is_sound & only
    found: np.ndarray = np.flatnonzero(fit)[:1]
    return found


def refuse_all(batch: Batch, only: np.ndarray, fault: Fault) -> None:
    """Spoil every sound row of these: the office sent, and nothing of it can be used."""
    at = np.flatnonzero(batch.is_sound & only)
    batch.raw[fault.column][at] = fault.cell
    batch.refuse_rows(at, fault.rule, fault.column)
    batch.log["refused_unit"] += len(at)


def make_empty_cell(is_text: bool) -> str | None:
    """Return an empty cell."""
    return "" if is_text else None


def spell_cells(cells: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the same cells as a CSV holds them: nothing is an empty text."""
    return {name: np.where(pd.isna(values), "", values).astype(object) for name, values in cells.items()}


def empty_words(batch: Batch, names: Sequence[str], words: Sequence[str] = ("-", " ")) -> None:
    """Write a dash or a space for "nothing yet"."""
    for name in names:
        blank = np.array([cell is None or cell == "" for cell in batch.raw[name]], dtype=bool)
        for word in words:
            at = batch.draw_some(0.06, blank)
            batch.raw[name][at] = word
            batch.log["empty_words"] += len(at)


def text_case(batch: Batch, names: Sequence[str]) -> None:
    """Write whole words in capitals."""
    for name in names:
        is_text = np.array([isinstance(cell, str) and cell != "" for cell in batch.raw[name]], dtype=bool)
        at = batch.draw_some(0.01, is_text)
        batch.raw[name][at] = apply_to_distinct(batch.raw[name][at], str.upper)
        batch.log["text_case"] += len(at)


def unknown_word(batch: Batch, name: str, word: str, quirk: str, rate: float = 0.004) -> None:
    """Write a word that no list holds: the row cannot be used."""
    at = draw_at_least_one(batch, rate)
    batch.raw[name][at] = word
    batch.refuse_rows(at, "unknown_code", name)
    batch.log[quirk] += len(at)


def unknown_unit(batch: Batch, column: str, only: np.ndarray | None = None) -> None:
    """Name a commune or office that does not exist."""
    at = draw_at_least_one(batch, 0.006, only)
    batch.raw["unit_name"][at] = "Xã Thiên Đường"
    if "unit_code" in batch.raw:
        batch.raw["unit_code"][at] = "H44.999"
    batch.refuse_rows(at, "unit_unknown", column)
    batch.log["unknown_unit"] += len(at)
