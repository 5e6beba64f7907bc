"""What a night over what goes wrong with money and land says: each file's account, the ledger's line that names it."""

from __future__ import annotations

import pytest

from dagster_project.core.paths import Home
from tests.support.bad_input.bad_money import LOTS, MEASURES, NEXT_MONTH, OF_THESE, PT, SITES, STEPS, VP
from tests.support.bad_input.bad_night import assert_gaps
from tests.support.kits.landing_kit import list_accounts

pytestmark = pytest.mark.slow


@pytest.fixture
def night(bad_night):
    return bad_night


def test_every_row_of_every_file_is_somewhere(night):
    found = night.ask(
        "select feed_id, file, state, coalesce(blocked_rule, ''), rows_read, rows_not_data, rows_quarantined,"
        f" rows_duplicate, rows_accepted from marts.source_file where {OF_THESE} order by all"
    )
    assert found == [
        (PT, "bao_cao.sqlite", "accepted", "", 2, 0, 0, 0, 2),
        (VP, "bieu_giai_ngan_15_06_2025.xlsx", "blocked", "no_money_unit", 0, 0, 0, 0, 0),
        (VP, "bieu_giai_ngan_30_06_2025.xlsx", "accepted", "", 11, 7, 0, 0, 4),
        (VP, "bieu_giai_ngan_31_05_2025.xlsx", "blocked", "money_unit_contradicted", 0, 0, 0, 0, 0),
        (LOTS, "dau_gia_dat_2025.xlsx", "accepted", "", 14, 9, 0, 2, 3),
        (SITES, "gpmb_hb_15052025.xlsx", "accepted", "", 7, 5, 0, 0, 2),
    ]


EXPECTED = [
    (PT, "contradiction", "2025-06-30", "two_owners", 1, "Dự án 7200001"),
    (VP, "contradiction", "2025-06-30", "key_twice", 2, "Giữ một dòng đúng cho mỗi mã"),
    (VP, "contradiction", "2025-06-30", "two_owners", 2, "Dự án 7200001"),
    (VP, "contradiction", "2025-06-30", "two_owners", 4, "Dự án 7200002"),
    (VP, "blocked_file", "2025-06-15", "no_money_unit", None, 'Ghi dòng "ĐVT: triệu đồng"'),
    (VP, "blocked_file", "2025-05-31", "money_unit_contradicted", None, "Ghi một đơn vị tiền thống nhất"),
    *((VP, "control_total", "2025-06-30", f"{name} {fund}", None, "Rà lại dòng tổng")
      for name in MEASURES for fund in ("NSTW", "NSDP")),
    (LOTS, "contradiction", "2025-06", "sold_twice", 2, "Lô LK07 (Khu Gò Mít 1)"),
    (LOTS, "contradiction", "2025-06", "sheet_repeated", 2, 'Trang "Tháng 5 (2)" lặp lại trang "Tháng 5"'),
    (SITES, "contradiction", "2025-05-15", "paid_above_approved", 1, "Kiểm tra lại số liệu từng bước"),
    *((SITES, "control_total", "2025-05-15", name, None, "Rà lại dòng tổng") for name in STEPS),
]  # fmt: skip


def test_each_fault_is_named_in_the_ledger_with_its_remedy(night):
    """And nothing else is, but the periods that did not come and what has grown old since."""
    found = night.ask(
        "select feed_id, kind, period, measure, rows_affected, what_to_do_vi, who_fixes, state from marts.data_gap"
        f" where {OF_THESE} and kind not in ('missing_period', 'late', 'stale')"
    )
    assert_gaps(found, EXPECTED)


def test_a_blocked_report_leaves_its_period_missing_and_a_later_one_does_not_stand_for_it(night):
    absent = night.ask(f"select period from marts.data_gap where feed_id = '{VP}' and kind = 'missing_period'")
    assert {("2025-05-31",), ("2025-06-15",)} <= set(absent)
    assert ("2025-06-30",) not in absent


def test_a_table_of_reports_lacks_those_that_it_does_not_hold(night):
    """The table ends with June's report, and holds no other."""
    absent = night.ask(f"select period from marts.data_gap where feed_id = '{PT}' and kind = 'missing_period'")
    assert {("2025-01-15",), ("2025-05-31",), ("2025-06-15",)} <= set(absent)
    assert ("2025-06-30",) not in absent


def test_a_project_in_two_reports_counts_once_by_the_better_ranked_row(night):
    found = night.ask(
        "select project_code, fund_source, feed_id, owner, paid from marts.fct_disbursement"
        " where is_current and project_code in ('7200001', '7200002') order by all"
    )
    assert [line for line in found if line[0] == "7200002"] == [
        ("7200002", "NSDP", VP, "Ban QLDA khu vực", 66_000_000),
        ("7200002", "NSTW", VP, "Ban QLDA khu vực", 75_000_000),
    ]
    assert len(found) == len({line[:2] for line in found}) == 4


def test_a_plan_of_zero_is_a_fact_and_no_fault(night):
    facts = night.ask("select distinct plan_local, paid, is_current from marts.fct_disbursement"
                      " where project_code = '7200003'")  # fmt: skip
    assert facts == [(0, 0, True)]
    stuck = night.ask("select numerator from marts.kpi_value where kpi_id = 'inv_zero_projects' and grain = 'province'")
    assert stuck == [(0,)]


def test_a_report_dated_next_month_waits(night):
    assert night.ask("select count(*) from marts.fct_disbursement where report_date > date '2025-07-13'") == [(0,)]
    assert night.ask(f"select count(*) from marts.data_gap where detail like '%{NEXT_MONTH}%'") == [(0,)]
    read = [account["date_end"] for account in list_accounts(Home(night.home), VP)]
    assert read.count("2025-07-31") == 1


def test_a_lot_sold_twice_counts_once(night):
    found = night.ask(
        "select numerator, denominator from marts.kpi_value"
        " where kpi_id = 'auction_sold' and grain = 'former_province' and unit_code = '26'"
    )
    assert found == [(1, 2)]
