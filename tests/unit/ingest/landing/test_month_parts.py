"""Rows lie in one part a night and one a closed month; rows that do not count are not read, and go in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.ingest.landing import batches, month_parts, parser_version
from dagster_project.ingest.landing.batches import read_batches, read_parts
from dagster_project.ingest.landing.landing import Landing
from dagster_project.ingest.landing.month_parts import merge_closed_months, remove_leftovers, select_rows
from dagster_project.warehouse.inputs import register_inputs
from tests.support.kits.landing_kit import AS_OF, VP, Contented, Office, list_batches, list_part_files

LATER = date(2025, 8, 2)


class Killed(BaseException):
    """Stands for SIGKILL."""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def land(office: Office, as_of: date = AS_OF) -> None:
    landing = Landing(office.home, office.inbox, as_of, Contented())
    landing.land(VP, landing.scan())


def land_nights(office: Office, nights: int) -> None:
    """Let one file come each night."""
    for night in range(nights):
        day = AS_OF + timedelta(days=night)
        office.send(f"ho_so_{day:%Y%m%d}.xlsx", day=day, size=3 + night)
        land(office, day)


def list_rows(office: Office, as_of: date) -> list[Any]:
    """What a build of a day reads of procedures, in no order."""
    file = office.home.root / "build.duckdb"
    file.unlink(missing_ok=True)
    register_inputs(file, office.home, as_of)
    with duckdb.connect(str(file)) as build:
        return build.execute("select * from landing.procedures order by all").fetchall()


def list_rows_files(office: Office) -> list[str]:
    return [name for name in list_part_files(office.home, VP) if "/rows-" in name]


def test_a_night_adds_one_part_and_rewrites_none(office: Office) -> None:
    land_nights(office, 2)
    before = {name: (office.home.landing / VP / name).stat().st_mtime_ns for name in list_rows_files(office)}
    assert list(before) == ["2025-07/rows-000001.parquet", "2025-07/rows-000002.parquet"]
    day = AS_OF + timedelta(days=2)
    for number in range(3):
        office.send(f"them_{number}_{day:%Y%m%d}.xlsx", day=day, size=9 + number)
    land(office, day)
    assert list_rows_files(office) == [*before, "2025-07/rows-000003.parquet"]
    assert before == {name: (office.home.landing / VP / name).stat().st_mtime_ns for name in before}
    assert len(list_rows(office, day)) == 3 + 4 + 9 + 10 + 11


def test_the_first_night_of_a_later_month_makes_one_part_of_a_closed_one(office: Office) -> None:
    land_nights(office, 3)
    before = list_rows(office, LATER)
    land(office, LATER - timedelta(days=3))
    assert len(list_rows_files(office)) == 3, "31 July is the night that reports as of the 30th"
    land(office, LATER)
    assert list_rows_files(office) == ["2025-07/rows-000004.parquet"]
    assert list_rows(office, LATER) == before
    merged = read_parts(office.home)
    land(office, LATER + timedelta(days=40))
    assert read_parts(office.home) == merged, "a month is merged once"


def test_the_months_of_arrival_lie_apart_also_when_all_is_read_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    land_nights(office, 2)
    office.send("ho_so_20250801.xlsx", day=LATER, size=8)
    land(office, LATER)
    assert list_rows_files(office) == ["2025-07/rows-000003.parquet", "2025-08/rows-000001.parquet"]
    before = list_rows(office, LATER)
    monkeypatch.setattr(parser_version, "_hash_code", lambda: "another parser")
    land(office, LATER)
    assert list_rows_files(office) == ["2025-07/rows-000004.parquet", "2025-08/rows-000002.parquet"]
    assert list_rows(office, LATER) == before


def test_rows_of_a_replaced_parse_are_not_read_and_go_with_the_merge(office: Office) -> None:
    office.send_months()
    land(office)
    before = list_rows(office, AS_OF)
    (first, _) = list_batches(office.home, VP)
    batches.put_in_place(office.home, [replace(first, parser="")], [])
    land(office)
    assert list_rows_files(office) == ["2025-07/rows-000001.parquet", "2025-07/rows-000002.parquet"]
    chosen = select_rows(office.home, read_parts(office.home), list_batches(office.home), "rows")
    assert [rows.batches is None for rows in chosen] == [False, True]
    assert list_rows(office, AS_OF) == before
    land(office, LATER)
    assert list_rows_files(office) == ["2025-07/rows-000003.parquet"]
    assert list_rows(office, AS_OF) == before
    rows = duckdb.read_parquet(str(office.home.landing / VP / "2025-07/rows-000003.parquet"))
    assert len(rows) == len(before)


def test_a_part_is_kept_by_its_batches(office: Office) -> None:
    """So that statistics of a group of rows tell whether a batch is in it."""
    office.send_months()
    land(office)
    path = office.home.landing / VP / "2025-07/rows-000001.parquet"
    found = [batch for (batch,) in duckdb.read_parquet(str(path)).project("batch_id").fetchall()]
    assert found == sorted(found)


@pytest.mark.parametrize(
    "moment", [(month_parts, "copy_part"), (month_parts, "move_batches"), (month_parts, "sync"), (batches, "astuple")]
)
def test_a_merge_that_is_killed_leaves_the_parts_or_the_one(
    office: Office, monkeypatch: pytest.MonkeyPatch, moment: tuple[Any, str]
) -> None:
    def die(*_: object, **__: object) -> None:
        raise Killed

    land_nights(office, 3)
    before, landed = list_rows(office, LATER), read_batches(office.home)
    with monkeypatch.context() as patched:
        patched.setattr(*moment, die)
        with pytest.raises(Killed):
            merge_closed_months(office.home, VP, "2025-08")
    assert read_batches(office.home) == landed
    assert list_rows(office, LATER) == before
    remove_leftovers(office.home)
    assert len(list_rows_files(office)) == 3
    land(office, LATER)
    assert list_rows_files(office) == ["2025-07/rows-000004.parquet"]
    assert list_rows(office, LATER) == before


def test_a_merge_that_is_killed_before_old_parts_go_is_done(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(step: str) -> None:
        if step == "month_merged":
            raise Killed

    land_nights(office, 2)
    before = list_rows(office, LATER)
    with monkeypatch.context() as patched:
        patched.setattr(month_parts, "pass_fault_point", die)
        with pytest.raises(Killed):
            land(office, LATER)
    assert len(list_rows_files(office)) == 3
    assert list_rows(office, LATER) == before
    remove_leftovers(office.home)
    assert list_rows_files(office) == ["2025-07/rows-000003.parquet"]
    assert list_rows(office, LATER) == before


def test_batches_of_which_no_row_is_left_lie_in_no_part(office: Office) -> None:
    land_nights(office, 1)
    (place,) = read_parts(office.home)
    batches.move_batches(office.home, [place], (VP, "2025-07", 2), [])
    (batch,) = list_batches(office.home)
    assert (batch.place, read_parts(office.home)) == (None, {})
    assert list_rows(office, AS_OF) == []
