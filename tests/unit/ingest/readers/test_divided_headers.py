"""Which column is which where a header has several rows and several columns of one name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import RawTable
from tests.support.kits.reader_kit import SPEC, data_row, workbook


def read(*rows: list[Any]) -> RawTable:
    (table,) = readers.read(workbook(("Biểu", rows)), "bieu.xlsx", SPEC)
    return table


def test_a_row_that_divides_the_merged_cells_above_belongs_to_the_header() -> None:
    table = read(
        ["STT", "Mã dự án", "Tên dự án", "Xã/Phường", "Ngày báo cáo", None, "Số hộ"],
        [None, None, None, None, "Dự kiến", "Thực tế", None],
        [1, "7100501", "Đường số 1", "Phường Việt Trì", "01/08/2025", "09/07/2025", 10],
    )
    assert table.frame[["report_date", "households"]].to_numpy().tolist() == [["09/07/2025", 10]]
    assert table.heads["report_date"] == "Ngày báo cáo/Thực tế"
    assert table.unknown_headers == []  # what stands aside for the fact is understood


def test_a_planned_column_alone_is_no_fact() -> None:
    table = read(
        ["STT", "Mã dự án", "Tên dự án", "Xã/Phường", "Ngày báo cáo", "Số hộ"],
        [None, None, None, None, "Dự kiến", None],
        [1, "7100501", "Đường số 1", "Phường Việt Trì", "01/08/2025", 10],
    )
    assert "report_date" not in table.frame
    assert table.frame["project_code"].tolist() == ["7100501"]
    assert table.unknown_headers == ["Dự kiến"]


def test_a_first_row_of_data_is_no_header() -> None:
    table = read(
        ["STT", "Mã dự án", "Tên dự án", "Xã/Phường", None, "Số hộ"],
        [None, "7100501", "Đường số 1", "Phường Việt Trì", "ghi thêm", 10],
        [*data_row(2)[:4], None, 20],
    )
    assert table.frame["project_code"].tolist() == ["7100501", "7100502"]


def test_cumulative_goes_before_the_month_and_two_alike_are_refused() -> None:
    told = ["STT", "Mã dự án", "Tên dự án", "Xã/Phường", "Số hộ", None]
    table = read(told, [None, None, None, None, "Trong tháng", "Lũy kế"], [1, "7100501", "Đường", "Xã A", 3, 40])
    assert table.frame["households"].tolist() == [40]
    with pytest.raises(BlockedFile) as blocked:
        read(
            [*told[:5], "Số hộ"],
            [1, "7100501", "Đường", "Xã A", 3, 40],
        )
    assert blocked.value.rule == "two_columns_for_one"
    assert "cột E" in blocked.value.message_vi
    assert "cột F" in blocked.value.message_vi
    assert blocked.value.words == ()  # one header twice: no layout can tell which is meant


def test_of_two_columns_with_brackets_of_their_own_a_layout_can_name_the_one_that_is_meant() -> None:
    header = ["STT", "Mã dự án", "Tên dự án", "Xã/Phường", "Số hộ (bản A)", "Số hộ (bản B)"]
    rows = [["Biểu"], header, [1, "7100501", "Đường", "Xã A", 3, 40]]
    with pytest.raises(BlockedFile) as blocked:
        read(*rows)
    assert blocked.value.words == ("Số hộ (bản A)", "Số hộ (bản B)")
    taught = replace(SPEC, aliases={**SPEC.aliases, "households": (*SPEC.aliases["households"], "Số hộ (bản B)")})
    (table,) = readers.read(workbook(("Biểu", rows)), "bieu.xlsx", taught)
    assert table.frame["households"].tolist() == [40]


def test_a_missing_column_is_told_with_the_headers_that_may_be_it() -> None:
    with pytest.raises(BlockedFile) as blocked:
        read(["STT", "Mã công trình dự án", "Tên dự án", "Cán bộ theo dõi"], [1, "7100501", "Đường", "Phòng A"])
    assert blocked.value.lacking["project_code"] == ("Mã công trình dự án", "Cán bộ theo dõi")
    assert blocked.value.words == ()


def test_a_header_in_two_cells_is_known_without_its_unit_too() -> None:
    spec = replace(SPEC, aliases={**SPEC.aliases, "area_ha": ["Diện tích phải thu hồi (ha)"]})
    rows = [
        ["STT", "Mã dự án", "Tên dự án", "Xã/Phường", "Diện tích (m2)", None, "Số hộ"],
        [None, None, None, None, "phải thu hồi", "đã bàn giao", None],
        [1, "7100501", "Đường số 1", "Phường Việt Trì", 12500, 400, 10],
    ]
    (table,) = readers.read(workbook(("Biểu", rows)), "bieu.xlsx", spec)
    assert table.frame["area_ha"].tolist() == [12500]
    assert table.header_units["area_ha"] == "m2"
    assert table.unknown_headers == ["đã bàn giao"]
    assert table.paths[5] == ("Diện tích (m2)", "đã bàn giao")


def test_a_bracket_parts_two_roles_and_no_two_names_of_one() -> None:
    of_one = replace(SPEC, aliases={**SPEC.aliases, "area_ha": ["Diện tích", "Diện tích (ha)"]})
    of_two = replace(SPEC, aliases={**SPEC.aliases, "area_ha": ["Diện tích (ha)"], "share": ["Diện tích (%)"]})
    rows = [["STT", "Mã dự án", "Xã/Phường", "Diện tích (m2)", "Số hộ"], [1, "7100501", "Phường Việt Trì", 7, 10]]
    for spec, found in ((of_one, True), (of_two, False)):
        (table,) = readers.read(workbook(("Biểu", rows)), "bieu.xlsx", spec)
        assert ("area_ha" in table.frame) == found
