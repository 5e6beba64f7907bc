"""Units that each row names in a column of its own, and units that a note below the rows names."""

from __future__ import annotations

import pytest

from dagster_project.core.errors import BlockedFile
from tests.support.kits.money_kit import AUCTION, CLEARANCE, auction_sheet, clearance_row, clearance_sheet, land, lot
from tests.support.kits.reader_kit import workbook


def land_lots(*units, cells=({}, {}), sheet_unit=None, name="ĐVT"):
    """Two lots, each with its unit in a column beside them."""
    rows = [[*lot(Số_lô=f"LK{at}", **of), unit] for at, (unit, of) in enumerate(zip(units, cells, strict=True), 1)]
    sheet = auction_sheet(*rows, header=[*AUCTION, name], unit=sheet_unit)
    return land("land_auction_hb", workbook(("Tháng 5", sheet)), "dau_gia_hb.xlsx")


def list_units(told, column):
    return [
        (one["choice"], one["told_by"]) for one in told["decided"] if (one["column"], one["about"]) == (column, "unit")
    ]


@pytest.mark.parametrize("name", ["ĐVT", "Đơn vị tính", "Đ.V.T"])
def test_each_row_is_read_in_the_unit_that_it_names(name):
    cells = ({"Giá_khởi_điểm": 640}, {"Giá_khởi_điểm": "1,75"})
    told, validated = land_lots("triệu đồng", "tỷ đồng", cells=cells, name=name)
    assert validated.rows["start_price"].to_list() == [640_000_000, 1_750_000_000]
    assert validated.rows["area_m2"].to_list() == [159.5, 159.5]
    assert list_units(told, "start_price") == [("1000000", "triệu đồng"), ("1000000000", "tỷ đồng")]


def test_one_unit_of_all_rows_is_the_column_s_and_beats_the_agreed_one():
    told, validated = land_lots("nghìn đồng", "nghìn đồng")
    assert validated.rows["start_price"].to_list() == [996_000, 996_000]
    assert validated.findings["rule"].to_list() == ["money_unit_not_agreed"]
    assert list_units(told, "start_price") == [("1000", "nghìn đồng")]


def test_rows_may_name_the_measure_alone():
    _, validated = land_lots("m2", "ha", cells=({"Diện_tích_(m2)": 180}, {"Diện_tích_(m2)": 0.02}))
    assert validated.rows["start_price"].to_list() == [996_000_000, 996_000_000]
    assert validated.rows["area_m2"].to_list() == pytest.approx([180, 200])


@pytest.mark.parametrize("unit", [None, "suất", "hộ", "T.đồng"])
def test_a_row_whose_unit_is_not_known_is_refused_by_name(unit):
    _, validated = land_lots("tỷ đồng", unit, cells=({"Giá_khởi_điểm": 2}, {"Giá_khởi_điểm": 3}))
    assert validated.rows["start_price"].to_list() == [2_000_000_000]
    refused = validated.quarantine.set_index("column_name").loc["start_price"]
    assert (refused["rule"], refused["source_row"]) == ("unit_of_row_not_understood", 4)
    assert "ĐVT" in refused["message_vi"]


def test_rows_against_the_line_above_refuse_the_file():
    with pytest.raises(BlockedFile) as caught:
        land_lots("nghìn đồng", "nghìn đồng", sheet_unit="ĐVT: triệu đồng")
    assert caught.value.rule == "money_unit_contradicted"
    assert "cột ĐVT" in caught.value.message_vi


def test_a_total_without_a_unit_is_held_against_no_rows_of_different_units():
    total = ["Tổng cộng", *[None] * 7, 700, *[None] * (len(AUCTION) - 8)]
    rows = [[*lot(Số_lô="LK1"), "triệu đồng"], [*lot(Số_lô="LK2"), "tỷ đồng"]]
    sheet = auction_sheet(*rows, total, header=[*AUCTION, "ĐVT"], unit=None)
    _, validated = land("land_auction_hb", workbook(("Tháng 5", sheet)), "dau_gia_hb.xlsx")
    assert "start_price" not in set(validated.totals["measure"])


def clear(*notes, unit="ĐVT: triệu đồng", header=CLEARANCE):
    sheet = [*clearance_sheet(clearance_row(1), unit=unit, header=header), [], *([None, note] for note in notes)]
    return land("site_clearance_hb", workbook(("GPMB", sheet)), "gpmb_hb_15052025.xlsx")


@pytest.mark.parametrize(
    "note", ["Ghi chú: số liệu tính bằng tỷ đồng.", "Đơn vị tính: nghìn đồng", "(Kinh phí tính theo 1.000 đồng)"]
)
def test_a_note_below_that_names_another_unit_of_money_refuses_the_file(note):
    with pytest.raises(BlockedFile) as caught:
        clear(note)
    assert caught.value.rule == "money_unit_contradicted"
    assert "dưới bảng" in caught.value.message_vi


def test_a_note_below_is_evidence_where_nothing_else_speaks_and_where_it_agrees():
    told, validated = clear("Ghi chú: kinh phí tính bằng tỷ đồng", unit=None)
    assert validated.rows["budget_approved"].to_list() == [300 * 10**9]
    assert list_units(told, "budget_approved") == [("1000000000", "tỷ đồng")]
    assert clear("Đơn vị tính: triệu đồng")[1].rows["budget_approved"].to_list() == [300 * 10**6]


def test_a_note_below_against_the_bracket_of_a_required_area_refuses_the_file():
    with pytest.raises(BlockedFile) as caught:
        clear("Ghi chú: diện tích tính bằng m2")
    assert caught.value.rule == "unit_not_understood"
    assert "m2" in caught.value.message_vi


def test_notes_that_name_no_unit_refuse_nothing():
    notes = ("Diện tích tính theo bản đồ địa chính tỷ lệ 1/500", "Ghi chú: số hộ tính theo hồ sơ kiểm đếm")
    assert clear(*notes)[1].rows["budget_approved"].to_list() == [300 * 10**6]


def test_a_delimited_file_says_both_like_a_workbook():
    rows = [
        [*map(str, lot(Số_lô=f"LK{at}", Giá_khởi_điểm=at)), unit] for at, unit in ((2, "tỷ đồng"), (5, "triệu đồng"))
    ]
    lines = [";".join(map(str, line)) for line in [[*AUCTION, "ĐVT"], *rows]]
    head = "KẾT QUẢ ĐẤU GIÁ THÁNG 5/2025 (Số liệu đến ngày 31/05/2025)"
    content = "\n".join([head, *lines]).encode()
    _, validated = land("land_auction_vp", content, "dau_gia.csv")
    assert validated.rows["start_price"].to_list() == [2_000_000_000, 5_000_000]
