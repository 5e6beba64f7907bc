"""The SQL of money, land, houses, centres, tasks and plans on a hand-written landing: every figure computed by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.support.marts import money_landing, people_landing
from tests.support.marts.dbt_build import build
from tests.support.marts.hand_landing import HB, HOA_BINH, PT, VINH_YEN, VP, write_landing
from tests.support.marts.measure_flags import added_up
from tests.support.marts.money_landing import BILLION
from tests.support.marts.people_landing import LASTING, MERIT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The marts of the hand-written landing at 31 July 2025, built once with all dbt tests.

    Its unit tests are run with the landing of procedures.
    """
    home = tmp_path_factory.mktemp("stocks")
    tables = money_landing.landed_rows()
    for name, rows in people_landing.landed_rows().items():
        tables.setdefault(name, []).extend(rows)
    write_landing(home / "build.duckdb", tables)
    with pytest.MonkeyPatch.context() as patch:
        path = build(home, patch, as_of="2025-07-31", with_unit_tests=False)
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def cell(marts: duckdb.DuckDBPyConnection, kpi_id: str, unit: str, grain: str, member: str = "") -> tuple[Any, ...]:
    found = marts.execute(
        "select numerator, denominator, round(value, 4), rating, is_provisional from marts.kpi_value"
        " where kpi_id = ? and unit_code = ? and grain = ? and member = ? and period_kind = 'to_date'",
        [kpi_id, unit, grain, member],
    ).fetchall()
    assert len(found) == 1
    return tuple(found[0])


def test_the_measure_flags_add_up_to_every_cell(marts):
    wrong, compared = added_up(marts)
    assert wrong == []
    stocks = marts.execute(
        "select distinct kpi_id from marts.kpi_definition where domain not in ('procedures', 'national_portal')"
    ).fetchall()
    # The centres written by hand state no accounts.
    assert compared >= {(kpi_id, "to_date", "province") for (kpi_id,) in stocks if kpi_id != "centre_account"}


def test_the_province_pays_what_was_announced(marts):
    """13,864 billion of 18,691 and of 29,671: 74.2 % and 46.7 % (31 July 2025)."""
    assert cell(marts, "inv_rate_pm", "25", "province")[:3] == (13_864 * BILLION, 18_691 * BILLION, 0.7417)
    assert cell(marts, "inv_rate_total", "25", "province")[:3] == (13_864 * BILLION, 29_671 * BILLION, 0.4673)


@pytest.mark.parametrize(
    ("kpi_id", "unit", "paid", "plan"),
    [
        # The projects of the whole province stand in Phú Thọ's plan.
        ("inv_rate_pm", PT, 7864 + 3000, 9010),
        ("inv_rate_pm", VP, 1820, 1000),
        ("inv_rate_total", VP, 1820, 4000),
        ("inv_rate_pm", HB, 1180, 9000),
        ("inv_rate_total", HB, 1180, 12000),
    ],
)
def test_a_decision_that_lacks_one_of_two_plans_divides_neither(marts, kpi_id, unit, paid, plan):
    """Those of 31/5 and 10/5 name the Prime Minister's plan alone, that of 31/1 the whole plan alone."""
    found = cell(marts, kpi_id, unit, "former_province")
    assert found[:2] == pytest.approx((paid * BILLION, plan * BILLION))


def test_what_a_plan_has_given_to_no_project_is_a_part_of_its_own(marts):
    found = marts.execute(
        "select part, numerator, denominator from marts.kpi_part where kpi_id = 'inv_rate_total' order by 1"
    ).fetchall()
    projects = sum(denominator for part, _, denominator in found if part != "unassigned")
    assert [part for part, *_ in found] == [HB, PT, VP, "unassigned"]
    assert sum(numerator for _, numerator, _ in found) == 13_864 * BILLION
    assert found[-1] == ("unassigned", 0, 29_671 * BILLION - projects)


def test_a_project_without_a_commune_counts_where_its_plan_stands(marts):
    found = marts.execute(
        "select distinct attribution, former_province_code from marts.fct_disbursement where unit_code is null"
    ).fetchall()
    assert found == [("area", PT)]


def test_a_project_of_a_former_province_counts_there_whoever_reports_it(marts):
    found = marts.execute(
        "select unit_level, attribution, commune_code, former_province_code from marts.fct_disbursement"
        " where project_code = '7000007'"
    ).fetchall()
    assert found == [("former_province", "area", None, VP)]


def test_decisions_stand_beside_the_sum_of_the_projects(marts):
    found = marts.sql(
        "select scope, measure, stated, computed from marts.control_total where feed_id = 'plan_decision'"
    ).fetchall()
    assert ("25 2025", "inv_rate_pm", 18_691 * BILLION, 19_010 * BILLION) in found
    assert ("26-former 2025", "inv_rate_total", 6_898_370_000_000, 4_000 * BILLION) in found
    # The whole plan beside the Prime Minister's, which it must not be below.
    assert ("25 2025", "plan_total_above_plan_pm", 29_671 * BILLION, 18_691 * BILLION) in found
    assert len(found) == 6


def test_funds_are_apart_and_never_double_a_project(marts):
    assert cell(marts, "inv_rate_total", "25", "province", "NSTW")[:2] == (3044 * BILLION, 17_000 * BILLION)
    assert cell(marts, "inv_rate_total", "25", "province", "ODA")[:2] == (3000 * BILLION, 2000 * BILLION)
    assert cell(marts, "inv_rate_total", VINH_YEN, "commune", "KHAC")[:2] == (1820 * BILLION, 4000 * BILLION)


def test_a_project_with_a_plan_and_nothing_paid_counts_once(marts):
    assert cell(marts, "inv_zero_projects", "25", "province")[:1] == (1,)
    assert cell(marts, "inv_zero_projects", "07900", "commune")[:1] == (1,)
    assert cell(marts, "inv_zero_projects", VINH_YEN, "commune")[:1] == (0,)


@pytest.mark.parametrize(
    ("kpi_id", "numerator", "denominator"),
    [
        ("auction_sold", 3, 4),
        ("auction_revenue", 10, 8),
        ("auction_premium", 3, 7),
        ("auction_collected", 6, 10),
    ],
)
def test_a_lot_counts_once_by_its_last_round(marts, kpi_id, numerator, denominator):
    scale = 1 if kpi_id == "auction_sold" else BILLION
    assert cell(marts, kpi_id, VP, "former_province")[:2] == (numerator * scale, denominator * scale)


def test_an_area_that_never_sent_owes_and_a_commune_without_lots_does_not(marts):
    assert cell(marts, "auction_sold", HB, "former_province")[:4] == (None, None, None, "insufficient")
    assert cell(marts, "auction_sold", "04795", "commune")[3] == "insufficient"
    assert cell(marts, "auction_sold", "08740", "commune")[3] == "not_applicable"
    # One commune of Vĩnh Phúc reported, the 46 of Hòa Bình owe.
    assert cell(marts, "auction_sold", "25", "province")[3] == "insufficient"
    gaps = marts.sql("select count(*) from marts.data_gap where feed_id = 'land_auction_hb'").fetchall()
    assert gaps == [(6,)]


def test_a_commune_of_which_all_was_refused_has_sent_and_is_not_known(marts):
    """Phúc Yên's only project was refused: nobody knows what it says, and nobody says that there is none."""
    assert cell(marts, "inv_rate_total", "08740", "commune")[:4] == (None, None, None, "insufficient")
    assert cell(marts, "inv_zero_projects", "08740", "commune")[:4] == (None, None, None, "insufficient")
    gaps = marts.sql(
        "select commune_code, period, rows_affected, verdicts_waiting > 0, what_to_do_vi from marts.data_gap"
        " where kind = 'refused_unit'"
    ).fetchall()
    words = "Đơn vị đã gửi, nhưng cả 1 dòng nhận được của kỳ này đều bị từ chối. Ghi số. Sửa rồi gửi lại."
    assert gaps == [("08740", "2025-07-31", 1, True, words)]
    bounds = marts.sql(
        "select value, value_low, value_high, coverage < 1 from marts.kpi_value where kpi_id = 'inv_zero_projects'"
        " and grain = 'province' and period_kind = 'to_date'"
    ).fetchall()
    assert bounds == [(1, 1, None, True)]


def test_two_former_communes_are_summed_and_a_silent_feed_is_stale(marts):
    assert cell(marts, "clearance_area", "07900", "commune") == (30, 40, 0.75, "insufficient", True)
    assert cell(marts, "clearance_paid", PT, "former_province")[:2] == (60, 120)


def test_what_contradicts_itself_is_named(marts):
    found = marts.sql("select measure, detail from marts.data_gap where kind = 'contradiction' order by all").fetchall()
    assert found == [
        ("deposit_out_of_band", "Khu A, L2"),
        ("more_signatures_than_needed", "signatures_issued"),
        ("more_trained_than_staff", "staff_trained"),
        ("paid_above_plan", "7000002"),
        ("paid_above_total_investment", "7000001"),
        ("sold_twice", "Khu A, L6"),
        ("two_strands", ""),
    ]


@pytest.mark.parametrize(
    ("kpi_id", "member", "numerator", "denominator"),
    [
        ("housing_started", "", 3, 4),
        ("housing_completed", "", 2, 4),
        ("housing_completed", LASTING, 0, 1),
        ("housing_started", MERIT, 1, 1),
        ("centre_equipment", "", 10 + 1 + 5, 10 + 4 + 20),
        ("centre_signature", "", 35, 30),
        ("centre_trained", "", 6 + 5, 8 + 5),  # 7 trained of 5 are 5
        ("centre_line", "", 159.6, 168),
        ("centre_line", "VNPT", 159.6, 168),
        ("directive_overdue", "", 2, None),
        ("directive_on_time", "", 2, 4),
        ("plan_milestone", "", 1, 3),
    ],
)
def test_houses_centres_tasks_and_plans_by_hand(marts, kpi_id, member, numerator, denominator):
    assert cell(marts, kpi_id, "25", "province", member)[:2] == pytest.approx((numerator, denominator))


@pytest.mark.parametrize(
    ("kpi_id", "unit", "grain", "numerator", "denominator"),
    [
        ("housing_completed", VINH_YEN, "commune", 1, 3),
        ("housing_completed", HB, "former_province", 1, 1),  # of a split commune: known in its former province alone
        ("centre_equipment", "H44.01-TT", "department", 5, 20),
        ("centre_signature", VP, "former_province", 30, 20),
        ("directive_overdue", "H44.42", "department", 2, None),
        ("directive_on_time", VINH_YEN, "commune", 1, 1),
        ("plan_milestone", HB, "former_province", 1, 1),
        ("plan_milestone", VP, "former_province", 0, 1),
    ],
)
def test_where_houses_centres_tasks_and_plans_count(marts, kpi_id, unit, grain, numerator, denominator):
    assert cell(marts, kpi_id, unit, grain)[:2] == pytest.approx((numerator, denominator))


def test_the_programme_is_judged_by_its_own_days(marts):
    """Linear from 1/1/2025: of 243 days to 31/8 the 212th; houses of merit were due on 27/7."""
    targets = marts.execute(
        "select member, round(target, 4) from marts.kpi_value where kpi_id = 'housing_completed' and grain = 'province'"
        " and period_kind = 'to_date' and member in ('', ?) order by 1",
        [MERIT],
    ).fetchall()
    assert targets == [("", round(212 / 243, 4)), (MERIT, 1.0)]


def test_a_household_that_the_next_register_leaves_out_is_restated_away(marts):
    found = marts.execute(
        """select "column", new_value, file from marts.restatement where "table" = 'fct_household'"""
    ).fetchall()
    assert found == [("key", None, "housing_vp-2025-07-31.xlsx")]
    numbers = "select count(*), count(distinct household_key) from marts.fct_household"
    assert marts.execute(numbers).fetchone() == (6, 6)


def test_silent_centres_and_two_strands_are_named(marts):
    gaps = marts.execute(
        "select measure, count(*), sum(rows_affected) from marts.data_gap"
        " where kind in ('contradiction', 'missing_unit') and feed_id in ('housing_vp', 'centre_readiness')"
        " group by 1 order by 1"
    ).fetchall()
    assert gaps == [
        ("more_signatures_than_needed", 1, 1),
        ("more_trained_than_staff", 1, 1),
        ("report", 147, None),
        ("two_strands", 1, 2),
    ]


def test_feeds_and_centres_whose_figures_are_older_than_they_may_be_are_stale(marts):
    """The centre's are of 18/7, where twelve days are allowed at D = 31/7; the newest workbook is of 25/7."""
    gaps = marts.sql(
        "select feed_id, commune_code, period, measure, severity from marts.data_gap where kind = 'stale' order by 1"
    ).fetchall()
    assert gaps == [
        ("centre_readiness", HOA_BINH, "2025-W29", "data_date", "error"),
        ("site_clearance_pt", None, "2025-05-31", "data_date", "error"),
    ]


def test_a_department_without_a_centre_owes_no_report(marts):
    assert cell(marts, "centre_equipment", "H44.42", "department") == (None, None, None, "not_applicable", False)
