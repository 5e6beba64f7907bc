"""One inbox, one home, and nights of landing without Great Expectations and without a build."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import load_registry
from dagster_project.contracts.verdicts import Verdict
from dagster_project.core.durable_files import TEMPORARY_PREFIX
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batches import Batch, read_account, read_batches, read_parts
from dagster_project.ingest.landing.landing import FeedLanding, Landing
from dagster_project.ingest.landing.month_parts import select_rows
from dagster_project.ingest.landing.scan import Scan
from dagster_project.ingest.receive.arrivals import ArrivalList
from dagster_project.warehouse.inputs import list_source_files
from tests.support.kits.office import dossiers, workbook

VP = "procedures_vp"
AS_OF = date(2025, 7, 13)
MONTHS = {"06": date(2025, 6, 30), "07": date(2025, 7, 13)}


class Contented:
    """A judge that finds nothing."""

    def submit(self, feed: Feed, files: Sequence[Any]) -> Callable[[], list[Verdict]]:
        return list


class Office:
    """One inbox and one home."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root / "home")
        self.inbox = root / "inbox"
        self.folder = self.inbox / VP
        self.folder.mkdir(parents=True)

    def send(self, name: str, content: bytes | None = None, day: date = AS_OF, size: int = 3) -> Path:
        """Put a file into the inbox: a good workbook unless said."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        made = workbook(dossiers(day.replace(day=1), size), f"(Số liệu đến ngày {day:%d/%m/%Y})")
        path.write_bytes(made if content is None else content)
        return path

    def send_months(self) -> None:
        for month, day in MONTHS.items():
            self.send(f"ho_so_tthc_{month}_2025.xlsx", day=day, size=int(month))

    def make_landing(self) -> Landing:
        return Landing(self.home, self.inbox, AS_OF, Contented())

    def land(self, scan: Scan | None = None) -> FeedLanding:
        landing = self.make_landing()
        return landing.land(VP, scan or landing.scan())

    def landed(self) -> list[tuple[str, str, int]]:
        """(file, state, rows) as a build would see them."""
        found = list_source_files(self.home, load_registry(), AS_OF)
        return sorted((row["file"], row["state"], len(read_rows(self.home, [batch]))) for batch, row in found)

    def listed(self) -> list[str]:
        return [arrival.file for arrival in ArrivalList(self.home.arrivals).read_arrivals()]

    def strays(self) -> list[str]:
        """Half-written things that a killed night leaves."""
        return [p.name for p in self.home.root.rglob("*") if p.name.startswith(TEMPORARY_PREFIX)]


def read_rows(home: Home, batches: Sequence[Batch], name: str = "rows") -> pd.DataFrame:
    """The rows of one table of some batches; none where nothing was written."""
    selected = select_rows(home, read_parts(home), batches, name)
    frames = [pd.read_parquet(rows.path) for rows in selected]
    wanted = [batch.batch_id for batch in batches]
    return pd.concat([frame[frame["batch_id"].isin(wanted)] for frame in frames]) if frames else pd.DataFrame()


def list_batches(home: Home, feed_id: str | None = None) -> list[Batch]:
    """What is landed, of one feed or of all, by feed and hash."""
    return [batch for _, batch in sorted(read_batches(home, feed_id).items())]


def list_accounts(home: Home, feed_id: str | None = None) -> list[dict[str, Any]]:
    """What is told of it."""
    return [read_account(home, batch) for batch in list_batches(home, feed_id)]


def list_part_files(home: Home, feed_id: str = "*") -> list[str]:
    """The Parquet files of the landing, named or not: month and name."""
    return sorted(f"{path.parent.name}/{path.name}" for path in home.landing.glob(f"{feed_id}/*/*"))


WHOLE = [("ho_so_tthc_06_2025.xlsx", "accepted", 6), ("ho_so_tthc_07_2025.xlsx", "accepted", 7)]
"""`landed` after `send_months`."""
