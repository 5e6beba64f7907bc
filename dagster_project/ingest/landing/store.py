"""The accounts of the landing: one SQLite file, `<home>/landing/batches.sqlite`, changed by whole transactions alone.

It says of each file which parse of it counts and in which part its rows lie, and of each part how it was written. A
part that no account names does not count. Without a write-ahead log, so that the file by itself is all there is to copy
between two nights; what a killed writer began is undone by whoever opens it next.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from dagster_project.core.errors import DamagedFile
from dagster_project.core.paths import Home

_EDITION = 1
_SCHEMA = f"""
create table batch (
    feed_id text not null,
    sha256 text not null,
    parser text not null,
    month text,
    part integer,
    rereads text not null,
    account text not null,
    primary key (feed_id, sha256)
);
create index batch_of_part on batch (feed_id, month, part);
create table part (
    feed_id text not null,
    month text not null,
    number integer not null,
    name text not null,
    batches integer not null,
    size integer not null,
    modified_ns integer not null,
    sha256 text not null,
    primary key (feed_id, month, number, name)
);
create table sighting (
    file text primary key,
    size integer not null,
    modified_ns integer not null,
    changed_ns integer not null,
    sha256 text not null
);
pragma user_version = {_EDITION};
"""
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_NO_ANSWER = (sqlite3.SQLITE_ERROR,)
"""What SQLite says of a statement that names a table or column which is not there."""
_READ_AGAIN = "Đêm sau tự đọc lại mọi tệp gốc từ kho lưu; ngay bây giờ: `haicap doctor --repair`, rồi `haicap refresh`."


def has_store(home: Home) -> bool:
    """Tell whether a home has accounts: an empty file is what a kill left of the first change, and as good as none."""
    return home.batches.exists() and (home.batches.is_dir() or home.batches.stat().st_size > 0)


@contextmanager
def read_store(home: Home) -> Iterator[sqlite3.Connection]:
    """Open the accounts for reading; those of a home that has none yet are empty. Raises DamagedFile."""
    if has_store(home):
        # Who may write also undoes what a killed writer began; others see it when the next night has.
        mode = "rw" if os.access(home.batches, os.W_OK) else "ro"
        with _open(home.batches, mode) as store:
            yield store
    else:
        with closing(sqlite3.connect(":memory:")) as store:
            store.executescript(_SCHEMA)
            yield store


@contextmanager
def change_store(home: Home) -> Iterator[sqlite3.Connection]:
    """Open the accounts for one change, which becomes visible and durable as a whole when the block ends, or never.

    Only under the night's lock. Raises DamagedFile.
    """
    home.landing.mkdir(parents=True, exist_ok=True)
    with _open(home.batches, "rwc") as store:
        store.execute("begin immediate")
        try:
            if store.execute("pragma user_version").fetchone() == (0,):
                for statement in _SCHEMA.split(";"):
                    store.execute(statement)
            yield store
        except BaseException:
            store.rollback()
            raise
        store.execute("commit")


def prepare_store(home: Home) -> None:
    """Make the accounts of a home that has none. Only under the night's lock. Raises DamagedFile."""
    if not has_store(home):
        with change_store(home):
            pass


def check_store(home: Home, thoroughly: bool = False) -> None:
    """Raise DamagedFile when the accounts are not whole; `thoroughly`: at the cost of reading them all."""
    with read_store(home) as store:
        store.execute("select count(*) from batch, part, sighting where false").fetchone()
        if thoroughly and store.execute("pragma integrity_check").fetchall() != [("ok",)]:
            raise _describe_damage(home.batches)


def describe_damaged_account(home: Home) -> DamagedFile:
    """Return what to say of an account that is not as it was written."""
    return DamagedFile(home.batches, "một lô không có đủ các mục", _READ_AGAIN)


@contextmanager
def _open(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    if path.is_dir():
        raise DamagedFile(path, "là thư mục, trong khi phải là tệp", _READ_AGAIN)
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode={mode}", uri=True, isolation_level=None)) as store:
            store.execute("pragma synchronous = extra")  # what a commit has replaced is removed at once
            edition = store.execute("pragma user_version").fetchone()
            if edition != (_EDITION,) and not (mode == "rwc" and edition == (0,) and _is_empty(store)):
                raise _describe_damage(path)
            yield store
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in (*_DAMAGE, *_NO_ANSWER):
            raise _describe_damage(path) from error
        raise


def _is_empty(store: sqlite3.Connection) -> bool:
    return not store.execute("select 1 from sqlite_master").fetchall()


def _describe_damage(path: Path) -> DamagedFile:
    return DamagedFile(path, "không phải bảng SQLite nguyên vẹn của haicap", _READ_AGAIN)
