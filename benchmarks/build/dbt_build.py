"""This program runs the night's own build (dbt in process, with every data test) over a generated landing."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from dagster_project.contracts.handed_tables import load_handed_tables
from dagster_project.core.database import open_database
from dagster_project.core.paths import Home
from dagster_project.warehouse.build import build, refuse_failures
from dagster_project.warehouse.identity import compute_identity
from dagster_project.warehouse.inputs import register_inputs

AS_OF = date(2025, 7, 13)
FROM_FILES = ("procedures", "source_file")


def main(landing: Path, root: Path) -> None:
    """Build and audit; an audit that refuses is an error of the benchmark."""

    def register(build_db: Path, home: Home, as_of: date) -> None:
        register_inputs(build_db, home, as_of)
        with open_database(build_db) as connection:
            for name in FROM_FILES:
                kind = "table" if name in load_handed_tables("landing") or name == "procedures" else "view"
                connection.execute(f"drop {kind} landing.{name}")
                connection.execute(f"create view landing.{name} as select * from '{landing}/{name}.parquet'")

    home = Home(root)
    root.mkdir(parents=True, exist_ok=True)
    built = build(home, compute_identity([], home, AS_OF), register)
    refuse_failures(built.results)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
