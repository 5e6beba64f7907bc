"""Files of bad shapes at sizes n and 4n: reading them costs their bytes, so that the ratio stays near 4 or below.

`python -m benchmarks.adversarial [NAME …]` prints for each shape the bytes and the CPU seconds at both sizes, their
ratios and what became of the larger file. Each file is read in a process of its own, whose start does not count.
"""

from __future__ import annotations

import io
import sys
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import openpyxl

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import ReadSpec, name_column

NAMES = ["STT", "Mã dự án", "Tên dự án", "Xã/Phường", "Số hộ"]
ALIASES = {"code": [NAMES[1]], "name": [NAMES[2]], "commune": [NAMES[3]], "households": [NAMES[4]]}
REQUIRED = frozenset({"code", "households"})
SHEET = ReadSpec(kind="xlsx", aliases=ALIASES, required=REQUIRED)
TEXT = ReadSpec(kind="csv", aliases=ALIASES, required=REQUIRED, delimiter=";")
ITEMS = ReadSpec(kind="json_pages", aliases=ALIASES, required=REQUIRED)


def make_rows(count: int) -> list[list[object]]:
    """Make rows of data."""
    return [[n, f"DA-{n:06}", f"Dự án số {n}", "Xã Yên Lạc", n % 90] for n in range(1, count + 1)]


def write_text(count: int, behind: str = "", header: str = "") -> bytes:
    """Write a delimited file; something may stand behind its rows, or behind its header."""
    lines = [";".join(NAMES) + header, *(";".join(map(str, row)) for row in make_rows(count))]
    return ("\n".join(lines) + "\n" + behind).encode()


def write_workbook(count: int, cells: dict[str, str]) -> bytes:
    """Write a workbook with some cells beside its rows."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in [NAMES, *make_rows(count)]:
        sheet.append(row)
    for place, value in cells.items():
        sheet[place] = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def write_comment(mark: bytes) -> bytes:
    """Write a workbook with formulas whose sheet has a comment."""
    source = zipfile.ZipFile(io.BytesIO(write_workbook(100, {"H3": "=1+1"})))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, part.replace(b"<sheetData>", b"<!--" + mark + b"--><sheetData>"))
    return stream.getvalue()


def name_headers(count: int) -> dict[str, str]:
    """Return a header for each column behind those of the rows."""
    return {f"{name_column(column)}1": "x" for column in range(len(NAMES), count)}


def write_page(count: int, attributes: str, every: int = 1) -> bytes:
    """Write an HTML page of which every so many rows' cells have these attributes."""
    cells = [
        "<tr>" + "".join(f"<td{'' if n % every else attributes}>{cell}</td>" for cell in row) + "</tr>"
        for n, row in enumerate(make_rows(count))
    ]
    head = "<tr>" + "".join(f"<th>{name}</th>" for name in NAMES) + "</tr>"
    return f"<html><meta charset=utf-8><table>{head}{''.join(cells)}</table></html>".encode()


def write_opendocument(count: int, behind: str) -> bytes:
    """Write an OpenDocument sheet with something behind its rows."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = "".join(
        f"<table:table-row>{''.join(map(cell.format, row))}</table:table-row>" for row in [NAMES, *make_rows(count)]
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="S">{rows}{behind}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>",
        )
    return stream.getvalue()


def write_items(count: int, fee: str) -> bytes:
    """Write a JSON page with a value of its own in each item."""
    items = [f'{{"Mã dự án": "DA-{n}", "Số hộ": {fee}}}' for n in range(count)]
    return f'{{"data": {{"items": [{", ".join(items)}]}}}}'.encode()


def write_head(count: int, head: str) -> bytes:
    """Write an HTML page with something before its table."""
    return write_page(count, "").replace(b"<table>", head.encode() + b"<table>", 1)


def write_nested(count: int, depth: int) -> bytes:
    """Write an HTML page with tables in tables behind its own."""
    nested = b"<table><tr><td>" * depth + b"x" + b"</td></tr></table>" * depth
    return write_page(count, "").replace(b"</html>", nested + b"</html>")


_FILLED = (
    '<table:table-row><table:table-cell table:number-columns-repeated="1900" office:value-type="string">'
    "<text:p>x</text:p></table:table-cell></table:table-row>"
)
_REPEATED = '<table:table-row table:number-rows-repeated="1000000"><table:table-cell/></table:table-row>'
_LONE = (
    '<table:table-row><table:table-cell table:number-columns-repeated="16000"/>'
    '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>'
)

SHAPES: dict[str, tuple[ReadSpec, str, int, Callable[[int], bytes]]] = {
    "plain-csv": (TEXT, "a.csv", 50_000, write_text),
    "plain-xlsx": (SHEET, "a.xlsx", 5_000, lambda n: write_workbook(n, {})),
    "blank-lines": (TEXT, "a.csv", 1_000_000, lambda n: write_text(100, "\n" * n)),
    "blank-rows": (TEXT, "a.csv", 100_000, lambda n: write_text(100, (";" * 20 + "\r\n") * n)),
    "long-field": (TEXT, "a.csv", 250_000, lambda n: write_text(100, '"' * (2 * n + 1))),
    "columns-in-header": (TEXT, "a.csv", 250_000, lambda n: write_text(10, header=";" * n)),
    "columns-in-rows": (TEXT, "a.csv", 250_000, lambda n: write_text(100, "\n".join([";x" * n] * 4))),
    "stray-column": (SHEET, "a.xlsx", 500, lambda n: write_workbook(n, {"XFD5": "x"})),
    "stray-corner": (SHEET, "a.xlsx", 500, lambda n: write_workbook(n, {"XFD1048576": "x"})),
    "wide-sheet": (SHEET, "a.xlsx", 400, lambda n: write_workbook(20, name_headers(n))),
    "rowspan": (SHEET, "a.html", 500, lambda n: write_page(n, " rowspan=200")),
    "rowspan-some": (SHEET, "a.html", 500, lambda n: write_page(n, " rowspan=200", 50)),
    "colspan": (SHEET, "a.html", 500, lambda n: write_page(n, " colspan=1000000000")),
    "both-spans": (SHEET, "a.html", 500, lambda n: write_page(n, " rowspan=200 colspan=200")),
    "nested-tables": (SHEET, "a.html", 20, lambda n: write_nested(20, n)),
    "ods-stray": (SHEET, "a.ods", 500, lambda n: write_opendocument(n, _LONE)),
    "ods-filled": (SHEET, "a.ods", 500, lambda n: write_opendocument(100, _FILLED * n)),
    "ods-repeats": (SHEET, "a.ods", 500, lambda n: write_opendocument(100, _REPEATED * n)),
    "open-cells": (SHEET, "a.xlsx", 50_000, lambda n: write_comment(b"<c " * n)),
    "open-texts": (SHEET, "a.xlsx", 20_000, lambda n: write_comment(b'<c r="A2"><is><t ' * n)),
    "open-styles": (SHEET, "a.html", 250_000, lambda n: write_head(100, f"<style>{'@' * n}</style>")),
    "open-rules": (SHEET, "a.html", 50_000, lambda n: write_head(100, f"<style>{'.a{b:c}' * n}</style>")),
    "own-style": (SHEET, "a.html", 20_000, lambda n: write_head(100, f"<p style={'text-decoration:' * n}>x</p>")),
    "blanks": (SHEET, "a.html", 250_000, lambda n: write_head(100, f"<p>x{' ' * n}</p>")),
    "title-brackets": (TEXT, "a.csv", 15_000, lambda n: ("(" * n + "\n").encode() + write_text(100)),
    "title-months": (TEXT, "a.csv", 1_500, lambda n: ("tháng 1 " * n + "\n").encode() + write_text(100)),
    "title-units": (TEXT, "a.csv", 1_500, lambda n: ("triệu " * n + "\n").encode() + write_text(100)),
    "huge-integers": (ITEMS, "a.json", 100, lambda n: write_items(n, "9" * 5_000)),
    "lists": (ITEMS, "a.json", 5_000, lambda n: write_items(n, "[1, [2, {}]]")),
    "depth": (ITEMS, "a.json", 25_000, lambda n: b"[" * n),
}  # fmt: skip


def measure(name: str, size: int) -> tuple[int, float, str]:
    """Return bytes, CPU seconds and the outcome of reading one file."""
    spec, file, _, write = SHAPES[name]
    content = write(size)
    readers.read(write_text(10), "a.csv", TEXT)  # what is imported or compiled once
    began = time.process_time()
    try:
        said = f"{sum(table.rows_read for table in readers.read(content, file, spec))} rows"
    except BlockedFile as block:
        said = block.rule
    return len(content), time.process_time() - began, said


def main(names: list[str]) -> None:
    """Print a line for each shape."""
    print(f"{'shape':18} {'bytes n':>11} {'bytes 4n':>11} {'s n':>7} {'s 4n':>7} {'bytes':>6} {'time':>6}  outcome")
    for name in names or SHAPES:
        size = SHAPES[name][2]
        with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
            (few, short, _), (many, long, said) = pool.map(measure, [name, name], [size, 4 * size])
        ratios = f"{many / few:6.1f} {long / max(short, 0.001):6.1f}"
        print(f"{name:18} {few:11} {many:11} {short:7.3f} {long:7.3f} {ratios}  {said}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
