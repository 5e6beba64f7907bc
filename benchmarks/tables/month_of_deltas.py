"""(c) A month of daily deltas on a home with 120 nights behind it, beside the first night of a fresh home.

The 120 nights are real ones on tiny data, each with a pull of its day; then all dossiers arrive, and the month is
measured: each night a process of its own, each with a hundredth of the portal's dossiers closed.
"""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from statistics import mean

from benchmarks.measure import Account
from benchmarks.offices import AS_OF, deliver, prepare_pulls, receive_pull
from benchmarks.product import ROOT, Product
from benchmarks.report import ACCOUNT, Table, show_account, show_ratio
from benchmarks.tables.plan import Plan

DOSSIERS, NIGHTS, PAST = 1_100_000, 30, 120
_TINY = 2_000
_TINY_CHANGED = 20


def run(plan: Plan) -> list[Table]:
    """Measure the month of each checkout."""
    dossiers, nights, past = plan.dossiers or DOSSIERS, plan.nights or NIGHTS, plan.past or PAST
    # All lies in the past of the demo's day, so that no night is one of a day to come.
    start = AS_OF - timedelta(days=nights)
    offices = deliver(plan.scratch / "offices", dossiers, start)
    days = [start + timedelta(days=ahead) for ahead in range(1, nights + 1)]
    last = plan.products[-1].name
    table = Table(
        f"(c) {nights} daily deltas of 1 %, {dossiers:,} dossiers, {past} nights behind",
        (*ACCOUNT, f"CPU to the first night of {last}"),
    )
    found: dict[str, Account] = {}
    for product in plan.products:
        room = plan.scratch / product.name
        found[f"{product.name}: first night of a fresh home"] = product.refresh(room / "fresh", offices, start)
        inbox = _make_past(product, room, start, past)
        shutil.copytree(offices, inbox, dirs_exist_ok=True)
        found[f"{product.name}: all dossiers arrive on the old home"] = product.refresh(room / "home", inbox, start)
        prepare_pulls(offices, room / "coming", dossiers // 100, days)
        deltas = [_live(product, room, inbox, day) for day in days]
        found |= {
            f"{product.name}: mean of the deltas": _average(deltas),
            f"{product.name}: first delta": deltas[0],
            f"{product.name}: last delta": deltas[-1],
        }
    first = found[f"{last}: first night of a fresh home"]
    for name, account in found.items():
        table.add(name, *show_account(account), show_ratio(account.cpu, first.cpu), bar=account.cpu)
    return [table]


def _make_past(product: Product, room: Path, until: date, nights: int) -> Path:
    """Return the inbox of a home that has had so many nights before the day `until`."""
    days = [until - timedelta(days=ago) for ago in range(nights, 0, -1)]
    inbox = deliver(room / "inbox", _TINY, max(days[0], date(2025, 1, 10)))
    prepare_pulls(inbox, room / "past", _TINY_CHANGED, days)
    product.run(str(ROOT / "benchmarks" / "past.py"), str(room / "home"), str(inbox), str(room / "past"))
    return inbox


def _live(product: Product, room: Path, inbox: Path, day: date) -> Account:
    receive_pull(inbox, room / "coming", day)
    return product.refresh(room / "home", inbox, day)


def _average(accounts: list[Account]) -> Account:
    return Account(
        mean(one.wall for one in accounts), mean(one.cpu for one in accounts), max(one.peak_mb for one in accounts), 0
    )
