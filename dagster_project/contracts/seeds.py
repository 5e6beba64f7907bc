"""The seeds as plain rows: the same CSV files that dbt loads, for the parts of Python that need a fact."""

from __future__ import annotations

import csv
from functools import cache

from dagster_project.core.errors import UsageError
from dagster_project.core.paths import DBT_DIR, LAYOUTS_DIR, PROVINCE_DIR, PROVINCE_VARIABLE, SEEDS_DIR


@cache
def read_seed(name: str) -> tuple[dict[str, str], ...]:
    """Return all rows of `<seeds>/<name>.csv`, each as column → text.

    Raises UsageError when the province's folder lacks the file.
    """
    path = SEEDS_DIR / f"{name}.csv"
    if not path.is_file():
        raise UsageError(f"Thiếu tệp {path}.", "Thư mục của tỉnh phải có đủ các tệp CSV như dbt/seeds.")
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def check_province() -> None:
    """Raise UsageError, naming what is missing, when another province is configured and its folder is not whole."""
    if PROVINCE_DIR is None:
        return
    seeds = (SEEDS_DIR / path.name for path in sorted((DBT_DIR / "seeds").glob("*.csv")))
    wanted = [*seeds, LAYOUTS_DIR / "units" / "department_alias.csv"]
    missing = [str(path.relative_to(PROVINCE_DIR)) for path in wanted if not path.exists()]
    if missing:
        raise UsageError(
            f"Thư mục của tỉnh {PROVINCE_DIR} thiếu: {', '.join(missing)}.",
            f"Bổ sung cho đủ như docs/new-province.md, hoặc bỏ biến {PROVINCE_VARIABLE}.",
        )
