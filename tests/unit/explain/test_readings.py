"""How files were read, for people: columns in the file's own words, places of units, periods, and what is refused."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dagster_project.core.paths import Home
from dagster_project.explain.readings import FeedAnswer, explain_feed, find_files
from dagster_project.warehouse.inputs import list_source_files
from tests.support.kits.landing_kit import AS_OF, Contented, Landing
from tests.support.kits.money_kit import vp_row, vp_sheet
from tests.support.kits.reader_kit import workbook

FEED = "investment_vp"
GOOD, BAD = "thang_6/bieu_giai_ngan.xlsx", "bieu_ky_2.xlsx"


@pytest.fixture
def asked(tmp_path: Path) -> tuple[Home, Path]:
    """(home, published file) after a night that read one file and refused another."""
    inbox, home = tmp_path / "inbox", Home(tmp_path / "home")
    sheet = vp_sheet(vp_row(1, total="9.000,5"), vp_row(2), unit="ĐVT: tỷ đồng")
    for name, rows in ((GOOD, sheet), (BAD, [["BÁO CÁO KỲ 2 THÁNG 5 NĂM 2025"], *sheet[3:]])):
        path = inbox / FEED / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(workbook(("Biểu 1", rows)))
    night = Landing(home, inbox, AS_OF, Contented())
    night.land(FEED, night.scan())
    file = tmp_path / "published.duckdb"
    with duckdb.connect(str(file)) as marts:
        marts.execute(
            "create schema marts; create table marts.source_file (feed_id varchar, file varchar, sha256 varchar, "
            "commune_code varchar, state varchar, data_date date, is_superseded boolean, received_at timestamptz, "
            "blocked_message_vi varchar)"
        )
        for _, row in list_source_files(home, night.registry, AS_OF):
            given = [row[name] for name in ("feed_id", "file", "sha256", "state", "data_date", "blocked_message_vi")]
            marts.execute(
                "insert into marts.source_file select $1, $2, $3, null, $4, $5, false, '2025-07-13', $6", given
            )
    return home, file


def explain(asked: tuple[Home, Path], name: str | None = None) -> FeedAnswer:
    return explain_feed(*asked, FEED, 50, name)


def test_a_column_stands_in_the_file_s_words_beside_the_contract_s_and_a_unit_with_its_place(asked) -> None:
    told = {(one.column_vi, one.read_as_vi): one for one in explain(asked).readings}
    unit = told["Tổng mức đầu tư (đồng)", "1 trong tệp = 1.000.000.000 đồng"]
    assert (unit.header, unit.told_by_vi) == ("Tổng mức đầu tư", "“tỷ đồng” ở dòng ĐVT, trang tính “Biểu 1”")
    style = told["Tổng mức đầu tư (đồng)", "số kiểu Việt Nam (1.234,5)"]
    assert (style.header, style.told_by_vi) == ("Tổng mức đầu tư", "các ô của cột")


def test_the_period_comes_first_and_what_no_cell_depends_on_is_left_out(asked) -> None:
    first, *others = explain(asked).readings
    assert (first.file, first.read_as_vi, first.told_by_vi) == (GOOD, "từ 01/01/2025 đến 30/06/2025", "tiêu đề biểu")
    styles = [one for one in others if one.read_as_vi.startswith("số kiểu")]
    assert [one.column_vi for one in styles] == ["Tổng mức đầu tư (đồng)"]


def test_a_blocked_file_is_told_with_its_reason_and_that_a_word_can_be_taught(asked) -> None:
    (refused,) = explain(asked).refused
    assert refused.file == BAD
    assert "“kỳ 2 tháng 5" in refused.reason_vi
    assert refused.can_be_taught


def test_a_file_is_found_by_its_name_and_told_alone(asked) -> None:
    _, file = asked
    for name in (GOOD, f"{FEED}/{GOOD}", "bieu_giai_ngan.xlsx"):
        assert find_files(file, name) == [(FEED, GOOD)]
    assert find_files(file, "giai_ngan.xlsx") == []
    of_bad = explain(asked, BAD)
    assert (of_bad.readings, [one.file for one in of_bad.refused]) == ((), [BAD])
    assert explain(asked, GOOD).refused == ()
