"""This module draws the projects of public investment: what the three areas plan for a year, and what is paid by a day.

The plans of an area's projects add up to the officials' own figures (dbt/seeds/plan_decision.csv) to the đồng at any
scale, and what is paid goes through the public figures of 2025. Where the officials name no figure of an area, it has
its part of the rest of the province. Money is in whole đồng.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from dagster_project.core import paths
from dagster_project.simulate.context import Context
from dagster_project.simulate.reference import FORMER_PROVINCE_OF_AREA, load_reference
from dagster_project.simulate.world.money import AREA_DIGIT, FIRST_PLAN_YEAR, draw_places, locate, open_stream

FUNDS = ("NSTW", "NSDP", "ODA", "KHAC")
HAS_FUND = (0.5, 0.55, 0.4, 0.12)
PROJECTS, FEWEST = 800, 60
"""Projects of an area at scale 1; fewer than the second would each have to be a province's largest."""
JULY_SHARE = {"pt": 0.61, "vp": 0.74}
"""Part of the year's plan that is paid by the day of the province's own figure; Hòa Bình has the rest of it."""
LAST_SHARE = {"pt": 0.9, "vp": 0.92, "hb": 0.62}
"""The same by 31 January of the next year: Hòa Bình is stuck."""
ZERO_SHARE = {"pt": 0.04, "vp": 0.04, "hb": 0.2}
NOWHERE_SHARE = {"pt": 0.3, "vp": 0.12, "hb": 0.06}
RECODED_SHARE = 0.1
"""Projects whose code changes on some day: a report has the old one or the new one, never both."""
SECTORS = (
    "GIAO THÔNG", "NÔNG NGHIỆP, THỦY LỢI", "Y TẾ, GIÁO DỤC", "HẠ TẦNG ĐÔ THỊ", "HẠ TẦNG KHU CÔNG NGHIỆP",
)  # fmt: skip
GREAT = (("đường", 0), ("cầu", 0), ("hồ chứa", 1), ("hạ tầng khu công nghiệp", 4), ("khu đô thị", 3))
SMALL = (("trường học", 2), ("trạm y tế", 2), ("kè", 1), ("hệ thống thoát nước", 3), ("đường gom khu công nghiệp", 4))
"""What is built, and its sector."""
GROUP_FROM = {"B": 240e9, "A": 4_600e9, "QTQG": 30_000e9}
"""Total investment from which a project is of a group (Luật 58/2024/QH15, of roads and bridges); below them C."""
OWNERS = ("Ban QLDA ĐTXD tỉnh", "Sở Xây dựng", "Sở Nông nghiệp và Môi trường", "UBND huyện")
PLAN_DAYS = 396
"""From 1 January to 31 January of the next year (Luật 58/2024/QH15, điều 72)."""
GRAIN = 1_000
"""Amounts are whole thousands of đồng, so that a report in triệu or tỷ đồng states the same amount exactly."""


@dataclass(frozen=True)
class OfficialPlan:
    """This plan is an area's for a year in đồng, and what is paid of it: days since 1 January and đồng by then."""

    pm: int
    total: int
    days: tuple[int, ...]
    paid: tuple[float, ...]


@cache
def find_official_plans() -> dict[str, OfficialPlan]:
    """Return the plan of each area: the officials' figures of 2025, which stand for every year."""
    table = pd.read_csv(paths.SEEDS_DIR / "plan_decision.csv", dtype=str, keep_default_na=False)
    table = table[table["plan_year"] == str(FIRST_PLAN_YEAR)].sort_values("as_of").drop_duplicates("scope", keep="last")
    told = table.set_index("scope").to_dict("index")
    of_area = {area: told[f"{code}-former"] for area, code in FORMER_PROVINCE_OF_AREA.items()}
    whole = told[FORMER_PROVINCE_OF_AREA["pt"]]
    pm = _share_rest(whole["plan_pm"], {area: row["plan_pm"] for area, row in of_area.items()})
    total = _share_rest(whole["plan_total"], {area: row["plan_total"] for area, row in of_area.items()}, pm)
    july = {area: share * total[area] for area, share in JULY_SHARE.items()}
    july["hb"] = int(whole["disbursed"]) - sum(july.values())
    plans = {}
    for area, row in of_area.items():
        points = [
            (0, 0.0), (_count_days(row["as_of"]), float(row["disbursed"])), (_count_days(whole["as_of"]), july[area]),
            (PLAN_DAYS - 1, LAST_SHARE[area] * total[area]),
        ]  # fmt: skip
        days, paid = zip(*points, strict=True)
        plans[area] = OfficialPlan(pm[area], total[area], days, paid)
    return plans


def _count_days(day: str) -> int:
    return (date.fromisoformat(day) - date(FIRST_PLAN_YEAR, 1, 1)).days


def _share_rest(whole: str, known: dict[str, str], weight: dict[str, int] | None = None) -> dict[str, int]:
    """Return an amount for each area: its own where it is known, else its part by weight of the rest of the whole."""
    open_areas = [area for area, amount in known.items() if not amount]
    rest = int(whole) - sum(int(amount) for amount in known.values() if amount)
    parts = round_to_sum(np.array([1 if weight is None else weight[area] for area in open_areas], dtype=float), rest)
    return {area: int(known[area] or parts[open_areas.index(area)]) for area in known}


def round_to_sum(weights: np.ndarray, total: int) -> np.ndarray:
    """Return whole thousands of đồng in proportion to `weights` that add up to `total` (a whole thousand itself)."""
    exact = weights / weights.sum() * (total // GRAIN)
    whole: np.ndarray = np.floor(exact).astype(np.int64)
    left = total // GRAIN - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:left]] += 1
    return whole * GRAIN


def draw_projects(context: Context, area: str) -> pd.DataFrame:
    """Return an area's projects, one row each: who builds what where, how large (`weight`) and how fast (`haste`).

    From `recoded_on` a report knows a project by its `new_code`; most never have another.
    """
    rng = open_stream(context.seed, "project", area)
    size = max(FEWEST, round(PROJECTS * context.scale))
    number = pd.Series(np.arange(size))
    weight = rng.lognormal(0, 0.9, size)
    is_great = weight > np.quantile(weight, 0.6)
    kind = rng.choice(np.array(["Xây dựng", "Cải tạo, nâng cấp", "Đầu tư"], dtype=object), size)
    nth = rng.integers(0, len(GREAT), size)
    thing = [(GREAT if great else SMALL)[row] for great, row in zip(is_great, nth, strict=True)]
    place = draw_places(rng, area, size)
    if area == "hb":
        place[3] = np.flatnonzero(load_reference().former_commune["is_split"])[0]
    changes = np.where(rng.random(size) < RECODED_SHARE, rng.integers(40, 400, size), 99_999)
    head = rng.choice(np.array(["7", "8"], dtype=object), size) + AREA_DIGIT[area]
    return pd.DataFrame(
        {
            "project_code": head + number.astype(str).str.zfill(5),
            "new_code": head + (number + 40_000).astype(str),
            "project_name": kind + " " + pd.Series([name for name, _ in thing]) + " số " + (number + 1).astype(str),
            "owner": rng.choice(np.array(OWNERS, dtype=object), size),
            "sector": [sector for _, sector in thing],
            "place": np.where(rng.random(size) < NOWHERE_SHARE[area], -1, place),
            "recoded_on": np.datetime64("2025-01-01") + changes.astype("timedelta64[D]"),
            "is_zero": rng.random(size) < ZERO_SHARE[area],
            "haste": np.clip(rng.normal(1, 0.18, size), 0.3, 1.6),
            "weight": weight,
        }
    )


def draw_plans(context: Context, area: str, year: int) -> pd.DataFrame:
    """Return a year's plan of an area's projects, one row per project and fund: the project's columns and đồng
    amounts.

    A row's plan of the province (local and carried) is never below its plan of the Prime Minister.
    """
    name = f"plans/{area}/{year}"
    if name not in context.memo:
        context.memo[name] = _draw_year_plans(context, area, year)
    return context.memo[name]


def _draw_year_plans(context: Context, area: str, year: int) -> pd.DataFrame:
    project, official = draw_projects(context, area), find_official_plans()[area]
    rng = open_stream(context.seed, "plan", area, str(year))
    funds = FUNDS[:3] if area == "vp" else FUNDS
    has = rng.random((len(project), len(funds))) < np.array(HAS_FUND[: len(funds)])
    has[~has.any(axis=1), 1] = True
    at, fund = np.nonzero(has)
    size = len(at)
    weight = project["weight"].to_numpy()[at] * rng.lognormal(0, 0.4, size)
    is_small = rng.random(len(project))[at] < 0.06
    pm = round_to_sum(weight * np.where(is_small, 0.3, 1.0), official.pm)
    more = round_to_sum(weight * rng.uniform(0.2, 1.0, size), official.total - official.pm)
    carried = _round(np.where(rng.random(size) < 0.4, more * rng.uniform(0.1, 0.6, size), 0))
    whole = pd.Series(pm + more).groupby(at).transform("sum").to_numpy()
    investment = _round(whole * rng.uniform(1.6, 6, len(project))[at])
    return project.iloc[at].reset_index(drop=True).assign(
        project_row=at,
        fund_source=np.array(funds, dtype=object)[fund],
        plan_year=year,
        project_group=_find_groups(investment),
        total_investment=investment,
        plan_pm=pm,
        plan_local=pm + more - carried,
        plan_carried=carried,
        fund_haste=np.clip(rng.normal(1, 0.12, size), 0.5, 1.4),
        advance_kind=rng.choice(3, size, p=[0.45, 0.35, 0.2]),
    )  # fmt: skip


def _find_groups(investment: np.ndarray) -> np.ndarray:
    names = np.array(["C", *GROUP_FROM], dtype=object)
    groups: np.ndarray = names[np.searchsorted(list(GROUP_FROM.values()), investment, side="right")]
    return groups


def _round(amounts: np.ndarray) -> np.ndarray:
    return (np.round(np.asarray(amounts, dtype=float) / GRAIN) * GRAIN).astype(np.int64)


def show_disbursed(context: Context, area: str, year: int, day: date) -> pd.DataFrame:
    """Return a report's rows: the plan with paid_completed and paid_advance, cumulative within the plan year up to
    `day`.
    """
    plan = draw_plans(context, area, year)
    at = np.datetime64(day)
    official = find_official_plans()[area]
    elapsed = int((at - np.datetime64(f"{year}-01-01")).astype(np.int64))
    payable = (plan["plan_local"] + plan["plan_carried"]).to_numpy()
    haste = np.where(plan["is_zero"], 0, plan["haste"] * plan["fund_haste"])
    paid = _round(share_out(float(np.interp(elapsed, official.days, official.paid)), payable, haste))
    kind = plan["advance_kind"].to_numpy()
    advance = _round(paid * np.select([kind == 1, kind == 2], [0.22, -0.03], 0.0))
    place = locate(plan["place"].to_numpy(), np.full(len(plan), at))
    words = np.array([None, None, "Vướng GPMB", "Chậm phê duyệt thiết kế"], dtype=object)
    said = open_stream(context.seed, "difficulty", area, str(day)).integers(0, 4, len(plan))
    code = plan["project_code"].where((plan["recoded_on"] > at).to_numpy(), plan["new_code"])
    return pd.concat([plan, place], axis=1).assign(
        project_code=code, paid_completed=paid - advance, paid_advance=advance, report_date=at, difficulty=words[said]
    )


def share_out(amount: float, most: np.ndarray, haste: np.ndarray) -> np.ndarray:
    """Return what each is paid of `amount`: at its own haste, never above `most`, so that no payment ever shrinks.

    Where the hasty ones cannot take it all, they are paid in full.
    """
    low, high = 0.0, 1 / haste[haste > 0].min()
    for _ in range(60):
        middle = (low + high) / 2
        is_short = (np.minimum(haste * middle, 1) * most).sum() < amount
        low, high = (middle, high) if is_short else (low, middle)
    shares: np.ndarray = np.minimum(haste * high, 1) * most
    return shares
