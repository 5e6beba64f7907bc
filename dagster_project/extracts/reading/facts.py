"""This module reads definitions, communes, weeks, feeds and gaps from a published file, for the pages and the
workbook.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import duckdb

from dagster_project.explain.kpi_facts import IS_FEW
from dagster_project.extracts.reading.headline import IN_FORCE, Headline, read_headlines
from dagster_project.extracts.words import rank_domain

WEEKS = 16
"""Weeks that a line shows, the running one included."""

_DEFINITION = f"""
with {IN_FORCE}
select
    kpi_id, domain, title_vi, formula_vi, unit, direction, legal_basis, owner, is_proposal, headline_period, valid_to,
    min_denominator, min_coverage
from definition
order by kpi_id
"""
# The target of a KPI in force at D, else the next to come; the rows of one unit go before those of its grain.
_GOAL = f"""
with {IN_FORCE}
select target.kpi_id, target.grain, target.unit_code, target.valid_from, target.points
from marts.kpi_target as target
cross join day
where target.dimension = '' and day.as_of <= coalesce(target.valid_to, day.as_of)
qualify
    row_number() over (
        partition by target.kpi_id, target.grain, target.unit_code order by target.valid_from asc nulls first
    ) = 1
order by target.unit_code desc, target.grain desc
"""
_COMMUNE = """
select
    commune_code, commune_name, commune_type, former_province_code, former_province, former_districts, tile_col,
    tile_row
from marts.dim_commune
order by min(portal_code) over (partition by former_province_code), commune_name collate vi, commune_code
"""
# Weekly KPIs are computed again for each week from the facts as known now.
_WEEK = f"""
with {IN_FORCE}
select
    value.kpi_id, value.grain, value.unit_code, value.period_start, value.value, value.rating, value.is_provisional,
    value.definition_no, value.as_of, value.oldest_data_date, value.coverage,
    {IS_FEW.format(row="value")}
from marts.kpi_value as value
inner join definition on value.kpi_id = definition.kpi_id
where
    definition.headline_period = 'week' and value.period_kind = 'week' and value.dimension = ''
    and value.grain in ('province', 'commune')
order by value.kpi_id, value.grain, value.unit_code, value.period_start
"""
# A stock has no past in the facts: its weeks are what the last version of each week published.
_HISTORY = f"""
with {IN_FORCE},
week as (
    select
        cast(date_trunc('week', version.as_of) as date) as start, min(version.version_no) as first_no,
        max(version.version_no) as last_no
    from marts.published_version as version cross join day
    where
        version.as_of < date_trunc('week', day.as_of)
        and version.as_of >= date_trunc('week', day.as_of) - interval {WEEKS - 1} week
    group by start
),
published as (
    select
        history.*, week.start as week, {IS_FEW.format(row="history")} as is_few,
        least(week.last_no, coalesce(closing.version_no, week.last_no)) as version_no
    from marts.kpi_history as history
    inner join definition
        on history.kpi_id = definition.kpi_id and history.period_kind = definition.headline_period
    inner join marts.published_version as opening on history.first_version = opening.version
    left join marts.published_version as closing on history.last_version = closing.version
    inner join week
        on opening.version_no <= week.last_no and coalesce(closing.version_no, week.last_no) >= week.first_no
    where
        definition.headline_period <> 'week' and history.dimension = ''
        and history.grain in ('province', 'commune')
)
select
    published.kpi_id, published.grain, published.unit_code, published.week, published.value, published.rating,
    published.is_provisional, published.definition_no, version.as_of, published.oldest_data_date,
    published.coverage, published.is_few
from published
inner join marts.published_version as version on published.version_no = version.version_no
qualify
    row_number() over (
        partition by published.kpi_id, published.grain, published.unit_code, published.week
        order by published.version_no desc, published.period_start desc
    ) = 1
order by published.kpi_id, published.grain, published.unit_code, published.week
"""
_FEED = """
select feed_id, coalesce(area, ''), state, as_of, domain, title_vi, owner_vi
from marts.feed_status order by feed_id
"""
_GAP = """
select
    feed_id, coalesce(area, ''), commune_code, period, kind, severity, rows_affected, first_seen, who_fixes,
    what_to_do_vi
from marts.data_gap
where state = 'open'
order by feed_id, period nulls first, kind, gap_id
"""
_PART = """
select kpi_id, part, numerator, denominator, value
from marts.kpi_part
order by kpi_id, part
"""


@dataclass(frozen=True)
class Definition:
    """A definition is one KPI as the warehouse defines it on the day of the data; rates are shares of 1."""

    kpi_id: str
    domain: str
    title_vi: str
    formula_vi: str | None
    unit: str
    direction: str
    legal_basis: str | None
    owner: str | None
    is_proposal: bool | None
    headline_period: str
    valid_to: date | None
    min_denominator: int | None
    min_coverage: float


@dataclass(frozen=True)
class Goal:
    """A goal is what a target ends with: the `value` to reach, by `deadline` where it rises on the way there.

    `begins_on`: the first day on which it is asked for, None when it always was.
    """

    grain: str
    unit_code: str
    begins_on: date | None
    value: float
    deadline: date | None

    @classmethod
    def read(cls, grain: str, unit_code: str, begins_on: date | None, points: str) -> Goal:
        """Read the points of a target: 'day:value' separated by '|', straight between two of them."""
        *before, last = points.split("|")
        day, _, value = last.partition(":")
        return cls(grain, unit_code, begins_on, float(value), date.fromisoformat(day) if before else None)


@dataclass(frozen=True)
class Commune:
    """A commune is one of the units in force; `tile_col` and `tile_row` place it on the grid (to the right, down)."""

    code: str
    name: str
    kind: str
    province_code: str
    province: str
    districts: str | list[str] | None
    tile_col: int | None
    tile_row: int | None

    @property
    def districts_vi(self) -> str:
        """Return its former districts, one after the other; '-' when none is known."""
        listed = self.districts if isinstance(self.districts, str) else ", ".join(self.districts or [])
        return listed or "-"


@dataclass(frozen=True)
class Point:
    """A point is a KPI's value in one week (`start` is its Monday), as it was or is said on the day `as_of`."""

    start: date
    value: float | None
    rating: str
    is_provisional: bool = False
    definition_no: int = 1
    as_of: date | None = None
    oldest_data_date: date | None = None
    coverage: float | None = None
    is_few: bool = False

    def is_firm(self, min_coverage: float) -> bool:
        """Return whether the week's value is settled and covered, and may be held against another week's."""
        is_settled = not self.is_provisional and not self.is_few and self.rating not in ("insufficient", "too_early")
        return is_settled and (self.coverage is None or self.coverage >= min_coverage)


@dataclass(frozen=True)
class KpiPart:
    """A part of a KPI of the province in its headline period; `numerator` is None where nothing is known of it."""

    numerator: float | None
    denominator: float | None
    value: float | None


@dataclass(frozen=True)
class Feed:
    """A feed with its state, the day up to which it has data, and its owner."""

    feed_id: str
    area: str
    state: str
    as_of: date | None
    domain: str
    title_vi: str | None
    owner_vi: str | None


@dataclass(frozen=True)
class Gap:
    """A gap is open in the ledger: what is missing or wrong, since when, and who mends it."""

    feed_id: str
    area: str
    commune_code: str | None
    period: str | None
    kind: str
    severity: str
    rows_affected: int | None
    first_seen: date | None
    who_fixes: str | None
    what_to_do_vi: str | None


@dataclass(frozen=True)
class Facts:
    """Facts hold everything that the page tells, as the marts have it on `as_of`.

    `headlines` are by (KPI, grain, unit), `weeks` too, each oldest first. `goals` are by KPI, the most particular
    first; `parts` by KPI and part, the former provinces and what stands beside them.
    """

    as_of: date
    definitions: list[Definition]
    headlines: dict[tuple[str, str, str], Headline]
    communes: list[Commune]
    weeks: dict[tuple[str, str, str], list[Point]]
    feeds: list[Feed]
    gaps: list[Gap]
    goals: dict[str, list[Goal]]
    parts: dict[str, dict[str, KpiPart]]

    @property
    def monday(self) -> date:
        """Return the Monday of the week of the data."""
        return self.as_of - timedelta(days=self.as_of.weekday())

    @cached_property
    def measured(self) -> list[Definition]:
        """Return the KPIs that the warehouse holds figures of, numbered in this order everywhere."""
        held = {kpi_id for kpi_id, _, _ in self.headlines}
        return [definition for definition in self.definitions if definition.kpi_id in held]

    @cached_property
    def unmeasured(self) -> list[Definition]:
        """Return the KPIs that are defined and of which the warehouse holds nothing; none that is past its last day."""
        held = {kpi_id for kpi_id, _, _ in self.headlines}
        return [
            definition
            for definition in self.definitions
            if definition.kpi_id not in held and (definition.valid_to is None or definition.valid_to >= self.as_of)
        ]

    @cached_property
    def provinces(self) -> dict[str, str]:
        """Return the former provinces: code → name, in the order of the communes."""
        return {commune.province_code: commune.province for commune in self.communes}

    def find_goal(self, kpi_id: str, grain: str = "province", unit_code: str | None = None) -> Goal | None:
        """Return what a unit has to reach in a KPI; None where there is no target."""
        return next(
            (goal for goal in self.goals.get(kpi_id, ())
             if goal.grain in ("", grain) and goal.unit_code in ("", unit_code)),
            None,
        )  # fmt: skip

    def list_headlines(self, kpi_id: str, grain: str) -> list[Headline]:
        """Return a KPI's headlines at one grain; none where it is not kept at that grain."""
        return self._by_grain.get((kpi_id, grain), [])

    @cached_property
    def _by_grain(self) -> dict[tuple[str, str], list[Headline]]:
        found: dict[tuple[str, str], list[Headline]] = defaultdict(list)
        for (kpi_id, grain, _), row in self.headlines.items():
            found[kpi_id, grain].append(row)
        return found


def read_facts(marts: duckdb.DuckDBPyConnection, as_of: date) -> Facts:
    """Read a published file, opened read-only, whose data end on `as_of`."""
    headlines = {(row.kpi_id, row.grain, row.unit_code): row for row in read_headlines(marts)}
    definitions = [Definition(*row) for row in marts.execute(_DEFINITION).fetchall()]
    goals: dict[str, list[Goal]] = defaultdict(list)
    parts: dict[str, dict[str, KpiPart]] = defaultdict(dict)
    for kpi_id, *goal in marts.execute(_GOAL).fetchall():
        goals[kpi_id].append(Goal.read(*goal))
    for kpi_id, part, *told in marts.execute(_PART).fetchall():
        parts[kpi_id][part] = KpiPart(*told)
    return Facts(
        as_of=as_of,
        definitions=sorted(definitions, key=lambda row: rank_domain(row.domain)),
        headlines=headlines,
        communes=[Commune(*row) for row in marts.execute(_COMMUNE).fetchall()],
        weeks=_read_weeks(marts, headlines, as_of),
        feeds=[Feed(*row) for row in marts.execute(_FEED).fetchall()],
        gaps=[Gap(*row) for row in marts.execute(_GAP).fetchall()],
        goals=goals,
        parts=parts,
    )


def _read_weeks(
    marts: duckdb.DuckDBPyConnection, headlines: dict[tuple[str, str, str], Headline], as_of: date
) -> dict[tuple[str, str, str], list[Point]]:
    """Return (KPI, grain, unit) → its last weeks, oldest first; a stock ends with what this version says."""
    found: dict[tuple[str, str, str], list[Point]] = defaultdict(list)
    for kpi_id, grain, unit_code, *point in marts.execute(_WEEK).fetchall() + marts.execute(_HISTORY).fetchall():
        found[kpi_id, grain, unit_code].append(Point(*point))
    monday = as_of - timedelta(days=as_of.weekday())
    for key, row in headlines.items():
        if row.period_kind != "week" and row.grain in ("province", "commune"):
            found[key].append(
                Point(
                    monday, row.value, row.rating, row.is_provisional, row.definition_no, as_of, row.oldest_data_date,
                    row.coverage, row.is_few,
                )
            )  # fmt: skip
    first = monday - timedelta(weeks=WEEKS - 1)
    return {key: [point for point in points if first <= point.start <= monday] for key, points in found.items()}
