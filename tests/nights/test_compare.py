"""What did we say on Monday: `haicap compare`, and the page's line about figures of last week that changed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from dagster_project.cli.app import run
from dagster_project.core.paths import Home
from dagster_project.extracts.page.leader_page import render_page
from dagster_project.extracts.reading.reading import read_published
from dagster_project.warehouse import versions
from dagster_project.warehouse.publish import publish
from tests.support.marts.page_marts import VERSION, write_page_marts
from tests.support.marts.tiny_marts import built, copy_home, identity

FACTS = """
create table marts.fct_dossier_history as
    select 'D1' as dossier_id, 'b1' as batch_id, 'Sheet 1' as source_sheet, 12 as source_row;
create table marts.fct_household (household_key integer, batch_id varchar, source_sheet varchar, source_row integer);
create table marts.fct_disbursement (project_code varchar, fund_source varchar, plan_year integer, report_date date,
    batch_id varchar, source_sheet varchar, source_row integer);
create table marts.fct_auction_lot (lot_id varchar, round integer, batch_id varchar, source_sheet varchar,
    source_row integer);
alter table marts.fct_directive add batch_id varchar; alter table marts.fct_directive add source_sheet varchar;
alter table marts.fct_directive add source_row integer;
alter table marts.fct_plan_milestone add batch_id varchar;
alter table marts.fct_plan_milestone add source_sheet varchar;
alter table marts.fct_plan_milestone add source_row integer;
create table marts.source_file (feed_id varchar, file varchar, sha256 varchar, data_date date, state varchar,
    domain varchar, batch_id varchar);
insert into marts.source_file values ('procedures_vp', 't6.xlsx', 'aa', '2025-06-30', 'ok', 'procedures', 'b0');
create or replace table marts.restatement ("table" varchar, key varchar, "column" varchar, old_value varchar,
    new_value varchar, first_seen date, file varchar, feed_id varchar, batch_id varchar);
insert into marts.restatement values
    ('fct_dossier', 'D0', 'fee', '1', '2', '2025-06-30', 't6.xlsx', 'procedures_vp', 'b0');
"""
SENT_AGAIN = """
insert into marts.source_file values ('procedures_vp', 't7.xlsx', 'bb', '2025-07-13', 'ok', 'procedures', 'b1');
insert into marts.restatement values
    ('fct_dossier', 'D1', 'due_at', '2025-07-01', '2025-07-03', '2025-07-13', 't7.xlsx', 'procedures_vp', 'b1');
update marts.kpi_value set value = 0.25, numerator = 2.5 where kpi_id = 'tthc_on_time' and period_start = '2025-06-01';
delete from marts.kpi_value where kpi_id = 'tthc_no_due';
"""
MONDAY, LATER = "2025-07-06-aaaaaaaa", "2025-07-13-bbbbbbbb"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Two versions of two weeks: one province figure moved, a past month was sent again, one cell is gone."""
    place = Home(tmp_path_factory.mktemp("weeks") / "home")
    publish(place, built(place, 7, extra=FACTS), identity("a", date(2025, 7, 6)))
    publish(place, built(place, 8, extra=FACTS + SENT_AGAIN), identity("b"))
    return place


@pytest.fixture
def home(published: Home, tmp_path: Path) -> Home:
    return copy_home(published, tmp_path / "home")


def answer(home: Home, capsys, *arguments: str) -> dict:
    assert run(["compare", *arguments, "--home", str(home.root), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_every_changed_cell_is_told_with_what_is_behind_it(home: Home, capsys) -> None:
    found = answer(home, capsys, MONDAY, LATER, "--limit", "5")
    cells = {(c["kpi_id"], c["period_start"], c["grain"]): c for c in found["changed"]}
    assert set(cells) == {
        ("tthc_on_time", "2025-07-01", "province"),
        ("tthc_on_time", "2025-06-01", "province"),
        ("tthc_no_due", "2025-07-01", "province"),
    }
    running, past = cells["tthc_on_time", "2025-07-01", "province"], cells["tthc_on_time", "2025-06-01", "province"]
    assert (running["old"]["value"], running["new"]["value"], running["is_open"]) == (0.7, 0.8, True)
    assert (past["old"]["value"], past["new"]["value"], past["is_open"]) == (0.3, 0.25, False)
    assert cells["tthc_no_due", "2025-07-01", "province"]["new"] is None
    (restated,) = found["restatements"]["procedures"]["rows"]
    assert (restated["key"], restated["file"], restated["sheet"], restated["row"]) == ("D1", "t7.xlsx", "Sheet 1", 12)
    assert [file["file"] for file in found["files"]] == ["t7.xlsx"]
    assert found["lost_files"] == []


def test_a_kpi_that_means_something_else_is_named_once_and_compared_with_nothing(tmp_path: Path, capsys) -> None:
    """The older version is of before the numbers: its definitions were the first."""
    home = Home(tmp_path / "home")
    before = FACTS + "alter table marts.kpi_value drop column definition_no;"
    publish(home, built(home, 7, extra=before), identity("a", date(2025, 7, 6)))
    after = FACTS + SENT_AGAIN + "update marts.kpi_value set definition_no = 2 where kpi_id = 'tthc_on_time';"
    publish(home, built(home, 8, extra=after), identity("b"))
    found = answer(home, capsys, MONDAY, LATER)
    assert found["redefined"] == [{"kpi_id": "tthc_on_time", "old_no": 1, "new_no": 2}]
    assert {cell["kpi_id"] for cell in found["changed"]} == {"tthc_no_due"}
    assert run(["compare", MONDAY, LATER, "--kpi", "tthc_on_time", "--home", str(home.root)]) == 0
    said = capsys.readouterr().out
    assert said.count("tthc_on_time: đổi định nghĩa (số 1 → 2), không so được.") == 1
    assert "Không ô chỉ tiêu nào đổi." in said


def test_backwards_it_says_what_is_no_longer_said(home: Home, capsys) -> None:
    found = answer(home, capsys, LATER, MONDAY, "--kpi", "tthc_on_time")
    assert [(c["old"]["value"], c["new"]["value"]) for c in found["changed"]] == [(0.8, 0.7), (0.25, 0.3)]
    assert [file["file"] for file in found["lost_files"]] == ["t7.xlsx"]


def test_two_versions_are_compared_in_words(home: Home, capsys) -> None:
    assert run(["compare", "2025-07-06", "bbbb", "--limit", "3", "--home", str(home.root)]) == 0
    said = capsys.readouterr().out
    assert "3 ô chỉ tiêu đổi" in said
    assert "30,0 % không đạt" in said
    assert "25,0 % không đạt" in said
    assert "Thủ tục hành chính: 1 điều chỉnh, 1 tệp mới" in said
    assert "t7.xlsx  Sheet 1  12" in said


def test_a_version_whose_file_is_gone_is_compared_from_the_ledger(home: Home, capsys) -> None:
    versions.find(home, MONDAY).path.unlink()
    found = answer(home, capsys, MONDAY, LATER, "--limit", "5")
    assert len(found["changed"]) == 3
    assert not found["is_complete"]
    assert [row["key"] for row in found["restatements"]["procedures"]["rows"]] == ["D1"]  # first seen after the 6th
    assert found["files"] == []


@pytest.mark.parametrize(("name", "says"), [("2024", "Không có phiên bản 2024"), ("2025-07", "Viết tên đầy đủ hơn")])
def test_a_name_that_means_none_or_two_is_one_line(home: Home, capsys, name: str, says: str) -> None:
    assert run(["compare", name, LATER, "--home", str(home.root)]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1


def test_a_kpi_that_neither_tells_is_wrong_use_and_not_no_change(home: Home, capsys) -> None:
    assert run(["compare", MONDAY, LATER, "--kpi", "tthc_on_tine", "--home", str(home.root)]) == 2
    assert "Không có chỉ tiêu 'tthc_on_tine'" in capsys.readouterr().err


def test_a_version_is_equal_to_itself(home: Home, capsys) -> None:
    assert run(["compare", "latest", LATER, "--home", str(home.root)]) == 0
    assert "không có gì khác nhau" in capsys.readouterr().out


def page(path: Path, change: str) -> str:
    write_page_marts(path, change)
    with duckdb.connect(str(path), read_only=True) as marts:
        return render_page(read_published(marts, VERSION), marts)


REPORTED = """
insert into marts.published_version select max(version_no) + 1, '{version}', '{as_of}' from marts.published_version;
insert into marts.kpi_history by name
select * exclude (as_of, target, is_certain, value_low, value_high, decided_share, paused, remaining)
        replace (date '2025-07-06' as period_end, {value} as value),
    '{version}' as first_version, date '{as_of}' as first_as_of, '{version}' as last_version,
    date '{as_of}' as last_as_of
from marts.kpi_value as value
where kpi_id = 'tthc_on_time' and period_kind = 'week' and period_start = '2025-06-30';
update marts.kpi_value set value = 0.8268 where kpi_id = 'tthc_on_time' and grain = 'province'
    and period_start = '2025-06-30';
"""
_RESTATEMENT = """
create or replace table marts.restatement as
select 'procedures_pt' as feed_id, date '2025-07-{day}' as first_seen from range(3);
"""


def test_the_page_tells_a_reported_figure_that_changed(tmp_path: Path) -> None:
    change = REPORTED.format(version="2025-07-06-cccccccc", as_of="2025-07-06", value=0.8312)
    text = page(tmp_path / "a.duckdb", change)
    assert "Số tuần trước đã điều chỉnh" in text
    assert "tuần 27/2025: " in text
    assert "83,1% → 82,7%" in text
    assert text.count('data-restated="') == 1
    assert "hồ sơ diễn biến tiếp" in text
    again = page(tmp_path / "b.duckdb", change + _RESTATEMENT.format(day="09"))
    assert "nguồn gửi lại, sửa 3 số liệu" in again
    before = page(tmp_path / "c.duckdb", change + _RESTATEMENT.format(day="06"))
    assert "hồ sơ diễn biến tiếp" in before


@pytest.mark.parametrize(
    "change",
    [
        "",
        REPORTED.format(version="2025-07-06-cccccccc", as_of="2025-07-06", value=0.8271),  # reads the same
        REPORTED.format(version="2025-06-20-cccccccc", as_of="2025-06-20", value=0.8312),  # not last week's report
        REPORTED.format(version="2025-07-05-cccccccc", as_of="2025-07-05", value=0.8312),  # the week still ran
        REPORTED.format(version="2025-07-06-cccccccc", as_of="2025-07-06", value=0.8312)
        + "update marts.kpi_value set definition_no = 2 where kpi_id = 'tthc_on_time'",  # it means something else now
    ],
)
def test_the_page_is_silent_otherwise(tmp_path: Path, change: str) -> None:
    assert "Số tuần trước đã điều chỉnh" not in page(tmp_path / "a.duckdb", change)
