"""This module holds what was delivered as a perfect reader would have it: the list from which the truth is computed.

A *statement* is one row of one delivered file with its canonical values **as written** (a clerk who wrote only the day
lost the hour), the rule that should quarantine it, if any, and where it stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from dagster_project.simulate.world.dossiers import DAY, MINUTE

CONTENT = (
    "procedure_code", "applicant_kind", "received_at", "due_at", "finished_at", "returned_at", "status_code", "channel",
    "changed_at", "origin_dossier_id", "is_result_digitised", "fee", "unit_level", "unit_code",
)  # fmt: skip
"""Canonical columns that make two statements of one dossier differ (spelling aside)."""

WHOLE, PART = "register", "part:"
"""Periods of a register: the whole so far, and a month's part of it ("part:2025-06")."""
UNIT = ("unit_level", "unit_code", "commune_code", "former_province_code", "attribution")


@dataclass
class FileRecord:
    """A record accounts for one delivered file; `file` is the path inside the feed's folder.

    `period`: what it states as a whole, so that a better ranked file of the same period replaces it (see `truth`). It
    tells what happened from `covers_from` (None, of a register: since its office began it) to its data date, the month,
    quarter or year `covers_kind`. `remarks`: what is odd about a file that is used all the same. `strange_column`: a
    header that the form does not have.
    """

    feed_id: str
    file: str
    sha256: str = ""
    data_date: date | None = None
    period: str | None = None
    statement_no: int = 1
    rows_read: int = 0
    not_data: int = 0
    blank: int = 0
    blocked: str | None = None
    copies: int = 0
    covers_from: date | None = None
    covers_kind: str = "month"
    strange_column: str | None = None
    remarks: tuple[str, ...] = ()


@dataclass
class Control:
    """A control is a total that an office states, beside what its rows give."""

    feed_id: str
    file: str
    scope: str
    measure: str
    stated: float
    computed: float
    data_date: date | None = None


@dataclass
class Delivery:
    """A delivery is everything that one feed sent: records of files, rows, stated totals, and what each quirk did."""

    files: list[FileRecord] = field(default_factory=list)
    rows: list[pd.DataFrame] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    quirks: list[dict[str, object]] = field(default_factory=list)


def fold_same_bytes(delivered: Delivery) -> None:
    """Fold files of identical bytes, under any name, into one file and its copies (docs/rules.md, "Accept or refuse").

    A register in which nothing changed, named after its new day, is that day's delivery: its rows are read once.
    """
    first: dict[str, FileRecord] = {}
    for record in sorted((record for record in delivered.files if record.blocked is None), key=lambda r: r.file):
        kept = first.setdefault(record.sha256, record)
        if kept is not record:
            kept.copies += 1 + record.copies
            if kept.period == WHOLE and kept.data_date and record.data_date:
                kept.data_date = max(kept.data_date, record.data_date)
            delivered.files.remove(record)
            delivered.rows = [rows[rows["file"] != record.file] for rows in delivered.rows]
            delivered.controls = [total for total in delivered.controls if total.file != record.file]


def find_end(day: date) -> np.datetime64:
    """Return the last second of a day."""
    return np.datetime64(day, "s") + DAY - np.timedelta64(1, "s")


def show_state(world: pd.DataFrame, moment: np.ndarray | np.datetime64) -> pd.DataFrame:
    """Return what the office's system shows of each dossier at `moment` (one for all, or one per row).

    Adds status_code (1..10), shown_finished_at, shown_returned_at (NaT when not yet or not noted), changed_at.
    """
    static = world["static_status"].to_numpy()
    received, starts = world["received_at"].to_numpy(), world["starts_at"].to_numpy()
    finished, returned = world["finished_at"].to_numpy(), world["returned_at"].to_numpy()
    moves = static == 0
    withdrawn = moves & world["is_withdrawn"].to_numpy() & (finished <= moment)
    done = moves & (finished <= moment)
    given = done & ~withdrawn & (returned <= moment)
    working = moves & (starts <= moment)
    pause = world["pause"].to_numpy()
    status = np.select(
        [static > 0, withdrawn, given, done, working & (pause > 0), working], [static, 7, 10, 9, pause, 4], 2
    )
    changed = np.select([given, done, working], [returned + MINUTE, finished + MINUTE, starts], received + MINUTE)
    hides = world["hides_finish"].to_numpy()
    both = hides & world["hides_return"].to_numpy()
    nat = np.datetime64("NaT", "s")
    return world.assign(
        status_code=status.astype(np.int8),
        shown_finished_at=np.where(done & ~hides, finished, nat),
        shown_returned_at=np.where(given & ~both, returned, nat),
        changed_at=changed.astype("datetime64[s]"),
    )


def is_open(status: pd.Series) -> np.ndarray:
    """Return whether a status is open (docs/rules.md, "Procedures": 2, 4, 5, 6, 8)."""
    return status.isin([2, 4, 5, 6, 8]).to_numpy()


def list_month(world: pd.DataFrame, month: np.datetime64, data_day: date) -> pd.DataFrame:
    """Return what a month's file lists: received in the month, or still open before it; each as at the file's data
    date.

    The rows stand in the order of receipt, as those of `world` do.
    """
    start = month.astype("datetime64[D]").astype("datetime64[s]")
    received = world["received_at"].to_numpy()
    known = world[received <= find_end(data_day)]
    fresh = known["received_at"].to_numpy() >= start
    older = known[~fresh]
    carried = is_open(show_state(older, start - np.timedelta64(1, "s"))["status_code"])
    keep = fresh.copy()
    keep[~fresh] = carried
    return show_state(known[keep], find_end(data_day)).reset_index(drop=True)


def make_canonical(
    state: pd.DataFrame, procedure_codes: np.ndarray, resolution: str, has_digitised: bool
) -> pd.DataFrame:
    """Return the canonical row of each dossier as this office's form can hold it (`resolution`: "s", "m" or "D")."""

    def cut_times(times: np.ndarray) -> np.ndarray:
        return times.astype(f"datetime64[{resolution}]").astype("datetime64[s]")

    nat = np.datetime64("NaT", "s")
    closed = state["status_code"].isin([9, 10]).to_numpy()
    digitised = np.where(state["is_digitised"].to_numpy(), "1", "0").astype(object)
    digitised[~closed | (not has_digitised)] = None
    return pd.DataFrame(
        {
            "dossier_id": state["dossier_id"].astype(object),
            "procedure_code": procedure_codes[state["procedure_row"].to_numpy()],
            "applicant_kind": np.where(state["is_business"], "2", "1").astype(object),
            "received_at": cut_times(state["received_at"].to_numpy()),
            "due_at": np.where(state["hides_due"], nat, cut_times(state["due_at"].to_numpy())),
            "finished_at": cut_times(state["shown_finished_at"].to_numpy()),
            "returned_at": cut_times(state["shown_returned_at"].to_numpy()),
            "status_code": state["status_code"].to_numpy().astype(np.int64),
            "channel": state["channel"].astype(object).to_numpy(),
            "changed_at": cut_times(state["changed_at"].to_numpy()),
            "origin_dossier_id": _find_origins(state),
            "is_result_digitised": digitised,
            "fee": state["fee"].to_numpy(),
            **{name: state[name].astype(object).to_numpy() for name in UNIT},
        }
    )


def _find_origins(state: pd.DataFrame) -> np.ndarray:
    if "origin_dossier_id" not in state:
        return np.full(len(state), None, dtype=object)
    origin = state["origin_dossier_id"].astype(object)
    return origin.where(origin.notna(), None).to_numpy()
