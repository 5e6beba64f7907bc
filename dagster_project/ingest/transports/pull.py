"""One night's pulls: every fetched feed beside the others, each within its time, whole batches or nothing.

Threads fetch and hand batches over; the calling thread alone writes. A batch goes into the encrypted archive, then
into the list of arrivals: from there on it is an arrival like any other, read by the landing tonight or, after a kill,
the next night. No byte of it ever lies on the disk in the clear. The cursor moves when the feed is landed
(`keep_cursor`), so a killed night asks again for what it has; the same bytes under the same name are no new arrival.
"""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import Registry
from dagster_project.core.clock import find_night_day, get_local_now
from dagster_project.core.durable_files import pass_fault_point
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batches import find_batch
from dagster_project.ingest.receive.archive import Archive, locate_object, open_archive
from dagster_project.ingest.receive.arrivals import Arrival, ArrivalList
from dagster_project.ingest.receive.inbox import show_name
from dagster_project.ingest.receive.purges import read_purges
from dagster_project.ingest.transports.cursors import PullState, name_source, read_state, write_state
from dagster_project.ingest.transports.factory import open_transport
from dagster_project.ingest.transports.pull_faults import PullFault, identify_fault
from dagster_project.ingest.transports.transport import Batch, Cursor, Place, Query, try_insistently
from dagster_project.settings.sources import Source, Sources

_TICK_SECONDS = 0.05  # how often slow sources are looked at while none has anything to say


@dataclass
class PullResult:
    """Tells how one feed's pull went. `files`: arrivals that are new. `fault`: why it did not come to its end."""

    feed_id: str
    files: int = 0
    fault: PullFault | None = None


@dataclass
class _FeedPull:
    """Holds one feed's thread and what it was last heard of. `began` is None while it waits for a place."""

    feed: Feed
    source: Source
    query: Query
    thread: threading.Thread | None = None
    began: float | None = None
    is_over: bool = False


class Puller:
    """Fetches the configured feeds of a home. Only whoever holds the night's lock may use it."""

    def __init__(self, home: Home, registry: Registry, sources: Sources, as_of: date) -> None:
        self._home = home
        self._registry = registry
        self._limits = sources.limits
        self._sources: Mapping[str, Source] = {f: s for f, s in sources.feeds.items() if f in registry.feeds}
        self._as_of = as_of
        # Bounded: sources that are faster than the disk wait, and do not fill the memory with batches.
        self._said: queue.Queue[tuple[_FeedPull, Batch | PullFault | None]] = queue.Queue(maxsize=4)
        self._cursors: dict[str, Cursor] = {}
        self.pulled: dict[str, PullResult] = {}

    def pull(
        self, feed_ids: Iterable[str] | None = None, start: date | None = None, end: date | None = None
    ) -> dict[str, PullResult]:
        """Fetch what is new of all feeds, or of some; with `start` and `end` a past period again, cursors aside.

        Whatever a source does, the others are fetched. Return feed → how it went.
        """
        wanted = [f for f in (self._sources if feed_ids is None else feed_ids) if f in self._sources]
        if not wanted:
            return {}
        archive = open_archive(self._home)
        for feed_id in wanted:
            self._forget_half_landed(feed_id)
        lines = [self._prepare_pull(feed_id, start, end) for feed_id in wanted]
        self.pulled = {feed_id: PullResult(feed_id) for feed_id in wanted}
        while not all(line.is_over for line in lines):
            self._start(lines)
            self._give_up_the_slow(lines)
            try:
                line, said = self._said.get(timeout=_TICK_SECONDS)
            except queue.Empty:
                continue
            if not line.is_over:  # what a given-up source says too late is not heard
                self._hear(line, said, archive)
        return self.pulled

    def keep_cursor(self, feed_id: str) -> None:
        """Let the next pull go on after what is landed by now."""
        cursor = self._cursors.pop(feed_id, None)
        if cursor is not None:
            state = read_state(self._home.pulls, feed_id)
            write_state(self._home.pulls, feed_id, replace(state, cursor=cursor))
            pass_fault_point("cursor_moved")

    def keep_cursors(self) -> None:
        """Do the same for every feed, when nothing was new."""
        for feed_id in list(self._cursors):
            self.keep_cursor(feed_id)

    def _prepare_pull(self, feed_id: str, start: date | None, end: date | None) -> _FeedPull:
        source = self._sources[feed_id]
        state = read_state(self._home.pulls, feed_id)
        if state.source != name_source(source):
            state = PullState(source=name_source(source))
            write_state(self._home.pulls, feed_id, state)
        query = Query(state.cursor or {}, self._as_of, start, end)
        return _FeedPull(self._registry.feeds[feed_id], source, query)

    def _start(self, lines: list[_FeedPull]) -> None:
        busy = sum(line.began is not None and not line.is_over for line in lines)
        waiting = [line for line in lines if line.began is None]
        for line in waiting[: max(0, self._limits.parallel - busy)]:
            line.began = time.monotonic()
            # A daemon: a server that never answers must not keep the process from ending.
            line.thread = threading.Thread(
                target=self._fetch, args=(line,), name=f"pull-{line.feed.feed_id}", daemon=True
            )
            line.thread.start()

    def _fetch(self, line: _FeedPull) -> None:
        """Fetch in a thread of its own: hand batches over, end with None or with the fault."""
        place = Place(line.feed, self._home.root, self._limits)
        reached = line.query.cursor

        def hand_over_batches() -> None:
            nonlocal reached
            for batch in open_transport(line.source, place).fetch(replace(line.query, cursor=reached)):
                if line.is_over:
                    return
                self._said.put((line, batch))
                reached = batch.cursor

        try:
            try_insistently(self._limits, hand_over_batches)
            self._said.put((line, None))
        except PullFault as fault:
            self._said.put((line, fault))

    def _hear(self, line: _FeedPull, said: Batch | PullFault | None, archive: Archive) -> None:
        feed_id = line.feed.feed_id
        if isinstance(said, Batch):
            self.pulled[feed_id].files += self._keep(line.feed, said, archive)
            if line.query.start is None:
                self._cursors[feed_id] = said.cursor
        else:
            self._end(line, said)

    def _end(self, line: _FeedPull, fault: PullFault | None) -> None:
        line.is_over = True
        feed_id = line.feed.feed_id
        self.pulled[feed_id].fault = fault
        now = get_local_now().isoformat(timespec="seconds")
        state = read_state(self._home.pulls, feed_id)
        write_state(
            self._home.pulls, feed_id, state.record_success(now) if fault is None else state.record_failure(now, fault)
        )

    def _give_up_the_slow(self, lines: list[_FeedPull]) -> None:
        for line in lines:
            late = line.began is not None and time.monotonic() - line.began > self._limits.deadline_seconds
            if late and not line.is_over:
                self._end(line, PullFault("deadline"))

    def _keep(self, feed: Feed, batch: Batch, archive: Archive) -> int:
        """Archive the batch, then list it, in one step; return how many of its files are new arrivals."""
        today = find_night_day(self._as_of)
        listed = ArrivalList(self._home.arrivals)
        known = {arrival.key for arrival in listed.read_arrivals()}
        named = [(show_name(name), hashlib.sha256(content).hexdigest(), content) for name, content in batch.files]
        arrivals = [Arrival(feed.feed_id, name, sha256, len(content), today) for name, sha256, content in named]
        new = {a.sha256 for a in arrivals if a.key not in known}
        # What was purged by rule and comes again has its parse: its name is listed, the bytes stay purged.
        purged = read_purges(self._home).archive
        put = {
            sha256: content
            for _, sha256, content in named
            if sha256 in new
            and not archive.has(sha256)
            and sha256 not in purged
            and find_batch(self._home, feed.feed_id, sha256) is None
        }
        if put:
            self._note_pending(feed.feed_id, tuple(put))
        for sha256, content in put.items():
            archive.put(sha256, content)
            pass_fault_point("pull_archived")
        listed.append(arrivals)
        pass_fault_point("pull_listed")
        if put:
            self._note_pending(feed.feed_id, ())
        return sum(arrival.key not in known for arrival in arrivals)

    def _note_pending(self, feed_id: str, pending: tuple[str, ...]) -> None:
        write_state(self._home.pulls, feed_id, replace(read_state(self._home.pulls, feed_id), pending=pending))

    def _forget_half_landed(self, feed_id: str) -> None:
        """Remove from the archive what a killed pull put there and never listed: no rule would ever purge it."""
        pending = read_state(self._home.pulls, feed_id).pending
        if not pending:
            return
        listed = {arrival.sha256 for arrival in ArrivalList(self._home.arrivals).read_arrivals()}
        for sha256 in set(pending) - listed:
            locate_object(self._home.archive, sha256).unlink(missing_ok=True)
        self._note_pending(feed_id, ())


def check_source(home: Home, feed: Feed, source: Source, sources: Sources) -> tuple[bool, str]:
    """Try one source as a night would, once; return whether it works, and in Vietnamese what was found or is wrong.

    Never raises: it is bounded by the limits of `sources`, and a fault is told in words.
    """
    place = Place(feed, home.root, sources.limits)
    said: queue.Queue[tuple[bool, str]] = queue.Queue()

    def try_source() -> None:
        try:
            said.put((True, open_transport(source, place).check()))
        except Exception as error:
            fault = identify_fault(error)
            said.put((False, f"{fault.message_vi} {fault.remedy_vi}"))

    threading.Thread(target=try_source, daemon=True).start()
    try:
        return said.get(timeout=sources.limits.connect_seconds + sources.limits.answer_seconds)
    except queue.Empty:
        fault = PullFault("timeout")
        return False, f"{fault.message_vi} {fault.remedy_vi}"
