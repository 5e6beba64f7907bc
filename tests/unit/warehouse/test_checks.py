"""What is kept of verdicts: each feed's last ones, and those of each published version."""

from __future__ import annotations

from datetime import date

from dagster_project.contracts.verdicts import FILES_CHECK, Verdict, judge_files
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.landing import FeedLanding
from dagster_project.night.accounts import list_verdicts, note_landing, read_landing
from dagster_project.warehouse.build import NodeResult
from dagster_project.warehouse.checks import keep_checks, read_checks
from dagster_project.warehouse.ledger import read_build_checks
from dagster_project.warehouse.publish import publish
from tests.support.marts.tiny_marts import AS_OF, built, identity

FEED = "planning"
NEXT_DAY = date(2025, 7, 14)


def dbt_test(status: str, failures: int) -> NodeResult:
    return NodeResult("test.one", "one", "test", status, "Một", "", failures, 0.1)


def verdict(passed: bool) -> Verdict:
    return Verdict("columns", passed, "warning", {"unexpected": 0 if passed else 2})


def outcomes(home: Home) -> dict[str, tuple[str, str]]:
    return {check.name: (check.outcome, check.as_of) for check in read_checks(home) if check.feed_id == FEED}


def test_a_night_of_unusable_files_alone_leaves_what_was_said_of_the_rows(home: Home) -> None:
    landed = FeedLanding(FEED, files=1, checks=[verdict(False)])
    keep_checks(home, identity("a"), [], {FEED: list_verdicts(landed, AS_OF)})
    assert outcomes(home) == {"columns": ("warn", "2025-07-13"), FILES_CHECK: ("pass", "2025-07-13")}
    blocked = FeedLanding(FEED, blocked={"a.xlsx": "Tệp rỗng."})
    keep_checks(home, identity("b", NEXT_DAY), [], {FEED: list_verdicts(blocked, NEXT_DAY)})
    assert outcomes(home) == {"columns": ("warn", "2025-07-13"), FILES_CHECK: ("fail", "2025-07-14")}
    (files,) = (check for check in read_checks(home) if check.name == FILES_CHECK)
    assert (files.failures, files.rows) == (1, ({"tệp": "a.xlsx", "lý do": "Tệp rỗng."},))
    quiet = FeedLanding(FEED)
    assert list_verdicts(quiet, NEXT_DAY) == []
    keep_checks(home, identity("c", NEXT_DAY), [], {FEED: []})
    assert outcomes(home)[FILES_CHECK] == ("fail", "2025-07-14")


def test_verdicts_that_wait_for_a_build_keep_their_own_day(home: Home) -> None:
    note_landing(home, FEED, list_verdicts(FeedLanding(FEED, files=1, checks=[verdict(False)]), AS_OF), None)
    note_landing(home, FEED, list_verdicts(FeedLanding(FEED, blocked={"b": "Hỏng."}), NEXT_DAY), None)
    waiting = read_landing(home, FEED).verdicts
    assert [found.name for found in waiting] == ["columns", FILES_CHECK]
    keep_checks(home, identity("c", NEXT_DAY), [], {FEED: waiting})
    assert outcomes(home) == {"columns": ("warn", "2025-07-13"), FILES_CHECK: ("fail", "2025-07-14")}


def test_each_published_version_keeps_what_its_build_was_told(home: Home) -> None:
    keep_checks(home, identity("a"), [dbt_test("warn", 3)], {FEED: [judge_files({})]})
    publish(home, built(home, 1), identity("a"))
    keep_checks(home, identity("b", NEXT_DAY), [dbt_test("pass", 0)], {})
    assert [(c.name, c.outcome, c.failures, c.as_of) for c in read_build_checks(home, identity("a"))] == [
        ("one", "warn", 3, "2025-07-13")
    ]
    assert [c.outcome for c in read_build_checks(home, identity("b", NEXT_DAY))] == ["pass"]  # not published yet
    assert read_build_checks(home, identity("c")) == ()
