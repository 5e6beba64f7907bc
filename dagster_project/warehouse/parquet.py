"""Whether a Parquet file is whole."""

from __future__ import annotations

import os
from pathlib import Path


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
