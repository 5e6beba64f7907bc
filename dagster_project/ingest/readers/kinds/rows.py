"""Which rows of a sheet are data, and what the others are: groups, totals, notes, signatures, repeated headers.

A row is never judged by its position alone. Rows that have a running number and everything required are data
without a further look, so that the closer look is paid only for the few that are odd.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from dagster_project.ingest.normalise import text
from dagster_project.ingest.readers.base import ROW_UNIT
from dagster_project.ingest.readers.headers import Header
from dagster_project.ingest.readers.kinds.parts import (
    find_closing_sums,
    find_heads,
    find_marked_parts,
    find_numbered_parts,
)
from dagster_project.ingest.readers.wording.labels import (
    CARRIED_OVER,
    COMPARISON,
    DISTRICT_NAME,
    GRAND,
    NOTE,
    PLACE,
    SIGNATURE,
    TOTAL,
    is_group_label,
)
from dagster_project.ingest.readers.wording.limits import is_no_sum

# What a project consists of, under the project's own row: contained in it, and no row of its own.
_PART_OF_A_ROW = re.compile(
    r"(?:[-–+•*]\s*)?(?:trong đó|tr\.?\s?đó|bao gồm|gồm)(?!\w)"
    r"|[-–+•*]\s*(?:đợt|hợp phần|hạng mục|phần|giai đoạn|gói)(?!\w)"
)
_NUMBERED_TOTAL = re.compile(rf"{GRAND}(?: chung)?(?:\s*[:(].*)?")
_ARABIC = re.compile(r"\(?\d+(?:\.\d+)*[.)]?")
_LOWER_NUMBER = re.compile(r"\(?\d+\.\d+(?:\.\d+)*[.)]?")
_ROMAN = re.compile(r"[ivx]+[.)]?")
_LETTER = re.compile(r"[a-zđ][.)]?")
_BULLET = re.compile(r"[-+*•–][.)]?")
_NUMBERISH = re.compile(r"[-+(−–]?\s*\d[\d., ]*%?\)?")
# Codes of projects and plots: four digits or more, or letters and digits mixed ("DA-014").
_CODE = re.compile(r"\d{4,}|(?=\S*\d)(?=\S*[^\W\d_])\S{3,}")
_COLUMN_NUMBER = re.compile(r"\(?(?:(\d{1,3})|[a-zđ])\)?(?:\s*=.*)?")


Group = tuple[int, str, int]
"""A row that heads rows or closes them: its number, its label and its level (0 without a mark)."""


@dataclass
class RowKinds:
    """Tells of each row after the header what it is: `kinds` ("data", "blank" or a RowKind), and of the odd rows what
    their totals need. `sums`: rows that sum up the rows of one key directly below or above them → the first and
    last of those."""

    kinds: np.ndarray
    labels: dict[int, str]
    levels: dict[int, int]
    with_numbers: set[int]
    numbered: set[int]
    sums: dict[int, tuple[int, int]] = field(default_factory=dict)

    def spread(self, kinds: np.ndarray, rows: np.ndarray) -> RowKinds:
        """Return the same of a longer sheet, of which only `rows` were judged; `kinds` has them all."""
        place = rows.tolist()
        return RowKinds(
            kinds,
            {place[row]: label for row, label in self.labels.items()},
            {place[row]: level for row, level in self.levels.items()},
            {place[row] for row in self.with_numbers},
            {place[row] for row in self.numbered},
            {place[row]: (place[first], place[last]) for row, (first, last) in self.sums.items()},
        )


def find_filled_cells(grid: np.ndarray) -> np.ndarray:
    """Find cells that hold anything (a lone space counts until it is looked at)."""
    return np.asarray((grid != "") & (grid != None), dtype=bool)  # noqa: E711 - cell by cell


def classify(
    grid: np.ndarray,
    header: Header,
    required: frozenset[str],
    sure: np.ndarray | None = None,
    filled: np.ndarray | None = None,
) -> RowKinds:
    """Judge the rows below a header (object cells, rows × columns of the sheet).

    `sure`: rows already known as data (a caller that has looked at whole columns); by default those with a running
    number and everything required. `filled`: `find_filled_cells` of the grid, where the caller needs them too.
    """
    filled = find_filled_cells(grid) if filled is None else filled
    if sure is None:
        sure = _find_sure_data(grid, filled, header, required)
    sure = sure.copy()
    numbering = [row for row in np.flatnonzero(filled.any(axis=1))[:2] if is_column_numbers(grid[row])][:1]
    sure[numbering] = False  # it looks like data
    kinds = np.where(sure, "data", "blank").astype("U14")
    odd = np.flatnonzero(~sure & filled.any(axis=1))
    result = RowKinds(kinds, {}, {}, set(), set())
    if len(odd):
        _judge(grid[odd], odd, header, result)
        heads = find_heads(grid, filled, header, list_needed_columns(header, required), kinds)
        kinds[list(heads)] = "group"
        kinds[find_numbered_parts(grid, odd, header, kinds)] = "part"
        kinds[find_marked_parts(grid, header, kinds, result.labels, result.with_numbers)] = "part"
        result.sums = heads | find_closing_sums(grid, header, kinds, result.labels)
        result.kinds[numbering] = "column_numbers"
        below = np.flatnonzero(result.kinds == "header") + 1
        result.kinds[[row for row in below if row < len(grid) and is_column_numbers(grid[row])]] = "column_numbers"
        _close_tail(result, odd)
        result.labels = {row: said for row, said in result.labels.items() if kinds[row] in ("group", "total")}
    return result


def _find_sure_data(grid: np.ndarray, filled: np.ndarray, header: Header, required: frozenset[str]) -> np.ndarray:
    needed = list_needed_columns(header, required)
    if header.ordinal is None or not needed:
        return np.zeros(len(grid), dtype=bool)
    ordinals = pd.to_numeric(pd.Series(grid[:, header.ordinal], dtype=object), errors="coerce")
    sure = ordinals.mod(1).eq(0).to_numpy()  # "1.1" may number a part of row 1
    for columns in needed:
        sure = sure & filled[:, columns].any(axis=1)
    return np.asarray(sure)


def list_needed_columns(header: Header, required: frozenset[str]) -> list[list[int]]:
    """List for each required fact the columns that may tell it: a unit stands by its code, by its name, or by both."""
    told: dict[str, set[int]] = {}
    for role in required & header.columns.keys():
        told.setdefault(role.split(".")[0], set()).add(header.columns[role])
    return [sorted(columns) for columns in told.values()]


def _judge(rows: np.ndarray, numbers: np.ndarray, header: Header, result: RowKinds) -> None:
    """Fill in the kinds of the odd rows. All tests run on the distinct texts of their cells."""
    words = text.make_keys(pd.Series(rows.reshape(-1), dtype=object)).fillna("")
    cells = words.to_numpy(dtype=object).reshape(rows.shape)
    filled = cells != ""
    numeric = _matches(words, _NUMBERISH).reshape(rows.shape) & filled
    missing = np.isin(cells, list(text.MISSING)) & filled
    arabic, level = _read_ordinals(cells, header)
    lead = filled.copy()
    if header.ordinal is not None:
        lead[arabic | (level > 0), header.ordinal] = False
    row = np.arange(len(rows))
    said = lead & ~numeric & ~missing
    at = np.where(said.any(axis=1), said.argmax(axis=1), lead.argmax(axis=1))  # first word, else first cell
    label = pd.Series(np.where(lead.any(axis=1), cells[row, at], ""), dtype=object)
    mapped = np.zeros(rows.shape[1], dtype=bool)
    mapped[[at for role, at in header.columns.items() if not role.startswith(ROW_UNIT)]] = True
    other = lead & mapped
    other[row, at] = False
    n_words = (other & ~numeric & ~missing).sum(axis=1)
    is_number = numeric & ~missing & mapped
    is_number[:, [header.ordinal] if header.ordinal is not None else []] = False
    n_numbers = is_number.sum(axis=1)
    may_be_code = lead & mapped
    may_be_code[:, header.amounts] = False  # a sum in plain digits is none
    is_code = _has_code(rows, words, may_be_code)
    signing = (_matches(words, SIGNATURE).reshape(rows.shape) & filled).sum(axis=1)
    kinds = np.full(len(rows), "group", dtype="U14")
    names_place = _matches(label, PLACE, whole=False) | _matches(label, DISTRICT_NAME, whole=False)
    heads_rows = names_place & ~np.isin(at, _list_place_columns(header))
    looks_like = _looks_like_data(arabic, header.ordinal is not None, n_words, n_numbers, is_code)
    kinds[looks_like & ~(heads_rows & ~is_code & (n_words == 0))] = "data"
    # A commune in its own column beside figures: a row whose key was not written again, no total of nothing.
    is_own_place = _matches(label, PLACE, whole=False) & ~heads_rows
    kinds[~arabic & (level == 0) & is_own_place & (n_numbers > 0)] = "data"
    kinds[~arabic & _matches(label, NOTE, whole=False)] = "note"
    # More than half of the cells speak of signing: a lone "Giám đốc" may be the name of a column's value.
    kinds[~arabic & (n_numbers == 0) & (signing * 2 > filled.sum(axis=1))] = "signature"
    # Figures without a single word: a total row whose label was merged away.
    unlabelled = ~arabic & (level == 0) & (n_numbers >= 2) & ~(filled & ~numeric & ~missing).any(axis=1)
    kinds[~arabic & (_matches(label, TOTAL, whole=False) | unlabelled)] = "total"
    kinds[arabic & ~is_code & (n_words == 0) & _matches(label, _NUMBERED_TOTAL)] = "total"
    is_about = _matches(label, CARRIED_OVER) | ((kinds == "group") & _matches(label, COMPARISON, whole=False))
    kinds[~arabic & (level == 0) & is_about] = "note"
    last = max(np.flatnonzero(result.kinds == "data").max(initial=-1), numbers[kinds == "data"].max(initial=-1))
    closes = ~arabic & (level == 0) & (n_numbers > 0) & (numbers > last) & np.isin(kinds, ("group", "total"))
    kinds[closes & np.array([is_no_sum(said) for said in label], dtype=bool)] = "note"
    kinds[~arabic & (n_numbers > 0) & (kinds == "group") & _matches(label, DISTRICT_NAME, whole=False)] = "total"
    data = numbers[kinds == "data"]
    first = min(
        np.flatnonzero(result.kinds == "data").min(initial=len(result.kinds)), data.min(initial=len(result.kinds))
    )
    is_lower = ~arabic | _matches(pd.Series(cells[:, header.ordinal or 0], dtype=object), _LOWER_NUMBER)
    kinds[is_lower & _matches(label, _PART_OF_A_ROW, whole=False) & (numbers > first)] = "part"
    kinds[_is_header_again(cells, header)] = "header"
    kinds[~filled.any(axis=1)] = "blank"
    result.kinds[numbers] = kinds
    result.numbered = set(numbers[arabic].tolist())
    structure = np.flatnonzero(np.isin(kinds, ("group", "total")))
    _note_structure(result, numbers[structure], label[structure], level[structure], n_numbers[structure])


def _note_structure(
    result: RowKinds, numbers: np.ndarray, label: pd.Series, level: np.ndarray, n_numbers: np.ndarray
) -> None:
    """Note what the groups and totals among the odd rows are called, at which level, and which of them have figures."""
    result.labels = dict(zip(numbers.tolist(), map(str, label), strict=True))
    result.levels = dict(zip(numbers.tolist(), level.tolist(), strict=True))
    result.with_numbers = set(numbers[n_numbers > 0].tolist())


def _list_place_columns(header: Header) -> list[int]:
    """List the columns of communes: a name there is of the row's own place, not of the rows below it."""
    return [
        index for role, index in header.columns.items() if role.split(".")[0] == "commune" or role.endswith(".name")
    ]


def _has_code(rows: np.ndarray, words: pd.Series, asked: np.ndarray) -> np.ndarray:
    """Find rows in which one of the cells asked for is a code: text (no number cell) of digits, or of digits and
    letters."""
    is_text = pd.Series(rows.reshape(-1), dtype=object).map(type).isin([str]).to_numpy()
    codes = (is_text & _matches(words, _CODE)).reshape(rows.shape) & asked
    return np.asarray(codes.any(axis=1))


def _looks_like_data(
    arabic: np.ndarray, has_ordinal: bool, n_words: np.ndarray, n_numbers: np.ndarray, is_code: np.ndarray
) -> np.ndarray:
    """Find numbered rows with a code, a figure or a second word; a row without a number needs more to be believed."""
    if not has_ordinal:
        return np.asarray((n_words >= 1) | is_code)
    unnumbered = (n_words >= 2) | (is_code & (n_words + n_numbers >= 1))
    return np.asarray(np.where(arabic, (n_words >= 1) | is_code | (n_numbers >= 1), unnumbered))


def _read_ordinals(cells: np.ndarray, header: Header) -> tuple[np.ndarray, np.ndarray]:
    """Read the running-number column: which marks are Arabic, and the level of the others (A 1, I 2, bullet 4,
    none 0)."""
    if header.ordinal is None:
        return np.zeros(len(cells), dtype=bool), np.zeros(len(cells), dtype=int)
    marks = pd.Series(cells[:, header.ordinal], dtype=object)
    level = np.select([_matches(marks, _ROMAN), _matches(marks, _LETTER), _matches(marks, _BULLET)], [2, 1, 4], 0)
    return _matches(marks, _ARABIC), level


def _matches(values: pd.Series, pattern: re.Pattern[str], whole: bool = True) -> np.ndarray:
    """Tell which texts fit; each distinct text is tried once."""
    test = pattern.fullmatch if whole else pattern.match
    cells = text.find_distinct(values)
    return np.asarray(np.array([test(value) is not None for value in cells.values], dtype=bool)[cells.codes])


def _is_header_again(cells: np.ndarray, header: Header) -> np.ndarray:
    """Find rows that repeat the header, as a page break leaves them."""
    said = {index: text.make_key(name) for index, name in zip(_list_named_columns(header), header.texts, strict=True)}
    same = sum((cells[:, index] == name).astype(int) for index, name in said.items())
    return np.asarray(same >= max(2, (len(said) + 1) // 2))


def _list_named_columns(header: Header) -> list[int]:
    unnamed = set(header.unnamed)
    return [index for index in range(len(header.texts) + len(unnamed)) if index not in unnamed]


def is_column_numbers(row: Iterable[Any]) -> bool:
    """Tell whether a row is "1 2 3=4+5": short numbers that only grow, or letters before them."""
    said = [text.make_key(value) for value in map(text.write_cell, row) if value is not None and value.strip()]
    found = [_COLUMN_NUMBER.fullmatch(value) for value in said]
    if len(said) < 3 or not all(found):
        return False
    numbers = [int(match[1]) for match in found if match is not None and match[1]]
    return len(numbers) >= 2 and numbers[0] <= 2 and all(a < b for a, b in pairwise(numbers))


def _close_tail(result: RowKinds, odd: np.ndarray) -> None:
    """Give what follows a note or a signature after the last data row the same kind (names of signers, further
    lines)."""
    kinds = result.kinds
    triggers = odd[np.isin(kinds[odd], ("note", "signature"))]
    if not len(triggers):
        return
    certain = kinds == "data"
    certain[[row for row in odd if row not in result.numbered]] = False
    last_data = np.flatnonzero(certain).max(initial=-1)
    current = ""
    for row in odd[odd >= max(triggers[0], last_data)]:
        if kinds[row] in ("note", "signature") and current != "signature":
            current = str(kinds[row])
        follows = kinds[row] == "group" or (current == "signature" and kinds[row] == "data")
        if current and follows and row not in result.numbered:
            kinds[row] = current


def find_places_of_groups(result: RowKinds, height: int) -> np.ndarray | None:
    """Find for each row the commune that the group row above it names; None when no group row names one."""
    return spread_places(list_groups(result, np.arange(height)), height)


def list_groups(result: RowKinds, numbers: np.ndarray) -> list[Group]:
    """List the rows that head rows or close them; `numbers` gives the number of each row."""
    return [
        (int(numbers[row]), result.labels[row], result.levels[row])
        for row in sorted(result.labels.keys() - result.sums)
    ]


def spread_places(groups: Sequence[Group], height: int) -> np.ndarray | None:
    """Spread the communes that groups name over the rows below them, by number; None when none names one.

    A total, a district or a group ends it, but a group with a mark of a really lower level ("-" under "I").
    """
    groups = sorted(groups)
    if not any(PLACE.match(label) for _, label, _ in groups):
        return None
    places = np.full(height, None, dtype=object)
    for nth, (row, label, level) in enumerate(groups):
        if PLACE.match(label):
            ends = (
                other
                for other, said, rank in groups[nth + 1 :]
                if is_group_label(said) or rank <= (level or 3) or TOTAL.match(said)
            )
            places[row + 1 : next(ends, height)] = label
    return places


def find_marked_groups(result: RowKinds) -> list[int]:
    """Find the group rows that say so: by their mark ("I", "A", "-"), or by the name of a district or a commune."""
    groups = ((row, label) for row, label in result.labels.items() if result.kinds[row] == "group")
    return [row for row, label in groups if result.levels[row] or DISTRICT_NAME.match(label) or PLACE.match(label)]
