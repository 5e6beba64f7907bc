"""What readers are promised: the published tables as dbt's schema files declare them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dagster_project.core.paths import DBT_DIR
from dagster_project.core.yaml_files import load_yaml

_MARK = "{{ published("
"""The macro at the head of a model that is published."""
_PREFIX = "mart_"
"""Seeds are published under their own names; their models cannot be called so."""

Both = tuple[str, str]
"""Vietnamese, English."""


@dataclass(frozen=True)
class MartColumn:
    """One column of a published table, as its contract states it. `kind`: DuckDB's type."""

    name: str
    kind: str
    title: Both


@dataclass(frozen=True)
class Mart:
    """One published table. `model`: its name in dbt; `name`: its name in schema `marts`."""

    model: str
    name: str
    title: Both
    columns: tuple[MartColumn, ...]


def read_marts() -> list[Mart]:
    """Every published table, by name."""
    folder = DBT_DIR / "models"
    published = {path.stem for path in folder.rglob("*.sql") if path.read_text(encoding="utf-8").startswith(_MARK)}
    files = [load_yaml(path.read_bytes()) for path in sorted(folder.rglob("*.yml"))]
    models = [model for file in files for model in file.get("models", []) if model["name"] in published]
    return sorted(map(_mart, models), key=lambda mart: mart.name)


def _mart(model: dict[str, Any]) -> Mart:
    columns = (
        MartColumn(column["name"], column["data_type"], _both(column["description"])) for column in model["columns"]
    )
    name = model["name"]
    return Mart(name, name.removeprefix(_PREFIX), _both(model["description"]), tuple(columns))


def _both(comment: str) -> Both:
    """A comment is Vietnamese, ' / ', English."""
    vi, _, en = comment.partition(" / ")
    return vi.strip(), en.strip()
