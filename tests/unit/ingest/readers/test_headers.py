"""Which column a role is read from: the whole before the month, done before planned, never a part for the whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_project.ingest.readers.base import ReadSpec
from dagster_project.ingest.readers.headers import Header, Matcher, find_header

SPEC = ReadSpec(
    kind="xlsx",
    aliases={
        "code": ["Mã dự án"],
        "place": ["Xã/Phường"],
        "paid": ["Số tiền đã chi"],
        "area": ["Diện tích (ha)"],
        "started": ["Ngày khởi công"],
        "plan": ["Kế hoạch vốn"],
    },
    required=frozenset({"code", "place", "paid"}),
)
TITLE = ["BIỂU THEO DÕI", "", "", "", ""]


def find(*rows: list[str]) -> Header:
    width = max(map(len, rows))
    header = find_header([[*row, *[""] * (width - len(row))] for row in rows], Matcher(SPEC))
    assert header is not None
    return header


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("less", "whole"),
    [("Trong tháng", "Lũy kế từ đầu năm"), ("Trong kỳ báo cáo", "Cộng dồn"), ("Kế hoạch", "Thực hiện"),
     ("Tháng trước", "Luỹ kế"), ("KH năm 2025", "Thực tế")],
)  # fmt: skip
def test_the_whole_goes_before_a_part_and_the_fact_before_the_plan_wherever_the_names_stand(less, whole, order):
    pair = [less, whole][::order]
    header = find(TITLE, ["STT", "Mã dự án", "Xã/Phường", *pair], ["", "", "", "Số tiền đã chi", "Số tiền đã chi"])
    assert header.columns["paid"] == 3 + pair.index(whole)
    named_above = find(["STT", "Thông tin chung", "", *pair], ["", "Mã dự án", "Xã/Phường", *["Số tiền đã chi"] * 2])
    assert named_above.columns["paid"] == 3 + pair.index(whole)
    assert named_above.ordinal == 0
    assert not header.rivals
    assert not named_above.rivals


@pytest.mark.parametrize("less", ["Trong tháng", "Trong kỳ", "Cùng kỳ năm trước", "Kế hoạch", "Dự kiến"])
def test_a_part_alone_is_never_read_as_the_whole(less):
    header = find(["STT", "", "", "", less], ["", "Mã dự án", "Xã/Phường", "Diện tích (ha)", "Số tiền đã chi"])
    assert "paid" not in header.columns
    assert header.columns["area"] == 3


def test_a_plan_that_is_asked_for_is_read():
    assert find(["STT", "Mã dự án", "Xã/Phường", "Kế hoạch vốn", "Số tiền đã chi"]).columns["plan"] == 3


def test_two_columns_that_nothing_parts_are_rivals():
    header = find(["STT", "Mã dự án", "Xã/Phường", "Số tiền đã chi", "Số tiền đã chi"])
    assert [claim.index for claim in header.rivals["paid"]] == [3, 4]


@pytest.mark.parametrize("depth", range(1, 6))
def test_a_header_begins_where_its_running_number_stands(depth):
    above = [["STT" if row == 0 else "", "Thông tin", "", "Kết quả", ""] for row in range(depth)]
    header = find(TITLE, *above, ["", "Mã dự án", "Xã/Phường", "Diện tích (ha)", "Số tiền đã chi"])
    assert (header.first, header.after, header.ordinal) == (1, depth + 2, 0)


def test_a_title_that_speaks_of_a_month_says_nothing_of_the_columns():
    names = ["STT", "Mã dự án", "Xã/Phường", "Diện tích (ha)", "Số tiền đã chi"]
    for title in (["KẾT QUẢ TRONG THÁNG 8", "", "", "", ""], ["", "", "", "(Số liệu trong tháng)", ""]):
        assert find(title, names).columns["paid"] == 4


def test_units_stand_under_names_that_reach_over_rows():
    names = ["STT", "Mã dự án", "Xã/Phường", "Diện tích", "Số tiền đã chi"]
    header = find(names, [""] * 5, ["", "", "", "(m2)", "(triệu đồng)"])
    assert header.units == {"area": "m2", "paid": "triệu đồng"}
    named = find(["STT", "Mã dự án", "Xã/Phường", "Diện tích", "Số tiền đã chi", "Trong tháng"],
                 ["", "", "", "", "", "Ngày khởi công"], ["", "", "", "(m2)", "", ""])  # fmt: skip
    assert named.units == {"area": "m2"}


def test_a_row_of_data_is_no_row_of_units():
    names = ["Mã dự án", "Xã/Phường", "Diện tích", "Số tiền đã chi"]
    assert find(names, ["DA-014", "Xã Yên Lạc", "12,5", "(200)"], ["", "", "(ước)", ""]).after == 1
    assert find(names, ["(1)", "(2)", "(3)", "(4=3)"], ["", "", "(ước)", ""]).after == 1


WIDE = replace(SPEC, amounts=frozenset({"paid", "area", "plan"}), names=frozenset({"code", "place"}))
LIMITS = [
    "Kế hoạch 2025", "Chỉ tiêu giao", "Dự toán", "Mục tiêu", "Ước thực hiện", "Ước TH", "Đăng ký", "Cam kết", "Nhu cầu",
    "Năm 2024", "Cùng kỳ năm trước", "Tháng 6", "T6/2025", "Quý II", "Tuần 26", "Từ 01/6 đến 30/6", "Đợt 1",
    "Phát sinh", "Tháng này", "Còn lại", "Chưa thực hiện", "Chênh lệch", "Tăng/giảm", "Còn thiếu", "Tỷ lệ (%)",
    "So với kế hoạch", "% hoàn thành",
]  # fmt: skip


def find_wide(*rows: list[str]) -> Header:
    header = find_header([list(row) for row in rows], Matcher(WIDE))
    assert header is not None
    return header


@pytest.mark.parametrize("said", LIMITS)
def test_what_stands_above_a_column_limits_it(said):
    title = ["BIỂU TÌNH HÌNH NĂM 2025", "", "", "", ""]
    names = ["STT", "Mã dự án", "Xã/Phường", "Diện tích (ha)", "Số tiền đã chi"]
    above = find_wide(title, ["", "", "", "", said], names)
    assert "paid" not in above.columns
    assert above.columns["area"] == 3
    assert above.lost["paid"][0][1].index == 4
    in_first_row = find_wide(title, [*names[:4], said], ["", "", "", "", "Số tiền đã chi"])
    assert "paid" not in in_first_row.columns


@pytest.mark.parametrize(
    "bracket",
    ["kế hoạch", "KH 2025", "ước", "tháng 6", "T6/2025", "6/2025", "tuần", "đợt 1", "còn lại", "nợ", "Trong đó: NSTW",
     "theo kế hoạch"],
)  # fmt: skip
def test_what_a_bracket_says_limits_a_column(bracket):
    names = ["STT", "Mã dự án", "Xã/Phường", f"Số tiền đã chi ({bracket})", f"Ngày khởi công ({bracket})"]
    header = find_wide(names)
    assert header.columns.keys() == {"code", "place"}
    assert header.lost.keys() >= {"paid", "started"}


@pytest.mark.parametrize(
    "said",
    ["Kết quả thực hiện đến 30/6", "Năm 2025", "Kế hoạch và giải ngân năm 2025", "Thực hiện kế hoạch", "Tháng 6/2025",
     "Lũy kế đến hết tháng 6", "Chương trình mục tiêu quốc gia", "Tính đến ngày 30 tháng 6 năm 2025"],
)  # fmt: skip
def test_a_heading_of_the_whole_table_limits_nothing(said):
    header = find_wide(
        ["BIỂU TÌNH HÌNH NĂM 2025", "", "", "", ""],
        ["STT", "Thông tin chung", "", said, ""],
        ["", "Mã dự án", "Xã/Phường", "Diện tích (ha)", "Số tiền đã chi"],
    )
    assert (header.columns["area"], header.columns["paid"]) == (3, 4)


def test_a_plan_under_a_heading_of_plans_is_what_was_asked_for():
    names = ["STT", "Mã dự án", "Xã/Phường", "Kế hoạch vốn", "Số tiền đã chi"]
    header = find_wide(["", "", "", "Chỉ tiêu kế hoạch năm 2025", "Thực hiện"], names)
    assert (header.columns["plan"], header.columns["paid"]) == (3, 4)
    assert "plan" not in find_wide(["", "", "", "Nhu cầu", "Thực hiện"], names).columns


def test_units_without_brackets_under_the_names_belong_to_the_header():
    names = ["STT", "Mã dự án", "Xã/Phường", "Diện tích", "Số tiền đã chi"]
    header = find_wide(names, ["", "", "", "m2", "triệu đồng"], ["1", "DA-014", "Xã Yên Lạc", "12", "5"])
    assert header.units == {"area": "m2", "paid": "triệu đồng"}
    assert header.after == 2
    assert find_wide(names, ["", "", "", "hộ", "nhà"]).after == 1  # words, of which none is a unit alone


MONEY = ReadSpec(
    kind="xlsx",
    aliases={
        "code": ["Mã dự án"],
        "plan": ["Vốn được giao"],
        "carried": ["Vốn kéo dài"],
        "paid": ["Đã giải ngân"],
        "started": ["Ngày khởi công"],
    },
    amounts=frozenset({"plan", "carried", "paid"}),
    names=frozenset({"code"}),
    meanings={"plan": "of_year", "carried": "of_year", "paid": "of_year", "started": "event"},
)
YEARLY = ["TÌNH HÌNH GIẢI NGÂN NĂM 2025 (Số liệu đến ngày 30/6/2025)"]


def find_paid(*above: str, title: str = YEARLY[0], spec: ReadSpec = MONEY) -> Header:
    """Find the header of a table with a column of what was paid under each text."""
    names = ["STT", "Mã dự án", "Vốn được giao", "Ngày khởi công"]
    rows = [[title], [*names, *above], ["", "", "", "", *["Đã giải ngân"] * len(above)]]
    width = max(map(len, rows))
    header = find_header([[*row, *[""] * (width - len(row))] for row in rows], Matcher(spec))
    assert header is not None
    return header


CARRIED = ["Vốn năm 2024 kéo dài", "Vốn chuyển nguồn", "Năm trước chuyển sang", "Giải ngân vốn kéo dài năm 2024 sang"]
OF_YEAR = ["Vốn kế hoạch năm 2025", "Giải ngân vốn kế hoạch năm 2025", "Kế hoạch vốn 2025", "Trong năm 2025"]


@pytest.mark.parametrize("other", [*CARRIED, "Vốn năm 2024", "Lũy kế từ khởi công", "Lũy kế đến hết năm 2024"])
@pytest.mark.parametrize("own", OF_YEAR)
def test_money_of_the_plan_year_goes_before_what_came_from_others_and_the_life_of_a_project(own, other):
    for above in ((own, other), (other, own)):
        header = find_paid(*above)
        assert header.columns["paid"] == 4 + above.index(own)
        assert not header.rivals
    assert find_paid(own).columns["paid"] == 4
    alone = find_paid(other)
    assert "paid" not in alone.columns
    assert alone.lost["paid"][0][1].index == 4


@pytest.mark.parametrize(
    "whole",
    ["Vốn năm 2025 (bao gồm vốn năm 2024 kéo dài)", "Vốn kế hoạch và vốn kéo dài", "Vốn 2025 (chưa gồm kéo dài)"],
)
def test_money_with_what_was_carried_over_is_the_whole(whole):
    assert find_paid(whole).columns["paid"] == 4


def test_a_column_that_asks_for_carried_money_is_read():
    rows = [YEARLY * 4, ["STT", "Mã dự án", "Vốn kéo dài (năm 2024 chuyển sang)", "Đã giải ngân"]]
    header = find_header(rows, Matcher(MONEY))
    assert header is not None
    assert (header.columns["carried"], header.columns["paid"]) == (2, 3)


def test_a_plan_stays_a_plan_and_so_does_a_forecast_of_its_money():
    for said in ("Kế hoạch", "Dự kiến giải ngân vốn kế hoạch 2025", "Kế hoạch giải ngân"):
        assert "paid" not in find_paid(said).columns


def test_the_whole_life_is_the_whole_where_no_plan_year_is_meant():
    register = replace(MONEY, meanings={})
    assert find_paid("Lũy kế từ khởi công", spec=register).columns["paid"] == 4
    assert find_paid("Trong tháng", "Lũy kế từ khởi công", spec=register).columns["paid"] == 5


def test_the_year_goes_before_a_sum_that_may_reach_further_back():
    assert find_paid("Lũy kế", "Trong năm 2025").columns["paid"] == 5
    assert find_paid("Trong tháng 6", "Lũy kế từ đầu năm").columns["paid"] == 5


@pytest.mark.parametrize(
    ("said", "is_kept"),
    [("đến 31/12/2024", False), ("đến 31/5/2025", False), ("đến 30/6/2025", True), ("đến hết tháng 6/2025", True),
     ("đến hết tháng 5", False), ("tính đến hết năm 2024", False)],
)  # fmt: skip
def test_a_last_day_in_a_header_is_that_of_the_title(said, is_kept):
    assert ("paid" in find_paid(f"Lũy kế ({said})").columns) is is_kept


@pytest.mark.parametrize(
    ("title", "said", "is_kept"),
    [("BIỂU THÁNG 6 NĂM 2025", "đến 25/6/2025", True), ("BIỂU THÁNG 6 NĂM 2025", "đến 25/5/2025", False),
     ("BIỂU NĂM 2025", "đến 31/1/2026", True), ("BIỂU NĂM 2025", "đến 31/12/2024", False),
     ("BIỂU GIẢI NGÂN", "đến 31/12/2024", True),
     ("BIỂU GIẢI NGÂN (Kèm theo Báo cáo ngày 14/7/2025)", "đến 30/6/2025", True)],
)  # fmt: skip
def test_a_last_day_lies_in_the_last_month_of_a_longer_period_and_no_paper_contradicts_it(title, said, is_kept):
    assert ("paid" in find_paid(f"Lũy kế {said}", title=title).columns) is is_kept


@pytest.mark.parametrize(
    "said", ["theo tiến độ", "theo hợp đồng", "hạn", "thời hạn", "theo yêu cầu", "chậm nhất", "phải xong", "kế hoạch"]
)
def test_a_day_that_is_set_is_not_the_day_on_which_it_happened(said):
    names = ["STT", "Mã dự án", "Đã giải ngân", "Ngày khởi công"]
    for head in ([[*names[:3], f"Ngày khởi công ({said})"]], [["", "", "", said.capitalize()], names]):
        header = find_header(head, Matcher(MONEY))
        assert header is not None
        assert "started" not in header.columns
    paid = find_header([[*names[:2], f"Đã giải ngân ({said})", "Ngày khởi công (thực tế)"]], Matcher(MONEY))
    assert paid is not None
    assert "started" in paid.columns
    assert ("paid" in paid.columns) is (said != "kế hoạch")
