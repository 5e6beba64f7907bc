"""Why a gap is one: what, since when, who mends it and how, and the exact rows that it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project.core.paths import Home
from dagster_project.explain.landed_rows import door_rows, drift_rows, refused_in_build
from dagster_project.explain.why_gap_money import MEASURES, money_rows
from dagster_project.explain.why_gap_people import reports_of, two_strands
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
_FILES = """
select feed_id, file, sha256, batch_id, data_date from marts.source_file
where feed_id = ? and period is not distinct from ? and state = 'accepted' and not is_superseded
order by data_date, file
"""
_DRIFTED = """
select feed_id, file, sha256, batch_id from marts.source_file
where feed_id = ? and state = 'accepted' and not is_superseded order by data_date desc, file
"""
_DOSSIERS = """
select
    file.file, dossier.source_sheet as sheet, dossier.source_row as row, dossier.dossier_id, dossier.procedure_code,
    dossier.unit_code, dossier.status_code, dossier.received_at, dossier.due_at, dossier.finished_at
from marts.fct_dossier as dossier
inner join marts.source_file as file on dossier.batch_id = file.batch_id and dossier.area = file.area
where file.feed_id = ? and strftime(dossier.received_at, '%Y-%m') is not distinct from ? and ({condition})
order by file.file, sheet, row
"""
_BACKWARDS = """
select
    file.file, history.source_sheet as sheet, history.source_row as row, history.dossier_id, history.status_code,
    history.stated_at
from marts.fct_dossier_history as history
inner join marts.source_file as file on history.batch_id = file.batch_id and history.area = file.area
where file.feed_id = ? and strftime(history.stated_at, '%Y-%m') is not distinct from ?
    and history.is_backwards and not history.is_superseded
order by file.file, sheet, row
"""
_CONDITIONS = {
    "finished_before_received": "dossier.is_contradiction",
    "no_due_date": "dossier.state <> 'not_counted' and dossier.due_at is null",
    "no_finish_date": "dossier.state = 'closed' and dossier.closed_at is null",
    "unattributed": "dossier.state <> 'not_counted' and dossier.attribution = '{measure}'",
}
_BLOCKED = """
select file, data_date, blocked_rule as rule, blocked_message_vi as message_vi from marts.source_file
where feed_id = ? and file = ? and state = 'blocked' order by all
"""
_TOTALS = """
select file, scope, measure, stated, computed, difference from marts.control_total
where feed_id = ? and ? in (file, file || ' · ' || scope) and measure = ? and not is_equal order by all
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
_UNANSWERED = """
select file.file, score.source_sheet as sheet, score.source_row as row, score.portal_code, score.unit_name,
    score.total_received, score.total_on_time
from marts.fct_portal_score as score inner join marts.source_file as file on score.batch_id = file.batch_id
where score.feed_id = ? and file.period is not distinct from ? and score.period_kind = 'month'
    and ? in ('commune ' || score.commune_code, 'department ' || score.unit_code)
order by file.file, sheet, row
"""


@dataclass(frozen=True)
class GapAnswer:
    """One gap.

    `gap`: its row of marts.data_gap, with the feed's title and the commune's name. `rows_vi`: what the rows are.
    `rows`: where (file, sheet, row) and what; no personal value. `rows_in_all`: how many there are.
    """

    gap: Row
    rows_vi: str
    rows: tuple[Row, ...]
    rows_in_all: int
    about: str = "gap"


def gaps_like(file: Path, prefix: str) -> list[Row]:
    """The gaps whose id begins so."""
    return ask(file, _GAP, (prefix,)).records()


def explain_gap(home: Home, file: Path, gap: Row, limit: int) -> GapAnswer:
    """What a gap is about, at most `limit` rows of it. A gap that is resolved has no rows any more."""
    if gap["state"] == "resolved":
        return GapAnswer(gap, "Đã khắc phục: không còn dòng nào", (), 0)
    rows_vi, rows = _ROWS_OF_KIND[gap["kind"]](home, file, gap)
    return GapAnswer(gap, rows_vi, tuple(rows[:limit]), len(rows))


def _of_dossiers(home: Home, file: Path, gap: Row) -> tuple[str, list[Row]]:
    measure = gap["measure"] if gap["kind"] == "contradiction" else gap["kind"]
    condition = _CONDITIONS[measure].format(measure=str(gap["measure"]).replace("'", "''"))
    found = ask(file, _DOSSIERS.format(condition=condition), (gap["feed_id"], gap["period"]))
    return "Hồ sơ liên quan", found.records()


def _of_contradiction(home: Home, file: Path, gap: Row) -> tuple[str, list[Row]]:
    if gap["measure"] == "finished_before_received":
        return _of_dossiers(home, file, gap)
    if gap["measure"] == "status_backwards":
        return "Lần báo lùi trạng thái", ask(file, _BACKWARDS, (gap["feed_id"], gap["period"])).records()
    if gap["measure"] in MEASURES:
        return "Dòng mâu thuẫn", money_rows(home, file, gap)
    if gap["measure"] == "two_strands":
        return "Hộ có tên ở hai nhóm", two_strands(file, gap)
    return "Dòng có nhận xét", _at_the_door(home, file, gap, "finding")


def _of_quarantine(home: Home, file: Path, gap: Row) -> tuple[str, list[Row]]:
    rows = _at_the_door(home, file, gap, "quarantine")
    if gap["measure"] == "after_data_date":
        rows += [row for row in refused_in_build(home, file, _files(file, gap)) if _is_of(row, gap)]
    return "Dòng bị cách ly", rows


def _at_the_door(home: Home, file: Path, gap: Row, table: str) -> list[Row]:
    return [row for row in door_rows(home, file, _files(file, gap), table) if _is_of(row, gap)]


def _files(file: Path, gap: Row) -> list[Row]:
    return ask(file, _FILES, (gap["feed_id"], gap["period"])).records()


def _is_of(row: Row, gap: Row) -> bool:
    """Whether a row at the door is one of the gap's: same rule, column and commune."""
    return (
        row["rule"] == gap["measure"]
        and (row["column_name"] or "") == (gap["detail"] or "")
        and row["commune_code"] == gap["commune_code"]
    )


def _of_blocked_file(home: Home, file: Path, gap: Row) -> tuple[str, list[Row]]:
    return "Tệp bị chặn", ask(file, _BLOCKED, (gap["feed_id"], gap["detail"])).records()


def _of_control_total(home: Home, file: Path, gap: Row) -> tuple[str, list[Row]]:
    """The total beside its computed figure, then the account of each file that it covers."""
    totals = ask(file, _TOTALS, (gap["feed_id"], gap["detail"], gap["measure"])).records()
    about = totals[0]["file"] if totals else gap["detail"]
    return "Số tổng và các tệp liên quan", totals + ask(file, _PAGES, (gap["feed_id"], about)).records()


def _of_drift(home: Home, file: Path, gap: Row) -> tuple[str, list[Row]]:
    files = ask(file, _DRIFTED, (gap["feed_id"],)).records()
    return "Tệp có cột lạ", [row for row in drift_rows(home, file, files) if row["header"] == gap["detail"]]


def _of_deliveries(home: Home, file: Path, gap: Row) -> tuple[str, list[Row]]:
    return "Những lần gửi gần nhất của nguồn", ask(file, _DELIVERIES, (gap["feed_id"],)).records()


def _of_missing_unit(home: Home, file: Path, gap: Row) -> tuple[str, list[Row]]:
    if gap["measure"] == "dossiers":
        return "Hồ sơ theo tháng của xã, phường", ask(file, _SILENT, (gap["commune_code"], gap["period"])).records()
    if gap["measure"] in ("report", "week"):
        return "Những lần báo cáo trước của đơn vị", reports_of(file, gap)
    asked = (gap["feed_id"], gap["period"], gap["detail"])
    return "Dòng của đơn vị trong trả lời của Cổng (trống: không có dòng)", ask(file, _UNANSWERED, asked).records()


_ROWS_OF_KIND: dict[str, Callable[[Home, Path, Row], tuple[str, list[Row]]]] = {
    "missing_period": _of_deliveries,
    "missing_unit": _of_missing_unit,
    "late": _of_deliveries,
    "blocked_file": _of_blocked_file,
    "quarantined_rows": _of_quarantine,
    "control_total": _of_control_total,
    "volume": _of_deliveries,
    "drift": _of_drift,
    "contradiction": _of_contradiction,
    "no_due_date": _of_dossiers,
    "no_finish_date": _of_dossiers,
    "unattributed": _of_dossiers,
}
