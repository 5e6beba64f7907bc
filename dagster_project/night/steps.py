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
from dagster_project.warehouse.identity import Identity
from dagster_project.warehouse.query import find_current_file

if TYPE_CHECKING:
    from dagster_project.warehouse.build import Build


@dataclass(frozen=True)
class NothingToPublish:
    """Says why a step that should publish did not: `reason_vi`. `version` is the newest one that is kept."""

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
    if publish.is_newest(home, identity):
        if is_of_now:
            remove_builds(home)
        return _say_nothing(home, f"bản {identity.version} đã được công bố")
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


def extract_current(home: Home) -> Path:
    """Write the extracts of the version that readers now see. Raises HaicapError before the first version."""
    from dagster_project.extracts.write import write_extracts

    return write_extracts(home, find_current_file(home))


def find_newest(home: Home) -> versions.Version | None:
    """Find the newest version whose file is kept; None before the first one."""
    return next((version for version in versions.list_versions(home) if version.is_available), None)


def _say_nothing(home: Home, why: str) -> NothingToPublish:
    reason = f"Không có gì để công bố: {why}."
    newest = find_newest(home)
    if newest is None:
        raise HaicapError(reason, "Chạy trọn đêm: `haicap refresh`, hoặc job `night` trong Dagster.")
    return NothingToPublish(newest.entry.version, reason)
