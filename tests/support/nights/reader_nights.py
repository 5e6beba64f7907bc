"""Readers that ask without pause through nights that each publish a version, in both forms of `current`.

    python -m tests.support.nights.reader_nights --nights 10 --readers 8

prints the figures of `docs/reliability.md` (exit 1 when a reader met an error, an answer that is no published
version's, or an older version after a newer one). The home keeps two versions, so that every night also removes one.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path

from dagster_project.core.paths import Home
from dagster_project.simulate import simulate
from dagster_project.warehouse import versions
from tests.support.nights.nights import NOTHING_IS_WRONG, Reader, Reading, fingerprint, make_night

MODES = ("link", "pointer")
FEED, SCALE = "procedures_hb", 0.0005
"""One office sends the month's list anew each day: nights are as short as can be."""
BEFORE = date(2025, 7, 1)
"""The day of the version that is there when the readers begin."""


@dataclass
class Figures:
    """What was asked and what came of it. `unlike`: whatever was not as it must be, a line each."""

    nights: int = 0
    readers: int = 0
    queries: int = 0
    errors: int = 0
    versions_seen: int = 0
    seconds: float = 0.0
    unlike: list[str] = field(default_factory=list)


def measure(root: Path, mode: str, nights: int, readers: int) -> Figures:
    """Run so many nights under the eyes of so many readers, in a home whose `current` has this form."""
    began = time.monotonic()
    home = Home(root / mode)
    home.root.mkdir(parents=True)
    (home.root / "haicap.yaml").write_text(f"current_as: {mode}\nkeep_versions: 2\n", encoding="utf-8")
    published = [_publish(root, home, BEFORE)]
    current = versions.find_pointer(home.current) if mode == "pointer" else home.current
    asking = [Reader(current, root, f"{mode}-{nth}", pause=0) for nth in range(readers)]
    try:
        published += [_publish(root, home, BEFORE + timedelta(days=nth)) for nth in range(1, nights + 1)]
    finally:
        met = [reader.stop() for reader in asking]
    figures = Figures(nights, readers, sum(one.queries for one in met), sum(len(one.errors) for one in met))
    figures.versions_seen = len({answer for one in met for answer in one.answers})
    figures.unlike = [f"{mode}, reader {nth}: {line}" for nth, one in enumerate(met) for line in judge(one, published)]
    if len(set(published)) != nights + 1:
        figures.unlike.append(f"{mode}: two versions give one answer")
    figures.seconds = round(time.monotonic() - began, 1)
    return figures


def judge(met: Reading, published: list[str]) -> list[str]:
    """What a reader met that it must not, in words; `published`: the answer of each version, in their order."""
    found = [f"{len(met.errors)} errors, first: {met.errors[0]}"] if met.errors else []
    found += [f"no version's answer: {answer}" for answer in met.answers if answer not in published]
    order = [published.index(answer) for answer in met.turns if answer in published]
    if order != sorted(order):
        found.append(f"an older version after a newer one: {order}")
    if order[-1:] != [len(published) - 1]:
        found.append("did not see the last version in the end")
    return found


def _publish(root: Path, home: Home, day: date) -> str:
    """Run the night of a day, whose file is new; return what a reader is to hear of its version."""
    inbox = root / f"inbox-{day}"
    if not inbox.exists():
        simulate(inbox, seed=7, scale=SCALE, as_of=day, feeds=(FEED,), with_truth=False)
    night = make_night(home, inbox, day, root / "logs" / f"{home.root.name}-{day}.log").start()
    if night.wait() not in NOTHING_IS_WRONG:
        raise RuntimeError(f"the night of {day} did not publish: {night.said}")
    path = versions.find_current_path(home)
    assert path is not None
    assert path.name.startswith(f"haicap-{day}")
    return fingerprint(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures as JSON, by mode."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--nights", type=int, default=10)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--modes", nargs="+", default=list(MODES), choices=MODES)
    parser.add_argument("--root", type=Path, help="where to work; stays when something is unlike")
    told = parser.parse_args(arguments)
    with ExitStack() as stack:
        root = told.root or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="haicap-readers-")))
        figures = {mode: measure(root, mode, told.nights, told.readers) for mode in told.modes}
    sys.stdout.write(json.dumps({mode: asdict(one) for mode, one in figures.items()}, ensure_ascii=False, indent=1))
    sys.stdout.write("\n")
    is_well = not any(one.unlike for one in figures.values())
    if told.root and is_well:
        shutil.rmtree(told.root)
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
