"""One night at a time in one home.

The lock is the operating system's, on `night.lock`: it goes with the process that holds it, however that process dies,
and a forked child does not inherit it. The text in the file is only for people.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster_project.core.clock import get_local_now
from dagster_project.core.durable_files import make_way, remove_temporary
from dagster_project.core.errors import HaicapError
from dagster_project.core.paths import Home

_held: set[Path] = set()
"""Locks of this process. A POSIX lock would be granted to it again, and closing either handle would drop both."""


_DEPTH = 2
"""Levels below the home on which something may be half written: archive/ab/, vault/<feed>/, build/manifest/."""


class NightRunningError(HaicapError):
    """Says that another night is at work in this home."""


@contextmanager
def hold_night_lock(home: Home) -> Iterator[None]:
    """Hold the home for one night.

    Raises NightRunningError at once, naming the process at work, instead of waiting: a night that waits would only
    repeat what the running one does. Inside a night of this same process (the command
    line holds the lock, the Dagster job asks again) it is granted again.

    What killed commands left half written anywhere in the home goes first.
    """
    home.root.mkdir(parents=True, exist_ok=True)
    path = home.lock.resolve()
    if path in _held:
        yield
        return
    make_way(path)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
    try:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(descriptor, 200, 0).decode("utf-8", "replace").strip()
            raise NightRunningError(
                f"Một lượt chạy khác đang làm việc trong {home.root} ({holder or 'chưa rõ tiến trình'}).",
                "Đợi lượt đó xong rồi chạy lại.",
            ) from error
        _held.add(path)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"pid {os.getpid()}, từ {get_local_now():%H:%M:%S %d/%m/%Y}\n".encode(), 0)
        try:
            remove_temporary(home.root, _DEPTH)
            yield
        finally:
            _held.discard(path)
    finally:
        os.close(descriptor)
