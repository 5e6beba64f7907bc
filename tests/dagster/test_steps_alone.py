"""Each asset of a home alone, and a few subsets: each run succeeds by itself, and none publishes less."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.cli.app import run
from dagster_project.contracts.registry import load_registry
from dagster_project.core.errors import HaicapError
from dagster_project.core.paths import Home
from dagster_project.defs.instance import prepare_dagster_home
from dagster_project.defs.jobs import JOB
from dagster_project.defs.location import build_definitions
from dagster_project.ingest.landing.landing import FeedLanding
from dagster_project.ingest.landing.store import change_store
from dagster_project.ingest.landing.turns import LandingTurns
from dagster_project.night.accounts import find_finished_build
from dagster_project.warehouse import ledger, versions
from tests.support.nights.same_end import content_differences
from tests.support.nights.season import refresh
from tests.support.nights.steps_home import FEEDS, TODAY, make_home, night_inbox

pytestmark = pytest.mark.drill

PUBLISHED, EXTRACTS = dg.AssetKey(["published"]), dg.AssetKey(["extracts"])
VP, PT = dg.AssetKey(["landing", "procedures_vp"]), dg.AssetKey(["landing", "procedures_pt"])
DOSSIERS = "select count(*) from marts.fct_dossier"


@pytest.fixture(scope="module")
def wanted(tmp_path_factory) -> Home:
    """A home of which yesterday is published. Nobody may change it."""
    return make_home(tmp_path_factory.mktemp("alone"))


class Office:
    """One home with today's inbox, and Dagster beside it in this process. `run` gives a run's result."""

    def __init__(self, home: Home, inbox: Path) -> None:
        self.home, self.inbox = home, inbox
        self.definitions = build_definitions(home)
        self._job = self.definitions.resolve_job_def(JOB)
        self._instance = dg.DagsterInstance.ephemeral()

    @property
    def config(self) -> dict:
        told = {"home": str(self.home.root), "inbox": str(self.inbox), "as_of": TODAY.isoformat()}
        return {"resources": {"night": {"config": told}}}

    def run(self, *keys: dg.AssetKey) -> dg.ExecuteInProcessResult:
        quiet = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
        return self._job.execute_in_process(
            instance=self._instance, asset_selection=list(keys), run_config=self.config | quiet, raise_on_error=False
        )

    def made(self, *keys: dg.AssetKey) -> set[dg.AssetKey]:
        """Run these alone; it must succeed. Returns what was materialised of what is no office's."""
        result = self.run(*keys)
        assert result.success, keys
        return {e.asset_key for e in result.get_asset_materialization_events() if e.asset_key.path[0] != "offices"}

    def dossiers(self) -> int:
        with duckdb.connect(str(self.home.current), read_only=True) as marts:
            return marts.execute(DOSSIERS).fetchall()[0][0]


@pytest.fixture
def office(wanted, tmp_path) -> Office:
    """A copy of the home, with today's files in its inbox."""
    home = Home(tmp_path / "home")
    shutil.copytree(wanted.root, home.root, symlinks=True)
    return Office(home, night_inbox(wanted, TODAY))


def _keys(definitions: dg.Definitions) -> Iterator[dg.AssetKey]:
    yield from (key for key in sorted(definitions.resolve_all_asset_keys()) if key.path[0] != "offices")


@pytest.mark.long
def test_every_asset_runs_alone_and_only_publishing_publishes(office: Office) -> None:
    before = versions.read_current_version(office.home)
    keys = list(_keys(office.definitions))
    nodes = {key for key in keys if key.path[0] not in ("landing", "published", "extracts", "outputs")}
    of_folders = {key.path[0]: key for key in nodes}.values()  # they are one step: one of each folder is enough
    alone = [key for key in keys if key not in nodes and key != PUBLISHED]
    assert len(alone) > len(FEEDS) + 6
    for key in alone:
        assert office.made(key) == {key}
        assert versions.read_current_version(office.home) == before
    for key in of_folders:
        assert office.made(key) == {key}
        assert versions.read_current_version(office.home) == before
    finished = find_finished_build(office.home)
    assert office.made(PUBLISHED) == {PUBLISHED}
    assert versions.read_current_version(office.home) == finished.identity.version != before
    for key in of_folders:  # nothing is to be built any more
        assert office.made(key) == {key}
    assert len(ledger.list_entries(office.home)) == 2


def test_a_night_step_by_step_is_a_night(office: Office, wanted: Home, tmp_path: Path) -> None:
    """Each step in a run of its own ends as `haicap refresh` does: the same rows, checks and extracts."""
    whole = Home(tmp_path / "whole")
    shutil.copytree(wanted.root, whole.root, symlinks=True)
    night = refresh(office.inbox, whole.root, TODAY.isoformat())
    assert night.returncode in (0, 3), night.stdout + night.stderr
    for feed_id in FEEDS:
        office.made(dg.AssetKey(["landing", feed_id]))
    office.made(dg.AssetKey(["marts", "kpi_value"]))
    office.made(PUBLISHED)
    office.made(EXTRACTS)
    assert content_differences(office.home.current, whole.current) == []
    assert json.loads(office.home.checks.read_text()) == json.loads(whole.checks.read_text())
    assert (office.home.extracts / "moi_nhat").readlink() == (whole.extracts / "moi_nhat").readlink()
    assert sorted(p.name for p in office.home.build.iterdir()) == sorted(p.name for p in whole.build.iterdir())


def test_publishing_alone_says_which_version_stands(office: Office) -> None:
    result = office.run(PUBLISHED)
    (event,) = result.get_asset_materialization_events()
    assert result.success
    told = event.materialization.metadata
    assert told["phiên bản"].value == versions.read_current_version(office.home)
    assert "Không có gì để công bố" in told["không công bố lại"].value
    assert len(ledger.list_entries(office.home)) == 1


def test_some_feeds_alone_never_publish_less(office: Office) -> None:
    """Every parse was lost: who then lands one feed and publishes would lose the rest."""
    before, dossiers = versions.read_current_version(office.home), office.dossiers()
    _lose_parses(office.home)
    kpi = dg.AssetKey(["marts", "kpi_value"])
    result = office.run(VP, kpi, PUBLISHED)
    assert result.success
    (told,) = (e for e in result.get_asset_materialization_events() if e.asset_key == PUBLISHED)
    assert "national_portal, procedures_pt" in told.materialization.metadata["không công bố lại"].value
    assert (versions.read_current_version(office.home), office.dossiers()) == (before, dossiers)
    office.made(*(dg.AssetKey(["landing", feed_id]) for feed_id in load_registry().feeds), kpi, PUBLISHED)
    assert versions.read_current_version(office.home) != before
    assert office.dossiers() >= dossiers


@pytest.mark.long
def test_a_feed_that_fails_never_costs_what_stands(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parses of its old files were lost and cannot be made again: nothing is published without them."""
    before, dossiers = versions.read_current_version(office.home), office.dossiers()
    _lose_parses(office.home)
    with monkeypatch.context() as broken:
        broken.setattr(LandingTurns, "land", _refuse(VP.path[1], LandingTurns.land))
        office.run(VP)
        office.made(*(dg.AssetKey(["landing", feed]) for feed in load_registry().feeds if feed != VP.path[1]))
        office.made(dg.AssetKey(["marts", "kpi_value"]))
        result = office.run(PUBLISHED)
        (told,) = (e for e in result.get_asset_materialization_events() if e.asset_key == PUBLISHED)
        assert VP.path[1] in told.materialization.metadata["không công bố lại"].value
        assert (versions.read_current_version(office.home), office.dossiers()) == (before, dossiers)
        whole = run(["refresh", "--full", "--home", str(office.home.root), "--inbox", str(office.inbox),
                     "--as-of", TODAY.isoformat()])  # fmt: skip
        assert whole == 1
    assert (versions.read_current_version(office.home), office.dossiers()) == (before, dossiers)
    assert refresh(office.inbox, office.home.root, TODAY.isoformat()).returncode in (0, 3)
    assert versions.read_current_version(office.home) != before


def _lose_parses(home: Home) -> None:
    """Remove the parse of every file, so that nothing stands in for it."""
    with change_store(home) as store:
        store.execute("delete from batch")
        store.execute("delete from part")


def _refuse(feed_id: str, land: Callable[..., FeedLanding]) -> Callable[..., FeedLanding]:
    def refuse(turns: LandingTurns, asked: str) -> FeedLanding:
        if asked == feed_id:
            raise HaicapError("Tiến trình phụ dừng.", "Chạy lại.")
        return land(turns, asked)

    return refuse


def test_the_checks_of_a_feed_run_alone(office: Office) -> None:
    graph = office.definitions.resolve_asset_graph()
    checks = {key for key in graph.asset_check_keys if key.asset_key == VP}
    job = office.definitions.resolve_implicit_global_asset_job_def()
    said = {}
    for check in sorted(checks):
        subset = job.get_subset(asset_selection=set(), asset_check_selection={check})
        result = subset.execute_in_process(run_config=office.config, raise_on_error=False)
        assert result.success, check
        assert [e for e in result.get_asset_materialization_events() if e.asset_key == VP] == []
        said[check.name] = [e.check_name for e in result.get_asset_check_evaluations()]
    assert all(names in ([], [name]) for name, names in said.items())
    assert said["arrived_on_time"] == ["arrived_on_time"]
    assert sum(map(len, said.values())) >= 3  # the first that is run brings the new rows


@pytest.mark.long
def test_the_command_of_dagster_lands_a_feed_and_publishes(office: Office) -> None:
    prepare_dagster_home(office.home)
    before = versions.read_current_version(office.home)
    assert _materialize(office, "landing/procedures_pt") == 0
    assert versions.read_current_version(office.home) == before
    assert _materialize(office, "landing/procedures_vp", "marts/kpi_value", "published") == 0
    assert versions.read_current_version(office.home) not in (before, None)
    assert not office.run(dg.AssetKey(["outputs", "workbook"])).success  # that of this version is not there yet
    assert _materialize(office, "extracts", "outputs/workbook") == 0


def _materialize(office: Office, *names: str) -> int:
    command = [sys.executable, "-m", "dagster", "asset", "materialize", "-m", "dagster_project.definitions"]
    command += ["--select", ",".join(names), "--config-json", json.dumps(office.config)]
    told = {"HAICAP_HOME": str(office.home.root), "DAGSTER_HOME": str(office.home.dagster), "DO_NOT_TRACK": "1"}
    return subprocess.run(command, env=os.environ | told, capture_output=True, check=False).returncode
