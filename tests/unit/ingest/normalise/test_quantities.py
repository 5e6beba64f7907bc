"""The units that a line, or a bracket in a header, names."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.ingest.normalise import quantities
from tests.support.kits.quantity_kit import draw_measure_bracket, draw_money_phrase

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


@pytest.mark.parametrize("line", ["DANH SÁCH HỘ (Đơn vị: triệu đồng)", "(Đơn vị: tr.đ).", "BIỂU 2\nĐơn vị: triệu đồng"])
def test_a_unit_may_close_the_line_of_a_title(line: str) -> None:
    assert read_title(line).factors == {10**6}


@pytest.mark.parametrize("line", ["DANH SÁCH (Đơn vị: UBND xã Yên Lạc)", "Đơn vị: Sở Tài chính", "Tên đơn vị (xã)"])
def test_the_name_of_an_office_is_no_unit(line: str) -> None:
    assert quantities.find_unit_phrases(line) == []


@pytest.mark.parametrize("phrase", ["đồng/m2", "triệu đồng/ha", "nghìn đồng/hộ"])
def test_a_price_of_something_else_is_no_unit_of_amounts(phrase: str) -> None:
    reading = quantities.read_money(phrase)
    assert reading.factors == frozenset()
    assert reading.unread


def test_what_a_unit_line_names_may_be_a_scale_alone():
    assert quantities.find_unit_phrases("Đơn vị: triệu") == ["triệu"]
    assert quantities.find_unit_phrases("triệu\nĐơn vị: 1.000") == []


@pytest.mark.parametrize("phrase", ["1.000 USD", "đồng/m2", "nghìn tấn", "triệu USD"])
def test_what_begins_as_a_unit_behind_don_vi_is_one_that_is_not_understood(phrase: str) -> None:
    assert read_title(f"(Đơn vị: {phrase})").unread


# By a grammar: the factor that a person reads, or nothing ------------------------------------------------------------


@settings(max_examples=400)
@given(draw_money_phrase())
def test_a_phrase_of_money_is_read_as_a_person_reads_it_or_not_at_all(drawn):
    phrase, factor = drawn
    reading = quantities.read_money(phrase)
    assert reading.unread == (phrase,) or (factor is not None and reading.factors == {factor}), phrase
    assert not (reading.unread and reading.factors)


@settings(max_examples=300)
@given(draw_money_phrase(), st.sampled_from(LINES))
def test_a_line_of_such_a_phrase_never_vanishes(drawn, line):
    phrase, factor = drawn
    reading = read_title(line.format(phrase))
    assert reading.unread or (factor is not None and reading.factors == {factor}), line.format(phrase)


@settings(max_examples=400)
@given(draw_measure_bracket("ha"))
def test_a_bracket_over_a_measure_is_its_unit_a_note_or_unread(drawn):
    bracket, factor = drawn
    reading = quantities.read_bracket(bracket, "ha")
    if factor == "note":
        assert reading == quantities.UnitReading(), bracket
    else:
        assert reading.unread or reading.factors == {factor}, bracket


@pytest.mark.parametrize(
    ("phrase", "factor"),
    [
        ("triệu (VNĐ)", 10**6), ("VNĐ (triệu)", 10**6), ("triệu-đồng", 10**6), ("triệu_đồng", 10**6),
        ("tỷ (VND)", 10**9), ("ngàn VN đồng", 10**3), ("vạn đồng", 10**4), ("chục triệu đồng", 10**7),
        ("nghìn đồng (1.000đ)", 10**3), ("triệu đồng (VNĐ)", 10**6), ("Triệu đồng (số liệu đến ngày 30/6/2025)", 10**6),
        ("triệu đồng, hộ dân, ha", 10**6), ("triệu đồng theo hợp đồng", 10**6), ("đồng/m2; triệu đồng", 10**6),
    ],
)  # fmt: skip
def test_scales_and_names_of_money_stand_in_any_plain_order(phrase, factor):
    assert quantities.read_money(phrase) == quantities.UnitReading(frozenset({Decimal(factor)}))


@pytest.mark.parametrize(
    "phrase",
    [
        "triệu/đồng", "10.000 đồng", "100 triệu đồng", "1/1000 đồng", "10^5 đồng", "nghìn, đồng", "đồng x 1000",
        "đồng (x1.000)", "đồng, 1000", "K đồng", "M đồng", "0,1 triệu đồng", "nghìn hộ đồng", "tr.chẵn",
        "triệu đồng/tháng", "triệu x đồng", "2.000 đồng", "ngàn tấn", "1.000", "MB đồng", "triệu hợp đồng",
    ],
)  # fmt: skip
def test_what_stays_beside_money_makes_all_of_it_unread(phrase):
    assert quantities.read_money(phrase) == quantities.UnitReading(unread=(phrase,))


@pytest.mark.parametrize(
    "bracket",
    ["dm2", "m3", "tấn", "acre", "100 m2", "10 ha", "m2 sàn", "mét khối", "a", "km", "tính bằng tấn", "tổng số tấn"],
)
def test_a_bracket_that_may_be_a_unit_is_unread(bracket):
    assert quantities.read_bracket(bracket, "ha").unread == (bracket,)


@pytest.mark.parametrize(
    ("bracket", "factor"), [("Mbps", 1), ("Mb/s", 1), ("MB/s", 8), ("MBps", 8), ("GB/s", 8000), ("MB/S", None)]
)
def test_bytes_are_eight_bits(bracket, factor):
    reading = quantities.read_bracket(bracket, "Mbps")
    assert reading.factors == ({factor} if factor else set())
    assert bool(reading.unread) == (factor is None)


@pytest.mark.parametrize(
    "phrase",
    [
        "triệu (VNĐ)",
        "tỷ (VND)",
        "10.000 đồng",
        "vạn đồng",
        "đồng (x1.000)",
        "K đồng",
        "Triệu Đồng",
        "Đồng Việt Nam",
        "ha",
        "sào",
    ],
)
def test_behind_don_vi_the_whole_phrase_is_looked_at_and_kept_as_written(phrase):
    for line in ("Đơn vị: {}", "(Đơn vị: {})", "BIỂU 2 (Đơn vị: {})", "BIỂU 2. Đơn vị: {}", "(Đơn vị: {}) - Biểu 2"):
        assert quantities.find_unit_phrases(line.format(phrase)) == [phrase]


@pytest.mark.parametrize("name", ["UBND xã Đồng Lương", "Đồng Tâm", "Yên Lạc", "Phường Tỷ Hà", "Công ty 10 triệu"])
def test_the_name_of_an_office_with_such_a_word_is_no_unit(name):
    assert quantities.find_unit_phrases(f"Đơn vị: {name}") == []


@pytest.mark.parametrize("phrase", ["10 hộ", "50%", "tr. hộ x 2"])
def test_a_count_with_a_number_beside_it_is_unread(phrase):
    assert quantities.read_count(phrase).unread == (phrase,)


@pytest.mark.parametrize(
    ("phrase", "strange"),
    [
        ("suất", True), ("hộ dân", False), ("triệu đồng, ha", False), ("suất; ha", True), ("nghìn tấn", True),
        ("lũy kế", False),
    ],
)  # fmt: skip
def test_words_of_which_nothing_is_known_are_told_apart(phrase, strange):
    assert quantities.is_strange(phrase) is strange


@pytest.mark.parametrize("phrase", ["m2/triệu đồng", "m2 - triệu đồng", "m2/hộ", "m2 m"])
def test_a_measure_in_a_phrase_that_is_not_understood_is_unread_too(phrase):
    assert quantities.read_measure(phrase, "ha").unread == (phrase,)


@pytest.mark.parametrize(("bracket", "factor"), [("ĐVT: m2", "0.0001"), ("tính bằng m2", "0.0001"), ("ha; %", "1")])
def test_a_bracket_may_say_that_it_is_a_unit(bracket, factor):
    assert quantities.read_bracket(bracket, "ha").factors == {Decimal(factor)}
    assert quantities.read_bracket("Đ.V.T: Triệu đồng", None).factors == {10**6}


@pytest.mark.parametrize("phrase", ["triệu đồng", "ha", "km", "m2; đồng", "tỷ", "triệu"])
def test_a_bracket_of_money_or_measure_over_a_count_is_unread(phrase: str) -> None:
    assert quantities.read_count(phrase).unread == (phrase,)


@pytest.mark.parametrize("phrase", ["triệu đồng", "ha"])
def test_the_unit_of_a_header_above_several_says_nothing_of_a_count(phrase: str) -> None:
    assert quantities.read_count(phrase, is_own=False) == quantities.UnitReading()


@pytest.mark.parametrize(
    ("line", "unit"),
    [
        ("TIẾN ĐỘ QUÝ II NĂM 2025 (nghìn đồng)", "nghìn đồng"),
        ("TIẾN ĐỘ QUÝ II NĂM 2025 – TRIỆU ĐỒNG", "TRIỆU ĐỒNG"),
        ("Loại tiền: VND", "VND"),
        ("ĐV: tr.đ", "tr.đ"),
        ("Unit: 1,000 VND", "1,000 VND"),
        ("Đơn vi tính: tỷ đồng", "tỷ đồng"),
        ("Kinh phí: nghìn đồng; diện tích: m2", "nghìn đồng; m2"),
    ],
)
def test_a_unit_of_money_beside_other_words_is_found(line: str, unit: str) -> None:
    assert quantities.find_unit_phrases(line) == [unit]


@pytest.mark.parametrize(
    "line",
    [
        "Theo điểm a, b, c (đ) của Quyết định",
        "Xóm: Đồng",
        "Tổng kinh phí: 500 triệu đồng",
        "Khu (Đồng Lạc)",
        "Biểu D",
        "Diện tích: ha",
    ],
)
def test_other_words_in_a_line_are_no_unit(line: str) -> None:
    assert quantities.find_unit_phrases(line) == []


@pytest.mark.parametrize(
    ("name", "units"),
    [
        ("GPMB_(ĐVT triệu đồng)", ["triệu đồng"]),
        ("Quý II - nghìn đồng", ["nghìn đồng"]),
        ("D", []),
        ("Đồng", []),
        ("đ", []),
    ],
)
def test_the_name_of_a_sheet_or_a_file_may_tell_the_unit(name: str, units: list[str]) -> None:
    assert quantities.find_units_in_name(name) == units
