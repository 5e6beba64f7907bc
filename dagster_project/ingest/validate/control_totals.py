"""Control figures that a file states, beside the same figures computed from its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain, islice, pairwise
from math import fsum, isnan
from typing import Any

import numpy as np
import pandas as pd

from dagster_project.contracts.layouts import TotalRule
from dagster_project.contracts.models import Column, Feed
from dagster_project.ingest.normalise import numbers, text
from dagster_project.ingest.normalise.columns import ONE, normalise_column
from dagster_project.ingest.readers.base import RawTable
from dagster_project.ingest.validate.stack import Sheet

COLUMNS = ["scope", "measure", "stated", "computed"]
_AMOUNTS = ("money", "number")

Total = tuple[str, str, object, float]
"""A row of COLUMNS."""

StatedFigures = dict[str, list[tuple[bool, object]]]
"""By column, for each total row in order: whether it says anything there, and which figure, NA when unreadable."""


def compare_control_totals(sheets: Sequence[Sheet], feed: Feed, rows: Iterable[pd.DataFrame]) -> list[pd.DataFrame]:
    """Return for each sheet `scope`, `measure`, `stated` (NaN when unreadable) and `computed`; amounts are in đồng.

    `sheets` are those of a stack, `rows` all typed rows of each.
    Scope "trong đó …": parts of a row that are together more than the row; nothing where they are not.
    Scope `file`: of the whole file (of one of its sheets: named). Scope `pull`: of all pages of its pull (`pull_of`);
    what is computed is this page's part. Else the label of a sub-total. Of amounts, rows that validation refuses are
    computed with, for the office added them too, and a row that is there twice once: a duplicate adds nothing.
    """
    stated = _read_stated_figures(sheets, feed)
    found = [_compare_sheet(sheet, feed, typed, said) for sheet, typed, said in zip(sheets, rows, stated, strict=True)]
    frame = pd.DataFrame(list(chain.from_iterable(found)), columns=COLUMNS)
    frame["stated"] = pd.to_numeric(frame["stated"], errors="coerce").astype("float64")
    frame = frame.astype({"computed": "float64", "scope": "str", "measure": "str"})
    ends = list(accumulate(map(len, found), initial=0))
    return [frame.iloc[first:after] for first, after in pairwise(ends)]


def _compare_sheet(sheet: Sheet, feed: Feed, rows: pd.DataFrame, stated: StatedFigures) -> list[Total]:
    table = sheet.table
    found: list[Total] = []
    for rule in feed.layout.totals:
        if rule.stated_in == "total_row_count" and not table.totals.empty:
            found += _compare_count(rule, table, feed, rows)
        elif rule.stated_in == "envelope" and rule.source in table.extra:
            found.append(("pull", rule.measure, table.extra[rule.source], float(len(rows))))
        elif rule.stated_in == "parent" and not table.totals.empty:
            told = _read_parent(rule, sheet, feed)
            if told is not None:  # null is not 0: a parent that tells nothing is no total of its children
                found.append(("file", rule.measure, told, float(rows[rule.measure].sum())))
    return found + _compare_sums(sheet, feed, rows, stated)


def _read_parent(rule: TotalRule, sheet: Sheet, feed: Feed) -> object:
    """Read what the parent of a tree says of a measure, in the style of its children; None where it says nothing."""
    cells = sheet.table.totals.iloc[:1].get(rule.measure)
    if cells is None or pd.isna(cells.iloc[0]):
        return None
    column = next(c for c in feed.contract.columns if c.name == rule.measure)
    return normalise_column(cells, column, feed.layout, None, ONE, sheet.styles.get(column.name)).values.iloc[0]


def _compare_count(rule: TotalRule, table: RawTable, feed: Feed, rows: pd.DataFrame) -> list[Total]:
    """Compare how many rows the total of the whole table states: a number beside its amounts, which are no count of
    rows.

    Nothing where its amounts are all that it states, or where only districts have their totals.
    """
    totals = table.totals[_is_whole(table, rows)]
    if totals.empty:
        return []
    last = totals.iloc[-1]
    amounts = {c.name for c in feed.contract.columns if c.kind in _AMOUNTS} & set(table.columns)
    said = [last[name] for name in sorted(amounts) if pd.notna(last[name])]
    stated = numbers.find_first_integer(cell for cell in last["cells"] if cell not in said)
    return [] if stated is None and said else [("file", rule.measure, stated, float(len(rows)))]


def _compare_sums(sheet: Sheet, feed: Feed, rows: pd.DataFrame, stated: StatedFigures) -> list[Total]:
    """Compare each measure of every total and sub-total row that states it; of sub-columns, each member."""
    said = [(rule, member, stated[role]) for rule, member, role in _list_roles(feed) if role in stated]
    if not said:
        return []
    totals, wide = sheet.table.totals, feed.layout.sub_columns
    scopes = _name_scopes(sheet.table, rows, sheet.is_alone)
    is_part = totals["_kind"].eq("part").to_list()
    lines = rows["source_row"].to_numpy()
    spans = zip(totals["_from_row"], totals["_to_row"], strict=True)
    insides = [(lines >= first) & (lines <= last) for first, last in spans]
    # A row that stands twice is one row for the office that added up.
    is_first = ~rows["content_hash"].duplicated().to_numpy()
    found: list[Total] = []
    for rule, member, figures in said:
        if rule.measure not in rows:
            continue
        amounts, measure = rows[rule.measure], rule.measure
        is_known = amounts.notna().to_numpy()
        if member is not None and wide is not None:
            is_member = rows[wide.column].astype("str").eq(member).fillna(False).to_numpy(bool)
            is_known, measure = is_known & is_member, f"{measure} {member}"
        values = amounts.to_numpy("int64" if pd.api.types.is_integer_dtype(amounts.dtype) else "float64", na_value=0)
        parts: defaultdict[str, list[tuple[Any, float]]] = defaultdict(list)
        for scope, inside, of_part, (is_said, figure) in zip(scopes, insides, is_part, figures, strict=True):
            if is_said and of_part:
                parts[scope].append((figure, _add_up(values[inside], is_known[inside])))
            elif is_said:
                found.append((scope, measure, figure, float(values[inside].sum(where=(is_known & is_first)[inside]))))
        found += [(scope, measure, *told) for scope, of_row in sorted(parts.items()) if (told := _find_excess(of_row))]
    return found


def _add_up(values: np.ndarray, is_known: np.ndarray) -> float:
    """Add up the figures of a row; NaN where it says nothing, for then nothing can be more than it."""
    return float(values.sum(where=is_known)) if is_known.any() else float("nan")


def _find_excess(parts: Sequence[tuple[Any, float]]) -> tuple[float, float] | None:
    """Return what the parts of a row say together, and what the row says, when they are more than it; else None.

    `parts`: of each the figure, NA when unreadable, and that of its row.
    """
    stated = fsum(float(figure) for figure, _ in parts if pd.notna(figure))
    whole = next((computed for _, computed in parts if not isnan(computed)), float("nan"))
    # Floats that differ by their last digits are equal.
    return (stated, whole) if abs(stated) > abs(whole) * (1 + 1e-9) else None


def _list_roles(feed: Feed) -> list[tuple[TotalRule, str | None, str]]:
    """List the figures that total rows state: by which rule, of which member of sub-columns, in which column."""
    wide = feed.layout.sub_columns
    roles: list[tuple[TotalRule, str | None, str]] = []
    for rule in feed.layout.totals:
        if rule.stated_in == "total_row_sum" and wide is not None and rule.measure in wide.of:
            roles += [(rule, member, wide.name_role(rule.measure, member)) for member in wide.members]
        elif rule.stated_in == "total_row_sum":
            roles.append((rule, None, rule.measure))
    return roles


def _read_stated_figures(sheets: Sequence[Sheet], feed: Feed) -> list[StatedFigures]:
    """Read what the total rows of each sheet say; for all sheets together, because that costs once."""
    found: list[StatedFigures] = [{} for _ in sheets]
    for rule, _, role in _list_roles(feed):
        column = next(c for c in feed.contract.columns if c.name == rule.measure)
        has = [place for place, sheet in enumerate(sheets) if role in sheet.table.totals and _is_known(column, sheet)]
        if not has:
            continue
        cells = [list(sheets[place].table.totals[role]) for place in has]
        raw = pd.Series(list(chain.from_iterable(cells)), dtype=object)
        factor, style = sheets[0].factors.get(column.name, ONE), sheets[0].styles.get(column.name)
        values = normalise_column(raw, column, feed.layout, None, factor, style).values.astype("Float64")
        is_said = [_states_figure(cell) for cell in raw]
        figures = zip(is_said, values, strict=True)
        for place, mine in zip(has, cells, strict=True):
            found[place][role] = list(islice(figures, len(mine)))
    return found


def _is_known(column: Column, sheet: Sheet) -> bool:
    """Tell whether the sheet has total rows, and whether it is known what their figures of this column are in."""
    if sheet.table.totals.empty:
        return False
    return column.kind != "money" or column.name in sheet.factors or sheet.table.frame.empty


def _states_figure(cell: object) -> bool:
    """Tell whether a cell of a total row states anything: the row's label, if it stands in a column of figures, does
    not."""
    written = text.clean_text(text.write_cell(cell) or "")
    return written not in text.MISSING and any(letter.isdigit() for letter in written)


def _name_scopes(table: RawTable, rows: pd.DataFrame, is_alone: bool) -> list[str]:
    """Name what each total row is of: the file or the sheet as a whole, else its own label."""
    totals, is_whole = table.totals, _is_whole(table, rows)
    sheet = f"trang {table.sheet}"
    labels = [
        f"trong đó, dòng {owner}" if kind == "part" else str(label) or f"dòng {row}"
        for label, row, kind, owner in zip(
            *(totals[name] for name in ("label", "_row", "_kind", "_from_row")), strict=True
        )
    ]
    if is_alone:
        return ["file" if whole else label for whole, label in zip(is_whole, labels, strict=True)]
    return [sheet if whole else f"{sheet}: {label}" for whole, label in zip(is_whole, labels, strict=True)]


def _is_whole(table: RawTable, rows: pd.DataFrame) -> pd.Series:
    """Find the total rows that speak of the whole table."""
    first, last = (rows["source_row"].min(), rows["source_row"].max()) if len(rows) else (0, 0)
    totals = table.totals
    return (totals["_kind"] == "total") & (totals["_from_row"] <= first) & (totals["_to_row"] >= last)
