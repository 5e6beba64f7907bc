"""A table of a database → one RawTable, through SQLAlchemy: a SQLite file of the inbox, or any engine.

A SQLite file is opened from its bytes, in memory: the sender's file is never touched, and nothing beside it is read.
"""

from __future__ import annotations

import sqlite3

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.readers.base import RawTable, ReadSpec, report_missing_columns, report_unreadable
from dagster_project.ingest.readers.headers import Matcher, read_header, take_unit_columns

_JOURNAL_MODES = slice(18, 20)  # of the file's head: 2 = write-ahead log, which a database in memory cannot have
_ROLLBACK = b"\x01\x01"


def read(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read the table `spec.table` of a SQLite file. Raises BlockedFile: unreadable, empty_file, missing_column."""
    try:
        engine = _open_in_memory(content)
        return [read_table(engine, spec)]
    except (sqlite3.Error, sa.exc.DatabaseError) as error:
        raise report_unreadable("tệp SQLite hỏng hoặc bị cắt cụt") from error


def read_table(engine: sa.Engine, spec: ReadSpec) -> RawTable:
    """Read one table of any database; `_row` counts its rows from 1, in SQLite in the order in which they were written.

    Values come as the driver gives them: types declared by the sender are not trusted. Raises BlockedFile.
    """
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        table = next((name for name in inspector.get_table_names() if name.lower() == spec.table.lower()), None)
        if table is None:
            raise report_unreadable(f"không có bảng {spec.table}", "Gửi đúng cơ sở dữ liệu của đầu mối này.")
        names = [column["name"] for column in inspector.get_columns(table)]
        header = read_header([names], 0, Matcher(spec))
        take_unit_columns(header)
        lacking = spec.find_lacking(header.columns)
        if lacking:
            raise report_missing_columns(lacking, spec, names, table)
        wanted: list[sa.ColumnClause[object]] = [sa.column(names[index]) for index in header.columns.values()]
        labelled = [column.label(f"c{place}") for place, column in enumerate(wanted)]
        asked = sa.select(*labelled).select_from(sa.table(table))
        if engine.dialect.name != "sqlite":  # others keep no order of their own
            asked = asked.order_by(*wanted)
        rows = connection.execute(asked).all()
    if not rows:
        raise BlockedFile("empty_file", f"Bảng {table} không có dòng nào.", "Xuất và gửi lại tệp.")
    frame = pd.DataFrame([tuple(map(_read_cell, row)) for row in rows], columns=list(header.columns), dtype=object)
    frame["_row"] = pd.Series(range(1, len(frame) + 1), dtype="int64")
    return RawTable(table, frame, unknown_headers=header.unknown, columns=dict(header.columns), heads=header.heads)


def _open_in_memory(content: bytes) -> sa.Engine:
    if content[_JOURNAL_MODES] == b"\x02\x02":
        content = content[:18] + _ROLLBACK + content[20:]
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.deserialize(content)
    # The file is the sender's: its views and triggers may call no function, and nothing is written.
    connection.execute("pragma trusted_schema = off")
    connection.execute("pragma query_only = on")
    connection.text_factory = _decode_text
    return sa.create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)


def _decode_text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _read_cell(value: object) -> object:
    """Read a BLOB where text belongs as text; "" is no value."""
    if isinstance(value, (bytes, memoryview)):
        value = _decode_text(bytes(value))
    return None if value == "" else value
