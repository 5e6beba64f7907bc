"""What became of each check when it was last run, kept for `haicap why`: the scratch of a night is removed with it.

dbt's tests speak of the last build, published or refused; what they said of each version that was published stands in
its entry of the ledger too. An expectation speaks of the last night that brought its feed new rows, so the verdicts of
a quiet feed stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.contracts.verdicts import FILES_CHECK, FOUND_FOR
from dagster_project.core.durable_files import read_json, write_json
from dagster_project.core.errors import DamagedFile
from dagster_project.core.paths import Home

if TYPE_CHECKING:
    from dagster_project.contracts.verdicts import Verdict
    from dagster_project.warehouse.build import NodeResult
    from dagster_project.warehouse.identity import Identity

_ROWS_KEPT = 5
_REMEDY = "Đêm sau tự lập lại; ngay bây giờ: `haicap doctor --repair`."


@dataclass(frozen=True)
class CheckResult:
    """Holds the last outcome of one check.

    `feed_id`: of an expectation; None for a dbt test. `outcome`: pass | warn | fail | error | skipped. `failures`: rows
    that fail, None when the check does not count. `rows`: up to five of them, as text. `version`, `as_of`: of that
    night; a verdict that no build has taken up yet has no version ('').
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
    return read_check_file(home.checks)


def read_check_file(path: Path) -> tuple[CheckResult, ...]:
    """Return the outcomes that a file keeps; none where there is no file. Raises DamagedFile."""
    if not path.exists():
        return ()
    found = read_json(path, {"checks": list}, _REMEDY)["checks"]
    try:
        return tuple(map(decode_check, found))
    except (TypeError, KeyError) as error:
        raise DamagedFile(path, "một kiểm tra thiếu mục", _REMEDY) from error


def decode_check(told: dict[str, Any]) -> CheckResult:
    """Return a check as `encode_checks` wrote it. Raises TypeError or KeyError for anything else."""
    return CheckResult(**(told | {"rows": tuple(told["rows"])}))


def encode_checks(checks: Iterable[CheckResult]) -> dict[str, Any]:
    """Return what `read_check_file` reads, as JSON can hold it."""
    return {"checks": [asdict(check) for check in checks]}


def keep_checks(
    home: Home, identity: Identity, results: Iterable[NodeResult], verdicts: Mapping[str, Iterable[Verdict]]
) -> None:
    """Write down the outcomes of a build and of its night's landing (feed → verdicts, empty for a quiet feed)."""
    about: dict[str, Any] = {"version": identity.version, "as_of": identity.as_of.isoformat()}
    tests = [_keep_test(result, about) for result in results if result.resource_type == "test"]
    judged = [describe_verdict(feed_id, verdict, **about) for feed_id, found in verdicts.items() for verdict in found]
    heard = {_find_judge(check) for check in judged}
    quiet = [check for check in read_checks(home) if check.feed_id is not None and _find_judge(check) not in heard]
    checks = sorted([*tests, *judged, *quiet], key=lambda check: (check.feed_id or "", check.name))
    write_json(home.checks, encode_checks(checks))


def _find_judge(check: CheckResult) -> tuple[str | None, bool]:
    """Return the judgement that a check belongs to: that of a feed's files, or that of its rows.

    All checks of one judgement are found anew together, so that those of an earlier night do not stay beside them.
    """
    return check.feed_id, check.name == FILES_CHECK


def _keep_test(result: NodeResult, about: dict[str, Any]) -> CheckResult:
    return CheckResult(result.name, None, result.title, result.status, result.failures, rows=result.rows, **about)


def describe_verdict(feed_id: str, verdict: Verdict, version: str, as_of: str) -> CheckResult:
    """Return a verdict on a feed's new rows or files as it is kept; `as_of` where it does not tell its own day."""
    outcome = "pass" if verdict.passed else "fail" if verdict.severity == "critical" else "warn"
    asserts = str(verdict.metadata.get("description") or verdict.name)
    rows = tuple(verdict.metadata.get("rows", ())[:_ROWS_KEPT])
    day = verdict.metadata.get(FOUND_FOR, as_of)
    return CheckResult(verdict.name, feed_id, asserts, outcome, verdict.metadata.get("unexpected"), version, day, rows)
