"""A table of a database, through SQLAlchemy → a SQLite file as a folder delivery holds it: text and whole numbers.

The same rows make the same bytes, in whatever order the server gives them: a table that did not change lands nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.pool import NullPool

from dagster_project.ingest.transports.pull_faults import PullFault
from dagster_project.ingest.transports.transport import Batch, Place, Query
from dagster_project.settings.sources import SqlSource

_FETCH_ROWS = 5000
_LARGEST_WHOLE = 2**63 - 1
_quote = sqlite_dialect.dialect().identifier_preparer.quote
_LEAST_ROW_BYTES = 20  # taken as the least of a row, so that the bound on bytes also bounds the rows


class TableTransport:
    """Fetches the table that the feed's layout names (`reader: {kind: sql, table: …}`), whole, in one read-only
    transaction."""

    def __init__(self, source: SqlSource, place: Place) -> None:
        self._source = source
        self._place = place

    def fetch(self, query: Query) -> Iterator[Batch]:
        """Yield one batch of one file; the table says everything every time, so there is no cursor to keep."""
        with self._make_engine().connect() as connection:
            table = self._find_table(connection)
            rows = self._read_rows(connection, table)
        content = write_sqlite(self._place.feed.layout.reader.table, table, rows)
        if len(content) > self._place.limits.max_bytes:
            raise PullFault("too_big", f"quá {self._place.limits.max_megabytes:g} MB")
        yield Batch(((self._source.file, content),), {})

    def check(self) -> str:
        """Connect, find the table, count its rows; return the counts in Vietnamese. Raises as `fetch` does."""
        with self._make_engine().connect() as connection:
            table = self._find_table(connection)
            count = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        return f"bảng {table.name} có {count} dòng, {len(table.columns)} cột"

    def _make_engine(self) -> sa.Engine:
        url = sa.make_url(self._source.url)
        if self._source.password is not None:
            url = url.set(password=self._source.password.get_secret_value())
        limits = self._place.limits
        told: dict[str, Any] = {}
        if url.get_backend_name() == "postgresql":
            silence = int(limits.read_seconds * 1000)
            told = {
                "connect_timeout": max(2, round(limits.connect_seconds)),
                "options": f"-c statement_timeout={silence} -c default_transaction_read_only=on",
                "tcp_user_timeout": silence,
            }
        return sa.create_engine(url, poolclass=NullPool, connect_args=told, hide_parameters=True)

    def _find_table(self, connection: sa.Connection) -> sa.Table:
        """Find the table by its name, whatever its case."""
        wanted = self._place.feed.layout.reader.table
        inspector = sa.inspect(connection)
        names = [*inspector.get_table_names(self._source.db_schema), *inspector.get_view_names(self._source.db_schema)]
        name = next((each for each in names if each.lower() == wanted.lower()), None)
        if name is None:
            raise PullFault("no_table", wanted)
        return sa.Table(name, sa.MetaData(), schema=self._source.db_schema, autoload_with=connection)

    def _read_rows(self, connection: sa.Connection, table: sa.Table) -> list[tuple[object, ...]]:
        most = self._place.limits.max_bytes // _LEAST_ROW_BYTES
        result = connection.execution_options(stream_results=True, max_row_buffer=_FETCH_ROWS).execute(sa.select(table))
        rows: list[tuple[object, ...]] = []
        for part in result.partitions(_FETCH_ROWS):
            rows += [tuple(map(_convert_cell, row)) for row in part]
            if len(rows) > most:
                raise PullFault("too_big", f"quá {most} dòng")
        return rows


def write_sqlite(name: str, table: sa.Table, rows: list[tuple[object, ...]]) -> bytes:
    """Return a SQLite file with this one table, its rows sorted by all columns."""
    is_whole = [isinstance(column.type, sa.Integer) for column in table.columns]
    columns = ", ".join(
        f"{_quote(column.name)} {'integer' if whole else 'text'}"
        for column, whole in zip(table.columns, is_whole, strict=True)
    )
    ordered = sorted(rows, key=lambda row: [(cell is not None, str(cell)) for cell in row])
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute(f"create table {_quote(name)} ({columns})")
        marks = ", ".join("?" * len(is_whole))
        connection.executemany(f"insert into {_quote(name)} values ({marks})", ordered)
        connection.commit()
        return connection.serialize()
    finally:
        connection.close()


def _convert_cell(value: object) -> object:
    """Convert what a driver gives to what SQLite keeps, without losing a digit: dates in ISO, decimals as they are
    written."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        is_whole = value.is_finite() and value == value.to_integral_value() and abs(value) <= _LARGEST_WHOLE
        return int(value) if is_whole else format(value, "f")
    if isinstance(value, memoryview):
        return bytes(value)
    return value if value is None or isinstance(value, (str, int, float, bytes)) else str(value)
