"""Parquet files in the words of the engine: paths are the only values that stand in SQL text and not beside it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def quote_path(path: Path) -> str:
    """Return a path as an SQL literal."""
    return "'" + str(path).replace("'", "''") + "'"


def read_parquet(paths: Iterable[Path]) -> str:
    """Return the SQL of one relation of all rows of some files; a column that one of them lacks is NULL there."""
    return f"read_parquet([{', '.join(map(quote_path, paths))}], union_by_name = true)"
