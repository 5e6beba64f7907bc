"""Files that change under the night, cannot be read, or have odd names: the others land, and a person is told."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dagster_project.core.errors import HaicapError
from dagster_project.core.paths import Home
from dagster_project.ingest.landing import parse, parser_version
from dagster_project.ingest.landing.landing import Landing
from dagster_project.ingest.receive import inbox as inbox_module
from dagster_project.ingest.receive.archive import Archive
from dagster_project.ingest.receive.arrivals import Arrival, ArrivalList
from dagster_project.ingest.receive.inbox import list_candidate_files, show_name
from tests.support.kits.landing_kit import AS_OF, VP, Office, list_accounts


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


# Files that change under the night -----------------------------------------------------------------------------------


def test_a_file_replaced_between_scan_and_landing_waits_and_stops_no_other(office):
    office.send_months()
    scan = office.make_landing().scan()
    later = office.send("ho_so_tthc_07_2025.xlsx", day=AS_OF, size=9)
    landed = office.land(scan)
    assert landed.files == 1
    assert "đêm sau đọc lại" in landed.blocked["ho_so_tthc_07_2025.xlsx"]
    assert office.listed() == ["ho_so_tthc_06_2025.xlsx"]
    assert later.exists()
    office.land()
    assert [rows for *_, rows in office.landed()] == [6, 9]


def test_a_file_taken_away_between_scan_and_landing_stops_no_other(office):
    office.send_months()
    scan = office.make_landing().scan()
    (office.folder / "ho_so_tthc_07_2025.xlsx").unlink()
    assert office.land(scan).files == 1
    assert office.listed() == ["ho_so_tthc_06_2025.xlsx"]
    assert not office.make_landing().scan().has_new


def test_a_file_that_grows_while_it_is_hashed_is_not_taken(office, monkeypatch):
    path = office.send("ho_so_tthc_07_2025.xlsx")
    whole = inbox_module.hashlib.file_digest

    def slowly(file: Any, name: str) -> Any:
        digest = whole(file, name)
        with path.open("ab") as writer:
            writer.write(b"more")
        return digest

    with monkeypatch.context() as patched:
        patched.setattr(inbox_module.hashlib, "file_digest", slowly)
        scan = office.make_landing().scan()
    assert scan.still_written == (f"{VP}/ho_so_tthc_07_2025.xlsx",)
    assert scan.arrivals == ()


def test_a_file_that_may_not_be_read_is_named_every_night_and_stops_no_other(office, monkeypatch):
    office.send_months()
    whole = Path.open

    def refusing(self: Path, *given: Any, **named: Any) -> Any:
        if self.name == "ho_so_tthc_07_2025.xlsx":
            raise PermissionError(13, "Permission denied")
        return whole(self, *given, **named)

    monkeypatch.setattr(Path, "open", refusing)
    for _ in range(2):
        landed = office.land()
        assert "Không mở được tệp (Permission denied)" in landed.blocked["ho_so_tthc_07_2025.xlsx"]
        assert office.make_landing().scan().has_new
    assert office.landed() == [("ho_so_tthc_06_2025.xlsx", "accepted", 6)]


def test_a_lost_archive_keeps_the_earlier_parse_and_the_other_files_land(office, monkeypatch):
    office.send_months()
    office.land()
    for path in office.folder.iterdir():
        path.unlink()
    (lost,) = (a for a in ArrivalList(office.home.arrivals).read_arrivals() if "_06_" in a.file)
    Archive(office.home.archive, b"k" * 32).locate(lost.sha256).unlink()
    office.send("ho_so_tthc_07_2025 lần 2.xlsx", day=AS_OF, size=8)
    monkeypatch.setattr(parser_version, "_hash_code", lambda: "another parser")
    office.land()
    parses = sorted(account["rows_read"] for account in list_accounts(office.home, VP))
    assert parses == [18, 19, 20]  # June by the old parser, since there is no other; July twice by the new one


def test_a_bug_brought_out_by_one_file_blocks_that_file_and_says_no_value(office, monkeypatch):
    office.send_months()
    whole = parse.validate_files

    def buggy(files: Any, *rest: Any) -> Any:
        if any(len(sheets[0].table.frame) == 7 for sheets in files):
            raise KeyError("Lê Thị Ví Dụ")
        return whole(files, *rest)

    monkeypatch.setattr(parse, "validate_files", buggy)
    landed = office.land()
    assert landed.files == 1
    assert "KeyError" in landed.blocked["ho_so_tthc_07_2025.xlsx"]
    assert "Ví Dụ" not in landed.blocked["ho_so_tthc_07_2025.xlsx"]
    assert [state for _, state, _ in office.landed()] == ["accepted", "blocked"]


def test_a_full_disk_is_no_fault_of_the_file(office, monkeypatch):
    office.send_months()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(parse, "validate_files", full)
        with pytest.raises(OSError, match="No space left"):
            office.land()
    assert office.land().files == 2


# Names ---------------------------------------------------------------------------------------------------------------


def test_what_is_no_file(tmp_path):
    names = (
        "~$a.xlsx",
        "b.xlsx.part",
        "C.PART",
        ".hidden.xlsx",
        "d.tmp",
        ".trash/e.xlsx",
        "sub/.f",
        "sub/deep/g.xlsx",
        "h",
    )
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    os.mkfifo(tmp_path / "pipe.xlsx")
    (tmp_path / "folder.xlsx").mkdir()
    found = [path.relative_to(tmp_path).as_posix() for path in list_candidate_files(tmp_path)]
    assert found == ["h", "sub/deep/g.xlsx"]
    assert list_candidate_files(tmp_path / "nowhere") == []
    assert list_candidate_files(tmp_path / "h") == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Báo cáo.xlsx", "Báo cáo.xlsx"),
        ("Ba\u0301o ca\u0301o.xlsx", "Báo cáo.xlsx"),
        ("a\nb\t\x1b[31m.xlsx", "a\\nb\\t\\x1b[31m.xlsx"),
        ("a\u2028b\u202excod.xlsx", "a\\u2028b\\u202excod.xlsx"),
        (os.fsdecode(b"t\xd6ng.xlsx"), "t\\xd6ng.xlsx"),
        ("$(rm -rf).xlsx", "$(rm -rf).xlsx"),
    ],
)
def test_a_name_is_shown_as_text_on_one_line(name, shown):
    assert show_name(name) == shown


def test_odd_names_are_listed_once_and_found_again(office):
    day = AS_OF
    for nth, name in enumerate(
        ["a\u2028b.xlsx", os.fsdecode(b"t\xd6ng.xlsx"), "Ba\u0301o.xlsx", "x\ny.xlsx", "u\x85v.xlsx"]
    ):
        office.send(name, day=day, size=nth + 1)
    office.land()
    assert len(office.listed()) == 5
    assert not office.make_landing().scan().has_new
    office.land()
    assert len(office.listed()) == 5
    assert sorted(rows for *_, rows in office.landed()) == [1, 2, 3, 4, 5]


def test_the_list_of_arrivals_names_each_once(tmp_path):
    arrivals = ArrivalList(tmp_path / "manifest.jsonl")
    arrival = Arrival(VP, "a.xlsx", "0" * 64, 3, AS_OF)
    arrivals.append([arrival])
    arrivals.append([replace(arrival, seen_on=date(2025, 7, 20)), replace(arrival, file="b.xlsx")])
    assert [(a.file, a.seen_on) for a in arrivals.read_arrivals()] == [("a.xlsx", AS_OF), ("b.xlsx", AS_OF)]


def test_an_inbox_that_is_not_there_is_said_in_one_line(tmp_path):
    with pytest.raises(HaicapError, match="Không thấy thư mục hộp thư") as raised:
        Landing(Home(tmp_path / "home"), tmp_path / "nowhere", AS_OF).scan()
    assert "\n" not in raised.value.message_vi
