"""Files are read in processes of their own, bounded in memory and time; the night waits for what they make of them.

A worker has as many files of one feed in hand as are worth parsing together (`group_files`): small files validated as
one table cost a fraction of what each costs alone. When it fails over several, each is asked for again alone, so that
the file that it fails of is known: that one is blocked, and the others are not. Parsing is a pure function of a file's
bytes, so it does not matter who does it, nor with which others. Only the night writes.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from threading import Condition, Thread
from typing import TYPE_CHECKING, Self

from dagster_project.contracts.registry import Registry
from dagster_project.contracts.rules import load_rules
from dagster_project.core.errors import BlockedFile, HaicapError
from dagster_project.core.paths import Home
from dagster_project.core.workers import Bounds, Worker, WorkerFault, WorkerStartFault
from dagster_project.ingest.landing.account import make_block
from dagster_project.ingest.receive.archive import open_archive
from dagster_project.ingest.receive.arrivals import Arrival
from dagster_project.ingest.receive.inbox import read_unchanged_content

if TYPE_CHECKING:
    from dagster_project.ingest.landing.parse import Parse

    Files = Sequence[tuple[Arrival, Path | None]]
    Answers = list[Parse | HaicapError]

BOUNDS = Bounds(seconds=1200, cpu_seconds=300, memory=1 << 30)
"""What the settings say when they say nothing (`reading` in `haicap.yaml`)."""

_WORTH_FILES = 24  # starting a process costs as much as parsing about so many small files …
_WORTH_BYTES = 4 << 20  # … or so much of large ones
_WAITING = 64 << 20  # bytes of files that may lie parsed until the night comes to them
_TOGETHER_FILES = 32  # more gain little …
_TOGETHER_BYTES = 8 << 20  # … and large ones nothing: they would only lie in memory side by side
_GRACE = 30.0  # seconds beyond a worker's own bounds, so that it is the worker who says what went wrong
_PATIENCE = 60.0  # seconds after which whoever waits for the night looks whether it has ended
_BLOCKS = ("time", "memory", "death", "killed")  # what a file may do to its worker; all else is this installation's


class ParseWorkers:
    """Holds what is to be parsed, and what is parsed and not yet fetched. Use as a context manager.

    Processes start with the first file. `expect` says what the night comes to next; `fetch` waits for it.
    """

    def __init__(
        self,
        home: Home,
        arrivals: Iterable[Arrival],
        paths: Mapping[Arrival, Path],
        registry: Registry,
        key: bytes,
        count: int | None = None,
        bounds: Bounds = BOUNDS,
    ) -> None:
        """Take `arrivals`, all that may be asked for, in the order in which the night probably comes to them. `count`:
        how many processes; None for as many as gain something.
        """
        open_archive(home)  # its key is made here, not by two processes at a time
        arrivals = list(arrivals)
        self._paths = paths
        self._bounds = bounds
        self._todo = deque(group_files(arrivals))
        self._in_hand: set[Arrival] = set()
        self._done: dict[Arrival, Parse | HaicapError] = {}
        self._wanted: Arrival | None = None
        self._changed = Condition()
        parse = partial(parse_in_worker, home=home, registry=registry, key=key)
        self.workers = [Worker(parse, bounds, import_parser) for _ in range(count or _count_worthy(arrivals))]
        self._threads = [Thread(target=self._hand_out, args=(worker,), daemon=True) for worker in self.workers]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._todo = deque()
            self._threads, threads = [], self._threads
            self._changed.notify_all()
        for worker in self.workers:
            worker.close()
        for thread in threads:
            thread.join(self._bounds.start_seconds)

    def expect(self, arrivals: Sequence[Arrival]) -> None:
        """Have these files parsed before all others, in their order."""
        with self._changed:
            first = [a for a in arrivals if a not in self._in_hand and a not in self._done]
            wanted = set(first)
            rest = ([a for a in group if a not in wanted] for group in self._todo)
            self._todo = deque([*group_files(first), *(group for group in rest if group)])
            self._changed.notify_all()

    def fetch(self, arrival: Arrival) -> Parse | BlockedFile:
        """Wait for the parse of a file that was expected; BlockedFile when it cannot be used as a whole.

        Raises HaicapError for what is no fault of the file: its bytes are nowhere, no process can be started.
        """
        answer = self._await(arrival)
        if isinstance(answer, HaicapError) and not isinstance(answer, BlockedFile):
            self.expect([arrival])  # it may have been asked for before its bytes were put away
            answer = self._await(arrival)
        if isinstance(answer, HaicapError) and not isinstance(answer, BlockedFile):
            raise answer
        return answer

    def _await(self, arrival: Arrival) -> Parse | HaicapError:
        bound = self._bounds.start_seconds + self._bounds.seconds + _GRACE
        with self._changed:
            self._wanted = arrival
            self._changed.notify_all()
            while arrival not in self._done:
                if not self._threads:
                    raise WorkerStartFault(arrival.file, "tiến trình phụ đã đóng")
                if not self._changed.wait(bound):  # whoever has files in hand tells of them within their bounds
                    raise WorkerFault(arrival.file, f"quá {bound:g} giây")
            self._wanted = None
            return self._done.pop(arrival)

    def _hand_out(self, worker: Worker[Files, Answers]) -> None:
        """Give a worker some files after the others until the night ends."""
        while arrivals := self._take_next():
            answers = self._ask(worker, arrivals)
            with self._changed:
                self._done |= answers
                self._in_hand.difference_update(arrivals)
                self._todo.extendleft([arrival] for arrival in reversed(arrivals) if arrival not in answers)
                self._changed.notify_all()

    def _take_next(self) -> list[Arrival]:
        """Take the files that a worker parses next; waits while there are none. None at the end of the night."""
        with self._changed:
            while self._threads and not (self._todo and self._has_room()):
                self._changed.wait(_PATIENCE)
            taken = self._todo.popleft() if self._threads else []
            self._in_hand.update(taken)
            return taken

    def _has_room(self) -> bool:
        """Tell whether more may lie parsed: always while the night waits for a file."""
        return self._wanted is not None or sum(arrival.size for arrival in self._done) <= _WAITING

    def _ask(self, worker: Worker[Files, Answers], arrivals: Sequence[Arrival]) -> dict[Arrival, Parse | HaicapError]:
        """Return what a worker makes of some files; nothing when it failed over several, which are then asked for
        alone."""
        names = ", ".join(f"{arrival.feed_id}/{arrival.file}" for arrival in arrivals)
        question = [(arrival, self._paths.get(arrival)) for arrival in arrivals]
        try:
            return dict(zip(arrivals, _ask_once(worker, question, names), strict=True))
        except WorkerStartFault as fault:
            return dict.fromkeys(arrivals, fault)
        except WorkerFault as fault:
            return {} if len(arrivals) > 1 else {arrivals[0]: self._judge_fault(worker, question, fault)}

    def _judge_fault(self, worker: Worker[Files, Answers], question: Files, fault: WorkerFault) -> Parse | HaicapError:
        """Return what a fault over one file means: the file is blocked, or it is a fault of this installation."""
        if fault.cause == "killed":  # by the system in want of memory, or a person: perhaps not for this file's sake
            try:
                return _ask_once(worker, question, fault.subject)[0]
            except WorkerFault as again:
                fault = again
        if fault.cause not in _BLOCKS:
            return fault
        words = load_rules()["over_bounds"]
        return BlockedFile("over_bounds", f"{words.message_vi} ({fault.reason})", words.remedy_vi)


def _ask_once(worker: Worker[Files, Answers], question: Files, names: str) -> Answers:
    """Return one answer a file. Raises WorkerFault."""
    answers = worker.ask(question, names)
    if not isinstance(answers, list) or len(answers) != len(question):
        raise WorkerFault(names, "câu trả lời không đủ cho các tệp")
    return answers


def group_files(arrivals: Sequence[Arrival]) -> list[list[Arrival]]:
    """Split files into those that are parsed together, in their order: of one feed, few and small."""
    groups: list[list[Arrival]] = []
    for arrival in arrivals:
        if groups and _belongs_to(groups[-1], arrival):
            groups[-1].append(arrival)
        else:
            groups.append([arrival])
    return groups


def _belongs_to(group: Sequence[Arrival], arrival: Arrival) -> bool:
    is_small = sum(one.size for one in (*group, arrival)) <= _TOGETHER_BYTES
    return arrival.feed_id == group[0].feed_id and len(group) < _TOGETHER_FILES and is_small


def _count_worthy(arrivals: Sequence[Arrival]) -> int:
    """Return how many processes gain more than their start costs."""
    is_much = len(arrivals) >= _WORTH_FILES or sum(a.size for a in arrivals) >= _WORTH_BYTES
    return (os.cpu_count() or 1) if is_much else 1


def import_parser() -> None:
    """Import what reads files: it takes longer than to read one."""
    import dagster_project.ingest.landing.parse  # noqa: F401


def parse_in_worker(files: Files, home: Home, registry: Registry, key: bytes) -> Answers:
    """Parse some files of one feed, from the inbox or else from the archive.

    In the place of a parse stands what blocks the file, or HaicapError when its bytes are nowhere.
    """
    from dagster_project.ingest.landing.parse import parse_files

    archive = open_archive(home)
    answers: dict[Arrival, Parse | HaicapError] = {}
    contents: list[tuple[Arrival, bytes]] = []
    for arrival, path in files:
        try:
            content = read_unchanged_content(arrival, path)
            contents.append((arrival, archive.get(arrival.sha256) if content is None else content))
        except HaicapError as lost:
            answers[arrival] = lost
    feed = registry.feeds[files[0][0].feed_id]
    parses = parse_files([(content, arrival.file) for arrival, content in contents], feed, registry, key)
    for (arrival, _), parse in zip(contents, parses, strict=True):
        answers[arrival] = make_block(parse) if isinstance(parse, Exception) else parse
    return [answers[arrival] for arrival, _ in files]
