"""All that a night does to the same files: `python product_landing.py FEED INBOX HOME`."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from dagster_project.core.paths import Home
from dagster_project.night.run import open_session


def land(feed_id: str, inbox: Path, home: Path) -> None:
    """Land one feed as a night does, with the judge and the processes that read. Stops when a file is not used."""
    home.mkdir(parents=True)
    with open_session(Home(home), inbox, date(2025, 7, 13), 1, print, lands=[feed_id]) as session:
        landed = session.land(feed_id)
    if landed.blocked or not landed.rows_read:
        sys.exit(f"{feed_id}: {landed.rows_read} rows, blocked: {landed.blocked}")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    from cold import tell_cold

    tell_cold(lambda: land(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
