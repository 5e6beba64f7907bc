"""The parse of the dbt project belongs to the place where the project lies."""

from __future__ import annotations

import errno
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
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


@pytest.fixture
def crowded_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home without a parse, on a machine where no file may grow beyond 40 kB."""
    monkeypatch.setattr(dbt_project, "INSTALLED", tmp_path / "none")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, before[1]))
    yield Home(tmp_path / "home")
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_parse_without_room_is_a_fault_of_the_disk(crowded_home: Home) -> None:
    with pytest.raises(OSError, match="File too large") as fault:
        dbt_project.find_manifest_json(crowded_home)
    assert fault.value.errno == errno.EFBIG


def test_whoever_parses_beside_a_night_leaves_the_words_to_it(tmp_path: Path) -> None:
    parse = (
        "import resource, sys; from pathlib import Path; from dagster_project.warehouse import dbt_project;"
        "dbt_project.INSTALLED = Path(sys.argv[1], 'none');"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000)); dbt_project.main(sys.argv[1])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parse, str(tmp_path)], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as beside:
        assert beside.stderr is not None
        said = beside.stderr.read()
    assert (beside.returncode, said) == (1, b"")
