"""Another province is a folder: its seeds of units and its layouts. Night, page and workbooks are the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project.core.paths import PROVINCE_VARIABLE, Home
from dagster_project.warehouse.query import ask, find_current_file
from tests.support.nights.other_province import AREAS, COMMUNES, LIKE, OF_AREAS, write_inbox, write_province

pytestmark = pytest.mark.drill
AS_OF = "2025-07-13"


def haicap(province: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {PROVINCE_VARIABLE: str(province)}
    command = [sys.executable, "-m", "dagster_project.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture(scope="module")
def province(tmp_path_factory):
    return write_province(tmp_path_factory.mktemp("province") / "binh-minh")


@pytest.fixture(scope="module")
def home(province, tmp_path_factory):
    folder = tmp_path_factory.mktemp("night")
    write_inbox(folder / "inbox", province)
    night = haicap(
        province, "refresh", "--inbox", folder / "inbox", "--home", folder / "home", "--as-of", AS_OF, "--json"
    )
    assert night.returncode in (0, 3), night.stdout + night.stderr
    return Home(folder / "home")


def one(home, query):
    return ask(find_current_file(home), query).rows


def test_its_units_are_the_dimensions(home):
    provinces = one(home, "select former_province, count(*) from marts.dim_commune group by 1 order by 2, 1")
    assert dict(provinces) == {"Tây Giang": 3, "Đông Giang": 3}
    assert one(home, "select unit_code, unit_name from marts.dim_unit where level = 'province'") == (
        ("99", "tỉnh Bình Minh"),
    )


def test_every_feed_is_read_whole(home):
    found = {feed: told for feed, *told in one(home, """
        select feed_id, rows_quarantined, rows_accepted > 0, state from marts.feed_status
    """)}  # fmt: skip
    expected = {f"{domain}_{area}" for domain in OF_AREAS for area in AREAS} | (set(LIKE) - set(OF_AREAS))
    assert set(found) == expected
    assert {feed: told[:2] for feed, told in found.items() if told[:2] != [0, True]} == {}


@pytest.mark.parametrize(
    "fact", ["fct_dossier", "fct_disbursement", "fct_auction_lot", "fct_site_clearance", "fct_household"]
)
def test_every_commune_has_its_fact_and_its_former_province(home, fact):
    rows = one(home, f"select commune_code, former_province_code, area from marts.{fact} order by 1")
    areas = {code: area for area, (code, _) in AREAS.items()}
    assert rows == tuple((code, told[3], areas[told[3]]) for code, told in COMMUNES.items())


def test_figures_are_of_its_province_and_its_former_provinces(home):
    rows = one(home, """
        select grain, unit_code, numerator, denominator from marts.kpi_value
        where kpi_id = 'clearance_area' and grain <> 'commune' order by all
    """)  # fmt: skip
    assert rows == (
        ("former_province", "97", 12, 30), ("former_province", "98", 12, 30), ("province", "99", 24, 60),
    )  # fmt: skip
    single = one(home, """
        select kpi_id, numerator, denominator from marts.kpi_value
        where unit_code = '99' and kpi_id in ('portal_progress', 'centre_trained', 'plan_milestone', 'housing_started')
            and dimension = ''
            and (period_kind = 'to_date' or period_start = date '2025-07-01' and period_kind = 'month')
        order by all
    """)  # fmt: skip
    assert ("centre_trained", 28, 35) in single
    assert ("housing_started", 6, 6) in single
    assert ("plan_milestone", 1, 1) in single
    assert ("portal_progress", 54, 60) in single


def test_the_page_and_the_workbooks_are_of_its_province(home):
    page = (home.extracts / "moi_nhat" / "trang-lanh-dao.html").read_text(encoding="utf-8")
    assert "UBND tỉnh Bình Minh" in page
    assert "Phú Thọ" not in page
    assert "Sông Đào" in page


def test_the_demo_is_of_no_other_province(province, tmp_path):
    refused = haicap(province, "refresh", "--home", tmp_path / "home")
    assert refused.returncode == 2
    assert "--inbox" in refused.stderr


@pytest.mark.parametrize("name", ["seeds/department.csv", "sources/units/department_alias.csv"])
def test_a_folder_that_lacks_a_file_is_told_which(province, tmp_path, name):
    lacking = write_province(tmp_path / "lacking")
    (lacking / name).unlink()
    (tmp_path / "inbox").mkdir()
    refused = haicap(lacking, "refresh", "--home", tmp_path / "home", "--inbox", tmp_path / "inbox", "--as-of", AS_OF)
    assert refused.returncode == 2
    assert name in refused.stderr
