"""Delimited text → its tables. Cells stay bytes until they must be text, and then only distinct ones are decoded.

A file is taken for one table from its header to its end. Only where a line between its rows may begin another one, or
names a unit, are all lines looked at by the rules of sheets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from dagster_project.core.threads import map_on_all_cores
from dagster_project.ingest.readers import stacked
from dagster_project.ingest.readers.base import NOT_DATA_COLUMNS, Finding, RawTable, ReadSpec, report_missing_columns
from dagster_project.ingest.readers.delimited import csv_cells
from dagster_project.ingest.readers.delimited.csv_cells import (
    convert_to_series,
    find_unlabelled,
    read_texts,
    respell_columns,
)
from dagster_project.ingest.readers.delimited.form import UTF8, Form, find_form, normalise_bytes, skip_lines, try_form
from dagster_project.ingest.readers.delimited.records import Records, read_lines, read_records, split_line
from dagster_project.ingest.readers.headers import Matcher
from dagster_project.ingest.readers.kinds.rows import (
    Group,
    RowKinds,
    classify,
    find_filled_cells,
    find_marked_groups,
    list_groups,
    list_needed_columns,
    spread_places,
)
from dagster_project.ingest.readers.kinds.said_of import fill_what_is_said_of
from dagster_project.ingest.readers.respell_rows import Spelling, respell_rows
from dagster_project.ingest.readers.tables import (
    count_rows_like_data,
    describe,
    fill_places,
    make_grid,
    make_totals_frame,
    require_columns,
)
from dagster_project.ingest.readers.wording.lines import list_notes_below

_LABELS = ("note", "signature", "total")
_BEYOND = 100  # fields beyond the header's that are looked at in a line which has more


def read(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read one file. `_row` is the record's number in the file, the header's line included, blank lines counted.

    Lines with another number of fields go to `bad_rows`, unless they are a note, signature, total or marked group.
    Findings: wrong_encoding, wrong_delimiter. Raises BlockedFile: unreadable, empty_file, missing_column,
    two_columns_for_one, unit_not_understood.
    """
    content, known = normalise_bytes(content)
    matcher = Matcher(spec)
    form = find_form(content, known, spec, matcher)
    if known == "utf-8" and csv_cells.has_signs_of_old_fonts(content):
        form = replace(form, is_suspect=True)
    form = replace(form, has_text_formulas=csv_cells.has_text_formulas(content))
    tables = _read_tables(content, form, matcher)
    if form.encoding not in UTF8 and form.encoding != spec.encoding:
        tables[0].findings.append(Finding("wrong_encoding", value=form.encoding))
    if spec.kind == "csv" and form.delimiter != spec.delimiter:
        tables[0].findings.append(Finding("wrong_delimiter", value=form.delimiter))
    return tables


def _read_tables(content: bytes, form: Form, matcher: Matcher) -> list[RawTable]:
    """Read the table whose header the form tells of, and those below it."""
    require_columns(form.header, matcher, None)
    records = read_records(content, form)
    judged = _judge(records, form, matcher)
    if judged.hides_labels:
        return _read_tables(content, replace(form, reads_all=True), matcher)
    if not judged.are_doubtful:
        return [_assemble(judged, records, form, matcher.spec)]
    lines, ends = read_lines(content, form, records.is_each_line_alone)
    rows = respell_rows(list(lines), matcher)[0] if form.is_suspect else lines
    odd = judged.odd if len(rows) == records.count else range(form.header.after, len(rows))
    below = stacked.find_next_header(rows, form.header, matcher, odd)
    if below is None:
        data = set((records.numbers[judged.is_data] - 1).tolist())
        between = [row for row in odd if row < max(data, default=0)]
        stacked.refuse_lines_between(rows, form.header, between, data, None, matcher)
        return [_assemble(judged, records, form, matcher.spec)]
    cut = skip_lines(content, ends[below - 1])
    (first,) = _read_tables(content[:cut], form, matcher)
    lower, seen = try_form(content[cut:], form.encoding, form.delimiter, matcher)
    if lower is None:
        raise report_missing_columns(sorted(matcher.spec.required), matcher.spec, seen, None)
    others = _read_tables(
        content[cut:], replace(lower, is_suspect=form.is_suspect, has_text_formulas=form.has_text_formulas), matcher
    )
    stacked.join_below(first, others, below, matcher)
    return [first, *others]


@dataclass
class _Judged:
    """Holds the columns of a table as texts, and what its rows are (None: all are data).

    `grid`: the cells of the rows that were looked at; `at`: their positions. `odd`: the records (0-based) that are not
    data for sure, misfits among them; `are_doubtful`: whether one of them may begin another table, or name a unit.
    `hides_labels`: some rows are no data, and what they are may stand in a column that was not read.
    """

    columns: dict[str, pa.Array]
    spelling: Spelling
    kinds: RowKinds | None
    is_data: np.ndarray
    grid: np.ndarray
    at: np.ndarray
    odd: list[int]
    are_doubtful: bool
    hides_labels: bool


def _judge(records: Records, form: Form, matcher: Matcher) -> _Judged:
    names, count = records.table.column_names, len(records.numbers)
    texts = map_on_all_cores(lambda name: read_texts(records.table[name], form.encoding), names, count)
    texts = list(map(csv_cells.unwrap_texts, texts)) if form.has_text_formulas else texts
    columns, spelling = dict(zip(names, texts, strict=True)), Spelling()
    if form.is_suspect:
        columns, readings, unclear = respell_columns(columns, form.readings)
        spelling = Spelling(
            readings,
            frozenset((int(records.numbers[at]) - 1, int(name[1:])) for name in unclear for at in unclear[name]),
        )
    sure = _find_sure_rows(columns, form, matcher)
    kinds, grid, at = _judge_rows(columns, sure, form, matcher.spec.required)
    misfits = _split_misfits(records.misfits, form)
    odd = sorted([*records.numbers[~sure].tolist(), *(number for number, _ in records.misfits)])
    are_doubtful = _are_doubtful([*grid[~sure[at]].tolist(), *misfits], matcher)
    hides_labels = kinds is not None and len(names) < form.fields
    is_data = kinds.kinds == "data" if kinds is not None else np.ones(len(records.numbers), dtype=bool)
    return _Judged(
        columns, spelling, kinds, is_data, grid, at, [number - 1 for number in odd], are_doubtful, hides_labels
    )


def _are_doubtful(rows: Sequence[Sequence[str]], matcher: Matcher) -> bool:
    """Tell whether one of the rows names a column, a unit or a time."""
    words = {cell for row in rows for cell in row if cell}
    return any(matcher.is_name(cell) or stacked.may_stand_between(cell) for cell in words)


def _assemble(judged: _Judged, records: Records, form: Form, spec: ReadSpec) -> RawTable:
    kinds, columns, is_data = judged.kinds, judged.columns, judged.is_data
    keep = None if is_data.all() else pa.array(is_data)
    cells = [columns[f"c{index}"] for index in form.header.columns.values()]
    series = map_on_all_cores(
        lambda column: convert_to_series(column if keep is None else column.filter(keep)), cells, len(is_data)
    )
    frame = dict(zip(form.header.columns, series, strict=True))
    table = RawTable(None, pd.DataFrame({**frame, "_row": records.numbers[is_data]}, copy=False))
    describe(table, form.heading, form.header)
    groups = list_groups(kinds, records.numbers) if kinds is not None else []
    groups += _sort_out_misfits(table, records.misfits, form, spec, _list_structure(records, form, kinds))
    if kinds is not None:
        table.totals = make_totals_frame(
            kinds, form.header, lambda rows: judged.grid[np.searchsorted(judged.at, rows)], records.numbers
        )
    fill_what_is_said_of(table, spec)
    places = spread_places(groups, int(records.numbers.max(initial=0)) + 1)
    if places is not None and spec.place is not None:
        fill_places(table.frame, spec.place, places[records.numbers[is_data]])
    if kinds is not None:
        of_kind = kinds.kinds[judged.at]
        table.rows_like_data = count_rows_like_data(of_kind, find_filled_cells(judged.grid), form.header)
    lines = [
        (int(records.numbers[row]), list(filter(None, cells)))
        for row, cells in zip(judged.at, judged.grid, strict=True)
    ]
    lines += [(number, line.split(form.delimiter)) for number, line in records.misfits]
    table.notes_of_units = list_notes_below(lines, table.frame["_row"].max())
    judged.spelling.note(table)
    return table


def _find_sure_rows(columns: dict[str, pa.Array], form: Form, matcher: Matcher) -> np.ndarray:
    """Find the rows that are data for sure: they have everything required, and begin as data do."""
    header = form.header
    lead = header.ordinal if header.ordinal is not None else min(header.columns.values())
    names = None if header.ordinal is not None else [name for of in matcher.spec.aliases.values() for name in of]
    sure = find_unlabelled(columns[f"c{lead}"], names)
    for told in list_needed_columns(header, matcher.spec.required):
        valid = [columns[f"c{index}"].is_valid().to_numpy(zero_copy_only=False) for index in told]
        sure &= np.logical_or.reduce(valid)
    return sure


def _judge_rows(
    columns: dict[str, pa.Array], sure: np.ndarray, form: Form, required: frozenset[str]
) -> tuple[RowKinds | None, np.ndarray, np.ndarray]:
    """Judge the rows that are not sure, and look at the first two; the rest are data. None: all are data.

    The kinds are of all rows; the grid holds only the judged ones, whose positions come third.
    """
    at, odd = np.flatnonzero(sure), np.flatnonzero(~sure)
    ends = [*range(min(2, len(sure))), *at[:2], *at[-1:]]  # column numbers at the top, where the data begin, the tail
    owners = at[np.searchsorted(at, odd) - 1] if len(at) else at  # a part is held against its row
    rows = np.unique(np.concatenate([odd, owners, ends])).astype(np.int64)
    grid = make_grid([[""] * form.fields] * len(rows))
    if not len(rows):
        return None, grid, rows
    for name, cells in columns.items():
        texts = cells.take(pa.array(rows)).cast(pa.large_string()).fill_null("")
        grid[:, int(name[1:])] = texts.to_numpy(zero_copy_only=False)
    judged = classify(grid, form.header, required, sure[rows])
    if (judged.kinds == "data").all():
        return None, grid, rows
    kinds = np.full(len(sure), "data", dtype="U14")
    kinds[rows] = judged.kinds
    return judged.spread(kinds, rows), grid, rows


def _list_structure(records: Records, form: Form, kinds: RowKinds | None) -> Iterator[tuple[int, str]]:
    """List (row, kind) of everything that is not data, except the misfits."""
    yield from (
        (number + 1, "heading") for number, line in enumerate(form.heading) if any(cell.strip() for cell in line)
    )
    yield from ((number + 1, "header") for number in range(form.header.first, form.header.after))
    if kinds is not None:
        odd = np.flatnonzero(~np.isin(kinds.kinds, ("data", "blank")))
        yield from zip(records.numbers[odd].tolist(), kinds.kinds[odd].tolist(), strict=True)


def _split_misfits(misfits: list[tuple[int, str]], form: Form) -> list[list[str]]:
    """Return the fields of lines that do not fit, of a very long line the first ones: they tell what it is."""
    return [split_line(line.replace("\r", " "), form)[: form.fields + _BEYOND] for _, line in misfits]


def _sort_out_misfits(
    table: RawTable, misfits: list[tuple[int, str]], form: Form, spec: ReadSpec, structure: Iterator[tuple[int, str]]
) -> list[Group]:
    """Sort out lines with too few or too many fields: what is clearly a note, signature, total or group is not data,
    the others are bad rows. Return the groups among them."""
    accounted = list(structure)
    groups: list[Group] = []
    lines = _split_misfits(misfits, form)
    if lines:
        width = max(form.fields, len(max(lines, key=len)))
        grid = make_grid([[*fields, *[""] * (width - len(fields))] for fields in lines])
        judged = classify(grid, form.header, spec.required)
        kinds, known = judged.kinds, np.isin(judged.kinds, _LABELS)
        known[find_marked_groups(judged)] = True
        accounted += [
            (number, str(kind)) for (number, _), kind, is_known in zip(misfits, kinds, known, strict=True) if is_known
        ]
        groups = list_groups(judged, np.array([number for number, _ in misfits]))
        bad = [line for line, is_known in zip(misfits, known, strict=True) if not is_known]
        table.bad_rows = pd.DataFrame(bad, columns=["_row", "text"]).astype({"_row": "int64"})
    accounted.sort()
    table.not_data = pd.DataFrame(accounted, columns=NOT_DATA_COLUMNS).astype({"_row": "int64", "kind": object})
    return groups
