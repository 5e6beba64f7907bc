"""The periods of titles: one truth in every style, or words named as unread, never a guess."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.ingest.normalise.data_dates import (
    find_data_date_in_name,
    find_plan_years,
    read_name,
    read_sheet_name,
    read_title,
)
from dagster_project.ingest.normalise.periods import DataDate
from dagster_project.ingest.normalise.title_periods import TitlePeriods

ONES = ["", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]
ROMAN = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"]
DASHES = "-–—−‑~→÷"
FRAMES = [
    "{}", "BIỂU TÌNH HÌNH GIẢI NGÂN {}", "UBND TỈNH PHÚ THỌ\nSỞ TÀI CHÍNH\nBÁO CÁO TIẾN ĐỘ ({})\nĐVT: triệu đồng",
    "TỔNG HỢP {}\n(Kèm theo Báo cáo số 214/BC-STC ngày 02/02/2026 của Sở Tài chính)",
    "Phú Thọ, ngày      tháng 02 năm 2026\nBIỂU SỐ 03\nKẾT QUẢ {}",
]  # fmt: skip
YEARS = st.integers(2020, 2030)


def say_number(number: int) -> str:
    """Say 1 to 99 as people do."""
    tens, one = divmod(number, 10)
    if not tens:
        return ONES[one]
    last = "lăm" if one == 5 else "mốt" if one == 1 and tens > 1 else ONES[one]
    return f"{'mười' if tens == 1 else f'{ONES[tens]} mươi'} {last}".strip()


def say_year(year: int) -> str:
    return f"hai nghìn không trăm {say_number(year - 2000)}"


def end_of(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def write_month(year: int, month: int) -> list[str]:
    return [
        f"tháng {month} năm {year}", f"tháng {month:02}/{year}", f"tháng {month}-{year}",
        f"Tháng {month} - {year}",
        f"tháng {say_number(month)} năm {year}",
        f"tháng {say_number(month)} năm {say_year(year)}",
        f"THÁNG {ROMAN[month]}/{year}",
        f"tháng {month}, năm {year}", f"đến hết tháng {month}/{year}", f"T{month}/{year}",
        f"thang {month} nam {year}", f"năm {year}, tháng {month}", f"{month:02}/{year}", f"tháng {month}\nnăm {year}",
    ]  # fmt: skip


def write_quarter(year: int, quarter: int) -> list[str]:
    return [
        f"quý {ROMAN[quarter]} năm {year}", f"quý {quarter}/{year}", f"Q{quarter}-{year}",
        f"Quý {ROMAN[quarter]}-{year}",
        f"quý {'tư' if quarter == 4 else say_number(quarter)} năm {year}", f"Q.{ROMAN[quarter]}/{year}",
        f"đến hết quý {quarter} năm {year}", f"quy {quarter} nam {year}", f"năm {year} - quý {ROMAN[quarter]}",
    ]  # fmt: skip


def write_first_months(year: int, count: int) -> list[str]:
    return [
        f"{count} tháng đầu năm {year}", f"{say_number(count)} tháng đầu năm {year}",
        f"{count:02} THÁNG ĐẦU NĂM {year}",
        f"{count} tháng năm {year}", f"{count}T/{year}", f"{count}T{year}", f"{count} thang dau nam {year}",
        f"năm {year} ({count} tháng đầu năm)", f"từ tháng 1 đến hết tháng {count} năm {year}",
        f"01/{year} – {count:02}/{year}",
    ]  # fmt: skip


def write_week(year: int, week: int) -> list[str]:
    return [
        f"tuần {week} năm {year}", f"Tuần thứ {week}/{year}", f"tuần {week}-{year}", f"tuan {week} nam {year}",
        f"tuần thứ {say_number(week)} năm {year}", f"W{week}-{year}", f"năm {year}, tuần {week}",
    ]  # fmt: skip


def write_day(day: date) -> list[str]:
    d, m, y = day.day, day.month, day.year
    return [
        f"đến ngày {d:02}/{m:02}/{y}",
        f"(tính đến {d}.{m}.{y})", f"Số liệu đến hết ngày {d} tháng {m} năm {y}",
        f"đến 17h00 ngày {d}/{m}/{y}", f"đến ngày {day:%Y-%m-%d}", f"ngày {d} - {m} - {y}",
        f"năm {y} (tính đến {d}/{m})",
        f"đến ngày {say_number(d)} tháng {say_number(m)} năm {say_year(y)}", f"so lieu den ngay {d}/{m}/{y}",
        f"chốt số liệu ngày {d}/{m}/{y}", f"đến 24 giờ 00 phút ngày {d}/{m}/{y}", f"đến ngày {d}/{m} năm {y}",
        f"đến 0 giờ ngày {day + timedelta(days=1):%d/%m/%Y}",
    ]  # fmt: skip


def write_range(first: date, last: date, dash: str) -> list[str]:
    a, b = f"{first:%d/%m/%Y}", f"{last:%d/%m/%Y}"
    said = [
        f"từ ngày {a} đến ngày {b}", f"từ {a} đến hết {b}", f"Kỳ báo cáo: {a} {dash} {b}", f"({a}{dash}{b})",
        f"tu ngay {a} den ngay {b}", f"từ ngày {first.day} tháng {first.month} năm {first.year} tới ngày {b}",
    ]  # fmt: skip
    if first.year == last.year:
        said += [f"từ {first.day}/{first.month} đến {b}", f"{first:%d.%m} {dash} {last:%d.%m.%Y}"]
    if (first.year, first.month) == (last.year, last.month):
        said += [
            f"từ ngày {first.day} đến {b}",
            f"từ ngày {first.day} đến ngày {last.day} tháng {last.month} năm {last.year}",
        ]
    return said


def check(draw: st.DataObject, written: list[str], truth: DataDate) -> None:
    """Hold each style, in a title drawn for it, against the truth."""
    for words in written:
        frames = FRAMES[:1] if words.isascii() and (" den " in words or " dau " in words) else FRAMES
        title = draw.draw(st.sampled_from(frames)).format(draw.draw(st.sampled_from([words, words.upper()])))
        said = read_title(title)
        assert said.unread == (), title
        assert said.stated is not None, title
        assert (said.stated.start, said.stated.end) == (truth.start, truth.end), title


@given(st.data(), YEARS, st.integers(1, 12))
def test_a_month_in_every_style(data, year, month):
    check(data, write_month(year, month), DataDate("month", date(year, month, 1), end_of(year, month)))


@given(st.data(), YEARS, st.integers(1, 4))
def test_a_quarter_in_every_style(data, year, quarter):
    truth = DataDate("quarter", date(year, 3 * quarter - 2, 1), end_of(year, 3 * quarter))
    check(data, write_quarter(year, quarter), truth)


@given(st.data(), YEARS, st.integers(2, 12))
def test_the_first_months_in_every_style(data, year, count):
    check(data, write_first_months(year, count), DataDate("months", date(year, 1, 1), end_of(year, count)))


@given(st.data(), YEARS, st.integers(1, 52))
def test_a_week_in_every_style(data, year, week):
    monday = date.fromisocalendar(year, week, 1)
    check(data, write_week(year, week), DataDate("week", monday, monday + timedelta(days=6)))


@given(st.data(), st.dates(date(2020, 1, 1), date(2029, 12, 30)))
def test_a_day_in_every_style(data, day):
    for words in write_day(day):
        said = read_title(data.draw(st.sampled_from(FRAMES)).format(words))
        assert (said.unread, said.stated and said.stated.end) == ((), day), words


@given(st.data(), st.dates(date(2020, 1, 1), date(2029, 12, 1)), st.integers(1, 200), st.sampled_from(DASHES))
def test_a_range_in_every_style(data, first, days, dash):
    last = first + timedelta(days=days)
    check(data, write_range(first, last, dash), DataDate("range", first, last))


@given(st.sampled_from(["tháng", "quý", "tuần"]), st.integers(0, 99), st.sampled_from(["", ",", ";", " -", " của"]))
def test_no_number_of_a_unit_becomes_the_end_of_its_year(unit, number, mark):
    said = read_title(f"BIỂU {unit} {number}{mark} năm 2025")
    if said.stated is None:
        assert said.unread
        assert said.implied is None
    else:
        known = {"tháng": "tháng {}/2025", "quý": "quý {}/2025", "tuần": "tuần {}/2025"}[unit].format(number)
        assert said.stated == read_title(known).stated


# Titles as offices write them ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "end"),
    [
        ("KẾT QUẢ GIẢI NGÂN THÁNG 6, NHIỆM VỤ THÁNG 7 NĂM 2025", date(2025, 6, 30)),
        ("BÁO CÁO KẾT QUẢ THÁNG 9 VÀ 9 THÁNG ĐẦU NĂM 2025, PHƯƠNG HƯỚNG QUÝ IV NĂM 2025", date(2025, 9, 30)),
        ("KẾT QUẢ THỰC HIỆN NĂM 2024 VÀ 6 THÁNG ĐẦU NĂM 2025", date(2025, 6, 30)),
        ("TIẾN ĐỘ TUẦN 28, THÁNG 7 NĂM 2025", date(2025, 7, 13)),
        ("LŨY KẾ TỪ ĐẦU NĂM 2025 ĐẾN HẾT THÁNG 6/2025", date(2025, 6, 30)),
        ("TÌNH HÌNH GIẢI NGÂN NĂM 2025 (Kèm theo Báo cáo số 9/BC-STC ngày 14/7/2025, số liệu đến ngày 30/6/2025)",
         date(2025, 6, 30)),
        ("Hồ sơ tiếp nhận trước ngày 01/7/2025 còn tồn (tính đến 13/7/2025)", date(2025, 7, 13)),
        ("GIẢI NGÂN ĐẾN NGÀY 30/6/2025 SO VỚI CÙNG KỲ (ĐẾN NGÀY 30/6/2024)", date(2025, 6, 30)),
        ("NIÊN ĐỘ 2025: THÁNG 7 (từ 01/7 đến 13/7/2025)", date(2025, 7, 13)),
        ("KẾ HOẠCH TRUNG HẠN GIAI ĐOẠN 2021-2025 - BÁO CÁO QUÝ II/2025", date(2025, 6, 30)),
        ("Quý I, II năm 2025", date(2025, 6, 30)),
        ("Tháng 12/2024 và tháng 01/2025", date(2025, 1, 31)),
        ("6 tháng cuối năm 2024", date(2024, 12, 31)),
        ("Nửa đầu năm 2025", date(2025, 6, 30)),
        ("Ngày mồng 5 tháng năm năm 2025", date(2025, 5, 5)),
        ("Số liệu đến ngày\n2025-07-13 00:00:00", date(2025, 7, 13)),
    ],
)  # fmt: skip
def test_the_day_up_to_which_a_title_speaks(title, end):
    said = read_title(title)
    assert (said.unread, said.stated and said.stated.end) == ((), end)


@pytest.mark.parametrize(
    "title",
    [
        "BÁO CÁO KỲ 1 THÁNG 7 NĂM 2025", "TUẦN 2 THÁNG 7 NĂM 2025", "NỬA ĐẦU THÁNG 7 NĂM 2025", "ĐẦU QUÝ III NĂM 2025",
        "CÁC THÁNG ĐẦU NĂM 2025", "THÁNG … NĂM 2025", "THÁNG 13 NĂM 2025", "QUÝ 5/2025", "TUẦN 60 NĂM 2025",
        "15 ngày đầu tháng 7 năm 2025", "Số liệu đến ngày 31/06/2025, NĂM 2025", "tháng năm 2025",
        "KẾ HOẠCH VỐN NĂM 2024 (đến ngày 31/01)", "HỌC KỲ I NĂM 2025",
        "Giao đến ngày 31/12/2024, chi đến ngày 30/6/2025",
        "SỔ THEO DÕI NHIỆM VỤ TUẦN 27",
    ],
)  # fmt: skip
def test_a_period_that_cannot_be_told_is_named_and_nothing_else_stands_for_it(title):
    said = read_title(title)
    assert said.unread
    assert (said.stated, said.implied) == (None, None)


@pytest.mark.parametrize(
    ("title", "implied"),
    [
        ("BIỂU GIẢI NGÂN NĂM 2025", date(2025, 12, 31)),
        ("Phú Thọ, ngày 14 tháng 7 năm 2025\nTIẾN ĐỘ ĐẤU GIÁ", date(2025, 7, 14)),
        ("Phú Thọ, ngày …. tháng 7 năm 2025\nTIẾN ĐỘ ĐẤU GIÁ", None),
        ("(Kèm theo Quyết định số 12/QĐ-UBND ngày 05/3/2025)", date(2025, 3, 5)),
        ("LŨY KẾ TỪ ĐẦU NĂM 2025 ĐẾN NAY", None),
        ("Hồ sơ quá hạn trên 6 tháng", None),
        ("TRUNG HẠN GIAI ĐOẠN 2021-2025", None),
        ("VỐN NĂM 2024 KÉO DÀI SANG NĂM 2025", None),
    ],
)
def test_what_dates_a_paper_or_a_plan_states_no_data_date(title, implied):
    said = read_title(title)
    assert (said.stated, said.unread) == (None, ())
    assert (said.implied and said.implied.end) == implied


def test_the_year_may_stand_on_another_sheet_or_in_the_name():
    assert read_title("THÁNG 6", elsewhere=frozenset({2025})).stated == read_title("THÁNG 6/2025").stated
    assert read_title("THÁNG 6", elsewhere=frozenset({2024, 2025})).unread == ("tháng 6",)


def test_an_office_may_teach_its_own_words():
    taught = {"kỳ 1 tháng": "đến ngày 15 tháng", "sơ kết giữa năm": "6 tháng đầu năm"}
    first = read_title("BÁO CÁO KỲ 1 THÁNG 7 NĂM 2025", taught).stated
    assert first is not None
    assert first.end == date(2025, 7, 15)
    assert read_title("SƠ KẾT GIỮA NĂM 2025", taught).stated == read_title("6 tháng đầu năm 2025").stated


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("BC 6 thang dau nam 2025.xlsx", "2025-01-01", "2025-06-30"),
        ("9T-2025.xlsx", "2025-01-01", "2025-09-30"),
        ("BC-6T2025.xlsx", "2025-01-01", "2025-06-30"),
        ("bao cao 9 thang 2025.xlsx", "2025-01-01", "2025-09-30"),
        ("bieu_Q3_2025.xlsx", "2025-07-01", "2025-09-30"),
        ("2025Q3.csv", "2025-07-01", "2025-09-30"),
        ("tuan28_2025.xlsx", "2025-07-07", "2025-07-13"),
        ("2025-W28.csv", "2025-07-07", "2025-07-13"),
        ("bieu_01062025_30062025.xlsx", "2025-06-01", "2025-06-30"),
        ("01-07-2025_13-07-2025.xls", "2025-07-01", "2025-07-13"),
        ("tu 01.07 den 13.07.2025.xlsx", "2025-07-01", "2025-07-13"),
        ("Quý III-2025/bieu.xlsx", "2025-07-01", "2025-09-30"),
        ("von dau tu 30.6.2025.xlsx", "2025-06-30", "2025-06-30"),
    ],
)
def test_periods_of_names(name, start, end):
    found = find_data_date_in_name(name)
    assert found is not None
    assert (found.start, found.end) == (date.fromisoformat(start), date.fromisoformat(end))


def test_names_that_tell_no_period_or_none_that_can_be_read():
    assert find_data_date_in_name("ke_hoach_2021-2025.xlsx") is None
    assert find_data_date_in_name("tuan_27.xlsx") is None
    assert read_name("tuan_27.xlsx").unread == ()
    assert read_name("tuan 2 thang 7 nam 2025.xlsx").unread == ("tuần 2 tháng 7 năm 2025",)
    assert read_name("bieu dot 2-2025.xlsx").unread == ("đợt 2-2025",)


def test_an_hour_before_the_day_makes_no_place_of_a_paper():
    said = read_title("TÌNH HÌNH TUẦN 42\nTính đến 17 giờ 00 phút, ngày 17/10/2025")
    assert said.stated is not None
    assert (said.stated.kind, said.stated.end) == ("day", date(2025, 10, 17))


@pytest.mark.parametrize(
    "words",
    [
        "Theo Quyết định 871/QĐ-UBND ngày 12/3/2025", "Căn cứ Nghị quyết của HĐND tỉnh ngày 12/3/2025",
        "(theo Nghị quyết 31 ngày 12/3/2025)", "QĐ 871 ngày 12/3/2025", "Thực hiện Kế hoạch số 60/KH-UBND ngày 12/3",
        "Quyết định số 871/QĐ-UBND ngày 12/3/2025, số 872/QĐ-UBND ngày 13/3/2025",
        "Thông báo kết luận ngày 12/3/2025 của Chủ tịch", "Công văn 60/UBND-KT ngày 12/3/2025",
        "Mẫu số 02 ban hành kèm theo Thông tư 15/2021/TT-BTC ngày 18 tháng 2 năm 2021", "Ngày in: 12/3/2025",
        "In lúc 08:30 ngày 12/3/2025", "Ngày giờ in: 08:30 12/3/2025", "Tải về ngày 12/3/2025", "Ngày in\n12/03/2025",
        "BM-02, ngày ban hành: 12/3/2020, lần ban hành: 02", "Ban hành lần 2 ngày 12/3/2020",
        "Tờ trình của Sở Xây dựng ngày 12/3/2025", "Hợp đồng số 5 ngày 12/3/2025",
        "Theo QĐ số 5 ngày 3 tháng 2 năm 2025 và số 6 ngày 4 tháng 2 năm 2025",
        "Ngày hiệu lực: 12/3/2020", "Theo Quyet dinh 871/QD-UBND ngay 12/3/2025",
    ],
)  # fmt: skip
def test_the_day_of_another_paper_or_of_printing_is_never_that_of_the_data(words):
    assert (read_title(words).stated, read_title(words).implied, read_title(words).unread) == (None, None, ())
    dated = read_title(f"TIẾN ĐỘ GIẢI PHÓNG MẶT BẰNG\n{words}\nTHÁNG 6 NĂM 2025").stated
    assert dated is not None
    assert dated.end == date(2025, 6, 30)
    assert read_title(f"{words}\nTHÁNG 6").unread == ("tháng 6",)  # nor does it lend its year


@pytest.mark.parametrize(
    "words",
    [
        "Ngày lập biểu: 12/3/2025", "Ngày ký: 12/3/2025", "Số: 60/BC-SXD, ngày 12/3/2025",
        "Kết xuất lúc 08:30 12/3/2025", "Báo cáo số 60 ngày 12/3/2025", "Hòa Bình, ngày 12 tháng 3 năm 2025",
        "(Kèm theo Tờ trình ngày 12/3/2025)",
    ],
)  # fmt: skip
def test_the_day_of_the_own_paper_stands_in_where_nothing_is_stated(words):
    said = read_title(words)
    assert (said.stated, said.implied and said.implied.end) == (None, date(2025, 3, 12))


@pytest.mark.parametrize(
    ("words", "end"),
    [
        ("TIẾN ĐỘ THEO NGHỊ QUYẾT 31/NQ-HĐND ĐẾN NGÀY 15/7/2025", date(2025, 7, 15)),
        ("BÁO CÁO TIẾN ĐỘ NGÀY 15/7/2025", date(2025, 7, 15)),
        ("Cập nhật ngày 15/7/2025", date(2025, 7, 15)),
        ("Tháng: 6\nNăm: 2025", date(2025, 6, 30)),
        ("Quý: II, năm: 2025", date(2025, 6, 30)),
        ("BÁO CÁO THÁNG 6/25", date(2025, 6, 30)),
        ("Đến ngày 15/7, kế hoạch vốn 2025", date(2025, 7, 15)),
        ("NĂM 2026, đến ngày 15/1", date(2026, 1, 15)),
    ],
)
def test_what_still_states_a_period(words, end):
    said = read_title(words)
    assert (said.unread, said.stated and said.stated.end) == ((), end)


@pytest.mark.parametrize(
    "words",
    [
        "Đến ngày 15/1, kế hoạch vốn 2025", "KẾ HOẠCH VỐN NĂM 2025\nTHÁNG 1", "Kế hoạch năm 2025 (đến 20/1)",
        "Đến ngày 15/7, kế hoạch vốn năm 2024 và 2025", "KẾ HOẠCH VỐN NĂM 2024, 2025\nTHÁNG 6",
    ],
)  # fmt: skip
def test_a_plan_lends_no_year_to_january_and_two_plans_lend_none(words):
    said = read_title(words)
    assert said.unread
    assert (said.stated, said.implied) == (None, None)


@pytest.mark.parametrize("title", ["KẾ HOẠCH VỐN NĂM 2024, 2025", "VỐN NĂM 2024 VÀ NĂM 2025"])
def test_years_side_by_side_date_nothing_and_are_no_plan_year(title):
    assert read_title(title) == TitlePeriods(years=frozenset({2024, 2025}))
    assert find_plan_years(title) == {2024, 2025}


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("GPMB tháng 6.xlsx", date(2025, 6, 30)), ("GPMB T6.xlsx", date(2025, 6, 30)),
        ("thang 5/von.xlsx", date(2025, 5, 31)), ("GPMB quy II.xlsx", date(2025, 6, 30)),
        ("bieu QI.xlsx", date(2025, 3, 31)), ("den ngay 20.6.xlsx", date(2025, 6, 20)),
        ("tuan 26.xlsx", date(2025, 6, 29)),
    ],
)  # fmt: skip
def test_a_name_without_a_year_has_the_one_that_is_known_elsewhere(name, end):
    found = read_name(name, elsewhere=frozenset({2025})).stated
    assert found is not None
    assert found.end == end
    assert read_name(name) == TitlePeriods()
    assert read_name(name, elsewhere=frozenset({2024, 2025})).unread


def test_a_path_may_name_the_year_in_one_part_and_the_month_in_another():
    assert read_name("2024/tháng 6/von.xlsx", elsewhere=frozenset({2025})) == read_name("von T6-2024.xlsx")


@pytest.mark.parametrize("name", ["GPMB den 30-6.xlsx", "GPMB T5-6.xlsx", "GPMB tháng 13.xlsx"])
def test_a_name_that_cannot_be_told_is_unread_where_a_year_is_known(name):
    assert read_name(name, elsewhere=frozenset({2025})).unread


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("T6-2025", date(2025, 6, 30)), ("Quý II.2025", date(2025, 6, 30)), ("T5_2025 (2)", date(2025, 5, 31)),
        ("06.2025", date(2025, 6, 30)), ("30.6.2025", date(2025, 6, 30)), ("T6.25", date(2025, 6, 30)),
        ("Biểu 1 2025", None), ("Sheet1", None), ("2025", None), ("Tổng hợp", None), (None, None),
    ],
)  # fmt: skip
def test_the_period_by_which_a_sheet_is_named(name, end):
    found = read_sheet_name(name)
    assert (found.stated and found.stated.end, found.unread) == (end, ())


def test_a_sheet_named_by_a_month_alone_waits_for_its_year():
    assert read_sheet_name("Tháng 6").unread == ("tháng 6",)
    assert read_sheet_name("T6", elsewhere=frozenset({2025})) == read_sheet_name("T6-2025")


@pytest.mark.parametrize(
    ("title", "end"),
    [
        ("BÁO CÁO TIẾN ĐỘ 7 THÁNG, ƯỚC 8 THÁNG ĐẦU NĂM 2025", date(2025, 7, 31)),
        ("BÁO CÁO TIẾN ĐỘ 11 THÁNG VÀ ƯỚC CẢ NĂM 2025", date(2025, 11, 30)),
        ("KẾT QUẢ 10 THÁNG, KẾ HOẠCH CẢ NĂM 2025", date(2025, 10, 31)),
        ("KẾT QUẢ 8 THÁNG, ƯỚC ĐẾN NGÀY 30/9/2025", date(2025, 8, 31)),
        ("KẾT QUẢ THÁNG 5, DỰ KIẾN THÁNG 6 NĂM 2025", date(2025, 5, 31)),
        ("ƯỚC THÁNG 6, KẾT QUẢ 5 THÁNG ĐẦU NĂM 2025", date(2025, 5, 31)),
        ("ƯỚC THỰC HIỆN CẢ NĂM\n(Số liệu đến ngày 15/11/2025)", date(2025, 11, 15)),
        ("HƯƠNG ƯỚC CỦA THÔN, THÁNG 6 NĂM 2025", date(2025, 6, 30)),
    ],
)  # fmt: skip
def test_what_was_done_dates_a_table_and_never_the_estimate(title, end):
    said = read_title(title)
    assert (said.unread, said.stated and said.stated.end) == ((), end)


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("TIẾN ĐỘ ƯỚC CẢ NĂM 2025", "ước cả năm 2025"),
        ("TIẾN ĐỘ ƯỚC THỰC HIỆN ĐẾN 30/9/2025", "ước thực hiện đến 30/9/2025"),
        ("ƯỚC THỰC HIỆN THÁNG 6 VÀ 6 THÁNG ĐẦU NĂM 2025", "ước thực hiện tháng 6 và 6 tháng đầu năm 2025"),
        ("TIẾN ĐỘ 6 THÁNG ĐẦU NĂM 2025 (ƯỚC THỰC HIỆN)", "6 tháng đầu năm 2025 (ước thực hiện)"),
        ("BÁO CÁO ƯỚC THỰC HIỆN\n6 THÁNG ĐẦU NĂM 2025", "ước thực hiện 6 tháng đầu năm 2025"),
        ("TIẾN ĐỘ DỰ KIẾN ĐẾN 31/12/2025", "dự kiến đến 31/12/2025"),
        ("ƯỚC CẢ NĂM 2025\n(Kèm theo Báo cáo số 31/BC-STC ngày 5/11/2025)", "ước cả năm 2025"),
        ("TIEN DO UOC 6 THANG DAU NAM 2025", "ước 6 tháng đầu năm 2025"),
    ],
)
def test_a_title_that_only_estimates_is_unread(title, words):
    said = read_title(title)
    assert (said.unread, said.stated, said.implied) == ((words,), None, None)


@pytest.mark.parametrize(
    ("title", "years"),
    [
        ("GIẢI NGÂN KẾ HOẠCH 2025 (GỒM CẢ VỐN KÉO DÀI NĂM 2024)", {2025}),
        ("VỐN NĂM 2024 CHUYỂN SANG NĂM 2025 VÀ KẾ HOẠCH VỐN 2025", {2025}),
        ("GIẢI NGÂN VỐN ĐẦU TƯ CÔNG 2025, DỰ KIẾN KẾ HOẠCH ĐẦU TƯ CÔNG NĂM 2026", {2025}),
        ("KẾ HOẠCH VỐN NĂM 2025 CỦA CÁC DỰ ÁN KHỞI CÔNG NĂM 2024", {2025}),
        ("THANH TOÁN VỐN NĂM 2025\nPhú Thọ, ngày … tháng … năm 2026", {2025}),
        ("DỰ ÁN KHỞI CÔNG MỚI VÀ CHUYỂN TIẾP NĂM 2025", {2025}),
        ("KẾ HOẠCH SỐ 2025/KH-UBND", None),
        ("CÁC DỰ ÁN KHỞI CÔNG NĂM 2024", None),
        ("VỐN NĂM 2024 ĐƯỢC PHÉP KÉO DÀI SANG NĂM 2025", set()),
        ("DỰ KIẾN KẾ HOẠCH VỐN NĂM 2026", set()),
        ("KẾT QUẢ NĂM 2025, KẾ HOẠCH NĂM 2026", {2025, 2026}),
    ],
)
def test_the_plan_year_is_the_tables_own_and_not_that_of_other_money(title, years):
    assert find_plan_years(title) == years


def test_a_year_from_which_money_comes_implies_no_date():
    assert read_title("GIẢI NGÂN KẾ HOẠCH 2025 (GỒM CẢ VỐN KÉO DÀI NĂM 2024)").implied is None
