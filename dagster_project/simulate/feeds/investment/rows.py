"""This module holds what the three areas' disbursement reports have in common: canonical rows, and what a bad season
adds to them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
import pandas as pd

from dagster_project.simulate.context import Context
from dagster_project.simulate.quirks import money as money_quirks
from dagster_project.simulate.quirks.ordinary import Batch
from dagster_project.simulate.reference import MERGER
from dagster_project.simulate.statements import UNIT, FileRecord
from dagster_project.simulate.world import money as world_money
from dagster_project.simulate.world import projects as world_projects

AMOUNTS = ("plan_pm", "plan_local", "plan_carried", "paid_completed", "paid_advance")
COLUMNS = (
    "project_code", "project_name", "owner", "project_group", "fund_source", "plan_year", "total_investment", *AMOUNTS,
    "report_date", "difficulty", *UNIT,
)  # fmt: skip
KEY = ("project_code", "fund_source", "plan_year", "report_date")
BILLION = 1_000_000_000
OVERPAID_FROM = date(2025, 5, 1)
CellsOf = Callable[[pd.DataFrame], dict[str, np.ndarray]]
"""The raw cells that an office writes for the world's rows, by canonical name."""


def make_report(context: Context, area: str, day: date) -> pd.DataFrame:
    """Return a report's rows, one per project and fund source, as the office means them (the world's columns, all of
    COLUMNS).

    In a bad season one project of Vĩnh Phúc has been paid more than its total investment, and one its whole plan twice.
    """
    year = world_money.find_plan_year(day)
    rows = world_projects.show_disbursed(context, area, year, day)
    if context.is_hard and area == "vp" and day >= OVERPAID_FROM:
        overpaid = (rows["project_row"] == 5).to_numpy()
        twice = (rows["project_row"] == 6).to_numpy()
        rows.loc[overpaid, "paid_completed"] = rows.loc[overpaid, "total_investment"] + BILLION
        rows.loc[twice, "paid_completed"] = 2 * (rows.loc[twice, "plan_local"] + rows.loc[twice, "plan_carried"])
    return rows


def note_overpaid(context: Context, area: str, day: date, batch: Batch) -> None:
    """Keep in the log what `make_report` did."""
    if context.is_hard and area == "vp" and day >= OVERPAID_FROM:
        batch.log["paid_above_investment"] += 1
        batch.log["paid_above_plan"] += 1


def make_canonical(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the canonical rows of a report, in COLUMNS."""
    return rows[list(COLUMNS)].reset_index(drop=True)


def make_unplanned(state: pd.DataFrame) -> pd.DataFrame:
    """Return a project with a plan of zero: the first row of a report again, under a code of its own, with no money."""
    row: pd.DataFrame = state.iloc[[0]].assign(
        project_code=state["project_code"].iloc[0][:2] + "99990", project_name="Chuẩn bị đầu tư dự án mới",
        fund_source="NSDP", total_investment=5 * BILLION, is_zero=True,
    )  # fmt: skip
    return row.assign(**dict.fromkeys(AMOUNTS, 0))


def repeat_for_second_owner(state: pd.DataFrame) -> pd.DataFrame:
    """Return the second project again in another owner's part of the report, with more paid: the later row is
    believed.
    """
    code = state["project_code"].iloc[1]
    rows: pd.DataFrame = state[state["project_code"] == code]
    return rows.assign(owner="Ban QLDA khu vực", paid_completed=rows["paid_completed"] + BILLION)


def make_batch(context: Context, feed: str, area: str, day: date, cells_of: CellsOf) -> Batch:
    """Return a report of one row per project and fund source, with what a bad season adds to it."""
    state = make_report(context, area, day)
    rng = context.make_rng(feed, str(day))
    batch = money_quirks.make_batch(area, state, make_canonical(state), cells_of(state), rng, day)
    if context.is_hard:
        extras = {"plan_of_zero": make_unplanned(state), "two_owners": repeat_for_second_owner(state)}
        let_in(batch, extras, make_canonical, cells_of)
    return batch


def let_in(
    batch: Batch, extras: Mapping[str, pd.DataFrame],
    canonical_of: Callable[[pd.DataFrame], pd.DataFrame], cells_of: CellsOf,
) -> None:  # fmt: skip
    """Add the rows of each quirk to a batch."""
    for quirk, rows in extras.items():
        money_quirks.append_rows(batch, rows, canonical_of(rows), cells_of(rows))
        batch.log[quirk] += len(rows)


def place_rows(rows: pd.DataFrame, record: FileRecord, sheet: str, places: np.ndarray) -> pd.DataFrame:
    """Return the canonical rows with where each stands (1-based row numbers of the sheet)."""
    return rows.assign(feed_id=record.feed_id, file=record.file, sheet=sheet, row=places)


def name_agency(day: date, former: str) -> str:
    """Return who sends it: one province from 1 July 2025."""
    return "UBND TỈNH PHÚ THỌ" if np.datetime64(day) >= MERGER else f"UBND TỈNH {former}"
