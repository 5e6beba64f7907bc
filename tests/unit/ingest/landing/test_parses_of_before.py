"""A landing in folders, one for each parse, as releases before had it, is taken over: no row is lost, none doubled."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.core.errors import DamagedFile
from dagster_project.ingest.landing import batches, parses_of_before
from dagster_project.ingest.landing.month_parts import remove_leftovers
from dagster_project.ingest.landing.parses_of_before import take_over_parses
from tests.support.kits.landing_kit import VP, WHOLE, Office, list_batches, list_part_files, read_rows

OLD, OLDER = "0123456789ab", "ba9876543210"


class Killed(BaseException):
    """Stands for SIGKILL."""


def lay_out(office: Office, parser: str) -> list[Path]:
    """Lay out a copy of what is landed as a release before did, without the column `fee`, which it did not have yet."""
    folders = []
    for batch in list_batches(office.home):
        folder = office.home.landing / batch.feed_id / f"{batch.sha256[:16]}-{parser}"
        folder.mkdir(parents=True)
        (folder / "batch.json").write_text(batch.told, encoding="utf-8")
        for name in ("rows", "stated_total"):
            read_rows(office.home, [batch], name).drop(columns="fee", errors="ignore").to_parquet(
                folder / f"{name}.parquet"
            )
        folders.append(folder)
    return folders


def forget_parts(office: Office) -> None:
    office.home.batches.unlink()
    shutil.rmtree(office.home.landing / VP / "2025-07")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office whose two files were landed by a release before, each twice; and were taken out of the inbox."""
    office = Office(tmp_path)
    office.send_months()
    office.land()
    for place, parser in enumerate((OLDER, f"{OLD}-aside")):
        for folder in lay_out(office, parser):
            os.utime(folder / "batch.json", (place, place))
    forget_parts(office)
    for path in office.folder.iterdir():
        path.unlink()
    return office


def list_folders(office: Office) -> Iterator[str]:
    return (path.name for path in sorted((office.home.landing / VP).iterdir()))


def test_the_newest_parse_of_each_file_stands_in_for_it_until_it_is_read_again(office: Office) -> None:
    assert take_over_parses(office.home) == 4
    assert office.landed() == WHOLE
    assert {batch.parser for batch in list_batches(office.home)} == {OLD}
    assert list(list_folders(office)) == ["2025-07"]
    assert list_part_files(office.home) == [f"2025-07/{name}-000001.parquet" for name in ("rows", "stated_total")]
    assert len(office.make_landing().scan().new) == 2
    assert office.land().read_again == 2
    assert office.landed() == WHOLE
    assert list_part_files(office.home) == [f"2025-07/{name}-000002.parquet" for name in ("rows", "stated_total")]


def test_what_a_reading_changes_is_told_against_the_one_of_before_in_the_columns_that_it_had(office: Office) -> None:
    for path in (office.home.landing / VP).glob("*/rows.parquet"):
        with duckdb.connect() as engine:
            engine.execute(
                f"create table was as from '{path}'; update was set sector = 'Khác' where source_row % 2 = 0"
            )
            engine.execute(f"copy was to '{path}'")
    take_over_parses(office.home)
    office.land()
    (file,) = (office.home.landing / VP).glob("*/reread-*.parquet")
    with duckdb.connect() as engine:
        told = engine.read_parquet(str(file)).project("column_name, old_value").distinct().fetchall()
    assert told == [("sector", "Khác")]


def test_a_file_whose_bytes_are_gone_keeps_its_rows_and_its_account(office: Office) -> None:
    for path in office.home.archive.glob("??/*"):
        path.unlink()
    take_over_parses(office.home)
    assert office.make_landing().scan().new == ()
    office.land()
    assert office.landed() == WHOLE


@pytest.mark.parametrize(
    "moment",
    [
        (parses_of_before, "copy_part"),
        (parses_of_before, "put_in_place"),
        (batches, "astuple"),
        (parses_of_before, "pass_fault_point"),
        (parses_of_before, "remove"),
    ],
)
def test_a_takeover_that_is_killed_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch, moment: tuple[Any, str]
) -> None:
    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(*moment, die)
        with pytest.raises(Killed):
            take_over_parses(office.home)
    take_over_parses(office.home)
    remove_leftovers(office.home)
    assert office.landed() == WHOLE
    assert list(list_folders(office)) == ["2025-07"]
    assert len(list_part_files(office.home)) == 2


def test_a_torn_parse_is_read_again_where_its_file_is_kept_and_told_where_it_is_not(office: Office) -> None:
    for path in (office.home.landing / VP).glob(f"*-{OLD}-aside/rows.parquet"):
        path.write_bytes(path.read_bytes()[:99])
    shutil.copytree(office.home.root, other := office.home.root.with_name("other"))
    take_over_parses(office.home)
    assert {batch.parser for batch in list_batches(office.home)} == {OLDER}
    for path in (other / "archive").glob("??/*"):
        path.unlink()
    with pytest.raises(DamagedFile, match="tệp gốc không còn"):
        take_over_parses(type(office.home)(other))
    assert len(list((other / "landing" / VP).glob("*-*/batch.json"))) == 4, "nothing is thrown away"
