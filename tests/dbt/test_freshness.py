"""dbt can judge the freshness of every domain's table, by the newest data date of its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.contracts.registry import load_registry
from tests.support.marts.dbt_build import run_dbt
from tests.support.marts.hand_landing import AS_OF, write_landing

pytestmark = pytest.mark.slow


def test_freshness_is_by_the_newest_data_date_of_the_domain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A domain without a file is as old as can be, and no error of the query; the landing is of July 2025, so stale."""
    write_landing(tmp_path / "build.duckdb")
    asked = run_dbt(tmp_path, monkeypatch, "source", "freshness").result.results
    newest = {item.node.name: item.max_loaded_at.date().isoformat() for item in asked}
    landed = {"procedures": AS_OF, "national_portal": AS_OF}
    assert newest == dict.fromkeys(load_registry().contracts, "0001-01-01") | landed
    assert {str(item.status) for item in asked} == {"error"}
    days = {item.node.name: item.node.freshness.error_after.count for item in asked}
    assert (days["procedures"], days["planning"]) == (66, 14)
