"""Rows that contradict themselves: accepted, and listed by the rules of their contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from dagster_project.contracts.models import UNIT_KEY, Contract, Feed, RowRule


def contradictions(rows: pd.DataFrame, contract: Contract) -> Iterator[tuple[RowRule, pd.Series]]:
    """The door's rules, each with the rows that break it. An unknown figure contradicts nothing."""
    for rule in contract.contradictions:
        if rule.listed_by == "door":
            yield rule, _sum(rows, rule.lesser).gt(_sum(rows, rule.greater)).fillna(False).astype(bool)


def said_again(rows: pd.DataFrame, sheets: np.ndarray, feed: Feed) -> pd.Series:
    """Rows whose key an earlier row of their sheet has, with another `content_hash`. `sheets`: which one, a row."""
    keys = [name for c in feed.contract.columns if c.is_key for name in (UNIT_KEY if c.kind == "unit" else (c.name,))]
    content = pd.Series(pd.factorize(rows["content_hash"])[0], index=rows.index)
    known = rows[keys].notna().all(axis=1)
    same = [pd.Series(sheets, index=rows.index), *(rows[name] for name in keys)]
    before = content.groupby(same, observed=True, sort=False).shift().reindex(rows.index)
    return known & before.notna() & before.ne(content).fillna(False)


def told_key(rows: pd.DataFrame, contract: Contract) -> pd.Series:
    """The key of each row in words, so that a finding names its project: "8200003 · ODA"."""
    keys = ["unit_code" if c.kind == "unit" else c.name for c in contract.columns if c.is_key and c.type == "VARCHAR"]
    names = [name for name in keys if name in rows]
    texts = [rows[name].astype("str").fillna("") for name in names]
    whole = pd.Series("", index=rows.index, dtype="str")
    for column in texts:
        whole = whole + " · " + column
    return whole.str.strip(" ·")


def _sum(rows: pd.DataFrame, names: Sequence[str]) -> pd.Series:
    """Sum of some columns; an empty one of several adds nothing, all empty is unknown. A lone date is its day."""
    first = rows[names[0]]
    if pd.api.types.is_datetime64_dtype(first.dtype):
        days = pd.Series(first.to_numpy().astype("datetime64[D]").astype("int64"), index=rows.index, dtype="Int64")
        return days.mask(first.isna()).astype("Float64")
    return rows[list(names)].astype("Float64").sum(axis=1, min_count=1).astype("Float64")
