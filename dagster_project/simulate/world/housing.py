"""This module draws the households of the housing programme of 2025: the world that the three housing feeds report on.

Sizes are as published (10,801 households: 7,479 new houses and 3,322 repairs; four strands; Hòa Bình 3,194 = 2,417 +
777, with 103 more that withdrew). Everything is drawn from (seed, scale): a later report sees the same houses, further
on.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from dagster_project.simulate.context import Context
from dagster_project.simulate.reference import FORMER_PROVINCE_OF_AREA, MERGER, load_reference
from dagster_project.simulate.world import money as world_money
from dagster_project.simulate.world.money import DONG, open_stream

HOMES = {"pt": (3_698, 1_859), "vp": (1_364, 686), "hb": (2_417, 777)}
"""New houses and repairs of each area. Only Hòa Bình's part is published; the rest is shared out."""
WITHDRAWN = {"pt": 0, "vp": 0, "hb": 103}
STRANDS = {
    "người có công": 1_475, "giảm nghèo bền vững": 2_347, "DTTS và miền núi": 1_149, "hộ nghèo, cận nghèo": 5_830,
}  # fmt: skip
ALL_HOMES = 10_801
FEWEST = 240
"""However small the scale, a programme of fewer households would leave most communes without one."""
SUPPORT = {"xay_moi": 60 * DONG, "sua_chua": 30 * DONG}
PACE = {"pt": 1.0, "vp": 0.94, "hb": 1.14}
"""How long a house takes; above one is slower."""
FUNDS = ("Quỹ Vì người nghèo", "Ngân sách trung ương", "Ngân sách tỉnh")
PEOPLES = {"pt": ("Kinh", "Mường", "Dao", "Tày"), "vp": ("Kinh", "Sán Dìu", "Dao"), "hb": ("Mường", "Kinh", "Thái")}
FIRST_START = np.datetime64("2025-02-01")
START_DAYS = 200
"""A few houses are begun as late as the middle of August: started is not completed."""


def draw_households(context: Context) -> pd.DataFrame:
    """Return one row per household: number, strand, kind, support (đồng), `place` (row of former communes), days of its
    life.
    """
    if "households" not in context.memo:
        context.memo["households"] = _draw(context)
    return context.memo["households"]


def _draw(context: Context) -> pd.DataFrame:
    share = max(context.scale, FEWEST / ALL_HOMES)
    frames = []
    for area, (new, repair) in HOMES.items():
        rng = open_stream(context.seed, "household", area)
        built = [max(8, round(new * share)), max(4, round(repair * share))]
        gone = max(2, round(WITHDRAWN[area] * share)) if WITHDRAWN[area] else 0
        kind = np.repeat(np.array(["xay_moi", "sua_chua"], dtype=object), built)
        kind = rng.permutation(kind)
        kind = np.concatenate([kind, np.full(gone, "xay_moi", dtype=object)])
        size = len(kind)
        frames.append(
            pd.DataFrame(
                {
                    "area": area, "kind": kind, "place": _draw_places(rng, area, size),
                    "is_withdrawn": np.arange(size) >= size - gone, "person": rng.integers(0, 2**62, size),
                    "birth_year": rng.integers(1938, 1996, size), "hamlet": rng.integers(1, 16, size),
                    "ethnicity": rng.choice(np.array(PEOPLES[area], dtype=object), size),
                    "source_fund": rng.choice(np.array(FUNDS, dtype=object), size, p=[0.7, 0.2, 0.1]),
                }
            )
        )  # fmt: skip
    rows = pd.concat(frames, ignore_index=True)
    rng = open_stream(context.seed, "household life")
    rows = pd.concat([rows, _draw_life(rng, rows)], axis=1)
    number = pd.Series(np.arange(1, len(rows) + 1)).astype(str).str.zfill(6)
    code = rows["area"].map(FORMER_PROVINCE_OF_AREA)
    rows = rows.assign(household_id=("NO" + code + number).astype(object), strand=_draw_strands(rng, len(rows)))
    return rows.assign(support=rows["kind"].map(SUPPORT).astype(np.int64))


def _draw_places(rng: np.random.Generator, area: str, size: int) -> np.ndarray:
    """Draw places: every new commune has a household while there are enough; Hòa Bình's first lives where a commune was
    split.
    """
    former = load_reference().former_commune
    mine = np.flatnonzero((former["area"] == area).to_numpy())
    one_each = mine[~former["main_commune_code"].iloc[mine].duplicated().to_numpy()]
    weight = former["weight"].to_numpy()[mine]
    rest = rng.choice(mine, size, p=weight / weight.sum())
    place: np.ndarray = np.concatenate([one_each, rest])[:size]
    if area == "hb":
        place[0] = np.flatnonzero(former["is_split"].to_numpy())[0]
    return place


def _draw_strands(rng: np.random.Generator, size: int) -> np.ndarray:
    """Draw the four strands in their published shares, to the household."""
    bounds = np.round(np.cumsum(list(STRANDS.values())) * size / ALL_HOMES).astype(np.int64)
    counts = np.diff([0, *bounds[:-1], size])
    named: np.ndarray = rng.permutation(np.repeat(np.array(list(STRANDS), dtype=object), counts))
    return named


def _draw_life(rng: np.random.Generator, rows: pd.DataFrame) -> pd.DataFrame:
    """Draw when each house was begun, completed and handed over; half are handed over days later, the others in
    autumn.
    """
    size = len(rows)
    pace = rows["area"].map(PACE).to_numpy()
    first = np.minimum(rng.beta(2.2, 2.6, size) * START_DAYS * pace, START_DAYS + 5).astype(np.int64)
    work = (rng.uniform(18, 50, size) * pace * np.where(rows["kind"] == "sua_chua", 0.75, 1.0)).astype(np.int64)
    wait = np.where(rng.random(size) < 0.5, rng.integers(3, 9, size), rng.integers(40, 120, size))
    started = FIRST_START + first.astype("timedelta64[D]")
    completed = started + work.astype("timedelta64[D]")
    return pd.DataFrame(
        {"starts": started, "completes": completed, "hands_over": completed + wait.astype("timedelta64[D]")}
    )


def show_register(context: Context, area: str, day: date) -> pd.DataFrame:
    """Return an area's register as at `day`: households with status, dates so far, and the unit as that office names
    it.

    Hòa Bình keeps the former communes after the merger. In no tidy season some households stand under two strands.
    """
    rows = draw_households(context)
    rows = rows[(rows["area"] == area).to_numpy()].reset_index(drop=True)
    if context.mess != "none":
        rows = pd.concat([rows, draw_second_strands(rows)], ignore_index=True)
    at, nat = np.datetime64(day), np.datetime64("NaT", "s")
    idle = rows["is_withdrawn"].to_numpy()
    shown = {}
    for name, source in (("started_on", "starts"), ("completed_on", "completes"), ("handed_over_on", "hands_over")):
        times = rows[source].to_numpy().astype("datetime64[s]")
        shown[name] = np.where((times <= at) & ~idle, times, nat)
    known = {name: ~np.isnat(times) for name, times in shown.items()}
    status = np.select(
        [idle, known["handed_over_on"], known["completed_on"], known["started_on"]],
        ["rut", "da_ban_giao", "hoan_thanh", "dang_lam"], "chua_khoi_cong",
    ).astype(object)  # fmt: skip
    late = (status == "dang_lam") & (rows["person"].to_numpy() % 4 == 1)
    seen = np.datetime64("2025-06-30") if area == "hb" else at
    place = world_money.locate(rows["place"].to_numpy(), np.full(len(rows), seen))
    district = load_reference().former_commune["former_district_code"].to_numpy()[rows["place"].to_numpy()]
    difficulty = np.array([None, "Thiếu nhân công"], dtype=object)[late.astype(int)]
    rows = rows.assign(**shown, status=status, difficulty=difficulty, district=district)
    order = ["district", "place", "household_id"] if area == "hb" else ["household_id"]
    whole = pd.concat([rows, place], axis=1)
    return whole.sort_values(order, kind="stable", ignore_index=True)


def draw_second_strands(rows: pd.DataFrame) -> pd.DataFrame:
    """Return households that another strand lists too, and has not begun: with more, with less, or with the same
    support.
    """
    number = rows["household_id"].str[4:].astype(np.int64).to_numpy()
    chosen = (number % 97 == 5) | (np.arange(len(rows)) == 1)
    again = rows[chosen & ~rows["is_withdrawn"].to_numpy()].reset_index(drop=True)
    names = list(STRANDS)
    following = {name: names[(place + 1) % len(names)] for place, name in enumerate(names)}
    other = {"xay_moi": "sua_chua", "sua_chua": "xay_moi"}
    is_same = (np.arange(len(again)) % 3 == 2).astype(bool)
    kind = again["kind"].where(is_same, again["kind"].map(other))
    never = np.datetime64("2030-01-01")
    result: pd.DataFrame = again.assign(
        strand=again["strand"].map(following).astype(object), kind=kind.astype(object),
        support=kind.map(SUPPORT).astype(np.int64), starts=never, completes=never, hands_over=never,
    )  # fmt: skip
    return result


def is_merged(day: date) -> bool:
    """Return whether the new communes are there."""
    return bool(np.datetime64(day) >= MERGER)
