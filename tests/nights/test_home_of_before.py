"""The next night lives on in a home of 0.1.0: what only that home has is taken over, all else is made anew.

`tests/data/home-0.1.0.tar.xz` is a small home that version 0.1.0 left after two nights (6 and 13 July 2025) over
invented offices: settings, decisions, keys, archive, arrivals, vault, ledger, landing, the newest published file. Its
inbox is gone.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.core.errors import HaicapError
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.landing import Landing
from dagster_project.ingest.landing.parser_version import compute_parser_version
from dagster_project.night.landing_damage import settle_landing
from dagster_project.warehouse.inputs import register_inputs
from scripts.compare_marts import compare, read_columns
from tests.support.kits.landing_kit import Contented, list_batches, list_part_files, read_rows

OLD_HOME = Path(__file__).parents[1] / "data" / "home-0.1.0.tar.xz"
OLD_VERSIONS = ["2025-07-06-26e5cd77", "2025-07-13-3df43a74"]
FIRST_NIGHT, LAST_NIGHT = "2025-07-06", "2025-07-13"
MADE_OF_WHAT_OFFICES_SAID = {"fct_dossier", "fct_dossier_history", "fct_disbursement", "fct_directive"}
PLACED_SINCE = {"former_province_code", "attribution"}
"""A project without a commune counts in the former province of its plan since 0.1.0."""
COUNTED_AS_BEFORE = """
select count(*), count(*) filter (
    before.numerator is distinct from after.numerator or before.denominator is distinct from after.denominator
)
from before.marts.kpi_value as before
inner join after.marts.kpi_value as after
    using (kpi_id, period_kind, period_start, grain, unit_code, dimension, member)
where
    after.definition_no = 1 and kpi_id <> 'inv_zero_projects'
    -- 0.1.0 said nothing of nothing where nobody had answered; that is unknown now.
    and not (before.denominator = 0 and after.numerator is null and after.rating = 'insufficient')
"""

pytestmark = pytest.mark.drill


def haicap(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dagster_project.cli", *arguments, "--home", str(home.root)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def unpack(root: Path) -> Home:
    with tarfile.open(OLD_HOME) as packed:
        packed.extractall(root / "home", filter="tar")
    (root / "inbox").mkdir()
    return Home(root / "home")


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Path, subprocess.CompletedProcess[str]]:
    """The home after its first night under today's code, the file that 0.1.0 published, and what the night said."""
    root = tmp_path_factory.mktemp("before")
    home = unpack(root)
    old = root / "old.duckdb"
    home.current.resolve().rename(old)
    done = haicap(home, "refresh", "--inbox", str(root / "inbox"), "--as-of", LAST_NIGHT)
    return home, old, done


def test_archive_and_arrivals_give_the_same_facts(night):
    home, old, done = night
    assert done.returncode == 3, done.stdout + done.stderr
    with duckdb.connect() as connection:
        connection.execute(f"attach '{old}' as before (read_only)")
        connection.execute(f"attach '{home.current.resolve()}' as after (read_only)")
        columns, now = read_columns(connection, "before"), read_columns(connection, "after")
        for table in MADE_OF_WHAT_OFFICES_SAID:
            assert connection.execute(f"select count(*) from before.marts.{table}").fetchone() != (0,)
            placed = PLACED_SINCE if table == "fct_disbursement" else set()
            assert compare(connection, table, (columns[table] & now[table]) - placed) is None
        cells, wrong = connection.execute(COUNTED_AS_BEFORE).fetchall()[0]
        assert cells > 1000
        assert wrong == 0


def test_the_landing_is_made_anew(night):
    home, _, _ = night
    feeds = load_registry().feeds
    batches = list_batches(home)
    assert batches
    assert {batch.parser for batch in batches} == {compute_parser_version(feeds[batch.feed_id]) for batch in batches}
    assert {path.name for path in home.landing.glob("*/*")} == {"2025-07"}
    assert len(list_part_files(home)) < len(batches)


def test_rows_whose_bytes_were_purged_are_taken_over(tmp_path):
    home = unpack(tmp_path)
    before = {
        folder.name[:16]: pq.read_metadata(folder / "rows.parquet").num_rows
        for folder in home.landing.glob("*/*")
        if (folder / "rows.parquet").exists()
    }
    for path in home.archive.glob("??/*"):
        path.unlink()
    assert settle_landing(home) == len(list_batches(home))
    after = {batch.sha256[:16]: len(read_rows(home, [batch])) for batch in list_batches(home)}
    assert {digits: rows for digits, rows in after.items() if digits in before} == before
    assert sum(before.values()) > 100
    landing = Landing(home, tmp_path / "inbox", date.fromisoformat(LAST_NIGHT), Contented())
    assert landing.scan().new == ()
    register_inputs(tmp_path / "build.duckdb", home, date.fromisoformat(LAST_NIGHT))
    with duckdb.connect(str(tmp_path / "build.duckdb")) as build:
        assert build.execute("select count(*) > 0 from landing.procedures").fetchone() == (True,)


def test_the_ledger_goes_on(night):
    home, _, _ = night
    versions = haicap(home, "versions").stdout
    assert all(version in versions for version in OLD_VERSIONS)
    with duckdb.connect(str(home.current), read_only=True) as connection:
        told = connection.execute(
            "select version from marts.published_version union select first_version from marts.kpi_history"
        ).fetchall()
        assert told == [(OLD_VERSIONS[0],)]  # a build reads earlier days, not what its own day published before
        assert connection.execute(
            f"select count(*) > 0 from marts.data_gap where first_seen = '{FIRST_NIGHT}'"
        ).fetchone() == (True,)


def test_settings_and_decisions_hold(night):
    home, _, _ = night
    assert len(list(home.published.glob("haicap-*.duckdb"))) == 1  # keep_versions: 1
    with duckdb.connect(str(home.current), read_only=True) as connection:
        state = connection.execute("select state from marts.feed_status where feed_id = 'procedures_hb'").fetchone()
    assert state == ("not_expected",)


def test_the_vault_still_opens(night):
    home, _, _ = night
    batch = next(iter(sorted(home.vault.glob("*/*.bin")))).stem
    shown = haicap(home, "vault", "show", batch, "--by", "Cán bộ Ví Dụ", "--why", "kiểm tra")
    assert shown.returncode == 0, shown.stderr
    assert "Gửi trả:" in shown.stdout


def test_a_lost_key_is_told_in_one_line_with_the_way_out(tmp_path):
    home = unpack(tmp_path)
    (home.keys / "archive.key").unlink()
    landing = Landing(home, tmp_path / "inbox", date.fromisoformat(LAST_NIGHT), Contented())
    with pytest.raises(HaicapError) as lost:
        landing.land("directives", landing.scan())
    assert lost.value.message_vi.startswith("Thiếu khóa")
    assert "archive.key" in lost.value.message_vi
    assert "Khôi phục khóa từ bản sao" in lost.value.remedy_vi
