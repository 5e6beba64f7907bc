"""Files of a folder on another machine, through fsspec: a mounted share, or SFTP.

A file is fetched when its size or time is not what it was when it was last landed; clocks are never compared.
"""

from __future__ import annotations

import logging
import os
import posixpath
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import fsspec

from dagster_project.ingest.normalise.data_dates import find_data_date_in_name
from dagster_project.ingest.receive.inbox import is_file_name, show_name
from dagster_project.ingest.transports.pull_faults import PullFault, identify_fault
from dagster_project.ingest.transports.transport import Batch, Place, Query
from dagster_project.settings.sources import FolderSource, SftpSource

# Of a cut connection we say more than asyncio's log, and in words.
logging.getLogger("asyncio").addHandler(logging.NullHandler())
# Whatever comes first; a killed pull asks again for at most this much.
_BATCH_FILES, _BATCH_BYTES = 64, 64 * 1024 * 1024
_CHUNK = 1024 * 1024
_MOST_ENTRIES, _MOST_FOLDERS = 100_000, 16
_LONGEST_NAME = 255  # bytes, as on every disk
_KEEPALIVE_SECONDS = 15  # so that a line that went dead is noticed within a minute
Stamp = list[Any]
"""Size and time of change, as the file system says them: compared for equality alone."""


@dataclass(frozen=True)
class ListedFile:
    """Names one file of a listing. `name`: below the source's folder, as people write it."""

    path: str
    name: str
    stamp: Stamp

    @property
    def size(self) -> int:
        """Returns the number of bytes, as listed."""
        return int(self.stamp[0])


class FileTransport:
    """Fetches the files of a folder, in any depth.

    Hidden files, `~$…`, `.part`, `.tmp` and links are no files, as in the inbox.
    """

    def __init__(self, source: FolderSource | SftpSource, place: Place) -> None:
        self._source = source
        self._place = place

    def fetch(self, query: Query) -> Iterator[Batch]:
        """Yield new and changed files by name, in batches; one that changes while it is read waits for another night.

        A file that will not open stops no other; the fault comes at the end.
        """
        files = self._connect()
        listed, faults = self._list(files)
        seen = {
            found.name: found.stamp for found in listed if query.cursor.get("seen", {}).get(found.name) == found.stamp
        }
        wanted = [f for f in listed if _is_meant(f.name, query) and (query.start is not None or f.name not in seen)]
        part: list[tuple[ListedFile, bytes]] = []
        for found in wanted:
            content = self._read(files, found, faults)
            if content is not None:
                part.append((found, content))
            if len(part) >= _BATCH_FILES or sum(len(c) for _, c in part) >= _BATCH_BYTES:
                yield _make_batch(part, seen)
                part = []
        if part:
            yield _make_batch(part, seen)
        if faults:
            raise faults[0]

    def check(self) -> str:
        """Connect, list, read the smallest file; return in Vietnamese how many there are. Raises as `fetch` does."""
        files = self._connect()
        listed, faults = self._list(files)
        if listed:
            self._read(files, min(listed, key=lambda found: found.size), faults)
        if faults:
            raise faults[0]
        return f"thấy {len(listed)} tệp"

    def _connect(self) -> fsspec.AbstractFileSystem:
        if isinstance(self._source, FolderSource):
            return fsspec.filesystem("file", skip_instance_cache=True)
        return _connect_sftp(self._source, self._place)

    def _list(self, files: fsspec.AbstractFileSystem) -> tuple[list[ListedFile], list[PullFault]]:
        """List the files by name; the faults tell of names that lead elsewhere, which are left alone.

        Raises PullFault for a folder without end: a server may make one up.
        """
        root = (
            str(self._place.locate(self._source.path)) if isinstance(self._source, FolderSource) else self._source.path
        )
        found: list[ListedFile] = []
        faults: list[PullFault] = []
        folders = [(root.rstrip("/") or "/", "")]
        seen = 0
        while folders:
            folder, above = folders.pop()
            entries = files.ls(folder, detail=True)
            seen += len(entries)
            if seen > _MOST_ENTRIES or above.count("/") > _MOST_FOLDERS:
                raise PullFault("too_many_files", f"quá {_MOST_ENTRIES} tệp hoặc {_MOST_FOLDERS} tầng")
            for entry in entries:
                own = str(entry["name"]).rstrip("/").rsplit("/", 1)[-1]
                if not self._is_inside(folder, str(entry["name"]), own):
                    faults.append(PullFault("bad_name"))
                elif not is_file_name(own) or entry.get("islink"):
                    continue
                elif entry["type"] == "directory":
                    folders.append((str(entry["name"]), f"{above}{own}/"))
                elif entry["type"] == "file":
                    found.append(ListedFile(str(entry["name"]), show_name(above + own), _stamp(entry)))
        return sorted(found, key=lambda each: each.name), faults

    def _is_inside(self, folder: str, path: str, own: str) -> bool:
        """Tell whether a name can be that of a file right in the folder: a server may list `../x`, `/etc/x`, `a/b`."""
        is_told_so = isinstance(self._source, FolderSource) or path.rstrip("/") == posixpath.join(folder, own)
        return is_told_so and own not in ("", "..") and "\0" not in own and len(os.fsencode(own)) <= _LONGEST_NAME

    def _read(self, files: fsspec.AbstractFileSystem, found: ListedFile, faults: list[PullFault]) -> bytes | None:
        """Read the file's bytes; None when it changed meanwhile, went away, or will not open (then in `faults`)."""
        limits = self._place.limits
        if found.size > limits.max_bytes:
            faults.append(PullFault("too_big", found.name))
            return None
        until = time.monotonic() + limits.answer_seconds
        content = bytearray()
        try:
            with files.open(found.path, "rb") as file:
                while chunk := file.read(_CHUNK):
                    content += chunk
                    if len(content) > limits.max_bytes:
                        raise PullFault("too_big", found.name)
                    if time.monotonic() > until:
                        raise PullFault("timeout", found.name)
            after = files.info(found.path)
        except FileNotFoundError:
            return None  # taken back since it was listed
        except Exception as error:
            fault = identify_fault(error, found.name)
            if fault.kind not in ("no_permission", "too_big"):  # the connection's fault, not this file's
                raise
            faults.append(fault)
            return None
        return bytes(content) if _stamp(after) == found.stamp and len(content) == found.size else None


def _make_batch(part: list[tuple[ListedFile, bytes]], seen: dict[str, Stamp]) -> Batch:
    """Make a batch; `seen` grows by its files, so that the next batch goes on after them."""
    seen |= {found.name: found.stamp for found, _ in part}
    return Batch(tuple((found.name, content) for found, content in part), {"seen": dict(seen)})


def _is_meant(name: str, query: Query) -> bool:
    """Tell whether a file may speak of the asked period: by the date in its name, where it has one."""
    told = find_data_date_in_name(name)
    if told is None:
        return True
    start, end = query.start or date.min, query.end or date.max
    return told.start <= end and told.end >= start


def _stamp(entry: dict[str, Any]) -> Stamp:
    return [entry["size"], str(entry["mtime"])]


def _connect_sftp(source: SftpSource, place: Place) -> fsspec.AbstractFileSystem:
    """Connect over SFTP. Raises PullFault where asyncssh would go on without a check, and whatever it raises itself."""
    from sshfs import SSHFileSystem

    known_hosts = place.locate(source.known_hosts_file)
    if not known_hosts.is_file():
        raise PullFault("unknown_host_key", "không có tệp known_hosts")
    if source.key_file is None and source.password is None:
        raise PullFault("no_secret", "key_file hoặc password")
    limits = place.limits
    return SSHFileSystem(
        source.host,
        port=source.port,
        username=source.user,
        known_hosts=str(known_hosts),
        client_keys=[_find_key_file(source, place)] if source.key_file is not None else None,
        passphrase=source.passphrase.get_secret_value() if source.passphrase else None,
        password=source.password.get_secret_value() if source.password else None,
        agent_path=None,
        config=None,
        connect_timeout=limits.connect_seconds,
        login_timeout=limits.connect_seconds,
        keepalive_interval=_KEEPALIVE_SECONDS,
        skip_instance_cache=True,
    )


def _find_key_file(source: SftpSource, place: Place) -> str:
    assert source.key_file is not None
    key = place.locate(source.key_file)
    if not key.is_file():
        raise PullFault("unusable_key", "không có tệp")
    if key.stat().st_mode & 0o077:
        raise PullFault("unusable_key", f"chạy: chmod 600 {key}")
    return str(key)
