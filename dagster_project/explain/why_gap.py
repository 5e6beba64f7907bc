"""Why a gap is one: what, since when, who mends it and how, and the exact rows that it is about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project.contracts.gap_kinds import UNIT_GAPS
from dagster_project.core.database import open_published
from dagster_project.core.paths import Home
from dagster_project.explain.gap_rows import read_gap
from dagster_project.explain.readings import Reading, read_readings
from dagster_project.warehouse.query import ask

Row = dict[str, Any]

_GAP = """
select
    gap.*, feed.title_vi as feed_vi, feed.owner_vi, feed.as_of as feed_as_of, feed.last_file, commune.commune_type,
    commune.commune_name
from marts.data_gap as gap
left join marts.feed_status as feed on gap.feed_id = feed.feed_id
left join marts.dim_commune as commune on gap.commune_code = commune.commune_code
where starts_with(gap.gap_id, ?) order by gap.gap_id
"""
_PAGES = """
select file, data_date, rows_read, rows_accepted, rows_duplicate, rows_quarantined, state from marts.source_file
where feed_id = ? and starts_with(file, ?) order by file
"""
_DELIVERIES = """
select
    period, data_date, count(*) as files, sum(rows_read) as rows_read, sum(rows_accepted) as rows_accepted,
    sum(rows_duplicate) as rows_duplicate, min(state) as state
from marts.source_file
where feed_id = ? and not is_superseded
group by period, data_date order by data_date desc nulls last limit 8
"""
_SILENT = """
select strftime(received_at, '%Y-%m') as period, count(*) as dossiers from marts.fct_dossier
where commune_code = ? and state <> 'not_counted' and strftime(received_at, '%Y-%m') <= ?
group by 1 order by 1 desc limit 6
"""
_REPORTS = """
select fact.report_date, file.file, fact.source_sheet as sheet, fact.source_row as row
from marts.fct_centre_readiness as fact
inner join marts.source_file as file on fact.batch_id = file.batch_id and fact.feed_id = file.feed_id
where fact.feed_id = ? and (fact.commune_code = ? or fact.unit_code = ?)
order by fact.report_date desc, file.file, sheet, row
"""


@dataclass(frozen=True)
class GapAnswer:
    """Says what one gap is about.

    `gap`: its row of marts.data_gap, with the feed's title and the commune's name. `rows_vi`: what the rows are.
    `rows`: where (file, sheet, row) and what; no personal value. `rows_in_all`: how many there are. `readings`: how the
    file of the first row was read.
    """

    gap: Row
    rows_vi: str
    rows: tuple[Row, ...]
    rows_in_all: int
    readings: tuple[Reading, ...] = ()
    about: str = "gap"


def find_gaps(file: Path, prefix: str) -> list[Row]:
    """Find the gaps whose id begins with `prefix`, with the feed's title and the commune's name."""
    return ask(file, _GAP, (prefix,)).to_records()


def explain_gap(home: Home, file: Path, gap: Row, limit: int) -> GapAnswer:
    """Tell what a gap is about, at most `limit` rows of it. A gap that is resolved has no rows any more."""
    if gap["state"] == "resolved":
        return GapAnswer(gap, "Đã khắc phục: không còn dòng nào", (), 0)
    rows_vi, rows = read_gap(home, file, gap["gap_id"]) or _list_what_came(file, gap)
    if gap["kind"] == "control_total":  # beside the total, the account of each file that it covers
        about = rows[0]["file"] if rows else gap["detail"]
        rows = rows + ask(file, _PAGES, (gap["feed_id"], about)).to_records()
    name = rows[0].get("file") if rows else None
    with open_published(file, home.landing) as marts:
        readings = read_readings(home, marts, "feed_id = ? and file = ?", [gap["feed_id"], name]) if name else []
    return GapAnswer(gap, rows_vi, tuple(rows[:limit]), len(rows), tuple(readings))


def _list_what_came(file: Path, gap: Row) -> tuple[str, list[Row]]:
    """Where something never came, list what did come: of the commune, of the unit, or of the feed."""
    if gap["measure"] == "dossiers":
        return "Hồ sơ theo tháng của xã, phường", ask(file, _SILENT, (gap["commune_code"], gap["period"])).to_records()
    if gap["detail"] and gap["kind"] in UNIT_GAPS:
        unit_code = str(gap["detail"]).split(" ")[-1]
        reports = ask(file, _REPORTS, (gap["feed_id"], gap["commune_code"], unit_code))
        return "Những lần báo cáo trước của đơn vị", reports.to_records()
    return "Những lần gửi gần nhất của nguồn", ask(file, _DELIVERIES, (gap["feed_id"],)).to_records()
