"""The process behind `haicap dev`: Dagster's daemon beside its UI, which is guarded: `python -m … PORT`.

`dagster dev` starts the UI in a process of its own and lets nothing be put before it. So the two commands of which it
is made, `dagster-daemon` and `dagster-webserver`, are started here.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any
from unittest.mock import patch

from dagster_project.defs.ui_guard import HOSTS, App, UiGuard

_DEFINITIONS = ("-m", "dagster_project.definitions")
_STOP_SECONDS = 30


def serve(port: int) -> None:
    """Serve the UI on this machine until Ctrl+C, with the daemon that runs schedules and sensors beside it."""
    import uvicorn
    from dagster_webserver.cli import cli

    run = uvicorn.run

    def run_guarded(app: App, **told: Any) -> None:
        run(UiGuard(app, port), **told, timeout_graceful_shutdown=_STOP_SECONDS // 3)  # type: ignore[arg-type]

    command = ["--host", HOSTS[0], "--port", str(port), *_DEFINITIONS]
    with _run_daemon(), patch.object(uvicorn, "run", run_guarded), suppress(KeyboardInterrupt):
        cli(command, standalone_mode=False)


@contextmanager
def _run_daemon() -> Iterator[None]:
    """Run Dagster's daemon; when it ends, the UI ends, and the other way round."""
    daemon = subprocess.Popen([Path(sys.executable).with_name("dagster-daemon"), "run", *_DEFINITIONS])

    def end_with_daemon() -> None:
        daemon.wait()
        os.kill(os.getpid(), signal.SIGINT)

    Thread(target=end_with_daemon, daemon=True).start()
    try:
        yield
    finally:
        # From now on nobody else interrupts. Ctrl+C in a terminal has reached the daemon already.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            daemon.wait(_STOP_SECONDS / 3)
        except subprocess.TimeoutExpired:
            daemon.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                daemon.wait(_STOP_SECONDS)
            daemon.kill()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
