"""The nightly job: its resource, its schedule, and how the command line runs it in its own process."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import dagster as dg

from dagster_project.night.demo import open_inbox
from dagster_project.night.run import open_session
from dagster_project.night.session import NightSession
from dagster_project.settings.settings import load_settings

JOB = "night"
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dg.resource(
    description="Một đêm làm việc: giữ khóa, đọc hộp thư, dựng, công bố.",
    config_schema={
        "home": dg.Field(str, is_required=False, description="Thư mục cài đặt; mặc định HAICAP_HOME."),
        "inbox": dg.Field(str, is_required=False, description="Hộp thư; mặc định HAICAP_INBOX hoặc haicap.yaml."),
        "as_of": dg.Field(str, is_required=False, description="Ngày số liệu YYYY-MM-DD; mặc định hôm qua."),
        "allow_future": dg.Field(bool, default_value=False, description="Diễn tập một ngày chưa đến."),
    },
)
def night_resource(context: dg.InitResourceContext) -> Iterator[NightSession]:
    """Open the session of a run that Dagster starts; the command line hands in its own.

    Its key is `night`, by which a run's configuration names it; so Dagster wants the parameter of each asset to be
    called, though what it holds is a session.
    """
    told = context.resource_config
    home, inbox, as_of = (told.get(name) for name in ("home", "inbox", "as_of"))
    settings = load_settings(Path(home) if home else None, Path(inbox) if inbox else None)
    day = settings.choose_as_of(date.fromisoformat(as_of) if as_of else None, told["allow_future"])
    tell = context.log.info if context.log else print
    with open_session(
        settings.home,
        open_inbox(settings, tell),
        day,
        settings.keep_versions,
        tell,
        settings.sources,
        _find_lands(context.run),
        settings.reading,
    ) as session:
        yield session


def _find_lands(run: dg.DagsterRun | None) -> list[str] | None:
    """Return the feeds that a run lands: those of its selection; None for the whole job."""
    if run is None or not (run.asset_selection or run.asset_check_selection):
        return None
    checked = {check.asset_key for check in run.asset_check_selection or ()}
    keys = {*(run.asset_selection or ()), *checked}
    return sorted(key.path[1] for key in keys if key.path[0] == "landing")


def build_jobs() -> dg.Definitions:
    """Job `night` over every asset and check, and its schedule: 02:30 in Ho Chi Minh City, D = the day before."""
    job = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all(),
        description="Nhận, kiểm tra, dựng, công bố, lập bản trích: một đêm trọn vẹn.",
        executor_def=dg.in_process_executor,
    )
    return dg.Definitions(jobs=[job], schedules=[_nightly])


@dg.schedule(job_name=JOB, cron_schedule="30 2 * * *", execution_timezone="Asia/Ho_Chi_Minh", name="nightly")
def _nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    day = context.scheduled_execution_time.date() - timedelta(days=1)
    return request_night(day, day.isoformat())


def request_night(day: date, run_key: str) -> dg.RunRequest:
    """Ask Dagster for the night of one day; it runs each key once."""
    return dg.RunRequest(
        run_key=run_key,
        run_config={"resources": {"night": {"config": {"as_of": day.isoformat()}}}},
        tags={"haicap/as_of": day.isoformat()},
    )


def run_night(session: NightSession, definitions: dg.Definitions, instance: dg.DagsterInstance) -> bool:
    """Run the job in this process for a session that holds the lock. What went wrong stands in `session.faults`.

    Returns whether every step succeeded.
    """
    result = definitions.resolve_job_def(JOB).execute_in_process(
        instance=instance,
        resources={"night": session},
        run_config=_QUIET,
        tags={"haicap/as_of": session.as_of.isoformat()},
        raise_on_error=False,
    )
    return bool(result.success)
