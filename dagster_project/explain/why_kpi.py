"""Why a KPI has its value: definition, who counts, the facts that pull it down, and what coverage lacks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from dagster_project.contracts.gap_kinds import DELIVERY_GAPS
from dagster_project.core.errors import UsageError
from dagster_project.explain.kpi_facts import IS_FEW, Cell, Facts, list_facts
from dagster_project.explain.stock_facts import list_stock_facts
from dagster_project.explain.unit_facts import find_unit
from dagster_project.warehouse.query import ask

Row = dict[str, Any]

# The row in force at D; of a KPI past its last day the last one.
_DEFINITION = """
select kpi_id, definition_no, domain, title_vi, title_en, formula_vi, unit, direction, min_coverage, min_denominator,
    headline_period, legal_basis, owner, is_proposal, grains, period_kinds, valid_from, valid_to
from marts.kpi_definition
where kpi_id = ? and coalesce(valid_from <= (select max(as_of) from marts.kpi_value), true)
order by valid_from desc nulls last limit 1
"""
_TARGET = """
select valid_from, valid_to, points, legal_basis, is_confirmed
from marts.kpi_target, (select max(as_of) as as_of from marts.kpi_value) as day
where kpi_id = ? and dimension = '' and grain in ('', ?) and unit_code in ('', ?)
    and day.as_of <= coalesce(valid_to, day.as_of)
order by unit_code desc, grain desc, valid_from asc nulls first limit 1
"""
_PARTS = """
select coalesce(former.former_province || ' (cũ)', part.part) as part, part.numerator, part.denominator, part.value,
    part.oldest_data_date
from marts.kpi_part as part
left join (select distinct former_province_code, former_province from marts.dim_commune) as former
    on part.part = former.former_province_code
where part.kpi_id = ? and ? = 'province' and part.period = ?
order by former.former_province_code is null, part.part
"""
# The centre of the province is a department among the units.
_HOLDERS = """
select backlog.holder, sum(backlog.dossiers)::integer as dossiers, max(backlog.oldest_days) as oldest_days
from marts.backlog as backlog
left join marts.dim_unit as unit
    on backlog.unit_code = unit.unit_code
    and unit.level = case backlog.holder when 'provincial_centre' then 'department' else backlog.holder end
where ? = 'tthc_backlog_overdue' and case ?
    when 'province' then ? is not null
    when 'former_province' then unit.former_province_code = ?
    when 'commune' then unit.commune_code = ?
    else unit.level = 'department' and backlog.unit_code = ?
end
group by backlog.holder order by dossiers desc, backlog.holder
"""
_CELL = f"""
select value.*, {IS_FEW.format(row="value")} as is_few
from marts.kpi_value as value
inner join marts.kpi_definition as definition
    on value.kpi_id = definition.kpi_id and value.definition_no = definition.definition_no
where value.kpi_id = ? and value.grain = ? and value.unit_code = ? and value.dimension = '' and value.period_kind = ?
    and (?::date is null or value.period_start = ?::date)
order by value.period_start desc limit 1
"""
_PERIODS = """
select distinct period_kind, period_start from marts.kpi_value where kpi_id = ? and dimension = ''
order by period_kind, period_start desc
"""
_LACKING = """
select
    value.grain, coalesce(commune.former_province, 'Sở, ngành') as place, count(*) as units,
    string_agg(coalesce(commune.commune_name, value.unit_code), ', ' order by value.unit_code) as names
from marts.kpi_value as value
left join marts.dim_commune as commune on value.grain = 'commune' and value.unit_code = commune.commune_code
where value.kpi_id = ? and value.period_kind = ? and value.period_start = ? and value.dimension = ''
    and value.grain in ('commune', 'department') and value.coverage < 1
    and (? = 'province' or ? = value.unit_code or ? = commune.former_province_code)
group by value.grain, place order by value.grain, place
"""
# A feed that is late or stale is so now, whatever period its gap names. A gap of one unit touches that unit and what
# holds it; any other all units of its area.
_MISSING = """
select gap.gap_id, gap.feed_id, gap.kind, gap.period, gap.state, gap.verdicts_waiting, gap.what_to_do_vi, gap.who_fixes
from marts.data_gap as gap
inner join marts.feed_status as feed on gap.feed_id = feed.feed_id
left join marts.dim_commune as commune on gap.commune_code = commune.commune_code
where feed.domain = ? and gap.state <> 'resolved' and list_contains(?, gap.kind)
    and (gap.kind in ('late', 'stale') or gap.period is null or substr(gap.period, 1, 7) between ? and ?
        or gap.period like '____-W%' and gap.period between ? and ?)
    and case
        when ? = 'province' then ? is not null
        when gap.commune_code is not null then ? in (commune.commune_code, commune.former_province_code)
        when starts_with(gap.detail, 'department ') then gap.detail = 'department ' || ?
        else true
    end
    and (? is null or gap.area is null or gap.area = ?)
order by gap.verdicts_waiting desc, gap.feed_id, gap.period, gap.kind, gap.gap_id
"""
_PERIOD = re.compile(r"(?P<year>\d{4})(-(?P<month>\d{2})|-W(?P<week>\d{2})|-Q(?P<quarter>[1-4]))?")


@dataclass(frozen=True)
class KpiQuestion:
    """Names a cell: without a unit the province's, without a period the newest of the kind that leaders are shown."""

    kpi_id: str
    unit: str | None = None
    grain: str | None = None
    period: str | None = None
    limit: int = 20


@dataclass(frozen=True)
class KpiAnswer:
    """Explains one cell of a KPI.

    `definition` and `cell`: its rows of kpi_definition and kpi_value; `target`: its row of kpi_target. `facts`: who
    counts and what pulls it down, None where no fact table stands behind the KPI. `lacking`: units of which something
    that they owe is not there or not usable, by former province. `missing`: the gaps in delivery that touch the cell,
    those that keep most verdicts open first. `parts`: what makes the province's figure in the headline period.
    `holders`: who holds the backlog.
    """

    definition: Row
    unit_vi: str
    cell: Row
    facts: Facts | None
    lacking: tuple[Row, ...] = field(default=())
    missing: tuple[Row, ...] = field(default=())
    target: Row | None = None
    parts: tuple[Row, ...] = field(default=())
    holders: tuple[Row, ...] = field(default=())
    about: str = "kpi"


def explain_kpi(file: Path, question: KpiQuestion) -> KpiAnswer:
    """Return the cell that is asked for and what made it.

    Raises UsageError for an unknown unit, and for a period without a value.
    """
    definition = ask(file, _DEFINITION, (question.kpi_id,)).to_records()[0]
    unit = find_unit(file, question.unit, question.grain)
    kind, start = _find_period(question.period, definition["headline_period"])
    cells = ask(file, _CELL, (question.kpi_id, unit.grain, unit.code, kind, start, start)).to_records()
    if not cells:
        raise UsageError(
            f"{question.kpi_id} không có giá trị cho {unit.name} trong kỳ {question.period or kind}.",
            _tell_periods(file, question.kpi_id, definition),
        )
    cell = cells[0]
    end = min(cell["period_end"], cell["as_of"])
    asked = Cell(question.kpi_id, unit.grain, unit.code, kind, cell["period_start"], end)
    at = (question.kpi_id, kind, cell["period_start"])
    lacking = ask(file, _LACKING, (*at, unit.grain, unit.code, unit.code)).to_records()
    return KpiAnswer(
        definition,
        unit.name,
        cell,
        list_behind(file, asked, question.limit),
        tuple(lacking),
        tuple(list_missing(file, definition["domain"], asked, unit.area, is_covered=cell["coverage"] == 1)),
        next(iter(ask(file, _TARGET, (question.kpi_id, unit.grain, unit.code)).to_records()), None),
        tuple(
            ask(
                file, _PARTS, (question.kpi_id, unit.grain, _name_part_period(asked, definition["headline_period"]))
            ).to_records()
        ),
        tuple(ask(file, _HOLDERS, (question.kpi_id, unit.grain, *[unit.code] * 4)).to_records()),
    )


def _name_part_period(cell: Cell, headline: str) -> str:
    """Return a headline period as mart kpi_part names it: to_date, '2025-W28' or '2025-07'; '' for any other."""
    if cell.period_kind != headline:
        return ""
    if headline == "to_date":
        return headline
    return f"{cell.start:%G-W%V}" if cell.period_kind == "week" else f"{cell.start:%Y-%m}"


def list_behind(file: Path, asked: Cell, limit: int) -> Facts | None:
    """Return what stands behind a cell, at most `limit` rows of it; None for a KPI of no fact table.

    Raises UsageError for a version that an earlier haicap built without measure flags.
    """
    return list_stock_facts(file, asked, limit) or list_facts(file, asked, limit)


def list_missing(file: Path, domain: str, asked: Cell, area: str | None, *, is_covered: bool) -> list[Row]:
    """List the gaps in delivery that touch a cell; a blocked file without a date only where something is missing.

    `area`: whose feeds speak of the unit, None for several.
    """
    months, weeks = ([f"{day:{form}}" for day in (asked.start, asked.end)] for form in ("%Y-%m", "%G-W%V"))
    unit = (asked.grain, *[asked.unit_code] * 3)
    found = ask(file, _MISSING, (domain, list(DELIVERY_GAPS), *months, *weeks, *unit, area, area)).to_records()
    return [gap for gap in found if gap["period"] is not None or not is_covered]


def _find_period(text: str | None, headline: str) -> tuple[str, date | None]:
    """Return kind and first day of a period written 2025-07, 2025-W28, 2025-Q3, 2025 or to_date; None: the newest."""
    if text is None or text in ("week", "month", "quarter", "year", "to_date"):
        return text or headline, None
    found = _PERIOD.fullmatch(text.upper())
    try:
        if found is not None:
            return _read_named_period(found)
    except ValueError:
        pass
    raise UsageError(f"Kỳ '{text}' không đúng.", "Viết 2025-07, 2025-W28, 2025-Q3, 2025 hoặc to_date.")


def _read_named_period(found: re.Match[str]) -> tuple[str, date]:
    year = int(found["year"])
    if found["month"]:
        return "month", date(year, int(found["month"]), 1)
    if found["week"]:
        return "week", date.fromisocalendar(year, int(found["week"]), 1)
    if found["quarter"]:
        return "quarter", date(year, 3 * int(found["quarter"]) - 2, 1)
    return "year", date(year, 1, 1)


def _tell_periods(file: Path, kpi_id: str, definition: Row) -> str:
    """Return the grains and periods for which the KPI has figures, in Vietnamese: the remedy where it has none."""
    kinds: dict[str, list[date]] = {}
    for kind, start in ask(file, _PERIODS, (kpi_id,)).rows:
        kinds.setdefault(kind, []).append(start)
    if not kinds:
        return "Chỉ tiêu này chưa được tính."
    spans = [f"{kind} từ {min(starts):%d/%m/%Y} đến {max(starts):%d/%m/%Y}" for kind, starts in kinds.items()]
    return f"Cấp: {definition['grains'].replace('|', ', ')}. Kỳ có số: {'; '.join(spans)}."
