"""Reading a page as a test does: as XML, a text at a time, figures computed a second time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
from lxml import etree

from dagster_project.extracts.page.leader_page import render_page
from dagster_project.extracts.reading.reading import read_published
from tests.support.marts.page_marts import VERSION, write_page_marts

SIGN = {
    "met": "●", "at_risk": "▲", "missed": "■", "insufficient": "◇", "too_early": "…", "too_few": "○",
    "not_applicable": "–",
}  # fmt: skip
ALL = (
    "update marts.kpi_value set coverage = 1, numerator = coalesce(numerator, 1), value = coalesce(value, 0.5), "
    "rating = "
)
DOSSIERS = """
insert into marts.dim_procedure values ('1.000', 'Đăng ký <khai> sinh & tử'), ('2.000', 'Chứng thực');
insert into marts.fct_dossier
select commune, procedure, is_overdue, days
from (values
    ('07900', '2.000', true, 3), ('07900', '2.000', true, 12), ('07900', '1.000', true, 40),
    ('07900', '9.999', true, null), ('07900', '1.000', false, 9), ('07900', '1.000', false, null),
    (null, '1.000', true, 9)
) as given (commune, procedure, is_overdue, days);
insert into marts.fct_directive (directive_no, task, lead_agency, due_on, done_on, commune_code) values
    ('1/TB', 'Việc quá hạn', 'UBND phường', '2025-07-10', null, '07900'),
    ('2/TB', 'Việc đã xong', 'UBND phường', '2025-07-10', '2025-07-09', '07900'),
    ('3/TB', 'Việc của nơi khác', 'UBND phường', '2025-07-10', null, '08707');
"""
"""SQL that gives one commune dossiers and tasks of every kind, for its sheet."""
REGISTER = """
insert into marts.feed_status (feed_id, domain, last_file, state) values ('d', 'directives', 'so.xlsx', 'late');
insert into marts.kpi_value
select value.* replace ('directive_overdue' as kpi_id, 1 as numerator, 1 as value, 'insufficient' as rating,
    0 as coverage, {stale} as is_provisional, date '2025-05-18' as oldest_data_date)
from marts.kpi_value as value where kpi_id = 'tthc_backlog_overdue' and grain = 'province';
"""
"""SQL that lets a register of tasks have come, of which the newest data are of 18/05/2025; `stale`: true or false."""


def render(path: Path, change: str = "", version: str = VERSION) -> str:
    """Return the leader page of a marts file written at `path`; `change` is SQL that makes a variant of it."""
    write_page_marts(path, change)
    with duckdb.connect(str(path), read_only=True) as marts:
        return render_page(read_published(marts, version), marts)


def tree_of(page: str) -> Any:
    """Return the page read as XML: whatever is not closed, nested wrong or escaped wrong fails here."""
    return etree.fromstring(page.replace("<!DOCTYPE html>", "").encode())


def text_of(element: Any) -> str:
    """Return the words in an element, one space apart."""
    return " ".join("".join(element.itertext()).split())


def cells_of(row: Any) -> list[str]:
    """Return the words of each cell of a table's row."""
    return [text_of(cell) for cell in row.xpath("./td | ./th")]


def said(value: Any, unit: str) -> str:
    """Return a figure as it is written in Vietnam, computed here a second time."""
    value, places, tail = {"percent": (value * 100, 1, "%"), "days": (value, 1, " ngày")}.get(unit, (value, 0, ""))
    whole, _, part = f"{abs(value):.{places}f}".partition(".")
    grouped = re.sub(r"(?<=\d)(?=(\d{3})+$)", ".", whole)
    return ("−" if value < 0 else "") + grouped + (f",{part}" if part else "") + tail
