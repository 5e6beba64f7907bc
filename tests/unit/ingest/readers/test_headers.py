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
