"""All that a night does to the same files: `product_landing.py FEED INBOX HOME`."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from dagster_project.core.paths import Home
from dagster_project.night.run import open_session


def main(feed_id: str, inbox: str, home: str) -> None:
    """Land one feed as a night does, with the judge and the processes that read. Stops when a file is not used."""
    Path(home).mkdir(parents=True)
    with open_session(Home(Path(home)), Path(inbox), date(2025, 7, 13), 1, print, lands=[feed_id]) as session:
        landed = session.land(feed_id)
    if landed.blocked or not landed.rows_read:
        sys.exit(f"{feed_id}: {landed.rows_read} rows, blocked: {landed.blocked}")
