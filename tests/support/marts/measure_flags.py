"""The measure flags of the facts, added up anew over every published cell of a KPI."""

from __future__ import annotations

from typing import Any

import duckdb

_FACTS = """
select column_name, table_name from duckdb_columns()
where schema_name = 'marts' and (column_name like '%\\_counted' escape '\\' or column_name like '%\\_met' escape '\\')
"""
# A fact of periods has a row a kind of period; its year is the year to date.
_OF_PERIODS = " and fact.period_kind = replace(cell.period_kind, 'to_date', 'year')"
_CELLS = """
with official as (
    select 'inv_rate_pm' as kpi_id, grain, unit_code, plan_pm as plan from marts.plan_decision
    where is_current and plan_total is not null
    union all
    select 'inv_rate_total', grain, unit_code, plan_total from marts.plan_decision
    where is_current and plan_pm is not null
),
cell as (
    select value.*, official.plan
    from marts.kpi_value as value left join official using (kpi_id, grain, unit_code)
    where value.kpi_id = '{kpi_id}' and value.dimension = ''
)
select
    cell.period_kind, cell.grain, cell.unit_code, cell.period_start,
    coalesce(any_value(cell.numerator), 0) as numerator, coalesce(sum(fact.{kpi_id}_met), 0)::double as met,
    case when '{unit}' = 'count' then 0 else coalesce(any_value(cell.denominator), 0) end as denominator,
    case when '{unit}' = 'count' then 0
        else coalesce(any_value(cell.plan), sum(fact.{kpi_id}_counted), 0) end::double as counted,
    count(fact.{kpi_id}_counted) as facts
from cell
left join marts.{fact} as fact
    on {dated} and case cell.grain
        when 'province' then true
        when 'former_province' then fact.former_province_code = cell.unit_code
        when 'commune' then fact.commune_code = cell.unit_code
        when 'department' then fact.attribution = 'department' and fact.unit_code = cell.unit_code
    end
group by cell.period_kind, cell.grain, cell.unit_code, cell.period_start
"""


def facts_of_flags(marts: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The fact that carries each flag, by the flag's name."""
    return dict(marts.execute(_FACTS).fetchall())


def added_up(marts: duckdb.DuckDBPyConnection) -> tuple[list[tuple[Any, ...]], set[tuple[str, str, str]]]:
    """Return the cells of kpi_value that the sums of the facts' flags do not give, and what was compared with facts.

    A cell is (kpi_id, period_kind, grain, unit_code, period_start, numerator, met, denominator, counted, facts); what
    was compared is told as (kpi_id, period_kind, grain). Rows are put into a period by kpi_definition.date_column; an
    official plan divides in the place of the sum.
    """
    fact_of, wrong, compared = facts_of_flags(marts), [], set()
    kpis = marts.execute("select distinct kpi_id, unit, date_column from marts.kpi_definition order by all").fetchall()
    for kpi_id, unit, date_column in kpis:
        fact = fact_of[f"{kpi_id}_counted"]
        columns = {row[0] for row in marts.execute(f"describe marts.{fact}").fetchall()}
        dated = f"fact.{date_column}::date between cell.period_start and cell.period_end" if date_column else "true"
        dated += _OF_PERIODS if "period_kind" in columns else ""
        query = _CELLS.format(kpi_id=kpi_id, unit=unit, fact=fact, dated=dated)
        for cell in marts.execute(query).fetchall():
            kind, grain, *_, numerator, met, denominator, counted, facts = cell
            if abs(numerator - met) > 1e-6 or abs(denominator - counted) > 1e-6:
                wrong.append((kpi_id, *cell))
            if facts:
                compared.add((kpi_id, kind, grain))
    return wrong, compared
