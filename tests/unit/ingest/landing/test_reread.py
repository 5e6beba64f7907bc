"""What a later reading of a file changes: kept from reading to reading, and never of a row that is new."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.contracts.registry import load_registry
from dagster_project.ingest.landing.month_parts import PartRows
from dagster_project.ingest.landing.reread import Reading, Rereads, compare_readings

FEED = load_registry().feeds["investment_vp"]
FIRST, SECOND = date(2025, 7, 13), date(2025, 7, 20)


def make_rows(*rows: tuple[int, str, int | None], batch: str = "b1") -> pa.Table:
    """These rows of a batch: row of the sheet, fund, paid. Two funds of a project stand in one row."""
    types = FEED.contract.list_landed_columns()
    told = [
        {"feed_id": FEED.feed_id, "area": "vp", "batch_id": batch, "source_sheet": "Biểu", "source_row": row,
         "content_hash": hash((row, fund, paid)) % 2**60, "project_code": f"73{row:05d}", "fund_source": fund,
         "plan_year": 2025, "report_date": date(2025, 7, 9), "paid_completed": paid}
        for row, fund, paid in rows
    ]  # fmt: skip
    arrow = {"BIGINT": pa.int64(), "INTEGER": pa.int32(), "DATE": pa.date32(), "UBIGINT": pa.uint64()}
    schema = pa.schema([(name, arrow.get(kind, pa.string())) for name, kind in types.items()])
    full = [{name: row.get(name) for name in types} for row in told]
    return pa.Table.from_pylist(full, schema)


class Home:
    """Readings of the same files, one after the other, as they come to lie in parts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.last: Reading | None = None

    def read_again(self, rows: pa.Table, day: date, batches: tuple[str, ...] | None = None) -> Rereads:
        """What this reading changes; `batches`: those that the one before still stands for."""
        self.folder.mkdir(exist_ok=True)
        number = len(list(self.folder.iterdir()))
        last = self.last
        if last is not None and batches is not None:
            last = Reading(PartRows(last.rows.path, batches), last.rereads)
        found = compare_readings([] if last is None else [last], rows, FEED, day)
        for name, table in (("rows", rows), ("reread", found.table)):
            pq.write_table(table, self.folder / f"{name}-{number}.parquet")
        self.last = Reading(*(PartRows(self.folder / f"{name}-{number}.parquet") for name in ("rows", "reread")))
        return found


def list_changes(found: Rereads, rows: pa.Table) -> list[tuple[object, ...]]:
    """Row, column, old and new value, day; each belongs to a row that is there."""
    told = found.table.to_pylist()
    assert {row["content_hash"] for row in told} <= set(rows["content_hash"].to_pylist())
    assert set(found.hashes) == {row["batch_id"] for row in told}
    names = ("source_row", "column_name", "old_value", "new_value", "read_again_on")
    return [tuple(row[name] for name in names) for row in told]


def test_what_a_reading_changes_stays_through_later_readings(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.read_again(make_rows((5, "NSTW", None), (5, "NSDP", 7), (6, "NSTW", 1)), FIRST)
    second = make_rows((5, "NSTW", 4), (5, "NSDP", 7), (6, "NSTW", 1), (7, "NSTW", 9))
    assert list_changes(home.read_again(second, FIRST), second) == [(5, "paid_completed", None, "4", FIRST)]
    third = make_rows((5, "NSTW", 4), (5, "NSDP", 8), (6, "NSTW", 1), (7, "NSTW", 9))
    assert sorted(list_changes(home.read_again(third, SECOND), third), key=lambda row: row[4]) == [
        (5, "paid_completed", None, "4", FIRST), (5, "paid_completed", "7", "8", SECOND),
    ]  # fmt: skip


def test_nothing_is_said_of_the_same_reading_or_the_first(tmp_path: Path) -> None:
    home, rows = Home(tmp_path), make_rows((5, "NSTW", 4))
    assert list_changes(home.read_again(rows, FIRST), rows) == []
    assert list_changes(home.read_again(rows, SECOND), rows) == []


def test_a_row_that_is_gone_takes_what_was_changed_with_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.read_again(make_rows((5, "NSTW", None)), FIRST)
    home.read_again(make_rows((5, "NSTW", 4)), FIRST)
    third = make_rows((6, "NSTW", 4))
    assert list_changes(home.read_again(third, SECOND), third) == []


def test_files_of_one_part_are_compared_each_with_itself(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.read_again(pa.concat_tables([make_rows((5, "NSTW", 1)), make_rows((5, "NSTW", 2), batch="b2")]), FIRST)
    again = pa.concat_tables([make_rows((5, "NSTW", 3)), make_rows((5, "NSTW", 2), batch="b2")])
    found = home.read_again(again, SECOND)
    assert list_changes(found, again) == [(5, "paid_completed", "1", "3", SECOND)]
    assert list(found.hashes) == ["b1"]


def test_rows_of_a_part_that_do_not_count_are_not_compared(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.read_again(pa.concat_tables([make_rows((5, "NSTW", 1)), make_rows((5, "NSTW", 1), batch="b2")]), FIRST)
    again = pa.concat_tables([make_rows((5, "NSTW", 3)), make_rows((5, "NSTW", 3), batch="b2")])
    assert list(home.read_again(again, SECOND, batches=("b2",)).hashes) == ["b2"]
