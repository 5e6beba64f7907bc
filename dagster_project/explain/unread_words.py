"""The words of files that nobody understood and that a layout can teach, and what each of them costs.

They stand in the accounts of the landing, and in what it keeps of refused rows; nothing here is personal.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import duckdb

from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import Registry, load_registry
from dagster_project.core.database import open_published
from dagster_project.core.paths import Home
from dagster_project.explain.landed_rows import list_live_files, load_part
from dagster_project.ingest.landing.batches import read_account_of_file
from dagster_project.ingest.normalise import text
from dagster_project.ingest.readers.base import MEMBER
from dagster_project.settings.decisions import load_decided_registry
from dagster_project.warehouse.query import fetch_answer

Harm = Literal["file", "rows", "column", "cells", "nothing"]
"""What a word costs, the worst first: the whole file; its rows; a column, or cells, of rows that are used all the same;
nothing at all."""
_HARM_VI: dict[Harm, str] = {
    "file": "chặn cả tệp",
    "rows": "{rows} dòng bị từ chối",
    "column": "cột không được dùng, các cột khác vẫn dùng",
    "cells": "ô ở {rows} dòng không được dùng, dòng vẫn dùng",
    "nothing": "không mất gì: mẫu biểu không hỏi cột này",
}
_TAUGHT = {
    "period_unread": ("kỳ số liệu", "periods"),
    "unit_not_understood": ("đơn vị tính", "units"),
    "unit_of_column_not_understood": ("đơn vị tính", "units"),
    "two_columns_for_one": ("tiêu đề của một trong các cột giống nhau", "headers"),
    "drift": ("tiêu đề cột (là cột của mẫu biểu thì dạy ở headers)", "ignored_headers"),
    "unit_unknown": ("tên đơn vị", "unit.aliases"),
    "unknown_code": ("giá trị danh mục", "values.{column}"),
}
"""Rule by which words were refused → what they seem to be, and the key of the layout that teaches them."""
_LANDED = """
with said as (

    select batch_id, rule, column_name, value as word, source_sheet, source_row, 'rows' as harm from landed_quarantine
    union all
    select
        batch_id, rule, column_name, value, source_sheet, source_row,
        case when source_row is null then 'column' else 'cells' end
    from landed_finding
    union all
    select batch_id, 'drift', null, header, source_sheet, null, 'nothing' from landed_drift

)
select
    file.feed_id, said.rule, said.column_name, trim(said.word) as word, said.harm, file.sha256, file.file,
    count(distinct (said.source_sheet, said.source_row)) filter (said.source_row is not null) as "rows",
    file.received_at::date as seen_on
from said
inner join live_file as file on said.batch_id = file.batch_id
where list_contains(?, said.rule) and trim(said.word) <> ''
group by all
"""
_DAYS = 30  # nights: what was blocked before has long been sent again, or never will be
_BLOCKED = f"""
select feed_id, file, sha256, blocked_rule as rule, received_at::date as seen_on from marts.source_file
where state = 'blocked' and list_contains(?, blocked_rule) and (? is null or feed_id = ?)
    and received_at::date > (select max(received_at)::date from marts.source_file) - {_DAYS}
"""
_NAME = re.compile(r"[^\W\d_]{2}")


@dataclass(frozen=True)
class UnreadWord:
    """Holds words of one feed that were not understood: what they seem to be, which key of its layout teaches them,
    what they cost, in how many files and rows they stand, and since which data date of a night.

    `or_else`: other headers that may be meant where a column is missing.
    """

    feed_id: str
    word: str
    or_else: tuple[str, ...]
    seems_vi: str
    taught_in: str
    harm: Harm
    harm_vi: str
    files: int
    rows: int
    first_seen: date
    example: str


@dataclass(frozen=True)
class _Said:
    """Holds a word of one file. `seen_on`: the calendar day on which the file was seen."""

    feed_id: str
    word: str
    seems_vi: str
    taught_in: str
    harm: Harm
    sha256: str
    file: str
    seen_on: date
    rows: int = 0
    or_else: tuple[str, ...] = ()


def list_unread(home: Home, file: Path, feed_id: str | None = None) -> list[UnreadWord]:
    """List the words that nobody understood and a layout can teach, of the files of a published version that count and
    of those that were blocked in the last 30 nights: the worst first, then by feed."""
    registry = load_decided_registry(home.decisions, load_registry())
    with open_published(file, home.landing) as marts:
        said = [*_list_of_blocked(home, marts, registry, feed_id), *_list_landed(home, marts, feed_id)]
    groups: defaultdict[tuple[str, ...], list[_Said]] = defaultdict(list)
    for one in sorted(said, key=lambda one: (one.seen_on, one.file, one.word)):
        groups[one.feed_id, one.taught_in, one.harm, text.make_key(one.word)].append(one)
    harms = list(_HARM_VI)
    words = map(_join, groups.values())
    return sorted(
        words,
        key=lambda one: (harms.index(one.harm), one.feed_id, -one.first_seen.toordinal(), text.make_key(one.word)),
    )


def _join(said: Sequence[_Said]) -> UnreadWord:
    """Join what is said of one word, the earliest first. A night's data date is the day before it saw a file."""
    first, rows = said[0], sum(one.rows for one in said)
    return UnreadWord(
        first.feed_id, first.word, first.or_else, first.seems_vi, first.taught_in, first.harm,
        _HARM_VI[first.harm].format(rows=rows), len({one.sha256 for one in said}), rows,
        first.seen_on - timedelta(days=1), first.file,
    )  # fmt: skip


def _list_landed(home: Home, marts: duckdb.DuckDBPyConnection, feed_id: str | None) -> Iterator[_Said]:
    """List the words of files that count. The code of a place is no name that could be taught: it is wrong."""
    list_live_files(marts)
    live = marts.execute(
        "select distinct feed_id, sha256 from live_file where ? is null or feed_id = ?", [feed_id, feed_id]
    ).fetchall()
    for part in ("quarantine", "finding", "drift"):
        load_part(home, marts, part, live)
    for told in fetch_answer(marts.execute(_LANDED, [list(_TAUGHT)])).to_records():
        column, rule = told.pop("column_name"), told.pop("rule")
        seems_vi, key = _TAUGHT[rule]
        if rule != "unit_unknown" or _NAME.search(told["word"].split(" · ")[0]):
            yield _Said(**told, seems_vi=seems_vi, taught_in=key.format(column=column))


def _list_of_blocked(
    home: Home, marts: duckdb.DuckDBPyConnection, registry: Registry, feed_id: str | None
) -> Iterator[_Said]:
    """List the words for which whole files are refused, each once a file."""
    rules = [*_TAUGHT, "missing_column"]
    for told in fetch_answer(marts.execute(_BLOCKED, [rules, feed_id, feed_id])).to_records():
        feed, rule = registry.feeds.get(told["feed_id"]), told.pop("rule")
        account = read_account_of_file(home, feed, told["sha256"]) if feed else {}
        if feed is not None and rule == "missing_column":
            yield from _list_lacking(feed, account.get("lacking", {}), told)
        elif rule in _TAUGHT:
            seems_vi, key = _TAUGHT[rule]
            for word in dict.fromkeys(account.get("unread", ())):
                yield _Said(**told, word=word, seems_vi=seems_vi, taught_in=key, harm="file")


def _list_lacking(feed: Feed, lacking: dict[str, list[str]], told: dict[str, Any]) -> Iterator[_Said]:
    """List the missing columns of a file, sub-columns of one measure together, each with the headers that may be it."""
    useless = {text.make_header_key(header)[0] for header in feed.layout.ignored_headers}
    for name, headers in {role.partition(MEMBER)[0]: headers for role, headers in lacking.items()}.items():
        near = tuple(header for header in headers if text.make_header_key(header)[0] not in useless)
        wanted = feed.layout.headers.get(name)
        if near and wanted:
            seems_vi = f"tiêu đề của cột còn thiếu “{wanted[0]}”"
            said = _Said(**told, word=near[0], seems_vi=seems_vi, taught_in=f"headers.{name}", harm="file")
            yield replace(said, or_else=near[1:])
