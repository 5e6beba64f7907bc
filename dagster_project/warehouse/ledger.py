"""The append-only record of what each version published, read by later builds and never pruned.

Each entry is a folder, `ledger/<sequence>-<version>/`: `version.json`, the published KPI values and gaps (Parquet), and
what the build's checks said.
An entry is written beside, made durable and renamed: it is whole or absent, and nothing in it is ever changed.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from dagster_project.contracts.marts import read_marts
from dagster_project.core.clock import HO_CHI_MINH
from dagster_project.core.database import open_database, quote_path
from dagster_project.core.durable_files import (
    TEMPORARY_PREFIX,
    encode_json,
    hash_file,
    make_temporary_name,
    pass_fault_point,
    read_json,
    remove,
    sync,
)
from dagster_project.core.errors import DamagedFile
from dagster_project.core.paths import Home
from dagster_project.warehouse.checks import CheckResult, encode_checks, read_check_file, read_checks
from dagster_project.warehouse.identity import Identity
from dagster_project.warehouse.parquet import is_whole_parquet, read_parquet

_TABLES = ("kpi_value", "data_gap")
_CHECKS = "checks.json"
_ENTRY = "version.json"
_SHAPE = {
    **dict.fromkeys(("version", "identity", "as_of", "code_version", "file", "sha256", "published_at"), str),
    "sequence": int,
    "is_return": bool,
}
_REMEDY = "Khôi phục thư mục của tệp này trong ledger/ từ bản sao lưu rồi chạy lại: sổ này không lập lại được."


@dataclass(frozen=True)
class Entry:
    """Holds one entry of the record. `is_return`: the same identity was published before, and is published again.

    `is_rehearsal`: its day had not come yet; it is nothing that anybody was told.
    """

    sequence: int
    version: str
    identity: str
    as_of: date
    code_version: str
    file: str
    sha256: str
    published_at: datetime
    is_return: bool
    is_rehearsal: bool
    folder: Path


def list_entries(home: Home) -> list[Entry]:
    """Return every sealed entry, oldest first. Raises DamagedFile for one that cannot be read: what was published would
    be forgotten without a word."""
    found = (_read(folder) for folder in home.ledger.glob("*-*") if not folder.name.startswith(TEMPORARY_PREFIX))
    return sorted(found, key=lambda entry: entry.sequence)


def list_history(home: Home, as_of: date) -> list[Entry]:
    """Return the entries that a build of this day reads: those of earlier days, each version once, without rehearsals.

    What the same day published before, or a later day, does not count: one identity must make one content, whenever it
    is built.
    """
    return [e for e in list_entries(home) if e.as_of < as_of and not (e.is_return or e.is_rehearsal)]


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
    (temporary / _ENTRY).write_text(_to_json(entry), encoding="utf-8")
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
    return last or (read_check_file(entry.folder / _CHECKS) if entry is not None else ())


def register_views(build_db: Path, home: Home, identity: Identity) -> None:
    """Give the build database schema `ledger`: views `kpi_value` and `data_gap` of what earlier days published."""
    seen = list_history(home, identity.as_of)
    with open_database(build_db) as connection:
        connection.execute("drop schema if exists ledger cascade")
        connection.execute("create schema ledger")
        for table, columns in _list_published_columns().items():
            _register(connection, table, columns, seen)


def _list_published_columns() -> dict[str, str]:
    """Return table → its columns as SQL: the version, the day, and the mart as the dbt project declares it."""
    marts = {mart.name: mart for mart in read_marts()}
    columns: dict[str, str] = {}
    for table in _TABLES:
        declared = {column.name: column.kind for column in marts[table].columns}
        named = {"version": "varchar", "as_of": "date"} | declared
        columns[table] = ", ".join(f"{name} {kind}" for name, kind in named.items())
    return columns


def _register(connection: duckdb.DuckDBPyConnection, table: str, columns: str, seen: list[Entry]) -> None:
    """Make a typed empty table, over it a view of every version's Parquet; a column that an old one lacks is NULL."""
    connection.execute(f"create table ledger._empty_{table} ({columns})")
    union = f"select * from ledger._empty_{table}"
    if seen:
        union += f" union all by name select * from {read_parquet(e.folder / f'{table}.parquet' for e in seen)}"
    connection.execute(f"create view ledger.{table} as {union}")


def list_torn_tables(entry: Entry) -> list[Path]:
    """List the Parquet files of an entry that a build reads and that are missing or not whole."""
    paths = [] if entry.is_return else [entry.folder / f"{table}.parquet" for table in _TABLES]
    return [path for path in paths if not is_whole_parquet(path)]


def write_tables_again(entry: Entry, marts: Path) -> None:
    """Write the Parquet files of an entry anew from the file that it published."""
    identity = Identity(entry.identity, entry.as_of, entry.code_version, entry.is_rehearsal)
    scratch = make_temporary_name(entry.folder / _ENTRY)
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
        for table in _TABLES:
            target = quote_path(folder / f"{table}.parquet")
            rows = f"select {named}, columns(lambda c: c not in ('version', 'as_of')) from marts.{table} order by all"
            connection.execute(f"copy ({rows}) to {target} (format parquet, compression zstd)")


def _copy_checks(home: Home, folder: Path, identity: Identity) -> None:
    """Copy what the checks said of this build; the next build writes over it where it stands."""
    checks = [check for check in read_checks(home) if _is_of_build(check, identity)]
    if checks:
        (folder / _CHECKS).write_bytes(encode_json(encode_checks(checks)))


def _is_of_build(check: CheckResult, identity: Identity) -> bool:
    return check.feed_id is None and check.version == identity.version


def _to_json(entry: Entry) -> str:
    content = {
        "sequence": entry.sequence,
        "version": entry.version,
        "identity": entry.identity,
        "as_of": entry.as_of.isoformat(),
        "code_version": entry.code_version,
        "file": entry.file,
        "sha256": entry.sha256,
        "published_at": entry.published_at.isoformat(),
        "is_return": entry.is_return,
        "is_rehearsal": entry.is_rehearsal,
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _read(folder: Path) -> Entry:
    path = folder / _ENTRY
    try:
        content = read_json(path, _SHAPE, _REMEDY)
        as_of, published_at = date.fromisoformat(content["as_of"]), datetime.fromisoformat(content["published_at"])
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DamagedFile(path, "không còn", _REMEDY) from error
    except ValueError as error:
        raise DamagedFile(path, "ngày không đúng", _REMEDY) from error
    # Entries of 0.1.0 do not say it: there a day that had not come was published like any other.
    is_rehearsal = content.get("is_rehearsal", as_of > published_at.astimezone(HO_CHI_MINH).date())
    return Entry(
        sequence=content["sequence"],
        version=content["version"],
        identity=content["identity"],
        as_of=as_of,
        code_version=content["code_version"],
        file=content["file"],
        sha256=content["sha256"],
        published_at=published_at,
        is_return=content["is_return"],
        is_rehearsal=is_rehearsal,
        folder=folder,
    )
