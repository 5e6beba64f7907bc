"""A table of a real PostgreSQL → the file that a folder delivery would be."""

from __future__ import annotations

import sqlite3
from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.support.kits.kit import office
from tests.support.servers.postgres_server import PASSWORD, PostgresServer

pytestmark = pytest.mark.debian

PT, TABLE = "investment_pt", "bao_cao_giai_ngan"
COLUMNS = "ma_du_an text, ten_du_an text, nam_ke_hoach integer, thanh_toan_klht numeric(20,2), ngay_so_lieu date"
ROWS = [
    ("7000002", "Đường Hùng Vương", 2025, Decimal("1234567890123.50"), "2025-06-30"),
    ("7000001", None, 2025, Decimal("5000.00"), "2025-06-30"),
]


@pytest.fixture(scope="module")
def server():
    with PostgresServer() as running:
        yield running


@pytest.fixture
def admin(server):
    url = sa.make_url(server.url.replace("postgresql:", "postgresql+psycopg:")).set(password=PASSWORD)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(f"drop table if exists {TABLE}"))
        connection.execute(sa.text(f"create table {TABLE} ({COLUMNS})"))
        write(connection, ROWS)
    yield engine
    engine.dispose()


def write(connection, rows):
    marks = ", ".join(f":c{n}" for n in range(len(rows[0])))
    values = [{f"c{n}": value for n, value in enumerate(row)} for row in rows]
    connection.execute(sa.text(f"insert into {TABLE} values ({marks})"), values)


def pt(tmp_path, server, **changed):
    return office(tmp_path, {PT: {"kind": "sql", "url": server.url, "password": PASSWORD} | changed})


def rows_of(content: bytes) -> list[tuple]:
    connection = sqlite3.connect(":memory:")
    connection.deserialize(content)
    return connection.execute(f"select * from {TABLE}").fetchall()


def test_a_table_comes_as_the_file_of_a_folder_delivery_digit_for_digit(tmp_path, server, admin):
    here = pt(tmp_path, server)
    assert here.pull()[PT].fault is None
    assert here.names(PT) == ["bao_cao.sqlite"]
    assert rows_of(here.contents(PT)["bao_cao.sqlite"]) == [
        ("7000001", None, 2025, "5000", "2025-06-30"),
        ("7000002", "Đường Hùng Vương", 2025, "1234567890123.50", "2025-06-30"),
    ]


def test_a_table_that_did_not_change_lands_nothing_whatever_its_order(tmp_path, server, admin):
    here = pt(tmp_path, server)
    here.pull()
    with admin.begin() as connection:
        connection.execute(sa.text(f"delete from {TABLE}"))
        write(connection, ROWS[::-1])
    assert here.pull()[PT].files == 0
    with admin.begin() as connection:
        connection.execute(sa.text(f"update {TABLE} set thanh_toan_klht = 6000 where ma_du_an = '7000001'"))
    assert here.pull()[PT].files == 1


def test_only_the_columns_of_the_contract_are_asked_for(tmp_path, server, admin):
    with admin.begin() as connection:
        connection.execute(sa.text(f"alter table {TABLE} add column cccd text default '001085012345'"))
        connection.execute(sa.text(f"alter table {TABLE} add column anh bytea default decode('ffd8ff', 'hex')"))
    here = pt(tmp_path, server)
    assert here.pull()[PT].fault is None
    content = here.contents(PT)["bao_cao.sqlite"]
    assert [len(row) for row in rows_of(content)] == [5, 5]
    assert b"001085012345" not in content
    assert b"cccd" not in content


def test_a_column_that_may_not_be_read_stops_nothing_unless_the_contract_wants_it(tmp_path, server, admin):
    changed = without_rights(admin)
    with admin.begin() as connection:
        connection.execute(sa.text(f"alter table {TABLE} add column so_tai_khoan text"))
        connection.execute(sa.text(f"grant select (ma_du_an, ten_du_an) on {TABLE} to doc"))
    assert pt(tmp_path / "a", server, **changed).pull()[PT].fault.kind == "no_permission"
    with admin.begin() as connection:
        connection.execute(sa.text(f"grant select (nam_ke_hoach, thanh_toan_klht, ngay_so_lieu) on {TABLE} to doc"))
    assert pt(tmp_path / "b", server, **changed).pull()[PT].fault is None
    with admin.begin() as connection:
        connection.execute(sa.text(f"revoke all on {TABLE} from doc"))


def test_a_table_without_a_column_of_the_contract_is_told_as_such(tmp_path, server, admin):
    with admin.begin() as connection:
        connection.execute(sa.text(f"drop table {TABLE}"))
        connection.execute(sa.text(f"create table {TABLE} (mot text, hai text)"))
    assert pt(tmp_path, server).pull()[PT].fault.kind == "no_columns"


def test_cells_count_towards_the_bound_and_not_only_rows(tmp_path, server, admin):
    here = pt(tmp_path, server)
    here.limits |= {"max_megabytes": 1}
    with admin.begin() as connection:
        connection.execute(sa.text(f"update {TABLE} set ten_du_an = repeat('x', 700000)"))
    assert here.pull()[PT].fault.kind == "too_big"


def test_nothing_can_be_written_through_it(tmp_path, server, admin):
    here = pt(tmp_path, server)
    transport_engine = here.puller()  # the same settings as a night
    from dagster_project.ingest.transports.table import TableTransport
    from dagster_project.ingest.transports.transport import Place
    from dagster_project.settings.sources import SqlSource

    place = Place(transport_engine._registry.feeds[PT], here.home.root, transport_engine._limits)
    source = SqlSource(kind="sql", url=server.url, password=PASSWORD)
    with TableTransport(source, place)._make_engine().connect() as connection, pytest.raises(sa.exc.DBAPIError):
        connection.execute(sa.text(f"delete from {TABLE}"))


def without_table(admin):
    with admin.begin() as connection:
        connection.execute(sa.text(f"alter table {TABLE} rename to bang_khac"))
        connection.execute(sa.text(f"drop table if exists {TABLE}"))
    return {}


def without_rights(admin):
    with admin.begin() as connection:
        connection.execute(sa.text("drop role if exists doc"))
        connection.execute(sa.text("create role doc login password 'doc'"))
    url = admin.url.render_as_string(hide_password=True).replace("+psycopg", "").replace("chu:***", "doc")
    return {"url": url, "password": "doc"}


WRONG = {
    "no_table": without_table,
    "no_permission": without_rights,
    "bad_key": lambda admin: {"password": "sai"},
    "no_secret": lambda admin: {"password": None},
    "no_database": lambda admin: {"url": f"postgresql://chu@127.0.0.1:{admin.url.port}/khong_co"},
    "refused": lambda admin: {"url": "postgresql://chu@127.0.0.1:9/postgres"},
    "name_unresolved": lambda admin: {"url": "postgresql://chu@may-chu.invalid/postgres"},
    "no_driver": lambda admin: {"url": "oracle://chu@127.0.0.1/x"},
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_with_a_database_is_told_apart_without_its_password(tmp_path, server, admin, kind, monkeypatch):
    monkeypatch.delenv("PGPASSWORD", raising=False)
    here = pt(tmp_path, server, **WRONG[kind](admin))
    fault = here.pull()[PT].fault
    assert fault.kind == kind
    told = repr(fault) + (here.home.pulls / f"{PT}.json").read_text(encoding="utf-8")
    assert PASSWORD not in told
    with admin.begin() as connection:
        connection.execute(sa.text("drop table if exists bang_khac"))


def test_a_statement_that_takes_too_long_is_given_up(tmp_path, server, admin):
    here = pt(tmp_path, server)
    here.limits |= {"read_seconds": 0.5, "attempts": 1}
    with admin.begin() as connection:
        connection.execute(sa.text(f"lock table {TABLE} in access exclusive mode"))
        assert here.pull()[PT].fault.kind == "timeout"
