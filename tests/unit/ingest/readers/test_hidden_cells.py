"""Rows and columns that a workbook hides are read, and its sender is told."""

from __future__ import annotations

import io

import openpyxl
import pytest

from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import Finding
from tests.support.kits.reader_kit import HEADERS, SPEC, data_row, workbook


@pytest.mark.parametrize("what", ["row", "column"])
def test_hidden_rows_and_columns_are_read_and_named(what: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(("Biểu 1", [HEADERS, data_row(1), data_row(2), data_row(3)]))))
    sheet = book["Biểu 1"]
    dimension = sheet.row_dimensions[3] if what == "row" else sheet.column_dimensions["F"]
    dimension.hidden = True
    stream = io.BytesIO()
    book.save(stream)
    (table,) = readers.read(stream.getvalue(), "a.xlsx", SPEC)
    assert table.frame["households"].tolist() == [10, 20, 30]
    assert table.frame["area_ha"].tolist() == [1.5, 1.5, 1.5]
    assert table.findings == [Finding("hidden_cells", value="Biểu 1")]


def test_nothing_hidden_is_nothing_said() -> None:
    (table,) = readers.read(workbook(("Biểu 1", [HEADERS, data_row(1)])), "a.xlsx", SPEC)
    assert table.findings == []
