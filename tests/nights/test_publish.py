"""Publishing: whole or absent, whatever dies when; readers undisturbed; roll-back, retention, ledger, lock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import duckdb
import pytest

from dagster_project.core.durable_files import FAULT_VARIABLE
from dagster_project.core.errors import AuditRefusal, HaicapError, UsageError
from dagster_project.core.paths import Home
from dagster_project.warehouse import ledger, versions
from dagster_project.warehouse.identity import compute_identity
from dagster_project.warehouse.lock import NightRunningError, hold_night_lock
from dagster_project.warehouse.publish import is_published, publish, publish_again
from tests.support.marts.tiny_marts import AS_OF, built, identity

STEPS = ("closed", "moved", "ledger_written", "sealed", "pointed")


def figure(file: Path) -> int:
    """The province's figure, by which a version is told from another."""
    query = "select numerator from marts.kpi_value where unit_code = '25' and denominator = 10 and is_provisional"
    with duckdb.connect(str(file), read_only=True) as connection:
        return int(connection.execute(query).fetchall()[0][0])


def in_process(code: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a snippet in a process of its own."""
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def strays(home: Home) -> list[str]:
    """Everything in the two folders that is neither a sealed version nor what points to one."""
    sealed = {e.file for e in ledger.list_entries(home)}
    folders = {e.folder.name for e in ledger.list_entries(home)}
    found = [p.name for p in home.published.iterdir() if p.name not in sealed | {"current.duckdb", "pin.json"}]
    return found + [p.name for p in home.ledger.iterdir() if p.name not in folders]


def test_a_published_file_is_read_only_alone_and_current(home: Home) -> None:
    done = publish(home, built(home), identity("a"))
    assert (done.version, done.is_current) == ("2025-07-13-aaaaaaaa", True)
    assert home.current.resolve() == done.path == home.published / "haicap-2025-07-13-aaaaaaaa.duckdb"
    assert done.path.stat().st_mode & 0o777 == 0o440
    assert not list(home.build.rglob("*.duckdb*"))
    assert strays(home) == []


def test_anything_but_marts_is_refused_and_nothing_changes(home: Home) -> None:
    publish(home, built(home), identity("a"))
    with pytest.raises(AuditRefusal, match="staging"):
        publish(home, built(home, extra="create schema staging; create table staging.x (a int);"), identity("b"))
    assert versions.read_current_version(home) == "2025-07-13-aaaaaaaa"


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_leaves_a_whole_current_and_the_next_start_mends(home: Home, step: str) -> None:
    publish(home, built(home, 7), identity("a"))
    marts = built(home, 8)
    code = """
        import sys
        from pathlib import Path
        from dagster_project.core.paths import Home
        from dagster_project.warehouse.publish import publish
        from tests.support.marts.tiny_marts import identity
        publish(Home(Path(sys.argv[1])), Path(sys.argv[2]), identity("b"))
    """
    killed = in_process(code, home.root, marts, **{FAULT_VARIABLE: step})
    assert killed.returncode == 137
    assert figure(home.current) == (8 if step == "pointed" else 7)

    with hold_night_lock(home):  # as whatever runs next does
        versions.recover(home)
    is_sealed = step in ("sealed", "pointed")
    assert figure(home.current) == (8 if is_sealed else 7)
    assert is_published(home, identity("b")) is is_sealed
    assert strays(home) == []

    if not is_sealed:
        publish(home, built(home, 8), identity("b"))
    assert figure(home.current) == 8
    assert [e.version for e in ledger.list_entries(home)] == ["2025-07-13-aaaaaaaa", "2025-07-13-bbbbbbbb"]


def test_readers_in_other_processes_never_see_an_error_or_half_a_version(home: Home) -> None:
    publish(home, built(home, 0), identity("0"))
    code = """
        import sys, time
        from pathlib import Path
        import duckdb
        current, stop, seen = sys.argv[1], Path(sys.argv[2]), set()
        kept = duckdb.connect(current, read_only=True)
        print("ready", flush=True)
        while not stop.exists():
            with duckdb.connect(current, read_only=True) as c:
                seen.add((c.execute("select count(*) from marts.kpi_value").fetchall()[0][0],
                    len(c.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall())))
        print(sorted(seen), kept.execute("select max(numerator) from marts.kpi_value where unit_code = '25' "
            "and period_start = '2025-07-01' and denominator = 10").fetchall())
    """
    stop = home.root / "stop"
    command = [sys.executable, "-c", textwrap.dedent(code), str(home.current), str(stop)]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
    for number in range(1, 9):
        publish(home, built(home, number), identity(str(number)), keep=2)
    stop.touch()
    for reader in readers:
        said, errors = reader.communicate(timeout=60)
        assert (reader.returncode, errors) == (0, "")
        # The handle opened at the start still reads the first version, whose file is long deleted.
        assert said == "[(5, 14)] [(0.0,)]\n"
    assert len(list(home.published.glob("haicap-*.duckdb"))) == 2


def test_the_last_n_are_kept_but_never_the_pinned_one_deleted(home: Home) -> None:
    for letter in "abc":
        publish(home, built(home), identity(letter), keep=3)
    versions.roll_back(home, "2025-07-13-aaaaaaaa")
    for letter in "def":
        publish(home, built(home), identity(letter), keep=2)
    kept = {v.entry.version[-8:]: v for v in versions.list_versions(home) if v.is_available}
    assert set(kept) == {"aaaaaaaa", "eeeeeeee", "ffffffff"}
    assert kept["aaaaaaaa"].is_pinned
    assert kept["aaaaaaaa"].is_current
    assert len(ledger.list_entries(home)) == 6


def test_a_roll_back_pins_until_it_is_lifted(home: Home) -> None:
    publish(home, built(home, 1), identity("a"))
    publish(home, built(home, 2), identity("b"))
    assert versions.roll_back(home).entry.version == "2025-07-13-aaaaaaaa"
    assert figure(home.current) == 1

    done = publish(home, built(home, 3), identity("c"))
    assert (done.is_current, done.pinned) == (False, "2025-07-13-aaaaaaaa")
    assert figure(home.current) == 1
    assert is_published(home, identity("c"))

    versions.recover(home)
    assert figure(home.current) == 1
    assert versions.lift(home) == "2025-07-13-cccccccc"
    assert figure(home.current) == 3


@pytest.mark.parametrize(("step", "command"), [("pinned", "roll_back"), ("unpinned", "lift")])
def test_a_kill_while_rolling_back_is_finished_by_the_next_start(home: Home, step: str, command: str) -> None:
    publish(home, built(home, 1), identity("a"))
    publish(home, built(home, 2), identity("b"))
    if command == "lift":
        versions.roll_back(home)
    code = f"""
        import sys
        from pathlib import Path
        from dagster_project.core.paths import Home
        from dagster_project.warehouse import versions
        versions.{command}(Home(Path(sys.argv[1])))
    """
    assert in_process(code, home.root, **{FAULT_VARIABLE: step}).returncode == 137
    versions.recover(home)
    assert figure(home.current) == (1 if command == "roll_back" else 2)


def test_rolling_back_refuses_what_cannot_be_had(home: Home) -> None:
    with pytest.raises(UsageError, match="Chưa có phiên bản"):
        versions.roll_back(home)
    publish(home, built(home), identity("a"), keep=1)
    with pytest.raises(UsageError, match="trước phiên bản hiện hành"):
        versions.roll_back(home)
    publish(home, built(home), identity("b"), keep=1)
    with pytest.raises(UsageError, match="hết hạn lưu"):
        versions.roll_back(home, "2025-07-13-aaaaaaaa")
    with pytest.raises(UsageError, match="Không có phiên bản nope"):
        versions.roll_back(home, "nope")


def test_a_damaged_version_is_neither_rolled_back_to_nor_taken_for_the_newest(home: Home) -> None:
    first = publish(home, built(home, 1), identity("a"))
    second = publish(home, built(home, 2), identity("b"))
    first.path.chmod(0o644)
    first.path.write_bytes(first.path.read_bytes()[:-1])
    with pytest.raises(HaicapError, match="không còn nguyên vẹn"):
        versions.roll_back(home)
    assert versions.read_current_version(home) == second.version
    assert publish_again(home, identity("a")) is None


def test_an_identity_that_returns_is_published_again_without_a_build(home: Home) -> None:
    publish(home, built(home, 1), identity("a"))
    publish(home, built(home, 2), identity("b"))
    done = publish_again(home, identity("a"))
    assert done is not None
    assert done.is_current
    assert figure(home.current) == 1
    assert [(e.sequence, e.is_return) for e in ledger.list_entries(home)] == [(1, False), (2, False), (3, True)]
    assert [v.entry.version[-1] for v in versions.list_versions(home)] == ["a", "b"]
    assert publish_again(home, identity("c")) is None


def day(number: int) -> date:
    return date(2025, 7, number)


def ledger_seen(home: Home, as_of: date) -> list[tuple[str, str, int]]:
    """Versions that a build of this day would read, each with a figure and the count of its gaps."""
    home.build.mkdir(parents=True, exist_ok=True)
    build_db = home.build / f"seen-{as_of}.duckdb"
    ledger.register_views(build_db, home, identity("f", as_of))
    query = """
        select version[-1], min(kpi_value.numerator)::varchar, count(distinct data_gap.gap_id)
        from ledger.published_version
        left join ledger.kpi_value on version_no between kpi_value.first_no and kpi_value.last_no
        left join ledger.data_gap on version_no between data_gap.first_no and data_gap.last_no
        where kpi_value.unit_code = '25' and kpi_value.period_start = '2025-07-01' and kpi_value.denominator = 10
        group by all order by all
    """
    with duckdb.connect(str(build_db)) as connection:
        return connection.execute(query).fetchall()


def test_a_build_reads_earlier_days_and_never_its_own_or_later_ones(home: Home) -> None:
    assert ledger_seen(home, AS_OF) == []
    publish(home, built(home, 1), identity("a", day(11)))
    publish(home, built(home, 2), identity("b", day(12)))
    publish(home, built(home, 3), identity("c", day(11)))
    publish(home, built(home, 4), identity("d", day(12), is_rehearsal=True))
    publish(home, built(home, 5), identity("e", day(13)))
    (home.published / identity("c", day(11)).file_name).unlink()
    publish(home, built(home, 3), identity("c", day(11)))  # again: its figures are read once
    assert ledger_seen(home, day(13)) == [("a", "1.0", 2), ("b", "2.0", 2), ("c", "3.0", 2)]
    assert ledger_seen(home, day(12)) == [("a", "1.0", 2), ("c", "3.0", 2)]
    assert ledger_seen(home, day(11)) == []
    assert [e.version[-1] for e in ledger.list_history(home, day(13))] == ["a", "c", "b"]


def test_a_ledger_of_an_older_form_reads_as_null_where_it_had_no_column(home: Home) -> None:
    publish(home, built(home, 1), identity("a", day(11)))
    publish(
        home,
        built(home, 2, extra="alter table marts.kpi_value add column remark varchar default 'x'"),
        identity("b", day(12)),
    )
    build_db = home.build / "seen.duckdb"
    ledger.register_views(build_db, home, identity("c"))
    with duckdb.connect(str(build_db)) as connection:
        found = connection.execute("select distinct first_no, remark from ledger.kpi_value order by 1").fetchall()
    assert found == [(1, None), (2, "x")]


def test_the_same_rows_in_another_order_make_the_same_file(home: Home) -> None:
    """What two threads of a build leave differs in the order of tables and rows; readers get the same bytes."""
    shuffled = """
        create table marts.other as from marts.kpi_value order by hash(unit_code, numerator) desc;
        drop table marts.kpi_value; alter table marts.other rename to kpi_value;
        alter table marts.kpi_value alter column kpi_id set not null;
        alter table marts.kpi_value alter column is_certain set default false;
        alter table marts.kpi_value alter column definition_no set default 1;
        comment on table marts.kpi_value is 'Giá trị / Values'; comment on column marts.kpi_value.value is 'It''s';
    """
    plain = """
        alter table marts.kpi_value alter column kpi_id set not null;
        comment on column marts.kpi_value.value is 'It''s'; comment on table marts.kpi_value is 'Giá trị / Values';
    """
    one = publish(home, built(home, 1, extra=plain), identity("a")).path
    other = publish(home, built(home, 1, extra=shuffled), identity("b")).path
    assert one.read_bytes() == other.read_bytes()
    with duckdb.connect(str(other), read_only=True) as marts:
        rows = marts.execute("select * from marts.kpi_value").fetchall()
        assert rows == marts.execute("select * from marts.kpi_value order by all").fetchall()
        told = "select comment from duckdb_columns() where table_name = 'kpi_value' and column_name = 'value'"
        assert marts.execute(told).fetchone() == ("It's",)
        assert marts.execute("select comment from duckdb_tables() where table_name = 'kpi_value'").fetchone() == (
            "Giá trị / Values",
        )
        assert marts.execute(
            "select count(*) from duckdb_constraints() where constraint_type = 'NOT NULL'"
        ).fetchone() == (1,)


def test_an_earlier_day_lies_aside_and_changes_nothing_that_readers_see(home: Home) -> None:
    publish(home, built(home, 3), identity("c", day(13)))
    done = publish(home, built(home, 2), identity("b", day(12)))
    assert (done.is_current, done.pinned) == (False, None)
    assert figure(home.current) == 3
    assert figure(done.path) == 2
    assert is_published(home, identity("b", day(12)))
    assert is_published(home, identity("c", day(13)))
    versions.recover(home)
    assert versions.settle(home) == identity("c", day(13)).version
    assert versions.find(home, "latest").entry.version == identity("c", day(13)).version
    assert {v.entry.version[-1]: v.newest_since for v in versions.list_versions(home)} == {"b": None, "c": 1}
    with pytest.raises(UsageError, match="trước phiên bản hiện hành"):
        versions.roll_back(home)  # there is none before it that readers ever saw
    publish(home, built(home, 4), identity("d", day(14)))
    assert versions.roll_back(home).entry.version == identity("c", day(13)).version
    assert versions.lift(home) == identity("d", day(14)).version
    assert versions.roll_back(home, identity("b", day(12)).version).is_available  # a person may want to show it
    assert figure(home.current) == 2


def test_a_roll_back_does_not_make_an_older_day_the_newest(home: Home) -> None:
    publish(home, built(home, 1), identity("a", day(11)))
    publish(home, built(home, 3), identity("c", day(13)))
    versions.roll_back(home)
    assert versions.find_newest_day(home) == day(13)
    assert not publish(home, built(home, 2), identity("b", day(12))).is_current
    assert figure(home.current) == 1
    assert versions.lift(home) == identity("c", day(13)).version
    assert not publish(home, built(home, 2), identity("e", day(12))).is_current
    assert figure(home.current) == 3


def test_the_newest_day_is_known_when_its_file_is_gone_and_pruning_never_takes_it(home: Home) -> None:
    publish(home, built(home, 1), identity("a", day(11)))
    publish(home, built(home, 3), identity("c", day(13)))
    versions.roll_back(home)
    for letter in "123":
        publish(home, built(home, 2), identity(letter, day(12)), keep=1)
    kept = [v.entry.version[-1] for v in versions.list_versions(home) if v.is_available]
    assert sorted(kept) == ["3", "a", "c"]
    assert versions.lift(home) == identity("c", day(13)).version
    (home.published / identity("c", day(13)).file_name).unlink()
    assert versions.settle(home) == identity("a", day(11)).version  # not what was computed aside
    assert versions.is_aside(home, day(12), False)
    assert publish(home, built(home, 3), identity("c", day(13))).is_current
    assert figure(home.current) == 3


def test_versions_aside_are_counted_apart_and_leave_what_a_roll_back_needs(home: Home) -> None:
    publish(home, built(home, 1), identity("a", day(13)), keep=2)
    publish(home, built(home, 4), identity("d", day(25)), keep=2)
    for at, letter in enumerate("123"):
        publish(home, built(home, 2), identity(letter, day(10 + at)), keep=2)
    kept = {v.entry.version[-1] for v in versions.list_versions(home) if v.is_available}
    assert kept == {"a", "d", "2", "3"}
    assert versions.roll_back(home).entry.version == identity("a", day(13)).version
    assert figure(home.current) == 1
    versions.lift(home)
    publish(home, built(home, 5), identity("e", day(26)), keep=2)
    kept = {v.entry.version[-1] for v in versions.list_versions(home) if v.is_available}
    assert kept == {"d", "e", "2", "3"}


def test_an_earlier_day_whose_file_is_gone_is_built_again_and_stays_aside(home: Home) -> None:
    first = publish(home, built(home, 2), identity("b", day(12)))
    publish(home, built(home, 3), identity("c", day(13)), keep=1)
    assert not is_published(home, identity("b", day(12)))
    done = publish(home, built(home, 2), identity("b", day(12)), keep=1)
    assert done.path == first.path
    assert done.path.exists()
    assert is_published(home, identity("b", day(12)))
    assert figure(home.current) == 3
    assert [e.is_return for e in ledger.list_entries(home)] == [False, False, True]


def test_a_rehearsal_is_never_current_not_even_the_first_version(home: Home) -> None:
    done = publish(home, built(home, 9), identity("9", date(2125, 1, 1), is_rehearsal=True))
    assert not done.is_current
    assert versions.read_current_version(home) is None
    assert versions.find_newest_day(home) is None
    assert publish(home, built(home, 1), identity("a")).is_current
    versions.recover(home)
    assert figure(home.current) == 1
    with pytest.raises(UsageError, match="diễn tập"):
        versions.roll_back(home, done.version)


def test_a_future_day_that_an_earlier_release_published_lies_aside(home: Home) -> None:
    publish(home, built(home, 1), identity("a"))
    entry = publish(home, built(home, 9), identity("9", date(2125, 1, 1)))
    assert entry.is_current
    told = next(home.ledger.glob("*-2125-*")) / "version.json"
    said = json.loads(told.read_text(encoding="utf-8"))
    del said["is_rehearsal"]
    told.write_text(json.dumps(said), encoding="utf-8")
    versions.recover(home)
    assert figure(home.current) == 1
    assert versions.find_newest_day(home) == AS_OF
    assert publish(home, built(home, 2), identity("b", day(14))).is_current


def test_identity_counts_what_decides_and_nothing_else(home: Home) -> None:
    home.root.mkdir()
    files = [("f", "1"), ("g", "2")]
    base = compute_identity(files, home, AS_OF)
    assert compute_identity([*reversed(files), files[0]], home, AS_OF) == base
    home.decisions.write_text("", encoding="utf-8")
    assert compute_identity(files, home, AS_OF) == base
    assert compute_identity([("f", "2"), ("g", "1")], home, AS_OF) != base
    assert compute_identity(files, home, date(2025, 7, 14)).digest != base.digest
    assert compute_identity(files, home, AS_OF, is_rehearsal=True).digest != base.digest
    history = compute_identity(files, home, AS_OF, ["x", "y"])
    assert history != compute_identity(files, home, AS_OF, ["y", "x"])  # what was said last is another
    assert len({base.digest, history.digest, compute_identity(files, home, AS_OF, ["x"]).digest}) == 3
    home.decisions.write_text("reject: []", encoding="utf-8")
    assert compute_identity(files, home, AS_OF) != base


def test_only_one_night_at_a_time_and_its_process_is_named(home: Home) -> None:
    code = """
        import sys
        from pathlib import Path
        from dagster_project.core.paths import Home
        from dagster_project.warehouse.lock import hold_night_lock
        with hold_night_lock(Home(Path(sys.argv[1]))):
            print("held", flush=True)
            sys.stdin.read()
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(home.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(NightRunningError, match=f"pid {holder.pid}"), hold_night_lock(home):
            pass
        holder.kill()
    with hold_night_lock(home), hold_night_lock(home):
        pass
