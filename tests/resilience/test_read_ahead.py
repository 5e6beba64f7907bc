"""Workers parse the night's files from the last one on: the same landing, whatever becomes of them."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow.parquet as pq
import pytest

from dagster_project.core.keys import PSEUDONYM_VARIABLE
from dagster_project.core.workers import Bounds, WorkerFault
from dagster_project.ingest.landing import parse_ahead
from dagster_project.ingest.landing.landing import Landing
from dagster_project.ingest.landing.parse_ahead import ReadAhead
from tests.support.kits import worker_functions
from tests.support.kits.landing_kit import AS_OF, VP, Contented, Office

DEADLINE = 120.0
"""Seconds after which a test calls a wait endless."""


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv(PSEUDONYM_VARIABLE, "11" * 32)
    monkeypatch.setattr(parse_ahead, "_WORTH_FILES", 2)
    monkeypatch.setattr(parse_ahead.os, "cpu_count", lambda: 2)
    office = Office(tmp_path)
    for back in range(4):
        day = AS_OF - timedelta(days=back)
        office.send(f"ho_so_{day:%Y%m%d}.xlsx", day=day, size=3 + back)
    office.send("ho_so_20250701.xlsx", b"PK no workbook")
    return office


def _count_parses(landed: dict[str, dict[str, list[object]]]) -> int:
    return sum(path.endswith("rows.parquet") for path in landed)


def _land(office: Office, ahead: ReadAhead | None = None) -> dict[str, dict[str, list[object]]]:
    """Land everything; return what each parse says, by its file."""
    landing = Landing(office.home, office.inbox, AS_OF, Contented(), ahead)
    landed = landing.land(VP, landing.scan())
    assert landed.files == 4
    assert list(landed.blocked) == ["ho_so_20250701.xlsx"]
    parses = sorted((office.home.landing / VP).glob("*/*.parquet"))
    return {f"{path.parent.name}/{path.name}": pq.read_table(path).to_pydict() for path in parses}


def _land_alone(office: Office, root: Path) -> dict[str, dict[str, list[object]]]:
    """The same files landed in another home by the night alone."""
    other = Office(root)
    shutil.copytree(office.inbox, other.inbox, dirs_exist_ok=True)
    return _land(other)


def _within_deadline(call: Callable[[], Any]) -> Any:
    """What a call returns; fails when it does not."""
    outcome: list[Any] = []
    thread = Thread(target=lambda: outcome.append(call()), daemon=True)
    thread.start()
    thread.join(DEADLINE)
    assert outcome, "the night still waits, or has failed"
    return outcome[0]


def _wait_for(ahead: ReadAhead) -> None:
    """Until workers have parsed all there is, as when the night is still busy with something else."""
    with ahead._changed:
        assert ahead._changed.wait_for(lambda: not ahead._todo and not ahead._parsing, timeout=DEADLINE)


@pytest.mark.parametrize("workers", [1, 3])
def test_what_was_parsed_ahead_lands_as_if_parsed_by_the_night(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    if workers > 1:
        monkeypatch.setattr(parse_ahead, "_TOGETHER_FILES", 1)
    scan = office.make_landing().scan()
    with office.make_landing().read_ahead(scan, workers) as ahead:
        assert len(ahead.workers) == workers
        _wait_for(ahead)
        assert [parse is not None for parse in ahead._done.values()].count(True) == 4
        helped = _land(office, ahead)
    assert helped == _land_alone(office, tmp_path / "other")
    assert _count_parses(helped) == 4


@pytest.mark.parametrize(
    "failure",
    [
        "die by SIGKILL",
        "exit early",
        "raise",
        "answer garbage",
        "answer half",
        "answer what cannot be pickled",
        "answer nothing",
        "answer too little",
        "answer no list",
        "sleep",
    ],
)
def test_a_worker_that_fails_leaves_its_files_to_the_night(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    """No file is waited for without end, and what the fault names are the files that were in hand."""
    monkeypatch.setattr(parse_ahead, "parse_in_worker", worker_functions.fail_to_parse)
    monkeypatch.setattr(parse_ahead, "import_parser", None)  # nothing is parsed there
    monkeypatch.setenv(worker_functions.FAILURE, failure)
    scan = office.make_landing().scan()
    with office.make_landing().read_ahead(scan, bounds=Bounds(seconds=1.0)) as ahead:
        _wait_for(ahead)
        faults = [fault for fault in ahead._done.values() if isinstance(fault, WorkerFault)]
        assert len(faults) == len(scan.new)
        assert all(arrival.file in fault.subject for arrival, fault in zip(ahead._done, faults, strict=True))
        landed = _within_deadline(lambda: _land(office, ahead))
    assert landed == _land_alone(office, tmp_path / "other")


def test_a_worker_killed_with_files_in_hand_leaves_them_to_the_night(office: Office) -> None:
    with office.make_landing().read_ahead(office.make_landing().scan()) as ahead:
        end = time.monotonic() + DEADLINE
        while (process := ahead.workers[0].process_id) is None:
            assert time.monotonic() < end
        os.kill(process, signal.SIGKILL)
        assert _count_parses(_within_deadline(lambda: _land(office, ahead))) == 4


def test_a_file_that_changed_after_the_scan_is_not_parsed_ahead(office: Office) -> None:
    scan = office.make_landing().scan()
    office.send("ho_so_20250713.xlsx", day=AS_OF, size=9)
    with office.make_landing().read_ahead(scan) as ahead:
        _wait_for(ahead)
        changed = next(arrival for arrival in scan.new if arrival.file == "ho_so_20250713.xlsx")
        assert changed not in ahead.claim([changed])
        assert ahead.take(changed) is None


def test_a_night_of_few_files_starts_no_process(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse_ahead, "_WORTH_FILES", 24)
    with office.make_landing().read_ahead(office.make_landing().scan()) as ahead:
        assert not ahead.workers
        assert _count_parses(_land(office, ahead)) == 4
