"""This module finds facts that an office stated differently later (docs/rules.md, "Which statement wins")."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from dagster_project.simulate.statements import find_end
from dagster_project.simulate.truth.tables import map_replacements

RESTATEMENT = ("table", "key", "column", "old_value", "new_value", "file")
FACTS = ("received_at", "due_at", "unit_code", "fee")
PROGRESS = ("status_code", "finished_at", "returned_at", "procedure_code", "channel", "is_result_digitised",
            "origin_dossier_id")  # fmt: skip
WITH_FRACTION = ("area_m2", "area_to_recover_ha", "area_cleared_ha", "line_outage_hours", "line_mbps")


def list_restatements(
    ranked: pd.DataFrame, files: pd.DataFrame, dead: set[tuple[str, str]], as_of: date
) -> pd.DataFrame:
    """Return numbers that a period sent again no longer holds, and facts that the next statement in rank order changes.

    `ranked`: sound statements in rank order (`truth.rank`). `dead`: (feed, file) of the superseded files. A receipt, a
    due date, a unit or a fee that changes is always one; all else of a dossier only when the same day is stated again.
    """
    if ranked.empty:
        return pd.DataFrame(columns=list(RESTATEMENT))
    known = ranked[ranked["rank_at"] <= find_end(as_of)].reset_index(drop=True)
    is_dead = pd.Series([pair in dead for pair in zip(known["feed_id"], known["file"], strict=True)])
    period = files.drop_duplicates(["feed_id", "file"]).set_index(["feed_id", "file"])["period"]
    known = known.join(period.rename("period"), on=["feed_id", "file"])
    parts = [_list_vanished(known, is_dead, files), *_list_changed(known, is_dead)]
    return pd.concat(parts, ignore_index=True)[list(RESTATEMENT)].sort_values(list(RESTATEMENT), ignore_index=True)


def _list_vanished(known: pd.DataFrame, is_dead: pd.Series, files: pd.DataFrame) -> pd.DataFrame:
    """Return dossiers that only replaced files hold, under the file that replaced the last of them."""
    gone = known[is_dead & ~known["dossier_id"].isin(known.loc[~is_dead, "dossier_id"])]
    gone = gone.drop_duplicates(["feed_id", "dossier_id"], keep="last")
    return pd.DataFrame(
        {
            "table": "fct_dossier",
            "key": gone["dossier_id"],
            "column": "dossier_id",
            "old_value": gone["dossier_id"],
            "new_value": None,
            "file": _find_replacing(gone, files),
        }
    )


def _list_changed(known: pd.DataFrame, is_dead: pd.Series) -> list[pd.DataFrame]:
    before = known.shift()
    follows = known["dossier_id"].eq(before["dossier_id"])
    again = follows & is_dead.shift(fill_value=False)
    for name in ("feed_id", "period", "data_date"):
        again &= known[name].eq(before[name])
    parts = []
    for name in (*FACTS, *PROGRESS):
        old, new = before[name], known[name]
        if name.endswith("_at"):
            is_other = old.dt.normalize().ne(new.dt.normalize())
        elif name == "unit_code":
            place, was = (_find_place(frame) for frame in (known, before))
            is_other = place.ne(was)
        else:
            is_other = old.ne(new)
        wrong = (again | (follows & old.notna()) if name in FACTS else again) & is_other
        wrong &= old.notna() | new.notna()
        changed = {
            "key": known["dossier_id"],
            "old_value": _spell(old),
            "new_value": _spell(new),
            "file": known["file"],
        }
        parts.append(pd.DataFrame(changed)[wrong].assign(table="fct_dossier", column=name))
    return parts


def list_keyed_restatements(
    table: str,
    ranked: pd.DataFrame,
    columns: Sequence[str],
    files: pd.DataFrame,
    dead: set[tuple[str, str]],
    *,
    progress: Sequence[str] = (),
    is_of_period: bool = False,
) -> pd.DataFrame:
    """Return the same of things with a `key`: keys that only replaced files hold, and columns stated differently.

    `ranked`: sound statements in rank order within their key. `columns` are stated once and for all; `progress` is
    restated only by a file that replaces another of the same data date. `is_of_period`: the key names its own day.
    """
    if ranked.empty:
        return pd.DataFrame(columns=list(RESTATEMENT))
    known = ranked.reset_index(drop=True)
    is_dead = pd.Series([pair in dead for pair in zip(known["feed_id"], known["file"], strict=True)])
    gone = known[is_dead & ~known["key"].isin(known.loc[~is_dead, "key"])].drop_duplicates("key", keep="last")
    vanished = {"key": gone["key"], "column": "key", "old_value": gone["key"], "new_value": None}
    parts = [pd.DataFrame(vanished | {"file": _find_replacing(gone, files)})]
    # What a file says last of a thing is what it says.
    is_last = ~known.duplicated(["key", "feed_id", "file"], keep="last")
    days = files.drop_duplicates(["feed_id", "file"]).set_index(["feed_id", "file"])["data_date"].rename("told_on")
    known = known.assign(is_dead=is_dead).drop(columns="told_on", errors="ignore").join(days, on=["feed_id", "file"])
    known = known[is_last.to_numpy()].reset_index(drop=True)
    before = known.shift()
    follows = known["key"].eq(before["key"])
    again = follows & known["feed_id"].eq(before["feed_id"])
    if not is_of_period:
        again &= before["is_dead"].eq(True) & known["told_on"].eq(before["told_on"])
    for name in (*columns, *progress):
        old, new = before[name], known[name]
        is_other = _find_place(known).ne(_find_place(before)) if name == "unit_code" else old.ne(new).fillna(True)
        is_other = is_other.astype(bool) & (old.notna() | new.notna())
        wrong = again if name in progress else again | (follows & old.notna())
        changed = {
            "key": known["key"],
            "old_value": _spell_plainly(old),
            "new_value": _spell_plainly(new),
            "file": known["file"],
        }
        parts.append(pd.DataFrame(changed)[wrong & is_other].assign(column=name))
    found = pd.concat(parts, ignore_index=True).assign(table=table)
    return found[list(RESTATEMENT)].sort_values(list(RESTATEMENT), ignore_index=True)


def _find_replacing(gone: pd.DataFrame, files: pd.DataFrame) -> list[str]:
    """Return the live file of the period of each row's file."""
    best = map_replacements(files)
    return [best[feed, file] for feed, file in zip(gone["feed_id"], gone["file"], strict=True)]


def _spell_plainly(values: pd.Series) -> pd.Series:
    """Return days, codes, whole numbers without a fraction, areas and hours with theirs, None for what is missing."""
    if pd.api.types.is_datetime64_any_dtype(values):
        text = values.dt.strftime("%Y-%m-%d").astype(object)
    elif values.map(lambda value: isinstance(value, str)).any():
        text = values.astype(object)
    elif values.name in WITH_FRACTION:
        text = pd.to_numeric(values).astype(float).astype(str).astype(object)
    else:
        text = pd.to_numeric(values).astype("Int64").astype(str).astype(object)
    result: pd.Series = text.where(values.notna(), None)
    return result


def _find_place(rows: pd.DataFrame) -> pd.Series:
    """Return the new commune where there is one: its former communes are no other place."""
    commune = rows["commune_code"].astype(object)
    return commune.where(commune.notna(), rows["unit_level"].astype(object) + rows["unit_code"].astype(object))


def _spell(values: pd.Series) -> pd.Series:
    """Return moments to the second, numbers without a fraction, None for what is missing."""
    if pd.api.types.is_datetime64_any_dtype(values):
        text = values.dt.strftime("%Y-%m-%d %H:%M:%S")
    elif pd.api.types.is_numeric_dtype(values):
        text = values.astype("Int64").astype(str)
    else:
        text = values.astype(object)
    return pd.Series(np.where(values.notna(), text, None), index=values.index, dtype=object)
