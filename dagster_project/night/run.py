"""Around the steps of a night: the lock before them, and after them what has to go, and who has to be told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

from dagster_project.core.errors import HaicapError
from dagster_project.core.paths import Home
from dagster_project.core.stop_signals import watch_stop_signals
from dagster_project.extracts.write import prune_extracts
from dagster_project.night.accounts import remove_scratch
from dagster_project.night.landing_damage import settle_landing
from dagster_project.night.mend import put_right
from dagster_project.night.session import NO_SOURCES, NightSession, Tell
from dagster_project.operate.retention import purge
from dagster_project.settings.limits import DEFAULT_READING, ReadingLimits
from dagster_project.settings.settings import load_settings
from dagster_project.settings.sources import Sources
from dagster_project.warehouse import versions
from dagster_project.warehouse.dbt_project import remove_old_manifests
from dagster_project.warehouse.lock import hold_night_lock


@contextmanager
def open_session(
    home: Home,
    inbox: Path,
    as_of: date,
    keep: int,
    tell: Tell,
    sources: Sources = NO_SOURCES,
    lands: list[str] | None = None,
    reading: ReadingLimits = DEFAULT_READING,
) -> Iterator[NightSession]:
    """Hold the home for one night or for some of its steps, first undoing what a killed one left and mending what is
    damaged.

    `lands`: the feeds that will be landed; None means a whole night, which lands all. Raises NightRunningError when
    another is at work.
    """
    with hold_night_lock(home), watch_stop_signals() as is_stopped, ExitStack() as stack:
        put_right(home, tell)
        if settle_landing(home):
            put_right(home, tell)
        versions.recover(home)
        remove_scratch(home)
        remove_old_manifests(home)
        session = NightSession(home, inbox, as_of, keep, tell, stack, sources, lands, reading)
        session.is_stopped = is_stopped
        try:
            yield session
        finally:  # what has to go by law goes after a night that failed, too; and those who can mend it are told
            _keep_retention(home, as_of, tell)
            # A few steps alone, or a night that was stopped, do not know every trouble: the next whole night tells.
            # What lies aside is news to nobody.
            if lands is None and not is_stopped() and not session.is_aside:
                _tell_owners(session)
        if session.faults.night is None:
            remove_scratch(home)
            _announce(session)


def _keep_retention(home: Home, as_of: date, tell: Tell) -> None:
    """Remove what is past its time. A fault here is told, and tried again next night; it takes nothing back."""
    try:
        purged = purge(home, as_of)
        outlived = prune_extracts(home, load_settings(home.root).keep_extracts)
    except (HaicapError, OSError) as fault:
        tell(f"CHƯA xóa được dữ liệu quá hạn lưu: {fault}")
        return
    files = len(purged.archive) + len(purged.unlisted)
    if files or purged.vault:
        tell(f"Xóa dữ liệu quá hạn lưu: {files} tệp gốc, {len(purged.vault)} lô trong két")
    if outlived:
        tell(f"Xóa bản trích quá số lưu: {len(outlived)}")


def _tell_owners(session: NightSession) -> None:
    """Write what has changed for each owner to the outbox. A fault here takes nothing back, and is told next night."""
    import duckdb

    from dagster_project.operate.owner_digests import write_notices

    pulls = session.__dict__.get("pulled", {})  # a night that ended before its pulls has none
    faults = {feed_id: pulled.fault for feed_id, pulled in pulls.items()}
    try:
        digests = write_notices(session.home, session.registry, session.as_of, faults, session.faults.night)
    except (HaicapError, OSError, duckdb.Error) as fault:
        session.tell(f"CHƯA ghi được thông báo: {fault}")
        return
    if digests:
        session.tell(f"Thông báo chờ gửi: {len(digests)} (thư mục {session.home.outbox})")


def _announce(session: NightSession) -> None:
    """Send what this night published, where the settings do not wait for a person.

    A fault here is told, and `haicap release` mends it; the version stands.
    """
    notice = load_settings(session.home.root).notice
    if notice is None or not notice.automatic or session.published is None or not session.published.is_current:
        return
    from dagster_project.extracts.notice.mail import compose
    from dagster_project.extracts.notice.send import send

    try:
        session.tell("Gửi thư thông báo")
        mail = compose(session.home, versions.find(session.home, session.published.version), notice)
        outcome = send(session.home, mail, notice)
    except (HaicapError, OSError) as fault:
        session.tell(f"CHƯA gửi được thư thông báo: {fault}")
        return
    for recipient, reason in outcome.refused.items():
        session.tell(f"Thư KHÔNG đến được {recipient}: {reason}")
    if outcome.chat_fault:
        session.tell(f"Chưa báo được vào nhóm chat: {outcome.chat_fault}")
