"""A night killed at every named step, without room, twice at once, at any instant: it ends as an undisturbed one.

The long form is `python -m tests.support.nights.reliability`; its figures stand in docs/reliability.md.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from dagster_project.core.paths import PROJECT_ROOT, Home
from tests.support.nights.reliability import (
    SHORT_ROWS,
    STEPS,
    random_instant,
    random_instants,
    run_all,
    short_form,
)
from tests.support.nights.same_end import content_differences, differences, not_whole
from tests.support.nights.trials import Bench, Figures, make_bench

OF_A_NIGHT = ("ingest/landing/landing", "warehouse/build", "warehouse/publish", "warehouse/ledger", "extracts/write")
"""Modules in which a night names its steps; other commands' steps are killed in the tests of those."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Bench:
    return make_bench(tmp_path_factory.mktemp("kill"), seed=7)


@pytest.mark.drill
def test_every_disturbed_night_ends_as_the_undisturbed_one(bench):
    figures = Figures()
    short_form(bench, figures)
    assert figures.unlike == []
    assert figures.reader_errors == 0
    assert figures.kills_at_steps == len(STEPS)
    assert (figures.disks_full, figures.rivals) == (1, 1)
    assert figures.reader_queries > 50


@pytest.mark.long
def test_a_night_killed_at_any_instant_ends_as_the_undisturbed_one(bench):
    figures = Figures()
    instants = random_instants(6, 5, bench.seconds)
    run_all([lambda n=nth, at=at: random_instant(bench, figures, n, at) for nth, at in enumerate(instants)], jobs=2)
    assert figures.unlike == []
    assert figures.reader_errors == 0
    assert figures.kills_at_random + figures.kills_too_late == len(instants)


def test_the_steps_are_those_that_the_code_names():
    folder = PROJECT_ROOT / "dagster_project"
    code = "".join((folder / f"{name}.py").read_text(encoding="utf-8") for name in OF_A_NIGHT)
    assert set(re.findall(r'fault_point\("(\w+)"\)', code)) == set(STEPS)
    assert sorted(step for row in SHORT_ROWS for step in row) == sorted(STEPS)


def test_random_instants_are_spread_over_the_whole_night():
    instants = random_instants(10, 3, 20.0)
    assert [int(at // 2) for at in instants] == list(range(10))


# The comparison finds what it is for ---------------------------------------------------------------------------------


def doubled_arrival(home: Home) -> None:
    line = home.arrivals.read_bytes().splitlines(keepends=True)[0]
    home.arrivals.write_bytes(home.arrivals.read_bytes() + line)


def lost_arrival(home: Home) -> None:
    home.arrivals.write_bytes(b"".join(home.arrivals.read_bytes().splitlines(keepends=True)[:-1]))


def lost_bytes(home: Home) -> None:
    for path in home.archive.glob("??/*"):
        path.unlink()


def another_row(home: Home) -> None:
    file = home.current.resolve()
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        known = "select min(rowid) from marts.kpi_value where numerator is not null"
        connection.execute(f"update marts.kpi_value set numerator = numerator + 1 where rowid = ({known})")


def repeated_version(home: Home) -> None:
    (last,) = home.ledger.glob("000002-*")
    shutil.copytree(last, last.with_name(last.name.replace("000002", "000003")))


def stray(home: Home) -> None:
    (home.landing / "procedures_vp" / "2025-07").mkdir(exist_ok=True)
    (home.landing / "procedures_vp" / "2025-07" / "rows-000099.parquet").touch()


def stray_outside(home: Home) -> None:
    (home.root.with_name(f"{home.root.name}-tmp") / "x").mkdir(parents=True)


def lost_check(home: Home) -> None:
    kept = json.loads(home.checks.read_text(encoding="utf-8"))
    kept["checks"] = [check for check in kept["checks"] if check["name"] != "unit_level_in_list"]
    home.checks.write_text(json.dumps(kept), encoding="utf-8")


def another_outcome(home: Home) -> None:
    home.checks.write_text(home.checks.read_text(encoding="utf-8").replace('"failures": 0', '"failures": 1'))


def lost_landing(home: Home) -> None:
    next(home.landing.rglob("quarantine-*.parquet")).unlink()


def old_current(home: Home) -> None:
    (old,) = home.published.glob("haicap-2025-07-12-*")
    home.current.unlink()
    home.current.symlink_to(old.name)


@pytest.mark.drill
def test_a_copy_is_the_same(bench, tmp_path):
    shutil.copytree(bench.wanted.root, tmp_path / "home", symlinks=True)
    assert differences(Home(tmp_path / "home"), bench.wanted, bench.inbox) == []


@pytest.mark.drill
@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (doubled_arrival, "stands 2 times"),
        (lost_arrival, "on one side alone"),
        (lost_bytes, "not there as received"),
        (another_row, "kpi_value: 1 rows too many, 1 too few"),
        (repeated_version, "ledger: "),
        (stray, "stray: landing"),
        (stray_outside, "stray outside the home: x"),
        (lost_check, "checks: unit_level_in_list of procedures_hb"),
        (another_outcome, "of the build"),
        (lost_landing, "missing: landing"),
        (old_current, "current: 2025-07-12"),
    ],
)
def test_what_is_not_as_undisturbed_is_found(bench: Bench, tmp_path: Path, spoil: Callable[[Home], None], says: str):
    home = Home(tmp_path / "home")
    shutil.copytree(bench.wanted.root, home.root, symlinks=True)
    spoil(home)
    assert any(says in line for line in differences(home, bench.wanted, bench.inbox))


@pytest.mark.drill
def test_a_current_that_is_not_whole_is_found(bench, tmp_path):
    home = Home(tmp_path / "home")
    shutil.copytree(bench.old.root, home.root, symlinks=True)
    assert not_whole(home, bench.old, bench.wanted) == []
    assert content_differences(bench.old.current, bench.wanted.current)
    another_row(home)
    assert not_whole(home, bench.old, bench.wanted) == ["the old version's file changed"]
    home.current.unlink()
    assert not_whole(home, bench.old, bench.wanted) == ["current is gone"]
