"""Parquet files in the words of the engine: paths are the only values that stand in SQL text and not beside it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from dagster_project.core.database import quote_path


def read_parquet(paths: Iterable[Path]) -> str:
    """Return the SQL of one relation of all rows of some files; a column that one of them lacks is NULL there."""
    return f"read_parquet([{', '.join(map(quote_path, paths))}], union_by_name = true)"


def is_whole_parquet(path: Path) -> bool:
    """Tell, at the cost of opening it, whether a file begins and ends as Parquet does; one that was cut does not."""
    try:
        with path.open("rb") as file:
            begin, size = file.read(4), file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 8))
            end = file.read(8)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return False
    return begin == end[4:] == b"PAR1" and 12 + int.from_bytes(end[:4], "little") <= size
