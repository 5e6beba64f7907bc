"""Which parse of each landed file counts, what is told of it, and where its rows lie."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

from dagster_project.contracts.models import Feed
from dagster_project.core.durable_files import parse_json
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.store import change_store, describe_damaged_account, read_store
from dagster_project.ingest.receive.archive import locate_object
from dagster_project.ingest.receive.arrivals import Arrival

_BATCH_DIGITS = 16  # hex digits of a batch's id: 64 bits, so that no two batches of a province share one by chance
_SHAPE: dict[str, type] = {
    **dict.fromkeys(("feed_id", "domain", "batch_id", "sha256", "state"), str),
    **dict.fromkeys(("rows_read", "rows_not_data", "rows_quarantined"), int),
}
"""What every release wrote into an account and a build reads, where it is never empty."""

PartKey = tuple[str, str, int]
"""Feed, month of arrival (YYYY-MM), and the part's number in that month."""


@dataclass(frozen=True)
class Batch:
    """Names the parse of a file that counts.

    `parser`: the version that read it, '' of one that is to be read again; `month` and `part`: where its rows lie, None
    of a file that is blocked; `rereads`: hash of what the reading changed against those before, '' when it changed
    nothing; `told`: its account, as JSON.
    """

    feed_id: str
    sha256: str
    parser: str
    month: str | None
    part: int | None
    rereads: str
    told: str

    @property
    def batch_id(self) -> str:
        """Return the number of the batch."""
        return _number_batch(self.feed_id, self.sha256)

    @property
    def place(self) -> PartKey | None:
        """Return the part in which its rows lie; None when it has none."""
        return None if self.month is None or self.part is None else (self.feed_id, self.month, self.part)

    def lie_in(self, files: Sequence[PartFile]) -> Batch:
        """Return the batch with its rows in the part of these files; without any it has no rows."""
        return replace(self, month=files[0].month, part=files[0].number) if files else self


@dataclass(frozen=True)
class PartFile:
    """Describes one Parquet file of a part, as it was written.

    `name`: which table of the landing it holds (`rows`, `quarantine`, …); `batches`: how many batches the part was
    written for.
    """

    feed_id: str
    month: str
    number: int
    name: str
    batches: int
    size: int
    modified_ns: int
    sha256: str

    @property
    def place(self) -> PartKey:
        """Return the part that it belongs to."""
        return self.feed_id, self.month, self.number


def compute_batch_id(arrival: Arrival) -> str:
    """Return the number of a batch, 16 hex digits: the same for one file of one feed, whatever its name."""
    return _number_batch(arrival.feed_id, arrival.sha256)


def _number_batch(feed_id: str, sha256: str) -> str:
    return hashlib.sha256(f"{feed_id}:{sha256}".encode()).hexdigest()[:_BATCH_DIGITS]


def read_batches(home: Home, feed_id: str | None = None) -> dict[tuple[str, str], Batch]:
    """Return the batches of one feed, or of all, by feed and hash. Raises DamagedFile."""
    with read_store(home) as store:
        rows = store.execute(f"{_BATCHES} where ?1 is null or feed_id = ?1", [feed_id]).fetchall()
    return {(row[0], row[1]): Batch(*row) for row in rows}


def find_batch(home: Home, feed_id: str, sha256: str) -> Batch | None:
    """Find the batch of a file; None when it is not landed. Raises DamagedFile."""
    with read_store(home) as store:
        row = store.execute(f"{_BATCHES} where feed_id = ? and sha256 = ?", [feed_id, sha256]).fetchone()
    return Batch(*row) if row else None


_BATCHES = "select feed_id, sha256, parser, month, part, rereads, account from batch"


def read_account(home: Home, batch: Batch) -> dict[str, Any]:
    """Return what is told of a batch. Raises DamagedFile."""
    try:
        account = parse_json(batch.told)
    except ValueError as error:
        raise describe_damaged_account(home) from error
    if not isinstance(account, dict) or not all(isinstance(account.get(key), kind) for key, kind in _SHAPE.items()):
        raise describe_damaged_account(home)
    return account


def read_account_of_file(home: Home, feed: Feed, sha256: str) -> dict[str, Any]:
    """Return what is told of a landed file; empty when it is not landed. Raises DamagedFile."""
    batch = find_batch(home, feed.feed_id, sha256)
    return read_account(home, batch) if batch else {}


def read_parts(home: Home, feed_id: str | None = None) -> dict[PartKey, list[PartFile]]:
    """Return the parts of one feed, or of all, each with its files. Raises DamagedFile."""
    with read_store(home) as store:
        rows = store.execute(f"{_PARTS} where ?1 is null or feed_id = ?1 order by {_ORDER}", [feed_id]).fetchall()
    parts: dict[PartKey, list[PartFile]] = {}
    for file in (PartFile(*row) for row in rows):
        parts.setdefault(file.place, []).append(file)
    return parts


_ORDER = "feed_id, month, number, name"
_PARTS = f"select {_ORDER}, batches, size, modified_ns, sha256 from part"


def put_in_place(home: Home, batches: Iterable[Batch], files: Sequence[PartFile]) -> None:
    """Have these batches count in the place of what was told of their files before, all at once and durably.

    Their parts are durable already. A part of which no batch counts any more is forgotten.
    """
    with change_store(home) as store:
        store.executemany("insert or replace into batch values (?, ?, ?, ?, ?, ?, ?)", map(astuple, batches))
        store.executemany("insert or replace into part values (?, ?, ?, ?, ?, ?, ?, ?)", map(astuple, files))
        store.execute(_FORGET_EMPTY_PARTS)


def move_batches(home: Home, places: Iterable[PartKey], merged: PartKey, files: Sequence[PartFile]) -> None:
    """Have the batches of some parts of a month count by one part, `merged`, all at once. Without files they have no
    rows, and no part.
    """
    month, number = merged[1:] if files else (None, None)
    with change_store(home) as store:
        store.executemany(
            "update batch set month = ?, part = ? where feed_id = ? and month = ? and part = ?",
            [(month, number, *place) for place in places],
        )
        store.executemany("insert or replace into part values (?, ?, ?, ?, ?, ?, ?, ?)", map(astuple, files))
        store.execute(_FORGET_EMPTY_PARTS)


_FORGET_EMPTY_PARTS = """
delete from part where not exists (
    select 1 from batch
    where batch.feed_id = part.feed_id and batch.month = part.month and batch.part = part.number
)
"""


def forget_batches(home: Home, places: Iterable[PartKey]) -> None:
    """Forget what is told of the batches of these parts, and the parts: their files are read as if they were new."""
    with change_store(home) as store:
        store.executemany("delete from batch where feed_id = ? and month = ? and part = ?", places)
        store.execute(_FORGET_EMPTY_PARTS)


def forget_parses(home: Home) -> None:
    """Have every file whose bytes are archived read again: what that changes is told against its parse of now, which
    stands in for it until then.

    A file without its bytes keeps its parse: it could not be made again.
    """
    kept = [key for key, batch in read_batches(home).items() if locate_object(home.archive, batch.sha256).exists()]
    with change_store(home) as store:
        store.executemany("update batch set parser = '' where feed_id = ? and sha256 = ?", kept)
        store.execute("delete from sighting")
