"""Dagster's consolidated event log with one connection kept open. All that touches Dagster's insides stands here.

Dagster's SQLite event logs make a new SQLAlchemy engine for every event, and with it compile every statement anew. What
that costs a night, and how to do without this file, is written in docs/decisions/014-event-log.md;
`tests/unit/defs/test_event_log.py` watches that the insides are still as they are used here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from threading import RLock
from typing import Any

from dagster._core.storage.event_log.sqlite import ConsolidatedSqliteEventLogStorage
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

_BUSY_TIMEOUT_SECONDS = 60
NO_COMPUTE_LOGS = {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
"""How `dagster.yaml` says that no copies of standard output are kept; see the same record."""


class KeptSqliteEventLogStorage(ConsolidatedSqliteEventLogStorage):
    """Stores events as Dagster's own consolidated SQLite log does, with one engine and connection kept open."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._kept_lock = RLock()
        self._known_tables: set[str] = set()
        super().__init__(*args, **kwargs)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Mapping[str, Any]) -> KeptSqliteEventLogStorage:
        """Make the storage from `dagster.yaml`; Dagster calls it."""
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
        """Say whether a table is there. Dagster asks for every event; a table that is there stays."""
        if table_name not in self._known_tables and super().has_table(table_name):
            self._known_tables.add(table_name)
        return table_name in self._known_tables

    def dispose(self) -> None:
        """Close the kept connection."""
        self._kept_engine.dispose()
        super().dispose()  # type: ignore[no-untyped-call]


def _relax(connection: Any, _record: object) -> None:
    """Wait less for the disk: the log is for looking at, and NORMAL can lose its last lines but not corrupt it."""
    connection.execute("PRAGMA synchronous=NORMAL")
