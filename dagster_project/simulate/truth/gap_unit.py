"""This module tells which single units sent nothing in deliveries that did come, and which sent and were refused.

The rules are those of docs/rules.md ("Gaps", sent is not silent), written again in pandas.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pandas as pd

from dagster_project.contracts.registry import load_registry
from dagster_project.simulate.truth.gap import (
    GAP,
    UNITS,
    Evidence,
    count_gaps,
    find_odd_volumes,
    list_backwards,
    list_moved_deadlines,
    list_undated,
    read_commune,
    read_rhythm,
)

SILENT_FROM = 60
"""Dossiers in the three months before from which a commune without any is remarkable."""


Place = tuple[str, str, int]
"""File, sheet and row."""


def judge_owing(known: Evidence, owed: pd.DataFrame) -> pd.DataFrame:
    """Return the gaps of units that owe something for a period and of which nothing could be used.

    `owed`: feed_id, commune_code, period, first, last, measure, rows_affected. A unit whose rows of the period were
    refused has sent: `refused_unit`, with its rows. Of a unit whose own file is blocked that file is the gap.
    """
    sent, blocked = _list_refused_places(known), _list_blocked_communes(known)
    gaps: list[dict[Any, Any]] = []
    for unit in owed.reindex(columns=[*GAP, "first", "last"]).to_dict("records"):
        whose = unit["feed_id"], unit["commune_code"]
        refused = {place for start, end, place in sent.get(whose, []) if start <= unit["last"] and end >= unit["first"]}
        if refused:
            gaps.append(unit | {"kind": "refused_unit", "rows_affected": len(refused)})
        elif whose not in blocked:
            gaps.append(unit | {"kind": "missing_unit"})
    return pd.DataFrame(gaps, columns=list(GAP))


def _list_refused_places(known: Evidence) -> dict[tuple[str, str], list[tuple[date, date, Place]]]:
    """Return, of each feed and commune, the refused rows of files that count: from and to which day their file speaks.

    A row whose unit is at fault is of no commune, unless it stands in a commune's own list.
    """
    files = {(file["feed_id"], file["file"]): file for file in known.list_live_files().to_dict("records")}
    found: dict[tuple[str, str], list[tuple[date, date, Place]]] = {}
    for row in known.rows[known.rows["rule"].notna()].to_dict("records"):
        file = files.get((row["feed_id"], row["file"]))
        if file is None or file["covers_kind"] != "month":
            continue
        commune = _name_owner(file["period"]) or (None if row["column"] in UNITS else row["commune_code"])
        if isinstance(commune, str):
            start = _find_first_day(file["feed_id"], file["covers_from"], file["data_date"])
            place = str(row["file"]), str(row["sheet"]), int(row["row"])
            found.setdefault((file["feed_id"], commune), []).append((start, file["data_date"], place))
    return found


def _name_owner(period: object) -> str | None:
    """Return the commune whose own list a file is ("register:07900"); None for a file of many, or of an unknown one."""
    code = str(period).partition("register:")[2]
    return code if code.isdigit() else None


def _find_first_day(feed: str, covers_from: object, data_date: date) -> date:
    """Return the first day that a file speaks of: a state speaks of its day, a register of all since its beginning."""
    if load_registry().feeds[feed].layout.delivery.period == "data_date":
        return data_date
    return covers_from if isinstance(covers_from, date) else read_rhythm(feed).expected_from


def _list_blocked_communes(known: Evidence) -> set[tuple[str, str]]:
    """Return (feed, commune) of blocked files whose names tell whose they are."""
    blocked = known.files[known.files["blocked"].notna()]
    whose = [read_commune(known.ref, name) for name in blocked["file"]]
    return {(feed, code) for feed, code in zip(blocked["feed_id"], whose, strict=True) if code}


def list_all_refused(known: Evidence, told: Mapping[str, pd.Series]) -> Iterator[pd.DataFrame]:
    """Yield communes of which all that arrived of the state at D was refused, in feeds in which not every unit owes.

    `told`: domain → the communes that have a row in its state at D.
    """
    area = dict(zip(known.ref.commune["commune_code"].astype(object), known.ref.commune["area"], strict=True))
    bad = known.rows[known.rows["rule"].notna()].drop_duplicates(["feed_id", "file", "sheet", "row"])
    bad = bad[~bad["column"].isin(UNITS) & bad["commune_code"].notna()]
    for feed, files in known.list_live_files().groupby("feed_id"):
        layout = load_registry().feeds[str(feed)].layout
        if layout.domain not in told or layout.every_unit_owes:
            continue
        files = files[_tell_state(files["data_date"], layout.delivery.period, known.as_of)]
        mine = bad[bad["feed_id"] == feed].merge(files[["file", "period_name"]], on="file")
        if layout.area is not None:
            mine = mine[mine["commune_code"].astype(object).map(area).eq(layout.area)]
        mine = mine[~mine["commune_code"].astype(object).isin(set(told[layout.domain].dropna()))]
        if len(mine):
            yield count_gaps(mine, "refused_unit", "report", ["commune_code"])


def _tell_state(days: pd.Series, period: str, as_of: date) -> pd.Series:
    """Return which files tell the state at D, by their data dates: of reports of a day the newest, of lots those of the
    year.
    """
    if period in ("data_date", "plan_year"):
        return days.eq(days.max())
    return pd.Series([period != "months" or day.year >= as_of.year for day in days], days.index, dtype=bool)


def list_silent_communes(known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield communes of twenty dossiers a month that have none in a month which their feed delivered whole."""
    if known.full.empty:
        return
    full = known.full[known.full["_counted"] & known.full["commune_code"].notna()]
    month = full["received_at"].dt.to_period("M")
    table = full.groupby([full["commune_code"].astype(object), month]).size().unstack(fill_value=0)
    months = pd.period_range(table.columns.min(), pd.Period(known.as_of, "M"), freq="M")
    table = table.reindex(columns=months, fill_value=0)
    before = sum(table.shift(nth, axis=1).fillna(0) for nth in (1, 2, 3))
    silent = (table == 0) & (before >= SILENT_FROM)
    area = dict(zip(known.ref.commune["commune_code"], known.ref.commune["area"], strict=True))
    covered = known.list_live_files()
    for commune, at in silent[silent.any(axis=1)].iterrows():
        feed = "procedures_" + area[str(commune)]
        mine = covered[covered["feed_id"] == feed]
        spans = list(zip(mine["covers_from"], mine["data_date"], strict=True))
        for each in at.index[at]:
            first, last = each.start_time.date(), each.end_time.date()
            if last <= known.as_of and any(start <= first and last <= end for start, end in spans):
                about = {"feed_id": feed, "period": str(each), "commune_code": commune, "measure": "dossiers"}
                yield judge_owing(known, pd.DataFrame([about | {"first": first, "last": last}]))


def list_unanswered(known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield units for which a month's answer of the portal has no figure."""
    if known.portal.empty:
        return
    answers = known.portal[known.portal["period_kind"] == "month"]
    unit = answers["commune_code"].astype(object).fillna(answers["unit_code"].astype(object))
    answers = answers.assign(unit=unit, first=pd.to_datetime(answers["period_start"]).dt.date)
    told = answers[["total_received", "total_on_time"]].notna().all(axis=1)
    communes = list(known.ref.commune["commune_code"].astype(object))
    owing = [*communes, *sorted(set(unit) - set(communes))]
    for first in sorted(set(answers["first"])):
        month = answers["first"] == first
        heard, named = set(unit[month & told]), Counter(unit[month])
        owed = [
            {"commune_code": code if code in communes else None, "rows_affected": named.get(code)}
            for code in owing
            if code not in heard
        ]
        last = first.replace(day=pd.Timestamp(first).days_in_month)
        about = {"feed_id": "national_portal", "period": str(first)[:7], "measure": "total_received"}
        yield judge_owing(known, pd.DataFrame([row | about | {"first": first, "last": last} for row in owed]))


PROCEDURE_PARTS = (
    find_odd_volumes,
    list_undated,
    list_backwards,
    list_moved_deadlines,
    list_silent_communes,
    list_unanswered,
)
"""The gaps that only the procedures and the portal can have."""
