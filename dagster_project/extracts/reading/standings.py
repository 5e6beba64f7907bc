"""This module counts how each commune and each former province stands, KPI by KPI. It ranks nobody: how many KPIs are
missed follows how many apply, and what others failed to send.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dagster_project.extracts.reading.facts import Commune, Facts
from dagster_project.extracts.reading.headline import Headline
from dagster_project.extracts.reading.parts import tell_part

_WORST_FIRST = ("missed", "insufficient", "at_risk", "met", "too_early", "too_few")


@dataclass(frozen=True)
class Standing:
    """A standing holds one commune's figures in the order of the numbered KPIs; None where a KPI is not kept for
    communes.
    """

    commune: Commune
    figures: tuple[Headline | None, ...]
    counts: Counter[str]

    @property
    def missed(self) -> int:
        """Return how many KPIs it misses."""
        return self.counts["missed"]

    @property
    def missing(self) -> int:
        """Return of how many KPIs any of its data are missing, whether or not they can be concluded."""
        return sum(1 for figure in self.figures if figure is not None and figure.lacks_data)

    @property
    def look(self) -> str:
        """Return its one sign: the worst that is known; what is missing is never 'met'."""
        if self.missing and not self.counts["missed"] and not self.counts["at_risk"]:
            return "insufficient"
        return next((rating for rating in ("missed", "at_risk", "met") if self.counts[rating]), "not_applicable")


def read_standings(facts: Facts) -> list[Standing]:
    """Return every commune's standing, in the order of the communes."""
    numbered = [
        {row.unit_code: row for row in facts.list_headlines(definition.kpi_id, "commune")}
        for definition in facts.measured
    ]
    found = []
    for commune in facts.communes:
        figures = tuple(rows.get(commune.code) for rows in numbered)
        counts = Counter(figure.rating for figure in figures if figure is not None)
        found.append(Standing(commune, figures, counts))
    return found


@dataclass(frozen=True)
class FormerProvince:
    """A former province has the ratings of its weighted KPIs and the state of its communes.

    `parts` are in the order of the figures: what is told of a KPI that is not judged here, None where there is a figure
    or nothing. `red` and `with_gaps` count communes that miss a KPI, and that lack data of one.
    """

    code: str
    name: str
    figures: tuple[Headline | None, ...]
    parts: tuple[str | None, ...]
    counts: Counter[str]
    communes: int
    red: int
    with_gaps: int

    def count_ratings(self, domain: str) -> list[tuple[str, int]]:
        """Return (rating, KPIs) of a domain here, worst first; what it does not owe is left out."""
        found = Counter(row.rating for row in self.figures if row and row.domain == domain)
        return [(rating, found[rating]) for rating in _WORST_FIRST if found[rating]]


def sum_former_provinces(facts: Facts, rows: Sequence[Standing]) -> list[FormerProvince]:
    """Return the former provinces in the order of the communes."""
    found = []
    for code, name in facts.provinces.items():
        figures = tuple(facts.headlines.get((row.kpi_id, "former_province", code)) for row in facts.measured)
        parts = tuple(tell_part(facts, row, code) for row in facts.measured)
        own = [row for row in rows if row.commune.province_code == code]
        counts = Counter(figure.rating for figure in figures if figure is not None)
        red, with_gaps = sum(1 for row in own if row.missed), sum(1 for row in own if row.missing)
        found.append(FormerProvince(code, name, figures, parts, counts, len(own), red, with_gaps))
    return found
