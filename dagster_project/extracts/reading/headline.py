"""This module reads the KPIs as leaders are told them: each in its headline period, the newest that is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from dagster_project.extracts.words import format_period, rank_domain

# A KPI may be defined by dated rows and by rows of a dimension: the general one in force names it.
IN_FORCE = """
day as (
    select max(as_of) as as_of from marts.kpi_value
),
definition as (
    select definition.*
    from marts.kpi_definition as definition
    cross join day
    where
        coalesce(definition.dimension, '') = ''
        and coalesce(day.as_of >= definition.valid_from, true)
        and coalesce(day.as_of <= definition.valid_to, true)
)
"""
_HEADLINE = f"""
with {IN_FORCE},
headline as (
    select value.*
    from marts.kpi_value as value
    inner join definition on value.kpi_id = definition.kpi_id and value.period_kind = definition.headline_period
    where coalesce(value.dimension, '') = ''
    qualify dense_rank() over (partition by value.kpi_id order by value.period_start desc) = 1
)
select
    definition.kpi_id, definition.title_vi, definition.unit, headline.grain, headline.unit_code, headline.period_kind,
    headline.period_start, headline.numerator, headline.denominator, headline.value, headline.target, headline.rating,
    headline.coverage, headline.is_provisional, definition.domain
from definition
inner join headline on definition.kpi_id = headline.kpi_id
order by definition.kpi_id, headline.unit_code, headline.grain
"""


@dataclass(frozen=True)
class Headline:
    """A headline is one KPI of one unit in the KPI's headline period."""

    kpi_id: str
    title_vi: str
    unit: str
    grain: str
    unit_code: str
    period_kind: str
    period_start: date
    numerator: float | None
    denominator: float | None
    value: float | None
    target: float | None
    rating: str | None
    coverage: float | None
    is_provisional: bool
    domain: str

    @property
    def period_vi(self) -> str:
        """Return the period in words: 'Tháng 7/2025', 'Tuần 28/2025', 'Lũy kế 2025'."""
        return format_period(self.period_kind, self.period_start)

    @property
    def is_missing(self) -> bool:
        """Return whether too few of those that owe have reported for a conclusion."""
        return self.rating == "insufficient"


def read_headlines(marts: duckdb.DuckDBPyConnection) -> list[Headline]:
    """Return every KPI at every grain, in the order of the domains; `marts` is a published file, opened read-only."""
    rows = [Headline(*row) for row in marts.execute(_HEADLINE).fetchall()]
    return sorted(rows, key=lambda row: rank_domain(row.domain))
