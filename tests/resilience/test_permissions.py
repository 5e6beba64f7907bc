"""Whatever the umask, a home is for its owner and its group of readers; archive, vault and keys for the owner alone."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project.core.paths import Home
from tests.support.nights.nights import NOTHING_IS_WRONG
from tests.support.nights.season import AS_OF

OWNER_ONLY = ("archive", "vault", "keys", "pulls", "purge.jsonl", "purge.head")
FEEDS = ("procedures_vp", "planning")


@pytest.mark.slow
@pytest.mark.parametrize("umask", [0, pytest.param(0o077, marks=pytest.mark.long)])
def test_a_home_is_open_to_its_group_whatever_the_umask(normal_season, tmp_path, umask):
    for feed in FEEDS:
        shutil.copytree(normal_season.inbox / feed, tmp_path / "inbox" / feed)
    home = Home(tmp_path / "home")
    told = ["--home", str(home.root), "--inbox", str(tmp_path / "inbox"), "--as-of", AS_OF.isoformat()]
    command = [sys.executable, "-m", "dagster_project.cli", "refresh", *told]
    night = subprocess.run(command, umask=umask, capture_output=True, check=False, env=os.environ)
    assert night.returncode in NOTHING_IS_WRONG, night.stderr.decode()
    assert list(home.vault.glob("*/*.bin"))
    assert list_wrong_modes(home) == []


def list_wrong_modes(home: Home) -> list[str]:
    paths = [home.root, *(path for path in home.root.rglob("*") if not path.is_symlink())]
    wrong = [path for path in paths if is_wrong(home, path)]
    return [f"{path.relative_to(home.root)}: {stat.S_IMODE(path.stat().st_mode):o}" for path in wrong]


def is_wrong(home: Home, path: Path) -> bool:
    mode = stat.S_IMODE(path.stat().st_mode)
    is_private = path.relative_to(home.root).parts[:1] and path.relative_to(home.root).parts[0] in OWNER_ONLY
    wanted = (0o700, 0o600) if is_private else (0o750, 0o640)
    return mode not in ((wanted[0],) if path.is_dir() else (wanted[1], wanted[1] & 0o440))
