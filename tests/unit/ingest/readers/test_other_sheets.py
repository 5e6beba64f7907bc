"""Sheets of a workbook that are no table of the form: told of where they hold figures, and lists of allowed values."""

from __future__ import annotations

from typing import Any

import pytest

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import Finding, RawTable
from tests.support.kits.reader_kit import HEADERS, HEADING, SPEC, TAIL, data_row, workbook

OTHER_WORDS = ["STT", "Ký hiệu", "Tên công trình", "Địa bàn", "Kỳ", "Quy mô", "Hộ dân"]
VALUES = ["Tên dự án", "Xã/Phường", "Số hộ"]


def read(rows: list[list[Any]]) -> list[RawTable]:
    return readers.read(workbook(("Biểu 1", [*HEADING, HEADERS, data_row(1)]), ("Trang 2", rows)), "a.xlsx", SPEC)


def find_told(tables: list[RawTable]) -> list[Finding]:
    return [finding for table in tables for finding in table.findings]


@pytest.mark.parametrize(
    "rows",
    [
        [data_row(2), data_row(3)],
        [*HEADING, OTHER_WORDS, data_row(2)],
        [["Tuyến đường", "12,5", "40"]],
    ],
)
def test_a_sheet_with_figures_of_which_nothing_is_read_is_told_of(rows: list[list[Any]]) -> None:
    tables = read(rows)
    assert [len(table.frame) for table in tables] == [1, 0]
    assert find_told(tables) == [Finding("unread_table", value="Trang 2")]


@pytest.mark.parametrize(
    "rows",
    [
        [*HEADING, *TAIL],
        [["STT", "Nội dung", "Phòng"], [1, "Kiểm đếm", "Quản lý đất đai"], [2, "Chi trả", "Kế toán"]],
        [["(1)", "(2)", "(3)", "(4)"]],
    ],
)
def test_notes_and_covers_are_not_told_of(rows: list[list[Any]]) -> None:
    assert find_told(read(rows)) == []


@pytest.mark.parametrize(
    "rows",
    [
        [VALUES, ["Đường", "Phường Việt Trì", "Nhiều"], ["Kè", "Xã Hy Cương", "Ít"], [None, "Xã Phú Mỹ"]],
        [["STT", *VALUES], [1, "Đường", "Phường Việt Trì", "Nhiều"], [2, "Kè", None, "Ít"]],
    ],
)
def test_a_list_of_allowed_values_blocks_nothing(rows: list[list[Any]]) -> None:
    tables = read(rows)
    assert [len(table.frame) for table in tables] == [1, 0]
    assert find_told(tables) == []
    assert set(tables[1].not_data["kind"]) == {"heading"}


def test_a_list_of_values_alone_and_rows_without_their_key_are_refused_as_before() -> None:
    with pytest.raises(BlockedFile) as alone:
        readers.read(workbook(("A", [VALUES, ["Đường", "Xã Hy Cương", "Ít"]])), "a.xlsx", SPEC)
    assert (alone.value.rule, "“Mã dự án”. Tiêu đề" in alone.value.message_vi) == ("missing_column", True)
    with pytest.raises(BlockedFile) as caught:
        read([["STT", *VALUES], [1, "Đường", "Xã Hy Cương", 20]])
    assert caught.value.rule == "missing_column"
