"""How each column of a file writes its numbers and days, decided from all its cells, its total rows among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal

import pandas as pd

from dagster_project.contracts.models import Column, Feed
from dagster_project.ingest.normalise import text
from dagster_project.ingest.normalise.columns import DAYS, NUMBERS
from dagster_project.ingest.normalise.styles import (
    Decision,
    Evidence,
    Style,
    choose_day_orders,
    choose_number_styles,
    count_days,
    count_numbers,
    find_swapped_days,
    read_day_order,
)
from dagster_project.ingest.readers.base import RawTable, find_column_of_role


def find_silent_columns(files: Sequence[Sequence[RawTable]], feed: Feed) -> frozenset[str]:
    """Find the columns of numbers and days of which no cell of any file (its tables) tells how it is written."""
    if len(files) < 2:  # one file alone is not looked at twice
        return frozenset()
    tables = [table for of_file in files for table in of_file]
    silent = set()
    for column in feed.contract.columns:
        cells = list(list_cells(tables, column))
        if cells and column.kind in NUMBERS:
            found = count_numbers(text.join(cells), is_whole=column.kind != "number")
        elif cells and column.kind in DAYS:
            found = count_days(text.join(cells))
        else:
            continue
        silent |= {column.name} if found == Evidence() else set()
    return frozenset(silent)


def decide_styles(
    tables: Sequence[RawTable],
    feed: Feed,
    factors: Sequence[Mapping[str, Decimal]],
    silent: frozenset[str] = frozenset(),
) -> tuple[dict[str, Style], list[Decision]]:
    """Decide the style of every column of numbers or days that a file has, and tell what was decided from which cells.

    `factors`: for each table, what one unit of each column is in the contract's: only where whole đồng are written does
    a part of one prove anything. `silent`: columns whose cells are known to prove nothing.
    """
    layout = feed.layout
    numbers: dict[str, Evidence] = {}
    days: dict[str, Evidence] = {}
    swapped: dict[str, bool] = {}
    headed: dict[str, tuple[str, int]] = {}
    for column in feed.contract.columns:
        cells = list(list_cells(tables, column))
        if cells and column.kind in NUMBERS:
            units = {of_table.get(column.name) for of_table in factors}
            is_whole = column.kind != "number" and units <= {None, Decimal(1)}
            told = () if column.name in silent else cells
            numbers[column.name] = sum((count_numbers(part, is_whole) for part in told), Evidence())
        elif cells and column.kind in DAYS:
            told = () if column.name in silent else cells
            days[column.name] = sum(map(count_days, told), Evidence())
            swapped[column.name] = bool(told) and find_swapped_days(_join(cells), days[column.name])
            said = {
                bracket: order
                for bracket in _list_brackets(tables, column)
                if (order := read_day_order(bracket)).verdict
            }
            if said and not days[column.name].verdict:
                headed[column.name] = "; ".join(said), sum(int(part.notna().sum()) for part in cells)
            days[column.name] = sum(said.values(), days[column.name])
    of_numbers, told_of_numbers = choose_number_styles(numbers, layout.number_style)
    of_days, told_of_days = choose_day_orders(days)
    first_year: Literal[1900, 1904] = 1904 if any(table.extra.get("first_year") == 1904 for table in tables) else 1900
    styles = {name: Style(numbers=style) for name, style in of_numbers.items()}
    styles |= {name: Style("unsure", order, swapped[name], first_year) for name, order in of_days.items()}
    told_of_days = [
        replace(one, told_by=headed[one.column][0], cells=headed[one.column][1]) if one.column in headed else one
        for one in told_of_days
    ]
    told_of_days = [replace(one, choice="swapped") if swapped[one.column] else one for one in told_of_days]
    return styles, [*told_of_numbers, *told_of_days]


def _list_brackets(tables: Sequence[RawTable], column: Column) -> list[str]:
    """List what the headers of a column say in brackets."""
    return [
        bracket
        for table in tables
        for role, bracket in table.header_units.items()
        if len(table.frame) and find_column_of_role(role) == column.name
    ]


def _join(parts: Sequence[pd.Series]) -> pd.Series:
    """Join what the tables of a file hold of a column: few days of one of them tell nothing."""
    return parts[0] if len(parts) == 1 else pd.concat([part.astype(object) for part in parts], ignore_index=True)


def list_cells(tables: Sequence[RawTable], column: Column) -> Iterator[pd.Series]:
    """List the raw cells of a column: of every table, of all its sub-columns, and of the total rows."""
    for table in tables:
        for frame in (table.frame, table.totals):
            for role in frame.columns:
                if len(frame) and find_column_of_role(str(role)) == column.name:
                    yield frame[role]
