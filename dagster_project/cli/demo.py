"""The demo's inbox: what the offices sent by 13 July 2025, invented by the simulator.

Its files are the same wherever they are made, so the installation makes them once (`python -m dagster_project.cli.demo
--install`), as it compiles Python. An installation without them, or of changed code, makes them when it is asked.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from dagster_project.core.durable_files import TEMPORARY_PREFIX
from dagster_project.core.paths import INSTALLED_DIR

DEMO_SEED = 20250713
DEMO_SCALE = 0.01

INSTALLED = INSTALLED_DIR / "demo"
"""One folder, named by the code that made it; only the installation writes here."""


def is_installed() -> bool:
    """Tell whether the installation holds the files that today's code would make."""
    return (INSTALLED / _name_folder()).is_dir()


def provide_inbox(inbox: Path) -> None:
    """Make the folder `inbox` with every feed's files, whole or not at all."""
    scratch = inbox.with_name(f"{TEMPORARY_PREFIX}{inbox.name}")
    shutil.rmtree(scratch, ignore_errors=True)
    if is_installed():
        shutil.copytree(INSTALLED / _name_folder(), scratch)
    else:
        _simulate(scratch)
    os.replace(scratch, inbox)


def _simulate(inbox: Path) -> None:
    from dagster_project.contracts.registry import load_registry
    from dagster_project.settings.settings import DEMO_AS_OF
    from dagster_project.simulate import simulate

    feeds = tuple(load_registry().feeds)
    simulate(inbox, seed=DEMO_SEED, scale=DEMO_SCALE, as_of=DEMO_AS_OF, feeds=feeds, with_truth=False)


def _name_folder() -> str:
    from dagster_project.warehouse.identity import hash_code, hash_seeds

    return f"{hash_code()[:16]}-{hash_seeds()[:16]}"


def install() -> None:
    """Make the files of today's code for this installation; those of earlier code are removed."""
    if not is_installed():
        shutil.rmtree(INSTALLED, ignore_errors=True)
        provide_inbox(INSTALLED / _name_folder())


if __name__ == "__main__":
    if sys.argv[1:] != ["--install"]:
        sys.exit("usage: python -m dagster_project.cli.demo --install")
    install()
