"""Feeds land in turn; while the judge looks at one of them, the small ones that follow are already read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future

from dagster_project.ingest.landing.landing import FeedLanding, Landing, PendingFeed
from dagster_project.ingest.landing.scan import Scan

# Of files that may lie parsed before the judge. Larger feeds need no company: they keep both cores busy by themselves.
_MEANWHILE_BYTES = 8 << 20


class LandingTurns:
    """Lands the feeds of one night, each in its turn.

    `order`: the feeds that will be landed, in their order; none is begun that is not in it or asked for. `announce` is
    called with a feed's id when its new files are about to be read.
    """

    def __init__(self, landing: Landing, scan: Scan, order: Sequence[str], announce: Callable[[str], None]) -> None:
        self._landing = landing
        self._scan = scan
        self._after = {feed_id: order[place + 1 :] for place, feed_id in enumerate(order)}
        self._announce = announce
        self._pending: dict[str, Future[PendingFeed]] = {}

    def land(self, feed_id: str) -> FeedLanding:
        """Land one feed. Raises what reading or writing it raised, and nothing that another feed did."""
        self._begin(feed_id)
        for other in self._after.get(feed_id, ()):
            if sum(map(self._sum_sizes, {*self._pending, other})) > _MEANWHILE_BYTES:
                break
            self._begin(other)
        return self._landing.finish(self._pending.pop(feed_id).result())

    def _begin(self, feed_id: str) -> None:
        """Begin a feed, once; what goes wrong is kept for its own turn."""
        if feed_id in self._pending:
            return
        pending: Future[PendingFeed] = Future()
        self._pending[feed_id] = pending
        if self._sum_sizes(feed_id):
            self._announce(feed_id)
        try:
            pending.set_result(self._landing.begin(feed_id, self._scan))
        except Exception as fault:
            pending.set_exception(fault)

    def _sum_sizes(self, feed_id: str) -> int:
        """Return the bytes of the feed's new files."""
        return sum(arrival.size for arrival in self._scan.new if arrival.feed_id == feed_id)
