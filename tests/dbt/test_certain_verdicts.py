"""What is said although data are missing: bounds, coverage and certain verdicts of registers that were sent or not.

The test knows what each office sent and when, and judges by its own means. It shares no code with dbt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from tests.support.marts.dbt_build import build
from tests.support.marts.hand_landing import HB, PT, VP, write_landing
from tests.support.marts.people_landing import MERIT
from tests.support.marts.silent_landing import Office, draw_offices, land_all

pytestmark = pytest.mark.slow
SEED = 15
LEAST_COVERAGE = 0.8
VERDICTS = ("met", "at_risk", "missed")
CELL = """
select numerator, denominator, rating, is_certain, value_low, value_high, coverage, is_provisional,
    oldest_data_date::varchar as oldest
from marts.kpi_value
where kpi_id = ? and grain = ? and unit_code = ? and member = ? and period_kind = 'to_date'
"""


@dataclass(frozen=True)
class Known:
    """What is known of a cell: completed and all houses of fresh registers, and the houses that old ones hold."""

    done: int
    fresh: int
    missing: int

    def rate(self, filled: int, target: float) -> str:
        """Return the rating when `filled` of the missing houses are completed."""
        value = (self.done + filled) / (self.fresh + self.missing)
        return "met" if value >= target else "at_risk" if value >= target - 0.05 else "missed"


@pytest.fixture(scope="module")
def offices() -> list[Office]:
    return draw_offices(SEED)


@pytest.fixture(scope="module")
def marts(offices: list[Office], tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    home = tmp_path_factory.mktemp("silent")
    write_landing(home / "build.duckdb", land_all(offices))
    with pytest.MonkeyPatch.context() as patch:
        path = build(home, patch, with_unit_tests=False)
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def find_target(member: str) -> float:
    """Both paths run straight from 0 at the end of 2024: to 31/8 (243 days), and to 27/7 for people of merit (208)."""
    return 194 / (208 if member == MERIT else 243)


def list_cells(offices: list[Office]) -> dict[tuple[str, str, str], tuple[Known, float]]:
    """Return (grain, unit, member) → what is known of the cell, and the share of its communes that reported."""
    members = ["", *sorted({strand for office in offices for strand, _ in office.houses})]
    places = {("province", "25"): offices} | {
        ("former_province", code): [office for office in offices if office.province == code] for code in (PT, VP, HB)
    }
    places |= {("commune", office.code): [office] for office in offices}
    found = {}
    for (grain, code), own in places.items():
        coverage = sum(office.is_fresh for office in own) / len(own)
        for member in members:
            houses = [(office, done) for office in own for strand, done in office.houses if member in ("", strand)]
            fresh = [done for office, done in houses if office.is_fresh]
            known = Known(sum(fresh), len(fresh), len(houses) - len(fresh))
            if known.fresh + known.missing:
                found[grain, code, member] = (known, coverage)
    return found


@pytest.fixture(scope="module")
def cells(offices: list[Office], marts: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The published cells of housing_completed that the test knows of."""
    found = {}
    for grain, code, member in list_cells(offices):
        rows = marts.execute(CELL, ["housing_completed", grain, code, member]).df().to_dict("records")
        assert len(rows) == 1, (grain, code, member)
        found[grain, code, member] = rows[0]
    return found


def test_bounds_and_coverage_are_those_of_the_registers(offices: list[Office], cells: Any) -> None:
    for key, (known, coverage) in list_cells(offices).items():
        whole, cell = known.fresh + known.missing, cells[key]
        assert cell["denominator"] == whole, key
        assert cell["coverage"] == pytest.approx(coverage), key
        assert cell["value_low"] == pytest.approx(known.done / whole), key
        assert cell["value_high"] == pytest.approx((known.done + known.missing) / whole), key
        assert cell["is_provisional"] == (coverage < 1), key


def test_a_verdict_is_given_exactly_where_it_is_certain(offices: list[Office], cells: Any) -> None:
    certain, open_ = 0, 0
    for key, (known, coverage) in list_cells(offices).items():
        if coverage >= LEAST_COVERAGE or key[0] == "commune":
            continue
        least, most = known.rate(0, find_target(key[2])), known.rate(known.missing, find_target(key[2]))
        rating, is_certain = cells[key]["rating"], cells[key]["is_certain"]
        assert (rating, is_certain) == ((least, True) if least == most else ("insufficient", False)), key
        certain, open_ = certain + (least == most), open_ + (least != most)
    assert certain >= 2
    assert open_ >= 2


def test_a_small_commune_has_no_rate_and_an_old_one_no_verdict(offices: list[Office], cells: Any) -> None:
    for (grain, code, member), (known, coverage) in list_cells(offices).items():
        if grain == "commune":
            cell = cells[grain, code, member]
            rating = known.rate(0, find_target(member)) if known.fresh >= 10 else "too_few"
            assert cell["rating"] == (rating if coverage == 1 else "insufficient"), (code, member)


def test_a_count_is_at_least_what_has_been_reported(marts: duckdb.DuckDBPyConnection) -> None:
    """One dossier is overdue in the fresh feed, one in the feed that fell silent: two are known, one is certain."""
    told = {
        place: marts.execute(CELL, ["tthc_backlog_overdue", *place, ""]).fetchone()[:6]
        for place in (("province", "25"), ("former_province", PT), ("former_province", VP), ("commune", "07900"))
    }
    assert told["former_province", VP] == (1, None, "missed", False, 1, 1)
    assert told["province", "25"] == (2, None, "missed", True, 1, None)
    assert told["former_province", PT] == (1, None, "insufficient", False, 0, None)
    assert told["commune", "07900"] == (1, None, "insufficient", False, 0, None)
