"""The warehouse's SQL of money and land on a hand-written landing (money_landing.py): every figure computed by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.golden.hand_landing import HB, PT, VINH_YEN, VP, write_landing
from tests.golden.money_landing import BILLION, landed_rows
from tests.golden.test_procedures_sql import build

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The marts of the hand-written landing at 31 July 2025, built once with all dbt tests."""
    home = tmp_path_factory.mktemp("money")
    write_landing(home / "build.duckdb", landed_rows())
    with pytest.MonkeyPatch.context() as patch:
        path = build(home, patch, as_of="2025-07-31")
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


def test_the_province_pays_what_was_announced(marts):
    """13,864 billion of 18,691 and of 29,671: 74.2 % and 46.7 % (31 July 2025)."""
    assert cell(marts, "inv_rate_pm", "25", "province")[:3] == (13_864 * BILLION, 18_691 * BILLION, 0.7417)
    assert cell(marts, "inv_rate_total", "25", "province")[:3] == (13_864 * BILLION, 29_671 * BILLION, 0.4673)


@pytest.mark.parametrize(
    ("kpi_id", "unit", "paid", "plan"),
    [
        ("inv_rate_pm", PT, 7864, 2996.8),  # the decision of 31 May; projects for the whole province are elsewhere
        ("inv_rate_pm", VP, 1820, 1000),  # the decision of 31 January names no plan of the Prime Minister
        ("inv_rate_total", VP, 1820, 6898.37),
        ("inv_rate_pm", HB, 1180, 9180),
        ("inv_rate_total", HB, 1180, 12000),
    ],
)
def test_former_provinces_go_by_their_own_decision(marts, kpi_id, unit, paid, plan):
    found = cell(marts, kpi_id, unit, "former_province")
    assert found[:2] == pytest.approx((paid * BILLION, plan * BILLION))


def test_decisions_stand_beside_the_sum_of_the_projects(marts):
    found = marts.sql(
        "select scope, measure, stated, computed from marts.control_total where feed_id = 'plan_decision'"
    ).fetchall()
    assert ("25 2025", "inv_rate_pm", 18_691 * BILLION, 19_010 * BILLION) in found
    assert ("26-former 2025", "inv_rate_total", 6_898_370_000_000, 4_000 * BILLION) in found
    assert len(found) == 5


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


def test_two_former_communes_are_summed_and_a_silent_feed_is_stale(marts):
    assert cell(marts, "clearance_area", "07900", "commune") == (30, 40, 0.75, "insufficient", True)
    assert cell(marts, "clearance_paid", PT, "former_province")[:2] == (60, 120)


def test_what_contradicts_itself_is_named(marts):
    found = marts.sql("select measure, detail from marts.data_gap where kind = 'contradiction' order by all").fetchall()
    assert found == [
        ("deposit_out_of_band", "Khu A, L2"),
        ("paid_above_plan", "7000002"),
        ("sold_twice", "Khu A, L6"),
    ]
