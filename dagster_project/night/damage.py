"""What is said of a damaged file of a home that can be done without or made again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dagster_project.core.durable_files import remove


@dataclass(frozen=True)
class Damage:
    """Names a damaged file that can be done without or made again. `done_vi`: what `mend` does, as a person is told."""

    path: Path
    done_vi: str
    mend: Callable[[], object]


def forget_database(path: Path) -> None:
    """Remove an SQLite file with what lies beside it."""
    for one in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))):
        remove(one)
