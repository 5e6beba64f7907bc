"""Headings by a grammar: the number of a form, a period, a place, and where the year stands.

The truth is the period that a person reads. A title of plain words is read so; any other is refused, and a name of a
file too: never is it another day.
"""

from __future__ import annotations

import calendar
import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dagster_project.ingest.normalise.data_dates import find_plan_years, read_name, read_title
from dagster_project.ingest.normalise.periods import fold_words, show_numbers

Bounds = tuple[date, date]
YEARS = st.integers(2020, 2030)
SERIALS = st.builds(
    "{} {}".format,
    st.sampled_from(
        [
            "Phụ lục", "PHỤ LỤC SỐ", "Phụ biểu", "Biểu", "Biểu số", "BIỂU SỐ:", "Mẫu", "MẪU SỐ", "Bảng", "Phiếu số",
            "Lần", "Lần thứ", "STT", "Danh sách số", "Tờ", "Tờ số", "Quyển", "Mục", "Phần", "Khu", "Tổ", "Nhóm", "Gói",
            "Lô số",
        ]
    ),
    st.one_of(st.integers(1, 130), st.sampled_from(["01", "02", "05", "12", "2a", "1.2", "IV", "01/BC-UBND"])),
)  # fmt: skip
JOINTS = st.sampled_from([" ", ", ", ": ", " - ", " – ", ". ", "\n", "; "])
PLACES = st.sampled_from(["{}", "UBND XÃ VÂN SƠN\n{}",
                          "{}\nXÃ TÂN LẠC, TỈNH PHÚ THỌ\nĐVT: triệu đồng", "KẾT QUẢ GIẢI NGÂN\n{}",
                          "{}\n(Kèm theo Công văn số 123/UBND-KT ngày 05/02/2031)"])  # fmt: skip
YEAR_FORMS = st.sampled_from(["{} năm {}", "{}/{}", "{}, năm {}", "{} NĂM {}", "{}\nnăm {}"])


def end_of(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


@st.composite
def plain_periods(draw: st.DrawFn) -> tuple[str, Bounds]:
    """Draw a period in words that a person reads in one way, and its first and last day."""
    year, number, of_year = draw(YEARS), draw(st.integers(1, 12)), draw(YEAR_FORMS)
    quarter, week, day = (number + 2) // 3, 4 * number, date(year, 1, 1) + timedelta(days=30 * number)
    monday = date.fromisocalendar(year, week, 1)
    rest_of_year = date(year, 7, 1), date(year, 12, 31)
    first_half = date(year, 1, 1), date(year, 6, 30)
    said: list[tuple[str, Bounds]] = [
        (of_year.format(f"tháng {number}", year), (date(year, number, 1), end_of(year, number))),
        (of_year.format(f"Tháng {number:02}", year), (date(year, number, 1), end_of(year, number))),
        (of_year.format(f"quý {'I' * quarter if quarter < 4 else 'IV'}", year),
         (date(year, 3 * quarter - 2, 1), end_of(year, 3 * quarter))),
        (of_year.format(f"tuần {week}", year), (monday, monday + timedelta(days=6))),
        (f"{number} tháng đầu năm {year}", (date(year, 1, 1), end_of(year, number))),
        (of_year.format("bán niên", year), first_half), (of_year.format("H1", year), first_half),
        (f"nửa đầu năm {year}", first_half), (of_year.format("H2", year), rest_of_year),
        (f"ngày {day.day} tháng {day.month} năm {year}", (day, day)), (f"ngày {day:%d/%m/%Y}", (day, day)),
        (f"đến {day.day} tháng {day.month} năm {year}", (day, day)),
        (f"đến hết {day.day}/{day.month}/{year}", (day, day)),
        (f"mùng {day.day} tháng {day.month} năm {year}", (day, day)),
        (f"tháng {day.month}/{year} (đến {day.day}/{day.month})", (day, day)),
        (f"từ 01/{day.month} đến hết {day:%d/%m/%Y}", (day.replace(day=1), day)),
        (f"cập nhật 8h00 ngày {day.day}/{day.month}/{year}", (day, day)),
        (f"cập nhật 8h00 ngày {day.day}/{day.month}, năm {year}", (day, day)),
        (f"NĂM {year} - THÁNG {number}", (date(year, number, 1), end_of(year, number))),
    ]  # fmt: skip
    words, bounds = draw(st.sampled_from(said))
    return draw(st.sampled_from([words, words.upper()])), bounds


@st.composite
def unclear_periods(draw: st.DrawFn) -> str:
    """Draw a period of which no person can tell the last day."""
    year, month, number = draw(YEARS), draw(st.integers(1, 12)), draw(st.integers(1, 4))
    another = month % 12 + 1
    words = draw(
        st.sampled_from(
            [
                f"đợt {number} năm {year}", f"đợt {number}/{year}", f"đợt {number} tháng {month} năm {year}",
                f"đợt {number}, tháng {month}/{year}", f"vụ đông xuân năm {year}", f"vụ mùa {year}",
                f"niên độ năm {year}", f"nửa đầu tháng {month} năm {year}", f"nửa cuối {year}",
                f"nửa cuối tháng {month}/{year}",
                f"nửa đầu {month}/{year}", f"nửa năm {year}", f"tuần {number} tháng {month} năm {year}",
                f"15 ngày đầu tháng {month} năm {year}", f"thượng tuần tháng {month}/{year}", f"kỳ {number}/{year}",
                f"kỳ {number}, tháng {month} năm {year}", f"giữa kỳ năm {year}",
                f"hai quý năm {year}",
                f"tháng {month}, tháng {another} năm {year}", f"tháng {month}/{year} (đến ngày 15)",
                f"tháng {month} năm {year} (từ ngày 1 đến ngày 15)", f"T{month}-T{another}/{year}",
                f"bán niên 2 năm {year}", f"lần 2 năm {year}", f"mẫu {number}/{month}/{year}", "kỳ báo cáo: tháng 7",
                "cập nhật 8h00 ngày 10/7",
            ]
        )
    )  # fmt: skip
    return draw(st.sampled_from([words, words.upper()]))


@given(SERIALS, JOINTS, plain_periods(), PLACES)
def test_the_number_of_a_form_is_no_part_of_a_period(serial, joint, period, place):
    words, bounds = period
    said = read_title(place.format(f"{serial}{joint}{words}"))
    assert said.unread == ()
    found = said.stated or said.implied  # "Phụ lục I, ngày …" looks like place and day of a signing
    assert found is not None
    assert (found.start, found.end) == bounds


@given(st.one_of(st.just(""), st.builds("{}{}".format, SERIALS, JOINTS)), unclear_periods(), PLACES)
def test_what_no_person_can_tell_is_refused_and_no_year_stands_for_it(before, words, place):
    said = read_title(place.format(before + words))
    assert (said.stated, said.implied) == (None, None)
    assert said.unread or "@" in words


def write_as_name(words: str, separator: str, has_accents: bool) -> str:
    """Write words as the name of a file: no signs that a name cannot hold, with one separator."""
    kept = (
        "".join("-" if sign == "/" else sign for sign in words.replace("\n", " ") if sign not in ":;")
        .replace("(", " ")
        .replace(")", " ")
    )
    if not has_accents:
        parts = unicodedata.normalize("NFD", kept.replace("đ", "d").replace("Đ", "D"))
        kept = "".join(sign for sign in parts if not unicodedata.combining(sign))
    return separator.join(kept.split()) + ".xlsx"


@given(SERIALS, plain_periods(), st.sampled_from([" ", "_"]), st.booleans())
@example("Biểu 3", ("tháng 7 năm 2025", (date(2025, 7, 1), date(2025, 7, 31))), "_", False)
def test_a_name_tells_the_period_that_a_person_reads_or_none(serial, period, separator, has_accents):
    words, (_, end) = period
    said = read_name(write_as_name(f"{serial} {words}", separator, has_accents))
    assert said.unread or said.stated is None or said.stated.end == end


@given(unclear_periods(), st.sampled_from([" ", "_"]), st.booleans())
def test_a_name_that_no_person_can_tell_dates_no_file(words, separator, has_accents):
    said = read_name(write_as_name(f"bc {words}", separator, has_accents))
    assert said.stated is None


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("Biểu 3, tháng 7 năm 2025.xlsx", date(2025, 7, 31)),
        ("bieu_so_05_thang_7_2025.xlsx", date(2025, 7, 31)),
        ("PL02_thang7_2025.xlsx", date(2025, 7, 31)),
        ("bao cao H1-2025.xlsx", date(2025, 6, 30)),
        ("2025_H2.xlsx", date(2025, 12, 31)),
        ("bc_ban_nien_nam_2025.xlsx", date(2025, 6, 30)),
        ("ho so 15.7.2025.xlsx", date(2025, 7, 15)),
        ("bieu_31_01_2026.xlsx", date(2026, 1, 31)),
        ("v2_07_2025.xlsx", date(2025, 7, 31)),
    ],
)
def test_names_that_a_person_reads(name, end):
    said = read_name(name)
    assert (said.unread, said.stated and said.stated.end) == ((), end)


@pytest.mark.parametrize(
    "name", ["bc nua dau 7-2025.xlsx", "bc tuan 2 7-2025.xlsx", "bc thuong tuan 7-2025.xlsx", "t6_7_2025.xlsx",
             "PL 02-7-2025.xlsx"]
)  # fmt: skip
def test_names_that_no_person_can_tell(name):
    assert read_name(name).unread


def test_a_number_with_nothing_of_a_day_before_it_is_refused_where_it_may_be_one():
    assert read_title("Xã Vân Sơn 5 tháng 7 năm 2025").unread == ("5 tháng 7 năm 2025",)
    assert read_title("Số liệu đến ngày 5 tháng 7 năm 2025").unread == ()


def test_the_day_of_a_paper_without_its_office_is_no_data_date():
    said = read_title("Báo cáo số 12 ngày 5 tháng 7 năm 2025")
    assert (said.stated, said.implied and said.implied.end) == (None, date(2025, 7, 5))


@given(YEARS, st.integers(2, 12), YEAR_FORMS)
def test_the_plan_year_is_told_by_a_period_however_it_is_written(year, month, of_year):
    for words in (f"tháng {month}", f"quý {(month + 2) // 3}", f"T{month}", "bán niên", f"Mẫu số 6 tháng {month}"):
        assert find_plan_years(f"GIẢI NGÂN VỐN {of_year.format(words, year)}") == {year}
    assert find_plan_years(f"GIẢI NGÂN VỐN {of_year.format('tháng 1', year)}") is None
    assert find_plan_years(f"VỐN NĂM {year - 1}\n{of_year.format(f'tháng {month}', year)}") == {year - 1}


@given(st.integers(0, 999))
def test_a_hidden_number_is_shown_again(number):
    folded = fold_words(f"Biểu {number}, tháng 7", {})
    assert f"biểu {number}," not in folded
    assert show_numbers(folded) == f"biểu {number}, tháng 7"


def test_a_period_has_the_year_of_its_paper_unless_it_would_begin_after_it():
    paper = "BÁO CÁO THÁNG {}\n(Kèm theo Công văn số 123/UBND-KT ngày 05/01/2026)"
    assert read_title(paper.format(12)).unread == ("báo cáo tháng 12",)
    told = read_title(paper.format(1)).stated
    assert told is not None
    assert told.end == date(2026, 1, 31)
    of_name = read_title(paper.format(12), elsewhere=frozenset({2025})).stated
    assert of_name is not None
    assert of_name.end == date(2025, 12, 31)


def test_a_day_that_is_half_told_blocks_nothing_where_a_day_is_stated():
    for half in ("theo họp ngày 10/7", "thu từ 1 đến 15"):
        said = read_title(f"VỐN NĂM 2024 VÀ NĂM 2025 ({half})\nSố liệu đến ngày 13/7/2025")
        assert (said.unread, said.stated and said.stated.end) == ((), date(2025, 7, 13))
