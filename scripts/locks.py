"""What the locks pin: name, version and the hashes of the files that may be installed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
RUNTIME_LOCKS = ("requirements.lock", *(f"requirements.{part}.lock" for part in ("chat", "postgresql", "ui")))
"""What a release brings with it, extras included; the tools of its makers are no part of it."""
_SYSTEMS = [
    {"sys_platform": system, "os_name": "posix", "platform_system": name, "python_version": version}
    | {"python_full_version": f"{version}.0"}
    for system, name in (("linux", "Linux"), ("darwin", "Darwin"))
    for version in ("3.11", "3.12", "3.13")
]
"""Where haicap runs: what a lock holds for Windows is never installed."""
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, order=True)
class Pin:
    """Holds one pinned package. `hashes`: SHA-256 of each of its files."""

    name: str
    version: str
    hashes: tuple[str, ...]


def read_pins(locks: Iterable[Path]) -> list[Pin]:
    """Read the pins of some locks, by name. A package has several where Python's versions need others."""
    return sorted({pin for lock in locks for pin in _read_lock(lock.read_text(encoding="utf-8"))})


def _read_lock(text: str) -> Iterator[Pin]:
    for entry in re.split(r"\n(?=[\w])", text.replace("\\\n", " ")):
        line = entry.split("\n", 1)[0]
        if "==" not in line:
            continue
        required = Requirement(line.split("--hash", 1)[0].strip())
        if required.marker is not None and not any(map(required.marker.evaluate, _SYSTEMS)):
            continue
        (specifier,) = required.specifier
        yield Pin(canonicalize_name(required.name), specifier.version, tuple(sorted(_HASH.findall(line))))
