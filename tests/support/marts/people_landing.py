"""A hand-written landing of houses, centres, tasks and plans at 31 July 2025: every KPI can be computed by hand."""

from __future__ import annotations

from tests.support.marts.hand_landing import HB, HOA_BINH, VINH_YEN, VP, Row, unit
from tests.support.marts.money_landing import WHOLE_PROVINCE, reports

IN_VINH_YEN = unit(VINH_YEN, VP)
SPLIT = WHOLE_PROVINCE | {
    "unit_level": "former_commune", "unit_code": "04891", "former_province_code": HB, "attribution": "split"
}  # fmt: skip
INTERIOR = WHOLE_PROVINCE | {"unit_level": "department", "unit_code": "H44.42", "attribution": "department"}
CENTRE = INTERIOR | {"unit_code": "H44.01-TT"}
IN_VP = WHOLE_PROVINCE | {"unit_level": "former_province", "unit_code": VP, "former_province_code": VP,
                          "attribution": "former_province"}  # fmt: skip
IN_HB = IN_VP | {"unit_code": HB, "former_province_code": HB}
POOR, MERIT, LASTING = "hộ nghèo, cận nghèo", "người có công", "giảm nghèo bền vững"
EVER = {"period_start": "0001-01-01", "period_end": "9999-12-31"}


def house(number: str, strand: str, status: str, where: Row = IN_VINH_YEN, support: int = 60_000_000) -> Row:
    """One household under one strand."""
    return {"household_id": number, "strand": strand, "kind": "xay_moi", "support": support, "status": status} | where


def task(number: str, lead: Row, due: str | None, done: str | None) -> Row:
    """One task given by the leaders."""
    names = {
        "directive_no": f"{number}/TB",
        "task": f"Việc {number}",
        "lead_agency": "Cơ quan",
        "due_text": due or "sớm",
    }
    return names | {"issued_on": "2025-07-14", "due_on": due, "done_on": done} | lead


def milestone(number: str, where: Row, due: str | None, done: str | None) -> Row:
    """One milestone of a plan."""
    return {"plan_no": number, "title": "Đề án", "kind": "de_an_to_chuc", "milestone": "Trình", "milestone_due": due,
            "milestone_done": done} | where  # fmt: skip


EARLIER_HOUSES = [house("H1", MERIT, "dang_lam"), house("H6", POOR, "chua_khoi_cong")]
HOUSES = [
    house("H1", MERIT, "da_ban_giao"),
    house("H2", POOR, "dang_lam"),
    # Under two strands: it counts once, under the larger support, where it has not begun.
    house("H3", LASTING, "chua_khoi_cong"),
    house("H3", POOR, "hoan_thanh", support=30_000_000),
    house("H4", POOR, "rut"),
    house("H5", POOR, "hoan_thanh", SPLIT),
]
# Hòa Bình's centre reported once, and is not in the week after: at D its figures are 13 days old.
EARLIER_WEEK = [{"computers_needed": 10, "computers_have": 0} | IN_VINH_YEN, {"staff": None} | unit(HOA_BINH, HB)]
WEEK = [
    # More computers than needed fill no gap elsewhere; how many scanners there are is not known.
    {"computers_needed": 10, "computers_have": 12, "printers_needed": 4, "printers_have": 1, "scanners_needed": 2,
     "signatures_needed": 20, "signatures_issued": 30, "staff": 8, "staff_trained": 6, "line_carrier": "VNPT",
     "line_outage_hours": 8.4} | IN_VINH_YEN,
    # More people trained than there are: the others are of no other centre.
    {"computers_needed": 20, "computers_have": 5, "signatures_needed": 10, "signatures_issued": 5, "staff": 5,
     "staff_trained": 7} | CENTRE,
]  # fmt: skip
TASKS = [
    task("1", INTERIOR, "2025-07-18", None),
    task("2", INTERIOR, "2025-07-31", None),  # due at the end of D: not overdue yet
    task("3", IN_VINH_YEN, "2025-07-25", "2025-07-25"),
    task("4", IN_VINH_YEN, None, "2025-07-20"),  # no deadline is legal, and never on time
    task("5", INTERIOR, "2025-07-20", "2025-08-02"),  # done after D: not known yet
    task("6", INTERIOR, "2025-08-10", "2025-07-30"),
]
MILESTONES = [
    milestone("10", IN_HB, "2025-07-18", "2025-07-17"),
    milestone("11", IN_VP, "2025-07-25", None),
    milestone("12", WHOLE_PROVINCE, "2025-07-10", "2025-07-12"),
    milestone("13", WHOLE_PROVINCE, "2025-08-30", None),
]


def landed_rows() -> dict[str, list[Row]]:
    """Landing tables as rows; the registers replace all that was sent before them."""
    parts = [
        reports("housing_vp", "housing", {"2025-06-30": EARLIER_HOUSES, "2025-07-31": HOUSES}, date_column=None),
        reports("centre_readiness", "centre_readiness", {"2025-07-18": EARLIER_WEEK, "2025-07-25": WEEK},
                date_column="report_date"),
        reports("directives", "directives", {"2025-07-31": TASKS}, date_column=None),
        reports("planning", "planning", {"2025-07-31": MILESTONES}, date_column=None),
    ]  # fmt: skip
    tables: dict[str, list[Row]] = {}
    for part in parts:
        for name, rows in part.items():
            tables.setdefault(name, []).extend(rows)
    for file in tables["source_file"]:
        file |= {} if file["domain"] == "centre_readiness" else EVER
    for row in (row for name in ("source_file", "centre_readiness", "directives", "planning") for row in tables[name]):
        row |= {"area": "vp" if row["feed_id"] == "housing_vp" else None}
    # More signatures than needed, and more people trained than there are: the landing tells both offices.
    tables["finding"] = [
        {"feed_id": "centre_readiness", "batch_id": "centre_readiness-2025-07-25", "source_sheet": "1", "source_row": 1,
         "column_name": "signatures_issued", "rule": "more_signatures_than_needed", "commune_code": VINH_YEN,
         "remedy_vi": "Kiểm tra lại số cần cấp."},
        {"feed_id": "centre_readiness", "batch_id": "centre_readiness-2025-07-25", "source_sheet": "1", "source_row": 2,
         "column_name": "staff_trained", "rule": "more_trained_than_staff", "commune_code": None,
         "remedy_vi": "Kiểm tra lại số cán bộ."},
    ]  # fmt: skip
    tables["file_name"] = [
        {key: file[key] for key in ("feed_id", "batch_id", "file")} for file in tables["source_file"]
    ]
    tables["feed"] = [
        {"feed_id": feed, "domain": domain, "area": area, "delivery": "snapshot", "delivery_period": period,
         "cadence": cadence, "late_after_days": 5, "max_age_days": days, "expected_from": "2025-07-01",
         "every_unit_owes": feed == "centre_readiness", "title_vi": feed, "owner_vi": "Sở", "fixer_vi": "Sở",
         "is_expected": True}
        for feed, domain, area, period, cadence, days in (
            ("housing_vp", "housing", "vp", "register_or_part", "monthly", 35),
            ("centre_readiness", "centre_readiness", None, "data_date", "weekly", 12),
            ("directives", "directives", None, "register", "weekly", 35),
            ("planning", "planning", None, "register", "weekly", 35),
        )
    ]  # fmt: skip
    return tables
