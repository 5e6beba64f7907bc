"""A home in which a night is disturbed, under the eyes of a reader, and what came of all such trials."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from dagster_project.core.paths import Home
from dagster_project.simulate import simulate
from dagster_project.warehouse import ledger
from tests.support.nights.nights import (
    DIED_AT_STEP,
    NOTHING_IS_WRONG,
    Command,
    Disturbance,
    Reader,
    fingerprint,
    haicap,
    make_night,
)
from tests.support.nights.same_end import differences, ledger_differences, not_whole

FEEDS = ("procedures_pt", "procedures_vp", "procedures_hb", "national_portal", "land_auction_vp", "investment_pt")
"""One feed of every way to deliver, a register that grows among them; the others never come, which is no matter here.
Beside other commands: all."""
YESTERDAY, TODAY = date(2025, 7, 12), date(2025, 7, 13)

_AT_WORK = "Chuẩn bị"
"""What a night says once it holds the lock and has found something to do."""


@dataclass
class Figures:
    """What was done and what came of it. `unlike`: whatever was not as after an undisturbed night, a line each."""

    homes: int = 0
    nights: int = 0
    kills_at_steps: int = 0
    kills_at_random: int = 0
    kills_of_commands: dict[str, int] = field(default_factory=dict)
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

    def night(self, home: Home, name: str, disturbance: Disturbance | None = None) -> Command:
        """Start tonight's run in `home`."""
        log = self.root / "logs" / f"{home.root.name}-{name}.log"
        return make_night(home, self.inbox, TODAY, log, self.is_cold, disturbance).start()


def make_bench(
    root: Path, seed: int, is_cold: bool = False, scale: float = 0.001, feeds: Sequence[str] = FEEDS
) -> Bench:
    """Send two days' files of some feeds, publish the first day, and in a copy of that home the second, undisturbed."""
    for day in (YESTERDAY, TODAY):
        simulate(root / f"{day}", seed=seed, scale=scale, as_of=day, feeds=tuple(feeds), with_truth=False)
    old, wanted = Home(root / "old"), Home(root / "wanted")
    first = make_night(old, root / f"{YESTERDAY}", YESTERDAY, root / "logs" / "first.log", is_cold).start()
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
        expected = (*between, "kpi_history:", "published_version:", "ledger: ", *sealed)
        self.unlike([line for line in found if not any(version in line for version in expected)])
        self.unlike(ledger_differences(ours.folder, theirs.folder))

    def _rival(self, first: Command) -> None:
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


def copy_home(old: Home, home: Home) -> None:
    """Copy a home as it is."""
    shutil.copytree(old.root, home.root, symlinks=True)


def restore_home(old: Home, home: Home) -> None:
    """Lay a home back on a new machine from its backup and the backup of its keys, as the handbook says."""
    copy_home(old, home)
    data, keys = (home.root.with_name(f"{home.root.name}-{what}") for what in ("data", "keys"))
    log = home.root.parent / "logs" / f"{home.root.name}-backup.log"
    assert haicap(log, "backup", data, "--keys-to", keys, "--home", home.root) == 0, log
    shutil.rmtree(home.root)
    home.root.mkdir(mode=0o750)
    for copy in (data, keys):
        subprocess.run(["cp", "-a", f"{copy}/.", str(home.root)], check=True)
        shutil.rmtree(copy)


@contextmanager
def trial(
    bench: Bench,
    figures: Figures,
    name: str,
    place: Path | None = None,
    lay: Callable[[Home, Home], None] = copy_home,
) -> Iterator[Trial]:
    """Yesterday's home again, under a reader's eyes; it stays when something is not as it must be."""
    home = Home((place or bench.root) / name.replace(" ", "-"))
    lay(bench.old, home)
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
    keep_figures(figures, bench.root)
    if not tried.noted:
        shutil.rmtree(home.root)
        shutil.rmtree(home.root.with_name(f"{home.root.name}-tmp"), ignore_errors=True)


def as_json(figures: Figures) -> str:
    """The figures as the commands print them."""
    return json.dumps(asdict(figures), ensure_ascii=False, indent=1) + "\n"


def keep_figures(figures: Figures, root: Path) -> None:
    """Write down what is known, in case that the run is cut off."""
    (root / "figures.json").write_text(as_json(figures), encoding="utf-8")
