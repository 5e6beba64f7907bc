"""How DuckDB files are opened, everywhere in the program."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core.errors import DamagedFile

if TYPE_CHECKING:
    import duckdb

DAMAGE_REMEDY = "Chạy `haicap refresh`, hoặc `haicap doctor --repair`."
"""What to do about a published file that is not as it was written."""

_LOCKED = {
    "autoload_known_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
}


def open_database(path: str | Path = ":memory:", read_only: bool = False, **options: Any) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file, or one in memory. Nothing is installed from outside, whatever a query asks for.

    A query of more than two seconds would draw its progress into the output of the command that runs it, in the midst
    of the JSON that a program reads. Raises DamagedFile for a file that is no whole DuckDB file.
    """
    import duckdb  # takes longer to load than `haicap --help` may

    try:
        connection = duckdb.connect(str(path), read_only, {"autoinstall_known_extensions": False, **options})
    except duckdb.Error as error:
        if not (read_only and Path(path).exists()):
            raise
        raise _describe_damage(Path(path), error) from error
    if not _is_locked(connection):
        connection.execute("set enable_progress_bar = false")
    return connection


def _is_locked(connection: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether the file is open in this process already, locked: all its connections share one configuration."""
    return bool(connection.execute("select current_setting('lock_configuration')").fetchall()[0][0])


def _describe_damage(path: Path, error: Exception) -> Exception:
    """Return what to say of a file that cannot be opened; the fault itself when the machine refuses it."""
    if not path.is_dir() and not os.access(path, os.R_OK):
        return error
    if any(word in str(error).lower() for word in ("lock", "different configuration")):
        return error
    return DamagedFile(path, "không mở được như tệp DuckDB", DAMAGE_REMEDY)


def open_published(path: str | Path, beside: Path | None = None, **options: Any) -> duckdb.DuckDBPyConnection:
    """Open a published file for reading alone, whatever is asked: no other file, no setting, no extension, no secret.

    Not even a variable of the program that asks is seen. `beside`: a folder whose files may be read and written, too.
    `options`: further ones of the engine.
    """
    connection = open_database(path, read_only=True, **_LOCKED, **options)
    if not _is_locked(connection):
        if beside is not None:
            connection.execute("set allowed_directories = [?]", [f"{beside}/"])
        connection.execute("set enable_external_access = false; set lock_configuration = true")
    return connection


def quote_path(path: Path) -> str:
    """Return a path as an SQL literal."""
    return quote_text(str(path))


def quote_text(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def read_parquet(paths: Iterable[Path]) -> str:
    """Return the SQL of one relation of all rows of some files; a column that one of them lacks is NULL there."""
    return f"read_parquet([{', '.join(map(quote_path, paths))}], union_by_name = true)"
