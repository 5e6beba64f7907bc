"""One night over what goes wrong with houses, centres and tasks: the account of each file, the line of the ledger."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.resilience.test_bad_input import Outcome, night_of
from tests.support.people_kit import CENTRE, DIRECTIVE, HOUSEHOLD, MILESTONE, sheet
from tests.support.reader_kit import workbook

pytestmark = pytest.mark.slow

HOUSES, CENTRES, TASKS, PLANS = "housing_pt", "centre_readiness", "directives", "planning"
VIET_TRI, NONG_TRANG, THANH_MIEU, VAN_PHU = "07900", "07894", "07909", "07918"
Cells = dict[str, Any]


def homes(office: str, day: str, *rows: Cells) -> bytes:
    """A commune's workbook; its households are numbered on, and its total counts them."""
    total = [None, "Tổng cộng", f"{len(rows)} hộ"]
    return workbook(("Danh sách", sheet(HOUSEHOLD, rows, office, day, total)))


def home(number: int, commune: str = "Phường Việt Trì", **cells: Any) -> Cells:
    """A household under construction; `cells` by header, with _ for a space."""
    going = {"Ngày hoàn thành": None, "Trạng thái": "đang làm"}
    other = {header.replace("_", " "): value for header, value in cells.items()}
    return {"Mã hộ": f"NO250001{number:02d}", "Xã/Phường": commune, **going, **other}


DONE = {"Trạng_thái": "hoàn thành", "Ngày_hoàn_thành": "31/05/2025"}
VIET_TRI_LIST = homes(
    "UBND PHƯỜNG VIỆT TRÌ", "13/07/2025",
    home(1),
    home(2, **DONE),
    home(3, Trạng_thái="hoàn thành", Ngày_hoàn_thành="30/04/2025"),  # begun on 4 May
    home(4, Nhóm="hộ có hoàn cảnh đặc biệt khác"),
    {**home(5), "Xã/Phường": None},
    home(6), home(6, Nhóm="người có công", Mức_hỗ_trợ=30),
)  # fmt: skip
NONG_TRANG_LIST = homes("UBND PHƯỜNG NÔNG TRANG", "30/06/2025", home(11, "Phường Nông Trang", **DONE))
THANH_MIEU_LIST = homes(
    "UBND PHƯỜNG THANH MIẾU", "13/07/2025", home(21, "Phường Thanh Miếu"), home(22, "Phường Thanh Miếu", **DONE)
)
VAN_PHU_LIST = homes("UBND PHƯỜNG VÂN PHÚ", "30/04/2025", home(31, "Phường Vân Phú"))
CENTRE_ROWS: tuple[Cells, ...] = (
    {"Máy tính (có)": 3},
    {"Mã đơn vị": "H44.101", "Xã/Phường": "Phường Nông Trang", "Chữ ký số (đã cấp)": 15},
    {"Máy tính (có)": 4},
    {"Máy tính (có)": 4},
    {"Mã đơn vị": "H44.999", "Xã/Phường": "Phường Thiên Đường"},
)
TASK_ROWS: tuple[Cells, ...] = (
    {"Nội dung nhiệm vụ": "Trình đề án"},
    {"Nội dung nhiệm vụ": "Báo cáo quy hoạch", "Thời hạn": "trước ngày 45/7"},
    {"Nội dung nhiệm vụ": "Rà soát danh mục", "Thời hạn": "sớm"},
    {"Nội dung nhiệm vụ": "Thẩm định đề án", "Cơ quan chủ trì": "Sở Tài chính, Sở Xây dựng"},
    {"Nội dung nhiệm vụ": "Cấp chữ ký số", "Thời hạn": "30/4/2025"},  # given on 3 May
)
INBOX = {
    (HOUSES, "nha_o_H44_100.xlsx"): VIET_TRI_LIST,
    (HOUSES, "nha_o_H44_101_30_06_2025.xlsx"): NONG_TRANG_LIST,
    (HOUSES, "nha_o_H44_101.xlsx"): THANH_MIEU_LIST,  # under another commune's name
    (HOUSES, "nha_o_H44_103.xlsx"): VAN_PHU_LIST,  # and nothing since April
    (CENTRES, "trung_tam_11_07_2025.xlsx"): workbook(
        ("Biểu", sheet(CENTRE | {"Ngày báo cáo": "11/7/25"}, CENTRE_ROWS, "SỞ KHOA HỌC VÀ CÔNG NGHỆ", "11/07/2025"))
    ),
    (TASKS, "so_theo_doi.xlsx"): workbook(
        ("Chỉ đạo", sheet(DIRECTIVE, TASK_ROWS, "VĂN PHÒNG UBND TỈNH", "13/07/2025"))
    ),
    (PLANS, "quy_hoach.xlsx"): workbook(("QH", sheet(MILESTONE, [{}], "SỞ XÂY DỰNG", "13/07/2025"))),
}


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return night_of(INBOX, tmp_path_factory.mktemp("bad people"))


def test_every_row_of_every_file_is_somewhere(night):
    """Read = not data + quarantined + duplicate + accepted; headings, headers and totals are no data."""
    found = night.ask(
        "select feed_id, file, state, rows_read, rows_not_data, rows_quarantined, rows_duplicate, rows_accepted"
        " from marts.source_file order by all"
    )
    assert found == [
        (CENTRES, "trung_tam_11_07_2025.xlsx", "accepted", 9, 4, 1, 1, 3),
        (TASKS, "so_theo_doi.xlsx", "accepted", 9, 4, 1, 0, 4),
        (HOUSES, "nha_o_H44_100.xlsx", "accepted", 12, 5, 2, 0, 5),
        (HOUSES, "nha_o_H44_101.xlsx", "accepted", 7, 5, 0, 0, 2),
        (HOUSES, "nha_o_H44_101_30_06_2025.xlsx", "accepted", 6, 5, 0, 0, 1),
        (HOUSES, "nha_o_H44_103.xlsx", "accepted", 6, 5, 0, 0, 1),
        (PLANS, "quy_hoach.xlsx", "accepted", 5, 4, 0, 0, 1),
    ]


EXPECTED = [
    (HOUSES, "contradiction", VIET_TRI, "completed_before_started", 1, "Kiểm tra lại hai ngày của hộ này"),
    (HOUSES, "contradiction", VIET_TRI, "two_strands", 2, "Xác định một nhóm cho mỗi hộ"),
    (HOUSES, "contradiction", None, "file_name_disagrees", 1, "Đặt tên tệp theo đúng xã, phường"),
    (HOUSES, "quarantined_rows", VIET_TRI, "unknown_code", 1, "Dùng đúng một giá trị trong danh mục"),
    (HOUSES, "quarantined_rows", None, "unit_missing", 1, "Ghi mã hoặc tên đơn vị"),
    (CENTRES, "contradiction", VIET_TRI, "centre_twice", 1, "Giữ một dòng đúng cho mỗi trung tâm"),
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
        " from marts.data_gap where kind not in ('missing_period', 'missing_unit', 'late')"
    )
    assert Counter(line[:5] for line in found) == Counter(line[:5] for line in EXPECTED)
    for *line, words in EXPECTED:
        mine = [gap for gap in found if list(gap[:5]) == line]
        assert any(words in gap[5] for gap in mine), (line, words, mine)
    assert all(fixer and state == "open" for *_, fixer, state in found)


def test_a_workbook_under_the_wrong_name_replaces_nobody(night):
    """Thanh Miếu's houses count in Thanh Miếu; Nông Trang's own list of June stays."""
    found = night.ask(
        "select commune_code, count(*), count(*) filter (where is_completed) from marts.fct_household group by all"
        " order by all"
    )
    assert found == [(NONG_TRANG, 1, 1), (VIET_TRI, 5, 2), (THANH_MIEU, 2, 1), (VAN_PHU, 1, 0)]
    owing = night.ask(f"select commune_code from marts.data_gap where feed_id = '{HOUSES}' and kind = 'missing_unit'")
    assert not {(VIET_TRI,), (NONG_TRANG,), (THANH_MIEU,)} & set(owing)
    assert len(owing) == 66 - 3


def test_a_commune_whose_list_is_of_april_owes_a_newer_one_though_its_neighbours_sent_theirs(night):
    """Its households stay in the figures, and it counts as not reported."""
    gap = night.ask(
        f"select measure, period, state from marts.data_gap where commune_code = '{VAN_PHU}' order by period"
    )
    assert gap == [("report", "2025-07", "open"), ("report", "2025-W28", "open")]
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
