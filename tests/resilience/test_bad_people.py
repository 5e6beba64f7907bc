"""What a night over what goes wrong with houses, centres and tasks says: accounts, and the ledger's lines."""

from __future__ import annotations

import json

import pytest

from tests.support.bad_input.bad_night import assert_gaps, haicap
from tests.support.bad_input.bad_people import (
    BLOCKED,
    CENTRES,
    HOUSES,
    NONG_TRANG,
    OF_THESE,
    PLANS,
    REFUSED,
    TASKS,
    THANH_MIEU,
    VAN_PHU,
    VIET_TRI,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def night(bad_night):
    return bad_night


def test_every_row_of_every_file_is_somewhere(night):
    """Read = not data + quarantined + duplicate + accepted; headings, headers and totals are no data."""
    found = night.ask(
        "select feed_id, file, state, rows_read, rows_not_data, rows_quarantined, rows_duplicate, rows_accepted"
        f" from marts.source_file where {OF_THESE} order by all"
    )
    assert found == [
        (CENTRES, "trung_tam_11_07_2025.xlsx", "accepted", 9, 4, 1, 1, 3),
        (TASKS, "so_theo_doi.xlsx", "accepted", 9, 4, 1, 0, 4),
        (HOUSES, "nha_o_H44_100.xlsx", "accepted", 12, 5, 2, 0, 5),
        (HOUSES, "nha_o_H44_101.xlsx", "accepted", 7, 5, 0, 0, 2),
        (HOUSES, "nha_o_H44_101_30_06_2025.xlsx", "accepted", 6, 5, 0, 0, 1),
        (HOUSES, "nha_o_H44_103.xlsx", "accepted", 6, 5, 0, 0, 1),
        (HOUSES, "nha_o_H44_110.xlsx", "accepted", 7, 5, 2, 0, 0),
        (HOUSES, "nha_o_H44_112.xlsx", "blocked", 0, 0, 0, 0, 0),
        (PLANS, "quy_hoach.xlsx", "accepted", 5, 4, 0, 0, 1),
    ]


EXPECTED = [
    (HOUSES, "contradiction", VIET_TRI, "completed_before_started", 1, "Kiểm tra lại hai ngày của hộ này"),
    (HOUSES, "contradiction", VIET_TRI, "two_strands", 2, "Xác định một nhóm cho mỗi hộ"),
    (HOUSES, "contradiction", None, "file_name_disagrees", 1, "Đặt tên tệp theo đúng xã, phường"),
    (HOUSES, "quarantined_rows", VIET_TRI, "unknown_code", 1, "Dùng đúng một giá trị trong danh mục"),
    (HOUSES, "quarantined_rows", None, "unit_missing", 1, "Ghi mã hoặc tên đơn vị"),
    (HOUSES, "quarantined_rows", REFUSED, "unknown_code", 2, "Dùng đúng một giá trị trong danh mục"),
    (HOUSES, "quarantined_rows", REFUSED, "unknown_code", 1, "Dùng đúng một giá trị trong danh mục"),
    (HOUSES, "refused_unit", REFUSED, "report", 2, "Đơn vị đã gửi, nhưng cả 2 dòng"),
    (HOUSES, "blocked_file", BLOCKED, "empty_file", None, "Gửi lại tệp: nha_o_H44_112.xlsx"),
    (CENTRES, "contradiction", VIET_TRI, "key_twice", 1, "Giữ một dòng đúng cho mỗi mã"),
    (CENTRES, "contradiction", NONG_TRANG, "more_signatures_than_needed", 1, "Kiểm tra lại số cần cấp"),
    (CENTRES, "quarantined_rows", None, "unit_unknown", 1, "Ghi đúng tên theo NQ 1676/NQ-UBTVQH15"),
    (TASKS, "contradiction", None, "due_words_unread", 1, "Ghi hạn theo dd/mm/yyyy, chỉ một ngày"),
    (TASKS, "contradiction", None, "due_before_issued", 1, "Kiểm tra lại thời hạn"),
    (TASKS, "quarantined_rows", None, "two_lead_agencies", 1, "Ghi đúng một cơ quan chủ trì"),
]


def test_each_fault_is_named_in_the_ledger_with_its_remedy(night):
    """And nothing else is, but what did not come."""
    found = night.ask(
        "select feed_id, kind, commune_code, measure, rows_affected, what_to_do_vi, who_fixes, state"
        f" from marts.data_gap where {OF_THESE} and kind not in ('missing_period', 'missing_unit', 'late', 'stale')"
    )
    assert_gaps(found, EXPECTED)


def test_a_workbook_under_the_wrong_name_replaces_nobody(night):
    """Thanh Miếu's houses count in Thanh Miếu; Nông Trang's own list of June stays."""
    found = night.ask(
        "select commune_code, count(*), count(*) filter (where is_completed) from marts.fct_household group by all"
        " order by all"
    )
    assert found == [(NONG_TRANG, 1, 1), (VIET_TRI, 5, 2), (THANH_MIEU, 2, 1), (VAN_PHU, 1, 0)]
    owing = night.ask(f"select commune_code from marts.data_gap where feed_id = '{HOUSES}' and kind = 'missing_unit'")
    assert not {(VIET_TRI,), (NONG_TRANG,), (THANH_MIEU,), (REFUSED,), (BLOCKED,)} & set(owing)
    assert len(owing) == 66 - 5


def test_of_a_commune_that_sent_no_output_says_that_it_sent_nothing(night):
    """Neither the ledger nor the workbook that its office receives."""
    (gap_id,) = night.ask(
        f"select gap_id from marts.data_gap where kind = 'refused_unit' and commune_code = '{REFUSED}'"
    )[0]
    answer = json.loads(haicap("why", gap_id, "--home", night.home, "--json", folder=night.folder).stdout)
    assert len(answer["rows"]) == 2
    words = night.ask(
        "select string_agg(kind || ' ' || what_to_do_vi) from marts.data_gap"
        f" where feed_id = '{HOUSES}' and commune_code in ('{REFUSED}', '{BLOCKED}')"
    )[0][0]
    assert "missing_unit" not in words
    assert "hưa nhận" not in words


def test_a_commune_whose_list_is_of_april_owes_a_newer_one_though_its_neighbours_sent_theirs(night):
    """Its households stay in the figures, and it counts as not reported. June is the newest month that is due."""
    gap = night.ask(
        "select measure, period, state from marts.data_gap"
        f" where {OF_THESE} and commune_code = '{VAN_PHU}' order by period"
    )
    assert gap == [("data_date", "2025-04", "open"), ("report", "2025-06", "open"), ("report", "2025-W28", "open")]
    shown = night.ask(
        "select numerator, denominator, is_provisional from marts.kpi_value where kpi_id = 'housing_started'"
        f" and grain = 'commune' and unit_code = '{VAN_PHU}' and dimension = ''"
    )
    assert shown == [(1, 1, True)]


def test_a_refused_household_is_in_no_figure_and_two_strands_count_once(night):
    found = night.ask(
        "select kpi_id, numerator, denominator from marts.kpi_value where kpi_id like 'housing_%'"
        " and grain = 'province' and dimension = '' order by kpi_id"
    )
    assert found == [("housing_completed", 4, 8), ("housing_started", 8, 8)]


def test_the_later_row_of_a_centre_counts_and_more_than_needed_counts_as_told(night):
    found = night.ask(
        "select commune_code, computers_have, signatures_issued, signatures_needed from marts.fct_centre_readiness"
        " where is_current order by all"
    )
    assert found == [(NONG_TRANG, 3, 15, 12), (VIET_TRI, 4, 11, 12)]


def test_a_task_whose_words_name_no_day_has_no_deadline_and_is_never_on_time(night):
    found = night.ask(
        "select task, due_text, due_on::varchar, is_overdue, is_on_time from marts.fct_directive order by 1"
    )
    assert found == [
        ("Báo cáo quy hoạch", "trước ngày 45/7", None, False, None),
        ("Cấp chữ ký số", "30/4/2025", "2025-04-30", True, False),
        ("Rà soát danh mục", "sớm", None, False, None),
        ("Trình đề án", "trước ngày 20/7", "2025-07-20", False, None),
    ]
