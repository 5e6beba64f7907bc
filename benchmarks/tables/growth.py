"""(d) What each of 40 nights adds to the next: the slope of CPU, memory, published file and home.

Tiny data, a pull of its day each night, every night a process of its own. What the kept versions and extracts hold, and
what arrived, is taken off the home.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import linear_regression, mean

from benchmarks.measure import Account
from benchmarks.offices import AS_OF, deliver, prepare_pulls, receive_pull
from benchmarks.product import Product, find_published
from benchmarks.report import Table
from benchmarks.tables.plan import Plan

DOSSIERS, NIGHTS = 11_000, 40
_KEPT = ("published", "extracts")


@dataclass(frozen=True)
class Night:
    """A night is its account, and the bytes of the published file and of the home without what is kept or arrived."""

    account: Account
    published: int
    home: int


def run(plan: Plan) -> list[Table]:
    """Measure the nights of each checkout and tell their slopes, and the published file beside a fresh home's."""
    dossiers, nights = plan.dossiers or DOSSIERS, plan.nights or NIGHTS
    table = Table(
        f"(d) Growth over {nights} nights, {dossiers:,} dossiers",
        ("mean", "slope a night", "slope in % of the mean"),
        unit="% a night",
    )
    for product in plan.products:
        room = plan.scratch / product.name
        found = live(product, room, dossiers, nights)
        figures = {
            "CPU": ("s", [night.account.cpu for night in found]),
            "memory": ("MB", [night.account.peak_mb for night in found]),
            "published file": ("MB", [night.published / 1e6 for night in found]),
            "home less versions, extracts and what arrived": ("MB", [night.home / 1e6 for night in found]),
        }
        for name, (unit, numbers) in figures.items():
            slope = find_slope(numbers)
            share = 100 * slope / mean(numbers)
            cells = (f"{mean(numbers):.2f} {unit}", f"{slope:+.3f} {unit}", f"{share:+.2f} %")
            table.add(f"{product.name}: {name}", *cells, bar=max(share, 0.0))
        product.refresh(room / "fresh", room / "inbox", AS_OF)
        fresh = find_published(room / "fresh").stat().st_size
        beyond = 100 * (found[-1].published / fresh - 1)
        table.notes.append(
            f"{product.name}: the last published file is {beyond:+.1f} % beyond a fresh home's on the same data "
            f"({found[-1].published / 1e6:.2f} and {fresh / 1e6:.2f} MB)."
        )
    return [table]


def live(product: Product, room: Path, dossiers: int, nights: int) -> list[Night]:
    """Run so many nights up to AS_OF, the first from nothing; that one is not returned."""
    days = [AS_OF - timedelta(days=ago) for ago in range(nights, -1, -1)]
    inbox, home = deliver(room / "inbox", dossiers, days[0]), room / "home"
    prepare_pulls(inbox, room / "coming", dossiers // 100, days[1:])
    product.refresh(home, inbox, days[0])
    found = []
    for day in days[1:]:
        receive_pull(inbox, room / "coming", day)
        account = product.refresh(home, inbox, day)
        size = measure_folder(home) - sum(measure_folder(home / name) for name in _KEPT) - measure_folder(inbox)
        found.append(Night(account, find_published(home).stat().st_size, size))
    return found


def find_slope(numbers: Sequence[float]) -> float:
    """Return by how much the numbers rise from one to the next, by least squares."""
    return linear_regression(range(len(numbers)), numbers).slope


def measure_folder(folder: Path) -> int:
    """Return the bytes of all files below a folder; a file of several names counts once, links count nothing."""
    sizes = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            found = path.stat()
            sizes[found.st_dev, found.st_ino] = found.st_size
    return sum(sizes.values())
