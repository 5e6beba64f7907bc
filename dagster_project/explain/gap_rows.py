"""Row by row what the open gaps are about, all at once: from the published facts and from what the door kept.

A value that the door keeps is never personal, and nothing here reads the vault: a row is named by its file, sheet and
row number, by which the office that sent it finds it again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from dagster_project.contracts.decisions import decided_registry
from dagster_project.contracts.registry import load_registry
from dagster_project.core.paths import SEEDS_DIR, Home
from dagster_project.ingest.landing.landing import landed_parse
from dagster_project.warehouse.parquet import read_parquet

_OPEN = """
create temp table open_gap as
select * from marts.data_gap where state = 'open'
"""
_LIVE = """
create temp table live_file as
select feed_id, area, batch_id, file, sha256, domain, data_date, period from marts.source_file
where state = 'accepted' and not is_superseded
"""
_BAND = """
create temp table deposit_band as
select valid_from::date as valid_from, valid_to::date as valid_to, lowest_share::double as lowest_share,
    highest_share::double as highest_share
from read_csv(?, all_varchar = true)
"""
_WANTED = {
    "quarantine": "kind in ('quarantined_rows', 'contradiction')",
    "finding": "kind = 'contradiction'",
    "drift": "kind = 'drift'",
    # The ledger has a gap, open or not, wherever the build refused a row for this.
    "late": """kind in ('quarantined_rows', 'contradiction') and domain = 'procedures'
        and gap.feed_id in (select feed_id from marts.data_gap where measure = 'after_data_date')""",
    "paid": "measure = 'two_owners'",
}
"""Part of the landing → the gaps for whose files it is read."""

_OF_LANDING = {
    "quarantine": """
        select feed_id, batch_id, source_sheet, source_row, column_name, rule, value, commune_code, message_vi,
            remedy_vi
        from {parquet}""",
    "finding": """
        select feed_id, batch_id, source_sheet, source_row, column_name, rule, value, commune_code, message_vi,
            remedy_vi
        from {parquet}""",
    "drift": "select feed_id, batch_id, source_sheet, header from {parquet}",
    # Refused in the build: received after the data date of its own file, as it stands at D.
    "late": """
        select landed.feed_id, landed.batch_id, landed.source_sheet, landed.source_row, 'received_at' as column_name,
            'after_data_date' as rule, strftime(landed.received_at, '%d/%m/%Y') as value, landed.commune_code,
            cast(null as varchar) as message_vi, cast(null as varchar) as remedy_vi
        from {parquet} as landed
        inner join live_file as file on landed.feed_id = file.feed_id and landed.batch_id = file.batch_id
        where landed.received_at::date > file.data_date""",
    "paid": """
        select feed_id, batch_id, source_sheet, source_row, project_code, fund_source, owner, report_date
        from {parquet}""",
}
_EMPTY = {
    "drift": "select '' as feed_id, '' as batch_id, '' as source_sheet, '' as header limit 0",
    "paid": """
        select '' as feed_id, '' as batch_id, '' as source_sheet, 0 as source_row, '' as project_code,
            '' as fund_source, '' as owner, date '2000-01-01' as report_date limit 0""",
}
_NO_FAULTS = """
select '' as feed_id, '' as batch_id, '' as source_sheet, 0 as source_row, '' as column_name, '' as rule, '' as value,
    '' as commune_code, '' as message_vi, '' as remedy_vi limit 0
"""
_DOOR = """
with refused as (
    select * from landed_quarantine
    union all
    select * from landed_late
),
said as (
    select *, 'quarantined_rows' as kind, false as is_used from refused
    union all
    -- A row that is not used has no remark; two rules are judged on the facts.
    select finding.*, 'contradiction' as kind, true as is_used
    from landed_finding as finding
    anti join refused
        on finding.feed_id = refused.feed_id and finding.batch_id = refused.batch_id
        and finding.source_sheet is not distinct from refused.source_sheet
        and finding.source_row = refused.source_row
    where finding.rule not in ('finished_before_received', 'status_backwards')
)
select gap.gap_id, file.file, said.source_sheet, said.source_row, said.column_name, said.value,
    cast(null as varchar) as subject, said.message_vi, said.remedy_vi, said.is_used
from said
inner join live_file as file on said.feed_id = file.feed_id and said.batch_id = file.batch_id
inner join open_gap as gap
    on said.feed_id = gap.feed_id and said.kind = gap.kind and said.rule = gap.measure
    and file.period is not distinct from gap.period
    and coalesce(said.column_name, '') = coalesce(gap.detail, '')
    and said.commune_code is not distinct from gap.commune_code
"""
_DRIFT = """
select gap.gap_id, file.file, drift.source_sheet, null, drift.header, null, null, null, null, true
from landed_drift as drift
inner join live_file as file on drift.feed_id = file.feed_id and drift.batch_id = file.batch_id
inner join open_gap as gap on drift.feed_id = gap.feed_id and gap.kind = 'drift' and drift.header = gap.detail
"""
_DOSSIERS = """
with said as (
    select 'contradiction' as kind, 'finished_before_received' as measure, 'finished_at' as column_name,
        strftime(finished_at, '%d/%m/%Y') as value, *
    from marts.fct_dossier where is_contradiction
    union all
    select 'no_due_date', 'due_at', 'due_at', null, * from marts.fct_dossier
    where state <> 'not_counted' and due_at is null
    union all
    select 'no_finish_date', 'finished_at', 'finished_at', null, * from marts.fct_dossier
    where state = 'closed' and closed_at is null
    union all
    -- What a former district handled is nobody's mistake: its gap is told as a number.
    select 'unattributed', attribution, 'unit', null, * from marts.fct_dossier
    where state <> 'not_counted' and attribution = 'split'
)
select gap.gap_id, file.file, said.source_sheet, said.source_row, said.column_name, said.value, said.dossier_id, null,
    null, true
from said
inner join marts.source_file as file on said.batch_id = file.batch_id and said.area = file.area
inner join open_gap as gap
    on file.feed_id = gap.feed_id and said.kind = gap.kind and said.measure = gap.measure
    and strftime(said.received_at, '%Y-%m') is not distinct from gap.period
"""
_BACKWARDS = """
select gap.gap_id, file.file, said.source_sheet, said.source_row, 'status_code', cast(said.status_code as varchar),
    said.dossier_id, null, null, true
from marts.fct_dossier_history as said
inner join marts.source_file as file on said.batch_id = file.batch_id and said.area = file.area
inner join open_gap as gap
    on file.feed_id = gap.feed_id and gap.measure = 'status_backwards'
    and strftime(said.stated_at, '%Y-%m') is not distinct from gap.period
where said.is_backwards and not said.is_superseded
"""
_OVERPAID = """
select gap.gap_id, file.file, fact.source_sheet, fact.source_row, 'paid_completed',
    replace(format('{:,}', fact.paid), ',', '.'), fact.project_code || ' · ' || fact.fund_source, null, null, true
from marts.fct_disbursement as fact
inner join marts.source_file as file on fact.batch_id = file.batch_id and fact.feed_id = file.feed_id
inner join open_gap as gap
    on fact.feed_id = gap.feed_id and gap.measure in ('paid_above_plan', 'paid_above_total_investment')
    and fact.project_code = gap.detail
where fact.is_current
"""
_OWNERS = """
select gap.gap_id, file.file, said.source_sheet, said.source_row, 'owner', said.owner,
    said.project_code || ' · ' || said.fund_source, null, null, true
from landed_paid as said
inner join live_file as file on said.feed_id = file.feed_id and said.batch_id = file.batch_id
inner join open_gap as gap
    on said.feed_id = gap.feed_id and gap.measure = 'two_owners' and said.project_code = gap.detail
    and strftime(said.report_date, '%Y-%m-%d') = gap.period
"""
_SOLD_TWICE = """
with lot as (
    select lot_id, max(site) || ', ' || max(lot) as name from marts.fct_auction_lot
    where is_sold group by lot_id having count(*) > 1
)
select gap.gap_id, file.file, fact.source_sheet, fact.source_row, 'status', fact.status,
    lot.name || ' · lần ' || fact.round, null, null, true
from marts.fct_auction_lot as fact
inner join lot on fact.lot_id = lot.lot_id
inner join marts.source_file as file on fact.batch_id = file.batch_id and fact.feed_id = file.feed_id
inner join open_gap as gap
    on gap.measure = 'sold_twice' and gap.detail = lot.name and fact.feed_id = gap.feed_id
where fact.is_sold
"""
_DEPOSIT = """
select gap.gap_id, file.file, fact.source_sheet, fact.source_row, 'deposit',
    replace(format('{:,}', fact.deposit), ',', '.'), fact.site || ', ' || fact.lot, null, null, true
from marts.fct_auction_lot as fact
inner join marts.source_file as file on fact.batch_id = file.batch_id and fact.feed_id = file.feed_id
inner join deposit_band as band
    on fact.auction_date between band.valid_from and coalesce(band.valid_to, fact.auction_date)
    and fact.deposit * 1.0 / nullif(fact.start_price, 0)
        not between band.lowest_share - 0.0005 and band.highest_share + 0.0005
inner join open_gap as gap
    on fact.feed_id = gap.feed_id and gap.measure = 'deposit_out_of_band'
    and fact.site || ', ' || fact.lot = gap.detail and strftime(fact.auction_date, '%Y-%m') = gap.period
    and fact.commune_code is not distinct from gap.commune_code
"""
_UNANSWERED = """
select gap.gap_id, file.file, score.source_sheet, score.source_row, 'unit', score.unit_name, score.portal_code, null,
    null, true
from marts.fct_portal_score as score
inner join marts.source_file as file on score.batch_id = file.batch_id
inner join open_gap as gap
    on score.feed_id = gap.feed_id and gap.kind = 'missing_unit' and file.period is not distinct from gap.period
    and gap.detail in ('commune ' || score.commune_code, 'department ' || score.unit_code)
where score.period_kind = 'month'
"""
_SHEETS = """
select gap.gap_id, file.file, substr(gap.detail, length(file.file || ' · trang ') + 1), null, null, null, null, null,
    null, true
from open_gap as gap
inner join live_file as file
    on gap.feed_id = file.feed_id and starts_with(gap.detail, file.file || ' · trang ')
where gap.measure = 'sheet_repeated'
"""
_STRANDS = """
select gap.gap_id, file.file, fact.source_sheet, fact.source_row, 'strand', fact.strand, null, null, null, true
from marts.fct_household as fact
inner join marts.source_file as file on fact.batch_id = file.batch_id and fact.feed_id = file.feed_id
inner join open_gap as gap
    on fact.feed_id = gap.feed_id and gap.measure = 'two_strands'
    and fact.commune_code is not distinct from gap.commune_code
where fact.is_under_two_strands
"""
_QUERIES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("source_file",), _DOOR),
    (("source_file",), _DRIFT),
    (("source_file", "fct_dossier"), _DOSSIERS),
    (("source_file", "fct_dossier_history"), _BACKWARDS),
    (("source_file", "fct_disbursement"), _OVERPAID),
    (("source_file",), _OWNERS),
    (("source_file", "fct_auction_lot"), _SOLD_TWICE),
    (("source_file", "fct_auction_lot"), _DEPOSIT),
    (("source_file",), _SHEETS),
    (("source_file", "fct_portal_score"), _UNANSWERED),
    (("source_file", "fct_household"), _STRANDS),
)
"""Tables that a version must have (an early one has not all) and the rows that they give."""

_NO_ROWS = """
select '' as gap_id, '' as file, '' as source_sheet, 0 as source_row, '' as column_name, '' as value, '' as subject,
    '' as message_vi, '' as remedy_vi, true as is_used limit 0
"""
_ROWS = """
with found (gap_id, file, sheet, row_no, column_name, value, subject, message_vi, remedy_vi, is_used) as (
    {found}
),
final as (
    select gap_id, file, coalesce(sheet, '') as sheet, coalesce(row_no, 0) as "row",
        coalesce(column_name, '') as "column", coalesce(value, '') as value, coalesce(subject, '') as subject,
        coalesce(message_vi, '') as message_vi, coalesce(remedy_vi, '') as remedy_vi, is_used
    from found
)
select * from final
order by file, sheet, "row", "column", message_vi, value, subject, gap_id, remedy_vi, is_used
"""
_BLOCKED = """
select gap.gap_id, file.file, file.data_date, file.blocked_rule, file.blocked_message_vi
from marts.source_file as file
inner join open_gap as gap on gap.kind = 'blocked_file' and file.feed_id = gap.feed_id and file.file = gap.detail
where file.state = 'blocked' order by all
"""
_TOTALS = """
select gap.gap_id, total.file, total.scope, total.measure, total.stated, total.computed, total.difference
from marts.control_total as total
inner join open_gap as gap
    on gap.kind = 'control_total' and total.feed_id = gap.feed_id and total.measure = gap.measure
    and gap.detail in (total.file, total.file || ' · ' || total.scope)
where not total.is_equal order by all
"""


@dataclass(frozen=True)
class BlockedFileRow:
    """One file of which nothing could be used. `data_date` is a date, or None when nobody knows it."""

    gap_id: str
    file: str
    data_date: object
    rule: str
    message_vi: str


@dataclass(frozen=True)
class TotalRow:
    """One stated total that its rows do not make; money in đồng."""

    gap_id: str
    file: str
    scope: str
    measure: str
    stated: float | None
    computed: float | None
    difference: float | None


@dataclass(frozen=True)
class GapRows:
    """Everything that the open gaps are about, in a stable order.

    `rows`: a place to mend each, with gap_id, file, sheet, row (0: the whole sheet), column, value, subject (number of
    the dossier, project or lot, never a person), message_vi and remedy_vi (the door's own words, '' where the gap's are
    meant), is_used (the row counts as it stands). A text that is not there is ''.
    """

    rows: pd.DataFrame
    blocked: tuple[BlockedFileRow, ...]
    totals: tuple[TotalRow, ...]


def rows_of_open_gaps(home: Home, marts: duckdb.DuckDBPyConnection) -> GapRows:
    """Read them for one published file, open read-only as `marts`; Parquet that is not there any more gives no row."""
    tables = {
        name
        for (name,) in marts.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
    }
    with marts.cursor() as asked:
        asked.execute(_OPEN)
        if "source_file" not in tables:
            return GapRows(asked.execute(_ROWS.format(found=_NO_ROWS)).df(), (), ())
        asked.execute(_LIVE)
        asked.execute(_BAND, [str(SEEDS_DIR / "deposit_band.csv")])
        for part in _WANTED:
            _landed_part(home, asked, part)
        found = " union all ".join(f"({query})" for needed, query in _QUERIES if tables.issuperset(needed))
        rows = asked.execute(_ROWS.format(found=found)).df()
        blocked = asked.execute(_BLOCKED).fetchall()
        totals = asked.execute(_TOTALS).fetchall() if "control_total" in tables else []
    return GapRows(
        rows,
        tuple(BlockedFileRow(*row) for row in blocked),
        tuple(TotalRow(*row) for row in totals),
    )


def _landed_part(home: Home, asked: duckdb.DuckDBPyConnection, part: str) -> None:
    """Make temp view `landed_<part>` of the Parquet of the files that open gaps of that part speak of."""
    files = asked.execute(
        f"select distinct file.feed_id, file.sha256 from live_file as file semi join open_gap as gap"
        f" on file.feed_id = gap.feed_id and {_WANTED[part]} and (gap.kind = 'drift' or gap.measure = 'two_owners'"
        f" or file.period is not distinct from gap.period) order by all"
    ).fetchall()
    name = "rows" if part in ("late", "paid") else part
    paths = list(_parses(home, files, f"{name}.parquet"))
    query = _OF_LANDING[part].format(parquet=read_parquet(paths)) if paths else _EMPTY.get(part, _NO_FAULTS)
    asked.execute(f"create temp table landed_{part} as {query}")


def _parses(home: Home, files: Iterable[tuple[str, str]], name: str) -> Iterable[Path]:
    feeds = decided_registry(home.decisions, load_registry()).feeds
    for feed_id, sha256 in files:
        if feed_id in feeds:
            folder = landed_parse(home, feeds[feed_id], sha256)
            if folder is not None and (folder / name).exists():
                yield folder / name
