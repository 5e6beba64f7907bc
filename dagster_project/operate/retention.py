"""Remove what may be kept only for a time: the bytes as received, and the vault's records.

The clock is the day on which a file last arrived, so the rule is the same whenever it is run. Bytes that a killed night
archived and never listed, because they were gone from the inbox by the next one, count from the day on which they were
written. The landing holds nothing personal and stays.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from dagster_project.core.clock import HO_CHI_MINH, get_local_now
from dagster_project.core.durable_files import pass_fault_point, sync
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batches import compute_batch_id
from dagster_project.ingest.receive.archive import locate_object
from dagster_project.ingest.receive.arrivals import ArrivalList
from dagster_project.ingest.receive.purges import name_record, open_purge_log, read_purges
from dagster_project.ingest.vault.vault import locate_record
from dagster_project.settings.settings import find_yesterday, load_settings


@dataclass(frozen=True)
class PurgeResult:
    """Says what one purge removed, sorted: SHA-256 of archived files, and vault records as `feed/batch`; `unlisted`:
    SHA-256 of bytes in the archive that never became an arrival."""

    archive: tuple[str, ...]
    vault: tuple[str, ...]
    unlisted: tuple[str, ...] = ()


def purge(home: Home, as_of: date) -> PurgeResult:
    """Remove what last arrived more than `archive_days` (or `vault_days`) of `haicap.yaml` before as_of.

    A day in the future counts as yesterday: a mistyped --as-of must not empty the archive. Only under the night's lock.
    What was purged before and is there again (a copy of the home was laid back) goes with it, whatever the days are
    now. The line in `purge.jsonl` is written first: a purge that is killed is logged, and finished by the next.
    """
    settings = load_settings(home.root)
    day = min(as_of, find_yesterday())
    objects, records = _find_last_days(home)
    before = read_purges(home)
    archived = _list_expired(objects, day - timedelta(days=settings.archive_days), before.archive)
    kept = _list_expired(records, day - timedelta(days=settings.vault_days), before.vault)
    unlisted = _list_unlisted(home, objects, day - timedelta(days=settings.archive_days))
    purged = PurgeResult(*(tuple(sorted(map(_name, paths))) for paths in (archived, kept, unlisted)))
    gone = (*archived, *kept, *unlisted)
    if gone:
        open_purge_log(home).append(
            {
                "at": get_local_now().isoformat(timespec="seconds"),
                "as_of": day.isoformat(),
                "archive_days": settings.archive_days,
                "vault_days": settings.vault_days,
                "archive": list(purged.archive),
                "vault": list(purged.vault),
                "unlisted": list(purged.unlisted),
            }
        )
        pass_fault_point("purge_logged")
        for path in gone:
            path.unlink()
            pass_fault_point("one_purged")
        for folder in {path.parent for path in gone}:
            sync(folder)
    return purged


def _find_last_days(home: Home) -> tuple[dict[Path, date], dict[Path, date]]:
    """Find the last day on which the bytes of each archived file, and of each possible vault record, arrived."""
    objects: dict[Path, date] = {}
    records: dict[Path, date] = {}
    for arrival in ArrivalList(home.arrivals).read_arrivals():
        stored = locate_object(home.archive, arrival.sha256)
        record = locate_record(home.vault, arrival.feed_id, compute_batch_id(arrival))
        objects[stored] = max(arrival.seen_on, objects.get(stored, arrival.seen_on))
        records[record] = max(arrival.seen_on, records.get(record, arrival.seen_on))
    return objects, records


def _list_expired(days: dict[Path, date], limit: date, before: Collection[str]) -> list[Path]:
    return [path for path, day in days.items() if (day < limit or _name(path) in before) and path.exists()]


def _list_unlisted(home: Home, listed: Collection[Path], limit: date) -> list[Path]:
    """List what lies in the archive, came to be no arrival, and was written before `limit`."""
    return [
        path
        for path in home.archive.glob("??/*")
        if path not in listed and datetime.fromtimestamp(path.stat().st_mtime, HO_CHI_MINH).date() < limit
    ]


def _name(path: Path) -> str:
    """Return how the log names an archived file or a vault record."""
    return name_record(path.parent.name, path.stem) if path.suffix else path.name
