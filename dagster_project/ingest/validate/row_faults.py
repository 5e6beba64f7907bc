"""What is wrong with the rows of a stack of sheets, in the words of the rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd

from dagster_project.contracts.models import Column
from dagster_project.contracts.rules import Rule, load_rules
from dagster_project.ingest.persons.mask import mask_figures
from dagster_project.ingest.validate.stack import SheetStack

FAULT_COLUMNS = [
    "source_sheet",
    "source_row",
    "column_name",
    "rule",
    "value",
    "commune_code",
    "message_vi",
    "remedy_vi",
]
SHEET = "sheet_no"
"""Beside them, while the sheets of several files lie in one stack: the position of the sheet."""
_VALUE_LENGTH = 60  # letters of a value that are quoted: enough to find the cell


@dataclass
class Faults:
    """Collects what is wrong with a stack, column by column, as small frames of FAULT_COLUMNS and SHEET."""

    stack: SheetStack
    quarantined: list[pd.DataFrame] = field(default_factory=list)
    found: list[pd.DataFrame] = field(default_factory=list)

    def add(
        self,
        mask: pd.Series,
        rule: str,
        column: Column,
        raw: pd.Series | None,
        refuse: bool,
        hint: pd.Series | None = None,
    ) -> None:
        """List the rows of `mask`: refused or only noted. `hint` is said after the rule's remedy where it has words."""
        if mask.any():
            self.note(mask, load_rules()[rule], column, raw, refuse, hint)

    def note(
        self,
        mask: pd.Series,
        words: Rule,
        column: Column,
        raw: pd.Series | None,
        refuse: bool,
        hint: pd.Series | None = None,
    ) -> None:
        """List the rows of `mask` under a rule that brings its own words (a contradiction's stand in the contract)."""
        rows = mask.index[mask]
        at = self.stack.of[mask.to_numpy()]
        value = (
            None
            if raw is None or column.is_personal
            else mask_figures(raw[rows].astype("str")).str.slice(0, _VALUE_LENGTH)
        )
        frame = pd.DataFrame(
            {
                SHEET: at,
                "source_sheet": [self.stack.sheets[sheet].table.sheet for sheet in at],
                "source_row": self.stack.frame.loc[rows, "_row"],
                "column_name": column.name,
                "rule": words.name,
                "value": value,
                "commune_code": None,
                "message_vi": words.message_vi.format(column=column.label_vi),
                "remedy_vi": words.remedy_vi,
            },
            index=rows,
        )
        if hint is not None and hint[rows].notna().any():
            frame["remedy_vi"] += (" (" + hint[rows].astype("str") + ")").fillna("")
        (self.quarantined if refuse else self.found).append(frame)


def tell_of_file(rule: str, value: str | None) -> pd.DataFrame:
    """Return what is to be told of a file as a whole."""
    words = load_rules()[rule]
    entry = (None, None, None, rule, value, None, words.message_vi, words.remedy_vi)
    return pd.DataFrame([entry], columns=FAULT_COLUMNS).astype({"source_row": "Int32"})


def join_faults(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Join several frames, which may be none, to one of SHEET and FAULT_COLUMNS."""
    return pd.concat(frames, ignore_index=True)[[SHEET, *FAULT_COLUMNS]] if frames else _make_empty_faults().copy()


@cache
def _make_empty_faults() -> pd.DataFrame:
    texts = {column: pd.Series(dtype="str") for column in (SHEET, *FAULT_COLUMNS)}
    return pd.DataFrame(texts).astype({SHEET: "int64", "source_row": "int32"})


def split_by_sheet(faults: pd.DataFrame, stack: SheetStack) -> list[pd.DataFrame]:
    """Return what is told of each sheet, in FAULT_COLUMNS."""
    ordered = faults.sort_values(SHEET, kind="stable")
    ends = np.searchsorted(ordered[SHEET].to_numpy(), np.arange(len(stack.sheets) + 1))
    ordered = ordered[FAULT_COLUMNS]
    return [ordered.iloc[first:after] for first, after in pairwise(ends)]


def place_faults(faults: pd.DataFrame, rows: pd.DataFrame, stack: SheetStack) -> pd.DataFrame:
    """Add the commune of each row that is told of, where it is known; name a cell once, however many facts it gave."""
    if not len(faults):
        return faults
    if "commune_code" in rows:
        at = SheetStack.number_places(faults[SHEET].to_numpy(), faults["source_row"])
        places = stack.places
        of_rows = np.flatnonzero(np.isin(places, at))
        communes = pd.Series(rows["commune_code"].iloc[of_rows].astype("str").array, index=places[of_rows])
        named = communes[~communes.index.duplicated()].reindex(at)
        faults = faults.assign(commune_code=named.array)
    return faults.drop_duplicates([SHEET, "source_row", "column_name", "rule", "value"])
