"""The KPIs as leaders are told them: each in its headline period, the newest that is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

RATING_VI = {
    "met": "Đạt",
    "at_risk": "Nguy cơ",
    "missed": "Không đạt",
    "insufficient": "Thiếu dữ liệu",
    "not_applicable": "Không áp dụng",
}
_PERIOD_VI = {"week": "Tuần", "month": "Tháng", "quarter": "Quý", "year": "Năm", "to_date": "Lũy kế"}
FEED_STATE_VI = {
    "ok": "Đủ",
    "late": "Muộn",
    "missing": "Chưa có",
    "blocked": "Bị chặn",
    "partial": "Một phần",
    "not_expected": "Chưa đến kỳ",
}
_HEADLINE = """
with definition as (
    select * from marts.kpi_definition
    qualify row_number() over (partition by kpi_id order by target_start desc nulls last) = 1
),
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
    headline.coverage, headline.is_provisional
from definition
inner join headline on definition.kpi_id = headline.kpi_id
order by definition.domain, definition.kpi_id, headline.unit_code
"""


@dataclass(frozen=True)
class Headline:
    """One KPI of one unit in the KPI's headline period."""

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

    @property
    def period_vi(self) -> str:
        """The period in words: 'Tháng 7/2025', 'Tuần 28/2025', 'Lũy kế 2025'."""
        start = self.period_start
        week = start.isocalendar()
        number = {
            "week": f"{week.week}/{week.year}",
            "month": f"{start.month}/{start.year}",
            "quarter": f"{(start.month + 2) // 3}/{start.year}",
        }.get(self.period_kind, str(start.year))
        return f"{_PERIOD_VI.get(self.period_kind, self.period_kind)} {number}"


def read_headlines(marts: duckdb.DuckDBPyConnection) -> list[Headline]:
    """Every KPI at every grain, in the order of the definition; `marts` is a published file, opened read-only."""
    return [Headline(*row) for row in marts.execute(_HEADLINE).fetchall()]
