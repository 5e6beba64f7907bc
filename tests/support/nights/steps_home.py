"""A home of which yesterday is published, and today's files beside it: what a step is run alone on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from dagster_project.core.paths import Home
from dagster_project.simulate import simulate
from tests.support.nights.season import refresh

YESTERDAY, TODAY = date(2025, 7, 12), date(2025, 7, 13)
FEEDS = ("procedures_pt", "procedures_vp", "national_portal")


def make_home(root: Path) -> Home:
    """Publish yesterday's files of FEEDS in a home below `root`, and lay today's beside it."""
    home = Home(root / "home")
    for day in (YESTERDAY, TODAY):
        simulate(night_inbox(home, day), seed=7, scale=0.001, as_of=day, feeds=FEEDS, with_truth=False)
    night = refresh(night_inbox(home, YESTERDAY), home.root, YESTERDAY.isoformat())
    assert night.returncode in (0, 3), night.stdout + night.stderr
    return home


def night_inbox(home: Home, day: date) -> Path:
    """Where the files of one day lie."""
    return home.root.with_name(day.isoformat())
