"""Cells of workbooks come out as a person reads them: scaled formats, percents, errors."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import openpyxl
import pandas as pd
import pytest

from dagster_project.ingest import readers
from dagster_project.ingest.normalise.numbers import parse_money, parse_number
from dagster_project.ingest.readers.base import RawTable
from dagster_project.ingest.readers.xlsx_cells import OddCell, find_odd_cells
from dagster_project.ingest.readers.xlsx_formats import ShownAs, choose_odd_styles, read_format, show_value
from tests.support.kits.reader_kit import HEADERS, SPEC, data_row, sheet


def read_with(value: Any, number_format: str) -> RawTable:
    """A table whose first row has an area of this value and format."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    for row in sheet(data_row(1), data_row(2)):
        page.append(list(row))
    cell = page.cell(6, HEADERS.index("Diện tích (ha)") + 1, value)
    cell.number_format = number_format
    stream = io.BytesIO()
    book.save(stream)
    return readers.read(stream.getvalue(), "a.xlsx", SPEC)[0]


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (10_000_000_000, "#,##0,,", 10_000), (1_500_000, '#,##0.0,," triệu"', "1,5 triệu"), (12_345, "#,##0,", 12.345),
        (-2_000_000, "#,##0,,;(#,##0,,)", -2), (0.5, "0%", "50%"), (0.985, "0.00%", "98,5%"), (0, "0%", "0%"),
        (1234.5, "#,##0", 1234.5), (1234.5, '#,##0" đ"', "1234,5 ₫"), (7, '0"%"', "7%"), (3.25, "[Red]0.00", 3.25),
        ("1,5", "#,##0,,", "1,5"),
    ],
)  # fmt: skip
def test_a_number_is_what_its_format_shows(value, number_format, shown):
    table = read_with(value, number_format)
    assert table.frame["area_ha"].tolist() == [shown, 1.5]


@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#N/A", "#VALUE!"])
def test_an_error_comes_out_as_its_text(error):
    assert read_with(error, "General").frame["area_ha"].tolist() == [error, 1.5]


def read_known(code: str) -> ShownAs:
    found = read_format(code)
    assert found is not None
    return found


MILLIONS = read_known("#,##0,,")


def test_what_is_no_number_is_not_scaled():
    assert [show_value(value, MILLIONS) for value in ("a", True, None, float("inf"))] == ["a", True, None, float("inf")]
    assert show_value(2_500_000, MILLIONS) == 2.5


@pytest.mark.parametrize(
    "code",
    [
        "", "General", "#,##0", "0.00", "[$-42A]#,##0.0", "[Red]0.00", "0.00E+00",
        "# ?/?", r'_(* #,##0_);_(* \(#,##0\);_(* "-"??_);_(@_)', r"#\ ##0", r"#\.##0", "#,##0;[Red]#,##0",
        r'_-* #,##0\ _₫_-;\-* #,##0\ _₫_-;_-* "-"\ _₫_-;_-@_-', "#,##0;-#,##0;;@", "dd/mm/yyyy", "[h]:mm", "@",
        "[$-42A]dd mmmm yyyy", "[Red][<0]0.00;0.00", "0.00_);(0.00)", "h:mm AM/PM", '"ngày" dd', "0;-0;@",
    ],
)  # fmt: skip
def test_most_formats_show_the_number_that_the_cell_holds(code):
    assert read_format(code) is None


@pytest.mark.parametrize("code", ['#,##0" đ"', r"#,##0\ [$₫-42A]", "[$VNĐ] #,##0", '#,##0 "đồng"'])
def test_a_format_of_dong_says_so(code):
    assert show_value(60_000_000.0, read_known(code)) == "60000000 ₫"


@pytest.mark.parametrize(
    ("code", "printed"),
    [("mmm-yy", "03/2025"), ("mm/yyyy", "03/2025"), ('"tháng" m "năm" yyyy', "03/2025"), ("yyyy", "2025")],
)
def test_a_day_of_which_its_format_shows_no_day_is_none(code, printed):
    assert show_value(datetime(2025, 3, 1), read_known(code)) == printed
    assert show_value(date(2025, 3, 1), read_known(code)) == printed


def test_a_workbooks_own_format_of_months_is_known():
    table = read_with(date(2025, 3, 1), "mmm-yy")
    assert table.frame["area_ha"].tolist() == ["03/2025", 1.5]


@pytest.mark.parametrize(
    ("code", "value", "printed"),
    [
        ("000", 7.0, "007"), ("0000000", 815.0, "0000815"), (r"00\-000", 12345.0, "12-345"), ("00-000", 67.0, "00-067"),
        ("000;-000", 12.0, "012"), ("##-##", 1234567.0, "12345-67"), ("00", 123.0, "123"),
    ],
)  # fmt: skip
def test_a_number_is_printed_with_zeros_and_dashes_of_its_format_and_stays_a_number(code, value, printed):
    shown = show_value(value, read_known(code))
    assert (shown, shown.printed) == (value, printed)


def test_what_is_no_whole_number_is_printed_by_no_mask():
    assert type(show_value(7.5, read_known("000"))) is float


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ('"DA-"00-000', 12345.0, "DA-12-345"),
        ('"DA-"@', "17", "DA-17"),
        ('0;-0;0;@"/TB"', "80", "80/TB"),
        ('"x"@', " ", " "),
    ],
)
def test_words_around_a_key_are_part_of_it(code, value, shown):
    assert show_value(value, read_known(code)) == shown


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("[>=1000000]#,##0,,;#,##0", 5_000_000.0, 5.0), ("[>=1000000]#,##0,,;#,##0", 500.0, 500.0),
        ("[>=1000000]#,##0,,;#,##0", -2_000_000.0, -2_000_000.0),
        ("[>=1000000000]0,,,;[>=1000000]0,,;0", 3e9, 3.0), ("[>=1000000000]0,,,;[>=1000000]0,,;0", 3e6, 3.0),
        ("[>=1000000000]0,,,;[>=1000000]0,,;0", 7.0, 7.0),
        ("#,##0,,;-#,##0", 2_000_000.0, 2.0), ("#,##0,,;-#,##0", -2_000_000.0, -2_000_000.0), ("#,##0,,;-0", 0.0, 0.0),
        ("#,##0;-#,##0;0%", 0.0, "0%"), ("#,##0;-#,##0;0%", 3.0, 3.0), ("0%;-0", -0.5, -0.5), ("0%", 1, "100%"),
        ('#,##0" triệu"', 5.0, "5 triệu"), ('#,##0.0,,\\ "tr.đ"', 5_500_000.0, "5,5 tr.đ"), ('0.0" ha"', 1.5, "1,5 ha"),
        ('"$"#,##0', 5.0, "$5"), ("[$USD] 0", 5.0, "USD 5"), ('0" ha"', 1.234, "1,2340 ha"),
        ('"DA"000', 7.0, "DA007"), ('General" tỷ"', 2.0, "2 tỷ"),
        ('"có";"âm";"không"', 1.0, "có"), ('"có";"âm";"không"', 0.0, "không"), (";;;", 0.0, 0.0),
    ],
)  # fmt: skip
def test_the_section_of_a_number_and_its_words_count(code, value, shown):
    found = read_format(code)
    assert (value if found is None else show_value(value, found)) == shown


@pytest.mark.parametrize(
    ("code", "value"),
    [
        (";;;", 5.0), ("0;;0", -5.0), ("0;0", -5.0), ("[>100]0,", 500.0), ("[>9]0;0,;0", 5.0), (r"0\.0", 125.0),
        ('0".000"', 5.0), ('"1"000', 5.0), ("0%%", 0.5), ("0,%", 500.0), ('0"x"0', 12.0),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_no_number(code, value):
    cell = show_value(value, read_known(code))
    assert isinstance(cell, str)
    assert code in cell
    for unit in ("%", "ha"):
        assert parse_number(pd.Series([cell], dtype=object), unit=unit).faults
    assert parse_money(pd.Series([cell], dtype=object)).faults


def test_only_odd_cells_are_listed():
    xml = (
        b'<row r="2"><c r="A2" s="1"><v>5</v></c><c r="B2" s="0"><v>6</v></c><c r="C2" t="e"><v>#REF!</v></c>'
        b'<c r="AA2"><f>SUM(A1:A2)</f><v>7</v></c><c r="AB2"><f>A1</f></c></row>'
    )
    assert list(find_odd_cells(xml, {1: MILLIONS})) == [
        OddCell(1, 0, None, has_formula=False, has_value=True, shown=MILLIONS),
        OddCell(1, 2, "#REF!", has_formula=False, has_value=True, shown=None),
        OddCell(1, 26, None, has_formula=True, has_value=True, shown=None),
        OddCell(1, 27, None, has_formula=True, has_value=False, shown=None),
    ]


def test_the_sign_of_money_of_a_built_in_format_is_that_of_the_machine():
    accounts = '_("$"* #,##0_);_("$"* (#,##0);_("$"* "-"_);_(@_)'
    assert choose_odd_styles({42: accounts}, [0, 42, 9]) == {2: read_format("0%")}
    assert choose_odd_styles({164: accounts}, [0, 164]) == {1: read_format(accounts)}
