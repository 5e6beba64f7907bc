"""This module writes a block of rows into a sheet at once: how a value stands in a cell is worked out once per value,
not once per cell.

XlsxWriter takes some 25 µs for each cell; the rows that the offices have to mend are half a million cells in a province
of a million dossiers. The bytes are those that XlsxWriter makes cell by cell: a test compares them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

_PART = 50_000
"""Rows that are made into text at a time: some 25 MB."""
_ROWS_A_SPAN = 16
"""The file says for so many rows at once which columns they use."""


@dataclass(frozen=True)
class Cells:
    """Cells are a table as its distinct values and `codes` (rows x columns), the place of each cell's value among
    them.
    """

    codes: NDArray[np.intp]
    values: list[Any]

    @classmethod
    def factorize(cls, table: pd.DataFrame) -> Cells:
        """Return the cells of a table of objects; whatever stands for "not known" in it becomes None."""
        codes, values = pd.factorize(table.to_numpy(object).ravel())
        unknown = codes < 0
        codes[unknown] = len(values)
        return cls(codes.reshape(table.shape), [*values, *([None] if unknown.any() else [])])

    def map_values(self, told: Callable[[Any], float]) -> NDArray[np.float64]:
        """Return what `told` says of every cell's value (rows x columns); it is asked once per distinct value."""
        return np.array([told(value) for value in self.values], dtype=float)[self.codes]


@dataclass(frozen=True)
class Look:
    """A look is how a value stands in a cell: a text, a number (a date is one, too), or None, an empty cell of that
    format.
    """

    content: str | float | None
    format: Format


@dataclass(frozen=True)
class _Block:
    """A block keeps `codes` (rows x columns: the place of each cell in `looks`), `texts` (place → shared string) and
    heights in pixels.
    """

    first_row: int
    codes: NDArray[np.intp]
    looks: list[Look]
    texts: dict[int, int]
    heights: NDArray[np.intp]

    @property
    def last_row(self) -> int:
        return self.first_row + len(self.codes) - 1


class BlockSheet(Worksheet):  # type: ignore[misc]  # XlsxWriter says nothing of its types
    """This is a worksheet that may hold one block of rows between those that are written cell by cell."""

    _block: _Block | None = None
    dim_rowmin: int
    dim_rowmax: int

    def write_block(
        self, first_row: int, cells: Cells, choose_look: Callable[[Any], Look], heights: NDArray[np.float64]
    ) -> None:
        """Write the cells from `first_row` and the first column on; `heights` are the rows' own, in points."""
        looks = [choose_look(value) for value in cells.values]
        shared = self.str_table
        texts = {
            at: shared._get_shared_string_index(cell.content)
            for at, cell in enumerate(looks)
            if isinstance(cell.content, str)
        }
        shared.count += int(np.isin(cells.codes, list(texts)).sum()) - len(texts)
        pixels = (heights * 4.0 / 3.0 + 0.5).astype(np.intp)
        self._block = _Block(first_row, cells.codes, looks, texts, pixels)
        self._check_dimensions(first_row, 0)
        self._check_dimensions(self._block.last_row, cells.codes.shape[1] - 1)

    def _write_rows(self) -> None:
        block = self._block
        if block is None:
            super()._write_rows()
            return
        low, high = self.dim_rowmin, self.dim_rowmax
        self.dim_rowmax = block.first_row - 1
        super()._write_rows()
        for start in range(0, len(block.codes), _PART):
            self.fh.write(self._render_rows(block, start))
        self.dim_rowmin, self.dim_rowmax = block.last_row + 1, high
        super()._write_rows()
        self.dim_rowmin = low

    def _calculate_spans(self) -> None:
        super()._calculate_spans()
        if self._block is not None:
            spans = range(self._block.first_row // _ROWS_A_SPAN, self._block.last_row // _ROWS_A_SPAN + 1)
            self.row_spans.update(dict.fromkeys(spans, f"1:{self._block.codes.shape[1]}"))

    def _render_rows(self, block: _Block, start: int) -> str:
        """Return some of the block's rows as the sheet's XML, column beside column."""
        codes, heights = block.codes[start : start + _PART], block.heights[start : start + _PART]
        columns = codes.shape[1]
        first = block.first_row + 1 + start
        numbers = np.arange(first, first + len(codes)).astype(str).astype(object)
        names = np.array([f'<c r="{xl_col_to_name(column)}' for column in range(columns)], dtype=object)
        tails = np.array([_render_tail(look, block.texts.get(at)) for at, look in enumerate(block.looks)], dtype=object)
        tall = {px: "" if px == self.default_row_height else f' ht="{px * 0.75:.16g}" customHeight="1"'
                for px in np.unique(heights)}  # fmt: skip
        pieces = np.empty((len(codes), columns + 2), dtype=object)
        rows = zip(numbers, heights, strict=True)
        pieces[:, 0] = [f'<row r="{number}" spans="1:{columns}"{tall[px]}>' for number, px in rows]
        pieces[:, 1:-1] = names + numbers[:, None] + tails[codes]
        pieces[:, -1] = "</row>"
        return "".join(pieces.ravel())


def _render_tail(look: Look, text: int | None) -> str:
    """Return a cell's XML from the end of its address on; `text` is its place among the shared strings."""
    style = f'" s="{look.format._get_xf_index()}"'
    if look.content is None:
        return f"{style}/>"
    return f'{style} t="s"><v>{text}</v></c>' if text is not None else f"{style}><v>{look.content:.16G}</v></c>"
