"""The rows behind a gap of houses and centres: households under two strands, and what a silent centre said last."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dagster_project.warehouse.query import ask

Row = dict[str, Any]

_TWO_STRANDS = """
select file.file, fact.source_sheet as sheet, fact.source_row as row, fact.household_key, fact.strand, fact.support,
    fact.status, fact.is_counted
from marts.fct_household as fact
inner join marts.source_file as file on fact.batch_id = file.batch_id and fact.feed_id = file.feed_id
where fact.feed_id = ? and fact.commune_code is not distinct from ? and fact.is_under_two_strands
order by file.file, sheet, row
"""
_REPORTS = """
select fact.report_date, file.file, fact.source_sheet as sheet, fact.source_row as row
from marts.fct_centre_readiness as fact
inner join marts.source_file as file on fact.batch_id = file.batch_id and fact.feed_id = file.feed_id
where fact.feed_id = ? and (fact.commune_code = ? or fact.unit_code = ?)
order by fact.report_date desc, file.file, sheet, row
"""


def two_strands(file: Path, gap: Row) -> list[Row]:
    """Rows of the households of one commune that stand under two strands; which of them counts."""
    return ask(file, _TWO_STRANDS, (gap["feed_id"], gap["commune_code"])).records()


def reports_of(file: Path, gap: Row) -> list[Row]:
    """What the unit reported before, newest first; nothing when it never did."""
    return ask(file, _REPORTS, (gap["feed_id"], gap["commune_code"], str(gap["detail"]).split(" ")[-1])).records()
