"""(e) Readers, each alone and cold, files to typed Parquet, beside the fastest library and beside the whole landing.

Every reading is a process of its own. Compared is the CPU of its one call; start and imports are in the processes'
whole account, which is told for the memory.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from html import escape
from pathlib import Path

import pyarrow.parquet as pq
import python_calamine

from benchmarks.measure import Account, measure
from benchmarks.offices import deliver
from benchmarks.product import ROOT
from benchmarks.reading.cold import read_cold
from benchmarks.reading.library_readers import READERS
from benchmarks.report import Table, show_ratio
from benchmarks.tables.plan import Plan

DOSSIERS = 110_000
FEEDS = {"json": "procedures_pt", "xlsx": "procedures_vp", "csv": "procedures_hb", "html": "procedures_vp"}
_FORMS = {"json": "JSON pages", "xlsx": "workbooks", "csv": "TCVN3 CSV", "html": "HTML tables"}


def run(plan: Plan) -> list[Table]:
    """Measure each form, everybody in turn; the least of the rounds counts."""
    dossiers = plan.dossiers or DOSSIERS
    inbox = deliver(plan.scratch / "inbox", dossiers)
    pages = plan.scratch / "pages"
    for path in sorted((inbox / FEEDS["html"]).rglob("*.xlsx")):
        write_page(path, pages / FEEDS["html"] / f"{path.stem}.xls")
    table = Table(
        f"(e) Readers alone, cold, {dossiers:,} dossiers",
        ("rows", "CPU of the call", "to the library", "memory of the process"),
    )
    for form, feed in FEEDS.items():
        files = (pages if form == "html" else inbox) / feed
        _measure_form(plan, table, form, feed, files)
    return [table]


def _measure_form(plan: Plan, table: Table, form: str, feed: str, files: Path) -> None:
    library = READERS[form][0]
    runs: dict[str, Callable[[Path], Account]] = {library: lambda out: _read_by_library(form, files, out)}
    for product in plan.products:
        told = (*name_program("product_reader"), feed, str(files))
        runs[product.name] = lambda out, p=product, t=told: p.run(*t, str(out))  # type: ignore[misc]
        land = (*name_program("product_landing"), feed, str(files.parent))
        runs[f"{product.name}, whole landing"] = lambda out, p=product, t=land: p.run(*t, str(out / "home"))  # type: ignore[misc]
    best: dict[str, tuple[float, Account]] = {}
    rows = 0
    for round_ in range(plan.rounds):
        for name, work in runs.items():
            out = plan.scratch / "out" / f"{form} {name} {round_}"
            out.mkdir(parents=True)
            account = work(out)
            seconds = read_cold([line for _, line in account.told])
            if name not in best or seconds < best[name][0]:
                best[name] = seconds, account
            if not name.endswith("landing"):
                rows = _agree_on_rows(form, name, rows, out)
    for name, (seconds, account) in best.items():
        ratio = show_ratio(seconds, best[library][0])
        shown = f"{_FORMS[form]}: {name}"
        table.add(shown, f"{rows:,}", f"{seconds:.2f} s", ratio, f"{account.peak_mb:,.0f} MB", bar=seconds)


def _read_by_library(form: str, files: Path, out: Path) -> Account:
    command = [sys.executable, *name_program("library_readers"), form, str(files), str(out)]
    return measure(command, {"PYTHONPATH": str(ROOT)}, folder=ROOT)


def name_program(name: str) -> tuple[str, str]:
    """Return what Python is given to run a program of the reading room."""
    room = ROOT / "benchmarks" / "reading"
    return str(room / "cold.py"), str(room / f"{name}.py")


def _agree_on_rows(form: str, name: str, rows: int, out: Path) -> int:
    """Return how many rows were written. Raises ValueError when another reader of the same files wrote others."""
    found = sum(pq.read_metadata(path).num_rows for path in out.glob("*.parquet"))
    if rows not in (0, found):
        raise ValueError(f"{form}: {name} wrote {found} rows, not {rows}")
    return found


def write_page(workbook: Path, page: Path) -> None:
    """Write a workbook's rows as the HTML that old office software saves under the name of a workbook."""
    sheet = python_calamine.load_workbook(workbook).get_sheet_by_index(0).to_python()
    last = next(nth for nth, row in enumerate(sheet) if "Mã hồ sơ" in row)
    names = [str(lower or upper) for upper, lower in zip(sheet[last - 1], sheet[last], strict=True)]
    title = next(str(row[0]) for row in sheet if "Số liệu đến ngày" in str(row[0]))
    rows = (row for row in sheet[last + 1 :] if isinstance(row[0], float) and row[3])
    lines = ["<tr>" + "".join(f"<th>{escape(name)}</th>" for name in names) + "</tr>"]
    lines += ("<tr>" + "".join(f"<td>{_show(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    page.parent.mkdir(parents=True, exist_ok=True)
    body = "\n".join(lines)
    text = (
        f'<html><head><meta charset="utf-8"></head><body><p>{escape(title)}</p><table>\n{body}\n</table></body></html>'
    )
    page.write_text(text, encoding="utf-8")


def _show(cell: object) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%d/%m/%Y %H:%M}"
    return f"{cell:.0f}" if isinstance(cell, float) else escape(str(cell))
