"""This module reads a published file once, for the leader page, the brief and the sheets of the communes alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from dagster_project.extracts.reading.cards import Card, make_cards
from dagster_project.extracts.reading.conclusion import Conclusion, conclude
from dagster_project.extracts.reading.directives import Task, read_open_tasks
from dagster_project.extracts.reading.facts import Facts, read_facts
from dagster_project.extracts.reading.missing import MissingData, list_missing
from dagster_project.extracts.reading.standings import FormerProvince, Standing, read_standings, sum_former_provinces


@dataclass(frozen=True)
class Reading:
    """A reading holds what every leader is told, said once; `tasks` is None when no register ever came."""

    version: str
    facts: Facts
    rows: list[Standing]
    cards: list[Card]
    provinces: list[FormerProvince]
    tasks: list[Task] | None
    said: Conclusion
    lacking: MissingData

    @property
    def briefing(self) -> date:
        """Return the Monday of the briefing."""
        return find_briefing_day(self.facts.as_of)

    @property
    def results(self) -> date:
        """Return the Monday of the week whose results are told."""
        return self.briefing - timedelta(weeks=1)

    @property
    def complete(self) -> int:
        """Return how many communes lack no data of any KPI."""
        return sum(1 for row in self.rows if not row.missing)


def find_briefing_day(as_of: date) -> date:
    """Return the Monday after the data: it tells the results of the week before and the tasks of its own week (ISO
    weeks).
    """
    return as_of + timedelta(days=7 - as_of.weekday())


def read_published(marts: duckdb.DuckDBPyConnection, version: str) -> Reading:
    """Read a published file, opened read-only; `version` begins with the date of the data."""
    as_of = date.fromisoformat(version[:10])
    facts = read_facts(marts, as_of)
    rows = read_standings(facts)
    found = make_cards(facts, rows)
    provinces = sum_former_provinces(facts, rows)
    tasks = read_open_tasks(marts)
    return Reading(
        version=version,
        facts=facts,
        rows=rows,
        cards=found,
        provinces=provinces,
        tasks=tasks,
        said=conclude(facts, found, rows, provinces, tasks),
        lacking=list_missing(facts, rows),
    )
