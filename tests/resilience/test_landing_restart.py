"""A landing that is killed at any step and run again: nothing is lost, doubled or read twice."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.core.durable_files import WholeFiles
from dagster_project.ingest.landing import batches, landing, month_parts, parquet, parse, parser_version
from dagster_project.ingest.landing.landing import Landing
from dagster_project.ingest.receive.archive import Archive
from dagster_project.ingest.receive.arrivals import ArrivalList
from dagster_project.warehouse.inputs import list_source_files
from tests.support.kits.landing_kit import (
    AS_OF,
    MONTHS,
    VP,
    WHOLE,
    Office,
    list_batches,
    list_part_files,
    read_rows,
)
from tests.support.kits.office import dossiers, workbook


class Killed(BaseException):
    """Stands for SIGKILL: no `except Exception` holds it."""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_an_undisturbed_landing(office):
    office.send_months()
    landed = office.land()
    assert (landed.files, landed.rows_read, landed.rows_quarantined, landed.blocked) == (2, 13 + 24, 0, {})
    assert office.landed() == WHOLE
    assert office.listed() == [file for file, *_ in WHOLE]
    assert not office.make_landing().scan().has_new


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
    "before the first archive": (Archive, "put_all", 1),
    "between two archives": (WholeFiles, "write", 2),
    "before archived files are durable": (WholeFiles, "name_all", 1),
    "between the names of two archived files": (os, "replace", 2),
    "between archive and list of arrivals": (ArrivalList, "append", 1),
    "between list of arrivals and parse": (parse, "parse_files", 1),
    "between two parses": (parse, "_finish", 2),
    "between judge and the first part": (Landing, "_write_part", 1),
    "half-way into a part": (parquet, "_make_table", 3),
    "before a part is durable": (month_parts, "sync", 1),
    "between a part and its account": (landing, "put_in_place", 1),
    "half-way into the account": (batches, "astuple", 3),
    "before what is left over goes": (landing, "remove_leftovers", 1),
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
    assert not office.make_landing().scan().has_new
    assert office.strays() == []


def test_what_a_feed_brings_in_a_night_is_landed_whole_or_not_at_all(office, monkeypatch):
    office.send_months()
    office.send("hong_07_2025.xlsx", b"PK no workbook")
    with monkeypatch.context() as patched:
        kill_before(patched, landing, "put_in_place", 1)
        with pytest.raises(Killed):
            office.land()
    assert office.landed() == []
    assert len(office.make_landing().scan().new) == 3
    written = list_part_files(office.home)
    assert written == ["2025-07/rows-000001.parquet", "2025-07/stated_total-000001.parquet"]
    office.land()
    assert [state for _, state, _ in office.landed()] == ["accepted", "accepted", "blocked"]
    assert list_part_files(office.home) == written


def test_what_a_killed_night_left_goes_when_its_files_do_not_come_again(office, monkeypatch):
    office.send_months()
    with monkeypatch.context() as patched:
        kill_before(patched, landing, "put_in_place", 1)
        with pytest.raises(Killed):
            office.land()
    month_parts.remove_leftovers(office.home)
    assert list_part_files(office.home) == []


def test_many_files_of_a_night_lie_in_one_and_what_nothing_was_kept_back_for_has_none(office):
    office.send_months()
    office.land()
    assert list_part_files(office.home) == ["2025-07/rows-000001.parquet", "2025-07/stated_total-000001.parquet"]


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_torn_manifest_line_costs_nothing(office, cut):
    office.send("hồ sơ tháng 6.xlsx", day=MONTHS["06"], size=6)
    office.land()
    office.send("hồ sơ tháng 7.xlsx", day=MONTHS["07"], size=7)
    whole = office.home.arrivals.read_bytes()
    office.land()
    torn = office.home.arrivals.read_bytes()[len(whole) :].rstrip(b"\n")
    at = torn.index("ồ".encode()) + 1 if cut == 1 else cut  # in the middle of a letter
    office.home.arrivals.write_bytes(whole + torn[:at])
    assert office.listed() == ["hồ sơ tháng 6.xlsx"]
    office.land()
    assert office.listed() == ["hồ sơ tháng 6.xlsx", "hồ sơ tháng 7.xlsx"]
    assert [rows for *_, rows in office.landed()] == [6, 7]


# Read once -----------------------------------------------------------------------------------------------------------


def count_parses(patched: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are parsed from now on."""
    parsed: list[str] = []
    whole = parse.parse_files

    def counting(files: Any, *rest: Any) -> Any:
        parsed.extend(name for _, name in files)
        return whole(files, *rest)

    patched.setattr(parse, "parse_files", counting)
    return parsed


def test_nothing_is_read_twice_not_even_under_another_name(office, monkeypatch):
    office.send_months()
    parsed = count_parses(monkeypatch)
    office.send("2025/ban sao/ho so.xlsx", (office.folder / "ho_so_tthc_06_2025.xlsx").read_bytes())
    office.land()
    office.send("lan nua.xlsx", (office.folder / "ho_so_tthc_07_2025.xlsx").read_bytes())
    assert office.make_landing().scan().has_new
    assert office.land().files == 0
    office.land()
    assert sorted(parsed) == ["ho_so_tthc_06_2025.xlsx", "ho_so_tthc_07_2025.xlsx"]
    assert len(office.listed()) == 4
    (june, july) = (row for _, row in list_source_files(office.home, load_registry(), AS_OF))
    assert june["copies"] == july["copies"] == 1


def test_a_blocked_file_is_not_read_again_until_the_parser_changes(office, monkeypatch):
    office.send("hong_07_2025.xlsx", b"PK\x03\x04 nothing")
    assert list(office.land().blocked) == ["hong_07_2025.xlsx"]
    parsed = count_parses(monkeypatch)
    assert not office.make_landing().scan().has_new
    assert office.land().blocked == {}
    assert parsed == []
    monkeypatch.setattr(parser_version, "_hash_code", lambda: "another parser")
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
    before = list_batches(office.home, VP)
    for path in office.folder.iterdir():
        path.unlink()
    with_layout(monkeypatch, sector=("Tên thủ tục hành chính",))
    landed = office.land()
    assert (landed.files, landed.blocked) == (2, {})
    after = list_batches(office.home, VP)
    assert [batch.sha256 for batch in after] == [batch.sha256 for batch in before]
    assert not {batch.parser for batch in after} & {batch.parser for batch in before}
    assert set(read_rows(office.home, after)["sector"]) == {"Đăng ký khai sinh"}
    tables = ("drift", "reread", "rows", "stated_total")
    assert list_part_files(office.home) == [f"2025-07/{name}-000002.parquet" for name in tables]


def test_a_blocked_file_is_mended_by_its_layout(office, monkeypatch):
    content = workbook(dossiers(date(2025, 7, 2), 3), "(Số liệu đến ngày 13/07/2025)")
    with monkeypatch.context() as patched:
        with_layout(patched, dossier_id=("Số hồ sơ",))
        office.send("ho_so_tthc_07_2025.xlsx", content)
        assert "Số hồ sơ" in office.land().blocked["ho_so_tthc_07_2025.xlsx"]
    assert office.land().files == 1
    assert office.landed() == [("ho_so_tthc_07_2025.xlsx", "accepted", 3)]
