"""How DuckDB files are opened, everywhere in the program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

_LOCKED = {
    "autoload_known_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
}


def open_database(path: str | Path = ":memory:", read_only: bool = False, **options: Any) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file, or one in memory. Nothing is installed from outside, whatever a query asks for.

    A query of more than two seconds would draw its progress into the output of the command that runs it, in the midst
    of the JSON that a program reads.
    """
    import duckdb  # takes longer to load than `haicap --help` may

    connection = duckdb.connect(str(path), read_only, {"autoinstall_known_extensions": False, **options})
    connection.execute("set enable_progress_bar = false")
    return connection


def open_published(path: str | Path, beside: Path | None = None, **options: Any) -> duckdb.DuckDBPyConnection:
    """Open a published file for reading alone, whatever is asked: no other file, no setting, no extension, no secret.

    Not even a variable of the program that asks is seen. `beside`: a folder whose files may be read and written, too.
    `options`: further ones of the engine.
    """
    connection = open_database(path, read_only=True, **_LOCKED, **options)
    if beside is not None:
        connection.execute("set allowed_directories = [?]", [f"{beside}/"])
    connection.execute("set enable_external_access = false; set lock_configuration = true")
    return connection
