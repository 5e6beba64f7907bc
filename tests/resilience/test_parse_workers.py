"""Files are read in processes with bounds: a file that kills its process or overruns is blocked, once, and alone."""

from __future__ import annotations

import os
import shutil
import signal
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dagster_project.core.errors import HaicapError
from dagster_project.core.keys import PSEUDONYM_VARIABLE
from dagster_project.core.workers import Bounds
from dagster_project.ingest.landing import parse_workers
from dagster_project.ingest.landing.landing import FeedLanding, Landing
from dagster_project.ingest.landing.parse_workers import ParseWorkers
from tests.support.kits import worker_functions
from tests.support.kits.landing_kit import (
    AS_OF,
    VP,
    Contented,
    Office,
    list_accounts,
    list_batches,
    list_part_files,
    read_rows,
)
from tests.support.kits.worker_functions import DEADLINE, within_deadline

BAD = "ho_so_20250711.xlsx"
"""The file of which a worker fails, where a test has it fail."""
DAYS = [AS_OF - timedelta(days=back) for back in range(4)]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv(PSEUDONYM_VARIABLE, "11" * 32)
    office = Office(tmp_path)
    for size, day in enumerate(DAYS, 3):
        office.send(f"ho_so_{day:%Y%m%d}.xlsx", day=day, size=size)
    office.send("ho_so_20250701.xlsx", b"PK no workbook")
    return office


def _land(office: Office, workers: ParseWorkers | None = None) -> FeedLanding:
    landing = Landing(office.home, office.inbox, AS_OF, Contented(), workers)
    return landing.land(VP, landing.scan())


def _list_parses(office: Office) -> dict[str, dict[str, list[object]]]:
    """What each part says."""
    return {name: pq.read_table(office.home.landing / VP / name).to_pydict() for name in list_part_files(office.home)}


def _list_rows(office: Office) -> int:
    return len(read_rows(office.home, list_batches(office.home, VP)))


def _wait_for(workers: ParseWorkers) -> None:
    """Until workers have parsed all there is, as when the night is still busy with something else."""
    with workers._changed:
        assert workers._changed.wait_for(lambda: not workers._todo and not workers._in_hand, timeout=DEADLINE)


def _have_fail(monkeypatch: pytest.MonkeyPatch, failure: str) -> None:
    monkeypatch.setattr(parse_workers, "parse_in_worker", worker_functions.fail_to_parse)
    monkeypatch.setenv(worker_functions.FAILURE, failure)
    monkeypatch.setenv(worker_functions.FAILS_OF, BAD)


@pytest.mark.parametrize("count", [1, 3])
def test_what_workers_read_lands_as_if_read_by_the_night(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    if count > 1:
        monkeypatch.setattr(parse_workers, "_TOGETHER_FILES", 1)
    scan = office.make_landing().scan()
    with office.make_landing().make_workers(scan, count) as workers:
        assert len(workers.workers) == count
        _wait_for(workers)
        landed = within_deadline(lambda: _land(office, workers))
    assert (landed.files, list(landed.blocked)) == (4, ["ho_so_20250701.xlsx"])
    other = Office(tmp_path / "other")
    shutil.copytree(office.inbox, other.inbox, dirs_exist_ok=True)
    assert _land(other).blocked == landed.blocked
    assert _list_parses(office) == _list_parses(other)
    assert _list_rows(office) == 3 + 4 + 5 + 6


@pytest.mark.parametrize(
    ("failure", "bounds", "reason"),
    [
        ("die by SIGKILL", Bounds(60), "SIGKILL"),
        ("compute for ever", Bounds(60, cpu_seconds=1), "quá thời gian tính"),
        ("take memory by the byte", Bounds(60, memory=400 << 20), "quá bộ nhớ"),
    ],
)
def test_a_file_that_ends_its_worker_is_blocked_alone_and_once(
    office: Office, monkeypatch: pytest.MonkeyPatch, failure: str, bounds: Bounds, reason: str
) -> None:
    with monkeypatch.context() as broken:
        _have_fail(broken, failure)
        scan = office.make_landing().scan()
        with office.make_landing().make_workers(scan, 1, bounds) as workers:
            landed = within_deadline(lambda: _land(office, workers))
    assert landed.files == 3
    assert set(landed.blocked) == {"ho_so_20250701.xlsx", BAD}
    assert reason in landed.blocked[BAD]
    accounts = list_accounts(office.home, VP)
    assert [account["blocked_rule"] for account in accounts if account["state"] == "blocked"].count("over_bounds") == 1
    assert not office.make_landing().scan().new, "it is not tried each night"


@pytest.mark.parametrize("failure", ["raise", "answer nothing"])
def test_a_fault_that_is_not_the_files_blocks_none(
    office: Office, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    with monkeypatch.context() as broken:
        _have_fail(broken, failure)
        made = office.make_landing().make_workers(office.make_landing().scan())
        with made as workers, pytest.raises(HaicapError, match=BAD):
            within_deadline(lambda: _land(office, workers))
    assert _land(office).files == 4


def test_a_worker_killed_from_outside_is_asked_again(office: Office) -> None:
    with office.make_landing().make_workers(office.make_landing().scan(), 1) as workers:
        workers.workers[0].start()
        process = workers.workers[0].process_id
        assert process is not None
        os.kill(process, signal.SIGKILL)
        assert within_deadline(lambda: _land(office, workers)).files == 4


def test_no_process_to_be_had_is_a_fault_of_the_feed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse_workers, "import_parser", worker_functions.refuse_to_start)
    made = office.make_landing().make_workers(office.make_landing().scan())
    with made as workers, pytest.raises(HaicapError, match="ImportError"):
        within_deadline(lambda: _land(office, workers))


def test_a_file_that_changed_after_the_scan_waits_a_night(office: Office) -> None:
    landing = office.make_landing()
    scan = landing.scan()
    office.send("ho_so_20250713.xlsx", day=AS_OF, size=9)
    with landing.make_workers(scan) as workers:
        _wait_for(workers)
        landed = within_deadline(lambda: Landing(office.home, office.inbox, AS_OF, Contented(), workers).land(VP, scan))
    assert landed.files == 3
    assert "thay đổi trong lúc đọc" in landed.blocked["ho_so_20250713.xlsx"]


def test_what_is_only_in_the_archive_is_read_from_there(office: Office) -> None:
    landing = office.make_landing()
    _land(office)
    shutil.rmtree(office.home.landing)
    shutil.rmtree(office.inbox / VP)
    with landing.make_workers(landing.scan()) as workers:
        assert within_deadline(lambda: _land(office, workers)).files == 4


def test_more_processes_where_they_gain_something(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse_workers.os, "cpu_count", lambda: 2)
    scan = office.make_landing().scan()
    assert len(office.make_landing().make_workers(scan).workers) == 1
    monkeypatch.setattr(parse_workers, "_WORTH_FILES", 5)
    assert len(office.make_landing().make_workers(scan).workers) == 2


def test_files_wait_when_much_lies_parsed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the night asks for one of them."""
    monkeypatch.setattr(parse_workers, "_WAITING", 0)
    monkeypatch.setattr(parse_workers, "_TOGETHER_FILES", 1)
    with office.make_landing().make_workers(office.make_landing().scan(), 1) as workers:
        with workers._changed:
            assert workers._changed.wait_for(lambda: bool(workers._done), timeout=DEADLINE)
            assert not workers._changed.wait_for(lambda: len(workers._done) > 1, timeout=0.5)
        assert within_deadline(lambda: _land(office, workers)).files == 4
