"""Typed rows → Parquet: the tables of one landed file, typed as the contract says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.contracts.handed_tables import load_handed_tables
from dagster_project.contracts.models import Feed
from dagster_project.ingest.validate.validate import ValidatedFile

_ARROW = {
    "VARCHAR": pa.string(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "UBIGINT": pa.uint64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
}


def write_frames(folder: Path, validated: ValidatedFile, feed: Feed, batch: str) -> None:
    """Write the rows that were let through and what was kept back, typed as the contract says.

    `rows.parquet` is always there; what nothing was kept back for has no file: most files of a night have none.
    """
    identity = {"feed_id": feed.feed_id, "area": feed.area, "batch_id": batch}
    _write_table(folder / "rows.parquet", validated.rows, identity, feed.contract.list_landed_columns())
    tables = load_handed_tables("landing")
    drift = pd.DataFrame(validated.drift, columns=["source_sheet", "header"])
    for name, frame in (
        ("quarantine", validated.quarantine),
        ("finding", validated.findings),
        ("stated_total", validated.totals),
        ("drift", drift),
    ):
        if not frame.empty:
            _write_table(folder / f"{name}.parquet", frame, identity, tables[name].types)


def _write_table(path: Path, frame: pd.DataFrame, identity: dict[str, str | None], types: dict[str, str]) -> None:
    if frame.empty:  # it may lack columns that no row asked for
        table = pa.schema([(name, _ARROW[kind]) for name, kind in types.items()]).empty_table()
    else:
        arrays = [
            _repeat(identity[name], len(frame)) if name in identity else _make_array(frame[name], _ARROW[kind])
            for name, kind in types.items()
        ]
        table = pa.table(arrays, names=list(types))
    # Without Arrow's own schema beside Parquet's: whether a text came in as a category is nobody's business.
    pq.write_table(table, path, compression="zstd", store_schema=False)


def _repeat(value: str | None, times: int) -> pa.Array:
    if value is None:
        return pa.nulls(times, pa.string())
    codes = pa.array(np.zeros(times, dtype=np.int8))
    return pa.DictionaryArray.from_arrays(codes, pa.array([value], type=pa.string()))


def _make_array(values: pd.Series, kind: pa.DataType) -> pa.Array:
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return pa.array(values, type=kind, from_pandas=True)
    codes, texts = _drop_unused(values.cat.codes.to_numpy().astype(np.intp), values.cat.categories)
    if texts.empty:  # Arrow takes an empty dictionary for one of nulls, which has no type
        return pa.nulls(len(values), kind)
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, type=pa.int32(), mask=codes < 0), pa.array(texts, type=kind, from_pandas=True)
    )


def _drop_unused(codes: np.ndarray, texts: pd.Index) -> tuple[np.ndarray, pd.Index]:
    """Return codes and texts without texts that no row has: files that are validated together share their texts."""
    is_used = np.bincount(codes + 1, minlength=len(texts) + 1)[1:] > 0
    if is_used.all():
        return codes, texts
    own = np.append(np.cumsum(is_used) - 1, -1)
    return own[codes], texts[is_used]
