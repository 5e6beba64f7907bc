"""Feeds land in turn; while the judge looks at one of them, the small ones that follow are already read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future

from dagster_project.ingest.landing.landing import FeedLanding, Landing, PendingFeed
from dagster_project.ingest.landing.scan import Scan

_MEANWHILE_BYTES = (
    8 << 20
)  # of files that may lie parsed before the judge: larger feeds keep both cores busy by themselves


class Turns:
    """Lands the feeds of one night.

    `order`: the feeds that will be landed, in their order; none is begun that is not in it or asked for. `begins` is
    called with a feed's id when its new files are about to be read.
    """

    def __init__(self, night: Landing, scan: Scan, order: Sequence[str], begins: Callable[[str], None]) -> None:
        self._night = night
        self._scan = scan
        self._after = {feed_id: order[place + 1 :] for place, feed_id in enumerate(order)}
        self._begins = begins
        self._begun: dict[str, Future[PendingFeed]] = {}

    def land(self, feed_id: str) -> FeedLanding:
        """Land one feed. Raises what reading or writing it raised, and nothing that another feed did."""
        self._begin(feed_id)
        for other in self._after.get(feed_id, ()):
            if sum(map(self._sum_sizes, {*self._begun, other})) > _MEANWHILE_BYTES:
                break
            self._begin(other)
        return self._night.finish(self._begun.pop(feed_id).result())

    def _begin(self, feed_id: str) -> None:
        if feed_id in self._begun:
            return
        begun: Future[PendingFeed] = Future()
        self._begun[feed_id] = begun
        if self._sum_sizes(feed_id):
            self._begins(feed_id)
        try:
            begun.set_result(self._night.begin(feed_id, self._scan))
        except Exception as fault:  # told when this feed's turn comes
            begun.set_exception(fault)

    def _sum_sizes(self, feed_id: str) -> int:
        return sum(arrival.size for arrival in self._scan.new if arrival.feed_id == feed_id)
