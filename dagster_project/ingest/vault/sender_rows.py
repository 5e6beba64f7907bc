"""Rows that go back to their sender: the cells by which the sender finds them, and how they come to the vault.

These cells are the key, the unit and the personal columns, as delivered: the landing does not keep them. They live in
memory until the vault has encrypted them. What was not handed over is read again from the archive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Protocol

import numpy as np
import pandas as pd

from dagster_project.contracts.models import Feed
from dagster_project.core.paths import Home
from dagster_project.ingest import readers
from dagster_project.ingest.normalise import text
from dagster_project.ingest.persons.mask_tables import hide_sheet_names
from dagster_project.ingest.readers.base import RawTable, make_read_spec
from dagster_project.ingest.receive.archive import open_archive
from dagster_project.ingest.receive.arrivals import Arrival
from dagster_project.ingest.receive.purges import Purges, name_record
from dagster_project.ingest.vault.vault import Vault, locate_record

PLACE = ["source_sheet", "source_row"]
_FILE = "file_no"
LINE = "line"
"""Column for a line that does not fit its header: nobody can say which of its fields is whose."""


class FaultyFile(Protocol):
    """Holds what the vault needs of a validated file: what is wrong with its rows, and the cells of those rows.

    `held` is None when rows were refused after the reader's tables were gone.
    """

    quarantine: pd.DataFrame
    findings: pd.DataFrame
    held: pd.DataFrame | None


def keep_for_sender(
    home: Home, vault: Vault, purges: Purges, feed: Feed, files: Iterable[tuple[Arrival, str, FaultyFile]]
) -> None:
    """Keep what is needed to send the faulty rows of some batches (arrival, batch, file) back; nothing of one that has
    none, or that was purged.

    The cells come from memory. Rows that were refused after the reader's tables were gone (by the judge) are read again
    from the archive.
    """
    vault.put_all(feed.feed_id, _collect_records(home, purges, feed, files))


def _collect_records(
    home: Home, purges: Purges, feed: Feed, files: Iterable[tuple[Arrival, str, FaultyFile]]
) -> Iterator[tuple[str, pd.DataFrame]]:
    for arrival, batch, faulty in files:
        if name_record(feed.feed_id, batch) in purges.vault:
            continue
        cells = faulty.held
        if cells is None:
            cells = read_again(home, feed, arrival, faulty.quarantine, faulty.findings)
        if cells.empty:
            # An earlier parser may have refused some.
            locate_record(home.vault, feed.feed_id, batch).unlink(missing_ok=True)
        else:
            yield batch, cells


def read_again(home: Home, feed: Feed, arrival: Arrival, *faults: pd.DataFrame) -> pd.DataFrame:
    """Return the identifying cells of the rows that the faults name by sheet and row, from the bytes as received.

    Raises HaicapError when they are purged.
    """
    archive = open_archive(home)
    raw = readers.read(archive.get(arrival.sha256), arrival.file, make_read_spec(feed))
    tables = hide_sheet_names(raw, feed)  # the faults name sheets as they may be shown
    (cells,) = find_identifying_cells([(tables, faults)], feed)
    return cells


def list_faulty_places(*faults: pd.DataFrame) -> pd.DataFrame:
    """List sheet and row of every row that was refused or remarked on, each once: `source_sheet` str, `source_row`
    int32."""
    return _collect_places(faults, np.zeros(len(faults), dtype=np.int64))[PLACE]


def find_identifying_cells(
    files: Sequence[tuple[Sequence[RawTable], Sequence[pd.DataFrame]]], feed: Feed
) -> list[pd.DataFrame]:
    """Return for each file of a feed (its tables, what was told of its rows) the cells by which its faulty rows are
    found.

    One row per place: `source_sheet`, `source_row`, then text columns by canonical name (a unit's as `unit.code`). A
    place that is no row of data (a total, a header) has no cells, and is there all the same.
    """
    faults = [frame for _, told in files for frame in told]
    places = _collect_places(faults, np.repeat(np.arange(len(files)), [len(told) for _, told in files]))
    if places.empty:
        return [places[PLACE] for _ in files]
    ends = np.searchsorted(places[_FILE].to_numpy(), np.arange(len(files) + 1))
    of_file = [places.iloc[first:after] for first, after in pairwise(ends)]
    names = _list_columns(feed)
    raw = [
        _take_raw_cells(table, number, names, asked)
        for number, ((tables, _), asked) in enumerate(zip(files, of_file, strict=True))
        for table in (tables if len(asked) else ())
    ]
    found = pd.concat(raw, ignore_index=True)
    # Cleaned in one go for all files: a night has thousands of small ones.
    cells = pd.DataFrame({name: text.clean(found[name]) if name in (*names, LINE) else found[name] for name in found})
    whole = places.merge(cells.astype(dict(places.dtypes)), on=[_FILE, *PLACE], how="left")
    spans = zip(pairwise(ends), files, strict=True)
    return [_cut_to_file(whole.iloc[first:after], tables) for (first, after), (tables, _) in spans]


def _cut_to_file(cells: pd.DataFrame, tables: Sequence[RawTable]) -> pd.DataFrame:
    """Return the cells of one file, in the columns that it has."""
    has = set(PLACE)
    if len(cells):
        has |= {str(name) for table in tables for name in table.frame} | ({LINE} if _has_lines(cells) else set())
    return cells[[name for name in cells if name in has]].reset_index(drop=True)


def _has_lines(cells: pd.DataFrame) -> bool:
    return LINE in cells and bool(cells[LINE].notna().any())


def _collect_places(faults: Sequence[pd.DataFrame], of: np.ndarray) -> pd.DataFrame:
    """Collect the places of all faults, each once for each file; `of`: for each frame the number of its file,
    ascending."""
    if not any(len(frame) for frame in faults):
        return _make_empty_places().copy()
    places = pd.concat([frame[PLACE] for frame in faults], ignore_index=True)
    places.insert(0, _FILE, np.repeat(of, [len(frame) for frame in faults]))
    places = places[places["source_row"].notna()].astype(dict(_make_empty_places().dtypes))
    return places.drop_duplicates(ignore_index=True)


@cache
def _make_empty_places() -> pd.DataFrame:
    """Make a frame of no places: most files have nothing to send back."""
    kinds = {_FILE: "int64", "source_sheet": "str", "source_row": "int32"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def _take_raw_cells(table: RawTable, number: int, names: Sequence[str], places: pd.DataFrame) -> pd.DataFrame:
    """Take the cells of the places on one sheet as delivered, and the lines that do not fit its header."""
    sheet = places["source_sheet"]
    rows = places.loc[sheet.isna() if table.sheet is None else sheet.eq(table.sheet), "source_row"]
    here = ["_row", *(name for name in names if name in table.frame)]
    data = table.frame.take(np.flatnonzero(np.isin(table.frame["_row"], rows)))[here]
    lines = table.bad_rows[np.isin(table.bad_rows["_row"], rows)].rename(columns={"text": LINE})
    both = pd.concat([data, lines]) if len(lines) else data
    return both.rename(columns={"_row": "source_row"}).assign(**{_FILE: number, "source_sheet": table.sheet})


def _list_columns(feed: Feed) -> list[str]:
    names: list[str] = []
    for column in feed.contract.columns:
        if column.kind == "unit":
            names += [f"{column.name}.{role}" for role in ("code", "name", "district")]
        elif column.is_key or column.is_personal:
            names.append(column.name)
    return names
