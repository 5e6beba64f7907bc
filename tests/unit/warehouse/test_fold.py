"""Folds of the ledger: every version is given back from them as it was, whatever dies when."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.core.durable_files import FAULT_VARIABLE, encode_json
from dagster_project.core.errors import DamagedFile
from dagster_project.core.paths import Home
from dagster_project.explain.compare import compare
from dagster_project.night.mend import list_damage
from dagster_project.warehouse import ledger, publish, versions
from dagster_project.warehouse.checks import CheckResult, encode_checks
from dagster_project.warehouse.record import fold
from dagster_project.warehouse.record.entry import ENTRY, Entry, encode_entry
from dagster_project.warehouse.record.stretches import number_stretches, select_version
from tests.support.marts.tiny_marts import built, copy_home, identity

SIZE = 3
DATABASE = duckdb.connect()

pytestmark = pytest.mark.slow

FIRST = date(2025, 7, 1)
GONE = "delete from marts.kpi_value where grain = 'commune'; delete from marts.data_gap where gap_id = 'g1';"
OTHER_COLUMN = "alter table marts.kpi_value add column remark varchar default 'x';"
NOTED = CheckResult("a_test", None, "asserts", "warn", 3, "", "", ({"unit": "25"},))


def list_tables(home: Home) -> dict[tuple[int, str], list[tuple[Any, ...]]]:
    """Everything that the ledger says of each version; a column that its day did not have is NULL."""
    found = {}
    with duckdb.connect() as connection:
        for entry in ledger.list_entries(home):
            for table in ("kpi_value", "data_gap") if not entry.is_return else ():
                relation = connection.sql(select_version(entry, table))
                names = sorted(set(relation.columns) | ({"remark"} if table == "kpi_value" else set()))
                shown = [name if name in relation.columns else "null" for name in names]
                rows = relation.query("told", f"select {', '.join(shown)} from told order by all").fetchall()
                found[entry.sequence, table] = rows
    return found


def list_versions(home: Home) -> list[tuple[Any, ...]]:
    return [(v.entry.sequence, v.entry.version, v.newest_since, v.is_available) for v in versions.list_versions(home)]


def list_comparisons(home: Home) -> list[Any]:
    """What any two versions say differently, by the ledger alone."""
    listed = sorted(versions.list_versions(home), key=lambda version: version.entry.sequence)
    known = [replace(version, is_available=False) for version in listed]
    found = [compare(home, one, other) for one, other in combinations(known, 2)]
    return [(c.cells, c.restatements, c.is_complete, c.kpis, c.redefined) for c in found]


def list_handed(home: Home, as_of: date) -> list[Any]:
    """What a build of this day reads, a row for each version."""
    home.build.mkdir(parents=True, exist_ok=True)
    build_db = home.build / "seen.duckdb"
    build_db.unlink(missing_ok=True)
    ledger.register_views(build_db, home, identity("f", as_of))
    query = """
        select version.*, told.* exclude (first_no, last_no)
        from ledger.published_version as version
        left join ledger.{} as told on version_no between first_no and last_no
        order by all
    """
    with duckdb.connect(str(build_db)) as connection:
        found = [connection.sql(query.format(table)) for table in ("kpi_value", "data_gap")]
        shown = [", ".join(c for c in dict.fromkeys(told.columns) if c != "remark") for told in found]
        return [told.project(columns).fetchall() for told, columns in zip(found, shown, strict=True)]


@pytest.fixture(scope="module")
def unfolded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Nine publications, nothing folded: of days in no order, a rehearsal, one that returns, other columns."""
    home = Home(tmp_path_factory.mktemp("unfolded") / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "fold_entries", lambda home: None)
        for number, (letter, day, extra) in enumerate(
            [("a", 1, ""), ("b", 2, OTHER_COLUMN), ("c", 3, GONE), ("d", 2, ""), ("e", 9, ""), ("0", 4, OTHER_COLUMN),
             ("1", 5, ""), ("2", 5, GONE)]
        ):  # fmt: skip
            who = identity(letter, FIRST + timedelta(days=day), is_rehearsal=letter == "e")
            home.root.mkdir(exist_ok=True)
            checks = [
                NOTED,
                CheckResult(f"counts_{number % 3}", None, "asserts", "pass", 0, "", ""),
            ]
            about = {"version": who.version, "as_of": who.as_of.isoformat()}
            home.checks.write_bytes(encode_json(encode_checks(CheckResult(**(vars(c) | about)) for c in checks)))
            own_day = f"update marts.data_gap set last_seen = '{who.as_of}' where state = 'open';"
            own_day += "update marts.kpi_value set period_kind = 'to_date', period_start = '2025-01-01',"
            own_day += f" period_end = '{who.as_of}' where kpi_id = 'tthc_no_due';"
            publish.publish(home, built(home, number // 4, extra=extra + own_day), who, keep=3 if number > 6 else 100)
            if letter == "0":
                publish.publish_again(home, identity("b", FIRST + timedelta(days=2)), keep=100)
    return home


@pytest.fixture
def home(unfolded: Home, tmp_path: Path) -> Home:
    return copy_home(unfolded, tmp_path / "home")


def test_every_answer_is_the_same_after_folding(unfolded: Home, home: Home) -> None:
    fold.fold_parts(home.ledger, SIZE)
    assert sorted(p.name for p in home.ledger.iterdir()) == ["fold-000001-000009"]
    assert list_tables(home) == list_tables(unfolded)
    assert list_versions(home) == list_versions(unfolded)
    assert list_comparisons(home) == list_comparisons(unfolded)
    for day in range(12):
        as_of = FIRST + timedelta(days=day)
        history = [[entry.version for entry in ledger.list_history(place, as_of)] for place in (home, unfolded)]
        assert history[0] == history[1]
        assert list_handed(home, as_of) == list_handed(unfolded, as_of)
    of_each = [
        [fold.read_entry_checks(entry) for entry in ledger.list_entries(place) if not entry.is_return]
        for place in (home, unfolded)
    ]
    assert of_each[0] == of_each[1]
    assert list(list_damage(home)) == list(list_damage(unfolded))


def test_what_did_not_change_stands_once(home: Home) -> None:
    fold.fold_parts(home.ledger, SIZE)
    with duckdb.connect() as connection:
        path = home.ledger / "fold-000001-000009" / "data_gap.parquet"
        spans = "select gap_id, first_sequence, last_sequence from read_parquet(?) order by all"
        # The third version did not have it, and the rehearsal is one like any other. The seventh only returns.
        assert connection.execute(spans, [str(path)]).fetchall() == [("g1", 1, 2), ("g1", 4, 8), ("g2", 1, 9)]


def test_the_night_folds_ten_and_goes_on(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    for number in range(12):
        who = identity(f"{number:x}", FIRST + timedelta(days=number))
        publish.publish(home, built(home, number), who, keep=2)
    parts = [(part.folder.name, len(part.entries)) for part in fold.list_parts(home.ledger)]
    assert parts[0] == ("fold-000001-000010", 10)
    assert [length for _, length in parts] == [10, 1, 1]
    assert len(ledger.list_history(home, FIRST + timedelta(days=99))) == 12


def test_folds_are_folded_again(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    for sequence in range(1, 26):
        seal_rows(home, sequence, [("k", "month", 1.0), ("n", "month", float(sequence))])
        fold.fold_parts(home.ledger, SIZE)
    parts = [len(part.entries) for part in fold.list_parts(home.ledger)]
    assert parts == [9, 9, 3, 3, 1]
    for entry in ledger.list_entries(home):
        assert read_rows(entry) == sorted([("k", "month", "1.0"), ("n", "month", f"{float(entry.sequence)}")])
    with duckdb.connect() as connection:
        path = home.ledger / "fold-000001-000009" / "kpi_value.parquet"
        assert connection.execute("select count(*) from read_parquet(?)", [str(path)]).fetchone() == (10,)


def test_a_home_of_many_entries_is_folded_at_once(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    for sequence in range(1, 29):
        seal_rows(home, sequence, [("n", "to_date", float(sequence // 5))])
    fold.fold_parts(home.ledger, SIZE)
    assert next(part.folder.name for part in fold.list_parts(home.ledger)) == "fold-000001-000027"
    assert [read_rows(e) for e in ledger.list_entries(home)] == [
        [("n", "to_date", f"{n // 5}.0")] for n in range(1, 29)
    ]


@pytest.mark.parametrize("step", ["fold_written", "folded", "one_folded_removed"])
def test_a_kill_at_any_step_loses_nothing_and_leaves_nothing(unfolded: Home, home: Home, step: str) -> None:
    code = """
        import sys
        from pathlib import Path
        from dagster_project.warehouse.record.fold import fold_parts
        fold_parts(Path(sys.argv[1]), 3)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(home.ledger)]
    killed = subprocess.run(command, env=os.environ | {FAULT_VARIABLE: step}, check=False)
    assert killed.returncode == 137
    assert list_tables(home) == list_tables(unfolded)
    versions.recover(home)
    assert list_tables(home) == list_tables(unfolded)
    fold.fold_parts(home.ledger, SIZE)
    names = {path.name for path in home.ledger.iterdir() if not path.name.startswith(".tmp-")}
    assert names == {"fold-000001-000009"}
    assert list_tables(home) == list_tables(unfolded)


def test_a_half_removed_entry_is_no_damage(home: Home, unfolded: Home) -> None:
    (first,) = home.ledger.glob("000001-*")
    kept = {path.name: path.read_bytes() for path in first.iterdir()}
    fold.fold_parts(home.ledger, SIZE)
    first.mkdir()
    (first / "kpi_value.parquet").write_bytes(kept["kpi_value.parquet"][:9])
    assert list(list_damage(home)) == []
    assert list_tables(home) == list_tables(unfolded)
    versions.recover(home)
    assert not first.exists()


@pytest.mark.parametrize("file", ["kpi_value.parquet", "check.parquet", "versions.json"])
def test_a_torn_fold_is_told_in_words(home: Home, file: str) -> None:
    fold.fold_parts(home.ledger, SIZE)
    path = home.ledger / "fold-000001-000009" / file
    path.write_bytes(path.read_bytes()[:-5])
    (fault,) = list_damage(home)
    assert isinstance(fault, DamagedFile)
    assert str(path) in str(fault)
    assert "sao lưu" in fault.remedy_vi


def seal_rows(home: Home, sequence: int, rows: list[tuple[str, str, float | None]]) -> None:
    """An entry with a few cells, as the night of that day seals it."""
    as_of = FIRST + timedelta(days=sequence)
    version = f"{as_of}-{sequence:08x}"
    folder = home.ledger / f"{sequence:06d}-{version}"
    folder.mkdir(parents=True)
    moment = datetime(2025, 7, 1, tzinfo=UTC)
    about = (sequence, version, f"{sequence:064x}", as_of, "code", f"haicap-{version}.duckdb", "0" * 64, moment)
    (folder / ENTRY).write_text(json.dumps(encode_entry(Entry(*about, False, False, folder))))
    with DATABASE.cursor() as connection:
        connection.execute(
            "create or replace table kpi_value (version varchar, as_of date, kpi_id varchar, period_kind varchar,"
            " period_end date, value double)"
        )
        for kpi_id, kind, value in rows:
            last = as_of if kind == "to_date" else date(2025, 7, 31)
            connection.execute(
                "insert into kpi_value values (?, ?, ?, ?, ?, ?)", [version, as_of, kpi_id, kind, last, value]
            )
        connection.execute(f"copy (from kpi_value order by all) to '{folder}/kpi_value.parquet'")
        gap = f"select '{version}' as version, date '{as_of}' as as_of, 'g' as gap_id, 'open' as state,"
        gap += f" date '{as_of}' as last_seen"
        connection.execute(f"copy ({gap}) to '{folder}/data_gap.parquet'")


def read_rows(entry: Entry) -> list[tuple[str, str, str]]:
    """The cells of an entry; figures as text, by which 0.0 and -0.0 are two."""
    query = f"select kpi_id, period_kind, value::varchar, period_end, as_of from ({select_version(entry, 'kpi_value')})"
    with DATABASE.cursor() as connection:
        rows = connection.execute(query).fetchall()
        (gap,) = connection.execute(select_version(entry, "data_gap")).fetchall()
    assert all(as_of == entry.as_of for *_, as_of in rows)
    assert all(last == (entry.as_of if kind == "to_date" else date(2025, 7, 31)) for _, kind, _, last, _ in rows)
    assert gap[-1] == entry.as_of
    return sorted((kpi_id, kind, str(value)) for kpi_id, kind, value, *_ in rows)


FIGURES = st.sampled_from([0.0, -0.0, 1.0, 0.1, 0.1 + 0.2, 0.3, float("nan"), float("inf"), None])
VERSIONS = st.lists(
    st.dictionaries(st.tuples(st.sampled_from("kmn"), st.sampled_from(["month", "to_date"])), FIGURES, max_size=4),
    min_size=2,
    max_size=7,
)


@settings(max_examples=15)
@given(told=VERSIONS, size=st.integers(2, 3))
def test_any_version_comes_back_from_stretches(tmp_path_factory, told, size) -> None:
    home = Home(tmp_path_factory.mktemp("told") / "home")
    for sequence, cells in enumerate(told, start=1):
        seal_rows(home, sequence, [(*cell, value) for cell, value in cells.items()])
    before = [read_rows(entry) for entry in ledger.list_entries(home)]
    fold.fold_parts(home.ledger, size)
    assert [read_rows(entry) for entry in ledger.list_entries(home)] == before
    assert any(part.is_fold for part in fold.list_parts(home.ledger)) is (len(told) >= size)


@given(
    order=st.permutations(range(1, 9)),
    counting=st.sets(st.integers(1, 8)),
    stretches=st.sets(st.tuples(st.integers(1, 8), st.integers(1, 8)).map(sorted).map(tuple)),
)
def test_a_stretch_holds_in_another_order_where_its_versions_lie(order, counting, stretches) -> None:
    numbers = {sequence: number for number, sequence in enumerate((s for s in order if s in counting), start=1)}
    for first, last in stretches:
        runs = number_stretches([(first, last)], numbers)
        held = {number for sequence, number in numbers.items() if first <= sequence <= last}
        assert held == {number for *_, begin, end in runs for number in range(begin, end + 1)}
        assert sum(end - begin + 1 for *_, begin, end in runs) == len(held)
        assert all(end + 1 not in held and begin - 1 not in held for *_, begin, end in runs)
