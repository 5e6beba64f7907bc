"""This module knows what every feed needs while it writes: where, when, how messy, and the world."""

from __future__ import annotations

import calendar
import hashlib
import zlib
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from dagster_project.simulate.reference import Reference, load_reference
from dagster_project.simulate.statements import Delivery, FileRecord
from dagster_project.simulate.world.dossiers import FIRST_MONTH, Season, build_world

if TYPE_CHECKING:
    from dagster_project.simulate.quirks.ordinary import Batch

Mess = Literal["none", "normal", "hard", "field"]


@dataclass
class Context:
    """A context is one simulation: its inbox, seed, scale, last day, how messy the files are, how the year goes, and
    the reference facts.
    """

    inbox: Path
    seed: int
    scale: float
    as_of: date
    mess: Mess
    season: Season = "ordinary"
    ref: Reference = field(default_factory=load_reference)
    memo: dict[str, pd.DataFrame] = field(default_factory=dict)

    @cached_property
    def world(self) -> pd.DataFrame:
        """Return all dossiers, drawn once and only if a feed needs them."""
        return build_world(self.seed, self.scale, self.as_of, self.ref, self.season)

    @cached_property
    def procedure_codes(self) -> np.ndarray:
        """Return the procedure codes in catalogue order."""
        return self.ref.procedure["procedure_code"].to_numpy(dtype=object)

    def list_area(self, area: str) -> pd.DataFrame:
        """Return the dossiers that one area's system holds."""
        if area not in self.memo:
            self.memo[area] = self.world[(self.world["area"] == area).to_numpy()]
        return self.memo[area]

    def list_months(self) -> list[np.datetime64]:
        """Return the months begun by `as_of`, from January 2025."""
        return list(np.arange(FIRST_MONTH, np.datetime64(self.as_of, "M") + 1))

    def make_rng(self, *names: str) -> np.random.Generator:
        """Return a random stream of its own for each file, so that one feed's quirks never shift another's."""
        return np.random.default_rng([self.seed, 2, zlib.crc32("/".join(names).encode())])

    @property
    def is_hard(self) -> bool:
        """Return whether it is a bad season, of which what offices really send is the worst."""
        return self.mess in ("hard", "field")

    @property
    def is_field(self) -> bool:
        """Return whether the files come in all the forms that offices really use."""
        return self.mess == "field"

    def find_path(self, feed_id: str, file: str) -> Path:
        """Return where a file of a feed goes."""
        return self.inbox / feed_id / file

    def write(self, feed_id: str, file: str, content: bytes) -> str:
        """Write a file of a feed and return its SHA-256 as hexadecimal digits."""
        path = self.find_path(feed_id, file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return hashlib.sha256(content).hexdigest()

    def compute_sha256(self, feed_id: str, file: str) -> str:
        """Return the SHA-256 of a written file as hexadecimal digits."""
        return hashlib.sha256(self.find_path(feed_id, file).read_bytes()).hexdigest()

    def note(self, delivered: Delivery, record: FileRecord, batch: Batch) -> None:
        """Keep what each quirk did in this file."""
        for name, count in batch.log.items():
            if count:
                delivered.quirks.append({"feed_id": record.feed_id, "file": record.file, "quirk": name, "count": count})


def find_month_start(month: np.datetime64) -> date:
    """Return the first day of a month."""
    return date(int(str(month)[:4]), int(str(month)[5:]), 1)


def find_month_end(month: np.datetime64) -> date:
    """Return the last day of a month."""
    year, number = int(str(month)[:4]), int(str(month)[5:])
    return date(year, number, calendar.monthrange(year, number)[1])
