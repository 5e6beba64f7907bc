"""What became of each check when it was last run, kept for `haicap why`: the scratch of a night is removed with it.

dbt's tests speak of the last build, published or refused. An expectation speaks of the last night that brought its feed
new rows, so the verdicts of a quiet feed stay.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from dagster_project.core.durable_files import write_json
from dagster_project.core.paths import Home

if TYPE_CHECKING:
    from dagster_project.contracts.verdicts import Verdict
    from dagster_project.warehouse.build import NodeResult
    from dagster_project.warehouse.identity import Identity


@dataclass(frozen=True)
class CheckResult:
    """Holds the last outcome of one check.

    `feed_id`: of an expectation; None for a dbt test. `outcome`: pass | warn | fail | error | skipped. `failures`: rows
    that fail, None when the check does not count. `rows`: up to five of them, as text. `version`: of that night.
    """

    name: str
    feed_id: str | None
    asserts: str
    outcome: str
    failures: int | None
    version: str
    as_of: str
    rows: tuple[dict[str, str], ...] = ()


def read_checks(home: Home) -> tuple[CheckResult, ...]:
    """Return the last outcome of every check; none before the first build."""
    if not home.checks.exists():
        return ()
    found = json.loads(home.checks.read_text(encoding="utf-8"))["checks"]
    return tuple(CheckResult(**(entry | {"rows": tuple(entry["rows"])})) for entry in found)


def keep_checks(
    home: Home, identity: Identity, results: Iterable[NodeResult], verdicts: Mapping[str, Iterable[Verdict]]
) -> None:
    """Write down the outcomes of a build and of its night's landing (feed → verdicts, empty for a quiet feed)."""
    about: dict[str, Any] = {"version": identity.version, "as_of": identity.as_of.isoformat()}
    tests = [_keep_test(result, about) for result in results if result.resource_type == "test"]
    judged = [_keep_verdict(feed_id, verdict, about) for feed_id, found in verdicts.items() for verdict in found]
    heard = {check.feed_id for check in judged}
    quiet = [check for check in read_checks(home) if check.feed_id is not None and check.feed_id not in heard]
    checks = sorted([*tests, *judged, *quiet], key=lambda check: (check.feed_id or "", check.name))
    write_json(home.checks, {"checks": [asdict(check) for check in checks]})


def _keep_test(result: NodeResult, about: dict[str, Any]) -> CheckResult:
    return CheckResult(result.name, None, result.title, result.status, result.failures, rows=result.rows, **about)


def _keep_verdict(feed_id: str, verdict: Verdict, about: dict[str, Any]) -> CheckResult:
    outcome = "pass" if verdict.passed else "fail" if verdict.severity == "critical" else "warn"
    asserts = str(verdict.metadata.get("description") or verdict.name)
    return CheckResult(verdict.name, feed_id, asserts, outcome, verdict.metadata.get("unexpected"), **about)
