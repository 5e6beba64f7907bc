"""A hand-written landing of projects, lots and clearances: every rate can be computed by hand. Money in billions."""

from __future__ import annotations

from tests.support.marts.hand_landing import HB, PT, VINH_YEN, VP, Row, unit

BILLION = 1_000_000_000
IN_VINH_YEN, IN_VIET_TRI, IN_HOA_BINH = unit(VINH_YEN, VP), unit("07900", PT), unit("04795", HB)
WHOLE_PROVINCE = dict.fromkeys(("unit_code", "unit_level", "commune_code", "former_province_code", "attribution"))
# "Tỉnh Vĩnh Phúc": a former province, of no one commune.
WHOLE_VINH_PHUC = unit("", VP, level="former_province", code=VP, how="former_province")
# Two former communes of Việt Trì: one project in both is summed there.
OLD_A = unit("07900", PT, level="former_commune", code="07894", how="former_commune")
OLD_B = unit("07900", PT, level="former_commune", code="07897", how="former_commune")

PERIODS = {"investment": "plan_year", "land_auction": "months", "site_clearance": "data_date"}
"""What one file of each domain states as a whole."""


def project(code: str, fund: str, where: Row, pm: float, local: float, paid: float, **more: object) -> Row:
    """One landed row of investment; money in billions of đồng."""
    row: Row = {
        "project_code": code, "project_name": f"Dự án {code}", "owner": "Ban QLDA", "project_group": "B",
        "fund_source": fund, "plan_year": 2025, "total_investment": 9000 * BILLION, "plan_pm": int(pm * BILLION),
        "plan_local": int(local * BILLION), "plan_carried": 0, "paid_completed": int(paid * BILLION), "paid_advance": 0,
    }  # fmt: skip
    return row | where | more


def lot(name: str, where: Row, nth: int, day: str, status: str, start: float, **more: object) -> Row:
    """One landed round of a lot; prices in billions of đồng."""
    prices = {key: int(float(str(more.pop(key))) * BILLION) for key in ("winning_price", "paid_amount") if key in more}
    row: Row = {
        "auction_no": f"{nth}/TB", "site": "Khu A", "lot": name, "round": nth, "auction_date": day, "status": status,
        "start_price": int(start * BILLION), "area_m2": 100.0,
    }  # fmt: skip
    return row | prices | where | more


def clearance(code: str, where: Row, area: float, cleared: float, households: int, paid: int) -> Row:
    """One landed row of site clearance; hectares."""
    row: Row = {
        "project_code": code, "area_to_recover_ha": area, "area_cleared_ha": cleared, "households": households,
        "households_paid": paid,
    }  # fmt: skip
    return row | where


def reports(feed: str, domain: str, days: dict[str, list[Row]], *, date_column: str | None) -> dict[str, list[Row]]:
    """One file a day of `days`, each the whole state of its day."""
    tables: dict[str, list[Row]] = {"source_file": [], domain: []}
    area = feed.rpartition("_")[2]
    for day, rows in days.items():
        batch = {"feed_id": feed, "area": area, "batch_id": f"{feed}-{day}"}
        tables["source_file"].append(
            batch
            | {"domain": domain, "file": f"{feed}-{day}.xlsx", "sha256": f"{feed}{day}", "state": "accepted",
               "data_date": day, "period_start": day, "period_end": day, "covers_from": day, "covers_to": day,
               "statement_no": 1, "received_at": "2025-08-01 20:00:00", "rows_read": len(rows) + 3, "rows_not_data": 3,
               "rows_quarantined": 0, "copies": 0}
        )  # fmt: skip
        for number, row in enumerate(rows, start=1):
            place = {"source_sheet": "1", "source_row": number, "content_hash": hash((day, str(row))) & 0xFFFFFFFF}
            dated = {date_column: day} if date_column else {}
            tables[domain].append(batch | place | row | dated)
    return tables


PT_REPORT = [
    # Each fund is below the whole investment of the project, and both together are above it.
    project("7000001", "NSDP", IN_VIET_TRI, 5000, 8000, 6000, total_investment=7000 * BILLION),
    # An advance recovered: negative, and valid.
    project(
        "7000001", "NSTW", IN_VIET_TRI, 3000, 5000, 2000, total_investment=7000 * BILLION, paid_advance=-136 * BILLION
    ),
    project("7000002", "ODA", WHOLE_PROVINCE, 1000, 2000, 3000),
    project("7000003", "NSDP", IN_VIET_TRI, 0, 0, 0),
    project("7000004", "NSDP", IN_VIET_TRI, 10, 10, 0),
]
VP_REPORT = [
    # Above the Prime Minister's plan: 182 % is real.
    project("7000005", "KHAC", IN_VINH_YEN, 1000, 4000, 1820),
]
HB_REPORT = [project("7000006", "NSTW", IN_HOA_BINH, 9000, 12000, 1180)]
# What the plan of 2024 paid until 31 January 2025 is no part of 2025.
LAST_YEAR = [
    project("7000001", "NSDP", IN_VIET_TRI, 100, 100, 99, plan_year=2024),
    project("7000007", "NSDP", WHOLE_VINH_PHUC, 50, 50, 49, plan_year=2024),
]
VP_LOTS = [
    lot("L1", IN_VINH_YEN, 1, "2025-03-10", "khong_thanh", 2),
    lot("L1", IN_VINH_YEN, 2, "2025-06-10", "da_nop_du", 2, winning_price=3, paid_amount=3),
    # A deposit of a quarter: above the band of 10 to 20 %.
    lot("L2", IN_VINH_YEN, 1, "2025-06-11", "dau_gia_thanh", 4, winning_price=5, paid_amount=1, deposit=BILLION),
    # Its next round lies after D: it counts at the round that failed.
    lot("L3", IN_VINH_YEN, 1, "2025-06-12", "khong_thanh", 1),
    lot("L3", IN_VINH_YEN, 2, "2025-08-20", "da_thong_bao", 1),
    # Not offered yet, and offered last year.
    lot("L4", IN_VINH_YEN, 1, "2025-07-20", "chua_dau_gia", 7),
    lot("L5", IN_VINH_YEN, 1, "2024-12-20", "da_giao_dat", 7, winning_price=8, paid_amount=8),
    # Sold twice, which somebody has to explain; it counts once.
    lot("L6", IN_VINH_YEN, 1, "2025-04-01", "da_giao_dat", 1, winning_price=2, paid_amount=2),
    lot("L6", IN_VINH_YEN, 2, "2025-05-01", "da_giao_dat", 1, winning_price=2, paid_amount=2),
]
# The only project of Phúc Yên, whose paid amount nobody can read.
REFUSED: Row = {
    "feed_id": "investment_vp", "area": "vp", "batch_id": "investment_vp-2025-07-31", "source_sheet": "1",
    "source_row": 2, "column_name": "paid_completed", "rule": "unreadable_number", "value": "12 tỷ?",
    "commune_code": "08740", "message_vi": "Không đọc được số.", "remedy_vi": "Ghi số.",
}  # fmt: skip
EARLIER_CLEARANCE = [clearance("8000001", OLD_A, 10, 1, 100, 5), clearance("8000009", OLD_A, 99, 0, 9, 0)]
CLEARANCE = [
    clearance("8000001", OLD_A, 10, 4, 100, 50),
    clearance("8000001", OLD_B, 30, 26, 20, 10),
]


def landed_rows() -> dict[str, list[Row]]:
    """All landing tables as rows; day D is 31 July 2025."""
    parts = [
        reports("investment_pt", "investment", {"2025-01-31": LAST_YEAR, "2025-07-31": PT_REPORT},
                date_column="report_date"),
        reports("investment_vp", "investment", {"2025-07-31": VP_REPORT}, date_column="report_date"),
        reports("investment_hb", "investment", {"2025-07-31": HB_REPORT}, date_column="report_date"),
        reports("land_auction_vp", "land_auction", {"2025-07-31": VP_LOTS}, date_column=None),
        reports("site_clearance_pt", "site_clearance",
                {"2025-05-15": EARLIER_CLEARANCE, "2025-05-31": CLEARANCE}, date_column="report_date"),
    ]  # fmt: skip
    tables: dict[str, list[Row]] = {}
    for part in parts:
        for name, rows in part.items():
            tables.setdefault(name, []).extend(rows)
    for file in tables["source_file"]:
        if file["feed_id"] == "land_auction_vp":  # one workbook of all months
            file |= {"period_start": "2025-01-01", "covers_from": "2025-01-01"}
        if file["batch_id"] == REFUSED["batch_id"]:
            file |= {"rows_read": file["rows_read"] + 1, "rows_quarantined": 1}
    tables["quarantine"] = [REFUSED]
    tables["file_name"] = [
        {key: file[key] for key in ("feed_id", "batch_id", "file")} for file in tables["source_file"]
    ]
    feeds = [file["feed_id"] for file in tables["source_file"]] + ["land_auction_hb"]
    tables["feed"] = [
        {"feed_id": feed, "domain": feed.rpartition("_")[0], "area": feed.rpartition("_")[2], "delivery": "snapshot",
         "delivery_period": PERIODS[feed.rpartition("_")[0]],
         "cadence": "monthly" if "auction" in feed else "twice_monthly", "late_after_days": 5, "max_age_days": 45,
         "expected_from": "2025-01-01", "title_vi": feed, "owner_vi": "Sở", "fixer_vi": "Sở", "is_expected": True}
        for feed in sorted(set(feeds))
    ]  # fmt: skip
    return tables
