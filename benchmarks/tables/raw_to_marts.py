"""(a) From raw files to published marts: the product with all its outputs, and three scripts that do the bare job.

All read the same inbox in turn. What a script made is compared with what was published, cell by cell, before any time
is told; a difference ends the benchmark.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from benchmarks.measure import Account, measure
from benchmarks.offices import AS_OF, deliver
from benchmarks.peers.compare import Comparison, compare_marts
from benchmarks.product import ROOT, find_published
from benchmarks.report import ACCOUNT, Table, show_account, show_ratio
from benchmarks.tables.plan import Plan

DOSSIERS = 110_000
PEERS = ("polars", "duckdb", "pandas")
PEERS_ROOM = ROOT / ".venv" / "peers"
"""Where `make bench` puts what only the peers need."""


def run(plan: Plan) -> list[Table]:
    """Measure everybody, as often as the rounds say; the least CPU of each counts."""
    dossiers = plan.dossiers or DOSSIERS
    inbox = deliver(plan.scratch / "inbox", dossiers)
    table = Table(
        f"(a) Raw files → published, {dossiers:,} dossiers", (*ACCOUNT, "CPU of haicap to it", "cells compared")
    )
    accounts: dict[str, Account] = {}
    equal: dict[str, str] = {}
    for _ in range(plan.rounds):
        for product in plan.products:
            home = plan.scratch / "home" / product.name
            shutil.rmtree(home, ignore_errors=True)
            _keep_best(accounts, product.name, product.refresh(home, inbox, AS_OF))
        for peer in PEERS:
            made = plan.scratch / peer
            shutil.rmtree(made, ignore_errors=True)
            _keep_best(accounts, f"{peer} script", _run_peer(peer, inbox, made))
            for product in plan.products:
                found = compare_marts(find_published(plan.scratch / "home" / product.name), made)
                equal[f"{peer} script"] = _describe(found)
    own = accounts[plan.products[0].name]
    for name, account in accounts.items():
        table.add(name, *show_account(account), show_ratio(own.cpu, account.cpu), equal.get(name, ""), bar=account.cpu)
    for product in plan.products:
        steps = accounts[product.name].list_steps().items()
        longest = ", ".join(f"{step} {seconds:.1f}" for step, seconds in steps if seconds >= 1)
        table.notes.append(f"Steps of {product.name}, wall seconds: {longest}.")
    return [table]


def _keep_best(accounts: dict[str, Account], name: str, account: Account) -> None:
    if name not in accounts or account.cpu < accounts[name].cpu:
        accounts[name] = account


def _run_peer(peer: str, inbox: Path, made: Path) -> Account:
    path = os.pathsep.join([str(ROOT), *([str(PEERS_ROOM)] if PEERS_ROOM.is_dir() else [])])
    command = [sys.executable, "-m", f"benchmarks.peers.{peer}_script", str(inbox), str(made), AS_OF.isoformat()]
    return measure(command, {"PYTHONPATH": path}, folder=ROOT)


def _describe(found: list[Comparison]) -> str:
    return ", ".join(f"{one.same:,} of {one.name}" for one in found)
