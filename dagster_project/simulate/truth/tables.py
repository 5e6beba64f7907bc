"""This module computes what the product should find from the world and from what the quirks did: never from the files.

Nothing here reads a delivered byte or calls the product. The rules are those of docs/rules.md ("Which statement wins",
"Procedures"), written again in pandas.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from dagster_project.simulate.reference import Reference
from dagster_project.simulate.statements import CONTENT, PART, UNIT, WHOLE, Delivery, find_end

STATES = {1: "not_counted", 3: "not_counted", 5: "paused", 6: "paused", 8: "paused", 2: "open", 4: "open"}
DOSSIER = (
    "dossier_id", "area", "unit_level", "unit_code", "commune_code", "former_province_code", "attribution",
    "procedure_code", "channel", "status_code", "state", "received_at", "due_at", "finished_at", "returned_at",
    "is_resolved", "is_on_time", "is_overdue", "working_days",
)  # fmt: skip
QUARANTINE = ("feed_id", "file", "sheet", "row", "column", "rule", "unit_level", "unit_code", "commune_code")
EMPTY_ROWS = pd.DataFrame(
    {name: pd.Series(dtype=object) for name in ("feed_id", "file", "sheet", "row", "rule", "column", "dossier_id")}
)


@dataclass
class Truth:
    """A truth holds the frames of what the product should show.

    accounts (a file): feed_id, file, rows_read, not_data, quarantined, duplicate, accepted, blank (empty rows inside
    the sheets, in no other number), blocked, copies. quarantine (a row): where it stands, column and rule
    of its fault, and the unit that sent it, whatever the row says of it (columns QUARANTINE).
    dossier, kpi, portal, control_total, data_gap, restatement: columns of the marts of those names (a total over
    several pages names the pull's folder as its file). quirks: what was done to which file.
    """

    accounts: pd.DataFrame
    quarantine: pd.DataFrame
    dossier: pd.DataFrame
    kpi: pd.DataFrame
    portal: pd.DataFrame
    control_total: pd.DataFrame
    data_gap: pd.DataFrame
    restatement: pd.DataFrame
    quirks: pd.DataFrame
    extra: dict[str, pd.DataFrame] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write one CSV per frame, UTF-8, codes as text."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in {**self.list_frames(), **self.extra}.items():
            frame.to_csv(folder / f"{name}.csv", index=False, date_format="%Y-%m-%d %H:%M:%S", lineterminator="\n")

    def list_frames(self) -> dict[str, pd.DataFrame]:
        """Return the frames by the name of their file."""
        names = (
            "accounts",
            "quarantine",
            "dossier",
            "kpi",
            "portal",
            "control_total",
            "data_gap",
            "restatement",
            "quirks",
        )
        return {name: getattr(self, name) for name in names}


def rank_statements(statements: pd.DataFrame) -> pd.DataFrame:
    """Return sound statements in rank order within each dossier, with `is_duplicate` (equal to the one just before).

    Times are compared by their day: a clerk who leaves the hour out says the same thing in another form.
    """
    data_end = statements["data_date"].map({day: find_end(day) for day in statements["data_date"].unique()})
    at = statements["changed_at"].where(statements["changed_at"].notna(), data_end.astype("datetime64[s]"))
    order = ["dossier_id", "rank_at", "data_date", "statement_no", "sha256", "sheet", "row"]
    ranked = statements.assign(rank_at=at).sort_values(order, kind="stable", ignore_index=True)
    same = (ranked["dossier_id"] == ranked["dossier_id"].shift()).to_numpy()
    for name in CONTENT:
        now = ranked[name].dt.normalize() if name.endswith("_at") else ranked[name]
        before = now.shift()
        same = same & ((before == now).fillna(False) | (before.isna() & now.isna())).to_numpy()
    return ranked.assign(is_duplicate=same)


def find_superseded(files: pd.DataFrame) -> set[tuple[str, str]]:
    """Return files of a snapshot feed that a better ranked one of the same period replaces (feed_id, file)."""
    return {(feed, file) for (feed, file), best in map_replacements(files).items() if best != file}


def map_replacements(files: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return (feed_id, file) → the live file of its period: itself where no better ranked one replaced it.

    A whole register holds a month's part of it too: a better ranked one replaces the part, and no part a register.
    """
    usable = files[files["period"].notna() & files["blocked"].isna()]
    ordered = usable.sort_values(["data_date", "statement_no", "sha256"], kind="stable").reset_index(drop=True)
    newest: dict[tuple[str, str], int] = {}
    for place, (feed, period) in enumerate(zip(ordered["feed_id"], ordered["period"], strict=True)):
        newest[feed, period] = place
    best = {}
    for feed, file, period in zip(ordered["feed_id"], ordered["file"], ordered["period"], strict=True):
        place = newest[feed, period]
        if period.startswith(PART):
            place = max(place, newest.get((feed, WHOLE), place))
        best[feed, file] = str(ordered["file"][place])
    return best


def take_latest(ranked: pd.DataFrame, dead: set[tuple[str, str]]) -> pd.DataFrame:
    """Return the last live statement of each dossier; a re-keyed one under its newest id with its earliest receipt."""
    if dead:
        pairs = pd.MultiIndex.from_frame(ranked[["feed_id", "file"]])
        ranked = ranked[~pairs.isin(list(dead))]
    last = ranked.drop_duplicates("dossier_id", keep="last")
    origin = last.loc[last["origin_dossier_id"].notna(), ["dossier_id", "origin_dossier_id"]]
    if origin.empty:
        return last
    first = last.set_index("dossier_id")["received_at"]
    newest = last.drop(last.index[last["dossier_id"].isin(origin["origin_dossier_id"])]).copy()
    earlier = newest["origin_dossier_id"].map(first)
    newest["received_at"] = newest["received_at"].where(~(earlier < newest["received_at"]), earlier)
    return newest


def make_dossiers(last: pd.DataFrame, as_of: date, ref: Reference) -> pd.DataFrame:
    """Return `fct_dossier`, with the masks that the KPIs need (prefixed `_`). The rules: docs/rules.md, "Procedures".

    is_on_time is NULL for what is in neither part of the on-time rate, true for what is resolved in time, paused, or
    not past due at the end of `as_of`. is_resolved needs a date not after `as_of`.
    """
    end = find_end(as_of)
    status = last["status_code"].astype(int)
    ended = last["finished_at"].fillna(last["returned_at"])
    received_day, due_day, end_day = (_take_day(column) for column in (last["received_at"], last["due_at"], ended))
    later = (ended > end).to_numpy()
    closed = status.isin([7, 9, 10]).to_numpy() & ~later
    state = np.where(closed, "closed", status.map(STATES).fillna("open"))
    counted = state != "not_counted"
    resolved = closed & ended.notna().to_numpy()
    contradiction = resolved & (end_day < received_day)
    has_due = last["due_at"].notna().to_numpy()
    good = resolved & has_due & ((status == 7).to_numpy() | (end_day <= due_day)) & ~contradiction
    overdue = (state == "open") & has_due & (due_day < np.datetime64(as_of))
    waiting = (state == "paused") | ((state == "open") & ~overdue)
    measured = counted & has_due & ~contradiction & (resolved | ~closed)
    days = np.full(len(last), np.nan)
    timed = resolved & ~contradiction
    days[timed] = ref.calendar.count_between(received_day[timed], end_day[timed])
    procedure = ref.procedure.set_index("procedure_code")
    code = last["procedure_code"]
    moved = (procedure["level_before"] == "huyện") & (procedure["level_now"] == "xã")
    on_time = pd.Series(pd.NA, index=last.index, dtype="boolean").mask(measured, good | waiting)
    known = {name: last[name].where(last[name] <= end) for name in ("finished_at", "returned_at")}
    return last.assign(
        **known,
        state=state, is_resolved=resolved, is_on_time=on_time, is_overdue=overdue,
        working_days=pd.array(np.where(timed, days, 0), dtype="Int64"),
        _counted=counted, _closed=closed, _measured=measured, _timely=measured & (good | waiting), _good=good,
        _contradiction=contradiction, _has_due=has_due, _ended_at=ended, _due_day=due_day,
        _land=code.map(procedure["is_land"]).fillna(False).astype(bool).to_numpy(),
        _moved=code.map(moved).fillna(False).astype(bool).to_numpy(), _sector=code.map(procedure["sector"]),
    ).assign(working_days=lambda frame: frame["working_days"].mask(~timed))  # fmt: skip


def _take_day(column: pd.Series) -> np.ndarray:
    return column.to_numpy().astype("datetime64[D]")


def gather_statements(delivered: dict[str, Delivery], feeds: tuple[str, ...]) -> pd.DataFrame:
    """Return all rows of these feeds with what their files say about themselves."""
    frames = []
    for feed in feeds:
        if feed in delivered and delivered[feed].rows:
            files = pd.DataFrame([vars(record) for record in delivered[feed].files])
            rows = pd.concat(delivered[feed].rows, ignore_index=True)
            about = files.set_index("file")[["data_date", "statement_no", "sha256"]]
            frames.append(rows.join(about, on="file"))
    if not frames:
        return EMPTY_ROWS
    return pd.concat(frames, ignore_index=True)


def make_accounts(delivered: dict[str, Delivery], rows: pd.DataFrame, ranked: pd.DataFrame) -> pd.DataFrame:
    """Return the account of each file: read = accepted + quarantined + duplicate + not data."""
    files = pd.DataFrame([vars(record) for sent in delivered.values() for record in sent.files])
    if files.empty:
        return files
    key = ["feed_id", "file"]
    bad = rows[rows["rule"].notna()].groupby(key).size().rename("quarantined")
    twice = ranked[ranked["is_duplicate"].astype(bool)].groupby(key).size().rename("duplicate")
    files = files.join(bad, on=key).join(twice, on=key).fillna({"quarantined": 0, "duplicate": 0})
    files[["quarantined", "duplicate"]] = files[["quarantined", "duplicate"]].astype(int)
    files["accepted"] = files["rows_read"] - files["not_data"] - files["quarantined"] - files["duplicate"]
    names = ["rows_read", "not_data", "quarantined", "duplicate", "accepted", "blank", "blocked", "copies", "data_date"]
    return files[[*key, *names, "sha256"]].sort_values(key, ignore_index=True)


__all__ = [
    "DOSSIER",
    "QUARANTINE",
    "UNIT",
    "Truth",
    "find_superseded",
    "gather_statements",
    "make_accounts",
    "make_dossiers",
    "map_replacements",
    "rank_statements",
    "take_latest",
]
