"""Which rows are data: parts of a row, groups that name a commune, column numbers, tables under and beside others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import RawTable
from tests.support.kits.reader_kit import HEADERS, SPEC, data_row, workbook

GROUPED = replace(SPEC, place="commune")


def read(*rows: list[Any], spec: readers.ReadSpec = SPEC) -> list[RawTable]:
    return readers.read(workbook(("Biểu 1", rows)), "a.xlsx", spec)


def codes(table: RawTable) -> list[str]:
    return table.frame["project_code"].tolist()


@pytest.mark.parametrize(
    "label", ["Trong đó: vốn trung ương", "Tr. đó:", "- Đợt 1", "– Đợt 2", "+ Hợp phần B", "Bao gồm:", "- Gói thầu 3"]
)
@pytest.mark.parametrize("has_ordinal", [True, False])
def test_what_a_row_consists_of_is_no_row_of_its_own(label: str, has_ordinal: bool) -> None:
    part = [None, None, label, None, None, 0.5, 4]
    rows = [HEADERS, data_row(1), part, part, data_row(2), part]
    (table,) = read(*([row if has_ordinal else row[1:] for row in rows]))
    assert codes(table) == ["7100501", "7100502"]
    assert table.not_data["kind"].tolist() == ["header", "part", "part", "part"]
    assert table.totals["_kind"].tolist() == ["part", "part", "part"]
    assert (table.totals["_from_row"] == table.totals["_to_row"]).all()  # held against the row above alone


def test_the_same_words_before_any_row_head_a_group() -> None:
    (table,) = read(HEADERS, [None, None, "Trong đó:"], data_row(1), data_row(2))
    assert table.not_data["kind"].tolist() == ["header", "group"]


def test_a_commune_in_a_group_row_holds_until_a_group_of_its_level() -> None:
    rows = [
        ["I", None, "Phường Vĩnh Yên"], data_row(1, c3=None), ["-", None, "Đợt đầu"], data_row(2, c3=None),
        data_row(3, c3="Xã Yên Lạc"), ["II", None, "Dự án khác"], data_row(4, c3=None),
    ]  # fmt: skip
    (table,) = read(HEADERS, *rows, spec=GROUPED)
    assert table.frame["commune"].tolist() == ["phường vĩnh yên", "phường vĩnh yên", "Xã Yên Lạc", None]


def test_a_group_row_stands_for_a_column_that_is_not_there() -> None:
    without = [[cell for at, cell in enumerate(row) if at != 3] for row in (HEADERS, data_row(1), data_row(2))]
    (table,) = read(without[0], ["I", None, "Xã Yên Lạc"], *without[1:], spec=GROUPED)
    assert table.frame["commune"].tolist() == ["xã yên lạc"] * 2
    with pytest.raises(BlockedFile) as caught:
        read(*without, spec=GROUPED)
    assert caught.value.rule == "missing_column"


@pytest.mark.parametrize("numbers", [range(1, 8), ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)=(5)*2", "(7)"]])
def test_numbers_of_columns_are_no_row(numbers: Any) -> None:
    (table,) = read(HEADERS, list(numbers), data_row(1))
    assert codes(table) == ["7100501"]
    assert table.not_data["kind"].tolist() == ["header", "column_numbers"]


@pytest.mark.parametrize("has_ordinal", [True, False])
@pytest.mark.parametrize("above", [[], [["STT", "Thông tin chung", None, None, "Kết quả", None, None]]])
def test_a_lower_table_has_its_own_columns(has_ordinal: bool, above: list[list[Any]]) -> None:
    order = [0, 3, 1, 2, 4, 6, 5]
    names = [None, *HEADERS[1:]] if above else HEADERS
    moved = [[row[at] for at in order] for row in (names, data_row(2))]
    rows = [*above, names, data_row(1), [], *above, *moved]
    first, second = read(*(row if has_ordinal else row[1:] for row in rows))
    assert (codes(first), codes(second)) == (["7100501"], ["7100502"])
    assert second.frame["households"].tolist() == [20]
    assert second.frame["_row"].tolist() == [len(rows)]


def test_tables_side_by_side_are_cut_where_the_second_begins() -> None:
    head, numbers = [*HEADERS, "Cán bộ"], [*range(1, 9)]
    left, right = read([*head, *head], [*numbers, *numbers], [*data_row(1), "A", *data_row(2), "B"])
    assert (codes(left), codes(right)) == (["7100501"], ["7100502"])
    assert left.unknown_headers == right.unknown_headers == ["Cán bộ"]
    assert [kind for table in (left, right) for kind in table.not_data["kind"]] == [
        "header", "column_numbers", "column_numbers",
    ]  # fmt: skip
