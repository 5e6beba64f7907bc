"""Files' bytes → typed Parquet: reader, file date, door. The only place that knows all three."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.contracts.models import Feed
from dagster_project.contracts.night_tables import load_night_tables
from dagster_project.contracts.registry import Registry
from dagster_project.contracts.rules import load_rules
from dagster_project.core.errors import BlockedFile, HaicapError
from dagster_project.ingest import readers
from dagster_project.ingest.normalise import data_dates
from dagster_project.ingest.readers.base import RawTable, make_read_spec
from dagster_project.ingest.validate.file_date import FileDate, read_file_date, start_with_plan_year
from dagster_project.ingest.validate.file_scope import add_scope_finding, decide_file_scope
from dagster_project.ingest.validate.stack import Sheet, make_sheets
from dagster_project.ingest.validate.validate import ValidatedFile, validate_files
from dagster_project.ingest.vault.sender_rows import find_identifying_cells

Parse = tuple[dict[str, Any], ValidatedFile]
"""What the batch's account says of a file, and what the door let through."""

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


@dataclass(frozen=True)
class _Read:
    """A file that has been read and dated, on its way to the door."""

    name: str
    tables: list[RawTable]
    filedate: FileDate
    sheets: list[Sheet]


def parse_file(content: bytes, name: str, feed: Feed, registry: Registry, key: bytes) -> Parse:
    """Read, date and judge one file. Raises BlockedFile when it cannot be used as a whole."""
    (parse,) = parse_files([(content, name)], feed, registry, key)
    if isinstance(parse, Exception):
        raise parse
    return parse


def parse_files(
    files: Sequence[tuple[bytes, str]], feed: Feed, registry: Registry, key: bytes
) -> list[Parse | Exception]:
    """The parse of each file of one feed (content, name), in their order; opened together, for that costs once.

    In its place BlockedFile for a file that cannot be used as a whole, or what it brought out that is a bug of ours:
    neither touches the other files. Raises what is of this installation: HaicapError, OSError, MemoryError.
    """
    read = [_attempt(_read, content, name, feed) for content, name in files]
    whole = [one for one in read if isinstance(one, _Read)]
    try:
        opened: list[Any] = list(validate_files([one.sheets for one in whole], feed, registry, key))
    except (HaicapError, OSError, MemoryError):
        raise
    except Exception:  # one of them brings out a bug: which one, each alone tells
        opened = [_attempt(_open, one, feed, registry, key) for one in whole]
    answers = iter(opened)
    behind = [(one, next(answers)) if isinstance(one, _Read) else (one, one) for one in read]
    parses = [_attempt(_parsed, one, door, feed) if isinstance(door, ValidatedFile) else door for one, door in behind]
    _hold(read, parses, feed)
    return parses


def _attempt(step: Any, *given: Any) -> Any:
    """What a step says of a file, or why it can say nothing."""
    try:
        return step(*given)
    except BlockedFile as fault:
        return fault
    except (HaicapError, OSError, MemoryError):
        raise
    except Exception as bug:
        return bug


def _read(content: bytes, name: str, feed: Feed) -> _Read:
    tables = readers.read(content, name, make_read_spec(feed))
    filedate = read_file_date(feed, name, tables)
    if filedate.end is None:
        words = load_rules()["no_data_date"]
        raise BlockedFile("no_data_date", words.message_vi, words.remedy_vi)
    return _Read(name, tables, filedate, make_sheets(tables, feed, filedate))


def _open(one: _Read, feed: Feed, registry: Registry, key: bytes) -> ValidatedFile:
    return validate_files([one.sheets], feed, registry, key)[0]


def _parsed(one: _Read, opened: ValidatedFile, feed: Feed) -> Parse:
    """The account of a file, with what only all its rows tell: the plan year, the commune."""
    filedate, scope = one.filedate, None
    if "plan_year" in opened.rows:
        filedate = start_with_plan_year(feed, filedate, opened.rows["plan_year"])
    if feed.layout.delivery.scope is not None:
        scope = decide_file_scope(one.tables, opened, feed, one.name, filedate)
        add_scope_finding(opened, scope, one.name)
    return _batch(filedate, opened) | {"scope": scope and scope.commune_code}, opened


def _hold(read: Sequence[_Read | Exception], parses: Sequence[Parse | Exception], feed: Feed) -> None:
    """Keep beside each parse the cells by which its sender finds the faulty rows."""
    whole = [
        (one.tables, parse[1])
        for one, parse in zip(read, parses, strict=True)
        if isinstance(one, _Read) and not isinstance(parse, Exception)
    ]
    held = find_identifying_cells([(tables, (opened.quarantine, opened.findings)) for tables, opened in whole], feed)
    for (_, opened), cells in zip(whole, held, strict=True):
        opened.held = cells


def date_of_blocked(feed: Feed, name: str) -> dict[str, Any]:
    """A blocked file's date can only come from its name."""
    found = data_dates.find_data_date_in_name(name)
    filedate = (
        FileDate(None, None, None, None) if found is None else FileDate(found.kind, found.start, found.end, "name")
    )
    return _dates(filedate)


def _batch(filedate: FileDate, opened: ValidatedFile) -> dict[str, Any]:
    return _dates(filedate) | {
        "rows_read": opened.rows_read,
        "rows_not_data": opened.rows_not_data,
        "rows_quarantined": opened.rows_quarantined,
    }


def _dates(filedate: FileDate) -> dict[str, Any]:
    return {f"date_{name}": value for name, value in asdict(filedate).items()}


def write_frames(folder: Path, opened: ValidatedFile, feed: Feed, batch: str) -> None:
    """Write what the door let through and what it kept, typed as the contract says."""
    identity = {"feed_id": feed.feed_id, "area": feed.area, "batch_id": batch}
    _write(folder / "rows.parquet", opened.rows, identity, feed.contract.landed_columns())
    tables = load_night_tables("landing")
    drift = pd.DataFrame(opened.drift, columns=["source_sheet", "header"])
    for name, frame in (
        ("quarantine", opened.quarantine),
        ("finding", opened.findings),
        ("stated_total", opened.totals),
        ("drift", drift),
    ):
        _write(folder / f"{name}.parquet", frame, identity, tables[name].types)


def _write(path: Path, frame: pd.DataFrame, identity: dict[str, str | None], types: dict[str, str]) -> None:
    if frame.empty:
        path.write_bytes(_no_rows(tuple(types.items())))
        return
    arrays = [
        _repeated(identity[name], len(frame)) if name in identity else _array(frame[name], _ARROW[kind])
        for name, kind in types.items()
    ]
    _write_table(pa.table(arrays, names=list(types)), path)


def _write_table(table: pa.Table, where: Path | io.BytesIO) -> None:
    # Without Arrow's own schema beside Parquet's: whether a text came in as a category is nobody's business.
    pq.write_table(table, where, compression="zstd", store_schema=False)


@cache
def _no_rows(types: tuple[tuple[str, str], ...]) -> bytes:
    """An empty table's file, the same every time: most files of a night have nothing in quarantine."""
    buffer = io.BytesIO()
    _write_table(pa.schema([(name, _ARROW[kind]) for name, kind in types]).empty_table(), buffer)
    return buffer.getvalue()


def _repeated(value: str | None, times: int) -> pa.Array:
    if value is None:
        return pa.nulls(times, pa.string())
    codes = pa.array(np.zeros(times, dtype=np.int8))
    return pa.DictionaryArray.from_arrays(codes, pa.array([value], type=pa.string()))


def _array(values: pd.Series, kind: pa.DataType) -> pa.Array:
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return pa.array(values, type=kind, from_pandas=True)
    codes, texts = _own_texts(values.cat.codes.to_numpy().astype(np.intp), values.cat.categories)
    if texts.empty:  # Arrow takes an empty dictionary for one of nulls, which has no type
        return pa.nulls(len(values), kind)
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, type=pa.int32(), mask=codes < 0), pa.array(texts, type=kind, from_pandas=True)
    )


def _own_texts(codes: np.ndarray, texts: pd.Index) -> tuple[np.ndarray, pd.Index]:
    """Codes and texts without those that no row has: they are those of all files that were opened together."""
    is_used = np.bincount(codes + 1, minlength=len(texts) + 1)[1:] > 0
    if is_used.all():
        return codes, texts
    own = np.append(np.cumsum(is_used) - 1, -1)
    return own[codes], texts[is_used]
