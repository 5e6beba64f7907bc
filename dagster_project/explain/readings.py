"""How files were read, for people: what the night decided of each column.

It stands in the accounts of the landing; nothing here is personal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.contracts.models import Column
from dagster_project.contracts.registry import load_registry
from dagster_project.core.database import open_published
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batches import read_account_of_file
from dagster_project.ingest.validate.decisions import SOURCES_VI, STYLES_VI, spell_unit
from dagster_project.settings.decisions import load_decided_registry
from dagster_project.warehouse.query import ask

_TOLD_BY_VI = {"": "các ô của cột", "file": "các cột khác của tệp"}

_FILES = """
select feed_id, file, sha256, commune_code from marts.source_file
where state = 'accepted' and {which}
order by data_date desc nulls last, feed_id, file
"""
_REFUSED = """
select feed_id, file, sha256, received_at::date as received_on, blocked_message_vi as reason_vi from marts.source_file
where state = 'blocked' and {which}
order by received_at desc, file
"""


@dataclass(frozen=True)
class Reading:
    """Says how one column of a file was read: `read_as_vi`, and what told it (`told_by_vi`), from `cells` cells.
    `sheet` is '' where all sheets say the same; `commune_code` that of a file which is of one commune; `header` is the
    column's name as the file has it, '' where that is not known."""

    feed_id: str
    commune_code: str | None
    file: str
    sheet: str
    column_vi: str
    read_as_vi: str
    told_by_vi: str
    cells: int
    header: str = ""


@dataclass(frozen=True)
class RefusedFile:
    """Says why a file is not read, and whether a word of it that a layout can teach is the reason."""

    file: str
    received_on: date
    reason_vi: str
    can_be_taught: bool


@dataclass(frozen=True)
class FeedAnswer:
    """Says how the files of a feed that count were read, the newest first: at most the asked number, of `in_all`.

    `refused`: at most as many of its files that are blocked, of `refused_in_all`. `name`: the file that was asked for,
    where one was.
    """

    feed_id: str
    title_vi: str
    readings: tuple[Reading, ...]
    in_all: int
    refused: tuple[RefusedFile, ...] = ()
    refused_in_all: int = 0
    name: str | None = None
    about: str = "feed"


def explain_feed(home: Home, file: Path, feed_id: str, limit: int, name: str | None = None) -> FeedAnswer:
    """Explain how the files of a feed that count are read, or the file of this name alone, and which are refused."""
    which, given = ("feed_id = ? and file = ?", [feed_id, name]) if name else ("feed_id = ?", [feed_id])
    with open_published(file, home.landing) as marts:
        found = _read_of_files(
            home, marts, which if name else f"{which} and not is_superseded", given, with_periods=True
        )
        refused = _list_refused(home, marts, which, given)
    title_vi = load_registry().feeds[feed_id].title_vi
    return FeedAnswer(feed_id, title_vi, tuple(found[:limit]), len(found), tuple(refused[:limit]), len(refused), name)


def find_files(file: Path, name: str) -> list[tuple[str, str]]:
    """Find the (feed, path) of the files of a published version that have this name, with or without their folders,
    or with their feed before it."""
    found = ask(
        file,
        "select distinct feed_id, file from marts.source_file "
        "where ? in (file, feed_id || '/' || file) or ends_with(file, '/' || ?) order by all",
        [name, name],
    )
    return [(str(feed_id), str(path)) for feed_id, path in found.rows]


def _list_refused(home: Home, marts: duckdb.DuckDBPyConnection, which: str, given: list[Any]) -> list[RefusedFile]:
    feeds = load_registry().feeds
    refused = []
    for feed_id, name, sha256, received_on, reason_vi in marts.execute(_REFUSED.format(which=which), given).fetchall():
        account = read_account_of_file(home, feeds[feed_id], sha256)
        can_be_taught = bool(account.get("unread") or account.get("lacking"))
        refused.append(RefusedFile(name, received_on, reason_vi, can_be_taught))
    return refused


def read_readings(home: Home, marts: duckdb.DuckDBPyConnection, which: str, given: Iterable[Any] = ()) -> list[Reading]:
    """Read what was decided of the files that count and that the SQL condition `which` chooses, the newest first."""
    return _read_of_files(home, marts, f"not is_superseded and ({which})", list(given))


def _read_of_files(
    home: Home, marts: duckdb.DuckDBPyConnection, which: str, given: list[Any], *, with_periods: bool = False
) -> list[Reading]:
    """Read what was decided of the accepted files that `which` chooses, and first of each its period where asked."""
    registry = load_decided_registry(home.decisions, load_registry())
    found = marts.execute(_FILES.format(which=which), given).fetchall()
    columns = {
        feed_id: {column.name: column for column in feed.contract.columns} for feed_id, feed in registry.feeds.items()
    }
    readings: list[Reading] = []
    for feed_id, name, sha256, commune_code in found:
        if feed_id in registry.feeds:
            account = read_account_of_file(home, registry.feeds[feed_id], sha256)
            readings += [_spell_period(account, feed_id, name, commune_code)] if with_periods and account else []
            readings += [
                _spell(decision, columns[feed_id][decision["column"]], feed_id, name, commune_code)
                for decision in account.get("decided", ())
                if decision["column"] in columns[feed_id]
            ]
    return readings


def _spell_period(account: dict[str, Any], feed_id: str, name: str, commune_code: str | None) -> Reading:
    """Say which days a file was read to speak of, and where it says so."""
    first, last = (date.fromisoformat(account[key]) if account.get(key) else None for key in ("date_start", "date_end"))
    days = "chưa rõ" if last is None else f"{last:%d/%m/%Y}"
    if first is not None and last is not None and first != last:
        days = f"từ {first:%d/%m/%Y} đến {days}"
    told_by = SOURCES_VI.get(account.get("date_source") or "", "-")
    return Reading(feed_id, commune_code, name, "", "(kỳ số liệu)", days, told_by, account.get("rows_read", 0))


def _spell(decision: dict[str, Any], column: Column, feed_id: str, name: str, commune_code: str | None) -> Reading:
    about, choice, told_by = decision["about"], decision["choice"], decision["told_by"]
    place = decision.get("place", "")  # an account of an earlier release has none
    if about == "header":
        read_as, told_by_vi = f"cột này là “{column.label_vi}”", f"tiêu đề “{told_by}”"
    elif about == "unit":
        read_as, told_by_vi = spell_unit(column, Decimal(choice)), f"“{told_by}”" + (f" ở {place}" if place else "")
    else:
        read_as, told_by_vi = STYLES_VI[about, choice], _TOLD_BY_VI.get(told_by, f"“{told_by}”")
    return Reading(
        feed_id,
        commune_code,
        name,
        decision["sheet"] or "",
        column.label_vi,
        read_as,
        told_by_vi,
        decision["cells"],
        decision.get("header", ""),
    )
