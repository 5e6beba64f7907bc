"""A second process parses the night's files from the last one on: the same landing, whatever becomes of it."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dagster_project.core.keys import PSEUDONYM_VARIABLE
from dagster_project.ingest.landing import parse_ahead
from dagster_project.ingest.landing.landing import Landing
from dagster_project.ingest.landing.parse_ahead import ReadAhead
from tests.support.landing_kit import AS_OF, VP, Contented, Office


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


def _land(office: Office, helper: ReadAhead | None = None) -> dict[str, dict[str, list[object]]]:
    """Land everything; what each parse says, by its file."""
    night = Landing(office.home, office.inbox, AS_OF, Contented(), helper)
    landed = night.land(VP, night.scan())
    assert landed.files == 4
    assert list(landed.blocked) == ["ho_so_20250701.xlsx"]
    parses = sorted((office.home.landing / VP).glob("*/*.parquet"))
    return {f"{path.parent.name}/{path.name}": pq.read_table(path).to_pydict() for path in parses}


def _wait_for(helper: ReadAhead) -> None:
    """Until it has parsed all there is, as when the night is still busy with something else."""
    with helper._changed:
        assert helper._changed.wait_for(lambda: not helper._todo and not helper._parsing, timeout=60)


def test_what_was_parsed_ahead_lands_as_if_parsed_by_the_night(office: Office, tmp_path: Path) -> None:
    scan = office.night().scan()
    with office.night().read_ahead(scan) as helper:
        _wait_for(helper)
        assert [parse is not None for parse in helper._done.values()].count(True) == 4
        helped = _land(office, helper)
    other = Office(tmp_path / "other")
    shutil.copytree(office.inbox, other.inbox, dirs_exist_ok=True)
    alone = _land(other)
    assert helped == alone
    assert len(helped) == 4 * 5


def test_a_helper_that_dies_leaves_its_files_to_the_night(office: Office) -> None:
    with office.night().read_ahead(office.night().scan()) as helper:
        assert helper._helper is not None
        helper._helper.kill()
        assert len(_land(office, helper)) == 4 * 5


def test_a_file_that_changed_after_the_scan_is_not_parsed_ahead(office: Office) -> None:
    scan = office.night().scan()
    office.send("ho_so_20250713.xlsx", day=AS_OF, size=9)
    with office.night().read_ahead(scan) as helper:
        _wait_for(helper)
        changed = next(arrival for arrival in scan.new if arrival.file == "ho_so_20250713.xlsx")
        assert changed not in helper.claim([changed])
        assert helper.take(changed) is None


def test_a_night_of_few_files_starts_no_process(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse_ahead, "_WORTH_FILES", 24)
    with office.night().read_ahead(office.night().scan()) as helper:
        assert helper._helper is None
        assert len(_land(office, helper)) == 4 * 5
