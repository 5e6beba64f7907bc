"""The facts behind one cell of a KPI: who counts, how many fall short, under which procedure or unit, and which rows.

A domain adds its bases here when its fact tables are built. The counts are taken from the facts anew; a test holds them
against the published numerator and denominator.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from dagster_project.warehouse.query import ask

Row = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """A KPI's cell: `start` and `end` are the days of the period up to D."""

    kpi_id: str
    grain: str
    unit_code: str
    period_kind: str
    start: date
    end: date


@dataclass(frozen=True)
class Facts:
    """What stands behind a cell.

    `counted`: facts on the side of the denominator (of a count: all that it could count); `short`: those of them that
    pull the value down. `causes` and `places`: where `short` is, largest first. `examples`: its rows, with file, sheet
    and row, `examples_in_all` of them.
    """

    who_vi: str
    short_vi: str
    counted: int
    short: int
    causes: tuple[Row, ...]
    places: tuple[Row, ...]
    examples: tuple[Row, ...]
    examples_in_all: int


@dataclass(frozen=True)
class _Basis:
    """`when`: the date that puts a dossier into a period, '' for a stock. `base`, `short`: SQL conditions."""

    who_vi: str
    short_vi: str
    when: str
    base: str
    short: str


_RECEIVED = "dossier.received_at"
_CLOSED = "dossier.closed_at"
_JUDGED = "dossier.is_counted and dossier.is_on_time is not null"
_LATE = "not dossier.is_on_time"
_WHO_RECEIVED = "Hồ sơ tiếp nhận trong kỳ, có ngày hẹn trả (bỏ hồ sơ mới đăng ký, bị từ chối, mâu thuẫn ngày)"
_LATE_VI = "Đã trả trễ hẹn, hoặc chưa xong mà đã quá hạn"
_BASES: dict[str, _Basis] = {
    "tthc_on_time": _Basis(_WHO_RECEIVED, _LATE_VI, _RECEIVED, _JUDGED, _LATE),
    "tthc_land_on_time": _Basis(
        f"{_WHO_RECEIVED}, thủ tục đất đai", _LATE_VI, _RECEIVED, f"{_JUDGED} and catalogue.is_land", _LATE
    ),
    "tthc_moved_on_time": _Basis(
        f"{_WHO_RECEIVED}, thủ tục chuyển từ huyện về xã", _LATE_VI, _RECEIVED,
        f"{_JUDGED} and catalogue.level_before = 'huyện' and catalogue.level_now = 'xã'", _LATE,
    ),
    "tthc_resolved_on_time": _Basis(
        "Hồ sơ giải quyết xong trong kỳ, có ngày hẹn trả", "Xong sau ngày hẹn trả", _CLOSED,
        f"{_JUDGED} and dossier.is_resolved", _LATE,
    ),
    "tthc_backlog_overdue": _Basis(
        "Hồ sơ chưa xong đến ngày số liệu (không kể tạm dừng)", "Đã quá hạn trả", "",
        "dossier.state = 'open'", "dossier.is_overdue",
    ),
    "tthc_backlog_cleared": _Basis(
        "Hồ sơ quá hạn và chưa xong vào cuối ngày 14/7/2025", "Đến ngày số liệu vẫn chưa xong", "",
        "dossier.is_backlog_cohort", "dossier.state <> 'closed'",
    ),
    "tthc_no_due": _Basis(
        "Hồ sơ tiếp nhận trong kỳ", "Không có ngày hẹn trả", _RECEIVED, "dossier.is_counted", "dossier.due_at is null"
    ),
    "tthc_online": _Basis(
        "Hồ sơ tiếp nhận trong kỳ", "Không nộp trực tuyến", _RECEIVED, "dossier.is_counted",
        "dossier.channel is distinct from 'truc_tuyen'",
    ),
    "tthc_digitised": _Basis(
        "Hồ sơ đã xong, đã trả trong kỳ, ở nơi nguồn có ghi số hóa", "Kết quả chưa số hóa", _CLOSED,
        "dossier.is_counted and dossier.is_resolved and dossier.status_code in (9, 10) "
        "and dossier.is_result_digitised is not null",
        "not dossier.is_result_digitised",
    ),
    "tthc_working_days": _Basis(
        "Hồ sơ giải quyết xong trong kỳ (bỏ hồ sơ mâu thuẫn ngày)", "Lâu hơn số ngày của danh mục", _CLOSED,
        "dossier.is_counted and dossier.is_resolved and dossier.working_days is not null",
        "dossier.working_days > catalogue.working_days",
    ),
}  # fmt: skip
_UNIT = {
    "province": "? is not null",
    "former_province": "dossier.former_province_code = ?",
    "commune": "dossier.commune_code = ?",
    "department": "dossier.attribution = 'department' and dossier.unit_code = ?",
}
_FROM = """
from marts.fct_dossier as dossier
left join marts.dim_procedure as catalogue on dossier.procedure_code = catalogue.procedure_code
left join marts.dim_commune as commune on dossier.commune_code = commune.commune_code
where {unit} and {period} and ({base})
"""
_COUNT = "select count(*), count(*) filter (where {short}) {source}"
_CAUSES = """
select dossier.procedure_code, coalesce(max(catalogue.procedure_name), 'Chưa có trong danh mục') as procedure_name,
    count(*) filter (where {short}) as short, count(*) as counted
{source} group by dossier.procedure_code having count(*) filter (where {short}) > 0
order by short desc, dossier.procedure_code limit 10
"""
_PLACES = """
select coalesce(commune.commune_code, dossier.unit_code) as unit_code,
    coalesce(max(commune.commune_type || ' ' || commune.commune_name), max(unit.unit_name)) as unit_name,
    count(*) filter (where {short}) as short, count(*) as counted
{source} group by 1 having count(*) filter (where {short}) > 0 order by short desc, 1 limit 10
"""
_EXAMPLES = """
select dossier.dossier_id, dossier.procedure_code, dossier.received_at, dossier.due_at, dossier.finished_at,
    dossier.days_overdue, dossier.working_days, file.feed_id, file.file, dossier.source_sheet as sheet,
    dossier.source_row as row
{source} and ({short}) order by dossier.days_overdue desc nulls last, dossier.received_at, dossier.dossier_id limit {n}
"""
_UNIT_JOIN = (
    "left join marts.dim_unit as unit on dossier.unit_level = unit.level and dossier.unit_code = unit.unit_code"
)
_FILE_JOIN = "inner join marts.source_file as file on dossier.batch_id = file.batch_id and dossier.area = file.area"
_PORTAL = """
select score.unit_code, score.unit_name, score.total_received, score.total_on_time,
    score.total_received - score.total_on_time as short, score.score, score.max_score, file.feed_id, file.file,
    score.source_sheet as sheet, score.source_row as row
from marts.fct_portal_score as score inner join marts.source_file as file on score.batch_id = file.batch_id
where {unit} and score.period_kind = ? and score.period_start = ?
    and score.total_received is not null and score.total_on_time is not null
order by short desc, score.unit_code
"""


def facts_of(file: Path, cell: Cell, limit: int) -> Facts | None:
    """What stands behind a cell; None for a KPI whose facts are not built."""
    if cell.kpi_id == "portal_progress":
        return _portal(file, cell, limit)
    basis = _BASES.get(cell.kpi_id)
    if basis is None:
        return None
    period = f"{basis.when}::date between ?::date and ?::date" if basis.when else "?::date <= ?::date"
    parts = {"unit": _UNIT[cell.grain], "period": period, "base": basis.base}
    given = (cell.unit_code, cell.start, cell.end)

    def listed(query: str, join: str = "") -> list[Row]:
        source = _FROM.format(**parts).replace("where", f"{join} where", 1)
        return ask(file, query.format(source=source, short=basis.short, n=limit), given).records()

    counted, short = ask(file, _COUNT.format(source=_FROM.format(**parts), short=basis.short), given).rows[0]
    places = [] if cell.grain in ("commune", "department") else listed(_PLACES, _UNIT_JOIN)
    examples = listed(_EXAMPLES, _FILE_JOIN)
    causes = tuple(listed(_CAUSES))
    return Facts(basis.who_vi, basis.short_vi, counted, short, causes, tuple(places), tuple(examples), short)


def _portal(file: Path, cell: Cell, limit: int) -> Facts:
    """Units of the portal's answer; the year's answer is the year to date."""
    kind = "year" if cell.period_kind == "to_date" else cell.period_kind
    unit = _UNIT[cell.grain].replace("dossier.", "score.")
    rows = ask(file, _PORTAL.format(unit=unit), (cell.unit_code, kind, cell.start)).records()
    places = tuple(row for row in rows if row["short"] > 0)
    return Facts(
        "Đơn vị có đủ số liệu trong trả lời của Cổng (dòng trống không tính)",
        "Hồ sơ chưa đúng hạn theo Cổng",
        sum(row["total_received"] for row in rows),
        sum(row["short"] for row in rows),
        (),
        tuple({name: row[name] for name in ("unit_code", "unit_name", "short")} | {"counted": row["total_received"]}
              for row in places[:10]),
        places[:limit],
        len(places),
    )  # fmt: skip
