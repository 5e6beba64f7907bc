"""The steps of a night after the landing. Each asks the home what stands there, so each can run alone.

Build and audit leave a finished build; publishing takes the last one whose identity still holds; extracting takes the
version that readers see. A step that finds nothing to do says so and leaves everything as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.core.errors import HaicapError
from dagster_project.core.paths import Home
from dagster_project.night.accounts import (
    find_finished_build,
    forget_landings,
    note_build,
    read_landings,
    remove_builds,
)
from dagster_project.warehouse import publish, versions
from dagster_project.warehouse.identity import Identity, read_version

if TYPE_CHECKING:
    from dagster_project.warehouse.build import Build


@dataclass(frozen=True)
class NothingToPublish:
    """Says why a step that should publish did not: `reason_vi`. `version`: of the night's identity, else the newest
    one that is kept."""

    version: str
    reason_vi: str


def build_warehouse(home: Home, identity: Identity, lacks: Iterable[str]) -> Build:
    """Build and audit everything that is landed. A build that passes waits to be published; an earlier one goes.

    The verdict on the build is `refuse_failures`. `lacks` goes into its account.
    """
    from dagster_project.warehouse.build import build
    from dagster_project.warehouse.checks import keep_checks
    from dagster_project.warehouse.inputs import register_inputs

    remove_builds(home)
    built = build(home, identity, register_inputs)
    keep_checks(home, identity, built.results, {account.feed_id: account.verdicts for account in read_landings(home)})
    forget_landings(home)
    if not any(result.is_refusal for result in built.results):
        note_build(built.folder, identity, lacks)
    return built


def publish_build(
    home: Home, identity: Identity, lacks: tuple[str, ...], keep: int
) -> publish.Publication | NothingToPublish:
    """Publish what is landed, decided and coded now (`identity`): the finished build of it, else its kept file again.

    `lacks`: feeds of which files that arrived before are not landed, so that the version would hold less than the one
    that stands. Raises HaicapError when there is nothing to publish and no version stands.
    """
    finished = find_finished_build(home)
    is_of_now = finished is not None and finished.identity == identity
    if publish.is_published(home, identity):
        if is_of_now:
            remove_builds(home)
        return _say_nothing(home, f"bản {identity.version} đã được công bố", identity.version)
    missing = finished.lacks if finished is not None and is_of_now else lacks
    if missing:
        return _say_nothing(home, f"còn tệp đã nhận nhưng chưa đọc của nguồn {', '.join(missing)}")
    if finished is not None and is_of_now:
        done = publish.publish(home, finished.marts, identity, keep)
        remove_builds(home)
        return done
    again = publish.publish_again(home, identity, keep)
    if again is not None:
        return again
    if finished is not None:
        return _say_nothing(
            home, f"bản dựng {finished.identity.version} không còn khớp với dữ liệu, quyết định hoặc ngày"
        )
    return _say_nothing(home, "không có bản dựng nào đã qua kiểm tra và chưa công bố")


def extract(home: Home, file: Path) -> Path:
    """Write the extracts of a published file; `moi_nhat` names them when it is the one that readers now see."""
    from dagster_project.extracts.write import write_extracts

    return write_extracts(home, file, is_latest=read_version(file.name) == versions.read_current_version(home))


def find_newest(home: Home) -> versions.Version | None:
    """Find the newest version whose file is kept, one aside only where there is no other; None before the first one."""
    kept = [version for version in versions.list_versions(home) if version.is_available]
    return next(iter(versions.list_once_newest(kept) or kept), None)


def _say_nothing(home: Home, why: str, version: str | None = None) -> NothingToPublish:
    reason = f"Không có gì để công bố: {why}."
    newest = find_newest(home)
    if newest is None:
        raise HaicapError(reason, "Chạy trọn đêm: `haicap refresh`, hoặc job `night` trong Dagster.")
    return NothingToPublish(version or newest.entry.version, reason)
