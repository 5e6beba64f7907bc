"""What a row says in one number, by which a statement is known again (docs/decisions/006)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dagster_project.contracts.models import UNIT_KEY, Column, Feed
from dagster_project.ingest.normalise import text

_STEP = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no content is lost in the product
_NOUGHT = np.uint64(0xD1B54A32D192ED03)
"""The number of 0 and of "no", which pandas mixes into 0: unknown is never zero."""


def hash_content(rows: pd.DataFrame, feed: Feed) -> pd.Series:
    """Hash the canonical content of each row to 64 bits (uint64, same index); spelling and place in the sheet do not
    count.

    Times of day are left out: offices drop them at will, and a statement that is less precise is not another statement.
    The number of a text is SipHash-2-4 under pandas' fixed key, of a number its bits mixed: neither depends on the
    process, the machine or the other rows, so that numbers of different nights can be compared.
    """
    whole = np.zeros(len(rows), dtype=np.uint64)
    for column in feed.contract.columns:
        if column.in_content and (column.keeps_pseudonym or not column.is_personal):
            for values in _list_content(column, rows):
                whole = whole * _STEP + _hash_values(values)
    return pd.Series(whole, index=rows.index, name="content_hash")


def _list_content(column: Column, rows: pd.DataFrame) -> list[pd.Series]:
    """Return a column as texts, moments or whole numbers: neither spellings nor the sign of zero count."""
    if column.kind == "unit":
        return [rows[name] for name in UNIT_KEY]
    values = rows[f"{column.name}_pseudonym" if column.keeps_pseudonym else column.name]
    if column.kind in ("text", "free_text"):
        return [text.make_keys(values)]
    if pd.api.types.is_float_dtype(values.dtype):
        exact = values.to_numpy("float64", na_value=0.0) + 0.0  # -0.0 becomes 0.0
        return [pd.Series(exact.view("int64")).astype("Int64").mask(values.isna().to_numpy())]
    return [values]


def _hash_values(values: pd.Series) -> np.ndarray:
    """Return a number for each value (of a moment: of its day); 0 where there is no value, and nowhere else."""
    if text.is_category(values):
        distinct = pd.util.hash_array(np.asarray(values.cat.categories, dtype=object), categorize=False)
        return np.append(distinct, np.uint64(0))[values.cat.codes.to_numpy()]
    if pd.api.types.is_datetime64_dtype(values.dtype):
        days = values.to_numpy().astype("datetime64[D]")
        return np.where(np.isnat(days), np.uint64(0), _mix(days.astype(np.int64)))
    known = values.notna().to_numpy()
    plain = values[known].to_numpy(object if text.is_text(values) else "int64")
    numbers = np.zeros(len(values), dtype=np.uint64)
    numbers[known] = _mix(plain)
    return numbers


def _mix(values: np.ndarray) -> np.ndarray:
    numbers = pd.util.hash_array(values, categorize=False)
    return np.where(numbers == 0, _NOUGHT, numbers)
