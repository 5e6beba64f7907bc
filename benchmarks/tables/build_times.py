"""(f) The night's own build, with every contract, comment and data test, beside a hand-written script over one landing.

The landing has restatements, former and divided units, and 840 files.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks.build.compare_facts import compare_facts
from benchmarks.build.landing_data import make_landing
from benchmarks.measure import Account, measure
from benchmarks.product import ROOT
from benchmarks.report import ACCOUNT, Table, show_account, show_ratio
from benchmarks.tables.plan import Plan

DOSSIERS = 1_100_000


def run(plan: Plan) -> list[Table]:
    """Measure the script and the build of each checkout."""
    dossiers, landing, hand = plan.dossiers or DOSSIERS, plan.scratch / "landing", plan.scratch / "hand.duckdb"
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        apart.submit(make_landing, landing, dossiers).result()
    room = ROOT / "benchmarks" / "build"
    found: dict[str, Account] = {}
    command = [sys.executable, "-m", "benchmarks.build.hand_written", str(landing), str(hand)]
    found["hand-written script"] = measure(command, folder=ROOT)
    table = Table(f"(f) Build, {dossiers:,} dossiers", (*ACCOUNT, "CPU to the script"))
    for product in plan.products:
        home = plan.scratch / product.name
        found[product.name] = product.run(str(room / "dbt_build.py"), str(landing), str(home))
        told = compare_facts(home, hand)
        table.notes.append(f"{product.name} and the script agree on {told:,} dossiers, cell by cell.")
    script = found["hand-written script"].cpu
    for name, account in found.items():
        table.add(name, *show_account(account), show_ratio(account.cpu, script), bar=account.cpu)
    return [table]
