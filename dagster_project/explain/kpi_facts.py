"""The facts behind one cell of a KPI: who counts, how many fall short, under which procedure or unit, and which rows.

Who counts and who falls short is said by the measure flags of the facts (`<kpi_id>_counted`, `<kpi_id>_met`), dated by
kpi_definition.date_column; here stand the words for it. The counts are taken from the facts anew; a test holds them
against the published numerator and denominator.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from dagster_project.core.errors import UsageError
from dagster_project.warehouse.query import Answer, ask

Row = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """Names a KPI's cell: `start` and `end` are the days of the period up to D."""

    kpi_id: str
    grain: str
    unit_code: str
    period_kind: str
    start: date
    end: date


@dataclass(frozen=True)
class Facts:
    """Holds what stands behind a cell.

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
class Measure:
    """Says where a KPI's measure flags stand.

    `date_column` puts a row of `fact` into a period; None for the state at D.
    """

    kpi_id: str
    fact: str
    date_column: str | None

    @property
    def source(self) -> str:
        """Return the fact as a relation `fact`, with `counted` and `met`, both NULL in a row that is not of the KPI."""
        return f"(select *, {self.kpi_id}_counted as counted, {self.kpi_id}_met as met from marts.{self.fact}) as fact"


# A rate of so few is told as it was counted, whatever is said of it; `definition` is the row's of kpi_definition.
IS_FEW = """coalesce({row}.grain in ('commune', 'department') and definition.unit <> 'count'
        and {row}.denominator between 1 and definition.min_denominator - 1, false)"""
FALLS_SHORT = "fact.met < fact.counted"
MAKES_THE_COUNT = "fact.met = 1"
UNIT = {
    "province": "? is not null",
    "former_province": "fact.former_province_code = ?",
    "commune": "fact.commune_code = ?",
    "department": "fact.attribution = 'department' and fact.unit_code = ?",
}
_MEASURED = "select table_name from duckdb_columns() where schema_name = 'marts' and column_name = ? || '_counted'"
_DATED = "select any_value(date_column) from marts.kpi_definition where kpi_id = ?"


@dataclass(frozen=True)
class _Basis:
    """Says who counts and who falls short, in words; `short`: an SQL condition over the measure flags of `fact`."""

    who_vi: str
    short_vi: str
    short: str = FALLS_SHORT


_WHO_RECEIVED = "Hồ sơ tiếp nhận trong kỳ, có ngày hẹn trả (bỏ hồ sơ mới đăng ký, bị từ chối, mâu thuẫn ngày)"
_WHO_FELL_DUE = (
    "Hồ sơ có ngày hẹn trả trong kỳ, đến ngày số liệu (kể cả tạm dừng; bỏ hồ sơ đã rút, đã kết thúc mà không có ngày "
    "xong, mâu thuẫn ngày)"
)
_NOT_BY_DUE_VI = "Chưa xong vào ngày hẹn trả"
_BASES: dict[str, _Basis] = {
    "tthc_due_on_time": _Basis(_WHO_FELL_DUE, _NOT_BY_DUE_VI),
    "tthc_land_on_time": _Basis(f"{_WHO_FELL_DUE}, thủ tục đất đai", _NOT_BY_DUE_VI),
    "tthc_moved_on_time": _Basis(f"{_WHO_FELL_DUE}, thủ tục chuyển từ huyện về xã", _NOT_BY_DUE_VI),
    "tthc_on_time": _Basis(_WHO_RECEIVED, "Đã trả trễ hẹn, hoặc chưa xong mà đã quá hạn"),
    "tthc_resolved_on_time": _Basis("Hồ sơ giải quyết xong trong kỳ, có ngày hẹn trả", "Xong sau ngày hẹn trả"),
    "tthc_backlog_overdue": _Basis(
        "Hồ sơ chưa xong đến ngày số liệu (không kể tạm dừng)", "Đã quá hạn trả", MAKES_THE_COUNT
    ),
    "tthc_backlog_cleared": _Basis(
        "Hồ sơ quá hạn và chưa xong vào cuối ngày 14/7/2025", "Đến ngày số liệu vẫn chưa xong"
    ),
    "tthc_no_due": _Basis("Hồ sơ tiếp nhận trong kỳ", "Không có ngày hẹn trả", MAKES_THE_COUNT),
    "tthc_online": _Basis("Hồ sơ tiếp nhận trong kỳ", "Không nộp trực tuyến"),
    "tthc_digitised": _Basis("Hồ sơ đã xong, đã trả trong kỳ, ở nơi nguồn có ghi số hóa", "Kết quả chưa số hóa"),
    # A mean has no target for one dossier: slow is what takes longer than the catalogue allows.
    "tthc_working_days": _Basis(
        "Hồ sơ giải quyết xong trong kỳ (bỏ hồ sơ mâu thuẫn ngày)", "Lâu hơn số ngày của danh mục",
        "fact.met > catalogue.working_days",
    ),
}  # fmt: skip
_FROM = """
from {source}
left join marts.dim_procedure as catalogue on fact.procedure_code = catalogue.procedure_code
left join marts.dim_commune as commune on fact.commune_code = commune.commune_code
{join}
where {unit} and {period} and fact.counted is not null
"""
_COUNT = "select count(*), count(*) filter (where {short}) {facts}"
_CAUSES = """
select fact.procedure_code, coalesce(max(catalogue.procedure_name), 'Chưa có trong danh mục') as procedure_name,
    count(*) filter (where {short}) as short, count(*) as counted
{facts} group by fact.procedure_code having count(*) filter (where {short}) > 0
order by short desc, fact.procedure_code limit 10
"""
_PLACES = """
select coalesce(commune.commune_code, fact.unit_code) as unit_code,
    coalesce(max(commune.commune_type || ' ' || commune.commune_name), max(unit.unit_name)) as unit_name,
    count(*) filter (where {short}) as short, count(*) as counted
{facts} group by 1 having count(*) filter (where {short}) > 0 order by short desc, 1 limit 10
"""
_EXAMPLES = """
select fact.dossier_id, fact.procedure_code, fact.received_at, fact.due_at, fact.finished_at,
    fact.days_overdue, fact.working_days, file.feed_id, file.file, fact.source_sheet as sheet,
    fact.source_row as row
{facts} and ({short}) order by fact.days_overdue desc nulls last, fact.received_at, fact.dossier_id limit {limit}
"""
_UNIT_JOIN = "left join marts.dim_unit as unit on fact.unit_level = unit.level and fact.unit_code = unit.unit_code"
_FILE_JOIN = "inner join marts.source_file as file on fact.batch_id = file.batch_id and fact.area = file.area"
_PORTAL = """
select fact.unit_code, fact.unit_name, fact.total_received, fact.total_on_time,
    fact.counted - fact.met as short, fact.score, fact.max_score, file.feed_id, file.file,
    fact.source_sheet as sheet, fact.source_row as row
from {source} inner join marts.source_file as file on fact.batch_id = file.batch_id
where {unit} and fact.period_kind = ? and fact.period_start = ? and fact.counted is not null
order by short desc, fact.unit_code
"""


def find_measure(file: Path, kpi_id: str) -> Measure:
    """Find the measure flags of a KPI. Raises UsageError for a version that an earlier haicap built without them."""
    found = ask(file, _MEASURED, (kpi_id,)).rows
    if not found:
        raise UsageError(
            f"Bản này do haicap cũ hơn dựng, chưa ghi dòng nào được tính vào {kpi_id}.", "Chạy `haicap refresh`."
        )
    return Measure(kpi_id, found[0][0], ask(file, _DATED, (kpi_id,)).rows[0][0])


def list_facts(file: Path, cell: Cell, limit: int) -> Facts | None:
    """Return what stands behind a cell of dossiers or of the portal; None for a KPI of other facts.

    Raises UsageError for a version that an earlier haicap built without measure flags.
    """
    if cell.kpi_id == "portal_progress":
        return _list_portal(file, cell, limit)
    basis = _BASES.get(cell.kpi_id)
    if basis is None:
        return None
    measure = find_measure(file, cell.kpi_id)
    dated = f"fact.{measure.date_column}::date between ?::date and ?::date"
    words = {
        "source": measure.source,
        "unit": UNIT[cell.grain],
        "period": dated if measure.date_column else "?::date <= ?::date",
    }

    def ask_facts(query: str, join: str = "") -> Answer:
        facts = _FROM.format(join=join, **words)
        return ask(
            file, query.format(facts=facts, short=basis.short, limit=limit), (cell.unit_code, cell.start, cell.end)
        )

    counted, short = ask_facts(_COUNT).rows[0]
    places = [] if cell.grain in ("commune", "department") else ask_facts(_PLACES, _UNIT_JOIN).to_records()
    examples = ask_facts(_EXAMPLES, _FILE_JOIN).to_records()
    causes = tuple(ask_facts(_CAUSES).to_records())
    return Facts(basis.who_vi, basis.short_vi, counted, short, causes, tuple(places), tuple(examples), short)


def _list_portal(file: Path, cell: Cell, limit: int) -> Facts:
    """Return the units of the portal's answer; the year's answer is the year to date."""
    kind = "year" if cell.period_kind == "to_date" else cell.period_kind
    query = _PORTAL.format(source=find_measure(file, cell.kpi_id).source, unit=UNIT[cell.grain])
    rows = ask(file, query, (cell.unit_code, kind, cell.start)).to_records()
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
