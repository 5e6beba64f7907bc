"""No filling of what is missing denies a certain verdict, and none that is certain is missing: every KPI with bounds.

The SQL of `kpi_value` and `int_coverage`, as dbt compiles it, over units that hypothesis draws: what each last said,
and whether that is young, too old, or was never said. What is missing is filled by the test's own means: of a unit
whose figure is too old any part of what it last owed, of one that never said anything any whole and any part of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.contracts.seeds import read_seed
from tests.support.marts.dbt_build import run_dbt

pytestmark = pytest.mark.slow

D, START, PROVINCE = "2025-07-13", "2025-01-01", "25"
FILLINGS = 12
"""Of each certain cell, and the two ends besides."""
LEAST_COVERAGE, AMBER = 0.8, 0.05
TABLES = """
create table int_coverage_unit (domain varchar, is_stock boolean, period_kind varchar, period_start date, grain varchar,
    unit_code varchar, feed_id varchar, owes integer, reports integer, has_delivery integer, has_stale integer,
    is_unknown integer, data_date date, former_province_code varchar);
create table int_kpi_atom (domain varchar, kpi_id varchar, period_kind varchar, period_start date, period_end date,
    commune_code varchar, unit_code varchar, former_province_code varchar, dimension varchar, member varchar,
    numerator double, denominator double, decided bigint, paused bigint, remaining bigint);
create table int_kpi_target (kpi_id varchar, grain varchar, unit_code varchar, dimension varchar, member varchar,
    first_day date, target double);
create table int_kpi_official (kpi_id varchar, grain varchar, unit_code varchar, denominator double,
    is_divisor boolean);
create table int_kpi_unit (grain varchar, unit_code varchar);
create table int_period (domain varchar, period_kind varchar, period_start date, period_end date, is_running boolean);
create table kpi_definition (domain varchar, kpi_id varchar, definition_no integer, unit varchar, direction varchar,
    min_coverage double, min_denominator integer, amber_from double, valid_from date, valid_to date,
    period_kinds varchar, grains varchar, date_column varchar);
"""
Cells = Callable[[dict[str, list["Unit"]], dict[str, float]], dict[tuple[str, str], tuple[str, bool]]]


@dataclass(frozen=True)
class Unit:
    """What a commune of former province `area` last said, `done` of `whole`, and how old that is: fresh, old, never."""

    area: str
    age: str
    whole: int
    done: int


@dataclass(frozen=True)
class Sql:
    """The compiled models, and the KPIs that dbt says have bounds, each with its domain."""

    coverage: str
    value: str
    domains: dict[str, str]


@pytest.fixture(scope="module")
def sql(tmp_path_factory: pytest.TempPathFactory) -> Sql:
    home = tmp_path_factory.mktemp("bounds")
    with pytest.MonkeyPatch.context() as patch:
        models = run_dbt(home, patch, "compile", "--select", "int_coverage kpi_value", as_of=D)
        named = run_dbt(home, patch, "compile", "--inline", "{{ bounded_kpis() | join(' ') }}", as_of=D)
    assert (models.exception, named.exception) == (None, None)
    text = {
        item.node.name: re.sub(r'"\w+"\."\w+"\."(\w+)"', r"\1", item.node.compiled_code)
        for item in models.result.results
    }
    bounded = named.result.results[0].node.compiled_code.split()
    domains = {row["kpi_id"]: row["domain"] for row in read_seed("kpi_definition") if row["kpi_id"] in bounded}
    assert set(domains) == set(bounded)
    assert len(bounded) > 5
    return Sql(text["int_coverage"], text["kpi_value"], domains)


@pytest.fixture(scope="module")
def judge(sql: Sql) -> Iterator[Cells]:
    """Return (KPI, grain) → rating and whether it is certain, of the province and of former province 26."""
    connection = duckdb.connect()
    connection.execute(TABLES)
    connection.execute(f"create view int_coverage as {sql.coverage}")
    connection.execute(f"create view judged as {sql.value}")
    for grain, code in (("province", PROVINCE), ("former_province", "26")):
        connection.execute("insert into int_kpi_unit values (?, ?)", [grain, code])
    for domain in set(sql.domains.values()):
        connection.execute(f"insert into int_period values ('{domain}', 'to_date', '{START}', '{D}', false)")
    for kpi_id, domain in sql.domains.items():
        connection.execute(
            f"insert into kpi_definition values ('{domain}', '{kpi_id}', 1, 'percent', 'up', {LEAST_COVERAGE}, 10,"
            " null, null, null, 'to_date', 'province|former_province|commune', null)"
        )

    def run(drawn: dict[str, list[Unit]], targets: dict[str, float]) -> dict[tuple[str, str], tuple[str, bool]]:
        for table in ("int_coverage_unit", "int_kpi_atom", "int_kpi_target"):
            connection.execute(f"delete from {table}")
        owed, said = [], []
        for domain, units in drawn.items():
            for number, unit in enumerate(units):
                fresh, never = int(unit.age == "fresh"), int(unit.age == "never")
                owed.append(
                    f"('{domain}', true, 'to_date', '{START}', 'commune', '{number}', 'f', 1, {fresh}, {1 - never},"
                    f" {1 - fresh - never}, {never}, null, '{unit.area}')"
                )
                said += [
                    f"('{domain}', '{kpi_id}', 'to_date', '{START}', '{D}', '{number}', null, '{unit.area}', '', '',"
                    f" {unit.done}, {unit.whole}, null, null, null)"
                    for kpi_id, of in sql.domains.items()
                    if of == domain and not never
                ]
        connection.execute(f"insert into int_coverage_unit values {', '.join(owed)}")
        if said:
            connection.execute(f"insert into int_kpi_atom values {', '.join(said)}")
        aims = [
            f"('{kpi_id}', '{grain}', '{code}', '', '', null, {target})"
            for kpi_id, target in targets.items()
            for grain, code in (("province", PROVINCE), ("former_province", "26"))
        ]
        connection.execute(f"insert into int_kpi_target values {', '.join(aims)}")
        found = connection.execute("select kpi_id, grain, rating, is_certain from judged").fetchall()
        return {(kpi_id, grain): (rating, is_certain) for kpi_id, grain, rating, is_certain in found}

    yield run
    connection.close()


def rate(done: float, whole: float, target: float) -> str:
    """Return the rating of a share."""
    value = done / whole
    return "met" if value >= target - 1e-12 else "at_risk" if value >= target - AMBER - 1e-12 else "missed"


def fill(units: list[Unit], choose: Callable[[int], int], grow: Callable[[], int]) -> tuple[int, int]:
    """Return done and whole when all units have spoken: `choose` a part of a whole, `grow` a whole never told."""
    done = whole = 0
    for unit in units:
        of_unit = grow() if unit.age == "never" else unit.whole
        whole += of_unit
        done += unit.done if unit.age == "fresh" else choose(of_unit)
    return done, whole


@st.composite
def draw_units(draw: st.DrawFn) -> list[Unit]:
    """Draw communes of two former provinces: how many are old or silent, and how far they are, differs by example."""
    ages = draw(st.sampled_from([("fresh", "old"), ("fresh", "old", "old"), ("fresh", "old", "never")]))
    least, most = draw(st.sampled_from([(0, 1), (0, 0), (0.9, 1)]))
    units = []
    for _ in range(draw(st.integers(2, 9))):
        whole = draw(st.integers(1, 40))
        done = draw(st.integers(int(least * whole), int(most * whole)))
        units.append(Unit(draw(st.sampled_from(["26", "17"])), draw(st.sampled_from(ages)), whole, done))
    return units


@settings(max_examples=75, deadline=None)
@given(data=st.data())
def test_no_filling_denies_a_certain_verdict_and_none_is_missing(sql: Sql, judge: Cells, data: st.DataObject) -> None:
    drawn = {domain: data.draw(draw_units(), label=domain) for domain in sorted(set(sql.domains.values()))}
    targets = {kpi_id: data.draw(st.integers(1, 20), label=kpi_id) / 20 for kpi_id in sorted(sql.domains)}
    random = Random(data.draw(st.integers(0, 2**32 - 1), label="seed of the fillings"))
    told = judge(drawn, targets)
    for (kpi_id, grain), (rating, is_certain) in told.items():
        units = [unit for unit in drawn[sql.domains[kpi_id]] if grain == "province" or unit.area == "26"]
        if not units:
            assert (rating, is_certain) == ("insufficient", False)
            continue
        coverage = sum(unit.age == "fresh" for unit in units) / len(units)
        has_silent = any(unit.age == "never" for unit in units)
        ends = {
            rate(*fill(units, choose, lambda: 10), targets[kpi_id]) for choose in (lambda _: 0, lambda whole: whole)
        }
        if coverage < LEAST_COVERAGE:
            certain = len(ends) == 1 and not has_silent
            assert is_certain == certain, (kpi_id, grain)
            assert rating == (ends.pop() if certain else "insufficient"), (kpi_id, grain)
        assert not (is_certain and coverage >= LEAST_COVERAGE)
        if is_certain:
            for _ in range(FILLINGS):
                share = random.random()
                filled = fill(
                    units,
                    lambda whole, share=share: sum(random.random() < share for _ in range(whole)),
                    lambda: random.randint(0, 10**6),
                )
                assert rate(*filled, targets[kpi_id]) == rating, (kpi_id, grain)


def test_the_two_ends_and_between_them(sql: Sql, judge: Cells) -> None:
    """80 of 100 known at 7 of 10: a quarter of the units is missing. What is too old may all be done, or nothing."""
    fresh, old, never = Unit("26", "fresh", 80, 56), Unit("26", "old", 20, 20), Unit("26", "never", 0, 0)
    domains = set(sql.domains.values())

    def ask(units: list[Unit], target: float) -> set[tuple[str, bool]]:
        found = judge(dict.fromkeys(domains, units), dict.fromkeys(sql.domains, target))
        assert {kpi_id for kpi_id, _ in found} == set(sql.domains)
        return set(found.values())

    assert ask([fresh, old], 0.56) == {("met", True)}  # at worst 56 of 100
    assert ask([fresh, old], 0.57) == {("insufficient", False)}
    assert ask([fresh, old], 0.76) == {("insufficient", False)}
    assert ask([fresh, old], 0.82) == {("missed", True)}  # at best 76 of 100
    assert ask([fresh, old, never], 0.56) == {("insufficient", False)}
    assert ask([fresh] * 4 + [old], 0.99) == {("missed", False)}  # four fifths have come


def test_what_has_no_target_waits_for_no_verdict(sql: Sql, judge: Cells) -> None:
    units = [Unit("26", "fresh", 80, 56), Unit("26", "never", 0, 0)]
    aimed, *others = sorted(sql.domains)
    found = judge(dict.fromkeys(sql.domains.values(), units), {aimed: 0.5})
    assert {found[kpi_id, "province"] for kpi_id in others} == {("not_applicable", False)}
    assert found[aimed, "province"] == ("insufficient", False)
