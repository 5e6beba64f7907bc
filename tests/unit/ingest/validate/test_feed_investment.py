"""Disbursement: wide rows become facts, amounts become đồng, the account stays whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.landing.parse import parse_file
from dagster_project.warehouse.file_period import decide_effective_date, find_replaced_period
from tests.support.kits.money_kit import account, land, pt_row, rules, sqlite_file, vp, vp_row, vp_sheet
from tests.support.kits.reader_kit import workbook

HB_HEADERS = [
    "STT", "Mã ĐVQHNS", "Tên dự án", "Chủ đầu tư", "Địa điểm XD", "Nhóm DA", "Nguồn", "Năm KH", "TMĐT", "KH TTg giao",
    "KH HĐND giao", "KH kéo dài", "Thanh toán KLHT", "Tạm ứng", "Đến ngày", "Ghi chú",
]  # fmt: skip


def hb(*rows: list[str], unit: str = "ĐVT: đồng") -> bytes:
    line = "<tr>" + "".join(f"<td>{cell}</td>" for cell in HB_HEADERS) + "</tr>"
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    head = f"<tr><td>(Số liệu đến ngày 30/04/2025)</td></tr><tr><td>{unit}</td></tr>"
    return f"<html><meta charset=utf-8><table>{head}{line}{body}</table></html>".encode()


def hb_row(number: int, fund: str, **cells: str) -> list[str]:
    row = {
        "stt": str(number), "code": "7300000", "name": "Hồ chứa số 1", "owner": "Sở Xây dựng", "place": "Xã Cao Dương",
        "group": "A", "fund": fund, "year": "2025", "total": "2.602.735.566.000", "pm": "542.206.762.000",
        "local": "618 359 893 000", "carried": "0", "done": "111.412.055.000", "advance": "(1.352.562.000)",
        "day": "30/04/2025", "why": "",
    }  # fmt: skip
    return list((row | cells).values())


def test_a_wide_row_gives_a_fact_a_fund_and_is_one_row_of_the_account():
    batch, validated = vp(vp_sheet(vp_row(1)))
    rows = validated.rows.set_index("fund_source")
    assert list(rows.index) == ["NSTW", "NSDP"]
    assert rows.loc["NSTW", ["plan_pm", "plan_local", "plan_carried", "paid_completed", "paid_advance"]].to_list() == [
        100_000_000, 110_000_000, 10_000_000, 50_000_000, 5_000_000,
    ]  # fmt: skip
    assert rows["total_investment"].to_list() == [9_000_000_000] * 2
    assert set(rows["source_row"]) == {7}
    assert account(validated) == (7, 1, 0, 6)
    assert batch["rows_read"] == 7


def test_a_fund_without_any_figure_gives_no_fact_but_zeros_do():
    cells = {"pm_tw": "-", "local_tw": "…", "carried_tw": None, "done_tw": "", "advance_tw": "–"}
    zeros = dict.fromkeys(["pm_tw", "local_tw", "carried_tw", "done_tw", "advance_tw"], 0)
    _, validated = vp(vp_sheet(vp_row(1, **cells), vp_row(2, **zeros)))
    facts = validated.rows[["source_row", "fund_source"]].to_records(index=False).tolist()
    assert facts == [(7, "NSDP"), (8, "NSTW"), (8, "NSDP")]
    assert account(validated) == (8, 2, 0, 6)


def test_a_project_without_any_fund_is_refused_and_not_lost():
    empty = dict.fromkeys([f"{m}_{f}" for m in ("pm", "local", "carried", "done", "advance") for f in ("tw", "dp")])
    _, validated = vp(vp_sheet(vp_row(1, **empty), vp_row(2)))
    assert rules(validated) == [(7, "fund_source", "unknown_code")]
    assert account(validated) == (8, 1, 1, 6)


def test_one_bad_cell_refuses_the_whole_row_once():
    _, validated = vp(vp_sheet(vp_row(1, local_tw="12.a5,x", place="Xã Không Có"), vp_row(2)))
    assert sorted(rules(validated)) == [(7, "commune", "unit_unknown"), (7, "plan_local", "unreadable_number")]
    assert set(validated.rows["source_row"]) == {8}
    assert account(validated) == (8, 1, 1, 6)


def test_plan_year_and_data_date_stand_in_the_title():
    title = "BIỂU GIẢI NGÂN KẾ HOẠCH VỐN NĂM 2025 (Kèm theo Báo cáo số 1/BC-STC ngày 02/02/2026)"
    batch, validated = vp(vp_sheet(vp_row(1), title=title, day="31/01/2026"), name="bieu_31_01_2026.xlsx")
    assert set(validated.rows["plan_year"]) == {2025}
    assert set(validated.rows["report_date"].dt.date) == {date(2026, 1, 31)}
    feed = load_registry().feeds["investment_vp"]
    other, _ = vp(vp_sheet(vp_row(1), day="31/01/2026", title="BIỂU GIẢI NGÂN NĂM 2026"))
    periods = {find_replaced_period(feed, b["date_start"], b["date_end"], b["date_kind"]) for b in (batch, other)}
    assert len(periods) == 2, "the last report of a plan year and the first of the next one bear one data date"


def test_without_a_plan_year_in_the_title_the_file_is_blocked():
    with pytest.raises(BlockedFile) as caught:
        vp(vp_sheet(vp_row(1), title="BIỂU TÌNH HÌNH GIẢI NGÂN"))
    assert caught.value.rule == "not_said"
    assert "Năm kế hoạch" in caught.value.message_vi


@pytest.mark.parametrize(
    "title", ["GIẢI NGÂN NĂM 2025, KẾ HOẠCH NĂM 2026", "GIẢI NGÂN VỐN NĂM 2024 KÉO DÀI SANG NĂM 2025"]
)
def test_a_sheet_of_two_years_or_of_carried_money_has_no_plan_year_and_takes_over_none(title):
    feed = load_registry().feeds["investment_vp"]
    sheets = [("Vốn năm nay", vp_sheet(vp_row(1))), ("Vốn khác", vp_sheet(vp_row(2, code="7300009"), title=title))]
    for content in (workbook(*sheets), workbook(*sheets[1:])):
        with pytest.raises(BlockedFile) as caught:
            land(feed, content, "bieu_30_04_2025.xlsx")
        assert caught.value.rule == "not_said"


def name_paid(said: str) -> list[list[object]]:
    """Return a sheet that says something above the columns of what was paid."""
    rows = vp_sheet(vp_row(1))
    at = next(number for number, row in enumerate(rows) if "Thanh toán KLHT" in row)
    return [*rows[:at], [said if cell == "Thanh toán KLHT" else None for cell in rows[at]], *rows[at:]]


def test_what_was_paid_of_the_plan_is_read_and_of_the_life_of_the_project_named_as_refused():
    _, validated = vp(name_paid("Giải ngân vốn kế hoạch năm 2025"))
    assert validated.rows["paid_completed"].to_list() == vp(vp_sheet(vp_row(1)))[1].rows["paid_completed"].to_list()
    for said in ("Lũy kế từ khởi công", "Vốn năm 2024 kéo dài"):
        with pytest.raises(BlockedFile) as caught:
            vp(name_paid(said))
        assert caught.value.rule == "missing_column"
        assert f"“{said} / Thanh toán KLHT / NSTW”" in caught.value.message_vi


def test_a_missing_fund_column_blocks_and_a_missing_fund_does_not():
    rows = vp_sheet(vp_row(1))
    without_plan = [[cell for i, cell in enumerate(row) if i not in (9, 10)] if len(row) == 18 else row for row in rows]
    with pytest.raises(BlockedFile) as caught:
        vp(without_plan)
    assert caught.value.rule == "missing_column"
    assert "Kế hoạch địa phương giao/NSTW" in caught.value.message_vi
    only_central = [
        [cell for i, cell in enumerate(row) if i not in (8, 10, 12, 14, 16)] if len(row) == 18 else row for row in rows
    ]
    _, validated = vp(only_central)
    assert validated.rows["fund_source"].to_list() == ["NSTW"]


def test_negative_advances_and_a_plan_of_zero_are_valid():
    rows = [
        vp_row(1, advance_tw=-5, advance_dp="(6)"),
        vp_row(2, local_tw=0, carried_tw=0, done_tw=0, advance_tw=0),
    ]
    _, validated = vp(vp_sheet(*rows))
    assert validated.quarantine.empty
    facts = validated.rows.set_index(["source_row", "fund_source"])
    assert (facts.loc[(7, "NSTW"), "paid_advance"], facts.loc[(7, "NSDP"), "paid_advance"]) == (-5_000_000, -6_000_000)
    assert facts.loc[(8, "NSTW"), ["plan_local", "paid_completed"]].to_list() == [0, 0]


def test_groups_and_totals_are_control_figures_in_dong():
    total = [None, "TỔNG SỐ", *[None] * 5, 200, 400, 220, 440, 20, 40, 100, 121, 10, 12, None]
    group = ["I", "GIAO THÔNG", *[None] * 5, 200, 400, 220, 440, 20, 40, 100, 120, 10, 12, None]
    _, validated = vp(vp_sheet(total, group, vp_row(1), vp_row(2)))
    figures = validated.totals.set_index(["scope", "measure"])
    assert len(figures) == 20
    off = figures[figures["stated"] != figures["computed"]]
    assert list(off.index) == [("file", "paid_completed NSDP")]
    assert off.iloc[0].to_list() == [121e6, 120e6]
    assert account(validated) == (10, 2, 0, 8)


def test_a_total_off_by_one_row_is_seen_and_a_repeated_row_is_not_added_twice():
    total = [None, "Tổng cộng", *[None] * 5, 100, 200, 110, 220, 10, 20, 50, 60, 5, 6, None]
    _, twice = vp(vp_sheet(vp_row(1), vp_row(1), total))
    assert (twice.totals["stated"] == twice.totals["computed"]).all()
    _, missing = vp(vp_sheet(vp_row(1), vp_row(2), total))
    assert (missing.totals["computed"] == 2 * missing.totals["stated"]).all()


@pytest.mark.parametrize("place", ["Toàn tỉnh", "Liên xã", "Các xã, phường (2)", "Trên địa bàn tỉnh"])
def test_a_project_of_no_one_commune_is_taken_as_one_of_the_whole_province(place):
    _, validated = vp(vp_sheet(vp_row(1, place=place)))
    assert rules(validated) == []
    assert len(validated.findings) == 0
    assert validated.rows[["unit_level", "unit_code", "commune_code", "attribution"]].isna().all(axis=None)
    assert len(validated.rows) == 2


def test_a_project_of_a_former_province_is_its_own_and_a_bare_name_of_two_meanings_is_refused_by_name():
    places = ("Tỉnh Vĩnh Phúc", "Khu vực Hòa Bình", "Vĩnh Phúc", "Phường Vĩnh Phúc", "Phú Thọ")
    sheet = vp_sheet(*(vp_row(number, place=place) for number, place in enumerate(places, 1)), day="31/07/2025")
    _, validated = vp(sheet)
    assert rules(validated) == [(9, "commune", "unit_ambiguous"), (11, "commune", "unit_ambiguous")]
    assert validated.quarantine["remedy_vi"].str.contains("tỉnh Vĩnh Phúc|tỉnh Phú Thọ").all()
    found = validated.rows.drop_duplicates("source_row").set_index("source_row")
    assert found["former_province_code"].to_dict() == {7: "26", 8: "17", 10: "26"}
    assert found["commune_code"].dropna().to_dict() == {10: "08716"}


def test_a_word_that_the_layout_teaches_is_read_and_an_untaught_one_is_refused():
    feed = load_registry().feeds["investment_vp"]
    unit = feed.layout.unit.model_copy(update={"aliases": {"Vùng bãi": "xã Tam Sơn", "Cả khu": "Liên xã"}})
    taught = replace(feed, layout=feed.layout.model_copy(update={"unit": unit}))
    sheet = vp_sheet(vp_row(1, place="Vùng bãi"), vp_row(2, place="Cả khu"), vp_row(3, place="Vùng đồi"))
    content = workbook(("Biểu 1", sheet))
    _, validated = land(taught, content, "bieu_giai_ngan.xlsx")
    assert rules(validated) == [(9, "commune", "unit_unknown")]
    assert validated.rows.drop_duplicates("source_row")["commune_code"].dropna().tolist() == ["08824"]
    assert [row for row, *_ in rules(land(feed, content, "bieu_giai_ngan.xlsx")[1])] == [7, 8, 9]


def test_the_commune_of_a_place_is_used_and_what_was_dropped_is_told_with_its_cell():
    _, validated = vp(vp_sheet(vp_row(1, place="Thôn Đông, xã Tam Sơn *"), vp_row(2, place="xa Tam Son")))
    assert rules(validated) == []
    told = validated.findings.iloc[0]
    assert len(validated.findings) == 1
    assert (told["rule"], told["source_row"], told["column_name"]) == ("unit_part_dropped", 7, "commune")
    assert told["value"] == "Thôn Đông, xã Tam Sơn *"
    assert "không dùng: thôn đông" in told["remedy_vi"]
    assert validated.rows["commune_code"].eq("08824").all()


def test_a_project_for_the_whole_province_has_no_unit_and_an_unknown_one_is_refused():
    _, validated = vp(vp_sheet(vp_row(1, place=None), vp_row(2, place="-"), vp_row(3, place="Xã Chưa Từng Có")))
    assert rules(validated) == [(9, "commune", "unit_unknown")]
    assert validated.rows[["unit_level", "unit_code", "commune_code", "attribution"]].isna().all(axis=None)
    assert len(validated.rows) == 4


def test_the_treasury_sends_html_under_the_name_of_a_workbook():
    total = [
        "",
        "Tổng cộng",
        *[""] * 7,
        *["1.084.413.524.000", "1.236.719.786.000", "0", "222.824.110.000"],
        "",
        "",
        "",
    ]
    rows = [hb_row(1, "Ngân sách trung ương"), hb_row(2, "ODA"), hb_row(3, "Khác", day="31/06/2025"), total]
    batch, validated = land("investment_hb", hb(*rows), "giai_ngan_kb_20250430.xls")
    assert validated.rows["fund_source"].to_list() == ["NSTW", "ODA"]
    assert validated.rows["plan_local"].to_list() == [618_359_893_000] * 2
    assert validated.rows["paid_advance"].to_list() == [-1_352_562_000] * 2
    assert rules(validated) == [(6, "report_date", "impossible_date")]
    assert validated.findings.empty
    assert account(validated) == (7, 2, 1, 4)
    assert (batch["date_end"], batch["date_source"]) == (date(2025, 4, 30), "title")
    by_measure = validated.totals.set_index("measure")
    assert by_measure.loc["plan_pm"].to_list()[1:] == [1_084_413_524_000.0, 3 * 542_206_762_000.0]


def test_a_fund_nobody_knows_is_refused():
    _, validated = land("investment_hb", hb(hb_row(1, "Trái phiếu sao Hỏa")), "giai_ngan_kb_20250430.xls")
    assert rules(validated) == [(4, "fund_source", "unknown_code")]


def test_the_table_of_all_reports_is_known_up_to_the_day_of_the_night():
    days = ["2025-06-15", "2025-06-30", "2025-08-15"]
    content = sqlite_file([pt_row(ngay_so_lieu=day) for day in days])
    batch, validated = land("investment_pt", content, "bao_cao.sqlite")
    assert account(validated) == (3, 3, 0, 0)
    dated = (batch["date_kind"], batch["date_start"], batch["date_end"])
    assert decide_effective_date(*dated, date(2025, 7, 13), batch["date_days"]) == date(2025, 6, 30)
    assert decide_effective_date(*dated, date(2025, 8, 20), batch["date_days"]) == date(2025, 8, 15)
    assert decide_effective_date(*dated, date(2025, 6, 1), batch["date_days"]) is None


def test_the_table_is_in_dong_and_its_codes_may_have_lost_a_zero():
    rows = [
        pt_row(ma_xa="7999 "), pt_row(ma_xa=None), pt_row(ma_xa="99999"), pt_row(ngay_so_lieu="2025-06-31"),
        pt_row(ma_du_an=None), pt_row(nguon_von="NSDP ", tam_ung=None),
    ]  # fmt: skip
    _, validated = land("investment_pt", sqlite_file(rows), "bao_cao.sqlite")
    assert rules(validated) == [
        (5, "project_code", "missing_value"),
        (4, "report_date", "impossible_date"),
        (3, "commune", "unit_unknown"),
    ]
    assert validated.rows["unit_code"].astype("object").fillna("").to_list() == ["07999", "", "07999"]
    assert validated.rows["paid_completed"].to_list() == [50_000_000] * 3
    assert validated.rows["paid_advance"].isna().to_list() == [False, False, True]


def test_a_report_dated_after_the_night_waits():
    batch, _ = vp(vp_sheet(vp_row(1), day="15/08/2025"))
    assert decide_effective_date(batch["date_kind"], batch["date_start"], batch["date_end"], date(2025, 7, 13)) is None


def test_the_investment_of_a_project_may_be_merged_over_its_funds():
    """The total investment is said of the project; an advance that is merged is left out, and told."""
    feed = load_registry().feeds["investment_hb"]
    heads = {role: names[0] for role, names in feed.reader_headers.items()}
    told = {
        "project_code": "7300900", "project_name": "Đường thử", "commune.name": "Xã Cao Phong", "fund_source": "NSTW",
        "plan_year": 2025, "total_investment": 9_000, "plan_local": 700, "paid_completed": 50, "paid_advance": 5,
        "report_date": "30/06/2025",
    }  # fmt: skip
    rows = [told, told | {"fund_source": "NSĐP", "total_investment": None, "paid_advance": None}]
    sheet = [["GIẢI NGÂN NĂM 2025, đến ngày 30/06/2025"], list(heads.values())]
    sheet += [[row.get(role) for role in heads] for row in rows]
    letters = [chr(65 + list(heads).index(role)) for role in ("total_investment", "paid_advance")]
    content = workbook(("S", sheet), merges=[f"{letter}3:{letter}4" for letter in letters])
    _, validated = parse_file(content, "kb.xlsx", feed, load_registry(), bytes(32))
    assert validated.rows["total_investment"].tolist() == [9_000, 9_000]
    assert validated.rows["paid_advance"].isna().all()
    assert validated.quarantine.empty
    assert validated.findings["rule"].tolist() == ["merged_amount", "merged_amount"]
