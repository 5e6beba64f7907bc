"""What one run of the benchmarks is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.product import Product


@dataclass(frozen=True)
class Plan:
    """A plan holds the checkouts to measure (this one first), a scratch folder of the table's own, and sizes.

    `dossiers`, `nights`, `past`: None where the table's own size holds.
    """

    products: Sequence[Product]
    scratch: Path
    dossiers: int | None = None
    nights: int | None = None
    past: int | None = None
    rounds: int = 1
