"""After the night: a sensor that runs it again for files that came late and for sources that failed, within bounds."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, timedelta
from pathlib import Path

import dagster as dg

from dagster_project.contracts.registry import load_registry
from dagster_project.core.clock import get_local_now
from dagster_project.defs.jobs import JOB, request_night
from dagster_project.ingest.landing.landing import Landing
from dagster_project.ingest.receive.inbox import list_candidate_files
from dagster_project.ingest.transports.cursors import read_state
from dagster_project.settings.settings import Settings, load_settings
from dagster_project.warehouse import versions
from dagster_project.warehouse.lock import NightRunningError, hold_night_lock

FIRST_HOUR, LAST_HOUR = 4, 18
"""Hours of the day, in Ho Chi Minh City, in which a night may be run again; before them the schedule is at work."""
RETRY_MINUTES = 60
_INTERVAL_SECONDS = 300


@dg.sensor(
    job_name=JOB,
    minimum_interval_seconds=_INTERVAL_SECONDS,
    description="Tệp đến sau giờ chạy đêm, hoặc nguồn lấy chưa được: chạy lại đêm đó.",
)
def late_files(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Look at the inbox and the sources every few minutes, and ask for the nightly job again when it would help."""
    settings, now = load_settings(), get_local_now()
    if settings.is_demo:
        return dg.SkipReason("Bản trình diễn: không có hộp thư để chờ.")
    if not FIRST_HOUR <= now.hour < LAST_HOUR:
        return dg.SkipReason("Ngoài giờ chạy lại.")
    try:
        with hold_night_lock(settings.home):
            return _look(settings, context.cursor, settings.choose_as_of(), now)
    except NightRunningError:
        return dg.SkipReason("Một lượt chạy đang làm việc.")


def _look(settings: Settings, cursor: str | None, day: date, now: datetime) -> dg.SensorResult:
    """Ask for a run once the inbox stands still with something new in it, or a failed source may be tried again.

    `cursor`: what the inbox looked like when last looked at, and for which look a run was asked for.
    """
    seen, asked = json.loads(cursor) if cursor else ("", "")
    looks = _hash_inbox(settings)
    kept = json.dumps([looks, asked])
    if looks != asked and looks == seen:
        kept = json.dumps([looks, looks])
        if Landing(settings.home, settings.inbox_or_demo, day).scan().has_new:
            return dg.SensorResult(run_requests=[request_night(day, f"{day}-{looks[:12]}")], cursor=kept)
    failed = _find_failed(settings, now)
    if failed and versions.list_versions(settings.home):
        return dg.SensorResult(run_requests=[request_night(day, f"{day}-pull-{now:%Y%m%d%H}")], cursor=kept)
    waits = looks not in (asked, seen)
    return dg.SensorResult(
        skip_reason="Hộp thư vừa thay đổi, đợi các tệp ghi xong." if waits else "Không có gì mới.", cursor=kept
    )


def _hash_inbox(settings: Settings) -> str:
    """Hash the names, sizes and times of all files of the inbox: cheap, and the same while nothing moves."""
    digest = hashlib.sha256()
    for feed_id in sorted(load_registry().feeds):
        for path in list_candidate_files(settings.inbox_or_demo / feed_id):
            digest.update(_describe(path))
    return digest.hexdigest()


def _describe(path: Path) -> bytes:
    try:
        about = path.lstat()
    except OSError:
        return b""
    return f"{path}\0{about.st_size}\0{about.st_mtime_ns}\n".encode("utf-8", "surrogateescape")


def _find_failed(settings: Settings, now: datetime) -> list[str]:
    """Return the feeds whose last pull failed, an hour ago or more."""
    states = {feed_id: read_state(settings.home.pulls, feed_id) for feed_id in settings.sources.feeds}
    limit = now - timedelta(minutes=RETRY_MINUTES)
    return [f for f, s in states.items() if s.fault and s.tried_at and datetime.fromisoformat(s.tried_at) <= limit]
