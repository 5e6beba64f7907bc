"""The rows behind a contradiction in money or land: projects, lots and sheets that the gap names in `detail`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dagster_project.core.paths import Home
from dagster_project.explain.landed_rows import landed_rows
from dagster_project.warehouse.query import ask

Row = dict[str, Any]

_PROJECT = """
select file.file, fact.source_sheet as sheet, fact.source_row as row, fact.project_code, fact.fund_source, fact.owner,
    fact.plan_local, fact.plan_carried, fact.total_investment, fact.paid
from marts.fct_disbursement as fact
inner join marts.source_file as file on fact.batch_id = file.batch_id and fact.feed_id = file.feed_id
where fact.feed_id = ? and fact.project_code = ? and fact.is_current
order by file.file, sheet, row, fact.fund_source
"""
_SOLD = """
select file.file, fact.source_sheet as sheet, fact.source_row as row, fact.site, fact.lot, fact.round,
    fact.auction_date, fact.status, fact.winning_price
from marts.fct_auction_lot as fact
inner join marts.source_file as file on fact.batch_id = file.batch_id and fact.feed_id = file.feed_id
where fact.is_sold and fact.lot_id in (
    select lot_id from marts.fct_auction_lot
    where is_sold group by lot_id having count(*) > 1 and max(site) || ', ' || max(lot) = ?
)
order by fact.auction_date, file.file, sheet, row
"""
_DEPOSIT = """
select file.file, fact.source_sheet as sheet, fact.source_row as row, fact.site, fact.lot, fact.round,
    fact.auction_date, fact.start_price, fact.deposit
from marts.fct_auction_lot as fact
inner join marts.source_file as file on fact.batch_id = file.batch_id and fact.feed_id = file.feed_id
where fact.feed_id = ? and fact.site || ', ' || fact.lot = ? and strftime(fact.auction_date, '%Y-%m') = ?
order by fact.auction_date, file.file, sheet, row
"""
_FILES = """
select feed_id, file, sha256, batch_id, data_date from marts.source_file
where feed_id = ? and state = 'accepted' and not is_superseded
"""
_OWNERS = """
select file, source_sheet as sheet, source_row as row, project_code, fund_source, owner, paid_completed
from landed where project_code = ? and report_date::date = ?::date
qualify row_number() over (partition by content_hash order by file, sheet, row) = 1
order by file, sheet, row, fund_source
"""
_SHEET = """
select file, source_sheet as sheet, source_row as row from landed
where file || ' · trang ' || source_sheet = ? order by file, row
"""
MEASURES = (
    "paid_above_plan",
    "paid_above_total_investment",
    "two_owners",
    "sold_twice",
    "deposit_out_of_band",
    "sheet_repeated",
)


def money_rows(home: Home, file: Path, gap: Row) -> list[Row]:
    """Where (file, sheet, row) and what, for a gap whose measure is one of MEASURES."""
    measure, detail = gap["measure"], gap["detail"]
    if measure == "sold_twice":
        return ask(file, _SOLD, (detail,)).records()
    if measure == "deposit_out_of_band":
        return ask(file, _DEPOSIT, (gap["feed_id"], detail, gap["period"])).records()
    if measure in ("two_owners", "sheet_repeated"):
        files = ask(file, _FILES, (gap["feed_id"],)).records()
        query, given = (_OWNERS, (detail, gap["period"])) if measure == "two_owners" else (_SHEET, (detail,))
        return landed_rows(home, file, files, query, given)
    return ask(file, _PROJECT, (gap["feed_id"], detail)).records()
