"""What a later reading of a file changes: kept from reading to reading, and never of a row that is new."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.contracts.registry import load_registry
from dagster_project.ingest.landing.batch_folder import REREAD
from dagster_project.ingest.landing.reread import ROWS, write_rereads

FEED = load_registry().feeds["investment_vp"]
FIRST, SECOND = date(2025, 7, 13), date(2025, 7, 20)


def make_parse(folder: Path, *rows: tuple[int, str, int | None]) -> Path:
    """A parse of these rows: row of the sheet, fund, paid. Two funds of a project stand in one row."""
    folder.mkdir()
    types = FEED.contract.list_landed_columns()
    told = [
        {"feed_id": FEED.feed_id, "area": "vp", "batch_id": "b1", "source_sheet": "Biểu", "source_row": row,
         "content_hash": hash((row, fund, paid)) % 2**60, "project_code": f"73{row:05d}", "fund_source": fund,
         "plan_year": 2025, "report_date": date(2025, 7, 9), "paid_completed": paid}
        for row, fund, paid in rows
    ]  # fmt: skip
    arrow = {"BIGINT": pa.int64(), "INTEGER": pa.int32(), "DATE": pa.date32(), "UBIGINT": pa.uint64()}
    schema = pa.schema([(name, arrow.get(kind, pa.string())) for name, kind in types.items()])
    full = [{name: row.get(name) for name in types} for row in told]
    pq.write_table(pa.Table.from_pylist(full, schema), folder / ROWS)
    return folder


def read(folder: Path) -> list[tuple[object, ...]]:
    """Row, column, old and new value, day; each belongs to a row that is there."""
    if not (folder / REREAD).exists():
        return []
    hashes = set(pq.read_table(folder / ROWS)["content_hash"].to_pylist())
    rows = pq.read_table(folder / REREAD).to_pylist()
    assert {row["content_hash"] for row in rows} <= hashes
    names = ("source_row", "column_name", "old_value", "new_value", "read_again_on")
    return [tuple(row[name] for name in names) for row in rows]


def test_what_a_reading_changes_stays_through_later_readings(tmp_path: Path) -> None:
    first = make_parse(tmp_path / "1", (5, "NSTW", None), (5, "NSDP", 7), (6, "NSTW", 1))
    second = make_parse(tmp_path / "2", (5, "NSTW", 4), (5, "NSDP", 7), (6, "NSTW", 1), (7, "NSTW", 9))
    write_rereads(first, second, FEED, FIRST)
    assert read(second) == [(5, "paid_completed", None, "4", FIRST)]
    third = make_parse(tmp_path / "3", (5, "NSTW", 4), (5, "NSDP", 8), (6, "NSTW", 1), (7, "NSTW", 9))
    write_rereads(second, third, FEED, SECOND)
    assert sorted(read(third), key=lambda row: row[4]) == [
        (5, "paid_completed", None, "4", FIRST), (5, "paid_completed", "7", "8", SECOND),
    ]  # fmt: skip


def test_nothing_is_said_of_the_same_reading_or_the_first(tmp_path: Path) -> None:
    first = make_parse(tmp_path / "1", (5, "NSTW", 4))
    write_rereads(None, first, FEED, FIRST)
    second = make_parse(tmp_path / "2", (5, "NSTW", 4))
    write_rereads(first, second, FEED, SECOND)
    assert (read(first), read(second)) == ([], [])


def test_a_row_that_is_gone_takes_what_was_changed_with_it(tmp_path: Path) -> None:
    first = make_parse(tmp_path / "1", (5, "NSTW", None))
    second = make_parse(tmp_path / "2", (5, "NSTW", 4))
    write_rereads(first, second, FEED, FIRST)
    third = make_parse(tmp_path / "3", (6, "NSTW", 4))
    write_rereads(second, third, FEED, SECOND)
    assert read(third) == []
