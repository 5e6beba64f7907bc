"""A landing that is killed at any step, or whose files change under it: nothing is lost, doubled or read again."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from dagster_project.contracts.errors import HaicapError
from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import load_registry
from dagster_project.contracts.verdicts import Verdict
from dagster_project.ingest import inbox as inbox_module
from dagster_project.ingest import landing, parse
from dagster_project.ingest.archive import Archive
from dagster_project.ingest.inbox import candidate_files, shown_name
from dagster_project.ingest.landing import FeedLanding, Night, Scan
from dagster_project.ingest.manifest import Arrival, Manifest
from dagster_project.paths import Home
from dagster_project.warehouse.inputs import source_files
from tests.faults.office import dossiers, workbook

VP = "procedures_vp"
AS_OF = date(2025, 7, 13)
MONTHS = {"06": date(2025, 6, 30), "07": date(2025, 7, 13)}


class Killed(BaseException):
    """Stands for SIGKILL: no `except Exception` holds it."""


class Contented:
    """A judge that finds nothing."""

    def judge(self, feed: Feed, files: Sequence[Any]) -> list[Verdict]:
        return []


class Office:
    """One inbox and one home."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root / "home")
        self.inbox = root / "inbox"
        self.folder = self.inbox / VP
        self.folder.mkdir(parents=True)

    def send(self, name: str, content: bytes | None = None, day: date = AS_OF, size: int = 3) -> Path:
        """Put a file into the inbox: a good workbook unless said."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        made = workbook(dossiers(day.replace(day=1), size), f"(Số liệu đến ngày {day:%d/%m/%Y})")
        path.write_bytes(made if content is None else content)
        return path

    def send_months(self) -> None:
        for month, day in MONTHS.items():
            self.send(f"ho_so_tthc_{month}_2025.xlsx", day=day, size=int(month))

    def night(self) -> Night:
        return Night(self.home, self.inbox, AS_OF, Contented())

    def land(self, scan: Scan | None = None) -> FeedLanding:
        night = self.night()
        return night.land(VP, scan or night.scan())

    def landed(self) -> list[tuple[str, str, int]]:
        """(file, state, rows) as a build would see them."""
        found = source_files(self.home, load_registry(), AS_OF)
        return sorted((row["file"], row["state"], _rows(folder)) for folder, row in found)

    def listed(self) -> list[str]:
        return [arrival.file for arrival in Manifest(self.home.manifest).arrivals()]

    def strays(self) -> list[str]:
        """Half-written things that a killed night leaves."""
        return [p.name for p in self.home.root.rglob("*") if p.name.endswith(".tmp")]


def _rows(folder: Path) -> int:
    path = folder / "rows.parquet"
    return int(duckdb.sql(f"select count(*) from '{path}'").fetchone()[0]) if path.exists() else 0  # type: ignore[index]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


WHOLE = [("ho_so_tthc_06_2025.xlsx", "accepted", 6), ("ho_so_tthc_07_2025.xlsx", "accepted", 7)]


def test_an_undisturbed_landing(office):
    office.send_months()
    landed = office.land()
    assert (landed.files, landed.rows_read, landed.rows_quarantined, landed.blocked) == (2, 13 + 24, 0, {})
    assert office.landed() == WHOLE
    assert office.listed() == [file for file, *_ in WHOLE]
    assert not office.night().scan().has_new


# Kills ---------------------------------------------------------------------------------------------------------------


def kill_before(patched: pytest.MonkeyPatch, owner: object, name: str, nth: int = 1) -> None:
    """The nth call of a function kills the process before it does anything."""
    calls = iter(range(1, 100))
    whole = getattr(owner, name)

    def killing(*given: Any, **named: Any) -> Any:
        if next(calls) == nth:
            raise Killed
        return whole(*given, **named)

    patched.setattr(owner, name, killing)


KILLS = {
    "before the first archive": (Archive, "put", 1),
    "between two archives": (Archive, "put", 2),
    "half-way into an archived file": (os, "replace", 1),
    "between archive and manifest": (Manifest, "append", 1),
    "between manifest and parse": (parse, "parse_file", 1),
    "between two parses": (parse, "parse_file", 2),
    "between judge and the first folder": (Night, "_write_batch", 1),
    "between two folders": (Night, "_write_batch", 2),
    "half-way into a folder": (parse, "_write", 3),
    "before a folder gets its name": (landing, "sync", 5),
    "before the old parses go": (Night, "_forget_old_parses", 1),
}


@pytest.mark.parametrize("moment", KILLS)
@pytest.mark.parametrize("is_gone", [False, True], ids=["inbox kept", "archived files gone from the inbox"])
def test_killed_and_run_again_nothing_is_lost_or_doubled(office, monkeypatch, moment, is_gone):
    office.send_months()
    with monkeypatch.context() as patched:
        kill_before(patched, *KILLS[moment])
        with pytest.raises(Killed):
            office.land()
    for name in office.listed() if is_gone else []:
        (office.folder / name).unlink()
    office.land()
    assert office.landed() == WHOLE
    assert sorted(office.listed()) == [file for file, *_ in WHOLE]
    assert not office.night().scan().has_new
    assert office.strays() == []


def test_a_folder_is_whole_or_absent(office, monkeypatch):
    office.send_months()
    with monkeypatch.context() as patched:
        kill_before(patched, parse, "_write", 3)
        with pytest.raises(Killed):
            office.land()
    assert office.landed() == []
    assert len(office.night().scan().new) == 2


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_torn_manifest_line_costs_nothing(office, cut):
    office.send("hồ sơ tháng 6.xlsx", day=MONTHS["06"], size=6)
    office.land()
    office.send("hồ sơ tháng 7.xlsx", day=MONTHS["07"], size=7)
    whole = office.home.manifest.read_bytes()
    office.land()
    torn = office.home.manifest.read_bytes()[len(whole) :].rstrip(b"\n")
    at = torn.index("ồ".encode()) + 1 if cut == 1 else cut  # in the middle of a letter
    office.home.manifest.write_bytes(whole + torn[:at])
    assert office.listed() == ["hồ sơ tháng 6.xlsx"]
    office.land()
    assert office.listed() == ["hồ sơ tháng 6.xlsx", "hồ sơ tháng 7.xlsx"]
    assert [rows for *_, rows in office.landed()] == [6, 7]


# Read once -----------------------------------------------------------------------------------------------------------


def count_parses(patched: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are parsed from now on."""
    parsed: list[str] = []
    whole = parse.parse_file

    def counting(content: bytes, name: str, *rest: Any) -> Any:
        parsed.append(name)
        return whole(content, name, *rest)

    patched.setattr(parse, "parse_file", counting)
    return parsed


def test_nothing_is_read_twice_not_even_under_another_name(office, monkeypatch):
    office.send_months()
    parsed = count_parses(monkeypatch)
    office.send("2025/ban sao/ho so.xlsx", (office.folder / "ho_so_tthc_06_2025.xlsx").read_bytes())
    office.land()
    office.send("lan nua.xlsx", (office.folder / "ho_so_tthc_07_2025.xlsx").read_bytes())
    assert office.night().scan().has_new
    assert office.land().files == 0
    office.land()
    assert sorted(parsed) == ["ho_so_tthc_06_2025.xlsx", "ho_so_tthc_07_2025.xlsx"]
    assert len(office.listed()) == 4
    (june, july) = (row for _, row in source_files(office.home, load_registry(), AS_OF))
    assert june["copies"] == july["copies"] == 1


def test_a_blocked_file_is_not_read_again_until_the_parser_changes(office, monkeypatch):
    office.send("hong_07_2025.xlsx", b"PK\x03\x04 nothing")
    assert list(office.land().blocked) == ["hong_07_2025.xlsx"]
    parsed = count_parses(monkeypatch)
    assert not office.night().scan().has_new
    assert office.land().blocked == {}
    assert parsed == []
    monkeypatch.setattr(landing, "_code_hash", lambda: "another parser")
    assert list(office.land().blocked) == ["hong_07_2025.xlsx"]
    assert parsed == ["hong_07_2025.xlsx"]
    assert office.landed() == [("hong_07_2025.xlsx", "blocked", 0)]


def with_layout(patched: pytest.MonkeyPatch, **headers: tuple[str, ...]) -> None:
    """The project with another layout of procedures_vp, as after an edit of its YAML file."""
    registry = load_registry()
    known = registry.feeds[VP]
    layout = known.layout.model_copy(update={"headers": known.layout.headers | headers})
    feed = replace(known, layout=layout, layout_content=known.layout_content + b"# edited\n")
    patched.setattr(landing, "load_registry", lambda: replace(registry, feeds=registry.feeds | {VP: feed}))


def test_a_changed_layout_parses_again_from_the_archive_and_forgets_the_old_parse(office, monkeypatch):
    office.send_months()
    office.land()
    before = {path.name for path in (office.home.landing / VP).iterdir()}
    for path in office.folder.iterdir():
        path.unlink()
    with_layout(monkeypatch, sector=("Tên thủ tục hành chính",))
    landed = office.land()
    assert (landed.files, landed.blocked) == (2, {})
    folders = list((office.home.landing / VP).iterdir())
    assert len(folders) == 2
    assert not {path.name for path in folders} & before
    sectors = pd.concat(pd.read_parquet(path / "rows.parquet")["sector"] for path in folders)
    assert set(sectors) == {"Đăng ký khai sinh"}


def test_a_blocked_file_is_mended_by_its_layout(office, monkeypatch):
    content = workbook(dossiers(date(2025, 7, 2), 3), "(Số liệu đến ngày 13/07/2025)")
    with monkeypatch.context() as patched:
        with_layout(patched, dossier_id=("Số hồ sơ",))
        office.send("ho_so_tthc_07_2025.xlsx", content)
        assert "Số hồ sơ" in office.land().blocked["ho_so_tthc_07_2025.xlsx"]
    assert office.land().files == 1
    assert office.landed() == [("ho_so_tthc_07_2025.xlsx", "accepted", 3)]


# Files that change under the night -----------------------------------------------------------------------------------


def test_a_file_replaced_between_scan_and_landing_waits_and_stops_no_other(office):
    office.send_months()
    scan = office.night().scan()
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
    scan = office.night().scan()
    (office.folder / "ho_so_tthc_07_2025.xlsx").unlink()
    assert office.land(scan).files == 1
    assert office.listed() == ["ho_so_tthc_06_2025.xlsx"]
    assert not office.night().scan().has_new


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
        scan = office.night().scan()
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
        assert office.night().scan().has_new
    assert office.landed() == [("ho_so_tthc_06_2025.xlsx", "accepted", 6)]


def test_a_lost_archive_is_said_and_the_other_files_land(office, monkeypatch):
    office.send_months()
    office.land()
    for path in office.folder.iterdir():
        path.unlink()
    (lost,) = (a for a in Manifest(office.home.manifest).arrivals() if "_06_" in a.file)
    Archive(office.home.archive, b"k" * 32).path(lost.sha256).unlink()
    office.send("ho_so_tthc_07_2025 lần 2.xlsx", day=AS_OF, size=8)
    monkeypatch.setattr(landing, "_code_hash", lambda: "another parser")
    with pytest.raises(HaicapError, match=r"Kho lưu không còn tệp đã nhận: ho_so_tthc_06_2025\.xlsx"):
        office.land()
    parses = sorted(json.loads(p.read_text())["rows_read"] for p in (office.home.landing / VP).glob("*/batch.json"))
    assert parses == [18, 19, 20]  # June by the old parser, since there is no other; July twice by the new one


def test_a_bug_brought_out_by_one_file_blocks_that_file_and_says_no_value(office, monkeypatch):
    office.send_months()
    whole = parse.open_tables

    def buggy(tables: Any, *rest: Any) -> Any:
        if len(tables[0].frame) == 7:
            raise KeyError("Lê Thị Ví Dụ")
        return whole(tables, *rest)

    monkeypatch.setattr(parse, "open_tables", buggy)
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
        patched.setattr(parse, "open_tables", full)
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
    found = [path.relative_to(tmp_path).as_posix() for path in candidate_files(tmp_path)]
    assert found == ["h", "sub/deep/g.xlsx"]
    assert candidate_files(tmp_path / "nowhere") == []
    assert candidate_files(tmp_path / "h") == []


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
    assert shown_name(name) == shown


def test_odd_names_are_listed_once_and_found_again(office):
    day = AS_OF
    for nth, name in enumerate(
        ["a\u2028b.xlsx", os.fsdecode(b"t\xd6ng.xlsx"), "Ba\u0301o.xlsx", "x\ny.xlsx", "u\x85v.xlsx"]
    ):
        office.send(name, day=day, size=nth + 1)
    office.land()
    assert len(office.listed()) == 5
    assert not office.night().scan().has_new
    office.land()
    assert len(office.listed()) == 5
    assert sorted(rows for *_, rows in office.landed()) == [1, 2, 3, 4, 5]


def test_the_manifest_lists_an_arrival_once(tmp_path):
    manifest = Manifest(tmp_path / "manifest.jsonl")
    arrival = Arrival(VP, "a.xlsx", "0" * 64, 3, AS_OF)
    manifest.append([arrival])
    manifest.append([replace(arrival, night=date(2025, 7, 20)), replace(arrival, file="b.xlsx")])
    assert [(a.file, a.night) for a in manifest.arrivals()] == [("a.xlsx", AS_OF), ("b.xlsx", AS_OF)]


def test_an_inbox_that_is_not_there_is_said_in_one_line(tmp_path):
    with pytest.raises(HaicapError, match="Không thấy thư mục hộp thư") as raised:
        Night(Home(tmp_path / "home"), tmp_path / "nowhere", AS_OF).scan()
    assert "\n" not in raised.value.message_vi
