"""The warehouse's SQL on a hand-written landing (hand_landing.py): KPIs, accounts and gaps computed by hand.

It needs nothing but dbt and DuckDB.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.support.marts.dbt_build import build
from tests.support.marts.hand_landing import (
    HB,
    HOA_BINH,
    JUNE_PULL,
    PHUC_YEN,
    PT,
    VIET_TRI,
    VINH_YEN,
    VP,
    write_landing,
)
from tests.support.marts.measure_flags import added_up

pytestmark = pytest.mark.slow


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
    # D01 on time, D02 late, D03 overdue, R02 (received in June, re-keyed) on time; all decided, four of them.
    ("tthc_on_time", "month", JUN, VINH_YEN, "commune", (2, 4, "too_few")),
    # D04 paused, D08 withdrawn; D05 no due date, D09 undated, D10 contradiction, D11 refused: out of both.
    ("tthc_on_time", "month", JUN, PHUC_YEN, "commune", (2, 2, "too_early")),
    # The district's D07 counts in the former province only; the paused D04 leaves six of seven decided.
    ("tthc_on_time", "month", JUN, VP, "former_province", (5, 7, "too_early")),
    # A divided commune's dossier counts in its former province.
    ("tthc_on_time", "month", JUN, HB, "former_province", (1, 1, "met")),
    # VP 5/7, HB 1/1, PT P01 0/1.
    ("tthc_on_time", "month", JUN, "25", "province", (6, 9, "too_early")),
    # July: P02 and P04 not past due, P03 overdue; D12 not past due; S01 of the department overdue.
    ("tthc_on_time", "month", JUL, VIET_TRI, "commune", (2, 3, "too_early")),
    ("tthc_on_time", "month", JUL, "H44.45", "department", (0, 1, "too_few")),
    # The 46 communes of Hòa Bình have not reported July.
    ("tthc_on_time", "month", JUL, "25", "province", (3, 5, "insufficient")),
    # Hòa Bình sent nothing for July: unknown, not zero.
    ("tthc_on_time", "month", JUL, HOA_BINH, "commune", (None, None, "insufficient")),
    # Hòa Bình: one month of the three since May (see the coverage below).
    ("tthc_on_time", "to_date", YEAR, "25", "province", (9, 14, "insufficient")),
    # Due in June: D01 on time, D02 late, D03 still open. R02 was due in July.
    ("tthc_due_on_time", "month", JUN, VINH_YEN, "commune", (1, 3, "too_few")),
    # The paused D04 stays in; the withdrawn D08 is out, and so are D09 (undated) and D10 (contradiction).
    ("tthc_due_on_time", "month", JUN, PHUC_YEN, "commune", (0, 1, "too_few")),
    # And the district's D07, on time.
    ("tthc_due_on_time", "month", JUN, VP, "former_province", (2, 5, "missed")),
    # X01 of Hòa Bình on time, P01 of Phú Thọ a working day late.
    ("tthc_due_on_time", "month", JUN, "25", "province", (3, 7, "missed")),
    # Due by 13/7: P03 is not finished yet. P02 (18/7) and P04 (14/7) are not due.
    ("tthc_due_on_time", "month", JUL, VIET_TRI, "commune", (0, 1, "too_few")),
    ("tthc_due_on_time", "month", JUL, VINH_YEN, "commune", (1, 1, "too_few")),
    ("tthc_due_on_time", "month", JUL, "25", "province", (1, 3, "insufficient")),
    ("tthc_due_on_time", "week", "2025-07-07", "H44.45", "department", (0, 1, "too_few")),
    ("tthc_resolved_on_time", "month", JUN, VINH_YEN, "commune", (1, 2, "too_few")),
    ("tthc_resolved_on_time", "month", JUL, VINH_YEN, "commune", (1, 1, "too_few")),
    # What stands open asks for the newest state alone: Hòa Bình's is of 30/6, and young enough.
    ("tthc_backlog_overdue", "to_date", YEAR, "25", "province", (3, None, "missed")),
    ("tthc_backlog_overdue", "to_date", YEAR, VINH_YEN, "commune", (1, None, "missed")),
    ("tthc_no_due", "month", JUN, PHUC_YEN, "commune", (1, None, "missed")),
    ("tthc_no_due", "month", JUN, VINH_YEN, "commune", (0, None, "met")),
    # Received and counted in June at Phúc Yên: D04, D05, D08, D09, D10; online: D04.
    ("tthc_online", "month", JUN, PHUC_YEN, "commune", (1, 5, "too_few")),
    ("tthc_digitised", "month", JUN, VINH_YEN, "commune", (1, 2, "too_few")),
    ("tthc_moved_on_time", "month", JUN, VP, "former_province", (1, 2, "missed")),
    ("tthc_land_on_time", "month", JUN, "25", "province", (0, 1, "missed")),
    # D01 (2/6, 4/6] 2 days, D02 (3/6, 9/6] 4 days.
    ("tthc_working_days", "month", JUN, VINH_YEN, "commune", (6, 2, "not_applicable")),
    ("tthc_backlog_cleared", "to_date", YEAR, "25", "province", (None, None, "too_early")),
    ("portal_progress", "month", JUL, "25", "province", (120, 150, "insufficient")),
    ("portal_progress", "to_date", YEAR, VINH_YEN, "commune", (None, None, "insufficient")),
    ("portal_progress", "to_date", YEAR, "H44.45", "department", (30, 50, "missed")),
]


@pytest.mark.parametrize(("kpi_id", "kind", "start", "code", "grain", "expected"), CELLS)
def test_a_cell_is_what_was_counted_by_hand(
    marts: Any, kpi_id: str, kind: str, start: str, code: str, grain: str, expected: Any
) -> None:
    assert kpi(marts, kpi_id, kind, start, code, grain) == expected


THIRD = 1 / 3
COVERAGE = [
    # Hòa Bình sent June, and neither May nor July so far: of each of its communes one month of three.
    ("tthc_due_on_time", "month", JUN, HOA_BINH, "commune", 1, "2025-06-30"),
    ("tthc_due_on_time", "month", JUL, HOA_BINH, "commune", 0, "2025-06-30"),
    ("tthc_due_on_time", "to_date", YEAR, HOA_BINH, "commune", THIRD, "2025-06-30"),
    ("tthc_due_on_time", "to_date", YEAR, HB, "former_province", THIRD, "2025-06-30"),
    # The pulls of Phú Thọ cover every night since it is expected, and so does the department that comes with them.
    ("tthc_due_on_time", "to_date", YEAR, VIET_TRI, "commune", 1, "2025-07-13"),
    ("tthc_due_on_time", "to_date", YEAR, "H44.45", "department", 1, "2025-07-13"),
    # 66 + 36 communes whole, 46 by a third, one department: of 149.
    ("tthc_due_on_time", "to_date", YEAR, "25", "province", (102 + 46 * THIRD + 1) / 149, "2025-06-30"),
    # A department that no feed ever held owes nothing.
    ("tthc_due_on_time", "to_date", YEAR, "H44.42", "department", None, None),
    # What stands open asks for the newest state alone, which may be 35 days old in Hòa Bình.
    ("tthc_backlog_overdue", "to_date", YEAR, HOA_BINH, "commune", 1, "2025-06-30"),
    ("tthc_backlog_overdue", "to_date", YEAR, "25", "province", 1, "2025-06-30"),
]


@pytest.mark.parametrize(("kpi_id", "kind", "start", "code", "grain", "coverage", "oldest"), COVERAGE)
def test_coverage_is_the_share_of_periods_that_arrived(
    marts: Any, kpi_id: str, kind: str, start: str, code: str, grain: str, coverage: Any, oldest: Any
) -> None:
    found = marts.execute(
        "select coverage, oldest_data_date::varchar from marts.kpi_value where kpi_id = ? and period_kind = ?"
        " and period_start = ?::date and unit_code = ? and grain = ? and dimension = ''",
        [kpi_id, kind, start, code, grain],
    ).fetchone()
    assert found == (coverage if coverage is None else pytest.approx(coverage, abs=1e-5), oldest)


def test_a_gap_says_how_many_verdicts_wait_for_it(marts: Any) -> None:
    """The portal's July lacks Vĩnh Yên: its own verdict, its former province's and the province's wait for it.

    Of the missing May of Hòa Bình neither the newest week nor the state at D waits.
    """
    query = "select kind, verdicts_waiting from marts.data_gap where feed_id = ? and coalesce(commune_code, '') = ?"
    assert marts.execute(query, ["national_portal", VINH_YEN]).fetchall() == [("missing_unit", 3)]
    assert sorted(marts.execute(query, ["procedures_hb", ""]).fetchall()) == [
        ("blocked_file", 0), ("missing_period", 0), ("unattributed", 0),
    ]  # fmt: skip


def test_the_backlog_is_told_by_holder_and_by_week(marts: Any) -> None:
    """Open past their due date at D: D03 since 21/6 at Vĩnh Yên, P03 since 11/7 at Việt Trì, S01 since 11/7."""
    assert marts.execute(
        "select unit_code, holder, age_band, dossiers, oldest_days from marts.backlog order by 1"
    ).fetchall() == [
        (VIET_TRI, "commune", "≤7", 1, 3),
        (VINH_YEN, "commune", "8–30", 1, 23),
        ("H44.45", "department", "≤7", 1, 3),
    ]
    weeks = marts.execute(
        "select week::varchar, holder, former_province_code, became_overdue, cleared, stock from marts.backlog_week"
        " where week >= date '2025-06-16' and (became_overdue, cleared, stock) <> (0, 0, 0) order by all"
    ).fetchall()
    assert weeks == [
        ("2025-06-16", "commune", VP, 1, 0, 1),
        ("2025-06-23", "commune", PT, 1, 0, 1),
        ("2025-06-23", "commune", VP, 0, 0, 1),
        # P01, due on 26/6, is closed on 1/7.
        ("2025-06-30", "commune", PT, 0, 1, 0),
        ("2025-06-30", "commune", VP, 0, 0, 1),
        ("2025-07-07", "commune", PT, 1, 0, 1),
        ("2025-07-07", "commune", VP, 0, 0, 1),
        ("2025-07-07", "department", None, 1, 0, 1),
    ]


def test_parts_make_the_whole_and_an_unknown_part_is_unknown(marts: Any) -> None:
    def list_parts(kpi_id: str) -> list[tuple[Any, ...]]:
        query = "select part, numerator, denominator from marts.kpi_part where kpi_id = ? order by 1"
        return [tuple(row) for row in marts.execute(query, [kpi_id]).fetchall()]

    assert list_parts("tthc_backlog_overdue") == [
        (HB, 0, None), (PT, 1, None), (VP, 1, None), ("departments", 1, None), ("provincial_centre", 0, None),
    ]  # fmt: skip
    # In the newest week Phú Thọ's P03 and the department's S01 were due and are open; Hòa Bình sent nothing of July.
    assert list_parts("tthc_due_on_time") == [
        (HB, None, None), (PT, 0, 1), (VP, 0, 0), ("departments", 0, 1), ("provincial_centre", 0, 0),
    ]  # fmt: skip


def test_the_measure_flags_add_up_to_every_cell(marts: Any) -> None:
    wrong, compared = added_up(marts)
    assert wrong == []
    flows = {"tthc_on_time", "tthc_resolved_on_time", "tthc_no_due", "tthc_online", "tthc_working_days"}
    assert compared >= {
        (kpi_id, kind, grain)
        for kpi_id in flows
        for kind in ("week", "month", "to_date")
        for grain in ("province", "former_province", "commune")
    }
    assert {("tthc_on_time", "month", "department"), ("portal_progress", "month", "commune")} <= compared


def test_rekeyed_dossier_is_one(marts: Any) -> None:
    rows = marts.execute(
        "select dossier_id, origin_dossier_id, received_at::varchar, state from marts.fct_dossier "
        "where dossier_id like 'R%'"
    ).fetchall()
    assert rows == [("R02", "R01", "2025-06-27 08:00:00", "closed")]


def test_carried_dossier_keeps_the_unit_that_took_it(marts: Any) -> None:
    found = marts.execute(
        "select unit_code, commune_code, attribution, batch_id from marts.fct_dossier where dossier_id = 'D07'"
    ).fetchall()
    assert found == [("252", None, "district", "vp07")]


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
        ("hb06x", 0, 0, 0, 0, 0),
        ("hb07", 9, 0, 6, 0, 3),
        ("pt06", 6, 1, 2, 0, 3),
        ("pt06p2", 4, 0, 1, 0, 3),
        ("pt07", 13, 9, 1, 0, 3),
        ("vp06", 16, 12, 1, 0, 3),
        ("vp06b", 15, 0, 1, 11, 3),
        ("vp07", 7, 2, 1, 1, 3),
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
        ("housing_vp", "not_expected", False, None),
        ("land_auction_hb", "not_expected", False, None),
        ("national_portal", "ok", False, "2025-07"),
        ("procedures_hb", "partial", False, "2025-06"),
        ("procedures_pt", "ok", False, "2025-07-13"),
        ("procedures_vp", "ok", False, "2025-07"),
        ("procedures_zz", "late", True, "2025-06-30"),
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
        ("procedures_pt", "contradiction", "2025-06-30", "phone_in_national_id", 1, "open"),
        ("procedures_pt", "control_total", "2025-06-30", "rows", None, "open"),
        ("procedures_pt", "quarantined_rows", "2025-06-30", "after_data_date", 1, "open"),
        ("procedures_vp", "contradiction", "2025-06", "finished_before_received", 1, "open"),
        ("procedures_vp", "no_due_date", "2025-06", "due_at", 1, "accepted"),
        ("procedures_vp", "no_finish_date", "2025-06", "finished_at", 1, "open"),
        ("procedures_vp", "unattributed", "2025-06", "district", 1, "open"),
        ("procedures_zz", "late", "2025-06-30", "last_delivery", None, "open"),
        ("procedures_zz", "missing_period", "2025-07", "period", None, "open"),
        ("procedures_zz", "stale", "2025-06-30", "data_date", None, "open"),
    ]
    blocked = marts.execute("select what_to_do_vi from marts.data_gap where kind = 'blocked_file'").fetchall()
    assert blocked == [("Tệp rỗng. Xuất lại tệp. Gửi lại tệp: hb05.xlsx",)]
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
