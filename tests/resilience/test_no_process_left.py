"""A night leaves no process behind: not the judge's, not one that parsed, not one that a library started.

Nor does one that is stopped; it is no fault of anybody, and nobody is told of it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dagster_project.cli.app import STOPPED
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


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_night_that_is_stopped_says_so_and_tells_no_office(tmp_path: Path, stop: signal.Signals) -> None:
    office = Office(tmp_path)
    office.send_months()
    # A worker of the tests ignores Ctrl+C, and what it starts would inherit that.
    heard = ["env", "--default-signal=INT", sys.executable, "-m", "dagster_project.cli"]
    command = [*heard, "refresh", "--inbox", str(office.inbox)]
    said = tmp_path / "said.txt"
    with said.open("wb") as output:
        night = subprocess.Popen(
            [*command, "--home", str(office.home.root)], stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        while "Dựng kho" not in said.read_text(encoding="utf-8"):
            assert night.poll() is None, said.read_text(encoding="utf-8")
            time.sleep(0.05)
        time.sleep(0.5)
        os.kill(night.pid, stop)
        code = night.wait(60)
    assert code == STOPPED
    assert "Đã dừng theo yêu cầu" in said.read_text(encoding="utf-8").splitlines()[-1]
    assert not list(office.home.outbox.glob("*"))
    assert not office.home.current.exists()
    with pytest.raises(ProcessLookupError):
        os.killpg(night.pid, 0)
