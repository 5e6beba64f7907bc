"""The append-only record of what each version published, read by later builds and never pruned.

Each entry is a folder, `ledger/<sequence>-<version>/`: `version.json`, the published KPI values and gaps (Parquet), and
what the build's checks said.
An entry is written beside, made durable and renamed: it is whole or absent, and nothing in it is ever changed. Older
entries lie in folds (`record/fold.py`), from which each is read as it was.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from dagster_project.contracts.marts import read_marts
from dagster_project.core.database import open_database, quote_path, read_parquet
from dagster_project.core.durable_files import (
    encode_json,
    hash_file,
    make_temporary_name,
    pass_fault_point,
    remove,
    sync,
)
from dagster_project.core.paths import Home
from dagster_project.warehouse.checks import CheckResult, encode_checks, read_checks
from dagster_project.warehouse.identity import Identity
from dagster_project.warehouse.record import fold
from dagster_project.warehouse.record.entry import ENTRY, Entry, encode_entry
from dagster_project.warehouse.record.fold import CHECKS, Part, list_parts, read_entry_checks
from dagster_project.warehouse.record.stretches import TABLES, name_table, number_stretches, select_version


def list_entries(home: Home) -> list[Entry]:
    """Return every sealed entry, oldest first. Raises DamagedFile for one that cannot be read: what was published would
    be forgotten without a word."""
    found = (entry for part in list_parts(home.ledger) for entry in part.entries)
    return sorted(found, key=lambda entry: entry.sequence)


def list_history(home: Home, as_of: date) -> list[Entry]:
    """Return the entries that a build of this day reads: those of earlier days, each version once, without rehearsals.

    They stand in the order of versions: by day, within one day as they were published. What the same day published
    before, or a later day, does not count: one identity must make one content, whenever it is built.
    """
    earlier = [e for e in list_entries(home) if e.as_of < as_of and not (e.is_return or e.is_rehearsal)]
    return sorted(earlier, key=lambda entry: (entry.as_of, entry.sequence))


def find_first(home: Home, identity: Identity) -> Entry | None:
    """Return the entry under which this identity was first published, which holds the Parquet; None for a new one."""
    return next((entry for entry in list_entries(home) if entry.identity == identity.digest), None)


def seal(home: Home, identity: Identity, marts: Path) -> Entry:
    """Append what the closed file `marts` publishes, and return the new entry.

    An identity that was published before gets a short entry that only says that it is published again: its figures
    stand in its first entry, and a build sees each version once.
    """
    known = list_entries(home)
    sequence = known[-1].sequence + 1 if known else 1
    is_return = any(entry.identity == identity.digest for entry in known)
    folder = home.ledger / f"{sequence:06d}-{identity.version}"
    entry = Entry(
        sequence=sequence,
        version=identity.version,
        identity=identity.digest,
        as_of=identity.as_of,
        code_version=identity.code_version,
        file=marts.name,
        sha256=hash_file(marts),
        published_at=datetime.now(UTC).replace(microsecond=0),
        is_return=is_return,
        is_rehearsal=identity.is_rehearsal,
        folder=folder,
    )
    temporary = make_temporary_name(folder)
    temporary.mkdir(parents=True)
    if not is_return:
        _copy_published(marts, temporary, identity)
        _copy_checks(home, temporary, identity)
    (temporary / ENTRY).write_bytes(encode_json(encode_entry(entry)))
    for path in (*temporary.iterdir(), temporary):
        sync(path)
    pass_fault_point("ledger_written")
    os.replace(temporary, folder)
    sync(home.ledger)
    return entry


def read_build_checks(home: Home, identity: Identity) -> tuple[CheckResult, ...]:
    """Return what dbt's tests said of this identity when it was built; none where nobody wrote it down."""
    last = tuple(check for check in read_checks(home) if _is_of_build(check, identity))
    entry = find_first(home, identity)
    return last or (read_entry_checks(entry) if entry is not None else ())


def read_table(home: Home, identity: str, table: str) -> str | None:
    """Return the SQL of a relation: a table as the version of this identity published it; None where the ledger has no
    such version, or its file is gone."""
    entry = next((e for e in list_entries(home) if e.identity == identity and not e.is_return), None)
    if entry is None or not name_table(entry.folder, table).exists():
        return None
    return select_version(entry, table)


def register_views(build_db: Path, home: Home, identity: Identity) -> None:
    """Give the build database schema `ledger`: which versions earlier days published, and what they said.

    Its tables are declared in `sources/handed_tables.yaml`.
    """
    seen = list_history(home, identity.as_of)
    numbers = {entry.sequence: version_no for version_no, entry in enumerate(seen, start=1)}
    counting = [part for part in list_parts(home.ledger) if any(entry.sequence in numbers for entry in part.held)]
    with open_database(build_db) as connection:
        connection.execute("drop schema if exists ledger cascade")
        connection.execute("create schema ledger")
        connection.execute("create table ledger.published_version (version_no integer, version varchar, as_of date)")
        _insert(connection, "published_version", [(numbers[e.sequence], e.version, e.as_of) for e in seen])
        ends = ("first_sequence", "last_sequence", "first_no", "last_no")
        connection.execute(f"create table ledger._place ({', '.join(f'{end} integer' for end in ends)})")
        _insert(connection, "_place", number_stretches(_list_stretches(connection, counting), numbers))
        for table, columns in _list_published_columns().items():
            connection.execute(f"create table ledger._empty_{table} ({columns})")
            told = fold.select_parts(counting, table, declared=f"ledger._empty_{table}")
            connection.execute(f"""
                create view ledger.{table} as
                select place.first_no, place.last_no, told.* exclude (first_sequence, last_sequence)
                from ({told}) as told
                inner join ledger._place as place
                    on told.first_sequence = place.first_sequence and told.last_sequence = place.last_sequence
            """)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows in one statement."""
    if rows:
        marks = ", ".join(f"({', '.join('?' * len(row))})" for row in rows)
        connection.execute(f"insert into ledger.{table} values {marks}", [value for row in rows for value in row])


def _list_stretches(connection: duckdb.DuckDBPyConnection, parts: list[Part]) -> list[tuple[int, int]]:
    """List the first and the last sequence of every kind of stretch that some parts hold."""
    alone = [(entry.sequence, entry.sequence) for part in parts if not part.is_fold for entry in part.held]
    folds = [name_table(part.folder, table) for part in parts if part.is_fold for table in TABLES]
    if not folds:
        return alone
    query = f"select distinct first_sequence, last_sequence from {read_parquet(folds)} order by all"
    return alone + connection.execute(query).fetchall()


def _list_published_columns() -> dict[str, str]:
    """Return table → its columns as SQL, as the dbt project declares the mart, less the day: a version has but one."""
    marts = {mart.name: mart for mart in read_marts()}
    return {
        table: ", ".join(f"{column.name} {column.kind}" for column in marts[table].columns if column.name != "as_of")
        for table in TABLES
    }


def fold_entries(home: Home) -> None:
    """Fold the entries of long ago. Only under the night's lock, after readers have what they wait for."""
    fold.fold_parts(home.ledger)


def remove_folded(home: Home) -> None:
    """Remove the entries that a fold holds, left by a night that was killed. Only under the night's lock."""
    fold.remove_folded(home.ledger)


def list_torn_tables(home: Home) -> Iterator[tuple[Path, Entry | None]]:
    """List each part of the ledger of which a Parquet file that a build reads is missing or not whole: the first such
    file, and the entry that the part is; None for a fold."""
    for part in list_parts(home.ledger):
        for path in fold.list_torn_tables(part)[:1]:
            yield path, None if part.is_fold else part.entries[0]


def write_tables_again(entry: Entry, marts: Path) -> None:
    """Write the Parquet files of an entry anew from the file that it published."""
    identity = Identity(entry.identity, entry.as_of, entry.code_version, entry.is_rehearsal)
    scratch = make_temporary_name(entry.folder / ENTRY)
    scratch.mkdir()
    _copy_published(marts, scratch, identity)
    for path in scratch.iterdir():
        sync(path)
        remove(entry.folder / path.name)
        os.replace(path, entry.folder / path.name)
    scratch.rmdir()
    sync(entry.folder)


def _copy_published(marts: Path, folder: Path, identity: Identity) -> None:
    """Copy the two published tables whole, under the version that published them."""
    named = f"'{identity.version}' as version, date '{identity.as_of}' as as_of"
    with open_database(marts, read_only=True) as connection:
        for table in TABLES:
            target = quote_path(name_table(folder, table))
            rows = f"select {named}, columns(lambda c: c not in ('version', 'as_of')) from marts.{table} order by all"
            connection.execute(f"copy ({rows}) to {target} (format parquet, compression zstd)")


def _copy_checks(home: Home, folder: Path, identity: Identity) -> None:
    """Copy what the checks said of this build; the next build writes over it where it stands."""
    checks = [check for check in read_checks(home) if _is_of_build(check, identity)]
    if checks:
        (folder / CHECKS).write_bytes(encode_json(encode_checks(checks)))


def _is_of_build(check: CheckResult, identity: Identity) -> bool:
    return check.feed_id is None and check.version == identity.version
