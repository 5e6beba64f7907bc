"""(h) All nineteen feeds in one first night, and all that leaders receive made again from the published file."""

from __future__ import annotations

import shutil

from benchmarks.offices import AS_OF, deliver
from benchmarks.product import find_published
from benchmarks.report import ACCOUNT, Table, show_account
from benchmarks.tables.plan import Plan

DOSSIERS = 1_100_000


def run(plan: Plan) -> list[Table]:
    """Measure the night and the outputs of each checkout."""
    dossiers = plan.dossiers or DOSSIERS
    inbox = deliver(plan.scratch / "inbox", dossiers, feeds=None, mess="normal")
    table = Table(f"(h) Nineteen feeds, {dossiers:,} dossiers", ACCOUNT)
    for product in plan.products:
        home = plan.scratch / product.name
        night = product.refresh(home, inbox, AS_OF)
        shutil.rmtree((home / "extracts" / "moi_nhat").resolve())
        outputs = product.run("-m", "dagster_project.cli", "extract", "--home", str(home))
        table.add(f"{product.name}: first night", *show_account(night), bar=night.cpu)
        table.add(f"{product.name}: all outputs again", *show_account(outputs), bar=outputs.cpu)
        size = find_published(home).stat().st_size / 1e6
        table.notes.append(f"Published by {product.name}: {size:,.1f} MB.")
    return [table]
