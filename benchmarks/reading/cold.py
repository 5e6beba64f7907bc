"""How a program of table (e) tells what its one call took; its imports and start are told apart."""

from __future__ import annotations

import resource
from collections.abc import Callable

MARK = "cold call, CPU seconds: "


def tell_cold(work: Callable[[], None]) -> None:
    """Do the work once and print the CPU seconds that it took, all threads and the processes it waited for."""
    before = _count_seconds()
    work()
    print(f"{MARK}{_count_seconds() - before:.4f}", flush=True)


def read_cold(lines: list[str]) -> float:
    """Return the seconds that a program told. Raises ValueError when it told none."""
    for line in reversed(lines):
        if line.startswith(MARK):
            return float(line.removeprefix(MARK))
    raise ValueError("the program told no time")


def _count_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
