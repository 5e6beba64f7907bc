"""How files were read, for people: what the night decided of each column.

It stands in the accounts of the landing; nothing here is personal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.contracts.models import Column, Feed
from dagster_project.contracts.registry import load_registry
from dagster_project.core.database import open_published
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batch_folder import find_landed_parse, read_account
from dagster_project.ingest.validate.decisions import STYLES_VI, spell_unit
from dagster_project.settings.decisions import load_decided_registry

_TOLD_BY_VI = {"": "các ô của cột", "file": "các cột khác của tệp"}

_FILES = """
select feed_id, file, sha256, commune_code from marts.source_file
where state = 'accepted' and not is_superseded and {which}
order by data_date desc nulls last, feed_id, file
"""


@dataclass(frozen=True)
class Reading:
    """Says how one column of a file was read: `read_as_vi`, and what told it (`told_by_vi`), from `cells` cells.
    `sheet` is '' where all sheets say the same; `commune_code` that of a file which is of one commune."""

    feed_id: str
    commune_code: str | None
    file: str
    sheet: str
    column_vi: str
    read_as_vi: str
    told_by_vi: str
    cells: int


@dataclass(frozen=True)
class FeedAnswer:
    """Says how the files of a feed that count were read, the newest first: at most the asked number, of `in_all`."""

    feed_id: str
    title_vi: str
    readings: tuple[Reading, ...]
    in_all: int
    about: str = "feed"


def explain_feed(home: Home, file: Path, feed_id: str, limit: int) -> FeedAnswer:
    """Explain how a feed is read."""
    with open_published(file, home.landing) as marts:
        found = read_readings(home, marts, "feed_id = ?", [feed_id])
    return FeedAnswer(feed_id, load_registry().feeds[feed_id].title_vi, tuple(found[:limit]), len(found))


def read_readings(home: Home, marts: duckdb.DuckDBPyConnection, which: str, given: Iterable[Any] = ()) -> list[Reading]:
    """Read what was decided of the files that count and that the SQL condition `which` chooses, the newest first."""
    registry = load_decided_registry(home.decisions, load_registry())
    found = marts.execute(_FILES.format(which=which), list(given)).fetchall()
    columns = {
        feed_id: {column.name: column for column in feed.contract.columns} for feed_id, feed in registry.feeds.items()
    }
    return [
        _spell(decision, columns[feed_id][decision["column"]], feed_id, name, commune_code)
        for feed_id, name, sha256, commune_code in found
        if feed_id in registry.feeds
        for decision in _read_account(home, registry.feeds[feed_id], sha256).get("decided", ())
        if decision["column"] in columns[feed_id]
    ]


def _read_account(home: Home, feed: Feed, sha256: str) -> dict[str, Any]:
    """Read the account of a landed file; empty when its parse is gone."""
    folder = find_landed_parse(home, feed, sha256)
    return read_account(folder) if folder else {}


def _spell(decision: dict[str, Any], column: Column, feed_id: str, name: str, commune_code: str | None) -> Reading:
    about, choice, told_by = decision["about"], decision["choice"], decision["told_by"]
    if about == "header":
        read_as, told_by_vi = f"cột này là “{column.label_vi}”", f"tiêu đề “{told_by}”"
    elif about == "unit":
        read_as, told_by_vi = spell_unit(column, Decimal(choice)), f"“{told_by}”"
    else:
        read_as, told_by_vi = STYLES_VI[about, choice], _TOLD_BY_VI[told_by]
    return Reading(
        feed_id,
        commune_code,
        name,
        decision["sheet"] or "",
        column.label_vi,
        read_as,
        told_by_vi,
        decision["cells"],
    )
