"""The landing of a home of an earlier release, taken over: there every parse of a file had a folder of its own.

`<home>/landing/<feed>/<first 16 digits of the hash>-<parser version>/` held `batch.json`, the account, and a Parquet
file for each table. Their rows move into parts, so that they stand until the files are read again, and for good where
the bytes are gone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dagster_project.core.clock import HO_CHI_MINH
from dagster_project.core.durable_files import hash_file, pass_fault_point, remove
from dagster_project.core.errors import BACKUP_VI, DamagedFile
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batches import Batch, PartFile, put_in_place, read_account, read_batches
from dagster_project.ingest.landing.month_parts import PartRows, choose_number, copy_part
from dagster_project.ingest.receive.arrivals import ArrivalList

_ACCOUNT, _ROWS, _REREAD = "batch.json", "rows.parquet", "reread.parquet"
_ASIDE = "-aside"
_FOLDER = re.compile("[0-9a-f]{16}-.+")


@dataclass(frozen=True)
class _Parse:
    """Holds a folder of before: its batch, which has no place yet, and when it was written."""

    folder: Path
    batch: Batch
    written: datetime


def take_over_parses(home: Home) -> int:
    """Move what stands in folders of before into parts and accounts, feed by feed; return how many folders there were.

    Of a file that was read by several parsers the newest counts, and none where it is landed already: a takeover that
    was killed goes on. A parse that is not whole goes when its file can be read again. Only under the night's lock.
    Raises DamagedFile when it cannot.
    """
    by_feed: defaultdict[str, list[Path]] = defaultdict(list)
    for folder in sorted(home.landing.glob("*/*-*")):
        if _FOLDER.fullmatch(folder.name):
            by_feed[folder.parent.name].append(folder)
    for feed_id, folders in by_feed.items():
        _take_over_feed(home, feed_id, folders)
        for folder in folders:
            remove(folder)
    return sum(map(len, by_feed.values()))


def _take_over_feed(home: Home, feed_id: str, folders: Sequence[Path]) -> None:
    landed = read_batches(home, feed_id)
    parses: dict[str, _Parse] = {}
    for parse in filter(None, (_read_parse(home, folder) for folder in folders)):
        sha256 = parse.batch.sha256
        if (feed_id, sha256) not in landed and (sha256 not in parses or parses[sha256].written < parse.written):
            parses[sha256] = parse
    months = {a.sha256: a.seen_on for a in reversed(ArrivalList(home.arrivals).read_arrivals()) if a.feed_id == feed_id}
    groups: defaultdict[tuple[str, str], list[_Parse]] = defaultdict(list)  # of one parser: they have the same columns
    for parse in sorted(parses.values(), key=lambda parse: parse.batch.batch_id):
        month = f"{months.get(parse.batch.sha256, parse.written):%Y-%m}"
        groups[month, parse.batch.parser].append(parse)
    batches, files = list[Batch](), list[PartFile]()
    for number, ((month, _), of_part) in enumerate(sorted(groups.items())):
        place = feed_id, month, choose_number(home, feed_id, month) + number
        names = {path.stem for parse in of_part for path in parse.folder.glob("*.parquet")}
        written = copy_part(home, place, len(of_part), {name: _list_rows(of_part, name) for name in names})
        files += written
        batches += [parse.batch.lie_in(written) for parse in of_part]
    put_in_place(home, batches, files)
    pass_fault_point("parses_taken_over")


def _list_rows(parses: Iterable[_Parse], name: str) -> list[PartRows]:
    paths = (parse.folder / f"{name}.parquet" for parse in parses)
    return [PartRows(path) for path in paths if path.exists()]


def _read_parse(home: Home, folder: Path) -> _Parse | None:
    """Read the account of a folder; None for a parse that is not whole and can be made again."""
    import pyarrow as pa  # only once in the life of a home
    import pyarrow.parquet as pq

    digits, _, parser = folder.name.removesuffix(_ASIDE).partition("-")
    try:
        told = (folder / _ACCOUNT).read_text(encoding="utf-8")
        account = read_account(home, Batch(folder.parent.name, "", parser, None, None, "", told))
        if account["state"] == "accepted":
            pq.read_metadata(folder / _ROWS)
        for path in folder.glob("*.parquet"):
            pq.read_metadata(path)
    except (DamagedFile, OSError, UnicodeDecodeError, pa.ArrowException) as damage:
        if next((home.archive / digits[:2]).glob(f"{digits}*"), None) is None:
            raise DamagedFile(folder, "tệp gốc không còn trong kho lưu nên không đọc lại được", BACKUP_VI) from damage
        return None
    rereads = hash_file(folder / _REREAD) if (folder / _REREAD).exists() else ""
    written = datetime.fromtimestamp((folder / _ACCOUNT).stat().st_mtime, HO_CHI_MINH)
    return _Parse(folder, Batch(folder.parent.name, account["sha256"], parser, None, None, rereads, told), written)
