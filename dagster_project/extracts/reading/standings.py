"""This module counts how each commune and each former province stands, KPI by KPI. It ranks nobody: how many KPIs are
missed follows how many apply, and what others failed to send.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from dagster_project.extracts.reading.facts import Commune, Definition, Facts
from dagster_project.extracts.reading.headline import Headline

RATED = ("met", "at_risk", "missed", "insufficient")
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


@dataclass(frozen=True)
class Bands:
    """Bands are the steps of the map: 1…low, low+1…high, more than high KPIs missed."""

    low: int
    high: int

    def find_step(self, missed: int) -> int:
        """Return the step of a number of missed KPIs: 0 (none), 1, 2 or 3."""
        return 0 if missed == 0 else 1 if missed <= self.low else 2 if missed <= self.high else 3

    @property
    def labels(self) -> tuple[str, str, str]:
        """Return the three steps in words of numbers: '1–2', '3–5', 'từ 6'."""

        def name_span(first: int, last: int) -> str:
            return str(first) if first == last else f"{first}–{last}"

        return name_span(1, self.low), name_span(self.low + 1, self.high), f"từ {self.high + 1}"


def read_standings(facts: Facts) -> list[Standing]:
    """Return every commune's standing, in the order of the communes."""
    numbered = [(definition, {row.unit_code: row for row in facts.list_headlines(definition.kpi_id, "commune")})
                for definition in facts.measured]  # fmt: skip
    found = []
    for commune in facts.communes:
        figures = tuple(
            rows.get(commune.code) or (_make_silent(definition, rows, commune.code) if rows else None)
            for definition, rows in numbered
        )
        counts = Counter(figure.rating or "insufficient" for figure in figures if figure is not None)
        found.append(Standing(commune, figures, counts))
    return found


def _make_silent(definition: Definition, rows: dict[str, Headline], code: str) -> Headline:
    """Return an 'insufficient' figure: a commune that a KPI of communes says nothing of is missing, not absent."""
    like = next(iter(rows.values()))
    return Headline(
        definition.kpi_id, definition.title_vi, definition.unit, "commune", code, like.period_kind, like.period_start,
        None, None, None, like.target, "insufficient", None, like.is_provisional, definition.domain,
    )  # fmt: skip


def choose_bands(rows: Sequence[Standing]) -> Bands:
    """Return steps that fit the number of KPIs rated in communes: a tenth and a quarter of them."""
    rated = {
        figure.kpi_id for row in rows for figure in row.figures if figure is not None and figure.rating in RATED
    }  # fmt: skip
    low = max(1, ceil(len(rated) * 0.1))
    return Bands(low, max(low + 1, ceil(len(rated) * 0.25)))


@dataclass(frozen=True)
class FormerProvince:
    """A former province has the ratings of its weighted KPIs and the state of its communes.

    `red` and `with_gaps` count communes that miss a KPI, and that lack data of one.
    """

    code: str
    name: str
    figures: tuple[Headline | None, ...]
    counts: Counter[str]
    communes: int
    red: int
    with_gaps: int

    def count_ratings(self, domain: str) -> list[tuple[str, int]]:
        """Return (rating, KPIs) of a domain here, worst first; what it does not owe is left out."""
        found = Counter(row.rating or "insufficient" for row in self.figures if row and row.domain == domain)
        return [(rating, found[rating]) for rating in _WORST_FIRST if found[rating]]


def sum_former_provinces(facts: Facts, rows: Sequence[Standing]) -> list[FormerProvince]:
    """Return the former provinces in the order of the communes."""
    found = []
    for code, name in facts.provinces.items():
        figures = tuple(facts.headlines.get((row.kpi_id, "former_province", code)) for row in facts.measured)
        own = [row for row in rows if row.commune.province_code == code]
        counts = Counter(figure.rating or "insufficient" for figure in figures if figure is not None)
        red, with_gaps = sum(1 for row in own if row.missed), sum(1 for row in own if row.missing)
        found.append(FormerProvince(code, name, figures, counts, len(own), red, with_gaps))
    return found
