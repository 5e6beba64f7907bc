"""Facts that an office stated differently later (marts.md, "Which statement wins" and "Settled"), in pandas."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from dagster_project.simulate.statements import end_of

RESTATEMENT = ("table", "key", "column", "old_value", "new_value", "file")
FACTS = ("received_at", "due_at", "unit_code", "fee")
PROGRESS = ("status_code", "finished_at")


def restatements(ranked: pd.DataFrame, files: pd.DataFrame, dead: set[tuple[str, str]], as_of: date) -> pd.DataFrame:
    """Numbers that a period sent again no longer holds, and facts that the next statement in rank order changes.

    `ranked`: sound statements in rank order (`truth.rank`). `dead`: (feed, file) of the superseded files. A receipt, a
    due date, a unit or a fee that changes is always one; a dossier's progress only when the same day is stated again.
    """
    if ranked.empty:
        return pd.DataFrame(columns=list(RESTATEMENT))
    known = ranked[ranked["rank_at"] <= end_of(as_of)].reset_index(drop=True)
    is_dead = pd.Series([pair in dead for pair in zip(known["feed_id"], known["file"], strict=True)])
    period = files.drop_duplicates(["feed_id", "file"]).set_index(["feed_id", "file"])["period"]
    known = known.join(period.rename("period"), on=["feed_id", "file"])
    parts = [_vanished(known, is_dead, files, dead), *_changed(known, is_dead)]
    return pd.concat(parts, ignore_index=True)[list(RESTATEMENT)].sort_values(list(RESTATEMENT), ignore_index=True)


def _vanished(known: pd.DataFrame, is_dead: pd.Series, files: pd.DataFrame, dead: set[tuple[str, str]]) -> pd.DataFrame:
    """Dossiers that only replaced files hold, under the file that replaced the last of them."""
    gone = known[is_dead & ~known["dossier_id"].isin(known.loc[~is_dead, "dossier_id"])]
    gone = gone.drop_duplicates(["feed_id", "dossier_id"], keep="last")
    usable = files[files["blocked"].isna() & files["period"].notna()]
    alive = [pair not in dead for pair in zip(usable["feed_id"], usable["file"], strict=True)]
    by = usable[alive].set_index(["feed_id", "period"])["file"]
    return pd.DataFrame(
        {
            "table": "fct_dossier",
            "key": gone["dossier_id"],
            "column": "dossier_id",
            "old_value": gone["dossier_id"],
            "new_value": None,
            "file": [by[pair] for pair in zip(gone["feed_id"], gone["period"], strict=True)],
        }
    )


def _changed(known: pd.DataFrame, is_dead: pd.Series) -> list[pd.DataFrame]:
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
            place, was = (_place(frame) for frame in (known, before))
            is_other = place.ne(was)
        else:
            is_other = old.ne(new)
        wrong = (follows if name in FACTS else again) & old.notna() & is_other
        changed = {"key": known["dossier_id"], "old_value": _text(old), "new_value": _text(new), "file": known["file"]}
        parts.append(pd.DataFrame(changed)[wrong].assign(table="fct_dossier", column=name))
    return parts


def _place(rows: pd.DataFrame) -> pd.Series:
    """The new commune where there is one: its former communes are no other place."""
    commune = rows["commune_code"].astype(object)
    return commune.where(commune.notna(), rows["unit_level"].astype(object) + rows["unit_code"].astype(object))


def _text(values: pd.Series) -> pd.Series:
    """Moments to the second, numbers without a fraction, None for what is missing."""
    if pd.api.types.is_datetime64_any_dtype(values):
        text = values.dt.strftime("%Y-%m-%d %H:%M:%S")
    elif pd.api.types.is_numeric_dtype(values):
        text = values.astype("Int64").astype(str)
    else:
        text = values.astype(object)
    return pd.Series(np.where(values.notna(), text, None), index=values.index, dtype=object)
