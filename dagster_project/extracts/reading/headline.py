"""This module reads the KPIs as leaders are told them: each in its headline period, the newest that is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from dagster_project.core.errors import UsageError
from dagster_project.explain.kpi_facts import IS_FEW
from dagster_project.extracts.words import format_part, format_period, rank_domain

# A KPI may be defined by dated rows: the newest that has begun names it, also after its last day.
IN_FORCE = """
day as (
    select max(as_of) as as_of from marts.kpi_value
),
definition as (
    select definition.*
    from marts.kpi_definition as definition
    cross join day
    where coalesce(day.as_of >= definition.valid_from, true)
    qualify row_number() over (partition by definition.kpi_id order by definition.valid_from desc nulls last) = 1
)
"""
_HEADLINE = f"""
with {IN_FORCE},
headline as (
    select value.*
    from marts.kpi_value as value
    inner join definition on value.kpi_id = definition.kpi_id and value.period_kind = definition.headline_period
    where value.dimension = ''
    qualify dense_rank() over (partition by value.kpi_id order by value.period_start desc) = 1
)
select
    definition.kpi_id, definition.title_vi, definition.unit, headline.grain, headline.unit_code, headline.period_kind,
    headline.period_start, headline.numerator, headline.denominator, headline.value, headline.target, headline.rating,
    headline.coverage, headline.is_provisional, definition.domain, headline.is_certain, headline.decided_share,
    headline.remaining, headline.oldest_data_date, headline.definition_no, {IS_FEW.format(row="headline")}
from definition
inner join headline on definition.kpi_id = headline.kpi_id
order by definition.kpi_id, headline.unit_code, headline.grain
"""
_IS_KNOWN = """
select count(*) > 0 from duckdb_columns()
where schema_name = 'marts' and table_name = 'kpi_value' and column_name = 'definition_no'
"""


@dataclass(frozen=True)
class Headline:
    """A headline is one KPI of one unit in the KPI's headline period.

    `remaining`: what is still to do of a KPI past its last day, None while it runs. `is_few`: it counts so few things
    that they are told instead of a rate.
    """

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
    rating: str
    coverage: float | None
    is_provisional: bool
    domain: str
    is_certain: bool = False
    decided_share: float | None = None
    remaining: int | None = None
    oldest_data_date: date | None = None
    definition_no: int = 1
    is_few: bool = False

    @property
    def period_vi(self) -> str:
        """Return the period in words: 'Tháng 7/2025', 'Tuần 28/2025', 'Lũy kế 2025'."""
        return format_period(self.period_kind, self.period_start)

    @property
    def is_missing(self) -> bool:
        """Return whether too few of those that owe have reported for a conclusion."""
        return self.rating == "insufficient"

    @property
    def lacks_data(self) -> bool:
        """Return whether anything that is owed is missing: a certain verdict does not make the data complete."""
        return self.is_missing or (self.coverage is not None and self.coverage < 1)

    @property
    def fraction_vi(self) -> str:
        """Return a figure of too few things as it is told, without a rate: '3/7'."""
        return f"{format_part(self.numerator)}/{format_part(self.denominator)}"

    def find_old_date(self, as_of: date) -> date | None:
        """Return the day of its oldest data where the figure is provisional and older than `as_of` for that."""
        if self.is_provisional and self.oldest_data_date is not None and self.oldest_data_date < as_of:
            return self.oldest_data_date
        return None


def read_headlines(marts: duckdb.DuckDBPyConnection) -> list[Headline]:
    """Return every KPI at every grain, in the order of the domains; `marts` is a published file, opened read-only.

    Raises UsageError for a version that an earlier haicap built, before definitions had numbers.
    """
    if marts.execute(_IS_KNOWN).fetchone() != (True,):
        raise UsageError("Bản này do haicap cũ hơn dựng, chưa có số hiệu định nghĩa.", "Chạy `haicap refresh`.")
    rows = [Headline(*row) for row in marts.execute(_HEADLINE).fetchall()]
    return sorted(rows, key=lambda row: rank_domain(row.domain))
