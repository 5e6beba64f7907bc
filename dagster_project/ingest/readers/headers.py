"""Which column is which: headers matched by normalised text, never by position, over one or several merged rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dagster_project.ingest.normalise import data_dates, quantities, text
from dagster_project.ingest.normalise.periods import DataDate
from dagster_project.ingest.normalise.wording.year_words import drop_years_of_other_money
from dagster_project.ingest.readers.base import ORDINALS, ROW_UNIT, ReadSpec
from dagster_project.ingest.readers.wording.limits import (
    DONE,
    OF_A_PART,
    OF_THE_WHOLE,
    OF_THE_YEAR,
    QUALIFIER,
    YEAR,
    find_limit,
    find_year,
    says_which,
)

MAX_HEADING_ROWS = 40  # a heading block is 6–12 rows; a header further down is no header
MAX_HEADER_DEPTH = 6
Key = tuple[str, str | None]
_UNIT = re.compile(r"[^\W\d_]|%")


@dataclass(frozen=True)
class Claim:
    """Tells of a column that answers to a role: its place, the texts above it from the top down, and whether they are
    the role's header word for word (with its bracket)."""

    index: int
    path: tuple[str, ...]
    is_exact: bool


@dataclass
class Header:
    """Tells where the header stands (0-based, from `first` to before `after`) and what its columns are.

    `heads`: role → the text that names it, the path ("Thanh toán KLHT/NSTW") where the lowest cell alone does not.
    `claims`: role → the columns that answer to its name, the one that it is read from first. `paths`: column → the
    texts above it from the top down; neither the running number nor columns without a text are among them. `lost`: role
    → the columns that bear its name, yet say that they hold something else, and what ("kế hoạch"). `keys`: the
    columns that say which thing a row speaks of; `amounts`: those of figures.
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
    claims: dict[str, list[Claim]] = field(default_factory=dict)
    paths: dict[int, tuple[str, ...]] = field(default_factory=dict)
    lost: dict[str, list[tuple[str, Claim]]] = field(default_factory=dict)
    keys: list[int] = field(default_factory=list)
    amounts: list[int] = field(default_factory=list)

    @property
    def rivals(self) -> dict[str, list[Claim]]:
        """Returns the roles that several columns claim, and no rule decides between them."""
        return {role: claims for role, claims in self.claims.items() if len(claims) > 1}


class Matcher:
    """Matches header texts with the aliases of a layout. The exact text (with its bracket) wins; else the text without
    brackets, when the bracket alone does not part two roles ("Máy tính (cần)" and "(có)")."""

    def __init__(self, spec: ReadSpec) -> None:
        self.spec = spec
        self.exact: dict[Key, list[str]] = {}
        brackets: dict[str, set[str | None]] = {}
        self.bare: dict[str, list[str]] = {}
        for role, names in spec.aliases.items():
            for name in names:
                key = text.make_header_key(name)
                for known in (self.exact.setdefault(key, []), self.bare.setdefault(key[0], [])):
                    known += [role] if role not in known else []
                brackets.setdefault(key[0], set()).add(key[1])
        self._names: dict[str, bool] = {}
        self._leaves = Counter(leaf for key, roles in self.exact.items() for leaf in _list_leaves(key) for _ in roles)
        self.ambiguous = {key for key, units in brackets.items() if len(units) > 1 and len(self.bare[key]) > 1}

    def count_roles(self, row: Sequence[str]) -> int:
        """Count how many roles a row can name at most, as the last row of its columns' paths."""
        return sum(self._leaves[text.make_header_key(cell)[0]] for cell in row if cell.strip())

    def is_name(self, cell: str) -> bool:
        """Tell whether a cell is the header of a column, or the end of one; each distinct text is looked at once."""
        if cell not in self._names:
            self._names[cell] = text.make_header_key(cell)[0] in self._leaves
        return self._names[cell]

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
        """Return the roles whose header stands in two cells, one under the other: only its whole text counts, which
        comes last in `keys`, with or without its bracket."""
        for key in keys:
            if key in self.exact:
                return self.exact[key]
        name = keys[-1][0] if keys else ""
        return [] if name in self.ambiguous else self.bare.get(name, [])


def _list_leaves(key: Key) -> set[str]:
    """List what the lowest cell of a column may say that bears this header, when its parents say the rest."""
    words = key[0].rsplit("/", 1)[-1].split(" ")
    return {key[0], *(" ".join(words[at:]) for at in range(len(words))), *filter(None, [key[1]])}


def find_header(rows: Sequence[Sequence[Any]] | np.ndarray, matcher: Matcher) -> Header | None:
    """Find the header of a sheet: the block of 1–6 rows that names most columns, the shortest and highest such block.

    None when no block names at least two columns and half of the required ones.
    """
    top = rows[: MAX_HEADING_ROWS + MAX_HEADER_DEPTH]
    head = [[cell if isinstance(cell, str) else "" for cell in row] for row in top]
    best: Header | None = None
    for most, depth, first in _list_blocks(head, matcher):
        if best is not None and (most, -depth, -first) <= _rank(best):
            break  # neither it nor one that follows can be better
        header = read_header(head[first : first + depth], first, matcher)
        if best is None or _rank(header) > _rank(best):
            best = header
    if best is not None:
        with_numbers = {row for row in range(len(head)) if any(isinstance(cell, (int, float)) for cell in rows[row])}
        best = _take_in_dividing_rows(_take_in_rows_above(best, head, matcher), head, with_numbers, matcher)
        best = _take_in_unit_rows(best, head, with_numbers, matcher)
        said = "\n".join(cell for row in head[: best.first] for cell in row if cell.strip())
        years = frozenset(YEAR.findall(drop_years_of_other_money(text.make_key(said))))
        dated = data_dates.find_day_stated(said)
        best = read_header(head[best.first : best.after], best.first, matcher, years, dated)
    required = matcher.spec.required
    if best is not None:
        best.keys = matcher.spec.list_key_columns(best.columns)
        best.amounts = [index for role, index in best.columns.items() if role in matcher.spec.amounts]
    # Half of the required columns are a header with faults, which is reported; fewer are a line of another table.
    enough = max(min(2, len(matcher.spec.aliases)), (len(required) + 1) // 2)
    if best is None or len(best.columns) < enough:
        return None
    take_unit_columns(best)
    return best


def take_unit_columns(header: Header) -> None:
    """Take the columns in which each row names its unit ("ĐVT") among those that are read."""
    taken = set(header.columns.values())
    found = [at for at, path in header.paths.items() if at not in taken and quantities.is_unit_heading(path[-1])]
    header.columns |= {f"{ROW_UNIT}{nth or ''}": at for nth, at in enumerate(found)}
    names = {" ".join(header.paths[at][-1].split()) for at in found}
    header.unknown = [name for name in header.unknown if name not in names]


def _list_blocks(head: Sequence[Sequence[str]], matcher: Matcher) -> list[tuple[int, int, int]]:
    """List the blocks that may be a header (how many roles it can name at most, depth, first row), best rank first."""
    counts = [matcher.count_roles(row) for row in head]
    blocks = [
        (sum(counts[first : first + depth]), depth, first)
        for first in range(min(len(head), MAX_HEADING_ROWS))
        if sum(1 for cell in head[first] if cell.strip()) >= min(2, len(head[first]))
        for depth in range(1, min(MAX_HEADER_DEPTH, len(head) - first) + 1)
    ]
    return sorted(blocks, key=lambda block: (-block[0], block[1], block[2]))


def _rank(header: Header) -> tuple[int, int, int]:
    named = header.columns.keys() | {role for role, claims in header.lost.items() if claims}
    return len(named), header.first - header.after, -header.first


def _take_in_rows_above(header: Header, head: Sequence[Sequence[str]], matcher: Matcher) -> Header:
    """Take in the rows above the ones that name the columns, up to the highest that names the running number, or says
    of some columns that they are of a part of the time, of the whole, planned or done: the names below do not tell it.
    """
    first = header.first
    leftmost = min((header.columns[role] for role in header.columns.keys() & matcher.spec.amounts), default=1)
    for row in range(header.first - 1, max(header.after - MAX_HEADER_DEPTH, 0) - 1, -1):
        if not any(cell.strip() for cell in head[row]):
            break
        has_ordinal = header.ordinal is None and any(text.make_header_key(cell)[0] in ORDINALS for cell in head[row])
        if has_ordinal or _says_which(head[row], leftmost):
            first = row
    return header if first == header.first else read_header(head[first : header.after], first, matcher)


def _says_which(row: Sequence[str], leftmost: int) -> bool:
    """Tell whether a row of a header says which of several figures stands below; a title over the table does not.

    `leftmost`: the first column of figures. A lone text is a title where it stands before it, or in capitals.
    """
    said = [(at, cell) for at, cell in enumerate(row) if cell.strip()]
    keys = [text.make_key(cell) for _, cell in said]
    if len(said) == 1:
        ((at, cell),) = said
        if at == 0 or keys[0].startswith("("):
            return False
        if at < leftmost or (cell.isupper() and " " in cell):
            return bool(OF_A_PART.search(keys[0]) or OF_THE_WHOLE.search(keys[0]) or DONE.search(keys[0]))
    return any(map(says_which, keys))


def _take_in_dividing_rows(
    header: Header, head: Sequence[Sequence[str]], with_numbers: set[int], matcher: Matcher
) -> Header:
    """Take in the rows under a header that divide its merged cells and name no column: "Kế hoạch", "Thực tế"."""
    while header.after < len(head) and header.after - header.first < MAX_HEADER_DEPTH:
        if header.after in with_numbers or not _divides_header(head[header.after], header):
            break
        header = read_header(head[header.first : header.after + 1], header.first, matcher)
    return header


def _divides_header(row: Sequence[str], header: Header) -> bool:
    """Tell whether a row only says which figures its columns hold ("Kế hoạch"), or names columns that the header left
    without a name, and beside them at most those under which they are merged."""
    said = {index for index, cell in enumerate(row) if cell.strip()}
    if said and all(QUALIFIER.fullmatch(text.make_header_key(row[index])[0]) for index in said):
        return True
    unnamed = set(header.unnamed)
    merged = {index for index in said if index + 1 in unnamed}
    return bool(said & unnamed) and said <= unnamed | merged and all(_UNIT.search(row[index]) for index in said)


def _is_row_of_bare_units(said: Sequence[str]) -> bool:
    """Tell whether cells are units without brackets: "m2", "hộ", "triệu đồng"; one at least is no word else."""
    kinds = [quantities.name_bare_unit(cell) for cell in said]
    return "unit" in kinds and None not in kinds


def _take_in_unit_rows(header: Header, head: list[list[str]], with_numbers: set[int], matcher: Matcher) -> Header:
    """Take in the rows under a header that hold units in brackets: "(ha)", "(hộ)", alone or beside the second line of
    other columns' names. Between may stand rows that the names reach over as merged cells, empty or with the names of
    other columns; no row with a figure."""
    after, read = header.after, set(header.columns.values())
    for row in range(header.after, min(header.first + MAX_HEADER_DEPTH, len(head))):
        said = [cell for cell in head[row] if cell.strip()]
        bare = [text.make_header_key(cell)[0] for cell in said]
        if row not in with_numbers and _is_row_of_bare_units(said):
            head[row] = [f"({cell})" if cell.strip() and "(" not in cell else cell for cell in head[row]]
            after = row + 1
            break
        # At "(1) (2) (3=4+5)", too: numbers of columns are no units.
        has_figure = any(re.search(r"\d", name) for name in bare) or row in with_numbers
        if has_figure or any(not name and not _UNIT.search(cell) for name, cell in zip(bare, said, strict=True)):
            break
        units = [index for index, cell in enumerate(head[row]) if cell.strip() and not text.make_header_key(cell)[0]]
        after = row + 1 if units and (not any(bare) or read.intersection(units)) else after
    return header if after == header.after else read_header(head[header.first : after], header.first, matcher)


def read_header(
    block: Sequence[Sequence[str]],
    first: int,
    matcher: Matcher,
    years: frozenset[str] = frozenset(),
    dated: DataDate | None = None,
) -> Header:
    """Flatten a block of header rows (merged cells are empty but the first) and match each column.

    Where several columns answer to one role, "lũy kế" goes before "trong tháng" and "thực tế" before "kế hoạch"; a
    column of which any text says that it is planned, of a part of the time or of another time, a remainder or a share,
    is never read as the whole or the fact, also when it stands alone. `years`: those that the title names; `dated`: the
    period that it tells.
    """
    header = Header(first, first + len(block), {}, {}, None, [], [])
    paths = _trace_paths(block)
    for index, path in enumerate(paths):
        if not path:
            header.unnamed.append(index)
            continue
        header.texts.append(path[-1])
        keys, split = _make_keys(path), _make_split_keys(path)
        if keys[-1][0] in ORDINALS and header.ordinal is None:
            header.ordinal = index
            continue
        header.paths[index] = tuple(path)
        is_exact = any(key in matcher.exact for key in keys)
        for role in matcher.find_roles(keys) or matcher.find_split_roles(split):
            header.claims.setdefault(role, []).append(Claim(index, tuple(path), is_exact))
    claims = header.claims
    known = _find_known_times(header, matcher, years)
    for role, of_role in claims.items():
        names = tuple(matcher.spec.aliases[role])
        meaning = matcher.spec.meanings.get(role)
        limits = [
            role not in matcher.spec.names and find_limit(claim.path, names, known, meaning, dated) for claim in of_role
        ]
        header.lost[role] = [(said, claim) for said, claim in zip(limits, of_role, strict=True) if said]
        kept = [claim for said, claim in zip(limits, of_role, strict=True) if not said]
        header.claims = header.claims | {role: _settle(kept, is_of_year=meaning == "of_year")}
    header.claims = {role: settled for role, settled in header.claims.items() if settled}
    for role, (claim, *_) in header.claims.items():
        _take(header, role, claim, matcher)
    # What stands aside for a better column of its role is understood.
    taken = {claim.index for role in header.columns for claim in claims[role]}
    header.unknown = [" ".join(path[-1].split()) for index, path in header.paths.items() if index not in taken]
    return header


def _take(header: Header, role: str, claim: Claim, matcher: Matcher) -> None:
    """Note the column that a role is read from, its name, and its unit."""
    path = claim.path
    header.columns[role] = claim.index
    is_leaf = role in matcher.find_roles([text.make_header_key(path[-1])])
    header.heads[role] = " ".join((path[-1] if is_leaf else "/".join(path)).split())
    unit = next((said for part in reversed(path) if (said := text.find_brackets(part))), None)
    if unit:  # its own, else that of the header which it stands under: "Kinh phí (triệu đồng)"
        header.units[role] = unit


def _find_known_times(header: Header, matcher: Matcher, years: frozenset[str]) -> frozenset[str]:
    """Find the texts of times that say nothing of one column: those above all columns of figures (two at least), and
    the year that the title names, or the only one of the header."""
    figures = {claim.index for role in header.claims.keys() & matcher.spec.amounts for claim in header.claims[role]}
    parts = {text.make_key(part) for path in header.paths.values() for part in path}
    above = {
        part for part in parts
        if len(figures) > 1 and all(part in map(text.make_key, header.paths[index]) for index in figures)
    }  # fmt: skip
    said = {year for part in parts if (year := find_year(part))}
    return frozenset(above | (years or (said if len(said) == 1 else set())))


def _settle(claims: Sequence[Claim], *, is_of_year: bool) -> list[Claim]:
    """Drop the columns that are less than others; what is left has equal rights. Of money of one year the year goes
    before a "lũy kế" that may reach further back."""
    left = list(claims)
    for better in (*([OF_THE_YEAR] if is_of_year else []), OF_THE_WHOLE, DONE):
        left = [claim for claim in left if any(better.search(text.make_key(part)) for part in claim.path)] or left
    return [claim for claim in left if claim.is_exact] or left


def _trace_paths(block: Sequence[Sequence[str]]) -> list[list[str]]:
    """Trace for each column its header texts from the top down. A parent reaches right over the empty cells of its row,
    but not under another column's own text: what stands above its children stands above it."""
    width = max(len(row) for row in block)
    padded = [[*row, *[""] * (width - len(row))] for row in block]
    paths: list[list[str]] = []
    latest = [-1] * len(padded)  # of each row: the last column so far that has a text
    for column in range(width):
        path: list[str] = []
        reach = 0  # the leftmost column that can stand for this one
        for level, row in enumerate(padded):
            cell = row[column]
            below = any(lower[column].strip() for lower in padded[level + 1 :])
            if cell.strip():
                latest[level] = column
            elif below:
                cell = row[latest[level]] if latest[level] >= reach else ""
            reach = max(reach, latest[level])
            if cell.strip() and cell not in path[-1:]:
                path.append(cell)
        if len(path) > 1 and not text.make_header_key(path[-1])[0]:
            path[-2:] = [f"{path[-2]} {path[-1]}"]  # a row of units alone: "(ha)" belongs to the text above it
        paths.append(path)
    return paths


def _make_keys(path: Sequence[str]) -> list[Key]:
    """Return what a column answers to, best first: its whole path, its parent and itself, itself; one that only says
    which of its parent's figures it holds ("Thực tế") also to what its parent does."""
    keys = [text.make_header_key(part) for part in path]
    if len(keys) == 1:
        return keys
    leaf_unit = keys[-1][1]
    whole = ("/".join(key[0] for key in keys), leaf_unit)
    pair = ("/".join(key[0] for key in keys[-2:]), leaf_unit)
    ends = (f"{keys[0][0]}/{keys[-1][0]}", leaf_unit)
    above = _make_keys(path[:-1]) if QUALIFIER.fullmatch(keys[-1][0]) else []
    return [*dict.fromkeys([whole, pair, ends]), keys[-1], *above]


def _make_split_keys(path: Sequence[str]) -> list[Key]:
    """Return the header that a merged cell and the one below it say together: "Máy tính" over "cần" is "Máy tính
    (cần)", "Diện tích (ha)" over "phải thu hồi" is "Diện tích phải thu hồi (ha)"."""
    if len(path) == 1:
        return []
    (parent, unit), (leaf, leaf_unit) = (text.make_header_key(part) for part in path[-2:])
    return [(parent, leaf), (f"{parent} {leaf}", leaf_unit or unit)]
