"""A dressed sheet says what it said, and knows where its rows stand."""

from __future__ import annotations

import io
from datetime import date

import numpy as np
import pytest
import python_calamine

from dagster_project.simulate import office
from dagster_project.simulate.context import Context
from dagster_project.simulate.forms import dress
from dagster_project.simulate.forms.sending import send_workbook
from dagster_project.simulate.office import Column, PlainNumber, Sheet
from dagster_project.simulate.statements import Delivery

CODES = np.array([f"DA-{nth:03d}" for nth in range(12)], dtype=object)


def make_sheet(**told: object) -> Sheet:
    """Return a sheet of twelve rows with money in triệu đồng and a day each."""
    columns = [
        Column("STT", np.arange(1, 13).astype(object)),
        Column("Mã dự án", CODES.copy()),
        Column("Tên dự án", np.array([f"Công trình {nth}" for nth in range(12)], dtype=object)),
        Column("Đã chi", np.array([nth * 1000 + 500 for nth in range(12)], dtype=object), is_money=True),
        Column("Ngày báo cáo", np.array([45851.0] * 11 + [PlainNumber(45850)], dtype=object), style="date"),
        Column("Ghi chú", np.full(12, None, dtype=object)),
    ]
    title = ["BIỂU THỬ", "(Số liệu đến ngày 13/07/2025)"]
    return Sheet("Biểu", columns, "SỞ THỬ", title, unit_line="ĐVT: triệu đồng", **told)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(40))
def test_rows_are_found_where_they_stand(tmp_path, seed):
    context = Context(tmp_path / "inbox", seed, 0.001, date(2025, 7, 13), "field")
    sent = send_workbook(context, Delivery(), "thu", "bieu.xlsx", [make_sheet()], date(2025, 7, 1))
    if not sent.file.endswith((".xlsx", ".xls", ".ods")):
        pytest.skip("not a workbook that calamine opens")
    book = python_calamine.load_workbook(io.BytesIO(context.find_path("thu", sent.file).read_bytes()))
    rows = book.get_sheet_by_name(sent.names[0]).to_python(skip_empty_area=False)
    if "old_font" in sent.remarks or "doubled_encoding" in sent.remarks:
        pytest.skip("its letters are of an old font")
    found = [rows[row - 1] for row in sent.find_rows(np.arange(12))]
    assert [next(cell for cell in row if cell in CODES) for row in found] == CODES.tolist()
    filled = sum(any(cell != "" for cell in row) for row in rows)
    assert filled == sent.extents[0].filled


def test_the_other_degrees_write_as_ever(tmp_path):
    for mess in ("none", "normal", "hard"):
        context = Context(tmp_path / mess, 1, 0.001, date(2025, 7, 13), mess)  # type: ignore[arg-type]
        sent = send_workbook(context, Delivery(), "thu", "bieu.xlsx", [make_sheet()])
        content, _ = office.make_workbook([make_sheet()])
        assert context.find_path("thu", "bieu.xlsx").read_bytes() == content
        assert sent.remarks == ()
        assert sent.between == [[]]


def test_millions_are_shown_and_days_counted_from_1904():
    dressed = dress.Dressed(make_sheet(), np.random.default_rng(0))
    assert any(dress.shown_in_millions(dressed) for _ in range(200))
    assert dressed.sheet.columns[3].cells[1] == 1_500_000_000
    moved = dress.count_from_1904(make_sheet())
    assert moved.columns[4].cells.tolist() == [44389.0] * 11 + [44388.0]
    assert isinstance(moved.columns[4].cells[-1], PlainNumber)
    book = python_calamine.load_workbook(io.BytesIO(office.make_workbook([moved], from_1904=True)[0]))
    rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert date(2025, 7, 13) in [row[4] for row in rows]


def test_a_part_of_a_row_stands_below_it_and_is_no_row():
    dressed = dress.Dressed(make_sheet(), np.random.default_rng(3))
    assert any(dress.rows_of_parts(dressed) for _ in range(200))
    (place,) = dressed.between
    money = dressed.sheet.columns[3].cells
    assert money[place] == money[place - 1] / 2
    assert dressed.sheet.columns[0].cells[place] is None
