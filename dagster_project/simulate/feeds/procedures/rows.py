"""This module holds what the three areas' dossier lists have in common: the cells of a careful clerk, by canonical
name.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from dagster_project.simulate import units
from dagster_project.simulate.context import Context, find_month_end
from dagster_project.simulate.persons import draw_persons
from dagster_project.simulate.quirks import field, hard
from dagster_project.simulate.quirks import ordinary as mess
from dagster_project.simulate.quirks.money import Shape
from dagster_project.simulate.statements import FileRecord, find_end, list_month

FIRST_BACKWARDS = np.datetime64("2025-04", "M")


def find_data_day(context: Context, month: np.datetime64) -> date:
    """Return the data date of a month's file: its last day, or the day of the report while it runs."""
    return min(find_month_end(month), context.as_of)


def list_dossiers(context: Context, area: str, month: np.datetime64) -> pd.DataFrame:
    """Return a month's listing as the office's system gives it, with what a bad season does to it."""
    data_day = find_data_day(context, month)
    world = context.list_area(area)
    if context.is_hard:
        gone = draw_moved_away(context)
        world = world[
            ~world["dossier_id"].isin(gone.loc[gone["rekeyed_at"] <= find_end(data_day), "origin_dossier_id"])
        ]
    state = list_month(world, month, data_day)
    if context.is_hard and month >= FIRST_BACKWARDS:
        state = pd.concat([state, hard.draw_going_backwards(context, area, world, month)], ignore_index=True)
    return state


def draw_moved_away(context: Context) -> pd.DataFrame:
    """Return the re-keyed dossiers of this simulation, drawn once."""
    if "rekeyed" not in context.memo:
        context.memo["rekeyed"] = hard.draw_rekeyed(context)
    return context.memo["rekeyed"]


def let_loose(context: Context, batch: mess.Batch) -> None:
    """Let the quirks of the season loose, the worst first."""
    if context.mess != "none":
        mess.apply(batch, {**hard.HARD, **mess.NORMAL} if context.is_hard else mess.NORMAL)
    if context.is_field and batch.area != "pt":
        _write_as_sent(batch)


def _write_as_sent(batch: mess.Batch) -> None:
    """Write days and places of a workbook or a CSV as offices really do."""
    shape = Shape((), (), "dossier_id", mess.DATES, is_text=batch.area == "hb", has_codes=False)
    if batch.area == "vp":
        field.say_half_days(batch, mess.DATES)
        field.words_of_places(batch, shape)
    else:
        field.days_in_words(batch, shape)
        if batch.rng.random() < 0.3:
            field.swap_days(batch, (*mess.DATES, "changed_at"))


def restate(batch: mess.Batch, rng: np.random.Generator) -> mess.Batch:
    """Return the same list sent again: a few dossiers vanish, a few have another due date or another fee."""
    keep = np.flatnonzero(rng.random(len(batch.rows)) >= 0.02)
    again = batch.take_rows(keep, rng)
    again.log["lan_2:vanished"] = len(batch.rows) - len(keep)
    at = again.draw_some(0.04, again.rows["due_at"].notna().to_numpy())
    again.set_dates("due_at", at, again.rows["due_at"].to_numpy()[at] + np.timedelta64(3, "D"))
    again.log["lan_2:changed"] = len(at)
    return again


def write_common_cells(context: Context, state: pd.DataFrame, rows: pd.DataFrame, area: str) -> dict[str, np.ndarray]:
    """Return the cells of numbers, names, persons and the unit's name; dates, status, channel and kind are each area's
    own.
    """
    procedure = context.ref.procedure.iloc[state["procedure_row"].to_numpy()]
    cells = {
        "dossier_id": rows["dossier_id"],
        "procedure_code": rows["procedure_code"],
        "procedure_name": procedure["procedure_name"],
        "sector": procedure["sector"],
        "origin_dossier_id": rows["origin_dossier_id"],
        **{
            str(name): column
            for name, column in draw_persons(state["person"], state["is_business"], state["area"]).items()
        },
    }
    result = {name: column.to_numpy(dtype=object, copy=True) for name, column in cells.items()}
    return result | {"unit_name": units.spell_office(state, area)}


def write_coded(values: pd.Series, words: dict, missing: str | None = None) -> np.ndarray:  # type: ignore[type-arg]
    """Return values as the form's words; unknown and empty ones as `missing`."""
    found = values.map(words).astype(object)
    return found.where(found.notna(), missing).to_numpy(copy=True)


def place_rows(rows: pd.DataFrame, record: FileRecord, sheet: str, places: np.ndarray) -> pd.DataFrame:
    """Return the canonical rows with where each stands."""
    return rows.assign(feed_id=record.feed_id, file=record.file, sheet=sheet, row=places)
