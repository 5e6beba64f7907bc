"""Numbers and money in Vietnamese and ISO style: read exactly, or refused."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.ingest.normalise import numbers


def find_bad(result: numbers.NumberResult) -> pd.Series:
    """Which cells could not be read, whatever the rule."""
    return pd.DataFrame({"": False} | result.faults, index=result.values.index).any(axis=1)


def column(*cells: object) -> pd.Series:
    return pd.Series(cells, dtype=object)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1.234,56", 1234.56),
        ("1.234", 1234.0),
        ("1 234", 1234.0),
        ("1\u00a0234\u00a0567", 1234567.0),
        ("(1.234)", -1234.0),
        ("-169.071.000", -169071000.0),
        ("−7", -7.0),
        ("12,5", 12.5),
        ("132.947,603", 132947.603),
        ("0", 0.0),
        ("0,5", 0.5),
        (" 60.000.000 ", 60000000.0),
        (45.5, 45.5),
        (3, 3.0),
    ],
)
def test_vietnamese_numbers(cell: object, value: float) -> None:
    result = numbers.parse_number(column(cell, None))
    assert result.values.dtype == "Float64"
    assert result.values[0] == value
    assert pd.isna(result.values[1])
    assert not find_bad(result).any()


@pytest.mark.parametrize("cell", ["-", "–", "…", "...", "", "  ", None, float("nan")])
def test_no_figure_is_neither_zero_nor_bad(cell: object) -> None:
    for result in (
        numbers.parse_number(column(cell)),
        numbers.parse_money(column(cell)),
        numbers.parse_integer(column(cell)),
    ):
        assert result.values.isna().all()
        assert not find_bad(result).any()


GUESSES = ["1234.5", "0.125", "1.23", "1,234,567", "1.234.56", "abc", "60 triệu", "(5", "(-5)", "1.000 2", "1e5", "--5"]


@pytest.mark.parametrize("cell", [*GUESSES, "5-", True, float("inf"), date(2025, 1, 5), time(1, 5), "9" * 40])
def test_what_would_be_a_guess_is_bad(cell: object) -> None:
    result = numbers.parse_number(column(cell))
    assert result.values.isna().all()
    assert find_bad(result).all()


def test_english_style_reads_points_groups_of_commas_and_exponents() -> None:
    cells = ("1234.5", "-1e3", "1.234", "1,234.5", "700,000,000", "(1,234)", "1.23.4", "1.234,5", "abc")
    result = numbers.parse_number(column(*cells), style="en")
    assert result.values.tolist()[:6] == [1234.5, -1000.0, 1.234, 1234.5, 700_000_000.0, -1234.0]
    assert find_bad(result).tolist() == [False] * 6 + [True] * 3


def test_a_column_of_both_styles_keeps_what_only_one_of_them_writes() -> None:
    cells = ("1.234,5", "1,234.5", "12,5", "0.5", "1.234", "1,234", "7", "12.345,678")
    result = numbers.parse_number(column(*cells), style="mixed")
    assert result.values.fillna(-1).tolist() == [1234.5, 1234.5, 12.5, 0.5, -1, -1, 7, 12345.678]
    assert {rule: mask.tolist() for rule, mask in result.faults.items()} == {
        "ambiguous_number": [False] * 4 + [True, True] + [False] * 2
    }


def test_where_the_file_is_silent_a_comma_before_three_digits_is_refused() -> None:
    result = numbers.parse_money(column("1.234", "1,234", "7"), 10**6, style="unsure")
    assert result.values.fillna(-1).tolist() == [1_234_000_000, -1, 7_000_000]
    assert list(result.faults) == ["ambiguous_number"]


@pytest.mark.parametrize("style", ["vi", "en", "mixed", "unsure"])
def test_of_wholes_only_a_whole_can_be_meant(style: numbers.Style) -> None:
    cells = ("850,000", "850.000", "1,250", "1.250.000", "3", "59.999,999", "1,5", 59999.999, 60000000.0000001)
    result = numbers.parse_money(column(*cells), style=style)
    assert result.values.fillna(-1).tolist() == [850_000, 850_000, 1250, 1_250_000, 3, -1, -1, -1, 60_000_000]
    assert {rule: mask.to_numpy().nonzero()[0].tolist() for rule, mask in result.faults.items()} == {
        "part_of_a_whole": [5, 6, 7]
    }


def test_percents_are_read_where_percents_are_due_and_nowhere_else() -> None:
    assert numbers.parse_number(column("98,5%", "7 %"), unit="%").values.tolist() == [98.5, 7.0]
    counts, amounts = numbers.parse_integer(column("100%")), numbers.parse_money(column("50%"))
    for result in (numbers.parse_number(column("85%")), counts, amounts):
        assert result.values.isna().all()
        assert list(result.faults) == ["percent_not_expected"]


def test_numeric_columns_pass_as_they_are() -> None:
    result = numbers.parse_number(pd.Series([1.5, None, 2.0]))
    assert result.values.tolist()[0::2] == [1.5, 2.0]
    assert not find_bad(result).any()


def test_integers_refuse_fractions_and_keep_the_index() -> None:
    result = numbers.parse_integer(
        pd.Series(["1.234", 5.0, "12,5", 2.5, None, 10**20], index=range(10, 16), dtype=object)
    )
    assert result.values.dtype == "Int64"
    assert result.values.dropna().to_dict() == {10: 1234, 11: 5}
    assert find_bad(result).to_dict() == {10: False, 11: False, 12: True, 13: True, 14: False, 15: True}


def test_money_is_exact_where_floats_are_not() -> None:
    millions = column("132.947,603", 187632.809, "9.007.199.254,740993", "0,0000005", "-36,889")
    result = numbers.parse_money(millions, multiplier=10**6)
    assert result.values.tolist() == [132947603000, 187632809000, 9007199254740993, 1, -36889000]
    assert not find_bad(result).any()


def test_money_beyond_64_bits_is_bad() -> None:
    result = numbers.parse_money(column("9.999.999.999.999", "9" * 29), multiplier=10**9)
    assert result.values.isna().all()
    assert find_bad(result).all()


def vietnamese(value: Decimal, grouped: bool) -> str:
    whole, _, part = f"{abs(value):,f}".partition(".")
    whole = whole.replace(",", "." if grouped else "")
    return ("-" if value < 0 else "") + whole + (f",{part}" if part else "")


amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=3, allow_nan=False, allow_infinity=False)


@given(st.lists(amounts, max_size=6), st.booleans())
def test_whatever_is_written_the_vietnamese_way_is_read_back(values: list[Decimal], grouped: bool) -> None:
    written = pd.Series([vietnamese(value, grouped) for value in values], dtype=object)
    assert numbers.parse_money(written, multiplier=1000).values.tolist() == [int(value * 1000) for value in values]
    assert numbers.parse_number(written).values.tolist() == [float(value) for value in values]


@given(st.lists(st.one_of(st.text(max_size=12), st.floats(), st.integers(), st.none(), st.booleans()), max_size=10))
def test_any_cell_is_a_value_or_missing_or_bad(cells: list[object]) -> None:
    for parse in (numbers.parse_number, numbers.parse_integer, numbers.parse_money):
        result = parse(pd.Series(cells, dtype=object))
        assert not (find_bad(result) & result.values.notna()).any()
        assert len(result.values) == len(cells)


def test_first_integer_of_a_total_row() -> None:
    assert numbers.find_first_integer(["Tổng cộng", "98 hồ sơ"]) == 98
    assert numbers.find_first_integer(["Tổng cộng", "1.234 hồ sơ"]) == 1234
    assert numbers.find_first_integer([None, "Tổng cộng", 12.5, 70.0]) == 70
    assert numbers.find_first_integer(["Tổng cộng", "12,5 ha"]) is None


def test_counts_in_thousands_are_whole_once_they_are_counted() -> None:
    told = numbers.parse_integer(pd.Series(["1,5", 2, "0,0005", "12"], dtype=object), "vi", Decimal(1000))
    assert told.values.tolist() == [1500, 2000, pd.NA, 12_000]
    assert find_bad(told).tolist() == [False, False, True, False]


@pytest.mark.parametrize("cell", ["(1.234) (2)", "(1.234)*", "-1.234¹", "-1.234"])
def test_a_mark_of_a_footnote_may_follow_a_bracket(cell: str) -> None:
    assert numbers.parse_money(pd.Series([cell]), 10**6).values.tolist() == [-1_234_000_000]


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("3 tỷ", 3 * 10**9), ("1.500.000 đồng", 1_500_000), ("12,5 triệu đồng", 12_500_000), ("-40 tr.đ", -40_000_000),
        ("7.250đ", 7250), ("2 500 nghìn đồng", 2_500_000),
    ],
)  # fmt: skip
def test_an_amount_is_read_in_the_unit_that_its_cell_names(cell: str, amount: int) -> None:
    assert numbers.parse_money(column(cell, "9"), 10**6).values.tolist() == [amount, 9_000_000]


@pytest.mark.parametrize(
    "cell", ["3 T.đồng", "5 USD", "4 đồng/m2", "2 tỷ 500 triệu", "6 ha", "8 hộ", "7 triệu còn lại"]
)
def test_what_is_more_or_less_than_one_unit_of_money_is_refused(cell: str) -> None:
    assert find_bad(numbers.parse_money(column(cell), 10**6)).all()


def test_a_sign_of_dong_is_read_where_dong_are_meant_and_refused_elsewhere() -> None:
    cells = column("60000000 ₫", "1.500₫")
    assert numbers.parse_money(cells).values.tolist() == [60_000_000, 1_500]
    under_millions = numbers.parse_money(cells, 10**6)
    assert under_millions.values.isna().all()
    assert under_millions.faults["sign_of_dong"].all()
    assert numbers.parse_integer(cells).faults["unreadable_number"].all()


def test_a_measure_is_read_in_the_unit_that_its_cell_names() -> None:
    told = numbers.parse_number(column("12,5 ha", "1.200 m²", "3 km", "4 hộ", "0,5"), unit="ha")
    assert told.values.tolist()[:2] == pytest.approx([12.5, 0.12])
    assert find_bad(told).tolist() == [False, False, True, True, False]
    assert find_bad(numbers.parse_integer(column("12 ha"))).all()
