"""The columns of a long table, several at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_LONG = 50_000  # rows; with fewer, starting a thread costs more than it saves

In = TypeVar("In")
Out = TypeVar("Out")


def map_on_all_cores(work: Callable[[In], Out], columns: Sequence[In], rows: int) -> list[Out]:
    """Do the work of each column, several at a time; return the results in order. It helps where the work is Arrow's or
    numpy's, which let go of the interpreter's lock."""
    if rows < _LONG:
        return [work(column) for column in columns]
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        return list(workers.map(work, columns))
