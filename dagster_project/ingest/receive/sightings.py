"""Which files of the inbox the last night hashed, so that what has not changed since is not opened again.

A file is known by device and inode, and trusted while its size and both its times stand still. One that was changed
within two seconds before it was hashed is not trusted: the clock of its disk may be too coarse to tell another change.
No name is kept: names may hold persons.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

_DOUBT_NS = 2_000_000_000


@dataclass(frozen=True)
class Sighting:
    """Holds what a file was like when its bytes were hashed: size, times of the last change of its bytes
    (`modified_ns`) and of anything about it (`changed_ns`), SHA-256."""

    size: int
    modified_ns: int
    changed_ns: int
    sha256: str


@dataclass
class Sightings:
    """Collects what is seen of the inbox. `before`: what earlier nights saw; `now`: what the next may trust."""

    before: dict[str, Sighting] = field(default_factory=dict)
    now: dict[str, Sighting] = field(default_factory=dict)

    def find_hash(self, state: os.stat_result) -> str | None:
        """Find the hash of a file that is as it was when it was hashed; None when there is any doubt."""
        name = _name_file(state)
        seen = self.before.get(name)
        if seen is None or seen != Sighting(state.st_size, state.st_mtime_ns, state.st_ctime_ns, seen.sha256):
            return None
        self.now[name] = seen
        return seen.sha256

    def note(self, state: os.stat_result, sha256: str, begun_ns: int) -> None:
        """Note a file whose bytes were hashed from the moment `begun_ns` on (nanoseconds of the epoch)."""
        if begun_ns - max(state.st_mtime_ns, state.st_ctime_ns) > _DOUBT_NS:
            seen = Sighting(state.st_size, state.st_mtime_ns, state.st_ctime_ns, sha256)
            self.now[_name_file(state)] = seen


def read_clock() -> int:
    """Return the present moment in nanoseconds of the epoch."""
    return time.time_ns()


def _name_file(state: os.stat_result) -> str:
    return f"{state.st_dev}:{state.st_ino}"
