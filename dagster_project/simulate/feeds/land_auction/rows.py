"""This module holds what the three areas' auction registers have in common: canonical rows and the cells of a careful
clerk.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dagster_project.simulate.context import Context, find_month_end
from dagster_project.simulate.persons import draw_persons
from dagster_project.simulate.quirks import money as money_quirks
from dagster_project.simulate.quirks import season
from dagster_project.simulate.quirks.ordinary import Batch
from dagster_project.simulate.statements import UNIT
from dagster_project.simulate.world import money as world_money

HEADERS = {
    "auction_no": "Số thông báo", "site": "Khu đất", "unit_name": "Xã/Phường", "lot": "Số lô", "map_sheet": "Tờ bản đồ",
    "parcel": "Thửa đất", "area_m2": "Diện tích (m2)", "land_use": "Loại đất", "start_price": "Giá khởi điểm",
    "deposit": "Tiền đặt trước", "bidders": "Số người tham gia", "winning_price": "Giá trúng",
    "announced_on": "Ngày thông báo", "auction_date": "Ngày đấu giá", "status": "Trạng thái",
    "paid_amount": "Đã nộp NSNN", "round": "Lần", "organiser": "Tổ chức đấu giá", "seller": "Đơn vị có tài sản",
    "winner_name": "Người trúng", "winner_id": "CCCD người trúng",
}  # fmt: skip
STATUS_WORDS = {
    "chua_dau_gia": "chưa đấu giá", "da_thong_bao": "đã thông báo", "dau_gia_thanh": "đấu giá thành",
    "khong_thanh": "không thành", "huy_ket_qua": "hủy kết quả", "da_nop_du": "đã nộp đủ", "da_giao_dat": "đã giao đất",
}  # fmt: skip
ORGANISER, SELLER = "Trung tâm dịch vụ đấu giá tài sản", "Trung tâm PTQĐ"
MONEY = ("start_price", "deposit", "winning_price", "paid_amount")
CONTENT = (
    "auction_no", "map_sheet", "parcel", "area_m2", "land_use", "start_price", "deposit", "bidders", "winning_price",
    "announced_on", "auction_date", "status", "paid_amount", "organiser", "seller",
)  # fmt: skip
COLUMNS = ("site", "lot", "round", *CONTENT, *UNIT)


def make_shape(is_text: bool, area: str) -> money_quirks.Shape:
    """Return how a register writes its cells. Prices come first: those are what is spoilt."""
    return money_quirks.Shape(
        numbers=("start_price", "deposit", "winning_price", "paid_amount", "area_m2"),
        texts=("site", "status", "organiser", "unit_name"), key="lot", dates=("auction_date", "announced_on"),
        is_text=is_text, counts=("bidders",), is_own_file=area != "vp",
    )  # fmt: skip


def make_canonical(state: pd.DataFrame) -> pd.DataFrame:
    """Return the canonical rows of a month's part, in COLUMNS."""
    return state.assign(organiser=ORGANISER, seller=SELLER)[list(COLUMNS)].reset_index(drop=True)


def write_cells(state: pd.DataFrame, area: str, factor: int) -> dict[str, np.ndarray]:
    """Return the cells of a workbook: numbers as numbers (prices in units of `factor` đồng), dates as Excel's."""
    names = ("auction_no", "site", "lot", "map_sheet", "parcel", "land_use")
    cells = {name: state[name].astype(object).to_numpy(copy=True) for name in names}
    cells |= {name: money_quirks.write_money(state[name].to_numpy(), factor) for name in MONEY}
    cells |= {name: money_quirks.write_numbers(state[name].to_numpy()) for name in ("area_m2", "bidders", "round")}
    cells |= {
        name: money_quirks.write_dates(state[name].to_numpy(), False) for name in ("announced_on", "auction_date")
    }
    cells["unit_name"] = money_quirks.write_units(state, area)
    cells["status"] = state["status"].map(STATUS_WORDS).astype(object).to_numpy(copy=True)
    cells["organiser"] = np.full(len(state), ORGANISER, dtype=object)
    cells["seller"] = np.full(len(state), SELLER, dtype=object)
    business = pd.Series(np.zeros(len(state), dtype=bool))
    people = draw_persons(state["person"], business, pd.Series([area] * len(state), dtype=object))
    won = state["winning_price"].notna().to_numpy()
    for name, column in (("winner_name", "applicant_name"), ("winner_id", "national_id")):
        cells[name] = people[column].astype(object).to_numpy(copy=True)
        cells[name][~won] = None
    return cells


def spell_cells(cells: Mapping[str, np.ndarray], state: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the same cells as a CSV holds them: every one a text."""
    result = {}
    for name, values in cells.items():
        if name in ("announced_on", "auction_date"):
            result[name] = money_quirks.write_dates(state[name].to_numpy(), True)
        elif name in (*MONEY, "area_m2", "bidders", "round"):
            result[name] = money_quirks.spell_numbers(values)
        else:
            result[name] = np.where(pd.isna(values), "", values).astype(object)
    return result


def make_batch(context: Context, feed: str, area: str, month: np.datetime64, factor: int, is_text: bool) -> Batch:
    """Return a month's part of the register, messed up as much as the season asks."""
    state = world_money.show_auction_month(context, area, month)
    day = min(find_month_end(month), context.as_of)
    cells = write_cells(state, area, factor)
    raw = spell_cells(cells, state) if is_text else cells
    batch = money_quirks.make_batch(area, state, make_canonical(state), raw, context.make_rng(feed, str(month)), day)
    if context.is_hard:
        more = repeat_sale(state)
        if len(more):
            cells = write_cells(more, area, factor)
            raw = spell_cells(cells, more) if is_text else cells
            money_quirks.append_rows(batch, more, make_canonical(more), raw)
            batch.log["lot_sold_twice"] += len(more)
        at = batch.draw_some(0.008)
        batch.raw["status"][at] = "đang chờ"
        batch.refuse_rows(at, "unknown_code", "status")
        batch.log["unknown_status"] += len(at)
    season.let_loose(context, batch, make_shape(is_text, area))
    return batch


def repeat_sale(state: pd.DataFrame) -> pd.DataFrame:
    """Return the month's first sold lot sold again on the same day, in another round, to somebody else for more."""
    sold: pd.DataFrame = state[state["status"].isin(["da_nop_du", "da_giao_dat"]).to_numpy()].head(1)
    sold = sold[(sold["auction_date"].dt.day <= 28).to_numpy() & (sold["round"] < 3).to_numpy()]
    if sold.empty:
        return sold
    return sold.assign(
        round=sold["round"] + 1, person=sold["person"] // 3,
        auction_no=sold["auction_no"].str[:-1] + (sold["round"] + 1).astype(str),
        winning_price=sold["winning_price"] + 100_000_000, paid_amount=sold["paid_amount"] + 100_000_000,
    )  # fmt: skip


def sum_stated(batch: Batch, rows: np.ndarray, factor: int) -> float:
    """Return the sum of start prices that the office states for these rows, in its unit of money."""
    meant = rows[~batch.state["is_repeat"].to_numpy()[rows]]
    total: float = money_quirks.write_money(np.array([int(batch.rows["start_price"].to_numpy()[meant].sum())]), factor)[
        0
    ]
    return total


def sum_readable(batch: Batch) -> float:
    """Return the sum of all start prices that can be read; a row repeated to the letter counts once."""
    bad = (batch.rows["column"] == "start_price") & batch.rows["rule"].notna() | batch.state["is_repeat"]
    return float(batch.rows["start_price"][~bad].sum())
