"""What of a text is a person, and what only looks like one."""

from __future__ import annotations

import csv
import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.core.errors import BlockedFile
from dagster_project.core.paths import LAYOUTS_DIR, SEEDS_DIR
from dagster_project.ingest.persons.mask import (
    mask_block,
    mask_figure,
    mask_figures,
    mask_file_name,
    mask_free_text,
    mask_text,
)
from dagster_project.ingest.persons.person_names import list_likely_names, mask_names

words = st.text(st.sampled_from("aăâbcdđeêghiklmnoôơpqrstuưvxyÀĂÂBCDĐE \u00a0\n-./0123456789"), max_size=30)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Gọi 0912345678 gặp chị Lan", "Gọi [số] gặp chị [tên]"),
        ("Gọi 0912.345.678 hoặc 091 234 5678", "Gọi [số] hoặc [số]"),
        ("+84 912 345 678 / 0210.3846.647", "[số] / [số]"),
        ("84912345678; (+84) 912 345 678; 0084912345678", "[số]; [số]; [số]"),
        ("CCCD 026591314713", "CCCD [số]"),
        ("026 591 314 713; 0265 9131 4713; 026591 314713", "[số]; [số]; [số]"),
        ("CMND: 131 234 567", "CMND: [số]"),
        ("số 131234567.", "số [số]."),
        ("mã 2025-0987120011, 1-0987.120.011, H44-0987120011-1", "mã 2025-[số], 1-[số], H44-[số]-1"),
        ("84 987120011; +84 98 71 20 01 1; +8 49 87 12 00 11", "[số]; [số]; [số]"),
        ("0987/120/011; 0987 – 120 – 011; 0987_120_011", "[số]; [số]; [số]"),
        ("số ０２６５９１３１４７１３, ٠٢٦٥٩١٣١٤٧١٣", "số [số], [số]"),
        ("số 026\u20625913\u00ad14713", "số [số]"),
        ("Vướng 123456789012 đồng", "Vướng [số] đồng"),
        ("Thiếu 1.234.567.890 đồng", "Thiếu 1.234.567.890 đồng"),
        ("Hồ sơ H62.45-250325-0002 ngày 05.07.2025 08.30", "Hồ sơ H62.45-250325-0002 ngày 05.07.2025 08.30"),
        ("Thửa 107, tờ 5, diện tích 175,5 m2", "Thửa 107, tờ 5, diện tích 175,5 m2"),
    ],
)
def test_free_text_loses_numbers_of_persons_and_no_others(said: str, left: str) -> None:
    assert mask_free_text(said) == left


@given(words, st.from_regex(r"\A(?:0[35789][0-9]{8}|[0-9]{12})\Z"), words)
def test_no_number_that_stands_alone_is_left(before: str, number: str, after: str) -> None:
    assert number not in mask_free_text(f"{before} x {number} x {after}")


@given(
    st.from_regex(r"\A0(?:0[1-9]|[1-8][0-9]|9[0-6])[0-9]{9}\Z"),
    st.sampled_from(["", " ", ".", "-"]),
    st.sampled_from([1, 3, 4, 6]),  # in pairs it may be two days: 05.07.25-06.07.25
)
def test_no_identity_number_is_left_in_a_name_however_it_is_grouped(number: str, gap: str, size: int) -> None:
    written = gap.join(number[at : at + size] for at in range(0, 12, size))
    for shown in (mask_text(f"Khu {written}, xã Mẫu"), mask_free_text(written), mask_figure(f"x {written}")):
        assert sum(map(str.isdigit, shown)) == 0


@given(
    st.from_regex(r"\A0(?:0[1-9]|[1-8][0-9]|9[0-6])[0-9]{9}\Z"),
    st.sampled_from(["_", "/", ",", "–", " – ", "- ", " - ", ". ", " / ", "|", ":"]),
    st.sampled_from([1, 3, 4, 5, 6, 7]),
)
def test_no_identity_number_is_left_whatever_stands_between_its_groups(number: str, gap: str, size: int) -> None:
    written = gap.join(number[at : at + size] for at in range(0, 12, size))
    for shown in (mask_text(f"Khu {written} xã Mẫu"), mask_free_text(written), mask_figure(f"x {written}")):
        assert sum(map(str.isdigit, shown)) == 0


@pytest.mark.parametrize(
    "said",
    [
        "05/07/2025/0830", "so_05_07_2025_0830", "01_2025_02_2025", "07/2025/123456", "05/07/25/06/07/25",
        "thửa 01,02,03,04,05,06", "thửa 012, 045, 103, 119", "tỷ lệ 0,312345678", "H28.52-250602-0011",
        "1.004227.000.00.00.H44", "0012/2025/QĐ-UBND", "08:30:15", "1.023.456.789 đồng", "0,25; 0,75; 12,5 ha",
        "05005,05014", "LK 02,18,205,112", "08112/08115", "('Lô 1', date '2025-06-05', 1000000000)",
    ],
)  # fmt: skip
def test_groups_of_digits_that_are_no_number_of_a_person_stay(said: str) -> None:
    assert mask_text(said) == said


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("hộ ông Đỗ Văn Thử chưa nhận tiền", "hộ ông [tên] chưa nhận tiền"),
        ("HỘ ÔNG ĐỖ VĂN THỬ", "HỘ ÔNG [tên]"),
        ("Ông (bà): Ngọ Kỳ Thử, CCCD 026591314713", "Ông (bà): [tên], CCCD [số]"),
        ("ông/bà Ngọ Kỳ Thử", "ông/bà [tên]"),
        ("vợ chồng ông Lê Văn Thử và bà Đỗ Thị Mẫu", "vợ chồng ông [tên] và bà [tên]"),
        ("anh Thử, chị Mẫu", "anh [tên], chị [tên]"),
        ("Hộ Ngọ Kỳ Thử", "Hộ [tên]"),
        ("hộ nguyễn văn thử", "hộ [tên]"),
        ("Chủ hộ: Trần Thị Thử", "Chủ hộ: [tên]"),
        ("Đ/c Lê Thử", "Đ/c [tên]"),
        ("Kế toán: Đỗ Thị Mẫu", "Kế toán: [tên]"),
        ("khu đất ông Nguyễn Văn Thử", "khu đất ông [tên]"),
        ("bà\u00a0Ngọ Kỳ\nThử", "bà [tên]"),
        (unicodedata.normalize("NFD", "bà Ngọ Kỳ Thử"), "bà [tên]"),
    ],
)
def test_a_name_behind_a_title_goes(said: str, left: str) -> None:
    assert mask_text(said) == left
    assert mask_text(left) == left


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("giao ông – Ngọ Kỳ Thử xử lý", "giao ông – [tên] xử lý"),
        ("ông - Ngọ Thử; bà, Đỗ Thị Mẫu", "ông - [tên]; bà, [tên]"),
        ('ông "Ngọ Kỳ Thử", ông “Ngọ Kỳ Thử”, ông [Ngọ Kỳ Thử]', 'ông "[tên]", ông “[tên]”, ông [[tên]]'),
        ("ông/Ngọ Kỳ Thử; ông;Ngọ Kỳ Thử|ông|Ngọ Kỳ Thử", "ông/[tên]; ông;[tên]|ông|[tên]"),
        ("ông = Ngọ Kỳ Thử, ông… Ngọ Kỳ Thử", "ông = [tên], ông… [tên]"),
        ("ông tên là Ngọ Kỳ Thử; ông số 1 Ngọ Kỳ Thử", "ông tên là [tên]; ông số 1 [tên]"),
        ("ông\u00adNgọ Kỳ Thử, ông \u202eNgọ\u00ad Kỳ Thử", "ông [tên], ông [tên]"),
        ("Ong Ngọ Kỳ Thử, ong Đỗ Thử; Ô. Ngọ Thử, ô.Đỗ Thử", "Ong [tên], ong [tên]; Ô. [tên], ô.[tên]"),
        ("ÔNG – NGÔ KỲ THỬ", "ÔNG – [tên]"),
        ("Kế toán – Đỗ Thị Mẫu", "Kế toán – [tên]"),
    ],
)
def test_a_name_that_does_not_stand_beside_its_title_goes(said: str, left: str) -> None:
    assert mask_text(said) == left
    assert mask_text(left) == left


@pytest.mark.parametrize(
    "said",
    [
        "các ông, bà; Sở Tài chính chủ trì", "ông/bà, Phòng Nội Vụ", "12 hộ, Phú Thọ", "12 hộ – Lương Sơn",
        "ông bà, Đảng Ủy",
        "Tiếng anh, Toán Tin", "Mật ong Bạc Hà Mèo Vạc", "Nuôi ong Hợp Tác Xã", "ong Tam Đảo", "khu Ông – Bổn",
        "ông [tên], Phú Thọ", "bà – Trưởng phòng", "ô tô Thành Công", "Ô Quy Hoạch", "cầu Bà – Tân Lạc",
        "ông, UBND Xã Mẫu",
    ],
)  # fmt: skip
def test_what_stands_behind_a_title_and_is_no_name_stays(said: str) -> None:
    assert mask_text(said) == said


@pytest.mark.parametrize(
    "said",
    [
        "đường Bà Triệu", "phố Hai Bà Trưng", "Trường THPT Bà Triệu", "khu Ông Bổn", "Bác Hồ", "bà con nông dân",
        "HỘ KINH DOANH", "BÀ CON XÃ VIÊN", "hộ Sán Dìu", "hộ nghèo, cận nghèo", "Tiếng Anh Thương Mại", "anh hùng",
        "Cô Tô", "ông ngoại", "cụ thể", "Hộ tịch", "Bác sĩ Đa khoa", "Trường Nguyễn Thị Minh Khai",
        "8200003", "74/TB-ĐG-PT3", "321.000.000", "123456789012 đồng", "NO26000126", "H44.45-250102-0001",
        "01.01.2025-31.12.2025", "019d2be3-1f28-732b-8b17-025199665196", "1234567890", "987654321",
        "NO090250001", "NO0902500012",
    ],
)  # fmt: skip
def test_what_is_no_person_stays(said: str) -> None:
    assert mask_text(said) == said


def test_no_name_that_the_project_brings_along_is_taken_for_a_person() -> None:
    files = [*SEEDS_DIR.glob("*.csv"), *(LAYOUTS_DIR / "units").glob("*.csv")]
    cells = {cell for path in files for row in csv.reader(path.open(encoding="utf-8")) for cell in row}
    assert len(cells) > 2000
    assert [cell for cell in cells if mask_text(cell) != cell] == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("gpmb_vp_31052025.xlsx", "gpmb_vp_31052025.xlsx"),
        ("ho_so_202507131530.xlsx", "ho_so_202507131530.xlsx"),
        ("hộ bà Đỗ Thị Mẫu/so 07_2025.xlsx", "hộ bà [tên]/so 07_2025.xlsx"),
        ("ông_Đỗ_Văn_Thử.xlsx", "ông_[tên].xlsx"),
        ("ho_ong_nguyen_van_thu.xlsx", "ho_ong_[tên].xlsx"),
        ("SĐT0912345678_so_07_2025.csv", "SĐT[số]_so_07_2025.csv"),
        ("cccd026591314713 tháng 7.xlsx", "cccd[số] tháng 7.xlsx"),
        ("liên hệ 0987.120.011/so.7z", "liên hệ [số]/so.7z"),
        ("nha_o_2025-0987120011_20250711.csv", "nha_o_2025-[số]_20250711.csv"),
        ("ds 0987.124.092", "ds [số]"),
    ],
)
def test_the_name_of_a_file_keeps_its_ending_and_its_period(name: str, shown: str) -> None:
    assert mask_file_name(name) == shown


def test_a_figure_stays_and_a_person_in_its_cell_does_not() -> None:
    cells = pd.Series(["123456789", "321000000", "ông Đỗ Văn Thử, 0912345678", None, "026591314713"])
    assert mask_figures(cells).fillna("-").tolist() == ["123456789", "321000000", "ông [tên], [số]", "-", "[số]"]


def test_a_refusal_is_told_without_persons() -> None:
    lacking = {"owner": ["Hộ bà Đỗ Thị Mẫu"]}
    told = mask_block(
        BlockedFile("missing_column", "Thấy “ông Đỗ Văn Thử”.", "Gọi 0912345678.", ["bà Đỗ Thị Mẫu"], lacking)
    )
    assert (told.rule, told.message_vi, told.remedy_vi, told.words, told.lacking) == (
        "missing_column", "Thấy “ông [tên]”.", "Gọi [số].", ("bà [tên]",), {"owner": ("Hộ bà [tên]",)},
    )  # fmt: skip


def test_whole_names_of_persons_of_the_file_go_and_parts_and_places_stay() -> None:
    names = frozenset({"đỗ văn thử"})
    assert "đỗ văn thử" in list_likely_names("Đất của Đỗ Văn Thử, khu 3")
    assert list_likely_names("Cải tạo đường Hoàng Văn Thụ") == ()
    assert mask_names("Đất của Đỗ Văn Thử, khu 3", names) == "Đất của [tên], khu 3"
    assert mask_names("ĐỖ VĂN THỬ", names) == "[tên]"
    assert mask_names("Đỗ Văn; đường Đỗ Văn Thử; Văn Thử", names) == "Đỗ Văn; đường Đỗ Văn Thử; Văn Thử"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("ông " * 200 + "x" * 70_000 + " bà An" * 3_000, "ông " * 200 + "x" * 70_000 + " bà [tên]" * 3_000),
        ("ông/" * 30_000, "ông/" * 30_000),
        ("ông –" * 30_000, "ông –" * 30_000),
        ("ông tên là " * 20_000 + "Thử", "ông tên là " * 20_000 + "Thử"),
        ("1/2/" * 50_000, "1/2/" * 50_000),
        ("0,1" * 50_000, "0,1" * 50_000),
        ("x\u00ad" * 50_000 + " bà An", "x" * 50_000 + " bà [tên]"),
        ("ông/" * 30_000 + "hộ bà Đỗ Thị Mẫu", "ông/" * 30_000 + "hộ bà [tên]"),
    ],
)
def test_a_text_of_nothing_but_titles_costs_its_length(written: str, told: str) -> None:
    """Each of these took minutes when a title looked at all that stands before and behind it."""
    assert mask_text(written) == told.strip()


def test_as_many_names_as_a_cell_holds_go() -> None:
    names = frozenset({"đỗ văn thử"})
    assert mask_names("Đỗ Văn Thử, " * 6_000, names) == "[tên], " * 6_000
    assert mask_names("của Đỗ Văn Thử đỗ văn thử", names) == "của [tên][tên]"
    assert mask_names("Đỗ Văn Thử Đỗ Văn Thử, đường Đỗ Văn Thử", names) == "[tên] [tên], đường Đỗ Văn Thử"
