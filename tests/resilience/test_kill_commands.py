"""Other commands than a night killed at a step: run again they end as if undisturbed, with nothing half written.

Kills at any instant: `python -m tests.support.nights.reliability --only commands`; figures in docs/reliability.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest
from _pytest.mark import ParameterSet

from dagster_project.core.paths import PROJECT_ROOT
from tests.resilience.test_kill import OF_A_NIGHT
from tests.support.nights.commands import (
    CASES,
    Case,
    Place,
    Servers,
    die_at,
    find_differences,
    make_place,
    run_to_the_end,
)
from tests.support.nights.season import AS_OF

KILLED_APART = {
    "ingest/landing/month_parts": "tests/unit/ingest/landing/test_month_parts.py",
    "ingest/landing/parses_of_before": "tests/unit/ingest/landing/test_parses_of_before.py",
    "warehouse/record/fold": "tests/unit/warehouse/test_fold.py",
}
"""Modules whose steps few nights come by, and where these are killed."""


@pytest.fixture(scope="module")
def make(normal_season, tmp_path_factory) -> Iterator:
    """A copy of the season's home, ready for a command; and, cached, one in which it was run undisturbed."""
    root = tmp_path_factory.mktemp("commands")
    with Servers(root, normal_season.inbox, AS_OF) as servers:

        def make_one(case: Case, name: str) -> Place:
            return make_place(
                case, normal_season.home, root / f"{case.name}-{name}", normal_season.inbox, AS_OF, servers
            )

        @cache
        def make_undisturbed(case: Case) -> Place:
            place = make_one(case, "undisturbed")
            assert run_to_the_end(place, case) == []
            return place

        yield make_one, make_undisturbed


def _kills() -> list[ParameterSet]:
    """Every step of every command; the short form kills each command once."""
    kills = [(case, step) for case in CASES for step in case.steps]
    return [
        pytest.param(*kill, id=f"{kill[0].name}-{kill[1]}", marks=pytest.mark.drill if is_last else pytest.mark.long)
        for kill, is_last in ((kill, kill[1] == kill[0].steps[-1]) for kill in kills)
    ]


@pytest.mark.parametrize(("case", "step"), _kills())
def test_a_killed_command_ends_as_an_undisturbed_one(make, case, step):
    make_one, make_undisturbed = make
    place = make_one(case, step)
    assert die_at(place, case, step) == []
    assert run_to_the_end(place, case) == []
    assert find_differences(place, make_undisturbed(case)) == []


def test_every_step_that_the_code_names_is_killed():
    named = {
        path.relative_to(PROJECT_ROOT / "dagster_project").with_suffix("").as_posix(): set(
            re.findall(r'pass_fault_point\("(\w+)"\)', path.read_text(encoding="utf-8"))
        )
        for path in (PROJECT_ROOT / "dagster_project").rglob("*.py")
    }
    of_commands = set().union(*(steps for name, steps in named.items() if name not in (*OF_A_NIGHT, *KILLED_APART)))
    assert of_commands <= {step for case in CASES for step in case.steps}
    for name, test in KILLED_APART.items():
        told = (PROJECT_ROOT / test).read_text(encoding="utf-8")
        assert "pass_fault_point" in told or all(step in told for step in named[name])
