"""Control figures that a file states, beside the same figures computed from its rows."""

from __future__ import annotations

import pandas as pd

from dagster_project.contracts.layouts import TotalRule
from dagster_project.contracts.models import Column, Feed
from dagster_project.ingest import numbers, text
from dagster_project.ingest.normalise import normalise_column
from dagster_project.ingest.readers.base import RawTable

COLUMNS = ["scope", "measure", "stated", "computed"]
_AMOUNTS = ("money", "number")


def control_totals(
    table: RawTable, feed: Feed, rows: pd.DataFrame, factors: dict[str, int], is_alone: bool
) -> pd.DataFrame:
    """`scope`, `measure`, `stated` (NaN when unreadable), `computed`; amounts in đồng. `rows` are all typed rows.

    Scope `file`: of the whole file (of one of its sheets: named). Scope `pull`: of all pages of its pull (`pull_of`);
    what is computed is this page's part. Else the label of a sub-total. Of amounts, rows that the door refuses are
    computed with, for the office added them too, and a row that is there twice once: a duplicate adds nothing.
    """
    found: list[tuple[str, str, object, float]] = []
    for rule in feed.layout.totals:
        if rule.stated_in == "total_row_count" and not table.totals.empty:
            found += _count(rule, table, feed, rows)
        elif rule.stated_in == "envelope" and rule.source in table.extra:
            found.append(("pull", rule.measure, table.extra[rule.source], float(len(rows))))
        elif rule.stated_in == "parent" and not table.totals.empty:
            stated = table.totals.iloc[0].get(rule.measure)
            found.append(("file", rule.measure, stated, float(rows[rule.measure].sum())))
        elif rule.stated_in == "total_row_sum" and not table.totals.empty:
            found += _sums(rule, table, feed, rows, factors, is_alone)
    frame = pd.DataFrame(found, columns=COLUMNS)
    frame["stated"] = pd.to_numeric(frame["stated"], errors="coerce").astype("float64")
    return frame.astype({"computed": "float64", "scope": "str", "measure": "str"})


def _count(rule: TotalRule, table: RawTable, feed: Feed, rows: pd.DataFrame) -> list[tuple[str, str, object, float]]:
    """How many rows the total of the whole table states: a number beside its amounts, which are no count of rows.

    Nothing where its amounts are all that it states, or where only districts have their totals.
    """
    totals = table.totals[_is_whole(table, rows)]
    if totals.empty:
        return []
    last = totals.iloc[-1]
    amounts = {c.name for c in feed.contract.columns if c.kind in _AMOUNTS} & set(table.columns)
    said = [last[name] for name in sorted(amounts) if pd.notna(last[name])]
    stated = numbers.first_integer(cell for cell in last["cells"] if cell not in said)
    return [] if stated is None and said else [("file", rule.measure, stated, float(len(rows)))]


def _sums(
    rule: TotalRule, table: RawTable, feed: Feed, rows: pd.DataFrame, factors: dict[str, int], is_alone: bool
) -> list[tuple[str, str, object, float]]:
    """One measure of every total and sub-total row that states it; of sub-columns, one a member."""
    column = next(c for c in feed.contract.columns if c.name == rule.measure)
    wide = feed.layout.sub_columns
    roles: dict[str, tuple[str, pd.Series]] = {rule.measure: (rule.measure, pd.Series(True, index=rows.index))}
    if wide is not None and rule.measure in wide.of:
        is_of = {member: rows[wide.column].astype("str").eq(member).fillna(False) for member in wide.members}
        roles = {wide.role(rule.measure, member): (f"{rule.measure} {member}", at) for member, at in is_of.items()}
    scopes = _scopes(table, rows, is_alone)
    lines = rows["source_row"].to_numpy()
    spans = zip(table.totals["_from_row"], table.totals["_to_row"], strict=True)
    insides = [(lines >= first) & (lines <= last) for first, last in spans]
    is_first = ~rows["content_hash"].duplicated()
    found: list[tuple[str, str, object, float]] = []
    for role, (measure, at) in roles.items():
        if role not in table.totals or rule.measure not in rows:
            continue
        stated, is_said = _stated(table.totals[role], column, feed, factors)
        of_measure = rows[rule.measure].where(at & is_first).array
        for scope, inside, said, figure in zip(scopes, insides, is_said, stated, strict=True):
            if said:
                found.append((scope, measure, figure, float(of_measure[inside].sum())))
    return found


def _stated(cells: pd.Series, column: Column, feed: Feed, factors: dict[str, int]) -> tuple[pd.Series, list[bool]]:
    """What the total rows say of a measure, and which of them say anything at all."""
    raw = cells.reset_index(drop=True).astype(object)
    is_said = [text.clean_of(text.cell_text(cell) or "") not in text.MISSING for cell in raw]
    values = normalise_column(raw, column, feed.layout, None, factors.get(column.name, 1)).values
    return values.astype("Float64"), is_said


def _scopes(table: RawTable, rows: pd.DataFrame, is_alone: bool) -> list[str]:
    """What each total row is of: the file or the sheet as a whole, else its own label."""
    totals, is_whole = table.totals, _is_whole(table, rows)
    sheet = f"trang {table.sheet}"
    labels = [str(label) or f"dòng {row}" for label, row in zip(totals["label"], totals["_row"], strict=True)]
    if is_alone:
        return ["file" if whole else label for whole, label in zip(is_whole, labels, strict=True)]
    return [sheet if whole else f"{sheet}: {label}" for whole, label in zip(is_whole, labels, strict=True)]


def _is_whole(table: RawTable, rows: pd.DataFrame) -> pd.Series:
    """Which total rows speak of the whole table."""
    first, last = (rows["source_row"].min(), rows["source_row"].max()) if len(rows) else (0, 0)
    totals = table.totals
    return (totals["_kind"] == "total") & (totals["_from_row"] <= first) & (totals["_to_row"] >= last)
