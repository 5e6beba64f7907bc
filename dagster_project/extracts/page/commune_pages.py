"""This module writes one self-contained HTML page per commune beside the leader page, made from the same reading.

It asks one query per table, whatever the number of communes. The sheets are for the offices themselves: small counts of
dossiers are shown as they are (they hold no person); what leaves the offices is a matter of the outputs that publish
it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.contracts.gap_kinds import DELIVERY_GAPS
from dagster_project.contracts.province import load_province
from dagster_project.contracts.seeds import read_seed
from dagster_project.extracts.page.leader_page import PAGE_NAME, make_environment
from dagster_project.extracts.reading.cards import Card, make_unit_card
from dagster_project.extracts.reading.directives import Task, read_tasks_of_communes
from dagster_project.extracts.reading.facts import Commune, Gap
from dagster_project.extracts.reading.reading import Reading
from dagster_project.extracts.reading.standings import Standing
from dagster_project.extracts.words import GAP_KIND_VI, SEVERITY_VI, format_gap_period

_BACKLOG = """
select
    dossier.commune_code, dossier.procedure_code, coalesce(catalogue.procedure_name, dossier.procedure_code, '-'),
    count(*), max(dossier.days_overdue)
from marts.fct_dossier as dossier
left join marts.dim_procedure as catalogue on dossier.procedure_code = catalogue.procedure_code
where dossier.is_overdue and dossier.commune_code is not null
group by all
order by dossier.commune_code, 4 desc, 5 desc nulls last, 3, 2
"""
_BACKLOG_KPI, _OVERDUE_KPI = "tthc_backlog_overdue", "directive_overdue"


@dataclass(frozen=True)
class Backlog:
    """A backlog counts the open dossiers of one procedure past their due date; `oldest` in days."""

    code: str | None
    name: str
    count: int
    oldest: int | None


@dataclass(frozen=True)
class OwedGap:
    """A gap in the commune's words: what is lacking, since when, who mends it and how."""

    feed: str
    kind: str
    severity: str
    period: str
    rows: int | None
    since: date | None
    who: str
    todo: str


@dataclass(frozen=True)
class Sheet:
    """A sheet tells one commune's cards, backlog, tasks and gaps.

    `backlog` is None where the warehouse cannot say for want of data.
    """

    standing: Standing
    cards: tuple[Card, ...]
    backlog: tuple[Backlog, ...] | None
    tasks: tuple[Task, ...]
    gaps: tuple[OwedGap, ...]

    @property
    def commune(self) -> Commune:
        """Return the commune itself."""
        return self.standing.commune

    @property
    def red(self) -> tuple[Card, ...]:
        """Return the cards of the KPIs that it misses."""
        return tuple(card for card in self.cards if card.rating == "missed")

    @property
    def to_raise(self) -> tuple[Card, ...]:
        """Return those red cards that the lists of dossiers and tasks do not tell already."""
        told = {_BACKLOG_KPI: bool(self.backlog), _OVERDUE_KPI: bool(self.overdue)}
        return tuple(card for card in self.red if not told.get(card.definition.kpi_id))

    @property
    def shown(self) -> tuple[Card, ...]:
        """Return the cards that have something to show: a figure, a rating or a trend."""
        return tuple(card for card in self.cards if not _is_quiet(card))

    @property
    def quiet(self) -> tuple[Card, ...]:
        """Return the cards of the KPIs of which the commune owes nothing now; they are only named."""
        return tuple(card for card in self.cards if _is_quiet(card))

    @property
    def lacking(self) -> tuple[Card, ...]:
        """Return the cards of the KPIs that cannot be concluded for want of data."""
        return tuple(card for card in self.cards if card.rating == "insufficient")

    @property
    def is_complete(self) -> bool:
        """Return whether nothing that it owes is missing, and its backlog is known."""
        return not self.standing.missing and self.backlog is not None

    @property
    def overdue(self) -> tuple[Task, ...]:
        """Return its tasks past their due date."""
        return tuple(task for task in self.tasks if task.is_overdue)


def write_sheets(read: Reading, marts: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `<commune_code>.html` for each commune into `folder`, which is made; `marts`, open read-only, is what was
    read.
    """
    folder.mkdir()
    template = make_environment().get_template("commune_sheet.html.j2")
    shared = {
        "version": read.version, "province": load_province().title_vi, "facts": read.facts, "briefing": read.briefing,
        "register_day": read.said.register_day,
        "leader_page": f"../{PAGE_NAME}", "is_running": read.facts.as_of.weekday() != 6,
    }  # fmt: skip
    for sheet in make_sheets(read, marts):
        path = folder / f"{sheet.commune.code}.html"
        path.write_text(template.render(**shared, s=sheet), encoding="utf-8", newline="\n")


def make_sheets(read: Reading, marts: duckdb.DuckDBPyConnection) -> list[Sheet]:
    """Return every commune's sheet, in the order of the communes."""
    backlog: dict[str, list[Backlog]] = defaultdict(list)
    for code, *told in marts.execute(_BACKLOG).fetchall():
        backlog[code].append(Backlog(*told))
    tasks = read_tasks_of_communes(marts)
    gaps = _Gaps(read)
    found = []
    for row in read.rows:
        code = row.commune.code
        told = [card for number in range(len(row.figures)) if (card := _make_card(read, row, number))]
        found.append(
            Sheet(
                standing=row,
                cards=tuple(told),
                backlog=tuple(backlog[code]) if _knows_backlog(told) else None,
                tasks=tuple(tasks.get(code, ())),
                gaps=tuple(gaps.list_owed(row)),
            )
        )
    return found


def _is_quiet(card: Card) -> bool:
    has_value = card.headline is not None and card.headline.value is not None
    return card.rating in ("not_applicable", "too_early") and not has_value and card.line is None


def _knows_backlog(told: Sequence[Card]) -> bool:
    return any(card.definition.kpi_id == _BACKLOG_KPI and card.rating != "insufficient" for card in told)


def _make_card(read: Reading, row: Standing, number: int) -> Card | None:
    """Return the KPI's card for a commune; None where it is not kept for communes."""
    figure = row.figures[number]
    if figure is None:
        return None
    points = read.facts.weeks.get((figure.kpi_id, "commune", row.commune.code), [])
    return make_unit_card(read.facts, number + 1, read.facts.measured[number], figure, points)


class _Gaps:
    """This index finds what a commune owes: its own gaps, then those of its area that silence one of its KPIs."""

    def __init__(self, read: Reading) -> None:
        self._feeds = {feed.feed_id: feed for feed in read.facts.feeds}
        self._areas = {row["former_province_code"]: row["area"] for row in read_seed("former_province")}
        self._own: dict[str, list[Gap]] = defaultdict(list)
        self._shared: dict[tuple[str, str], list[Gap]] = defaultdict(list)
        for gap in read.facts.gaps:
            if gap.commune_code:
                self._own[gap.commune_code].append(gap)
            elif gap.kind in DELIVERY_GAPS and gap.feed_id in self._feeds:
                self._shared[gap.area, self._feeds[gap.feed_id].domain].append(gap)

    def list_owed(self, row: Standing) -> list[OwedGap]:
        """Return the gaps of one commune, its own first."""
        area = self._areas.get(row.commune.province_code, "")
        lacking = dict.fromkeys(figure.domain for figure in row.figures if figure is not None and figure.lacks_data)
        told = list(self._own[row.commune.code])
        for domain in lacking:
            told += [gap for where in dict.fromkeys((area, "")) for gap in self._shared[where, domain]]
        return [self._describe(gap) for gap in told]

    def _describe(self, gap: Gap) -> OwedGap:
        feed = self._feeds.get(gap.feed_id)
        return OwedGap(
            (feed.title_vi if feed else None) or gap.feed_id,
            GAP_KIND_VI.get(gap.kind, gap.kind),
            SEVERITY_VI.get(gap.severity, gap.severity),
            format_gap_period(gap.period),
            gap.rows_affected,
            gap.first_seen,
            gap.who_fixes or "-",
            gap.what_to_do_vi or "-",
        )
