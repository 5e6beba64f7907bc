"""Nights whose inbox holds, beside the files of offices that nobody disturbs, many mutated files of the others.

    python -m tests.support.nights.mutated_nights --mutations 260

runs whole nights over mutated files of every feed and every reader, each night over those of every other domain, and
prints the figures of `docs/reliability.md` (exit 1 when one night was not as it must be): the night ends in words, each
file has an account of all its rows or a block in words, what the other feeds landed and publish is as in the night
without the mutated files, and the next night reads none of them again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb

from dagster_project.contracts.registry import load_registry
from dagster_project.contracts.rules import load_rules
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batches import find_batch, read_account, read_batches
from dagster_project.simulate import simulate
from dagster_project.warehouse.checks import CheckResult, read_checks
from tests.support.bad_input.mutations import make_good_files, mutate
from tests.support.nights.nights import NOTHING_IS_WRONG, make_night
from tests.support.nights.season import hash_files

AS_OF, SCALE = date(2025, 7, 13), 0.0005
NO_FILES = (".", "~$")
"""How the name of what is no file of an office begins."""
GOOD = make_good_files()
COUNTS = ("rows_accepted", "rows_quarantined", "rows_duplicate", "rows_not_data")


@dataclass
class Figures:
    """What was tried and what came of it. `unlike`: whatever was not as it must be, a line each.

    Mutated files that ended as the same bytes are one content. `accepted`, `waiting`, `blocked`: what became of each
    content; one whose mutated date has not come is read, and waits for its day. `rows_accounted`: of those accepted.
    """

    nights: int = 0
    mutations: int = 0
    by_extension: dict[str, int] = field(default_factory=dict)
    contents: int = 0
    accepted: int = 0
    waiting: int = 0
    blocked: dict[str, int] = field(default_factory=dict)
    rows_accounted: int = 0
    program_faults: int = 0
    tracebacks: int = 0
    seconds: float = 0.0
    unlike: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Bench:
    """The inbox of an ordinary morning, and the home after its night, which nobody disturbed.

    `seed`: of what offices send, and of the mutations.
    """

    inbox: Path
    wanted: Home
    seed: int


@dataclass(frozen=True)
class Disturbed:
    """A night with mutated files of some feeds. `mutated`: these files."""

    home: Home
    inbox: Path
    feeds: tuple[str, ...]
    mutated: list[Path]

    @property
    def domains(self) -> set[str]:
        """The domains of the disturbed feeds."""
        return {load_registry().feeds[feed].domain for feed in self.feeds}

    def hash_sent(self) -> Counter[tuple[str, str]]:
        """Feed and SHA-256 → how many files of the disturbed feeds it is, mutated or not."""
        return Counter(_hash(feed, path) for feed in self.feeds for path in _list_files(self.inbox / feed))

    def hash_mutated(self) -> set[tuple[str, str]]:
        """Feed and SHA-256 of the mutated files."""
        return {_hash(path.relative_to(self.inbox).parts[0], path) for path in self.mutated}

    def run(self, day: date) -> tuple[int, str]:
        """Run the night of a day; its exit code, and all it said."""
        night = make_night(
            self.home, self.inbox, day, self.home.root.with_name(f"{self.home.root.name}-{day}.log")
        ).start()
        return night.wait(timeout=1800), night.said


def make_bench(root: Path, seed: int) -> Bench:
    """Send what all offices really send, and run one night over it."""
    bench = Bench(root / "inbox", Home(root / "wanted"), seed)
    feeds = tuple(load_registry().feeds)
    simulate(bench.inbox, seed=seed, scale=SCALE, as_of=AS_OF, mess="field", feeds=feeds, with_truth=False)
    night = make_night(bench.wanted, bench.inbox, AS_OF, root / "wanted.log").start()
    assert night.wait() in NOTHING_IS_WRONG, night.said
    return bench


def choose_feeds(nth: int) -> tuple[str, ...]:
    """The feeds that the nth night disturbs: of every other domain, but for one feed where a domain has several."""
    by_domain: dict[str, list[str]] = {}
    for feed in load_registry().feeds.values():
        by_domain.setdefault(feed.domain, []).append(feed.feed_id)
    chosen = []
    for domain in sorted(by_domain)[nth % 2 :: 2]:
        feeds = sorted(by_domain[domain])
        spared = feeds[nth // 2 % len(feeds)] if len(feeds) > 1 else None
        chosen += [feed for feed in feeds if feed != spared]
    return tuple(chosen)


def disturb(bench: Bench, folder: Path, nth: int, mutations: int) -> Disturbed:
    """Copy the inbox and add mutated files: of the disturbed feeds' own, by turns, and of small ones of every reader.

    Each lies in a folder of its own, under its own name, which may be all that tells its date.
    """
    feeds = choose_feeds(nth)
    inbox = folder / f"inbox-{nth}"
    shutil.copytree(bench.inbox, inbox)
    own = {feed: sorted(_list_files(inbox / feed)) for feed in feeds}
    small = [(feed, name, content) for name, (feed, content) in GOOD.items() if feed in feeds]
    senders = [feed for feed in feeds if own[feed]]
    mutated = []
    for number in range(mutations):
        rng = Random(f"seed {bench.seed} night {nth} file {number}")
        if small and number % 2:
            feed, name, content = small[number // 2 % len(small)]
        else:
            feed = senders[number // (2 if small else 1) % len(senders)]
            path = rng.choice(own[feed])
            name, content = path.relative_to(inbox / feed).as_posix(), path.read_bytes()
        target = inbox / feed / f"m{number:04}" / name
        target.parent.mkdir(parents=True)
        target.write_bytes(mutate(content, rng))
        mutated.append(target)
    return Disturbed(Home(folder / f"night-{nth}"), inbox, feeds, mutated)


def _hash(feed: str, path: Path) -> tuple[str, str]:
    return feed, hashlib.sha256(path.read_bytes()).hexdigest()


def _list_files(folder: Path) -> Iterator[Path]:
    """What an office sent: neither hidden, nor a lock, nor half copied."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.startswith(NO_FILES) and path.suffix != ".part":
            yield path


def try_night(bench: Bench, folder: Path, nth: int, mutations: int, figures: Figures) -> None:
    """Run one disturbed night and the next day's, and judge them."""
    night = disturb(bench, folder, nth, mutations)
    found: list[str] = []
    code, said = night.run(AS_OF)
    found += judge_words(code, said)
    if code in NOTHING_IS_WRONG:
        found += judge_accounts(night, figures)
        found += judge_others(night, bench.wanted)
        landed = _list_landed(night.home)
        code, said = night.run(AS_OF + timedelta(days=1))
        found += [f"the next night: {line}" for line in judge_words(code, said)]
        found += [f"landed again: {place}" for place, _ in sorted(_list_landed(night.home) ^ landed)]
    figures.nights += 2
    figures.mutations += len(night.mutated)
    extensions = Counter(path.suffix for path in night.mutated)
    figures.by_extension = dict(sorted((Counter(figures.by_extension) + extensions).items()))
    figures.tracebacks += sum("Traceback" in line for line in found)
    figures.unlike += [f"night {nth}: {line}" for line in found]
    sys.stderr.write(f"night {nth}: {mutations} mutations of {len(night.feeds)} feeds, {found or 'as it must be'}\n")
    if not found:
        shutil.rmtree(night.home.root)
        shutil.rmtree(night.inbox)


def _list_landed(home: Home) -> set[tuple[str, str]]:
    """What is landed, with when it was written: each part's file, and the account of each batch."""
    files = (path for path in home.landing.rglob("*") if path.is_file() and path != home.batches)
    parts = {(path.relative_to(home.landing).as_posix(), str(path.stat().st_mtime_ns)) for path in files}
    return parts | {(batch.batch_id, repr(batch)) for batch in read_batches(home).values()}


# What a disturbed night must be like ---------------------------------------------------------------------------------


def judge_words(code: int, said: str) -> list[str]:
    """Whether a night published, and told of no fault of the program."""
    found = [] if code in NOTHING_IS_WRONG else [f"ended with {code}: {said[-600:]}"]
    message = load_rules()["program_fault"].message_vi
    return found + [line for line in said.splitlines() if "Traceback" in line or message in line]


def judge_accounts(night: Disturbed, figures: Figures) -> list[str]:
    """Whether each file of the disturbed feeds has an account of all its rows or a block in words."""
    columns = ("feed_id", "sha256", "state", "copies", "rows_read", *COUNTS)
    with duckdb.connect(str(night.home.current), read_only=True) as marts:
        rows = marts.execute(f"select {', '.join(columns)} from marts.source_file").fetchall()
        faults = marts.execute("select 1 from marts.data_gap where measure = 'program_fault'").fetchall()
    known = {row[:2]: row[2:] for row in rows}
    found = ["a gap tells of a fault of the program"] if faults else []
    mutated = night.hash_mutated()
    for key, files in night.hash_sent().items():
        account = _read_account(night.home, *key)
        said = _judge_account(account, files, known.get(key))
        found += [f"{key[0]}: {key[1][:8]} {line}" for line in said]
        if key in mutated:
            _count(figures, account, known.get(key))
    return found


def _judge_account(account: dict[str, Any] | None, files: int, row: tuple[Any, ...] | None) -> list[str]:
    """What is wrong with what is told of one content; `row`: state, copies, rows read, and where each row went."""
    if account is None:
        return ["has no account"]
    if row is None:
        is_to_come = account["date_end"] and date.fromisoformat(account["date_end"]) > AS_OF
        return [] if is_to_come else ["is landed and not accounted for"]
    state, copies, read, *counts = row
    found = [] if copies == files - 1 else [f"lies there {files} times, told of: {copies} copies"]
    found += [] if read == sum(counts) else [f"has {read} rows read, accounted for: {counts}"]
    if state == "blocked":
        rule = account["blocked_rule"]
        in_words = rule in load_rules() and account["blocked_message_vi"] and account["blocked_remedy_vi"]
        found += [] if in_words else [f"is blocked by {rule} without words"]
        found += [account["blocked_message_vi"]] if rule == "program_fault" else []
    return found


def _count(figures: Figures, account: dict[str, Any] | None, row: tuple[Any, ...] | None) -> None:
    """Add what became of one mutated content."""
    figures.contents += 1
    if account is not None and account["state"] == "blocked":
        rule = account["blocked_rule"]
        figures.blocked[rule] = figures.blocked.get(rule, 0) + 1
        figures.program_faults += rule == "program_fault"
    elif row is None:
        figures.waiting += 1
    else:
        figures.accepted += 1
        figures.rows_accounted += row[2]


def _read_account(home: Home, feed: str, sha256: str) -> dict[str, Any] | None:
    batch = find_batch(home, feed, sha256)
    return read_account(home, batch) if batch else None


def judge_others(night: Disturbed, wanted: Home) -> list[str]:
    """In what the feeds without mutated files are not as in the undisturbed night."""
    spared = sorted(set(load_registry().feeds) - set(night.feeds))
    found = [
        f"landing of {feed} differs: {sorted(set(ours.items()) ^ set(theirs.items()))[:2]}"
        for feed in spared
        if (ours := hash_files(night.home.landing / feed)) != (theirs := hash_files(wanted.landing / feed))
    ]
    checks, others = (
        {_describe(check) for check in read_checks(home) if check.feed_id in spared} for home in (night.home, wanted)
    )
    found += [f"check differs: {check}" for check in sorted(checks ^ others)]
    return found + compare_marts(night.home.current, wanted.current, night.feeds, night.domains)


def _describe(check: CheckResult) -> str:
    return f"{check.name} of {check.feed_id}: {check.outcome}, {check.failures}, {check.rows}"


def compare_marts(one: Path, other: Path, feeds: Sequence[str], domains: set[str]) -> list[str]:
    """Rows of two published files that are neither of these feeds nor of their domains' KPIs, and differ."""
    found = []
    with duckdb.connect() as engine:
        for name, file in (("one", one), ("other", other)):
            engine.execute(f"attach '{file.resolve()}' as {name} (read_only)")
        query = "select table_name, list(column_name) from duckdb_columns() where database_name = 'other' group by all"
        for table, columns in engine.execute(f"{query} order by all").fetchall():
            ours, theirs = (_select_others(name, table, columns, feeds, domains) for name in ("one", "other"))
            sides = [
                engine.sql(f"select count(*) from ({a} except all {b})").fetchall()[0][0]
                for a, b in ((ours, theirs), (theirs, ours))
            ]
            if any(sides):
                found.append(f"{table}: {sides[0]} rows too many, {sides[1]} too few")
    return found


def _select_others(name: str, table: str, columns: list[str], feeds: Sequence[str], domains: set[str]) -> str:
    of_feeds, of_domains = (", ".join(f"'{one}'" for one in sorted(them)) for them in (feeds, domains))
    marts = f"{name}.marts"
    if "feed_id" in columns:
        condition = f"feed_id not in ({of_feeds})"
    elif "batch_id" in columns:
        condition = f"batch_id in (select batch_id from {marts}.source_file where feed_id not in ({of_feeds}))"
        if "origin_dossier_id" in columns:  # what was carried on to a new number tells what its old number told
            condition += f" and (origin_dossier_id is null or 'procedures' not in ({of_domains}))"
    elif "kpi_id" in columns:
        condition = f"kpi_id in (select kpi_id from {marts}.kpi_definition where domain not in ({of_domains}))"
    elif table.startswith("backlog"):
        condition = f"'procedures' not in ({of_domains})"
    else:  # the province, its calendar and its procedures, which no file changes
        condition = "true"
    return f"(from {marts}.{table} where {condition})"


# The long form -------------------------------------------------------------------------------------------------------


def measure(root: Path, nights: Sequence[int], mutations: int, seed: int, jobs: int) -> Figures:
    """Try these nights, of so many mutated files each, `jobs` at once."""
    began = time.monotonic()
    bench = make_bench(root, seed)
    figures = Figures()

    def try_one(nth: int) -> None:
        try_night(bench, root, nth, mutations, figures)
        text = json.dumps(asdict(figures), ensure_ascii=False)
        (root / "figures.json").write_text(text, encoding="utf-8")  # what is known if the run is cut off

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(try_one, nights))
    figures.seconds = round(time.monotonic() - began, 1)
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--nights", type=int, nargs="+", default=[0, 1, 2, 3], help="which; four disturb every feed")
    parser.add_argument("--mutations", type=int, default=260, help="mutated files of each night")
    parser.add_argument("--seed", type=int, default=7, help="of what the offices send, and of the mutations")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--root", type=Path, help="where to work; nights that were not as they must be stay there")
    told = parser.parse_args(arguments)
    with ExitStack() as stack:
        root = told.root or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="haicap-mutations-")))
        figures = measure(root, told.nights, told.mutations, told.seed, told.jobs)
    sys.stdout.write(json.dumps(asdict(figures), ensure_ascii=False, indent=1) + "\n")
    return 1 if figures.unlike else 0


if __name__ == "__main__":
    sys.exit(main())
