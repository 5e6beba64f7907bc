"""A table of a database, through SQLAlchemy → a SQLite file as a folder delivery holds it: text and whole numbers.

Only the columns that the contract knows are asked for: what else a table holds, of persons above all, stays there. A
SQLite file is taken as it is, for its reader guards it. The same rows make the same bytes, in whatever order the server
gives them: a table that did not change lands nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.pool import NullPool

from dagster_project.ingest.readers.base import make_read_spec
from dagster_project.ingest.readers.headers import Matcher, read_header
from dagster_project.ingest.transports.pull_faults import PullFault
from dagster_project.ingest.transports.transport import Batch, Place, Query
from dagster_project.settings.sources import SqlSource

_FETCH_ROWS = 1000
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
        content = self._copy_sqlite() if self._is_sqlite else self._fetch_table()
        if len(content) > self._place.limits.max_bytes:
            raise PullFault("too_big", f"quá {self._place.limits.max_megabytes:g} MB")
        yield Batch(((self._source.file, content),), {})

    def check(self) -> str:
        """Connect, find the table, count its rows; return the counts in Vietnamese. Raises as `fetch` does."""
        if self._is_sqlite:
            return f"mở được, {len(self._copy_sqlite())} byte"
        with self._make_engine().connect() as connection:
            table = self._find_table(connection)
            count = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            columns = self._choose_columns(table)
        return f"bảng {table.name} có {count} dòng, đọc {len(columns)} trên {len(table.columns)} cột"

    @property
    def _is_sqlite(self) -> bool:
        return sa.make_url(self._source.url).get_backend_name() == "sqlite"

    def _copy_sqlite(self) -> bytes:
        """Copy a SQLite file, whatever waits in its log included. Nothing in it is asked, nothing beside it opened."""
        path = self._place.locate(Path(sa.make_url(self._source.url).database or ""))
        if not path.is_file():
            raise PullFault("no_database", "không có tệp")
        if path.stat().st_size > self._place.limits.max_bytes:
            raise PullFault("too_big", f"quá {self._place.limits.max_megabytes:g} MB")
        silence = self._place.limits.read_seconds
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=silence)) as source:
            source.execute("pragma schema_version")  # tells whether it is a database, and whether somebody writes to it
            return source.serialize()

    def _fetch_table(self) -> bytes:
        with self._make_engine().connect() as connection:
            table = self._find_table(connection)
            columns = self._choose_columns(table)
            rows = self._read_rows(connection, columns)
        return write_sqlite(self._place.feed.layout.reader.table, columns, rows)

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

    def _choose_columns(self, table: sa.Table) -> list[sa.Column[Any]]:
        """Choose the columns that answer, or may answer, to one of the contract, in the order of the table."""
        there = list(table.columns)
        header = read_header([[column.name for column in there]], 0, Matcher(make_read_spec(self._place.feed)))
        claimed = {claim.index for claims in header.claims.values() for claim in claims}
        wanted = sorted(claimed | set(header.columns.values()))
        if not wanted:
            raise PullFault("no_columns", table.name)
        return [there[index] for index in wanted]

    def _read_rows(self, connection: sa.Connection, columns: list[sa.Column[Any]]) -> list[tuple[object, ...]]:
        limits = self._place.limits
        asked = connection.execution_options(stream_results=True, max_row_buffer=_FETCH_ROWS)
        rows: list[tuple[object, ...]] = []
        size = 0
        for part in asked.execute(sa.select(*columns)).partitions(_FETCH_ROWS):
            converted = [tuple(map(_convert_cell, row)) for row in part]
            size += sum(_LEAST_ROW_BYTES + sum(map(_measure_cell, row)) for row in converted)
            if size > limits.max_bytes:
                raise PullFault("too_big", f"quá {limits.max_megabytes:g} MB")
            rows += converted
        return rows


def write_sqlite(name: str, table: Sequence[sa.Column[Any]], rows: list[tuple[object, ...]]) -> bytes:
    """Return a SQLite file with this one table, its rows sorted by all columns."""
    is_whole = [isinstance(column.type, sa.Integer) for column in table]
    columns = ", ".join(
        f"{_quote(column.name)} {'integer' if whole else 'text'}" for column, whole in zip(table, is_whole, strict=True)
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


def _measure_cell(value: object) -> int:
    return len(value) if isinstance(value, (str, bytes)) else 0


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
