"""Typed rows → Arrow: the tables of landed files, typed as the contract says, as their Parquet has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

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


def make_tables(files: Sequence[tuple[str, ValidatedFile]], feed: Feed) -> dict[str, pa.Table]:
    """Return the rows of some files (batch, file) that were let through and what was kept back, typed as the contract
    says: one table each, the rows of a batch together, in the order of the files.
    """
    tables = load_handed_tables("landing")
    frames = {
        "rows": [file.rows for _, file in files],
        "quarantine": [file.quarantine for _, file in files],
        "finding": [file.findings for _, file in files],
        "stated_total": [file.totals for _, file in files],
        "drift": [pd.DataFrame(file.drift, columns=["source_sheet", "header"]) for _, file in files],
    }
    batches = [batch for batch, _ in files]
    types = {name: feed.contract.list_landed_columns() if name == "rows" else tables[name].types for name in frames}
    return {name: _make_table(batches, frames[name], feed, types[name]) for name in frames}


def _make_table(batches: Sequence[str], frames: Sequence[pd.DataFrame], feed: Feed, types: dict[str, str]) -> pa.Table:
    lengths = [len(frame) for frame in frames]
    full = [frame for frame in frames if len(frame)]  # an empty one may lack columns that no row asked for
    if not full:
        return pa.schema([(name, _ARROW[kind]) for name, kind in types.items()]).empty_table()
    repeated = {
        "feed_id": _repeat([feed.feed_id], [sum(lengths)]),
        "area": _repeat([feed.area], [sum(lengths)]),
        "batch_id": _repeat(batches, lengths),
    }
    columns = [
        repeated[name] if name in repeated else _join(_make_array(frame[name], _ARROW[kind]) for frame in full)
        for name, kind in types.items()
    ]
    return pa.table(columns, names=list(types))


def _repeat(values: Sequence[str | None], times: Sequence[int]) -> pa.Array:
    """Return each value so many times."""
    if None in values:
        return pa.nulls(sum(times), pa.string())
    codes = np.repeat(np.arange(len(values), dtype=np.int32), times)
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(values, type=pa.string()))


def _join(arrays: Iterable[pa.Array]) -> pa.ChunkedArray:
    """Join the arrays of one column; where one of them has its texts once each, all get them so."""
    chunks = list(arrays)
    if any(pa.types.is_dictionary(chunk.type) for chunk in chunks):
        chunks = [chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode() for chunk in chunks]
        return pa.chunked_array(chunks).unify_dictionaries()
    return pa.chunked_array(chunks)


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
