"""Folds: what many entries of the ledger said, in one folder, so that neither files nor rows grow with the nights.

Ten entries become a fold, ten folds of ten one of a hundred, and so on. A fold is `ledger/fold-<first>-<last>/`, named
by the sequences that it holds: `versions.json` (what `version.json` of each entry said) and the tables of all of them
as stretches; the checks of each build are one of them. It is written beside, made durable and renamed, and only then
what it holds is removed. Where both lie there, the fold counts.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.core.database import open_database, read_parquet
from dagster_project.core.durable_files import (
    TEMPORARY_PREFIX,
    encode_json,
    make_temporary_name,
    pass_fault_point,
    read_json,
    remove,
    sync,
)
from dagster_project.core.errors import DamagedFile
from dagster_project.warehouse.checks import CheckResult, decode_check, read_check_file
from dagster_project.warehouse.parquet import is_whole_parquet
from dagster_project.warehouse.record.entry import REMEDY, Entry, decode_entry, encode_entry, read_entry
from dagster_project.warehouse.record.stretches import TABLES, name_table, select_stretches, write_merged

FOLD_SIZE = 10
"""Parts that become one."""
CHECKS = "checks.json"
_VERSIONS = "versions.json"
_CHECK = "check"
_NAME = re.compile(r"fold-(\d+)-(\d+)")


@dataclass(frozen=True)
class Part:
    """Holds a folder of the ledger and the entries that it tells: its one entry, or all those of a fold."""

    folder: Path
    entries: tuple[Entry, ...]

    @property
    def is_fold(self) -> bool:
        """Tell whether it holds many entries as stretches."""
        return self.entries[0].is_folded

    @property
    def held(self) -> tuple[Entry, ...]:
        """Return the entries whose tables it holds: what is published again stands in its first entry alone."""
        return tuple(entry for entry in self.entries if not entry.is_return)


def list_parts(ledger: Path) -> list[Part]:
    """Return the parts of the ledger that count, oldest first: folds, and the entries that no fold holds.

    Raises DamagedFile for a part that cannot be read.
    """
    return [_read_part(folder) for folder in _split_folders(ledger)[0]]


def remove_folded(ledger: Path) -> None:
    """Remove what a fold holds too: the leftovers of a fold whose night was killed. Only under the night's lock."""
    for folder in _split_folders(ledger)[1]:
        remove(folder)
        pass_fault_point("one_folded_removed")


def fold_parts(ledger: Path, size: int = FOLD_SIZE) -> None:
    """Fold as long as `size` parts that hold equally many entries lie there, the oldest first. Only under the lock."""
    remove_folded(ledger)
    while (due := _find_due(list_parts(ledger), size)) is not None:
        _write_fold(ledger, due)
        pass_fault_point("folded")
        remove_folded(ledger)


def list_torn_tables(part: Part) -> list[Path]:
    """List the Parquet files of a part that are missing or not whole."""
    tables = (*TABLES, _CHECK) if part.is_fold else TABLES
    paths = [name_table(part.folder, table) for table in tables if part.held]
    return [path for path in paths if not is_whole_parquet(path)]


def read_entry_checks(entry: Entry) -> tuple[CheckResult, ...]:
    """Return what the checks said of the build of an entry, in their order; none where nobody wrote it down."""
    if not entry.is_folded:
        return read_check_file(entry.folder / CHECKS)
    told = read_parquet([name_table(entry.folder, _CHECK)])
    query = f"select told from {told} where ? between first_sequence and last_sequence order by place"
    with open_database() as connection:
        found = connection.execute(query, [entry.sequence]).fetchall()
    about = {"version": entry.version, "as_of": entry.as_of.isoformat()}
    return tuple(decode_check(json.loads(text) | about) for (text,) in found)


def _split_folders(ledger: Path) -> tuple[list[Path], list[Path]]:
    """Return the folders that count, oldest first, and those that a fold holds too."""
    spans = {
        folder: _find_span(folder) for folder in ledger.glob("*-*") if not folder.name.startswith(TEMPORARY_PREFIX)
    }
    counting: list[Path] = []
    folded: list[Path] = []
    reach = 0
    # Of those that begin together the longest is first: whatever ends within what was met before is held by it.
    for folder, (first, last) in sorted(spans.items(), key=lambda item: (item[1][0], -item[1][1], item[0])):
        is_held = last <= reach and first > 0
        (folded if is_held else counting).append(folder)
        if _NAME.fullmatch(folder.name):
            reach = max(reach, last)
    return counting, folded


def _find_span(folder: Path) -> tuple[int, int]:
    """Return the first and the last sequence that a folder holds, by its name; 0 for a name that tells none."""
    named = _NAME.fullmatch(folder.name)
    if named is not None:
        return int(named[1]), int(named[2])
    sequence = folder.name.partition("-")[0]
    return (int(sequence), int(sequence)) if sequence.isdecimal() else (0, 0)


def _read_part(folder: Path) -> Part:
    if not _NAME.fullmatch(folder.name):
        return Part(folder, (read_entry(folder),))
    path = folder / _VERSIONS
    try:
        told = read_json(path, {"versions": list}, REMEDY)["versions"]
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DamagedFile(path, "không còn", REMEDY) from error
    entries = tuple(replace(decode_entry(one, path), is_folded=True) for one in told)
    if not entries or (entries[0].sequence, entries[-1].sequence) != _find_span(folder):
        raise DamagedFile(path, "thiếu phiên bản", REMEDY)
    return Part(folder, entries)


def _find_due(parts: Sequence[Part], size: int) -> list[Part] | None:
    """Return the parts to fold next, which lie next to each other; None when no length has enough."""
    runs = (list(run) for _, run in groupby(parts, key=lambda part: len(part.entries)))
    return next((run[:size] for run in runs if len(run) >= size), None)


def _write_fold(ledger: Path, parts: Sequence[Part]) -> None:
    """Write one fold of some parts, whole or not at all."""
    entries = [entry for part in parts for entry in part.entries]
    folder = ledger / f"fold-{entries[0].sequence:06d}-{entries[-1].sequence:06d}"
    temporary = make_temporary_name(folder)
    remove(temporary)
    temporary.mkdir()
    held = [entry.sequence for part in parts for entry in part.held]
    if held:
        with open_database() as connection:
            for table in TABLES:
                write_merged(connection, select_parts(parts, table), held, name_table(temporary, table))
            write_merged(connection, _select_checks(connection, parts), held, name_table(temporary, _CHECK))
    told = {"versions": [encode_entry(entry) for entry in entries]}
    (temporary / _VERSIONS).write_bytes(encode_json(told))
    for path in (*temporary.iterdir(), temporary):
        sync(path)
    pass_fault_point("fold_written")
    os.replace(temporary, folder)
    sync(ledger)


def select_parts(parts: Iterable[Part], table: str, declared: str = "") -> str:
    """Return the SQL of what some parts say in a table, as stretches that may meet (`select_stretches`)."""
    known = [part for part in parts if part.held]
    alone = [entry for part in known if not part.is_fold for entry in part.held]
    return select_stretches(alone, [part.folder for part in known if part.is_fold], table, declared)


def _select_checks(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> str:
    """Return the SQL of what the checks said, as stretches; that of single entries is handed to the connection."""
    import pyarrow as pa

    alone = [entry for part in parts if not part.is_fold for entry in part.held]
    said = [
        (entry.sequence, place, json.dumps(_leave_out_version(check), ensure_ascii=False))
        for entry in alone
        for place, check in enumerate(read_entry_checks(entry))
    ]
    columns = [list(column) for column in zip(*said, strict=True)] or [[], [], []]
    kinds = {"sequence": pa.int32(), "place": pa.int32(), "told": pa.string()}
    connection.register("said", pa.table(dict(zip(kinds, columns, strict=True)), schema=pa.schema(kinds.items())))
    relation = "select sequence as first_sequence, sequence as last_sequence, place, told from said"
    folds = [name_table(part.folder, _CHECK) for part in parts if part.is_fold and part.held]
    return relation + (f" union all by name select * from {read_parquet(folds)}" if folds else "")


def _leave_out_version(check: CheckResult) -> dict[str, Any]:
    """Return what a check says, without its version and day: they are those of its entry."""
    return {name: value for name, value in asdict(check).items() if name not in ("version", "as_of")}
