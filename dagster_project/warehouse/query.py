"""Questions to the published file, read-only: what `haicap sql` and the command line's own listings use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Timer
from typing import Any

import duckdb

from dagster_project.core.database import DAMAGE_REMEDY, open_published
from dagster_project.core.errors import DamagedFile, HaicapError, UsageError
from dagster_project.core.memory import bound_memory
from dagster_project.core.paths import Home
from dagster_project.warehouse.versions import find_current_path, is_current_broken

_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
_ASK_LESS = "Hỏi hẹp hơn (where, limit, group by), hoặc mở tệp của bản đó bằng công cụ của mình."

_MADE_ANEW = "Chạy `haicap refresh` để dựng lại theo phiên bản đang cài, rồi hỏi lại."


@dataclass(frozen=True)
class QueryBounds:
    """Bounds what one question of an analyst may cost: seconds of the clock, megabytes, rows of the answer."""

    seconds: float = 600.0
    megabytes: int = 2000
    rows: int = 1_000_000


QUERY_BOUNDS = QueryBounds()


@dataclass(frozen=True)
class Answer:
    """Holds columns and rows, in the engine's own types."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def to_records(self) -> list[dict[str, Any]]:
        """Return one dictionary per row: column → value."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def find_current_file(home: Home) -> Path:
    """Return the file that `current.duckdb` names now, so that one command reads one version.

    Raises HaicapError before the first night, DamagedFile where it names no version though there is one.
    """
    file = find_current_path(home)
    if file is None and is_current_broken(home):
        raise DamagedFile(home.current, "không trỏ vào bản nào đã công bố", DAMAGE_REMEDY)
    if file is None:
        raise HaicapError(f"Chưa có bản nào được công bố trong {home.root}.", "Chạy `haicap refresh` trước.")
    return file.resolve()


def ask(file: Path, query: str, parameters: Sequence[Any] = ()) -> Answer:
    """Run a statement of ours on a published file.

    Raises HaicapError where another edition of haicap made the file, without what the statement asks for.
    """
    try:
        with tell_damage(file), open_published(file) as connection:
            return fetch_answer(connection.execute(query, list(parameters)))
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        lacks = str(error).splitlines()[0]
        raise HaicapError(f"{file.name} do một phiên bản haicap khác công bố ({lacks}).", _MADE_ANEW) from error


@contextmanager
def tell_damage(file: Path) -> Iterator[None]:
    """Raise DamagedFile where a part of a published file, met while it is read, is not as it was written."""
    try:
        yield
    except duckdb.Error as error:
        if "corrupt" not in str(error).lower():
            raise
        raise DamagedFile(file, "có phần không còn như khi ghi", DAMAGE_REMEDY) from error


def answer_question(file: Path, query: str, bounds: QueryBounds = QUERY_BOUNDS) -> Answer:
    """Run the one statement of an analyst on a published file: it reads that file alone, and its cost is bounded.

    Raises UsageError for more than one statement, one that does not only read, a query that cannot run (with the
    engine's own words), and one that goes beyond the bounds.
    """
    memory = bound_memory(bounds.megabytes << 20)  # of which the engine counts most, but not a long text
    with memory, open_published(file, memory_limit=f"{bounds.megabytes}MB", temp_directory="") as connection:
        overran = Event()

        def stop() -> None:
            overran.set()
            connection.interrupt()

        timer = Timer(bounds.seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            _refuse_writing(connection, query)
            with tell_damage(file):
                return _fetch_bounded(connection.execute(query), bounds.rows)
        except duckdb.InterruptException as error:
            if not overran.is_set():
                raise KeyboardInterrupt from error
            raise UsageError(f"Câu lệnh chạy quá {bounds.seconds:g} giây, nên bị dừng.", _ASK_LESS) from error
        except (duckdb.OutOfMemoryException, MemoryError) as error:
            raise UsageError(f"Câu lệnh cần hơn {bounds.megabytes} MB bộ nhớ, nên bị dừng.", _ASK_LESS) from error
        except (duckdb.Error, UnicodeError) as error:
            raise UsageError(f"Câu lệnh không chạy được: {error}") from error
        finally:
            timer.cancel()
            timer.join()


def fetch_answer(result: duckdb.DuckDBPyConnection) -> Answer:
    """Fetch everything that the last statement of a connection answers."""
    return Answer(_list_columns(result), tuple(result.fetchall()))


def _refuse_writing(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Raise UsageError unless the query is one statement that reads."""
    query.encode("utf-8")  # which the engine's client asks without saying so: bytes of a terminal that are no UTF-8
    statements = connection.extract_statements(query)
    if not statements:
        raise UsageError("Câu lệnh SQL trống.", 'Ví dụ: haicap sql "select * from marts.feed_status".')
    if len(statements) > 1:
        raise UsageError("Mỗi lần chỉ hỏi một câu lệnh SQL.", "Tách thành nhiều lần chạy.")
    if statements[0].type not in _READING:
        raise UsageError("Chỉ nhận câu lệnh đọc (select, describe, explain).", "Muốn ghi thì chép kết quả ra ngoài.")


def _fetch_bounded(result: duckdb.DuckDBPyConnection, most: int) -> Answer:
    """Fetch the answer. Raises UsageError for more than `most` rows."""
    rows = result.fetchmany(most + 1)
    if len(rows) > most:
        raise UsageError(f"Câu trả lời dài hơn {most} dòng.", _ASK_LESS)
    return Answer(_list_columns(result), tuple(rows))


def _list_columns(result: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    return tuple(column[0] for column in result.description or ())
