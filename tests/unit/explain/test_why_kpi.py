"""Which gaps `haicap why` names under a cell: the feed's own, and of one unit's only those of the unit asked for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from dagster_project.explain.kpi_facts import Cell
from dagster_project.explain.why_kpi import list_missing

MARTS = """
create schema marts;
create table marts.feed_status as select * from (values ('pt', 'housing'), ('hb', 'housing'), ('x', 'planning'))
    as given (feed_id, domain);
create table marts.dim_commune as select * from (values ('11111', '25'), ('22222', '25'), ('33333', '17'))
    as given (commune_code, former_province_code);
create table marts.data_gap as
select *, 'open' as state, 'Gửi lại.' as what_to_do_vi, 'Văn phòng' as who_fixes
from (values
    ('refused', 'pt', 'pt', '11111', 'commune 11111', '2025-06', 'refused_unit', 3),
    ('missing', 'pt', 'pt', '22222', 'commune 22222', '2025-06', 'missing_unit', 2),
    ('stale', 'pt', 'pt', '22222', 'commune 22222', '2025-02', 'stale', 9),
    ('of the centre', 'pt', null, null, 'department H44.45', '2025-06', 'missing_unit', 1),
    ('blocked', 'pt', 'pt', '11111', 'a.xlsx', '2025-06', 'blocked_file', 0),
    ('old feed', 'hb', 'hb', null, '', '2025-01', 'stale', 0),
    ('other month', 'hb', 'hb', null, '', '2025-03', 'missing_period', 0),
    ('odd rows', 'hb', 'hb', null, '', '2025-06', 'contradiction', 0),
    ('elsewhere', 'x', null, null, '', '2025-06', 'missing_period', 0)
) as given (gap_id, feed_id, area, commune_code, detail, period, kind, verdicts_waiting)
"""
CASES = {
    ("province", "25", None): ["stale", "refused", "missing", "of the centre", "old feed", "blocked"],
    ("former_province", "25", "pt"): ["stale", "refused", "missing", "blocked"],
    ("former_province", "17", "hb"): ["old feed"],
    ("commune", "11111", "pt"): ["refused", "blocked"],
    ("commune", "22222", "pt"): ["stale", "missing"],
    ("commune", "33333", "hb"): ["old feed"],
    ("department", "H44.45", None): ["of the centre", "old feed"],
}


@pytest.mark.parametrize("asked", CASES)
def test_a_cell_names_the_gaps_of_its_units(tmp_path: Path, asked: tuple[str, str, str | None]) -> None:
    file = tmp_path / "published.duckdb"
    with duckdb.connect(str(file)) as marts:
        marts.execute(MARTS)
    grain, unit, area = asked
    cell = Cell("housing_started", grain, unit, "month", date(2025, 6, 1), date(2025, 6, 30))
    found = [gap["gap_id"] for gap in list_missing(file, "housing", cell, area, is_covered=False)]
    assert found == CASES[asked]
