"""This module writes the leader page: one self-contained HTML file, made from the published marts alone.

It has no script and no outside address. Everything is driven by the definitions of the KPIs, so that a new domain
appears by itself. Dates come from the version, never from the clock: the same version makes the same bytes.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
from jinja2 import Environment, PackageLoader, StrictUndefined

from dagster_project.contracts.province import load_province
from dagster_project.extracts import words
from dagster_project.extracts.page.boundaries import Boundaries, read_boundaries
from dagster_project.extracts.page.map import AREA_HEIGHT, AREA_WIDTH, HEIGHT, WIDTH, lay_out_areas, lay_out_tiles
from dagster_project.extracts.page.restated import find_restated
from dagster_project.extracts.reading.cards import LINE_HEIGHT, LINE_WIDTH, choose_sign
from dagster_project.extracts.reading.directives import PRINTED, SHOWN
from dagster_project.extracts.reading.facts import WEEKS
from dagster_project.extracts.reading.parts import tell_beside
from dagster_project.extracts.reading.reading import Reading
from dagster_project.extracts.reading.standings import Standing

PAGE_NAME = "trang-lanh-dao.html"
SHEETS_FOLDER = "xa-phuong"
"""Beside the page: it links to them by these names, and they to it."""
_RATINGS = ("met", "at_risk", "missed", "insufficient", "too_early", "too_few", "not_applicable")


def write_page(read: Reading, marts: duckdb.DuckDBPyConnection, path: Path, boundaries: Path | None = None) -> None:
    """Write the page of what was read from `marts`, a published file that is open read-only."""
    path.write_text(render_page(read, marts, boundaries), encoding="utf-8", newline="\n")


def render_page(read: Reading, marts: duckdb.DuckDBPyConnection, boundaries: Path | None = None) -> str:
    """Return the page as text; the map has real boundaries where `boundaries` names a GeoJSON that can be read."""
    groups_of = {row.commune.code: row.commune.province_code for row in read.rows}
    borders = read_boundaries(boundaries, groups_of, AREA_WIDTH, AREA_HEIGHT) if boundaries else Boundaries({})
    groups = [
        (domain, words.name_domain(domain), [card for card in read.cards if card.definition.domain == domain])
        for domain in dict.fromkeys(card.definition.domain for card in read.cards)
    ]
    return make_environment().get_template("leader_page.html.j2").render(
        version=read.version,
        province=load_province().title_vi,
        facts=read.facts,
        briefing=read.briefing,
        results=read.results,
        is_running=read.facts.as_of.weekday() != 6,
        rows=read.rows,
        complete=read.complete,
        cards=read.cards,
        columns=_count_columns(len(read.cards)),
        groups=groups,
        said=read.said,
        map=lay_out_areas(read.rows, borders) if borders.areas else lay_out_tiles(read.rows),
        borders=borders,
        provinces=read.provinces,
        beside=[tell_beside(read.facts, card.definition) for card in read.cards],
        tasks=read.tasks,
        tasks_shown=SHOWN,
        tasks_printed=PRINTED,
        lacking=read.lacking,
        restated=find_restated(marts, read.facts),
    )  # fmt: skip


def _count_columns(count: int) -> int:
    """Return how many cards stand in a row on paper: six where that saves a row, else five."""
    return 6 if -(-count // 6) < -(-count // 5) else 5


def tell_counts(row: Standing) -> str:
    """Return a commune's counts in words; only what there is, so that 148 of them stay short."""
    told = (
        (row.missed, "không đạt"), (row.counts["at_risk"], "nguy cơ"), (row.missing, "thiếu dữ liệu")
    )  # fmt: skip
    said = [f"{count} {word}" for count, word in told if count]
    return ", ".join(said) or (f"đạt {row.counts['met']}" if row.counts["met"] else "không có gì để xếp loại")


def make_environment() -> Environment:
    """Return how every page is written: strict about names, everything from the data escaped."""
    found = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    found.globals.update(
        ratings=_RATINGS,
        weeks=WEEKS,
        tile=(WIDTH, HEIGHT),
        line=(LINE_WIDTH, LINE_HEIGHT),
        rating_vi=words.RATING_VI,
        domain_vi=words.name_domain,
        domain_short_vi=words.name_domain_short,
        sign=choose_sign,
        sheets_folder=SHEETS_FOLDER,
        tells=tell_counts,
        things_vi=words.THINGS_VI,
        judged_vi=words.JUDGED_VI,
    )
    found.filters.update(
        figure=words.format_figure, part=words.format_part, number=words.format_number, day=words.format_date,
        in_sentence=words.lower_first, short="{:.6g}".format, first_upper=lambda text: text[:1].upper() + text[1:],
    )  # fmt: skip
    return found
