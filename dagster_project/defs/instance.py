"""Dagster's home of one installation: settings without telemetry, and an event log fast enough for a small night."""

from __future__ import annotations

from typing import Any

import yaml
from dagster import DagsterInstance

from dagster_project.core.paths import Home
from dagster_project.defs.event_log import NO_COMPUTE_LOGS, KeptSqliteEventLogStorage

_HEADER = "# Written by haicap at every start; a file without this line is left alone.\n"


def _make_settings(home: Home) -> dict[str, Any]:
    """Return Dagster's settings: telemetry off, no copies of standard output, the kept event log."""
    history = (home.dagster.resolve() / "history").as_posix()
    return {
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
        "compute_logs": NO_COMPUTE_LOGS,
        "event_log_storage": {
            "module": KeptSqliteEventLogStorage.__module__,
            "class": KeptSqliteEventLogStorage.__name__,
            "config": {"base_dir": history},
        },
    }


def prepare_dagster_home(home: Home) -> None:
    """Write `dagster.yaml`, which Dagster's UI reads."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    path = home.dagster / "dagster.yaml"
    content = _HEADER + yaml.safe_dump(_make_settings(home), allow_unicode=True, sort_keys=False)
    if path.exists():
        present = path.read_text(encoding="utf-8", errors="replace")
        if present == content or not present.startswith(_HEADER):
            return
    path.write_text(content, encoding="utf-8")


def open_instance(home: Home) -> DagsterInstance:
    """Open the instance that Dagster's UI of this home shows. Use as a context manager.

    The settings are given and not read: Dagster looks for the file by a pattern, and a `[` in the home's path would
    make it miss the file and with it the telemetry setting. `local_temp` is Dagster's public way to say the folder and
    the settings; despite its name the instance is a lasting one.
    """
    prepare_dagster_home(home)
    return DagsterInstance.local_temp(str(home.dagster.resolve()), overrides=_make_settings(home))
