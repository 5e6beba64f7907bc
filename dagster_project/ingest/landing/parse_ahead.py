"""Parsing ahead: workers parse a night's files from the last one on, while the night parses from the first.

All take as many files of one feed at a time as are worth parsing together (`take_together`): small files validated as
one table cost a fraction of what each costs alone, so that a group of them, not a file, is what a worker has in hand.
Parsing is a pure function of a file's bytes, so it does not matter who does it, nor with which others. Only the night
writes.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from threading import Condition, Thread
from typing import TYPE_CHECKING, Self

from dagster_project.contracts.registry import Registry
from dagster_project.core.workers import Bounds, Worker, WorkerFault, WorkerStartFault
from dagster_project.ingest.receive.arrivals import Arrival
from dagster_project.ingest.receive.inbox import read_unchanged_content

if TYPE_CHECKING:
    from dagster_project.ingest.landing.parse import Parse

BOUNDS = Bounds(seconds=900)
"""Far more than any group of files that is parsed ahead takes; nobody has measured yet how much less would do."""

_WORTH_FILES = 24  # starting a process costs as much as parsing about so many small files …
_WORTH_BYTES = 4 << 20  # … or so much of large ones
_LARGEST = 32 << 20  # handing over the rows of a larger file takes more memory than it saves time
_WAITING = 64 << 20  # bytes of files that may lie parsed until the night comes to them
_TOGETHER_FILES = 32  # more gain little …
_TOGETHER_BYTES = 8 << 20  # … and large ones nothing: they would only lie in memory side by side
_GRACE = 30.0  # seconds beyond a worker's own bounds, so that it is the worker who says what went wrong
_PATIENCE = 3600.0  # seconds that a worker waits for the night to fetch what lies parsed; then it parses no more


def take_together(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Return the first of these files, and those after it that are parsed with it: of one feed, few and small."""
    taken = list(arrivals[:1])
    for arrival in arrivals[1:_TOGETHER_FILES]:
        if arrival.feed_id != taken[0].feed_id or sum(a.size for a in (*taken, arrival)) > _TOGETHER_BYTES:
            break
        taken.append(arrival)
    return taken


class ReadAhead:
    """Plans what is parsed ahead, and holds what is parsed. Use as a context manager.

    The night must `claim` files before it parses them, and `take` those that a worker has.
    """

    def __init__(
        self,
        arrivals: Iterable[Arrival],
        paths: Mapping[Arrival, Path],
        registry: Registry,
        key: bytes,
        workers: int = 1,
        bounds: Bounds = BOUNDS,
    ) -> None:
        """Take `arrivals` in the order in which the night comes to them; only those in `paths` can be parsed ahead."""
        self._todo = [a for a in arrivals if a in paths and a.size <= _LARGEST]
        self._paths = paths
        self._bounds = bounds
        self._parsing: set[Arrival] = set()
        self._done: dict[Arrival, Parse | WorkerFault | None] = {}
        self._changed = Condition()
        is_worth_it = len(self._todo) >= _WORTH_FILES or sum(a.size for a in self._todo) >= _WORTH_BYTES
        count = workers if is_worth_it and (os.cpu_count() or 1) > 1 else 0
        parse = partial(parse_in_worker, registry=registry, key=key)
        self.workers = [Worker(parse, bounds, import_parser) for _ in range(count)]
        self._threads = [Thread(target=self._hand_out, args=(worker,), daemon=True) for worker in self.workers]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._todo.clear()
            self._changed.notify_all()
        for worker in self.workers:
            worker.close()
        for thread in self._threads:
            thread.join(self._bounds.start_seconds)
        self._done.clear()

    def claim(self, arrivals: Iterable[Arrival]) -> list[Arrival]:
        """Return those of the files that no worker has come to: the caller parses them, and no worker will."""
        with self._changed:
            mine = [arrival for arrival in arrivals if arrival not in self._parsing and arrival not in self._done]
            self._todo = [arrival for arrival in self._todo if arrival not in mine]
            return mine

    def take(self, arrival: Arrival) -> Parse | None:
        """Wait for the parse of a file that was not claimed; None when it is blocked or is not there any more.

        Raises WorkerFault, which names the file, when its worker died or took too long over it.
        """
        with self._changed:
            bound = self._bounds.start_seconds + self._bounds.seconds + _GRACE
            if not self._changed.wait_for(lambda: arrival not in self._parsing, bound):
                raise WorkerFault(arrival.file, f"quá {bound:g} giây")
            parse = self._done.pop(arrival, None)
            self._changed.notify_all()
        if isinstance(parse, WorkerFault):
            raise parse
        return parse

    def _hand_out(self, worker: Worker[Sequence[tuple[Arrival, Path]], list[Parse | None]]) -> None:
        """Give a worker some files after the others until none is left, or workers cannot be started."""
        with contextlib.suppress(WorkerStartFault):
            while arrivals := self._take_next():
                self._ask(worker, arrivals)

    def _ask(
        self, worker: Worker[Sequence[tuple[Arrival, Path]], list[Parse | None]], arrivals: Sequence[Arrival]
    ) -> None:
        """Ask a worker to parse some files. Whatever comes of it, nobody waits for them afterwards."""
        names = ", ".join(f"{arrival.feed_id}/{arrival.file}" for arrival in arrivals)
        parses: Sequence[Parse | WorkerFault | None] = [None] * len(arrivals)
        try:
            answer = worker.ask([(arrival, self._paths[arrival]) for arrival in arrivals], names)
            if not isinstance(answer, list) or len(answer) != len(arrivals):
                raise WorkerFault(names, "câu trả lời không đủ cho các tệp")
            parses = answer
        except WorkerFault as fault:
            parses = [fault] * len(arrivals)
            if isinstance(fault, WorkerStartFault):
                raise
        finally:
            with self._changed:
                self._done |= zip(arrivals, parses, strict=True)
                self._parsing.difference_update(arrivals)
                self._changed.notify_all()

    def _take_next(self) -> list[Arrival]:
        """Take the files that a worker parses next, from the end of what is left."""
        with self._changed:
            is_room = self._changed.wait_for(lambda: not self._todo or self._sum_waiting_bytes() <= _WAITING, _PATIENCE)
            taken = take_together(self._todo[::-1])[::-1] if is_room else []
            del self._todo[len(self._todo) - len(taken) :]
            self._parsing.update(taken)
            return taken

    def _sum_waiting_bytes(self) -> int:
        return sum(arrival.size for arrival in self._done)


def import_parser() -> None:
    """Import what reads files: it takes longer than to read one."""
    import dagster_project.ingest.landing.parse  # noqa: F401


def parse_in_worker(files: Sequence[tuple[Arrival, Path]], registry: Registry, key: bytes) -> list[Parse | None]:
    """Parse some files of one feed; None for one that is not there any more or is blocked: the night finds out why."""
    from dagster_project.ingest.landing.parse import parse_files

    contents = {arrival: read_unchanged_content(arrival, path) for arrival, path in files}
    there = {arrival: content for arrival, content in contents.items() if content is not None}
    feed = registry.feeds[files[0][0].feed_id]
    answers = parse_files([(content, a.file) for a, content in there.items()], feed, registry, key)
    parses = {a: answer for a, answer in zip(there, answers, strict=True) if not isinstance(answer, Exception)}
    return [parses.get(arrival) for arrival, _ in files]
