"""Why a check passed or failed: what it asserts, its last outcome, the rows that fail it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project.contracts.registry import load_registry
from dagster_project.core.database import open_published
from dagster_project.core.paths import Home
from dagster_project.explain.landed_rows import FAULT_COLUMNS, list_live_files, load_part
from dagster_project.quality.judge import list_suite_checks
from dagster_project.warehouse.checks import CheckResult, read_checks
from dagster_project.warehouse.query import fetch_answer

_FILES = "select distinct feed_id, sha256 from live_file where feed_id = ? order by all"
_REFUSED = f"""
select {FAULT_COLUMNS}
from landed_quarantine as said
inner join live_file as file on said.batch_id = file.batch_id
where said.rule = ? order by all
"""


@dataclass(frozen=True)
class CheckAnswer:
    """Says what is known of one check.

    `outcomes`: one per feed, or one for a dbt test; empty before the first build that wrote them down.
    `rows`: failing rows; of an expectation, those that it sent to quarantine (file, sheet, row, column).
    """

    name: str
    asserts: str
    outcomes: tuple[CheckResult, ...]
    rows: tuple[dict[str, Any], ...]
    rows_in_all: int
    about: str = "check"


def list_checks(home: Home) -> dict[str, str]:
    """List every expectation and every dbt test that was ever run here: name → what it asserts."""
    known: dict[str, str] = {}
    for domain in load_registry().contracts:
        known |= {e["meta"]["check"]: e.get("description") or e["type"] for e in list_suite_checks(domain)}
    return known | {check.name: check.asserts for check in read_checks(home)}


def explain_check(home: Home, file: Path, name: str, limit: int) -> CheckAnswer:
    """Tell what is known of a check by this name, with at most `limit` failing rows."""
    outcomes = tuple(check for check in read_checks(home) if check.name == name)
    rows: list[dict[str, Any]] = []
    in_all = 0
    for check in outcomes:
        if check.feed_id is None:
            rows += check.rows
            in_all += check.failures or 0
        else:
            found = _list_refused(home, file, check.feed_id, name)
            rows += found
            in_all += len(found)
    return CheckAnswer(name, list_checks(home)[name], outcomes, tuple(rows[:limit]), in_all)


def _list_refused(home: Home, file: Path, feed_id: str, name: str) -> list[dict[str, Any]]:
    """List the rows of the live files of a feed that an expectation sent to quarantine."""
    with open_published(file, home.landing) as asked:
        list_live_files(asked)
        load_part(home, asked, "quarantine", asked.execute(_FILES, [feed_id]).fetchall())
        return fetch_answer(asked.execute(_REFUSED, [name])).to_records()
