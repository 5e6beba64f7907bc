"""Rows that the door kept or remarked on, read from the landing's Parquet for whoever asks why.

A quarantined value is never personal; what is personal lies in the vault.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dagster_project.contracts.decisions import decided_registry
from dagster_project.contracts.registry import load_registry
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.landing import landed_parse
from dagster_project.warehouse.parquet import read_parquet
from dagster_project.warehouse.query import ask

_ROWS = """
with landed as (select * from {parquet}),
named as (select unnest(?) as batch_id, unnest(?) as file)
select
    named.file, landed.source_sheet as sheet, landed.source_row as row, landed.column_name, landed.rule, landed.value,
    landed.commune_code, landed.message_vi, landed.remedy_vi
from landed inner join named on landed.batch_id = named.batch_id
order by named.file, sheet, row, landed.column_name, landed.rule
"""
_REFUSED_IN_BUILD = """
with landed as (select batch_id, source_sheet, source_row, commune_code, received_at from {parquet}),
named as (select unnest(?) as batch_id, unnest(?) as file, unnest(?)::date as data_date)
select
    named.file, landed.source_sheet as sheet, landed.source_row as row, 'received_at' as column_name,
    'after_data_date' as rule, strftime(landed.received_at, '%d/%m/%Y') as value, landed.commune_code
from landed inner join named on landed.batch_id = named.batch_id
where landed.received_at::date > named.data_date
order by named.file, sheet, row
"""
_DRIFT = """
with landed as (select * from {parquet}),
named as (select unnest(?) as batch_id, unnest(?) as file)
select named.file, landed.source_sheet as sheet, landed.header
from landed inner join named on landed.batch_id = named.batch_id order by all
"""
_LANDED = """
with named as (select unnest(?) as batch_id, unnest(?) as file),
landed as (
    select rows.*, named.file
    from {parquet} as rows inner join named on rows.batch_id = named.batch_id
)
"""
Files = Iterable[Mapping[str, Any]]


def door_rows(home: Home, marts: Path, files: Files, table: str) -> list[dict[str, Any]]:
    """Rows of `quarantine` or `finding`: where (file, sheet, row, column_name) and what (rule, value, words).

    `files`: rows of marts.source_file (feed_id, file, sha256, batch_id). Files whose parse is not there any more give
    none.
    """
    return _read(home, marts, files, table, _ROWS)


def drift_rows(home: Home, marts: Path, files: Files) -> list[dict[str, Any]]:
    """Unknown columns: file, sheet, header."""
    return _read(home, marts, files, "drift", _DRIFT)


def refused_in_build(home: Home, marts: Path, files: Files) -> list[dict[str, Any]]:
    """Rows of procedures received after the data date of their file, as it stood at D (`data_date`)."""
    return _read(home, marts, files, "rows", _REFUSED_IN_BUILD, "data_date")


def landed_rows(home: Home, marts: Path, files: Files, query: str, given: tuple[Any, ...]) -> list[dict[str, Any]]:
    """What `query` says of `landed`: the accepted rows of these files, with their `file`. `given` fills its marks."""
    return _read(home, marts, files, "rows", _LANDED + query, given=given)


def _read(
    home: Home, marts: Path, files: Files, table: str, query: str, *further: str, given: tuple[Any, ...] = ()
) -> list[dict[str, Any]]:
    registry = decided_registry(home.decisions, load_registry())
    found: list[tuple[Path, Mapping[str, Any]]] = []
    for file in files:
        feed = registry.feeds.get(file["feed_id"])
        parse = None if feed is None else landed_parse(home, feed, file["sha256"])
        if parse is not None and (parse / f"{table}.parquet").exists():
            found.append((parse / f"{table}.parquet", file))
    if not found:
        return []
    parquet = read_parquet(path for path, _ in found)
    columns = [[file[name] for _, file in found] for name in ("batch_id", "file", *further)]
    return ask(marts, query.format(parquet=parquet), [*columns, *given]).records()
