"""The product's readers alone, files to typed Parquet: `product_reader.py FEED FOLDER OUT`.

Without validation, expectations, archive and vault: bytes, header, data date, styles of columns, typed values, units.
The one place of the benchmarks that knows the steps inside a landing; it follows them when they change.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.contracts.registry import load_registry
from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import make_read_spec
from dagster_project.ingest.validate.column_styles import decide_styles
from dagster_project.ingest.validate.file_date import read_file_date
from dagster_project.ingest.validate.file_units import find_units
from dagster_project.ingest.validate.stack import make_sheets, stack_sheets
from dagster_project.ingest.validate.typed_rows import Validation, type_rows


def main(feed_id: str, files: str, out: str) -> None:
    """Read all files of a folder as a feed's, and write one Parquet for each shape of sheet."""
    folder, registry = Path(files), load_registry()
    feed = registry.feeds[feed_id]
    spec = make_read_spec(feed)
    sheets = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        tables = readers.read(path.read_bytes(), name, spec)
        units = find_units(tables, feed, name)
        styles, _ = decide_styles(tables, feed, [one.factors for one in units])
        sheets += make_sheets(tables, feed, read_file_date(feed, name, tables, styles), styles, units)
    for nth, (_, stack) in enumerate(stack_sheets(sheets)):
        typed = type_rows(stack, Validation(feed, registry, b"k" * 32))
        pq.write_table(pa.Table.from_pandas(typed.frame, preserve_index=False), Path(out) / f"{nth}.parquet")
