"""What goes wrong with money and land: the files of one inbox."""

from __future__ import annotations

from typing import Any

from tests.support.kits.money_kit import (
    auction_sheet,
    clearance_row,
    clearance_sheet,
    lot,
    pt_row,
    sqlite_file,
    vp_row,
    vp_sheet,
)
from tests.support.kits.reader_kit import workbook

PT, VP, LOTS, SITES = "investment_pt", "investment_vp", "land_auction_vp", "site_clearance_hb"
AMOUNTS = slice(7, 17)
NOTHING = dict.fromkeys(
    (f"{name}_{fund}" for name in ("pm", "local", "carried", "done", "advance") for fund in ("tw", "dp")), 0
)
MEASURES = ("plan_pm", "plan_local", "plan_carried", "paid_completed", "paid_advance")
STEPS = (
    "area_to_recover_ha", "area_cleared_ha", "households", "households_inventoried", "households_approved",
    "households_paid", "households_resettled", "budget_approved", "budget_paid",
)  # fmt: skip


def report() -> list[list[Any]]:
    """A project told by two owners, a plan of zero, and a total that leaves out the first row."""
    rows = [
        vp_row(1), vp_row(2), vp_row(2, owner="Ban QLDA khu vực", done_tw=70), vp_row(3, **NOTHING),
    ]  # fmt: skip
    sums = [sum(column) for column in zip(*(row[AMOUNTS] for row in rows[1:]), strict=True)]
    return vp_sheet([None, "TỔNG SỐ", *[None] * 5, *sums, None], *rows)


def register() -> bytes:
    """A lot sold in May and again in June; May's sheet is there twice."""
    failed = {"Trạng_thái": "không thành", "Giá_trúng": None, "Đã_nộp_NSNN": None}
    may = auction_sheet(lot(), lot(Số_lô="LK08", **failed))
    again = lot(Số_thông_báo="81/TB-ĐG", Ngày_đấu_giá="10/06/2025", Lần=2)
    return workbook(("Tháng 5", may), ("Tháng 5 (2)", may), ("Tháng 6", auction_sheet(again, month=6)))


def clearances() -> list[list[Any]]:
    """More households paid than have an approved plan; a total that leaves out that row."""
    first, second = clearance_row(1), clearance_row(2, c10=61)
    return clearance_sheet(first, second, [None, "Tổng cộng", None, None, None, *first[5:14], None])


INBOX = {
    (PT, "bao_cao.sqlite"): sqlite_file([pt_row(), pt_row(ma_du_an="7200001", chu_dau_tu="UBND xã")]),
    (VP, "bieu_giai_ngan_30_06_2025.xlsx"): workbook(("Biểu 01", report())),
    (VP, "bieu_giai_ngan_15_06_2025.xlsx"): workbook(("Biểu 01", vp_sheet(vp_row(1), unit=None, day="15/06/2025"))),
    (VP, "bieu_giai_ngan_31_05_2025.xlsx"): workbook(
        ("Biểu 01", vp_sheet(vp_row(1), day="31/05/2025")),
        ("Biểu 02", vp_sheet(vp_row(2), day="31/05/2025", unit="ĐVT: nghìn đồng")),
    ),
    (VP, "bieu_giai_ngan_31_07_2025.xlsx"): workbook(("Biểu 01", vp_sheet(vp_row(1), day="31/07/2025"))),
    (LOTS, "dau_gia_dat_2025.xlsx"): register(),
    (SITES, "gpmb_hb_15052025.xlsx"): workbook(("GPMB", clearances())),
}
NEXT_MONTH = "bieu_giai_ngan_31_07_2025.xlsx"
OF_THESE = "feed_id in ('" + "', '".join(sorted({feed for feed, _ in INBOX})) + "')"
"""SQL: rows of the feeds of this inbox."""
