"""Rows of a sheet in letters of an old font → the same rows in Unicode, before header and data are looked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dagster_project.ingest.normalise import text
from dagster_project.ingest.normalise.respelling import Respelling, find_respelling
from dagster_project.ingest.readers.base import Finding, RawTable
from dagster_project.ingest.readers.headers import MAX_HEADER_DEPTH, MAX_HEADING_ROWS, Matcher, find_header

Rows = Sequence[Sequence[Any]] | np.ndarray

_LONG = 2_000
_HEAD = MAX_HEADING_ROWS + MAX_HEADER_DEPTH


@dataclass(frozen=True)
class Spelling:
    """Tells in which letters a sheet was written, besides Unicode, and its cells (row, column; 0-based) that stay
    open."""

    readings: frozenset[str] = frozenset()
    doubtful: frozenset[tuple[int, int]] = field(default=frozenset())

    def note(self, table: RawTable) -> None:
        """Add to a table what its sender must know of its letters."""
        table.findings += [Finding(_RULES[reading], value=reading) for reading in sorted(self.readings)]
        rows = set(table.frame["_row"].to_list()) if self.doubtful else set()
        roles = {column: role for role, column in table.columns.items()}
        table.findings += [
            Finding("two_spellings", row + 1, roles[column])
            for row, column in sorted(self.doubtful)
            if row + 1 in rows and column in roles
        ]


_RULES = {"tcvn3": "old_font", "vni": "old_font", "utf-8-doubled": "doubled_encoding"}
UNICODE = Spelling()


def respell_rows(rows: Rows, matcher: Matcher) -> tuple[Rows, Spelling]:
    """Return the rows as their office reads them, and how they were spelled; the same rows when they are Unicode.

    Header and data are judged apart: a form of before may hold new data, and a new form data of before.
    """
    if not len(rows):
        return rows, UNICODE
    found = find_respelling(_list_texts(_take_sample(rows)))
    if found is None:
        return rows, UNICODE
    above = find_respelling(_list_texts(rows[:_HEAD]), found.readings)
    if above is not None:
        _prefer_headers(above, matcher)
    head = _apply(rows[:_HEAD], above, 0, set())
    header = find_header(head, matcher)
    after = header.after if header is not None else 0
    doubtful: set[tuple[int, int]] = set()
    body = find_respelling(_list_texts(rows[after:]), found.readings)
    told = [*head[:after], *_apply(rows[after:], body, after, doubtful)]
    return told, Spelling(found.readings, frozenset(doubtful))


def _prefer_headers(respelling: Respelling, matcher: Matcher) -> None:
    """Read a text of two meanings as the one that is a header of this feed."""
    for meant, doubtful in zip(respelling.columns, respelling.doubtful, strict=True):
        for written, meanings in doubtful.items():
            named = [one for one in meanings if matcher.find_roles([text.make_header_key(one)])]
            if len(named) == 1:
                meant[written] = named[0]


def _take_sample(rows: Rows) -> Rows:
    """Take all rows of a sheet, of a long one its beginning and every eighth row: an old font comes in blocks."""
    return rows if len(rows) <= _LONG else [*rows[:_LONG], *rows[_LONG::8]]


def _list_texts(rows: Rows) -> list[set[str]]:
    """List the distinct texts of each column."""
    columns: Iterable[Iterable[Any]] = rows.T.tolist() if isinstance(rows, np.ndarray) else zip(*rows, strict=False)
    return [{cell for cell in set(column) if isinstance(cell, str)} for column in columns]


def _apply(rows: Rows, respelling: Respelling | None, first: int, doubtful: set[tuple[int, int]]) -> list[list[Any]]:
    """Respell rows, and note the cells that stay open (`first`: the number of the first row)."""
    if respelling is None:
        return [list(row) for row in rows]
    told = []
    for number, row in enumerate(rows, start=first):
        line = [meant.get(cell, cell) if isinstance(cell, str) else cell
                for cell, meant in zip(row, respelling.columns, strict=True)]  # fmt: skip
        doubtful.update(
            (number, column)
            for column, (cell, unclear) in enumerate(zip(row, respelling.doubtful, strict=True))
            if unclear and cell in unclear
        )
        told.append(line)
    return told
