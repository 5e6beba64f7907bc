"""What the reading of a file changes against the reading before.

A word that a layout was taught, or a reader that was mended, applies to the past, and what it changes is a restatement
like any other (docs/rules.md, "Styles of a column").
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.contracts.handed_tables import load_handed_tables
from dagster_project.contracts.models import Feed
from dagster_project.core.database import open_database
from dagster_project.ingest.landing.batch_folder import REREAD
from dagster_project.ingest.persons.mask import HIDDEN

ROWS = "rows.parquet"
_OF_NO_FACT = {"feed_id", "area", "batch_id", "source_sheet", "source_row", "sheet_date", "sheet_no", "content_hash"}


def write_rereads(old: Path | None, folder: Path, feed: Feed, as_of: date) -> None:
    """Write which columns of a file's rows have another value than in the `old` folder of its parse, into the new one;
    no file when nothing has. A row that one of the two refused is a new fact, or none; it is not among them.

    What earlier readings changed is taken over, as long as its row is still there.
    """
    if old is None or old == folder or not (old / ROWS).exists():
        return
    with open_database(":memory:") as asked:
        kept = _list_kept_columns(asked, old / ROWS, feed)
        if kept is None:
            return
        asked.execute(_PAIRED.format(keys=_match(feed.contract.key, kept)), [str(old / ROWS), str(folder / ROWS)])
        types = load_handed_tables("landing")["reread"].types
        changed = [_SELECT.format(column=column, day=as_of.isoformat(), masked=_MASKED) for column in sorted(kept)]
        if (old / REREAD).exists():
            changed.append(_CARRIED.format(path=old / REREAD))
        columns = ", ".join(f"{name}::{kind} as {name}" for name, kind in types.items())
        asked.execute(f"create table reread as select {columns} from ({' union all '.join(changed)}) order by all")
        found = asked.execute("select count(*) from reread").fetchone()
        if found and found[0]:
            asked.execute(f"copy reread to '{folder / REREAD}' (format parquet, compression zstd)")


_PAIRED = """
create temp table paired as
select old as old, new as new
from read_parquet(?) as old
inner join read_parquet(?) as new
    on old.source_sheet is not distinct from new.source_sheet and old.source_row = new.source_row {keys}
"""
_MASKED = "|".join(map(re.escape, HIDDEN))
"""A text that is masked now is no other fact, and what it was before is nobody's to read."""
_SELECT = """
select new.feed_id, new.area, new.batch_id, new.source_sheet, new.source_row, new.content_hash,
    '{column}' as column_name, old.{column}::varchar as old_value, new.{column}::varchar as new_value,
    date '{day}' as read_again_on
from paired
where old.{column}::varchar is distinct from new.{column}::varchar
    and not coalesce(regexp_matches(new.{column}::varchar, '{masked}'), false)
"""
_CARRIED = """
select reread.* replace (paired.new.content_hash as content_hash)
from read_parquet('{path}') as reread
inner join paired on reread.source_sheet is not distinct from paired.old.source_sheet
    and reread.source_row = paired.old.source_row and reread.content_hash = paired.old.content_hash
"""


def _list_kept_columns(asked: duckdb.DuckDBPyConnection, old: Path, feed: Feed) -> set[str] | None:
    """List the columns of facts that both readings have; None when the old one is of another form of the landing."""
    had = {name for name, *_ in asked.execute("describe select * from read_parquet(?)", [str(old)]).fetchall()}
    if not {"source_sheet", "source_row", "content_hash"} <= had:
        return None
    return (had & set(feed.contract.list_landed_columns())) - _OF_NO_FACT


def _match(key: tuple[str, ...], kept: set[str]) -> str:
    """Join rows also by what of the contract's key the landing has: a row of the sheet may give several facts."""
    return "".join(f" and old.{column} is not distinct from new.{column}" for column in key if column in kept)
