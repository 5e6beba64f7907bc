"""What Dagster shows: an asset a feed and a model, a check a rule, one job, and nights in which one feed is dead."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.contracts.verdicts import FILES_CHECK
from dagster_project.core.errors import HaicapError
from dagster_project.core.paths import Home
from dagster_project.defs.assets import warehouse
from dagster_project.defs.assets.landing import build_landing_assets
from dagster_project.defs.assets.outputs import build_output_assets
from dagster_project.defs.assets.published import FRESHNESS_CHECK
from dagster_project.defs.instance import open_instance
from dagster_project.defs.location import build_definitions
from dagster_project.defs.translator import find_checked_node, make_landing_key
from dagster_project.extracts.write import write_extracts
from dagster_project.ingest.landing.landing import FeedLanding
from dagster_project.night.session import Faults, NightSession
from dagster_project.quality.judge import Verdict, list_suite_checks
from dagster_project.warehouse.checks import CheckResult
from dagster_project.warehouse.dbt_project import find_manifest_json
from dagster_project.warehouse.publish import publish
from dagster_project.warehouse.query import find_current_file
from tests.support.marts.tiny_marts import built, identity

REGISTRY = load_registry()


@pytest.fixture(scope="module")
def location(tmp_path_factory: pytest.TempPathFactory) -> tuple[dg.Definitions, dict]:
    home = Home(tmp_path_factory.mktemp("home"))
    definitions = build_definitions(home)
    return definitions, json.loads(find_manifest_json(home).read_text(encoding="utf-8"))


@pytest.mark.slow
def test_every_feed_and_every_dbt_node_is_an_asset(location) -> None:
    definitions, manifest = location
    keys = definitions.resolve_all_asset_keys()
    assert {make_landing_key(feed_id) for feed_id in REGISTRY.feeds} < set(keys)
    nodes = [n for n in manifest["nodes"].values() if n["resource_type"] in ("model", "seed")]
    assert len(nodes) > 10
    assert len([key for key in keys if key.path[0] in ("seeds", "staging", "intermediate", "marts")]) == len(nodes)
    assert {dg.AssetKey("published"), dg.AssetKey("extracts")} < set(keys)


@pytest.mark.slow
def test_every_expectation_and_every_dbt_test_is_a_check_of_its_own(location) -> None:
    definitions, manifest = location
    checks = definitions.resolve_asset_graph().asset_check_keys
    names = Counter(key.name for key in checks if key.asset_key.path[0] != "landing")
    tests = Counter(n["name"] for n in manifest["nodes"].values() if n["resource_type"] == "test")
    assert names == tests
    for feed in REGISTRY.feeds.values():
        of_feed = {key.name for key in checks if key.asset_key == make_landing_key(feed.feed_id)}
        expectations = [e["meta"]["check"] for e in list_suite_checks(feed.domain)]
        assert len(set(expectations)) == len(expectations) > 3
        assert of_feed == {*expectations, FILES_CHECK, FRESHNESS_CHECK}


@pytest.mark.slow
def test_the_warehouse_waits_for_the_feeds_and_publishing_for_every_mart(location) -> None:
    definitions, _ = location
    graph = definitions.resolve_asset_graph()
    staged = graph.get(dg.AssetKey(["staging", "stg_procedures"]))
    assert {make_landing_key(f.feed_id) for f in REGISTRY.list_domain("procedures")} <= staged.parent_keys
    published = graph.get(dg.AssetKey("published"))
    assert published.parent_keys == {key for key in graph.get_all_asset_keys() if key.path[0] == "marts"}


@pytest.mark.slow
def test_the_night_is_one_job_at_half_past_two_for_the_day_before(location) -> None:
    definitions, _ = location
    job = definitions.resolve_job_def("night")
    assert definitions.resolve_sensor_def("late_files").job_name == "night"
    offices = {key for key in definitions.resolve_all_asset_keys() if key.path[0] == "offices"}
    assert len(offices) == len(REGISTRY.feeds)  # outside the system: nothing here makes them
    assert set(job.asset_layer.executable_asset_keys) == set(definitions.resolve_all_asset_keys()) - offices
    assert job.executor_def.name == "in_process"
    schedule = definitions.resolve_schedule_def("nightly")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("30 2 * * *", "Asia/Ho_Chi_Minh")
    context = dg.build_schedule_context(scheduled_execution_time=datetime.fromisoformat("2025-07-14T02:30:00+07:00"))
    (request,) = schedule.evaluate_tick(context).run_requests
    assert request.run_config == {"resources": {"night": {"config": {"as_of": "2025-07-13"}}}}


def test_a_test_that_dagster_would_lose_refuses_to_load() -> None:
    names = {"a": "same", "b": "same", "c": "other"}
    nodes = {node: {"name": name, "resource_type": "test"} for node, name in names.items()}
    kept = SimpleNamespace(check_keys=[dg.AssetCheckKey(dg.AssetKey("m"), name) for name in ("same", "other")])
    with pytest.raises(HaicapError, match=r"same\."):
        warehouse._assert_no_check_lost({"nodes": nodes}, kept)


def test_a_test_of_several_models_is_a_check_of_the_last_layer() -> None:
    layers = {"model.p.stg_a": "staging", "model.p.int_a": "statements"}
    layers |= {"model.p.fct_b": "facts", "model.p.fct_a": "facts"}
    nodes = {name: {"fqn": ["p", layer, name]} for name, layer in layers.items()}
    manifest = {"nodes": nodes, "child_map": {"source.p.s": ["model.p.stg_a"]}}
    singular = {"depends_on": {"nodes": [*layers, "source.p.s"]}}
    assert find_checked_node(manifest, singular) == "model.p.fct_a"
    assert find_checked_node(manifest, singular | {"attached_node": "model.p.int_a"}) == "model.p.int_a"
    assert find_checked_node(manifest, {"depends_on": {"nodes": ["source.p.s"]}}) == "model.p.stg_a"


def test_the_dagster_home_sends_nothing_and_keeps_events(tmp_path: Path) -> None:
    home = Home(tmp_path)

    @dg.asset(check_specs=[dg.AssetCheckSpec("good", asset="thing")])
    def thing() -> dg.MaterializeResult:
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True, check_name="good")])

    with open_instance(home) as instance:
        assert instance.telemetry_enabled is False
        run = dg.materialize([thing], instance=instance)
    with open_instance(home) as instance:
        assert instance.get_latest_materialization_event(dg.AssetKey("thing")).run_id == run.run_id
        key = dg.AssetCheckKey(dg.AssetKey("thing"), "good")
        (record,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=5)
        assert record.event.dagster_event.asset_check_evaluation_data.passed
    own = "telemetry: {enabled: false}  # the operator's own\n"
    (tmp_path / "dagster" / "dagster.yaml").write_text(own, encoding="utf-8")
    with open_instance(home):
        pass
    assert (tmp_path / "dagster" / "dagster.yaml").read_text(encoding="utf-8") == own


QUIET = "directives"
QUIET_CHECK = list_suite_checks(QUIET)[0]["meta"]["check"]
STANDING = {
    QUIET: [
        CheckResult(QUIET_CHECK, QUIET, "", "warn", 3, "2025-07-06-aaaaaaaa", "2025-07-06", ({"row": "7"},)),
        CheckResult(FILES_CHECK, QUIET, "", "fail", 1, "2025-07-05-aaaaaaaa", "2025-07-05"),
    ]
}


class FakeNight:
    """Lands what it is told, as NightSession would."""

    def __init__(self, landed: dict[str, FeedLanding], faults: dict[str, str]) -> None:
        self.landed = landed
        self.faults = Faults(feeds=faults)

    def land(self, feed_id: str) -> FeedLanding:
        return self.landed.get(feed_id, FeedLanding(feed_id))

    def list_standing_checks(self, feed_id: str) -> list[CheckResult]:
        return STANDING.get(feed_id, [])


def test_a_dead_feed_fails_its_check_and_stops_nobody() -> None:
    blocked = FeedLanding("procedures_vp", blocked={"tháng 7.xlsx": "Tệp rỗng."})
    name = list_suite_checks("national_portal")[0]["meta"]["check"]
    verdict = Verdict(name, False, "warning", {"unexpected": 2})
    judged = FeedLanding("national_portal", files=1, rows_read=9, checks=[verdict])
    night = FakeNight({"procedures_vp": blocked, "national_portal": judged}, {})
    run = dg.materialize(build_landing_assets(REGISTRY), resources={"night": night})
    assert run.success
    landed = [e for e in run.get_asset_materialization_events() if e.asset_key.path[0] == "landing"]
    assert len(landed) == len(REGISTRY.feeds)
    verdicts = {(e.asset_key.path[1], e.check_name): e for e in run.get_asset_check_evaluations()}
    assert not verdicts["procedures_vp", FILES_CHECK].passed
    assert "Tệp rỗng." in str(verdicts["procedures_vp", FILES_CHECK].metadata)
    assert verdicts["national_portal", FILES_CHECK].passed
    failed = verdicts["national_portal", name]
    assert (failed.passed, failed.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "kết luận của ngày" not in failed.metadata
    stands, unusable = verdicts[QUIET, QUIET_CHECK], verdicts[QUIET, FILES_CHECK]
    assert (stands.passed, stands.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert (stands.metadata["kết luận của ngày"].value, stands.metadata["số dòng sai"].value) == ("06/07/2025", 3)
    assert (unusable.passed, unusable.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert unusable.metadata["kết luận của ngày"].value == "05/07/2025"


def test_a_bug_in_one_feed_is_named_without_its_values_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    with ExitStack() as stack:
        session = NightSession(Home(tmp_path / "home"), tmp_path / "inbox", date(2025, 7, 13), 14, print, stack)
        session.prepare_landing()

        def land(feed_id: str) -> FeedLanding:
            if feed_id == "procedures_vp":
                raise ValueError("cannot convert 012345678901")
            return FeedLanding(feed_id, files=1)

        session._turns.land = land
        assert session.land("procedures_vp").files == 0
        assert session.land("national_portal").files == 1
    assert list(session.faults.feeds) == ["procedures_vp"]
    assert "ValueError tại test_dagster_defs.py" in session.faults.feeds["procedures_vp"]
    assert "012345678901" not in session.faults.feeds["procedures_vp"]


def test_each_output_is_an_asset_with_a_preview(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    publish(home, built(home, 8), identity("a"))
    write_extracts(home, find_current_file(home))
    assets = build_output_assets(dg.AssetKey("extracts"))
    run = dg.materialize(
        assets, resources={"night": SimpleNamespace(home=home, find_shown_file=lambda: find_current_file(home))}
    )
    shown = {e.asset_key.path[1]: e.materialization.metadata for e in run.get_asset_materialization_events()}
    assert set(shown) == {
        "leader_page", "commune_sheets", "brief", "workbook", "owners_workbooks", "analyst_bundle"
    }  # fmt: skip
    folder = home.extracts / "2025-07-13-aaaaaaaa"
    page = shown["leader_page"]
    assert page["tệp"].value == str(folder / "trang-lanh-dao.html")
    assert page["cỡ (byte)"].value == (folder / "trang-lanh-dao.html").stat().st_size
    assert "| Hồ sơ đúng hạn | Tháng 7/2025 | 80,0% | 95,0% | Đạt |" in page["xem trước"].value
    bundle = shown["analyst_bundle"]
    assert "| parquet/kpi_value.parquet |" in bundle["xem trước"].value
    assert bundle["số tệp"].value == sum(path.is_file() for path in (folder / "goi-phan-tich").rglob("*"))
