"""The manifest: one line an arrival, appended and never rewritten. Who sent what, under which name, in which night."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class Arrival:
    """One file under one name. `night` is the calendar day of the night that first saw it (as_of + 1)."""

    feed_id: str
    file: str
    sha256: str
    size: int
    night: date


class Manifest:
    """The arrivals of one home, in the order in which they were first seen."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._arrivals: list[Arrival] | None = None

    def arrivals(self) -> tuple[Arrival, ...]:
        """Every arrival ever seen. A last line cut off by a crash is not there: its file is simply seen again."""
        if self._arrivals is None:
            self._arrivals = []
            if self._path.exists():
                for line in self._path.read_text(encoding="utf-8").splitlines():
                    try:
                        fields = json.loads(line)
                    except json.JSONDecodeError:
                        continue
                    self._arrivals.append(Arrival(**fields | {"night": date.fromisoformat(fields["night"])}))
        return tuple(self._arrivals)

    def append(self, arrivals: Iterable[Arrival]) -> None:
        """Add the arrivals that are not there yet, durably."""
        known = {(a.feed_id, a.file, a.sha256) for a in self.arrivals()}
        new = [a for a in arrivals if (a.feed_id, a.file, a.sha256) not in known]
        if not new:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(asdict(a) | {"night": a.night.isoformat()}, ensure_ascii=False) for a in new]
        torn = self._path.exists() and not self._path.read_bytes().endswith(b"\n")
        with self._path.open("a", encoding="utf-8") as file:
            file.write(("\n" if torn else "") + "\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._arrivals = [*self.arrivals(), *new]
