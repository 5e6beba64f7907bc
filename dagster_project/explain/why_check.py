"""Why a check passed or failed: what it asserts, its last outcome, the rows that fail it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project.contracts.registry import load_registry
from dagster_project.core.paths import Home
from dagster_project.explain.landed_rows import door_rows
from dagster_project.quality.judge import suite_checks
from dagster_project.warehouse.checks import CheckResult, read_checks
from dagster_project.warehouse.query import ask

_LIVE = """
select feed_id, file, sha256, batch_id from marts.source_file
where feed_id = ? and state = 'accepted' and not is_superseded order by data_date, file
"""


@dataclass(frozen=True)
class CheckAnswer:
    """One check. `outcomes`: one a feed, or one for a dbt test; empty before the first build that wrote them down.

    `rows`: failing rows; of an expectation, those that it sent to quarantine (file, sheet, row, column).
    """

    name: str
    asserts: str
    outcomes: tuple[CheckResult, ...]
    rows: tuple[dict[str, Any], ...]
    rows_in_all: int
    about: str = "check"


def known_checks(home: Home) -> dict[str, str]:
    """Name of every expectation and of every dbt test that was ever run here → what it asserts."""
    known: dict[str, str] = {}
    for domain in load_registry().contracts:
        known |= {e["meta"]["check"]: e.get("description") or e["type"] for e in suite_checks(domain)}
    return known | {check.name: check.asserts for check in read_checks(home)}


def explain_check(home: Home, file: Path, name: str, limit: int) -> CheckAnswer:
    """What is known of a check by this name."""
    outcomes = tuple(check for check in read_checks(home) if check.name == name)
    rows: list[dict[str, Any]] = []
    in_all = 0
    for check in outcomes:
        if check.feed_id is None:
            rows += check.rows
            in_all += check.failures or 0
        else:
            found = _refused(home, file, check.feed_id, name)
            rows += found
            in_all += len(found)
    return CheckAnswer(name, known_checks(home)[name], outcomes, tuple(rows[:limit]), in_all)


def _refused(home: Home, file: Path, feed_id: str, name: str) -> list[dict[str, Any]]:
    """Rows of the live files that an expectation sent to quarantine."""
    files = ask(file, _LIVE, (feed_id,)).records()
    return [row for row in door_rows(home, file, files, "quarantine") if row["rule"] == name]
