"""Centres and plans: by code and name, a centre said twice, areas instead of communes."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tests.support.kits.money_kit import account, land, rules
from tests.support.kits.people_kit import CENTRE, centres, found, milestones, sheet
from tests.support.kits.reader_kit import workbook


def units(validated):
    return list(validated.rows[["unit_level", "unit_code"]].itertuples(index=False, name=None))


def test_a_centre_is_known_by_code_and_the_provincial_one_by_the_office_s():
    province = "Trung tâm Phục vụ hành chính công tỉnh"
    validated = centres(
        {},
        {"Mã đơn vị": "H44.01", "Xã/Phường": province},
        {"Mã đơn vị": "h44.O1", "Xã/Phường": None},
        {"Mã đơn vị": None, "Xã/Phường": "Phường Nông Trang"},
        {"Mã đơn vị": None, "Xã/Phường": province, "Ngày báo cáo": "03/07/2025"},
    )
    assert units(validated) == [
        ("commune", "07900"),
        ("department", "H44.01-TT"),
        ("department", "H44.01-TT"),
        ("commune", "07894"),
        ("department", "H44.01-TT"),
    ]
    assert validated.rows["report_date"].iloc[0].date() == date(2025, 7, 4)
    assert found(validated) == []


def test_a_code_decides_and_a_name_against_it_is_listed():
    validated = centres({"Xã/Phường": "Phường Nông Trang"})
    assert units(validated) == [("commune", "07900")]
    assert found(validated) == [(5, "unit_name_disagrees")]


def test_a_key_twice_in_a_week_is_listed_where_it_says_another_thing():
    validated = centres({}, {"Camera": 3}, {"Mã đơn vị": "H44.101", "Xã/Phường": None}, {"Camera": 3}, {"Camera": 2})
    assert account(validated)[1:3] == (5, 0)
    assert found(validated) == [(6, "key_twice"), (9, "key_twice")]
    assert validated.findings["value"].to_list() == ["07900", "07900"]
    assert validated.findings["commune_code"].to_list() == ["07900", "07900"]
    assert found(centres({}, {})) == []


def test_more_than_is_needed_is_used_and_listed():
    validated = centres(
        {"Chữ ký số (đã cấp)": 13}, {"Mã đơn vị": "H44.101", "Xã/Phường": None, "Đã tập huấn": 31, "Máy in (có)": 9}
    )
    assert found(validated) == [(5, "more_signatures_than_needed"), (6, "more_trained_than_staff")]
    assert account(validated)[1:3] == (2, 0)


def test_what_cannot_be_used_of_a_centre_is_refused_and_a_new_carrier_is_not():
    validated = centres(
        {"Mã đơn vị": "H44.999"},
        {"Mã đơn vị": None, "Xã/Phường": None},
        {"Máy tính (có)": "ba"},
        {"Máy tính (có)": -1},
        {"Ngày báo cáo": "31/06/2025"},
        {"Nhà mạng": "Sóng Mới"},
        {"Nhà mạng": "-", "Mã đơn vị": "H44.101", "Xã/Phường": None},
    )
    assert sorted(rules(validated)) == [
        (5, "centre", "unit_unknown"),
        (6, "centre", "unit_missing"),
        (7, "computers_have", "unreadable_number"),
        (8, "computers_have", "below_minimum"),
        (9, "report_date", "impossible_date"),
    ]
    assert found(validated) == [(10, "unknown_code")]
    assert validated.rows["line_carrier"].isna().to_list() == [True, True]


@pytest.mark.parametrize(
    ("area", "commune", "unit"),
    [
        ("Khu vực Hòa Bình", "-", ("former_province", "17")),
        ("Khu  vực Hoà Bình", None, ("former_province", "17")),
        ("Vĩnh Phúc cũ", None, ("former_province", "26")),
        ("Khu vực Phú Thọ", "", ("former_province", "25")),
        ("Tỉnh Phú Thọ (cũ)", None, ("former_province", "25")),
        ("Khu vực Vĩnh Phúc", "Xã Đại Đình", ("commune", "08923")),
        ("Khu vực Hòa Bình", "UBND Xã Mường Hoa", ("commune", "05134")),
        (None, "Xã Đại Đình", ("commune", "08923")),
    ],
)
def test_a_plan_is_of_its_commune_else_of_its_area(area, commune, unit):
    validated = milestones({"Khu vực": area, "Xã/Phường": commune})
    assert units(validated) == [unit]


@pytest.mark.parametrize("area", [None, "-", "Toàn tỉnh", "Cấp tỉnh", "Tỉnh Phú Thọ", "Trên địa bàn tỉnh"])
def test_a_plan_without_a_place_is_of_the_whole_province(area):
    validated = milestones({"Khu vực": area, "Xã/Phường": None})
    assert validated.rows[["unit_code", "commune_code", "former_province_code"]].isna().all(axis=None)
    assert account(validated)[1:3] == (1, 0)


def test_an_area_settles_a_name_that_two_areas_bear():
    name = "Xã Xuân Thủy"
    assert rules(milestones({"Khu vực": None, "Xã/Phường": name})) == [(5, "place", "unit_ambiguous")]
    for area, code in (("Khu vực Hòa Bình", "17"), ("Khu vực Phú Thọ", "25")):
        validated = milestones({"Khu vực": area, "Xã/Phường": name})
        assert validated.rows[["unit_level", "former_province_code"]].to_numpy().tolist() == [["former_commune", code]]


def test_an_area_that_is_none_is_refused():
    assert rules(milestones({"Khu vực": "Khu vực Xa Lạ", "Xã/Phường": None})) == [(5, "place", "unit_unknown")]


def test_an_impossible_milestone_is_refused_and_a_new_kind_is_listed():
    validated = milestones({"Hạn hoàn thành": "30/02/2025"}, {"Loại": "sáng kiến", "Mốc công việc": "Phê duyệt"})
    assert rules(validated) == [(5, "milestone_due", "impossible_date")]
    assert found(validated) == [(6, "unknown_code")]
    assert validated.rows["milestone"].to_list() == ["Phê duyệt"]


@pytest.mark.parametrize("lacking", ["Mã đơn vị", "Xã/Phường"])
def test_a_week_without_what_it_may_leave_out_is_read(lacking):
    """Code or name, and the day: all else a week's workbook may lack, and what it lacks is unknown, not zero."""
    form = {"Mã đơn vị": "H44.100", "Xã/Phường": "Phường Việt Trì", "Ngày báo cáo": "45842", "Máy tính (cần)": 8}
    del form[lacking]
    made = workbook(("Biểu", sheet(form, [{}], "SỞ KHOA HỌC VÀ CÔNG NGHỆ", "04/07/2025")))
    _, validated = land("centre_readiness", made, "trung_tam_04_07_2025.xlsx")
    assert (units(validated), account(validated)[1:3]) == ([("commune", "07900")], (1, 0))
    row = validated.rows.iloc[0]
    assert (row["report_date"].date(), row["computers_needed"]) == (date(2025, 7, 4), 8)
    assert validated.rows["printers_have"].isna().all()


def test_a_merged_header_over_needed_and_there_tells_them_apart():
    flat = sheet(CENTRE, [{}, {"Mã đơn vị": "H44.101", "Xã/Phường": "Phường Nông Trang"}], "SỞ KH&CN", "04/07/2025")
    parts = [re.fullmatch(r"(.*) \((cần.*|có|đã.*)\)", str(name)) for name in flat[3]]
    above = [name if part is None else part[1] for name, part in zip(flat[3], parts, strict=True)]
    below = [None if part is None else part[2] for part in parts]
    seen = [None if name in above[:place] else name for place, name in enumerate(above)]
    merged = [*flat[:3], seen, below, *flat[4:]]
    validated, plain = (
        land("centre_readiness", workbook(("Biểu", rows)), "trung_tam_04_07_2025.xlsx")[1] for rows in (merged, flat)
    )
    assert validated.drift == []
    columns = [name for name in plain.rows.columns if name not in ("source_row", "batch_id")]
    assert validated.rows[columns].equals(plain.rows[columns])
