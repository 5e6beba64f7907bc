"""The fastest library of each form, files to typed Parquet.

`library_readers.py FORM FOLDER OUT`.

Each keeps what a warehouse needs: every column, text and number told apart, exact numbers, moments typed. They know the
form of these files beforehand, and look for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import python_calamine
from lxml import etree

from benchmarks.peers import task

_MOMENT = pa.timestamp("us")
_TOP = 3
"""Columns of a workbook's or a page's first rows of which one is full only in rows of data."""


def read_json(files: Sequence[Path], out: Path) -> None:
    """Read pages by orjson."""
    items = [item for path in files for item in orjson.loads(path.read_bytes())["data"]["items"]]
    columns = {}
    for name in items[0]:
        values = pa.array([item[name] for item in items])
        moment = task.HEADERS["pt"].get(name) in (*task.DATES, "changed_at")
        columns[name] = pc.strptime(values, "%Y%m%d%H%M%S", "us", error_is_null=True) if moment else values
    pq.write_table(pa.table(columns), out / "0.parquet", compression="zstd")


def read_csv(files: Sequence[Path], out: Path) -> None:
    """Read decoded lists by DuckDB."""
    with duckdb.connect() as connection:
        parts = []
        for nth, path in enumerate(files):
            decoded = out / f"{nth}.csv"
            text = task.decode_tcvn3(path.read_bytes())
            decoded.write_text(text, encoding="utf-8", newline="")
            parts.append(str(decoded))
        known = task.HEADERS["hb"]
        names = text.partition("\r\n")[0].split(";")
        typed = ", ".join(
            f'try_strptime("{name}", \'%d/%m/%Y\') as "{name}"'
            if known.get(name) in (*task.DATES, "changed_at")
            else f'"{name}"'
            for name in names
        )
        connection.execute(
            f"copy (select {typed} from read_csv({parts}, all_varchar = true, delim = ';', header = true)) "
            f"to '{out}/0.parquet' (compression zstd)"
        )


def read_xlsx(files: Sequence[Path], out: Path) -> None:
    """Read workbooks by calamine, which tells text from number."""
    rows: list[list[object]] = []
    for path in files:
        sheet = python_calamine.load_workbook(path).get_sheet_by_index(0).to_python()
        names = _join_headers(sheet)
        rows += (row for row in sheet if isinstance(row[0], float) and row[_TOP])
    _write_rows(names, rows, out)


def read_html(files: Sequence[Path], out: Path) -> None:
    """Read pages of one table by lxml."""
    rows: list[list[object]] = []
    for path in files:
        tree = etree.parse(str(path), etree.HTMLParser(encoding="utf-8", huge_tree=True))
        table = [[cell.text or "" for cell in row] for row in tree.iter("tr")]
        names = table[0]
        rows += table[1:]
    _write_rows(names, rows, out)


def _join_headers(sheet: Sequence[Sequence[object]]) -> list[str]:
    """Return the names of the columns from a header of two rows."""
    last = next(nth for nth, row in enumerate(sheet) if "Mã hồ sơ" in row)
    return [str(lower or upper) for upper, lower in zip(sheet[last - 1], sheet[last], strict=True)]


def _write_rows(names: Sequence[str], rows: Iterable[Sequence[object]], out: Path) -> None:
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    known = task.HEADERS["vp"]
    typed = {
        name: _type_moments(cells)
        if known.get(name) in task.DATES
        else pa.array([None if cell == "" else float(str(cell)) for cell in cells])
        if known.get(name) == "fee"
        else pa.array(map(str, cells))
        for name, cells in columns.items()
    }
    pq.write_table(pa.table(typed), out / "0.parquet", compression="zstd")


def _type_moments(cells: Sequence[object]) -> pa.Array:
    if any(isinstance(cell, datetime) for cell in cells):
        return pa.array([cell or None for cell in cells], _MOMENT)
    return pc.strptime(pa.array(cells), "%d/%m/%Y %H:%M", "us", error_is_null=True)


READERS: dict[str, tuple[str, Callable[[Sequence[Path], Path], None]]] = {
    "json": ("orjson", read_json), "csv": ("DuckDB", read_csv), "xlsx": ("calamine", read_xlsx),
    "html": ("lxml", read_html),
}  # fmt: skip


def main(form: str, folder: str, out: str) -> None:
    """Read all files of a folder and write them as one Parquet."""
    files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    READERS[form][1](files, Path(out))
