"""Which files a build finds landed, and by that which night it is. Only light imports: a quiet night asks it, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import Registry
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batches import Batch, read_batches
from dagster_project.ingest.receive.arrivals import Arrival, ArrivalList
from dagster_project.warehouse import ledger
from dagster_project.warehouse.identity import Identity, compute_identity


def identify_build(home: Home, registry: Registry, as_of: date, is_rehearsal: bool = False) -> Identity:
    """Return the identity of a build of this day: the hash of all that it would read now, and of nothing else.

    Of a file that is its parse (today's, or an earlier one that stands in for it), what that changed against the parse
    before it, and under which names and since when
    it is known; of the ledger the entries of earlier days (`ledger.list_history`).
    """
    landed = (
        (
            feed.feed_id,
            sha256,
            batch.parser,
            batch.rereads,
            min(a.seen_on for a in arrivals).isoformat(),
            *list_names(arrivals),
        )
        for feed, sha256, arrivals, batch in list_landed_files(home, registry)
    )
    history = (entry.identity for entry in ledger.list_history(home, as_of))
    return compute_identity(landed, home, as_of, history, is_rehearsal)


def list_landed_files(home: Home, registry: Registry) -> Iterator[tuple[Feed, str, list[Arrival], Batch]]:
    """List every file that is landed, by feed and hash: feed, hash, its arrivals, its batch."""
    by_object: dict[tuple[str, str], list[Arrival]] = {}
    for arrival in ArrivalList(home.arrivals).read_arrivals():
        if arrival.feed_id in registry.feeds:
            by_object.setdefault((arrival.feed_id, arrival.sha256), []).append(arrival)
    landed = read_batches(home)
    for (feed_id, sha256), arrivals in sorted(by_object.items()):
        batch = landed.get((feed_id, sha256))
        if batch is not None:
            yield registry.feeds[feed_id], sha256, arrivals, batch


def list_names(arrivals: Iterable[Arrival]) -> list[str]:
    """List the names under which one file came, each once, sorted."""
    return sorted({arrival.file for arrival in arrivals})
