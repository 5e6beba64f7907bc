"""What is said of a project once holds for its further rows: its place, its owner, its total investment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dagster_project.ingest.normalise import text
from dagster_project.ingest.readers.base import RawTable, ReadSpec, find_column_of_role


def fill_what_is_said_of(table: RawTable, spec: ReadSpec) -> None:
    """Let what a row says of a thing hold for the rows below it that name the same thing and leave it empty, up to a
    group or a total. What a row says that sums up its rows (among the totals) goes before theirs, but a place.
    """
    for owner in dict.fromkeys(spec.said_of.values()):
        roles = [role for role, of in spec.said_of.items() if of == owner and role in table.frame]
        if owner not in table.frame or not roles:
            continue
        has_head = owner in table.totals and bool(_find_heads(table, owner).any())
        if has_head or table.frame[roles].isna().any(axis=None):
            _fill(table, owner, roles, spec.place)


def _find_heads(table: RawTable, owner: str) -> pd.Series:
    return table.totals["_kind"].eq("group") & table.totals[owner].notna()


def _fill(table: RawTable, owner: str, roles: Sequence[str], place: str | None) -> None:
    frame = table.frame
    columns: dict[str, list[str]] = {}
    for role in roles:
        columns.setdefault(find_column_of_role(role), []).append(role)
    read = ["_row", owner, *roles]
    heads = table.totals[_find_heads(table, owner)] if owner in table.totals else table.totals[:0]
    both = pd.concat([heads.reindex(columns=read).astype(object), frame[read].astype(object)], ignore_index=True)
    both = both.sort_values("_row", kind="stable")
    is_head, at = both.index.to_numpy() < len(heads), np.arange(len(both))
    keys = text.make_keys(both[owner]).fillna("").to_numpy(dtype=object)
    ends = table.not_data["_row"][table.not_data["kind"].isin(["group", "total"])]
    stretch = np.searchsorted(np.setdiff1d(ends, heads["_row"]), both["_row"].to_numpy("int64"))
    begins = np.ones(len(both), dtype=bool)
    begins[1:] = (keys[1:] != keys[:-1]) | (keys[1:] == "") | (stretch[1:] != stretch[:-1]) | is_head[1:]
    first = np.maximum.accumulate(np.where(begins, at, 0))
    for of_column in columns.values():
        is_told = both[of_column].notna().any(axis=1).to_numpy()
        source = np.maximum.accumulate(np.where(is_told, at, -1))
        if place not in of_column:
            source = np.where(is_head[first] & is_told[first], first, source)
        takes = (source >= first) & (source != at) & ~is_head
        rows = both.index.to_numpy()[takes] - len(heads)
        for role in of_column if len(rows) else ():
            cells = frame[role].to_numpy(object, copy=True)
            cells[rows] = both[role].to_numpy(object)[source[takes]]
            frame[role] = pd.Series(cells, index=frame.index, dtype=object)
