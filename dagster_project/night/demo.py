"""The demo's inbox: what the offices sent by 13 July 2025, invented by the simulator.

Its files are the same wherever they are made, so the installation makes them once (`python -m
dagster_project.night.demo --install`), as it compiles Python. An installation without them, or of changed code, makes
them when it is asked.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.core.durable_files import TEMPORARY_PREFIX
from dagster_project.core.errors import UsageError
from dagster_project.core.paths import INSTALLED_DIR, PROVINCE_DIR, PROVINCE_VARIABLE

if TYPE_CHECKING:
    from dagster_project.settings.settings import Settings

DEMO_SEED = 20250713
DEMO_SCALE = 0.03
"""So many dossiers that half of the communes have sixty or more due in sixteen weeks: rates worth rating."""

INSTALLED = INSTALLED_DIR / "demo"
"""One folder, named by the code that made it; only the installation writes here."""


def is_installed() -> bool:
    """Tell whether the installation holds the files that today's code would make."""
    return (INSTALLED / _name_folder()).is_dir()


def refuse_other_province() -> None:
    """Raise UsageError for another province than Phú Thọ, whose offices the simulator knows."""
    if PROVINCE_DIR is not None:
        raise UsageError(
            f"Bản trình diễn và mô phỏng chỉ có cho tỉnh mặc định, không có cho {PROVINCE_DIR}.",
            f"Thêm --inbox với tệp thật, hoặc bỏ biến {PROVINCE_VARIABLE}.",
        )


def open_inbox(settings: Settings, tell: Callable[[str], None]) -> Path:
    """Return the inbox of this installation. Where none is configured it is the demo's, which is made when it is not
    there yet. Raises UsageError where the demo cannot be."""
    inbox = settings.inbox_or_demo
    if settings.is_demo:
        refuse_other_province()
        is_there = inbox.is_dir()
        is_simulated = not is_there and not is_installed()
        how = "mô phỏng các cơ quan cho bản trình diễn" if is_simulated else "dùng hộp thư trình diễn"
        tell(f"Chưa cấu hình hộp thư: {how}")
        if not is_there:
            provide_inbox(inbox)
    return inbox


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
        sys.exit("usage: python -m dagster_project.night.demo --install")
    install()
