"""One night from scan to extract, without Dagster: the assets call its steps, the command line asks how it ended."""

from __future__ import annotations

import shutil
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.contracts.decisions import idle_rejections, read_decisions
from dagster_project.contracts.registry import Registry
from dagster_project.core.errors import HaicapError
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batch_folder import forget_parses
from dagster_project.ingest.landing.landing import FeedLanding, Landing
from dagster_project.ingest.landing.overlap import Turns
from dagster_project.ingest.landing.scan import Scan
from dagster_project.ingest.transports.factory import refuse_unfit
from dagster_project.ingest.transports.pull import Puller, PullResult
from dagster_project.operate.retention import purge
from dagster_project.settings.sources import Sources
from dagster_project.warehouse import publish, versions
from dagster_project.warehouse.dbt_project import remove_old_manifests
from dagster_project.warehouse.identity import Identity, run_identity
from dagster_project.warehouse.lock import night_lock
from dagster_project.warehouse.query import current_file

if TYPE_CHECKING:
    from dagster_project.quality.judge import Judge
    from dagster_project.warehouse.build import Build

Tell = Callable[[str], None]
NO_SOURCES = Sources()


@dataclass
class Faults:
    """What went wrong on the way. `feeds`: feeds that could not be landed; the night goes on without them."""

    feeds: dict[str, str] = field(default_factory=dict)
    night: HaicapError | None = None


class NightSession:
    """The state of one night. Made by `open_session`, which holds the lock."""

    def __init__(
        self,
        home: Home,
        inbox: Path,
        as_of: date,
        keep: int,
        tell: Tell,
        stack: ExitStack,
        sources: Sources = NO_SOURCES,
    ) -> None:
        self.home = home
        self.as_of = as_of
        self.keep = keep
        self.tell = tell
        self.faults = Faults()
        self.is_full = False
        self.landed: dict[str, FeedLanding] = {}
        self.build_result: Build | None = None
        self.published: publish.Published | None = None
        self.extracts: Path | None = None
        self._inbox = inbox
        self._stack = stack
        self._decisions = _content(home.decisions)
        self._night = Landing(home, inbox, as_of)
        self._turns: Turns | None = None
        self._puller = Puller(home, self._night.registry, sources, as_of)
        self._fetches = bool(sources.feeds)
        if sources.feeds:
            refuse_unfit(sources.feeds, self._night.registry.feeds)
            inbox.mkdir(parents=True, exist_ok=True)

    @cached_property
    def pulled(self) -> dict[str, PullResult]:
        """How the pulls went: every fetched feed is asked once a night, before anything is read."""
        if not self._fetches:
            return {}
        self.tell("Lấy dữ liệu từ các hệ thống nguồn")
        return self._puller.pull()

    @cached_property
    def scan(self) -> Scan:
        """What lies in the inbox, and what was fetched, at the start of the night."""
        assert self.pulled is not None
        return self._night.scan()

    @property
    def registry(self) -> Registry:
        """The feeds, with what persons ruled on names."""
        return self._night.registry

    @property
    def feed_ids(self) -> list[str]:
        """Every feed of the registry, in order."""
        return sorted(self._night.registry.feeds)

    def is_up_to_date(self) -> bool:
        """Nothing to read and nothing to build: the newest version already is this night. Cheap."""
        is_so = not self.is_full and not self.scan.has_new
        is_so = is_so and publish.is_newest(self.home, self._identity_of(self.scan))
        if is_so:
            self._puller.keep_cursors()
        return is_so

    def idle_rejections(self) -> list[str]:
        """Decisions to reject a file that never arrived."""
        decisions = read_decisions(self.home.decisions, self._night.registry)
        return idle_rejections(decisions, self.scan.accepted_identity)

    def forget_landing(self) -> None:
        """Make every file that ever arrived new again: all are read anew, from the inbox or else from the archive."""
        self.is_full = True
        forget_parses(self.home)

    def prepare_landing(self, order: Sequence[str] = ()) -> None:
        """Start the judge's process and the one that parses ahead: both work while this one still imports.

        Only when there is something to read. `order`: the feeds that will be landed, when that is known already.
        """
        if self._turns is None:
            judge = self._stack.enter_context(_judge()) if self.scan.has_new else None
            ahead = self._stack.enter_context(self._night.read_ahead(self.scan)) if self.scan.new else None
            landing = Landing(self.home, self._inbox, self.as_of, judge, ahead)
            self._turns = Turns(landing, self.scan, order, lambda feed_id: self.tell(f"Nhận nguồn {feed_id}"))

    def land(self, feed_id: str) -> FeedLanding:
        """Land one feed's new files. A fault of this feed, foreseen or not, stops no other; it is kept in `faults`."""
        self.prepare_landing()
        assert self._turns is not None
        try:
            self.landed[feed_id] = self._turns.land(feed_id)
            self._puller.keep_cursor(feed_id)
        except HaicapError as fault:
            self._give_up(feed_id, " ".join(part for part in (fault.message_vi, fault.remedy_vi) if part))
        except Exception as fault:  # one feed's bug must not cost the province its night
            self._give_up(feed_id, f"lỗi chương trình {type(fault).__name__} tại {_place(fault)}")
        return self.landed[feed_id]

    @cached_property
    def identity(self) -> Identity:
        """Identity of what is landed by now; a file whose landing failed is not in it and is tried again next night.

        Raises HaicapError when `decisions.yaml` was changed since the night began: files were read by the old one.
        """
        if _content(self.home.decisions) != self._decisions:
            raise HaicapError("decisions.yaml vừa được sửa trong lúc đang chạy.", "Chạy lại `haicap refresh`.")
        return self._identity_of(self._night.scan())

    def must_build(self) -> bool:
        """Whether this night's content has still to be built; False when it is the newest, or is kept from before."""
        if self.is_full:
            return True
        if publish.is_newest(self.home, self.identity):
            self.mend_extracts()
            return False
        self.published = publish.publish_again(self.home, self.identity, self.keep)
        if self.published is not None:
            self.mend_extracts()
        return self.published is None

    def build(self) -> Build:
        """Build this night; the verdict on it is `refuse_failures`."""
        from dagster_project.warehouse.build import build
        from dagster_project.warehouse.checks import keep_checks
        from dagster_project.warehouse.inputs import register_inputs

        self.tell("Dựng kho dữ liệu")
        self.build_result = build(self.home, self.identity, register_inputs)
        verdicts = {feed_id: landed.checks for feed_id, landed in self.landed.items()}
        keep_checks(self.home, self.identity, self.build_result.results, verdicts)
        return self.build_result

    def publish(self) -> publish.Published | None:
        """Publish the build of this session; None when a full run only confirmed the newest version."""
        if self.build_result is None:
            raise HaicapError("Lượt chạy này chưa dựng kho nên không có gì để công bố.", "Chạy cả công việc `night`.")
        if publish.is_newest(self.home, self.identity):
            return None
        self.tell("Công bố phiên bản")
        self.published = publish.publish(self.home, self.build_result.marts, self.identity, self.keep)
        return self.published

    def newest_file(self) -> Path:
        """File of the newest version that is kept: this night's, or the one that it found nothing to add to."""
        newest = next((v for v in versions.list_versions(self.home) if v.is_available), None)
        if newest is None:
            raise HaicapError("Chưa có phiên bản nào được công bố.", "Sửa lỗi đêm nay rồi chạy lại `haicap refresh`.")
        return newest.path

    def extract(self) -> Path | None:
        """Write the extracts of the version that readers now see; None before the first version."""
        from dagster_project.extracts.write import write_extracts

        current = versions.current_version(self.home)
        if current is None:
            return None
        self.tell("Lập bản trích cho lãnh đạo")
        self.extracts = write_extracts(self.home, current_file(self.home))
        return self.extracts

    def mend_extracts(self) -> None:
        """Write the current version's extracts where a kill between publishing and telling left them out."""
        from dagster_project.extracts.write import latest_extract

        if latest_extract(self.home) != versions.current_version(self.home):
            self.extract()

    def _identity_of(self, scan: Scan) -> Identity:
        waiting = {(arrival.feed_id, arrival.sha256) for arrival in scan.new}
        return run_identity(set(scan.accepted_identity) - waiting, self.home, self.as_of)

    def _give_up(self, feed_id: str, reason: str) -> None:
        self.faults.feeds[feed_id] = reason
        self.landed[feed_id] = FeedLanding(feed_id)


@contextmanager
def open_session(
    home: Home, inbox: Path, as_of: date, keep: int, tell: Tell, sources: Sources = NO_SOURCES
) -> Iterator[NightSession]:
    """Hold the home for one night, first undoing what a killed one left. Raises when another is at work."""
    with night_lock(home), ExitStack() as stack:
        versions.recover(home)
        _remove_scratch(home)
        remove_old_manifests(home)
        session = NightSession(home, inbox, as_of, keep, tell, stack, sources)
        try:
            yield session
        finally:  # what has to go by law goes after a night that failed, too; and those who can mend it are told
            _keep_retention(home, as_of, tell)
            _tell_owners(session)
        if session.faults.night is None:
            _remove_scratch(home)
            _announce(session)


def _keep_retention(home: Home, as_of: date, tell: Tell) -> None:
    """Remove what is past its time. A fault here is told, and tried again next night; it takes nothing back."""
    try:
        purged = purge(home, as_of)
    except (HaicapError, OSError) as fault:
        tell(f"CHƯA xóa được dữ liệu quá hạn lưu: {fault}")
        return
    if purged.archive or purged.vault:
        tell(f"Xóa dữ liệu quá hạn lưu: {len(purged.archive)} tệp gốc, {len(purged.vault)} lô trong két")


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
    """Send what this night published, where the settings do not wait for a person. A fault here is told, and
    `haicap release` mends it; the version stands."""
    from dagster_project.settings.settings import load_settings

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


def _remove_scratch(home: Home) -> None:
    """Remove the scratch of nights that are over; a refused night's stays to be looked at until the next."""
    for folder in home.build.glob("run-*"):
        shutil.rmtree(folder)


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _judge() -> Judge:
    from dagster_project.quality.judge import Judge

    return Judge()


def _place(fault: Exception) -> str:
    """Where a bug is, without the values that its message may carry: they may be a person's."""
    last = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
