"""The paged list and the portal against a server that misbehaves: what is landed is whole, or nothing is."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest

from dagster_project.core.clock import HO_CHI_MINH
from dagster_project.simulate import simulate
from tests.support.kits.kit import AS_OF, office
from tests.support.servers.web_server import TOKEN, WebServer, bomb

PT, PORTAL = "procedures_pt", "national_portal"
JULY = "20250701-20250713"


def dossiers(days: list[str], each: int = 30) -> list[dict]:
    return [
        {"MaHoSo": f"H44.1-{day[2:]}-{n:04d}", "NgayCapNhat": f"{day}0{n % 9}0000", "ChuHoSo": "Nguyễn Văn A"}
        for day in days
        for n in range(each)
    ]


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with WebServer(dossiers(["20250210", "20250702", "20250710"])) as running:
        yield running


def pt(tmp_path, server, **limits):
    source = {"kind": "http", "url": server.url, "token": TOKEN, "token_over_http": True, "page_size": 20}
    return office(tmp_path, {PT: source}, **limits)


def ids(here) -> list[str]:
    return sorted(i["MaHoSo"] for c in here.contents(PT).values() for i in json.loads(c)["data"]["items"])


def all_ids(server) -> list[str]:
    return sorted(item["MaHoSo"] for item in server.items)


def test_the_first_pull_goes_month_by_month_under_the_names_of_the_folder_form(tmp_path, server):
    here = pt(tmp_path, server)
    assert here.pull()[PT].fault is None
    assert here.names(PT) == [
        *(f"20250201-20250228/page-000{n}.json" for n in (1, 2)),
        *(f"{JULY}/page-000{n}.json" for n in (1, 2, 3)),
    ]
    assert ids(here) == all_ids(server)
    assert here.state(PT).cursor == {"through": "2025-07-13"}


def test_a_later_night_asks_only_for_what_changed_and_a_little_before(tmp_path, server):
    here = pt(tmp_path, server)
    here.pull()
    server.asked.clear()
    here.pull()
    assert server.asked == []  # all is landed up to D
    server.items += dossiers(["20250714"], 3)
    here.pull(AS_OF + timedelta(days=1))
    assert {(a["tuNgay"], a["denNgay"]) for a in server.asked} == {("20250712", "20250714")}
    assert ids(here) == all_ids(server)


def test_nothing_new_moves_nothing_and_the_next_pull_asks_for_those_days_again(tmp_path, server):
    here = pt(tmp_path, server)
    here.pull()
    assert here.pull(date(2025, 7, 20))[PT].files == 0
    assert here.state(PT).cursor == {"through": "2025-07-13"}
    server.items += dossiers(["20250718"], 2)
    assert here.pull(date(2025, 7, 21))[PT].files == 1
    assert ids(here) == all_ids(server)


PASSING = ["429", "500", "503", "cut", "html", "envelope", "gzip", "hang", "slow"]


@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_costs_another_request_and_no_row(tmp_path, server, fault):
    here = pt(tmp_path, server, read_seconds=0.5, answer_seconds=0.7)
    server.faults.next = ["", "", "", "", "", "", "", fault]
    assert here.pull()[PT].fault is None
    assert server.seen[fault] == 1
    assert ids(here) == all_ids(server)


LASTING = {
    "401": "unauthorized", "403": "forbidden", "429": "throttled", "503": "server_error", "cut": "cut",
    "html": "not_json", "envelope": "error_answer", "bomb": "too_big", "hang": "timeout", "slow": "timeout",
    "huge": "not_json", "deep": "not_json", "brackets": "too_big", "endless": "not_json", "noise": "not_json",
    "redirect": "redirected", "mail": "not_http", "date": "error_answer",
}  # fmt: skip

ONCE = ("401", "403", "bomb", "brackets", "redirect", "mail")


@pytest.mark.parametrize("fault", LASTING)
def test_a_lasting_fault_lands_nothing_keeps_its_reason_and_is_mended_by_the_next_night(tmp_path, server, fault):
    bomb()
    here = pt(tmp_path, server, read_seconds=0.3, answer_seconds=0.4)
    server.faults.always, server.faults.retry_after = fault, "0"
    told = here.pull()[PT].fault
    assert told.kind == LASTING[fault]
    assert server.seen[fault] == (1 if fault in ONCE else 3)
    assert here.names(PT) == []
    assert not list(here.home.archive.rglob("*")) if here.home.archive.exists() else True
    state = here.state(PT)
    assert (state.fault, state.failures, state.cursor) == (LASTING[fault], 1, None)
    everything = f"{told.message_vi}{told.remedy_vi}{told!r}{(here.home.pulls / f'{PT}.json').read_text()}"
    assert TOKEN not in everything
    assert "Nguyen Van A" not in everything
    server.faults.always = ""
    assert here.pull()[PT].fault is None
    assert ids(here) == all_ids(server)
    assert here.state(PT).fault is None


def test_the_server_says_how_long_to_wait(tmp_path, server):
    here = pt(tmp_path, server)
    server.faults.next, server.faults.retry_after = ["429"], "1"
    here.pull()
    assert server.at[1] - server.at[0] > 0.99
    slow = pt(tmp_path / "slow", server)
    server.faults.always, server.faults.retry_after = "429", "3600"  # longer than any night waits
    server.asked.clear()
    assert slow.pull()[PT].fault.kind == "throttled"
    assert len(server.asked) == 1


@pytest.mark.parametrize("fault", ["repeat", "shrunk", "total"])
def test_a_list_that_moves_while_it_is_read_is_read_again(tmp_path, server, fault):
    here = pt(tmp_path, server)
    server.faults.next = ["", "", "", "", "", "", "", "", fault]
    assert here.pull()[PT].fault is None
    assert server.seen[fault] == 1
    assert ids(here) == all_ids(server)


def test_a_list_that_never_stands_still_lands_nothing_of_its_period(tmp_path, server):
    here = pt(tmp_path, server)
    server.faults.always = "repeat"
    assert here.pull()[PT].fault.kind == "unsteady"
    assert here.names(PT) == []


def test_a_total_that_is_always_wrong_is_landed_with_its_pages_for_the_door_to_compare(tmp_path, server):
    here = pt(tmp_path, server)
    server.faults.always = "total"
    assert here.pull()[PT].fault is None
    assert ids(here) == all_ids(server)
    assert json.loads(here.contents(PT)[f"{JULY}/page-0001.json"])["data"]["totalItems"] == 67


def test_months_before_a_cut_stay_landed_and_the_next_night_goes_on_after_them(tmp_path, server):
    here = pt(tmp_path, server)
    server.faults.next, server.faults.always = [""] * 7, "503"
    assert here.pull()[PT].fault.kind == "server_error"
    assert {name.split("/")[0] for name in here.names(PT)} == {"20250201-20250228"}
    assert here.state(PT).cursor == {"through": "2025-02-28"}
    server.faults.always = ""
    server.asked.clear()
    here.pull()
    assert server.asked[0]["tuNgay"] == "20250227"
    assert ids(here)[-60:] == all_ids(server)[-60:]


def test_a_cursor_moves_only_after_landing_and_what_is_fetched_twice_is_no_new_arrival(tmp_path, server):
    here = pt(tmp_path, server)
    assert here.pull(is_landed=False)[PT].files == 5
    assert here.state(PT).cursor is None
    assert here.pull()[PT].files == 0
    assert here.state(PT).cursor == {"through": "2025-07-13"}
    assert len(here.names(PT)) == 5


def test_what_the_server_takes_back_stays(tmp_path, server):
    here = pt(tmp_path, server)
    here.pull()
    before = ids(here)
    server.items = [i for i in server.items if i["NgayCapNhat"] < "20250710"]
    server.items += dossiers(["20250714"], 1)
    here.pull(AS_OF + timedelta(days=1))
    assert set(before) < set(ids(here))


def test_a_server_whose_clock_is_behind_is_asked_again_for_its_own_day(tmp_path, server):
    """By its clock D still runs: what it stamps with D after the pull would be missed."""
    today = datetime.now(HO_CHI_MINH).date()
    server.items = dossiers([f"{today:%Y%m%d}"], 5)
    server.clock_behind = timedelta(days=1)
    here = pt(tmp_path, server)
    here.feeds[PT]["overlap_days"] = 0
    here.pull(today)
    through = date.fromisoformat(here.state(PT).cursor["through"])
    assert through < today - timedelta(days=1)
    server.items += [item | {"MaHoSo": f"{item['MaHoSo']}9"} for item in dossiers([f"{today:%Y%m%d}"], 2)]
    here.pull(today + timedelta(days=1))
    assert set(ids(here)) == set(all_ids(server))


def test_a_past_period_is_fetched_again_on_demand_and_leaves_the_cursor(tmp_path, server):
    here = pt(tmp_path, server)
    here.pull()
    server.items += dossiers(["20250211"], 1)
    assert here.pull()[PT].files == 0
    got = here.pull(start=date(2025, 2, 1), end=date(2025, 2, 28))[PT]
    assert (got.files, got.fault) == (2, None)  # the head of both pages tells of one more
    assert here.state(PT).cursor == {"through": "2025-07-13"}
    assert set(ids(here)) == set(all_ids(server))


def test_no_answer_lies_on_the_disk_in_the_clear(tmp_path, server):
    here = pt(tmp_path, server)
    here.pull()
    written = [path for path in here.home.root.rglob("*") if path.is_file()]
    assert len(written) > 5
    assert not [path for path in written if b"MaHoSo" in path.read_bytes() or TOKEN.encode() in path.read_bytes()]
    assert {path.stat().st_mode & 0o077 for path in written if path != here.home.arrivals} == {0}


# The portal ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def portal(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    simulate(tmp_path / "inbox", seed=3, scale=0.001, as_of=AS_OF, feeds=(PORTAL,), with_truth=False)
    with WebServer(folder=tmp_path / "inbox") as running:
        yield running


def portal_source(portal, pause_seconds: float = 0):
    at = {"url": portal.url, "token": TOKEN, "token_over_http": True}
    return at | {"kind": "portal", "root_department_id": "r", "pause_seconds": pause_seconds}


def test_the_portal_is_asked_politely_for_every_running_period(tmp_path, portal):
    source = portal_source(portal, 0.3)
    here = office(tmp_path, {PORTAL: source})
    portal.faults.next = ["", "503"]
    assert here.pull()[PORTAL].fault is None
    assert [a["timeType"] for a in portal.asked] == ["month", "quarter", "quarter", "year"]
    assert all(later - earlier > 0.29 for earlier, later in zip(portal.at, portal.at[1:], strict=False))
    assert {a["rootDepartmentId"] for a in portal.asked} == {"r"}
    folder = tmp_path / "inbox" / PORTAL
    assert here.contents(PORTAL) == {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.json")}


def test_an_interrupted_portal_pull_goes_on_and_an_answer_like_the_last_is_no_arrival(tmp_path, portal):
    source = portal_source(portal)
    here = office(tmp_path, {PORTAL: source})
    portal.faults.next, portal.faults.always = [""], "503"
    assert here.pull()[PORTAL].fault.kind == "server_error"
    assert here.names(PORTAL) == ["dvc-progress-tree/month-2025-07.json"]
    portal.faults.always = ""
    portal.asked.clear()
    assert here.pull()[PORTAL].files == 2
    assert [a["timeType"] for a in portal.asked] == ["quarter", "year"]
    portal.asked.clear()
    assert here.pull(AS_OF + timedelta(days=1))[PORTAL].files == 0
    assert len(portal.asked) == 3


def test_the_backlog_of_an_interrupted_first_pull_is_fetched_another_day(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    day = date(2025, 11, 10)
    simulate(tmp_path / "inbox", seed=3, scale=0.001, as_of=day, feeds=(PORTAL,), with_truth=False)
    with WebServer(folder=tmp_path / "inbox") as portal:
        source = portal_source(portal)
        here = office(tmp_path, {PORTAL: source})
        portal.faults.next, portal.faults.always = [""], "503"
        assert here.pull(day)[PORTAL].fault.kind == "server_error"
        portal.faults.always = ""
        assert here.pull(day + timedelta(days=1))[PORTAL].files == 7  # four months more, two quarters, the year
        portal.asked.clear()
        here.pull(day + timedelta(days=2))
        assert [a.get("month") for a in portal.asked] == [10, 11, None, None]  # and the quarter and the year that run
