"""What a draft may show of a sample's values and headers."""

from __future__ import annotations

import pytest

from dagster_project.ingest.new_feed.masking import HIDDEN, holds_a_person, mask_header, show_samples


@pytest.mark.parametrize(
    "value",
    [
        "Nguyễn Thị Thử",
        "TRẦN VĂN THỬ",
        "phạm văn thử",
        "Nguyen Van Thu",
        "nguyen van thu",
        "Sùng A Thử",
        "Lò Thử",
        "Hà Thử",
        "Ông Đỗ Thử",
        "hộ ông Thử chưa nhận tiền",
        "Bà Thử",
        "chờ gia đình bà Quách Thị Thử ký",
        "Ksor H'Thử Mlô Niê",
        "025099000123",
        "gọi 0912 345 678",
    ],
)
def test_what_may_be_a_person_is_told(value: str) -> None:
    assert holds_a_person(value)


@pytest.mark.parametrize(
    "value",
    ["đang thi công móng", "Hoàn thành", "HT", "Xã Hy Cương", "UBND xã Sông Lô", "Khu Gò Mới", "bàn giao đủ", "1.250,5",
     "04/07/2025", "ĐANG THI CÔNG PHẦN MÓNG", "hồ sơ thiếu", "cao hơn kế hoạch", "7301111"],
)  # fmt: skip
def test_what_is_none_is_shown(value: str) -> None:
    assert not holds_a_person(value)
    assert show_samples([value], "Ghi chú", is_personal=False) == [value]


def test_one_person_hides_the_column() -> None:
    assert show_samples(["Đạt", "Đạt", "Vũ Thị Thử"], "Kết quả", is_personal=False) == [HIDDEN]


@pytest.mark.parametrize(
    "header", ["Họ và tên", "SĐT liên hệ", "Số CCCD", "Người giám sát", "Năm sinh", "Địa chỉ", "Kế toán", "Tên chủ hộ"]
)
def test_a_header_of_persons_hides_whatever_stands_below(header: str) -> None:
    assert show_samples(["An", "1980"], header, is_personal=False) == [HIDDEN]


def test_a_personal_column_of_the_contract_hides_its_values() -> None:
    assert show_samples(["An"], "Cột 7", is_personal=True) == [HIDDEN]
    assert show_samples([], "Cột 7", is_personal=True) == []


def test_samples_are_few_distinct_and_short() -> None:
    shown = show_samples(["đạt", "đạt", "x" * 60, "chưa", "hỏng"], "Kết quả", is_personal=False)
    assert shown == ["đạt", f"{'x' * 39}…", "chưa"]


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("Kế toán: Trần Văn Thử", "Kế toán: [tên]"),
        ("Đã giao (025099000123)", "Đã giao ([số])"),
        ("TỔNG MỨC ĐẦU TƯ", "TỔNG MỨC ĐẦU TƯ"),
        ("Giải ngân / Lũy kế / NSTW", "Giải ngân / Lũy kế / NSTW"),
        ("Mức Giá Khởi Điểm", "Mức Giá Khởi Điểm"),
    ],
)
def test_a_header_is_shown_without_its_persons(header: str, shown: str) -> None:
    assert mask_header(header) == shown
