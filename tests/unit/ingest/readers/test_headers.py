"""Which column a role is read from: the whole before the month, done before planned, never a part for the whole."""

from __future__ import annotations

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
