"""Landing: what arrived, archived once, parsed once, typed once.

Each (feed, hash, layout, parser version) has one folder of Parquet under `<home>/landing/<feed>/`; a file that is
blocked has one too, so that it is not tried again until its layout or the parser changes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.contracts.decisions import decided_registry
from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import Registry, load_registry
from dagster_project.contracts.rules import load_rules
from dagster_project.contracts.verdicts import BatchJudge, Verdict
from dagster_project.core.durable_files import (
    TEMPORARY_PREFIX,
    encode_json,
    make_temporary_name,
    pass_fault_point,
    sync,
)
from dagster_project.core.errors import BlockedFile, HaicapError
from dagster_project.core.keys import ARCHIVE_VARIABLE, PSEUDONYM_VARIABLE, load_key, load_keys
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.parse_ahead import ReadAhead, together
from dagster_project.ingest.landing.parser_version import parser_version
from dagster_project.ingest.receive.archive import Archive, locate_object
from dagster_project.ingest.receive.arrivals import Arrival, Manifest
from dagster_project.ingest.receive.inbox import (
    Inbox,
    find_strangers,
    list_candidate_files,
    read_unchanged_content,
    show_name,
)
from dagster_project.ingest.vault.vault import Vault, open_vault

if TYPE_CHECKING:
    from dagster_project.ingest.landing.parse import Parse
    from dagster_project.ingest.validate.validate import ValidatedFile

_MANY = 24
"""Files, from which on a second thread writes."""


@dataclass(frozen=True)
class Scan:
    """What a night would read.

    `arrivals`: every file that ever arrived, in the order of first sight. `new`: one arrival for each (feed, hash) that
    today's parser has not parsed yet. `unlisted`: names that the manifest does not have yet. `still_written`: names of
    files that changed while they were read. `unopened`: (feed, name) → why a file in the inbox cannot be opened.
    `strangers`: what lies in the inbox and in no feed's folder, as `inbox.strangers` names it.
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
    def accepted_identity(self) -> list[tuple[str, str]]:
        """Distinct (feed, hash), sorted: the part of the run identity that the offices decide."""
        return sorted({(a.feed_id, a.sha256) for a in self.arrivals})

    @property
    def has_new(self) -> bool:
        """Whether there is something to note: a file to read, another name of one, or one that will not open."""
        return bool(self.new or self.unlisted or self.unopened)


@dataclass
class FeedLanding:
    """What became of one feed's new files."""

    feed_id: str
    files: int = 0
    rows_read: int = 0
    rows_quarantined: int = 0
    blocked: dict[str, str] = field(default_factory=dict)
    checks: list[Verdict] = field(default_factory=list)


@dataclass(frozen=True)
class PendingFeed:
    """One feed whose new files are parsed and wait for the judge. `lost`: names whose bytes are nowhere any more."""

    feed: Feed
    result: FeedLanding
    lost: list[str]
    opened: Sequence[tuple[Arrival, ValidatedFile, dict[str, Any]]] = ()
    verdicts: Callable[[], list[Verdict]] = list


class Landing:
    """One night's landing. `scan` is cheap; `land` reads one feed's new files, or `begin` and `finish` do."""

    def __init__(
        self, home: Home, inbox: Path, as_of: date, judge: BatchJudge | None = None, ahead: ReadAhead | None = None
    ) -> None:
        self.home = home
        self.inbox = inbox
        self.as_of = as_of
        self.registry: Registry = decided_registry(home.decisions, load_registry())
        self._judge = judge
        self._ahead = ahead

    def scan(self) -> Scan:
        """Hash what lies in the inbox and compare with what is landed. Raises HaicapError when there is no inbox."""
        if not self.inbox.is_dir():
            raise HaicapError(
                f"Không thấy thư mục hộp thư: {self.inbox}", "Kiểm tra đường dẫn --inbox, hoặc ổ đĩa dùng chung."
            )
        listed = [a for a in Manifest(self.home.manifest).read_arrivals() if a.feed_id in self.registry.feeds]
        inbox = Inbox({arrival.key: arrival for arrival in listed})
        for feed_id in self.registry.feeds:
            folder = self.inbox / feed_id
            for path in list_candidate_files(folder):
                inbox.look(path, feed_id, show_name(path.relative_to(folder).as_posix()), self.as_of)
        new: dict[tuple[str, str], Arrival] = {}
        for arrival in inbox.first_seen.values():
            if not self.batch_folder(arrival).is_dir() and not self._has_only_its_parse(arrival, inbox.paths):
                new.setdefault((arrival.feed_id, arrival.sha256), arrival)
        return Scan(
            arrivals=tuple(inbox.first_seen.values()),
            new=tuple(new.values()),
            unlisted=tuple(inbox.unlisted),
            still_written=tuple(inbox.still_written),
            unopened=inbox.unopened,
            strangers=find_strangers(self.inbox, self.registry.feeds),
            paths=inbox.paths,
        )

    def batch_folder(self, arrival: Arrival) -> Path:
        """Where the parse of this file under today's layout and parser stands."""
        parser = parser_version(self.registry.feeds[arrival.feed_id])
        return self.home.landing / arrival.feed_id / f"{arrival.sha256[:16]}-{parser}"

    def _has_only_its_parse(self, arrival: Arrival, paths: Mapping[Arrival, Path]) -> bool:
        """Whether the bytes were purged by rule and an earlier parser's Parquet is all that is left: it is kept."""
        bytes_are_gone = arrival not in paths and not locate_object(self.home.archive, arrival.sha256).exists()
        return (
            bytes_are_gone and landed_parse(self.home, self.registry.feeds[arrival.feed_id], arrival.sha256) is not None
        )

    def land(self, feed_id: str, scan: Scan) -> FeedLanding:
        """Archive, list, parse, judge and write one feed's new files; whatever is wrong with one, the others go on."""
        return self.finish(self.begin(feed_id, scan))

    def begin(self, feed_id: str, scan: Scan) -> PendingFeed:
        """The part of `land` before the judge has spoken; `finish` must follow.

        In this order: bytes to the archive, names to the manifest, parses to the landing. Killed anywhere in between,
        the next night finds in the archive what it still has to parse.
        """
        feed = self.registry.feeds[feed_id]
        result = FeedLanding(feed_id)
        archive = Archive(self.home.archive, *load_keys("archive", self.home.keys, ARCHIVE_VARIABLE))
        archive.sweep()
        lost = self._archive(feed_id, scan, archive, result)
        opened = self._open(feed, scan, archive, result)
        if not opened:
            return PendingFeed(feed, result, lost)
        assert self._judge is not None
        return PendingFeed(feed, result, lost, opened, self._judge.submit(feed, [parsed for _, parsed, _ in opened]))

    def finish(self, begun: PendingFeed) -> FeedLanding:
        """Write what the judge lets through. Raises HaicapError, after all others are landed, when the bytes of a file
        that arrived earlier are nowhere any more.
        """
        result = begun.result
        result.checks = begun.verdicts()
        if begun.opened:
            self._write(begun.feed, begun.opened)
        for _, parsed, _ in begun.opened:
            result.files += 1
            result.rows_read += parsed.rows_read
            result.rows_quarantined += parsed.rows_quarantined
        self._forget_old_parses(begun.feed)
        if begun.lost:
            raise HaicapError(
                f"Kho lưu không còn tệp đã nhận: {', '.join(begun.lost)}.",
                "Khôi phục kho lưu từ bản sao, hoặc xin cơ quan gửi lại.",
            )
        return result

    def _archive(self, feed_id: str, scan: Scan, archive: Archive, result: FeedLanding) -> list[str]:
        """Put the feed's new bytes away, list the names whose bytes are safe, return those whose bytes are lost."""
        result.blocked |= {name: reason for (feed, name), reason in scan.unopened.items() if feed == feed_id}
        unlisted = {arrival.key for arrival in scan.unlisted}
        lost: list[str] = []
        for arrival in (a for a in scan.new if a.feed_id == feed_id):
            content = None if archive.has(arrival.sha256) else read_unchanged_content(arrival, scan.paths.get(arrival))
            if content is not None:
                archive.put(arrival.sha256, content)
                pass_fault_point("archived")
            elif archive.has(arrival.sha256):
                pass
            elif arrival.key in unlisted:
                result.blocked[arrival.file] = "Tệp thay đổi trong lúc đọc; đêm sau đọc lại."
            else:
                lost.append(arrival.file)
        mine = [a for a in scan.unlisted if a.feed_id == feed_id]
        # What was purged by rule and is sent again has its parse: the new name is listed, the bytes stay purged.
        parsed = {a for a in mine if landed_parse(self.home, self.registry.feeds[feed_id], a.sha256) is not None}
        Manifest(self.home.manifest).append(a for a in mine if a in parsed or archive.has(a.sha256))
        pass_fault_point("manifest_appended")
        return lost

    def _open(
        self, feed: Feed, scan: Scan, archive: Archive, result: FeedLanding
    ) -> list[tuple[Arrival, ValidatedFile, dict[str, Any]]]:
        """Parse the feed's new files; a blocked one is written down as such at once."""
        waiting = [a for a in scan.new if a.feed_id == feed.feed_id and archive.has(a.sha256)]
        opened: list[tuple[Arrival, ValidatedFile, dict[str, Any]]] = []
        while waiting:
            arrivals = together(waiting)
            for arrival, parse in zip(arrivals, self._parses(feed, arrivals, scan, archive), strict=True):
                if isinstance(parse, Exception):
                    fault = parse if isinstance(parse, BlockedFile) else _program_fault(parse)
                    result.blocked[arrival.file] = fault.message_vi
                    self._write_blocked(arrival, feed, fault)
                else:
                    batch, rows = parse
                    opened.append((arrival, rows, batch))
                    pass_fault_point("parsed")
            del waiting[: len(arrivals)]
        return opened

    def _parses(self, feed: Feed, arrivals: Sequence[Arrival], scan: Scan, archive: Archive) -> list[Parse | Exception]:
        """The parse of each file, or why there is none; by the helper where it was there first."""
        mine = list(arrivals) if self._ahead is None else self._ahead.claim(arrivals)
        parses: dict[Arrival, Parse | Exception] = dict(self._parsed(feed, mine, scan, archive))
        if self._ahead is not None:
            helped = {arrival: self._ahead.take(arrival) for arrival in arrivals if arrival not in parses}
            parses |= {arrival: parse for arrival, parse in helped.items() if parse is not None}
            parses |= self._parsed(feed, [a for a, parse in helped.items() if parse is None], scan, archive)
        return [parses[arrival] for arrival in arrivals]

    def _parsed(
        self, feed: Feed, arrivals: Sequence[Arrival], scan: Scan, archive: Archive
    ) -> Iterator[tuple[Arrival, Parse | Exception]]:
        from dagster_project.ingest.landing.parse import parse_files

        files = [(read_unchanged_content(a, scan.paths.get(a)) or archive.get(a.sha256), a.file) for a in arrivals]
        return zip(arrivals, parse_files(files, feed, self.registry, self._pseudonym_key), strict=True)

    def read_ahead(self, scan: Scan) -> ReadAhead:
        """A helper for the new files of this night, in the order in which its feeds are landed."""
        arrivals = sorted(scan.new, key=lambda arrival: arrival.feed_id)
        return ReadAhead(arrivals, scan.paths, self.registry, self._pseudonym_key)

    @cached_property
    def _pseudonym_key(self) -> bytes:
        return load_key("pseudonym", self.home.keys, PSEUDONYM_VARIABLE)

    def _forget_old_parses(self, feed: Feed) -> None:
        """Remove what a killed night left, and the parses of other parser versions that today's replaces."""
        current = parser_version(feed)
        for folder in sorted((self.home.landing / feed.feed_id).glob("*")):
            replaced = folder.with_name(f"{folder.name[:16]}-{current}")
            if folder.name.startswith(TEMPORARY_PREFIX) or (folder != replaced and replaced.is_dir()):
                shutil.rmtree(folder)

    def _write(self, feed: Feed, opened: Sequence[tuple[Arrival, ValidatedFile, dict[str, Any]]]) -> None:
        """Write each file's folder; of many two at a time, for packing and waiting for the disk need no interpreter."""
        vault = open_vault(self.home)

        def write(one: tuple[Arrival, ValidatedFile, dict[str, Any]]) -> None:
            self._write_batch(feed, vault, *one)
            pass_fault_point("batch_written")

        if len(opened) < _MANY:
            deque(map(write, opened), maxlen=0)
        else:
            with ThreadPoolExecutor(2) as writers:
                deque(writers.map(write, opened), maxlen=0)

    def _write_batch(
        self, feed: Feed, vault: Vault, arrival: Arrival, parsed: ValidatedFile, batch: dict[str, Any]
    ) -> None:
        from dagster_project.ingest.landing.parse import write_frames
        from dagster_project.ingest.vault.sender_rows import keep_for_sender

        folder = self.batch_folder(arrival)
        with _whole_folder(folder) as temporary:
            write_frames(temporary, parsed, feed, batch_id(arrival))
            keep_for_sender(self.home, vault, feed, arrival, batch_id(arrival), parsed)
            _write_account(temporary, _identity(arrival, feed) | batch | {"state": "accepted"})

    def _write_blocked(self, arrival: Arrival, feed: Feed, fault: BlockedFile) -> None:
        from dagster_project.ingest.landing.parse import date_of_blocked

        with _whole_folder(self.batch_folder(arrival)) as temporary:
            words = {
                "blocked_rule": fault.rule,
                "blocked_message_vi": fault.message_vi,
                "blocked_remedy_vi": fault.remedy_vi,
            }
            state = {"state": "blocked", "rows_read": 0, "rows_not_data": 0, "rows_quarantined": 0}
            _write_account(temporary, _identity(arrival, feed) | date_of_blocked(feed, arrival.file) | state | words)


def landed_parse(home: Home, feed: Feed, sha256: str) -> Path | None:
    """The parse of a file by today's parser, else the newest earlier one: yesterday's reading of it beats none."""
    today = home.landing / feed.feed_id / f"{sha256[:16]}-{parser_version(feed)}"
    if (today / "batch.json").exists():
        return today  # nearly always: the folder of the feed, which may be long, is not listed
    parses = [path.parent for path in (home.landing / feed.feed_id).glob(f"{sha256[:16]}-*/batch.json")]
    return max(parses, key=lambda folder: ((folder / "batch.json").stat().st_mtime_ns, folder.name), default=None)


def forget_parses(home: Home) -> None:
    """Make every file whose bytes are still archived new again. A parse without its bytes could not be made again."""
    for arrival in Manifest(home.manifest).read_arrivals():
        if locate_object(home.archive, arrival.sha256).exists():
            for folder in (home.landing / arrival.feed_id).glob(f"{arrival.sha256[:16]}-*"):
                shutil.rmtree(folder)


def batch_id(arrival: Arrival) -> str:
    """One file of one feed, whatever its name: 16 hex digits."""
    return hashlib.sha256(f"{arrival.feed_id}:{arrival.sha256}".encode()).hexdigest()[:16]


def _identity(arrival: Arrival, feed: Feed) -> dict[str, Any]:
    return {
        "feed_id": feed.feed_id,
        "area": feed.area,
        "domain": feed.domain,
        "batch_id": batch_id(arrival),
        "sha256": arrival.sha256,
    }


def _write_account(folder: Path, account: dict[str, Any]) -> None:
    """The account of a file, in a folder that becomes visible and durable as a whole."""
    (folder / "batch.json").write_bytes(encode_json(account))


def _program_fault(error: Exception) -> BlockedFile:
    """Where a bug is, without what it says: that may be a person's name. The file is tried again by the next parser."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    words = load_rules()["program_fault"]
    place = f"{type(error).__name__} tại {Path(last.filename).name}:{last.lineno}"
    return BlockedFile("program_fault", f"{words.message_vi} ({place})", words.remedy_vi)


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """Write a folder whole or not at all: fill a temporary one, then rename."""
    temporary = make_temporary_name(folder)
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        yield temporary
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    for file in temporary.iterdir():
        sync(file)
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(temporary, folder)
    sync(folder.parent)
