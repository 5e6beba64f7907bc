"""This module finds what is missing or wrong in what was sent, as the offices' own record of their sending has it.

The rules are those of docs/rules.md ("Gaps", "Rhythm and delivery", "Accept or refuse"),
written again in pandas. Each gap is one row: feed_id, period, kind, commune_code, measure, rows_affected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from dagster_project.contracts.models import Rhythm
from dagster_project.contracts.registry import load_registry
from dagster_project.simulate.quirks.ordinary import REMARKS
from dagster_project.simulate.reference import Reference
from dagster_project.simulate.statements import Delivery, find_end

GAP = ("feed_id", "period", "kind", "commune_code", "measure", "rows_affected")
STAGE = {1: 1, 2: 2, 4: 3, 5: 3, 6: 3, 8: 3, 3: 4, 7: 4, 9: 4, 10: 5}
"""How far each status is in the portal's flow; a later statement with a smaller stage went backwards."""
USUAL_OF, LEAST_USUAL_ROWS = 3, 30
FRIDAY = 4
UNITS = ("unit", "commune", "centre", "agency", "place")
"""Columns that say which unit a row is about."""


@dataclass(frozen=True)
class Evidence:
    """Evidence holds what the truth has worked out so far: see `run.compute_truth`.

    `files` and `dead`: all records, and the superseded ones; `rows`: all rows sent; `ranked`: the sound ones in rank
    order; `full`: the dossiers with their masks; `portal`: the rows of the portal's answers.
    """

    as_of: date
    ref: Reference
    delivered: dict[str, Delivery]
    files: pd.DataFrame
    dead: set[tuple[str, str]]
    rows: pd.DataFrame
    ranked: pd.DataFrame
    full: pd.DataFrame
    portal: pd.DataFrame

    def take_live_rows(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of files that no other replaced, with their file's period."""
        about = self.list_live_files().set_index(["feed_id", "file"])["period_name"]
        alive = [(feed, file) not in self.dead for feed, file in zip(rows["feed_id"], rows["file"], strict=True)]
        return rows[alive].join(about, on=["feed_id", "file"]) if len(rows) else rows.assign(period_name=None)

    def list_live_files(self) -> pd.DataFrame:
        """Return accepted files that no other replaced, with the name of their period."""
        sound = self.files[self.files["blocked"].isna()]
        alive = [(feed, file) not in self.dead for feed, file in zip(sound["feed_id"], sound["file"], strict=True)]
        return name_periods(sound[alive])


Part = Callable[[Evidence], Iterator[pd.DataFrame]]
"""One kind of gap."""


def list_gaps(known: Evidence, own: Sequence[Part]) -> pd.DataFrame:
    """Return all gaps, in the order of their columns; a gap of no commune has none, of nothing countable no rows.

    `own` are the parts that only these feeds have, beside those of every feed.
    """
    shared: list[Part] = [list_undelivered, set_aside, list_refused, list_unequal, list_strange_columns, list_remarks]
    parts = [*shared, *own]
    frames = [frame for part in parts for frame in part(known) if len(frame)] if len(known.files) else []
    if not frames:
        return pd.DataFrame(columns=list(GAP))
    gaps = pd.concat([frame.reindex(columns=list(GAP)).astype(object) for frame in frames], ignore_index=True)
    gaps["rows_affected"] = gaps["rows_affected"].astype("Int64")
    return gaps.sort_values(list(GAP), ignore_index=True)


def name_periods(files: pd.DataFrame) -> pd.DataFrame:
    """Add `name_period`: the month of a monthly feed, the week of a weekly one, else the day; none without a date."""
    names = [
        name_period(read_rhythm(feed).cadence, day) if isinstance(day, date) else None
        for feed, day in zip(files["feed_id"], files["data_date"], strict=True)
    ]
    return files.assign(period_name=pd.Series(names, index=files.index, dtype=object))


def name_period(cadence: str, day: date) -> str:
    """Return a period's name as the feed's cadence goes: `2025-07`, `2025-W28` or `2025-07-13`."""
    if cadence == "weekly":
        week = day.isocalendar()
        return f"{week.year}-W{week.week:02d}"
    return str(day)[:7] if cadence == "monthly" else str(day)


def read_rhythm(feed: str) -> Rhythm:
    """Return when a feed is expected, by its layout."""
    return load_registry().feeds[feed].layout.rhythm


def is_state(feed: str) -> bool:
    """Return whether what a feed sends is the state of a day, which tells nothing of an earlier period.

    So are the reports of a table of disbursement, though the table is a register of them.
    """
    layout = load_registry().feeds[feed].layout
    return layout.delivery.period in ("data_date", "plan_year") or layout.domain == "investment"


def count_gaps(rows: pd.DataFrame, kind: str, measure: str | None, by: list[str]) -> pd.DataFrame:
    """Return one gap for each (feed, period_name, *by) of these rows."""
    keys = ["feed_id", "period_name", *by]
    found = rows.groupby(keys, dropna=False).size().rename("rows_affected").reset_index()
    found = found.rename(columns={"period_name": "period"}).assign(kind=kind)
    return found if measure is None else found.assign(measure=measure)


def list_said_twice(known: Evidence, rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield rows that say of their `key` something else than the row of that key before it on the same sheet.

    `rows`: sound ones, in rank order within their key. A row of a wide table says something of each of its funds.
    """
    if rows.empty:
        return
    follows = rows.duplicated(["key", "feed_id", "file", "sheet"])
    wrong = rows[(follows & ~rows["is_duplicate"].astype(bool)).to_numpy()]
    if len(wrong):
        yield count_gaps(known.take_live_rows(wrong), "contradiction", "key_twice", ["commune_code"])


def list_undelivered(known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield periods that no accepted file brought though they are due, feeds whose newest figures are older than that,
    and feeds whose newest figures are older than their layout allows.
    """
    for feed in known.delivered:
        rhythm = read_rhythm(feed)
        sound = known.files[(known.files["feed_id"] == feed) & known.files["blocked"].isna()]
        due = [
            day for day in list_expected(rhythm, known.as_of) if _add_days(day, rhythm.late_after_days) < known.as_of
        ]
        spans = _list_states(known, sound, rhythm) if is_state(feed) else _list_parts(sound, rhythm)
        owed = [day for day in due if not any(start <= day <= end for start, end in spans)]
        # The nights of a month that did not come are one gap.
        cadence = "monthly" if rhythm.cadence == "nightly" else rhythm.cadence
        absent = sorted({name_period(cadence, day) for day in owed})
        yield pd.DataFrame({"period": absent}).assign(feed_id=feed, kind="missing_period", measure="period")
        if sound.empty:
            continue
        newest = sound["data_date"].max()
        about = {"feed_id": feed, "period": name_period(rhythm.cadence, newest)}
        if due and newest < max(due):
            yield pd.DataFrame([about | {"kind": "late", "measure": "last_delivery"}])
        if rhythm.expected_from <= known.as_of and _add_days(newest, rhythm.max_age_days) < known.as_of:
            yield pd.DataFrame([about | {"kind": "stale", "measure": "data_date"}])


def _list_parts(sound: pd.DataFrame, rhythm: Rhythm) -> list[tuple[date, date]]:
    """Return from which to which day each file tells what happened; a quarter or a year of the portal is no month.

    A register so far tells all since its office began it.
    """
    monthly = sound[sound["covers_kind"] == "month"]
    first = [start if isinstance(start, date) else rhythm.expected_from for start in monthly["covers_from"]]
    return list(zip(first, monthly["data_date"], strict=True))


def _list_states(known: Evidence, sound: pd.DataFrame, rhythm: Rhythm) -> list[tuple[date, date]]:
    """Return the half month, or the week (Saturday to Friday), that each state reported to a feed stands for: a later
    state does not tell an earlier one.
    """
    if rhythm.cadence == "weekly":
        fridays = [_add_days(day, (FRIDAY - day.weekday()) % 7) for day in sound["data_date"]]
        return [(_add_days(day, -6), day) for day in fridays]
    feed = sound["feed_id"].iloc[0] if len(sound) else ""
    stated = known.ranked.loc[known.ranked["feed_id"] == feed, "report_date"].dropna()
    days = {*sound["data_date"], *(day.date() for day in pd.to_datetime(stated))}
    ends = {day: pd.Timestamp(day).days_in_month for day in days}
    return [(day.replace(day=1 if day.day <= 15 else 16), day.replace(day=15 if day.day <= 15 else ends[day]))
            for day in sorted(days)]  # fmt: skip


def list_expected(rhythm: Rhythm, as_of: date) -> list[date]:
    """Return the last days of the periods that a feed owes: each day, each Friday, each month, or each half month."""
    days = [day.date() for day in pd.date_range(rhythm.expected_from, as_of)]
    if rhythm.cadence == "nightly":
        return days
    if rhythm.cadence == "weekly":
        return [day for day in days if day.weekday() == FRIDAY]
    middle = 15 if rhythm.cadence == "twice_monthly" else None
    return [day for day in days if day.day == middle or pd.Timestamp(day).is_month_end]


def _add_days(day: date, days: int) -> date:
    return day + timedelta(days=days)


def set_aside(known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield a gap for every file that could not be used."""
    blocked = name_periods(known.files[known.files["blocked"].notna()])
    gaps = blocked[["feed_id", "period_name", "blocked"]].set_axis(["feed_id", "period", "measure"], axis=1)
    whose = [read_commune(known.ref, name) for name in blocked["file"]]
    yield gaps.assign(kind="blocked_file", commune_code=pd.Series(whose, index=gaps.index, dtype=object))


def list_refused(known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield rows in quarantine by period, rule and column; a row whose unit is at fault is of no commune."""
    bad = known.take_live_rows(known.rows[known.rows["rule"].notna()])
    if len(bad):
        unknown = bad["column"].isin(UNITS)
        bad = bad.assign(commune_code=bad["commune_code"].mask(unknown), measure=bad["rule"])
        yield count_gaps(bad, "quarantined_rows", None, ["commune_code", "measure", "column"])


def list_unequal(known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield stated totals that are not what the rows give."""
    totals = [vars(total) for sent in known.delivered.values() for total in sent.controls]
    wrong = [total for total in totals if abs(total["stated"] - total["computed"]) >= 1e-6]
    wrong = [total for total in wrong if (total["feed_id"], total["file"]) not in known.dead]
    if wrong:
        days = known.files.drop_duplicates(["feed_id", "file"]).set_index(["feed_id", "file"])["data_date"]
        told = pd.DataFrame(wrong)
        told["data_date"] = [total["data_date"] or days[total["feed_id"], total["file"]] for total in wrong]
        yield name_periods(told).assign(kind="control_total", period=lambda gaps: gaps["period_name"])


def list_strange_columns(known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield a header that the form does not have: one gap, of the newest file that has it."""
    strange = known.list_live_files().dropna(subset="strange_column")
    newest = strange.groupby(["feed_id", "strange_column"])["period_name"].max().rename("period").reset_index()
    yield newest.assign(kind="drift", measure="column")


def find_odd_volumes(known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield deliveries of less than half or more than double the usual rows per delivered working day.

    The usual is the median of the up to three deliveries before, of which there must be two, of thirty rows and more.
    Only what delivers its period whole and some working day is compared.
    """
    bad = known.rows[known.rows["rule"].notna()].groupby(["feed_id", "file"]).size().rename("bad")
    files = known.list_live_files()
    files = files[files["feed_id"].str.startswith("procedures_")].join(bad, on=["feed_id", "file"])
    files = files.assign(used=files["rows_read"] - files["not_data"] - files["bad"].fillna(0))
    about = {"used": "sum", "covers_from": "min", "period": "first"}
    sent = files.groupby(["feed_id", "period_name", "data_date"], as_index=False).agg(about)
    days = known.ref.calendar.count_between(
        sent["covers_from"].to_numpy().astype("datetime64[D]") - np.timedelta64(1, "D"),
        sent["data_date"].to_numpy().astype("datetime64[D]"),
    )
    month_ends = pd.to_datetime(sent["data_date"]).dt.is_month_end
    sent = sent.assign(days=days)[(days > 0) & (sent["period"].isna() | month_ends)].sort_values("data_date")
    for feed, mine in sent.groupby("feed_id"):
        rate = mine["used"] / mine["days"]
        usual = rate.shift().rolling(USUAL_OF, min_periods=2).median()
        usual_rows = mine["used"].shift().rolling(USUAL_OF, min_periods=2).median()
        odd = mine[(usual_rows >= LEAST_USUAL_ROWS) & ((rate < 0.5 * usual) | (rate > 2 * usual))]
        gaps = odd[["period_name", "used"]].set_axis(["period", "rows_affected"], axis=1)
        yield gaps.assign(feed_id=feed, kind="volume", measure="rows_a_working_day")


def list_remarks(known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield what is odd about rows, and about files, that are used all the same."""
    for remark in REMARKS:
        flagged = known.ranked[known.ranked[remark].astype(bool)] if remark in known.ranked else known.ranked[:0]
        if len(flagged):
            yield count_gaps(known.take_live_rows(flagged), "contradiction", remark, ["commune_code"])
    files = known.list_live_files().explode("remarks").dropna(subset="remarks").rename(columns={"remarks": "measure"})
    yield count_gaps(files, "contradiction", None, ["measure"])


def list_undated(known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield gaps of the facts, by feed and month of receipt: contradictions, no due date, no finish date, no
    commune.
    """
    full = known.full
    if full.empty:
        return
    full = full.assign(period_name=full["received_at"].dt.strftime("%Y-%m"))
    unfinished = full["_closed"] & full["_ended_at"].isna()
    yield count_gaps(full[full["_contradiction"]], "contradiction", "finished_before_received", [])
    hasty = full["due_at"].dt.normalize() < full["received_at"].dt.normalize()
    yield count_gaps(full[hasty], "contradiction", "due_before_received", [])
    yield count_gaps(full[full["_counted"] & ~full["_has_due"]], "no_due_date", "due_at", [])
    yield count_gaps(full[unfinished], "no_finish_date", "finished_at", [])
    lost = full[full["_counted"] & full["attribution"].isin(["split", "district"])]
    yield count_gaps(lost.assign(measure=lost["attribution"]), "unattributed", None, ["measure"])


def list_moved_deadlines(known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield statements that set a later due date after the one before had passed, by feed and month of the
    statement.
    """
    ranked = known.ranked
    if ranked.empty:
        return
    due, stated = ranked["due_at"].dt.normalize(), ranked["rank_at"].dt.normalize()
    was = due.shift().where(ranked["dossier_id"].eq(ranked["dossier_id"].shift()))
    moved = was.lt(stated) & was.lt(due) & (ranked["rank_at"] <= find_end(known.as_of))
    found = known.take_live_rows(ranked[moved]).assign(period_name=lambda rows: rows["rank_at"].dt.strftime("%Y-%m"))
    yield count_gaps(found, "contradiction", "due_date_moved", [])


def list_backwards(known: Evidence) -> Iterator[pd.DataFrame]:
    """Yield statements whose status lies before that of the statement before them, by feed and month of the
    statement.
    """
    ranked = known.ranked
    if ranked.empty:
        return
    stage = ranked["status_code"].astype(int).map(STAGE)
    again = ranked["dossier_id"].eq(ranked["dossier_id"].shift())
    back = again & stage.lt(stage.shift()) & (ranked["rank_at"] <= find_end(known.as_of))
    stated = known.take_live_rows(ranked[back]).assign(period_name=lambda rows: rows["rank_at"].dt.strftime("%Y-%m"))
    yield count_gaps(stated, "contradiction", "status_backwards", [])


def read_commune(ref: Reference, file: str) -> str | None:
    """Return the commune whose portal code stands in a file's name: `nha_o_H44_100.xlsx`."""
    code = re.search(r"nha_o_(H\d\d)_(\d{3})", file)
    named = ref.commune[ref.commune["portal_code"] == (f"{code[1]}.{code[2]}" if code else "")]
    return str(named["commune_code"].iloc[0]) if len(named) else None
