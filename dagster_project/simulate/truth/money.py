"""This module computes what the product should say of money and land, in pandas, from what the offices meant to write.

Nothing here reads a delivered byte or calls the product. The rules are those of docs/rules.md ("Stocks at D"), written
again. Money is in đồng, land in hectares, lots in square metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from dagster_project.core import paths
from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds.investment import rows as investment_rows
from dagster_project.simulate.feeds.land_auction import rows as land_auction_rows
from dagster_project.simulate.feeds.site_clearance import form as site_clearance_form
from dagster_project.simulate.quirks.ordinary import REMARKS
from dagster_project.simulate.reference import FORMER_PROVINCE_OF_AREA
from dagster_project.simulate.statements import UNIT, Control, Delivery
from dagster_project.simulate.truth.gap import GAP
from dagster_project.simulate.truth.gap_money import (
    PLANS_IN_ORDER,
    SOLD,
    MoneyEvidence,
    list_money_gaps,
    list_money_restatements,
    take_last_reports,
)
from dagster_project.simulate.truth.kpi import COLUMNS, PROVINCE, tidy
from dagster_project.simulate.truth.restatement import RESTATEMENT
from dagster_project.simulate.truth.tables import QUARANTINE, Truth, find_superseded, make_accounts

AREAS = ("pt", "vp", "hb")
PLACE = ("feed_id", "file", "sheet", "row")
PLANS = ("inv_rate_pm", "inv_rate_total")
"""The KPIs that divide by the two official plans: of the Prime Minister, and the whole."""
DECISION_SCOPES = {"25": ("province", "25")} | {
    f"{code}-former": ("former_province", code) for code in ("25", "26", "17")
}


@dataclass(frozen=True)
class Domain:
    """A domain is a kind of fact: its feeds, its key (`place`: the commune, else the unit) and its columns.

    `aside` names columns of which another spelling makes no other statement.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    aside: tuple[str, ...] = ()

    @property
    def feeds(self) -> tuple[str, ...]:
        """Return the feeds of the three areas."""
        return tuple(f"{self.name}_{area}" for area in AREAS)


INVESTMENT = Domain("investment", investment_rows.KEY, investment_rows.COLUMNS)
AUCTION = Domain("land_auction", ("site", "place", "lot", "round"), land_auction_rows.COLUMNS)
CLEARANCE = Domain("site_clearance", site_clearance_form.KEY, site_clearance_form.COLUMNS)
DOMAINS = {domain.name: domain for domain in (INVESTMENT, AUCTION, CLEARANCE)}


@dataclass
class MoneyTruth:
    """This truth holds `rows` (to quarantine) and `ranked` (sound rows, one per source row, with `is_duplicate`), with
    their place.

    `facts`: disbursement, auction_lot, site_clearance by name; `kpi` as in `truth.kpi`; `controls`: official plans
    beside the sum of the projects; `gaps` and `restatements` as in `truth.gap` and `truth.restatement`.
    """

    rows: pd.DataFrame
    ranked: pd.DataFrame
    kpi: pd.DataFrame
    facts: dict[str, pd.DataFrame]
    controls: list[Control]
    gaps: pd.DataFrame
    restatements: pd.DataFrame


def add_money(truth: Truth, delivered: dict[str, Delivery], context: Context) -> Truth:
    """Return the same truth with what it should say of money and land, in every frame, and with the three tables of
    facts.
    """
    mine = {feed: sent for feed, sent in delivered.items() if feed.rpartition("_")[0] in DOMAINS}
    if not mine:
        return truth
    money = state_money_truth(mine, context)
    others = truth.accounts[~truth.accounts["feed_id"].isin(list(mine))] if len(truth.accounts) else truth.accounts
    account = pd.concat([others, make_accounts(mine, money.rows, money.ranked)], ignore_index=True)
    bad = pd.concat([truth.quarantine, money.rows[list(truth.quarantine.columns)]], ignore_index=True)
    controls = pd.DataFrame([vars(total) for total in money.controls], columns=list(truth.control_total.columns))
    truth.accounts = account.sort_values(["feed_id", "file"], ignore_index=True)
    truth.quarantine = bad.sort_values(["feed_id", "file", "sheet", "row"], ignore_index=True)
    measures = {"numerator": "Float64", "denominator": "Float64"}
    truth.kpi = tidy(pd.concat([truth.kpi.astype(measures), money.kpi.astype(measures)], ignore_index=True))
    truth.control_total = pd.concat([truth.control_total, controls], ignore_index=True)
    truth.data_gap = append_rows(truth.data_gap, money.gaps, GAP)
    truth.restatement = append_rows(truth.restatement, money.restatements, RESTATEMENT)
    truth.extra.update(money.facts)
    return truth


def append_rows(frame: pd.DataFrame, more: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return both frames as one, in the order of `columns`."""
    parts = [part[list(columns)].astype(object) for part in (frame, more) if len(part)]
    if not parts:
        return frame
    result: pd.DataFrame = pd.concat(parts, ignore_index=True).sort_values(list(columns), ignore_index=True)
    return result


def state_money_truth(delivered: dict[str, Delivery], context: Context) -> MoneyTruth:
    """Return the truth of the nine feeds among `delivered`."""
    as_of = context.as_of
    told = {name: rank_statements(delivered, domain) for name, domain in DOMAINS.items()}
    facts = {
        "disbursement": _place_projects(take_latest(told["investment"], delivered, INVESTMENT)),
        "auction_lot": take_latest(told["land_auction"], delivered, AUCTION),
        "site_clearance": take_latest(told["site_clearance"], delivered, CLEARANCE),
    }
    paid = _take_current_projects(facts["disbursement"], as_of)
    told_at = _take_told(told["investment"], paid, _find_dead(delivered, INVESTMENT))
    decisions = find_official(as_of)
    parts = [
        _apply_official(_compute_investment_kpis(paid), decisions),
        _compute_auction_kpis(facts["auction_lot"], as_of),
        _compute_clearance_kpis(facts["site_clearance"]),
    ]
    years = (find_plan_year(as_of), as_of.year, as_of.year)
    begun = [part.assign(period_start=pd.Timestamp(year, 1, 1)) for part, year in zip(parts, years, strict=True)]
    kpi = pd.concat(begun, ignore_index=True).assign(period_kind="to_date")
    everything = pd.concat(told.values(), ignore_index=True)
    sound = everything[everything["rule"].isna()]
    by_row = sound.groupby(list(PLACE), as_index=False, dropna=False)["is_duplicate"].all()
    bad = everything[everything["rule"].notna()].drop_duplicates(list(PLACE))
    shown = {
        "disbursement": _show_facts(facts["disbursement"], INVESTMENT),
        "auction_lot": _show_facts(facts["auction_lot"], AUCTION),
        "site_clearance": _show_facts(facts["site_clearance"], CLEARANCE),
    }
    refused = bad[list(QUARANTINE)]
    dead = {pair for domain in DOMAINS.values() for pair in _find_dead(delivered, domain)}
    controls = _list_controls(paid, decisions)
    about = MoneyEvidence(as_of, context.ref, delivered, dead, told, paid, told_at, facts["auction_lot"], controls,
                          take_last_reports(facts["site_clearance"]))  # fmt: skip
    return MoneyTruth(
        refused, pd.DataFrame(by_row), kpi.reindex(columns=COLUMNS), shown, controls,
        list_money_gaps(about), list_money_restatements(about),
    )  # fmt: skip


def rank_statements(delivered: dict[str, Delivery], domain: Domain) -> pd.DataFrame:
    """Return all rows of a domain's feeds in rank order within their key, with what their file says and `is_duplicate`.

    Rank: data date, "lần n", SHA-256, then the place in the file. A refused row is no statement and no duplicate.
    """
    frames = []
    for feed in domain.feeds:
        if feed in delivered and delivered[feed].rows:
            files = pd.DataFrame([vars(record) for record in delivered[feed].files])
            about = files.set_index("file")[["data_date", "statement_no", "sha256"]]
            frames.append(pd.concat(delivered[feed].rows, ignore_index=True).join(about, on="file"))
    names = [*domain.columns, "rule", "column", *REMARKS, *PLACE, "data_date", "statement_no", "sha256"]
    if not frames:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in [*names, "place", "is_duplicate"]})
    rows = pd.concat(frames, ignore_index=True)[names]
    rows["place"] = rows["commune_code"].where(rows["commune_code"].notna(), rows["unit_code"])
    order = ["data_date", "statement_no", "sha256", "sheet", "row"]
    rows = rows.sort_values([*domain.key, *order], kind="stable", ignore_index=True)
    sound = rows[rows["rule"].isna()]
    same = pd.Series(True, index=sound.index)
    for name in dict.fromkeys(name for name in (*domain.key, *domain.columns) if name not in domain.aside):
        before = sound[name].shift()
        same &= (sound[name] == before) | (sound[name].isna() & before.isna())
    same.iloc[:1] = False
    return rows.assign(is_duplicate=same.reindex(rows.index, fill_value=False).astype(bool))


def take_latest(rows: pd.DataFrame, delivered: dict[str, Delivery], domain: Domain) -> pd.DataFrame:
    """Return the last live statement of each key: rows of a report that was sent again are dead."""
    live = _take_alive(rows, _find_dead(delivered, domain))
    return live.drop_duplicates(list(domain.key), keep="last").reset_index(drop=True)


def _place_projects(facts: pd.DataFrame) -> pd.DataFrame:
    """Return projects; one without a commune counts in the former province whose plan it stands in."""
    area = facts["feed_id"].str.rpartition("_")[2] if len(facts) else facts["feed_id"]
    nowhere = facts["former_province_code"].isna()
    return facts.assign(
        former_province_code=facts["former_province_code"].mask(nowhere, area.map(FORMER_PROVINCE_OF_AREA)),
        attribution=facts["attribution"].mask(facts["attribution"].isna(), "area"),
    )


def _find_dead(delivered: dict[str, Delivery], domain: Domain) -> set[tuple[str, str]]:
    records = [vars(record) for feed in domain.feeds if feed in delivered for record in delivered[feed].files]
    return find_superseded(pd.DataFrame(records)) if records else set()


def _take_alive(rows: pd.DataFrame, dead: set[tuple[str, str]]) -> pd.DataFrame:
    """Return sound rows of files that no other replaced."""
    pairs = pd.MultiIndex.from_frame(rows[["feed_id", "file"]])
    alive: pd.DataFrame = rows[rows["rule"].isna() & ~pairs.isin(list(dead))]
    return alive


def _take_told(rows: pd.DataFrame, paid: pd.DataFrame, dead: set[tuple[str, str]]) -> pd.DataFrame:
    """Return all sound live rows of the reports that the disbursement at D is taken from."""
    key = ["feed_id", "plan_year", "report_date"]
    return _take_alive(rows, dead).merge(paid[key].drop_duplicates(), on=key)


def _show_facts(facts: pd.DataFrame, domain: Domain) -> pd.DataFrame:
    """Return a fact table: its canonical columns and where each row came from, in the order of its key."""
    area = facts["feed_id"].str.rpartition("_")[2] if len(facts) else facts["feed_id"]
    columns = [*domain.columns, "area", *PLACE]
    return facts.assign(area=area).sort_values(list(domain.key), kind="stable", ignore_index=True)[columns]


def find_plan_year(as_of: date) -> int:
    """Return the year whose plan's payments count at D: in January the year before (Luật 58/2024/QH15, điều 72)."""
    return as_of.year - 1 if as_of.month == 1 else as_of.year


def _take_current_projects(facts: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the latest report of each feed for the plan year that runs, with paid and the whole local plan."""
    rows = facts[
        (facts["plan_year"] == find_plan_year(as_of)) & (pd.to_datetime(facts["report_date"]) <= pd.Timestamp(as_of))
    ]
    newest = rows.groupby("feed_id")["report_date"].transform("max")
    rows = rows[rows["report_date"] == newest]
    numbers = {name: rows[name].fillna(0).astype("int64") for name in investment_rows.AMOUNTS}
    return rows.assign(
        paid=numbers["paid_completed"] + numbers["paid_advance"], plan_pm=numbers["plan_pm"],
        plan_total=numbers["plan_local"] + numbers["plan_carried"],
    )  # fmt: skip


def _sum_parts(
    rows: pd.DataFrame, above: pd.Series, below: pd.Series | None, kpi: str, member: str = ""
) -> pd.DataFrame:
    """Return a KPI's numerator and denominator at province, former province and commune; a rate over nothing is no row.

    Rows without any unit count in the province alone.
    """
    units = {
        "province": pd.Series(PROVINCE, index=rows.index),
        "former_province": rows["former_province_code"],
        "commune": rows["commune_code"],
    }
    base = pd.DataFrame(
        {"numerator": above.astype(float), "denominator": 0.0 if below is None else below.astype(float)}
    )
    base["member"] = rows[member].astype(object) if member else ""
    frames = []
    for grain, unit in units.items():
        known = base.assign(unit_code=unit.astype(object))[unit.notna()]
        summed = known.groupby(["unit_code", "member"], as_index=False)[["numerator", "denominator"]].sum()
        frames.append(summed.assign(grain=grain))
    result = pd.concat(frames, ignore_index=True).assign(kpi_id=kpi, dimension=member)
    if below is None:
        return result.assign(denominator=np.nan)
    return result[result["denominator"] > 0].round({"numerator": 4, "denominator": 4})


def _compute_investment_kpis(rows: pd.DataFrame) -> pd.DataFrame:
    totals = rows.groupby("project_code", as_index=False).agg(
        paid=("paid", "sum"), plan=("plan_total", "sum"), commune_code=("commune_code", "first"),
        former_province_code=("former_province_code", "first"),
    )  # fmt: skip
    zero = (totals["plan"] > 0) & (totals["paid"] == 0)
    return pd.concat(
        [
            _sum_parts(rows, rows["paid"], rows["plan_pm"], "inv_rate_pm"),
            _sum_parts(rows, rows["paid"], rows["plan_total"], "inv_rate_total"),
            _sum_parts(rows, rows["paid"], rows["plan_total"], "inv_rate_total", "fund_source"),
            _sum_parts(totals, zero, None, "inv_zero_projects"),
        ],
        ignore_index=True,
    )


def find_official(as_of: date) -> pd.DataFrame:
    """Return the newest decision of each scope for the plan year, known at D: grain, unit_code, KPI and denominator."""
    file = paths.SEEDS_DIR / "plan_decision.csv"
    names = ["grain", "unit_code", "kpi_id", "official", "scope", "source", "as_of"]
    if not file.exists():
        return pd.DataFrame(columns=names)
    table = pd.read_csv(file, dtype=str, keep_default_na=False)
    table = table[(table["plan_year"] == str(find_plan_year(as_of))) & (table["as_of"] <= as_of.isoformat())]
    table = table.sort_values("as_of").drop_duplicates("scope", keep="last")
    found = []
    for row in table.itertuples():
        grain, unit = DECISION_SCOPES[str(row.scope)]
        for kpi, plan in zip(PLANS, (row.plan_pm, row.plan_total), strict=True):
            if plan:
                found.append((grain, unit, kpi, float(str(plan)), row.scope, row.source, row.as_of))
    return pd.DataFrame(found, columns=names)


def _apply_official(kpi: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Return KPIs in which an official plan takes the place of the projects' sum, for its own scope and over all
    funds: only where the decision tells both plans.
    """
    whole = decisions[decisions.groupby("scope")["kpi_id"].transform("size") == len(PLANS)]
    for row in whole.itertuples():
        at = (kpi["grain"] == row.grain) & (kpi["unit_code"] == row.unit_code) & (kpi["dimension"] == "")
        mine = at & (kpi["kpi_id"] == row.kpi_id)
        kpi = kpi.assign(denominator=kpi["denominator"].mask(mine, float(str(row.official))))
    return kpi


def _list_controls(rows: pd.DataFrame, decisions: pd.DataFrame) -> list[Control]:
    """Return each official plan beside the sum of the projects that it is about."""
    result = []
    for row in decisions.itertuples():
        mine = rows if row.grain == "province" else rows[rows["former_province_code"] == row.unit_code]
        if len(mine):
            plan = mine["plan_pm" if row.kpi_id == "inv_rate_pm" else "plan_total"].sum()
            named = (str(row.source), str(row.scope), str(row.kpi_id))
            result.append(Control("plan_decision", *named, float(str(row.official)), float(plan)))
    return result + _list_plans(rows, decisions)


def _list_plans(rows: pd.DataFrame, decisions: pd.DataFrame) -> list[Control]:
    """Return each total plan beside the Prime Minister's plan, which is part of it: of decisions that hold both, and of
    the projects of each feed.
    """
    result = [
        Control("plan_decision", str(two["source"].iloc[0]), str(scope), PLANS_IN_ORDER,
                two["official"]["inv_rate_total"], two["official"]["inv_rate_pm"],
                date.fromisoformat(two["as_of"].iloc[0]))
        for scope, two in decisions.set_index("kpi_id").groupby("scope") if len(two) == 2
    ]  # fmt: skip
    for feed, mine in rows.groupby("feed_id"):
        area = str(feed).rpartition("_")[2]
        total, pm = (float(mine[plan].sum()) for plan in ("plan_total", "plan_pm"))
        day = pd.Timestamp(mine["report_date"].max()).date()
        result.append(Control(str(feed), "du_an", area, PLANS_IN_ORDER, total, pm, day))
    return result


def count_lots(facts: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return lots offered from 1 January to D, each once at its last round; "chưa đấu giá" is no offer."""
    day = pd.to_datetime(facts["auction_date"])
    offered = facts[
        (facts["status"] != "chua_dau_gia") & (day >= pd.Timestamp(as_of.year, 1, 1)) & (day <= pd.Timestamp(as_of))
    ]
    ordered = offered.sort_values(["auction_date", "round"], kind="stable")
    return ordered.drop_duplicates(["site", "place", "lot"], keep="last")


def _compute_auction_kpis(facts: pd.DataFrame, as_of: date) -> pd.DataFrame:
    lots = count_lots(facts, as_of)
    sold = lots["status"].isin(SOLD)
    won = lots["winning_price"].astype(float).where(sold, 0).fillna(0)
    only = lots[sold]
    return pd.concat(
        [
            _sum_parts(lots, sold, pd.Series(1, index=lots.index), "auction_sold"),
            _sum_parts(lots, won, lots["start_price"], "auction_revenue"),
            _sum_parts(only, only["winning_price"] - only["start_price"], only["start_price"], "auction_premium"),
            _sum_parts(only, only["paid_amount"].fillna(0), only["winning_price"], "auction_collected"),
        ],
        ignore_index=True,
    )


def _compute_clearance_kpis(facts: pd.DataFrame) -> pd.DataFrame:
    """Return KPIs of the latest report of each feed; two former communes of one project in one new commune are
    summed.
    """
    rows = take_last_reports(facts)
    return pd.concat(
        [
            _sum_parts(rows, rows["area_cleared_ha"], rows["area_to_recover_ha"], "clearance_area"),
            _sum_parts(rows, rows["households_paid"], rows["households"], "clearance_paid"),
        ],
        ignore_index=True,
    )


__all__ = [
    "UNIT",
    "MoneyTruth",
    "count_lots",
    "find_official",
    "find_plan_year",
    "rank_statements",
    "state_money_truth",
    "take_latest",
]
