"""This module draws lots and cleared sites of the three areas, and says when money is reported: with `projects` the
world that the nine feeds of money and land report on.

Everything is drawn from (seed, scale, area), never from the day of the report: a later report sees the same things,
older. Money is in whole đồng.
"""

from __future__ import annotations

import zlib
from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd

from dagster_project.simulate.context import Context, find_month_end
from dagster_project.simulate.reference import MERGER, load_reference
from dagster_project.simulate.statements import UNIT

FIRST_PLAN_YEAR = 2025
AREA_DIGIT = {"pt": "1", "vp": "2", "hb": "3"}
SOLD_SHARE = {"pt": 0.42, "vp": 0.46, "hb": 0.15}
CLEARED_SHARE = {"pt": 0.62, "vp": 0.6, "hb": 0.3}
FIRST_CLEARANCE = date(2025, 4, 30)
DONG = 1_000_000


def open_stream(seed: int, *names: str) -> np.random.Generator:
    """Return a random stream of its own for each part of this world."""
    return np.random.default_rng([seed, 3, zlib.crc32("/".join(names).encode())])


def list_report_dates(as_of: date, first: date = date(2025, 1, 15)) -> list[date]:
    """Return the 15th and the last day of each month, and four days before `as_of` when that is later."""
    months = np.arange(np.datetime64(first, "M"), np.datetime64(as_of, "M") + 1)
    days = [
        day for month in months for day in (date(int(str(month)[:4]), int(str(month)[5:]), 15), find_month_end(month))
    ]
    known = [day for day in days if first <= day <= as_of]
    newest = as_of - timedelta(days=4)
    return [*known, newest] if known and newest > known[-1] else known


def find_plan_year(day: date) -> int:
    """Return the plan that is being paid: in January still that of the year before, save in the first January of
    all.
    """
    return max(FIRST_PLAN_YEAR, day.year - 1 if day.month == 1 else day.year)


@cache
def list_units(after: bool) -> pd.DataFrame:
    """Return one row per former commune (of `load_reference()`): its unit on that side of 1 July 2025, as facts show
    it.

    Columns UNIT, unit_kind ("commune" or "former_commune"), office_row (row in its level's reference table) and
    main_commune_code (where a split commune's greater part went).
    """
    ref = load_reference()
    former = ref.former_commune
    row_of = pd.Series(ref.commune.index, index=ref.commune["commune_code"])
    main = former["main_commune_code"].astype(object)
    if after:
        frame = pd.DataFrame(
            {"unit_level": "commune", "unit_code": main, "commune_code": main, "attribution": "exact"}, dtype=object
        )
        office = main.map(row_of)
    else:
        split = former["is_split"].to_numpy()
        frame = pd.DataFrame({"unit_level": "former_commune", "unit_code": former["former_code"]}, dtype=object)
        frame["commune_code"] = main.mask(split, None)
        frame["attribution"] = np.where(split, "split", "former_commune").astype(object)
        office = pd.Series(former.index)
    frame["former_province_code"] = former["former_province_code"].astype(object)
    return frame.assign(office_row=office.astype(np.int64), main_commune_code=main)[
        [*UNIT, "office_row", "main_commune_code"]
    ]


def locate(rows: np.ndarray, days: np.ndarray) -> pd.DataFrame:
    """Return the unit of each row: `rows` are former communes (-1: nowhere, a project for the whole province), `days`
    when.
    """
    after = np.asarray(days, dtype="datetime64[D]") >= MERGER
    parts = [list_units(is_after).iloc[np.maximum(rows, 0)].reset_index(drop=True) for is_after in (False, True)]
    result: pd.DataFrame = parts[0].astype(object)
    result[after] = parts[1].astype(object)[after]
    result.loc[rows < 0, [*UNIT, "main_commune_code"]] = None
    result.loc[rows < 0, "office_row"] = -1
    return result


def _find_former_rows(area: str, whole: bool = False) -> np.ndarray:
    """Return rows of an area's former communes; `whole`: only those that went into one new commune."""
    former = load_reference().former_commune
    chosen = (former["area"] == area) & ~(former["is_split"] & whole)
    return np.flatnonzero(chosen.to_numpy())


def draw_places(rng: np.random.Generator, area: str, size: int, whole: bool = False) -> np.ndarray:
    """Return rows of an area's former communes, drawn by how busy they are; see `_find_former_rows`."""
    rows = _find_former_rows(area, whole)
    weight = load_reference().former_commune["weight"].to_numpy()[rows]
    return rng.choice(rows, size, p=weight / weight.sum())


def list_auctions(context: Context, area: str) -> pd.DataFrame:
    """Return every round of every lot, January 2025 – December 2026, one row per round, with its final outcome."""
    name = f"auctions/{area}"
    if name not in context.memo:
        context.memo[name] = _draw_auctions(context, area)
    return context.memo[name]


def _draw_auctions(context: Context, area: str) -> pd.DataFrame:
    rng = open_stream(context.seed, "lot", area)
    size = 16 if area == "hb" else max(200, round(6000 * context.scale))
    nth = np.arange(size)
    site = nth // 8
    place = draw_places(rng, area, size // 8 + 1, whole=True)
    names = np.array(["Đồng Chầm", "Gò Mít", "Cầu Gỗ", "Bãi Quan", "Đồng Linh"], dtype=object)
    called = names[rng.integers(0, 5, size // 8 + 1)]
    days = np.sort(rng.integers(4, 715, size)) if area == "hb" else rng.integers(4, 715, size)
    lots = pd.DataFrame(
        {
            "site": "Khu " + pd.Series(called[site]) + " " + pd.Series(site + 1).astype(str),
            "lot": "LK" + pd.Series(nth % 8 + 1).astype(str).str.zfill(2),
            "place": place[site],
            "map_sheet": pd.Series(site % 40 + 5).astype(str),
            "parcel": pd.Series(nth + 100).astype(str),
            "area_m2": np.round(rng.uniform(80, 300, size), 1),
            "land_use": rng.choice(
                np.array(["ONT", "ODT", "TMD", "SKC"], dtype=object), size, p=[0.42, 0.35, 0.2, 0.03]
            ),
            "start_price": rng.integers(200, 2500, size) * DONG,
            "deposit_share": rng.choice([0.1, 0.2], size, p=[0.2, 0.8]),
            "auction_date": np.datetime64("2025-01-01") + days.astype("timedelta64[D]"),
        }
    )
    return _draw_rounds(rng, lots, area)


def _draw_rounds(rng: np.random.Generator, lots: pd.DataFrame, area: str) -> pd.DataFrame:
    """Return the rounds of each lot: a failed or cancelled one is followed by another, up to three."""
    frames, waiting = [], lots
    for number in (1, 2, 3):
        size, sold = len(waiting), SOLD_SHARE[area] + 0.08 * (number - 1)
        fate = rng.random(size)
        status = np.select(
            [fate < sold * 0.3, fate < sold * 0.6, fate < sold, fate < 0.9, fate < 0.95, fate < 0.98],
            ["dau_gia_thanh", "da_nop_du", "da_giao_dat", "khong_thanh", "huy_ket_qua", "chua_dau_gia"], "da_thong_bao",
        ).astype(object)  # fmt: skip
        won = np.isin(status, ["dau_gia_thanh", "da_nop_du", "da_giao_dat", "huy_ket_qua"])
        start = waiting["start_price"].to_numpy()
        price = np.round(start * rng.uniform(1.03, 1.9, size) / 100_000) * 100_000
        share = np.select([status == "dau_gia_thanh", np.isin(status, ["da_nop_du", "da_giao_dat"])], [0.2, 1.0], 0)
        paid = np.where(share > 0, np.round(price * share / 100_000) * 100_000, np.nan)
        frames.append(
            waiting.assign(
                round=number, status=status, winning_price=np.where(won, price, np.nan), paid_amount=paid,
                deposit=(start * waiting["deposit_share"]).round().astype(np.int64),
                bidders=rng.integers(0, 12, size) + np.where(won, 1, 0), person=rng.integers(0, 2**62, size),
                announced_on=waiting["auction_date"] - np.timedelta64(25, "D"),
            )
        )  # fmt: skip
        again = np.isin(status, ["khong_thanh", "huy_ket_qua"]) & (rng.random(size) < 0.85)
        later = rng.integers(25, 46, size).astype("timedelta64[D]")
        waiting = waiting.assign(auction_date=waiting["auction_date"] + later)[again]
    rounds = pd.concat(frames, ignore_index=True)
    number = rounds["auction_date"].dt.month * 10 + rounds["place"] % 10
    rounds["auction_no"] = number.astype(str) + f"/TB-ĐG-{area.upper()}" + rounds["round"].astype(str)
    return rounds.sort_values(["auction_date", "site", "lot"], ignore_index=True)


def show_auction_month(context: Context, area: str, month: np.datetime64) -> pd.DataFrame:
    """Return a month's part of the register: its auctions; in the running month also those announced for later.

    An auction after the data day is announced (or not yet) and has no result.
    """
    rounds = list_auctions(context, area)
    day = np.datetime64(min(find_month_end(month), context.as_of))
    of_month = rounds["auction_date"].to_numpy().astype("datetime64[M]")
    is_running = month == np.datetime64(context.as_of, "M")
    ahead = (of_month > month) & (rounds["auction_date"] <= day + np.timedelta64(35, "D")) & (rounds["round"] == 1)
    part = rounds[(of_month == month) | (ahead & is_running)].reset_index(drop=True)
    later = (part["auction_date"] > day).to_numpy()
    told = np.where(part["announced_on"] <= day, "da_thong_bao", "chua_dau_gia")
    part["status"] = np.where(later, told, part["status"]).astype(object)
    for name in ("winning_price", "paid_amount"):
        part[name] = part[name].mask(later)
    place = locate(part["place"].to_numpy(), part["auction_date"].to_numpy())
    result: pd.DataFrame = pd.concat([part, place], axis=1)
    return result


def draw_clearance_sites(context: Context, area: str) -> pd.DataFrame:
    """Return where land is to be recovered: one row per project and former commune; one project has two that become
    one.
    """
    rng = open_stream(context.seed, "clearance", area)
    size = max(12, round(300 * context.scale))
    count = rng.choice([1, 2, 3], size, p=[0.35, 0.4, 0.25])
    at = np.repeat(np.arange(size), count)
    rows = _find_former_rows(area)
    place = rng.choice(rows, len(at))
    heir = load_reference().former_commune["main_commune_code"]
    twins = rows[heir.iloc[rows].duplicated(keep=False).to_numpy()]
    first = twins[0]
    second = next(row for row in twins[1:] if heir[row] == heir[first])
    at, place = np.append(at, [0, 0]), np.append(place, [first, second])
    things = np.array(["khu công nghiệp", "cao tốc", "đường dây 500kV", "khu tái định cư"], dtype=object)
    called = things[rng.integers(0, 4, size)][at]
    code = "7" + AREA_DIGIT[area] + pd.Series(at + 500).astype(str).str.zfill(5)
    sites = pd.DataFrame(
        {
            "project_code": code, "project_name": "Dự án " + pd.Series(called) + " " + pd.Series(at + 1).astype(str),
            "place": place, "area_to_recover_ha": np.round(rng.uniform(0.4, 28, len(at)), 2),
            "households": rng.integers(8, 120, len(at)), "pace": rng.uniform(0.5, 1.5, len(at)),
        }
    )  # fmt: skip
    return sites.drop_duplicates(["project_code", "place"], ignore_index=True)


def show_clearance(context: Context, area: str, day: date) -> pd.DataFrame:
    """Return a report's rows as at `day`: from July 2025 one per project and new commune, before that one a former
    commune.
    """
    sites = draw_clearance_sites(context, area)
    at = np.datetime64(day)
    done = 0.25 + 0.75 * np.clip((at - np.datetime64("2025-01-01")).astype(np.int64) / 500, 0, 1)
    share = np.clip(CLEARED_SHARE[area] * sites["pace"].to_numpy() * done * 1.4, 0, 1)
    homes = sites["households"].to_numpy()
    approved, given = np.floor(homes * share).astype(np.int64), np.floor(homes * share * 0.85).astype(np.int64)
    rows: pd.DataFrame = sites.assign(
        area_cleared_ha=np.round(sites["area_to_recover_ha"] * share * 0.95, 2),
        households_inventoried=np.floor(homes * np.minimum(1, share * 1.25)).astype(np.int64),
        households_approved=approved, households_paid=given, households_resettled=given // 10,
        budget_approved=approved * 300 * DONG, budget_paid=given * 300 * DONG, report_date=at,
    ).drop(columns="pace")  # fmt: skip
    rows = pd.concat([rows, locate(rows["place"].to_numpy(), np.full(len(rows), at))], axis=1)
    if at >= MERGER:
        rows = _sum_former_communes(rows)
    words = np.array([None, "Chưa thống nhất đơn giá"], dtype=object)
    said = open_stream(context.seed, "clearance difficulty", area, str(day)).integers(0, 2, len(rows))
    rows["difficulty"] = words[said]
    district = load_reference().former_commune["former_district_code"].to_numpy()[rows["place"].to_numpy()]
    order = ["project_code", "place"] if at >= MERGER else ["district", "place", "project_code"]
    result: pd.DataFrame = rows.assign(district=district).sort_values(order, ignore_index=True)
    return result


def _sum_former_communes(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with former communes of one project in one new commune summed into one."""
    measures = [name for name in rows.columns if name.startswith(("area_", "households", "budget_"))]
    rules = {name: "sum" if name in measures else "first" for name in rows.columns}
    summed = rows.groupby(["project_code", "commune_code"], as_index=False, sort=False).agg(rules)
    summed[["area_to_recover_ha", "area_cleared_ha"]] = summed[["area_to_recover_ha", "area_cleared_ha"]].round(2)
    return summed[rows.columns]
