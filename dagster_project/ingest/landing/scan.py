"""What a night would read: the inbox hashed, and compared with what is landed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dagster_project.contracts.registry import Registry
from dagster_project.core.errors import HaicapError
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batch_folder import find_batch_folder, find_landed_parse
from dagster_project.ingest.receive.archive import locate_object
from dagster_project.ingest.receive.arrivals import Arrival, ArrivalList
from dagster_project.ingest.receive.inbox import Inbox, find_strangers, list_candidate_files, show_name
from dagster_project.ingest.receive.purges import read_purges


@dataclass(frozen=True)
class Scan:
    """Holds what a night would read.

    `arrivals`: every file that ever arrived, in the order of first sight. `new`: one arrival for each (feed, hash) that
    today's parser has not parsed yet. `unlisted`: names that the list of arrivals does not have yet. `still_written`:
    names of files that changed while they were read. `unopened`: (feed, name) → why a file of the inbox will not open.
    `strangers`: what lies in the inbox and in no feed's folder, as `find_strangers` names it.
    `paths`: where the arrivals that lie in the inbox are.
    """

    arrivals: tuple[Arrival, ...]
    new: tuple[Arrival, ...]
    unlisted: tuple[Arrival, ...]
    still_written: tuple[str, ...]
    unopened: dict[tuple[str, str], str]
    strangers: dict[str, str | None]
    paths: dict[Arrival, Path]

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
    inbox = Inbox({arrival.key: arrival for arrival in listed})
    for feed_id in registry.feeds:
        for path in list_candidate_files(folder / feed_id):
            name = path.relative_to(folder / feed_id).as_posix()
            inbox.look(path, feed_id, show_name(feed_id if name == "." else name), as_of)
    new: dict[tuple[str, str], Arrival] = {}
    purged = read_purges(home).archive
    for arrival in inbox.first_seen.values():
        if _has_to_be_parsed(arrival, home, registry, inbox.paths, purged):
            new.setdefault((arrival.feed_id, arrival.sha256), arrival)
    return Scan(
        arrivals=tuple(inbox.first_seen.values()),
        new=tuple(new.values()),
        unlisted=tuple(inbox.unlisted),
        still_written=tuple(inbox.still_written),
        unopened=inbox.unopened,
        strangers=find_strangers(folder, registry.feeds),
        paths=inbox.paths,
    )


def _has_to_be_parsed(
    arrival: Arrival, home: Home, registry: Registry, paths: Mapping[Arrival, Path], purged: Collection[str]
) -> bool:
    """Tell whether a file is to be parsed: when today's parser has not, unless its bytes were purged by rule.

    Of a purged file an earlier parser's Parquet is all that is left, and is kept, also while the file still lies in the
    inbox.
    """
    feed = registry.feeds[arrival.feed_id]
    if find_batch_folder(home, feed, arrival.sha256).is_dir():
        return False
    is_there = arrival in paths or locate_object(home.archive, arrival.sha256).exists()
    has_bytes = is_there and arrival.sha256 not in purged
    return has_bytes or find_landed_parse(home, feed, arrival.sha256) is None
