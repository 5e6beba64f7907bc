"""Tasks of the leaders: deadlines in words, and the one agency that leads."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.contracts.registry import load_registry
from dagster_project.ingest.normalise.content_hash import hash_content
from dagster_project.ingest.normalise.due_dates import read_due, read_due_dates
from tests.support.kits.money_kit import account, rules
from tests.support.kits.people_kit import directives, found

READ = {
    "trước ngày hai mươi tháng bảy": (7, 20),
    "trong tháng tám": (8, 31),
    "hết quý tư": (12, 31),
    "trước ngày 20/7": (7, 20), "Trước ngày 20/07/2025 ": (7, 20), "trước 20/7/2025": (7, 20), "25/7/2025": (7, 25),
    "15/8": (8, 15), "15-8": (8, 15), "5.8.2025": (8, 5), "5/8/25": (8, 5), "ngày 20 tháng 7": (7, 20),
    "ngày 20 tháng 7 năm 2025": (7, 20), "trong ngày 18/7": (7, 18), "chậm nhất ngày 18/7/2025": (7, 18),
    "trước 17h00 ngày 18/7": (7, 18), "17 giờ 30 phút ngày 18/7/2025": (7, 18), "Thứ 6, 18/7": (7, 18),
    "trước ngày 20/7 (Chủ nhật)": (7, 20), "hoàn thành xong trước 31/8/2025": (8, 31), "2025-07-25": (7, 25),
    "không muộn hơn ngày 1/9": (9, 1), "đến hết ngày 30/6": (6, 30), "tháng 7": (7, 31), "trong tháng 7": (7, 31),
    "trong tháng 02/2025": (2, 28), "hết tháng 7 năm 2025": (7, 31), "trước hết tháng 9": (9, 30), "quý III": (9, 30),
    "trong quý iii năm 2025": (9, 30), "Quý 4/2025": (12, 31), "trong năm 2025": (12, 31), "cuối tháng 8/2025": (8, 31),
    "8/2025": (8, 31), "TRƯỚC NGÀY 20/7": (7, 20), "trước  ngày\u00a020 / 7": (7, 20), "0 giờ ngày 1/7": (7, 1),
    "trước ngày 20/7 để báo cáo Chủ tịch": (7, 20), "Báo cáo UBND tỉnh kết quả trước ngày 25/7/2025": (7, 25),
    "các sở, ngành hoàn thành trong quý III": (9, 30),
    "25/7/2025 (gia hạn)": (7, 25), "ký ban hành trong tháng 7": (7, 31),
    "trình dự án đầu tư trước 20/7": (7, 20), "Văn phòng theo dõi, xong trước 20/7": (7, 20),
}  # fmt: skip
NO_DAY = ["sớm", "ngay", "thường xuyên", "", "-", "…", "Khẩn trương", "trong tháng", "theo kế hoạch", "hằng quý"]
UNREAD = [
    "31/6", "trước ngày 30/02/2025", "25/13", "tháng 13", "quý 5", "trong 5 ngày", "10 ngày làm việc", "từ 15/7",
    "15/7 - 20/7", "từ 15/7 đến 20/7", "sau ngày 20/7", "đầu tháng 7", "trước tháng 8", "20/7/2025 hoặc 25/7/2025",
    "6 tháng cuối năm", "theo KH 115/KH-UBND", "20/7 (theo 115/KH-UBND)", "20/7/20255",
    "dự kiến 20/7", "sau khi họp ngày 20/7", "theo kết luận ngày 20/7", "giữa tháng 7", "khoảng 20/7",
    "hàng tháng, từ tháng 7", "20/7/1025", "45852", "0/7",
]  # fmt: skip


@pytest.mark.parametrize("words", READ)
def test_words_that_name_a_day(words):
    assert read_due(words, 2025) == (date(2025, *READ[words]), False)


@pytest.mark.parametrize("words", NO_DAY)
def test_words_that_name_none(words):
    assert read_due(words, 2025) == (None, False)


@pytest.mark.parametrize("words", UNREAD)
def test_numbers_that_cannot_be_read(words):
    assert read_due(words, 2025) == (None, True)


@given(
    day=st.dates(date(2000, 1, 1), date(2090, 12, 31)),
    padded=st.booleans(),
    before=st.sampled_from(["", "trước ngày "]),
)
def test_any_day_in_any_spelling(day, padded, before):
    short = f"{day.day:02d}/{day.month:02d}" if padded else f"{day.day}/{day.month}"
    assert read_due(f"{before}{short}", day.year) == (day, False)
    assert read_due(f"{before}{short}/{day.year}", day.year - 1) == (day, False)
    assert read_due(f"ngày {day.day} tháng {day.month} năm {day.year}", None) == (day, False)
    assert read_due(f"trong tháng {day.month}/{day.year}", None)[0] == (day.replace(day=28) + timedelta(4)).replace(
        day=1
    ) - timedelta(1)


def test_cells_that_are_dates_and_the_year_of_the_document():
    cells = pd.Series([datetime(2025, 7, 25), 45852.0, 20.7, "15/1", "15/1", None, "15/1"], dtype=object)
    issued = pd.to_datetime(pd.Series(["2024-12-30"] * 4 + ["2025-01-02", "2025-01-02", None]))
    parsed = read_due_dates(cells, issued)
    days = [None if pd.isna(day) else day.date() for day in parsed.values]
    assert days == [date(2025, 7, 25), date(2025, 7, 14), None, date(2024, 1, 15), date(2025, 1, 15), None, None]
    assert parsed.faults["due_words_unread"].to_list() == [False, False, True, False, False, False, True]


def test_the_words_are_kept_beside_the_day_that_they_mean():
    said = ({}, {"Thời hạn": "sớm"}, {"Thời hạn": "31/6"}, {"Thời hạn": None}, {"Thời hạn": "trong 5 ngày"})
    validated = directives(*(row | {"Số văn bản": f"{number}/UBND-KT"} for number, row in enumerate(said)))
    assert validated.rows["due_text"].astype(object).where(validated.rows["due_text"].notna(), None).to_list() == [
        "trước ngày 20/7", "sớm", "31/6", None, "trong 5 ngày",
    ]  # fmt: skip
    assert validated.rows["due_on"].notna().to_list() == [True, False, False, False, False]
    assert validated.rows["due_on"].iloc[0].date() == date(2025, 7, 20)
    assert found(validated) == [(7, "due_words_unread"), (9, "due_words_unread")]
    assert account(validated)[1:3] == (5, 0)


def test_a_day_before_the_document_is_used_and_listed():
    validated = directives({"Ngày ban hành": "20/12/2024", "Thời hạn": "15/1"})
    assert validated.rows["due_on"].iloc[0].date() == date(2024, 1, 15)
    assert found(validated) == [(5, "due_before_issued")]


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("Sở  Công Thương", ("department", "H44.07")),
        ("Sở Nông nghiệp và Môi Trường", ("department", "H44.45")),
        ("Sở Văn hóa, Thể thao và Du lịch", ("department", "H44.20")),
        ("Văn phòng UBND tỉnh", ("department", "H44.01")),
        ("Trung tâm Phục vụ hành chính công tỉnh", ("department", "H44.01-TT")),
        ("UBND xã Sông Lô", ("commune", "08848")),
        ("UBND phường Vân Phú", ("commune", "07918")),
    ],
)
def test_the_one_agency_that_leads(written, unit):
    validated = directives({"Cơ quan chủ trì": written})
    assert tuple(validated.rows[["unit_level", "unit_code"]].iloc[0]) == unit
    assert validated.rows["lead_agency"].to_list() == [" ".join(written.split())]


@pytest.mark.parametrize(
    "written",
    [
        "Sở Xây dựng, Sở Tài chính",
        "Sở Xây dựng; Sở Tài chính",
        "Sở Xây dựng và Sở Tài chính",
        "Sở Xây dựng\nSở Tài chính",
        "Sở Xây dựng/Sở Tài chính",
        "Sở Văn hóa, Thể thao và Du lịch, Sở Nông nghiệp và Môi trường",
        "Sở Nông nghiệp và Môi trường và Sở Văn hóa, Thể thao và Du lịch",
        "UBND xã Sông Lô, UBND phường Vân Phú",
        "Sở Y tế, UBND xã Sông Lô và Thanh tra tỉnh",
        "Sở Xây dựng, Công an tỉnh",
        "Công an tỉnh và Sở Xây dựng",
        "Văn phòng UBND tỉnh, Sở Y tế",
    ],
)
def test_two_agencies_are_refused_with_what_to_do(written):
    validated = directives({"Cơ quan chủ trì": written})
    assert rules(validated) == [(5, "agency", "two_lead_agencies")]
    assert "phối hợp" in validated.quarantine["remedy_vi"].iloc[0]


@pytest.mark.parametrize(
    "written", ["Công an tỉnh", "Các sở, ban, ngành", "UBND các xã, phường", "Sở Giao thông và Vận tải"]
)
def test_an_agency_that_is_no_unit_is_refused_as_such(written):
    validated = directives({"Cơ quan chủ trì": written})
    assert rules(validated) == [(5, "agency", "unit_unknown")]
    assert account(validated)[1:3] == (0, 1)


def test_a_task_without_agency_number_or_possible_day_of_issue_is_refused():
    validated = directives({"Cơ quan chủ trì": None}, {"Số văn bản": None}, {"Ngày ban hành": "31/06/2025"})
    assert sorted(rules(validated)) == [
        (5, "agency", "unit_missing"),
        (6, "directive_no", "missing_value"),
        (7, "issued_on", "impossible_date"),
    ]


def test_another_spelling_of_the_agency_is_no_other_statement():
    validated = directives(
        {"Cơ quan chủ trì": "Sở GD&ĐT"}, {"Cơ quan chủ trì": "Sở Giáo dục và Đào tạo"}, {"Thời hạn": "21/7"}
    )
    hashes = hash_content(validated.rows, load_registry().feeds["directives"])
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_commune_with_its_district_is_one_agency():
    assert rules(directives({"Cơ quan chủ trì": "UBND xã Sông Lô, huyện Ba Vì"})) == [(5, "agency", "unit_unknown")]
