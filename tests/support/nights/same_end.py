"""Whether a home that was disturbed ended as one that was not."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import duckdb

from dagster_project.core.durable_files import hash_file
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batches import read_batches
from dagster_project.ingest.receive.archive import open_archive
from dagster_project.ingest.receive.arrivals import ArrivalList
from dagster_project.warehouse import ledger, versions
from dagster_project.warehouse.checks import read_checks

_Key = tuple[str | None, str]
_OF_SQLITE = (".db-wal", ".db-shm")
"""SQLite's own log beside Dagster's history: a part of it until the next run with something to do closes it."""


def differences(home: Home, wanted: Home, inbox: Path) -> list[str]:
    """Everything in which a mended home is not the undisturbed one, in words; empty when it is the same."""
    return [
        *content_differences(home.current, wanted.current),
        *_versions(home, wanted),
        *_arrivals(home, wanted),
        *_archive(home, inbox),
        *_paths(home, wanted),
        *_landing(home, wanted),
        *_checks(home, wanted),
    ]


def not_whole(home: Home, old: Home, wanted: Home) -> list[str]:
    """Why `current` of a home as a kill left it is neither the old version nor the new one."""
    if not home.current.exists():
        return ["current is gone"]
    named = versions.read_current_version(home)
    if named == versions.read_current_version(old):
        return [] if hash_file(home.current) == hash_file(old.current) else ["the old version's file changed"]
    if named != versions.read_current_version(wanted):
        return [f"current is {named}"]
    return content_differences(home.current, wanted.current)


def content_differences(one: Path, other: Path) -> list[str]:
    """Tables, columns and rows in which two published files differ; every row of every table counts."""
    if hash_file(one) == hash_file(other):
        return []
    with duckdb.connect() as connection:
        for name, file in (("one", one), ("other", other)):
            connection.execute(f"attach '{file.resolve()}' as {name} (read_only)")
        ours, theirs = (_columns(connection, name) for name in ("one", "other"))
        if ours != theirs:
            return [f"tables differ: {sorted(set(ours.items()) ^ set(theirs.items()))[:3]}"]
        found = []
        for table in ours:
            both = f"from one.marts.{table} except all from other.marts.{table}"
            back = f"from other.marts.{table} except all from one.marts.{table}"
            more, less = (connection.sql(f"select count(*) from ({q})").fetchall()[0][0] for q in (both, back))
            if more or less:
                found.append(f"{table}: {more} rows too many, {less} too few")
        return found


def _columns(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    query = """
        select table_name, string_agg(column_name || ' ' || data_type, ', ' order by column_index)
        from duckdb_columns() where database_name = ? and schema_name = 'marts' group by all order by all
    """
    return dict(connection.execute(query, [name]).fetchall())


def _versions(home: Home, wanted: Home) -> list[str]:
    found = []
    for name, show in (
        ("current", versions.read_current_version),
        ("ledger", lambda place: [(e.sequence, e.version, e.is_return) for e in ledger.list_entries(place)]),
        ("extracts", lambda place: (place.extracts / "moi_nhat").readlink().name),
    ):
        if show(home) != show(wanted):
            found.append(f"{name}: {show(home)} instead of {show(wanted)}")
    for ours, theirs in zip(ledger.list_entries(home), ledger.list_entries(wanted), strict=False):
        if ours.sha256 != hash_file(home.published / ours.file):
            found.append(f"{ours.version}: the ledger's hash is not the file's")
        found += ledger_differences(ours.folder, theirs.folder)
    return found


def ledger_differences(one: Path, other: Path) -> list[str]:
    """What two entries of a ledger say differently of figures and gaps."""
    tables = ("kpi_value.parquet", "data_gap.parquet")
    return [line for table in tables for line in _parquet_differences(one / table, other / table)]


def _parquet_differences(one: Path, other: Path) -> list[str]:
    query = "select count(*) from (from read_parquet(?) except all from read_parquet(?))"
    if hash_file(one) == hash_file(other):
        return []
    pairs = ((one, other), (other, one))
    with duckdb.connect() as connection:
        sides = [connection.execute(query, [str(a), str(b)]).fetchall()[0][0] for a, b in pairs]
    return [f"{one.parent.name}/{one.name}: {sides} rows differ"] if any(sides) else []


def _arrivals(home: Home, wanted: Home) -> list[str]:
    ours, theirs = (Counter(a.key for a in ArrivalList(place.arrivals).read_arrivals()) for place in (home, wanted))
    lines = len(home.arrivals.read_bytes().splitlines())
    found = [f"list of arrivals: {key} stands {count} times" for key, count in ours.items() if count > 1]
    found += [f"list of arrivals: {key} is on one side alone" for key in set(ours) ^ set(theirs)]
    return found + ([f"list of arrivals: {lines} lines for {len(ours)} arrivals"] if lines != len(ours) else [])


def _archive(home: Home, inbox: Path) -> list[str]:
    """Every file that lies in the inbox can be read back from the archive."""
    archive = open_archive(home)
    contents = {path: path.read_bytes() for path in inbox.rglob("*") if path.is_file()}
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in contents.items()}
    return [
        f"archive: {path.name} is not there as received"
        for path, content in contents.items()
        if not archive.has(hashes[path]) or archive.get(hashes[path]) != content
    ]


def _paths(home: Home, wanted: Home) -> list[str]:
    """No file or folder may stay that an undisturbed night does not leave, and none may be missing."""
    ours, theirs = ({path.relative_to(place.root) for path in place.root.rglob("*")} for place in (home, wanted))
    # That a night failed was told, and stays told.
    ours = {path for path in ours if not (path.parent.name == "outbox" and "-van-hanh-" in path.name)}
    stray = [f"stray: {path}" for path in sorted(ours - theirs) if not path.name.endswith(_OF_SQLITE)]
    beside = home.root.with_name(f"{home.root.name}-tmp")
    stray += [f"stray outside the home: {path.name}" for path in sorted(beside.glob("*"))]
    return stray + [f"missing: {path}" for path in sorted(theirs - ours)]


def _landing(home: Home, wanted: Home) -> list[str]:
    """What every file came to: the same account, the same rows in the same part."""
    ours, theirs = (read_batches(place) for place in (home, wanted))
    found = [
        f"landing: {feed_id} {sha256[:8]} is on one side alone" for feed_id, sha256 in sorted(set(ours) ^ set(theirs))
    ]
    found += [
        f"landing: another account of {key[0]} {key[1][:8]}"
        for key in theirs
        if ours.get(key, theirs[key]) != theirs[key]
    ]
    for path in sorted(wanted.landing.rglob("*.parquet")):
        mine = home.landing / path.relative_to(wanted.landing)
        found += _parquet_differences(mine, path) if mine.exists() else []
    return found


def _checks(home: Home, wanted: Home) -> list[str]:
    """The same checks, and of those of the build the same outcome.

    A judge's verdict of a night that died is not repeated: those rows are landed already.
    """
    ours, theirs = (
        {
            (check.feed_id, check.name): (check.outcome, check.failures, check.version) if not check.feed_id else None
            for check in read_checks(place)
        }
        for place in (home, wanted)
    )
    return [f"checks: {name} of {feed or 'the build'}" for feed, name in sorted(_unequal(ours, theirs), key=str)]


def _unequal(one: dict[_Key, object], other: dict[_Key, object]) -> set[_Key]:
    return {key for key in one.keys() | other.keys() if key not in one or key not in other or one[key] != other[key]}
