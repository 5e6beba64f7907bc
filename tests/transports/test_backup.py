"""A backup is the home without scratch and keys; made again it copies what is new and drops what is gone."""

from __future__ import annotations

import pytest

from dagster_project.core.errors import UsageError
from dagster_project.core.paths import Home
from dagster_project.operate.backup import back_up, back_up_keys
from dagster_project.warehouse.lock import NightRunningError, hold_night_lock


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    for name in ("archive/ab/abc", "landing/f/2025-07/rows-1.parquet", "published/haicap-1.duckdb", "keys/archive.key",
                 "secrets/f.token", "build/run-1/scratch", "dagster/history/runs.db", "ledger/.tmp-1-x"):  # fmt: skip
        path = home.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    home.arrivals.write_text("{}\n", encoding="utf-8")
    home.current.symlink_to("haicap-1.duckdb")
    return home


def names(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_symlink() or p.is_file()}


def test_it_holds_what_a_new_machine_needs_and_no_key(home, tmp_path):
    done = back_up(home, tmp_path / "copy")
    assert names(tmp_path / "copy") == {
        "archive/ab/abc", "landing/f/2025-07/rows-1.parquet", "published/haicap-1.duckdb", "published/current.duckdb",
        "manifest.jsonl", }  # fmt: skip
    assert (done.copied, done.kept, done.removed) == (5, 0, 0)
    assert (tmp_path / "copy" / "published" / "current.duckdb").readlink().name == "haicap-1.duckdb"
    assert back_up_keys(home, tmp_path / "keys") == 2
    assert {p.stat().st_mode & 0o077 for p in (tmp_path / "keys").rglob("*.*")} == {0}


def test_made_again_it_follows_the_home(home, tmp_path):
    back_up(home, tmp_path / "copy")
    (home.archive / "ab" / "abc").unlink()  # purged by rule
    home.arrivals.write_text("{}\n{}\n", encoding="utf-8")
    home.current.unlink()
    home.current.symlink_to("haicap-2.duckdb")
    done = back_up(home, tmp_path / "copy")
    assert (done.copied, done.kept, done.removed) == (2, 2, 1)
    assert names(tmp_path / "copy") == names(home.root) - {
        "keys/archive.key", "secrets/f.token", "build/run-1/scratch", "dagster/history/runs.db", "night.lock",
        "ledger/.tmp-1-x",
    }  # fmt: skip


def test_it_does_not_run_beside_a_night_nor_into_a_wrong_place(home, tmp_path):
    with pytest.raises(UsageError):
        back_up(home, home.root / "copy")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x").write_text("x")
    with pytest.raises(UsageError):
        back_up(home, tmp_path / "other")
    with pytest.raises(UsageError, match="không phải thư mục"):
        back_up(home, tmp_path / "other" / "x" / "copy")
    for keys in ("copy", "copy/keys"):
        with pytest.raises(UsageError, match="nằm trong bản sao dữ liệu"):
            back_up(home, tmp_path / "copy", tmp_path / keys)
    assert not (tmp_path / "copy").exists()
    import subprocess
    import sys

    holder = (
        "import sys; from pathlib import Path; from dagster_project.core.paths import Home; "
        "from dagster_project.warehouse.lock import hold_night_lock\n"
        "with hold_night_lock(Home(Path(sys.argv[1]))): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(home.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(NightRunningError):
            back_up(home, tmp_path / "copy")
        other.stdin.close()
    with hold_night_lock(home):
        pass
