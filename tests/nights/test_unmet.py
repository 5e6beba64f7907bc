"""Exit code 3 is for what nobody has accepted; a name that is sent again and again costs no night."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from dagster_project.cli import night_answer
from dagster_project.explain.unmet_feeds import list_unmet_feeds
from dagster_project.ingest.landing.landing import Landing
from dagster_project.ingest.receive.archive import locate_object
from dagster_project.ingest.receive.arrivals import ArrivalList
from tests.support.kits.landing_kit import AS_OF, VP, Contented, Office

KIND = {"late": "late", "missing": "missing_period", "blocked": "blocked_file"}


def version(tmp_path: Path, state: str, as_of: str | None, gaps: list[tuple[str, str, str]]) -> Path:
    """A published file with one feed in this state and its gaps (kind, state, file); files are blocked on 11 July."""
    path = tmp_path / "v.duckdb"
    with duckdb.connect(str(path)) as marts:
        marts.execute("create schema marts")
        marts.execute("create table marts.feed_status (feed_id varchar, state varchar, as_of date)")
        marts.execute("create table marts.data_gap (feed_id varchar, kind varchar, state varchar, detail varchar)")
        marts.execute("create table marts.source_file (feed_id varchar, file varchar, state varchar, data_date date)")
        marts.execute("insert into marts.feed_status values ('f', ?, ?), ('g', 'ok', '2025-07-13')", [state, as_of])
        for kind, gap_state, file in gaps:
            marts.execute("insert into marts.data_gap values ('f', ?, ?, ?)", [kind, gap_state, file])
        marts.execute("insert into marts.source_file values ('f', 'new', 'blocked', '2025-07-11')")
        marts.execute("insert into marts.source_file values ('f', 'old', 'blocked', '2025-05-31')")
    return path


@pytest.mark.parametrize("state", KIND)
@pytest.mark.parametrize(
    ("gaps", "is_met"), [((), False), (("open",), False), (("accepted",), True), (("accepted", "open"), False)]
)
def test_a_feed_is_met_when_every_gap_that_makes_its_state_is_accepted(tmp_path, state, gaps, is_met):
    file = version(tmp_path, state, "2025-06-30", [(KIND[state], each, "new") for each in gaps])
    assert list_unmet_feeds(file) == ([] if is_met else [{"feed_id": "f", "state": state}])


def test_another_kind_of_gap_is_no_acceptance(tmp_path):
    file = version(tmp_path, "late", "2025-06-30", [("late", "open", ""), ("missing_period", "accepted", "")])
    assert list_unmet_feeds(file) == [{"feed_id": "f", "state": "late"}]


def test_an_older_blocked_file_does_not_undo_the_acceptance_of_the_newest(tmp_path):
    gaps = [("blocked_file", "accepted", "new"), ("blocked_file", "open", "old")]
    assert list_unmet_feeds(version(tmp_path, "blocked", "2025-06-30", gaps)) == []


def test_a_purged_file_sent_again_under_another_name_is_noted_once(tmp_path):
    office = Office(tmp_path)
    sent = office.send("ho_so_tthc_07_2025.xlsx")
    office.land()
    (arrival,) = ArrivalList(office.home.arrivals).read_arrivals()
    locate_object(office.home.archive, arrival.sha256).unlink()
    office.send("ho_so_tthc_07_2025 (2).xlsx", sent.read_bytes())
    sent.unlink()
    later = Landing(office.home, office.inbox, AS_OF + timedelta(days=1), Contented())
    assert later.scan().has_new
    assert later.land(VP, later.scan()).files == 0
    assert not later.scan().has_new
    assert len(office.listed()) == 2


def test_the_operator_is_told_of_folders_that_are_no_feeds(tmp_path, capsys):
    office = Office(tmp_path)
    stray = office.inbox / "procedure_vp"
    stray.mkdir()
    (stray / "a.xlsx").write_bytes(b"x")
    answer = {"feeds": [], "still_written": [], "strangers": office.make_landing().scan().strangers, "unmet": []}
    answer |= {
        "idle_decisions": [],
        "result": "unchanged",
        "pinned": None,
        "aside": None,
        "current": "v",
        "version": "v",
        "owners_workbooks": 0,
    }
    night_answer.print_night(answer | {"file": "f", "extracts": "e", "seconds": 1.0, "exit_code": 0})
    said = capsys.readouterr().out
    assert "procedure_vp/: không thuộc nguồn nào" in said
    assert "có phải nguồn procedures_vp?" in said
