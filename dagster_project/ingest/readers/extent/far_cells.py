"""Cells that stand very far from all others: a slip of the hand in XFD5, which stretches a sheet to 16,384 columns.

They are not read, and the sender is told where they stand. So a sheet costs what is in it, not the rectangle around it.
"""

from __future__ import annotations

import io
import re
import zipfile
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from lxml import etree

from dagster_project.ingest.readers import xlsx_guard
from dagster_project.ingest.readers.base import name_column, report_unreadable

MAX_EMPTY_COLUMNS = 100  # between a table and what still belongs to it; tables side by side stand 2 or 3 apart
MAX_EMPTY_ROWS = 10_000
MOST_FAR = 20  # far cells that are a slip whatever the size of the table; beyond it, a tenth of all cells
MAX_COLUMNS = 2_000  # of a sheet that is read; the widest register has 60
Rows = Sequence[Sequence[Any]] | np.ndarray
_REFERENCE = re.compile(r"\s*([A-Za-z]{1,4})(\d{1,9})\s*")
_FAST = 1  # of zlib's levels: the workbook is read once and thrown away


def find_edge(filled: Iterable[int], gap: int) -> int | None:
    """Find the first of these places (0-based) that stands more than `gap` behind the one before it; None where none
    does."""
    places = sorted(filled)
    return next((place for before, place in pairwise(places) if place - before > gap + 1), None)


def name_place(row: int, column: int) -> str:
    """Return the reference of a cell (0-based): XFD5."""
    return f"{name_column(column)}{row + 1}"


def cut_rows(rows: Rows) -> tuple[Rows, str | None]:
    """Return the rows of a sheet without its far cells, and where the first of them stood. Raises BlockedFile:
    unreadable, when they are more than a slip, or the table itself is too wide."""
    rows, below = _cut_far_rows(rows)
    if not len(rows) or max(map(len, rows)) <= MAX_EMPTY_COLUMNS:
        return rows, below
    columns = Counter(at for row in rows for at, cell in enumerate(row) if not _is_empty(cell))
    edge = find_edge(columns, MAX_EMPTY_COLUMNS)
    beside = None
    if edge is not None:
        _check_few(sum(count for at, count in columns.items() if at >= edge), columns.total())
        stray = next(at for at, row in enumerate(rows) if len(row) > edge and not _is_empty(row[edge]))
        beside = name_place(stray, edge)
    width = max((at for at in columns if edge is None or at < edge), default=-1) + 1
    _check_width(width)
    rows = rows[:, :width] if isinstance(rows, np.ndarray) else [row[:width] for row in rows]
    return rows, below or beside


def _cut_far_rows(rows: Rows) -> tuple[Rows, str | None]:
    if len(rows) <= MAX_EMPTY_ROWS:
        return rows, None
    # Nearly every row has a cell that counts as true, which is soon told.
    filled = [at for at, row in enumerate(rows) if any(row) or not all(map(_is_empty, row))]
    edge = find_edge(filled, MAX_EMPTY_ROWS)
    if edge is None:
        return rows, None
    near = bisect_left(filled, edge)
    _check_few(len(filled) - near, len(filled))
    first = next(at for at, cell in enumerate(rows[edge]) if not _is_empty(cell))
    return rows[: filled[near - 1] + 1], name_place(edge, first)


def _is_empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell)


def _check_few(far: int, whole: int) -> None:
    """Refuse a sheet of which so much stands far away that it is no slip of the hand."""
    if far > max(MOST_FAR, whole // 10):
        raise report_unreadable(
            f"có {far} ô nằm rất xa bảng (sau hơn {MAX_EMPTY_COLUMNS} cột hoặc {MAX_EMPTY_ROWS} dòng trống)",
            "Đưa các ô về sát bảng, không gộp hay kéo giãn ô, rồi gửi lại.",
        )


def _check_width(width: int) -> None:
    """Refuse a sheet of more columns than any table has. Raises BlockedFile: unreadable."""
    if width > MAX_COLUMNS:
        raise report_unreadable(f"bảng có {width} cột, nhiều hơn {MAX_COLUMNS}", "Xuất lại bảng theo mẫu biểu rồi gửi.")


def leave_out(content: bytes, parts: Collection[str]) -> tuple[bytes, dict[str, str]]:
    """Return a workbook whose sheets in these `parts` are without their far cells, and for each part that had some
    where the first of them stands. Raises BlockedFile: unreadable."""
    stream = io.BytesIO()
    first: dict[str, str] = {}
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST) as target,
    ):
        for name in dict.fromkeys(source.namelist()):
            part = source.read(name)
            if name in parts:
                root = _parse(part)
                found = _remove_far_cells(root)
                first |= {name: found} if found else {}
                part = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
            target.writestr(name, part)
    return stream.getvalue(), first


def _parse(part: bytes) -> Any:
    try:
        return etree.fromstring(part, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError as error:
        raise report_unreadable("bảng tính bị cắt cụt hoặc hỏng") from error


def _remove_far_cells(root: Any) -> str | None:
    """Take the empty and the far cells out of a sheet; return where the first far one stands."""
    cells = list(_list_cells(root))
    for cell, _, _ in cells:
        if not len(cell):
            cell.getparent().remove(cell)
    filled = [(row, column, cell) for cell, row, column in cells if len(cell)]
    below = find_edge({row for row, _, _ in filled}, MAX_EMPTY_ROWS)
    near = [one for one in filled if below is None or one[0] < below]
    beside = find_edge({column for _, column, _ in near}, MAX_EMPTY_COLUMNS)
    far = [
        (row, column, cell)
        for row, column, cell in filled
        if (below is not None and row >= below) or (beside is not None and column >= beside)
    ]
    _check_few(len(far), len(filled))
    for _, _, cell in far:
        cell.getparent().remove(cell)
    for line in [line for line in root.iter("{*}row") if not len(line)]:
        line.getparent().remove(line)
    return name_place(far[0][0], far[0][1]) if far else None


def _list_cells(root: Any) -> Iterable[tuple[Any, int, int]]:
    """List the cells of a sheet with their places (0-based); one that names none stands behind the one before it."""
    row = -1
    for line in root.iter("{*}row"):
        said = line.get("r", "").strip()
        row = int(said[:9]) - 1 if said.isdecimal() else row + 1
        column = -1
        for cell in line.iterchildren("{*}c"):
            found = _REFERENCE.fullmatch(cell.get("r", ""))
            if found is not None:
                row, column = int(found[2]) - 1, xlsx_guard.parse_column_letters(found[1].encode()) - 1
            else:
                column += 1
            yield cell, row, column
