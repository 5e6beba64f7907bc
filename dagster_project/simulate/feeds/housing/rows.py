"""This module holds what the three areas' housing registers have in common: canonical rows, the cells of a careful
clerk, the mess.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from dagster_project.simulate.context import Context
from dagster_project.simulate.persons import draw_persons
from dagster_project.simulate.quirks import money as money_quirks
from dagster_project.simulate.quirks import people as people_quirks
from dagster_project.simulate.quirks.ordinary import Batch
from dagster_project.simulate.statements import UNIT
from dagster_project.simulate.world import housing as world_housing

HEADERS = {
    "household_id": "Mã hộ", "head_name": "Họ tên chủ hộ", "national_id": "CCCD", "birth_year": "Năm sinh",
    "ethnicity": "Dân tộc", "hamlet": "Thôn/Khu", "unit_name": "Xã/Phường", "strand": "Nhóm", "kind": "Loại",
    "support": "Mức hỗ trợ", "source_fund": "Nguồn vốn", "started_on": "Ngày khởi công",
    "completed_on": "Ngày hoàn thành", "handed_over_on": "Ngày bàn giao", "status": "Trạng thái",
    "difficulty": "Khó khăn, vướng mắc",
}  # fmt: skip
DATES = ("started_on", "completed_on", "handed_over_on")
COLUMNS = (
    "household_id", "strand", "kind", "support", "source_fund", *DATES, "status", "difficulty", *UNIT,
)  # fmt: skip
"""A person's name, number, birth year, people and hamlet are no part of the truth."""
KEY = ("household_id", "strand")
KIND_WORDS = {"xay_moi": "Xây mới", "sua_chua": "Sửa chữa"}
STATUS_WORDS = {
    "chua_khoi_cong": "chưa khởi công", "dang_lam": "đang làm", "hoan_thanh": "hoàn thành",
    "da_ban_giao": "đã bàn giao", "rut": "rút",
}  # fmt: skip
STRANGE_STRAND = "hộ có hoàn cảnh đặc biệt khác"
"""A strand in new words: none of the four, and not for a program to guess."""


def make_shape(is_text: bool, area: str) -> money_quirks.Shape:
    """Return how an area's register writes its cells; `is_text`: every cell is a text."""
    return money_quirks.Shape(
        numbers=("support",), texts=("strand", "kind", "status", "unit_name"), key="household_id", dates=DATES,
        is_text=is_text, is_own_file=area != "pt",
    )  # fmt: skip


def make_canonical(state: pd.DataFrame) -> pd.DataFrame:
    """Return the canonical rows of a register, in COLUMNS."""
    return state[list(COLUMNS)].reset_index(drop=True)


def write_cells(state: pd.DataFrame, area: str, factors: np.ndarray, is_text: bool) -> dict[str, np.ndarray]:
    """Return the cells of each row; support in units of `factors` đồng."""
    people = draw_persons(state["person"], pd.Series(np.zeros(len(state), dtype=bool)), state["area"])
    cells = {name: state[name].astype(object).to_numpy(copy=True) for name in ("household_id", "strand", "source_fund")}
    cells["head_name"] = people["applicant_name"].astype(object).to_numpy(copy=True)
    cells["national_id"] = people["national_id"].astype(object).to_numpy(copy=True)
    cells["phone"] = people["phone"].astype(object).to_numpy(copy=True)
    cells["birth_year"] = state["birth_year"].astype(str).astype(object).to_numpy(copy=True)
    cells["ethnicity"] = state["ethnicity"].astype(object).to_numpy(copy=True)
    cells["hamlet"] = ("Khu " + state["hamlet"].astype(str)).astype(object).to_numpy(copy=True)
    cells["unit_name"] = money_quirks.write_units(state, area)
    cells["kind"] = state["kind"].map(KIND_WORDS).astype(object).to_numpy(copy=True)
    cells["status"] = state["status"].map(STATUS_WORDS).astype(object).to_numpy(copy=True)
    cells["difficulty"] = state["difficulty"].astype(object).where(state["difficulty"].notna(), None).to_numpy()
    amounts = money_quirks.write_numbers(state["support"].to_numpy() / factors)
    cells["support"] = money_quirks.spell_numbers(amounts) if is_text else amounts
    for name in DATES:
        times = state[name].to_numpy().astype("datetime64[s]")
        written = money_quirks.write_dates(times, is_text)
        written[np.isnat(times)] = None
        cells[name] = written
    return people_quirks.spell_cells(cells) if is_text else cells


def make_batch(
    context: Context, feed: str, area: str, day: date, is_text: bool, factors: dict[str, int] | None = None
) -> Batch:
    """Return an area's whole register, messed up as much as the season asks.

    `factors` names the communes (by code) that write money in another unit, and that unit in đồng.
    """
    state = world_housing.show_register(context, area, day)
    by_row = state["commune_code"].map(factors or {}).fillna(1).astype(np.int64).to_numpy()
    cells = write_cells(state, area, by_row, is_text)
    batch = money_quirks.make_batch(area, state, make_canonical(state), cells, context.make_rng(feed, str(day)), day)
    if context.mess != "none":
        batch.log["two_strands"] += int(state.duplicated("household_id").sum())

    def careless(batch: Batch) -> None:
        people_quirks.empty_words(batch, DATES)
        people_quirks.text_case(batch, ("kind", "status"))
        phone_in_id(batch)

    def bad(batch: Batch) -> None:
        people_quirks.unknown_word(batch, "strand", STRANGE_STRAND, "strange_strand")
        people_quirks.unknown_word(batch, "status", "đang chờ", "unknown_status")
        completed_before_started(batch, is_text)
        people_quirks.unknown_unit(batch, "commune")
        if area != "hb":
            without_commune(batch, is_text)
            ambiguous_unit(batch)

    people_quirks.let_loose(context, batch, make_shape(is_text, area), (careless,), (bad,))
    return batch


def phone_in_id(batch: Batch) -> None:
    """Write a phone number, or nothing, in the citizen's number: the row is used without it."""
    draw = batch.state["person"].to_numpy()
    at = np.flatnonzero(draw % 61 == 7)
    batch.raw["national_id"][at] = batch.raw["phone"][at]
    batch.rows.loc[at, "phone_in_national_id"] = True
    batch.log["phone_in_id"] += len(at)
    blank = np.flatnonzero(draw % 61 == 8)
    batch.raw["national_id"][blank] = people_quirks.make_empty_cell(batch.area == "vp")
    batch.log["no_id"] += len(blank)


def completed_before_started(batch: Batch, is_text: bool) -> None:
    """Complete a house days before it was begun: accepted, and a contradiction."""
    at = people_quirks.draw_at_least_one(batch, 0.01, batch.rows["completed_on"].notna().to_numpy())
    earlier = batch.rows["started_on"].to_numpy()[at] - np.timedelta64(4, "D")
    batch.rows.loc[at, "completed_on"] = earlier
    batch.raw["completed_on"][at] = money_quirks.write_dates(earlier, is_text)
    batch.log["completed_before_started"] += len(at)


def without_commune(batch: Batch, is_text: bool) -> None:
    """Leave a household without a commune: whose it is would be a guess, even in a commune's own workbook."""
    at = people_quirks.draw_at_least_one(batch, 0.006)
    batch.raw["unit_name"][at] = people_quirks.make_empty_cell(is_text)
    batch.refuse_rows(at, "unit_missing", "commune")
    batch.log["without_commune"] += len(at)


def ambiguous_unit(batch: Batch) -> None:
    """Write a bare name that two former communes of the area bear (till July; with the district beside it, it is
    clear).
    """
    name = {"pt": "Phong Châu", "vp": "Xuân Hòa"}[batch.area]
    at = batch.draw_some(0.006, (batch.state["unit_level"] == "former_commune").to_numpy())
    batch.raw["unit_name"][at] = name
    batch.refuse_rows(at, "unit_ambiguous", "commune")
    batch.log["ambiguous_unit"] += len(at)
