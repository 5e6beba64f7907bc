"""This module lets the quirks of a season loose on the tables of money and land."""

from __future__ import annotations

from dagster_project.simulate.context import Context
from dagster_project.simulate.quirks import field, money
from dagster_project.simulate.quirks.money import Shape
from dagster_project.simulate.quirks.ordinary import Batch


def let_loose(context: Context, batch: Batch, shape: Shape) -> None:
    """Let the quirks of the season loose, the worst first; rows are repeated last, and then written in another way."""
    if context.mess == "none":
        return
    chosen = {**(money.HARD if context.is_hard else {}), **money.NORMAL}
    for quirk in {**field.SPOILT, **chosen, **field.SPELT}.values() if context.is_field else chosen.values():
        quirk(batch, shape)
