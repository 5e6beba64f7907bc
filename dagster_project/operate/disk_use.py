"""How much of the disk a home takes, part by part, and how much is left."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from dagster_project.core.paths import Home


@dataclass(frozen=True)
class DiskUse:
    """Holds bytes: of the parts of a home that grow, and free on the disk of the home."""

    published: int
    extracts: int
    landing: int
    archive: int
    vault: int
    ledger: int
    free: int


def measure_home(home: Home) -> DiskUse:
    """Measure a home: the sizes of its files, one that stands in several places counted once."""
    return DiskUse(
        published=_measure(home.published),
        extracts=_measure(home.extracts),
        landing=_measure(home.landing),
        archive=_measure(home.archive),
        vault=_measure(home.vault),
        ledger=_measure(home.ledger),
        free=shutil.disk_usage(home.root).free,
    )


def _measure(folder: Path) -> int:
    """Sum the sizes of all files below a folder; what goes while it is looked at, or may not be seen, counts 0."""
    sizes: dict[tuple[int, int], int] = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                found = (Path(parent) / name).lstat()
            except OSError:
                continue
            sizes[found.st_dev, found.st_ino] = found.st_size
    return sum(sizes.values())
