"""How DuckDB files are opened, everywhere in the program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def open_database(path: str | Path = ":memory:", read_only: bool = False, **options: str) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file, or one in memory. Nothing is installed from outside, whatever a query asks for.

    A query of more than two seconds would draw its progress into the output of the command that runs it, in the midst
    of the JSON that a program reads.
    """
    import duckdb  # takes longer to load than `haicap --help` may

    connection = duckdb.connect(str(path), read_only, {"autoinstall_known_extensions": False, **options})
    connection.execute("set enable_progress_bar = false")
    return connection
