"""Run one program of table (e) and tell what its one call took: `python cold.py PROGRAM ARGUMENT …`.

Start and imports are over before the call. This file needs nothing of this package, so that it runs on any checkout.
"""

from __future__ import annotations

import resource
import runpy
import sys

MARK = "cold call, CPU seconds: "


def read_cold(lines: list[str]) -> float:
    """Return the CPU seconds that a program told, of all threads and the processes that it waited for. Raises
    ValueError when it told none."""
    for line in reversed(lines):
        if line.startswith(MARK):
            return float(line.removeprefix(MARK))
    raise ValueError("the program told no time")


def _count_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    program = runpy.run_path(sys.argv[1])
    before = _count_seconds()
    program["main"](*sys.argv[2:])
    print(f"{MARK}{_count_seconds() - before:.4f}", flush=True)
