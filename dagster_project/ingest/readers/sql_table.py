"""A SQLite file → one RawTable. It is opened from its bytes, in memory: the sender's file is never touched, and nothing
beside it is read.

A database can compute what it is asked for, and a few kilobytes can compute gigabytes. So only the columns of the
contract are asked for, of a plain table whose columns are stored; SQLite itself refuses all else.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pandas as pd

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.readers.base import RawTable, ReadSpec, report_missing_columns, report_unreadable
from dagster_project.ingest.readers.headers import Matcher, read_header, take_unit_columns

_JOURNAL_MODES = slice(18, 20)  # of the file's head: 2 = write-ahead log, which a database in memory cannot have
_ROLLBACK = b"\x01\x01"
_PLAIN_TABLE = re.compile(r"create table ", re.IGNORECASE)  # as SQLite itself writes it, whatever a person wrote
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 16 * 1024 * 1024,  # of a row
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 1024 * 1024,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_SCHEMA = ("sqlite_master", "sqlite_schema")
_PART = 1000
_LEAST_ROW = 4  # bytes of a row in a file
_TEXT_PER_BYTE, _TEXT_BESIDE = 8, 16 * 1024 * 1024
"""How much text a file may give: in UTF-16 it holds less than it gives, and the default of a column added later is held
once for all rows."""
_PLAIN_REMEDY = "Chép số liệu sang một bảng thường (create table … as select …), rồi gửi lại."


def read(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read the table `spec.table`; `_row` counts its rows from 1, in the order in which they were written.

    Values come as they are stored: types declared by the sender are not trusted. Raises BlockedFile: unreadable,
    empty_file, missing_column.
    """
    guard = _Guard(spec.table, len(content))
    try:
        with closing(guard.open(content)) as connection:
            return [_read_table(connection, guard, spec)]
    except sqlite3.DataError as error:  # beyond a limit
        raise report_unreadable("bảng có dòng dài quá mức cho phép", _PLAIN_REMEDY) from error
    except (sqlite3.Error, UnicodeError) as error:  # names and messages are decoded by Python's own library
        if guard.is_asked_for_more:
            raise report_unreadable("cơ sở dữ liệu đòi tính toán khi đọc", _PLAIN_REMEDY) from error
        raise report_unreadable("tệp SQLite hỏng hoặc bị cắt cụt") from error


class _Guard:
    """Lets one table of a file be read, and no more of it than a file of `size` bytes can hold.

    `is_asked_for_more`: SQLite wanted to call a function, or to look elsewhere.
    """

    def __init__(self, table: str, size: int) -> None:
        self._readable = {table.lower(), *_SCHEMA}
        self._text_left = _TEXT_PER_BYTE * size + _TEXT_BESIDE
        self.most_rows = size // _LEAST_ROW
        self.is_asked_for_more = False

    def open(self, content: bytes) -> sqlite3.Connection:
        """Open the bytes in memory, guarded. Raises sqlite3.Error."""
        if content[_JOURNAL_MODES] == b"\x02\x02":
            content = content[:18] + _ROLLBACK + content[20:]
        connection = sqlite3.connect(":memory:")
        connection.deserialize(content)
        for limit, value in _LIMITS.items():
            connection.setlimit(limit, value)
        connection.execute("pragma trusted_schema = off")
        connection.execute("pragma query_only = on")
        connection.set_authorizer(self._authorize)
        connection.text_factory = self.decode
        return connection

    def _authorize(self, action: int, first: str | None, _: str | None, __: str | None, within: str | None) -> int:
        """Allow a plain select of the table, and the question for its columns; `within`: a view or trigger."""
        is_wanted = action == sqlite3.SQLITE_SELECT or (action, first) == (sqlite3.SQLITE_PRAGMA, "table_xinfo")
        is_table = action == sqlite3.SQLITE_READ and (first or "").lower() in self._readable
        if within is None and (is_wanted or is_table):
            return sqlite3.SQLITE_OK
        self.is_asked_for_more = True
        return sqlite3.SQLITE_DENY

    def decode(self, value: bytes) -> str:
        """Return the text of a cell. Raises BlockedFile when the table gives more text than its file can hold."""
        self._text_left -= len(value)
        if self._text_left < 0:
            raise report_unreadable("bảng cho ra nhiều chữ hơn tệp có thể chứa", _PLAIN_REMEDY)
        return value.decode("utf-8", "replace")

    def read_cell(self, value: object) -> object:
        """Read a BLOB where text belongs as text; "" is no value."""
        if isinstance(value, bytes):
            value = self.decode(value)
        return None if value == "" else value


def _read_table(connection: sqlite3.Connection, guard: _Guard, spec: ReadSpec) -> RawTable:
    table, names = _find_table(connection, spec)
    header = read_header([names], 0, Matcher(spec))
    take_unit_columns(header)
    lacking = spec.find_lacking(header.columns)
    if lacking:
        raise report_missing_columns(lacking, spec, names, table)
    # With its table before it, a name is never taken for a text. An index would give rows in an order of its own.
    wanted = ", ".join(f"t.{_quote(names[index])}" for index in header.columns.values())
    asked = connection.execute(f"select {wanted} from {_quote(table)} as t not indexed")
    rows: list[tuple[object, ...]] = []
    while part := asked.fetchmany(_PART):
        rows += [tuple(map(guard.read_cell, row)) for row in part]
        if len(rows) > guard.most_rows:  # pages that lead to one another give rows without end
            raise report_unreadable("bảng cho ra nhiều dòng hơn tệp có thể chứa", "Xuất lại cơ sở dữ liệu rồi gửi.")
    if not rows:
        raise BlockedFile("empty_file", f"Bảng {table} không có dòng nào.", "Xuất và gửi lại tệp.")
    frame = pd.DataFrame(rows, columns=list(header.columns), dtype=object)
    frame["_row"] = pd.Series(range(1, len(frame) + 1), dtype="int64")
    return RawTable(table, frame, unknown_headers=header.unknown, columns=dict(header.columns), heads=header.heads)


def _find_table(connection: sqlite3.Connection, spec: ReadSpec) -> tuple[str, list[str]]:
    """Return the table's name as it is spelled in the file, and the names of its columns.

    Raises BlockedFile for a view, a virtual table and a table with a generated column: their values are computed as
    they are read, by rules that the file brings along.
    """
    schema = connection.execute("select name, type, rootpage, sql from sqlite_master").fetchall()
    named = [each for each in schema if str(each[0]).lower() == spec.table.lower() and each[1] in ("table", "view")]
    if not named:
        raise report_unreadable(f"không có bảng {spec.table}", "Gửi đúng cơ sở dữ liệu của đầu mối này.")
    name, kind, page, sql = named[0]
    if kind != "table" or not page or not _PLAIN_TABLE.match(str(sql)):
        what = "khung nhìn (view)" if kind == "view" else "bảng ảo (virtual table)"
        raise report_unreadable(f"{spec.table} là {what}, không phải bảng chứa số liệu", _PLAIN_REMEDY)
    columns = connection.execute(f"pragma table_xinfo({_quote(name)})").fetchall()
    generated = [str(number + 1) for number, *_, hidden in columns if hidden]
    if generated:
        reason = f"cột thứ {', '.join(generated[:5])} của bảng {spec.table} được tính khi đọc (generated column)"
        raise report_unreadable(reason, _PLAIN_REMEDY)
    return name, [column[1] for column in columns]


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
