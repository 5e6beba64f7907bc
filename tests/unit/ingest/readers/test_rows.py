"""Which rows are data: parts of a row, groups that name a commune, column numbers, tables under and beside others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import RawTable
from tests.support.kits.reader_kit import HEADERS, SPEC, data_row, workbook

NAMED = replace(
    SPEC,
    amounts=frozenset({"area_ha", "households"}),
    names=frozenset({"project_code", "project_name", "commune"}),
)
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


def test_a_commune_in_its_own_column_beside_figures_is_a_row_without_its_key() -> None:
    further = [None, None, None, "Phường Vĩnh Yên", None, 0.5, 4]
    (table,) = read(HEADERS, data_row(1), further, data_row(2), spec=GROUPED)
    assert table.frame["_row"].tolist() == [2, 3, 4]
    assert codes(table) == ["7100501", None, "7100502"]
    assert table.totals.empty


@pytest.mark.parametrize(
    "label", ["Cộng mang sang", "Số trang trước chuyển sang", "Mang sang trang sau", "CHUYỂN SANG"]
)
def test_a_sum_carried_over_a_page_is_no_total(label: str) -> None:
    carried = [None, None, label, None, None, 1.5, 12]
    (table,) = read(HEADERS, data_row(1), carried, carried, data_row(2))
    assert codes(table) == ["7100501", "7100502"]
    assert table.not_data["kind"].tolist() == ["header", "note", "note"]
    assert table.totals.empty


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


@pytest.mark.parametrize("line", [[None] * 5 + ["ĐVT: nghìn đồng"], ["Số liệu đến ngày 31/05/2025"], ["Bảng 2"]])
@pytest.mark.parametrize("gap", [[], [[]]])
def test_lines_above_a_repeated_header_begin_a_table(line: list[Any], gap: list[list[Any]]) -> None:
    heading = [["BIỂU TIẾN ĐỘ"], ["Số liệu đến ngày 30/06/2025"], [None] * 5 + ["ĐVT: triệu đồng"]]
    first, second = read(*heading, HEADERS, data_row(1), *gap, line, *gap, HEADERS, data_row(2))
    assert (codes(first), codes(second)) == (["7100501"], ["7100502"])
    (said,) = filter(None, line)
    assert said in second.title
    assert second.unit_phrases == (("nghìn đồng",) if "ĐVT" in said else ("triệu đồng",))
    assert ("30/06/2025" in second.title) == ("31/05/2025" not in said)


def test_a_header_with_another_unit_begins_a_table() -> None:
    other = [*HEADERS[:5], "Diện tích (m2)", HEADERS[6]]
    first, second = read(HEADERS, data_row(1), other, data_row(2))
    assert (first.header_units["area_ha"], second.header_units["area_ha"]) == ("ha", "m2")


@pytest.mark.parametrize("above", [[], [[]], [["Trang 2"]], [["BIỂU TIẾN ĐỘ"]], [[None, None, "Phường Vĩnh Yên"]]])
def test_a_header_repeated_by_a_page_break_begins_none(above: list[list[Any]]) -> None:
    (table,) = read(["BIỂU TIẾN ĐỘ"], HEADERS, data_row(1), *above, HEADERS, data_row(2))
    assert codes(table) == ["7100501", "7100502"]


def test_a_line_of_another_unit_between_the_rows_is_refused() -> None:
    line = [None, None, "ĐVT: nghìn đồng"]
    with pytest.raises(BlockedFile) as caught:
        read(["ĐVT: triệu đồng"], HEADERS, data_row(1), line, data_row(2))
    assert caught.value.rule == "unit_not_understood"
    assert "dòng 4" in caught.value.message_vi
    (same,) = read(["ĐVT: nghìn đồng"], HEADERS, data_row(1), line, data_row(2))
    assert codes(same) == ["7100501", "7100502"]


def test_a_required_column_that_is_planned_alone_is_refused_as_such() -> None:
    with pytest.raises(BlockedFile) as caught:
        read([*HEADERS[:6], "Số hộ (kế hoạch)"], data_row(1))
    assert "chỉ có cột kế hoạch: cột G “Số hộ (kế hoạch)”" in caught.value.message_vi
    assert "Tiêu đề tìm thấy" not in caught.value.message_vi


@pytest.mark.parametrize("line", ["KỲ TRƯỚC", "Kế hoạch năm 2026", "Ước thực hiện", "Cùng kỳ"])
@pytest.mark.parametrize("gap", [[], [[]]])
def test_a_table_of_plans_or_of_another_time_is_no_second_table_of_facts(line: str, gap: list[list[Any]]) -> None:
    with pytest.raises(BlockedFile) as caught:
        read(["BIỂU TIẾN ĐỘ"], HEADERS, data_row(1), [], [None, None, line], *gap, HEADERS, data_row(2), spec=NAMED)
    assert "chỉ có cột" in caught.value.message_vi
    assert line in caught.value.message_vi


@pytest.mark.parametrize(
    "cells",
    [{"c1": 7100502, "c3": None}, {"c1": None}, {"c1": None, "c3": None},
     {"c1": 7100502, "c2": None, "c3": None, "c5": None, "c6": None}],
)  # fmt: skip
def test_a_numbered_row_with_a_code_or_figures_is_data(cells: dict[str, Any]) -> None:
    (table,) = read(HEADERS, data_row(1), data_row(2, **cells), data_row(3), spec=NAMED)
    assert table.frame["_row"].tolist() == [2, 3, 4]


def test_a_marked_group_with_sums_stays_a_group() -> None:
    sums = [["II", None, "Giao thông", None, None, 3.0, 30], ["1", None, "Xã Yên Lạc", None, None, 3.0, 30]]
    (table,) = read(HEADERS, sums[0], data_row(1), sums[1], data_row(2, c3=None), spec=GROUPED)
    assert table.not_data["kind"].tolist() == ["header", "group", "group"]
    assert table.frame["commune"].tolist() == ["Phường Việt Trì", "xã yên lạc"]


@pytest.mark.parametrize(
    "label", ["Huyện Lạc Sơn", "Cộng xã Cao Phong", "Các dự án tỉnh quản lý", "Dự án trọng điểm", "Cộng"]
)
@pytest.mark.parametrize("mark", ["I", None])
@pytest.mark.parametrize("sums", [[None, None], [3.0, 30]])
def test_a_group_or_total_that_names_no_commune_ends_the_one_above(label: str, mark: Any, sums: list[Any]) -> None:
    rows = [[mark, None, "Xã Cao Phong"], data_row(1, c3=None), [None, None, label, None, None, *sums]]
    (table,) = read(HEADERS, *rows, data_row(2, c3=None), spec=GROUPED)
    assert table.frame["commune"].tolist() == ["xã cao phong", None]


@pytest.mark.parametrize("marks", [("1.1", "1.2"), ("a)", "b)"), (1.1, 1.2)])
def test_numbered_parts_that_bear_their_rows_key_are_no_rows(marks: tuple[Any, Any]) -> None:
    parts = [data_row(1, c0=mark, c2="Đoạn qua thôn A", c5=0.5, c6=4) for mark in marks]
    other = data_row(2, c0=marks[1])
    (table,) = read(HEADERS, data_row(1), *parts, data_row(2), other, data_row(3, c0="2.1", c3="Xã B"), spec=NAMED)
    assert table.frame["_row"].tolist()[:2] == [2, 5]
    assert table.frame["_row"].tolist()[-1] == 7
    assert table.totals["_kind"].tolist()[:2] == ["part", "part"]


def test_a_total_with_a_number_and_an_average_control_nothing_false() -> None:
    rows = [[3, None, "Tổng cộng", None, None, 3.0, 30], [None, None, "Bình quân", None, None, 1.5, 15],
            [None, None, "Tỷ lệ %", None, None, 50, 50]]  # fmt: skip
    (table,) = read(HEADERS, data_row(1), data_row(2), *rows, spec=NAMED)
    assert codes(table) == ["7100501", "7100502"]
    assert table.totals[["label", "_from_row", "_to_row"]].to_numpy().tolist() == [["tổng cộng", 2, 3]]


@pytest.mark.parametrize(
    "label",
    ["Lũy kế từ đầu năm", "Còn lại", "So với cùng kỳ", "Cùng kỳ năm 2024", "Tháng trước", "Kế hoạch", "Chênh lệch",
     "Tăng (+), giảm (-)", "Số trung bình", "Đạt (%)", "Tổng kế hoạch", "Tổng cộng tháng trước", "Tổng số còn lại"],
)  # fmt: skip
@pytest.mark.parametrize("has_ordinal", [True, False])
def test_last_rows_that_are_no_sum_control_nothing(label: str, has_ordinal: bool) -> None:
    rows = [HEADERS, data_row(1), data_row(2), [None, None, "Tổng cộng", None, None, 3.0, 30],
            [None, None, label, None, None, 9.0, 90]]  # fmt: skip
    (table,) = read(*([row if has_ordinal else row[1:] for row in rows]), spec=NAMED)
    assert codes(table) == ["7100501", "7100502"]
    assert table.totals["label"].tolist() == ["tổng cộng"]
    assert table.not_data["kind"].tolist() == ["header", "total", "note"]


def test_a_group_with_sums_above_its_rows_still_controls_them() -> None:
    group = [None, None, "Chưa triển khai", None, None, 3.0, 20]
    (table,) = read(HEADERS, data_row(1), group, data_row(2), spec=NAMED)
    assert table.totals[["label", "_from_row", "_to_row"]].to_numpy().tolist() == [["chưa triển khai", 4, 4]]


@pytest.mark.parametrize("mark", ["I", None])
def test_sums_in_plain_digits_are_no_code(mark: Any) -> None:
    group = [mark, None, "Giao thông", None, None, "30000", "20000"]
    (table,) = read(HEADERS, group, data_row(1, c5="10000"), data_row(2, c5="20000"), spec=NAMED)
    assert codes(table) == ["7100501", "7100502"]
    assert table.not_data["kind"].tolist() == ["header", "group"]
    assert table.totals[["label", "_from_row", "_to_row"]].to_numpy().tolist() == [["giao thông", 3, 4]]
