"""The parse of the dbt project belongs to the place where the project lies."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dagster_project.core.paths import DBT_DIR, Home
from dagster_project.warehouse import dbt_project

pytestmark = pytest.mark.slow


def test_a_project_that_is_moved_is_parsed_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path / "home")
    there = dbt_project.find_manifest_json(home)
    assert dbt_project.is_parsed(home)
    moved = tmp_path / "moved" / "dbt"
    shutil.copytree(DBT_DIR, moved, ignore=shutil.ignore_patterns("target", "logs"))
    monkeypatch.setattr(dbt_project, "DBT_DIR", moved)
    monkeypatch.setattr(dbt_project, "SEEDS_DIR", moved / "seeds")
    assert not dbt_project.is_parsed(home)
    here = dbt_project.find_manifest_json(home)
    assert here != there
    assert str(moved) in here.read_text(encoding="utf-8")
