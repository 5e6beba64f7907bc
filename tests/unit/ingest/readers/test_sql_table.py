"""A table of a database: a SQLite file read from its bytes, and any engine in the same way."""

from __future__ import annotations

import sqlite3

import pytest
import sqlalchemy as sa

from dagster_project.contracts.registry import load_registry
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import make_read_spec
from dagster_project.ingest.readers.sql_table import read_table
from tests.support.kits.money_kit import PT_COLUMNS, land, pt_row, sqlite_file

SPEC = make_read_spec(load_registry().feeds["investment_pt"])


def blocked(content: bytes, name: str = "bao_cao.sqlite", feed: str = "investment_pt") -> BlockedFile:
    with pytest.raises(BlockedFile) as caught:
        land(feed, content, name)
    return caught.value


def test_rows_come_in_the_order_in_which_they_were_written_with_the_driver_s_values():
    content = sqlite_file([pt_row(ma_du_an="2"), pt_row(ma_du_an="1", tam_ung=b"-7", vuong_mac="")])
    (table,) = readers.read(content, "bao_cao.sqlite", SPEC)
    assert (table.sheet, table.rows_read) == ("bao_cao_giai_ngan", 2)
    assert table.frame["project_code"].to_list() == ["2", "1"]
    assert table.frame["paid_advance"].to_list() == [-5_000_000, "-7"]
    assert table.frame["difficulty"].to_list() == [None, None]
    assert table.frame["_row"].to_list() == [1, 2]


def test_columns_are_known_by_name_and_strangers_are_drift():
    columns = ("ghi_chu_rieng", *(c.upper() for c in reversed(PT_COLUMNS)))
    rows = [{c: pt_row().get(c.lower()) for c in columns}]
    (table,) = readers.read(sqlite_file(rows, columns=columns), "x.db", SPEC)
    assert table.frame["project_code"].to_list() == ["7100001"]
    assert table.unknown_headers == ["ghi_chu_rieng"]


def test_any_engine_is_read_by_the_same_code():
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    with engine.begin() as connection:
        connection.execute(sa.text(f"create table BAO_CAO_GIAI_NGAN ({', '.join(PT_COLUMNS)})"))
        connection.execute(sa.text("insert into BAO_CAO_GIAI_NGAN (ma_du_an) values ('7100009')"))
    assert read_table(engine, SPEC).frame["project_code"].to_list() == ["7100009"]


def test_a_file_with_a_write_ahead_log_is_read(tmp_path):
    path = tmp_path / "wal.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute(f"create table bao_cao_giai_ngan ({', '.join(PT_COLUMNS)})")
        connection.execute("insert into bao_cao_giai_ngan (ma_du_an) values ('7100009')")
    connection.close()
    content = path.read_bytes()
    assert content[18:20] == b"\x02\x02"
    (table,) = readers.read(content, "wal.sqlite", SPEC)
    assert table.rows_read == 1
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (sqlite_file([pt_row()], table="bang_khac"), "unreadable"),
        (sqlite_file([]), "empty_file"),
        (sqlite_file([pt_row() for _ in range(400)])[:9000], "unreadable"),
        (b"SQLite format 3\x00" + b"\xff" * 200, "unreadable"),
        (sqlite_file([pt_row()], columns=PT_COLUMNS[1:]), "missing_column"),
        (b"", "empty_file"),
    ],
)
def test_a_database_that_cannot_be_used_is_blocked(content, rule):
    assert blocked(content).rule == rule


def test_a_view_is_no_table_and_a_database_is_no_workbook():
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create view bao_cao_giai_ngan as select 1 as ma_du_an")
        assert blocked(connection.serialize()).rule == "unreadable"
    assert "SQLite" in blocked(sqlite_file([pt_row()]), "bieu.xlsx", "investment_vp").message_vi


def test_a_wrong_extension_is_a_finding():
    _, validated = land("investment_pt", sqlite_file([pt_row()]), "bao_cao.xlsx")
    assert validated.findings["rule"].to_list() == ["wrong_extension"]
    assert len(validated.rows) == 1
