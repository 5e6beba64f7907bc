"""The published file, written so that the same content makes the same bytes (docs/decisions/016-identity.md)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from dagster_project.core.database import open_database, quote_path, quote_text
from dagster_project.core.errors import AuditRefusal

_SETTINGS = (
    "set threads = 1",  # two that write at once take the blocks of the file as they come
    "set disabled_compression_methods = 'fsst'",  # it draws its samples at random, each time anew
)
_STORAGE = "storage_version 'v1.0.0', recovery_mode 'no_wal_writes'"
"""As the build writes it (dbt/profiles.yml): analysts' clients from 1.1 on can read it."""

_STRANGERS = """
select distinct schema_name from duckdb_tables() where database_name = 'built' and schema_name <> 'marts'
union
select distinct schema_name from duckdb_views()
where database_name = 'built' and schema_name <> 'marts' and not internal
"""
_TABLES = """
select table_name, sql, comment from duckdb_tables()
where database_name = 'built' and schema_name = 'marts' order by table_name
"""
_VIEWS = """
select view_name, sql, comment from duckdb_views()
where database_name = 'built' and schema_name = 'marts' and not internal order by view_name
"""
_COLUMNS = """
select table_name, column_name, comment from duckdb_columns()
where database_name = 'built' and schema_name = 'marts' and comment is not null order by table_name, column_index
"""


def write_plainly(built: Path, target: Path) -> None:
    """Write what a build left in `built` to the new file `target`: tables by name, the rows of each in order, comments.

    dbt's two threads make the tables of a build, and the rows of each, in an order of their own. Raises AuditRefusal
    when the file holds another schema than `marts`.
    """
    with open_database() as connection:
        for setting in (*_SETTINGS, f"set temp_directory = {quote_path(target.with_suffix('.spill'))}"):
            connection.execute(setting)
        connection.execute(f"attach {quote_path(built)} as built (read_only)")
        strangers = connection.execute(_STRANGERS).fetchall()
        if strangers:
            names = ", ".join(sorted(name for (name,) in strangers))
            raise AuditRefusal(f"Tệp sắp công bố chứa lược đồ ngoài marts: {names}.", "Sửa dự án dbt rồi chạy lại.")
        connection.execute(f"attach {quote_path(target)} as published ({_STORAGE})")
        connection.execute("use published")
        connection.execute("create schema marts")
        for statement in _list_statements(connection):
            connection.execute(statement)
        connection.execute("force checkpoint published")
        connection.execute("use memory")
        connection.execute("detach published")


def _list_statements(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for name, definition, comment in connection.execute(_TABLES).fetchall():
        yield definition
        yield f'insert into marts."{name}" select * from built.marts."{name}" order by all'
        yield f'comment on table marts."{name}" is {_quote(comment)}'
    for name, definition, comment in connection.execute(_VIEWS).fetchall():
        yield definition
        yield f'comment on view marts."{name}" is {_quote(comment)}'
    for table, column, comment in connection.execute(_COLUMNS).fetchall():
        yield f'comment on column marts."{table}"."{column}" is {_quote(comment)}'


def _quote(text: str | None) -> str:
    return "null" if text is None else quote_text(text)
