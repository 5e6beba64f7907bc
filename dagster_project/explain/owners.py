"""Who has to mend what: every open gap of a version, its rows, and the one office that can mend it."""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import pandas as pd

from dagster_project.contracts.gap_kinds import DELIVERY_GAPS
from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import load_registry
from dagster_project.core.names import make_slug
from dagster_project.core.paths import Home
from dagster_project.explain.gap_rows import BlockedFileRow, TotalRow, read_open_gaps
from dagster_project.explain.readings import Reading, read_readings
from dagster_project.warehouse.query import fetch_answer

_GAPS = """
select gap.*, commune.commune_type, commune.commune_name
from marts.data_gap as gap
left join marts.dim_commune as commune on gap.commune_code = commune.commune_code
where gap.state = 'open'
order by
    gap.verdicts_waiting desc, case gap.severity when 'error' then 1 when 'warning' then 2 else 3 end,
    gap.feed_id, gap.period nulls first, gap.kind, gap.measure, gap.commune_code nulls first, gap.gap_id
"""
_NEWEST = """(feed_id, coalesce(commune_code, ''), data_date) in (
    select feed_id, coalesce(commune_code, ''), max(data_date) from marts.source_file
    where state = 'accepted' and not is_superseded group by all
)"""
_COLUMNS = """
select column_name from duckdb_columns() where schema_name = 'marts' and table_name = 'source_file'
"""
_SLUG_LENGTH = 90


@dataclass(frozen=True)
class OwnerGap:
    """Describes one open gap.

    `row`: its row of marts.data_gap with the commune's name. `mend_by`: None means at once.
    """

    row: dict[str, Any]
    feed: Feed | None
    mend_by: date | None

    @property
    def gap_id(self) -> str:
        """Return the key of the gap."""
        return str(self.row["gap_id"])

    @property
    def feed_vi(self) -> str:
        """Return the Vietnamese title of the feed; its id when the registry no longer has it."""
        return self.feed.title_vi if self.feed else str(self.row["feed_id"])

    @property
    def commune_vi(self) -> str:
        """Return the name of the commune that the gap is about, '' for none."""
        return _name_commune(self.row)


@dataclass(frozen=True)
class OwnerList:
    """Holds everything that one office has to mend; `slug` is its name as a file's, unique within a version.

    `rows`: as `GapRows` has them. `readings`: how the newest file of each of its feeds was read.
    """

    office_vi: str
    slug: str
    gaps: tuple[OwnerGap, ...]
    rows: pd.DataFrame
    blocked: tuple[BlockedFileRow, ...]
    totals: tuple[TotalRow, ...]
    readings: tuple[Reading, ...] = ()


def make_owner_lists(home: Home, marts: duckdb.DuckDBPyConnection, as_of: date) -> list[OwnerList]:
    """Make one list for each office that has an open gap, in order of slugs. Every open gap is in exactly one list.

    `marts`: a published file, open read-only. The rule is decision 011: a gap belongs to the office that sent the feed
    (or that its layout names); where each unit sends for itself, a gap that names a commune is that commune's.
    """
    feeds = load_registry().feeds
    gaps: dict[str, list[OwnerGap]] = defaultdict(list)
    office_of: dict[str, str] = {}
    slugs: dict[str, str] = {}
    for row in fetch_answer(marts.execute(_GAPS)).to_records():
        feed = feeds.get(row["feed_id"])
        # What should have come by now is to be sent at once, not with the next delivery.
        is_overdue = row["kind"] in DELIVERY_GAPS
        mend_by = None if is_overdue else find_next_delivery(feed.cadence if feed else "nightly", as_of)
        office, code = _find_office(row, feed)
        office_of[row["gap_id"]] = office
        slugs[office] = make_office_slug(office) + (f"-{code}" if code else "")
        gaps[office].append(OwnerGap(row, feed, mend_by))
    found = read_open_gaps(home, marts)
    rows = dict(iter(found.rows.groupby(found.rows["gap_id"].map(office_of))))
    blocked, totals = (_group_by_office(part, office_of) for part in (found.blocked, found.totals))
    readings = _read_newest(home, marts)
    return [
        OwnerList(
            office, name, tuple(gaps[office]), rows.get(office, found.rows.iloc[:0]), tuple(blocked[office]),
            tuple(totals[office]), _choose_readings(readings, gaps[office]),
        )
        for office, name in _number_slugs(slugs)
    ]  # fmt: skip


def find_next_delivery(cadence: str, as_of: date) -> date:
    """Find the day of the feed's next regular delivery after D; what is mended by then comes with it (docs/rules.md,
    "Rhythm and delivery")."""
    tomorrow = as_of + timedelta(days=1)
    last = tomorrow.replace(day=calendar.monthrange(tomorrow.year, tomorrow.month)[1])
    if cadence == "nightly":
        return tomorrow
    if cadence == "weekly":
        return tomorrow + timedelta(days=(4 - tomorrow.weekday()) % 7)
    if cadence == "twice_monthly" and tomorrow.day <= 15:
        return tomorrow.replace(day=15)
    return last


def make_office_slug(office: str) -> str:
    """Turn the name of an office into the name of its file, without the ending."""
    return make_slug(office, _SLUG_LENGTH) or "co-quan"


def _find_office(gap: dict[str, Any], feed: Feed | None) -> tuple[str, str]:
    """Find the name of the office that mends a gap, and the code of its commune ('' when it is no commune's office)."""
    if feed is None:
        return str(gap["who_fixes"]), ""
    if feed.layout.every_unit_owes and gap["commune_code"]:
        return f"UBND {_name_commune(gap) or gap['commune_code']}", str(gap["commune_code"])
    return feed.layout.mending_office_vi, ""


def _name_commune(gap: dict[str, Any]) -> str:
    return f"{gap['commune_type']} {gap['commune_name']}" if gap.get("commune_name") else ""


def _read_newest(home: Home, marts: duckdb.DuckDBPyConnection) -> list[Reading]:
    """Read how the newest file of each feed was read; of a feed whose communes send for themselves, that of each."""
    columns = {name for (name,) in marts.execute(_COLUMNS).fetchall()}
    return read_readings(home, marts, _NEWEST) if {"is_superseded", "commune_code"} <= columns else []


def _choose_readings(readings: list[Reading], gaps: list[OwnerGap]) -> tuple[Reading, ...]:
    """Choose those of the feeds that an office has to mend; of a file of one commune, only for whom it is about."""
    mended = {(gap.row["feed_id"], code) for gap in gaps for code in (None, gap.row["commune_code"])}
    return tuple(one for one in readings if (one.feed_id, one.commune_code) in mended)


def _group_by_office(parts: tuple[Any, ...], office_of: dict[str, str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for part in parts:
        found[office_of[part.gap_id]].append(part)
    return found


def _number_slugs(slugs: dict[str, str]) -> list[tuple[str, str]]:
    """Return (office, slug) in order of slugs; a number tells apart offices whose names differ by marks alone."""
    given: dict[str, str] = {}
    for office, wanted in sorted(slugs.items(), key=lambda item: (item[1], item[0])):
        name, number = wanted, 2
        while name in given:
            name, number = f"{wanted}-{number}", number + 1
        given[name] = office
    return [(office, name) for name, office in given.items()]
