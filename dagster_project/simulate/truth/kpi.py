"""This module computes the KPIs as they should come out, from the true dossiers and the portal's own figures.

Rows: kpi_id, period_kind, period_start, grain, unit_code, dimension, member, numerator, denominator (NULL for counts),
decided (dossiers of the denominator that are decided: tthc_on_time alone) and paused (KPIs by due date alone). A rate
over nothing has no row. A count of zero is shown where the unit had dossiers in the period, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd

PROVINCE = "25"
WEEKS = 16
COHORT = date(2025, 7, 14)
Take = Callable[[pd.DataFrame], pd.Series]
Measure = tuple[Take, Take | None, str]
"""Numerator, denominator (None for a count) and dimension of a KPI."""
Measures = dict[str, Measure]
KEYS = ["kpi_id", "period_kind", "period_start", "grain", "unit_code", "dimension", "member"]
UNIT_COLUMNS = ["commune_code", "former_province_code", "unit_level", "unit_code", "_sector"]
ASIDE = {"tthc_on_time": "decided", "tthc_due_on_time": "paused", "tthc_land_on_time": "paused",
         "tthc_moved_on_time": "paused"}  # fmt: skip
"""KPI → what is told of its denominator besides."""
COLUMNS = [*KEYS, "numerator", "denominator", "decided", "paused"]


def compute_procedure_kpis(dossier: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return all tthc_* KPIs at every grain and period."""
    if dossier.empty:
        return pd.DataFrame(columns=COLUMNS)
    counted = dossier[dossier["_counted"]]
    resolved = counted[counted["is_resolved"]]
    known = counted["is_result_digitised"]
    parts = [
        *_sum_flows(counted, "received_at", as_of, _list_received_measures()),
        *_sum_flows(take_due(counted, as_of), "due_at", as_of, _list_due_measures()),
        *_sum_flows(resolved, "_ended_at", as_of, _list_resolved_measures()),
        *_sum_flows(
            counted[counted["is_resolved"] & counted["status_code"].isin([9, 10]) & known.notna()], "_ended_at", as_of,
            {"tthc_digitised": (lambda rows: rows["is_result_digitised"] == "1", lambda rows: rows["_counted"], "")},
        ),
        *_count_backlog(counted, as_of),
        *_count_cleared(counted, as_of),
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def _list_received_measures() -> Measures:
    """Return KPI → (numerator, denominator or None, dimension) over dossiers received in the period."""

    return {
        "tthc_on_time": (lambda frame: frame["_timely"], lambda frame: frame["_measured"], ""),
        "tthc_on_time:sector": (lambda frame: frame["_timely"], lambda frame: frame["_measured"], "sector"),
        "tthc_no_due": (lambda frame: ~frame["_has_due"], None, ""),
        "tthc_online": (lambda frame: frame["channel"] == "truc_tuyen", lambda frame: frame["_counted"], ""),
    }


def take_due(counted: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the dossiers due by D that are settled on their due date: not withdrawn, not closed without a day."""
    is_due = counted["_has_due"].to_numpy() & (counted["_due_day"].to_numpy() <= np.datetime64(as_of))
    closed = (counted["state"] == "closed").to_numpy()
    gone = closed & ((counted["status_code"].astype(int) == 7).to_numpy() | ~counted["is_resolved"].to_numpy())
    due: pd.DataFrame = counted[is_due & ~gone & ~counted["_contradiction"].to_numpy()]
    return due


def finish_by_due(frame: pd.DataFrame) -> pd.Series:
    """Tell which of these dossiers were finished by their due date; a paused one is not finished."""
    ended = frame["_ended_at"].to_numpy().astype("datetime64[D]")
    return frame["is_resolved"] & (ended <= frame["_due_day"].to_numpy())


def _list_due_measures() -> Measures:
    """Return the same over dossiers that fell due in the period."""
    return {
        "tthc_due_on_time": (finish_by_due, lambda frame: frame["_counted"], ""),
        "tthc_land_on_time": (lambda frame: finish_by_due(frame) & frame["_land"], lambda frame: frame["_land"], ""),
        "tthc_moved_on_time": (lambda frame: finish_by_due(frame) & frame["_moved"], lambda frame: frame["_moved"], ""),
    }


def _list_resolved_measures() -> Measures:
    """Return the same over dossiers finished in the period."""
    return {
        "tthc_resolved_on_time": (
            lambda frame: frame["_good"],
            lambda frame: frame["_has_due"] & ~frame["_contradiction"],
            "",
        ),
        "tthc_working_days": (
            lambda frame: frame["working_days"].fillna(0),
            lambda frame: ~frame["_contradiction"],
            "",
        ),
    }


def _sum_flows(rows: pd.DataFrame, at: str, as_of: date, measures: Measures) -> list[pd.DataFrame]:
    """Return each measure summed by period and unit."""
    if rows.empty:
        return []
    wide = rows[UNIT_COLUMNS].copy()
    for name, (above, below, _) in measures.items():
        wide["n:" + name] = pd.Series(above(rows), index=rows.index).astype("int64")
        wide["d:" + name] = pd.Series(below(rows), index=rows.index).astype("int64") if below else 0
        wide["a:" + name] = wide["d:" + name] * _count_aside(rows, name)
    plain = {name: below is not None for name, (_, below, dimension) in measures.items() if not dimension}
    by_sector = {name: below is not None for name, (_, below, dimension) in measures.items() if dimension}
    result = []
    for kind, start in _find_starts(rows[at], as_of).items():
        inside = wide[start.notna()].assign(period_start=start[start.notna()])
        result.append(_sum_by_unit(inside, plain, kind, ""))
        if by_sector:
            result.append(_sum_by_unit(inside, by_sector, kind, "sector"))
    return result


def _count_aside(rows: pd.DataFrame, name: str) -> np.ndarray:
    """Return 1 for each dossier that is told of besides: decided (closed, or open past its due date), or paused."""
    aside = ASIDE.get(name.partition(":")[0])
    if aside == "decided":
        return ((rows["state"] == "closed") | rows["is_overdue"]).to_numpy().astype("int64")
    return (rows["state"] == "paused").to_numpy().astype("int64") * (aside is not None)


def _find_starts(times: pd.Series, as_of: date) -> dict[str, pd.Series]:
    """Return, for each kind of period, the first day of the period that each time falls in (NaT outside)."""
    day = pd.Series(times.to_numpy().astype("datetime64[D]"), index=times.index)
    past = day <= pd.Timestamp(as_of)
    monday = (day - pd.to_timedelta(day.dt.day_of_week, unit="D")).where(past)
    oldest = pd.Timestamp(as_of - timedelta(days=as_of.weekday() + 7 * (WEEKS - 1)))
    first = pd.Timestamp(as_of.year, 1, 1)
    return {
        "week": monday.where(monday >= oldest),
        "month": day.dt.to_period("M").dt.start_time.where(past),
        "quarter": day.dt.to_period("Q").dt.start_time.where(past),
        "year": day.dt.to_period("Y").dt.start_time.where(past),
        "to_date": pd.Series(first, index=day.index).where(past & (day >= first)),
    }


def _sum_by_unit(rows: pd.DataFrame, measures: dict[str, bool], kind: str, dimension: str) -> pd.DataFrame:
    """Return sums at the four grains; departments stand outside the former provinces. `measures`: name → has a
    denominator.
    """
    units = {
        "province": pd.Series(PROVINCE, index=rows.index),
        "former_province": rows["former_province_code"].astype(object),
        "commune": rows["commune_code"].astype(object),
        "department": rows["unit_code"].astype(object).where(rows["unit_level"] == "department"),
    }
    columns = [part + name for name in measures for part in ("n:", "d:", "a:") if part + name in rows.columns]
    member = rows["_sector"].astype(object) if dimension else pd.Series("", index=rows.index)
    keyed = rows[[*columns, "period_start"]].assign(member=member)
    frames = []
    for grain, unit in units.items():
        known = keyed.assign(unit_code=unit)[unit.notna()]
        summed = known.groupby(["period_start", "unit_code", "member"], as_index=False)[columns].sum()
        frames.append(summed.assign(grain=grain))
    wide = pd.concat(frames, ignore_index=True).assign(period_kind=kind, dimension=dimension)
    return pd.concat([_take_one(wide, name, rate) for name, rate in measures.items()], ignore_index=True)


def _take_one(wide: pd.DataFrame, name: str, has_denominator: bool) -> pd.DataFrame:
    """Return one KPI's rows; a rate over nothing is no row."""
    keys = [key for key in KEYS if key != "kpi_id"]
    kpi_id = name.partition(":")[0]
    unknown = pd.array([pd.NA] * len(wide), dtype="Int64")
    result = wide[keys].assign(kpi_id=kpi_id, numerator=wide["n:" + name].astype("Int64"))
    result = result.assign(decided=unknown, paused=unknown)
    if kpi_id in ASIDE:
        result[ASIDE[kpi_id]] = wide["a:" + name].astype("Int64")
    if not has_denominator:
        return result.assign(denominator=pd.array([pd.NA] * len(result), dtype="Int64"))
    result["denominator"] = wide["d:" + name].astype("Int64")
    return result[result["denominator"] > 0]


def _count_stock(
    rows: pd.DataFrame, as_of: date, name: str, above: np.ndarray, below: np.ndarray | None, dimension: str
) -> pd.DataFrame:
    """Return a count of these rows as it stands at `as_of`."""
    table = rows[UNIT_COLUMNS].assign(period_start=pd.Timestamp(as_of.year, 1, 1))
    table["n:" + name], table["d:" + name] = above.astype("int64"), 0 if below is None else below.astype("int64")
    return _sum_by_unit(table, {name: below is not None}, "to_date", dimension)


def _count_backlog(counted: pd.DataFrame, as_of: date) -> list[pd.DataFrame]:
    overdue = counted["is_overdue"].to_numpy()
    return [
        _count_stock(counted, as_of, "tthc_backlog_overdue", overdue, None, ""),
        _count_stock(counted, as_of, "tthc_backlog_overdue:sector", overdue, None, "sector"),
    ]


def _count_cleared(counted: pd.DataFrame, as_of: date) -> list[pd.DataFrame]:
    """Return how many of those open and overdue at the end of 14/7/2025 are closed, read from the latest state."""
    if as_of < COHORT:
        return []
    day = np.datetime64(COHORT)
    closed_later = counted["is_resolved"] & (counted["_ended_at"].to_numpy().astype("datetime64[D]") > day)
    then_open = (counted["state"] == "open") | closed_later
    received = counted["received_at"].to_numpy().astype("datetime64[D]") <= day
    cohort = counted[then_open.to_numpy() & received & counted["_has_due"] & (counted["_due_day"] < day)]
    if cohort.empty:
        return []
    closed = cohort["is_resolved"].to_numpy()
    return [_count_stock(cohort, as_of, "tthc_backlog_cleared", closed, np.ones(len(cohort)), "")]


def compute_portal_kpi(portal: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return portal_progress: the province is the sum of the children; a child of nulls is in no sum.

    The answer for the running year is also the year to date.
    """
    if portal.empty:
        return pd.DataFrame(columns=COLUMNS)
    told = portal[portal[["total_received", "total_on_time"]].notna().all(axis=1)].assign(_sector="")
    told["period_start"] = pd.to_datetime(told["period_start"])
    told["n:portal_progress"] = told["total_on_time"].astype("int64")
    told["d:portal_progress"] = told["total_received"].astype("int64")
    this_year = told[(told["period_kind"] == "year") & (told["period_start"].dt.year == as_of.year)]
    told = pd.concat([told, this_year.assign(period_kind="to_date")])
    parts = [_sum_by_unit(rows, {"portal_progress": True}, str(kind), "") for kind, rows in told.groupby("period_kind")]
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def tidy(kpi: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in the order of their keys, dates as dates."""
    kpi = kpi.assign(period_start=pd.to_datetime(kpi["period_start"]).dt.date)
    return kpi.sort_values(KEYS, ignore_index=True)
