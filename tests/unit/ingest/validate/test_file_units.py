"""The unit of money: what the file says, at the right place, once; else the file is blocked and nothing is guessed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.normalise import quantities
from dagster_project.ingest.normalise.columns import NUMBERS
from dagster_project.ingest.normalise.text import find_brackets
from dagster_project.ingest.readers.base import find_column_of_role, make_read_spec
from dagster_project.ingest.validate.file_units import find_units
from tests.support.kits.money_kit import (
    AUCTION,
    CLEARANCE,
    auction_sheet,
    clearance_row,
    clearance_sheet,
    land,
    lot,
    vp,
    vp_row,
    vp_sheet,
)
from tests.support.kits.reader_kit import workbook


@pytest.mark.parametrize(
    ("line", "factor"),
    [
        ("ĐVT: tr.đ", 10**6),
        ("Đơn vị tính: nghìn đồng", 10**3),
        ("ĐVT: triệu đồng", 10**6),
        ("(Đơn vị: tỷ đồng)", 10**9),
        ("ĐVT: ha; triệu đồng", 10**6),
    ],
)
def test_the_unit_line_tells_the_factor(line, factor):
    _, validated = vp(vp_sheet(vp_row(1, pm_tw="1.234,6"), unit=line))
    assert validated.rows["plan_pm"].to_list() == [round(1234.6 * factor), 200 * factor]


def test_amounts_that_nobody_needs_are_unknown_without_it_and_the_rest_is_read():
    total = [None] * len(CLEARANCE)
    total[CLEARANCE.index("Tên dự án")], total[CLEARANCE.index("Kinh phí phê duyệt")] = "Tổng cộng", 999
    sheet = [*clearance_sheet(clearance_row(1), unit=None), total]
    _, validated = land("site_clearance_hb", workbook(("GPMB", sheet)), "gpmb_hb_15052025.xlsx")
    assert len(validated.rows) == 1
    assert validated.rows[["budget_approved", "budget_paid"]].isna().all(axis=None)
    assert validated.rows["households"].notna().all()
    assert validated.findings["rule"].to_list() == ["money_unit_not_said"]
    assert not validated.totals["measure"].str.startswith("budget").any()


def test_the_name_of_the_sheet_or_of_the_file_tells_it_like_a_line():
    sheet = clearance_sheet(clearance_row(1), unit=None)
    by_line = clearance_sheet(clearance_row(1), unit="Loại tiền: nghìn đồng")
    told = [
        land("site_clearance_hb", workbook((name, rows)), f"{file}.xlsx")[1].rows["budget_paid"].to_list()
        for name, rows, file in (
            ("GPMB (nghìn đồng)", sheet, "gpmb"), ("GPMB", sheet, "gpmb (ĐVT nghìn đồng)"), ("GPMB", by_line, "gpmb")
        )
    ]  # fmt: skip
    assert told == [[200_000]] * 3
    with pytest.raises(BlockedFile, match="tên tệp"):
        land("site_clearance_hb", workbook(("GPMB", clearance_sheet(clearance_row(1)))), "gpmb (ĐVT nghìn đồng).xlsx")


def test_it_holds_for_the_later_sheets_that_have_none():
    _, validated = vp(vp_sheet(vp_row(1)), vp_sheet(vp_row(2), unit=None))
    assert validated.rows["plan_pm"].to_list() == [100_000_000, 200_000_000] * 2


def test_a_cover_sheet_may_say_it_and_the_plan_year():
    cover = [["BÁO CÁO GIẢI NGÂN NĂM 2025"], ["ĐVT: tỷ đồng"]]
    _, validated = vp(cover, vp_sheet(vp_row(1), unit=None, title="BIỂU TÌNH HÌNH GIẢI NGÂN"))
    assert validated.rows["plan_pm"].to_list() == [100_000_000_000, 200_000_000_000]
    assert set(validated.rows["plan_year"]) == {2025}


@pytest.mark.parametrize(
    "sheets",
    [
        [vp_sheet(vp_row(1), unit=None)],
        [vp_sheet(vp_row(1), unit="ĐVT: dự án")],
        [vp_sheet(vp_row(1), unit=None), vp_sheet(vp_row(2))],
    ],
)
def test_a_file_without_it_is_blocked(sheets):
    with pytest.raises(BlockedFile) as caught:
        vp(*sheets)
    assert caught.value.rule == "no_money_unit"
    assert "Biểu 1" in caught.value.message_vi
    assert "ĐVT" in caught.value.remedy_vi


@pytest.mark.parametrize(
    "sheets",
    [
        [vp_sheet(vp_row(1)), vp_sheet(vp_row(2), unit="ĐVT: nghìn đồng")],
        [vp_sheet(vp_row(1), title="GIẢI NGÂN NĂM 2025\nĐơn vị tính: tỷ đồng")],
        [vp_sheet(vp_row(1), unit="ĐVT: triệu đồng, nghìn đồng")],
    ],
)
def test_a_file_that_contradicts_itself_is_blocked(sheets):
    with pytest.raises(BlockedFile) as caught:
        vp(*sheets)
    assert caught.value.rule == "money_unit_contradicted"
    assert "triệu đồng" in caught.value.message_vi


def test_a_header_may_say_it_of_its_column_but_not_against_the_line():
    header = [
        {"Kinh phí phê duyệt": "Kinh phí phê duyệt (tỷ đồng)", "Đã chi": "Đã chi\n(tỷ đồng)"}.get(h, h)
        for h in CLEARANCE
    ]
    sheet = clearance_sheet(clearance_row(1, c12=3, c13="1,5"), header=header, unit="ĐVT: ha")
    _, validated = land("site_clearance_hb", workbook(("GPMB", sheet)), "gpmb_hb_15052025.xlsx")
    assert validated.rows[["budget_approved", "budget_paid"]].iloc[0].to_list() == [3_000_000_000, 1_500_000_000]
    against = clearance_sheet(clearance_row(1), header=header)
    with pytest.raises(BlockedFile) as caught:
        land("site_clearance_hb", workbook(("GPMB", against)), "gpmb_hb_15052025.xlsx")
    assert caught.value.rule == "money_unit_contradicted"


def test_an_agreed_unit_holds_in_silence_and_a_stated_one_is_followed_and_told():
    silent = workbook(("Sheet1", auction_sheet(lot(), unit=None)))
    _, validated = land("land_auction_hb", silent, "dau_gia_hb.xlsx")
    assert validated.rows["start_price"].to_list() == [996_000_000]
    assert validated.findings.empty
    stated = workbook(("Sheet1", auction_sheet(lot(), unit="ĐVT: nghìn đồng")))
    _, told = land("land_auction_hb", stated, "dau_gia_hb.xlsx")
    assert told.rows["start_price"].to_list() == [996_000]
    assert told.findings["rule"].to_list() == ["money_unit_not_agreed"]
    assert told.findings["value"].to_list() == [
        "nghìn đồng: “Giá khởi điểm”, “Tiền đặt trước”, “Giá trúng”, “Đã nộp NSNN” (đã thống nhất: triệu đồng)"
    ]


def test_a_file_without_rows_needs_no_unit():
    _, validated = land("land_auction_vp", workbook(("Tháng 5", auction_sheet(unit=None, header=AUCTION))), "x.xlsx")
    assert (len(validated.rows), validated.rows_read) == (0, 2)


def clear(header_of: dict[str, str], **cells):
    """A file of clearance with other headers."""
    header = [header_of.get(name, name) for name in CLEARANCE]
    sheet = clearance_sheet(clearance_row(1, **cells), header=header)
    return land("site_clearance_hb", workbook(("GPMB", sheet)), "gpmb_hb_15052025.xlsx")[1]


@pytest.mark.parametrize(
    ("bracket", "area"),
    [("m2", 0.00105), ("m²", 0.00105), ("ha", 10.5), ("1.000 m2", 1.05), ("km2", 1050.0), ("theo bản đồ", 10.5)],
)
def test_a_measure_is_turned_into_the_contract_s(bracket, area):
    validated = clear({"Diện tích phải thu hồi (ha)": f"Diện tích phải thu hồi ({bracket})"})
    assert validated.rows["area_to_recover_ha"].to_list() == [pytest.approx(area)]


@pytest.mark.parametrize("bracket", ["m", "km", "sào", "%", "giờ"])
def test_the_measure_of_another_quantity_refuses_the_file(bracket):
    with pytest.raises(BlockedFile) as caught:
        clear({"Diện tích phải thu hồi (ha)": f"Diện tích phải thu hồi ({bracket})"})
    assert caught.value.rule == "unit_not_understood"
    assert bracket in caught.value.message_vi


def test_counts_in_thousands_are_counted():
    assert clear({"Số hộ ảnh hưởng": "Số hộ ảnh hưởng (nghìn hộ)"}, c7="0,5").rows["households"].to_list() == [500]


@pytest.mark.parametrize("unit", ["T.đồng", "USD", "đồng/m2"])
def test_money_that_is_no_amount_in_dong_leaves_a_column_unknown_by_name(unit):
    validated = clear({"Đã chi": f"Đã chi ({unit})"})
    assert validated.rows["budget_paid"].isna().all()
    assert validated.rows["budget_approved"].to_list() == [300_000_000]
    told = validated.findings[["rule", "column_name"]].to_records(index=False).tolist()
    assert told == [("unit_of_column_not_understood", "budget_paid")]


def test_a_unit_in_a_bracket_of_the_title_holds_against_the_agreed_one():
    title = "KẾT QUẢ ĐẤU GIÁ THÁNG 5/2025\n(Số liệu đến ngày 31/05/2025)\n(Đơn vị: nghìn đồng)"
    sheet = [[title], AUCTION, lot()]
    _, validated = land("land_auction_hb", workbook(("Sheet1", sheet)), "dau_gia_hb.xlsx")
    assert validated.rows["start_price"].to_list() == [996_000]
    assert validated.findings["rule"].to_list() == ["money_unit_not_agreed"]


@pytest.mark.parametrize("bracket", ["dm2", "m3", "tấn", "acre", "100 m2", "10 ha", "ha chẵn", "triệu đồng"])
def test_a_bracket_that_may_be_another_unit_refuses_by_name_of_sheet_and_column(bracket):
    with pytest.raises(BlockedFile) as caught:
        clear({"Diện tích phải thu hồi (ha)": f"Diện tích phải thu hồi ({bracket})"})
    assert caught.value.rule == "unit_not_understood"
    assert caught.value.words == (bracket,)
    assert f"“{bracket}”" in caught.value.message_vi
    assert "GPMB" in caught.value.message_vi
    assert "Diện tích phải thu hồi" in caught.value.message_vi


def clear_with_line(line: str, feed_id: str = "site_clearance_hb", header_of: dict[str, str] | None = None):
    header = [(header_of or {}).get(name, name) for name in CLEARANCE]
    sheet = clearance_sheet(clearance_row(1), header=header, unit=line)
    return land(feed_id, workbook(("GPMB", sheet)), "gpmb_hb_15052025.xlsx")[1]


@pytest.mark.parametrize("line", ["ĐVT: suất", "ĐVT: Phiếu chi", "ĐVT: suất; ha"])
def test_a_word_that_may_be_any_unit_leaves_the_columns_unknown_that_nothing_else_tells(line):
    validated = clear_with_line(line)
    assert validated.rows[["budget_approved", "budget_paid"]].isna().all(axis=None)
    assert validated.rows[["area_to_recover_ha", "households"]].iloc[0].to_list() == [10.5, 76]
    told = validated.findings[["rule", "column_name", "value"]].to_records(index=False).tolist()
    phrase = line.removeprefix("ĐVT: ")
    assert told == [("unit_of_column_not_understood", f"budget_{name}", phrase) for name in ("approved", "paid")]
    assert validated.findings["message_vi"].str.contains("Kinh phí|Đã chi").all()


def test_such_a_word_blocks_the_file_where_a_required_column_may_be_in_it():
    bare = {"Diện tích phải thu hồi (ha)": "Diện tích phải thu hồi"}
    with pytest.raises(BlockedFile) as caught:
        clear_with_line("ĐVT: Suất", header_of=bare)
    assert (caught.value.rule, caught.value.words) == ("unit_not_understood", ("Suất",))
    assert "“Suất” ở dòng ĐVT, trang tính “GPMB”" in caught.value.message_vi
    assert "cần cho cột “Diện tích phải thu hồi”" in caught.value.message_vi


def test_a_unit_that_is_not_understood_is_told_where_it_stands():
    header = ["Diện tích phải thu hồi" if name == "Diện tích phải thu hồi (ha)" else name for name in CLEARANCE]
    in_name = {"GPMB (ĐVT dm2)": "gpmb_hb_15052025.xlsx", "GPMB": "gpmb_hb_15052025 (ĐVT dm2).xlsx"}
    for (sheet, file), place in zip(in_name.items(), ("tên trang tính “GPMB (ĐVT dm2)”", "tên tệp"), strict=True):
        with pytest.raises(BlockedFile) as caught:
            land(
                "site_clearance_hb",
                workbook((sheet, clearance_sheet(clearance_row(1), header=header, unit=None))),
                file,
            )
        assert f"“dm2” ở {place}" in caught.value.message_vi


def test_a_refusal_quotes_the_words_of_the_file_beside_what_the_layout_teaches():
    known = load_registry().feeds["site_clearance_hb"]
    taught = replace(known, layout=known.layout.model_copy(update={"units": {"phần": "T.đất"}}))
    heads = {"Diện tích phải thu hồi (ha)": "Diện tích phải thu hồi (phần)"}
    sheet = clearance_sheet(clearance_row(1), header=[heads.get(name, name) for name in CLEARANCE])
    name = "gpmb_hb_15052025.xlsx"
    tables = readers.read(workbook(("GPMB", sheet)), name, make_read_spec(known))
    with pytest.raises(BlockedFile) as caught:
        find_units(list(tables), taught, name)
    assert "“phần” (bố cục dạy là “T.đất”)" in caught.value.message_vi
    assert caught.value.words == ("phần",)


@pytest.mark.parametrize("line", ["ĐVT: thủ tục", "ĐVT: hộ dân", "ĐVT: dự án, ha"])
def test_what_is_counted_says_nothing_of_money(line):
    assert clear_with_line(line).findings["rule"].to_list() == ["money_unit_not_said"]


@pytest.mark.parametrize(
    "line", ["ĐVT: triệu (VNĐ)", "Đơn vị: triệu (VNĐ)", "(Đơn vị: VNĐ (Triệu))", "ĐVT: triệu-đồng"]
)
def test_brackets_and_joiners_do_not_hide_the_scale(line):
    assert clear_with_line(line).rows["budget_approved"].to_list() == [300_000_000]


@pytest.mark.parametrize(
    "line", ["Đơn vị: 10.000 đồng", "(Đơn vị: đồng (x1.000))", "Đơn vị: K đồng", "Đơn vị: triệu/đồng"]
)
def test_an_agreed_unit_does_not_hold_against_a_line_that_is_not_understood(line):
    sheet = workbook(("Sheet1", auction_sheet(lot(), unit=line)))
    with pytest.raises(BlockedFile) as caught:
        land("land_auction_hb", sheet, "dau_gia_hb.xlsx")
    assert caught.value.rule == "unit_not_understood"
    assert caught.value.words == (quantities.find_unit_phrases(line)[0],)


def test_brackets_within_a_header_s_bracket_are_its_unit_too():
    validated = clear_with_line("ĐVT: ha", header_of={"Đã chi": "Đã chi (Tỷ (VNĐ)) (lũy kế)"})
    assert validated.rows["budget_paid"].to_list() == [200 * 10**9]


def test_a_contradiction_is_told_as_written_with_sheets_and_columns():
    with pytest.raises(BlockedFile) as caught:
        vp(vp_sheet(vp_row(1)), vp_sheet(vp_row(2), unit="ĐVT: Ngàn VNĐ"))
    assert "nghìn đồng: “Ngàn VNĐ” ở dòng ĐVT, trang tính “Biểu 2”" in caught.value.message_vi
    assert "trang tính “Biểu 1”" in caught.value.message_vi
    header = [{"Đã chi": "Đã chi (Tỷ đồng)"}.get(name, name) for name in CLEARANCE]
    with pytest.raises(BlockedFile) as against:
        land("site_clearance_hb", workbook(("GPMB", clearance_sheet(clearance_row(1), header=header))), "gpmb.xlsx")
    assert "“Tỷ đồng” ở cột “Đã chi (Tỷ đồng)”, trang tính “GPMB”" in against.value.message_vi


@pytest.mark.parametrize("feed_id", sorted(load_registry().feeds))
def test_what_the_agreed_headers_say_in_brackets_is_understood(feed_id):
    feed = load_registry().feeds[feed_id]
    columns = {column.name: column for column in feed.contract.columns if column.kind in NUMBERS}
    for role, heads in feed.reader_headers.items():
        column = columns.get(find_column_of_role(role))
        for head in heads if column is not None else ():
            bracket = find_brackets(head)
            is_counted = column.kind == "integer" or (column.kind == "number" and column.unit is None)
            read = quantities.read_count(bracket) if is_counted else quantities.read_bracket(bracket, column.unit)
            assert not read.unread, (head, read)
