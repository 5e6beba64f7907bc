"""What the landing hands to the vault, and what is read again from the archive when it was not handed over."""

from __future__ import annotations

from typing import Protocol

import pandas as pd

from dagster_project.contracts.models import Feed
from dagster_project.ingest import readers
from dagster_project.ingest.archive import Archive
from dagster_project.ingest.keys import ARCHIVE_VARIABLE, load_keys
from dagster_project.ingest.manifest import Arrival
from dagster_project.ingest.parse import read_spec
from dagster_project.ingest.sender_rows import covers, faulty_places, identifying_cells
from dagster_project.ingest.vault import open_vault, record_path
from dagster_project.paths import Home


class Opened(Protocol):
    """The part of an opened file that the vault keeps: its faulty rows, and what the reader saw in them."""

    quarantine: pd.DataFrame
    findings: pd.DataFrame
    held: pd.DataFrame | None


def keep_for_sender(home: Home, feed: Feed, arrival: Arrival, batch: str, opened: Opened) -> None:
    """Keep what is needed to send the faulty rows of a batch back; nothing when it has none.

    The cells come from memory. Rows that were refused after the reader's tables were gone (by the judge) are read again
    from the archive.
    """
    places = faulty_places(opened.quarantine, opened.findings)
    if places.empty:
        record_path(home.vault, feed.feed_id, batch).unlink(missing_ok=True)  # an earlier parser may have refused some
        return
    cells = opened.held if covers(opened.held, places) else read_again(home, feed, arrival, places)
    assert cells is not None
    open_vault(home).put(feed.feed_id, batch, cells)


def read_again(home: Home, feed: Feed, arrival: Arrival, places: pd.DataFrame) -> pd.DataFrame:
    """The identifying cells of these places, from the bytes as received. Raises HaicapError when they are purged."""
    archive = Archive(home.archive, *load_keys("archive", home.keys, ARCHIVE_VARIABLE))
    tables = readers.read(archive.get(arrival.sha256), arrival.file, read_spec(feed))
    return identifying_cells(tables, feed, places)
