"""What readers are promised: the published tables as dbt's schema files declare them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dagster_project.core.paths import DBT_DIR
from dagster_project.core.yaml_files import load_yaml

FLOW = ("staging", "reference", "files", "statements", "facts", "deliveries", "kpis", "restatements", "gaps")
"""Folders of dbt's models in the order in which the night goes through them; none reads a later one."""

_MARK = "{{ published("
"""The macro at the head of a model that is published."""
_PREFIX = "mart_"
"""Seeds are published under their own names; their models cannot be called so."""

_DOCS_BLOCK = re.compile(r"{% docs (\w+) %}(.*?){% enddocs %}", re.DOTALL)
_DOC = re.compile(r"{{ doc\('(\w+)'\) }}")
"""How dbt writes a block of words, and how a description asks for it."""

Both = tuple[str, str]
"""Vietnamese, English."""


@dataclass(frozen=True)
class MartColumn:
    """Describes one column of a published table, as its contract states it. `kind`: DuckDB's type."""

    name: str
    kind: str
    title: Both


@dataclass(frozen=True)
class Mart:
    """Describes one published table. `model`: its name in dbt; `name`: its name in schema `marts`."""

    model: str
    name: str
    title: Both
    columns: tuple[MartColumn, ...]


def read_marts(folder: Path = DBT_DIR / "models") -> list[Mart]:
    """Return every published table of the dbt models in `folder`, by name.

    Raises KeyError when a description names a docs block that stands in no file.
    """
    published = {path.stem for path in folder.rglob("*.sql") if path.read_text(encoding="utf-8").startswith(_MARK)}
    files = [load_yaml(path.read_bytes()) for path in sorted(folder.rglob("*.yml"))]
    models = [model for file in files for model in file.get("models", []) if model["name"] in published]
    return sorted(map(partial(_read_mart, _read_docs(folder)), models), key=lambda mart: mart.name)


def _read_mart(docs: dict[str, str], model: dict[str, Any]) -> Mart:
    columns = (
        MartColumn(column["name"], column["data_type"], _split_comment(docs, column["description"]))
        for column in model["columns"]
    )
    name = model["name"]
    return Mart(name, name.removeprefix(_PREFIX), _split_comment(docs, model["description"]), tuple(columns))


def _split_comment(docs: dict[str, str], description: str) -> Both:
    """Cut a comment into its two languages: Vietnamese, ' / ', English. It may stand in a docs block of dbt."""
    named = _DOC.fullmatch(description)
    vi, _, en = (docs[named[1]] if named else description).partition(" / ")
    return vi.strip(), en.strip()


def _read_docs(folder: Path) -> dict[str, str]:
    """Return the text of each docs block, by its name."""
    texts = (path.read_text(encoding="utf-8") for path in folder.rglob("*.md"))
    return {name: words.strip() for text in texts for name, words in _DOCS_BLOCK.findall(text)}
