"""Keys that one file says twice, unlike: on one sheet, or on two sheets of the same data date."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dagster_project.contracts.models import UNIT_KEY, Column, Feed
from dagster_project.contracts.rules import load_rules
from dagster_project.ingest.validate.row_faults import FAULT_COLUMNS

_MOMENT = "changed_at"
"""The row's own moment of change: what it says of another moment is progress, and contradicts nothing."""


def find_keys_said_again(rows: pd.DataFrame, feed: Feed, sheets: np.ndarray) -> pd.Series:
    """Find rows whose key an earlier row of their sheet has, with another `content_hash`: bool, on the index of `rows`.

    `sheets`: of each row.
    """
    same = _list_keys(rows, feed)
    same = same.assign(_sheet=pd.Series(sheets, index=rows.index).reindex(same.index))  # some rows have no key
    repeated = same[same.duplicated(keep=False)]
    before = _find_content_before(rows, repeated)
    content = rows.loc[repeated.index, "content_hash"]
    return (before.notna() & before.ne(content.astype("object"))).reindex(rows.index, fill_value=False)


def find_disagreeing_sheets(rows: pd.DataFrame, feed: Feed) -> pd.DataFrame:
    """Find what two sheets of one file say unlike of a key at the same data date (`sheets_disagree`), as FAULT_COLUMNS:
    one line for each row of the later sheet. A sheet of an older date is history, and no contradiction.
    """
    if rows["sheet_no"].nunique() < 2:
        return pd.DataFrame(columns=FAULT_COLUMNS)
    rows = rows.sort_values(["sheet_no", "source_row"], kind="stable")
    same = _list_keys(rows, feed)
    same = same.assign(_date=rows["sheet_date"].reindex(same.index))
    repeated = same[same.duplicated(keep=False)]
    if repeated.empty:
        return pd.DataFrame(columns=FAULT_COLUMNS)
    mine = rows.loc[repeated.index]
    before = mine.groupby([repeated[name] for name in repeated], sort=False, observed=True, dropna=False)
    other = before[["sheet_no", "content_hash", "source_sheet", "source_row"]].shift()
    unlike = (
        other["sheet_no"].notna()
        & other["sheet_no"].ne(mine["sheet_no"])
        & _find_content_before(rows, repeated).ne(mine["content_hash"].astype("object"))
    )
    words = load_rules()["sheets_disagree"]
    column = next(column for column in feed.contract.columns if column.is_key)
    told = {
        "column_name": column.name,
        "rule": words.name,
        "message_vi": words.message_vi,
        "remedy_vi": words.remedy_vi,
    }
    found = mine[unlike].drop_duplicates(["source_sheet", "source_row"])
    communes = found["commune_code"].astype("str") if "commune_code" in found else None
    before_it = other.loc[found.index]
    place = "trang " + before_it["source_sheet"].astype("str").str.slice(0, 60)
    place = place + ", dòng " + before_it["source_row"].astype("Int64").astype("str")
    listed = found[["source_sheet", "source_row"]].assign(value=place, commune_code=communes, **told)
    return listed[FAULT_COLUMNS].reset_index(drop=True)


def list_key_columns(feed: Feed) -> list[str]:
    """List the columns that land of the key of a contract."""
    return [name for column in feed.contract.columns if column.is_key for name in _list_landed(column)]


def _list_landed(column: Column) -> tuple[str, ...]:
    return UNIT_KEY if column.kind == "unit" else (column.name,)


def _list_keys(rows: pd.DataFrame, feed: Feed) -> pd.DataFrame:
    """Return the key columns of the rows that have all that a key must have: a unit's as its level and code, a moment
    beside it. A key that lacks a part which may be missing (the round of a lot) is told apart by the row's days."""
    columns = feed.contract.columns
    needed = [name for column in columns if column.is_key and column.required for name in _list_landed(column)]
    others = [column.name for column in columns if column.is_key and not column.required]
    days = [column.name for column in columns if column.kind == "date" and not column.is_key]
    same = rows.loc[rows[needed].notna().all(axis=1), [*list_key_columns(feed), *({_MOMENT} & set(rows))]]
    is_short = rows.loc[same.index, others].isna().any(axis=1)
    return same.assign(**{f"_{name}": rows.loc[same.index, name].where(is_short) for name in days if others})


def _find_content_before(rows: pd.DataFrame, repeated: pd.DataFrame) -> pd.Series:
    """Return what the row before said of the same key, as objects: hashes of 64 bits are no floats."""
    content = rows.loc[repeated.index, "content_hash"].astype("object")
    by = [repeated[name] for name in repeated]
    before: pd.Series = content.groupby(by, sort=False, observed=True, dropna=False).shift()
    return before
