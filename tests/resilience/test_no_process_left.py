"""A night leaves no process behind: not the judge's, not one that parsed, not one that a library started."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.kits.landing_kit import Office
from tests.support.nights.orphans import run_and_count_orphans

pytestmark = pytest.mark.drill


def test_a_refresh_leaves_no_process(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.send_months()
    command = [sys.executable, "-m", "dagster_project.cli", "refresh", "--inbox", str(office.inbox)]
    code, output, errors, left = run_and_count_orphans([*command, "--home", str(office.home.root)])
    assert (code, left) == (3, 0), output + errors  # 3: most feeds are missing
    assert "leaked" not in errors
