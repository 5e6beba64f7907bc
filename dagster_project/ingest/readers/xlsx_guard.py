"""A workbook is looked at before it is opened: bombs, passwords, formulas. Memory and time stay bounded.

Limits: a workbook of 200,000 rows and 20 columns, ten times what an office sends, unpacks to about 200 MB in a dozen
parts at 10–20 to 1. A bomb needs hundreds to one; DEFLATE cannot exceed 1,032 to 1.
"""

from __future__ import annotations

import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.readers.base import report_unreadable
from dagster_project.ingest.readers.xlsx_formats import ShownAs, find_odd_formats

MAX_ENTRIES = 2_000  # a workbook of 200 sheets has under 1,000 parts
MAX_UNPACKED = 1 << 30  # 1 GiB: Excel's own limit of 1,048,576 rows at 40 columns
MAX_RATIO = 250  # of one part over a megabyte; the dullest real sheet stays under 60
MAX_CELLS = 30_000_000  # the reader lays a sheet out as a full rectangle: 1,048,576 rows × 28 columns, about 1 GB
SPARSE = 1_000_000  # cells of a rectangle, from which on it may not be larger than the sheet's XML has bytes
_LEAST_TEXT = 15  # bytes that a shared text takes at least, with the cells that show it
LONG = 16 << 20  # of a sheet's XML, from which on it is read in stretches: some 20,000 rows of 20 columns
_RATIO_FROM = 1 << 20
_MAX_LIST = 8 << 20  # the list of a workbook's sheets is a few kilobytes
_CHUNK = 1 << 22
_OF_MARKED_LETTERS = (b"strike", b"vertAlign")  # one of them stands in each text with such letters
_OVERLAP = 64  # bytes kept of the last piece, so that a mark cut in two is still seen

_PREFIXED = re.compile(rb"<(\w+):worksheet\b")
# Cells beyond column Z or row 999,999; only then are references read one by one.
_FAR_CELL = """\\sr\\s*=\\s*["'](?:[A-Za-z](?:[A-Za-z]+[0-9]|[0-9]{7})|[0-9]{7})"""
_CELL_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)(\d+)["']""")
_LAST = (b"<c ", b":c ", b"<row ", b":row ")  # with what a cell or a row begins
_TEXTS = "xl/sharedstrings.xml"
_COUNTS = re.compile(rb"""\b(?:count|uniqueCount)\s*=\s*["']\s*(\d+)""")


@dataclass
class Workbook:
    """Tells what is known of a workbook before it is opened: its sheets (name → part), which parts hold formulas or
    errors, which cell styles show another number than the cell holds, and from which year it counts days.

    `with_hidden`: the parts that hide rows or columns. `with_runs`: parts with texts of which some letters are raised,
    lowered or struck out (`xlsx_runs`). `sparse`: sheets that are read without their
    far cells (`far_cells`). `unseen`: long sheets, which are looked through while they are read (`chunks`),
    and before they are read otherwise.
    """

    sheets: dict[str, str] = field(default_factory=dict)
    sparse: set[str] = field(default_factory=set)
    with_odd_cells: set[str] = field(default_factory=set)
    with_hidden: set[str] = field(default_factory=set)
    odd_formats: dict[int, ShownAs] = field(default_factory=dict)
    first_year: Literal[1900, 1904] = 1900
    unseen: set[str] = field(default_factory=set)
    with_runs: set[str] = field(default_factory=set)
    archive: zipfile.ZipFile | None = None

    def read_part_with_odd_cells(self, sheet: str) -> bytes | None:
        """Return the XML of a sheet that holds formulas or errors, or of any when formats are odd; else None."""
        part = self.sheets.get(sheet)
        is_asked = part is not None and (part in self.with_odd_cells or bool(self.odd_formats))
        return self.archive.read(part) if self.archive is not None and part and is_asked else None

    def read_chunks(self, part: str) -> Generator[bytes]:
        """Unpack a long sheet some megabytes at a time; each is looked at before it is given away.

        Raises BlockedFile when the sheet must not be opened any further.
        """
        assert self.archive is not None, "only a zipped workbook has long sheets"
        with _report_broken_as_unreadable():
            yield from _look_through(self.archive, self.archive.getinfo(part), self)
        self.unseen.discard(part)

    def look_through(self, part: str | None) -> None:
        """Look through a sheet that no one has looked at yet. Raises BlockedFile."""
        if part in self.unseen:
            for _ in self.read_chunks(part):
                pass


def check_ole(content: bytes) -> None:
    """Refuse an .xlsx under a password: it comes in an OLE container, as an old .xls does."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise report_encrypted()


def report_encrypted() -> BlockedFile:
    """Return the refusal of a workbook that has a password."""
    return BlockedFile("encrypted", "Tệp có mật khẩu nên không đọc được.", "Bỏ mật khẩu rồi gửi lại.")


_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, etree.XMLSyntaxError, EOFError, OSError, KeyError,
    NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip
"""What zipfile and lxml raise over a broken package; a place before its beginning is a ValueError."""


def _report_bomb(reason: str) -> BlockedFile:
    return BlockedFile(
        "zip_bomb", f"Tệp bị chặn trước khi mở: {reason}.", "Xuất lại bảng tính sạch từ phần mềm, không nén thêm."
    )


@contextmanager
def _report_broken_as_unreadable() -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise report_unreadable("bảng tính bị cắt cụt, hỏng hoặc còn đang ghi dở") from error


def inspect(content: bytes) -> Workbook:
    """Look through a zipped workbook without unpacking it to memory. Raises BlockedFile when it must not be opened."""
    with _report_broken_as_unreadable():
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = archive.infolist()
        _check_sizes(entries, len(content))
        names = {entry.filename for entry in entries}
        if "xl/workbook.xml" not in names:
            if "xl/workbook.bin" in names:
                book = Workbook(archive=archive)
                _look_through_all(archive, entries, book)
                return book
            raise report_unreadable("là tệp nén, không phải bảng tính Excel", "Gửi chính bảng tính, không nén.")
        sheets, first_year = _read_list_of_sheets(archive, names)
        book = Workbook(sheets, first_year=first_year, archive=archive)
        book.unseen = {entry.filename for entry in entries if _is_sheet(entry, book) and entry.file_size >= LONG}
        _look_through_all(archive, [entry for entry in entries if entry.filename not in book.unseen], book)
        book.odd_formats = find_odd_formats(archive)
        return book


@contextmanager
def open_package(content: bytes) -> Iterator[zipfile.ZipFile]:
    """Open a zipped document whose declared sizes are those of an honest one. Raises BlockedFile, also for what is
    found broken while it is read."""
    with _report_broken_as_unreadable():
        archive = zipfile.ZipFile(io.BytesIO(content))
        _check_sizes(archive.infolist(), len(content))
        yield archive


def _check_sizes(entries: list[zipfile.ZipInfo], size: int) -> None:
    if any(entry.flag_bits & 1 for entry in entries):
        raise report_encrypted()
    if len(entries) > MAX_ENTRIES:
        raise _report_bomb(f"gồm {len(entries)} phần, nhiều hơn {MAX_ENTRIES}")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise _report_bomb(f"bung ra quá {MAX_UNPACKED >> 30} GB")
    if sum(entry.compress_size for entry in entries) > size:
        raise _report_bomb("các phần nén chồng lên nhau")
    for entry in entries:
        if entry.file_size > _RATIO_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise _report_bomb(f"tỷ lệ nén trên {MAX_RATIO} lần")


def _look_through_all(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], book: Workbook) -> None:
    for entry in entries:
        if entry.filename.endswith((".xml", ".bin", ".rels")) or _is_sheet(entry, book):
            for _ in _look_through(archive, entry, book):
                pass


def _is_sheet(entry: zipfile.ZipInfo, book: Workbook) -> bool:
    """Tell whether a part is a sheet: by its place, or because the workbook says so. The library minds no case."""
    name = entry.filename.lower()
    is_in_place = name.startswith("xl/worksheets/") and name.endswith(".xml")
    return is_in_place or name in {part.lower() for part in book.sheets.values()}


def _look_through(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, book: Workbook) -> Iterator[bytes]:
    """Unpack an XML part once, a piece at a time: declared sizes and checksums hold (zipfile stops where the
    directory says and compares), sheets are not vast, and the parts with formulas, errors, marked letters or something
    hidden are noted in the book."""
    rows = columns = 0
    opening = tail = b""
    is_sheet = _is_sheet(entry, book)
    has_texts = is_sheet or entry.filename.lower() == _TEXTS
    for chunk in _unpack(archive, entry):
        piece = tail + chunk if has_texts else b""
        if has_texts and any(sign in piece for sign in _OF_MARKED_LETTERS):
            book.with_runs.add(entry.filename)
        if is_sheet:
            opening = opening or _find_formula_opening(piece)
            if entry.filename not in book.with_odd_cells and (opening in piece or b't="e"' in piece):
                book.with_odd_cells.add(entry.filename)
            if b' hidden="1"' in piece or b' hidden="true"' in piece:
                book.with_hidden.add(entry.filename)
            rows, columns = _measure_extent(piece, rows, columns)
            if rows * columns > max(entry.file_size, SPARSE) and entry.filename not in book.unseen:
                book.sparse.add(entry.filename)
            elif rows * columns > MAX_CELLS:
                raise _report_bomb(f"trang tính trải rộng {rows} dòng × {columns} cột, phần lớn là ô trống")
        elif has_texts and not tail:
            _check_counts(archive, chunk)
        tail = chunk[-_OVERLAP:]
        yield chunk


def _check_counts(archive: zipfile.ZipFile, opening: bytes) -> None:
    """Refuse a list of texts that claims more of them than the workbook can hold: the library makes room for as many
    as are claimed."""
    claimed = max((int(told[:18]) for told in _COUNTS.findall(opening[:4096])), default=0)
    if claimed * _LEAST_TEXT > max(sum(entry.file_size for entry in archive.infolist()), SPARSE):
        raise report_unreadable(f"bảng tính khai có {claimed} chuỗi chữ, nhiều hơn mức tệp có thể chứa")


def report_vast() -> BlockedFile:
    """Return the refusal of a workbook with a sheet that reaches beyond measure."""
    return _report_bomb("trang tính trải rất rộng, phần lớn là ô trống")


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Unpack a part some megabytes at a time; of a long part the next ones are unpacked while these are looked at."""
    with archive.open(entry) as stream:
        if entry.file_size < LONG:
            yield from iter(lambda: stream.read(_CHUNK), b"")
            return
        with ThreadPoolExecutor(1) as ahead:
            coming = ahead.submit(stream.read, _CHUNK)
            while chunk := coming.result():
                coming = ahead.submit(stream.read, _CHUNK)
                yield chunk


def _find_formula_opening(first_piece: bytes) -> bytes:
    """Find how a formula begins in this sheet: "<f", or with the prefix of its name space."""
    prefix = _PREFIXED.search(first_piece, 0, 4096)
    return b"<" + prefix[1] + b":f" if prefix else b"<f"


def _measure_extent(piece: bytes, rows: int, columns: int) -> tuple[int, int]:
    """Measure the rectangle that the cells seen so far need. A sheet up to column Z and below a million rows costs one
    scan."""
    for last in map(piece.rfind, _LAST):
        found = _CELL_REFERENCE.search(piece, last, last + 200) if last >= 0 else None
        rows = max(rows, int(found[2][:12])) if found else rows
    columns = max(columns, 26)
    # By Arrow, which leaves the interpreter's lock to those who read the sheet meanwhile.
    if pc.match_substring_regex(pa.scalar(piece, pa.large_binary()), _FAR_CELL).as_py():
        for letters, number in set(_CELL_REFERENCE.findall(piece)):
            rows = max(rows, int(number[:12]))
            columns = max(columns, parse_column_letters(letters[:8]))
    return rows, columns


def parse_column_letters(letters: bytes) -> int:
    """Turn column letters into the 1-based number: AB → 28."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _read_list_of_sheets(archive: zipfile.ZipFile, names: set[str]) -> tuple[dict[str, str], Literal[1900, 1904]]:
    """Map each sheet's name to its part, as the workbook's relations say; tell from which year the workbook counts."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    relations = "xl/_rels/workbook.xml.rels"
    targets: dict[str, str] = {}
    if relations in names:
        for relation in etree.fromstring(read_part(archive, relations), parser).iter("{*}Relationship"):
            target = str(relation.get("Target", ""))
            targets[str(relation.get("Id"))] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    book = etree.fromstring(read_part(archive, "xl/workbook.xml"), parser)
    found: dict[str, str] = {}
    for sheet in book.iter("{*}sheet"):
        identity = next((value for name, value in sheet.attrib.items() if str(name).endswith("}id")), "")
        found[str(sheet.get("name"))] = targets.get(str(identity), "")
    parts = [part for part in found.values() if part]
    if len(set(parts)) < len(parts):
        raise report_unreadable("nhiều trang tính cùng chỉ tới một phần của tệp")
    is_1904 = any(str(told.get("date1904")) in ("1", "true") for told in book.iter("{*}workbookPr"))
    return found, 1904 if is_1904 else 1900


def read_part(archive: zipfile.ZipFile, part: str, most: int = _MAX_LIST) -> bytes:
    """Unpack a part of at most so many bytes. Raises BlockedFile for a larger one."""
    if archive.getinfo(part).file_size > most:
        raise _report_bomb(f"phần “{part[:40]}” lớn quá {most >> 20} MB")
    return archive.read(part)
