"""The offices' own workbooks after a bad night: each place to mend once, with its office, and no person anywhere."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import load_workbook

from dagster_project.core.paths import Home
from dagster_project.explain.owners import make_owner_lists
from dagster_project.extracts.workbook.owners import write_owners
from dagster_project.simulate import build_world, list_needles
from dagster_project.warehouse.query import ask, find_current_file
from tests.support.nights.against_truth import read_truth
from tests.support.nights.needles import Needles, scan_home
from tests.support.nights.season import AS_OF, SCALE, SEEDS

pytestmark = pytest.mark.slow
_FILES = """
select feed_id, file from marts.source_file where state = 'accepted' and not is_superseded
"""


@dataclass(frozen=True)
class Season:
    """A home after one night, the truth beside it, and the rows of every workbook by sheet."""

    home: Home
    truth: Path
    said: str
    books: dict[str, dict[str, list[dict[str, Any]]]]

    def rows(self, sheet: str) -> list[dict[str, Any]]:
        return [row for book in self.books.values() for row in book.get(sheet, [])]


def read_book(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Sheet → its rows by header; what stands below the table (notes) is not in a row of the filter."""
    sheets = {}
    for sheet in load_workbook(path):
        heads = [cell.value for cell in sheet[3]]
        last = int(sheet.auto_filter.ref.split(":")[1].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        values = sheet.iter_rows(min_row=4, max_row=last, values_only=True)
        sheets[sheet.title] = [dict(zip(heads, row, strict=True)) for row in values]
    return sheets


@pytest.fixture(scope="module")
def season(hard_season):
    home = hard_season.home
    paths = sorted((home.extracts / "moi_nhat" / "can-sua").iterdir())
    return Season(home, hard_season.truth, hard_season.said, {path.name: read_book(path) for path in paths})


def test_every_open_gap_is_in_exactly_one_office_s_workbook(season):
    gaps = ask(find_current_file(season.home), "select gap_id from marts.data_gap where state = 'open'").rows
    listed = Counter(row["Mã"] for row in season.rows("Việc cần sửa"))
    assert listed == Counter(gap_id[:8] for (gap_id,) in gaps)
    assert set(listed.values()) == {1}
    assert sum(row["Số việc"] for row in season.rows("Tóm tắt")) == len(gaps)


def test_a_workbook_holds_the_rows_of_its_own_gaps_and_of_no_other(season):
    for book in season.books.values():
        own = {row["Mã"] for row in book["Việc cần sửa"]}
        for sheet in ("Dòng cần sửa", "Tệp bị chặn", "Số tổng lệch"):
            assert {row["Mã"] for row in book.get(sheet, [])} <= own
    for sheet in ("Dòng cần sửa", "Tệp bị chặn", "Số tổng lệch"):
        assert season.rows(sheet), sheet


def test_the_rows_that_are_not_used_are_those_of_the_truth(season):
    live = set(ask(find_current_file(season.home), _FILES).rows)
    stated = read_truth(season.truth, "quarantine").fillna("")
    wanted = {
        (file, sheet, int(float(row)))
        for feed, file, sheet, row in stated[["feed_id", "file", "sheet", "row"]].itertuples(index=False)
        if (feed, file) in live
    }
    rows = [row for row in season.rows("Dòng cần sửa") if row["Hiện"] == "không dùng"]
    found = {(row["Tệp"], row["Trang tính"].replace("-", ""), row["Dòng"]) for row in rows}
    assert len(wanted) > 40
    assert found == wanted


def test_each_gap_lists_as_many_places_as_it_counts(season):
    """But for the dossiers of former districts, nobody's mistake, and a sheet that stands twice in its file.

    The rows of a unit of which all were refused stand under the faults that refuse them.
    """
    query = "select gap_id, rows_affected, kind, measure from marts.data_gap where state = 'open'"
    listed = Counter(row["Mã"] for row in season.rows("Dòng cần sửa"))
    compared = 0
    for gap_id, affected, kind, measure in ask(find_current_file(season.home), query).rows:
        told_elsewhere = kind == "refused_unit" or measure == "sheet_repeated"
        if affected is None or (kind, measure) == ("unattributed", "district") or told_elsewhere:
            continue
        if kind != "volume":
            assert listed[gap_id[:8]] == affected, (gap_id, kind, measure)
            compared += 1
    assert compared > 100


def test_blocked_files_and_totals_are_told_one_by_one(season):
    marts = find_current_file(season.home)
    files = ask(marts, "select detail from marts.data_gap where state = 'open' and kind = 'blocked_file'").rows
    assert Counter(row["Tệp"] for row in season.rows("Tệp bị chặn")) == Counter(file for (file,) in files)
    assert all(row["Cách sửa"] for row in season.rows("Tệp bị chặn"))
    totals = ask(marts, "select gap_id from marts.data_gap where state = 'open' and kind = 'control_total'").rows
    assert Counter(row["Mã"] for row in season.rows("Số tổng lệch")) == Counter(gap_id[:8] for (gap_id,) in totals)


def test_where_each_commune_sends_for_itself_its_gaps_are_its_own(season):
    query = """
        select gap_id, commune_code from marts.data_gap
        where state = 'open' and feed_id in ('housing_pt', 'centre_readiness') and commune_code is not null
    """
    homes = {row["Mã"]: name for name, book in season.books.items() for row in book["Việc cần sửa"]}
    gaps = ask(find_current_file(season.home), query).rows
    assert len(gaps) > 5
    for gap_id, commune_code in gaps:
        assert homes[gap_id[:8]].startswith("ubnd-")
        assert homes[gap_id[:8]].endswith(f"-{commune_code}.xlsx")


@pytest.mark.drill
def test_no_person_stands_in_them(season):
    scan = scan_home(season.home, Needles(list_needles(build_world(SEEDS["hard"], SCALE, AS_OF))))
    assert scan.files > len(season.books)
    assert [found for found in scan.found if "can-sua" in found] == []


def test_they_are_listed_counted_and_the_same_twice(season, tmp_path):
    folder = (season.home.extracts / "moi_nhat").resolve()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert {f"can-sua/{name}" for name in season.books} == {
        name for name in manifest["files"] if name[:8] == "can-sua/"
    }
    assert f"Việc cần sửa: {len(season.books)} cơ quan" in season.said
    with duckdb.connect(str(find_current_file(season.home)), read_only=True) as marts:
        lists = make_owner_lists(season.home, marts, AS_OF)
    assert write_owners(lists, tmp_path / "again", folder.name) == len(season.books)
    for name in season.books:
        assert (tmp_path / "again" / name).read_bytes() == (folder / "can-sua" / name).read_bytes()
