"""This module draws the conclusion in three lines, by rule: what stands, where it is red, what cannot be concluded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dagster_project.extracts.reading.cards import Card
from dagster_project.extracts.reading.directives import Task, find_register_day
from dagster_project.extracts.reading.facts import Facts
from dagster_project.extracts.reading.standings import FormerProvince, Standing
from dagster_project.extracts.words import JUDGED_VI, name_domain


@dataclass(frozen=True)
class Conclusion:
    """A conclusion holds the numbers of KPIs by rating, and where the red is; the template puts the words around
    them. `register_day`: the day of the data on tasks where they are stale. `lacking` and `lacking_in`: what cannot be
    concluded of the province, and of a former province alone. `is_complete`: nothing is missing of any KPI anywhere.
    """

    by_rating: dict[str, tuple[int, ...]]
    too_early: tuple[int, ...]
    lacking: tuple[tuple[str, tuple[int, ...]], ...]
    judged: int
    red_communes: int
    communes: int
    provinces: tuple[FormerProvince, ...]
    overdue: tuple[Task, ...] | None
    register_day: date | None
    lacking_in: tuple[tuple[str, tuple[int, ...]], ...]
    not_held: tuple[str, ...]
    is_complete: bool

    @property
    def tells_communes(self) -> bool:
        """Return whether the number of communes that miss a KPI says something; of all of them it says nothing."""
        return self.red_communes < self.communes


def _group_by_domain(found: Sequence[Card], numbers: set[int]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Return (name of the domain, its numbers), in the order of the cards."""
    grouped: dict[str, list[int]] = {}
    for card in found:
        if card.number in numbers:
            grouped.setdefault(name_domain(card.definition.domain), []).append(card.number)
    return tuple((name, tuple(own)) for name, own in grouped.items())


def conclude(
    facts: Facts,
    found: Sequence[Card],
    rows: Sequence[Standing],
    provinces: Sequence[FormerProvince],
    tasks: Sequence[Task] | None,
) -> Conclusion:
    """Draw the conclusion: only KPIs with a rating count; what cannot be concluded is named, never left out."""
    by_rating = {rating: tuple(card.number for card in found if card.rating == rating) for rating in JUDGED_VI}
    whole = set(by_rating["insufficient"])
    lacking_in = (
        (
            province.name,
            tuple(
                number
                for number, figure in enumerate(province.figures, start=1)
                if figure is not None and figure.is_missing and number not in whole
            ),
        )
        for province in provinces
    )
    held = {definition.domain for definition in facts.measured}
    return Conclusion(
        by_rating=by_rating,
        too_early=tuple(card.number for card in found if card.rating == "too_early"),
        lacking=_group_by_domain(found, whole),
        judged=sum(len(numbers) for numbers in by_rating.values()),
        red_communes=sum(1 for row in rows if row.missed),
        communes=len(rows),
        provinces=tuple(provinces),
        overdue=None if tasks is None else tuple(task for task in tasks if task.is_overdue),
        register_day=find_register_day(facts),
        lacking_in=tuple((name, numbers) for name, numbers in lacking_in if numbers),
        is_complete=not any(row.missing for row in rows)
        and not any(card.headline is None or card.headline.lacks_data for card in found),
        not_held=tuple(dict.fromkeys(name_domain(row.domain) for row in facts.unmeasured if row.domain not in held)),
    )
