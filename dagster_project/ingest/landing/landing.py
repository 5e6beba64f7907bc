"""Landing: what arrived, archived once, parsed once, typed once.

Each (feed, hash, layout, parser version) has one folder of Parquet under `<home>/landing/<feed>/`; a file that is
blocked has one too, so that it is not tried again until its layout or the parser changes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import Registry, load_registry
from dagster_project.contracts.verdicts import BatchJudge, Verdict
from dagster_project.core.durable_files import pass_fault_point
from dagster_project.core.errors import DamagedFile, HaicapError
from dagster_project.core.keys import PSEUDONYM_VARIABLE, load_key
from dagster_project.core.paths import Home
from dagster_project.core.workers import Bounds
from dagster_project.ingest.landing.account import hash_layout, make_block, write_accepted, write_blocked
from dagster_project.ingest.landing.batch_folder import (
    compute_batch_id,
    find_batch_folder,
    find_landed_parse,
    find_newest_parses,
    forget_old_parses,
    read_account,
    write_whole_folder,
)
from dagster_project.ingest.landing.parse_workers import BOUNDS, ParseWorkers, group_files
from dagster_project.ingest.landing.scan import Scan, scan_inbox
from dagster_project.ingest.receive.archive import Archive, open_archive
from dagster_project.ingest.receive.arrivals import Arrival, ArrivalList
from dagster_project.ingest.receive.inbox import read_unchanged_content
from dagster_project.ingest.receive.purges import Purges, read_purges
from dagster_project.ingest.vault.vault import Vault, open_vault
from dagster_project.settings.decisions import load_decided_registry

if TYPE_CHECKING:
    from dagster_project.ingest.landing.parse import Parse
    from dagster_project.ingest.validate.validate import ValidatedFile

    ParsedFile = tuple[Arrival, ValidatedFile, dict[str, Any]]

_MANY = 24  # files: from so many on, a second thread that writes gains more than it costs


@dataclass
class FeedLanding:
    """Holds what became of one feed's files that were to be read. `files`: how many were used; `blocked`: name → why it
    was not.

    `read_again`: those of `files` that an earlier night had read, or refused (`unblocked`), already; `of_layout`: as
    many of them as were read by another layout then.
    """

    feed_id: str
    files: int = 0
    read_again: int = 0
    of_layout: int = 0
    unblocked: int = 0
    rows_read: int = 0
    rows_quarantined: int = 0
    blocked: dict[str, str] = field(default_factory=dict)
    checks: list[Verdict] = field(default_factory=list)

    @property
    def new_files(self) -> int:
        """Returns how many of the used files no earlier night had met."""
        return self.files - self.read_again


@dataclass(frozen=True)
class PendingFeed:
    """Holds one feed whose new files are parsed and wait for the judge.

    `lost`: names whose bytes are nowhere any more. `await_verdicts` waits for the judge and returns what it says.
    """

    feed: Feed
    result: FeedLanding
    lost: list[str]
    parsed: Sequence[ParsedFile] = ()
    await_verdicts: Callable[[], list[Verdict]] = list


class Landing:
    """Lands what is new of one home. `scan` is cheap; `land` reads one feed's new files, or `begin` and `finish` do."""

    def __init__(
        self, home: Home, inbox: Path, as_of: date, judge: BatchJudge | None = None, workers: ParseWorkers | None = None
    ) -> None:
        """Take what works beside: without `workers` files are read in this process, unbounded.

        Raises UsageError for a layout that is wrong.
        """
        self.home = home
        self.inbox = inbox
        self.as_of = as_of
        self.registry: Registry = load_decided_registry(home.decisions, load_registry())
        self._judge = judge
        self._workers = workers

    def scan(self) -> Scan:
        """Hash what lies in the inbox and compare with what is landed. Raises HaicapError when there is no inbox, and
        UsageError when something is new and a layout teaches words by a meaning that is not read."""
        scan = scan_inbox(self.home, self.inbox, self.as_of, self.registry)
        if scan.new:  # a night without news does without the normalisers' libraries
            from dagster_project.ingest.landing.taught_words import check_taught_words

            check_taught_words(self.registry.feeds.values())
        return scan

    def make_workers(self, scan: Scan, count: int | None = None, bounds: Bounds = BOUNDS) -> ParseWorkers:
        """Make the processes that read new files, in the order in which the feeds are landed."""
        arrivals = sorted(scan.new, key=lambda arrival: arrival.feed_id)
        return ParseWorkers(self.home, arrivals, scan.paths, self.registry, self._pseudonym_key, count, bounds)

    def land(self, feed_id: str, scan: Scan) -> FeedLanding:
        """Archive, list, parse, judge and write one feed's new files; whatever is wrong with one, the others go on."""
        return self.finish(self.begin(feed_id, scan))

    def begin(self, feed_id: str, scan: Scan) -> PendingFeed:
        """Do the part of `land` before the judge has spoken; `finish` must follow.

        In this order: bytes to the archive, names to the list of arrivals, parses to the landing. Killed anywhere in
        between, the next night finds in the archive what it still has to parse.
        """
        feed = self.registry.feeds[feed_id]
        result = FeedLanding(feed_id)
        archive = open_archive(self.home)
        lost = self._archive(feed, scan, archive, result)
        parsed = self._parse_new_files(feed, scan, archive, result)
        if not parsed:
            return PendingFeed(feed, result, lost)
        assert self._judge is not None
        await_verdicts = self._judge.submit(feed, [validated for _, validated, _ in parsed])
        return PendingFeed(feed, result, lost, parsed, await_verdicts)

    def finish(self, pending: PendingFeed) -> FeedLanding:
        """Write what the judge lets through. Raises HaicapError, after all others are landed, when the bytes of a file
        that arrived earlier are nowhere any more.
        """
        result = pending.result
        result.checks = pending.await_verdicts()
        if pending.parsed:
            before = find_newest_parses(self.home, pending.feed, (arrival.sha256 for arrival, _, _ in pending.parsed))
            _count_rereads(result, pending.feed, before)
            self._write(pending.feed, pending.parsed, before)
        for _, validated, _ in pending.parsed:
            result.files += 1
            result.rows_read += validated.rows_read
            result.rows_quarantined += validated.rows_quarantined
        forget_old_parses(self.home, pending.feed)
        if pending.lost:
            raise HaicapError(
                f"Kho lưu không còn tệp đã nhận: {', '.join(pending.lost)}.",
                "Khôi phục kho lưu từ bản sao, hoặc xin cơ quan gửi lại.",
            )
        return result

    def _archive(self, feed: Feed, scan: Scan, archive: Archive, result: FeedLanding) -> list[str]:
        """Put the feed's new bytes away, list the names whose bytes are safe, return those whose bytes are lost."""
        result.blocked |= {name: reason for (of, name), reason in scan.unopened.items() if of == feed.feed_id}
        unlisted = {arrival.key for arrival in scan.unlisted}
        lost: list[str] = []
        for arrival in scan.list_new(feed.feed_id):
            is_closed = archive.has(arrival.sha256) or arrival.sha256 in self._purges.archive
            content = None if is_closed else read_unchanged_content(arrival, scan.paths.get(arrival))
            if content is not None:
                archive.put(arrival.sha256, content)
                pass_fault_point("archived")
            elif archive.has(arrival.sha256):
                pass
            elif arrival.key in unlisted:
                result.blocked[arrival.file] = "Tệp thay đổi trong lúc đọc; đêm sau đọc lại."
            else:
                lost.append(arrival.file)
        mine = [a for a in scan.unlisted if a.feed_id == feed.feed_id]
        # What was purged by rule and is sent again has its parse: the new name is listed, the bytes stay purged.
        has_parse = {a for a in mine if find_landed_parse(self.home, feed, a.sha256) is not None}
        ArrivalList(self.home.arrivals).append(a for a in mine if a in has_parse or archive.has(a.sha256))
        pass_fault_point("arrivals_listed")
        return lost

    def _parse_new_files(self, feed: Feed, scan: Scan, archive: Archive, result: FeedLanding) -> list[ParsedFile]:
        """Parse the feed's new files; write the account of a blocked one at once."""
        waiting = [a for a in scan.list_new(feed.feed_id) if archive.has(a.sha256)]
        parsed: list[ParsedFile] = []
        for arrival, parse in self._parse(feed, waiting, scan, archive):
            if isinstance(parse, Exception):
                fault = make_block(parse)
                result.blocked[arrival.file] = fault.message_vi
                with write_whole_folder(find_batch_folder(self.home, feed, arrival.sha256)) as folder:
                    write_blocked(folder, arrival, feed, fault)
            else:
                batch, validated = parse
                parsed.append((arrival, validated, batch))
                pass_fault_point("parsed")
        return parsed

    def _parse(
        self, feed: Feed, waiting: Sequence[Arrival], scan: Scan, archive: Archive
    ) -> Iterator[tuple[Arrival, Parse | Exception]]:
        """Give each file with its parse, or why there is none: by the workers, or here where there are none."""
        if self._workers is not None:
            self._workers.expect(waiting)
            yield from ((arrival, self._workers.fetch(arrival)) for arrival in waiting)
            return
        from dagster_project.ingest.landing.parse import parse_files

        for taken in group_files(waiting):
            files = [(read_unchanged_content(a, scan.paths.get(a)) or archive.get(a.sha256), a.file) for a in taken]
            yield from zip(taken, parse_files(files, feed, self.registry, self._pseudonym_key), strict=True)

    @cached_property
    def _pseudonym_key(self) -> bytes:
        return load_key("pseudonym", self.home.keys, PSEUDONYM_VARIABLE, self.home.landing.glob("*/*"))

    @cached_property
    def _purges(self) -> Purges:
        return read_purges(self.home)

    def _write(self, feed: Feed, parsed: Sequence[ParsedFile], before: Mapping[str, Path]) -> None:
        """Write each file's folder; of many two at a time, for packing and waiting for the disk need no interpreter."""
        vault = open_vault(self.home)

        def write_one(file: ParsedFile) -> None:
            self._write_batch(feed, vault, before.get(file[0].sha256), *file)
            pass_fault_point("batch_written")

        if len(parsed) < _MANY:
            deque(map(write_one, parsed), maxlen=0)
        else:
            with ThreadPoolExecutor(2) as writers:
                deque(writers.map(write_one, parsed), maxlen=0)

    def _write_batch(
        self,
        feed: Feed,
        vault: Vault,
        before: Path | None,
        arrival: Arrival,
        validated: ValidatedFile,
        batch: dict[str, Any],
    ) -> None:
        from dagster_project.ingest.landing.parquet import write_frames
        from dagster_project.ingest.landing.reread import write_rereads
        from dagster_project.ingest.vault.sender_rows import keep_for_sender

        with write_whole_folder(find_batch_folder(self.home, feed, arrival.sha256)) as folder:
            write_frames(folder, validated, feed, compute_batch_id(arrival))
            write_rereads(before, folder, feed, self.as_of)
            keep_for_sender(self.home, vault, self._purges, feed, arrival, compute_batch_id(arrival), validated)
            write_accepted(folder, arrival, feed, batch)


def _count_rereads(result: FeedLanding, feed: Feed, before: Mapping[str, Path]) -> None:
    """Count the files that had a parse `before`, those whose layout was another then, and those that were blocked."""
    for folder in before.values():
        try:
            account = read_account(folder)
        except DamagedFile:
            account = {}
        result.read_again += 1
        result.of_layout += account.get("layout") not in (None, hash_layout(feed))
        result.unblocked += account.get("state") == "blocked"
