"""Run the benchmarks: `python -m benchmarks.run [--only LETTERS] [--dossiers N] [--against PATH] …`; see README.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from benchmarks import report
from benchmarks.measure import FailedCommandError
from benchmarks.peers.compare import DifferentCellsError
from benchmarks.product import ROOT, list_products
from benchmarks.tables.plan import Plan

TABLES = {
    "a": "raw_to_marts",
    "b": "new_date",
    "c": "month_of_deltas",
    "d": "growth",
    "e": "reader_times",
    "f": "build_times",
    "g": "start",
    "h": "whole_province",
}


def main() -> None:
    """Read the command line, run each table that it names, and keep what it found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="".join(TABLES), help="letters of tables, such as a or abg")
    parser.add_argument("--dossiers", type=int, help="in place of the size that each table has")
    parser.add_argument("--nights", type=int, help="of (c) and (d)")
    parser.add_argument("--past", type=int, help="nights behind the home of (c)")
    parser.add_argument("--rounds", type=int, default=1, help="of (a) and (e): the least CPU of them counts")
    parser.add_argument("--against", type=Path, help="another checkout of the product, measured in the same run")
    parser.add_argument("--keep", type=Path, default=ROOT / ".benchmarks", help="where tables and plots are kept")
    chosen = parser.parse_args()
    if not set(chosen.only) <= TABLES.keys():
        parser.error(f"--only takes letters of {''.join(TABLES)}")
    products = list_products(chosen.against)
    for product in products:
        product.prepare()
    for letter in chosen.only:
        with tempfile.TemporaryDirectory(prefix="haicap-bench-") as scratch:
            plan = Plan(products, Path(scratch), chosen.dossiers, chosen.nights, chosen.past, chosen.rounds)
            try:
                tables = import_module(f"benchmarks.tables.{TABLES[letter]}").run(plan)
            except (DifferentCellsError, FailedCommandError) as fault:
                sys.exit(f"({letter}) tells no times: {fault}")
        for nth, table in enumerate(tables, start=1):
            report.keep(table, chosen.keep, letter if len(tables) == 1 else f"{letter}{nth}")


if __name__ == "__main__":
    main()
