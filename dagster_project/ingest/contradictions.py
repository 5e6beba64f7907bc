"""Rows that contradict themselves: accepted, and listed by the rules of their contract that the door looks after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from dagster_project.contracts.models import Contract, RowRule


def contradictions(rows: pd.DataFrame, contract: Contract) -> Iterator[tuple[RowRule, pd.Series]]:
    """The door's rules, each with the rows that break it. `rows` are typed; an unknown figure contradicts nothing."""
    for rule in contract.contradictions:
        if rule.listed_by == "door":
            yield rule, _broken(rows, rule)


def told_key(rows: pd.DataFrame, contract: Contract) -> pd.Series:
    """The key of each row in words, so that a finding names its project: "8200003 · ODA"."""
    names = [c.name for c in contract.columns if c.is_key and c.type == "VARCHAR" and c.name in rows]
    texts = [rows[name].astype("str").fillna("") for name in names]
    whole = pd.Series("", index=rows.index, dtype="str")
    for column in texts:
        whole = whole + " · " + column
    return whole.str.strip(" ·")


def _broken(rows: pd.DataFrame, rule: RowRule) -> pd.Series:
    lesser, greater = _sum(rows, rule.lesser), _sum(rows, rule.greater)
    if rule.within:
        keys = [rows[name] for name in rule.within]
        lesser = lesser.groupby(keys, dropna=False, observed=True).transform("sum", min_count=1)
        greater = greater.groupby(keys, dropna=False, observed=True).transform("max")
    return lesser.gt(greater).fillna(False).astype(bool)


def _sum(rows: pd.DataFrame, names: Sequence[str]) -> pd.Series:
    """Sum of some columns; an empty one of several adds nothing, all empty is unknown."""
    return rows[list(names)].astype("Float64").sum(axis=1, min_count=1).astype("Float64")
