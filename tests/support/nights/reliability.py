"""Kill nights, and hold what the next one makes of it against a night that nobody disturbed.

    python -m tests.support.nights.reliability --kills 40 --seed 1

kills a night at every named step and at 40 random instants, fills its disk, takes its permissions, starts two at once,
and prints the figures of `docs/reliability.md` (exit 1 when one trial did not end as it must). `--cold` starts every
night as a new Python.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from dagster_project.core.paths import Home
from dagster_project.simulate import simulate
from dagster_project.warehouse import ledger
from tests.support.nights.nights import DIED_AT_STEP, NOTHING_IS_WRONG, Disturbance, Night, Reader, fingerprint
from tests.support.nights.same_end import differences, ledger_differences, not_whole

FEEDS = ("procedures_pt", "procedures_vp", "procedures_hb", "national_portal", "land_auction_vp")
"""One feed of every way to deliver; the others never come, which is no matter here."""
YESTERDAY, TODAY = date(2025, 7, 12), date(2025, 7, 13)
STEPS = (
    "archived", "arrivals_listed", "parsed", "batch_written", "inputs_registered", "built", "closed", "moved",
    "ledger_written", "sealed", "pointed", "extract_written",
)  # fmt: skip
"""Every `pass_fault_point` that a night passes, in its order."""
SHORT_ROWS = (
    ("archived", "parsed", "inputs_registered", "closed", "ledger_written", "pointed", "extract_written"),
    ("arrivals_listed", "batch_written", "built", "moved", "sealed"),
)
FILE_LIMITS = (4_000, 40_000, 400_000, 1_500_000)
"""Bytes that no file may pass: too little for a line, a parse, a history, a build."""
DISKS = (50_000, 400_000, 4_000_000)
"""Bytes that the disk still has when the night begins."""
TAKEN = ("published", "ledger", "build", "extracts")
"""Folders without which a night cannot end."""
TAKEN_FROM_FEEDS = ("archive", "landing/procedures_vp")
"""Folders without which feeds cannot be landed: the night goes on with what is known of them, and ends with 1."""

_AT_WORK = "Chuẩn bị"
"""What a night says once it holds the lock and has found something to do."""


@dataclass
class Figures:
    """What was done and what came of it. `unlike`: whatever was not as after an undisturbed night, a line each."""

    homes: int = 0
    nights: int = 0
    kills_at_steps: int = 0
    kills_at_random: int = 0
    kills_too_late: int = 0
    disks_full: int = 0
    permissions_taken: int = 0
    rivals: int = 0
    reader_queries: int = 0
    reader_errors: int = 0
    ends_without_words: int = 0
    seconds: float = 0.0
    unlike: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Bench:
    """A home that published yesterday, the home that an undisturbed night made of it, and the files of today."""

    root: Path
    old: Home
    wanted: Home
    inbox: Path
    seconds: float
    is_cold: bool

    def night(self, home: Home, name: str, disturbance: Disturbance | None = None) -> Night:
        """Start tonight's run in `home`."""
        log = self.root / "logs" / f"{home.root.name}-{name}.log"
        return Night(home, self.inbox, TODAY, log, self.is_cold, disturbance or Disturbance()).start()


def make_bench(root: Path, seed: int, is_cold: bool = False, scale: float = 0.001) -> Bench:
    """Send two days' files of FEEDS, publish the first day, and in a copy of that home the second, undisturbed."""
    for day in (YESTERDAY, TODAY):
        simulate(root / f"{day}", seed=seed, scale=scale, as_of=day, feeds=FEEDS, with_truth=False)
    old, wanted = Home(root / "old"), Home(root / "wanted")
    first = Night(old, root / f"{YESTERDAY}", YESTERDAY, root / "logs" / "first.log", is_cold).start()
    assert first.wait() in NOTHING_IS_WRONG, first.said
    shutil.copytree(old.root, wanted.root, symlinks=True)
    bench = Bench(root, old, wanted, root / f"{TODAY}", 0.0, is_cold)
    began = time.monotonic()
    undisturbed = bench.night(wanted, "undisturbed")
    assert undisturbed.wait() in NOTHING_IS_WRONG, undisturbed.said
    return Bench(root, old, wanted, bench.inbox, time.monotonic() - began, is_cold)


class Trial:
    """One home in which a night is disturbed, with a reader that never stops asking."""

    def __init__(self, bench: Bench, name: str, home: Home, figures: Figures) -> None:
        self.bench, self.name, self.home, self.figures = bench, name, home, figures
        self.noted: list[str] = []
        self.may_publish_between = False

    def unlike(self, what: Sequence[str]) -> None:
        """Note what is not as it must be."""
        self.noted += [f"{self.name}: {line}" for line in what]

    def kill_at_step(self, step: str) -> None:
        """Let tonight's run die at a named step."""
        night = self.bench.night(self.home, step, Disturbance(step=step))
        code = night.wait()
        self.figures.nights += 1
        self.figures.kills_at_steps += 1
        if code != DIED_AT_STEP:
            self.unlike([f"did not die at {step} but ended with {code}: {night.said[-300:]}"])
        self.look(f"killed at {step}")

    def kill_at(self, seconds: float) -> None:
        """Kill tonight's run so many seconds after its start."""
        was_running = self.bench.night(self.home, f"{seconds:.2f}s").kill_at(seconds)
        self.figures.nights += 1
        self.figures.kills_at_random += was_running
        self.figures.kills_too_late += not was_running
        self.look(f"killed after {seconds:.2f} s")

    def must_fail(self, disturbance: Disturbance, with_rival: bool = False) -> None:
        """Run tonight under a disturbance that it cannot survive: it ends by itself, and what readers see stays whole.

        A traceback instead of words for people is counted, not judged.
        """
        night = self.bench.night(self.home, "disturbed", disturbance)
        if with_rival:
            self._rival(night)
        code = night.wait()
        self.figures.nights += 1
        self.figures.ends_without_words += "Traceback" in night.said
        if code not in (1, 4):
            self.unlike([f"ended with {code}: {night.said[-600:]}"])

    def fill_disk(self, file_limit: int, with_rival: bool = False) -> None:
        """Run tonight where no file may grow beyond so many bytes."""
        self.figures.disks_full += 1
        self.must_fail(Disturbance(file_limit=file_limit), with_rival)
        self.look("without room")

    def take_permission(self, folder: str) -> None:
        """Run tonight where a folder of the home may not be written to. Cold, and for root without root's rights."""
        self.figures.permissions_taken += 1
        taken = self.home.root / folder
        mode = taken.stat().st_mode
        taken.chmod(0o500)
        try:
            self.must_fail(Disturbance(obeys_permissions=True))
        finally:
            taken.chmod(mode)

    def look(self, when: str) -> None:
        """`current` must be the old version or the new one."""
        self.unlike([f"{when}: {line}" for line in not_whole(self.home, self.bench.old, self.bench.wanted)])

    def mend(self, with_rival: bool = False) -> None:
        """Run again, undisturbed: the end must be that of the undisturbed night."""
        night = self.bench.night(self.home, "again")
        if with_rival:
            self._rival(night)
        code = night.wait()
        self.figures.nights += 1
        if code not in NOTHING_IS_WRONG:
            self.unlike([f"the next night ended with {code}: {night.said[-600:]}"])
        self.unlike(differences(self.home, self.bench.wanted, self.bench.inbox))

    def catch_up(self) -> None:
        """Run again after a night that published without some feeds: every figure of today is that of the other home.

        Only the record of earlier versions has one more.
        """
        night = self.bench.night(self.home, "again")
        code = night.wait()
        self.figures.nights += 1
        if code not in NOTHING_IS_WRONG:
            self.unlike([f"the next night ended with {code}: {night.said[-600:]}"])
        found = differences(self.home, self.bench.wanted, self.bench.inbox)
        (*before, ours), theirs = ledger.list_entries(self.home), ledger.list_entries(self.bench.wanted)[-1]
        between = [entry.version for entry in before[1:]]
        sealed = (f"stray: ledger/{ours.sequence:06d}-", f"missing: ledger/{theirs.sequence:06d}-")
        expected = (*between, "kpi_history:", "ledger: ", *sealed)
        self.unlike([line for line in found if not any(version in line for version in expected)])
        self.unlike(ledger_differences(ours.folder, theirs.folder))

    def _rival(self, first: Night) -> None:
        """Start a second run while the first is at work: it must say so in one line and end.

        None is started, or counted, where the first had nothing left to do.
        """
        while _AT_WORK not in first.said and first.is_running:
            time.sleep(0.01)
        if _AT_WORK not in first.said:
            return
        rival = self.bench.night(self.home, "rival")
        code = rival.wait()
        self.figures.nights += 1
        self.figures.rivals += 1
        if code != 1 or rival.complaint.count("\n") != 1 or "đang làm việc" not in rival.complaint:
            self.unlike([f"the second run at once ended with {code}: {rival.said}"])
        if not first.is_running:
            self.unlike(["the first run was over before the second one was told"])


@contextmanager
def trial(bench: Bench, figures: Figures, name: str, place: Path | None = None) -> Iterator[Trial]:
    """A copy of yesterday's home under a reader's eyes; it stays when something is not as it must be."""
    home = Home((place or bench.root) / name.replace(" ", "-"))
    shutil.copytree(bench.old.root, home.root, symlinks=True)
    reader = Reader(home.current, bench.root / "logs", home.root.name)
    tried = Trial(bench, name, home, figures)
    try:
        yield tried
    finally:
        met = reader.stop()
    figures.reader_queries += met.queries
    figures.reader_errors += len(met.errors)
    known = {fingerprint(place.current) for place in (bench.old, bench.wanted)}
    tried.unlike(met.errors[:3])
    if not tried.may_publish_between:
        tried.unlike([f"a reader saw {answer}" for answer in set(met.answers) - known])
    sys.stderr.write(f"{name}: {met.queries} queries, {tried.noted or 'as undisturbed'}\n")
    figures.unlike += tried.noted
    figures.homes += 1
    (bench.root / "figures.json").write_text(_json(figures), encoding="utf-8")  # what is known if the run is cut off
    if not tried.noted:
        shutil.rmtree(home.root)
        shutil.rmtree(home.root.with_name(f"{home.root.name}-tmp"), ignore_errors=True)


def steps_in_a_row(bench: Bench, figures: Figures, steps: Sequence[str], name: str) -> None:
    """Die at one step after another, each run going on from what the one before left; then run undisturbed."""
    with trial(bench, figures, name) as tried:
        for step in steps:
            tried.kill_at_step(step)
        tried.mend()


def random_instant(bench: Bench, figures: Figures, nth: int, seconds: float, with_rival: bool = False) -> None:
    """Die at any instant, run again."""
    with trial(bench, figures, f"random {nth}") as tried:
        tried.kill_at(seconds)
        tried.mend(with_rival)


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
    """What CI runs: every named step once, no room, two at once; three homes."""

    def third() -> None:
        with trial(bench, figures, "no room and a rival") as tried:
            tried.fill_disk(FILE_LIMITS[2], with_rival=True)
            tried.mend()

    trials = [lambda r=row: steps_in_a_row(bench, figures, r, f"row from {r[0]}") for row in SHORT_ROWS]
    run_all([*trials, third], jobs=3)


def run_all(trials: Sequence[Callable[[], None]], jobs: int) -> None:
    """Run trials, `jobs` at once; a bug of the harness is raised."""
    with ThreadPoolExecutor(jobs) as pool:
        for done in [pool.submit(one) for one in trials]:
            done.result()


def measure(root: Path, kills: int, seed: int, jobs: int, is_cold: bool, only: Sequence[str]) -> Figures:
    """Every trial in `only` (steps, random, disk, permission)."""
    began = time.monotonic()
    figures = Figures()
    bench = make_bench(root, seed, is_cold)
    sys.stderr.write(f"an undisturbed night takes {bench.seconds:.1f} s\n")
    trials: list[Callable[[], None]] = []
    if "steps" in only:
        trials += [lambda s=step: steps_in_a_row(bench, figures, [s], f"step {s}") for step in STEPS]
        trials.append(lambda: steps_in_a_row(bench, figures, STEPS[:10], "steps in a row"))
    if "random" in only:
        instants = enumerate(random_instants(kills, seed, bench.seconds))
        trials += [lambda n=nth, s=at: random_instant(bench, figures, n, s, n % 5 == 0) for nth, at in instants]
    if "disk" in only:
        trials += [lambda b=limit: file_limit(bench, figures, b) for limit in FILE_LIMITS]
        trials += [lambda b=spare: full_disk(bench, figures, b) for spare in DISKS]
    if "permission" in only:
        trials += [lambda f=folder: no_permission(bench, figures, f) for folder in TAKEN]
        trials += [lambda f=folder: no_permission_to_land(bench, figures, f) for folder in TAKEN_FROM_FEEDS]
    run_all(trials, jobs)
    figures.seconds = round(time.monotonic() - began, 1)
    return figures


def _json(figures: Figures) -> str:
    return json.dumps(asdict(figures), ensure_ascii=False, indent=1) + "\n"


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
    sys.stdout.write(_json(figures))
    return 1 if figures.unlike or figures.reader_errors else 0


if __name__ == "__main__":
    sys.exit(main())
