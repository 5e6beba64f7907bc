"""A hand-written landing of two dozen statements, small enough that every KPI can be computed by hand.

It is written as plain tables with the columns of dbt/models/staging/_sources.yml. Day D is 13 July 2025, a Sunday. The
catalogue gives 1.001193 one working day, 1.013225 (building, moved from district to commune) fifteen, 1.012753 (land)
twenty.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import yaml

from dagster_project.core.paths import DBT_DIR

AS_OF = "2025-07-13"
VINH_YEN, PHUC_YEN, VIET_TRI, HOA_BINH = "08707", "08740", "07900", "04795"
VP, PT, HB = "26", "25", "17"
BIRTH, LAND, BUILDING = "1.001193", "1.012753", "1.013225"
Row = dict[str, Any]


def unit(commune: str, province: str, *, level: str = "commune", code: str | None = None, how: str = "exact") -> Row:
    """The five unit columns of a landed row."""
    return {
        "unit_code": code or commune,
        "unit_level": level,
        "commune_code": commune if how in ("exact", "former_commune") else None,
        "former_province_code": None if how == "department" else province,
        "attribution": how,
    }


IN_VINH_YEN, IN_PHUC_YEN, IN_VIET_TRI = unit(VINH_YEN, VP), unit(PHUC_YEN, VP), unit(VIET_TRI, PT)
OF_DISTRICT = unit("", VP, level="former_district", code="252", how="district")
OF_SPLIT = unit("", HB, level="former_commune", code="05221", how="split")
OF_DEPARTMENT = unit("", "", level="department", code="H44.45", how="department")


def statement(dossier: str, where: Row, received: str, due: str | None, status: int, **more: Any) -> Row:
    """One landed statement; dates are 'MM-DD' or 'MM-DD HH:MM' of 2025."""
    times = {"received_at": received, "due_at": due}
    times |= {key: more.pop(key, None) for key in ("finished_at", "returned_at", "changed_at")}
    row: Row = {
        "dossier_id": dossier,
        "procedure_code": BIRTH,
        "applicant_kind": "ca_nhan",
        "channel": "truc_tiep",
        "status_code": status,
        "origin_dossier_id": None,
        "is_result_digitised": None,
        "fee": 8000,
    }
    row |= {key: f"2025-{value}" if value else None for key, value in times.items()}
    return row | where | more


JUNE = [
    statement(
        "D01", IN_VINH_YEN, "06-02 08:00", "06-05 17:00", 10, finished_at="06-04 09:00", is_result_digitised=True
    ),
    statement(
        "D02", IN_VINH_YEN, "06-03 08:00", "06-06 17:00", 9, finished_at="06-09 09:00", is_result_digitised=False
    ),
    statement("D03", IN_VINH_YEN, "06-10 08:00", "06-20 17:00", 4, procedure_code=BUILDING),
    statement("D04", IN_PHUC_YEN, "06-12 08:00", "06-30 17:00", 5, channel="truc_tuyen"),
    statement("D05", IN_PHUC_YEN, "06-16 08:00", None, 9, finished_at="06-18 09:00"),
    statement("D07", OF_DISTRICT, "06-20 08:00", "06-27 17:00", 10, finished_at="06-26 08:00", procedure_code=BUILDING),
    statement("D08", IN_PHUC_YEN, "06-05 08:00", "06-10 17:00", 7, finished_at="06-12 08:00"),
    statement("D09", IN_PHUC_YEN, "06-06 08:00", "06-13 17:00", 10),
    statement("D10", IN_PHUC_YEN, "06-18 08:00", "06-25 17:00", 10, finished_at="06-17 08:00"),
    statement("D11", IN_PHUC_YEN, "06-19 08:00", "06-26 17:00", 3),
    statement("R01", IN_VINH_YEN, "06-27 08:00", "07-04 17:00", 4),
]
VANISHED = statement("D06", IN_VINH_YEN, "06-04 08:00", "06-09 17:00", 4)
JULY_VP = [
    # The district took it in June; its successor is named in July: it stays with the district, and nothing is restated.
    statement("D07", IN_VINH_YEN, "06-20 08:00", "06-27 17:00", 10, finished_at="06-26 08:00", procedure_code=BUILDING),
    statement("D03", IN_VINH_YEN, "06-10 08:00", "06-20 17:00", 4, procedure_code=BUILDING),
    statement("D12", IN_VINH_YEN, "07-08 08:00", "07-18 17:00", 4),
]
REKEYED = statement(
    "R02", IN_VINH_YEN, "06-27 10:00", "07-04 17:00", 10,
    finished_at="07-03 08:00", changed_at="07-03 08:00", origin_dossier_id="R01", channel="truc_tuyen",
)  # fmt: skip
PT_JUNE = [
    statement("P01", IN_VIET_TRI, "06-23 08:00", "06-26 17:00", 2, changed_at="06-23 08:00", procedure_code=LAND),
    # Received after the data date of its own file: refused.
    statement("P09", IN_VIET_TRI, "07-05 08:00", "07-08 17:00", 2, changed_at="06-30 08:00"),
]
PT_JULY = [
    # Received earlier than it was first stated: a restatement. Finished a working day late.
    statement("P01", IN_VIET_TRI, "06-22 08:00", "06-26 17:00", 10, changed_at="07-01 08:00",
              finished_at="07-01 08:00", procedure_code=LAND),
    # A-B-A: three statements, no duplicate; another hour of the same receipt restates nothing.
    statement("P02", IN_VIET_TRI, "07-01 08:00", "07-18 17:00", 4, changed_at="07-02 08:00"),
    statement("P02", IN_VIET_TRI, "07-01 09:00", "07-18 17:00", 5, changed_at="07-03 08:00"),
    statement("P02", IN_VIET_TRI, "07-01 08:00", "07-18 17:00", 4, changed_at="07-04 08:00"),
    # Finished after D: open, and past due.
    statement("P03", IN_VIET_TRI, "07-02 08:00", "07-10 17:00", 10, changed_at="07-09 08:00",
              finished_at="07-20 08:00"),
    # Changed after D: not yet known.
    statement("P04", IN_VIET_TRI, "07-03 08:00", "07-14 17:00", 4, changed_at="07-03 08:00"),
    statement("P04", IN_VIET_TRI, "07-03 08:00", "07-14 17:00", 8, changed_at="07-15 08:00"),
    REKEYED,
    statement("S01", OF_DEPARTMENT, "07-02 08:00", "07-10 17:00", 4, changed_at="07-02 08:00"),
]  # fmt: skip
HB_JUNE = [statement("X01", OF_SPLIT, "06-04 00:00", "06-06 00:00", 9, finished_at="06-06 00:00")]
PORTAL = [
    {"portal_code": "H44.100", "level": "COMMUNE", "total_received": 100, "total_on_time": 90} | IN_VIET_TRI,
    {"portal_code": "H44.199", "level": "COMMUNE", "total_received": None, "total_on_time": None} | IN_VINH_YEN,
    {"portal_code": "H44.45", "level": "PROVINCE", "total_received": 50, "total_on_time": 30} | OF_DEPARTMENT,
]


def source_file(feed: str, batch: str, data_date: str, first: str, **more: Any) -> Row:
    """One landed file that delivers every day from `first` to its data date."""
    area = feed.removeprefix("procedures_")
    row: Row = {
        "feed_id": feed, "area": area, "domain": "procedures", "batch_id": batch, "file": f"{batch}.xlsx",
        "sha256": batch * 4, "state": "accepted", "data_date": data_date, "covers_from": first, "covers_to": data_date,
        "statement_no": 1, "received_at": "2025-07-13 20:00:00", "rows_not_data": 3, "rows_quarantined": 1, "copies": 0,
    }  # fmt: skip
    return row | more


JUNE_PULL = "2025/20250601-20250630"  # its pages lie beside those of other pulls
VP_JUNE = {"period_start": "2025-06-01", "period_end": "2025-06-30"}
FILES: list[tuple[Row, list[Row]]] = [
    (source_file("procedures_vp", "vp06", "2025-06-30", "2025-06-01", **VP_JUNE), [*JUNE, VANISHED]),
    (source_file("procedures_vp", "vp06b", "2025-06-30", "2025-06-01", statement_no=2, **VP_JUNE), JUNE),
    (source_file("procedures_vp", "vp07", "2025-07-13", "2025-07-01", period_start="2025-07-01",
                 period_end="2025-07-31"), JULY_VP),
    (source_file("procedures_pt", "pt06", "2025-06-30", "2025-06-01", file=f"{JUNE_PULL}_trang 1.json"), PT_JUNE),
    (source_file("procedures_pt", "pt06p2", "2025-06-30", "2025-06-01", file=f"{JUNE_PULL}_trang 2.json"), []),
    (source_file("procedures_pt", "pt07", "2025-07-13", "2025-07-01"), PT_JULY),
    (source_file("procedures_zz", "zz06", "2025-06-30", "2025-06-01"), []),
    (source_file("procedures_hb", "hb06", "2025-06-30", "2025-06-01", **VP_JUNE), HB_JUNE),
]  # fmt: skip
BLOCKED = source_file("procedures_hb", "hb05", "2025-05-31", "2025-05-01", state="blocked", rows_quarantined=0,
                      rows_not_data=0, blocked_rule="empty_file", blocked_message_vi="Tệp rỗng.",
                      blocked_remedy_vi="Xuất lại tệp.",
                      period_start="2025-05-01", period_end="2025-05-31")  # fmt: skip
# Half written, then completed under the same name; the same bytes came under another name as well.
HALF_NAME = "hoso_thang_06.csv"
HALF = BLOCKED | {"batch_id": "hb06x", "sha256": "hb06x", "file": HALF_NAME, "blocked_rule": "unreadable"}
HALF |= dict.fromkeys(("data_date", "period_start", "period_end", "covers_from", "covers_to"))
# A person rejected it: of its rows only the account is left.
REJECTED = source_file("procedures_hb", "hb07", "2025-07-13", "2025-07-01", state="rejected", rows_read=9,
                       rows_quarantined=6, period_start="2025-07-01", period_end="2025-07-31")  # fmt: skip
STATED: list[Row] = [
    {"feed_id": "procedures_pt", "batch_id": "pt06", "scope": "file", "measure": "rows", "stated": 7, "computed": 3},
    {"feed_id": "procedures_pt", "batch_id": "pt06p2", "scope": "file", "measure": "rows", "stated": 7, "computed": 1},
    {"feed_id": "procedures_vp", "batch_id": "vp07", "scope": "file", "measure": "rows", "stated": 2, "computed": 2},
]
PHONE_IN_ID = {"feed_id": "procedures_pt", "batch_id": "pt06", "source_sheet": "1", "column_name": "national_id",
               "rule": "phone_in_national_id", "commune_code": VIET_TRI, "remedy_vi": "Nhập lại."}  # fmt: skip
# Of P01, which is used, and of P09, which the build refuses.
FINDINGS: list[Row] = [PHONE_IN_ID | {"source_row": 1}, PHONE_IN_ID | {"source_row": 2}]
ACCEPTED: list[Row] = [
    {"feed_id": "procedures_vp", "gap_kind": "no_due_date", "until": "2025-07-31", "by_vi": "Sở", "why_vi": "Đang sửa"},
    # Another period, another commune: not these gaps.
    {"feed_id": "procedures_vp", "gap_kind": "contradiction", "period": "2025-05", "until": "2025-07-31"},
    {"feed_id": "procedures_hb", "gap_kind": "unattributed", "commune_code": HOA_BINH, "until": "2025-07-31"},
    {
        "feed_id": "land_auction_hb",
        "gap_kind": "missing_period",
        "until": "2025-12-31",
        "by_vi": "Sở",
        "why_vi": "Chưa",
    },
    {"feed_id": "procedures_hb", "gap_kind": "missing_period", "until": "2025-08-31", "by_vi": "Sở", "why_vi": "Miễn"},
]
FEEDS: list[Row] = [
    {"feed_id": "procedures_vp", "domain": "procedures", "area": "vp", "delivery": "snapshot", "cadence": "monthly",
     "late_after_days": 5, "max_age_days": 35, "expected_from": "2025-06-01",
     "delivery_period": "month"},
    {"feed_id": "procedures_pt", "domain": "procedures", "area": "pt", "delivery": "delta", "cadence": "nightly",
     "late_after_days": 2, "max_age_days": 7, "expected_from": "2025-06-01",
     "delivery_period": "none"},
    {"feed_id": "procedures_hb", "domain": "procedures", "area": "hb", "delivery": "snapshot", "cadence": "monthly",
     "late_after_days": 5, "max_age_days": 35, "expected_from": "2025-05-01",
     "delivery_period": "month"},
    {"feed_id": "national_portal", "domain": "national_portal", "area": "province", "delivery": "snapshot",
     "cadence": "monthly", "late_after_days": 10, "max_age_days": 45, "expected_from": "2025-07-01",
     "delivery_period": "as_named"},
    # Never came, and a person decided that it need not.
    {"feed_id": "land_auction_hb", "domain": "land_auction", "area": "hb", "delivery": "snapshot", "cadence": "monthly",
     "late_after_days": 5, "max_age_days": 35, "expected_from": "2025-06-01", "waived_until": "2025-12-31",
     "delivery_period": "months"},
    # Never came, and owes nothing yet: its first period has not ended.
    {"feed_id": "housing_vp", "domain": "housing", "area": "vp", "delivery": "snapshot", "cadence": "monthly",
     "late_after_days": 5, "max_age_days": 35, "expected_from": "2025-07-01",
     "delivery_period": "register_or_part"},
    # Came every night of June, then stopped.
    {"feed_id": "procedures_zz", "domain": "procedures", "area": "zz", "delivery": "delta", "cadence": "nightly",
     "late_after_days": 2, "max_age_days": 12, "expected_from": "2025-06-25",
     "delivery_period": "none"},
]  # fmt: skip


def landed_rows() -> dict[str, list[Row]]:
    """All landing tables as rows."""
    tables: dict[str, list[Row]] = {"procedures": [], "national_portal": [], "source_file": [BLOCKED, HALF, REJECTED]}
    tables |= {"stated_total": STATED, "accepted_fault": ACCEPTED, "finding": FINDINGS}
    for file, rows in FILES:
        tables["source_file"].append(file | {"rows_read": len(rows) + 4})
        for number, row in enumerate(rows, start=1):
            content = "|".join(f"{key}={value}" for key, value in sorted(row.items()) if key != "changed_at")
            meta = {"feed_id": file["feed_id"], "area": file["area"], "batch_id": file["batch_id"]}
            place = {"source_sheet": "1", "source_row": number, "content_hash": hash(content) & 0xFFFFFFFF}
            tables["procedures"].append(meta | place | row)
    for kind, start, end in (("month", "2025-07-01", "2025-07-31"), ("year", "2025-01-01", "2025-12-31")):
        batch = {"feed_id": "national_portal", "area": "province", "batch_id": f"portal-{kind}"}
        period = {"period_start": start, "period_end": end}
        file = source_file("national_portal", f"portal-{kind}", AS_OF, start, domain="national_portal", area="province")
        tables["source_file"].append(file | period | {"rows_read": 7})
        tables["national_portal"] += [
            batch | period | row | {"period_kind": kind, "source_sheet": "1", "source_row": i, "content_hash": i}
            for i, row in enumerate(PORTAL)
        ]
    named = [{key: file[key] for key in ("feed_id", "batch_id", "file")} for file in tables["source_file"]]
    tables["file_name"] = [*named, {"feed_id": "procedures_hb", "batch_id": "hb06", "file": HALF_NAME}]
    tables["feed"] = [
        feed | {"title_vi": feed["feed_id"], "owner_vi": "Sở", "fixer_vi": "Bộ phận một cửa", "is_expected": True}
        for feed in FEEDS
    ]
    return tables


def write_landing(path: Path, rows: dict[str, list[Row]] | None = None) -> None:
    """Create the landing and an empty ledger with the declared columns, and fill the landing."""
    sources = yaml.safe_load((DBT_DIR / "models/staging/_sources.yml").read_text(encoding="utf-8"))["sources"]
    rows = rows or landed_rows()
    with duckdb.connect(str(path)) as connection:
        for source in sources:
            connection.execute(f"create schema {source['schema']}")
            for table in source["tables"]:
                columns = ", ".join(f'"{column["name"]}" {column["data_type"]}' for column in table["columns"])
                name = f"{source['schema']}.{table['name']}"
                connection.execute(f"create table {name} ({columns})")
                for row in rows.get(table["name"], []) if source["name"] == "landing" else []:
                    names = ", ".join(f'"{key}"' for key in row)
                    marks = ", ".join("?" for _ in row)
                    connection.execute(f"insert into {name} ({names}) values ({marks})", list(row.values()))
