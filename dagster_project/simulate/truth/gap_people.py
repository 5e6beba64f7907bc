"""This module finds what is missing, wrong or stated differently in the registers of houses, centres, tasks and plans,
in pandas.

The gaps of every feed are those of `gap`; here stand the ones that only these six feeds can have: rows that contradict
themselves, households under two strands, units that owe a report and sent none (docs/rules.md, "Gaps").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np
import pandas as pd

from dagster_project.simulate.reference import CENTRE_CODE, Reference
from dagster_project.simulate.statements import Delivery
from dagster_project.simulate.truth.gap import (
    Evidence,
    count_gaps,
    list_expected,
    list_gaps,
    list_said_twice,
    name_period,
    read_rhythm,
)
from dagster_project.simulate.truth.gap_unit import judge_owing, list_all_refused
from dagster_project.simulate.truth.restatement import RESTATEMENT, list_keyed_restatements
from dagster_project.simulate.world.offices import FIGURES

CONTRADICTIONS = {
    "household": (
        ("completed_before_started", "started_on", "completed_on"),
        ("handed_over_before_completed", "completed_on", "handed_over_on"),
    ),
    "centre_readiness": (
        ("more_signatures_than_needed", "signatures_issued", "signatures_needed"),
        ("more_accounts_than_needed", "accounts_active", "accounts_needed"),
        ("more_trained_than_staff", "staff_trained", "staff"),
    ),
    "directive": (("due_before_issued", "issued_on", "due_on"), ("done_before_issued", "issued_on", "done_on")),
    "plan_milestone": (
        ("milestone_due_before_started", "started_on", "milestone_due"),
        ("milestone_done_before_started", "started_on", "milestone_done"),
    ),
}
"""Of each fact: the rule that a row breaks in which the first is above the second."""
STATED = {
    "household": ("support", "kind", "unit_code"),
    "centre_readiness": (*FIGURES, "line_carrier", "note"),
    "directive": ("issued_on", "due_on", "unit_code"),
    "plan_milestone": ("milestone_due", "unit_code"),
}
"""What of a fact is stated once and for all."""
GOES_ON = {
    "household": ("source_fund", "started_on", "completed_on", "handed_over_on", "status", "difficulty"),
    "centre_readiness": (),
    "directive": ("signer", "lead_agency", "supporting", "due_text", "product", "done_on", "result_no", "sector"),
    "plan_milestone": ("kind", "lead_agency", "started_on", "milestone_done", "status"),
}
"""A house goes on, and a task gets done: restated only in a register sent again for its day."""
HOUSES, CENTRES = "housing_pt", "centre_readiness"
"""The feeds of which every unit owes a report of its own."""


@dataclass(frozen=True)
class PeopleEvidence:
    """This is the evidence of the six feeds: see `people.add_people`.

    `statements`: all rows of each fact in rank order within their key; `facts`: the facts, with `is_current` of a
    centre's report.
    """

    as_of: date
    ref: Reference
    delivered: dict[str, Delivery]
    dead: set[tuple[str, str]]
    statements: dict[str, pd.DataFrame]
    facts: dict[str, pd.DataFrame]

    @property
    def files(self) -> pd.DataFrame:
        """Return the records of all files."""
        return pd.DataFrame([vars(record) for sent in self.delivered.values() for record in sent.files])

    def find_newest(self, feed: str) -> date | None:
        """Return the data date of the newest usable file of a feed, None before there is one."""
        days = [r.data_date for r in self.delivered[feed].files if r.blocked is None] if feed in self.delivered else []
        return max((day for day in days if day is not None), default=None)


def list_people_gaps(told: PeopleEvidence) -> pd.DataFrame:
    """Return all gaps of the six feeds, in the columns of `gap.list_gaps`."""
    if told.files.empty:
        return pd.DataFrame()
    rows = pd.concat(told.statements.values(), ignore_index=True)
    sound = rows[rows["rule"].isna()]
    nothing = pd.DataFrame()
    known = Evidence(told.as_of, told.ref, told.delivered, told.files, told.dead, rows, sound, nothing, nothing)
    own = (
        _list_contradictions,
        _list_said_twice,
        _list_two_strands,
        _list_silent_communes,
        _list_silent_centres,
        _list_stale_units,
        _list_all_refused,
    )
    return list_gaps(known, [partial(part, told) for part in own])


def list_people_restatements(told: PeopleEvidence) -> pd.DataFrame:
    """Return all restatements of the six feeds, in the columns of `restatement.list_restatements`."""
    frames = [
        list_keyed_restatements(
            f"fct_{name}",
            _add_key(name, rows),
            STATED[name],
            told.files,
            told.dead,
            progress=GOES_ON[name],
            is_of_period=name == "centre_readiness",
        )
        for name, rows in told.statements.items()
    ]
    return pd.concat(frames, ignore_index=True)[list(RESTATEMENT)]


def _add_key(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Return sound statements with the key of their fact in one text.

    A house is known by a running number: its place among all that were ever stated, by household and strand.
    """
    sound = rows[rows["rule"].isna()]
    if sound.empty:
        return sound
    if name == "household":
        number = sound.groupby(["household_id", "strand"], sort=True).ngroup() + 1
        return sound.assign(key=number.astype(str).astype(object))
    if name == "centre_readiness":
        unit = sound["unit_level"].astype(object) + ":" + sound["unit_code"].astype(object)
        parts = [unit, pd.to_datetime(sound["report_date"]).dt.strftime("%Y-%m-%d")]
    else:
        names = ("directive_no", "task") if name == "directive" else ("plan_no", "title", "milestone")
        parts = [sound[part] for part in names]
    key = parts[0].astype(object)
    for part in parts[1:]:
        key = key + "|" + part.astype(object)
    return sound.assign(key=key)


def _list_contradictions(told: PeopleEvidence, known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield rows that cannot be right and are used all the same; an unknown figure contradicts nothing."""
    for name, rules in CONTRADICTIONS.items():
        rows = told.statements[name]
        rows = rows[rows["rule"].isna()]
        for rule, lesser, greater in rules:
            wrong = rows[(rows[lesser] > rows[greater]).fillna(False).to_numpy(dtype=bool)]
            if len(wrong):
                yield count_gaps(known.take_live_rows(wrong), "contradiction", rule, ["commune_code"])


def _list_said_twice(told: PeopleEvidence, known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield rows of the registers that contradict another row of their sheet about the same key."""
    for name, rows in told.statements.items():
        yield from list_said_twice(known, _add_key(name, rows))


def _list_two_strands(told: PeopleEvidence, known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield households that stand under two strands at D, in their commune."""
    houses = told.facts["household"]
    twice = houses[houses.duplicated("household_id", keep=False).to_numpy(dtype=bool)]
    if len(twice):
        month = twice.assign(period_name=name_period("monthly", told.as_of))
        yield count_gaps(month, "contradiction", "two_strands", ["commune_code"])


def _list_silent_communes(told: PeopleEvidence, known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield communes that owe a list of their own and sent none since the newest month began that is due and came."""
    rhythm = read_rhythm(HOUSES)
    sound = known.list_live_files()
    sound = sound[sound["feed_id"] == HOUSES]
    due = [
        day for day in list_expected(rhythm, told.as_of) if day + timedelta(days=rhythm.late_after_days) < told.as_of
    ]
    came = [day for day in due if len(sound) and sound["data_date"].max() >= day]
    if not came:
        return
    last = came[-1]
    first = last.replace(day=1)
    houses = _take_lists(told, known)
    heard = set(houses.loc[[day >= first for day in houses["day"]], "commune_code"].dropna())
    communes = told.ref.commune.loc[told.ref.commune["area"] == "pt", "commune_code"].astype(object)
    silent = [code for code in communes if code not in heard]
    owed = pd.DataFrame({"commune_code": pd.Series(silent, dtype=object)}).assign(feed_id=HOUSES, measure="report")
    yield judge_owing(known, owed.assign(period=name_period("monthly", last), first=first, last=last))


def _list_silent_centres(told: PeopleEvidence, known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield centres without a report in the newest week that came. The provincial one is of no commune."""
    newest = told.find_newest(CENTRES)
    if newest is None:
        return
    reports = told.facts["centre_readiness"]
    monday = newest - timedelta(days=newest.weekday())
    week = (pd.to_datetime(reports["report_date"]) >= pd.Timestamp(monday)).to_numpy(dtype=bool)
    heard = set(reports.loc[week, "unit_code"])
    silent = [code for code in told.ref.commune["commune_code"].astype(object) if code not in heard]
    silent += [None] if CENTRE_CODE not in heard else []
    owed = pd.DataFrame({"commune_code": pd.Series(silent, dtype=object)}).assign(feed_id=CENTRES, measure="report")
    yield judge_owing(known, owed.assign(period=name_period("weekly", newest), first=monday, last=newest))


def _list_all_refused(told: PeopleEvidence, known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield communes of which all rows of the register of houses, or of tasks, were refused."""
    state = {"housing": told.facts["household"], "directives": told.facts["directive"]}
    yield from list_all_refused(known, {domain: rows["commune_code"] for domain, rows in state.items()})


def _take_lists(told: PeopleEvidence, known: Evidence) -> pd.DataFrame:
    """Return the usable households of communes' own lists that none replaced, with their data date `day`."""
    days = told.files.set_index(["feed_id", "file"])["data_date"].rename("day")
    houses = known.take_live_rows(known.ranked[known.ranked["feed_id"] == HOUSES])
    return houses.drop(columns="day", errors="ignore").join(days, on=["feed_id", "file"])


def _list_stale_units(told: PeopleEvidence, known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield units that report for themselves and whose newest figures are too old, while their feed has newer ones."""
    centres = told.facts["centre_readiness"].assign(day=lambda rows: rows["report_date"])
    for feed, rows in ((HOUSES, _take_lists(told, known)), (CENTRES, centres)):
        newest = told.find_newest(feed)
        if newest is None or not _is_fresh(feed, pd.Series([newest]), told.as_of)[0]:
            continue
        # Rows of a former commune are figures of the commune that holds it.
        units = rows[["commune_code", "day"]].assign(unit=rows["commune_code"].fillna(rows["unit_code"]))
        last = units.sort_values("day").drop_duplicates("unit", keep="last")
        old = last[~_is_fresh(feed, last["day"], told.as_of)]
        names = [name_period(read_rhythm(feed).cadence, day) for day in pd.to_datetime(old["day"]).dt.date]
        gaps = old[["commune_code"]].assign(feed_id=feed, kind="stale", measure="data_date")
        yield gaps.assign(period=pd.Series(names, index=old.index, dtype=object))


def _is_fresh(feed: str, days: pd.Series, as_of: date) -> np.ndarray:
    """Return, for each data date, whether figures of it are not older than the feed's may be."""
    last = pd.to_datetime(days) + pd.Timedelta(days=read_rhythm(feed).max_age_days)
    return (last >= pd.Timestamp(as_of)).to_numpy(dtype=bool)
