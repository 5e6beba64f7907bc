"""A SQLite file as a source: its bytes come whole, and nothing in it is asked for on the way."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.support.kits.kit import office
from tests.support.kits.money_kit import PT_COLUMNS, pt_row, sqlite_file

PT, TABLE = "investment_pt", "bao_cao_giai_ngan"


def pt(tmp_path, name="nguon.db", **limits):
    return office(tmp_path, {PT: {"kind": "sql", "url": f"sqlite:///{tmp_path / name}"}}, **limits)


def test_it_comes_as_it_is_and_unchanged_lands_nothing(tmp_path):
    content = sqlite_file([pt_row()])
    (tmp_path / "nguon.db").write_bytes(content)
    here = pt(tmp_path)
    assert (here.pull()[PT].fault, here.pull()[PT].files) == (None, 0)
    assert here.contents(PT) == {"bao_cao.sqlite": content}
    assert (tmp_path / "nguon.db").read_bytes() == content


def test_rows_that_wait_in_its_log_come_too(tmp_path):
    with closing(sqlite3.connect(tmp_path / "nguon.db")) as office_s_own:
        office_s_own.execute("pragma journal_mode = wal")
        office_s_own.execute(f"create table {TABLE} ({', '.join(PT_COLUMNS)})")
        office_s_own.execute(f"insert into {TABLE} (ma_du_an) values ('7100042')")
        office_s_own.commit()
        here = pt(tmp_path)
        assert here.pull()[PT].fault is None
    assert b"7100042" in here.contents(PT)["bao_cao.sqlite"]


def test_a_column_that_computes_gigabytes_costs_nothing_on_the_way(tmp_path):
    with closing(sqlite3.connect(tmp_path / "nguon.db")) as made:
        made.execute(f"create table {TABLE} (ma_du_an)")
        made.executemany(f"insert into {TABLE} values (?)", [(n,) for n in range(500)])
        made.execute(f"alter table {TABLE} add column ten_du_an as (hex(zeroblob(400000000)))")
        made.commit()
    here = pt(tmp_path, max_megabytes=1)
    assert here.pull()[PT].fault is None
    assert len(here.contents(PT)["bao_cao.sqlite"]) < 100_000


@pytest.mark.parametrize(
    ("content", "kind"),
    [(None, "no_database"), (b"khong phai co so du lieu" * 99, "no_database"), (b"x" * 1_100_000, "too_big")],
)
def test_what_is_no_database_is_told(tmp_path, content, kind):
    if content is not None:
        (tmp_path / "nguon.db").write_bytes(content)
    assert pt(tmp_path, max_megabytes=1).pull()[PT].fault.kind == kind
