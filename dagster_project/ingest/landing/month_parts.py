"""Where rows lie: `<home>/landing/<feed>/<month>/<table>-<number>.parquet`, in few files however many were sent.

A night adds one part to each month of arrival that it brings something of, and rewrites nothing; the first night after
a month has ended makes one part of its parts. Nothing is written for a table without rows. Files stand under their own
names from the first byte on: they count when an account names them (`batches.put_in_place`), and until then are
leftovers, which the next night removes or writes again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.core.database import open_database, quote_path, read_parquet
from dagster_project.core.durable_files import hash_file, pass_fault_point, remove, sync
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batches import Batch, PartFile, PartKey, move_batches, read_batches, read_parts

if TYPE_CHECKING:
    import pyarrow as pa

ROWS, REREAD = "rows", "reread"
_ROWS_IN_GROUP = 122_880  # as many as DuckDB's own groups have: each is read by one thread, and skipped by its batches
_MONTHS = "[0-9][0-9][0-9][0-9]-[0-9][0-9]"


@dataclass(frozen=True)
class PartRows:
    """Names rows of a Parquet file: those of `batches`, or all, where all in it count (None)."""

    path: Path
    batches: tuple[str, ...] | None = None


def locate_part(home: Home, file: PartFile) -> Path:
    """Return where a file of a part lies."""
    return _locate(home, file.place, file.name)


def _locate(home: Home, place: PartKey, name: str) -> Path:
    feed_id, month, number = place
    return home.landing / feed_id / month / f"{name}-{number:06d}.parquet"


def choose_number(home: Home, feed_id: str, month: str) -> int:
    """Choose the number of the next part of a month."""
    return max((number for _, of, number in read_parts(home, feed_id) if of == month), default=0) + 1


def write_part(home: Home, place: PartKey, batches: int, tables: Mapping[str, pa.Table]) -> list[PartFile]:
    """Write the tables of a part that have rows, durably; return what to note of them."""
    import pyarrow.parquet as pq

    paths = {name: _locate(home, place, name) for name, table in tables.items() if table.num_rows}
    for name, path in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Without Arrow's own schema beside Parquet's: whether a text came in as a category is nobody's business.
        pq.write_table(tables[name], path, compression="zstd", store_schema=False, row_group_size=_ROWS_IN_GROUP)
    return _seal(home, place, batches, paths)


def _seal(home: Home, place: PartKey, batches: int, paths: Mapping[str, Path]) -> list[PartFile]:
    """Make the files of a part durable, and return what to note of them."""
    for path in paths.values():
        sync(path)
    if paths:
        month = home.landing / place[0] / place[1]
        for folder in (month, month.parent, home.landing):
            sync(folder)
    states = {name: path.stat() for name, path in paths.items()}
    return [
        PartFile(*place, name, batches, states[name].st_size, states[name].st_mtime_ns, hash_file(path))
        for name, path in paths.items()
    ]


def select_rows(
    home: Home, parts: Mapping[PartKey, Sequence[PartFile]], batches: Iterable[Batch], name: str
) -> list[PartRows]:
    """Select the rows of one table (`name`) that belong to some batches: which files, and of which batches in them.

    A file is named whole when all that the part was written for is asked for.
    """
    asked: defaultdict[PartKey, list[str]] = defaultdict(list)
    for batch in batches:
        if batch.place is not None:
            asked[batch.place].append(batch.batch_id)
    selected = []
    for place in sorted(asked):
        for file in parts.get(place, ()):
            if file.name == name:
                is_whole = len(asked[place]) == file.batches
                selected.append(PartRows(locate_part(home, file), None if is_whole else tuple(sorted(asked[place]))))
    return selected


def read_rows(selected: Sequence[PartRows]) -> str:
    """Return the SQL of one relation of selected rows; a column that one of the files lacks is NULL there."""
    whole = [rows.path for rows in selected if rows.batches is None]
    relations = [f"select * from {read_parquet(whole)}"] if whole else []
    for rows in selected:
        if rows.batches is not None:
            listed = ", ".join(f"'{batch}'" for batch in rows.batches)
            relations.append(f"select * from {read_parquet([rows.path])} where batch_id in ({listed})")
    return f"({' union all by name '.join(relations)})"


def merge_closed_months(home: Home, feed_id: str, month: str) -> None:
    """Make one part of the parts of each month before `month`, without the rows that do not count any more.

    Killed at any instant, the parts from before stand, or the one: an account never names both.
    """
    parts = read_parts(home, feed_id)
    batches = [batch for batch in read_batches(home, feed_id).values() if batch.place is not None]
    living = Counter(batch.place for batch in batches)
    for of in sorted({place[1] for place in parts if place[1] < month}):
        places = [place for place in parts if place[1] == of]
        if len(places) > 1 or any(living[place] < parts[place][0].batches for place in places):
            merged = (feed_id, of, places[-1][2] + 1)
            kept = [batch for batch in batches if batch.place in places]
            move_batches(home, places, merged, _merge(home, merged, parts, kept))
            pass_fault_point("month_merged")


def _merge(
    home: Home, merged: PartKey, parts: Mapping[PartKey, Sequence[PartFile]], batches: Sequence[Batch]
) -> list[PartFile]:
    names = {file.name for batch in batches if batch.place for file in parts.get(batch.place, ())}
    return copy_part(home, merged, len(batches), {name: select_rows(home, parts, batches, name) for name in names})


def copy_part(home: Home, place: PartKey, batches: int, tables: Mapping[str, Sequence[PartRows]]) -> list[PartFile]:
    """Write a part of rows that lie elsewhere, as `write_part` does; they pass through, however many they are."""
    paths = {name: _locate(home, place, name) for name in sorted(tables)}
    (home.landing / place[0] / place[1]).mkdir(parents=True, exist_ok=True)
    full = {}
    with open_database() as engine:
        for name, path in paths.items():
            rows, target = read_rows(tables[name]), quote_path(path)
            copied = engine.execute(
                f"copy {rows} to {target} (format parquet, compression zstd, row_group_size {_ROWS_IN_GROUP})"
            ).fetchone()
            if copied != (0,):
                full[name] = path
    return _seal(home, place, batches, full)


def remove_leftovers(home: Home, feed_id: str | None = None) -> None:
    """Remove the Parquet files that no account names, of one feed or of all, and the folders that are empty then.

    A killed night left them, or nothing in them counts any more. Only under the night's lock.
    """
    named = {locate_part(home, file) for files in read_parts(home, feed_id).values() for file in files}
    for folder in home.landing.glob(f"{feed_id or '*'}/{_MONTHS}"):
        for path in [*folder.iterdir()]:
            if path not in named:
                remove(path)
        if not any(folder.iterdir()):
            folder.rmdir()


def holds_parts(home: Home) -> bool:
    """Tell whether there is any part, named or not."""
    return any(any(folder.iterdir()) for folder in home.landing.glob(f"*/{_MONTHS}"))
