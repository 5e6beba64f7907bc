"""Compare what a script made with what the product published, cell by cell.

Both sides are without the cells in which there is nothing: the product tells of every unit that nothing happened there,
a script only of units where something did.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.task import CELL, FACT
from dagster_project.core.database import open_database

SHOWN = 20
_KPI = "kpi_id like 'tthc_%' and (coalesce(numerator, 0) <> 0 or coalesce(denominator, 0) <> 0)"


@dataclass(frozen=True)
class Comparison:
    """A comparison holds how many cells both sides have, and those that differ, each with what either side says."""

    name: str
    same: int
    different: tuple[str, ...]


class DifferentCellsError(Exception):
    """A script and the product disagree: no time of either is worth anything."""


def compare_marts(published: Path, made: Path) -> list[Comparison]:
    """Compare `kpi_value.parquet` and `fct_dossier.parquet` in `made` with the published file. Raises
    DifferentCellsError, with the first cells, when one cell differs.

    A cell of the KPIs is one (KPI, period, grain, unit, member) with its numerator, denominator and value; of the
    facts, one dossier with all that FACT names.
    """
    found = []
    with open_database() as connection:
        connection.execute(f"attach '{published}' as product (read_only)")
        for table, columns, condition in (("kpi_value", CELL, _KPI), ("fct_dossier", FACT, "true")):
            names = ", ".join(columns)
            ours = f"(select {names} from product.marts.{table} where {condition})"
            theirs = f"(select {names} from '{made}/{table}.parquet' where {condition})"
            different = connection.execute(
                f"(select 'product' as side, * from (from {ours} except all from {theirs})) union all "
                f"(select 'script' as side, * from (from {theirs} except all from {ours})) order by all desc"
            ).fetchall()
            (count,) = connection.execute(f"select count(*) from {ours}").fetchall()[0]
            only_ours = sum(row[0] == "product" for row in different)
            cells = tuple(
                "  ".join(map(str, row)) for row in sorted(different, key=lambda row: tuple(map(str, row[1:])))
            )
            found.append(Comparison(table, count - only_ours, cells))
    wrong = [one for one in found if one.different]
    if wrong:
        said = "\n".join(
            f"{one.name}: {len(one.different)} differ\n" + "\n".join(one.different[:SHOWN]) for one in wrong
        )
        raise DifferentCellsError(said)
    return found
