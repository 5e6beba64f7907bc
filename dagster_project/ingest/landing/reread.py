"""What the reading of a file changes against the reading before.

A word that a layout was taught, or a reader that was mended, applies to the past, and what it changes is a restatement
like any other (docs/rules.md, "Styles of a column").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from dagster_project.contracts.handed_tables import load_handed_tables
from dagster_project.contracts.models import Feed
from dagster_project.core.database import open_database
from dagster_project.ingest.landing.month_parts import PartRows, read_rows
from dagster_project.ingest.persons.mask import HIDDEN

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_OF_NO_FACT = {"feed_id", "area", "batch_id", "source_sheet", "source_row", "sheet_date", "sheet_no", "content_hash"}


@dataclass(frozen=True)
class Reading:
    """Names what earlier readings say of some batches of one part: their rows, and what those changed."""

    rows: PartRows
    rereads: PartRows | None = None


@dataclass(frozen=True)
class Rereads:
    """Holds what readings changed: a row for each cell, and for each batch with such cells a hash of them."""

    table: pa.Table
    hashes: dict[str, str]


def compare_readings(old: Sequence[Reading], new: pa.Table, feed: Feed, as_of: date) -> Rereads:
    """Return which columns of batches' `new` rows have another value than in the `old` readings of their files. A row
    that one of the two refused is a new fact, or none; it is not among them.

    What earlier readings changed is taken over, as long as its row is still there.
    """
    types = load_handed_tables("landing")["reread"].types
    with open_database() as asked:
        asked.register("new_rows", new)
        asked.execute(f"create table reread ({load_handed_tables('landing')['reread'].ddl})")
        for number, reading in enumerate(old):
            kept = _list_kept_columns(asked, reading, feed)
            if kept is not None:
                _insert_changes(asked, f"paired_{number}", reading, feed, kept, as_of)
        hashes = dict(asked.execute(_HASHES).fetchall())
        return Rereads(asked.sql(f"select {', '.join(types)} from reread order by all").to_arrow_table(), hashes)


def _insert_changes(
    asked: duckdb.DuckDBPyConnection, paired: str, reading: Reading, feed: Feed, kept: set[str], as_of: date
) -> None:
    keys = _match(feed.contract.key, kept)
    asked.execute(_PAIRED.format(paired=paired, old=read_rows([reading.rows]), keys=keys))
    changed = [_SELECT.format(column=one, day=as_of.isoformat(), masked=_MASKED, paired=paired) for one in sorted(kept)]
    if reading.rereads is not None:
        changed.append(_CARRIED.format(before=read_rows([reading.rereads]), paired=paired))
    for query in changed:
        asked.execute(f"insert into reread by name {query}")
    asked.execute(f"drop table {paired}")


_PAIRED = """
create temp table {paired} as
select old as old, new as new
from {old} as old
inner join new_rows as new
    on old.batch_id = new.batch_id and old.source_sheet is not distinct from new.source_sheet
    and old.source_row = new.source_row {keys}
"""
_MASKED = "|".join(map(re.escape, HIDDEN))
"""A text that is masked now is no other fact, and what it was before is nobody's to read."""
_SELECT = """
select new.feed_id, new.area, new.batch_id, new.source_sheet, new.source_row, new.content_hash,
    '{column}' as column_name, old.{column}::varchar as old_value, new.{column}::varchar as new_value,
    date '{day}' as read_again_on
from {paired}
where old.{column}::varchar is distinct from new.{column}::varchar
    and not coalesce(regexp_matches(new.{column}::varchar, '{masked}'), false)
"""
_CARRIED = """
select reread.* replace ({paired}.new.content_hash as content_hash)
from {before} as reread
inner join {paired} on reread.batch_id = {paired}.old.batch_id
    and reread.source_sheet is not distinct from {paired}.old.source_sheet
    and reread.source_row = {paired}.old.source_row and reread.content_hash = {paired}.old.content_hash
"""
_HASHES = """
select batch_id, sha256(string_agg(reread::varchar, chr(10) order by reread::varchar)) from reread group by batch_id
"""


def _list_kept_columns(asked: duckdb.DuckDBPyConnection, reading: Reading, feed: Feed) -> set[str] | None:
    """List the columns of facts that both readings have; None when the old one is of another form of the landing."""
    had = {name for name, *_ in asked.execute(f"describe select * from {read_rows([reading.rows])}").fetchall()}
    if not {"source_sheet", "source_row", "content_hash"} <= had:
        return None
    return (had & set(feed.contract.list_landed_columns())) - _OF_NO_FACT


def _match(key: tuple[str, ...], kept: set[str]) -> str:
    """Join rows also by what of the contract's key the landing has: a row of the sheet may give several facts."""
    return "".join(f" and old.{column} is not distinct from new.{column}" for column in key if column in kept)
