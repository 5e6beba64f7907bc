"""The cells of a stack of sheets → typed columns. `checks.py` then says what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from dagster_project.contracts.models import Column, Feed
from dagster_project.contracts.registry import Registry
from dagster_project.core.threads import map_on_all_cores
from dagster_project.ingest.normalise.columns import ONE, TypedColumn, normalise_column
from dagster_project.ingest.normalise.content_hash import hash_content
from dagster_project.ingest.normalise.due_dates import read_due_dates
from dagster_project.ingest.normalise.pseudonym import pseudonymise
from dagster_project.ingest.validate.stack import SheetStack
from dagster_project.ingest.validate.unit_columns import UnitColumns, resolve_unit_columns

_NOT_TYPED = ("unit", "phone", "person_name")
"""Kinds of columns that are no typed column: a unit becomes several, phones and names of persons are never kept."""


@dataclass(frozen=True)
class Validation:
    """Holds what all rows of a feed are held against. `key` makes the pseudonyms of persons."""

    feed: Feed
    registry: Registry
    key: bytes


@dataclass(frozen=True)
class Cells:
    """Holds one delivered column: its raw cells, the values that they were read as, and which of them break which rule.

    `faults` is as in `TypedColumn`; all series have the index of the stack.
    """

    column: Column
    raw: pd.Series
    values: pd.Series
    faults: dict[str, pd.Series]


@dataclass(frozen=True)
class TypedRows:
    """Holds all rows of a stack: `frame` has the columns that land and `content_hash`, on the index of the stack.

    `cells`: the columns that the sheets have, in the order of the contract. `units`: None where the contract has no
    column of a unit.
    """

    stack: SheetStack
    feed: Feed
    frame: pd.DataFrame
    cells: Sequence[Cells]
    units: UnitColumns | None


def type_rows(stack: SheetStack, validation: Validation) -> TypedRows:
    """Read all cells into typed columns, resolve the units, and hash what each row says."""
    feed = validation.feed
    columns = [column for column in feed.contract.columns if column.kind not in _NOT_TYPED]
    parsed = _normalise_columns(columns, stack, validation)
    typed: dict[str, pd.Series] = {}
    cells: list[Cells] = []
    for column in columns:
        if column.kind == "due_date":
            cells.append(_read_due_dates(column, stack, typed))
            typed[column.name] = cells[-1].values
        elif column.name in parsed:
            read = parsed[column.name]
            cells.append(Cells(column, stack.frame[column.name], read.values, read.faults))
            typed |= _keep_values(column, read.values, validation)
        else:
            typed |= _keep_values(column, _spread_value_of_sheets(column, stack, validation), validation)
    units = resolve_unit_columns(stack, feed, typed)
    if units is not None:
        typed |= units.columns
    frame = pd.DataFrame(typed, index=stack.index, copy=False)
    frame["content_hash"] = hash_content(frame, feed)
    return TypedRows(stack, feed, frame, cells, units)


def _normalise_columns(columns: Sequence[Column], stack: SheetStack, validation: Validation) -> dict[str, TypedColumn]:
    """Normalise the columns that the sheets have. A due date is left out: it is read from two columns."""
    delivered = [c for c in columns if c.kind != "due_date" and c.name in stack.frame.columns]
    parsed = map_on_all_cores(
        lambda c: _normalise(c, stack.frame[c.name], stack, validation), delivered, len(stack.frame)
    )
    return {column.name: values for column, values in zip(delivered, parsed, strict=True)}


def _normalise(column: Column, raw: pd.Series, stack: SheetStack, validation: Validation) -> TypedColumn:
    codes = validation.registry.code_lists[column.code_list] if column.code_list else None
    sheet = stack.sheets[0]  # sheets of one stack agree on units and styles: they are part of their shape
    factor, style = sheet.factors.get(column.name, ONE), sheet.styles.get(column.name)
    return normalise_column(raw, column, validation.feed.layout, codes, factor, style)


def _read_due_dates(column: Column, stack: SheetStack, typed: dict[str, pd.Series]) -> Cells:
    """Read a due date from the words of one column and the year of another; both stand before it in the contract."""
    words, dated_by = column.read_from
    raw = stack.frame.get(words, pd.Series(None, index=stack.index, dtype=object))
    parsed = read_due_dates(raw, typed[dated_by])
    return Cells(column, raw, parsed.values, parsed.faults)


def _spread_value_of_sheets(column: Column, stack: SheetStack, validation: Validation) -> pd.Series:
    """Spread what all rows of a sheet have in common over them: its date, the period of its file, or the value that a
    title says once. A column of which nobody says anything is NA."""
    sheets = stack.sheets
    match column.kind:
        case "file_period_kind":
            return stack.spread_texts(sheet.filedate.kind for sheet in sheets)
        case "file_period_start":
            return stack.spread_days(sheet.filedate.start for sheet in sheets)
        case "file_period_end":
            return stack.spread_days(sheet.filedate.end for sheet in sheets)
    said = pd.Series([sheet.once.get(column.name) for sheet in sheets], dtype=object)
    return stack.spread(_normalise(column, said, stack, validation).values)


def _keep_values(column: Column, values: pd.Series, validation: Validation) -> dict[str, pd.Series]:
    """Return what is kept of a column: its values, a pseudonym in their place, or nothing."""
    if column.keeps_pseudonym:
        return {f"{column.name}_pseudonym": pseudonymise(values, validation.key)}
    return {} if column.is_personal else {column.name: values}
