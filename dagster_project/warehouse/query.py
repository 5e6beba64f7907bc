"""Questions to the published file, read-only: what `haicap sql` and the command line's own listings use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.core.database import open_database
from dagster_project.core.errors import HaicapError, UsageError
from dagster_project.core.paths import Home
from dagster_project.warehouse.versions import find_current_path


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

    Raises HaicapError before the first night.
    """
    file = find_current_path(home)
    if file is None:
        raise HaicapError(f"Chưa có bản nào được công bố trong {home.root}.", "Chạy `haicap refresh` trước.")
    return file.resolve()


def ask(file: Path, query: str, parameters: Sequence[Any] = ()) -> Answer:
    """Run one or more statements on a published file, and return the answer of the last.

    Raises UsageError, with the engine's own words, for a query that cannot run.
    """
    with open_version(file) as connection:
        try:
            result = connection.execute(query, list(parameters))
            if result is None:
                raise UsageError("Câu lệnh SQL trống.", 'Ví dụ: haicap sql "select * from marts.feed_status".')
            return fetch_answer(result)
        except duckdb.Error as error:
            raise UsageError(f"Câu lệnh không chạy được: {error}") from error


def open_version(file: Path) -> duckdb.DuckDBPyConnection:
    """Open a published file, read-only; its tables are in schema `marts`."""
    return open_database(file, read_only=True)


def fetch_answer(result: duckdb.DuckDBPyConnection) -> Answer:
    """Fetch everything that the last statement of a connection answers."""
    columns = tuple(column[0] for column in result.description or ())
    return Answer(columns, tuple(result.fetchall()))
