"""Landing: what arrived, archived once, parsed once, typed once.

What is landed of a feed in a night becomes visible at once: bytes to the archive, names to the list of arrivals, rows
to a part of their month (`month_parts`), and last the accounts that name it (`batches`). A file that is blocked has an
account, too, so that it is not tried again until its layout or the parser changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import Registry, load_registry
from dagster_project.contracts.verdicts import BatchJudge, Verdict
from dagster_project.core.clock import find_night_day
from dagster_project.core.durable_files import pass_fault_point
from dagster_project.core.errors import DamagedFile, HaicapError
from dagster_project.core.keys import PSEUDONYM_VARIABLE, load_key
from dagster_project.core.paths import Home
from dagster_project.core.workers import Bounds
from dagster_project.ingest.landing.account import describe_accepted, describe_blocked, hash_layout, make_block
from dagster_project.ingest.landing.batches import (
    Batch,
    PartFile,
    compute_batch_id,
    put_in_place,
    read_account,
    read_batches,
    read_parts,
)
from dagster_project.ingest.landing.month_parts import (
    REREAD,
    ROWS,
    choose_number,
    merge_closed_months,
    remove_leftovers,
    select_rows,
    write_part,
)
from dagster_project.ingest.landing.parse_workers import BOUNDS, ParseWorkers, group_files
from dagster_project.ingest.landing.parser_version import compute_parser_version
from dagster_project.ingest.landing.scan import Scan, scan_inbox
from dagster_project.ingest.receive.archive import Archive, open_archive
from dagster_project.ingest.receive.arrivals import Arrival, ArrivalList
from dagster_project.ingest.receive.inbox import read_unchanged_content
from dagster_project.ingest.receive.purges import Purges, read_purges
from dagster_project.ingest.vault.vault import open_vault
from dagster_project.settings.decisions import load_decided_registry

if TYPE_CHECKING:
    import pyarrow as pa

    from dagster_project.ingest.landing.parse import Parse
    from dagster_project.ingest.landing.reread import Rereads
    from dagster_project.ingest.validate.validate import ValidatedFile

    ParsedFile = tuple[Arrival, ValidatedFile, dict[str, Any]]


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

    `lost`: names whose bytes are nowhere any more; `blocked`: the accounts of files that cannot be used.
    `await_verdicts` waits for the judge and returns what it says.
    """

    feed: Feed
    result: FeedLanding
    lost: list[str]
    parsed: Sequence[ParsedFile] = ()
    blocked: Sequence[Batch] = ()
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
        parsed, blocked = self._parse_new_files(feed, scan, archive, result)
        if not parsed:
            return PendingFeed(feed, result, lost, blocked=blocked)
        assert self._judge is not None
        await_verdicts = self._judge.submit(feed, [validated for _, validated, _ in parsed])
        return PendingFeed(feed, result, lost, parsed, blocked, await_verdicts)

    def finish(self, pending: PendingFeed) -> FeedLanding:
        """Write what the judge lets through. Raises HaicapError, after all others are landed, when the bytes of a file
        that arrived earlier are nowhere any more.
        """
        result = pending.result
        result.checks = pending.await_verdicts()
        if pending.parsed or pending.blocked:
            self._write(pending)
        for _, validated, _ in pending.parsed:
            result.files += 1
            result.rows_read += validated.rows_read
            result.rows_quarantined += validated.rows_quarantined
        feed_id = pending.feed.feed_id
        merge_closed_months(self.home, feed_id, f"{find_night_day(self.as_of):%Y-%m}")
        remove_leftovers(self.home, feed_id)
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

        def read_new() -> Iterator[tuple[str, bytes]]:
            for arrival in scan.list_new(feed.feed_id):
                if archive.has(arrival.sha256):
                    continue
                is_purged = arrival.sha256 in self._purges.archive
                content = None if is_purged else read_unchanged_content(arrival, scan.paths.get(arrival))
                if content is not None:
                    yield arrival.sha256, content
                elif arrival.key in unlisted:
                    result.blocked[arrival.file] = "Tệp thay đổi trong lúc đọc; đêm sau đọc lại."
                else:
                    lost.append(arrival.file)

        archive.put_all(read_new())
        if scan.list_new(feed.feed_id):
            pass_fault_point("archived")
        mine = [a for a in scan.unlisted if a.feed_id == feed.feed_id]
        # What was purged by rule and is sent again has its parse: the new name is listed, the bytes stay purged.
        landed = read_batches(self.home, feed.feed_id) if mine else {}
        ArrivalList(self.home.arrivals).append(
            a for a in mine if (a.feed_id, a.sha256) in landed or archive.has(a.sha256)
        )
        pass_fault_point("arrivals_listed")
        return lost

    def _parse_new_files(
        self, feed: Feed, scan: Scan, archive: Archive, result: FeedLanding
    ) -> tuple[list[ParsedFile], list[Batch]]:
        """Parse the feed's new files; return those that can be used, and the accounts of the others."""
        waiting = [a for a in scan.list_new(feed.feed_id) if archive.has(a.sha256)]
        parsed: list[ParsedFile] = []
        blocked: list[Batch] = []
        parser = compute_parser_version(feed)
        for arrival, parse in self._parse(feed, waiting, scan, archive):
            if isinstance(parse, Exception):
                fault = make_block(parse)
                result.blocked[arrival.file] = fault.message_vi
                told = describe_blocked(arrival, feed, fault)
                blocked.append(Batch(feed.feed_id, arrival.sha256, parser, None, None, "", told))
            else:
                batch, validated = parse
                parsed.append((arrival, validated, batch))
                pass_fault_point("parsed")
        return parsed, blocked

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

    def _write(self, pending: PendingFeed) -> None:
        """Write what is landed of a feed tonight: a part for each month of arrival, what the vault keeps, and, when all
        that is durable, the accounts."""
        from dagster_project.ingest.vault.sender_rows import keep_for_sender

        feed, landed = pending.feed, read_batches(self.home, pending.feed.feed_id)
        before = {arrival: landed.get((arrival.feed_id, arrival.sha256)) for arrival, _, _ in pending.parsed}
        _count_rereads(self.home, pending.result, feed, [batch for batch in before.values() if batch is not None])
        months: defaultdict[str, list[ParsedFile]] = defaultdict(list)
        for file in sorted(pending.parsed, key=lambda file: compute_batch_id(file[0])):
            months[f"{file[0].seen_on:%Y-%m}"].append(file)
        batches, files = list(pending.blocked), list[PartFile]()
        for month, of_month in sorted(months.items()):
            of_part, written = self._write_part(feed, month, of_month, before)
            batches += of_part
            files += written
        if pending.parsed:
            kept = ((arrival, compute_batch_id(arrival), validated) for arrival, validated, _ in pending.parsed)
            keep_for_sender(self.home, open_vault(self.home), self._purges, feed, kept)
        pass_fault_point("parts_written")
        put_in_place(self.home, batches, files)
        pass_fault_point("landed")

    def _write_part(
        self, feed: Feed, month: str, parsed: Sequence[ParsedFile], before: Mapping[Arrival, Batch | None]
    ) -> tuple[list[Batch], list[PartFile]]:
        """Write the rows of one month's files, by their batches, and what they change against the readings `before`."""
        from dagster_project.ingest.landing.parquet import make_tables

        tables = make_tables([(compute_batch_id(arrival), validated) for arrival, validated, _ in parsed], feed)
        again = [old for arrival, _, _ in parsed if (old := before[arrival]) is not None]
        rereads = self._compare(feed, again, tables[ROWS]) if again else None
        if rereads is not None:
            tables[REREAD] = rereads.table
        place = feed.feed_id, month, choose_number(self.home, feed.feed_id, month)
        files = write_part(self.home, place, len(parsed), tables)
        hashes = rereads.hashes if rereads is not None else {}
        parser = compute_parser_version(feed)
        return [
            Batch(
                feed.feed_id,
                arrival.sha256,
                parser,
                month=None,
                part=None,
                rereads=hashes.get(compute_batch_id(arrival), ""),
                told=describe_accepted(arrival, feed, batch),
            ).lie_in(files)
            for arrival, _, batch in parsed
        ], files

    def _compare(self, feed: Feed, old: Sequence[Batch], rows: pa.Table) -> Rereads:
        """Compare new rows with those of the batches' earlier readings, part by part: each has columns of its own."""
        from dagster_project.ingest.landing.reread import Reading, compare_readings

        parts, readings = read_parts(self.home, feed.feed_id), []
        for place in sorted({batch.place for batch in old if batch.place is not None}):
            of_part = [batch for batch in old if batch.place == place]
            earlier = select_rows(self.home, parts, of_part, REREAD)
            for one in select_rows(self.home, parts, of_part, ROWS):
                readings.append(Reading(one, earlier[0] if earlier else None))
        return compare_readings(readings, rows, feed, self.as_of)


def _count_rereads(home: Home, result: FeedLanding, feed: Feed, before: Sequence[Batch]) -> None:
    """Count the files that had a parse `before`, those whose layout was another then, and those that were blocked."""
    for batch in before:
        try:
            account = read_account(home, batch)
        except DamagedFile:
            account = {}
        result.read_again += 1
        result.of_layout += account.get("layout") not in (None, hash_layout(feed))
        result.unblocked += account.get("state") == "blocked"
