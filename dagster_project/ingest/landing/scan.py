"""What a night would read: the inbox hashed, and compared with what is landed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass, field
from datetime import date
from pathlib import Path

from dagster_project.contracts.registry import Registry
from dagster_project.core.errors import HaicapError
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batches import read_batches
from dagster_project.ingest.landing.parser_version import compute_parser_version
from dagster_project.ingest.landing.store import change_store, read_store
from dagster_project.ingest.receive.archive import locate_object
from dagster_project.ingest.receive.arrivals import Arrival, ArrivalList
from dagster_project.ingest.receive.inbox import Inbox, find_strangers, list_candidate_files, show_name
from dagster_project.ingest.receive.purges import read_purges
from dagster_project.ingest.receive.sightings import Sighting, Sightings


@dataclass(frozen=True)
class Scan:
    """Holds what a night would read.

    `arrivals`: every file that ever arrived, in the order of first sight. `new`: one arrival for each (feed, hash) that
    today's parser has not parsed yet. `unlisted`: names that the list of arrivals does not have yet. `still_written`:
    names of files that changed while they were read. `unopened`: (feed, name) → why a file of the inbox will not open.
    `strangers`: what lies in the inbox and in no feed's folder, as `find_strangers` names it.
    `paths`: where the arrivals that lie in the inbox are. `sightings`: which files need not be opened next time.
    """

    arrivals: tuple[Arrival, ...]
    new: tuple[Arrival, ...]
    unlisted: tuple[Arrival, ...]
    still_written: tuple[str, ...]
    unopened: dict[tuple[str, str], str]
    strangers: dict[str, str | None]
    paths: dict[Arrival, Path]
    sightings: Sightings = field(default_factory=Sightings)

    @property
    def arrived(self) -> list[tuple[str, str]]:
        """Lists (feed, hash) of every file that ever arrived, blocked and waiting ones too: each once, sorted."""
        return sorted({(a.feed_id, a.sha256) for a in self.arrivals})

    @property
    def has_new(self) -> bool:
        """Tells whether there is something to note: a file to read, another name of one, or one that will not open."""
        return bool(self.new or self.unlisted or self.unopened)

    def list_new(self, feed_id: str) -> list[Arrival]:
        """List the new files of one feed."""
        return [arrival for arrival in self.new if arrival.feed_id == feed_id]


def scan_inbox(home: Home, folder: Path, as_of: date, registry: Registry) -> Scan:
    """Hash what lies in the inbox and compare with what is landed. Raises HaicapError when there is no inbox."""
    if not folder.is_dir():
        raise HaicapError(f"Không thấy thư mục hộp thư: {folder}", "Kiểm tra đường dẫn --inbox, hoặc ổ đĩa dùng chung.")
    listed = [a for a in ArrivalList(home.arrivals).read_arrivals() if a.feed_id in registry.feeds]
    inbox = Inbox({arrival.key: arrival for arrival in listed}, sightings=Sightings(_read_sightings(home)))
    for feed_id in registry.feeds:
        for path in list_candidate_files(folder / feed_id):
            name = path.relative_to(folder / feed_id).as_posix()
            inbox.look(path, feed_id, show_name(feed_id if name == "." else name), as_of)
    new: dict[tuple[str, str], Arrival] = {}
    purged = read_purges(home).archive
    parsers = {feed_id: compute_parser_version(feed) for feed_id, feed in registry.feeds.items()}
    landed = {key: batch.parser for key, batch in read_batches(home).items()}
    for arrival in inbox.first_seen.values():
        key = arrival.feed_id, arrival.sha256
        if landed.get(key) != parsers[arrival.feed_id] and (
            key not in landed or _has_bytes(arrival, home, inbox.paths, purged)
        ):
            new.setdefault(key, arrival)
    return Scan(
        arrivals=tuple(inbox.first_seen.values()),
        new=tuple(new.values()),
        unlisted=tuple(inbox.unlisted),
        still_written=tuple(inbox.still_written),
        unopened=inbox.unopened,
        strangers=find_strangers(folder, registry.feeds),
        paths=inbox.paths,
        sightings=inbox.sightings,
    )


def _has_bytes(arrival: Arrival, home: Home, paths: Mapping[Arrival, Path], purged: Collection[str]) -> bool:
    """Tell whether a landed file can be parsed again: not when its bytes are gone, or were purged by rule.

    Of a purged file an earlier parser's rows are all that is left, and are kept, also while the file still lies in the
    inbox.
    """
    is_there = arrival in paths or locate_object(home.archive, arrival.sha256).exists()
    return is_there and arrival.sha256 not in purged


def _read_sightings(home: Home) -> dict[str, Sighting]:
    with read_store(home) as store:
        return {file: Sighting(*seen) for file, *seen in store.execute("select * from sighting").fetchall()}


def keep_sightings(home: Home, sightings: Sightings) -> None:
    """Keep which files the next scan need not open. Only under the night's lock."""
    if sightings.now == sightings.before:
        return
    with change_store(home) as store:
        store.execute("delete from sighting")
        rows = ((file, *astuple(seen)) for file, seen in sightings.now.items())
        store.executemany("insert into sighting values (?, ?, ?, ?, ?)", rows)
