"""Compare the facts of the product's build with those of the hand-written script, before any time is told."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.compare import SHOWN, DifferentCellsError
from dagster_project.core.database import open_database

_COLUMNS = """dossier_id, area, unit_code, unit_level, commune_code, former_province_code, attribution, procedure_code,
    channel, status_code, state, received_at, due_at, is_resolved, is_on_time, is_overdue, working_days, own_due_at"""


def compare_facts(home: Path, script: Path) -> int:
    """Return how many dossiers both have. Raises DifferentCellsError, with the first ones, when one of them differs."""
    (built,) = (home / "build").glob("run-*/published.duckdb")
    with open_database() as connection:
        connection.execute(f"attach '{built}' as product (read_only); attach '{script}' as script (read_only)")
        ours = f"(select {_COLUMNS} from product.marts.fct_dossier)"
        theirs = f"(select {_COLUMNS} from script.fct_dossier)"
        different = connection.execute(
            f"(select 'product' as side, * from (from {ours} except all from {theirs})) union all "
            f"(select 'script' as side, * from (from {theirs} except all from {ours})) order by 2, 1 limit {SHOWN}"
        ).fetchall()
        (count,) = connection.execute("select count(*) from product.marts.fct_dossier").fetchall()[0]
    if different:
        raise DifferentCellsError("\n".join("  ".join(map(str, row)) for row in different))
    return int(count)
