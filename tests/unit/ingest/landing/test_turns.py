"""Feeds that land in turn: who is begun when, and whose fault is whose."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from dagster_project.ingest.landing import turns
from dagster_project.ingest.landing.turns import LandingTurns

ORDER = ("a", "b", "c", "d")


class RecordingLanding:
    """Says what it is asked for; feeds of `faulty` cannot be begun."""

    def __init__(self, faulty: str = "") -> None:
        self.told: list[str] = []
        self.faulty = faulty

    def begin(self, feed_id: str, _scan: object) -> str:
        self.told.append(f"begin {feed_id}")
        if feed_id in self.faulty:
            raise ValueError(feed_id)
        return feed_id

    def finish(self, feed_id: str) -> str:
        self.told.append(f"finish {feed_id}")
        return f"landed {feed_id}"


def make_scan(**sizes: int) -> SimpleNamespace:
    return SimpleNamespace(new=[SimpleNamespace(feed_id=name, size=size) for name, size in sizes.items()])


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(turns, "_MEANWHILE_BYTES", 10)


def test_small_feeds_are_begun_while_the_one_before_them_is_judged():
    landing, said = RecordingLanding(), []
    line = LandingTurns(landing, make_scan(a=4, b=4, c=4), ORDER, said.append)
    assert [line.land(feed_id) for feed_id in ORDER] == ["landed a", "landed b", "landed c", "landed d"]
    assert landing.told == [
        "begin a", "begin b", "finish a", "begin c", "begin d", "finish b", "finish c", "finish d"
    ]  # fmt: skip
    assert said == ["a", "b", "c"]  # d has nothing new


def test_a_large_feed_is_not_begun_before_its_turn():
    landing = RecordingLanding()
    line = LandingTurns(landing, make_scan(a=4, b=40, c=1), ORDER, lambda _: None)
    for feed_id in ORDER:
        line.land(feed_id)
    assert landing.told[:3] == ["begin a", "finish a", "begin b"]


def test_a_feed_that_was_not_announced_is_begun_alone():
    landing = RecordingLanding()
    line = LandingTurns(landing, make_scan(a=1, b=1), (), lambda _: None)
    assert line.land("b") == "landed b"
    assert landing.told == ["begin b", "finish b"]


def test_a_fault_is_raised_in_its_own_turn():
    landing = RecordingLanding(faulty="b")
    line = LandingTurns(landing, make_scan(a=1, b=1, c=1), ORDER, lambda _: None)
    assert line.land("a") == "landed a"
    with pytest.raises(ValueError, match="b"):
        line.land("b")
    assert line.land("c") == "landed c"
    assert landing.told.count("begin b") == 1
