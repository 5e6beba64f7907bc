"""The way of a file through validation: raw tables in, typed rows out, each refused row named with its reason.

For each file: rows read = landed + quarantined + not data. A landed row is accepted or a duplicate; which of the two is
the warehouse's to say, since it depends on the other files.

The steps: sheets of one shape become one table (`stack.py`), its cells typed columns (`typed_rows.py`), and every rule
of `checks.py` is held against them; then each sheet gets its own part back, with its control totals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import Registry
from dagster_project.ingest.normalise import text
from dagster_project.ingest.readers.base import RawTable
from dagster_project.ingest.validate.checks import check_rows
from dagster_project.ingest.validate.control_totals import compare_control_totals
from dagster_project.ingest.validate.row_faults import SHEET, join_faults, place_faults, split_by_sheet
from dagster_project.ingest.validate.said_again import find_disagreeing_sheets
from dagster_project.ingest.validate.stack import Sheet, SheetStack, stack_sheets
from dagster_project.ingest.validate.typed_rows import Validation, type_rows


@dataclass
class ValidatedFile:
    """Holds what became of one file. Frames carry `source_sheet` and `source_row`; `rows` also the landed columns."""

    rows: pd.DataFrame
    quarantine: pd.DataFrame
    findings: pd.DataFrame
    totals: pd.DataFrame
    drift: list[tuple[str | None, str]]
    rows_read: int
    rows_not_data: int
    held: pd.DataFrame | None = None
    """Identifying cells of the faulty rows, on their way to the vault; never written anywhere else. None: not known."""

    @property
    def rows_quarantined(self) -> int:
        """Counts the rows that are refused, each once however many of its cells are wrong."""
        return len(self.quarantine.drop_duplicates(["source_sheet", "source_row"]))


def validate_files(files: Sequence[Sequence[Sheet]], feed: Feed, registry: Registry, key: bytes) -> list[ValidatedFile]:
    """Judge every row of some files of one feed against its contract; return the answers in the order of the files.

    What a file's answer is does not depend on which others are validated with it.
    """
    sheets = [sheet for file in files for sheet in file]
    parts: dict[int, ValidatedFile] = {}
    for positions, stack in stack_sheets(sheets):
        parts |= dict(zip(positions, _validate_stack(stack, Validation(feed, registry, key)), strict=True))
    in_order = (parts[position] for position in range(len(sheets)))
    return [_join_sheets([next(in_order) for _ in file], feed) for file in files]


def _join_sheets(parts: Sequence[ValidatedFile], feed: Feed) -> ValidatedFile:
    """Join the answers on the sheets of one file, and hold the sheets against each other."""
    rows = _join_frames([p.rows for p in parts])
    unlike = [find_disagreeing_sheets(rows, feed)] if sum(len(p.rows) > 0 for p in parts) > 1 else []
    return ValidatedFile(
        rows=rows,
        quarantine=_join_frames([p.quarantine for p in parts]),
        findings=_join_frames([*(p.findings for p in parts), *(found for found in unlike if len(found))]),
        totals=_join_frames([p.totals for p in parts]),
        drift=[d for p in parts for d in p.drift],
        rows_read=sum(p.rows_read for p in parts),
        rows_not_data=sum(p.rows_not_data for p in parts),
    )


def _join_frames(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Put frames one below the other and number their rows anew. Categories become texts: those of several frames
    differ."""
    if len(frames) == 1:
        return frames[0].reset_index(drop=True)
    return pd.concat(
        [frame.astype(dict.fromkeys(_list_categories(frame), "str")) for frame in frames], ignore_index=True
    )


def _list_categories(frame: pd.DataFrame) -> list[str]:
    return [str(name) for name in frame if text.is_category(frame[name])]


def _validate_stack(stack: SheetStack, validation: Validation) -> list[ValidatedFile]:
    """Validate the sheets of a stack as one table; return the answer on each of them."""
    feed = validation.feed
    typed = type_rows(stack, validation)
    faults = check_rows(typed)
    rows = typed.frame
    rows.insert(0, "source_sheet", stack.spread_texts(sheet.table.sheet for sheet in stack.sheets))
    rows.insert(1, "source_row", stack.frame["_row"].astype("int32"))
    rows.insert(2, "sheet_date", stack.spread_days(sheet.day for sheet in stack.sheets))
    rows.insert(3, "sheet_no", stack.spread(pd.Series([sheet.number for sheet in stack.sheets], dtype="int32")))
    quarantine = place_faults(join_faults(faults.quarantined), rows, stack)
    findings = place_faults(join_faults(faults.found), rows, stack)
    # A refused row is told of once, by what refuses it: what else was remarked on it has no row to stand at.
    refused = SheetStack.number_places(quarantine[SHEET].to_numpy(), quarantine["source_row"])
    findings = findings[~np.isin(SheetStack.number_places(findings[SHEET].to_numpy(), findings["source_row"]), refused)]
    kept = ~np.isin(stack.places, refused) if len(refused) else np.ones(len(rows), dtype=bool)
    return [
        ValidatedFile(
            rows=landed,
            quarantine=refused_here,
            findings=found_here,
            totals=totals,
            drift=[(sheet.table.sheet, header) for header in _list_unknown_headers(sheet.table, feed)],
            rows_read=sheet.rows_read,
            rows_not_data=len(sheet.table.not_data),
        )
        for sheet, totals, landed, refused_here, found_here in zip(
            stack.sheets,
            compare_control_totals(stack.sheets, feed, _cut(rows, stack.find_slices())),
            _cut(rows if kept.all() else rows[kept], stack.find_slices(kept)),
            split_by_sheet(quarantine, stack),
            split_by_sheet(findings, stack),
            strict=True,
        )
    ]


def _cut(rows: pd.DataFrame, slices: Sequence[slice]) -> Iterator[pd.DataFrame]:
    return iter([rows]) if len(slices) == 1 else (rows.iloc[place] for place in slices)


def _list_unknown_headers(table: RawTable, feed: Feed) -> list[str]:
    known = {text.make_header_key(h)[0] for h in feed.layout.ignored_headers}
    return [h for h in table.unknown_headers if text.make_header_key(h)[0] not in known]
