"""One night of a bad season that several modules only read: whoever comes first makes it, for every worker."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from filelock import FileLock

from dagster_project.contracts.registry import load_registry
from dagster_project.simulate import simulate

AS_OF, SEED, SCALE = date(2025, 7, 13), 7, 0.003


def refresh(inbox: Path, home: Path, as_of: str) -> subprocess.CompletedProcess[str]:
    """Run one night as an operator does."""
    command = [sys.executable, "-m", "dagster_project.cli", "refresh"]
    command += ["--inbox", str(inbox), "--home", str(home), "--as-of", as_of]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def hard_season(factory: pytest.TempPathFactory) -> Path:
    """A folder with `inbox`, `truth`, `home` and `said.txt`, the night's own words. Nobody may change it."""
    root = factory.getbasetemp()
    shared = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "hard-season"
    with FileLock(f"{shared}.lock"):
        said = shared / "said.txt"
        if not said.exists():
            feeds = tuple(load_registry().feeds)
            simulate(shared / "inbox", seed=SEED, scale=SCALE, as_of=AS_OF, mess="hard", feeds=feeds)
            night = refresh(shared / "inbox", shared / "home", AS_OF.isoformat())
            assert night.returncode in (0, 3), night.stdout + night.stderr
            said.write_text(night.stdout, encoding="utf-8")
    return shared
