"""dbt on a hand-written landing, in the test's own process."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from dagster_project.core.paths import DBT_DIR
from tests.support.marts.hand_landing import AS_OF

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

VARIABLES = {"check_all_keys": True}
PROJECT = ("--project-dir", str(DBT_DIR), "--profiles-dir", str(DBT_DIR), "--quiet")


def run_dbt(home: Path, monkeypatch: pytest.MonkeyPatch, *command: str, as_of: str = AS_OF) -> dbtRunnerResult:
    """Run a dbt command on the landing of `home`; return what became of it."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    manifest = _parse()
    _set_files(monkeypatch, home)
    places = ["--target-path", str(home / "target"), "--log-path", str(home / "logs")]
    variables = ["--vars", json.dumps(VARIABLES | {"as_of": as_of})]
    result = dbtRunner(manifest=manifest).invoke([*command, *PROJECT, *places, *variables])
    DuckDBConnectionManager.close_all_connections()
    return result


def build(home: Path, monkeypatch: pytest.MonkeyPatch, as_of: str = AS_OF, with_unit_tests: bool = True) -> Path:
    """Build the landing of `home` with all dbt tests, every key test too; return the path of the marts.

    dbt's unit tests read no landing, so one build need not repeat those of another.
    """
    without = [] if with_unit_tests else ["--exclude-resource-types", "unit_test"]
    result = run_dbt(home, monkeypatch, "build", *without, as_of=as_of)
    failed = [f"{item.node.name}: {item.message}" for item in getattr(result.result, "results", [])
              if item.status not in ("success", "pass", "skipped")]  # fmt: skip
    assert result.success, result.exception or failed
    return home / "published.duckdb"


def _set_files(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Tell dbt its two files; their names are the databases' names in the parsed project too."""
    patch.setenv("HAICAP_BUILD_DB", str(folder / "build.duckdb"))
    patch.setenv("HAICAP_MARTS_DB", str(folder / "published.duckdb"))


@cache
def _parse() -> Manifest:
    """Parse the project, once in a process: variables are read again when a model runs."""
    from dbt.cli.main import dbtRunner

    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        _set_files(patch, Path(folder))
        places = ["--target-path", f"{folder}/target", "--log-path", f"{folder}/logs", "--no-partial-parse"]
        result = dbtRunner().invoke(["parse", *PROJECT, *places, "--vars", json.dumps(VARIABLES | {"as_of": AS_OF})])
    assert result.success, result.exception
    return result.result
