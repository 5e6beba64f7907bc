"""What one process knows of the night that it runs: what it was told, its helpers, and how its steps ended.

Nothing that a later step needs stands here alone: the steps hand over through the home (`accounts`), so that a process
may run one of them and end. What is kept here is kept for speed (a scan is made once) and for the answer at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.contracts.registry import Registry
from dagster_project.core.errors import HaicapError, locate_bug
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batches import forget_parses, read_batches
from dagster_project.ingest.landing.landing import FeedLanding, Landing
from dagster_project.ingest.landing.scan import Scan, keep_sightings
from dagster_project.ingest.landing.turns import LandingTurns
from dagster_project.ingest.transports.factory import refuse_unfit
from dagster_project.ingest.transports.pull import Puller, PullResult
from dagster_project.night import steps
from dagster_project.night.accounts import forget_landings, list_verdicts, note_landing, read_landing, read_landings
from dagster_project.night.machine_faults import describe_storage_fault
from dagster_project.settings.decisions import RejectFile, list_idle_rejections, read_decisions
from dagster_project.settings.limits import DEFAULT_READING, ReadingLimits
from dagster_project.settings.settings import find_yesterday, is_to_come
from dagster_project.settings.sources import Sources
from dagster_project.warehouse import publish, versions
from dagster_project.warehouse.checks import CheckResult, describe_verdict, read_checks
from dagster_project.warehouse.identity import Identity, read_version
from dagster_project.warehouse.landed_files import identify_build
from dagster_project.warehouse.query import ask, find_current_file

if TYPE_CHECKING:
    from dagster_project.quality.judge import Judge
    from dagster_project.warehouse.build import Build

Tell = Callable[[str], None]
NO_SOURCES = Sources()


@dataclass
class Faults:
    """Holds what went wrong on the way.

    `feeds`: feed_id → why it could not be landed; the night goes on without it. `night`: why the night itself ended.
    """

    feeds: dict[str, str] = field(default_factory=dict)
    night: HaicapError | None = None


class NightSession:
    """Knows what one process does of a night. It is made by `open_session`, which holds the lock.

    `lands`: the feeds that this process will land, in their order; only they are pulled and read. None means all.
    """

    def __init__(
        self,
        home: Home,
        inbox: Path,
        as_of: date,
        keep: int,
        tell: Tell,
        stack: ExitStack,
        sources: Sources = NO_SOURCES,
        lands: list[str] | None = None,
        reading: ReadingLimits = DEFAULT_READING,
    ) -> None:
        yesterday = find_yesterday()
        self.home = home
        self.as_of = as_of
        self.is_rehearsal = is_to_come(as_of)
        self.keep = keep
        self.tell = tell
        self.faults = Faults()
        self.is_full = False
        self.is_stopped: Callable[[], bool] = lambda: False
        self.landed: dict[str, FeedLanding] = {}
        self.published: publish.Publication | None = None
        self._inbox = inbox
        self._stack = stack
        self._decisions = _read_content(home.decisions)
        # What arrives in a rehearsal arrives today, and no source is asked for days to come.
        self._landing = Landing(home, inbox, min(as_of, yesterday) if self.is_rehearsal else as_of)
        self._lands = lands
        self._reading = reading
        self._turns: LandingTurns | None = None
        self._puller = Puller(home, self.registry, sources, self._landing.as_of)
        self._fetches = bool(sources.feeds)
        if sources.feeds:
            refuse_unfit(sources.feeds, self.registry.feeds)
            inbox.mkdir(parents=True, exist_ok=True)

    @property
    def registry(self) -> Registry:
        """Return the registry, with what persons ruled on names."""
        return self._landing.registry

    @property
    def feed_ids(self) -> list[str]:
        """Return the id of every feed of the registry, sorted."""
        return sorted(self.registry.feeds)

    @cached_property
    def pulled(self) -> dict[str, PullResult]:
        """Return feed_id → how its pull went.

        Every fetched feed that will be landed is asked once, before anything is read.
        """
        if not self._fetches or self._lands == []:
            return {}
        self.tell("Lấy dữ liệu từ các hệ thống nguồn")
        return self._puller.pull(self._lands)

    @cached_property
    def scan(self) -> Scan:
        """Return what lies in the inbox, and what was fetched, at the start of the night."""
        assert self.pulled is not None
        scan = self._landing.scan()
        keep_sightings(self.home, scan.sightings)
        return scan

    def is_up_to_date(self) -> bool:
        """Tell, cheaply, whether nothing is to be read and built, as the newest version already is this night."""
        is_so = not self.is_full and not self.scan.has_new
        is_so = is_so and publish.is_published(self.home, self._identify())
        if is_so:
            self._puller.keep_cursors()
        return is_so

    def describe_aside(self) -> str | None:
        """Say in one line why this night's version lies aside; None when it does not."""
        if not self.is_aside:
            return None
        if self.is_rehearsal:
            why = f"Diễn tập cho ngày {self.as_of:%d/%m/%Y}, chưa đến"
        else:
            newest = versions.find_newest_day(self.home)
            why = f"Ngày {self.as_of:%d/%m/%Y} ở trước ngày mới nhất đã công bố ({newest:%d/%m/%Y})"
        return f"{why}: bản này để riêng, không thành bản hiện hành."

    def list_idle_rejections(self) -> list[str]:
        """Return "feed_id sha256" of each decision to reject a file that never arrived."""
        decisions = read_decisions(self.home.decisions, self.registry)
        return list_idle_rejections(decisions, self.scan.arrived)

    def forget_landing(self) -> None:
        """Make every file that ever arrived new again: all are read anew, from the inbox or else from the archive."""
        self.is_full = True
        forget_landings(self.home)
        forget_parses(self.home)

    def prepare_landing(self, order: Sequence[str] = ()) -> None:
        """Start the judge's process and those that read: all work while this one still imports.

        Only when there is something to read. `order`: the feeds that will be landed, when that is known already.
        """
        if self._turns is None:
            scan = self.scan if self._lands is None else _select_feeds(self.scan, self._lands)
            judge = self._stack.enter_context(_start_judge()) if scan.has_new else None
            made = self._landing.make_workers(scan, self._reading.workers, self._reading.bounds) if scan.new else None
            workers = self._stack.enter_context(made) if made else None
            landing = Landing(self.home, self._inbox, self._landing.as_of, judge, workers)
            self._turns = LandingTurns(landing, scan, order, lambda feed_id: self.tell(f"Nhận nguồn {feed_id}"))

    def land(self, feed_id: str) -> FeedLanding:
        """Land one feed's new files. A fault of this feed, foreseen or not, stops no other; it is kept in `faults`."""
        self.prepare_landing(self._lands or ())
        assert self._turns is not None
        try:
            landed = self._turns.land(feed_id)
            self._puller.keep_cursor(feed_id)
        except HaicapError as fault:
            landed = self._give_up(feed_id, " ".join(part for part in (fault.message_vi, fault.remedy_vi) if part))
        except Exception as fault:  # one feed's bug must not cost the province its night
            landed = self._give_up(feed_id, describe_storage_fault(fault) or f"lỗi chương trình {locate_bug(fault)}")
        note_landing(self.home, feed_id, list_verdicts(landed, self.as_of), self.faults.feeds.get(feed_id))
        self.landed[feed_id] = landed
        return landed

    def list_standing_checks(self, feed_id: str) -> list[CheckResult]:
        """List what is known of a feed's checks: what no build has taken up yet, else what the last one wrote down."""
        waiting = read_landing(self.home, feed_id).verdicts
        return [
            *(check for check in read_checks(self.home) if check.feed_id == feed_id),
            *(describe_verdict(feed_id, verdict, "", self.as_of.isoformat()) for verdict in waiting),
        ]

    @cached_property
    def identity(self) -> Identity:
        """Return the identity of what is landed by now.

        Of a file whose landing failed it holds an earlier parse or nothing; it is tried again next night. Raises
        HaicapError when `decisions.yaml` was changed since the night began: files were read by the old one.
        """
        if _read_content(self.home.decisions) != self._decisions:
            raise HaicapError("decisions.yaml vừa được sửa trong lúc đang chạy.", "Chạy lại `haicap refresh`.")
        return self._identify()

    @cached_property
    def is_aside(self) -> bool:
        """Tell whether this night's version lies aside: readers go on seeing the one that they see."""
        return versions.is_aside(self.home, self.as_of, self.is_rehearsal)

    @cached_property
    def unread_feeds(self) -> tuple[str, ...]:
        """Return the feeds that miss files without which a version would hold less than the one that stands.

        These are files that arrived before and are not landed: after a `--full` that was killed, all that no fault
        explains. Of a feed that could not be landed only those count that the newest version holds; its new files can
        wait for the next night.
        """
        scan = self._landed_scan
        unlisted = {arrival.key for arrival in scan.unlisted}
        given_up = {account.feed_id for account in read_landings(self.home) if account.fault}
        landed = read_batches(self.home)
        unread = [
            arrival
            for arrival in scan.new
            if arrival.key not in unlisted and (arrival.feed_id, arrival.sha256) not in landed
        ]
        held = self._list_held_files() if given_up.intersection(arrival.feed_id for arrival in unread) else set()
        missed = {a.feed_id for a in unread if a.feed_id not in given_up or (a.feed_id, a.sha256) in held}
        return tuple(sorted(missed))

    def must_build(self) -> bool:
        """Tell whether this night's content is still to be built: it is neither the newest nor kept from before."""
        if self.is_full:
            return True
        return not (publish.is_published(self.home, self.identity) or publish.is_kept(self.home, self.identity))

    def build(self) -> Build:
        """Build this night; the verdict on it is `refuse_failures`.

        Raises HaicapError when a whole night could not land files that the newest version holds.
        """
        if self._lands is None and self.unread_feeds:
            faults = self.faults.feeds
            missed = "; ".join(f"{feed_id} ({faults.get(feed_id, 'chưa đọc')})" for feed_id in self.unread_feeds)
            raise HaicapError(
                f"Đêm nay không công bố: chưa đọc lại được tệp mà bản đang dùng đã có, của nguồn {missed}. "
                "Bản tốt gần nhất vẫn giữ nguyên.",
                "Chạy lại `haicap refresh`; nếu một tệp làm hỏng lượt đọc, loại nó trong decisions.yaml.",
            )
        self.tell("Dựng kho dữ liệu")
        return steps.build_warehouse(self.home, self.identity, self.unread_feeds)

    def publish(self) -> publish.Publication | steps.NothingToPublish:
        """Publish the finished build of this night, or its kept file again."""
        self.tell("Công bố phiên bản")
        done = steps.publish_build(self.home, self.identity, self.unread_feeds, self.keep)
        if isinstance(done, publish.Publication):
            self.published = done
        else:
            self.tell(done.reason_vi)
        return done

    def extract(self) -> Path:
        """Write the extracts of `find_shown_file`. Raises HaicapError before the first version."""
        self.tell("Lập bản trích cho lãnh đạo")
        return steps.extract(self.home, self.find_shown_file())

    def mend_extracts(self) -> None:
        """Write the extracts of `find_shown_file` where a kill between publishing and telling left them out."""
        from dagster_project.extracts.write import read_latest_extract

        version = read_version(self.find_shown_file().name)
        is_current = version == versions.read_current_version(self.home)
        if not (self.home.extracts / version).is_dir() or (is_current and read_latest_extract(self.home) != version):
            self.extract()

    def find_shown_file(self) -> Path:
        """Return the file that this night's outputs are of: the current one, or the version that the night put aside.

        Raises HaicapError before the first version.
        """
        return self._find_file_aside() or find_current_file(self.home)

    def find_newest_file(self) -> Path:
        """Return the file of the newest version that is kept: this night's, or the one that it found nothing to add to.

        Of a night whose version lies aside it is that one. Raises HaicapError before the first version.
        """
        aside = self._find_file_aside()
        if aside is not None:
            return aside
        newest = steps.find_newest(self.home)
        if newest is None:
            raise HaicapError("Chưa có phiên bản nào được công bố.", "Sửa lỗi đêm nay rồi chạy lại `haicap refresh`.")
        return newest.path

    @cached_property
    def _landed_scan(self) -> Scan:
        """Return what lies there once the landing is over."""
        return self._landing.scan()

    def _list_held_files(self) -> set[tuple[str, str]]:
        """Return (feed_id, sha256) of the files that the newest version uses, less what a person rejects by now."""
        newest = steps.find_newest(self.home)
        if newest is None:
            return set()
        rejections = [d for d in read_decisions(self.home.decisions, self.registry) if isinstance(d, RejectFile)]
        files = ask(newest.path, "select feed_id, sha256 from marts.source_file where state = 'accepted'").rows
        return {(feed, sha256) for feed, sha256 in files if not any(d.is_about(feed, sha256) for d in rejections)}

    def _identify(self) -> Identity:
        return identify_build(self.home, self.registry, self.as_of, self.is_rehearsal)

    def _find_file_aside(self) -> Path | None:
        """Return the file that this night put aside; None of another night, and before it is there."""
        path = self.home.published / self.identity.file_name if self.is_aside else None
        return path if path is not None and path.exists() else None

    def _give_up(self, feed_id: str, reason: str) -> FeedLanding:
        self.faults.feeds[feed_id] = reason
        return FeedLanding(feed_id)


def _select_feeds(scan: Scan, feed_ids: Sequence[str]) -> Scan:
    """Return the scan with the news of some feeds alone."""
    return replace(
        scan,
        new=tuple(arrival for arrival in scan.new if arrival.feed_id in feed_ids),
        unlisted=tuple(arrival for arrival in scan.unlisted if arrival.feed_id in feed_ids),
        unopened={place: reason for place, reason in scan.unopened.items() if place[0] in feed_ids},
    )


def _read_content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _start_judge() -> Judge:
    from dagster_project.quality.judge import Judge

    return Judge()
