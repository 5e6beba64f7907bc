"""The two tests of the law by date, as dbt compiles them, over the project's own seeds and over seeds bent by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import duckdb
import pytest

from dagster_project.core.paths import DBT_DIR
from dagster_project.core.yaml_files import load_yaml
from tests.support.marts.dbt_build import run_dbt

pytestmark = pytest.mark.slow

COMPILED_FOR = "2024-02-29"
"""A day that stands in no seed, so that it can be put into the SQL's place by another."""
BAND = "Luật Đấu giá tài sản số 01/2016/QH14; Luật số 37/2024/QH15"
DAYS = [
    "2025-01-01", "2025-06-30", "2025-07-01", "2025-07-13", "2025-07-14", "2025-09-14", "2025-09-15", "2025-09-25",
    "2025-09-26", "2025-12-31", "2026-01-01", "2026-01-05", "2026-01-06", "2026-11-24", "2027-02-28", "2027-03-01",
    "2027-03-02", "2027-12-31",
]  # fmt: skip
"""Both sides of every day on which an act of the seed begins or ends."""

Faults = Callable[[str, str], list[tuple[str, str, str]]]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, str]]]:
    home = tmp_path_factory.mktemp("law")
    with pytest.MonkeyPatch.context() as patch:
        assert run_dbt(home, patch, "seed", as_of=COMPILED_FOR).success
        tests = run_dbt(
            home,
            patch,
            "compile",
            "--select",
            "law_is_in_force law_lapses_soon law_calendar_ends_soon",
            as_of=COMPILED_FOR,
        )
        shown = run_dbt(home, patch, "compile", "--inline", "{{ acts_in_force('deposit_band') }}", as_of=COMPILED_FOR)
    assert (tests.exception, shown.exception) == (None, None)
    sql = {item.node.name: item.node.compiled_code for item in tests.result.results}
    sql["shown"] = shown.result.results[0].node.compiled_code
    with duckdb.connect(str(home / "build.duckdb")) as connection:
        yield connection, sql


@pytest.fixture
def connection(
    seeded: tuple[duckdb.DuckDBPyConnection, dict[str, str]],
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Seeds that a test may bend: what it does is rolled back."""
    seeded[0].begin()
    yield seeded[0]
    seeded[0].rollback()


@pytest.fixture
def faults(seeded: tuple[duckdb.DuckDBPyConnection, dict[str, str]], connection: duckdb.DuckDBPyConnection) -> Faults:
    """What a test finds at D: rule, act, fault."""

    def find(test: str, day: str) -> list[tuple[str, str, str]]:
        sql = seeded[1][test].replace(COMPILED_FOR, day)
        return connection.execute(f"select rule, act, fault from ({sql}) order by all").fetchall()

    return find


@pytest.mark.parametrize("day", DAYS)
def test_no_rule_of_the_project_rests_on_the_law_of_another_day(faults: Faults, day: str) -> None:
    assert faults("law_is_in_force", day) == []


@pytest.mark.parametrize("day", DAYS)
def test_successions_that_the_seeds_foresee_raise_no_alarm(faults: Faults, day: str) -> None:
    assert faults("law_lapses_soon", day) == []


def test_each_table_of_the_list_is_judged(faults: Faults, connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("delete from seeds.legal_act")
    named = {rule.partition(" ")[0] for rule, _, _ in faults("law_is_in_force", "2025-09-02")}
    listed = load_yaml((DBT_DIR / "dbt_project.yml").read_bytes())["vars"]["dated_rules"]
    assert named == set(listed)
    assert len(listed) >= 5


@pytest.mark.parametrize(("day", "fault"), [("2025-07-13", "chưa có hiệu lực"), ("2025-07-14", None)])
def test_the_conclusions_carry_nothing_alone_before_their_day(
    faults: Faults, connection: duckdb.DuckDBPyConnection, day: str, fault: str | None
) -> None:
    conclusion = "Kết luận giao ban ngày 14/7/2025"
    connection.execute("update seeds.kpi_target set legal_basis = ? where kpi_id = 'plan_milestone'", [conclusion])
    told = [found for found in faults("law_is_in_force", day) if found[0].startswith("kpi_target plan_milestone")]
    assert told == ([("kpi_target plan_milestone  ", conclusion, fault)] if fault else [])


def test_an_act_that_lapsed_alone_is_a_fault_from_its_next_day(
    faults: Faults, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute(
        f"update seeds.deposit_band set legal_basis = 'NQ 66.11/2026/NQ-CP' where legal_basis = '{BAND}'"
    )
    row = ("deposit_band other ", "NQ 66.11/2026/NQ-CP")
    assert (*row, "chưa có hiệu lực") in faults("law_is_in_force", "2026-01-05")
    assert faults("law_is_in_force", "2026-01-06") == []
    assert faults("law_is_in_force", "2027-02-28") == []
    assert (*row, "hết hiệu lực") in faults("law_is_in_force", "2027-03-01")


def test_a_lapse_is_told_ninety_days_ahead(faults: Faults, connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("update seeds.deposit_band set legal_basis = 'NQ 66.11/2026/NQ-CP' where land_use = 'other'")
    row = ("deposit_band other ", "NQ 66.11/2026/NQ-CP", "hết hiệu lực")
    # The first day without it is 1/3/2027.
    assert faults("law_lapses_soon", "2026-11-30") == []
    assert faults("law_lapses_soon", "2026-12-01") == [row]


def test_a_successor_in_the_basis_carries_a_rule_and_one_that_is_not_there_does_not(
    faults: Faults, connection: duckdb.DuckDBPyConnection
) -> None:
    def rest_on(basis: str) -> None:
        connection.execute("update seeds.deposit_band set legal_basis = ? where land_use = 'other'", [basis])

    old, new = "NĐ 99/2021/NĐ-CP", "NĐ 254/2025/NĐ-CP"
    rest_on(f"{old}; {new}")
    assert faults("law_is_in_force", "2025-09-25") == faults("law_is_in_force", "2025-09-26") == []
    rest_on(old)
    assert faults("law_is_in_force", "2025-09-25") == []
    assert faults("law_is_in_force", "2025-09-26") == [("deposit_band other ", old, "hết hiệu lực")]
    rest_on(f"{new}, Điều 7 (chờ xác nhận)")
    assert faults("law_is_in_force", "2025-09-25") == [("deposit_band other ", new, "chưa có hiệu lực")]
    assert faults("law_is_in_force", "2025-09-26") == []
    # An act that is no successor does not carry it.
    rest_on(f"QĐ 766/QĐ-TTg; {old}")
    assert faults("law_is_in_force", "2025-09-26") == [("deposit_band other ", old, "hết hiệu lực")]


def test_a_successor_that_begins_later_leaves_a_hole(faults: Faults, connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("update seeds.legal_act set valid_from = '2025-10-01' where act = 'NĐ 254/2025/NĐ-CP'")
    connection.execute(
        "update seeds.deposit_band set legal_basis = 'NĐ 99/2021/NĐ-CP; NĐ 254/2025/NĐ-CP' where land_use = 'other'"
    )
    found = [fault for fault in faults("law_is_in_force", "2025-09-30") if fault[0].startswith("deposit_band")]
    assert found == [("deposit_band other ", "NĐ 99/2021/NĐ-CP", "hết hiệu lực")]
    assert faults("law_is_in_force", "2025-10-01") == []


def test_an_act_may_stand_beside_another_and_never_alone(faults: Faults, connection: duckdb.DuckDBPyConnection) -> None:
    beside = "TT 03/2025/TT-VPCP"
    connection.execute("update seeds.deposit_band set legal_basis = ? where land_use = 'other'", [beside])
    assert faults("law_is_in_force", "2025-09-14") == [("deposit_band other ", beside, "chưa có hiệu lực")]
    assert faults("law_is_in_force", "2025-09-15") == []
    both = f"NĐ 61/2018/NĐ-CP; NĐ 118/2025/NĐ-CP; {beside}"
    connection.execute("update seeds.deposit_band set legal_basis = ? where land_use = 'other'", [both])
    assert faults("law_is_in_force", "2025-09-14") == faults("law_is_in_force", "2025-09-15") == []


@pytest.mark.parametrize(
    ("basis", "act", "fault"),
    [("NĐ 1/1999", "NĐ 1/1999", "chưa có trong danh mục văn bản"), (None, "", "chưa ghi căn cứ")],
)
def test_a_basis_that_nobody_can_look_up_is_a_fault(
    faults: Faults, connection: duckdb.DuckDBPyConnection, basis: str | None, act: str, fault: str
) -> None:
    connection.execute("update seeds.deposit_band set legal_basis = ? where land_use = 'other'", [basis])
    assert faults("law_is_in_force", "2025-07-13") == [("deposit_band other ", act, fault)]
    # A row that does not hold on that day is not asked.
    assert "deposit_band" not in str(faults("law_is_in_force", "2024-07-31"))


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        ("2025-09-14", "Luật Đầu tư công số 58/2024/QH15, Điều 72; NĐ 99/2021/NĐ-CP"),
        ("2025-09-25", "Luật Đầu tư công số 58/2024/QH15, Điều 72; NĐ 99/2021/NĐ-CP; TT 03/2025/TT-VPCP"),
        ("2025-09-26", "Luật Đầu tư công số 58/2024/QH15, Điều 72; NĐ 254/2025/NĐ-CP; TT 03/2025/TT-VPCP"),
    ],
)
def test_readers_are_shown_the_acts_of_the_day_in_the_order_of_the_text(
    seeded: tuple[duckdb.DuckDBPyConnection, dict[str, str]],
    connection: duckdb.DuckDBPyConnection,
    day: str,
    shown: str,
) -> None:
    basis = "Luật Đầu tư công số 58/2024/QH15, Điều 72; NĐ 99/2021/NĐ-CP; NĐ 254/2025/NĐ-CP; TT 03/2025/TT-VPCP"
    connection.execute("update seeds.deposit_band set legal_basis = ?", [basis])
    assert connection.execute(seeded[1]["shown"].replace(COMPILED_FOR, day)).fetchall() == [(basis, shown)]


def test_the_end_of_the_known_holidays_is_told_ninety_days_before(
    seeded: tuple[duckdb.DuckDBPyConnection, dict[str, str]],
) -> None:
    def ask(day: str) -> list[tuple[str]]:
        sql = seeded[1]["law_calendar_ends_soon"].replace(COMPILED_FOR, day)
        return seeded[0].execute(f"select last_day::varchar from ({sql})").fetchall()

    assert ask("2027-10-01") == []
    assert ask("2027-10-02") == ask("2030-01-01") == [("2027-12-31",)]
