"""A question of an analyst reads the published file, and can do nothing else."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dagster_project.core.database import open_published
from dagster_project.core.errors import HaicapError, UsageError
from dagster_project.warehouse.query import QueryBounds, answer_question, ask

ESCAPES = [
    "select * from read_csv('{secret}', sep='|', header=false)",
    "select * from read_text('{secret}')",
    "select * from read_blob('{secret}')",
    "select * from read_json('{secret}')",
    "select * from read_json_objects('{secret}')",
    "select * from read_parquet('{folder}/*.parquet')",
    "select * from '{secret}'",
    "select * from '{folder}/t.parquet'",
    "select * from glob('{folder}/*')",
    "select * from sniff_csv('{secret}')",
    "select * from parquet_metadata('{folder}/t.parquet')",
    "select * from parquet_schema('{folder}/t.parquet')",
    "select * from read_duckdb('{other}')",
    "select * from query('select * from read_text(''{secret}'')')",
    "select * from query_table('{secret}')",
    "select * from st_read('{secret}')",
    "select getenv('HOME')",
    "select * from password",
    "copy (select 'x') to '{secret}' (format csv, header false)",
    "copy marts.t to '{folder}/new.parquet' (format parquet)",
    "copy marts.t from '{secret}'",
    "export database '{folder}/new'",
    "import database '{folder}/new'",
    "attach '{folder}/new.duckdb' as rw (read_write)",
    "attach '{other}' as other (read_only)",
    "attach ':memory:' as m",
    "detach published",
    "use memory",
    "install httpfs",
    "load httpfs",
    "load '{secret}'",
    "create secret s (type s3, key_id 'a', secret 'b')",
    "create persistent secret s (type s3)",
    "create table marts.mine as select 1",
    "create temp table mine as select 1",
    "create or replace macro f() as 1",
    "insert into marts.t values (7)",
    "update marts.t set a = 7",
    "delete from marts.t",
    "drop table marts.t",
    "alter table marts.t add column b int",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "reset allowed_directories",
    "pragma enable_profiling = 'json'",
    "pragma profiling_output = '{folder}/new.json'",
    "call enable_logging(storage = 'file', storage_path = '{folder}/new')",
    "set temp_directory = '{folder}/new'",
    "checkpoint",
    "vacuum",
    "prepare p as select 1",
    "select 1; copy (select 'x') to '{secret}'",
    "explain analyze copy (select 'x') to '{secret}'",
    "with x as (select * from read_text('{secret}')) select * from x",
    "begin transaction",
    "",
    "-- nothing",
    "selec 1",
    "select '\ud800'",
]


@pytest.fixture
def published(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    folder.mkdir()
    file = folder / "published.duckdb"
    with duckdb.connect(str(file)) as made:
        made.execute("create schema marts; create table marts.t as select range as a from range(10)")
    return file


@pytest.mark.parametrize("escape", ESCAPES)
def test_nothing_else_is_read_and_nothing_is_written(published: Path, tmp_path: Path, escape: str) -> None:
    password = ["of a variable"]  # noqa: F841 - a query of the engine's Python client might see it
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    secret, other = folder / "vault.key", folder / "other.duckdb"
    secret.write_text("k3y-of-the-vault", encoding="utf-8")
    with duckdb.connect(str(other)) as made:
        made.execute(f"create table o as select 1; copy o to '{folder}/t.parquet' (format parquet)")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(UsageError) as refused:
        answer_question(published, escape.format(secret=secret, folder=folder, other=other))
    assert "k3y-of-the-vault" not in refused.value.message_vi
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "query",
    ["from marts.t", "describe marts.t", "summarize marts.t", "show all tables", "explain select * from marts.t"],
)
def test_what_reads_is_answered(published: Path, query: str) -> None:
    assert answer_question(published, query).rows


@pytest.mark.parametrize(
    ("query", "bounds", "words"),
    [
        (
            "select sum(a.a * b.a) from range(100000000) a(a), range(100000000) b(a)",
            QueryBounds(seconds=0.5),
            "quá 0.5",
        ),
        ("select list(range) from range(1e9::bigint)", QueryBounds(megabytes=200), "200 MB"),
        ("select repeat('x', 2000000000)", QueryBounds(megabytes=200), "200 MB"),
        ("select * from range(101)", QueryBounds(rows=100), "dài hơn 100 dòng"),
    ],
)
def test_its_cost_is_bounded(published: Path, query: str, bounds: QueryBounds, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        answer_question(published, query, bounds)


def test_readers_of_the_program_are_held_too(published: Path) -> None:
    (published.parent / "secret.txt").write_text("k3y", encoding="utf-8")
    with open_published(published) as marts:
        assert marts.execute("select count(*) from marts.t").fetchall() == [(10,)]
        with pytest.raises(duckdb.PermissionException):
            marts.execute(f"from read_text('{published.parent}/secret.txt')")
        with pytest.raises(duckdb.InvalidInputException, match="configuration"):
            marts.execute("set enable_external_access = true")


@pytest.mark.parametrize("query", ["select later_column from marts.t", "select * from marts.later_table"])
def test_a_file_of_another_edition_is_told(published: Path, query: str) -> None:
    with pytest.raises(HaicapError, match="phiên bản haicap khác") as told:
        ask(published, query)
    assert "haicap refresh" in told.value.remedy_vi
