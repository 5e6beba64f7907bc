"""The benchmark of the build keeps step with what a night lands: else its figure is that of a refused build."""

import subprocess
import sys

import pytest

from benchmarks.landing_data import make_landing
from dagster_project.core.paths import PROJECT_ROOT

pytestmark = pytest.mark.drill


def test_the_generated_landing_builds_and_passes_every_audit(tmp_path):
    make_landing(tmp_path / "landing", 2_000)
    command = [sys.executable, "-m", "benchmarks.dbt_build", str(tmp_path / "landing"), str(tmp_path / "home")]
    build = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert build.returncode == 0, build.stderr[-2000:]
