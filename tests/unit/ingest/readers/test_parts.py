"""Rows that tell a part of the row above them, and totals of the rows of one key."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import RawTable
from tests.support.kits.reader_kit import HEADERS, SPEC, data_row, workbook

NAMED = replace(
    SPEC,
    amounts=frozenset({"area_ha", "households"}),
    names=frozenset({"project_code", "project_name", "commune"}),
    place="commune",
)


def read(*rows: list[Any], kind: str = "xlsx") -> RawTable:
    whole = [HEADERS, *rows]
    if kind == "csv":
        lines = (";".join("" if cell is None else str(cell) for cell in row) for row in whole)
        return readers.read("\n".join(lines).encode(), "a.csv", NAMED)[0]
    return readers.read(workbook(("A", whole)), "a.xlsx", NAMED)[0]


def part(mark: str | None, label: str, area: float = 0.5) -> list[Any]:
    return [mark, None, label, None, None, area, 4]


def list_covered(table: RawTable) -> list[list[Any]]:
    return table.totals[["_kind", "_from_row", "_to_row"]].to_numpy().tolist()


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("marks", [("a", "b"), ("a)", "b)"), ("-", "-"), ("+", "+"), (None, None)])
def test_marked_rows_that_begin_below_a_row_are_its_parts(kind: str, marks: tuple[Any, Any]) -> None:
    label = "Đất ở" if marks[0] else "+ Đất ở"
    parts = [part(marks[0], label), part(marks[1], label)]
    table = read(data_row(1), *parts, data_row(2), *parts, kind=kind)
    assert table.frame["_row"].tolist() == [2, 5]
    assert list_covered(table) == [["part", 2, 2]] * 2 + [["part", 5, 5]] * 2


@pytest.mark.parametrize("marks", [("a", "b"), ("-", "-"), ("A", "B")])
def test_marked_rows_above_the_rows_of_a_section_head_them(marks: tuple[str, str]) -> None:
    section = [part(marks[0], "Chuyển tiếp", 1.5), data_row(1), part(marks[1], "Khởi công mới", 1.5), data_row(2)]
    table = read(["I", None, "Giao thông"], *section, ["II", None, "Thủy lợi"], *section)
    assert table.frame["_row"].tolist() == [4, 6, 9, 11]
    assert [covered[:2] for covered in list_covered(table)] == [["group", at] for at in (4, 6, 9, 11)]


@pytest.mark.parametrize("label", ["Xã Yên Lạc", "- Phường Vĩnh Yên", "Huyện Lạc Sơn"])
def test_a_place_heads_rows_wherever_it_stands(label: str) -> None:
    table = read(data_row(1), part("-", label), data_row(2, c3=None))
    assert "part" not in set(table.not_data["kind"])


def test_a_dash_before_the_key_of_the_row_above_tells_a_part_and_before_another_none() -> None:
    rows = [data_row(1), data_row(1, c0="-", c2="Đợt 1", c3=None), data_row(1, c0="-", c3="Xã Yên Lạc")]
    table = read(*rows, data_row(2, c0="-"))
    assert table.frame["_row"].tolist() == [2, 4, 5]
    table = read(data_row(1, c0="-"), data_row(1, c0="-"))
    assert table.frame["_row"].tolist() == [2, 3]


@pytest.mark.parametrize("label", ["Cộng dự án 7100501", "Cộng dự án", "Tổng cộng dự án 7100501", "Cộng 7100501"])
def test_a_total_of_one_project_covers_its_rows(label: str) -> None:
    two = [data_row(1), data_row(2, c1="7100501", c3="Xã Yên Lạc")]
    table = read(data_row(3), *two, [None, None, label, None, None, 3, 30], data_row(4), part(None, "Tổng cộng"))
    assert list_covered(table) == [["total", 3, 4], ["total", 2, 6]]
    table = read(
        ["I", None, "Xã Yên Lạc"], data_row(1, c3=None), part(None, "Cộng dự án 7100501"), data_row(2, c3=None)
    )
    assert table.frame["commune"].tolist() == ["xã yên lạc"] * 2


def test_a_total_that_counts_what_a_key_is_covers_all() -> None:
    rows = [data_row(number, c1=str(number)) for number in (1, 2)]
    table = read(*rows, [None, None, "Tổng cộng: 2 dự án", None, None, 3, 30])
    assert list_covered(table) == [["total", 2, 3]]
