"""Sheets of one feed, of one file or of many, one below the other: what is done to all of them at once costs once.

A night's files are many and small, and to begin a table costs the same whatever is in it. Sheets whose cells mean the
same, column by column, are validated as one table; whatever differs from file to file (dates, what a title says for all
rows) is spread over the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pandas as pd

from dagster_project.contracts.models import Feed
from dagster_project.ingest.normalise import text
from dagster_project.ingest.normalise.styles import Style
from dagster_project.ingest.readers.base import RawTable
from dagster_project.ingest.validate.file_date import FileDate, find_sheet_days
from dagster_project.ingest.validate.file_units import SheetUnits, drop_unknown_figures, name_units_of_rows
from dagster_project.ingest.validate.sub_columns import unpivot
from dagster_project.ingest.validate.title_values import read_title_values

_ROWS = 32
"""Bits of a row's number within its sheet, in `SheetStack.places`."""


@dataclass(frozen=True)
class Sheet:
    """Holds one table of one file, and what its cells mean.

    `table`: as delivered, sub-columns unpivoted. `rows_read`: of the table as delivered. `day`: its own data date.
    `factors`: column → what one unit of the file is in the contract's unit (đồng, hectares, …). `styles`: column → how
    its numbers and days are written. `once`: column → what the file says for all rows. `is_alone`: whether
    the file has rows on no other sheet. `number`: its place in the file, from 1.
    """

    table: RawTable
    rows_read: int
    filedate: FileDate
    day: date
    factors: dict[str, Decimal]
    styles: dict[str, Style]
    once: dict[str, object]
    is_alone: bool
    number: int

    @property
    def data_date(self) -> date:
        """Returns the last day that the file speaks of."""
        return self.filedate.last_day

    @property
    def shape(self) -> tuple[object, ...]:
        """Returns what is equal for sheets that can be validated as one table: columns, their types, units and
        styles."""
        frame = self.table.frame
        read_as = (*sorted(self.factors.items()), *sorted(self.styles.items(), key=lambda item: item[0]))
        types = ("text" if text.is_text(frame[name]) else str(frame[name].dtype) for name in frame)
        return (*zip(frame.columns, types, strict=True), *read_as)


def make_sheets(
    tables: Sequence[RawTable],
    feed: Feed,
    filedate: FileDate,
    styles: dict[str, Style],
    units: Sequence[SheetUnits],
) -> list[Sheet]:
    """Make the sheets of one file. Raises BlockedFile when it leaves open what they are of."""
    tables = list(tables)
    days = find_sheet_days(feed, tables, filedate)
    once = read_title_values(tables, feed, days)
    is_alone = sum(1 for table in tables if len(table.frame)) <= 1
    return [
        Sheet(
            unpivot(name_units_of_rows(drop_unknown_figures(table, of_sheet.factors, feed), of_sheet), feed),
            table.rows_read,
            filedate,
            day,
            of_sheet.factors,
            styles,
            values,
            is_alone,
            number,
        )
        for number, (table, day, of_sheet, values) in enumerate(zip(tables, days, units, once, strict=True), start=1)
    ]


@dataclass(frozen=True)
class SheetStack:
    """Holds sheets of one shape as one table: `frame` has their raw cells, `of` for each row the position of
    its sheet."""

    sheets: Sequence[Sheet]
    frame: pd.DataFrame
    of: np.ndarray

    @property
    def index(self) -> pd.Index:
        """Returns the index of the rows."""
        return self.frame.index

    @property
    def places(self) -> np.ndarray:
        """Numbers each row by its sheet and row (int64); facts that come from one row of a sheet share the number."""
        return self.number_places(self.of, self.frame["_row"])

    @staticmethod
    def number_places(sheet: np.ndarray, row: pd.Series) -> np.ndarray:
        """Return the same numbers for other rows; a remark that is about no row has a place that no row has."""
        numbers = row.astype("Int64").fillna((1 << _ROWS) - 1).to_numpy("int64")
        return np.asarray((sheet.astype(np.int64) << _ROWS) + numbers)

    def spread(self, values: pd.Series) -> pd.Series:
        """Spread one value for each sheet to one for each row."""
        return text.spread(values, self.of, self.index)

    def spread_days(self, days: Iterable[date | None]) -> pd.Series:
        """Spread one day for each sheet to one for each row, datetime64[us]."""
        return self.spread(pd.Series(list(days), dtype="datetime64[us]"))

    def spread_texts(self, texts: Iterable[str | None]) -> pd.Series:
        """Spread one text for each sheet to one for each row, as categories."""
        return text.make_categories(texts, self.of, self.index)

    def find_slices(self, kept: np.ndarray | None = None) -> list[slice]:
        """Return where the rows of each sheet lie, among all rows or among those that are `kept`."""
        of = self.of if kept is None else self.of[kept]
        ends = np.searchsorted(of, np.arange(len(self.sheets) + 1))
        return [slice(int(first), int(after)) for first, after in pairwise(ends)]


def stack_sheets(sheets: Sequence[Sheet]) -> Iterator[tuple[list[int], SheetStack]]:
    """Stack the sheets of one shape; yield with each stack the positions of its sheets."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for position, sheet in enumerate(sheets):
        alike.setdefault(sheet.shape, []).append(position)
    for positions in alike.values():
        yield positions, _stack([sheets[position] for position in positions])


def _stack(sheets: Sequence[Sheet]) -> SheetStack:
    frames = [sheet.table.frame for sheet in sheets]
    whole = frames[0].reset_index(drop=True) if len(frames) == 1 else _join(frames)
    return SheetStack(sheets, whole, np.repeat(np.arange(len(frames)), [len(frame) for frame in frames]))


def _join(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Join frames of one shape one below the other."""
    columns = {name: text.join([frame[name] for frame in frames]) for name in frames[0] if name != "_row"}
    columns["_row"] = pd.Series(np.concatenate([frame["_row"].to_numpy() for frame in frames]))
    return pd.DataFrame(columns, copy=False)
