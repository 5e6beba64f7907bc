"""Rows of versions as stretches: a row once, with the first and the last of the versions in a row that say it.

A version is told by the sequence of its entry. Its name and its day stand in no stretch: whoever reads a version knows
them. Nor does a value that is the version's own day, which would make each night's row another: NULL stands for it
(both columns are NOT NULL in the marts).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from dagster_project.core.database import quote_path, read_parquet
from dagster_project.warehouse.record.entry import Entry

TABLES = ("kpi_value", "data_gap")
_OWN_DAYS = {"kpi_value": "period_end", "data_gap": "last_seen"}
"""Table → its column that moves on with each version."""
_IS_OWN_DAY = {
    "kpi_value": "period_kind = 'to_date' and period_end = as_of",
    "data_gap": "state <> 'resolved' and last_seen = as_of",
}
_SAME_ZERO = "signbit({})"
"""The engine holds 0.0 and -0.0 for equal; a version is given back as it was."""


def name_table(folder: Path, table: str) -> Path:
    """Return the path of a table's Parquet in the folder of an entry or of a fold."""
    return folder / f"{table}.parquet"


def select_version(entry: Entry, table: str) -> str:
    """Return the SQL of a relation: a table as the version of this entry published it, with `version` and `as_of`."""
    told = read_parquet([name_table(entry.folder, table)])
    if not entry.is_folded:
        return f"select * from {told}"
    own_day, day = _OWN_DAYS[table], f"date '{entry.as_of}'"
    return (
        f"select '{entry.version}' as version, {day} as as_of, * exclude (first_sequence, last_sequence)"
        f" replace (coalesce({own_day}, {day}) as {own_day})"
        f" from {told} where {entry.sequence} between first_sequence and last_sequence"
    )


def select_stretches(entries: Iterable[Entry], folds: Iterable[Path], table: str, declared: str = "") -> str:
    """Return the SQL of a relation: what entries that lie alone and folds say, as stretches that may meet.

    `declared`: an empty table of the columns that are there whatever the files have, NULL where none has them.
    """
    alone, folded = list(entries), [name_table(folder, table) for folder in folds]
    parts = []
    if declared:
        parts.append(f"select null::integer as first_sequence, null::integer as last_sequence, * from {declared}")
    if alone:
        known = ", ".join(f"('{entry.version}', {entry.sequence})" for entry in alone)
        own_day = f"case when {_IS_OWN_DAY[table]} then null else {_OWN_DAYS[table]} end as {_OWN_DAYS[table]}"
        parts.append(
            "select known.sequence as first_sequence, known.sequence as last_sequence, told.* exclude (version, as_of)"
            f" from (select * replace ({own_day}) from"
            f" {read_parquet(name_table(entry.folder, table) for entry in alone)}) as told"
            f" inner join (values {known}) as known (version, sequence) on told.version = known.version"
        )
    if folded:
        parts.append(f"select * from {read_parquet(folded)}")
    return " union all by name ".join(parts)


def write_merged(connection: duckdb.DuckDBPyConnection, relation: str, held: Iterable[int], path: Path) -> None:
    """Write stretches as Parquet, those that meet made one. `held`: the sequences of the versions, in their order.

    Equal rows meet as long as the number of the last version grows by as much as versions are counted.
    """
    connection.execute(f"create or replace temp table told as {relation}")
    kinds = {name: kind for name, kind, *_ in connection.execute("describe told").fetchall()}
    said = [f'"{name}"' for name in kinds if name not in ("first_sequence", "last_sequence")]
    same = said + [_SAME_ZERO.format(f'"{name}"') for name, kind in kinds.items() if kind in ("DOUBLE", "FLOAT")]
    known = ", ".join(f"({sequence}, {number})" for number, sequence in enumerate(held))
    connection.execute(f"""
        copy (
            with known as (select * from (values {known}) as known (sequence, number)),
            numbered as (
                select told.*, ended.number - sum(ended.number - begun.number + 1) over (
                    partition by {", ".join(same)} order by told.first_sequence
                ) as versions_between
                from told
                inner join known as begun on told.first_sequence = begun.sequence
                inner join known as ended on told.last_sequence = ended.sequence
            )
            select {", ".join(said)}, min(first_sequence) as first_sequence, max(last_sequence) as last_sequence
            from numbered
            group by {", ".join(same)}, versions_between
            order by all
        ) to {quote_path(path)} (format parquet, compression zstd)
    """)
    connection.execute("drop table told")


def number_stretches(stretches: Iterable[tuple[int, int]], numbers: dict[int, int]) -> list[tuple[int, int, int, int]]:
    """Return where stretches lie in another order of versions, of which some may be left out: each with the first and
    the last number of every run in which it holds there.

    `numbers`: sequence → number of the versions that count.
    """
    found = []
    for first, last in stretches:
        held = {numbers[sequence] for sequence in range(first, last + 1) if sequence in numbers}
        begins = sorted(number for number in held if number - 1 not in held)
        ends = sorted(number for number in held if number + 1 not in held)
        found += [(first, last, *run) for run in zip(begins, ends, strict=True)]
    return found
