"""The facts behind a cell of a reported stock: projects, lots, houses, centres and tasks that pull a KPI down."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dagster_project.contracts.province import load_province
from dagster_project.explain.kpi_facts import Cell, Facts, Row
from dagster_project.warehouse.query import ask


@dataclass(frozen=True)
class Stock:
    """`base`, `short`: SQL conditions over `fact`; `weight`: what orders the short ones; `shown`: columns of a row."""

    fact: str
    who_vi: str
    short_vi: str
    base: str
    short: str
    weight: str
    shown: str


_UNIT = {
    "province": "? is not null",
    "former_province": "fact.former_province_code = ?",
    "commune": "fact.commune_code = ?",
    "department": "fact.attribution = 'department' and fact.unit_code = ?",
}
_FROM = """
from marts.{fact} as fact
inner join marts.source_file as file on fact.batch_id = file.batch_id and fact.feed_id = file.feed_id
left join marts.dim_commune as commune on fact.commune_code = commune.commune_code
left join marts.dim_unit as unit on fact.unit_level = unit.level and fact.unit_code = unit.unit_code
where {unit} and ({base})
"""
_COUNT = "select count(*), count(*) filter (where {short}) {source}"
_PLACES = """
select coalesce(fact.commune_code, fact.unit_code, '{province}') as unit_code,
    coalesce(
        max(commune.commune_type || ' ' || commune.commune_name), max(unit.unit_name), 'Chưa rõ xã hoặc toàn tỉnh'
    ) as unit_name,
    count(*) filter (where {short}) as short, count(*) as counted
{source} group by 1 having count(*) filter (where {short}) > 0 order by sum({weight}) desc, 1 limit 10
"""
_EXAMPLES = """
select {shown}, coalesce(commune.commune_name, unit.unit_name) as unit_name,
    file.feed_id, file.file, fact.source_sheet as sheet, fact.source_row as row
{source} and ({short})
order by {weight} desc nulls last, fact.source_row, fact.feed_id, file.file, sheet nulls first, {shown} limit {limit}
"""


def stock_facts(file: Path, stock: Stock, cell: Cell, limit: int) -> Facts | None:
    """What stands behind a cell of a stock; None at a grain at which it is not kept."""
    if cell.grain not in _UNIT:
        return None
    source = _FROM.format(fact=stock.fact, unit=_UNIT[cell.grain], base=stock.base)

    def listed(query: str) -> list[Row]:
        words = {
            "province": load_province().code,
            "source": source,
            "short": stock.short,
            "weight": stock.weight,
            "shown": stock.shown,
            "limit": limit,
        }
        return ask(file, query.format(**words), (cell.unit_code,)).records()

    counted, short = ask(file, _COUNT.format(source=source, short=stock.short), (cell.unit_code,)).rows[0]
    places = [] if cell.grain in ("commune", "department") else listed(_PLACES)
    return Facts(stock.who_vi, stock.short_vi, counted, short, (), tuple(places), tuple(listed(_EXAMPLES)), short)
