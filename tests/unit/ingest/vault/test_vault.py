"""The parts that guard personal data: seal, vault records, the cells that go back, the chained log, new keys."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.contracts.registry import load_registry
from dagster_project.core.chained_log import ChainedLog
from dagster_project.core.errors import HaicapError, UsageError
from dagster_project.core.keys import ARCHIVE_VARIABLE, VAULT_VARIABLE, load_keys
from dagster_project.core.paths import Home
from dagster_project.core.seal import Seal
from dagster_project.ingest.readers.base import RawTable
from dagster_project.ingest.receive.archive import Archive
from dagster_project.ingest.vault.sender_rows import find_identifying_cells
from dagster_project.ingest.vault.vault import Vault, locate_record, open_vault
from dagster_project.operate.rotate_keys import rotate_keys
from dagster_project.settings.settings import load_settings

VP = "procedures_vp"
BATCH = "0123456789abcdef"
CELLS = pd.DataFrame(
    {"source_sheet": ["Tháng 7", None], "source_row": [11, 12], "applicant_name": ["Lê Thị Ví Dụ", None]}
).astype({"source_row": "int32"})
NAME = "Lê Thị Ví Dụ".encode()


class Killed(BaseException):
    """Stands for SIGKILL: no `except Exception` holds it."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    for variable in (ARCHIVE_VARIABLE, VAULT_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(f"{variable}_OLD", raising=False)
    return Home(tmp_path / "home")


# Seal and records ----------------------------------------------------------------------------------------------------


@given(st.binary(max_size=200), st.data())
def test_a_seal_opens_only_whole_under_its_name_and_key(content: bytes, data: Any) -> None:
    seal = Seal(b"k" * 32)
    closed = seal.close("a", content)
    assert seal.open("a", closed) == content
    assert Seal(b"n" * 32, b"k" * 32).open("a", closed) == content
    at = data.draw(st.integers(0, len(closed) - 1))
    changed = closed[:at] + bytes([closed[at] ^ 1]) + closed[at + 1 :]
    for name, stored, key in (("b", closed, b"k"), ("a", closed, b"x"), ("a", changed, b"k"), ("a", closed[:at], b"k")):
        with pytest.raises(InvalidTag):
            Seal(key * 32).open(name, stored)


def test_a_record_comes_back_and_shows_nothing_at_rest(home: Home) -> None:
    open_vault(home).put(VP, BATCH, CELLS)
    path = locate_record(home.vault, VP, BATCH)
    pd.testing.assert_frame_equal(open_vault(home).get(VP, BATCH), CELLS, check_dtype=False)
    assert NAME not in path.read_bytes()
    assert b"PAR1" not in path.read_bytes()
    assert [stat.S_IMODE(p.stat().st_mode) for p in (path, path.parent, home.vault)] == [0o600, 0o700, 0o700]
    assert stat.S_IMODE((home.keys / "vault.key").stat().st_mode) == 0o600


def test_the_vault_folder_is_closed_even_where_it_stood_open(home: Home) -> None:
    home.vault.mkdir(parents=True)
    home.vault.chmod(0o755)
    open_vault(home).put(VP, BATCH, CELLS)
    assert stat.S_IMODE(home.vault.stat().st_mode) == 0o700


@pytest.mark.parametrize("broken", ["wrong key", "one bit", "another batch", "cut off", "empty"])
def test_a_record_that_does_not_open_says_what_to_check_and_nothing_else(home: Home, broken: str) -> None:
    open_vault(home).put(VP, BATCH, CELLS)
    path, vault, batch = locate_record(home.vault, VP, BATCH), open_vault(home), BATCH
    stored = path.read_bytes()
    if broken == "wrong key":
        vault = Vault(home.vault, b"x" * 32)
    elif broken == "another batch":
        batch = "f" * 16
        path.rename(locate_record(home.vault, VP, batch))
    else:
        path.write_bytes({"one bit": stored[:-1] + bytes([stored[-1] ^ 1]), "cut off": stored[:40]}.get(broken, b""))
    with pytest.raises(HaicapError, match="Không giải mã được lô") as fault:
        vault.get(VP, batch)
    assert "vault.key" in fault.value.remedy_vi
    assert "Ví Dụ" not in f"{fault.value.message_vi}{fault.value.remedy_vi}"


def test_the_archive_key_does_not_open_the_vault(home: Home) -> None:
    open_vault(home).put(VP, BATCH, CELLS)
    with pytest.raises(HaicapError, match="khóa không đúng"):
        Vault(home.vault, *load_keys("archive", home.keys, ARCHIVE_VARIABLE)).get(VP, BATCH)


def test_half_a_key_is_named(home: Home) -> None:
    home.keys.mkdir(parents=True)
    (home.keys / "vault.key").write_bytes(b"short")
    (home.keys / "vault.key").chmod(0o600)
    with pytest.raises(HaicapError, match="32 byte"):
        open_vault(home)


# Cells that go back --------------------------------------------------------------------------------------------------


def _faults(*places: tuple[str | None, int | None]) -> pd.DataFrame:
    return pd.DataFrame(places, columns=["source_sheet", "source_row"]).astype({"source_row": "Int32"})


def _table(sheet: str | None) -> RawTable:
    frame = pd.DataFrame(
        {
            "_row": [11, 12, 13],
            "dossier_id": ["H62-1", 25000123.0, "H62-3"],
            "applicant_name": ["Lê Thị Ví Dụ", "Bùi Văn Thử", "Xa Thị Mẫu"],
            "sector": ["Hộ tịch"] * 3,
            "unit.name": ["UBND xã Yên Lạc", None, "UBND xã Yên Lạc"],
        }
    )
    return RawTable(sheet, frame, bad_rows=pd.DataFrame({"_row": [14], "text": ["a;b;Đinh Thị Lạc;c"]}))


@pytest.mark.parametrize("sheet", ["Tháng 7", None])
def test_only_faulty_rows_and_only_identifying_columns_are_taken(sheet: str | None) -> None:
    faults = [_faults((sheet, 12), (sheet, 14), (sheet, None)), _faults((sheet, 12), (sheet, 30))]
    (cells,) = find_identifying_cells([([_table(sheet)], faults)], load_registry().feeds[VP])
    cells = cells.set_index("source_row")
    assert list(cells.index) == [12, 14, 30]
    assert set(cells.columns) == {"source_sheet", "dossier_id", "applicant_name", "unit.name", "line"}
    assert cells.loc[12, "dossier_id"] == "25000123"
    assert cells.loc[12, "applicant_name"] == "Bùi Văn Thử"
    assert cells.loc[14, "line"] == "a;b;Đinh Thị Lạc;c"
    assert cells.loc[30].drop("source_sheet").isna().all()
    assert "Lê Thị Ví Dụ" not in cells.to_string()


def test_rows_of_another_sheet_stay_out() -> None:
    tables = [_table("Tháng 6"), _table("Tháng 7")]
    (cells,) = find_identifying_cells([(tables, [_faults(("Tháng 6", 11))])], load_registry().feeds[VP])
    assert cells[["source_sheet", "source_row"]].values.tolist() == [["Tháng 6", 11]]


def test_of_several_files_each_gets_its_own_rows_back() -> None:
    bare = _table("Tháng 7")
    bare.frame = bare.frame.drop(columns="applicant_name")
    files = [
        ([_table("Tháng 7")], [_faults(("Tháng 7", 11)), _faults()]),
        ([_table("Tháng 7")], [_faults(), _faults()]),
        ([bare], [_faults(("Tháng 7", 13)), _faults(("Tháng 7", 11))]),
    ]
    first, second, third = find_identifying_cells(files, load_registry().feeds[VP])
    assert first[["source_row", "applicant_name"]].values.tolist() == [[11, "Lê Thị Ví Dụ"]]
    assert second.empty
    assert third[["source_row", "dossier_id"]].values.tolist() == [[13, "H62-3"], [11, "H62-1"]]
    assert "applicant_name" not in third


# The chained log -----------------------------------------------------------------------------------------------------


@pytest.fixture
def log(tmp_path: Path) -> ChainedLog:
    log = ChainedLog(tmp_path / "vault" / "access.jsonl")
    for nth in range(4):
        log.append({"by": f"Cán bộ {nth}"})
    return log


def _lines(tmp_path: Path) -> tuple[Path, list[bytes]]:
    path = tmp_path / "vault" / "access.jsonl"
    return path, path.read_bytes().splitlines(keepends=True)


def test_a_log_left_alone_is_whole(log: ChainedLog, tmp_path: Path) -> None:
    verdict = log.verify()
    assert (verdict.lines, verdict.torn, verdict.faults_vi) == (4, 0, ())
    assert [line.entry["by"] for line in log.read_lines()] == [f"Cán bộ {nth}" for nth in range(4)]
    path, _ = _lines(tmp_path)
    assert {stat.S_IMODE(p.stat().st_mode) for p in (path, path.with_suffix(".head"))} == {0o600}


@pytest.mark.parametrize("gone", [[0], [1], [2, 3], [3], [0, 1, 2, 3]])
@pytest.mark.parametrize("goes_on", [False, True], ids=["as found", "after another access"])
def test_a_removed_line_is_noticed_also_the_last_and_for_ever(
    log: ChainedLog, tmp_path: Path, gone: list[int], goes_on: bool
) -> None:
    path, lines = _lines(tmp_path)
    path.write_bytes(b"".join(line for nth, line in enumerate(lines) if nth not in gone))
    if goes_on:
        log.append({"by": "sau đó"})
        log.append({"by": "sau nữa"})
    assert log.verify().faults_vi


@pytest.mark.parametrize("nth", range(4))
def test_a_changed_line_is_noticed(log: ChainedLog, tmp_path: Path, nth: int) -> None:
    path, lines = _lines(tmp_path)
    for changed in (lines[nth].replace("Cán".encode(), "Cấn".encode()), b"garbage\n"):
        path.write_bytes(b"".join([*lines[:nth], changed, *lines[nth + 1 :]]))
        assert log.verify().faults_vi


def test_a_lost_or_turned_back_head_is_noticed(log: ChainedLog, tmp_path: Path) -> None:
    head = _lines(tmp_path)[0].with_suffix(".head")
    head.write_text(json.dumps({"number": 1, "sha256": log.read_lines()[0].head.sha256}))
    assert any("lùi" in fault for fault in log.verify().faults_vi)
    head.unlink()
    assert any("mất" in fault for fault in log.verify().faults_vi)


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_line_cut_off_by_a_crash_is_no_fault(log: ChainedLog, tmp_path: Path, cut: int) -> None:
    path, lines = _lines(tmp_path)
    path.write_bytes(b"".join(lines) + lines[0][:cut])
    log.append({"by": "sau đó"})
    verdict = log.verify()
    assert (verdict.lines, verdict.torn, verdict.faults_vi) == (5, 1, ())


def test_a_crash_between_the_line_and_its_head_is_no_fault(log: ChainedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("dagster_project.core.chained_log.write_durably", dies)
        with pytest.raises(Killed):
            log.append({"by": "ngắt"})
    assert (log.verify().lines, log.verify().faults_vi) == (5, ())
    log.append({"by": "sau đó"})
    assert (log.verify().lines, log.verify().faults_vi) == (6, ())


def _append_ten(path: str) -> None:
    for nth in range(10):
        ChainedLog(Path(path)).append({"nth": nth})


def test_several_processes_write_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "access.jsonl"
    workers = [multiprocessing.Process(target=_append_ten, args=(str(path),)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    verdict = ChainedLog(path).verify()
    assert (verdict.lines, verdict.torn, verdict.faults_vi) == (30, 0, ())


def test_a_log_that_cannot_be_written_is_a_fault_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "access.jsonl").mkdir()
    with pytest.raises(HaicapError, match="Không ghi được nhật ký"):
        ChainedLog(tmp_path / "access.jsonl").append({})


# New keys ------------------------------------------------------------------------------------------------------------

OBJECTS = {f"{nth:02x}" * 32: f"tệp {nth}".encode() for nth in range(4)}


def _fill(home: Home) -> None:
    archive = Archive(home.archive, *load_keys("archive", home.keys, ARCHIVE_VARIABLE))
    for sha256, content in OBJECTS.items():
        archive.put(sha256, content)
    open_vault(home).put(VP, BATCH, CELLS)


def _contents(home: Home) -> dict[str, bytes]:
    archive = Archive(home.archive, *load_keys("archive", home.keys, ARCHIVE_VARIABLE))
    return {sha256: archive.get(sha256) for sha256 in OBJECTS}


def _kill_at(patched: pytest.MonkeyPatch, step: str, nth: int) -> None:
    """The nth time that the rotation comes to `step`, the process dies."""
    calls = iter(range(1, 100))

    def dies(reached: str) -> None:
        if reached == step and next(calls) == nth:
            raise Killed

    patched.setattr("dagster_project.operate.rotate_keys.pass_fault_point", dies)


STEPS = [("old_key_kept", 1), ("new_key_written", 1), *(("one_rewritten", nth) for nth in range(1, 5))]


@pytest.mark.parametrize(("step", "nth"), STEPS)
def test_a_rotation_killed_at_any_step_costs_nothing_and_is_finished_by_the_next(
    home: Home, monkeypatch: pytest.MonkeyPatch, step: str, nth: int
) -> None:
    _fill(home)
    first = (home.keys / "archive.key").read_bytes()
    with monkeypatch.context() as patched:
        _kill_at(patched, step, nth)
        with pytest.raises(Killed):
            rotate_keys(home, "archive")
    assert _contents(home) == OBJECTS, "a night between the two reads everything"
    done = rotate_keys(home, "archive")
    assert done.objects == len(OBJECTS)
    assert done.resumed == (step != "old_key_kept")
    assert _contents(home) == OBJECTS
    assert [p.name for p in sorted(home.keys.iterdir())] == ["archive.key", "vault.key"]
    newest = (home.keys / "archive.key").read_bytes()
    assert newest != first
    for sha256 in OBJECTS:
        with pytest.raises(HaicapError, match="Không giải mã được"):
            Archive(home.archive, first).get(sha256)


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_rotation_killed_while_it_writes_leaves_whole_objects_and_no_strays(
    home: Home, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    _fill(home)
    calls = iter(range(1, 100))
    whole = os.replace

    def dies(*paths: Any) -> None:
        if next(calls) == nth:
            raise Killed
        whole(*paths)

    with monkeypatch.context() as patched:
        patched.setattr("dagster_project.core.durable_files.os.replace", dies)
        with pytest.raises(Killed):
            rotate_keys(home, "archive")
    assert _contents(home) == OBJECTS
    rotate_keys(home, "archive")
    assert _contents(home) == OBJECTS
    assert [p.name for p in home.root.rglob(".tmp-*")] == []


def test_the_vault_is_rotated_by_itself(home: Home) -> None:
    _fill(home)
    archive_key = (home.keys / "archive.key").read_bytes()
    done = rotate_keys(home, "vault")
    assert (done.objects, done.rewritten, done.resumed) == (1, 1, False)
    assert open_vault(home).get(VP, BATCH)["applicant_name"][0] == "Lê Thị Ví Dụ"
    assert (home.keys / "archive.key").read_bytes() == archive_key


def test_an_object_that_no_key_opens_keeps_the_old_key(home: Home) -> None:
    _fill(home)
    lost = Archive(home.archive, b"x" * 32).locate(next(iter(OBJECTS)))
    stored = lost.read_bytes()
    lost.write_bytes(b"broken" * 10)
    with pytest.raises(HaicapError, match="Không khóa nào mở được 1 tệp"):
        rotate_keys(home, "archive")
    assert (home.keys / "archive.old.key").exists()
    lost.write_bytes(stored)
    rotate_keys(home, "archive")
    assert _contents(home) == OBJECTS
    assert not (home.keys / "archive.old.key").exists()


def test_keys_of_the_environment_are_changed_there_first(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = "ab" * 32, "cd" * 32
    monkeypatch.setenv(ARCHIVE_VARIABLE, old)
    _fill(home)
    with pytest.raises(UsageError, match="đổi ở đó trước"):
        rotate_keys(home, "archive")
    monkeypatch.setenv(ARCHIVE_VARIABLE, new)
    monkeypatch.setenv(f"{ARCHIVE_VARIABLE}_OLD", old)
    assert _contents(home) == OBJECTS
    assert rotate_keys(home, "archive").rewritten == len(OBJECTS)
    monkeypatch.delenv(f"{ARCHIVE_VARIABLE}_OLD")
    assert _contents(home) == OBJECTS


# Settings ------------------------------------------------------------------------------------------------------------


def test_how_long_things_are_kept_is_a_setting_with_a_default(tmp_path: Path) -> None:
    assert (load_settings(tmp_path).archive_days, load_settings(tmp_path).vault_days) == (1095, 365)
    (tmp_path / "haicap.yaml").write_text("archive_days: 400\nvault_days: 30\n")
    assert (load_settings(tmp_path).archive_days, load_settings(tmp_path).vault_days) == (400, 30)
    (tmp_path / "haicap.yaml").write_text("vault_days: 0\n")
    with pytest.raises(UsageError, match="vault_days"):
        load_settings(tmp_path)
