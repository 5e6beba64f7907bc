"""Run the benchmarks, a line a figure: `python -m benchmarks.run [--dossiers N] [--only build|night]`.

Wall and CPU seconds and peak memory are the operating system's own account of each finished process.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.landing_data import make_landing


@dataclass(frozen=True)
class Measured:
    """One finished process."""

    wall: float
    cpu: float
    peak_mb: float
    code: int

    def __str__(self) -> str:
        return f"{self.wall:6.1f} s wall  {self.cpu:6.1f} s CPU  {self.peak_mb:6.0f} MB"


def measure(*command: str) -> Measured:
    """Run a command to its end; its output goes to this process's standard error when it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 3):
        print(output, file=sys.stderr)
    return Measured(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, code)


def build(root: Path, dossiers: int) -> None:
    """The dbt build against one hand-written script over the same landing."""
    landing = root / "landing"
    make_landing(landing, dossiers)
    python = sys.executable
    hand = measure(python, "-m", "benchmarks.hand_written", str(landing), str(root / "hand.duckdb"))
    ours = measure(python, "-m", "benchmarks.dbt_build", str(landing), str(root / "home"))
    print(f"hand-written, {dossiers:,} dossiers   {hand}")
    print(f"dbt build + tests                  {ours}")
    print(f"ratio                              {ours.wall / hand.wall:.2f} wall  {ours.cpu / hand.cpu:.2f} CPU")


def night(root: Path) -> None:
    """The demo's first night, and the same night again with nothing new."""
    refresh = (sys.executable, "-m", "dagster_project.cli", "refresh", "--home", str(root / "demo"))
    print(f"demo, first night                  {measure(*refresh)}")
    print(f"nothing new                        {measure(*refresh)}")


def main() -> None:
    """Read the command line and run what it names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=3_000_000)
    parser.add_argument("--only", choices=("build", "night"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if chosen.only in (None, "night"):
            night(Path(folder))
        if chosen.only in (None, "build"):
            build(Path(folder), chosen.dossiers)


if __name__ == "__main__":
    main()
