"""Pulls inside a night: before anything is read, and a cursor moves only when its feed was landed."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest

from dagster_project.core.errors import HaicapError, UsageError
from dagster_project.ingest.landing.landing import FeedLanding
from dagster_project.night.session import NightSession
from dagster_project.settings.sources import Sources
from tests.support.kits.kit import AS_OF, QUICK, office

VP, HOUSING = "procedures_vp", "housing_vp"


@pytest.fixture
def here(tmp_path):
    for feed_id in (VP, HOUSING):
        (tmp_path / feed_id).mkdir()
        (tmp_path / feed_id / "a.xlsx").write_bytes(feed_id.encode())
    return office(tmp_path, {f: {"kind": "folder", "path": str(tmp_path / f)} for f in (VP, HOUSING)})


def session_of(here, stack, **limits) -> NightSession:
    sources = Sources.model_validate({"feeds": here.feeds, "limits": QUICK | limits})
    here.home.root.mkdir(exist_ok=True)
    return NightSession(here.home, here.home.root / "inbox", AS_OF, 14, lambda _: None, stack, sources)


class Landing:
    """Lands every feed but one."""

    def __init__(self, fails: str) -> None:
        self.fails = fails

    def land(self, feed_id: str) -> FeedLanding:
        if feed_id == self.fails:
            raise HaicapError("Đĩa hỏng.")
        return FeedLanding(feed_id)


def test_what_was_fetched_is_read_in_the_same_night_and_the_cursor_follows_the_landing(here):
    with ExitStack() as stack:
        session = session_of(here, stack)
        assert {(a.feed_id, a.file) for a in session.scan.new} == {(VP, "a.xlsx"), (HOUSING, "a.xlsx")}
        assert here.state(VP).cursor is None
        session._turns = Landing(fails=VP)
        for feed_id in (VP, HOUSING):
            session.land(feed_id)
        assert list(session.faults.feeds) == [VP]
    assert here.state(VP).cursor is None
    assert list(here.state(HOUSING).cursor["seen"]) == ["a.xlsx"]
    with ExitStack() as stack:
        again = session_of(here, stack)
        assert len(again.scan.new) == 2  # still to be parsed: nothing was lost
        assert {p.files for p in again.pulled.values()} == {0}
        again._turns = Landing(fails="")
        again.land(VP)
    assert list(here.state(VP).cursor["seen"]) == ["a.xlsx"]


def test_another_system_is_read_from_the_start(here, tmp_path):
    here.pull()
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "b.xlsx").write_bytes(b"b")
    here.feeds[VP]["path"] = str(tmp_path / "new")
    assert here.pull()[VP].files == 1
    assert list(here.state(VP).cursor["seen"]) == ["b.xlsx"]


def test_a_source_that_no_feed_has_ends_the_night_before_it_begins(here):
    here.feeds["procedures_xx"] = here.feeds[VP]
    with ExitStack() as stack, pytest.raises(UsageError, match="procedures_xx"):
        session_of(here, stack)


def test_so_many_sources_are_fetched_at_once_and_no_more(here, monkeypatch):
    at_work, most, lock = [0], [0], threading.Lock()

    class Slow:
        def fetch(self, _ask):
            with lock:
                at_work[0] += 1
                most[0] = max(most[0], at_work[0])
            time.sleep(0.15)
            with lock:
                at_work[0] -= 1
            return iter(())

    monkeypatch.setattr("dagster_project.ingest.transports.pull.open_transport", lambda *_: Slow())
    feeds = ("procedures_hb", "housing_pt", "housing_hb", "directives", "planning")
    here.feeds |= dict.fromkeys(feeds, here.feeds[VP])
    here.limits = {"parallel": 3}
    assert {p.fault for p in here.pull().values()} == {None}
    assert most[0] == 3
