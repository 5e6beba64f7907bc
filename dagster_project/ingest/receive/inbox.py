"""What lies in the inbox: which files are files, what people call them, and what their bytes hash to."""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from dagster_project.core.clock import find_night_day
from dagster_project.ingest.persons.mask import mask_file_name
from dagster_project.ingest.receive.arrivals import Arrival
from dagster_project.ingest.receive.sightings import Sightings, read_clock

_UNKNOWN_KIND = 0
_LINK = (
    "Là liên kết tới “{}” nên không được đọc. Đừng tự chép: hỏi đơn vị gửi; đúng là tệp của họ thì họ gửi "
    "chính tệp ấy, không ai nhận thì xóa liên kết."
)


@dataclass
class Inbox:
    """Collects what lies in the inbox; see Scan. `first_seen`: the arrivals by key, those listed already first.
    `sightings`: which files need not be opened."""

    first_seen: dict[tuple[str, str, str], Arrival]
    unlisted: list[Arrival] = field(default_factory=list)
    still_written: list[str] = field(default_factory=list)
    unopened: dict[tuple[str, str], str] = field(default_factory=dict)
    paths: dict[Arrival, Path] = field(default_factory=dict)
    sightings: Sightings = field(default_factory=Sightings)

    def look(self, path: Path, feed_id: str, name: str, as_of: date) -> None:
        """Note one file, whatever becomes of it while it is read. No link is followed: it may lead out of the inbox."""
        if is_link(path):
            self.unopened[feed_id, name] = _LINK.format(_find_target(path))
            return
        try:
            digest, size = self._find_hash(path)
        except FileNotFoundError:
            return  # taken away since it was listed
        except OSError as error:
            reason = f"Không mở được tệp ({error.strerror}). Kiểm tra quyền đọc, hoặc gửi lại tệp."
            self.unopened[feed_id, name] = reason
            return
        if digest is None:
            self.still_written.append(f"{feed_id}/{name}")
            return
        arrival = Arrival(feed_id, name, digest, size, find_night_day(as_of))
        known = self.first_seen.setdefault(arrival.key, arrival)
        if known is arrival:
            self.unlisted.append(arrival)
        self.paths.setdefault(known, path)

    def _find_hash(self, path: Path) -> tuple[str | None, int]:
        """Return SHA-256 and size of a file, which is opened when it is not as it was last seen; as `_hash_if_stable`
        does."""
        known = self.sightings.find_hash(state := path.stat())
        if known is not None:
            return known, state.st_size
        begun = read_clock()
        digest, state = _hash_if_stable(path)
        if digest is not None:
            self.sightings.note(state, digest, begun)
        return digest, state.st_size


def _find_target(link: Path) -> str:
    try:
        return show_name(str(link.readlink()))
    except OSError:
        return "?"


def show_name(name: str) -> str:
    """Return a path as people read it: NFC; what could forge a line or hide a letter is written out (a line break:
    "\\n"); persons are masked (docs/rules.md, "Persons in other places").

    Names are the offices' own text: bytes that are no UTF-8, control and direction marks all occur.
    """
    readable = unicodedata.normalize("NFC", os.fsencode(name).decode("utf-8", "backslashreplace"))
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in readable)
    return mask_file_name(shown)


def list_candidate_files(folder: Path) -> list[Path]:
    """List the files of a feed in any depth, and what cannot be looked into, so that it is told by its name: links (a
    link in the place of the folder itself, too) and folders that cannot be listed.

    Hidden files, `~$…` lock files and `.part` files are no files (docs/rules.md, "Accept or refuse"); nor are pipes and
    devices, which would never end.
    """
    if is_link(folder):
        return [folder]
    found: list[Path] = []
    waiting = [folder]
    while waiting:  # not `os.walk`: it says nothing of a folder that it cannot list, and has a bound on the depth
        parent = waiting.pop()
        try:
            with os.scandir(parent) as listed:
                names = sorted(entry.name for entry in listed)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            found.append(parent)
            continue
        folders: list[Path] = []
        for name in names:
            path = parent / name
            if _find_kind(path) != stat.S_IFDIR:
                found += [path] if _is_file(path) else []
            elif not name.startswith("."):
                folders.append(path)
        waiting += reversed(folders)
    return found


def find_strangers(inbox: Path, feed_ids: Iterable[str]) -> dict[str, str | None]:
    """Map each folder (with a slash) and file at the top of the inbox that belongs to no feed to the feed that may be
    meant.

    Nothing in them is read. What is no file (hidden, `~$…`, `.part`) is no stranger either, nor is an empty folder.
    """
    known = {feed_id.casefold(): feed_id for feed_id in feed_ids}
    found: dict[str, str | None] = {}
    for path in sorted(inbox.iterdir()):
        is_folder = _find_kind(path) == stat.S_IFDIR
        if (path.name in known.values() and (is_folder or is_link(path))) or not _holds_files(path):
            continue
        near = get_close_matches(path.name.casefold(), known, n=1, cutoff=0.75)
        found[show_name(path.name) + ("/" if is_folder else "")] = known[near[0]] if near else None
    return found


def _holds_files(path: Path) -> bool:
    if path.name.startswith("."):
        return False
    return bool(list_candidate_files(path)) if _find_kind(path) == stat.S_IFDIR else _is_file(path)


def is_link(path: Path) -> bool:
    """Tell whether it is a link, to whatever."""
    return _find_kind(path) == stat.S_IFLNK


def _is_file(path: Path) -> bool:
    """Tell whether it counts as a file by its name and kind; one whose kind cannot be found out does: opening it tells
    why."""
    return is_file_name(path.name) and _find_kind(path) in (stat.S_IFREG, stat.S_IFLNK, _UNKNOWN_KIND)


def _find_kind(path: Path) -> int | None:
    """Find of which kind an entry itself is (`stat.S_IFMT`); None for one that is gone."""
    try:
        return stat.S_IFMT(path.lstat().st_mode)
    except FileNotFoundError:
        return None
    except OSError:
        return _UNKNOWN_KIND


def is_file_name(name: str) -> bool:
    """Tell whether a name (without its folders) is that of a delivery, neither hidden nor half written."""
    return not name.startswith((".", "~$")) and not name.lower().endswith((".part", ".tmp"))


def _hash_if_stable(path: Path) -> tuple[str | None, os.stat_result]:
    """Return SHA-256 and state of a file; None when it changed while being read: it is still being written and waits a
    night.

    Raises OSError when it cannot be opened.
    """
    with path.open("rb") as file:
        before = os.fstat(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    after = path.stat()
    # A copy in progress changes size or time; a rename over it changes the inode.
    unchanged = (before.st_ino, before.st_size, before.st_mtime_ns) == (after.st_ino, after.st_size, after.st_mtime_ns)
    return digest if unchanged else None, before


def read_unchanged_content(arrival: Arrival, path: Path | None) -> bytes | None:
    """Return the bytes of an arrival from the inbox; None when they are gone or no longer the ones that were hashed."""
    try:
        content = path.read_bytes() if path is not None else None
    except OSError:
        return None
    return content if content is not None and hashlib.sha256(content).hexdigest() == arrival.sha256 else None
