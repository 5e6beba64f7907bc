"""Whole nights: what is published equals the simulator's truth, computed another way."""

from dataclasses import replace
from datetime import date
from itertools import product
from typing import get_args

import pytest
from _pytest.mark import ParameterSet

from dagster_project.contracts.registry import load_registry
from dagster_project.contracts.rules import load_rules
from dagster_project.core.paths import Home
from dagster_project.explain.unmet_feeds import list_unmet_feeds
from dagster_project.simulate import simulate
from dagster_project.simulate.context import Context, Mess
from dagster_project.simulate.feeds import FEEDS
from dagster_project.simulate.run import compute_truth
from dagster_project.simulate.truth import money as truth_money
from dagster_project.simulate.truth import people as truth_people
from dagster_project.warehouse.query import ask, find_current_file
from tests.support.nights.against_truth import compare
from tests.support.nights.quick_night import publish_night
from tests.support.nights.season import SEEDS

pytestmark = pytest.mark.slow


BEFORE_THE_MERGER, BRIEFING, NEXT_YEAR = "2025-05-20", "2025-07-13", "2026-02-10"
"""Other units, other periods, another backlog; in the next year after 31 January, when a plan is no longer paid."""


def _nights() -> list[ParameterSet]:
    """Three dates, four levels of mess, two seeds. The suite runs each level of mess at the briefing, which are the
    seasons that other tests read; `make test-nights` runs them all."""
    every = set(product((BRIEFING, BEFORE_THE_MERGER, NEXT_YEAR), get_args(Mess), (7, 2025)))
    every -= {(BRIEFING, mess, SEEDS[mess]) for mess in SEEDS}
    return [pytest.param(*night, marks=pytest.mark.long) for night in sorted(every)]


@pytest.mark.parametrize("mess", SEEDS)
def test_the_seasons_that_other_tests_read_equal_truth(request, mess):
    season = request.getfixturevalue({"none": "clean_season"}.get(mess, f"{mess}_season"))
    assert compare(season.home.current, season.truth) == []


def test_a_finding_is_as_loud_as_its_rule_says(field_season):
    gaps = "select distinct measure, severity from marts.data_gap where kind = 'contradiction'"
    rules = load_rules()
    found = {
        measure: severity
        for measure, severity in ask(find_current_file(field_season.home), gaps).rows
        if measure in rules
    }
    assert set(found.values()) >= {"info", "warning"}
    assert found == {measure: rules[measure].in_use for measure in found}


@pytest.mark.parametrize(("as_of", "mess", "seed"), _nights())
def test_published_equals_truth(tmp_path, judge, as_of, mess, seed):
    day = date.fromisoformat(as_of)
    simulate(tmp_path / "inbox", seed=seed, scale=0.003, as_of=day, mess=mess, feeds=tuple(load_registry().feeds))
    published = publish_night(Home(tmp_path / "home"), tmp_path / "inbox", day, judge)
    assert compare(published, tmp_path / "truth") == []


@pytest.mark.long
def test_offices_that_stopped_sending(tmp_path, judge):
    """Nothing has come since 13 July: five weeks later every feed is late, and each period that is due is missing."""
    sent_on, as_of = date(2025, 7, 13), date(2025, 8, 20)
    office = Context(tmp_path / "inbox", 5, 0.004, sent_on, "normal")
    delivered = {feed: FEEDS[feed](office) for feed in load_registry().feeds}
    # These name a period without a day: by now its last day has come, or it runs until D (docs/rules.md, "Moments").
    ends = {"month": date(2025, 7, 31), "quarter": as_of, "year": as_of}
    for feed in ("procedures_hb", "national_portal", "land_auction_pt"):
        for record in delivered[feed].files:
            record.data_date = ends[record.covers_kind] if record.data_date == sent_on else record.data_date
    later = replace(office, as_of=as_of)
    truth = truth_money.add_money(compute_truth(delivered, later), delivered, later)
    truth = truth_people.add_people(truth, delivered, later)
    silent = truth.data_gap[truth.data_gap["kind"].isin(["late", "missing_period"])]
    # A month that is named without a day stands for all of July, and no later one is due yet.
    assert set(silent["feed_id"]) == set(delivered) - {"national_portal", "land_auction_pt"}
    assert {f"2025-W{week}" for week in range(29, 34)} <= set(silent["period"])
    truth.write(tmp_path / "truth")
    published = publish_night(Home(tmp_path / "home"), tmp_path / "inbox", as_of, judge)
    assert list_unmet_feeds(published)  # which is exit code 3
    assert compare(published, tmp_path / "truth") == []
