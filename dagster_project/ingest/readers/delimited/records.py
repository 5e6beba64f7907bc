"""The lines below a delimited file's header, parsed by Arrow; lines that do not fit the header stand apart."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.normalise import encodings
from dagster_project.ingest.readers.base import report_unreadable
from dagster_project.ingest.readers.delimited import blank_lines
from dagster_project.ingest.readers.delimited.csv_cells import count_quotes, unwrap_text
from dagster_project.ingest.readers.delimited.form import UTF8, Form, skip_lines

MAX_FIELD = 1 << 17  # bytes of a cell; a cell of Excel holds 32,767 letters
_BLOCK = 1 << 23  # bytes that Arrow gives to one thread at a time


@dataclass
class Records:
    """Holds the lines below the header: `table` (column `c<i>` as bytes or text), the record number of each of its
    rows, and the lines that have another number of fields.

    `count`: how many records the file has, the heading's and blank ones among them. `is_each_line_alone`: some
    quotation mark is not closed, so that none reaches over a line.
    """

    table: pa.Table
    numbers: np.ndarray
    misfits: list[tuple[int, str]]
    count: int
    is_each_line_alone: bool = False


def read_records(content: bytes, form: Form) -> Records:
    """Parse all lines below the header. What does not fit is kept as text, which Arrow can only do in UTF-8."""
    start = skip_lines(content, form.lines_before)
    if start == len(content):
        return Records(_make_empty_table(form), np.array([], dtype=np.int64), [], form.records_before)
    if form.encoding not in UTF8:
        table = _parse_bytes(content, start, form)
        if table is not None:
            numbers = np.arange(table.num_rows) + form.records_before + 1
            return Records(table, numbers, [], form.records_before + len(numbers))
        content, start = encodings.decode(content[start:], form.encoding).encode("utf-8"), 0
        form = replace(form, encoding="utf-8")
    content = content[start:]
    if count_quotes(content) % 2 == 0:
        records = _parse_without_blank_lines(content, form) or _parse_utf8(content, form)
        if records is not None:
            return records
    return _read_line_by_line(content, form)


def _parse_without_blank_lines(content: bytes, form: Form) -> Records | None:
    """Parse a file that has blank lines without them, which costs nothing each; None when it has none, or when what
    stands between quotation marks does not tell which lines are records."""
    found = blank_lines.leave_out(content, form.delimiter)
    records = None if found is None else _parse_utf8(found.content, form)
    if found is None or records is None or records.count - form.records_before != len(found.numbers):
        return None
    first = form.records_before + 1
    records.numbers = found.numbers[records.numbers - first] + first
    records.misfits = [(int(found.numbers[number - first]) + first, text) for number, text in records.misfits]
    records.count = form.records_before + found.count
    return records


def _parse_bytes(content: bytes, start: int, form: Form) -> pa.Table | None:
    """Return all lines as bytes, when every one of them fits and no quotation mark is left open; else None."""
    quotes = count_quotes(content, start)
    if quotes % 2:
        return None
    try:
        table = _parse(memoryview(content)[start:], form, None, threads=True)
    except pa.ArrowInvalid:
        return None
    return None if quotes and _has_swallowed(table, [], form) else table


def _parse_utf8(content: bytes, form: Form) -> Records | None:
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
    first, nothing = form.records_before + 1, f'{form.delimiter}" \t\r\n'
    skipped = np.array([row.number for row in misfits], dtype=np.int64) - 1
    numbers = np.delete(np.arange(table.num_rows + len(misfits), dtype=np.int64), skipped) + first
    kept = [(int(row.number) - 1 + first, row.text) for row in misfits if row.text.strip(nothing)]
    return Records(table, numbers, kept, form.records_before + table.num_rows + len(misfits))


def _has_swallowed(table: pa.Table, misfits: list[str], form: Form) -> bool:
    """Tell whether some cell or misfit holds, after a line break, a whole line of the table."""
    broken = [column.filter(pc.match_substring(column, "\n")).to_pylist() for column in table.columns]
    texts = [value.decode("latin-1") if isinstance(value, bytes) else value for values in broken for value in values]
    pieces = [line for value in (*misfits, *texts) for line in value.split("\n")[1:]]
    return any(line.count(form.delimiter) == form.fields - 1 and '"' not in line for line in pieces)


def _read_line_by_line(content: bytes, form: Form) -> Records:
    """Read a file with quotation marks that are not closed: such lines are set apart, and no mark reaches over
    a line."""
    lines = content.split(b"\n")
    first = form.records_before + 1
    unclosed = [index for index, line in enumerate(lines) if line.count(b'"') % 2]
    apart = [(index + first, lines[index].decode("utf-8", "replace").rstrip("\r")) for index in unclosed]
    for index in unclosed:
        lines[index] = b""
    closed = b"\n".join(lines)
    records = _parse_without_blank_lines(closed, form) or _parse_utf8(closed, form)
    if records is None:
        raise _report_quotes()
    records.misfits = sorted([*records.misfits, *apart])
    records.is_each_line_alone = True
    return records


class _Lines(Sequence[list[str]]):
    """Holds the lines of a file without quotation marks as rows of texts, each read only when it is asked for."""

    def __init__(self, lines: list[bytes], form: Form) -> None:
        self._lines, self._form = lines, form

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, at: int) -> list[str]: ...
    @overload
    def __getitem__(self, at: slice) -> list[list[str]]: ...
    def __getitem__(self, at: int | slice) -> list[str] | list[list[str]]:
        if isinstance(at, slice):
            return [self._read(line) for line in self._lines[at]]
        return self._read(self._lines[at])

    def _read(self, line: bytes) -> list[str]:
        said = encodings.decode(line, self._form.encoding).rstrip("\r")
        return _pad(said.split(self._form.delimiter), self._form)


def read_lines(content: bytes, form: Form, is_each_alone: bool) -> tuple[Sequence[list[str]], Sequence[int]]:
    """Read all records of a file from its first line on as rows of texts, none shorter than the table is wide, and
    after how many lines of the file each ends. `is_each_alone`: no quotation mark reaches over a line."""
    if not count_quotes(content):
        lines = content.removesuffix(b"\n").split(b"\n")
        return _Lines(lines, form), range(1, len(lines) + 1)
    whole_text = encodings.decode(content, form.encoding).removesuffix("\n")
    told = [line.rstrip("\r").replace("\r", " ") for line in whole_text.split("\n")]
    if is_each_alone:
        whole = [line if line.count('"') % 2 == 0 else line.replace('"', "") for line in told]
        rows = [split_line(line, form) for line in whole]
        return [_pad(row, form) for row in rows], range(1, len(rows) + 1)
    reader = csv.reader((f"{line}\n" for line in told), delimiter=form.delimiter)
    try:
        read = [(_pad(row, form), reader.line_num) for row in reader]
    except csv.Error as error:
        raise _report_quotes() from error
    return [row for row, _ in read], [end for _, end in read]


def split_line(line: str, form: Form) -> list[str]:
    """Return the fields of one line; a line of which no rule tells the fields is one."""
    try:
        return next(csv.reader([line], delimiter=form.delimiter), [])
    except csv.Error:  # a field beyond measure
        return [line]


def _pad(row: list[str], form: Form) -> list[str]:
    return [*map(unwrap_text, row), *[""] * (form.fields - len(row))]


def _report_quotes() -> BlockedFile:
    return report_unreadable("dấu ngoặc kép trong tệp không theo quy tắc nào", "Xuất lại tệp từ phần mềm rồi gửi.")


def _parse(body: memoryview, form: Form, note: Callable[[arrow_csv.InvalidRow], str] | None, threads: bool) -> pa.Table:
    kept = _list_kept_columns(form)
    quoted = b'"' in body.obj  # type: ignore[operator]
    table = arrow_csv.read_csv(
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
            column_types=dict.fromkeys(kept, pa.string() if form.encoding in UTF8 else pa.binary()),
            include_columns=kept,
            strings_can_be_null=False,
        ),
    )
    longest = max((pc.max(pc.binary_length(column)).as_py() or 0 for column in table.columns), default=0)
    if longest > MAX_FIELD:
        raise report_unreadable(f"có ô dài {longest} byte, quá {MAX_FIELD}", "Sửa ô đó, hoặc dấu ngoặc kép, rồi gửi.")
    return table


def _list_kept_columns(form: Form) -> list[str]:
    header = form.header
    if form.reads_all:
        return [f"c{index}" for index in range(form.fields)]
    kept = {0, *header.columns.values(), *([header.ordinal] if header.ordinal is not None else [])}
    return [f"c{index}" for index in sorted(kept)]


def _make_empty_table(form: Form) -> pa.Table:
    return pa.table({name: pa.array([], type=pa.string()) for name in _list_kept_columns(form)})
