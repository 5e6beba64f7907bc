"""Small durable file operations, and the named steps at which a test may kill the night."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

FAULT_VARIABLE = "HAICAP_FAULT_STEP"
"""Name of a step at which the process dies as if killed: the reliability tests set it, nothing else does."""

TEMPORARY_PREFIX = ".tmp-"


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


def write_durably(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file whole or not at all, surviving a crash: beside it, fsync, rename, fsync of the folder.

    `mode` is the new file's from its first byte on.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = make_temporary_name(path)
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    sync(path.parent)  # a rename is only in the folder's memory until the folder is synced


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
    os.replace(temporary, link)
    sync(link.parent)


def remove_temporary(folder: Path) -> None:
    """Remove what dead runs left half written in `folder`. Only for the one night that holds the lock."""
    if not folder.is_dir():
        return
    for stray in folder.glob(f"{TEMPORARY_PREFIX}*"):
        if stray.is_dir() and not stray.is_symlink():
            shutil.rmtree(stray)
        else:
            stray.unlink()


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in lower-case hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
