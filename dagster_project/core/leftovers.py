"""No process outlives the one that started it: what a process does for it at its start and at its end."""

from __future__ import annotations

import atexit
import os
import select
import sys
import time
from threading import Thread

_END_SECONDS = 5.0


def end_with(descriptor: int) -> None:
    """Let this process end at once when the other side of a pipe closes, whatever it is doing then."""

    def end_when_closed() -> None:
        closing = select.poll()
        closing.register(descriptor, 0)  # no event but the end, which is always told
        closing.poll()
        os._exit(1)

    Thread(target=end_when_closed, daemon=True).start()


def await_children_at_exit() -> None:
    """Let this process end after its children. Call it before anything imports `multiprocessing`.

    dbt's locks start Python's resource tracker, which nobody awaits: it ends when its pipe closes, by itself only after
    this process. What is registered first runs last at exit: then the locks have been given back.
    """
    atexit.register(_await_children)


def _await_children() -> None:
    if not _has_children():
        return
    tracker = sys.modules.get("multiprocessing.resource_tracker")
    if tracker is not None:
        os.close(tracker.getfd())
    end = time.monotonic() + _END_SECONDS
    while _has_children() and time.monotonic() < end:
        time.sleep(0.005)


def _has_children() -> bool:
    """Tell whether a child lives; take away those that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True
