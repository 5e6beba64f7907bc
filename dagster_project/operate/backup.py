"""A copy of a home, to set it up again: everything but scratch, keys and secrets. Keys go to another place.

The copy is made under the night's lock, file by file: one that is there with the same size and time is not copied
again. What the home no longer has is removed from the copy too, half-written files of a killed backup among it, so that
a backup keeps nothing longer than the rules of retention allow.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dagster_project.core.durable_files import (
    TEMPORARY_PREFIX,
    make_temporary_name,
    make_way,
    pass_fault_point,
    remove,
    remove_temporary,
    write_durably,
)
from dagster_project.core.errors import UsageError
from dagster_project.core.paths import Home
from dagster_project.settings.settings import refuse_file
from dagster_project.warehouse.lock import hold_night_lock

LEFT_OUT = ("build", "dagster", "keys", "secrets", "demo", "night.lock", "manifest")
"""Scratch and caches, which can be made again, and keys, which must not lie beside the data that they open."""


@dataclass(frozen=True)
class BackupResult:
    """Counts files: copied; kept because they were there already; removed because the home no longer has them."""

    copied: int
    kept: int
    removed: int


def back_up(home: Home, target: Path, keys_to: Path | None = None) -> BackupResult:
    """Make `target` a copy of the home; `keys_to`, where the keys go, is only checked here.

    Raises NightRunningError while a night runs, UsageError for a target inside the home or with other files in it, and
    when the keys would lie inside the copy.
    """
    refuse_file(target.absolute(), "Chọn một thư mục.")
    if keys_to is not None:
        refuse_file(keys_to.absolute(), "Chọn một thư mục.")
        if keys_to.resolve().is_relative_to(target.resolve()):
            raise UsageError(
                f"{keys_to} nằm trong bản sao dữ liệu: ai có cả hai thì đọc được mọi tệp gốc.",
                "Chọn nơi khác cho --keys-to.",
            )
    if not home.root.is_dir():
        raise UsageError(f"Chưa có thư mục cài đặt {home.root}.")
    if target.absolute().is_relative_to(home.root.absolute()):
        raise UsageError("Nơi sao lưu nằm trong chính thư mục cài đặt.", "Chọn ổ đĩa khác.")
    if _holds_other_files(home, target):
        raise UsageError(f"{target} đã có tệp khác.", "Chọn một thư mục trống.")
    with hold_night_lock(home):
        _make_like(home.root, target)
        found = _list_files(home.root)
        wanted = {path.relative_to(home.root): path for path in found if not path.name.startswith(TEMPORARY_PREFIX)}
        first = home.arrivals.relative_to(home.root)  # by it the next backup knows the copy
        copied = int(first in wanted and _copy(home.arrivals, target / first))
        for folder in sorted({folder for name in wanted for folder in name.parents}):
            _make_like(home.root / folder, target / folder)
        copied += sum(_copy(path, target / name) for name, path in wanted.items())
        gone = [path for path in _list_files(target) if path.relative_to(target) not in wanted]
        for path in gone:
            remove(path)
    outlived = [path for path in gone if not path.name.startswith(TEMPORARY_PREFIX)]
    return BackupResult(copied, len(wanted) - copied, len(outlived))


def _holds_other_files(home: Home, target: Path) -> bool:
    """Tell whether a folder holds something and is no copy of a home, not even one that was killed as it began."""
    if not target.is_dir() or (target / home.arrivals.name).exists():
        return False
    return any(not path.name.startswith(TEMPORARY_PREFIX) for path in target.iterdir())


def back_up_keys(home: Home, target: Path) -> int:
    """Copy keys and secrets, each whole or not at all, readable by their owner alone. Returns how many files."""
    found = [path for folder in (home.keys, home.secrets) if folder.is_dir() for path in folder.iterdir()]
    for path in found:
        place = target / path.parent.name / path.name
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        remove_temporary(place.parent, 0)
        write_durably(place, path.read_bytes(), mode=0o600)
    return len(found)


def _list_files(root: Path) -> Iterator[Path]:
    """List files, links, and what is half written (a file or a folder) of a home or a copy."""
    for parent, folders, names in os.walk(root):
        if Path(parent) == root:
            folders[:] = [name for name in folders if name not in LEFT_OUT]
            names = [name for name in names if name not in LEFT_OUT]
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        halves = [name for name in folders if name.startswith(TEMPORARY_PREFIX)]
        folders[:] = [name for name in folders if name not in halves]
        yield from (Path(parent) / name for name in (*names, *links, *halves))


def _make_like(folder: Path, target: Path) -> None:
    """Make a folder that the same people may open, so that a home that is laid back is as it was."""
    if not target.is_dir():
        target.mkdir(parents=True, mode=0o700)
        target.chmod(stat.S_IMODE(folder.stat().st_mode))


def _copy(source: Path, target: Path) -> bool:
    """Copy one file or link, whole or not at all. Returns False when the same copy is there already."""
    if source.is_symlink():
        if target.is_symlink() and target.readlink() == source.readlink():
            return False
    elif target.is_file() and not target.is_symlink():
        ours, theirs = source.stat(), target.stat()
        if (ours.st_size, ours.st_mtime_ns) == (theirs.st_size, theirs.st_mtime_ns):
            return False
    temporary = make_temporary_name(target)
    make_way(target)
    shutil.copy2(source, temporary, follow_symlinks=False)
    pass_fault_point("half_copied")
    os.replace(temporary, target)
    pass_fault_point("one_copied")
    return True
