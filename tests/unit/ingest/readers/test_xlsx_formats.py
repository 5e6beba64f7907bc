"""Cells of workbooks come out as a person reads them: scaled formats, percents, errors."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import RawTable
from dagster_project.ingest.readers.xlsx_cells import OddCell, find_odd_cells
from dagster_project.ingest.readers.xlsx_formats import ShownAs, show_value
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
        (10_000_000_000, "#,##0,,", 10_000), (1_500_000, '#,##0.0,," triệu"', 1.5), (12_345, "#,##0,", 12.345),
        (-2_000_000, "#,##0,,;(#,##0,,)", -2), (0.5, "0%", "50%"), (0.985, "0.00%", "98,5%"), (0, "0%", "0%"),
        (1234.5, "#,##0", 1234.5), (1234.5, '#,##0" đ"', 1234.5), (7, '0"%"', 7), (3.25, "[Red]0.00", 3.25),
        ("1,5", "#,##0,,", "1,5"),
    ],
)  # fmt: skip
def test_a_number_is_what_its_format_shows(value, number_format, shown):
    table = read_with(value, number_format)
    assert table.frame["area_ha"].tolist() == [shown, 1.5]


@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#N/A", "#VALUE!"])
def test_an_error_comes_out_as_its_text(error):
    assert read_with(error, "General").frame["area_ha"].tolist() == [error, 1.5]


def test_what_is_no_number_is_not_scaled():
    assert [show_value(value, ShownAs(1000)) for value in ("a", True, None)] == ["a", True, None]
    assert show_value(2500, ShownAs(1000)) == 2.5


def test_only_odd_cells_are_listed():
    xml = (
        b'<row r="2"><c r="A2" s="1"><v>5</v></c><c r="B2" s="0"><v>6</v></c><c r="C2" t="e"><v>#REF!</v></c>'
        b'<c r="AA2"><f>SUM(A1:A2)</f><v>7</v></c><c r="AB2"><f>A1</f></c></row>'
    )
    assert list(find_odd_cells(xml, {1: ShownAs(1000)})) == [
        OddCell(1, 0, None, has_formula=False, has_value=True, style=1),
        OddCell(1, 2, "#REF!", has_formula=False, has_value=True, style=None),
        OddCell(1, 26, None, has_formula=True, has_value=True, style=None),
        OddCell(1, 27, None, has_formula=True, has_value=False, style=None),
    ]
