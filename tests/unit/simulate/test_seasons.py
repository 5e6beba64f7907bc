"""Seasons of dossiers: in a flat one week against week says nothing, in a better or worse one it says what is so."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from dagster_project.contracts.seeds import read_seed
from dagster_project.core.errors import UsageError
from dagster_project.extracts.reading.cards import compare_weeks
from dagster_project.extracts.reading.facts import Definition, Point
from dagster_project.simulate import build_world, simulate
from dagster_project.simulate.reference import load_reference
from dagster_project.simulate.statements import find_end, make_canonical, show_state
from dagster_project.simulate.truth.kpi import finish_by_due, take_due
from dagster_project.simulate.truth.tables import make_dossiers
from dagster_project.simulate.world.dossiers import Season

pytestmark = pytest.mark.slow

AS_OF, SCALE = date(2025, 7, 13), 0.01
MONDAYS = [date(2025, 7, 14) - timedelta(days=7 * week) for week in reversed(range(17))]
"""The briefings of sixteen weeks, and the one before them."""
SEEDS = range(1, 11)


def define_due_on_time() -> Definition:
    """Return the KPI that weeks are told by, as the seed defines it."""
    (row,) = (row for row in read_seed("kpi_definition") if row["kpi_id"] == "tthc_due_on_time")
    return Definition(
        row["kpi_id"], row["domain"], row["title_vi"], None, row["unit"], row["direction"], None, None, None,
        row["headline_period"], None, int(row["min_denominator"]), float(row["min_coverage"]),
    )  # fmt: skip


def measure_week(world: pd.DataFrame, monday: date) -> float:
    """Return the truth's tthc_due_on_time of the whole province for the week that ended the day before `monday`, as
    known by its end: by the truth's own rule, over the dossiers due in that week.
    """
    ref, sunday = load_reference(), monday - timedelta(days=1)
    start = sunday - timedelta(days=6)
    due = world["due_at"].to_numpy().astype("datetime64[D]")
    of_week = (due >= np.datetime64(start)) & (due <= np.datetime64(sunday))
    known = of_week & (world["received_at"] <= find_end(sunday)).to_numpy()
    state = show_state(world[known].reset_index(drop=True), find_end(sunday))
    rows = make_canonical(state, ref.procedure["procedure_code"].to_numpy(dtype=object), "s", has_digitised=True)
    dossier = make_dossiers(rows, sunday, ref)
    settled = take_due(dossier[dossier["_counted"]], sunday)
    assert len(settled) > 100
    return float(finish_by_due(settled).mean())


@cache
def say_weeks(season: Season) -> Counter[str]:
    """Return the words of the page on each newest week beside the one before, each as seen on its own Monday."""
    said: Counter[str] = Counter()
    definition = define_due_on_time()
    for seed in SEEDS:
        world = build_world(seed, SCALE, AS_OF, season=season)
        days = [monday - timedelta(days=1) for monday in MONDAYS]
        points = [
            Point(day - timedelta(days=6), measure_week(world, monday), "met", as_of=day, coverage=1.0)
            for day, monday in zip(days, MONDAYS, strict=True)
        ]
        for day, pair in zip(days[1:], pairwise(points), strict=True):
            change, why_not = compare_weeks(definition, pair, day)
            assert change, why_not
            said[change[2]] += 1
    assert said.total() == 160
    return said


def count_better(season: Season) -> float:
    """Return how often the page says better; where it says that nothing changed, half."""
    said = say_weeks(season)
    assert set(said) <= {"tốt hơn", "kém hơn", ""}
    return (said["tốt hơn"] + said[""] / 2) / said.total()


def test_flat_weeks_are_better_as_often_as_worse() -> None:
    assert 0.4 < count_better("flat") < 0.6


@pytest.mark.long
def test_better_and_worse_weeks_are_told_apart() -> None:
    assert count_better("better") > count_better("flat") + 0.05
    assert count_better("worse") < count_better("flat") - 0.05


def test_a_flat_season_brings_as_much_each_working_day_and_nothing_else() -> None:
    ref = load_reference()
    world = build_world(1, 0.05, AS_OF, season="flat")
    day = world["received_at"].to_numpy().astype("datetime64[D]")
    assert ref.calendar.is_working(day).all()
    count = pd.Series(day).value_counts()
    weekday = count.groupby(count.index.day_of_week).mean()
    assert weekday.max() / weekday.min() < 1.05
    month = count.groupby(count.index.month).mean()
    assert month.max() / month.min() < 1.05


@pytest.mark.parametrize(("season", "change"), [("flat", 0.0), ("better", 0.2), ("worse", -0.2)])
def test_punctuality_changes_as_the_season_says(season: Season, change: float) -> None:
    """Between what came in January and in the first days after the merger, of units that keep their record."""
    world = build_world(1, 0.05, AS_OF, season=season)
    is_met = world["finished_at"].dt.normalize() <= world["due_at"].dt.normalize()
    of_month = is_met.groupby(world["received_at"].dt.month).mean()
    assert of_month[7] - of_month[1] == pytest.approx(change, abs=0.15 if change else 0.03)


def test_a_season_is_the_same_again_and_none_is_another() -> None:
    worlds = [build_world(3, 0.002, AS_OF, season=season) for season in ("flat", "flat", "better", "ordinary")]
    pd.testing.assert_frame_equal(worlds[0], worlds[1])
    assert not worlds[0]["finished_at"].equals(worlds[2]["finished_at"])
    assert not worlds[0]["received_at"].equals(worlds[3]["received_at"])


def test_an_unknown_season_is_refused(tmp_path) -> None:
    with pytest.raises(UsageError):
        simulate(tmp_path / "inbox", seed=1, scale=0.001, as_of=AS_OF, season="lucky")  # type: ignore[arg-type]
    assert not (tmp_path / "inbox").exists()
