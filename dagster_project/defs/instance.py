"""Dagster's home of one installation: settings without telemetry, and an event log fast enough for a night of seconds.

Dagster's SQLite event log makes a new SQLAlchemy engine for every event, and with it compiles every statement anew, and
writes most events twice (by run and by asset). 190 assets and checks took 10 s of event writing on two cores; Dagster's
consolidated form of the log, with one engine kept open, takes under 2 s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from threading import RLock
from typing import Any

import yaml
from dagster import DagsterInstance
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log.sqlite import ConsolidatedSqliteEventLogStorage
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

from dagster_project.core.paths import Home

_HEADER = "# Written by haicap at every start; a file without this line is left alone.\n"
_BUSY_TIMEOUT_SECONDS = 60


class KeptSqliteEventLogStorage(ConsolidatedSqliteEventLogStorage):
    """Dagster's own consolidated SQLite event log, with one engine and connection kept open."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._kept_lock = RLock()
        self._known_tables: set[str] = set()
        super().__init__(*args, **kwargs)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Mapping[str, Any]) -> KeptSqliteEventLogStorage:
        """Dagster's own way to make the storage from `dagster.yaml`."""
        return cls(inst_data=inst_data, **config_value)

    @cached_property
    def _kept_engine(self) -> Engine:
        # Every use holds the lock, so one connection may serve all threads.
        engine = create_engine(
            self._conn_string,
            poolclass=StaticPool,
            connect_args={"timeout": _BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", _relax)
        return engine

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._kept_lock, self._kept_engine.connect() as connection:
            if connection.in_transaction():
                yield connection
            else:
                with connection.begin():
                    yield connection

    def has_table(self, table_name: str) -> bool:
        """Asked for every event; a table that is there stays."""
        if table_name not in self._known_tables and super().has_table(table_name):
            self._known_tables.add(table_name)
        return table_name in self._known_tables

    def dispose(self) -> None:
        """Close the kept connection."""
        self._kept_engine.dispose()
        super().dispose()  # type: ignore[no-untyped-call]


def _relax(connection: Any, _record: object) -> None:
    """The log is for looking at; with write-ahead logging NORMAL cannot corrupt it, only lose its last lines."""
    connection.execute("PRAGMA synchronous=NORMAL")


def _settings(home: Home) -> dict[str, Any]:
    """Telemetry off, no copies of standard output, the event log above."""
    history = (home.dagster.resolve() / "history").as_posix()
    return {
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
        "compute_logs": {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"},
        "event_log_storage": {
            "module": __name__,
            "class": KeptSqliteEventLogStorage.__name__,
            "config": {"base_dir": history},
        },
    }


def prepare_dagster_home(home: Home) -> None:
    """Write `dagster.yaml`, which Dagster's UI reads."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    path = home.dagster / "dagster.yaml"
    content = _HEADER + yaml.safe_dump(_settings(home), allow_unicode=True, sort_keys=False)
    if path.exists():
        present = path.read_text(encoding="utf-8")
        if present == content or not present.startswith(_HEADER):
            return
    path.write_text(content, encoding="utf-8")


def open_instance(home: Home) -> DagsterInstance:
    """The instance that Dagster's UI of this home shows. Use as a context manager.

    The settings are given and not read: Dagster looks for the file by a pattern, and a `[` in the home's path would
    make it miss the file and with it the telemetry setting.
    """
    prepare_dagster_home(home)
    return DagsterInstance.from_ref(InstanceRef.from_dir(str(home.dagster.resolve()), overrides=_settings(home)))
