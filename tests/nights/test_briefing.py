"""The tasks of the briefing of 14 July 2025: ahead on the 13th, missed on the 20th, as the registers tell them."""

from __future__ import annotations

import shutil
from datetime import date
from typing import Any

import duckdb
import pytest

from dagster_project.core.paths import Home
from dagster_project.explain.unmet_feeds import list_unmet_feeds
from dagster_project.night.demo import DEMO_SEED
from dagster_project.simulate import briefing, simulate
from tests.support.nights.quick_night import publish_night
from tests.support.nights.season import SCALE

pytestmark = pytest.mark.slow

TASKS = f"from marts.fct_directive where directive_no = '{briefing.NUMBER}'"
PLAN_NUMBERS = ", ".join(sorted({f"'{milestone.plan_no}'" for milestone in briefing.MILESTONES}))
MILESTONES = f"from marts.fct_plan_milestone where plan_no in ({PLAN_NUMBERS})"
EIGHTEENTH, TWENTIETH, TWENTY_FIFTH = date(2025, 7, 18), date(2025, 7, 20), date(2025, 7, 25)
SCHEME, APPRAISAL = (
    f"{what} đề án thành lập Trung tâm phát triển quỹ đất khu vực Hòa Bình" for what in ("Xây dựng", "Thẩm định")
)


@pytest.fixture(scope="module")
def night(normal_season, tmp_path_factory, judge):
    """Open the marts of a night at this day, over the registers of the 13th or of the 20th."""
    folder = tmp_path_factory.mktemp("briefing")
    feeds = ("directives", "planning")
    for feed in feeds:
        shutil.copytree(normal_season.inbox / feed, folder / "of the 13th" / feed)
    simulate(folder / "of the 20th", seed=DEMO_SEED, scale=SCALE, as_of=TWENTIETH, feeds=feeds, with_truth=False)

    def marts(inbox: str, as_of: date) -> duckdb.DuckDBPyConnection:
        file = publish_night(Home(folder / f"home {inbox}"), folder / inbox, as_of, judge)
        assert list_unmet_feeds(file)
        return duckdb.connect(str(file), read_only=True)

    return marts


def asked(marts: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return marts.sql(query).fetchall()


def test_the_page_of_the_13th_has_every_task_and_what_lies_ahead(normal_season):
    with duckdb.connect(str(normal_season.home.current), read_only=True) as marts:
        tasks = asked(marts, f"select task, lead_agency, due_on, due_text, is_overdue, is_done {TASKS}")
        steps = asked(marts, f"select plan_no, milestone, milestone_due, is_overdue {MILESTONES}")
    told = {task.task: task for task in briefing.TASKS}
    assert {task for task, *_ in tasks} == set(told)
    for task, lead, due, words, is_overdue, is_done in tasks:
        assert (lead, due, words) == (told[task].lead, told[task].due_on, told[task].due_text)
        assert not is_overdue
        assert not is_done
    assert {EIGHTEENTH, TWENTIETH, TWENTY_FIFTH} <= {due for _, _, due, *_ in tasks}
    wanted = {(step.plan_no, step.milestone, step.due, False) for step in briefing.MILESTONES}
    assert set(steps) == wanted
    assert {EIGHTEENTH, TWENTY_FIFTH} <= {due for _, _, due, _ in steps}


def test_a_night_of_the_20th_without_a_newer_register_shows_all_that_nobody_reported(night):
    """What is due before the 18th is past; what is due before the 20th has till the end of that day."""
    with night("of the 13th", TWENTIETH) as marts:
        tasks = asked(marts, f"select task, days_past_due {TASKS} and is_overdue order by task desc")
        steps = asked(marts, f"select milestone {MILESTONES} and is_overdue order by all")
        last_day = asked(marts, f"select is_overdue, is_on_time, days_past_due {TASKS} and due_on = date '2025-07-20'")
        late = asked(marts, "select feed_id from marts.data_gap where kind = 'missing_period' and period = '2025-W29'")
    assert tasks == [(SCHEME, 2), (APPRAISAL, 2)]
    assert steps == [("Thẩm định đề án",), ("Xây dựng đề án",)]
    assert last_day == [(False, None, 0)]
    assert ("directives",) not in late, "its Friday is two days old, and it may be three"


def test_a_register_of_the_20th_shows_what_was_missed(night):
    """The scheme was drafted on the 17th; its appraisal was not done, and one of three tasks is on its last day."""
    with night("of the 20th", TWENTIETH) as marts:
        tasks = asked(
            marts, f"select task, is_on_time {TASKS} and due_on < date '2025-07-21' order by due_on, task desc"
        )
        steps = asked(
            marts, f"select milestone, is_overdue, is_on_time {MILESTONES} and milestone_due < date '2025-07-20'"
        )
        overdue = asked(marts, f"select lead_agency {TASKS} and is_overdue")
        by_agency = asked(
            marts,
            "select numerator from marts.kpi_value join marts.dim_unit using (unit_code)"
            " where kpi_id = 'directive_overdue' and grain = 'department' and unit_name = 'Sở Nội vụ'",
        )
    cleared = next(task.task for task in briefing.TASKS if task.due_on == TWENTIETH)
    assert tasks == [(SCHEME, True), (APPRAISAL, False), (cleared, None)]
    assert set(steps) == {("Xây dựng đề án", False, True), ("Thẩm định đề án", True, False)}
    assert overdue == [("Sở Nội vụ",)]
    assert by_agency[0][0] >= 1


def test_a_task_due_before_the_20th_is_missed_on_the_21st(night):
    with night("of the 20th", date(2025, 7, 21)) as marts:
        found = asked(marts, f"select due_text {TASKS} and is_overdue order by due_on")
    assert found == [("trước ngày 18/7",), ("trước ngày 20/7",)]
