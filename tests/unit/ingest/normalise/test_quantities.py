"""The units that a line, or a bracket in a header, names."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.ingest.normalise import quantities

DONG = ["đồng", "đ", "VNĐ", "vnd", "Đồng", "đồng Việt Nam"]
SCALED = {
    10**3: ["nghìn", "ngàn", "ng.", "1.000", "1,000", "1000", "10^3", "10³"],
    10**6: ["triệu", "tr", "tr.", "Tr.", "triệu.", "1.000.000", "10^6", "10⁶", "1 triệu"],
    10**9: ["tỷ", "tỉ", "tỷ.", "10^9", "1.000.000.000", "nghìn triệu"],
    10**12: ["nghìn tỷ", "ngàn tỉ"],
}
LINES = [
    "ĐVT: {}",
    "Đ.V.T: {}",
    "(Đơn vị tính: {})",
    "ĐVT {}",
    "Đvt - {}",
    "Đơn vị: {}",
    "BIỂU 1\n(đến ngày 9/7/2025)\nĐVT: {}",
]


def read_title(title: str) -> quantities.UnitReading:
    return quantities.join_readings(map(quantities.read_money, quantities.find_unit_phrases(title)))


@given(st.sampled_from(LINES), st.sampled_from(sorted(SCALED)), st.data())
def test_every_spelling_of_money_means_its_scale(line: str, scale: int, data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(SCALED[scale]))
    dong = data.draw(st.sampled_from([f"{glue}{unit}" for unit in DONG for glue in ("", " ")]))
    said = (
        f"{word}{dong}"
        if not (word[-1].isalpha() and dong[0].isalpha() and len(word) > 2)
        else f"{word} {dong.strip()}"
    )
    assert read_title(line.format(said)) == quantities.UnitReading(frozenset({Decimal(scale)}))


@pytest.mark.parametrize("unit", DONG)
def test_đồng_alone_is_one(unit: str) -> None:
    assert read_title(f"ĐVT: {unit}").factors == {1}


@pytest.mark.parametrize(
    "phrase", ["triệu", "tr", "10^6", "hộ; triệu đồng", "đồng/m2, triệu đồng", "triệu đồng (lũy kế)"]
)
def test_a_bare_scale_and_a_list_name_money_too(phrase: str) -> None:
    assert read_title(f"ĐVT: {phrase}").factors == {10**6}


@pytest.mark.parametrize(
    "phrase", ["T.đồng", "T. đồng", "t đ", "T", "USD", "triệu USD", "1.000 EUR", "$", "nhân dân tệ"]
)
def test_what_may_be_two_scales_or_foreign_is_given_back_in_its_words(phrase: str) -> None:
    reading = read_title(f"ĐVT: {phrase}")
    assert reading.factors == frozenset()
    assert len(reading.unread) == 1


def test_a_line_that_names_two_units_says_both() -> None:
    assert read_title("ĐVT: đồng, triệu đồng").factors == {1, 10**6}


@pytest.mark.parametrize(
    "title",
    ["Đơn vị: UBND xã Đồng Lương", "Đồng Tâm", "", "Kế hoạch 1.000 tỷ của tỉnh", "Đơn vị báo cáo: Sở Tài chính"],
)
def test_names_of_agencies_and_sentences_are_no_unit(title: str) -> None:
    assert quantities.find_unit_phrases(title) == []


@pytest.mark.parametrize(
    ("phrase", "wanted", "factor"),
    [
        ("m2", "ha", "0.0001"), ("m²", "ha", "0.0001"), ("mét vuông", "ha", "0.0001"), ("ha", "ha", "1"),
        ("km2", "ha", "100"),
        ("ha", "m2", "10000"), ("nghìn m2", "ha", "0.1"), ("1.000 m2", "ha", "0.1"), ("Gbps", "Mbps", "1000"),
        ("Mb/s", "Mbps", "1"), ("ngày", "giờ", "24"), ("triệu đồng; m2", "ha", "0.0001"), ("%", "%", "1"),
    ],
)  # fmt: skip
def test_a_measure_is_turned_into_the_agreed_one(phrase: str, wanted: str, factor: str) -> None:
    assert quantities.read_measure(phrase, wanted) == quantities.UnitReading(frozenset({Decimal(factor)}))


@pytest.mark.parametrize(("phrase", "wanted"), [("sào", "ha"), ("mẫu", "m2"), ("%", "ha"), ("% diện tích", "ha")])
def test_a_local_measure_and_a_share_are_no_measure(phrase: str, wanted: str) -> None:
    reading = quantities.read_measure(phrase, wanted)
    assert reading.factors == frozenset()
    assert reading.unread


@pytest.mark.parametrize("phrase", ["hộ", "cần", "có", "theo quyết định", "2=3+4", "triệu đồng"])
def test_other_words_say_nothing_of_a_measure(phrase: str) -> None:
    assert quantities.read_measure(phrase, "ha") == quantities.UnitReading()


def test_counts_in_thousands_and_shares_of_unknown_wholes() -> None:
    assert quantities.read_count("nghìn hồ sơ").factors == {1000}
    assert quantities.read_count("%").unread == ("%",)
    assert quantities.read_count("hộ") == quantities.read_count("") == quantities.UnitReading()


def test_what_a_unit_line_names_may_be_a_scale_alone():
    assert quantities.find_unit_phrases("Đơn vị: triệu") == ["triệu"]
    assert quantities.find_unit_phrases("triệu\nĐơn vị: 1.000") == []
