"""A block of rows makes the very bytes that XlsxWriter makes cell by cell."""

from __future__ import annotations

from datetime import date
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest

from dagster_project.extracts.workbook.block import Cells
from dagster_project.extracts.workbook.book import FIRST_ROW, Book

VALUES = ["Xã Âu Cơ", ' <b> & "=1+1" ', "-", "", None, 0, 7, -3.25, 13_864_200_000_000, date(2025, 7, 13), "dòng\nhai"]
HEADS = ("Một", "Hai", "Ba")


def table(rows: int) -> pd.DataFrame:
    cells = [[VALUES[(3 * row + 5 * column) % len(VALUES)] for column in range(3)] for row in range(rows)]
    return pd.DataFrame(cells, columns=list(HEADS), dtype=object)


def by_block(path, rows, heights):
    book = Book(path, date(2025, 7, 13), "v")
    sheet = book.add_sheet("Bảng", "BẢNG", HEADS, (9, 9, 9))
    sheet.write_block(FIRST_ROW, Cells.factorize(rows), book.choose_look, heights)
    sheet.write_string(FIRST_ROW + len(rows) + 1, 0, "Ghi chú dưới bảng", book.note)
    book.workbook.close()
    return path.read_bytes()


def by_cell(path, rows, heights):
    book = Book(path, date(2025, 7, 13), "v")
    sheet = book.add_sheet("Bảng", "BẢNG", HEADS, (9, 9, 9))
    for number, (cells, height) in enumerate(zip(rows.to_numpy(object), heights, strict=True), start=FIRST_ROW):
        sheet.set_row(number, float(height))
        for column, value in enumerate(cells):
            if value == "-":
                sheet.write_string(number, column, value, book.none)
            elif isinstance(value, int | float):
                sheet.write_number(number, column, value, book.numbers["count" if value == int(value) else "area"])
            else:
                book.write_text(sheet, number, column, value)
    sheet.write_string(FIRST_ROW + len(rows) + 1, 0, "Ghi chú dưới bảng", book.note)
    book.workbook.close()
    return path.read_bytes()


@pytest.mark.parametrize("rows", [1, 12, 13, 200])
def test_it_makes_the_bytes_that_are_made_cell_by_cell(tmp_path, rows):
    heights = np.array([15.0 * (1 + row % 4) for row in range(rows)])
    found, wanted = tmp_path / "block.xlsx", tmp_path / "cell.xlsx"
    by_block(found, table(rows), heights)
    by_cell(wanted, table(rows), heights)
    with ZipFile(found) as one, ZipFile(wanted) as other:
        assert one.namelist() == other.namelist()
        for name in one.namelist():
            assert one.read(name).decode() == other.read(name).decode(), name


def test_more_rows_than_are_written_at_a_time(tmp_path, monkeypatch):
    heights = np.full(40, 30.0)
    whole = by_block(tmp_path / "whole.xlsx", table(40), heights)
    monkeypatch.setattr("dagster_project.extracts.workbook.block._PART", 7)
    assert by_block(tmp_path / "parts.xlsx", table(40), heights) == whole
