"""Run the benchmarks and print one line per figure: `python -m benchmarks.run [--only NAME] [--dossiers N] [--rows N]`.

Wall and CPU seconds and peak memory are the operating system's own account of each finished process.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from benchmarks import landing
from benchmarks.changed_night import write_changed
from benchmarks.landing_data import make_landing
from dagster_project.simulate import simulate

PARTS = ("night", "whole", "outputs", "houses", "changed", "build", "landing")
FIRST_RELEASE = ("procedures_vp", "national_portal")
DOSSIERS_AT_SCALE_1 = 1_100_000
LANDING = "Nhận nguồn"
BEFORE, TODAY = date(2025, 7, 12), date(2025, 7, 13)


T = TypeVar("T")


@dataclass(frozen=True)
class Measurement:
    """A measurement is the account of one finished process: seconds, MB of peak memory, its exit code."""

    wall: float
    cpu: float
    peak_mb: float
    code: int
    told: tuple[tuple[float, str], ...] = field(default=())
    """Its lines, each with the second at which it came."""

    def list_phases(self) -> dict[str, float]:
        """Return the seconds of each step that a night told ("Dựng kho dữ liệu …"); all landing of feeds together."""
        ends = [*self.told, (self.wall, "")]
        steps: dict[str, float] = {}
        for (began, line), (ended, _) in pairwise(ends):
            if line.endswith(" …"):
                step = LANDING if line.startswith(LANDING) else line.removesuffix(" …")
                steps[step] = steps.get(step, 0.0) + ended - began
        return steps

    def __str__(self) -> str:
        return f"{self.wall:6.1f} s wall  {self.cpu:6.1f} s CPU  {self.peak_mb:6.0f} MB"


def measure(*command: str) -> Measurement:
    """Run a command to its end and return its account; its output goes to standard error when it fails."""
    started = time.perf_counter()
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    assert process.stdout is not None
    told = tuple((time.perf_counter() - started, line.rstrip()) for line in process.stdout)
    _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 3):
        print("\n".join(line for _, line in told), file=sys.stderr)
    cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    return Measurement(time.perf_counter() - started, cpu, peak, code, told)


def show(name: str, found: Measurement) -> None:
    """Print one line for a night and one for each of its steps that took over half a second."""
    print(f"{name:<34} {found}")
    for step, seconds in found.list_phases().items():
        if seconds > 0.5:
            print(f"    {step:<30} {seconds:6.1f} s wall", flush=True)


def make_apart(make: Callable[..., T], *arguments: object, **options: object) -> T:
    """Make input in a process of its own: a measured process starts as a copy of this one, with its peak memory."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        return apart.submit(make, *arguments, **options).result()


def simulate_offices(inbox: Path, scale: float, mess: str = "normal", as_of: date = TODAY, **told: object) -> Path:
    """Write what the simulated offices deliver to `inbox`, and return it."""
    make_apart(simulate, inbox, seed=1, scale=scale, as_of=as_of, mess=mess, with_truth=False, **told)
    return inbox


def measure_build(root: Path, dossiers: int) -> None:
    """Measure the dbt build against one hand-written script over the same landing."""
    landed = root / "landing"
    make_apart(make_landing, landed, dossiers)
    python = sys.executable
    hand = measure(python, "-m", "benchmarks.hand_written", str(landed), str(root / "hand.duckdb"))
    ours = measure(python, "-m", "benchmarks.dbt_build", str(landed), str(root / "home"))
    print(f"hand-written, {dossiers:,} dossiers   {hand}")
    print(f"dbt build + tests                  {ours}")
    print(f"ratio                              {ours.wall / hand.wall:.2f} wall  {ours.cpu / hand.cpu:.2f} CPU")


def measure_night(root: Path) -> None:
    """Measure the demo's first night, the same night again with nothing new, and a first night of the first release's
    feeds.
    """
    refresh = (sys.executable, "-m", "dagster_project.cli", "refresh", "--home", str(root / "demo"))
    show("demo, first night", measure(*refresh))
    show("nothing new", measure(*refresh))
    two = simulate_offices(root / "two", 0.01, feeds=FIRST_RELEASE)
    show("feeds of the first release", _run_first_night(two, root / "two-home"))


def measure_whole_province(root: Path) -> None:
    """Measure nineteen feeds at scale 1 (1.1 million dossiers), first landing included; the peak is of the largest
    process.
    """
    show("nineteen feeds at scale 1", _run_first_night(simulate_offices(root / "whole", 1.0), root / "whole-home"))


def measure_outputs(root: Path, dossiers: int) -> None:
    """Measure all outputs of one published version of so many dossiers, made again by a process of its own; then the
    bundle.

    A night makes the bundle by itself (`bundle: auto`) only of a published file below 100 MB, some 950,000 dossiers.
    """
    home = root / "outputs-home"
    _run_first_night(simulate_offices(root / "outputs", dossiers / DOSSIERS_AT_SCALE_1), home)
    published = (home / "published" / "current.duckdb").resolve()
    print(f"published, {dossiers:,} dossiers       {published.stat().st_size / 1e6:,.0f} MB")
    shutil.rmtree((home / "extracts" / "moi_nhat").resolve())
    extract = (sys.executable, "-m", "dagster_project.cli", "extract", "--home", str(home))
    print(f"all outputs but the bundle         {measure(*extract)}")
    made = [path for path in (home / "extracts" / "moi_nhat").resolve().rglob("*") if path.is_file()]
    page = home / "extracts" / "moi_nhat" / "trang-lanh-dao.html"
    print(f"the leader page, of {len(made)} files      {page.stat().st_size:,} bytes")
    print(f"and the analysts' bundle           {measure(*extract, '--bundle')}")


def measure_houses(root: Path) -> None:
    """Measure a night of the 66 workbooks of Phú Thọ's communes alone; what counts is their landing."""
    inbox = simulate_offices(root / "houses", 1.0, mess="none", feeds=("housing_pt",))
    show("66 workbooks of houses", _run_first_night(inbox, root / "houses-home"))


def _run_first_night(inbox: Path, home: Path) -> Measurement:
    refresh = (sys.executable, "-m", "dagster_project.cli", "refresh", "--home", str(home), "--inbox", str(inbox))
    found = measure(*refresh, "--as-of", TODAY.isoformat())
    if found.code not in (0, 3):
        sys.exit(f"the night failed: {found.code}")
    return found


def measure_changed_night(root: Path, dossiers: int) -> None:
    """Measure a full night of all three areas from nothing, and the next one, to which a hundredth of the dossiers
    came.
    """
    feeds = ("procedures_pt", "procedures_vp", "procedures_hb")
    inbox = simulate_offices(root / "inbox", dossiers / DOSSIERS_AT_SCALE_1, as_of=BEFORE, feeds=feeds)
    home = root / "changed"
    refresh = (sys.executable, "-m", "dagster_project.cli", "refresh", "--home", str(home), "--inbox", str(inbox))
    full = measure(*refresh, "--as-of", BEFORE.isoformat())
    count = make_apart(write_changed, inbox, dossiers // 100, TODAY)
    some = measure(*refresh, "--as-of", TODAY.isoformat())
    if full.code not in (0, 3) or some.code not in (0, 3):
        sys.exit(f"a night failed: {full.code}, {some.code}")
    print(f"full night, {dossiers:,} dossiers        {full}")
    print(f"{count:,} of them changed           {some}")
    print(f"ratio                              {some.wall / full.wall:.2f} wall  {some.cpu / full.cpu:.2f} CPU")


def main() -> None:
    """Read the command line and run what it names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=3_000_000)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the landing's CSV; its workbook has a fifth")
    parser.add_argument("--only", choices=PARTS)
    chosen = parser.parse_args()
    parts = (chosen.only,) if chosen.only else PARTS
    with tempfile.TemporaryDirectory() as folder:
        if "night" in parts:
            measure_night(Path(folder))
        if "whole" in parts:
            measure_whole_province(Path(folder))
        if "outputs" in parts:
            measure_outputs(Path(folder), chosen.dossiers)
        if "houses" in parts:
            measure_houses(Path(folder))
        if "changed" in parts:
            measure_changed_night(Path(folder), chosen.dossiers)
        if "build" in parts:
            measure_build(Path(folder), chosen.dossiers)
        if "landing" in parts:
            landing.run(chosen.rows)


if __name__ == "__main__":
    main()
