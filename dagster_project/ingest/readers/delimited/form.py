"""How a delimited file is written: the encoding and the delimiter under which its header is found.

What the office says of both is where the search begins; the header decides: the right ones are those under which its
columns are found.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.normalise import encodings
from dagster_project.ingest.readers.base import ReadSpec, report_missing_columns, report_unreadable
from dagster_project.ingest.readers.delimited import csv_cells
from dagster_project.ingest.readers.headers import MAX_HEADER_DEPTH, MAX_HEADING_ROWS, Header, Matcher, find_header
from dagster_project.ingest.readers.respell_rows import respell_rows

DELIMITERS = (";", ",", "\t", "|")
UTF8 = ("utf-8", "utf-8-sig")
_HEAD_BYTES = 1 << 16  # the heading and the header lie within it, also of wide registers
MAX_FIELDS = 2_000  # of a header; the widest register has 60 columns


@dataclass(frozen=True)
class Form:
    """Tells how the file is written, and where its header is.

    `readings`: in which letters, besides Unicode, its head is written; `is_suspect`: whether its cells may be too.
    `has_text_formulas`: whether cells may be written as ="0012". `reads_all`: also the columns that nothing asks for
    are read.
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
    has_text_formulas: bool = False
    reads_all: bool = False


def normalise_bytes(content: bytes) -> tuple[bytes, str | None]:
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


def find_form(content: bytes, known: str | None, spec: ReadSpec, matcher: Matcher) -> Form:
    """Find the encoding and delimiter under which the header names most columns; what the layout says is tried
    first."""
    if len(content) > _HEAD_BYTES and b"\n" not in content[:_HEAD_BYTES]:
        raise report_unreadable(
            f"dòng đầu dài quá {_HEAD_BYTES} byte, không phải dòng tiêu đề", "Xuất lại bảng theo mẫu biểu rồi gửi."
        )
    declared = [spec.encoding] if spec.encoding not in UTF8 else []
    # Any bytes are valid TCVN3, so that decoding rules nothing out: the header that is found decides.
    encodings = [known] if known else list(dict.fromkeys([*declared, "tcvn3", "cp1258", "vni"]))
    best: Form | None = None
    seen: list[str] = []
    for encoding in encodings:
        for delimiter in dict.fromkeys([spec.delimiter, *DELIMITERS]):
            try:
                form, first = try_form(content, encoding, delimiter, matcher)
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


def try_form(content: bytes, encoding: str, delimiter: str, matcher: Matcher) -> tuple[Form | None, list[str]]:
    """Find the header in this encoding and with this delimiter; where there is none, return the texts of the longest
    line instead."""
    head = content[:_HEAD_BYTES]
    if len(content) > _HEAD_BYTES:
        head = head[: head.rfind(b"\n") + 1] or head
    lines = csv.reader(io.StringIO(encodings.decode(head, encoding), newline=""), delimiter=delimiter)
    records: list[list[str]] = []
    ends: list[int] = []
    try:
        for record in lines:
            records.append([csv_cells.unwrap_text(cell) for cell in record[: MAX_FIELDS + 1]])
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
    if fields > MAX_FIELDS:
        return None, []
    if fields < width:  # the heading may be wider than the table, never the other way round
        header.unnamed = [index for index in header.unnamed if index < fields]
    heading = [list(row) for row in rows[: header.first]]
    ends_at = ends[header.after - 1]
    return Form(encoding, delimiter, heading, header, fields, header.after, ends_at, spelling.readings), []


def skip_lines(content: bytes, lines: int) -> int:
    """Return where the line after so many lines begins."""
    at = 0
    for _ in range(lines):
        at = content.find(b"\n", at) + 1
        if at == 0:
            return len(content)
    return at
