"""The leader page: one self-contained HTML file, made from the published marts alone.

No script, no outside address. Everything is driven by the definitions of the KPIs, so that a new domain appears by
itself. Dates come from the version, never from the clock: the same version makes the same bytes.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
from jinja2 import Environment, PackageLoader, StrictUndefined

from dagster_project.contracts.province import load_province
from dagster_project.extracts import words
from dagster_project.extracts.facts import WEEKS, read_facts
from dagster_project.extracts.page_cards import LINE_HEIGHT, LINE_WIDTH, cards, sign
from dagster_project.extracts.page_conclusion import conclusion
from dagster_project.extracts.page_directives import SHOWN, open_tasks
from dagster_project.extracts.page_gaps import missing
from dagster_project.extracts.page_map import HEIGHT, WIDTH, tile_map
from dagster_project.extracts.page_units import bands, first_to_direct, former_provinces, standings
from dagster_project.extracts.restated import restated

_RATINGS = ("met", "at_risk", "missed", "insufficient", "not_applicable")


def write_page(marts: duckdb.DuckDBPyConnection, path: Path, version: str) -> None:
    """Write the page of a published file, opened read-only as `marts`; `version` begins with the date of the data."""
    path.write_text(render_page(marts, version), encoding="utf-8", newline="\n")


def briefing_day(as_of: date) -> date:
    """The Monday after the data: results of the week before it, tasks of the week that it begins (ISO weeks)."""
    return as_of + timedelta(days=7 - as_of.weekday())


def render_page(marts: duckdb.DuckDBPyConnection, version: str) -> str:
    """The page as text."""
    as_of = date.fromisoformat(version[:10])
    facts = read_facts(marts, as_of)
    rows = standings(facts)
    steps = bands(rows)
    found = cards(facts, rows)
    provinces = former_provinces(facts, rows)
    tasks = open_tasks(marts, as_of)
    briefing = briefing_day(as_of)
    groups = [
        (domain, words.domain_vi(domain), [card for card in found if card.definition.domain == domain])
        for domain in dict.fromkeys(card.definition.domain for card in found)
    ]
    return _environment().get_template("leader_page.html.j2").render(
        version=version,
        province=load_province().title_vi,
        facts=facts,
        briefing=briefing,
        results=briefing - timedelta(weeks=1),
        is_running=as_of.weekday() != 6,
        rows=rows,
        complete=sum(1 for row in rows if not row.missing),
        cards=found,
        columns=_columns(len(found)),
        groups=groups,
        said=conclusion(facts, found, rows, provinces, tasks),
        map=tile_map(rows, steps),
        steps=steps,
        first=first_to_direct(rows),
        provinces=provinces,
        tasks=tasks,
        tasks_shown=SHOWN,
        lacking=missing(facts, rows),
        restated=restated(marts, facts),
    )  # fmt: skip


def _columns(count: int) -> int:
    """Cards in a row on paper: six where that saves a row, else five."""
    return 6 if -(-count // 6) < -(-count // 5) else 5


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("dagster_project.extracts"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        ratings=_RATINGS, weeks=WEEKS, tile=(WIDTH, HEIGHT), line=(LINE_WIDTH, LINE_HEIGHT), rating_vi=words.RATING_VI,
        domain_vi=words.domain_vi, domain_short_vi=words.domain_short_vi, sign=sign,
    )  # fmt: skip
    environment.filters.update(
        figure=words.figure_vi, part=words.part_vi, number=words.number_vi, day=words.date_vi,
        in_sentence=words.in_sentence, first_upper=lambda text: text[:1].upper() + text[1:],
    )  # fmt: skip
    return environment
