"""One night over everything that can be wrong, in an inbox and a home with hostile names; three modules read it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.bad_input import bad_money, bad_people, corpus
from tests.support.nights.season import make_once

GROWING = "dang chep.xlsx"
INBOX_NAME, HOME_NAME = "hộp thư [1] o'neil", "nhà kho $(touch pwned) o'neil"


def haicap(*arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder, as a person uses it."""
    command = [sys.executable, "-m", "dagster_project.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=600)


@dataclass(frozen=True)
class Outcome:
    """The night, and what it published. `folder` holds nothing but the inbox and the home."""

    folder: Path
    run: subprocess.CompletedProcess[str]

    @property
    def inbox(self) -> Path:
        """What was sent."""
        return self.folder / INBOX_NAME

    @property
    def home(self) -> Path:
        """What the night wrote."""
        return self.folder / HOME_NAME

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query about what was published."""
        with duckdb.connect(str(self.home / "published" / "current.duckdb"), read_only=True) as marts:
            return marts.sql(query).fetchall()

    def lines(self, name: str) -> list[str]:
        """Return the lines of the night's answer about one file."""
        return [line for line in self.run.stdout.splitlines() if f" {name}" in line or f"/{name}" in line]


def assert_gaps(found: list[tuple[Any, ...]], expected: list[tuple[Any, ...]]) -> None:
    """Hold gaps (five columns, what_to_do_vi, who_fixes, state) against (five columns, words of the remedy)."""
    a, b = Counter(line[:5] for line in found), Counter(line[:5] for line in expected)
    assert a == b, (a - b, b - a)
    for *line, words in expected:
        mine = [gap for gap in found if list(gap[:5]) == line]
        assert any(words in gap[5] for gap in mine), (line, words, mine)
    assert all(fixer and state == "open" for *_, fixer, state in found)


def make_bad_night(factory: pytest.TempPathFactory) -> Outcome:
    """Return the night; it is run once a session."""
    root = make_once(factory, "bad-night", _run)
    code, said, complaint = json.loads((root / "run.json").read_text(encoding="utf-8"))
    return Outcome(root / "work", subprocess.CompletedProcess([], code, said, complaint))


def _run(root: Path) -> None:
    folder = root / "work"
    inbox = folder / INBOX_NAME
    corpus.write(inbox)
    for (feed, name), content in (bad_money.INBOX | bad_people.INBOX).items():
        path = inbox / feed / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with _growing(inbox / corpus.VP / GROWING):
        run = haicap("refresh", "--inbox", inbox, "--home", folder / HOME_NAME, "--as-of", "2025-07-13", folder=folder)
    told = json.dumps([run.returncode, run.stdout, run.stderr])
    (root / "run.json").write_text(told, encoding="utf-8")


@contextmanager
def _growing(path: Path) -> Iterator[None]:
    """A file that someone else writes all the while."""
    stop = threading.Event()
    path.write_bytes(bytes(40 << 20))

    def grow() -> None:
        with path.open("ab") as file:
            while not stop.wait(0.001):
                file.write(b"x")
                file.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()
