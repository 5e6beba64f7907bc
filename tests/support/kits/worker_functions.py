"""Plain functions for workers of the tests, among them one for each way in which a worker can fail."""

from __future__ import annotations

import ctypes
import mmap
import os
import pickle
import signal
import struct
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from typing import Any


def answer_or_fail(question: str) -> Any:
    """The question in capitals with the process's number; or the failure that it asks for: `name`, or `name:detail`."""
    name, _, detail = question.partition(":")
    if name in _FAILURES:
        return _FAILURES[name](detail)
    return question.upper(), os.getpid()


def _raise(_: str) -> None:
    raise ValueError("Nguyễn Văn A")


def _sleep(_: str = "") -> None:
    time.sleep(3600)


def _close_every_pipe(_: str) -> None:
    os.closerange(3, 64)
    _sleep()


def _answer_half(_: str) -> None:
    """A length, and then nothing that has it."""
    _write_to_pipe(b"\x00\x00\x10\x00half")
    _sleep()


def _answer_twice(_: str) -> str:
    """A whole answer that nobody asked for, before the one that somebody did."""
    said = pickle.dumps((None, "of nobody"))
    _write_to_pipe(struct.pack("!i", 8 + len(said)) + bytes(8) + said)
    return "of this question"


def _leave_a_child(_: str) -> None:
    """A child holds the pipe when this process is killed."""
    if os.fork() == 0:
        time.sleep(20)
        os._exit(0)
    _sleep()


def _tell_and_sleep(path: str) -> None:
    Path(path).write_text(str(os.getpid()), encoding="utf-8")
    _sleep()


def _die_soon(seconds: str) -> tuple[str, int]:
    Thread(target=lambda: (time.sleep(float(seconds)), os._exit(1))).start()
    return "", os.getpid()


def _write_to_pipe(content: bytes) -> None:
    """Write into the worker's own pipe, which is the descriptor that it was started with."""
    os.write(int(sys.argv[1]), content)


def _take_memory_by_the_byte(_: str) -> None:
    rows = []
    while True:
        rows.append(["x"] * 1000)


def _compute_for_ever(_: str) -> None:
    while True:
        pass


_FAILURES: dict[str, Callable[[str], Any]] = {
    "die by SIGKILL": lambda _: os.kill(os.getpid(), signal.SIGKILL),
    "exit early": lambda _: sys.exit(3),
    "leave at once": lambda _: os._exit(0),
    "raise": _raise,
    "answer garbage": lambda _: _write_to_pipe(b"\x00\x00\x00\x04none"),
    "answer half": _answer_half,
    "answer what cannot be pickled": lambda _: lambda: None,
    "sleep": _sleep,
    "stop": lambda _: os.kill(os.getpid(), signal.SIGSTOP),
    "hold the interpreter": lambda _: ctypes.PyDLL(None).sleep(3600),
    "close every pipe": _close_every_pipe,
    "take memory": lambda _: len(mmap.mmap(-1, 8 << 30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)),
    "take memory by the byte": _take_memory_by_the_byte,
    "compute for ever": _compute_for_ever,
    "abort": lambda _: os.abort(),
    "die soon": _die_soon,
    "tell and sleep": _tell_and_sleep,
    "answer twice": _answer_twice,
    "wait": lambda seconds: time.sleep(float(seconds)),
    "leave a child": _leave_a_child,
}


def refuse_to_start() -> None:
    """A preparation that fails."""
    raise ImportError("no such library")


FAILURE, FAILS_OF = "HAICAP_TEST_FAILURE", "HAICAP_TEST_FAILS_OF"


def fail_to_parse(files: Sequence[Any], **given: Any) -> Any:
    """Stands in a worker where files are parsed; of the file that the environment names it fails as that says."""
    from dagster_project.ingest.landing.parse_workers import parse_in_worker

    if os.environ[FAILS_OF] not in [arrival.file for arrival, _ in files]:
        return parse_in_worker(files, **given)
    match os.environ[FAILURE]:
        case "answer nothing":
            return []
        case "answer no list":
            return 7
        case failure:
            return [answer_or_fail(failure)]


# On the side that asks -----------------------------------------------------------------------------------------------

DEADLINE = 60.0
"""Seconds after which a test calls a wait endless."""


def within_deadline(call: Callable[[], Any]) -> Any:
    """What a call returns or raises; fails when it does neither."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(call())
        except Exception as error:
            outcome.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(DEADLINE)
    assert outcome, "the call still waits"
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]
