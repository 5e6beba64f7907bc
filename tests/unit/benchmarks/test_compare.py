"""No time is told of scripts whose cells differ: the comparison finds any cell that does, and says what either says."""

from pathlib import Path

import duckdb
import pytest

from benchmarks.peers.compare import DifferentCellsError, compare_marts
from benchmarks.peers.task import CELL, FACT, Units, decode_tcvn3

SAID = "'tthc_online', 'week', date '2025-07-07', 'commune', '04792', '', '', 3.0, 4.0, 0.75"
NOTHING = "'tthc_online', 'week', date '2025-07-07', 'commune', '04795', '', '', 0.0, 0.0, null"
FACTS = ", ".join(f"'{name} of one' as {name}" for name in FACT)


def write_published(folder: Path, *rows: str) -> Path:
    path = folder / "published.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute(f"create table marts.kpi_value as from (values {_group(rows)}) as t({', '.join(CELL)})")
        connection.execute(f"create table marts.fct_dossier as select {FACTS}")
    return path


def write_made(folder: Path, *rows: str) -> Path:
    duckdb.sql(f"from (values {_group(rows)}) as t({', '.join(CELL)})").write_parquet(str(folder / "kpi_value.parquet"))
    duckdb.sql(f"select {FACTS}").write_parquet(str(folder / "fct_dossier.parquet"))
    return folder


def _group(rows: tuple[str, ...]) -> str:
    return ", ".join(f"({row})" for row in rows)


def test_equal_cells_are_counted_and_a_cell_of_nothing_may_be_missing(tmp_path):
    found = compare_marts(write_published(tmp_path, SAID, NOTHING), write_made(tmp_path, SAID))
    assert [(one.name, one.same, one.different) for one in found] == [("kpi_value", 1, ()), ("fct_dossier", 1, ())]


@pytest.mark.parametrize(
    "made",
    [
        [SAID.replace("3.0, 4.0, 0.75", "3.0, 4.0, 0.7500000001")],
        [SAID.replace("'04792'", "'04795'")],
        [SAID, SAID],
        [NOTHING],
    ],
    ids=["value", "unit", "twice", "missing"],
)
def test_any_other_cell_is_a_difference_that_is_shown(tmp_path, made):
    with pytest.raises(DifferentCellsError, match="tthc_online"):
        compare_marts(write_published(tmp_path, SAID), write_made(tmp_path, *made))


def test_a_fact_that_differs_is_a_difference(tmp_path):
    published, made = write_published(tmp_path, SAID), write_made(tmp_path, SAID)
    duckdb.sql(f"select {FACTS.replace('state of one', 'closed')}").write_parquet(str(made / "fct_dossier.parquet"))
    with pytest.raises(DifferentCellsError, match="fct_dossier: 2 differ"):
        compare_marts(published, made)


def test_the_scripts_know_the_units_of_both_times():
    resolve = Units().resolve
    assert resolve(("hb", "4789", "", False))[:3] == ("04789", "former_commune", "04828")
    assert resolve(("hb", "4795", "", True))[:2] == ("04795", "commune")
    assert resolve(("hb", "150", "", False))[1:] == ("former_district", None, "17", "district")
    assert resolve(("hb", "17", "Sở Y tế tỉnh Hòa Bình", True))[:2] == ("H44.22", "department")
    assert resolve(("vp", None, "UBND thành phố Phúc Yên", False))[1] == "former_district"
    with pytest.raises(KeyError):
        resolve(("vp", None, "UBND xã Không Có", True))


def test_tcvn3_is_decoded_letter_by_letter():
    assert decode_tcvn3(bytes.fromhex("aea7b8")) == "đĐá"
