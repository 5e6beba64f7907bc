"""Which column is which: headers matched by normalised text, never by position, over one or several merged rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dagster_project.ingest.normalise import text
from dagster_project.ingest.readers.base import ReadSpec

MAX_HEADING_ROWS = 40  # a heading block is 6–12 rows; a header further down is no header
MAX_HEADER_DEPTH = 4
ORDINALS = frozenset({"stt", "tt", "số tt", "số thứ tự", "no", "stt/no"})
"""Headers of the running number: known in every form, so never drift."""

Key = tuple[str, str | None]
_UNIT = re.compile(r"[^\W\d_]|%")


@dataclass
class Header:
    """Tells where the header stands (0-based, from `first` to before `after`) and what its columns are.

    `heads`: role → the text that names it, the path ("Thanh toán KLHT/NSTW") where the lowest cell alone does not.
    """

    first: int
    after: int
    columns: dict[str, int]
    units: dict[str, str]
    ordinal: int | None
    unknown: list[str]
    texts: list[str]
    unnamed: list[int] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)


class Matcher:
    """Matches header texts with the aliases of a layout. The exact text (with its bracket) wins; else the text without
    brackets, when no two aliases differ by the bracket alone ("Máy tính (cần)" and "(có)" do)."""

    def __init__(self, spec: ReadSpec) -> None:
        self.spec = spec
        self.exact: dict[Key, list[str]] = {}
        brackets: dict[str, set[str | None]] = {}
        self.bare: dict[str, list[str]] = {}
        for role, names in spec.aliases.items():
            for name in names:
                key = text.make_header_key(name)
                self.exact.setdefault(key, []).append(role)
                self.bare.setdefault(key[0], []).append(role)
                brackets.setdefault(key[0], set()).add(key[1])
        self._leaves = Counter(leaf for key, roles in self.exact.items() for leaf in _list_leaves(key) for _ in roles)
        self.ambiguous = {key for key, units in brackets.items() if len(units) > 1}

    def count_roles(self, row: Sequence[str]) -> int:
        """Count how many roles a row can name at most, as the last row of its columns' paths."""
        return sum(self._leaves[text.make_header_key(cell)[0]] for cell in row if cell.strip())

    def find_roles(self, keys: Sequence[Key]) -> list[str]:
        """Return the roles read from a column that answers to any of `keys`, by the first that matches."""
        for key in keys:
            if key in self.exact:
                return self.exact[key]
        for name, _ in keys:
            if name in self.bare and name not in self.ambiguous:
                return self.bare[name]
        return []

    def find_split_roles(self, keys: Sequence[Key]) -> list[str]:
        """Return the roles whose header stands in two cells, one under the other: only its whole text counts."""
        return next((self.exact[key] for key in keys if key in self.exact), [])


def _list_leaves(key: Key) -> set[str]:
    """List what the lowest cell of a column may say that bears this header, when its parents say the rest."""
    words = key[0].rsplit("/", 1)[-1].split(" ")
    return {key[0], *(" ".join(words[at:]) for at in range(len(words))), *filter(None, [key[1]])}


def find_header(rows: Sequence[Sequence[Any]] | np.ndarray, matcher: Matcher) -> Header | None:
    """Find the header of a sheet: the block of 1–4 rows that names most columns, the shortest and highest such block.

    None when no block names at least two columns and half of the required ones.
    """
    head = [
        [cell if isinstance(cell, str) else "" for cell in row] for row in rows[: MAX_HEADING_ROWS + MAX_HEADER_DEPTH]
    ]
    best: Header | None = None
    most = [matcher.count_roles(row) for row in head]
    for first in range(min(len(head), MAX_HEADING_ROWS)):
        if sum(1 for cell in head[first] if cell.strip()) < min(2, len(head[first])):
            continue
        for depth in range(1, min(MAX_HEADER_DEPTH, len(head) - first) + 1):
            if best is not None and (sum(most[first : first + depth]), -depth) <= _rank(best):
                continue  # whatever its cells say together, it cannot be better
            header = read_header(head[first : first + depth], first, matcher)
            if best is None or _rank(header) > _rank(best):
                best = header
    if best is not None:
        best = _take_in_unit_rows(best, head, matcher)
    required = matcher.spec.required
    # Half of the required columns are a header with faults, which is reported; fewer are a line of another table.
    enough = max(min(2, len(matcher.spec.aliases)), (len(required) + 1) // 2)
    return best if best is not None and len(best.columns) >= enough else None


def _rank(header: Header) -> tuple[int, int]:
    return len(header.columns), header.first - header.after


def _take_in_unit_rows(header: Header, head: Sequence[Sequence[str]], matcher: Matcher) -> Header:
    """Take in the rows under a header that hold nothing but units in brackets: "(ha)", "(hộ)"."""
    after = header.after
    while after < len(head) and after - header.first < MAX_HEADER_DEPTH:
        said = [cell for cell in head[after] if cell.strip()]
        if not said or any(text.make_header_key(cell)[0] or not _UNIT.search(cell) for cell in said):
            break  # also at "(1) (2) (3=4+5)": numbers of columns are no units
        after += 1
    return header if after == header.after else read_header(head[header.first : after], header.first, matcher)


def read_header(block: Sequence[Sequence[str]], first: int, matcher: Matcher) -> Header:
    """Flatten a block of header rows (merged cells are empty but the first) and match each column."""
    header = Header(first, first + len(block), {}, {}, None, [], [])
    for index, path in enumerate(_trace_paths(block)):
        if not path:
            header.unnamed.append(index)
            continue
        header.texts.append(path[-1])
        keys, split = _make_keys(path), _make_split_keys(path)
        if keys[-1][0] in ORDINALS and header.ordinal is None:
            header.ordinal = index
            continue
        named = matcher.find_roles(keys) or matcher.find_split_roles(split)
        roles = [role for role in named if role not in header.columns]
        if not roles:
            header.unknown.append(" ".join(path[-1].split()))
        for role in roles:
            header.columns[role] = index
            is_leaf = role in matcher.find_roles(keys[-1:])
            header.heads[role] = " ".join((path[-1] if is_leaf else "/".join(path)).split())
            unit = next((said for _, said in reversed([text.make_header_key(part) for part in path]) if said), None)
            if unit:  # its own, else that of the header which it stands under: "Kinh phí (triệu đồng)"
                header.units[role] = unit
    return header


def _trace_paths(block: Sequence[Sequence[str]]) -> list[list[str]]:
    """Trace for each column its header texts from the top down. A parent reaches right over the empty cells of its row,
    but not under another column's own text: what stands above its children stands above it."""
    width = max(len(row) for row in block)
    padded = [[*row, *[""] * (width - len(row))] for row in block]
    paths: list[list[str]] = []
    for column in range(width):
        path: list[str] = []
        reach = 0  # the leftmost column that can stand for this one
        for level, row in enumerate(padded):
            cell = row[column]
            below = any(lower[column].strip() for lower in padded[level + 1 :])
            if not cell.strip() and below:
                cell = next((row[left] for left in range(column - 1, reach - 1, -1) if row[left].strip()), "")
            reach = next((at for at in range(column, reach, -1) if row[at].strip()), reach)
            if cell.strip() and cell not in path[-1:]:
                path.append(cell)
        if len(path) > 1 and not text.make_header_key(path[-1])[0]:
            path[-2:] = [f"{path[-2]} {path[-1]}"]  # a row of units alone: "(ha)" belongs to the text above it
        paths.append(path)
    return paths


def _make_keys(path: Sequence[str]) -> list[Key]:
    """Return what a column answers to, best first: its whole path, its parent and itself, itself."""
    keys = [text.make_header_key(part) for part in path]
    if len(keys) == 1:
        return keys
    leaf_unit = keys[-1][1]
    whole = ("/".join(key[0] for key in keys), leaf_unit)
    pair = ("/".join(key[0] for key in keys[-2:]), leaf_unit)
    ends = (f"{keys[0][0]}/{keys[-1][0]}", leaf_unit)
    return [*dict.fromkeys([whole, pair, ends]), keys[-1]]


def _make_split_keys(path: Sequence[str]) -> list[Key]:
    """Return the header that a merged cell and the one below it say together: "Máy tính" over "cần" is "Máy tính
    (cần)", "Diện tích (ha)" over "phải thu hồi" is "Diện tích phải thu hồi (ha)"."""
    if len(path) == 1:
        return []
    (parent, unit), (leaf, leaf_unit) = (text.make_header_key(part) for part in path[-2:])
    return [(parent, leaf), (f"{parent} {leaf}", leaf_unit or unit)]
