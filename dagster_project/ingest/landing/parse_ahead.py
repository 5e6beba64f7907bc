"""Parsing ahead: a second process parses a night's files from the last one on, while the night parses from the first.

Both take as many files of one feed at a time as are worth opening together (`together`). Parsing is a pure function of
a file's bytes, so it does not matter who does it, nor with which others. Only the night writes: a helper that dies, or
cannot read a file, leaves that file to the night, which then says what is wrong with it; a night that dies closes the
pipe, and its helper ends.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from threading import Condition, Thread
from typing import TYPE_CHECKING, Self

from dagster_project.contracts.registry import Registry
from dagster_project.ingest.receive.arrivals import Arrival
from dagster_project.ingest.receive.inbox import read_unchanged_content

if TYPE_CHECKING:
    from dagster_project.ingest.landing.parse import Parse

_WORTH_FILES = 24  # starting a process costs as much as parsing about so many small files …
_WORTH_BYTES = 4 << 20  # … or so much of large ones
_LARGEST = 32 << 20  # handing over the rows of a larger file takes more memory than it saves time
_WAITING = 64 << 20  # bytes of files that may lie parsed until the night comes to them
_TOGETHER_FILES = 32  # more gain little …
_TOGETHER_BYTES = 8 << 20  # … and large ones nothing: they would only lie in memory side by side


def together(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """The first of these files, and those after it that are opened with it: of one feed, few and small."""
    taken = list(arrivals[:1])
    for arrival in arrivals[1:_TOGETHER_FILES]:
        if arrival.feed_id != taken[0].feed_id or sum(a.size for a in (*taken, arrival)) > _TOGETHER_BYTES:
            break
        taken.append(arrival)
    return taken


class ReadAhead:
    """A running helper. Use as a context manager; `claim` files before parsing them, and `take` those that it has."""

    def __init__(self, arrivals: Iterable[Arrival], paths: Mapping[Arrival, Path], registry: Registry, key: bytes):
        """`arrivals` in the order in which the night comes to them; only those in `paths` can be parsed ahead."""
        self._todo = [a for a in arrivals if a in paths and a.size <= _LARGEST]
        self._paths = paths
        self._setup = (registry, key)
        self._parsing: list[Arrival] = []
        self._done: dict[Arrival, Parse | None] = {}
        self._changed = Condition()
        self._helper: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        is_worth_it = len(self._todo) >= _WORTH_FILES or sum(a.size for a in self._todo) >= _WORTH_BYTES
        if is_worth_it and (os.cpu_count() or 1) > 1:
            command = [sys.executable, "-m", __name__]
            self._helper = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            Thread(target=self._hand_out, args=(self._helper,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._todo.clear()
            self._done.clear()
            self._changed.notify_all()
        if self._helper is not None:
            self._helper.kill()
            self._helper.wait()

    def claim(self, arrivals: Iterable[Arrival]) -> list[Arrival]:
        """Those of the files that the caller is to parse, for the helper has not come to them; it will not any more."""
        with self._changed:
            mine = [arrival for arrival in arrivals if arrival not in self._parsing and arrival not in self._done]
            self._todo = [arrival for arrival in self._todo if arrival not in mine]
            return mine

    def take(self, arrival: Arrival) -> Parse | None:
        """The helper's parse of a file that was not claimed, waiting for it; None when it could not parse it."""
        with self._changed:
            while arrival in self._parsing:
                self._changed.wait()
            parse = self._done.pop(arrival, None)
            self._changed.notify_all()
            return parse

    def _hand_out(self, helper: subprocess.Popen[bytes]) -> None:
        """Give the helper some files after the others until none is left or it is gone."""
        assert helper.stdin is not None
        assert helper.stdout is not None
        try:
            pickle.dump(self._setup, helper.stdin)
            while arrivals := self._next():
                pickle.dump([(arrival, self._paths[arrival]) for arrival in arrivals], helper.stdin)
                helper.stdin.flush()
                self._put(arrivals, pickle.load(helper.stdout))  # noqa: S301 - of our own process
        except (OSError, EOFError, pickle.UnpicklingError):  # the helper died: the night parses the rest
            with self._changed:
                self._todo.clear()
                self._parsing = []
                self._changed.notify_all()

    def _next(self) -> list[Arrival]:
        with self._changed:
            while self._todo and sum(arrival.size for arrival in self._done) > _WAITING:
                self._changed.wait()
            self._parsing = together(self._todo[::-1])[::-1]
            del self._todo[len(self._todo) - len(self._parsing) :]
            return self._parsing

    def _put(self, arrivals: Sequence[Arrival], parses: Sequence[Parse | None]) -> None:
        with self._changed:
            self._done |= zip(arrivals, parses, strict=True)
            self._parsing = []
            self._changed.notify_all()


def main() -> None:
    """Serve files until standard input closes. Only parses go to standard output."""
    questions, answers, sys.stdout = sys.stdin.buffer, sys.stdout.buffer, sys.stderr
    with contextlib.suppress(EOFError, BrokenPipeError):
        registry, key = pickle.load(questions)  # noqa: S301 - of the night
        while True:
            pickle.dump(_parse(pickle.load(questions), registry, key), answers, protocol=pickle.HIGHEST_PROTOCOL)  # noqa: S301
            answers.flush()


def _parse(files: Sequence[tuple[Arrival, Path]], registry: Registry, key: bytes) -> list[Parse | None]:
    """Each file's parse; None for one that is not there any more or cannot be parsed: the night finds out why."""
    from dagster_project.ingest.landing.parse import parse_files

    contents = {arrival: read_unchanged_content(arrival, path) for arrival, path in files}
    there = {arrival: content for arrival, content in contents.items() if content is not None}
    feed = registry.feeds[files[0][0].feed_id]
    try:
        answers = parse_files([(content, a.file) for a, content in there.items()], feed, registry, key)
    except Exception:  # whatever it is, it is met again where it can be told
        return [None] * len(files)
    parses = {a: answer for a, answer in zip(there, answers, strict=True) if not isinstance(answer, Exception)}
    return [parses.get(arrival) for arrival, _ in files]


if __name__ == "__main__":
    main()
