"""Land and judge all that an inbox holds, without a build: `python -m benchmarks.land INBOX`."""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

from dagster_project.ingest.landing import Night
from dagster_project.paths import Home
from dagster_project.quality.judge import Judge


def main(inbox: Path) -> None:
    """Every feed with a folder, into a home that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        home, as_of = Home(Path(folder)), date(2025, 7, 13)
        scan = Night(home, inbox, as_of).scan()
        with Judge() as judge, Night(home, inbox, as_of).read_ahead(scan) as ahead:
            night = Night(home, inbox, as_of, judge, ahead)
            for feed_id in sorted({arrival.feed_id for arrival in scan.new}):
                landed = night.land(feed_id, scan)
                print(feed_id, landed.files, landed.rows_read)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
