"""Parsing ahead: a second process parses a night's files from the last one on, while the night parses from the first.

Parsing is a pure function of a file's bytes, so it does not matter who does it. Only the night writes: a helper that
dies, or cannot read a file, leaves that file to the night, which then says what is wrong with it; a night that dies
closes the pipe, and its helper ends.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any, Self

from dagster_project.contracts.registry import Registry
from dagster_project.ingest.inbox import unchanged_content
from dagster_project.ingest.manifest import Arrival

if TYPE_CHECKING:
    from dagster_project.ingest.door import Opened

    Parse = tuple[dict[str, Any], Opened]

_WORTH_FILES = 24  # starting a process costs as much as parsing about so many small files …
_WORTH_BYTES = 4 << 20  # … or so much of large ones
_LARGEST = 32 << 20  # handing over the rows of a larger file takes more memory than it saves time
_WAITING = 64 << 20  # bytes of files that may lie parsed until the night comes to them


class ReadAhead:
    """A running helper. Use as a context manager; `take` every file before parsing it."""

    def __init__(self, arrivals: Iterable[Arrival], paths: Mapping[Arrival, Path], registry: Registry, key: bytes):
        """`arrivals` in the order in which the night comes to them; only those in `paths` can be parsed ahead."""
        self._todo = [a for a in arrivals if a in paths and a.size <= _LARGEST]
        self._paths = paths
        self._setup = (registry, key)
        self._parsing: Arrival | None = None
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

    def take(self, arrival: Arrival) -> Parse | None:
        """The parse of a file, waiting for one under way; None when it is left to the caller."""
        with self._changed:
            if arrival in self._todo:
                self._todo.remove(arrival)
            while self._parsing == arrival:
                self._changed.wait()
            parse = self._done.pop(arrival, None)
            self._changed.notify_all()
            return parse

    def _hand_out(self, helper: subprocess.Popen[bytes]) -> None:
        """Give the helper one file after the other until none is left or it is gone."""
        assert helper.stdin is not None
        assert helper.stdout is not None
        try:
            pickle.dump(self._setup, helper.stdin)
            while (arrival := self._next()) is not None:
                pickle.dump((arrival, self._paths[arrival]), helper.stdin)
                helper.stdin.flush()
                self._put(arrival, pickle.load(helper.stdout))  # noqa: S301 - of our own process
        except (OSError, EOFError, pickle.UnpicklingError):  # the helper died: the night parses the rest
            with self._changed:
                self._todo.clear()
                self._parsing = None
                self._changed.notify_all()

    def _next(self) -> Arrival | None:
        with self._changed:
            while self._todo and sum(arrival.size for arrival in self._done) > _WAITING:
                self._changed.wait()
            self._parsing = self._todo.pop() if self._todo else None
            return self._parsing

    def _put(self, arrival: Arrival, parse: Parse | None) -> None:
        with self._changed:
            self._done[arrival] = parse
            self._parsing = None
            self._changed.notify_all()


def main() -> None:
    """Serve files until standard input closes. Only parses go to standard output."""
    questions, answers, sys.stdout = sys.stdin.buffer, sys.stdout.buffer, sys.stderr
    with contextlib.suppress(EOFError, BrokenPipeError):
        registry, key = pickle.load(questions)  # noqa: S301 - of the night
        while True:
            arrival, path = pickle.load(questions)  # noqa: S301
            pickle.dump(_parse(arrival, path, registry, key), answers, protocol=pickle.HIGHEST_PROTOCOL)
            answers.flush()


def _parse(arrival: Arrival, path: Path, registry: Registry, key: bytes) -> Parse | None:
    """A file's parse; None when it is not there any more or cannot be parsed: the night finds out why."""
    from dagster_project.ingest.parse import parse_file

    content = unchanged_content(arrival, path)
    if content is None:
        return None
    try:
        return parse_file(content, arrival.file, registry.feeds[arrival.feed_id], registry, key)
    except Exception:  # whatever it is, it is met again where it can be told
        return None


if __name__ == "__main__":
    main()
