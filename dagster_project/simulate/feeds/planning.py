"""The register of plans and organisation decisions is a workbook with one row per milestone."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from dagster_project.simulate import briefing
from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds import register
from dagster_project.simulate.quirks import hard
from dagster_project.simulate.quirks import money as money_quirks
from dagster_project.simulate.quirks import people as people_quirks
from dagster_project.simulate.quirks.ordinary import Batch
from dagster_project.simulate.statements import UNIT, Delivery
from dagster_project.simulate.units import PROVINCE_NAME
from dagster_project.simulate.world import offices as world_office

FEED, FILE, SHEET, AGENCY = "planning", "quy_hoach.xlsx", "QH", "SỞ XÂY DỰNG"
HEADERS = {
    "plan_no": "Số quyết định", "title": "Tên quy hoạch, đề án", "kind": "Loại", "area_name": "Khu vực",
    "unit_name": "Xã/Phường", "lead_agency": "Cơ quan chủ trì", "started_on": "Ngày bắt đầu",
    "milestone": "Mốc công việc", "milestone_due": "Hạn hoàn thành", "milestone_done": "Ngày hoàn thành",
    "status": "Trạng thái",
}  # fmt: skip
DATES = ("milestone_due", "started_on", "milestone_done")
COLUMNS = (
    "plan_no", "title", "milestone", "kind", "lead_agency", "started_on", "milestone_due", "milestone_done", "status",
    *UNIT,
)  # fmt: skip
KEY = ("plan_no", "title", "milestone")
KIND_WORDS = {
    "quy_hoach_phan_khu": "quy hoạch phân khu", "dieu_chinh_quy_hoach_chung": "điều chỉnh quy hoạch chung",
    "quy_dinh": "quy định", "de_an_to_chuc": "đề án tổ chức",
}  # fmt: skip
SHAPE = money_quirks.Shape(
    numbers=(),
    texts=("title", "kind", "milestone", "unit_name", "area_name"),
    key="plan_no",
    dates=DATES,
    has_codes=False,
)


def write(context: Context) -> Delivery:
    """Send the register so far."""
    return register.write(context, FEED, world_office.show_plans, send, hard.protected_file)


def send(context: Context, delivered: Delivery, state: pd.DataFrame, day: date) -> None:
    """Write one register and its account."""
    number = state["plan_no"].str.extract(r"^(\d+)/QH", expand=False).astype(float)
    is_put_off = ((number % 3 == 2) & (state["milestone"] == "Phê duyệt")).to_numpy()
    is_struck_off = ((number % 11 == 5) & (state["milestone"] == "Lấy ý kiến")).to_numpy()
    state, changes = register.add_second_thoughts(context, state, day, "milestone_due", is_put_off, is_struck_off)
    raw = register.write_texts(state, ("plan_no", "title", "lead_agency", "milestone", "status"))
    raw |= register.write_dates(state, DATES) | name_places(state)
    raw["kind"] = state["kind"].map(KIND_WORDS).astype(object).to_numpy(copy=True)
    rows = state[list(COLUMNS)].reset_index(drop=True)
    batch = money_quirks.make_batch("vp", state.drop(columns="area"), rows, raw, context.make_rng(FEED, str(day)), day)
    batch.log.update(changes)
    is_shown = state["place"].to_numpy() >= 0
    batch.state.loc[~is_shown, "unit_level"] = None
    real = state["plan_no"].isin([milestone.plan_no for milestone in briefing.MILESTONES]).to_numpy()
    people_quirks.let_loose(context, batch, SHAPE, (blanks,), (strange_commune,), people_quirks.NUMBERS, real)
    heading, file = "THEO DÕI QUY HOẠCH, ĐỀ ÁN", register.name_file(FILE, day, context)
    register.send(context, delivered, batch, FEED, file, SHEET, AGENCY, heading, HEADERS, DATES)


def name_places(state: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return "Khu vực Hòa Bình" and, where there is one, the commune."""
    names = state["area"].map(PROVINCE_NAME)
    area = ("Khu vực " + names).astype(object).where(names.notna(), None).to_numpy(copy=True)
    only = state.assign(unit_level=state["unit_level"].where(state["place"] >= 0, None))
    return {"area_name": area, "unit_name": money_quirks.write_units(only, "vp")}


def blanks(batch: Batch) -> None:
    """Write a dash where there is no commune, and for a milestone not yet reached."""
    people_quirks.empty_words(batch, ("unit_name", "milestone_done"), ("-",))


def strange_commune(batch: Batch) -> None:
    """Name a commune that does not exist."""
    people_quirks.unknown_unit(batch, "place", batch.state["unit_level"].notna().to_numpy())
