"""A home whose feeds are fetched, with limits short enough for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from dagster_project.contracts.registry import Registry, load_registry
from dagster_project.core.paths import Home
from dagster_project.ingest.receive.archive import open_archive
from dagster_project.ingest.receive.arrivals import ArrivalList
from dagster_project.ingest.transports.cursors import PullState, read_state
from dagster_project.ingest.transports.pull import Puller, PullResult
from dagster_project.settings.sources import Sources

AS_OF = date(2025, 7, 13)
QUICK = {
    "attempts": 3, "wait_seconds": 0.01, "wait_max_seconds": 1.0, "connect_seconds": 2, "read_seconds": 2,
    "answer_seconds": 3, "deadline_seconds": 20, "max_megabytes": 20,
}  # fmt: skip


@dataclass
class Office:
    """One home with its configured sources."""

    home: Home
    feeds: dict[str, dict[str, Any]]
    limits: dict[str, Any]

    def puller(self, as_of: date = AS_OF) -> Puller:
        """As a night makes it."""
        sources = Sources.model_validate({"feeds": self.feeds, "limits": QUICK | self.limits})
        return Puller(self.home, registry(), sources, as_of)

    def pull(self, as_of: date = AS_OF, is_landed: bool = True, **asked: Any) -> dict[str, PullResult]:
        """One night's pulls; the cursors move unless the landing fails."""
        puller = self.puller(as_of)
        pulled = puller.pull(**asked)
        if is_landed:
            puller.keep_cursors()
        return pulled

    def names(self, feed_id: str) -> list[str]:
        """Every name that arrived, in order of arrival."""
        return [a.file for a in ArrivalList(self.home.arrivals).read_arrivals() if a.feed_id == feed_id]

    def contents(self, feed_id: str) -> dict[str, bytes]:
        """Name → bytes as the archive gives them back; of a name that came twice the latest."""
        archive = open_archive(self.home)
        arrivals = [a for a in ArrivalList(self.home.arrivals).read_arrivals() if a.feed_id == feed_id]
        return {a.file: archive.get(a.sha256) for a in arrivals}

    def state(self, feed_id: str) -> PullState:
        """What is remembered of a feed."""
        return read_state(self.home.pulls, feed_id)


@cache
def registry() -> Registry:
    """The project's feeds, read once."""
    return load_registry()


def office(root: Path, feeds: dict[str, dict[str, Any]], **limits: Any) -> Office:
    """A fresh home below `root`."""
    return Office(Home(root / "home"), feeds, limits)
