"""The warehouse's SQL on a hand-written landing: two dozen statements whose KPIs are computed by hand.

The landing is written as plain tables with the columns of dbt/models/staging/_sources.yml, so the test needs nothing
but dbt and DuckDB. Day D is 13 July 2025, a Sunday. The catalogue gives 1.001193 one working day, 1.013225 (building,
moved from district to commune) fifteen, 1.012753 (land) twenty.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

DBT = Path(__file__).parents[2] / "dbt"
AS_OF = "2025-07-13"
VINH_YEN, PHUC_YEN, VIET_TRI, HOA_BINH = "08707", "08740", "07900", "04795"
VP, PT, HB = "26", "25", "17"
BIRTH, LAND, BUILDING = "1.001193", "1.012753", "1.013225"
Row = dict[str, Any]
pytestmark = pytest.mark.slow


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


JUNE_PULL = "20250601-20250630"
VP_JUNE = {"period_start": "2025-06-01", "period_end": "2025-06-30"}
FILES: list[tuple[Row, list[Row]]] = [
    (source_file("procedures_vp", "vp06", "2025-06-30", "2025-06-01", **VP_JUNE), [*JUNE, VANISHED]),
    (source_file("procedures_vp", "vp06b", "2025-06-30", "2025-06-01", statement_no=2, **VP_JUNE), JUNE),
    (source_file("procedures_vp", "vp07", "2025-07-13", "2025-07-01", period_start="2025-07-01",
                 period_end="2025-07-31"), JULY_VP),
    (source_file("procedures_pt", "pt06", "2025-06-30", "2025-06-01", file=f"{JUNE_PULL}/page-0001.json"), PT_JUNE),
    (source_file("procedures_pt", "pt06p2", "2025-06-30", "2025-06-01", file=f"{JUNE_PULL}/page-0002.json"), []),
    (source_file("procedures_pt", "pt07", "2025-07-13", "2025-07-01"), PT_JULY),
    (source_file("procedures_zz", "zz06", "2025-06-30", "2025-06-01"), []),
    (source_file("procedures_hb", "hb06", "2025-06-30", "2025-06-01", **VP_JUNE), HB_JUNE),
]  # fmt: skip
BLOCKED = source_file("procedures_hb", "hb05", "2025-05-31", "2025-05-01", state="blocked", rows_quarantined=0,
                      rows_not_data=0, blocked_rule="empty_file", blocked_message_vi="Tệp rỗng.",
                      period_start="2025-05-01", period_end="2025-05-31")  # fmt: skip
# A person rejected it: of its rows only the account is left.
REJECTED = source_file("procedures_hb", "hb07", "2025-07-13", "2025-07-01", state="rejected", rows_read=9,
                       rows_quarantined=6, period_start="2025-07-01", period_end="2025-07-31")  # fmt: skip
STATED: list[Row] = [
    {"feed_id": "procedures_pt", "batch_id": "pt06", "scope": "file", "measure": "rows", "stated": 7, "computed": 3},
    {"feed_id": "procedures_pt", "batch_id": "pt06p2", "scope": "file", "measure": "rows", "stated": 7, "computed": 1},
    {"feed_id": "procedures_vp", "batch_id": "vp07", "scope": "file", "measure": "rows", "stated": 2, "computed": 2},
]
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
     "late_after_days": 5, "stale_after_days": 35, "expected_from": "2025-06-01"},
    {"feed_id": "procedures_pt", "domain": "procedures", "area": "pt", "delivery": "delta", "cadence": "nightly",
     "late_after_days": 2, "stale_after_days": 7, "expected_from": "2025-06-01"},
    {"feed_id": "procedures_hb", "domain": "procedures", "area": "hb", "delivery": "snapshot", "cadence": "monthly",
     "late_after_days": 5, "stale_after_days": 35, "expected_from": "2025-05-01"},
    {"feed_id": "national_portal", "domain": "national_portal", "area": "province", "delivery": "snapshot",
     "cadence": "monthly", "late_after_days": 10, "stale_after_days": 45, "expected_from": "2025-07-01"},
    # Never came, and a person decided that it need not.
    {"feed_id": "land_auction_hb", "domain": "land_auction", "area": "hb", "delivery": "snapshot", "cadence": "monthly",
     "late_after_days": 5, "stale_after_days": 35, "expected_from": "2025-06-01", "waived_until": "2025-12-31"},
    # Came every night of June, then stopped.
    {"feed_id": "procedures_zz", "domain": "procedures", "area": "zz", "delivery": "delta", "cadence": "nightly",
     "late_after_days": 2, "stale_after_days": 20, "expected_from": "2025-06-25"},
]  # fmt: skip


def landed_rows() -> dict[str, list[Row]]:
    """All landing tables as rows."""
    tables: dict[str, list[Row]] = {"procedures": [], "national_portal": [], "source_file": [BLOCKED, REJECTED]}
    tables |= {"stated_total": STATED, "accepted_fault": ACCEPTED}
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
    tables["feed"] = [
        feed | {"title_vi": feed["feed_id"], "owner_vi": "Sở", "fixer_vi": "Bộ phận một cửa", "is_expected": True}
        for feed in FEEDS
    ]
    return tables


def write_landing(path: Path) -> None:
    """Create the landing and an empty ledger with the declared columns, and fill the landing."""
    sources = yaml.safe_load((DBT / "models/staging/_sources.yml").read_text(encoding="utf-8"))["sources"]
    rows = landed_rows()
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


def build(home: Path, monkeypatch: pytest.MonkeyPatch, command: str = "build") -> Path:
    """Run dbt in process on the landing of `home`; return the path of the marts."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    monkeypatch.setenv("HAICAP_BUILD_DB", str(home / "build.duckdb"))
    monkeypatch.setenv("HAICAP_MARTS_DB", str(home / "published.duckdb"))
    places = ["--project-dir", str(DBT), "--profiles-dir", str(DBT), "--target-path", str(home / "target")]
    variables = ["--vars", json.dumps({"as_of": AS_OF, "version": "test"})]
    result = dbtRunner().invoke([command, *places, "--log-path", str(home / "logs"), "--quiet", *variables])
    DuckDBConnectionManager.close_all_connections()
    failed = [f"{item.node.name}: {item.message}" for item in getattr(result.result, "results", [])
              if item.status not in ("success", "pass", "skipped")]  # fmt: skip
    assert result.success, result.exception or failed
    return home / "published.duckdb"


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The marts of the hand-written landing, built once (with all dbt tests and unit tests)."""
    home = tmp_path_factory.mktemp("golden")
    write_landing(home / "build.duckdb")
    with pytest.MonkeyPatch.context() as patch:
        path = build(home, patch)
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def kpi(marts: duckdb.DuckDBPyConnection, kpi_id: str, kind: str, start: str, unit_code: str, grain: str) -> Any:
    """(numerator, denominator, rating) of one cell without dimension."""
    return marts.execute(
        "select numerator, denominator, rating from marts.kpi_value where kpi_id = ? and period_kind = ? "
        "and period_start = ?::date and unit_code = ? and grain = ? and dimension = ''",
        [kpi_id, kind, start, unit_code, grain],
    ).fetchone()


JUN, JUL, YEAR = "2025-06-01", "2025-07-01", "2025-01-01"
CELLS = [
    # D01 on time, D02 late, D03 overdue, R02 (received in June, re-keyed) on time.
    ("tthc_on_time", "month", JUN, VINH_YEN, "commune", (2, 4, "missed")),
    # D04 paused, D08 withdrawn; D05 no due date, D09 undated, D10 contradiction, D11 refused: out of both.
    ("tthc_on_time", "month", JUN, PHUC_YEN, "commune", (2, 2, "met")),
    # The district's D07 counts in the former province only.
    ("tthc_on_time", "month", JUN, VP, "former_province", (5, 7, "missed")),
    # A divided commune's dossier counts in its former province.
    ("tthc_on_time", "month", JUN, HB, "former_province", (1, 1, "met")),
    # VP 5/7, HB 1/1, PT P01 0/1.
    ("tthc_on_time", "month", JUN, "25", "province", (6, 9, "missed")),
    # July: P02 and P04 not past due, P03 overdue; D12 not past due; S01 of the department overdue.
    ("tthc_on_time", "month", JUL, VIET_TRI, "commune", (2, 3, "missed")),
    ("tthc_on_time", "month", JUL, "H44.45", "department", (0, 1, "missed")),
    ("tthc_on_time", "month", JUL, "25", "province", (3, 5, "missed")),
    # Hòa Bình sent nothing for July: unknown, not zero.
    ("tthc_on_time", "month", JUL, HOA_BINH, "commune", (None, None, "insufficient")),
    ("tthc_on_time", "to_date", YEAR, "25", "province", (9, 14, "insufficient")),
    ("tthc_resolved_on_time", "month", JUN, VINH_YEN, "commune", (1, 2, "missed")),
    ("tthc_resolved_on_time", "month", JUL, VINH_YEN, "commune", (1, 1, "met")),
    ("tthc_backlog_overdue", "to_date", YEAR, "25", "province", (3, None, "insufficient")),
    ("tthc_backlog_overdue", "to_date", YEAR, VINH_YEN, "commune", (1, None, "insufficient")),
    ("tthc_no_due", "month", JUN, PHUC_YEN, "commune", (1, None, "missed")),
    ("tthc_no_due", "month", JUN, VINH_YEN, "commune", (0, None, "met")),
    # Received and counted in June at Phúc Yên: D04, D05, D08, D09, D10; online: D04.
    ("tthc_online", "month", JUN, PHUC_YEN, "commune", (1, 5, "missed")),
    ("tthc_digitised", "month", JUN, VINH_YEN, "commune", (1, 2, "missed")),
    ("tthc_moved_on_time", "month", JUN, VP, "former_province", (1, 2, "missed")),
    ("tthc_land_on_time", "month", JUN, "25", "province", (0, 1, "missed")),
    # D01 (2/6, 4/6] 2 days, D02 (3/6, 9/6] 4 days.
    ("tthc_working_days", "month", JUN, VINH_YEN, "commune", (6, 2, "not_applicable")),
    ("tthc_backlog_cleared", "to_date", YEAR, "25", "province", (None, None, "not_applicable")),
    ("portal_progress", "month", JUL, "25", "province", (120, 150, "insufficient")),
    ("portal_progress", "to_date", YEAR, VINH_YEN, "commune", (None, None, "insufficient")),
    ("portal_progress", "to_date", YEAR, "H44.45", "department", (30, 50, "missed")),
]


@pytest.mark.parametrize(("kpi_id", "kind", "start", "code", "grain", "expected"), CELLS)
def test_cell(marts: Any, kpi_id: str, kind: str, start: str, code: str, grain: str, expected: Any) -> None:
    assert kpi(marts, kpi_id, kind, start, code, grain) == expected


def test_rekeyed_dossier_is_one(marts: Any) -> None:
    rows = marts.execute(
        "select dossier_id, origin_dossier_id, received_at::varchar, state from marts.fct_dossier "
        "where dossier_id like 'R%'"
    ).fetchall()
    assert rows == [("R02", "R01", "2025-06-27 08:00:00", "closed")]


def test_replaced_file_takes_its_vanished_key_along(marts: Any) -> None:
    assert marts.execute("select count(*) from marts.fct_dossier where dossier_id = 'D06'").fetchone() == (0,)
    found = marts.execute(
        'select key, "column", old_value, new_value, file from marts.restatement order by 1'
    ).fetchall()
    assert found == [
        ("D06", "dossier_id", "D06", None, "vp06b.xlsx"),
        ("P01", "received_at", "2025-06-23 08:00:00", "2025-06-22 08:00:00", "pt07.xlsx"),
    ]


def test_each_file_accounts_for_its_rows(marts: Any) -> None:
    rows = marts.execute(
        "select batch_id, rows_read, rows_accepted, rows_quarantined, rows_duplicate, rows_not_data "
        "from marts.source_file where domain = 'procedures' order by batch_id"
    ).fetchall()
    assert rows == [
        ("hb05", 0, 0, 0, 0, 0),
        ("hb06", 5, 1, 1, 0, 3),
        ("hb07", 9, 0, 6, 0, 3),
        ("pt06", 6, 1, 2, 0, 3),
        ("pt06p2", 4, 0, 1, 0, 3),
        ("pt07", 13, 9, 1, 0, 3),
        ("vp06", 16, 12, 1, 0, 3),
        ("vp06b", 15, 0, 1, 11, 3),
        ("vp07", 6, 1, 1, 1, 3),
        ("zz06", 4, 0, 1, 0, 3),
    ]


def test_aba_is_three_changes(marts: Any) -> None:
    rows = marts.execute(
        "select status_code, is_backwards from marts.fct_dossier_history where dossier_id = 'P02' order by stated_at"
    ).fetchall()
    assert rows == [(4, False), (5, False), (4, False)]


def test_own_due_date(marts: Any) -> None:
    # Fifteen working days from Tuesday 10/6 end on Tuesday 1/7.
    assert marts.execute("select own_due_at::varchar from marts.fct_dossier where dossier_id = 'D03'").fetchone() == (
        "2025-07-01 17:00:00",
    )


def test_feed_status(marts: Any) -> None:
    rows = marts.execute("select feed_id, state, is_stale, last_period from marts.feed_status order by 1").fetchall()
    assert rows == [
        ("land_auction_hb", "not_expected", False, None),
        ("national_portal", "ok", False, "2025-07"),
        ("procedures_hb", "partial", False, "2025-06"),
        ("procedures_pt", "ok", False, "2025-07-13"),
        ("procedures_vp", "ok", False, "2025-07"),
        ("procedures_zz", "late", False, "2025-06-30"),
    ]


def test_gaps_are_named(marts: Any) -> None:
    rows = marts.execute(
        "select feed_id, kind, period, measure, rows_affected, state from marts.data_gap "
        "where kind <> 'missing_unit' order by all"
    ).fetchall()
    assert rows == [
        ("land_auction_hb", "missing_period", "2025-06", "period", None, "accepted"),
        ("procedures_hb", "blocked_file", "2025-05", "empty_file", None, "open"),
        ("procedures_hb", "missing_period", "2025-05", "period", None, "accepted"),
        ("procedures_hb", "unattributed", "2025-06", "split", 1, "open"),
        ("procedures_pt", "control_total", "2025-06-30", "rows", None, "open"),
        ("procedures_pt", "quarantined_rows", "2025-06-30", "after_data_date", 1, "open"),
        ("procedures_vp", "contradiction", "2025-06", "finished_before_received", 1, "open"),
        ("procedures_vp", "no_due_date", "2025-06", "due_at", 1, "accepted"),
        ("procedures_vp", "no_finish_date", "2025-06", "finished_at", 1, "open"),
        ("procedures_vp", "unattributed", "2025-06", "district", 1, "open"),
        ("procedures_zz", "late", "2025-06-30", "last_delivery", None, "open"),
        ("procedures_zz", "missing_period", "2025-07", "period", None, "open"),
    ]
    silent = marts.execute(
        "select count(*), count(*) filter (where commune_code = ?) from marts.data_gap where kind = 'missing_unit'",
        [VINH_YEN],
    ).fetchone()
    assert silent == (147, 1)  # every commune but Việt Trì has no figure in the portal's July


def test_the_total_of_a_pull_is_held_against_all_its_pages(marts: Any) -> None:
    rows = marts.execute(
        "select file, scope, stated, computed, is_equal from marts.control_total order by 1"
    ).fetchall()
    assert rows == [(JUNE_PULL, "pull", 7, 4, False), ("vp07.xlsx", "file", 2, 2, True)]


def test_every_table_and_column_has_a_comment(marts: Any) -> None:
    assert marts.execute("select distinct schema_name from duckdb_tables()").fetchall() == [("marts",)]
    silent = marts.execute(
        "select table_name, '' from duckdb_tables() where coalesce(comment, '') not like '% / %' union all "
        "select table_name, column_name from duckdb_columns() where schema_name = 'marts' "
        "and coalesce(comment, '') not like '% / %'"
    ).fetchall()
    assert silent == []
