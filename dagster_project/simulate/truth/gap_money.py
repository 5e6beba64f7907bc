"""This module finds what is missing, wrong or stated differently in the reports of money and land, in pandas.

The gaps of every feed are those of `gap`; here stand the ones that only these nine feeds can have: rows that contradict
themselves, and projects and lots that do (docs/rules.md, "Gaps").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

import pandas as pd

from dagster_project.simulate.reference import FORMER_PROVINCE_OF_AREA, Reference
from dagster_project.simulate.statements import Control, Delivery
from dagster_project.simulate.truth.gap import (
    Evidence,
    Part,
    count_gaps,
    list_gaps,
    list_said_twice,
    name_period,
    read_rhythm,
)
from dagster_project.simulate.truth.gap_unit import list_all_refused
from dagster_project.simulate.truth.restatement import RESTATEMENT, list_keyed_restatements

STEPS = (
    ("cleared_above_area", "area_cleared_ha", "area_to_recover_ha"),
    ("inventoried_above_households", "households_inventoried", "households"),
    ("approved_above_inventoried", "households_approved", "households_inventoried"),
    ("paid_above_approved", "households_paid", "households_approved"),
    ("resettled_above_paid", "households_resettled", "households_paid"),
    ("spent_above_budget", "budget_paid", "budget_approved"),
)
"""Each later step of a clearance is at most the one before it."""
LAND_FOR_HOUSES = ("ONT", "ODT")
DEPOSIT_DAYS = pd.to_datetime(["2024-08-01", "2026-01-06", "2027-02-28"])
"""First day of the bands of a deposit; first and last day on which one who buys land for a house may put down half."""
SOLD = ("dau_gia_thanh", "da_nop_du", "da_giao_dat")
PLACE = ["feed_id", "file", "sheet", "row"]
FACTS = {
    "investment": ("total_investment", "plan_pm", "plan_local", "plan_carried", "paid_completed", "paid_advance",
                   "unit_code", "project_name", "owner", "project_group", "difficulty"),
    "land_auction": ("auction_date", "area_m2", "start_price", "deposit", "winning_price", "unit_code"),
    "site_clearance": ("area_to_recover_ha", "area_cleared_ha", "households", "households_inventoried",
                       "households_approved", "households_paid", "households_resettled", "budget_approved",
                       "budget_paid", "project_name", "difficulty"),
}  # fmt: skip
"""What of a fact is stated for its day once and for all; a lot's bidders, payments and status go on."""
PLANS_IN_ORDER = "plan_total_above_plan_pm"
"""The total plan beside the Prime Minister's, which is part of it."""
GOES_ON = ("auction_no", "announced_on", "map_sheet", "parcel", "land_use", "bidders", "paid_amount", "status",
           "organiser", "seller")  # fmt: skip
"""Of a lot: restated only in a register sent again for its day."""
TABLES = {"investment": "fct_disbursement", "land_auction": "fct_auction_lot", "site_clearance": "fct_site_clearance"}


@dataclass(frozen=True)
class MoneyEvidence:
    """This is the evidence of the nine feeds: see `money.state_money_truth`.

    `statements`: all rows of each domain in rank order within their key; `projects`: the disbursement that counts at D;
    `told`: all sound live rows of the reports that it is taken from; `lots`: the latest live statement of each round;
    `controls`: official plans beside the sum of the projects, and total plans beside the Prime Minister's;
    `parcels`: the clearance that counts at D.
    """

    as_of: date
    ref: Reference
    delivered: dict[str, Delivery]
    dead: set[tuple[str, str]]
    statements: dict[str, pd.DataFrame]
    projects: pd.DataFrame
    told: pd.DataFrame
    lots: pd.DataFrame
    controls: list[Control]
    parcels: pd.DataFrame

    @property
    def files(self) -> pd.DataFrame:
        """Return the records of all files."""
        return pd.DataFrame([vars(record) for sent in self.delivered.values() for record in sent.files])


def list_money_gaps(told: MoneyEvidence) -> pd.DataFrame:
    """Return all gaps of the nine feeds, in the columns of `gap.list_gaps`."""
    everything = pd.concat(told.statements.values(), ignore_index=True)
    rows = everything.drop_duplicates(PLACE)
    sound = rows[rows["rule"].isna()]
    nothing = pd.DataFrame()
    known = Evidence(
        told.as_of, told.ref, told.delivered, told.files, told.dead, rows, sound, full=nothing, portal=nothing
    )
    own = [
        partial(_list_overpaid, told.projects),
        partial(_list_two_owners, told.told),
        partial(_list_resold, told),
        partial(list_odd_deposits, told.lots),
        *(partial(list_said_twice, known, _add_key(domain, rows)) for domain, rows in told.statements.items()),
        partial(list_small_plans, told.controls),
    ]
    state = {"investment": told.projects, "land_auction": told.lots, "site_clearance": told.parcels}
    shared: list[Part] = [
        _list_steps_out_of_order,
        _list_repeated_sheets,
        partial(list_all_refused, told={domain: rows["commune_code"] for domain, rows in state.items()}),
    ]
    gaps = list_gaps(known, [*shared, *(lambda _, part=part: part() for part in own)])
    # A total under a fund is named by both.
    return gaps.assign(measure=gaps["measure"].str.replace(":", " "))


def list_money_restatements(told: MoneyEvidence) -> pd.DataFrame:
    """Return all restatements of the nine feeds, in the columns of `restatement.list_restatements`."""
    frames = [
        list_keyed_restatements(
            TABLES[domain],
            _add_key(domain, rows),
            FACTS[domain],
            told.files,
            told.dead,
            progress=GOES_ON if domain == "land_auction" else (),
            is_of_period=domain != "land_auction",
        )
        for domain, rows in told.statements.items()
    ]
    return pd.concat(frames, ignore_index=True)[list(RESTATEMENT)]


def take_last_reports(facts: pd.DataFrame) -> pd.DataFrame:
    """Return the clearance of the latest report of each feed."""
    return facts[facts["report_date"] == facts.groupby("feed_id")["report_date"].transform("max")]


def _add_key(domain: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Return sound statements with the key of their fact in one text."""
    sound = rows[rows["rule"].isna()]
    if sound.empty:
        return sound
    unit = sound["unit_level"].astype(object) + ":" + sound["unit_code"].astype(object)
    if domain == "land_auction":
        place = sound["commune_code"].astype(object).where(sound["commune_code"].notna(), unit)
        parts = [sound["site"].str.lower(), place, sound["lot"].str.lower(), sound["round"].astype(int).astype(str)]
    else:
        day = pd.to_datetime(sound["report_date"]).dt.strftime("%Y-%m-%d")
        middle = [unit] if domain == "site_clearance" else [sound["fund_source"], sound["plan_year"].astype(str)]
        parts = [sound["project_code"], *middle, day]
    key = parts[0].astype(object)
    for part in parts[1:]:
        key = key + "|" + part.astype(object)
    return sound.assign(key=key)


def _list_steps_out_of_order(known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield rows of a clearance whose later step is further than the one before, and auctions before their notice."""
    rows = known.ranked[known.ranked["feed_id"].str.startswith("site_clearance_")]
    for rule, later, earlier in STEPS:
        wrong = rows[rows[later].astype(float) > rows[earlier].astype(float)]
        if len(wrong):
            yield count_gaps(known.take_live_rows(wrong), "contradiction", rule, ["commune_code"])
    lots = known.ranked[known.ranked["feed_id"].str.startswith("land_auction_")]
    hasty = pd.to_datetime(lots["announced_on"]) > pd.to_datetime(lots["auction_date"])
    if hasty.any():
        yield count_gaps(
            known.take_live_rows(lots[hasty]), "contradiction", "auction_before_announced", ["commune_code"]
        )


def _list_repeated_sheets(known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield sheets of an auction workbook that say what another sheet of it says, row for row."""
    rows = known.take_live_rows(known.ranked[known.ranked["feed_id"].str.startswith("land_auction_")])
    columns = ["site", "place", "lot", "round", "status", *FACTS["land_auction"]]
    said = rows.assign(content=pd.util.hash_pandas_object(rows[columns].astype(str).fillna(""), index=False))
    for (feed, _, period), file in said.groupby(["feed_id", "file", "period_name"]):
        sheets: dict[tuple[int, ...], str] = {}
        for sheet, mine in file.groupby("sheet"):
            content = tuple(sorted(mine["content"]))
            if sheets.setdefault(content, str(sheet)) != sheet:
                gap = {"feed_id": feed, "period": period, "rows_affected": len(mine)}
                yield pd.DataFrame([gap]).assign(kind="contradiction", measure="sheet_repeated")


def _list_overpaid(projects: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield projects that were paid more than the plan of the year, or than their whole investment (NĐ 254/2025, and
    until 25/9/2025 NĐ 99/2021).
    """
    if projects.empty:
        return
    by = ["feed_id", "project_code", "report_date"]
    about = {
        "paid": "sum",
        "plan_total": "sum",
        "total_investment": "max",
        "commune_code": "first",
        "fund_source": "size",
    }
    sums = projects.groupby(by, as_index=False).agg(about)
    sums["period"] = pd.to_datetime(sums["report_date"]).dt.strftime("%Y-%m-%d")
    for rule, most in (("paid_above_plan", "plan_total"), ("paid_above_total_investment", "total_investment")):
        wrong = sums[sums["paid"] > sums[most]].rename(columns={"fund_source": "rows_affected"})
        yield wrong.assign(kind="contradiction", measure=rule)


def _list_two_owners(told: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield projects that two owners, or two feeds, report at D: one gap for each feed that has it."""
    if told.empty:
        return
    said = told[~told["is_duplicate"]]
    of_project = said.groupby("project_code")
    both = (of_project["owner"].transform("nunique") > 1) | (of_project["feed_id"].transform("nunique") > 1)
    if both.any():
        gaps = said[both].groupby(["feed_id", "project_code"], as_index=False)
        found = gaps.agg({"report_date": "max", "commune_code": "first", "owner": "size"})
        day = pd.to_datetime(found["report_date"]).dt.strftime("%Y-%m-%d")
        yield found.rename(columns={"owner": "rows_affected"}).assign(
            kind="contradiction", measure="two_owners", period=day
        )


def _list_resold(told: MoneyEvidence) -> Iterator[pd.DataFrame]:
    """Yield lots that were sold in two rounds, by the month of the later one."""
    lots = told.lots
    if lots.empty:
        return
    sold = lots[lots["status"].isin(SOLD) & (pd.to_datetime(lots["auction_date"]) <= pd.Timestamp(told.as_of))]
    about = {"auction_date": "max", "commune_code": "first", "round": "size"}
    twice = sold.groupby(["feed_id", "site", "place", "lot"], as_index=False).agg(about)
    twice = twice[twice["round"] > 1].rename(columns={"round": "rows_affected"})
    month = pd.to_datetime(twice["auction_date"]).dt.strftime("%Y-%m")
    yield twice.assign(kind="contradiction", measure="sold_twice", period=month)


def list_small_plans(controls: list[Control]) -> Iterator[pd.DataFrame]:
    """Yield total plans below the Prime Minister's plan of their scope: of a decision the feed of its province is asked
    (the whole province has the code of Phú Thọ), on the decision's day; of projects their feed, on the report's.
    """
    for plans in controls:
        if plans.measure == PLANS_IN_ORDER and plans.stated < plans.computed and plans.data_date:
            code = plans.scope.partition("-")[0]
            area = next((area for area, own in FORMER_PROVINCE_OF_AREA.items() if own == code), plans.scope)
            feed = f"investment_{area}"
            gap = {"feed_id": feed, "period": name_period(read_rhythm(feed).cadence, plans.data_date)}
            yield pd.DataFrame([gap]).assign(kind="control_total", measure=plans.measure)


def list_odd_deposits(lots: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield lots whose deposit no bidder could lawfully have made, by the month of their auction.

    10 to 20 % of the start price holds for everybody. Only where the land is, or may be, for houses can the bidder be
    one to whom it is 5 to 20 %, and 10 to 50 % between the two later days.
    """
    if lots.empty:
        return
    share = lots["deposit"].astype("Float64") / lots["start_price"].astype("Float64")
    day = pd.to_datetime(lots["auction_date"])
    first, raised_from, raised_to = DEPOSIT_DAYS
    may_be_house = lots["land_use"].isna() | lots["land_use"].isin(LAND_FOR_HOUSES)
    raised = day.between(raised_from, raised_to)
    least = pd.Series(0.1, lots.index).mask(may_be_house & ~raised, 0.05)
    most = pd.Series(0.2, lots.index).mask(may_be_house & raised, 0.5)
    outside = (share < least - 0.0005) | (share > most + 0.0005)
    odd = lots[outside.fillna(False).astype(bool) & (day >= first)]
    odd = odd.assign(period=pd.to_datetime(odd["auction_date"]).dt.strftime("%Y-%m"))
    keys = ["feed_id", "commune_code", "auction_date", "site", "lot", "period"]
    found = odd.groupby(keys, as_index=False, dropna=False).size().rename(columns={"size": "rows_affected"})
    yield found.assign(kind="contradiction", measure="deposit_out_of_band")
