"""Which rows a gap is about, defined once. `haicap why` lists those of one gap, the offices' workbooks those of all.

dbt decides which gaps there are (`dbt/models/gaps`). Here the rows of a gap are found again in the published facts and
in the landing, by what the gap says of itself (feed, period, commune, measure, detail) and by the facts' own columns.
Nothing here reads the vault.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from dagster_project.core.database import open_published
from dagster_project.core.errors import UsageError
from dagster_project.core.paths import Home
from dagster_project.explain.landed_rows import FAULT_COLUMNS, list_live_files, load_part
from dagster_project.warehouse.query import fetch_answer


@dataclass(frozen=True)
class RowKind:
    """Describes one kind of rows that gaps are about.

    `topics`: the gaps whose rows they are (column `topic` of table `asked_gap`). `rows`: an SQL relation with column
    `batch_id`; `condition`: which of its rows (alias `said`) belong to a gap (alias `gap`) of the same feed, `file`
    being their row of marts.source_file. `told`: the columns that `haicap why` shows. `place`: the columns of a place
    to mend in the offices' workbooks; None for what has a sheet of its own, or is listed under another gap. `parts`:
    what is read of the landing. `needs`: columns of marts by which the rows are told; a version of an earlier haicap
    may lack them.
    """

    title_vi: str
    topics: tuple[str, ...]
    rows: str
    condition: str
    told: str
    place: str | None = None
    parts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


def _tell(columns: str) -> str:
    return f'file.file, said.source_sheet as sheet, said.source_row as "row", {columns}'


def _place(column: str, value: str, subject: str = "null", *, words: str = "null, null", is_used: bool = True) -> str:
    return (
        f"gap.gap_id, file.file, said.source_sheet, said.source_row, {column}, {value}, {subject}, {words}, {is_used}"
    )


_SAME_FAULT = """file.period is not distinct from gap.period and said.rule = gap.measure
    and coalesce(said.column_name, '') = coalesce(gap.detail, '')
    and said.commune_code is not distinct from gap.commune_code"""
_REFUSED = "select * from landed_quarantine union all select * from landed_late"
# One line a row, however many faults it has; the period of the gap is the file's, or holds its days.
_REFUSED_ROWS = f"""
select batch_id, source_sheet, source_row, max(commune_code) as commune_code,
    string_agg(column_name, ', ' order by column_name, rule) as column_name,
    string_agg(value, ', ' order by column_name, rule) as value,
    string_agg(distinct message_vi, ' ' order by message_vi) as message_vi,
    string_agg(distinct remedy_vi, ' ' order by remedy_vi) as remedy_vi
from ({_REFUSED}) group by batch_id, source_sheet, source_row
"""
_OF_UNIT = """coalesce(said.commune_code, file.commune_code) = gap.commune_code and case
    when gap.period like '%-W%' then gap.period between strftime(file.covers_from, '%G-W%V')
        and strftime(file.covers_to, '%G-W%V')
    when length(gap.period) = 10 then gap.period::date between file.covers_from and file.covers_to
    when file.domain = 'national_portal' then strftime(file.period_start, '%Y-%m') = gap.period
        and strftime(file.period_end, '%Y-%m') = gap.period
    else gap.period between strftime(file.covers_from, '%Y-%m') and strftime(file.covers_to, '%Y-%m')
end"""
_REMARKS = f"""
select finding.* from landed_finding as finding
anti join ({_REFUSED}) as refused -- a row that is not used has no remark
    on finding.batch_id = refused.batch_id and finding.source_sheet is not distinct from refused.source_sheet
    and finding.source_row = refused.source_row
"""
# Conditions of dbt model int_gap_content, by topic.
_DOSSIER_OF_GAP = """strftime(said.received_at, '%Y-%m') is not distinct from gap.period
    and case gap.topic
        when 'finished_before_received' then said.is_contradiction
        when 'due_before_received' then said.due_at::date < said.received_at::date
        when 'no_due_date' then said.tthc_no_due_met = 1
        when 'no_finish_date' then said.has_no_finish_date
        when 'unattributed' then said.state <> 'not_counted' and said.attribution = gap.measure
    end"""
_DOSSIER_COLUMN = """case when gap.topic in ('no_due_date', 'due_before_received') then 'due_at'
    when gap.topic = 'unattributed' then 'unit' else 'finished_at' end"""
_DOSSIER_VALUE = """case gap.topic when 'finished_before_received' then strftime(said.finished_at, '%d/%m/%Y')
    when 'due_before_received' then strftime(said.due_at, '%d/%m/%Y') end"""
# The owners of one project on one day; what one of them says twice counts once (dbt model int_gap_money).
_OWNERS = """
select landed.* from landed_paid as landed
inner join live_file as file on landed.batch_id = file.batch_id
qualify row_number() over (
    partition by landed.feed_id, landed.content_hash
    order by file.data_date, file.file, landed.source_sheet, landed.source_row
) = 1
"""
_SOLD_TWICE = """
select *, max(site) over same_lot || ', ' || max(lot) over same_lot as lot_vi from marts.fct_auction_lot
where is_sold_twice
window same_lot as (partition by lot_id)
"""
_PROJECT = "said.project_code || ' · ' || said.fund_source"
_DONG = "replace(format('{{:,}}', said.{}), ',', '.')"
_LOT = "said.site, said.lot, said.round, said.auction_date"
_FAULT_WORDS = "said.message_vi, said.remedy_vi"

KINDS = (
    RowKind(
        "Dòng bị cách ly", ("quarantined_rows",), f"({_REFUSED})", _SAME_FAULT, FAULT_COLUMNS,
        _place("said.column_name", "said.value", words=_FAULT_WORDS, is_used=False), parts=("quarantine", "late"),
    ),
    RowKind(
        "Dòng đã gửi nhưng bị từ chối", ("refused_unit",), f"({_REFUSED_ROWS})", _OF_UNIT,
        _tell("said.column_name, said.value, said.message_vi, said.remedy_vi"), parts=("quarantine", "late"),
        needs=("source_file.commune_code",),
    ),
    RowKind(
        "Dòng có nhận xét", ("remark",), f"({_REMARKS})", _SAME_FAULT, FAULT_COLUMNS,
        _place("said.column_name", "said.value", words=_FAULT_WORDS), parts=("quarantine", "late", "finding"),
    ),
    RowKind(
        "Tệp có cột lạ", ("drift",), "landed_drift", "said.header = gap.detail",
        "file.file, said.source_sheet as sheet, said.header",
        "gap.gap_id, file.file, said.source_sheet, null, said.header, null, null, null, null, true", parts=("drift",),
    ),
    RowKind(
        "Hồ sơ liên quan",
        ("finished_before_received", "due_before_received", "no_due_date", "no_finish_date", "unattributed"),
        "marts.fct_dossier", _DOSSIER_OF_GAP,
        _tell("said.dossier_id, said.procedure_code, said.unit_code, said.status_code, said.received_at, said.due_at, "
              "said.finished_at"),
        _place(_DOSSIER_COLUMN, _DOSSIER_VALUE, "said.dossier_id"),
        needs=("fct_dossier.has_no_finish_date", "fct_dossier.tthc_no_due_met"),
    ),
    RowKind(
        "Lần báo lùi trạng thái", ("status_backwards",), "marts.fct_dossier_history",
        """strftime(said.stated_at, '%Y-%m') is not distinct from gap.period
        and said.is_backwards and not said.is_superseded""",
        _tell("said.dossier_id, said.status_code, said.stated_at"),
        _place("'status_code'", "said.status_code::varchar", "said.dossier_id"),
        needs=("fct_dossier_history.is_backwards",),
    ),
    RowKind(
        "Lần báo dời ngày hẹn trả đã qua", ("due_date_moved",), "marts.fct_dossier_history",
        """strftime(said.stated_at, '%Y-%m') is not distinct from gap.period
        and said.is_due_moved and not said.is_superseded""",
        _tell("said.dossier_id, said.due_at, said.stated_at"),
        _place("'due_at'", "strftime(said.due_at, '%d/%m/%Y')", "said.dossier_id"),
        needs=("fct_dossier_history.is_due_moved",),
    ),
    RowKind(
        "Dòng mâu thuẫn", ("paid_above_plan", "paid_above_total_investment"), "marts.fct_disbursement",
        "said.project_code = gap.detail and said.is_current",
        _tell("said.project_code, said.fund_source, said.owner, said.plan_local, said.plan_carried, "
              "said.total_investment, said.paid"),
        _place("'paid_completed'", _DONG.format("paid"), _PROJECT),
        needs=("fct_disbursement.is_current",),
    ),
    RowKind(
        "Dòng mâu thuẫn", ("two_owners",), f"({_OWNERS})",
        "said.project_code = gap.detail and said.report_date::varchar = gap.period",
        _tell("said.project_code, said.fund_source, said.owner, said.paid_completed"),
        _place("'owner'", "said.owner", _PROJECT), parts=("paid",),
    ),
    RowKind(
        "Dòng mâu thuẫn", ("sold_twice",), f"({_SOLD_TWICE})", "said.lot_vi = gap.detail",
        _tell(f"{_LOT}, said.status, said.winning_price"),
        _place("'status'", "said.status", "said.lot_vi || ' · lần ' || said.round"),
        needs=("fct_auction_lot.is_sold_twice",),
    ),
    RowKind(
        "Dòng mâu thuẫn", ("deposit_out_of_band",), "marts.fct_auction_lot",
        """said.is_deposit_out_of_band and said.site || ', ' || said.lot = gap.detail
        and strftime(said.auction_date, '%Y-%m') = gap.period
        and said.commune_code is not distinct from gap.commune_code""",
        _tell(f"{_LOT}, said.start_price, said.deposit"),
        _place("'deposit'", _DONG.format("deposit"), "said.site || ', ' || said.lot"),
        needs=("fct_auction_lot.is_deposit_out_of_band",),
    ),
    # The sheet is what has to go: a place is the whole of it.
    RowKind(
        "Dòng mâu thuẫn", ("sheet_repeated",), "landed_sheet",
        "file.file || ' · trang ' || said.source_sheet = gap.detail",
        'file.file, said.source_sheet as sheet, said.source_row as "row"',
        "distinct gap.gap_id, file.file, said.source_sheet, null, null, null, null, null, null, true", parts=("sheet",),
    ),
    RowKind(
        "Hộ có tên ở hai nhóm", ("two_strands",), "marts.fct_household",
        "said.is_under_two_strands and said.commune_code is not distinct from gap.commune_code",
        _tell("said.household_key, said.strand, said.support, said.status, "
              "said.housing_started_counted is not null as is_counted"),
        _place("'strand'", "said.strand"),
        needs=("fct_household.housing_started_counted",),
    ),
    RowKind(
        "Dòng của đơn vị trong trả lời của Cổng (trống: không có dòng)", ("total_received",), "marts.fct_portal_score",
        """file.period is not distinct from gap.period and said.period_kind = 'month'
        and gap.detail in ('commune ' || said.commune_code, 'department ' || said.unit_code)""",
        _tell("said.portal_code, said.unit_name, said.total_received, said.total_on_time"),
        _place("'unit'", "said.unit_name", "said.portal_code"),
        needs=("fct_portal_score.total_received",),
    ),
    RowKind(
        "Tệp bị chặn", ("blocked_file",), "marts.source_file", "said.state = 'blocked' and said.file = gap.detail",
        "said.file, said.data_date, said.blocked_rule as rule, said.blocked_message_vi as message_vi",
    ),
    RowKind(
        "Số tổng và các tệp liên quan", ("control_total",), "marts.control_total",
        """not said.is_equal and said.measure = gap.measure
        and gap.detail in (said.file, said.file || ' · ' || said.scope)""",
        "said.file, said.scope, said.measure, said.stated, said.computed, said.difference",
        needs=("control_total.is_equal",),
    ),
)  # fmt: skip

# A topic is a kind of gap; where the rows of one kind are found in several ways, it is the measure. A contradiction by
# a rule that none of KINDS names is a remark of the landing.
_ASKED = """
create temp table asked_gap as
select *,
    case
        when kind not in ('contradiction', 'missing_unit') then kind
        when kind = 'missing_unit' or measure in {topics} then measure
        else 'remark'
    end as topic
from marts.data_gap where {which}
"""
_OF_GAP = """
select {columns}
from {kind.rows} as said
inner join {files} as file on said.batch_id = file.batch_id
inner join asked_gap as gap on file.feed_id = gap.feed_id and gap.topic in {topics} and {kind.condition}
"""
# A file of the gap's period may hold its rows; the period of `drift` and `two_owners` is no file's, and that of a unit
# may be of several.
_FILES = """
select distinct file.feed_id, file.sha256 from live_file as file
inner join asked_gap as gap on file.feed_id = gap.feed_id and gap.topic in {topics}
    and (gap.topic in ('drift', 'two_owners', 'refused_unit') or file.period is not distinct from gap.period)
where {only} order by all
"""
# Whole months of dossiers are read for what the build refused only where it refused any: data_gap then has a gap of it,
# open or not.
_LATE = """file.domain = 'procedures'
    and file.feed_id in (select feed_id from marts.data_gap where measure = 'after_data_date')"""
_NO_PLACES = """
select '' as gap_id, '' as file, '' as sheet, 0 as "row", '' as "column", '' as value, '' as subject,
    '' as message_vi, '' as remedy_vi, true as is_used limit 0
"""
_PLACES = """
with found (gap_id, file, sheet, row_no, column_name, value, subject, message_vi, remedy_vi, is_used) as (
    {found}
)
select gap_id, file, coalesce(sheet, '') as sheet, coalesce(row_no, 0) as "row",
    coalesce(column_name, '') as "column", coalesce(value, '') as value, coalesce(subject, '') as subject,
    coalesce(message_vi, '') as message_vi, coalesce(remedy_vi, '') as remedy_vi, is_used
from found
order by file, sheet, "row", "column", message_vi, value, subject, gap_id, remedy_vi, is_used
"""


@dataclass(frozen=True)
class BlockedFileRow:
    """Describes one file of which nothing could be used. `data_date` is a date, or None when nobody knows it."""

    gap_id: str
    file: str
    data_date: object
    rule: str
    message_vi: str


@dataclass(frozen=True)
class TotalRow:
    """Holds one total that a file states and that differs from the sum of its rows; money in đồng."""

    gap_id: str
    file: str
    scope: str
    measure: str
    stated: float | None
    computed: float | None
    difference: float | None


@dataclass(frozen=True)
class GapRows:
    """Holds everything that the open gaps of a version are about, always in the same order.

    `rows` has one row per place to mend: gap_id, file, sheet, row (0: the whole sheet), column, value, subject (number
    of the dossier, project or lot, never a person), message_vi and remedy_vi (the landing's own words; '' where those
    of the gap are to be read), is_used (the row counts as it stands). A text that is not known is ''.
    """

    rows: pd.DataFrame
    blocked: tuple[BlockedFileRow, ...]
    totals: tuple[TotalRow, ...]


def read_open_gaps(home: Home, marts: duckdb.DuckDBPyConnection) -> GapRows:
    """Read the rows of all open gaps of a published file, open read-only as `marts`."""
    columns = _list_columns(marts)
    with marts.cursor() as asked:
        if "source_file.period" not in columns:
            return GapRows(asked.execute(_NO_PLACES).df(), (), ())
        # What a former district handled is nobody's mistake: its gap is told as a number.
        _ask_for(asked, "state = 'open' and measure is distinct from 'district'")
        kinds = [kind for kind in KINDS if columns.issuperset(kind.needs)]
        _load_parts(home, asked, kinds)
        found = " union all ".join(f"({_select(kind, kind.place)})" for kind in kinds if kind.place)
        rows = asked.execute(_PLACES.format(found=found)).df()
        apart = {
            kind.topics[0]: asked.execute(f"{_select(kind, f'gap.gap_id, {kind.told}')} order by all").fetchall()
            for kind in kinds
            if not kind.place
        }
    return GapRows(
        rows,
        tuple(BlockedFileRow(*row) for row in apart.get("blocked_file", ())),
        tuple(TotalRow(*row) for row in apart.get("control_total", ())),
    )


def read_gap(home: Home, file: Path, gap_id: str) -> tuple[str, list[dict[str, Any]]] | None:
    """Read the rows of one gap, after a Vietnamese title for them. None for a gap of something that never came.

    Raises UsageError for a version of an earlier haicap, whose facts do not say which rows these are.
    """
    with open_published(file, home.landing) as asked:
        _ask_for(asked, "gap_id = ?", gap_id)
        topics = {topic for (topic,) in asked.execute("select topic from asked_gap").fetchall()}
        kind = next((kind for kind in KINDS if topics.intersection(kind.topics)), None)
        if kind is None:
            return None
        if not _list_columns(asked).issuperset(kind.needs):
            raise UsageError(
                "Bản này do haicap cũ hơn dựng, chưa ghi dòng nào thuộc khoảng trống này.", "Chạy `haicap refresh`."
            )
        _load_parts(home, asked, [kind])
        found = asked.execute(f"{_select(kind, kind.told)} order by all")
        return kind.title_vi, fetch_answer(found).to_records()


def _list_columns(marts: duckdb.DuckDBPyConnection) -> set[str]:
    """List the columns of marts as `table.column`."""
    named = marts.execute("select table_name || '.' || column_name from duckdb_columns() where schema_name = 'marts'")
    return {name for (name,) in named.fetchall()}


def _ask_for(asked: duckdb.DuckDBPyConnection, which: str, *given: str) -> None:
    """Make temp table `asked_gap` of the gaps that condition `which` chooses."""
    topics = _list(topic for kind in KINDS for topic in kind.topics)
    asked.execute(_ASKED.format(topics=topics, which=which), given)


def _load_parts(home: Home, asked: duckdb.DuckDBPyConnection, kinds: list[RowKind]) -> None:
    """Make the temp tables of the landing that these kinds read, of the files that the asked gaps speak of."""
    list_live_files(asked)
    for part in dict.fromkeys(part for kind in kinds for part in kind.parts):
        topics = [topic for kind in kinds if part in kind.parts for topic in kind.topics]
        query = _FILES.format(topics=_list(topics), only=_LATE if part == "late" else "true")
        load_part(home, asked, part, asked.execute(query).fetchall())


def _select(kind: RowKind, columns: str) -> str:
    files = "live_file" if kind.parts else "marts.source_file"
    return _OF_GAP.format(columns=columns, kind=kind, files=files, topics=_list(kind.topics))


def _list(words: Iterable[str]) -> str:
    """Write words of this file as an SQL list."""
    return f"({str(list(words))[1:-1]})"
