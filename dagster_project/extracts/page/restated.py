"""This module finds what the last briefing said of a week that was over and what is said of it now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from dagster_project.extracts.reading.facts import Facts
from dagster_project.extracts.reading.headline import IN_FORCE
from dagster_project.extracts.words import format_figure, format_period

# The last version of the week before.
_SAID = f"""
with {IN_FORCE},
briefing as (
    select version.version_no, version.as_of
    from marts.published_version as version cross join day
    where
        version.as_of < date_trunc('week', day.as_of)
        and version.as_of >= date_trunc('week', day.as_of) - interval 7 day
    order by version.version_no desc
    limit 1
),
said as (
    select history.*, briefing.as_of
    from marts.kpi_history as history
    inner join marts.published_version as opening on history.first_version = opening.version
    left join marts.published_version as closing on history.last_version = closing.version
    inner join briefing
        on briefing.version_no between opening.version_no and coalesce(closing.version_no, briefing.version_no)
    inner join definition
        on history.kpi_id = definition.kpi_id and history.period_kind = definition.headline_period
    where
        history.grain = 'province' and history.dimension = ''
        and history.period_kind <> 'to_date' and history.period_end <= briefing.as_of
    qualify row_number() over (partition by history.kpi_id order by history.period_start desc) = 1
)
select said.kpi_id, said.period_kind, said.period_start, said.as_of, said.value, value.value
from said
inner join marts.kpi_value as value
    on said.kpi_id = value.kpi_id and value.grain = 'province' and said.unit_code = value.unit_code
    and value.dimension = '' and said.period_kind = value.period_kind
    and said.period_start = value.period_start
    -- A figure of another meaning is no figure that changed.
    and said.definition_no = value.definition_no
order by said.kpi_id
"""
_SENT_AGAIN = """
select feed.domain, restated.first_seen
from marts.restatement as restated
inner join marts.feed_status as feed on restated.feed_id = feed.feed_id
"""


@dataclass(frozen=True)
class RestatedFigure:
    """This is a KPI of the province whose reported figure of a past period is another one now.

    `number` is that of its card. `sent_again` counts the statements of its domain that offices changed since that
    report; 0 means that only the dossiers went on.
    """

    number: int
    kpi_id: str
    title_vi: str
    period_vi: str
    reported_on: date
    old: float
    new: float
    unit: str
    sent_again: int

    @property
    def figures_vi(self) -> str:
        """Return the two figures in words: '83,1% → 82,7%'."""
        return f"{format_figure(self.old, self.unit)} → {format_figure(self.new, self.unit)}"


def find_restated(marts: duckdb.DuckDBPyConnection, facts: Facts) -> list[RestatedFigure]:
    """Return every headline KPI of the province whose last reported whole period reads differently now, by number of
    card.
    """
    said = {kpi_id: rest for kpi_id, *rest in marts.execute(_SAID).fetchall()}
    again = marts.execute(_SENT_AGAIN).fetchall()
    found = []
    for number, definition in enumerate(facts.measured, start=1):
        kind, start, reported_on, old, new = said.get(definition.kpi_id, (None,) * 5)
        if kind is None or start is None or reported_on is None or old is None or new is None:
            continue
        if format_figure(old, definition.unit) == format_figure(new, definition.unit):
            continue
        count = sum(1 for domain, seen in again if domain == definition.domain and (seen is None or seen > reported_on))
        found.append(
            RestatedFigure(
                number, definition.kpi_id, definition.title_vi, format_period(kind, start), reported_on, old, new,
                definition.unit, count,
            )
        )  # fmt: skip
    return found
