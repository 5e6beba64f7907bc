"""The seeds as plain rows: the same CSV files that dbt loads, for the parts of Python that need a fact."""

from __future__ import annotations

import csv
from functools import cache

from dagster_project.paths import SEEDS_DIR


@cache
def read_seed(name: str) -> tuple[dict[str, str], ...]:
    """All rows of `dbt/seeds/<name>.csv`, every value as text."""
    with (SEEDS_DIR / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
