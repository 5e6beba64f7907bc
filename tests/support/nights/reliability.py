"""Kill nights, and hold what the next one makes of it against a night that nobody disturbed.

    python -m tests.support.nights.reliability --kills 40 --seed 1

kills a night at every named step and at 40 random instants, fills its disk, takes its permissions, starts two at once,
and prints the figures of `docs/reliability.md` (exit 1 when one trial did not end as it must). `--cold` starts every
night as a new Python.

    python -m tests.support.nights.reliability --only random restored commands --kills 20

kills every command at so many instants of its own length, nights over all feeds and first nights of a restored home
among them.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from dagster_project.contracts.registry import load_registry
from dagster_project.core.paths import Home
from tests.support.nights.commands import (
    CASES,
    Case,
    Place,
    Servers,
    find_differences,
    look_at,
    make_place,
    run_to_the_end,
)
from tests.support.nights.nights import (
    Disturbance,
)
from tests.support.nights.trials import (
    FEEDS,
    TODAY,
    Bench,
    Figures,
    as_json,
    copy_home,
    keep_figures,
    make_bench,
    restore_home,
    trial,
)

STEPS = (
    "archived", "arrivals_listed", "parsed", "parts_written", "landed", "inputs_registered", "built", "closed",
    "moved", "ledger_written", "sealed", "pointed", "extract_written",
)  # fmt: skip
"""Every `pass_fault_point` that a night passes, in its order."""
SHORT_ROWS = (
    ("archived", "parsed", "landed", "inputs_registered", "closed", "ledger_written", "pointed", "extract_written"),
    ("arrivals_listed", "parts_written", "built", "moved", "sealed"),
)
FILE_LIMITS = (4_000, 40_000, 400_000, 1_500_000)
"""Bytes that no file may pass: too little for a line, a parse, a history, a build."""
DISKS = (50_000, 400_000, 4_000_000)
"""Bytes that the disk still has when the night begins."""
TAKEN = ("published", "ledger", "build", "extracts")
"""Folders without which a night cannot end."""
TAKEN_FROM_FEEDS = ("archive", "landing/procedures_vp/2025-07")
"""Folders without which feeds cannot be landed: the night goes on with what is known of them, and ends with 1."""


def steps_in_a_row(
    bench: Bench, figures: Figures, steps: Sequence[str], name: str, lay: Callable[[Home, Home], None] = copy_home
) -> None:
    """Die at one step after another, each run going on from what the one before left; then run undisturbed."""
    with trial(bench, figures, name, lay=lay) as tried:
        for step in steps:
            tried.kill_at_step(step)
        tried.mend()


def random_instant(bench: Bench, figures: Figures, nth: int, seconds: float, with_rival: bool = False) -> None:
    """Die at any instant, run again."""
    with trial(bench, figures, f"random {nth}") as tried:
        tried.kill_at(seconds)
        tried.mend(with_rival)


def first_night_restored(bench: Bench, figures: Figures, nth: int, seconds: float) -> None:
    """Die at any instant of the first night on a restored home, run again."""
    with trial(bench, figures, f"restored {nth}", lay=restore_home) as tried:
        tried.kill_at(seconds)
        tried.mend()


def kill_command(figures: Figures, case: Case, wanted: Place, nth: int, seconds: float) -> None:
    """Kill another command at any instant, run it again, and hold all that it is about against `wanted`."""
    place = make_place(
        case, wanted.season, wanted.root.with_name(f"{case.name}-{nth}"), wanted.inbox, wanted.day, wanted.servers
    )
    if place.start(case.arguments, "killed").kill_at(seconds):
        figures.kills_of_commands[case.name] = figures.kills_of_commands.get(case.name, 0) + 1
    else:
        figures.kills_too_late += 1
    found = [*look_at(place), *run_to_the_end(place, case), *find_differences(place, wanted)]
    figures.unlike += [f"{case.name} killed after {seconds:.2f} s: {line}" for line in found]
    figures.homes += 1
    keep_figures(figures, wanted.root.parent)
    sys.stderr.write(f"{case.name} killed after {seconds:.2f} s: {found or 'as undisturbed'}\n")
    if not found:
        shutil.rmtree(place.root)


def every_command(bench: Bench, figures: Figures, kills: int, seed: int, servers: Servers) -> list[Callable[[], None]]:
    """Trials of each other command, which is run undisturbed here."""
    trials: list[Callable[[], None]] = []
    for case in CASES:
        wanted = make_place(case, bench.wanted, bench.root / f"{case.name}-undisturbed", bench.inbox, TODAY, servers)
        began = time.monotonic()
        assert run_to_the_end(wanted, case) == []
        instants = random_instants(kills, seed, time.monotonic() - began)
        trials += [
            lambda c=case, w=wanted, n=nth, s=at: kill_command(figures, c, w, n, s) for nth, at in enumerate(instants)
        ]
    return trials


def file_limit(bench: Bench, figures: Figures, limit: int) -> None:
    """No file may grow beyond `limit`, as under a quota; then it may."""
    with trial(bench, figures, f"file limit {limit}") as tried:
        tried.fill_disk(limit)
        tried.mend()


def full_disk(bench: Bench, figures: Figures, spare: int) -> None:
    """A home on a disk of its own (tmpfs, by root) with `spare` bytes left; then there is room again."""
    disk = bench.root / f"disk-{spare}"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", str(disk)], check=True)
    try:
        with trial(bench, figures, f"disk with {spare} left", disk) as tried:
            used = shutil.disk_usage(disk).used
            subprocess.run(["mount", "-o", f"remount,size={used + spare}", str(disk)], check=True)
            figures.disks_full += 1
            tried.must_fail(Disturbance())
            tried.look("without room")
            subprocess.run(["mount", "-o", "remount,size=1g", str(disk)], check=True)
            tried.mend()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def no_permission(bench: Bench, figures: Figures, folder: str) -> None:
    """A folder of the home may not be written to; then it may."""
    with trial(bench, figures, f"no writing to {folder.replace('/', ' ')}") as tried:
        tried.take_permission(folder)
        tried.look("without permission")
        tried.mend()


def no_permission_to_land(bench: Bench, figures: Figures, folder: str) -> None:
    """Feeds cannot be landed for one night, which publishes without them: the next one makes good for it."""
    with trial(bench, figures, f"no writing to {folder.replace('/', ' ')}") as tried:
        tried.may_publish_between = True
        tried.take_permission(folder)
        tried.catch_up()


def random_instants(kills: int, seed: int, seconds: float) -> list[float]:
    """Instants of a night that takes so many seconds: one in each of `kills` equal parts."""
    dice = random.Random(seed)
    return [(nth + dice.random()) * seconds / kills for nth in range(kills)]


def short_form(bench: Bench, figures: Figures) -> None:
    """What CI runs: every named step once, no room, two at once; three homes, one of them a restored one."""

    def third() -> None:
        with trial(bench, figures, "no room and a rival") as tried:
            tried.fill_disk(FILE_LIMITS[2], with_rival=True)
            tried.mend()

    rows = zip(SHORT_ROWS, (copy_home, restore_home), strict=True)
    trials = [lambda r=row, lay=lay: steps_in_a_row(bench, figures, r, f"row from {r[0]}", lay) for row, lay in rows]
    run_all([*trials, third], jobs=3)


def run_all(trials: Sequence[Callable[[], None]], jobs: int) -> None:
    """Run trials, `jobs` at once; a bug of the harness is raised."""
    with ThreadPoolExecutor(jobs) as pool:
        for done in [pool.submit(one) for one in trials]:
            done.result()


def measure(root: Path, kills: int, seed: int, jobs: int, is_cold: bool, only: Sequence[str]) -> Figures:
    """Every trial in `only` (steps, random, disk, permission; with restored or commands all feeds)."""
    began = time.monotonic()
    figures = Figures()
    feeds = tuple(load_registry().feeds) if {"restored", "commands"} & set(only) else FEEDS
    bench = make_bench(root, seed, is_cold, feeds=feeds)
    sys.stderr.write(f"an undisturbed night takes {bench.seconds:.1f} s\n")
    trials: list[Callable[[], None]] = []
    if "steps" in only:
        trials += [lambda s=step: steps_in_a_row(bench, figures, [s], f"step {s}") for step in STEPS]
        trials.append(lambda: steps_in_a_row(bench, figures, STEPS[:11], "steps in a row"))
    if "random" in only:
        instants = enumerate(random_instants(kills, seed, bench.seconds))
        trials += [lambda n=nth, s=at: random_instant(bench, figures, n, s, n % 5 == 0) for nth, at in instants]
    if "restored" in only:
        instants = enumerate(random_instants(kills, seed + 1, bench.seconds))
        trials += [lambda n=nth, s=at: first_night_restored(bench, figures, n, s) for nth, at in instants]
    if "disk" in only:
        trials += [lambda b=limit: file_limit(bench, figures, b) for limit in FILE_LIMITS]
        trials += [lambda b=spare: full_disk(bench, figures, b) for spare in DISKS]
    if "permission" in only:
        trials += [lambda f=folder: no_permission(bench, figures, f) for folder in TAKEN]
        trials += [lambda f=folder: no_permission_to_land(bench, figures, f) for folder in TAKEN_FROM_FEEDS]
    with ExitStack() as stack:
        if "commands" in only:
            servers = stack.enter_context(Servers(root / "servers", bench.inbox, TODAY))
            trials += every_command(bench, figures, kills, seed, servers)
        run_all(trials, jobs)
    figures.seconds = round(time.monotonic() - began, 1)
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cold", action="store_true", help="every night is a new Python")
    parser.add_argument("--only", nargs="+", default=["steps", "random", "disk", "permission"])
    parser.add_argument("--root", type=Path, help="where to work; stays when something is unlike")
    told = parser.parse_args(arguments)
    with ExitStack() as stack:
        root = told.root or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="haicap-faults-")))
        figures = measure(root, told.kills, told.seed, told.jobs, told.cold, told.only)
    sys.stdout.write(as_json(figures))
    return 1 if figures.unlike or figures.reader_errors else 0


if __name__ == "__main__":
    sys.exit(main())
