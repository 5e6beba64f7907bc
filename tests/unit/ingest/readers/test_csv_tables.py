"""What stands between the rows of a delimited file means what it means in a workbook: the same tables, the same
refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import RawTable
from tests.support.kits.reader_kit import SPEC, workbook

BOOK = replace(
    SPEC,
    amounts=frozenset({"area_ha", "households"}),
    names=frozenset({"project_code", "project_name", "commune"}),
)
TEXT = replace(BOOK, kind="csv", delimiter=";")
HEADER = ["STT", "Mã dự án", "Tên dự án", "Xã/Phường", "Ngày báo cáo", "Diện tích (ha)", "Số hộ"]
SWAPPED = [HEADER[0], HEADER[2], HEADER[1], *HEADER[3:]]
WIDER = [*HEADER[:6], "Vướng mắc", HEADER[6]]


def row(number: int) -> list[str]:
    return [str(number), f"DA-{number:02}", f"Kè suối {number}", "Phường Nông Trang", "09/07/2025", "1,5", f"{number}0"]


def write(rows: list[list[str]], is_padded: bool) -> bytes:
    width = max(map(len, rows))
    return "\n".join(";".join([*line, *[""] * ((width - len(line)) * is_padded)]) for line in rows).encode()


def leave_out_numbers(rows: list[list[str]]) -> list[list[str]]:
    return [line[1:] if len(line) > 1 else line for line in rows]


def tell(tables: list[RawTable]) -> list[object]:
    return [
        (
            table.title,
            table.unit_phrases,
            table.frame.astype(object).to_dict("list"),
            table.not_data.to_numpy().tolist(),
        )
        for table in tables
    ]


@pytest.mark.parametrize("has_numbers", [True, False])
@pytest.mark.parametrize("is_padded", [True, False])
@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ([["ĐVT: ha"], HEADER, row(1), row(2), ["ĐVT: m2"], HEADER, row(3), row(4)], 2),
        ([["Số liệu đến 30/06/2025"], HEADER, row(1), row(2), ["Số liệu đến ngày 31/07/2025"], HEADER, row(3)], 2),
        ([HEADER, row(1), row(2), SWAPPED, ["3", "Kè suối 3", "DA-03", *row(3)[3:]]], 2),
        ([HEADER, row(1), row(2), ["Biểu số 2"], WIDER, [*row(3)[:6], "thiếu đất", "30"], [*row(4)[:6], "", "40"]], 2),
        ([HEADER, row(1), row(2), SWAPPED, ["3", "Kè", "DA-03", *row(3)[3:]], ["Phụ lục"], HEADER, row(4)], 3),
        ([HEADER, row(1), row(2), HEADER, row(3)], 1),
        ([HEADER, row(1), row(2), ["Trang 2"], HEADER, row(3)], 1),
    ],
)
def test_tables_one_under_the_other(rows: list[list[str]], count: int, is_padded: bool, has_numbers: bool) -> None:
    rows = rows if has_numbers else leave_out_numbers(rows)
    tables = readers.read(write(rows, is_padded), "du_an.csv", TEXT)
    assert len(tables) == count
    of_book = readers.read(workbook(("S", rows)), "du_an.xlsx", BOOK)
    if is_padded or rows[3] != ["Trang 2"]:  # alone on its line it does not fit the header, and is kept as a bad row
        assert tell(tables) == tell(of_book)
    kept = [number for table in tables for number in table.frame["_row"]]
    assert kept == [number for table in of_book for number in table.frame["_row"]]
    assert sum(table.rows_read for table in tables) == len(rows)


@pytest.mark.parametrize("has_numbers", [True, False])
@pytest.mark.parametrize("is_padded", [True, False])
@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (["Đơn vị tính: triệu đồng"], "unit_not_understood"),
        (["", "", "", "", "", "", "ĐVT: m2"], "unit_not_understood"),
        (["KỲ TRƯỚC"], "missing_column"),
        (["Cùng kỳ năm 2024"], "missing_column"),
        (["Dự kiến:"], "missing_column"),
    ],
)
def test_a_line_that_changes_what_the_rows_below_mean_is_refused_as_in_a_workbook(
    line: list[str], rule: str, is_padded: bool, has_numbers: bool
) -> None:
    rows = [HEADER, row(1), row(2), line, row(3)]
    rows = rows if has_numbers else leave_out_numbers(rows)
    with pytest.raises(BlockedFile) as of_text:
        readers.read(write(rows, is_padded), "du_an.csv", TEXT)
    with pytest.raises(BlockedFile) as of_book:
        readers.read(workbook(("S", rows)), "du_an.xlsx", BOOK)
    assert of_text.value.rule == of_book.value.rule == rule
    sheet = {"trang tính “S”, ": "", " ở trang tính “S”": ""}
    said = str(of_book.value)
    for words, instead in sheet.items():
        said = said.replace(words, instead)
    assert str(of_text.value) == said


def test_a_unit_in_a_column_that_is_not_read_is_seen() -> None:
    rows = [[*HEADER, "Vướng mắc"], [*row(1), ""], [*row(2), ""], [*[""] * 7, "ĐVT: m2"], [*row(3), ""]]
    with pytest.raises(BlockedFile, match="Giữa bảng có dòng đơn vị tính khác"):
        readers.read(write(rows, is_padded=True), "du_an.csv", TEXT)


@pytest.mark.parametrize("line", ["Kỳ trước chuyển sang", "Nhóm dự án chưa triển khai", "Dự án thuộc kế hoạch 2025"])
def test_a_group_that_only_names_its_rows_stays_a_group(line: str) -> None:
    rows = [HEADER, row(1), row(2), [line], row(3)]
    (table,) = readers.read(write(rows, is_padded=True), "du_an.csv", TEXT)
    assert table.frame["_row"].tolist() == [2, 3, 5]
    assert table.not_data.to_numpy().tolist() == [[1, "header"], [4, "group"]]


def test_rows_of_the_second_table_keep_their_number_after_cells_of_several_lines() -> None:
    broken = [*row(2)[:2], '"Kè suối\nđoạn 2"', *row(2)[3:]]
    rows = [HEADER, row(1), broken, SWAPPED, ["3", '"Kè\nđá"', "DA-03", *row(3)[3:]]]
    first, second = readers.read(write(rows, is_padded=True), "du_an.csv", TEXT)
    assert first.frame["_row"].tolist() == [2, 3]
    assert (second.frame["_row"].tolist(), second.frame["project_name"].tolist()) == ([5], ["Kè\nđá"])


def test_a_mark_that_is_not_closed_hides_no_second_table() -> None:
    rows = [HEADER, row(1), [*row(2)[:2], '"Kè', *row(2)[3:]], SWAPPED, ["3", "Kè đá", "DA-03", *row(3)[3:]]]
    first, second = readers.read(write(rows, is_padded=True), "du_an.csv", TEXT)
    assert first.bad_rows["_row"].tolist() == [3]
    assert (second.frame["_row"].tolist(), second.frame["project_code"].tolist()) == ([5], ["DA-03"])
