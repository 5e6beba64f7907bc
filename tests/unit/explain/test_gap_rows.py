"""Rows of a gap that no simulated season has: a deposit out of its band, beside a good one in the same month."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dagster_project.core.database import open_published
from dagster_project.core.errors import UsageError
from dagster_project.core.paths import Home
from dagster_project.explain.gap_rows import read_gap, read_open_gaps

TABLES = """
create schema marts;
create table marts.source_file (
    feed_id varchar, batch_id varchar, file varchar, sha256 varchar, domain varchar, data_date date, period varchar,
    state varchar, is_superseded boolean, blocked_rule varchar, blocked_message_vi varchar
);
insert into marts.source_file values
    ('land_auction_pt', 'b1', 'dau_gia.xlsx', 'ab', 'land_auction', date '2025-06-30', '2025-06', 'accepted', false,
     null, null);
create table marts.data_gap (
    gap_id varchar, feed_id varchar, commune_code varchar, period varchar, kind varchar, measure varchar, state varchar,
    detail varchar
);
insert into marts.data_gap values
    ('d1', 'land_auction_pt', '07900', '2025-06', 'contradiction', 'deposit_out_of_band', 'open', 'Khu A, Lô 1'),
    ('d2', 'land_auction_pt', '07900', '2025-06', 'contradiction', 'deposit_out_of_band', 'accepted', 'Khu A, Lô 2'),
    ('m1', 'land_auction_pt', null, '2025-05', 'missing_period', 'period', 'open', '');
create table marts.fct_auction_lot (
    batch_id varchar, source_sheet varchar, source_row integer, commune_code varchar, lot_id varchar, site varchar,
    lot varchar, round integer, auction_date date, start_price bigint, deposit bigint, status varchar, is_sold boolean,
    winning_price bigint, is_deposit_out_of_band boolean
);
insert into marts.fct_auction_lot values
    ('b1', 'T6', 5, '07900', 'l1', 'Khu A', 'Lô 1', 1, date '2025-06-05', 1000000000, 900000000, 'unsold', false, null,
     true),
    ('b1', 'T6', 9, '07900', 'l1', 'Khu A', 'Lô 1', 2, date '2025-06-25', 1000000000, 100000000, 'sold', true, 1,
     false),
    ('b1', 'T6', 7, '07900', 'l2', 'Khu A', 'Lô 2', 1, date '2025-06-05', 1000000000, 1, 'unsold', false, null, true);
"""


@pytest.fixture
def version(tmp_path: Path) -> Path:
    path = tmp_path / "version.duckdb"
    with duckdb.connect(str(path)) as marts:
        marts.execute(TABLES)
    return path


def test_a_workbook_names_the_one_row_of_an_open_gap(version: Path, tmp_path: Path) -> None:
    with open_published(version) as marts:
        (place,) = read_open_gaps(Home(tmp_path), marts).rows.to_dict("records")
    assert (place["gap_id"], place["file"], place["sheet"], place["row"]) == ("d1", "dau_gia.xlsx", "T6", 5)
    assert (place["column"], place["value"], place["subject"]) == ("deposit", "900.000.000", "Khu A, Lô 1")


@pytest.mark.parametrize(("gap_id", "row"), [("d1", 5), ("d2", 7)])
def test_why_names_it_too_and_that_of_an_accepted_gap(version: Path, tmp_path: Path, gap_id: str, row: int) -> None:
    found = read_gap(Home(tmp_path), version, gap_id)
    assert found is not None
    title_vi, rows = found
    assert (title_vi, [told["row"] for told in rows]) == ("Dòng mâu thuẫn", [row])


def test_what_never_came_has_no_rows(version: Path, tmp_path: Path) -> None:
    assert read_gap(Home(tmp_path), version, "m1") is None


def test_a_version_whose_facts_do_not_tell_is_told_in_one_line(version: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(version)) as marts:
        marts.execute("alter table marts.fct_auction_lot drop column is_deposit_out_of_band")
    with pytest.raises(UsageError, match="haicap cũ hơn"):
        read_gap(Home(tmp_path), version, "d1")
    with open_published(version) as marts:
        assert read_open_gaps(Home(tmp_path), marts).rows.empty
