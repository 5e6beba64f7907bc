"""Sub-columns of a merged header → rows: the three funds of one project, side by side, become up to three facts.

The row of the sheet stays one row in the account: its facts share its number.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from dagster_project.contracts.layouts import SubColumns
from dagster_project.contracts.models import Feed
from dagster_project.ingest.normalise import text
from dagster_project.ingest.readers.base import MEMBER, RawTable, ReadSpec, name_column, report_missing_columns


def unpivot(table: RawTable, feed: Feed) -> RawTable:
    """Return the table with one row for each member that has any figure, its index numbered anew; without sub-columns,
    as it is.

    A row without any figure stays one row without a member. Raises BlockedFile `missing_column` when a required measure
    is under no member, or a member lacks one that others have.
    """
    wide = feed.layout.sub_columns
    if wide is None or table.is_heading:
        return table
    members = _find_members(table, wide, feed)
    own = [str(name) for name in table.frame if MEMBER not in str(name)]
    parts = [_take_member(table.frame, own, wide, member) for member in members]
    filled = [_has_figure(part, wide) for part in parts]
    without = ~pd.concat(filled, axis=1).any(axis=1)
    facts = [part.loc[has] for part, has in zip(parts, filled, strict=True)]
    long = pd.concat([*facts, table.frame[own].loc[without]]).sort_values("_row", kind="stable", ignore_index=True)
    return replace(table, frame=long.astype(object).where(long.notna(), None).astype({"_row": "int64"}))


def _find_members(table: RawTable, wide: SubColumns, feed: Feed) -> list[str]:
    """Return the members that the sheet has columns for."""
    required = {c.name for c in feed.contract.columns if c.required} & set(wide.of)
    found = [m for m in wide.members if any(wide.name_role(measure, m) in table.columns for measure in wide.of)]
    asked = found or list(wide.members)
    lacking = [
        wide.name_role(measure, member)
        for measure in wide.of
        for member in asked
        if measure in required and wide.name_role(measure, member) not in table.columns
    ]
    if lacking:
        spec = ReadSpec(feed.layout.reader.kind, feed.reader_headers)
        lost = {
            role: [(said, (name_column(index), table.paths[index])) for said, index in table.lost.get(role, [])]
            for role in lacking
        }
        headers = dict.fromkeys(part for path in table.paths.values() for part in path)
        raise report_missing_columns(lacking, spec, headers or table.unknown_headers, table.sheet, lost)
    return found


def _take_member(frame: pd.DataFrame, own: list[str], wide: SubColumns, member: str) -> pd.DataFrame:
    names = {role: measure for measure in wide.of if (role := wide.name_role(measure, member)) in frame}
    part = frame[[*own, *names]].rename(columns=names)
    part[wide.column] = member
    return part


def _has_figure(part: pd.DataFrame, wide: SubColumns) -> pd.Series:
    measures = [measure for measure in wide.of if measure in part]
    filled = [~_is_missing(part[measure]) for measure in measures]
    return pd.concat(filled, axis=1).any(axis=1) if filled else pd.Series(False, index=part.index)


def _is_missing(cells: pd.Series) -> pd.Series:
    """Find cells that say that there is no figure: empty, "-", "…"."""
    cleaned = text.clean(cells)
    return cleaned.isna() | cleaned.isin(text.MISSING)
