"""Rows that go back to their sender: the cells by which the sender finds them, and how they come to the vault.

These cells are the key, the unit and the personal columns, as delivered: the landing does not keep them. They live in
memory until the vault has encrypted them. What was not handed over is read again from the archive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Protocol

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
    names = _list_columns(feed)
    asked = _list_asked_rows([tables for tables, _ in files], places, ends)
    found = _take_raw_cells(asked, names)
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
    told = [(number, frame) for number, frame in zip(of, faults, strict=True) if len(frame)]
    places = pd.DataFrame(
        {
            _FILE: np.repeat([number for number, _ in told], [len(frame) for _, frame in told]),
            "source_sheet": text.join([frame["source_sheet"] for _, frame in told]).array,
            "source_row": pd.concat([frame["source_row"] for _, frame in told]).array,
        }
    )
    places = places[places["source_row"].notna()].astype(dict(_make_empty_places().dtypes))
    return places.drop_duplicates(ignore_index=True)


@cache
def _make_empty_places() -> pd.DataFrame:
    """Make a frame of no places: most files have nothing to send back."""
    kinds = {_FILE: "int64", "source_sheet": "str", "source_row": "int32"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


@dataclass(frozen=True)
class _AskedRows:
    """Holds a sheet of the file of this `number`, where its faulty rows stand in it (`places`), and those of its lines
    that do not fit its header."""

    number: int
    table: RawTable
    places: np.ndarray
    lines: pd.DataFrame

    def __len__(self) -> int:
        return len(self.places) + len(self.lines)

    def take(self, name: str) -> list[Any]:
        """Return the cells of a column, for each row and then each line; None where there is none."""
        frame = self.table.frame
        cells = frame[name].array.take(self.places).tolist() if name in frame else [None] * len(self.places)
        of_lines = self.lines["text" if name == LINE else "_row"].tolist() if name in (LINE, "_row") else None
        return [*cells, *(of_lines if of_lines is not None else [None] * len(self.lines))]


def _list_asked_rows(files: Sequence[Sequence[RawTable]], places: pd.DataFrame, ends: np.ndarray) -> list[_AskedRows]:
    """List the sheets of all files that have faulty rows; `places` from `ends[n]` on are those of file n."""
    sheets = [None if sheet != sheet else sheet for sheet in places["source_sheet"]]
    rows = places["source_row"].to_numpy()
    asked: list[_AskedRows] = []
    for number, (tables, (first, after)) in enumerate(zip(files, pairwise(ends), strict=True)):
        for table in tables if after > first else ():
            wanted = rows[first:after][np.array([sheet == table.sheet for sheet in sheets[first:after]], dtype=bool)]
            here = np.flatnonzero(np.isin(table.frame["_row"].to_numpy(), wanted))
            lines = table.bad_rows[np.isin(table.bad_rows["_row"], wanted)] if len(table.bad_rows) else table.bad_rows
            asked.append(_AskedRows(number, table, here, lines))
    return asked


def _take_raw_cells(asked: Sequence[_AskedRows], names: Sequence[str]) -> pd.DataFrame:
    """Take the cells of faulty rows as delivered, with file, sheet and row; a column for lines where there are some."""
    has = [name for name in names if any(name in one.table.frame for one in asked)]
    has += [LINE] * any(len(one.lines) for one in asked)
    cells = {name: pd.Series([cell for one in asked for cell in one.take(name)], dtype=object) for name in has}
    counts = [len(one) for one in asked]
    return pd.DataFrame(
        {
            _FILE: np.repeat([one.number for one in asked], counts).astype("int64"),
            "source_sheet": pd.Series([one.table.sheet for one in asked], dtype="str").repeat(counts).array,
            "source_row": np.array([row for one in asked for row in one.take("_row")], dtype="int64"),
            **cells,
        }
    )


def _list_columns(feed: Feed) -> list[str]:
    names: list[str] = []
    for column in feed.contract.columns:
        if column.kind == "unit":
            names += [f"{column.name}.{role}" for role in ("code", "name", "district")]
        elif column.is_key or column.is_personal:
            names.append(column.name)
    return names
