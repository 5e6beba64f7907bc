"""Dagster's clockwork really ticks: the schedule, the sensor of late files, freshness by each layout's rhythm."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest

from dagster_project.core.clock import HO_CHI_MINH
from dagster_project.core.paths import Home
from dagster_project.defs import sensors
from dagster_project.defs.assets.landing import build_landing_assets, describe_office
from dagster_project.defs.instance import open_instance
from dagster_project.defs.jobs import JOB, build_jobs
from dagster_project.defs.sensors import late_files
from dagster_project.defs.translator import make_office_key
from dagster_project.ingest.landing.landing import FeedLanding
from dagster_project.ingest.transports.cursors import PullState, write_state
from dagster_project.ingest.transports.pull_faults import PullFault
from dagster_project.night.session import Faults
from dagster_project.warehouse.checks import CheckResult
from dagster_project.warehouse.lock import NightRunningError
from tests.support.kits.kit import registry

VP = "procedures_vp"
MORNING = datetime(2025, 7, 14, 8, 0, tzinfo=HO_CHI_MINH)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with an inbox, at eight in the morning of 14 July 2025."""
    for name in ("HAICAP_INBOX", "HAICAP_SECRETS_DIR", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HAICAP_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sensors, "get_local_now", lambda: MORNING)
    monkeypatch.setattr("dagster_project.settings.settings.find_yesterday", lambda: date(2025, 7, 13))
    home = Home(tmp_path / "home")
    (home.root / "hop-thu" / VP).mkdir(parents=True)
    (home.root / "haicap.yaml").write_text("inbox: hop-thu\n", encoding="utf-8")
    return home


@pytest.fixture
def tick(home):
    """One tick of the sensor in a real instance, with the cursor of the tick before: gives run keys and the reason."""
    cursor: list[str | None] = [None]

    def once(instance: dg.DagsterInstance) -> tuple[list[str], str | None]:
        context = dg.build_sensor_context(instance=instance, cursor=cursor[0], sensor_name=late_files.name)
        result = late_files.evaluate_tick(context)
        cursor[0] = result.cursor
        keys = [request.run_key for request in result.run_requests or []]
        for request in result.run_requests or []:
            assert request.run_config["resources"]["night"]["config"] == {"as_of": "2025-07-13"}
        return keys, result.skip_message

    with open_instance(home) as instance:
        yield lambda: once(instance)


def test_a_late_file_asks_for_the_night_again_once_it_lies_still(home, tick):
    assert tick()[0] == []
    assert tick() == ([], "Không có gì mới.")
    late = home.root / "hop-thu" / VP / "ho_so_tthc_07_2025.xlsx"
    late.write_bytes(b"half")
    assert "đợi" in tick()[1]
    late.write_bytes(b"the whole")
    assert "đợi" in tick()[1]
    keys, _ = tick()
    assert len(keys) == 1
    assert keys[0].startswith("2025-07-13-")
    assert tick() == ([], "Không có gì mới.")  # asked for once


def refuse(_: Home) -> None:
    raise NightRunningError("another")


def test_nothing_is_asked_for_at_night_in_the_demo_or_beside_a_run(home, tick, monkeypatch):
    (home.root / "hop-thu" / VP / "a.xlsx").write_bytes(b"a")
    monkeypatch.setattr(sensors, "get_local_now", lambda: MORNING.replace(hour=1))
    assert tick() == ([], "Ngoài giờ chạy lại.")
    monkeypatch.setattr(sensors, "get_local_now", lambda: MORNING)
    monkeypatch.setattr(sensors, "hold_night_lock", refuse)
    assert tick() == ([], "Một lượt chạy đang làm việc.")
    (home.root / "haicap.yaml").write_text("keep_versions: 3\n", encoding="utf-8")
    assert tick() == ([], "Bản trình diễn: không có hộp thư để chờ.")


def test_a_source_that_failed_is_tried_again_after_an_hour_and_hourly_at_most(home, tick, monkeypatch):
    (home.root / "haicap.yaml").write_text(
        "inbox: hop-thu\nsources: {housing_vp: {kind: folder, path: /khong-co}}\n", encoding="utf-8"
    )
    monkeypatch.setattr("dagster_project.defs.sensors.versions.list_versions", lambda _: ["one"])
    tried = MORNING - timedelta(minutes=30)
    write_state(home.pulls, "housing_vp", PullState().record_failure(tried.isoformat(), PullFault("no_folder")))
    tick()
    assert tick()[0] == []
    monkeypatch.setattr(sensors, "get_local_now", lambda: MORNING + timedelta(minutes=45))
    first = tick()[0]
    assert first == ["2025-07-13-pull-2025071408"]
    assert tick()[0] == first  # the same key: Dagster runs it once


def test_the_schedule_asks_for_the_day_before_in_the_time_of_the_province(home):
    (schedule,) = build_jobs().schedules
    with open_instance(home) as instance:
        at = datetime(2025, 7, 13, 19, 30, tzinfo=UTC).astimezone(HO_CHI_MINH)
        ticked = schedule.evaluate_tick(dg.build_schedule_context(instance, scheduled_execution_time=at))
    (request,) = ticked.run_requests
    assert request.run_key == "2025-07-13"
    assert request.run_config["resources"]["night"]["config"] == {"as_of": "2025-07-13"}
    assert (schedule.cron_schedule, schedule.execution_timezone, schedule.job_name) == (
        "30 2 * * *", "Asia/Ho_Chi_Minh", JOB,
    )  # fmt: skip


DAYS = {"nightly": 1, "weekly": 7, "twice_monthly": 16, "monthly": 31}


def test_freshness_follows_each_layout():
    for feed in registry().feeds.values():
        rhythm, policy = feed.layout.rhythm, describe_office(feed).freshness_policy
        assert policy.warn_window.to_timedelta() == timedelta(days=DAYS[rhythm.cadence] + rhythm.late_after_days)
        assert policy.fail_window.to_timedelta() == timedelta(days=DAYS[rhythm.cadence] + rhythm.max_age_days)


class FakeNight:
    """Lands one new file of one feed."""

    faults = Faults()

    def land(self, feed_id: str) -> FeedLanding:
        return FeedLanding(feed_id, files=int(feed_id == VP))

    def list_standing_checks(self, feed_id: str) -> list[CheckResult]:
        return []


def test_only_a_delivery_makes_an_office_fresh(home):
    offices = [describe_office(feed) for feed in registry().feeds.values()]
    with open_instance(home) as instance:
        run = dg.materialize(
            [*offices, *build_landing_assets(registry())], resources={"night": FakeNight()}, instance=instance
        )
        assert run.success
        seen = {
            f for f in registry().feeds if instance.get_latest_materialization_event(make_office_key(f)) is not None
        }
    assert seen == {VP}
