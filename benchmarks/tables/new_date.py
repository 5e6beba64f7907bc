"""(b) A night of a new date to which no file came, and the same night again with nothing new at all."""

from __future__ import annotations

from datetime import timedelta

from benchmarks.offices import AS_OF, deliver
from benchmarks.report import ACCOUNT, Table, show_account, show_ratio
from benchmarks.tables.plan import Plan

DOSSIERS = 110_000
KINDS = ("first night", "new date, no new file", "nothing new at all")


def run(plan: Plan) -> list[Table]:
    """Measure the three nights of each checkout, those of one kind in turn."""
    dossiers = plan.dossiers or DOSSIERS
    before = AS_OF - timedelta(days=1)
    inbox = deliver(plan.scratch / "inbox", dossiers, before)
    last = plan.products[-1].name
    table = Table(f"(b) New date, nothing new, {dossiers:,} dossiers", (*ACCOUNT, f"CPU to the first night of {last}"))
    nights = {
        (kind, product.name): product.refresh(plan.scratch / product.name, inbox, day)
        for kind, day in zip(KINDS, (before, AS_OF, AS_OF), strict=True)
        for product in plan.products
    }
    first = nights[KINDS[0], last]
    for (kind, name), account in nights.items():
        table.add(f"{name}: {kind}", *show_account(account), show_ratio(account.cpu, first.cpu), bar=account.cpu)
    return [table]
