"""This module computes what the product should say of houses, centres, tasks and plans, in pandas, from what the
offices meant.

Nothing here reads a delivered byte or calls the product. The rules are those of docs/rules.md ("Stocks at D"), written
again. Figures are of the year to date only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds import centre_readiness, directives, planning
from dagster_project.simulate.feeds.housing import rows as housing_rows
from dagster_project.simulate.statements import Delivery
from dagster_project.simulate.truth.gap import GAP
from dagster_project.simulate.truth.gap_people import PeopleEvidence, list_people_gaps, list_people_restatements
from dagster_project.simulate.truth.kpi import COLUMNS, PROVINCE, tidy
from dagster_project.simulate.truth.money import PLACE, Domain, append_rows, rank_statements, take_latest
from dagster_project.simulate.truth.restatement import RESTATEMENT
from dagster_project.simulate.truth.tables import Truth, find_superseded, make_accounts
from dagster_project.simulate.world.offices import FIGURES, KINDS

LINE_HOURS = 168.0
"""Hours of a week in which a line should be up."""
PROGRAMME_END = date(2025, 8, 31)
"""Last day of the houses' programme."""
STARTED, COMPLETED = ("dang_lam", "hoan_thanh", "da_ban_giao"), ("hoan_thanh", "da_ban_giao")
AREA_GRAINS = ("province", "former_province", "commune")


@dataclass(frozen=True)
class Register(Domain):
    """A register is a domain and the feeds that deliver it."""

    senders: tuple[str, ...] = ()

    @property
    def feeds(self) -> tuple[str, ...]:
        """Return the feeds."""
        return self.senders


HOUSING = Register(
    "housing", housing_rows.KEY, housing_rows.COLUMNS, senders=tuple(f"housing_{area}" for area in ("pt", "vp", "hb"))
)
CENTRE = Register("centre_readiness", centre_readiness.KEY, centre_readiness.COLUMNS, senders=("centre_readiness",))
DIRECTIVE = Register("directives", directives.KEY, directives.COLUMNS, senders=("directives",), aside=directives.ASIDE)
PLAN = Register("planning", planning.KEY, planning.COLUMNS, senders=("planning",))
REGISTERS = {"household": HOUSING, "centre_readiness": CENTRE, "directive": DIRECTIVE, "plan_milestone": PLAN}
"""Each fact's name, which is its file's, and its register."""
FEEDS = tuple(feed for register in REGISTERS.values() for feed in register.senders)


def add_people(truth: Truth, delivered: dict[str, Delivery], context: Context) -> Truth:
    """Return the same truth with what it should say of these feeds: accounts, quarantine, KPIs, facts, gaps,
    restatements.
    """
    mine = {feed: sent for feed, sent in delivered.items() if feed in FEEDS}
    if not mine:
        return truth
    told = {name: rank_statements(mine, register) for name, register in REGISTERS.items()}
    facts = make_facts(told, mine, context.as_of)
    everything = pd.concat(told.values(), ignore_index=True)
    good = everything[everything["rule"].isna()]
    bad = everything[everything["rule"].notna()]
    others = truth.accounts[~truth.accounts["feed_id"].isin(list(mine))] if len(truth.accounts) else truth.accounts
    account = pd.concat([others, make_accounts(mine, bad, good)], ignore_index=True)
    truth.accounts = account.sort_values(["feed_id", "file"], ignore_index=True)
    refused = pd.concat([truth.quarantine, bad[list(truth.quarantine.columns)]], ignore_index=True)
    truth.quarantine = refused.sort_values(["feed_id", "file", "sheet", "row"], ignore_index=True)
    kpi = compute_kpis(facts, context.as_of)
    measures = {"numerator": "Float64", "denominator": "Float64"}
    truth.kpi = tidy(pd.concat([truth.kpi.astype(measures), kpi.astype(measures)], ignore_index=True))
    truth.extra.update({name: show_facts(facts[name], register) for name, register in REGISTERS.items()})
    dead = find_superseded(pd.DataFrame([vars(record) for sent in mine.values() for record in sent.files]))
    about = PeopleEvidence(context.as_of, context.ref, mine, dead, told, facts)
    truth.data_gap = append_rows(truth.data_gap, list_people_gaps(about), GAP)
    truth.restatement = append_rows(truth.restatement, list_people_restatements(about), RESTATEMENT)
    return truth


def make_facts(told: dict[str, pd.DataFrame], delivered: dict[str, Delivery], as_of: date) -> dict[str, pd.DataFrame]:
    """Return the last live statement of each key, as far as it is known at D, with the flags that the KPIs need."""
    last = {name: take_latest(told[name], delivered, register) for name, register in REGISTERS.items()}
    return {
        "household": date_households(flag_counted_households(last["household"]), told["household"]),
        "centre_readiness": flag_current_centres(last["centre_readiness"], as_of),
        "directive": judge_deadlines(keep_known(last["directive"], "issued_on", as_of), "due_on", "done_on", as_of),
        "plan_milestone": judge_deadlines(last["plan_milestone"], "milestone_due", "milestone_done", as_of),
    }


def keep_known(rows: pd.DataFrame, name: str, as_of: date) -> pd.DataFrame:
    """Return rows whose date is not after D."""
    result: pd.DataFrame = rows[(pd.to_datetime(rows[name]) <= pd.Timestamp(as_of)).to_numpy(dtype=bool)]
    return result.reset_index(drop=True)


def flag_counted_households(rows: pd.DataFrame) -> pd.DataFrame:
    """Add `is_counted`: a household under two strands counts once, under the larger support; a tie by the strand's
    name.
    """
    ordered = rows.assign(_support=rows["support"].astype(float)).sort_values(
        ["household_id", "_support", "strand"], ascending=[True, False, True], na_position="last", kind="stable"
    )
    first = ~ordered.duplicated("household_id")
    return rows.assign(is_counted=first.reindex(rows.index).astype(bool))


def date_households(facts: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    """Add `_started`, `_completed`: the day of the work; where it is not told, the data date of the first of the files
    in a row that say so, up to the newest that does not say withdrawn. What is completed was started by then.

    Add `_withdrawn`, the first of the files in a row that say withdrawn, and `_before`, the status before them.
    `said`: all statements, in rank order within a house.
    """
    key, days = list(HOUSING.key), said[said["rule"].isna()].drop_duplicates([*HOUSING.key, "data_date"], keep="last")
    kept = days[days["status"] != "rut"]
    for name, of, states, told in (
        ("_completed", kept, COMPLETED, ["completed_on", "handed_over_on"]),
        ("_started", kept, STARTED, ["started_on"]),
        ("_withdrawn", days, ("rut",), []),
    ):
        holds = of["status"].isin(list(states)).astype(int)[::-1]
        unbroken = of[holds.groupby([of[part] for part in key]).cummin().astype(bool).reindex(of.index)]
        since = pd.to_datetime(unbroken.groupby(key)["data_date"].min()).rename("_since")
        stated = facts.join(since, on=key)[[*told, "_since"]].apply(pd.to_datetime)
        facts = facts.assign(**{name: stated.bfill(axis=1).iloc[:, 0]})
    before = kept.drop_duplicates(key, keep="last").set_index(key)["status"].rename("_before")
    return facts.join(before, on=key).assign(_started=facts[["_started", "_completed"]].min(axis=1))


def flag_current_centres(rows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Add `is_current`: the latest report of each centre up to D."""
    rows = keep_known(rows, "report_date", as_of)
    ordered = rows.sort_values("report_date", kind="stable")
    last = ~ordered.duplicated(["unit_level", "unit_code"], keep="last")
    return rows.assign(is_current=last.reindex(rows.index).astype(bool))


def judge_deadlines(rows: pd.DataFrame, due_name: str, done_name: str, as_of: date) -> pd.DataFrame:
    """Add `is_overdue` (due before D and not done by D) and `is_on_time` (NULL without a due date, and while there is
    time).
    """
    day = pd.Timestamp(as_of)
    due, done = pd.to_datetime(rows[due_name]), pd.to_datetime(rows[done_name])
    done = done.where(done <= day)
    past, is_done = due < day, done.notna()
    on_time = pd.Series(pd.NA, index=rows.index, dtype="boolean").mask(
        due.notna() & (past | is_done), is_done & (done <= due)
    )
    return rows.assign(**{done_name: done}, is_overdue=past & ~is_done, is_on_time=on_time)


def show_facts(facts: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Return a fact table: canonical columns, flags, where each row came from, in the order of its key; counts as
    integers.
    """
    flags = [name for name in ("is_counted", "is_current", "is_overdue", "is_on_time") if name in facts]
    names = [*register.columns, *flags, *PLACE]
    table = facts.sort_values(list(register.key), kind="stable", ignore_index=True)[names]
    if register is HOUSING:
        table.insert(0, "area", table["feed_id"].str[-2:])
    whole = [name for name in FIGURES if name in table and name not in ("line_mbps", "line_outage_hours")]
    return table.astype(dict.fromkeys(whole, "Int64"))


def compute_kpis(facts: dict[str, pd.DataFrame], as_of: date) -> pd.DataFrame:
    """Return all KPIs of these domains, in the columns of `truth.kpi`."""
    parts = [
        *_compute_housing_kpis(facts["household"], as_of), *_compute_centre_kpis(facts["centre_readiness"]),
        *_compute_directive_kpis(facts["directive"]), *_compute_plan_kpis(facts["plan_milestone"]),
    ]  # fmt: skip
    told = [part for part in parts if len(part)]
    if not told:
        return pd.DataFrame(columns=COLUMNS)
    kpi = pd.concat(told, ignore_index=True)
    return kpi.assign(period_kind="to_date", period_start=pd.Timestamp(as_of.year, 1, 1)).reindex(columns=COLUMNS)


def sum_parts(
    rows: pd.DataFrame, above: pd.Series, below: pd.Series | None, kpi: str, grains: Sequence[str], member: str = ""
) -> pd.DataFrame:
    """Return a KPI's numerator and denominator at the grains asked for; a rate over nothing is no row, a count of zero
    is.
    """
    is_department = (rows["unit_level"] == "department").to_numpy()
    units = {
        "province": pd.Series(PROVINCE, index=rows.index),
        "former_province": rows["former_province_code"],
        "commune": rows["commune_code"],
        "department": rows["unit_code"].where(pd.Series(is_department, index=rows.index)),
    }
    base = pd.DataFrame(
        {"numerator": above.astype(float), "denominator": 0.0 if below is None else below.astype(float)}
    )
    base["member"] = rows[member].astype(object) if member else ""
    frames = []
    for grain in grains:
        unit = units[grain]
        told = base.assign(unit_code=unit.astype(object))[(unit.notna() & base["member"].notna()).to_numpy()]
        summed = told.groupby(["unit_code", "member"], as_index=False)[["numerator", "denominator"]].sum()
        frames.append(summed.assign(grain=grain))
    dimension = {"line_carrier": "carrier"}.get(member, member)
    result = pd.concat(frames, ignore_index=True).assign(kpi_id=kpi, dimension=dimension)
    if below is None:
        return result.assign(denominator=np.nan)
    return result[result["denominator"] > 0].round({"numerator": 4, "denominator": 4})


def _compute_housing_kpis(facts: pd.DataFrame, as_of: date) -> list[pd.DataFrame]:
    """Return KPIs of households less those withdrawn; started and completed go by status, not by dates.

    After the programme's last day a KPI keeps what was done by then, as long as a house remains; a house that was
    withdrawn later stays as it stood.
    """
    is_late = (as_of > PROGRAMME_END) & (pd.to_datetime(facts["_withdrawn"]) > pd.Timestamp(PROGRAMME_END))
    is_there = (facts["status"] != "rut") | is_late
    rows = facts[(facts["is_counted"] & is_there).to_numpy(dtype=bool)]
    is_withdrawn = rows["status"] == "rut"
    rows = rows.assign(status=rows["status"].mask(is_withdrawn, rows["_before"]))
    one = pd.Series(1, index=rows.index)
    parts = []
    for kpi, states, day in (
        ("housing_started", STARTED, "_started"),
        ("housing_completed", COMPLETED, "_completed"),
    ):
        done = rows["status"].isin(list(states))
        if as_of > PROGRAMME_END:
            if done[~is_withdrawn].all():
                continue
            done &= rows[day].fillna(pd.Timestamp(as_of)) <= pd.Timestamp(PROGRAMME_END)
        parts += [sum_parts(rows, done, one, kpi, AREA_GRAINS, member) for member in ("", "strand")]
    return parts


def _compute_centre_kpis(facts: pd.DataFrame) -> list[pd.DataFrame]:
    """Return KPIs of the latest report of each centre; what is not told is in neither part."""
    rows = facts[facts["is_current"].to_numpy(dtype=bool)].reset_index(drop=True)
    grains = (*AREA_GRAINS, "department")
    have, need = pd.Series(0.0, index=rows.index), pd.Series(0.0, index=rows.index)
    for kind in KINDS:
        needed, there = rows[f"{kind}_needed"].astype(float), rows[f"{kind}_have"].astype(float)
        is_told = needed.notna() & there.notna()
        have += there.where(there < needed, needed).where(is_told, 0.0)
        need += needed.where(is_told, 0.0)
    parts = [sum_parts(rows, have, need, "centre_equipment", grains)]
    for kpi, above, below in (
        ("centre_signature", "signatures_issued", "signatures_needed"),
        ("centre_account", "accounts_active", "accounts_needed"),
        ("centre_trained", "staff_trained", "staff"),
    ):
        told = rows[(rows[above].notna() & rows[below].notna()).to_numpy()]
        done, of_whom = told[above].astype(float), told[below].astype(float)
        if kpi == "centre_trained":
            done = done.clip(upper=of_whom)
        parts.append(sum_parts(told, done, of_whom, kpi, grains))
    told = rows[rows["line_outage_hours"].notna().to_numpy()]
    up, whole = LINE_HOURS - told["line_outage_hours"].astype(float), pd.Series(LINE_HOURS, index=told.index)
    return [*parts, *(sum_parts(told, up, whole, "centre_line", grains, member) for member in ("", "line_carrier"))]


def _compute_directive_kpis(facts: pd.DataFrame) -> list[pd.DataFrame]:
    """Return KPIs by lead agency: communes and departments beside the province."""
    grains = ("province", "commune", "department")
    told = facts[facts["is_on_time"].notna().to_numpy()]
    return [
        sum_parts(facts, facts["is_overdue"], None, "directive_overdue", grains),
        sum_parts(told, told["is_on_time"], pd.Series(1, index=told.index), "directive_on_time", grains),
    ]


def _compute_plan_kpis(facts: pd.DataFrame) -> list[pd.DataFrame]:
    """Return KPIs by the former province of the plan; a plan for the whole province counts there alone."""
    told = facts[facts["is_on_time"].notna().to_numpy()]
    one = pd.Series(1, index=told.index)
    return [sum_parts(told, told["is_on_time"], one, "plan_milestone", ("province", "former_province"))]
