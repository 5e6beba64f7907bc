"""What one step of a night leaves for the next: small files in `<home>/build/`.

A step may run alone, in another process and on another day, so nothing is handed over in memory. What was landed stands
in `landing/`, what is published in `published/` and the ledger; here stands what lies between:

- `landed/<feed>.json`: what the judge said of a feed's new rows, and why the feed could not be landed; the next build
  takes it up.
- `run-<process>/account.json`: that the build in this folder was finished and passed its audit. A folder without it was
  left by a night that was killed, refused or published.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from types import NoneType

from dagster_project.contracts.verdicts import FOUND_FOR, Verdict, judge_files
from dagster_project.core.durable_files import read_json, remove, sync, write_json
from dagster_project.core.errors import DamagedFile
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.landing import FeedLanding
from dagster_project.warehouse.dbt_project import MARTS_FILE
from dagster_project.warehouse.identity import Identity

_ACCOUNT = "account.json"
_BUILDS = "run-*"
_REMEDY = "Đêm sau tự bỏ tệp này; ngay bây giờ: `haicap doctor --repair`."


@dataclass(frozen=True)
class LandingAccount:
    """Holds what no build has taken up yet of one feed. `fault`: why it could not be landed, None when it was."""

    feed_id: str
    verdicts: tuple[Verdict, ...] = ()
    fault: str | None = None


@dataclass(frozen=True)
class FinishedBuild:
    """Names a build that passed its audit and is not published yet.

    `lacks`: feeds of which it misses files that arrived before (`NightSession.unread_feeds`).
    """

    folder: Path
    identity: Identity
    lacks: tuple[str, ...]

    @property
    def marts(self) -> Path:
        """Return the path of the file that would be published."""
        return self.folder / MARTS_FILE


def note_landing(home: Home, feed_id: str, verdicts: Iterable[Verdict], fault: str | None) -> None:
    """Write down how the landing of a feed went.

    Verdicts that no build has taken up stay until there are newer ones. `fault`: why it could not be landed.
    """
    by_name = {verdict.name: verdict for verdict in (*read_landing(home, feed_id).verdicts, *verdicts)}
    kept = tuple(by_name.values())
    path = _landed(home) / f"{feed_id}.json"
    if kept or fault:
        write_json(path, asdict(LandingAccount(feed_id, kept, fault)))
    else:
        path.unlink(missing_ok=True)


def list_verdicts(landed: FeedLanding, as_of: date) -> list[Verdict]:
    """List what was found of a feed's new files and rows, and for which day; nothing of a feed that brought none."""
    files = [judge_files(landed.blocked)] if landed.files or landed.blocked else []
    day = {FOUND_FOR: as_of.isoformat()}
    return [replace(verdict, metadata=verdict.metadata | day) for verdict in (*landed.checks, *files)]


def read_landing(home: Home, feed_id: str) -> LandingAccount:
    """Return what waits for the next build of this feed; an empty account when nothing does."""
    path = _landed(home) / f"{feed_id}.json"
    if not path.exists():
        return LandingAccount(feed_id)
    told = read_json(path, {"verdicts": list, "fault": (str, NoneType)}, _REMEDY)
    try:
        return LandingAccount(feed_id, tuple(Verdict(**verdict) for verdict in told["verdicts"]), told["fault"])
    except TypeError as error:
        raise DamagedFile(path, "một kết quả kiểm tra thiếu mục", _REMEDY) from error


def read_landings(home: Home) -> list[LandingAccount]:
    """Return what waits for the next build: one account per feed of which something waits, by feed_id."""
    return [read_landing(home, path.stem) for path in sorted(_landed(home).glob("*.json"))]


def list_damaged_landings(home: Home) -> list[Path]:
    """List the accounts that cannot be read."""
    damaged = []
    for path in sorted(_landed(home).glob("*.json")):
        try:
            read_landing(home, path.stem)
        except DamagedFile as fault:
            damaged.append(fault.path)
    return damaged


def forget_landings(home: Home) -> None:
    """Remove the accounts: a build has taken them up, or every file is to be read again."""
    shutil.rmtree(_landed(home), ignore_errors=True)


def note_build(folder: Path, identity: Identity, lacks: Iterable[str]) -> None:
    """Write down that the build in this folder is finished and passed its audit; its marts are durable before that."""
    sync(folder / MARTS_FILE)
    about = {
        "identity": identity.digest,
        "as_of": identity.as_of.isoformat(),
        "code_version": identity.code_version,
        "is_rehearsal": identity.is_rehearsal,
    }
    write_json(folder / _ACCOUNT, about | {"lacks": sorted(lacks)})


def find_finished_build(home: Home) -> FinishedBuild | None:
    """Return the build that waits to be published; None when there is none, or it is published already."""
    for path in home.build.glob(f"{_BUILDS}/{_ACCOUNT}"):
        shape = {"identity": str, "as_of": str, "code_version": str, "lacks": list}
        try:
            told = read_json(path, shape, _REMEDY)
            as_of = date.fromisoformat(told["as_of"])
        except (DamagedFile, ValueError):
            continue  # then it is not finished, and is built again
        identity = Identity(told["identity"], as_of, told["code_version"], told.get("is_rehearsal", False))
        build = FinishedBuild(path.parent, identity, tuple(told["lacks"]))
        if build.marts.is_file():
            return build
    return None


def remove_builds(home: Home) -> None:
    """Remove every build that is not published: it is published now, or another one begins."""
    for folder in home.build.glob(_BUILDS):
        remove(folder)


def remove_scratch(home: Home) -> None:
    """Remove what nights that are over left, but not a build that can still be published."""
    finished = find_finished_build(home)
    for folder in home.build.glob(_BUILDS):
        if finished is None or folder.name != finished.folder.name:
            remove(folder)


def _landed(home: Home) -> Path:
    return home.build / "landed"
