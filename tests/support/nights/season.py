"""Seasons that several modules only read: whoever comes first makes one, with one night, for every worker."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import pytest
from filelock import FileLock

from dagster_project.contracts.registry import load_registry
from dagster_project.core.paths import Home
from dagster_project.night.demo import DEMO_SEED
from dagster_project.simulate import simulate
from tests.support.nights.nights import NOTHING_IS_WRONG, haicap

Mess = Literal["none", "normal", "hard", "field"]

AS_OF, SCALE = date(2025, 7, 13), 0.003
SEEDS: dict[Mess, int] = {"none": 7, "normal": DEMO_SEED, "hard": 7, "field": 7}
"""The normal season has the demo's world, so that its truth is proved too."""


@dataclass(frozen=True)
class Season:
    """A folder with `inbox`, `truth`, `home` and what its night said. Nobody may change it; see `copy_to`."""

    folder: Path

    @property
    def inbox(self) -> Path:
        """What the offices sent."""
        return self.folder / "inbox"

    @property
    def truth(self) -> Path:
        """What the simulator knows of it."""
        return self.folder / "truth"

    @property
    def home(self) -> Home:
        """The home after one night."""
        return Home(self.folder / "home")

    @property
    def exit_code(self) -> int:
        """How the night ended."""
        return int(json.loads((self.folder / "exit.json").read_text(encoding="utf-8")))

    @property
    def said(self) -> str:
        """What the night said on standard output: JSON of the season without mess, else words."""
        return (self.folder / "said.txt").read_text(encoding="utf-8")

    def copy_to(self, folder: Path) -> Season:
        """Return a copy that a test may change."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Season(folder)


def refresh(inbox: Path, home: Path, as_of: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Run one night as an operator does, warm; what it says also stays beside the home."""
    log = home.with_name(f"{home.name}-{as_of}.log")
    arguments = ["refresh", "--inbox", str(inbox), "--home", str(home), "--as-of", as_of, *more]
    code = haicap(log, *arguments)
    said, complaint = (path.read_text(encoding="utf-8") for path in (log, Path(f"{log}.err")))
    return subprocess.CompletedProcess(arguments, code, said, complaint)


def make_season(factory: pytest.TempPathFactory, mess: Mess) -> Season:
    """Return the season with this mess: every feed, at the briefing, and one night over it."""

    def make(folder: Path) -> None:
        feeds = tuple(load_registry().feeds)
        simulate(folder / "inbox", seed=SEEDS[mess], scale=SCALE, as_of=AS_OF, mess=mess, feeds=feeds)
        night = refresh(folder / "inbox", folder / "home", AS_OF.isoformat(), *(["--json"] if mess == "none" else []))
        assert night.returncode in NOTHING_IS_WRONG, night.stdout + night.stderr
        (folder / "said.txt").write_text(night.stdout, encoding="utf-8")
        (folder / "exit.json").write_text(json.dumps(night.returncode), encoding="utf-8")

    return Season(make_once(factory, f"season-{mess}", make))


def make_once(factory: pytest.TempPathFactory, name: str, make: Any) -> Path:
    """Return a folder that `make` fills once a session, whichever worker asks first; a failure is not kept."""
    root = factory.getbasetemp()
    folder = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / name
    with FileLock(f"{folder}.lock"):
        if not (folder / "whole").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / "whole").touch()
    return folder


def hash_files(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file below a folder, by its path there."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}
