"""What the landing keeps of files, as temp tables that a query can join: refused rows, remarks, rows as they landed.

Nothing here is personal and nothing reads the vault: a row is named by its file, sheet and row number, by which the
office that sent it finds it again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batches import read_batches, read_parts
from dagster_project.ingest.landing.month_parts import read_rows, select_rows

_LIVE = """
create temp table live_file as
select * from marts.source_file
where state = 'accepted' and not is_superseded
"""
_PLACE = {"feed_id": "varchar", "batch_id": "varchar", "source_sheet": "varchar", "source_row": "integer"}
_FAULT = _PLACE | dict.fromkeys(("column_name", "rule", "value", "commune_code", "message_vi", "remedy_vi"), "varchar")
FAULT_COLUMNS = """file.file, said.source_sheet as sheet, said.source_row as "row", said.column_name, said.rule,
    said.value, said.commune_code, said.message_vi, said.remedy_vi"""
"""How a row of `quarantine` or `finding` (alias `said`) is shown, beside its file (alias `file`)."""


@dataclass(frozen=True)
class LandedPart:
    """Names one table of the landing, and the columns (name → type) that are read of it.

    `query` tells how, where they are not the Parquet's own.
    """

    parquet: str
    columns: dict[str, str]
    query: str = "from {parquet}"


PARTS = {
    "quarantine": LandedPart("quarantine", _FAULT),
    "finding": LandedPart("finding", _FAULT),
    "drift": LandedPart("drift", {"batch_id": "varchar", "source_sheet": "varchar", "header": "varchar"}),
    "sheet": LandedPart("rows", _PLACE),
    "paid": LandedPart(
        "rows",
        _PLACE
        | dict.fromkeys(("project_code", "fund_source", "owner"), "varchar")
        | {"report_date": "date", "paid_completed": "bigint", "content_hash": "ubigint"},
    ),
    # Refused only in the build (dbt model int_quarantine): received after the data date of its own file, as it stands
    # at D. The build does not publish its words.
    "late": LandedPart(
        "rows",
        _FAULT,
        """
        select landed.*, 'received_at' as column_name, 'after_data_date' as rule,
            strftime(landed.received_at, '%d/%m/%Y') as value, null as message_vi, null as remedy_vi
        from {parquet} as landed
        inner join live_file as file on landed.batch_id = file.batch_id
        where landed.received_at::date > file.data_date
        """,
    ),
}
"""Name of a part → what it reads. Part `late` is of procedures alone and needs `live_file`."""


def list_live_files(marts: duckdb.DuckDBPyConnection) -> None:
    """Make temp table `live_file` of a published file: each file whose rows count."""
    marts.execute(_LIVE)


def load_part(home: Home, marts: duckdb.DuckDBPyConnection, name: str, files: Iterable[tuple[str, str]]) -> None:
    """Make temp table `landed_<name>` of some files (feed_id, sha256). A file whose parse is gone gives no row."""
    part = PARTS[name]
    columns = ", ".join(f"{column} {kind}" for column, kind in part.columns.items())
    marts.execute(f"create temp table landed_{name} ({columns})")
    landed = read_batches(home)
    batches = [landed[key] for key in dict.fromkeys(files) if key in landed]
    rows = select_rows(home, read_parts(home), batches, part.parquet)
    if rows:
        query = part.query.format(parquet=read_rows(rows))
        marts.execute(f"insert into landed_{name} select {', '.join(part.columns)} from ({query})")
