"""The tables of a file without persons in other places than the columns for them: the one way from a reader onwards.

Everything that is later said of a file is said with these words: values that land, values in quarantine and findings,
headers, names of sheets. What is still in hand as delivered (columns of persons, cells where a figure is due) lands
as a pseudonym, as a figure, or not at all. Looked at are the distinct texts of a column, never each cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.contracts.models import Column, Feed
from dagster_project.ingest.normalise import text
from dagster_project.ingest.persons.mask import mask_free_text, mask_text, tell_masked
from dagster_project.ingest.persons.person_names import is_person, list_likely_names, mask_names
from dagster_project.ingest.persons.personal_numbers import HIDDEN as NUMBER
from dagster_project.ingest.persons.personal_numbers import restore_zero
from dagster_project.ingest.readers.base import Finding, RawTable, find_column_of_role

_TEXTS = ("id", "code", "text", "free_text", "enum", "flag", "unit")
"""Kinds of columns whose cells are texts; of the others only what cannot be read is told, and masked there."""
_KEYS = ("id", "code", "text")
"""Kinds of key columns that land as written; a unit lands as its code."""
_SUSPECT = r"[^\x00-\x7F]|[0-9](?:[^0-9]{0,3}[0-9]){8}|\S\s+\S+\s+\S|(?i:ong|ba|anh|chi|ho)[^0-9A-Za-z]"
"""What a text with a person in it has, for Arrow; most codes and numbers of dossiers have none."""
_SUSPECT_RE = re.compile(_SUSPECT)
_FILE, _SHEETS, _HEADERS, _TITLES = "tên tệp", "tên trang tính", "tiêu đề cột", "dòng tiêu đề, ghi chú"


@dataclass(frozen=True)
class _Texts:
    """Holds the suspect texts of a column: `values` (as text) at these `places` among its distinct cells, whose code
    each row has. `series` has the rows."""

    column: Column
    role: str
    series: pd.Series
    values: list[str]
    places: np.ndarray
    codes: np.ndarray

    def find_rows(self, places: Iterable[int]) -> np.ndarray:
        """Return for each row whether its cell is one of these distinct cells (bool)."""
        return np.isin(self.codes, np.fromiter(places, dtype=np.int64))


def hide_sheet_names(tables: Sequence[RawTable], feed: Feed) -> list[RawTable]:
    """Return the tables with the names of their sheets as they may be shown; two masked ones stay apart by their place.

    Of a file the answer is always the same, so that a place told by sheet and row is found again.
    """
    sheets = list(dict.fromkeys(table.sheet for table in tables if table.sheet is not None))
    names = _find_persons(sheets, tables, feed)
    shown: dict[str | None, str] = {}
    for number, sheet in enumerate(sheets, start=1):
        masked = mask_names(mask_text(sheet), names)
        shown[sheet] = sheet if masked == sheet else f"{masked} ({number})"
    return [replace(table, sheet=shown.get(table.sheet)) for table in tables]


def mask_files(files: Sequence[tuple[Sequence[RawTable], str]], feed: Feed) -> list[list[RawTable]]:
    """Return the tables of each file without persons, with a finding wherever one was masked; `files`: tables, which
    have the names of their sheets as they may be shown, and the name that may be shown.

    A number of a person in a cell of the key refuses its row (`person_in_key`), and so does a name that keys differ by:
    masked keys would fall together. No answer depends on the other files.
    """
    tables = [table for of_file, _ in files for table in of_file]
    roles = None if len(tables) == 1 else _find_roles_with_persons(tables, feed)
    return [_mask_file(of_file, feed, name, roles) for of_file, name in files]


def _find_roles_with_persons(tables: Sequence[RawTable], feed: Feed) -> frozenset[str]:
    """Find the roles of which some text holds a person, in any of the tables: all others need no second look.

    Names are those of the persons of all tables: more than a file has, so that no role of its is left out.
    """
    parts: dict[tuple[str, Column], list[pd.Series]] = {}
    for table in tables:
        for role, column in _list_text_columns(table, feed):
            parts.setdefault((role, column), []).append(table.frame[role])
    texts = [_find_suspects(column, role, text.join(cells)) for (role, column), cells in parts.items()]
    suspects = [one for one in texts if one is not None]
    said = [value for one in suspects for value in one.values]
    names = _find_persons([*said, *(label for table in tables for label in _list_labels(table))], tables, feed)
    return frozenset(
        one.role for one in suspects if any(_mask_cell(value, one.column, names) != value for value in one.values)
    )


def _mask_file(tables: Sequence[RawTable], feed: Feed, file: str, roles: frozenset[str] | None) -> list[RawTable]:
    """Mask the tables of one file; `roles`: those that may hold a person, None where nobody knows."""
    texts = [list(_find_texts(table, feed, roles)) for table in tables]
    said = [value for columns in texts for one in columns for value in one.values]
    labels = [label for table in tables for label in _list_labels(table)]
    names = _find_persons([*said, *labels], tables, feed)
    masked = [_mask_table(table, columns, names, feed) for table, columns in zip(tables, texts, strict=True)]
    where = [_FILE] * tell_masked(file) + [_SHEETS] * any(tell_masked(table.sheet or "") for table in tables)
    where += dict.fromkeys(place for _, places in masked for place in places)
    found = [table for table, _ in masked]
    if where and found:
        found[0].findings.append(Finding("person_in_names", value="; ".join(where)))
    return found


def _list_text_columns(table: RawTable, feed: Feed) -> Iterator[tuple[str, Column]]:
    """List the roles of a table, with their columns, whose cells are texts that land as they are written."""
    columns = {column.name: column for column in feed.contract.columns}
    for role in map(str, table.frame.columns):
        column = columns.get(find_column_of_role(role))
        if column is not None and column.kind in _TEXTS and not column.is_personal:
            yield role, column


def _find_texts(table: RawTable, feed: Feed, roles: frozenset[str] | None) -> Iterator[_Texts]:
    for role, column in _list_text_columns(table, feed):
        if roles is None or role in roles:
            found = _find_suspects(column, role, table.frame[role])
            if found is not None:
                yield found


def _find_suspects(column: Column, role: str, series: pd.Series) -> _Texts | None:
    """Find the distinct texts of a column that may hold a person; None when there are none."""
    series = text.convert_to_text(series)
    own = f"^(?:{column.pattern})$" if column.pattern is not None and column.kind in ("id", "code") else None
    if not text.is_text(series):  # not by Arrow: half a surrogate pair may be among them
        cells = text.find_distinct(series)
        written = [_write_cell(cell) for cell in cells.values]
        at = [n for n, cell in enumerate(written) if _SUSPECT_RE.search(cell) and not (own and re.match(own, cell))]
        return _Texts(column, role, series, [written[n] for n in at], np.array(at), cells.codes) if at else None
    if own is not None and not text.is_category(series):  # nearly all are distinct, and of their own form
        whole = text.convert_to_arrow(series)
        odd = np.flatnonzero(~_match(whole, own, missing=True))
        strings, codes = whole.take(pa.array(odd)), np.full(len(series), -1)
        codes[odd] = np.arange(len(odd))
    else:
        strings, codes = text.split_codes(series)
    is_suspect = _match(strings, _SUSPECT, missing=False)
    if own is not None:
        is_suspect &= ~_match(strings, own, missing=False)
    places = np.flatnonzero(is_suspect)
    values = strings.take(pa.array(places)).to_pylist()
    return _Texts(column, role, series, values, places, codes) if values else None


def _match(strings: pa.Array, pattern: str, *, missing: bool) -> np.ndarray:
    found = pc.fill_null(pc.match_substring_regex(strings, pattern), missing)
    return np.array(found.to_numpy(zero_copy_only=False))


def _write_cell(cell: object) -> str:
    written = text.write_cell(cell) or ""
    return restore_zero(written) if isinstance(cell, int | float) else written


def _list_labels(table: RawTable) -> Iterator[str]:
    yield from table.unknown_headers
    yield from table.heads.values()
    yield from (line for line in table.title.split("\n") if line)


def _find_persons(said: Iterable[str], tables: Sequence[RawTable], feed: Feed) -> frozenset[str]:
    """Find which of the persons of a file stand with their whole name in other texts of it; return comparison keys."""
    likely = {name for value in said for name in list_likely_names(value) if name.isprintable()}
    if not likely:
        return frozenset()
    wanted = pa.array([*likely, *map(text.make_key, likely)], type=pa.large_string())
    found: set[str] = set()
    for column in feed.contract.columns:
        for table in tables if column.kind == "person_name" else ():
            if column.name in table.frame:
                lower = pc.utf8_lower(_list_names(table.frame[column.name]))
                found.update(map(text.make_key, lower.filter(pc.is_in(lower, value_set=wanted)).to_pylist()))
    return frozenset(filter(is_person, found))


def _list_names(series: pd.Series) -> pa.Array:
    """Return the distinct texts of a column of names, cleaned."""
    series = text.convert_to_text(series)
    if text.is_text(series):
        return text.split_codes(text.clean(series))[0]
    names = (text.clean_text(cell) for cell in text.find_distinct(series).values if isinstance(cell, str))
    return pa.array([name for name in names if name.isprintable()], type=pa.large_string())


def _mask_table(
    table: RawTable, texts: Sequence[_Texts], names: frozenset[str], feed: Feed
) -> tuple[RawTable, list[str]]:
    """Return a table without persons, and which of its words beside the cells had some."""
    frame, findings = _mask_cells(table, texts, names, feed)

    def show(value: str) -> str:
        return "\n".join(mask_names(mask_text(line), names) for line in value.split("\n"))

    masked = replace(
        table,
        frame=frame,
        findings=[replace(one, value=None if one.value is None else show(one.value)) for one in findings],
        unknown_headers=[show(header) for header in table.unknown_headers],
        heads={role: show(head) for role, head in table.heads.items()},
        header_units={role: show(unit) for role, unit in table.header_units.items()},
        unit_phrases=tuple(show(phrase) for phrase in table.unit_phrases),
        title=show(table.title),
        totals=table.totals.assign(label=[show(str(label)) for label in table.totals["label"]]),
    )
    before, after = _list_words(table), _list_words(masked)
    return masked, [place for place in before if before[place] != after[place]]


def _list_words(table: RawTable) -> dict[str, list[str]]:
    return {_HEADERS: [*table.unknown_headers, *table.heads.values()], _TITLES: [table.title]}


def _list_key_roles(table: RawTable, feed: Feed) -> list[str]:
    return [role for role in map(str, table.frame) if find_column_of_role(role) in feed.contract.key]


def _mask_cells(
    table: RawTable, texts: Sequence[_Texts], names: frozenset[str], feed: Feed
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the cells without persons, and the findings of the table with those about them."""
    frame, findings = table.frame, list(table.findings)
    named_keys: list[tuple[str, np.ndarray]] = []
    for one in texts:
        shown = {
            int(at): _mask_cell(value, one.column, names) for at, value in zip(one.places, one.values, strict=True)
        }
        changed = {at for at, value in zip(one.places, one.values, strict=True) if shown[int(at)] != value}
        if not changed:
            continue
        frame = frame.assign(**{one.role: _replace_cells(one, {at: shown[at] for at in changed})})
        is_key = one.column.is_key and one.column.kind in _KEYS
        refused = {at for at in changed if is_key and (one.column.kind != "text" or NUMBER in shown[at])}
        findings += _tell("person_in_key", table, one.role, one.find_rows(refused))
        rows = one.find_rows(changed - refused)
        if is_key:
            named_keys.append((one.role, rows))
        else:
            findings += _tell("person_masked", table, one.role, rows)
    if named_keys:
        together = _find_fallen_together(table.frame, frame, _list_key_roles(table, feed))
        for role, rows in named_keys:
            findings += _tell("person_in_key", table, role, rows & together)
            findings += _tell("person_masked", table, role, rows & ~together)
    return frame, findings


def _mask_cell(value: str, column: Column, names: frozenset[str]) -> str:
    mask: Callable[[str], str] = mask_free_text if column.kind == "free_text" else mask_text
    return mask_names(mask(value), names)


def _replace_cells(one: _Texts, shown: Mapping[int, str]) -> pd.Series:
    """Return a column with other texts at these places of its distinct cells."""
    rows = one.find_rows(shown)
    cells = one.series.to_numpy(dtype=object, copy=True)
    masked = np.empty(int(rows.sum()), dtype=object)
    masked[:] = [shown[code] for code in one.codes[rows]]
    cells[rows] = masked
    return pd.Series(cells, index=one.series.index, dtype="str" if text.is_text(one.series) else object)


def _tell(rule: str, table: RawTable, role: str, rows: np.ndarray) -> list[Finding]:
    return [Finding(rule, int(row), role) for row in table.frame["_row"].to_numpy()[rows]]


def _find_fallen_together(before: pd.DataFrame, after: pd.DataFrame, roles: Sequence[str]) -> np.ndarray:
    """Find the rows whose keys were different and are the same without the names (bool)."""
    keys = [
        pd.Series(list(zip(*(frame[role].astype("str").fillna("") for role in roles), strict=True)), index=before.index)
        for frame in (before, after)
    ]
    return keys[0].groupby(keys[1], sort=False).transform("nunique").gt(1).to_numpy()
