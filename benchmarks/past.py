"""Nights on a home in one process, for a past that is not measured: `python past.py HOME INBOX COMING`.

Real nights of the product's own command, one for each pull in COMING, which arrives before it; one process, so that
what every night imports is imported once. It needs nothing of this package, so that it runs on any checkout.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dagster_project.cli import app


def live_through(home: Path, inbox: Path, coming: Path) -> None:
    """Run a night for each pull, in the order of their days. Stops the program when one does not publish."""
    for pull in sorted(coming.iterdir()):
        pull.rename(inbox / "procedures_pt" / pull.name)
        day = f"{pull.name[:4]}-{pull.name[4:6]}-{pull.name[6:8]}"
        code = app.run(["refresh", "--home", str(home), "--inbox", str(inbox), "--as-of", day, "--json"])
        if code not in (0, 3):
            sys.exit(f"the night of {day} ended with {code}")


if __name__ == "__main__":
    live_through(*map(Path, sys.argv[1:]))
