"""Landing: what arrived, archived once, parsed once, typed once.

Each (feed, hash, layout, parser version) has one folder of Parquet under `<home>/landing/<feed>/`; a file that is blocked
has one too, so that it is not tried again until its layout or the parser changes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.contracts.errors import BlockedFile, HaicapError
from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import Registry, load_registry
from dagster_project.ingest.archive import KEY_VARIABLE as ARCHIVE_KEY
from dagster_project.ingest.archive import Archive, sync_folder, write_durably
from dagster_project.ingest.manifest import Arrival, Manifest
from dagster_project.ingest.pseudonym import KEY_VARIABLE as PSEUDONYM_KEY
from dagster_project.ingest.pseudonym import load_key
from dagster_project.paths import PROJECT_ROOT, SEEDS_DIR, SOURCES_DIR, Home

if TYPE_CHECKING:
    from dagster_project.ingest.door import Opened
    from dagster_project.quality.judge import Judge, Verdict

_PARSER_FILES = ("dagster_project/ingest/**/*.py", "dagster_project/contracts/models.py")
_UNIT_SEEDS = ("commune", "former_commune", "former_district", "bridge_commune", "department", "former_province")


@dataclass(frozen=True)
class Scan:
    """What a night would read: every file that ever arrived, and which of them are not landed yet."""

    arrivals: tuple[Arrival, ...]
    new: tuple[Arrival, ...]
    still_written: tuple[str, ...]

    @property
    def accepted_identity(self) -> list[tuple[str, str]]:
        """Distinct (feed, hash), sorted: the part of the run identity that the offices decide."""
        return sorted({(a.feed_id, a.sha256) for a in self.arrivals})

    @property
    def has_new(self) -> bool:
        return bool(self.new)


@dataclass
class FeedLanding:
    """What became of one feed's new files."""

    feed_id: str
    files: int = 0
    rows_read: int = 0
    rows_quarantined: int = 0
    blocked: dict[str, str] = field(default_factory=dict)
    checks: list[Verdict] = field(default_factory=list)


class Night:
    """One night's landing. `scan` is cheap; `land` reads one feed's new files."""

    def __init__(self, home: Home, inbox: Path, as_of: date, judge: Judge | None = None) -> None:
        self.home = home
        self.inbox = inbox
        self.as_of = as_of
        self.registry: Registry = load_registry()
        self._judge = judge
        self._manifest = Manifest(home.manifest)

    def scan(self) -> Scan:
        """Hash what lies in the inbox and compare with what is landed. Raises HaicapError when the inbox is not there."""
        if not self.inbox.is_dir():
            raise HaicapError(f"Không thấy thư mục hộp thư: {self.inbox}", "Kiểm tra đường dẫn --inbox, hoặc ổ đĩa dùng chung.")
        known = {(a.feed_id, a.file, a.sha256) for a in self._manifest.arrivals()}
        arrivals = list(self._manifest.arrivals())
        new: dict[tuple[str, str], Arrival] = {}
        unstable: list[str] = []
        for feed_id in self.registry.feeds:
            for path in candidate_files(self.inbox / feed_id):
                name = path.relative_to(self.inbox / feed_id).as_posix()
                digest = _stable_hash(path)
                if digest is None:
                    unstable.append(f"{feed_id}/{name}")
                    continue
                arrival = Arrival(feed_id, name, digest, path.stat().st_size, self.as_of + timedelta(days=1))
                if (feed_id, name, digest) not in known:
                    arrivals.append(arrival)
                    new.setdefault((feed_id, digest), arrival)
        for arrival in arrivals:
            if not self.batch_folder(arrival).is_dir():
                new.setdefault((arrival.feed_id, arrival.sha256), arrival)
        in_order = sorted(new.values(), key=lambda a: (a.feed_id, a.file, a.sha256))
        return Scan(tuple(arrivals), tuple(in_order), tuple(unstable))

    def batch_folder(self, arrival: Arrival) -> Path:
        """Where the parse of this file under today's layout and parser stands."""
        parser = parser_version(self.registry.feeds[arrival.feed_id])
        return self.home.landing / arrival.feed_id / f"{arrival.sha256[:16]}-{parser}"

    def land(self, feed_id: str, scan: Scan) -> FeedLanding:
        """Archive, parse and judge one feed's new files; whatever is wrong with one of them, the others go on."""
        from dagster_project.ingest.parse import parse_file

        feed = self.registry.feeds[feed_id]
        result = FeedLanding(feed_id)
        archive = Archive(self.home.archive, load_key("archive", self.home.keys, ARCHIVE_KEY))
        key = load_key("pseudonym", self.home.keys, PSEUDONYM_KEY)
        opened: list[tuple[Arrival, Opened, dict[str, Any]]] = []
        for arrival in (a for a in scan.new if a.feed_id == feed_id):
            content = self._content(arrival, archive)
            archive.put(arrival.sha256, content)
            try:
                batch, parsed = parse_file(content, arrival.file, feed, self.registry, key)
                opened.append((arrival, parsed, batch))
            except BlockedFile as fault:
                result.blocked[arrival.file] = fault.message_vi
                self._write_blocked(arrival, feed, fault)
        if opened:
            assert self._judge is not None
            result.checks = self._judge.judge(feed, [parsed for _, parsed, _ in opened])
        for arrival, parsed, batch in opened:
            self._write_batch(arrival, feed, parsed, batch)
            result.files += 1
            result.rows_read += parsed.rows_read
            result.rows_quarantined += parsed.rows_quarantined
        self._manifest.append(a for a in scan.arrivals if a.feed_id == feed_id)
        return result

    def _content(self, arrival: Arrival, archive: Archive) -> bytes:
        path = self.inbox / arrival.feed_id / arrival.file
        if path.is_file():
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() == arrival.sha256:
                return content
        return archive.get(arrival.sha256)

    def _write_batch(self, arrival: Arrival, feed: Feed, parsed: Opened, batch: dict[str, Any]) -> None:
        from dagster_project.ingest.parse import write_frames

        folder = self.batch_folder(arrival)
        with _whole_folder(folder) as temporary:
            write_frames(temporary, parsed, feed, batch_id(arrival))
            _write_json(temporary / "batch.json", _identity(arrival, feed) | batch | {"state": "accepted"})

    def _write_blocked(self, arrival: Arrival, feed: Feed, fault: BlockedFile) -> None:
        from dagster_project.ingest.parse import date_of_blocked

        with _whole_folder(self.batch_folder(arrival)) as temporary:
            words = {"blocked_rule": fault.rule, "blocked_message_vi": fault.message_vi, "blocked_remedy_vi": fault.remedy_vi}
            state = {"state": "blocked", "rows_read": 0, "rows_not_data": 0, "rows_quarantined": 0}
            _write_json(
                temporary / "batch.json", _identity(arrival, feed) | date_of_blocked(feed, arrival.file) | state | words
            )


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


def candidate_files(folder: Path) -> list[Path]:
    """Files of a feed in any depth. Hidden files, `~$…` lock files and `.part` files are no files (feeds.md, "Settled")."""
    found: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(names):
            path = Path(parent) / name
            if name.startswith((".", "~$")) or name.lower().endswith((".part", ".tmp")) or path.is_symlink():
                continue
            if path.is_file():
                found.append(path)
    return found


def _stable_hash(path: Path) -> str | None:
    """SHA-256 of a file, or None when it changed while being read: it is still being written and waits for the next night."""
    before = path.stat()
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    after = path.stat()
    unchanged = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return digest if unchanged else None


@cache
def _code_hash() -> str:
    digest = hashlib.sha256()
    files = [p for pattern in _PARSER_FILES for p in sorted(PROJECT_ROOT.glob(pattern))]
    files += [SEEDS_DIR / f"{name}.csv" for name in _UNIT_SEEDS]
    files += sorted((SOURCES_DIR / "codes").glob("*.yaml")) + sorted((SOURCES_DIR / "units").glob("*.csv"))
    files.append(SOURCES_DIR / "rules.yaml")
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def parser_version(feed: Feed) -> str:
    """Changes when anything that decides how this feed is parsed changes: code, contract, layout, units, code lists."""
    digest = hashlib.sha256(_code_hash().encode())
    digest.update(feed.contract.content + b"\0" + feed.layout_content)
    return digest.hexdigest()[:12]


class _whole_folder:  # noqa: N801 - used as a context manager
    """Write a folder whole or not at all: fill a temporary one, then rename."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")

    def __enter__(self) -> Path:
        shutil.rmtree(self._temporary, ignore_errors=True)
        self._temporary.mkdir(parents=True)
        return self._temporary

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            return
        shutil.rmtree(self._folder, ignore_errors=True)
        os.replace(self._temporary, self._folder)
        sync_folder(self._folder.parent)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    encoded = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, default=str)
    write_durably(path, encoded.encode("utf-8"))
