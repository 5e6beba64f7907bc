"""Delimited text → one RawTable. Cells stay bytes until they must be text, and then only distinct ones are decoded.

What the office says of encoding and delimiter is where the search begins; the header decides: the right encoding and
delimiter are those under which its columns are found.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from dagster_project.core.errors import BlockedFile
from dagster_project.core.threads import map_on_all_cores
from dagster_project.ingest.normalise import encodings
from dagster_project.ingest.readers import csv_cells
from dagster_project.ingest.readers.base import (
    NOT_DATA_COLUMNS,
    Finding,
    RawTable,
    ReadSpec,
    report_missing_columns,
    report_unreadable,
)
from dagster_project.ingest.readers.csv_cells import convert_to_series, find_unlabelled, read_texts, respell_columns
from dagster_project.ingest.readers.headers import MAX_HEADER_DEPTH, MAX_HEADING_ROWS, Header, Matcher, find_header
from dagster_project.ingest.readers.respell_rows import Spelling, respell_rows
from dagster_project.ingest.readers.rows import (
    Group,
    RowKinds,
    classify,
    find_marked_groups,
    list_groups,
    list_needed_columns,
    spread_places,
)
from dagster_project.ingest.readers.tables import describe, fill_places, make_grid, make_totals_frame, require_columns
from dagster_project.ingest.readers.wording.lines import list_notes_below

DELIMITERS = (";", ",", "\t", "|")
_HEAD_BYTES = 1 << 16  # the heading and the header lie within it, also of wide registers
_BLOCK = 1 << 23  # bytes that Arrow gives to one thread at a time
_UTF8 = ("utf-8", "utf-8-sig")
_LABELS = ("note", "signature", "total")


@dataclass(frozen=True)
class _Form:
    """Tells how the file is written, and where its header is.

    `readings`: in which letters, besides Unicode, its head is written; `is_suspect`: whether its cells may be too.
    """

    encoding: str
    delimiter: str
    heading: list[list[str]]
    header: Header
    fields: int
    records_before: int
    lines_before: int
    readings: frozenset[str] = frozenset()
    is_suspect: bool = False


@dataclass
class _Records:
    """Holds the lines below the header: `table` (column `c<i>` as bytes or text), the record number of each of its
    rows, and the lines that have another number of fields."""

    table: pa.Table
    numbers: np.ndarray
    misfits: list[tuple[int, str]]


def read(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read one file. `_row` is the record's number in the file, the header's line included, blank lines counted.

    Lines with another number of fields go to `bad_rows`, unless they are a note, signature, total or marked group.
    Findings: wrong_encoding, wrong_delimiter. Raises BlockedFile: unreadable, empty_file, missing_column.
    """
    content, known = _normalise_bytes(content)
    matcher = Matcher(spec)
    form = _find_form(content, known, spec, matcher)
    if known == "utf-8" and csv_cells.has_signs_of_old_fonts(content):
        form = replace(form, is_suspect=True)
    require_columns(form.header, matcher, None)
    table = _assemble(_read_records(content, _skip_lines(content, form.lines_before), form), form, spec)
    if form.encoding not in _UTF8 and form.encoding != spec.encoding:
        table.findings.append(Finding("wrong_encoding", value=form.encoding))
    if spec.kind == "csv" and form.delimiter != spec.delimiter:
        table.findings.append(Finding("wrong_delimiter", value=form.delimiter))
    return [table]


def _normalise_bytes(content: bytes) -> tuple[bytes, str | None]:
    """Return the content without marks at either end, lines ended by \\n, and its encoding when that is certain."""
    known = "utf-8" if content.startswith(b"\xef\xbb\xbf") else None
    if content.startswith(b"\xef\xbb\xbf") or content.endswith((b"\x1a", b"\x00")):
        content = content.removeprefix(b"\xef\xbb\xbf").rstrip(b"\x1a\x00")
    if b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    is_utf8 = csv_cells.is_utf8(content)
    if not is_utf8 and csv_cells.is_cut_off(content):
        raise report_unreadable("tệp bị cắt cụt giữa một chữ", "Xuất lại tệp từ phần mềm rồi gửi.")
    if known is not None and not is_utf8:
        raise report_unreadable("có dấu UTF-8 ở đầu nhưng nội dung không phải UTF-8", "Lưu lại tệp theo UTF-8 rồi gửi.")
    known = "utf-8" if is_utf8 else None
    return content, known


def _find_form(content: bytes, known: str | None, spec: ReadSpec, matcher: Matcher) -> _Form:
    """Find the encoding and delimiter under which the header names most columns; what the layout says is tried
    first."""
    declared = [spec.encoding] if spec.encoding not in _UTF8 else []
    # Any bytes are valid TCVN3, so that decoding rules nothing out: the header that is found decides.
    encodings = [known] if known else list(dict.fromkeys([*declared, "tcvn3", "cp1258", "vni"]))
    best: _Form | None = None
    seen: list[str] = []
    for encoding in encodings:
        for delimiter in dict.fromkeys([spec.delimiter, *DELIMITERS]):
            try:
                form, first = _try_form(content, encoding, delimiter, matcher)
            except BlockedFile:
                continue  # bytes that this encoding does not have: the next one may
            seen = max(seen, first, key=len)
            if form is not None and (best is None or len(form.header.columns) > len(best.header.columns)):
                best = form
            if best is not None and spec.required and not spec.find_lacking(best.header.columns):
                return best
    if best is None:
        raise report_missing_columns(sorted(spec.required), spec, seen, None)
    return best


def _try_form(content: bytes, encoding: str, delimiter: str, matcher: Matcher) -> tuple[_Form | None, list[str]]:
    head = content[:_HEAD_BYTES]
    if len(content) > _HEAD_BYTES:
        head = head[: head.rfind(b"\n") + 1] or head
    lines = csv.reader(io.StringIO(encodings.decode(head, encoding), newline=""), delimiter=delimiter)
    records: list[list[str]] = []
    ends: list[int] = []
    try:
        for record in lines:
            records.append(record)
            ends.append(lines.line_num)
            if len(records) >= MAX_HEADING_ROWS + MAX_HEADER_DEPTH:
                break
    except csv.Error:
        return None, []
    width = max((len(record) for record in records), default=0)
    rows, spelling = respell_rows([[*record, *[""] * (width - len(record))] for record in records], matcher)
    header = find_header(rows, matcher)
    longest = max(records, key=len, default=[])
    if header is None:
        return None, [cell for cell in longest if cell.strip()]
    fields = len(records[header.after - 1])
    if fields < width:  # the heading may be wider than the table, never the other way round
        header.unnamed = [index for index in header.unnamed if index < fields]
    heading = [list(row) for row in rows[: header.first]]
    ends_at = ends[header.after - 1]
    return _Form(encoding, delimiter, heading, header, fields, header.after, ends_at, spelling.readings), []


def _skip_lines(content: bytes, lines: int) -> int:
    """Return where the line after so many lines begins."""
    at = 0
    for _ in range(lines):
        at = content.find(b"\n", at) + 1
        if at == 0:
            return len(content)
    return at


def _read_records(content: bytes, start: int, form: _Form) -> _Records:
    """Parse all lines. What does not fit is kept as text, which Arrow can only do in UTF-8."""
    if start == len(content):
        return _Records(_make_empty_table(form), np.array([], dtype=np.int64), [])
    if form.encoding not in _UTF8:
        table = _parse_bytes(content, start, form)
        if table is not None:
            return _Records(table, np.arange(table.num_rows) + form.records_before + 1, [])
        content, start = encodings.decode(content[start:], form.encoding).encode("utf-8"), 0
        form = replace(form, encoding="utf-8")
    content = content[start:]
    if csv_cells.count_quotes(content) % 2 == 0:
        records = _parse_utf8(content, form)
        if records is not None:
            return records
    return _read_line_by_line(content, form)


def _parse_bytes(content: bytes, start: int, form: _Form) -> pa.Table | None:
    """Return all lines as bytes, when every one of them fits and no quotation mark is left open; else None."""
    quotes = csv_cells.count_quotes(content, start)
    if quotes % 2:
        return None
    try:
        table = _parse(memoryview(content)[start:], form, None, threads=True)
    except pa.ArrowInvalid:
        return None
    return None if quotes and _has_swallowed(table, [], form) else table


def _parse_utf8(content: bytes, form: _Form) -> _Records | None:
    """Parse all lines and set apart those that do not fit. None when quotation marks swallow lines: one is never
    closed."""
    misfits: list[arrow_csv.InvalidRow] = []

    def set_apart(row: arrow_csv.InvalidRow) -> str:
        misfits.append(row)
        return "skip"

    try:
        table = _parse(memoryview(content), form, set_apart, threads=True)
        if misfits:  # rows are numbered in one thread only
            misfits.clear()
            table = _parse(memoryview(content), form, set_apart, threads=False)
    except pa.ArrowInvalid:
        return None
    if b'"' in content and _has_swallowed(table, [row.text for row in misfits], form):
        return None
    first = form.records_before + 1
    skipped = np.array([row.number for row in misfits], dtype=np.int64) - 1
    numbers = np.delete(np.arange(table.num_rows + len(misfits), dtype=np.int64), skipped) + first
    kept = [(int(row.number) - 1 + first, row.text) for row in misfits if row.text.strip()]
    return _Records(table, numbers, kept)


def _has_swallowed(table: pa.Table, misfits: list[str], form: _Form) -> bool:
    """Tell whether some cell or misfit holds, after a line break, a whole line of the table."""
    broken = [column.filter(pc.match_substring(column, "\n")).to_pylist() for column in table.columns]
    texts = [value.decode("latin-1") if isinstance(value, bytes) else value for values in broken for value in values]
    pieces = [line for value in (*misfits, *texts) for line in value.split("\n")[1:]]
    return any(line.count(form.delimiter) == form.fields - 1 and '"' not in line for line in pieces)


def _read_line_by_line(content: bytes, form: _Form) -> _Records:
    """Read a file with quotation marks that are not closed: such lines are set apart, and no mark reaches over
    a line."""
    lines = content.split(b"\n")
    first = form.records_before + 1
    unclosed = [index for index, line in enumerate(lines) if line.count(b'"') % 2]
    apart = [(index + first, lines[index].decode("utf-8", "replace").rstrip("\r")) for index in unclosed]
    for index in unclosed:
        lines[index] = b""
    records = _parse_utf8(b"\n".join(lines), form)
    if records is None:
        raise report_unreadable("dấu ngoặc kép trong tệp không theo quy tắc nào", "Xuất lại tệp từ phần mềm rồi gửi.")
    records.misfits = sorted([*records.misfits, *apart])
    return records


def _parse(
    body: memoryview, form: _Form, note: Callable[[arrow_csv.InvalidRow], str] | None, threads: bool
) -> pa.Table:
    kept = _list_kept_columns(form)
    quoted = b'"' in body.obj  # type: ignore[operator]
    return arrow_csv.read_csv(
        pa.BufferReader(pa.py_buffer(body)),
        arrow_csv.ReadOptions(
            column_names=[f"c{index}" for index in range(form.fields)], use_threads=threads, block_size=_BLOCK
        ),
        arrow_csv.ParseOptions(
            delimiter=form.delimiter,
            quote_char='"' if quoted else False,
            newlines_in_values=quoted,
            ignore_empty_lines=form.fields == 1,
            invalid_row_handler=note,
        ),
        arrow_csv.ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys(kept, pa.string() if form.encoding in _UTF8 else pa.binary()),
            include_columns=kept,
            strings_can_be_null=False,
        ),
    )


def _list_kept_columns(form: _Form) -> list[str]:
    header = form.header
    kept = {0, *header.columns.values(), *([header.ordinal] if header.ordinal is not None else [])}
    return [f"c{index}" for index in sorted(kept)]


def _make_empty_table(form: _Form) -> pa.Table:
    return pa.table({name: pa.array([], type=pa.string()) for name in _list_kept_columns(form)})


# Table → RawTable ----------------------------------------------------------------------------------------------------


def _assemble(records: _Records, form: _Form, spec: ReadSpec) -> RawTable:
    names, count = records.table.column_names, len(records.numbers)
    texts = map_on_all_cores(lambda name: read_texts(records.table[name], form.encoding), names, count)
    columns, spelling = dict(zip(names, texts, strict=True)), Spelling()
    if form.is_suspect:
        columns, readings, unclear = respell_columns(columns, form.readings)
        spelling = Spelling(
            readings,
            frozenset((int(records.numbers[at]) - 1, int(name[1:])) for name in unclear for at in unclear[name]),
        )
    kinds, grid, judged = _judge_rows(columns, records, form, spec.required)
    is_data = kinds.kinds == "data" if kinds is not None else np.ones(len(records.numbers), dtype=bool)
    keep = None if is_data.all() else pa.array(is_data)
    cells = [columns[f"c{index}"] for index in form.header.columns.values()]
    series = map_on_all_cores(
        lambda column: convert_to_series(column if keep is None else column.filter(keep)), cells, count
    )
    frame = dict(zip(form.header.columns, series, strict=True))
    table = RawTable(None, pd.DataFrame({**frame, "_row": records.numbers[is_data]}, copy=False))
    describe(table, form.heading, form.header)
    groups = list_groups(kinds, records.numbers) if kinds is not None else []
    groups += _sort_out_misfits(table, records.misfits, form, spec, _list_structure(records, form, kinds))
    places = spread_places(groups, int(records.numbers.max(initial=0)) + 1)
    if places is not None and spec.place is not None:
        fill_places(table.frame, spec.place, places[records.numbers[is_data]])
    if kinds is not None:
        table.totals = make_totals_frame(
            kinds, form.header, lambda rows: grid[np.searchsorted(judged, rows)], records.numbers
        )
    lines = [(int(records.numbers[row]), list(filter(None, cells))) for row, cells in zip(judged, grid, strict=True)]
    lines += [(number, line.split(form.delimiter)) for number, line in records.misfits]
    table.notes_of_units = list_notes_below(lines, table.frame["_row"].max())
    spelling.note(table)
    return table


def _judge_rows(
    columns: dict[str, pa.Array], records: _Records, form: _Form, required: frozenset[str]
) -> tuple[RowKinds | None, np.ndarray, np.ndarray]:
    """Judge the rows that lack something required, and look at the first two; the rest are data. None: all are data.

    The kinds are of all rows; the grid holds only the judged ones, whose positions come third.
    """
    sure = np.ones(len(records.numbers), dtype=bool)
    for told in list_needed_columns(form.header, required):
        valid = [columns[f"c{index}"].is_valid().to_numpy(zero_copy_only=False) for index in told]
        sure &= np.logical_or.reduce(valid)
    lead = form.header.ordinal if form.header.ordinal is not None else min(form.header.columns.values())
    sure &= find_unlabelled(columns[f"c{lead}"], are_numbers=form.header.ordinal is not None)
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


def _list_structure(records: _Records, form: _Form, kinds: RowKinds | None) -> Iterator[tuple[int, str]]:
    """List (row, kind) of everything that is not data, except the misfits."""
    yield from (
        (number + 1, "heading") for number, line in enumerate(form.heading) if any(cell.strip() for cell in line)
    )
    yield from ((number + 1, "header") for number in range(form.header.first, form.header.after))
    if kinds is not None:
        odd = np.flatnonzero(~np.isin(kinds.kinds, ("data", "blank")))
        yield from zip(records.numbers[odd].tolist(), kinds.kinds[odd].tolist(), strict=True)


def _sort_out_misfits(
    table: RawTable, misfits: list[tuple[int, str]], form: _Form, spec: ReadSpec, structure: Iterator[tuple[int, str]]
) -> list[Group]:
    """Sort out lines with too few or too many fields: what is clearly a note, signature, total or group is not data,
    the others are bad rows. Return the groups among them."""
    accounted = list(structure)
    groups: list[Group] = []
    lines = [next(csv.reader([line.replace("\r", " ")], delimiter=form.delimiter), []) for _, line in misfits]
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
