"""What a build reads: every landed file that counts at the end of `as_of`, as views and small tables.

A file whose data lie after `as_of` waits and is not there at all; of a file that a person rejected only its account is
there. Nothing here changes a value; it selects.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.contracts.handed_tables import HandedTable, load_handed_tables
from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import Registry, load_registry
from dagster_project.core.database import open_database
from dagster_project.core.errors import UsageError
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batches import Batch, compute_batch_id, read_account, read_parts
from dagster_project.ingest.landing.month_parts import ROWS, PartRows, read_rows, select_rows
from dagster_project.ingest.receive.arrivals import Arrival
from dagster_project.ingest.validate.file_scope import find_communes_in_name
from dagster_project.settings.decisions import (
    AcceptFault,
    Decision,
    NotExpected,
    RejectFile,
    add_rulings,
    is_in_force,
    read_decisions,
)
from dagster_project.warehouse.file_period import (
    decide_effective_date,
    find_covered_days,
    find_newest_named_date,
    find_replaced_period,
)
from dagster_project.warehouse.landed_files import list_landed_files, list_names


def register_inputs(build_db: Path, home: Home, as_of: date) -> None:
    """Make schema `landing` of the build database. Parquet stays where it is; the views only name the files.

    Raises UsageError when `decisions.yaml` is wrong or rejects a file by a hash that two files begin with.
    """
    registry = load_registry()
    decisions = read_decisions(home.decisions, registry)
    registry = add_rulings(registry, decisions)
    landed, waiting = _list_landed(home, registry, as_of)
    files = _reject(landed, decisions)
    accepted = [(batch, row) for batch, row in files if row["state"] == "accepted"]
    parts = read_parts(home)
    holding = [decision for decision in decisions if is_in_force(decision, as_of)]
    with open_database(build_db) as connection:
        connection.execute("create schema if not exists landing")
        for domain, contract in registry.contracts.items():
            rows = select_rows(home, parts, [batch for batch, row in accepted if row["domain"] == domain], ROWS)
            columns = ", ".join(f'"{name}" {kind}' for name, kind in contract.list_landed_columns().items())
            _create_view(connection, domain, rows, columns)
        tables = load_handed_tables("landing")
        for name in ("quarantine", "finding", "stated_total", "drift", "reread"):
            rows = select_rows(home, parts, [batch for batch, _ in accepted], name)
            _create_view(connection, name, rows, tables[name].ddl)
        _create_table(connection, "source_file", [row for _, row in files], tables["source_file"])
        _create_table(connection, "waiting_file", waiting, tables["waiting_file"])
        named = [row | {"file": name} for _, row in files for name in row["names"]]
        _create_table(connection, "file_name", named, tables["file_name"])
        feeds = [_describe_feed(feed, as_of, holding) for feed in registry.feeds.values()]
        _create_table(connection, "feed", feeds, tables["feed"])
        _create_table(connection, "accepted_fault", _list_accepted_faults(holding), tables["accepted_fault"])


def list_source_files(home: Home, registry: Registry, as_of: date) -> list[tuple[Batch, dict[str, Any]]]:
    """Return one row per distinct file (feed, hash) that counts at `as_of`, after its batch, in a stable order.

    `registry` knows the rulings on names, which decide how a file was parsed.
    """
    return _list_landed(home, registry, as_of)[0]


def _list_landed(
    home: Home, registry: Registry, as_of: date
) -> tuple[list[tuple[Batch, dict[str, Any]]], list[dict[str, Any]]]:
    """Return the files that count at `as_of`, as `list_source_files` does, and those that had come by then and wait."""
    found: list[tuple[Batch, dict[str, Any]]] = []
    waiting: list[dict[str, Any]] = []
    for feed, _, arrivals, batch in list_landed_files(home, registry):
        account = read_account(home, batch)
        row = _describe_file(feed, account, arrivals, as_of)
        if row is not None:
            found.append((batch, row))
        elif min(arrival.seen_on for arrival in arrivals) <= as_of and account["state"] == "accepted":
            told = {"file": list_names(arrivals)[0], "data_date": date.fromisoformat(account["date_end"])}
            waiting.append({"feed_id": feed.feed_id, "area": feed.area} | told)
    return found, waiting


def _reject(
    files: list[tuple[Batch, dict[str, Any]]], decisions: Iterable[Decision]
) -> list[tuple[Batch, dict[str, Any]]]:
    """Return the same files, those that a person rejected in state `rejected`, all their rows of data held back."""
    rejected: dict[str, dict[str, Any]] = {}
    for decision in decisions:
        if not isinstance(decision, RejectFile):
            continue
        meant = [row for _, row in files if decision.is_about(row["feed_id"], row["sha256"])]
        if len(meant) > 1:
            raise UsageError(
                f"decisions.yaml: {len(meant)} tệp của {decision.feed_id} có mã băm bắt đầu bằng {decision.sha256}.",
                "Ghi mã băm dài hơn.",
            )
        for row in meant:
            rejected[row["batch_id"]] = row | {
                "state": "rejected",
                "rows_quarantined": row["rows_read"] - row["rows_not_data"],
                "blocked_rule": "rejected",
                "blocked_message_vi": f"{decision.by} loại tệp này ngày {decision.decided:%d/%m/%Y}: {decision.why}",
                "blocked_remedy_vi": "Gửi lại tệp đúng, hoặc bỏ quyết định này khỏi decisions.yaml.",
            }
    return [(batch, rejected.get(row["batch_id"], row)) for batch, row in files]


def _list_accepted_faults(holding: Iterable[Decision]) -> list[dict[str, Any]]:
    """Return one row per accepted fault in force; a feed that need not come has three (missing
    periods, lateness, age)."""
    rows: list[dict[str, Any]] = []
    for decision in holding:
        if isinstance(decision, AcceptFault):
            kinds = [decision.gap_kind]
            where = {"commune_code": decision.commune_code, "period": decision.period}
        elif isinstance(decision, NotExpected):
            kinds, where = ["missing_period", "late", "stale"], {"commune_code": None, "period": None}
        else:
            continue
        meta = {"feed_id": decision.feed_id, "until": decision.until, "by_vi": decision.by, "why_vi": decision.why}
        rows += [meta | where | {"gap_kind": kind} for kind in kinds]
    return rows


def _describe_file(feed: Feed, batch: dict[str, Any], arrivals: list[Arrival], as_of: date) -> dict[str, Any] | None:
    """Return the row of one file, or None while its data lie in the future."""
    start, end = (date.fromisoformat(batch[k]) if batch[k] else None for k in ("date_start", "date_end"))
    days = [date.fromisoformat(day) for day in batch.get("date_days") or []]
    kind = batch["date_kind"]
    seen = {name: min(a.seen_on for a in arrivals if a.file == name) for name in list_names(arrivals)}
    names = list(seen)
    effective = decide_effective_date(kind, start, end, as_of, days, min(seen.values()))
    if batch["state"] == "accepted" and batch["date_source"] != "title":
        again = find_newest_named_date(feed, kind, seen.items(), as_of)
        if again is not None and (effective is None or again.effective > effective):
            kind, start, end, effective = again.kind, again.start, again.end, again.effective
    if effective is None and start is not None:
        return None
    period: tuple[date | None, date | None] = (None, None)
    covers: tuple[date | None, date | None] = (None, None)
    if effective is not None and start is not None and end is not None:
        period = find_replaced_period(feed, start, end, kind) or (None, None)
        covers = find_covered_days(feed, start, effective, kind)
    same = (
        "feed_id",
        "area",
        "domain",
        "batch_id",
        "sha256",
        "state",
        "rows_read",
        "rows_not_data",
        "rows_quarantined",
    )
    assert batch["batch_id"] == compute_batch_id(arrivals[0])
    return {name: batch[name] for name in same} | {
        "file": names[0],
        "names": names,
        "blocked_rule": batch.get("blocked_rule"),
        "blocked_message_vi": batch.get("blocked_message_vi"),
        "blocked_remedy_vi": batch.get("blocked_remedy_vi"),
        "data_date": effective,
        "date_source": batch["date_source"],
        "scope": _find_scope(feed, batch, names[0]),
        "period_start": period[0],
        "period_end": period[1],
        "covers_from": covers[0],
        "covers_to": covers[1],
        "statement_no": batch["date_statement_no"],
        "received_at": datetime.combine(min(seen.values()), datetime.min.time()),
        "copies": len(names) - 1,
    }


def _find_scope(feed: Feed, batch: dict[str, Any], name: str) -> str | None:
    """Return the code of the commune that the file alone speaks of; None where a feed's files speak of many.

    A file that leaves it open replaces no other: its scope is itself.

    Of a blocked file only its name can tell whose it was, and it replaces nothing.
    """
    if feed.layout.delivery.scope is None:
        return None
    named = find_communes_in_name(name) if batch["state"] == "blocked" else frozenset()
    return batch.get("scope") or (next(iter(named)) if len(named) == 1 else batch["batch_id"])


def _describe_feed(feed: Feed, as_of: date, holding: Iterable[Decision]) -> dict[str, Any]:
    rhythm = feed.layout.rhythm
    waivers = [d.until for d in holding if isinstance(d, NotExpected) and d.feed_id == feed.feed_id]
    return {
        "feed_id": feed.feed_id,
        "domain": feed.domain,
        "area": feed.area,
        "title_vi": feed.title_vi,
        "owner_vi": feed.layout.owner_vi,
        "fixer_vi": feed.layout.fixer_vi,
        "delivery": feed.layout.delivery.mode,
        "delivery_period": feed.layout.delivery.period,
        "cadence": rhythm.cadence,
        "late_after_days": rhythm.late_after_days,
        "max_age_days": rhythm.max_age_days,
        "expected_from": rhythm.expected_from,
        "every_unit_owes": feed.layout.every_unit_owes,
        "is_expected": rhythm.expected_from <= as_of,
        "waived_until": max(waivers, default=None),
    }


def _create_view(connection: duckdb.DuckDBPyConnection, name: str, rows: list[PartRows], columns: str) -> None:
    if not rows:
        connection.execute(f'create table landing."{name}" ({columns})')
        return
    connection.execute(f'create view landing."{name}" as select * from {read_rows(rows)}')


def _create_table(
    connection: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, Any]], table: HandedTable
) -> None:
    connection.execute(f'create table landing."{name}" ({table.ddl})')
    if rows:
        import pyarrow as pa  # a night with nothing new needs none of it

        given = pa.table({column: pa.array([row[column] for row in rows]) for column in table.types})
        connection.register("given", given)  # as columns: DuckDB takes two milliseconds for a row by itself
        connection.execute(f'insert into landing."{name}" select * from given')
        connection.unregister("given")
