"""Small files of the home, written whole and durably and read whole or not at all; steps at which a test may kill."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster_project.core.errors import DamagedFile

FAULT_VARIABLE = "HAICAP_FAULT_STEP"
"""Name of a step at which the process dies as if killed: the reliability tests set it, nothing else does."""

TEMPORARY_PREFIX = ".tmp-"
_SYNCS = 8  # files that wait for the disk at once

HOME_UMASK = 0o027
"""What haicap makes is for its owner, and to be read by the group of the home (readers); archive, vault and keys are
for the owner alone, whatever this says."""

Shape = Mapping[str, type | tuple[type, ...]]
"""Key that a state file must have → type of its value."""


def pass_fault_point(step: str) -> None:
    """End the process without any clean-up when a test asked for its death at `step`."""
    if os.environ.get(FAULT_VARIABLE) == step:
        os._exit(137)


def sync(path: Path) -> None:
    """Make a file's bytes, or a folder's names, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_temporary_name(path: Path) -> Path:
    """Return a name in the same folder, so that a rename is atomic; the next start removes it if this process dies."""
    return path.with_name(f"{TEMPORARY_PREFIX}{os.getpid()}-{path.name}")


def write_durably(path: Path, content: bytes, mode: int = 0o640) -> None:
    """Write a file whole or not at all, surviving a crash: beside it, fsync, rename, fsync of the folder.

    `mode` is the new file's from its first byte on.
    """
    with write_together() as together:
        together.write(path, content, mode)


class WholeFiles:
    """Writes files of which each is whole or absent, and which are durable together when `name_all` returns: many wait
    for the disk at once, and each folder is synced once."""

    def __init__(self) -> None:
        self._written: dict[Path, Path] = {}

    def write(self, path: Path, content: bytes, mode: int = 0o640) -> None:
        """Write a file beside its place. `mode` is the new file's from its first byte on."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = make_temporary_name(path)
        temporary.unlink(missing_ok=True)
        self._written[path] = temporary
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)

    def name_all(self) -> None:
        """Give what was written its names: fsync, rename, fsync of the folders."""
        if len(self._written) > 1:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(_SYNCS) as syncs:  # the disk's journal takes those that wait in one go
                list(syncs.map(sync, self._written.values()))
        else:
            deque(map(sync, self._written.values()), maxlen=0)
        for path, temporary in self._written.items():
            make_way(path)
            os.replace(temporary, path)
        for folder in {path.parent for path in self._written}:
            sync(folder)  # a rename is only in the folder's memory until the folder is synced

    def discard(self) -> None:
        """Remove what was written and has no name yet."""
        for temporary in self._written.values():
            temporary.unlink(missing_ok=True)


@contextmanager
def write_together() -> Iterator[WholeFiles]:
    """Write many files, each whole or not at all; they are durable when the block ends. What a fault leaves unfinished
    goes; what a kill leaves, the next start removes.
    """
    files = WholeFiles()
    try:
        yield files
        files.name_all()
    finally:
        files.discard()


def make_way(path: Path) -> None:
    """Remove an empty folder that stands where a file belongs. Raises DamagedFile for one that holds something."""
    if path.is_dir() and not path.is_symlink():
        try:
            path.rmdir()
        except OSError as error:
            raise DamagedFile(
                path, "là thư mục, trong khi phải là tệp", "Chuyển thư mục ấy đi nơi khác rồi chạy lại."
            ) from error


def parse_json(content: str) -> Any:
    """Return what a JSON text of the home says. Raises ValueError for what is none, or is nested too deep."""
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("nested too deep") from None


def read_json(path: Path, shape: Shape, remedy_vi: str) -> dict[str, Any]:
    """Return what a small JSON file of the home says. A missing file is a FileNotFoundError.

    Raises DamagedFile for anything but a mapping with these keys, and values of these types; `remedy_vi`: what to do.
    """
    if path.is_dir():
        raise DamagedFile(path, "là thư mục, trong khi phải là tệp", remedy_vi)
    try:
        told = parse_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        found = "trống" if path.stat().st_size == 0 else "không phải JSON"
        raise DamagedFile(path, found, remedy_vi) from error
    if not isinstance(told, dict):
        raise DamagedFile(path, "không gồm các mục", remedy_vi)
    for key, kind in shape.items():
        if not isinstance(told.get(key), kind):
            raise DamagedFile(path, f"thiếu mục {key}, hoặc mục ấy sai", remedy_vi)
    return told


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a small JSON file whole or not at all."""
    write_durably(path, encode_json(content))


def encode_json(content: dict[str, Any]) -> bytes:
    """Return a small JSON file as bytes, indented, because people read it, too."""
    return (json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n").encode("utf-8")


def point_link(link: Path, target: str) -> None:
    """Make `link` a symlink to `target` in one step: a reader sees the old one or the new one, never none."""
    temporary = make_temporary_name(link)
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    make_way(link)
    os.replace(temporary, link)
    sync(link.parent)


def remove_temporary(root: Path, depth: int) -> None:
    """Remove what dead runs left half written in `root` and in its folders, so many levels down.

    Only under the night's lock. What a living process writes stays: some write without the lock (the log of who looked
    into the vault, Dagster's parse).
    """
    for entry in _list_entries(root):
        if entry.name.startswith(TEMPORARY_PREFIX):
            if not _is_of_another(entry.name):
                remove(Path(entry.path))
        elif depth and entry.is_dir(follow_symlinks=False):
            remove_temporary(Path(entry.path), depth - 1)


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _list_entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            yield from found
    except (FileNotFoundError, NotADirectoryError):
        return


def _is_of_another(name: str) -> bool:
    """Tell whether the process in a temporary name lives and is not this one."""
    number = name.removeprefix(TEMPORARY_PREFIX).partition("-")[0]
    return number.isdecimal() and int(number) != os.getpid() and is_alive(int(number))


def is_alive(process: int) -> bool:
    """Tell whether there is a process of this number."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in lower-case hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
