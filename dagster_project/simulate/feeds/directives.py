"""The Office's register of tasks given by the leaders is a workbook with every task so far."""

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
from dagster_project.simulate.quirks.ordinary import Batch, apply_to_distinct
from dagster_project.simulate.statements import UNIT, Delivery
from dagster_project.simulate.world import offices as world_office

FEED, FILE, SHEET, AGENCY = "directives", "so_theo_doi.xlsx", "Chỉ đạo", "VĂN PHÒNG UBND TỈNH"
HEADERS = {
    "directive_no": "Số văn bản", "issued_on": "Ngày ban hành", "signer": "Người ký", "task": "Nội dung nhiệm vụ",
    "unit_name": "Cơ quan chủ trì", "supporting": "Cơ quan phối hợp", "due_text": "Thời hạn", "product": "Sản phẩm",
    "done_on": "Ngày hoàn thành", "result_no": "VB kết quả", "sector": "Lĩnh vực",
}  # fmt: skip
DATES = ("issued_on", "done_on")
COLUMNS = (
    "directive_no", "task", "issued_on", "signer", "lead_agency", "supporting", "due_text", "due_on", "product",
    "done_on", "result_no", "sector", *UNIT,
)  # fmt: skip
KEY = ("directive_no", "task")
ASIDE = ("lead_agency",)
"""The agency as written: another spelling of it is no other statement."""
SHAPE = money_quirks.Shape(
    numbers=(), texts=("task", "unit_name", "supporting", "due_text"), key="directive_no", dates=DATES, has_codes=False,
    has_unit_name=False,
)  # fmt: skip
TWO_LEADS_RULE = "two_lead_agencies"
STRANGE_WORDS = ("sau khi đủ điều kiện", "trước ngày 45/7", "trong thời gian gần nhất có thể")


def write(context: Context) -> Delivery:
    """Send the register so far."""
    return register.write(context, FEED, world_office.show_directives, send, hard.unnoticed_files)


def send(context: Context, delivered: Delivery, state: pd.DataFrame, day: date) -> None:
    """Write one register and its account."""
    number = state["directive_no"].str.extract(r"^(\d+)/UBND", expand=False).astype(float)
    # A whole date is put off in the same words; those of the briefing stand as they were given.
    is_dated = state["due_text"].str.match(r"\d+/\d+/\d+$").fillna(False).astype(bool)
    is_put_off = ((number % 11 == 3) & is_dated).to_numpy()
    state, changes = register.add_second_thoughts(
        context, state, day, "due_on", is_put_off, (number % 31 == 4).to_numpy()
    )
    if changes.get("put_off"):
        due = pd.DatetimeIndex(state.loc[is_put_off, "due_on"])
        state.loc[is_put_off, "due_text"] = [f"{last.day}/{last.month}/{last.year}" for last in due]
    texts = ("directive_no", "signer", "task", "supporting", "due_text", "product", "result_no", "sector")
    raw = register.write_texts(state, texts) | register.write_dates(state, DATES)
    raw["unit_name"] = state["lead_agency"].astype(object).to_numpy(dtype=object, copy=True)
    rows = state[list(COLUMNS)].reset_index(drop=True)
    batch = money_quirks.make_batch("vp", state, rows, raw, context.make_rng(FEED, str(day)), day)
    batch.log.update(changes)
    own, bad = (agency_case, unanswered), (two_leads, strange_agency, strange_due)
    without = ("unit_spelling", *people_quirks.NUMBERS)
    people_quirks.let_loose(context, batch, SHAPE, own, bad, without, is_real(state))
    heading, file = "SỔ THEO DÕI NHIỆM VỤ LÃNH ĐẠO GIAO", register.name_file(FILE, day, context)
    register.send(context, delivered, batch, FEED, file, SHEET, AGENCY, heading, HEADERS, DATES)


def is_real(state: pd.DataFrame) -> np.ndarray:
    """Return which tasks are those of the briefing: they are never made unreadable, whatever the season."""
    real: np.ndarray = (state["directive_no"] == briefing.NUMBER).to_numpy()
    return real


def agency_case(batch: Batch) -> None:
    """Write the agency with other capitals."""
    at = batch.draw_some(0.05)
    batch.raw["unit_name"][at] = apply_to_distinct(
        batch.raw["unit_name"][at], lambda name: name.replace("Môi trường", "Môi Trường")
    )
    also = batch.draw_some(0.02)
    batch.raw["unit_name"][also] = apply_to_distinct(batch.raw["unit_name"][also], str.upper)
    batch.log["text_case"] += len(also)
    # The fact keeps the agency as written; it is the unit beside it that is the same.
    changed = np.concatenate([at, also])
    batch.rows.loc[changed, "lead_agency"] = batch.raw["unit_name"][changed]


def unanswered(batch: Batch) -> None:
    """Write a dash for "not yet" and "nobody"."""
    people_quirks.empty_words(batch, ("done_on", "supporting", "result_no"))


def two_leads(batch: Batch) -> None:
    """Let two agencies lead: whose task it is would be a guess."""
    at = people_quirks.draw_at_least_one(batch, 0.01)
    batch.raw["unit_name"][at] = "Sở Tài chính, Sở Xây dựng"
    batch.refuse_rows(at, TWO_LEADS_RULE, "agency")
    batch.log["two_lead_agencies"] += len(at)


def strange_agency(batch: Batch) -> None:
    """Name an agency that does not exist."""
    people_quirks.unknown_unit(batch, "agency")


def strange_due(batch: Batch) -> None:
    """Write words that name no day, or one that does not exist: the task has no deadline, and the words are a
    finding.
    """
    for word in STRANGE_WORDS:
        at = people_quirks.draw_at_least_one(batch, 0.01, batch.rows["due_on"].notna().to_numpy())
        batch.raw["due_text"][at] = word
        batch.rows.loc[at, "due_text"] = word
        batch.rows.loc[at, "due_on"] = np.datetime64("NaT", "s")
        # Words without a number may be a way of saying "no date"; a number that is no day is a mistake.
        batch.rows.loc[at, "due_words_unread"] = any(letter.isdigit() for letter in word)
        batch.log["unreadable_due"] += len(at)
