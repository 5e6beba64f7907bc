"""Reads the tables that landing and ledger hand to the build: no contract describes them.

Their only home is `sources/handed_tables.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from dagster_project.core.paths import SOURCES_DIR
from dagster_project.core.yaml_files import load_yaml


@dataclass(frozen=True)
class HandedTable:
    """Describes the columns of one table: name → DuckDB type (upper case), and name → comment, Vietnamese first."""

    comment: str
    types: dict[str, str]
    comments: dict[str, str]

    @property
    def ddl(self) -> str:
        """Return the column list of a `create table`."""
        return ", ".join(f'"{name}" {kind}' for name, kind in self.types.items())


@cache
def load_handed_tables(schema: str) -> dict[str, HandedTable]:
    """Return name → table of schema `landing` or `ledger`, in the order of the file."""
    document = load_yaml((SOURCES_DIR / "handed_tables.yaml").read_text(encoding="utf-8"))[schema]
    return {
        name: HandedTable(
            comment=f"{table['vi']} / {table['en']}",
            types={column: kind.upper() for column, (kind, _, _) in table["columns"].items()},
            comments={column: f"{vi} / {en}" for column, (_, vi, en) in table["columns"].items()},
        )
        for name, table in document.items()
    }
