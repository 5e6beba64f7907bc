"""Steps that hand over through the home: what is built waits to be published, and what waits is not cleaned away."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.contracts.verdicts import Verdict
from dagster_project.core.errors import HaicapError
from dagster_project.core.paths import Home
from dagster_project.night.accounts import (
    LandingAccount,
    find_finished_build,
    forget_landings,
    note_build,
    note_landing,
    read_landings,
    remove_builds,
    remove_scratch,
)
from dagster_project.night.steps import NothingToPublish, find_newest, publish_build
from dagster_project.warehouse import ledger, versions
from dagster_project.warehouse.publish import Publication, publish
from tests.support.marts.tiny_marts import built, identity

KEEP = 14


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home in which version `a` is published."""
    home = Home(tmp_path / "home")
    publish(home, built(home, 1), identity("a"))
    remove_builds(home)
    return home


def finish(home: Home, letter: str, lacks: tuple[str, ...] = ()) -> None:
    """Leave a build as the step before publishing does."""
    note_build(built(home, 2).parent, identity(letter), lacks)


def reason(done: Publication | NothingToPublish) -> str:
    assert isinstance(done, NothingToPublish)
    return done.reason_vi


def test_a_finished_build_is_published_once_by_whoever_comes(home: Home) -> None:
    finish(home, "b")
    remove_scratch(home)  # another process began and ended in between
    done = publish_build(home, identity("b"), (), KEEP)
    assert isinstance(done, Publication)
    assert versions.read_current_version(home) == done.version == identity("b").version
    assert find_finished_build(home) is None
    assert list(home.build.iterdir()) == []
    again = publish_build(home, identity("b"), (), KEEP)
    assert (again.version, reason(again)) == (
        done.version,
        f"Không có gì để công bố: bản {done.version} đã được công bố.",
    )
    assert len(ledger.list_entries(home)) == 2


def test_what_cannot_be_published_is_told_and_the_version_that_stands_stays(home: Home) -> None:
    stands = versions.read_current_version(home)
    assert "không có bản dựng nào" in reason(publish_build(home, identity("b"), (), KEEP))
    finish(home, "b", ("procedures_vp",))
    assert "procedures_vp" in reason(publish_build(home, identity("b"), (), KEEP))
    assert "không còn khớp" in reason(publish_build(home, identity("c"), (), KEEP))
    assert find_finished_build(home) is not None
    assert (versions.read_current_version(home), len(ledger.list_entries(home))) == (stands, 1)


def test_a_version_that_is_kept_is_published_again_unless_files_are_missing(home: Home) -> None:
    finish(home, "b")
    publish_build(home, identity("b"), (), KEEP)
    assert "planning" in reason(publish_build(home, identity("a"), ("planning",), KEEP))
    assert isinstance(publish_build(home, identity("a"), (), KEEP), Publication)
    assert versions.read_current_version(home) == identity("a").version


def test_a_home_without_a_version_has_nothing_to_say(tmp_path: Path) -> None:
    home = Home(tmp_path / "empty")
    assert find_newest(home) is None
    with pytest.raises(HaicapError, match="Không có gì để công bố") as told:
        publish_build(home, identity("a"), (), KEEP)
    assert told.value.remedy_vi == "Chạy trọn đêm: `haicap refresh`, hoặc job `night` trong Dagster."


def test_only_scratch_that_no_step_needs_goes(home: Home) -> None:
    (home.build / "run-77").mkdir(parents=True)  # killed while it built, or refused
    (home.build / "run-judge-x").mkdir()  # of a night of 0.1.0
    remove_scratch(home)
    assert list(home.build.iterdir()) == []
    finish(home, "b")
    (home.build / "run-77").mkdir()
    remove_scratch(home)
    assert [path.name for path in home.build.iterdir()] == ["run-1"]
    (home.build / "landed").mkdir()  # what another step left for the next build
    remove_builds(home)
    assert [path.name for path in home.build.iterdir()] == ["landed"]


def test_a_build_whose_publishing_was_killed_is_not_taken_for_a_finished_one(home: Home) -> None:
    finish(home, "b")
    found = find_finished_build(home)
    assert found is not None
    found.marts.chmod(0o444)  # killed after closing the file
    assert isinstance(publish_build(home, identity("b"), (), KEEP), Publication)
    finish(home, "c")
    (found.folder / "published.duckdb").unlink()  # killed after moving it
    assert find_finished_build(home) is None
    remove_scratch(home)
    assert list(home.build.iterdir()) == []


def test_verdicts_wait_for_the_next_build_and_a_fault_for_the_next_landing(home: Home) -> None:
    verdict = Verdict("columns", False, "warning", {"unexpected": 2, "description": "Đủ cột."})
    note_landing(home, "planning", [verdict], None)
    note_landing(home, "directives", [], "Đĩa hỏng.")
    note_landing(home, "planning", [], None)  # nothing new: the verdict still waits
    waiting = [LandingAccount("directives", (), "Đĩa hỏng."), LandingAccount("planning", (verdict,))]
    assert read_landings(home) == waiting
    note_landing(home, "directives", [], None)
    assert read_landings(home) == waiting[1:]
    forget_landings(home)
    assert read_landings(home) == []
