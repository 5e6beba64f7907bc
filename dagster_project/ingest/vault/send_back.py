"""What the landing hands to the vault, and what is read again from the archive when it was not handed over."""

from __future__ import annotations

from typing import Protocol

import pandas as pd

from dagster_project.contracts.models import Feed
from dagster_project.core.keys import ARCHIVE_VARIABLE, load_keys
from dagster_project.core.paths import Home
from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import read_spec
from dagster_project.ingest.receive.archive import Archive
from dagster_project.ingest.receive.arrivals import Arrival
from dagster_project.ingest.vault.sender_rows import identifying_cells
from dagster_project.ingest.vault.vault import Vault, record_path


class ValidatedFile(Protocol):
    """The part of an opened file that the vault keeps: its faulty rows, and what the reader saw in them.

    `held` None: rows were refused after the reader's tables were gone.
    """

    quarantine: pd.DataFrame
    findings: pd.DataFrame
    held: pd.DataFrame | None


def keep_for_sender(home: Home, vault: Vault, feed: Feed, arrival: Arrival, batch: str, opened: ValidatedFile) -> None:
    """Keep what is needed to send the faulty rows of a batch back; nothing when it has none.

    The cells come from memory. Rows that were refused after the reader's tables were gone (by the judge) are read again
    from the archive.
    """
    cells = opened.held
    if cells is None:
        cells = read_again(home, feed, arrival, opened.quarantine, opened.findings)
    if cells.empty:
        record_path(home.vault, feed.feed_id, batch).unlink(missing_ok=True)  # an earlier parser may have refused some
    else:
        vault.put(feed.feed_id, batch, cells)


def read_again(home: Home, feed: Feed, arrival: Arrival, *faults: pd.DataFrame) -> pd.DataFrame:
    """The identifying cells of the rows that the faults name by sheet and row, from the bytes as received.

    Raises HaicapError when they are purged.
    """
    archive = Archive(home.archive, *load_keys("archive", home.keys, ARCHIVE_VARIABLE))
    tables = readers.read(archive.get(arrival.sha256), arrival.file, read_spec(feed))
    (cells,) = identifying_cells([(tables, faults)], feed)
    return cells
