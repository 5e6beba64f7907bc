"""A SQLite file read from its bytes: one plain table, the columns of the contract, no more than the file holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import make_read_spec
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


# What a database could compute ----------------------------------------------------------------------------------------


def database(*statements: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        return connection.serialize()


TABLE = "bao_cao_giai_ngan"
ROW = f"insert into {TABLE} (ma_du_an) values ('7100002')"


def with_column(column: str, declared: str) -> str:
    return f"create table {TABLE} ({', '.join(f'{c} {declared}' if c == column else c for c in PT_COLUMNS)})"


@pytest.mark.parametrize("stored", ["virtual", "stored"])
@pytest.mark.parametrize("column", ["ten_du_an", "vuong_mac"])
def test_a_generated_column_is_refused_by_its_place_before_it_is_computed(column, stored):
    computed = "printf('%.*c', 90000000, 'a')" if stored == "virtual" else "upper(ma_du_an)"
    content = database(with_column(column, f"generated always as ({computed}) {stored}"), ROW)
    told = blocked(content).message_vi
    assert f"cột thứ {PT_COLUMNS.index(column) + 1} " in told
    assert "generated column" in told


def test_a_generated_column_beside_the_contract_is_refused_too():
    columns = ", ".join(PT_COLUMNS)
    content = database(f"create table {TABLE} ({columns}, rieng as (zeroblob(90000000)))", ROW)
    assert "generated column" in blocked(content).message_vi


def test_a_view_without_end_and_a_virtual_table_are_refused_by_name():
    endless = "with recursive n(x) as (select 1 union all select x + 1 from n) select x as ma_du_an from n"
    assert "view" in blocked(database(f"create view {TABLE.upper()} as {endless}")).message_vi
    assert "virtual" in blocked(database(f"create virtual table {TABLE} using fts5(ma_du_an)")).message_vi


def test_what_stands_beside_the_table_is_left_alone():
    content = database(
        f"create table {TABLE} ({', '.join(PT_COLUMNS)})",
        f"create index theo_ten on {TABLE} (upper(ten_du_an))",
        f"create view khac as select hex(zeroblob(500000000)) as x from {TABLE}",
        f"create trigger sau_khi after insert on {TABLE} begin select 1; end",
        f"insert into {TABLE} ({', '.join(PT_COLUMNS[:2])}) values ('7100003', 'Kênh số 3')",
    )
    (table,) = readers.read(content, "x.sqlite", SPEC)
    assert table.frame["project_code"].to_list() == ["7100003"]


def test_rows_keep_their_order_where_a_smaller_index_has_another():
    content = database(
        f"create table {TABLE} ({', '.join(PT_COLUMNS)}, rieng varchar(3000))",
        *(f"insert into {TABLE} (ma_du_an, rieng) values ('{code}', zeroblob(3000))" for code in "73519"),
        f"create index phu on {TABLE} ({', '.join(PT_COLUMNS)})",
    )
    (table,) = readers.read(content, "x.sqlite", SPEC)
    assert table.frame["project_code"].to_list() == list("73519")


def test_a_default_that_is_held_once_does_not_fill_the_memory():
    """A column added later: every row that was there gives its default, which lies in the file once."""
    content = database(
        f"create table {TABLE} ({', '.join(c for c in PT_COLUMNS if c != 'vuong_mac')})",
        *[ROW] * 300,
        f"alter table {TABLE} add column vuong_mac text default '{'n' * 400_000}'",
    )
    assert "nhiều chữ hơn" in blocked(content).message_vi


def test_a_short_default_of_a_column_added_later_is_read():
    content = database(
        f"create table {TABLE} ({', '.join(c for c in PT_COLUMNS if c != 'vuong_mac')})",
        *[ROW] * 300,
        f"alter table {TABLE} add column vuong_mac text default 'Chưa có vướng mắc nào được ghi nhận'",
    )
    (table,) = readers.read(content, "x.sqlite", SPEC)
    assert set(table.frame["difficulty"]) == {"Chưa có vướng mắc nào được ghi nhận"}


def test_pages_that_lead_to_one_page_give_no_rows_without_end():
    """An inner page is put below the root, and both lead to one page again and again: 2,000 rows become 150,000."""
    content = bytearray(sqlite_file([pt_row(ma_du_an=str(n)) for n in range(2000)]))
    size = int.from_bytes(content[16:18], "big")
    root = next(at for at in range(size, len(content), size) if content[at] == 5)
    count = int.from_bytes(content[root + 3 : root + 5], "big")
    cells = [int.from_bytes(content[root + 12 + 2 * n : root + 14 + 2 * n], "big") for n in range(count)]
    leaf, inner = (bytes(content[root + cells[n] : root + cells[n] + 4]) for n in (0, 1))

    def lead_to(page: int, child: bytes) -> None:
        for place in (8, *cells):
            content[page + place : page + place + 4] = child

    below = (int.from_bytes(inner, "big") - 1) * size
    content[below : below + size] = content[root : root + size]
    lead_to(below, leaf)
    lead_to(root, inner)
    assert "nhiều dòng hơn" in blocked(bytes(content)).message_vi


@pytest.mark.parametrize("value", ["zeroblob(17000000)", "printf('%.*c', 17000000, 'y')"])
def test_a_cell_beyond_every_text_is_refused(value):
    content = database(
        f"create table {TABLE} ({', '.join(PT_COLUMNS)})",
        f"insert into {TABLE} (ma_du_an, vuong_mac) values ('7100004', {value})",
    )
    assert "dài quá mức" in blocked(content).message_vi


def test_a_name_of_a_column_cannot_become_a_text_or_a_statement():
    columns = ('"ma_xa"', *(c for c in PT_COLUMNS if c != "ma_xa"), '"x""; select 1 --"')
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"create table {TABLE} ({', '.join(columns)})")
        connection.execute(f"insert into {TABLE} (ma_du_an, ma_xa) values ('7100005', '07999')")
        connection.commit()
        (table,) = readers.read(connection.serialize(), "x.sqlite", SPEC)
    assert table.unknown_headers == ['x"; select 1 --']
    assert table.frame["project_code"].to_list() == ["7100005"]
