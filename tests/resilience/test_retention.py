"""What goes when: both sides of the dated rules, kills, and what a purged archive still allows."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import duckdb
import pytest

from dagster_project.core.clock import HO_CHI_MINH
from dagster_project.core.errors import HaicapError
from dagster_project.explain.landed_rows import load_part
from dagster_project.ingest.landing import batches, landing, parser_version
from dagster_project.ingest.landing.batches import compute_batch_id
from dagster_project.ingest.landing.landing import Landing
from dagster_project.ingest.receive.archive import locate_object
from dagster_project.ingest.receive.arrivals import ArrivalList
from dagster_project.ingest.vault.vault import locate_record
from dagster_project.night import run
from dagster_project.night.run import open_session
from dagster_project.operate import retention
from dagster_project.operate.retention import purge
from dagster_project.operate.vault_access import Request, show
from dagster_project.warehouse.lock import hold_night_lock
from tests.support.kits.landing_kit import AS_OF, VP
from tests.support.kits.personal_kit import (
    BAD_ID,
    BY,
    NIGHT,
    WHY,
    Killed,
    batch_of,
    entries,
    far_from_today,
    faulty_office,
    faulty_workbook,
)


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    far_from_today(monkeypatch)


@pytest.fixture
def office(tmp_path):
    return faulty_office(tmp_path)


@pytest.mark.parametrize(
    ("days", "goes"),
    [(30, []), (31, ["vault"]), (60, ["vault"]), (61, ["archive", "vault"])],
    ids=["vault's last day", "day after", "archive's last day", "day after that"],
)
def test_both_sides_of_both_limits(office, days, goes):
    (office.home.root / "haicap.yaml").write_text("vault_days: 30\narchive_days: 60\n")
    landed = sorted(office.home.landing.rglob("*"))
    with hold_night_lock(office.home):
        purged = purge(office.home, NIGHT + timedelta(days=days))
    (arrival,) = ArrivalList(office.home.arrivals).read_arrivals()
    assert list(purged.archive) == ([arrival.sha256] if "archive" in goes else [])
    assert list(purged.vault) == ([f"{VP}/{batch_of(office)}"] if "vault" in goes else [])
    assert locate_object(office.home.archive, arrival.sha256).exists() == ("archive" not in goes)
    assert locate_record(office.home.vault, VP, batch_of(office)).exists() == ("vault" not in goes)
    assert sorted(office.home.landing.rglob("*")) == landed
    assert office.home.purge_log.exists() == bool(goes)


def test_the_purge_log_says_what_went_by_which_rule_once(office):
    with hold_night_lock(office.home):
        for _ in range(3):
            purge(office.home, NIGHT + timedelta(days=366))
    (line,) = office.home.purge_log.read_text().splitlines()
    entry = json.loads(line)
    assert (entry["as_of"], entry["archive_days"], entry["vault_days"]) == ("2026-07-15", 1095, 365)
    assert (entry["archive"], entry["vault"]) == ([], [f"{VP}/{batch_of(office)}"])


def test_a_mistyped_day_in_the_future_empties_nothing(office, monkeypatch):
    monkeypatch.setattr(retention, "find_yesterday", lambda: AS_OF)
    assert purge(office.home, date(2125, 7, 13)) == retention.PurgeResult((), ())


def test_bytes_that_arrived_again_count_from_their_last_arrival(office):
    (arrival,) = ArrivalList(office.home.arrivals).read_arrivals()
    office.send("ho_so_tthc_07_2025 (2).xlsx", (office.folder / arrival.file).read_bytes())
    later = Landing(office.home, office.inbox, AS_OF + timedelta(days=300), None)
    later.land(VP, later.scan())
    assert purge(office.home, NIGHT + timedelta(days=400)).vault == ()
    assert purge(office.home, NIGHT + timedelta(days=666)).vault == (f"{VP}/{batch_of(office)}",)


def test_bytes_that_a_killed_night_archived_and_never_listed_go_too_and_may_come_again(office, monkeypatch):
    """The office took its file back before the next night: nobody lists the bytes, and no arrival dates them."""

    def dies(reached: str) -> None:
        if reached == "archived":
            raise Killed

    office.send("ho_so_tthc_06_2025.xlsx", faulty_workbook(date(2025, 6, 9)), day=date(2025, 6, 30))
    with monkeypatch.context() as patched:
        patched.setattr(landing, "pass_fault_point", dies)
        with pytest.raises(Killed):
            office.land()
    (listed,) = ArrivalList(office.home.arrivals).read_arrivals()
    (orphan,) = (path for path in office.home.archive.glob("??/*") if path.name != listed.sha256)
    written = datetime.fromtimestamp(orphan.stat().st_mtime, HO_CHI_MINH).date()
    monkeypatch.setattr(retention, "find_yesterday", lambda: date(2060, 1, 1))
    (office.home.root / "haicap.yaml").write_text("vault_days: 9000\narchive_days: 9000\n")
    assert purge(office.home, written + timedelta(days=9000)).unlisted == ()
    assert purge(office.home, written + timedelta(days=9001)).unlisted == (orphan.name,)
    assert not orphan.exists()
    office.land()
    assert orphan.exists()  # it was still there: what was never an arrival is no purged one either


@pytest.mark.parametrize("step", ["purge_logged", "one_purged"])
def test_a_purge_that_is_killed_is_logged_and_finished_by_the_next(office, monkeypatch, step):
    def dies(reached: str) -> None:
        if reached == step:
            raise Killed

    day = NIGHT + timedelta(days=1096)
    with monkeypatch.context() as patched:
        patched.setattr(retention, "pass_fault_point", dies)
        with pytest.raises(Killed):
            purge(office.home, day)
    purge(office.home, day)
    assert not any(p.is_file() for p in office.home.archive.rglob("*"))
    assert list(office.home.vault.rglob("*.bin")) == []
    logged = [json.loads(line) for line in office.home.purge_log.read_text().splitlines()]
    assert {name for entry in logged for name in entry["vault"]} == {f"{VP}/{batch_of(office)}"}


def test_after_the_archive_is_purged_the_vault_still_sends_rows_back(office):
    (office.home.root / "haicap.yaml").write_text("vault_days: 60\narchive_days: 30\n")
    purge(office.home, NIGHT + timedelta(days=31))
    assert not any(p.is_file() for p in office.home.archive.rglob("*"))
    (file,) = show(office.home, Request(batch_of(office), BY, WHY))
    assert file.rows[0].cells["Mã hồ sơ"] == BAD_ID


def test_a_lost_record_is_made_good_from_the_archive_but_a_purged_one_is_gone(office):
    (whole,) = show(office.home, Request(batch_of(office), BY, WHY))
    locate_record(office.home.vault, VP, batch_of(office)).unlink()
    assert show(office.home, Request(batch_of(office), BY, WHY)) == [whole]
    office.home.landing.rename(office.home.root / "kept")
    office.land()
    (office.home.root / "haicap.yaml").write_text("vault_days: 30\n")
    purge(office.home, NIGHT + timedelta(days=31))
    with pytest.raises(Exception, match=r"không còn trong két: đã xóa ngày .* theo thời hạn lưu 30 ngày"):
        show(office.home, Request(batch_of(office), BY, WHY))
    assert entries(office)[-1]["granted"] is False


@pytest.fixture
def purged(office):
    """The office after its vault's record went, and then its archive's bytes; its file still lies in the inbox."""
    (office.home.root / "haicap.yaml").write_text("vault_days: 30\narchive_days: 60\n")
    purge(office.home, NIGHT + timedelta(days=31))
    return office


def again_full(office):
    """What `--full` does."""
    batches.forget_parses(office.home)
    office.land()


def again_upgraded(office):
    """What the first night of another release does, also with longer days than those by which it was purged."""
    (office.home.root / "haicap.yaml").write_text("vault_days: 3000\narchive_days: 3000\n")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(parser_version, "_hash_code", lambda: "another parser")
        office.land()


@pytest.mark.parametrize("again", [again_full, again_upgraded], ids=["full", "another parser"])
def test_a_purged_record_is_not_made_again(purged, again):
    before = purged.landed()
    again(purged)
    assert list(purged.home.vault.rglob("*.bin")) == []
    assert purged.landed() == before
    with pytest.raises(HaicapError, match=r"đã xóa ngày \d\d/\d\d/\d{4} theo thời hạn lưu 30 ngày") as told:
        show(purged.home, Request(batch_of(purged), BY, WHY))
    assert told.value.message_vi.endswith("không được lập lại.")
    assert "can-sua" in told.value.remedy_vi
    assert entries(purged)[-1]["granted"] is False


def test_other_files_of_the_feed_still_go_to_the_vault(purged):
    purged.send("ho_so_tthc_06_2025.xlsx", faulty_workbook(date(2025, 6, 9)), day=date(2025, 6, 30))
    again_full(purged)
    (record,) = purged.home.vault.rglob("*.bin")
    assert record.stem in {
        compute_batch_id(a) for a in ArrivalList(purged.home.arrivals).read_arrivals() if "_06_" in a.file
    }


@pytest.mark.parametrize("again", [again_full, again_upgraded], ids=["full", "another parser"])
def test_purged_bytes_are_not_archived_again_from_the_inbox(purged, again):
    purge(purged.home, NIGHT + timedelta(days=61))
    before = purged.landed()
    assert (purged.folder / "ho_so_tthc_07_2025.xlsx").exists()
    again(purged)
    assert not any(path.is_file() for path in purged.home.archive.rglob("*"))
    assert list(purged.home.vault.rglob("*.bin")) == []
    assert purged.landed() == before


def test_a_lost_record_whose_bytes_were_purged_says_so(office):
    (office.home.root / "haicap.yaml").write_text("vault_days: 600\narchive_days: 60\n")
    purge(office.home, NIGHT + timedelta(days=61))
    locate_record(office.home.vault, VP, batch_of(office)).unlink()
    with pytest.raises(HaicapError, match=r"tệp gốc đã xóa ngày .* theo thời hạn lưu 60 ngày"):
        show(office.home, Request(batch_of(office), BY, WHY))


def test_what_a_copy_of_the_home_brought_back_goes_with_the_next_purge(office):
    record = locate_record(office.home.vault, VP, batch_of(office))
    kept = record.read_bytes()
    (office.home.root / "haicap.yaml").write_text("vault_days: 30\n")
    purge(office.home, NIGHT + timedelta(days=31))
    record.write_bytes(kept)
    (office.home.root / "haicap.yaml").write_text("vault_days: 3000\n")
    with pytest.raises(HaicapError, match="không còn trong két"):  # not even before it went again
        show(office.home, Request(batch_of(office), BY, WHY))
    assert purge(office.home, NIGHT).vault == (f"{VP}/{batch_of(office)}",)
    assert not record.exists()


def test_a_purged_file_keeps_its_earlier_parse_when_the_parser_changes(office, monkeypatch):
    """What was read once and cannot be read again stays in the facts; `--full` does not throw it away either."""
    before = office.landed()
    purge(office.home, NIGHT + timedelta(days=1096))
    (office.folder / "ho_so_tthc_07_2025.xlsx").unlink()
    office.send("ho_so_tthc_06_2025.xlsx", day=date(2025, 6, 30))
    monkeypatch.setattr(parser_version, "_hash_code", lambda: "another parser")
    office.land()
    batches.forget_parses(office.home)
    office.land()
    assert set(before) < set(office.landed())
    assert ("ho_so_tthc_06_2025.xlsx", "accepted", 3) in office.landed()


def test_rows_of_an_earlier_parse_are_told_as_long_as_it_stands(office, monkeypatch, tmp_path):
    """An upgrade must not make `haicap why` and the vault silent on rows that the marts still count as refused."""
    (arrival,) = ArrivalList(office.home.arrivals).read_arrivals()

    def refused():
        with duckdb.connect() as asked:
            load_part(office.home, asked, "quarantine", [(VP, arrival.sha256)])
            return asked.execute("from landed_quarantine order by all").fetchall()

    before = refused()
    shown = show(office.home, Request(batch_of(office), BY, WHY))
    monkeypatch.setattr(parser_version, "_hash_code", lambda: "another parser")
    assert before
    assert refused() == before
    assert show(office.home, Request(batch_of(office), BY, WHY)) == shown


def test_every_night_purges_and_a_fault_in_it_is_told_without_costing_the_night(office, monkeypatch):
    told: list[str] = []
    day = NIGHT + timedelta(days=1096)

    def refuse(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(run, "purge", refuse)
        with open_session(office.home, office.inbox, day, 14, told.append):
            pass
    assert any("CHƯA xóa được" in line for line in told)
    assert any(p.is_file() for p in office.home.archive.rglob("*"))
    with pytest.raises(RuntimeError), open_session(office.home, office.inbox, day, 14, told.append):
        raise RuntimeError("a night that fails")
    assert not any(p.is_file() for p in office.home.archive.rglob("*"))
