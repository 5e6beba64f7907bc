"""Compare two published files row for row: what a change of code that must change no figure is held against.

Usage: python -m scripts.compare_marts BEFORE.duckdb AFTER.duckdb

Every table of schema `marts` must hold the same rows, duplicates counted, in the columns that both files have. Left out
are the columns of the ledger, which tell of versions and not of the province. Columns and tables that only one file has
are named. Exits 1 when rows differ, or when the later file lacks a table or a column.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from dagster_project.core.database import open_database

LEDGER_COLUMNS = {
    ("kpi_history", "first_version"),
    ("kpi_history", "last_version"),
    ("published_version", "version"),
    ("data_gap", "first_seen"),
}
"""What the ledger gives: the names of versions, and the nights in which a gap was first seen."""
_COLUMNS = """
    select table_name, column_name from duckdb_columns()
    where database_name = ? and schema_name = 'marts' order by table_name, column_index
"""


def main(before: Path, after: Path) -> int:
    """Print one line per table that differs and return the exit code."""
    with open_database() as connection:
        for name, path in (("before", before), ("after", after)):
            connection.execute(f"attach '{path.resolve()}' as {name} (read_only)")
        old, new = (read_columns(connection, name) for name in ("before", "after"))
        lost = [f"{t}: missing" for t in old.keys() - new.keys()]
        lost += [f"{t}: lacks {', '.join(old[t] - new[t])}" for t in old.keys() & new.keys() if old[t] - new[t]]
        differing = [line for t in sorted(old.keys() & new.keys()) if (line := compare(connection, t, old[t] & new[t]))]
    gained = [f"{t}: gains {', '.join(sorted(new[t] - old.get(t, set())))}" for t in new if new[t] - old.get(t, set())]
    print(*gained, *lost, *differing, sep="\n")
    print(f"{len(differing)} of {len(old)} tables differ")
    return bool(lost or differing)


def read_columns(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, set[str]]:
    """Return the columns of each published table of an attached file."""
    found: dict[str, set[str]] = {}
    for table, column in connection.execute(_COLUMNS, [database]).fetchall():
        found.setdefault(table, set()).add(column)
    return found


def compare(connection: duckdb.DuckDBPyConnection, table: str, columns: set[str]) -> str | None:
    """Return how many rows stand in one file alone, with an example of each; None when there is none."""
    names = ", ".join(f'"{c}"' for c in sorted(columns) if (table, c) not in LEDGER_COLUMNS)
    sides = [f"select {names} from {side}.marts.{table}" for side in ("before", "after")]
    alone = [connection.execute(f"{a} except all {b}").fetchall() for a, b in (sides, sides[::-1])]
    if not any(alone):
        return None
    examples = "".join(f"\n  {side} {rows[0]}" for side, rows in zip("-+", alone, strict=True) if rows)
    return f"{table}: {len(alone[0])} rows only before, {len(alone[1])} only after{examples}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
