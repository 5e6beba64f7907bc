"""A sheet of very many rows, read by python-calamine in stretches on all cores.

The sheet's XML is cut between rows, and each stretch is put into a workbook of its own, in memory, beside the same
styles and shared strings. So the library that reads every other sheet still says what each cell is; it only sees fewer
rows at a time, with the interpreter's lock released, and never the whole sheet at once.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import python_calamine as calamine

from dagster_project.ingest.readers import xlsx_guard

Merge = tuple[tuple[int, int], tuple[int, int]]

_STRETCH = 8 << 20  # bytes of XML, some 10,000 rows: enough that starting a workbook does not count
_OPENING = b"<sheetData>"
_BETWEEN_ROWS = b'</row><row r="'
_ROW_END = len(b"</row>")
# The library looks through the sheet a second time for its merged cells, up to the first list of them.
_NO_MERGES = b'<mergeCells count="0"></mergeCells>'
_CLOSING = b"</sheetData></worksheet>"
_SHARED_STRINGS = "xl/sharedStrings.xml"
_WORKERS = max(2, min(4, os.cpu_count() or 1))


@dataclass
class _Stretch:
    """Holds cells as a rectangle (objects, "" where empty), the place of its first one, and the sheet's merged
    cells."""

    cells: np.ndarray
    top: int = 0
    left: int = 0
    merges: list[Merge] = field(default_factory=list)


def read_long(book: xlsx_guard.Workbook, part: str, sheet: str) -> tuple[np.ndarray, list[Merge]] | None:
    """Read all cells of a sheet from A1 on (rows × columns, objects as the library gives them) and its merged cells.

    None when the XML is not written as spreadsheet programs write it, so that it cannot be cut between rows.
    Raises BlockedFile as the guard does, and what the library raises on a broken sheet.
    """
    assert book.archive is not None, "only a zipped workbook has long sheets"
    names = [name for name in book.archive.namelist() if _is_beside(name)]
    beside = {name: book.archive.read(name) for name in names}
    size = max(_STRETCH, len(beside.get(_SHARED_STRINGS, b"")))  # every stretch has to read the shared strings again
    done: list[_Stretch] = []
    pending: deque[Future[_Stretch | None]] = deque()
    with ThreadPoolExecutor(_WORKERS) as workers, closing(book.read_chunks(part)) as chunks:
        for xml in _cut_stretches(chunks, size):
            pending.append(workers.submit(_read_stretch, xml, part, sheet, beside))
            if len(pending) > _WORKERS and not _take(pending.popleft(), done):
                return None
        if not all(_take(future, done) for future in pending):
            return None
    return (_join_stretches(done), done[-1].merges) if done else None


def _take(coming: Future[_Stretch | None], done: list[_Stretch]) -> bool:
    """Wait for a stretch; False when it is too sparse, or all together are more than a sheet may be."""
    stretch = coming.result()
    if stretch is not None:
        done.append(stretch)
    return stretch is not None and sum(part.cells.size for part in done) <= xlsx_guard.MAX_CELLS


def _is_beside(name: str) -> bool:
    """Tell whether a part is needed to understand a sheet. Other sheets, pictures and macros are not."""
    return name.endswith((".xml", ".rels")) and not name.startswith(("xl/worksheets/", "xl/drawings/"))


def _cut_stretches(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Cut a sheet into several, each with whole rows; yield none when it cannot be cut."""
    text = next(chunks, b"")
    begin = text.find(_OPENING)
    if begin < 0 or _BETWEEN_ROWS not in text:
        return
    head = text[:begin]
    rows = [text[begin + len(_OPENING) :]]
    length = len(rows[0])
    for chunk in chunks:
        rows.append(chunk)
        length += len(chunk)
        cut = chunk.rfind(_BETWEEN_ROWS) + _ROW_END if length >= size else 0
        if cut > _ROW_END:
            rows[-1] = chunk[:cut]
            yield b"".join([head, _NO_MERGES, _OPENING, *rows, _CLOSING])
            rows, length = [chunk[cut:]], len(chunk) - cut
    yield b"".join([head, _OPENING, *rows])


def _read_stretch(xml: bytes, part: str, sheet: str, beside: dict[str, bytes]) -> _Stretch | None:
    """Read a stretch by the library; None when its rows are so far apart that only the whole is a rectangle."""
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as archive:
        for name, content in (*beside.items(), (part, xml)):
            archive.writestr(name, content)
    book.seek(0)
    with calamine.load_workbook(book) as workbook:
        book.close()
        found = workbook.get_sheet_by_name(sheet)
    if found.height * found.width > len(xml):
        return None
    rows: list[list[Any]] = found.to_python()
    cells = np.empty((len(rows), len(rows[0]) if rows else 0), dtype=object)
    if rows:
        cells[:] = rows
    top, left = found.start or (0, 0)
    return _Stretch(cells, top, left, found.merged_cell_ranges or [])


def _join_stretches(stretches: list[_Stretch]) -> np.ndarray:
    filled = [part for part in stretches if part.cells.size]
    height = max((part.top + part.cells.shape[0] for part in filled), default=0)
    width = max((part.left + part.cells.shape[1] for part in filled), default=0)
    whole = np.full((height, width), "", dtype=object)
    for part in filled:
        rows, columns = part.cells.shape
        whole[part.top : part.top + rows, part.left : part.left + columns] = part.cells
    return whole
