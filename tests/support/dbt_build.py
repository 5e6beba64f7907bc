"""dbt on a hand-written landing, in the test's own process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dagster_project.core.paths import Home
from dagster_project.warehouse.dbt_project import manifest_object
from tests.support.hand_landing import AS_OF, DBT


def build(home: Path, monkeypatch: pytest.MonkeyPatch, as_of: str = AS_OF, with_unit_tests: bool = True) -> Path:
    """Run `dbt build` on the landing of `home`; return the path of the marts.

    The project is parsed once for all; dbt's unit tests read no landing, so one build need not repeat those of another.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    monkeypatch.setenv("HAICAP_BUILD_DB", str(home / "build.duckdb"))
    monkeypatch.setenv("HAICAP_MARTS_DB", str(home / "published.duckdb"))
    places = ["--project-dir", str(DBT), "--profiles-dir", str(DBT), "--target-path", str(home / "target")]
    options = ["--vars", json.dumps({"as_of": as_of, "version": "test"})]
    options += [] if with_unit_tests else ["--exclude-resource-types", "unit_test"]
    dbt = dbtRunner(manifest=manifest_object(Home(home)))
    result = dbt.invoke(["build", *places, "--log-path", str(home / "logs"), "--quiet", *options])
    DuckDBConnectionManager.close_all_connections()
    failed = [f"{item.node.name}: {item.message}" for item in getattr(result.result, "results", [])
              if item.status not in ("success", "pass", "skipped")]  # fmt: skip
    assert result.success, result.exception or failed
    return home / "published.duckdb"
