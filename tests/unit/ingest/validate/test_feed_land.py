"""Auctions and clearance: sheets of months, personal columns, steps out of order, and a new area in one file."""

from __future__ import annotations

import shutil
from datetime import date

import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.core.paths import SOURCES_DIR
from dagster_project.ingest.landing.parquet import make_tables
from dagster_project.ingest.normalise.content_hash import hash_content
from dagster_project.warehouse.file_period import find_replaced_period
from tests.support.kits.money_kit import (
    AUCTION,
    CLEARANCE,
    account,
    auction_sheet,
    clearance_row,
    clearance_sheet,
    land,
    lot,
    rules,
)
from tests.support.kits.reader_kit import workbook

FEEDS = load_registry().feeds


def auction(*sheets, feed: str = "land_auction_vp", name: str = "dau_gia_dat_2025.xlsx"):
    return land(feed, workbook(*sheets), name)


def clearance(*rows, feed: str = "site_clearance_hb", **form):
    return land(feed, workbook(("GPMB", clearance_sheet(*rows, **form))), "gpmb.xlsx")


def test_a_lot_is_typed_in_dong_and_its_winner_stays_outside(tmp_path):
    batch, validated = auction(("Tháng 5", auction_sheet(lot())))
    row = validated.rows.iloc[0]
    assert (row["lot"], row["status"], row["land_use"], row["round"]) == ("LK07", "dau_gia_thanh", "ONT", 1)
    assert (row["start_price"], row["deposit"], row["winning_price"]) == (996_000_000, 199_200_000, 1_200_500_000)
    assert row["commune_code"] is not None
    assert row["auction_date"].date() == date(2025, 5, 14)
    tables = make_tables([("b" * 16, validated)], FEEDS["land_auction_vp"])
    landed = str([table.to_pylist() for table in tables.values()])
    assert "Phùng" not in landed
    assert "025993015266" not in landed
    assert not {"winner_name", "winner_id"} & set(validated.rows)
    assert batch["rows_quarantined"] == 0


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("chưa đấu giá", "chua_dau_gia"),
        ("Đã thông báo ", "da_thong_bao"),
        ("ĐẤU GIÁ THÀNH", "dau_gia_thanh"),
        ("Không thành", "khong_thanh"),
        ("huỷ kết quả", "huy_ket_qua"),
        ("đã nộp đủ", "da_nop_du"),
        ("đã giao  đất", "da_giao_dat"),
    ],
)
def test_states_in_the_office_s_words(word, code):
    _, validated = auction(("Tháng 5", auction_sheet(lot(Trạng_thái=word))))
    assert validated.rows["status"].to_list() == [code]


def test_a_file_speaks_of_every_month_of_its_sheets_and_each_sheet_of_its_own_day():
    sheets = [("Tháng 1", auction_sheet(lot(), month=1)), ("Tháng 7", auction_sheet(lot(Lần=2), month=7, unit=None))]
    batch, validated = auction(*sheets)
    assert (batch["date_start"], batch["date_end"]) == (date(2025, 1, 31), date(2025, 7, 13))
    period = find_replaced_period(FEEDS["land_auction_vp"], batch["date_start"], batch["date_end"], batch["date_kind"])
    assert period == (date(2025, 1, 1), date(2025, 7, 31))
    assert validated.rows["sheet_date"].dt.date.to_list() == [date(2025, 1, 31), date(2025, 7, 13)]


def test_the_same_sheet_twice_says_the_same_twice():
    once = auction_sheet(lot(), lot(Số_lô="LK08"))
    _, validated = auction(("Tháng 5", once), ("Tháng 5 (2)", once))
    hashes = hash_content(validated.rows, FEEDS["land_auction_vp"]).to_list()
    assert hashes[:2] == hashes[2:]
    assert len(set(hashes)) == 2
    assert account(validated) == (10, 4, 0, 6)


def test_what_cannot_be_used_of_a_lot_is_refused():
    rows = [
        lot(Số_lô=None), lot(Trạng_thái="đang xem xét"), lot(**{"Xã/Phường": None}), lot(Ngày_đấu_giá="31/06/2025"),
        lot(Giá_khởi_điểm="1.23.4"), lot(Ngày_đấu_giá=None, Trạng_thái="chưa đấu giá", Giá_trúng="-"),
        lot(Loại_đất="X", Số_lô="L99"),
    ]  # fmt: skip
    _, validated = auction(("Tháng 5", auction_sheet(*rows)))
    assert sorted(rules(validated)) == [
        (4, "lot", "missing_value"),
        (5, "status", "unknown_code"),
        (6, "commune", "unit_missing"),
        (7, "auction_date", "impossible_date"),
        (8, "start_price", "unreadable_number"),
    ]
    assert validated.findings[["source_row", "rule"]].to_records(index=False).tolist() == [(10, "unknown_code")]
    assert account(validated) == (10, 2, 5, 3)


def test_a_lot_lies_in_one_commune_and_a_wider_place_is_refused_as_such():
    rows = [lot(**{"Xã/Phường": place}) for place in ("Các xã, phường", "Tỉnh Vĩnh Phúc", "Thôn 4, xã Tam Sơn (2)")]
    _, validated = auction(("Tháng 5", auction_sheet(*rows)))
    assert rules(validated) == [(4, "commune", "unit_too_wide"), (5, "commune", "unit_too_wide")]
    assert validated.rows["commune_code"].tolist() == ["08824"]
    assert validated.findings["rule"].tolist() == ["unit_part_dropped"]


def test_pieces_of_a_commune_are_not_taken_for_two_statements_about_it():
    def row(number, project, place):
        return clearance_row(number, c1=project, c3=place)

    _, validated = clearance(
        row(1, "7300501", "Thôn 1, phường Trung Minh"), row(2, "7300501", "Thôn 2, phường Trung Minh"),
        row(3, "7300502", "Phường Trung Minh"), row(4, "7300502", "Tổ 5, phường Trung Minh"),
        row(5, "7300503", "Tổ 5, phường Trung Minh"), row(6, "7300503", "Tổ 5, phường Trung Minh"),
    )  # fmt: skip
    assert rules(validated) == [(at, "commune", "unit_parts_together") for at in (5, 6, 8)]
    assert validated.rows["project_code"].tolist() == ["7300502", "7300503", "7300503"]


@pytest.mark.parametrize(
    "written", ["25/05/2025", "25/5/25", "2025-05-25", "20250525", "20250525163000", "45802", 45802]
)
def test_a_day_in_every_form_that_is_normal(written):
    validated = auction(("Tháng 5", auction_sheet(lot(Ngày_đấu_giá=written))))[1]
    assert (rules(validated), validated.rows["auction_date"].iloc[0].date()) == ([], date(2025, 5, 25))


def test_the_label_of_a_total_states_no_figure():
    price, area = AUCTION.index("Giá khởi điểm"), AUCTION.index("Diện tích (m2)")
    total = [None] * len(AUCTION)
    total[area], total[price] = "Tổng cộng", 996
    _, validated = auction(("Tháng 5", auction_sheet(lot(), total)))
    assert validated.totals[["measure", "stated"]].values.tolist() == [["start_price", 996_000_000]]
    total[area] = "khoảng 160m"
    _, validated = auction(("Tháng 5", auction_sheet(lot(), ["Tổng cộng", *total[1:]])))
    assert validated.totals["measure"].tolist() == ["area_m2", "start_price"]


def test_the_csv_of_a_month_in_dong():
    line = [str(cell) for cell in lot(**{"Diện tích (m2)": '"159,5"', "Giá khởi điểm": "271.000.000"})]
    cells = {"Tiền đặt trước": "54 200 000", "Giá trúng": "407.100.000", "Đã nộp NSNN": "407.100.000"}
    line = [cells.get(header, cell) for header, cell in zip(AUCTION, line, strict=True)]
    line[2] = "Xã Trưng Vương"
    content = ("\ufeff" + ",".join(AUCTION) + "\n" + ",".join(line) + "\n").encode()
    batch, validated = land("land_auction_pt", content, "dau_gia_2025_05.csv")
    assert validated.rows[["start_price", "deposit", "winning_price"]].iloc[0].to_list() == [
        271_000_000, 54_200_000, 407_100_000,
    ]  # fmt: skip
    assert validated.rows["area_m2"].to_list() == [159.5]
    assert (batch["date_kind"], batch["date_end"]) == ("month", date(2025, 5, 31))


def test_the_three_forms_of_clearance_say_the_same():
    broken = [h.replace(" (ha)", "\n(ha)").replace("Số hộ ảnh hưởng", "Số hộ\nảnh hưởng") for h in CLEARANCE]
    grouped = [None] * 5 + ["DIỆN TÍCH", None, "SỐ HỘ", None, None, None, None, "KINH PHÍ", None, None]
    below = clearance_sheet(clearance_row(1))
    below[3:4] = [grouped, list(CLEARANCE)]
    _, plain = clearance(clearance_row(1))
    _, lines = clearance(clearance_row(1), header=broken)
    _, merged = land("site_clearance_hb", workbook(("GPMB", below)), "gpmb.xlsx")
    for validated in (lines, merged):
        assert validated.rows.drop(columns="source_row").equals(plain.rows.drop(columns="source_row"))
        assert validated.drift == []
    row = plain.rows.iloc[0]
    assert (row["area_to_recover_ha"], row["households"], row["budget_paid"]) == (10.5, 76, 200_000_000)


def test_the_report_date_may_stand_in_the_title_alone():
    header = [h for h in CLEARANCE if h != "Ngày báo cáo"]
    _, validated = clearance([cell for i, cell in enumerate(clearance_row(1)) if i != 4], header=header)
    assert validated.rows["report_date"].dt.date.to_list() == [date(2025, 5, 15)]
    _, empty = clearance(clearance_row(1, c4=None))
    assert rules(empty) == [(5, "report_date", "missing_value")]


def test_steps_out_of_order_are_used_and_told():
    rows = [
        clearance_row(1, c10=61),
        clearance_row(2, c6=11, c11=51),
        clearance_row(3, c9=None, c10=99),
        clearance_row(4),
    ]
    _, validated = clearance(*rows)
    assert validated.quarantine.empty
    told = validated.findings[["source_row", "rule", "value"]].to_records(index=False).tolist()
    assert told == [
        (6, "cleared_above_area", "7300502"),
        (5, "paid_above_approved", "7300501"),
        (6, "resettled_above_paid", "7300502"),
    ]
    assert validated.findings["commune_code"].notna().all()


def test_sub_totals_of_former_districts_are_control_figures_of_their_rows():
    rows = [
        [None, "THÀNH PHỐ HÒA BÌNH", *[None] * 3, 21.0, 8.5, 152],
        clearance_row(1),
        clearance_row(2),
        [None, "HUYỆN ĐÀ BẮC", *[None] * 3, 10.5, 4.25, 77],
        clearance_row(3),
        [None, "Tổng cộng", *[None] * 3, "31,5", 12.75, 228],
    ]
    _, validated = clearance(*rows)
    figures = validated.totals.set_index(["scope", "measure"])
    off = figures[(figures["stated"] - figures["computed"]).abs() > 1e-6]
    assert list(off.index) == [("huyện đà bắc", "households")]
    assert {scope for scope, _ in figures.index} == {"thành phố hòa bình", "huyện đà bắc", "file"}
    assert account(validated)[1:3] == (3, 0)


def test_a_new_area_is_one_file_and_no_code(tmp_path):
    sources = tmp_path / "sources"
    shutil.copytree(SOURCES_DIR, sources)
    known = (sources / "site_clearance" / "hb.layout.yaml").read_text(encoding="utf-8")
    other = known.replace("feed_id: site_clearance_hb", "feed_id: site_clearance_kcn")
    other = other.replace('"Số hộ ảnh hưởng"', '"Số hộ bị thu hồi"').replace(
        "money_unit: stated", "money_unit: trieu_dong"
    )
    (sources / "site_clearance" / "kcn.layout.yaml").write_text(other, encoding="utf-8")
    feed = load_registry(sources).feeds["site_clearance_kcn"]
    header = [h.replace("Số hộ ảnh hưởng", "SỐ HỘ BỊ THU HỒI") for h in CLEARANCE]
    content = workbook(("Biểu", clearance_sheet(clearance_row(1), header=header, unit="")))
    _, validated = land(feed, content, "kcn_15052025.xlsx")
    assert validated.rows[["households", "budget_approved"]].iloc[0].to_list() == [76, 300_000_000]


def test_a_header_in_two_cells_one_under_the_other_is_one_text():
    header = list(CLEARANCE)
    header[5], header[6], header[7], header[12] = "Diện tích (ha)", None, "Số hộ", "Kinh phí"
    below = [None] * len(CLEARANCE)
    below[5], below[6], below[7], below[12] = "Phải thu hồi", "Đã bàn giao", "ảnh hưởng", "phê duyệt"
    rows = clearance_sheet(below, clearance_row(1), header=header)
    _, validated = land("site_clearance_hb", workbook(("GPMB", rows)), "gpmb_hb_15052025.xlsx")
    cells = ["area_to_recover_ha", "area_cleared_ha", "households", "households_paid", "budget_approved", "budget_paid"]
    assert validated.rows[cells].iloc[0].to_list() == [10.5, 4.25, 76, 50, 300_000_000, 200_000_000]


def test_a_notice_may_be_written_before_its_day():
    ahead = lot(Ngày_thông_báo="15/11/2098", Ngày_đấu_giá="20/11/2098", Trạng_thái="đã thông báo")
    _, validated = auction(("Tháng 5", auction_sheet(ahead)))
    assert "event_after_data_date" not in set(validated.findings["rule"])
    assert validated.rows["announced_on"].dt.year.tolist() == [2098]


@pytest.mark.parametrize("state", ["đấu giá thành", "không thành", "đã giao đất", "hủy kết quả"])
def test_an_auction_that_was_held_lies_behind(state):
    _, validated = auction(("Tháng 5", auction_sheet(lot(Ngày_đấu_giá="20/11/2098", Trạng_thái=state))))
    told = validated.findings.query("rule == 'event_after_data_date'")
    assert told[["column_name", "value"]].values.tolist() == [["auction_date", "20/11/2098"]]
