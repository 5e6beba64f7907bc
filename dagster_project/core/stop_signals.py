"""Whether somebody asked this process to stop, whoever else listens.

Dagster and dbt put handlers of their own in the place of ours, and make of Ctrl+C and SIGTERM a step that failed. The
descriptor of `signal.set_wakeup_fd` hears every signal that any handler hears.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socket import MSG_PEEK, socketpair

_STOP: frozenset[int] = frozenset((signal.SIGINT, signal.SIGTERM))
_LOOKED_AT = 64  # signals of one night


@contextmanager
def watch_stop_signals() -> Iterator[Callable[[], bool]]:
    """Give a function that tells whether SIGINT or SIGTERM has come; only the main thread of a process can know."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    heard, told = socketpair()
    with heard, told:
        heard.setblocking(False)
        told.setblocking(False)
        before = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)

        def is_stopped() -> bool:
            with suppress(BlockingIOError):
                return not _STOP.isdisjoint(heard.recv(_LOOKED_AT, MSG_PEEK))
            return False

        try:
            yield is_stopped
        finally:
            signal.set_wakeup_fd(before)
