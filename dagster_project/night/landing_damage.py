"""What of the landing is not as it was written: its accounts, or parts that they name.

A night looks at sizes and times alone, so that it costs the number of parts and not of files; bytes are compared by
their hash where these leave a doubt, and all of them by `haicap doctor`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial

from dagster_project.core.durable_files import hash_file, remove
from dagster_project.core.errors import BACKUP_VI, DamagedFile, HaicapError
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batches import (
    Batch,
    PartFile,
    PartKey,
    forget_batches,
    read_account,
    read_batches,
    read_parts,
)
from dagster_project.ingest.landing.month_parts import holds_parts, locate_part, remove_leftovers
from dagster_project.ingest.landing.parses_of_before import take_over_parses
from dagster_project.ingest.landing.store import check_store, has_store, prepare_store
from dagster_project.ingest.receive.archive import locate_object
from dagster_project.ingest.receive.arrivals import ArrivalList
from dagster_project.night.damage import Damage, forget_database


def read_landed(home: Home) -> list[Batch]:
    """Read what is landed; nothing where its accounts are damaged, which is told by itself."""
    try:
        return list(read_batches(home).values())
    except DamagedFile:
        return []


def settle_landing(home: Home) -> int:
    """Take over the parses of an earlier release and remove what a killed night left in the landing; return how many
    parses were taken over. Only under the night's lock, and after what is damaged was mended.
    """
    prepare_store(home)
    taken = take_over_parses(home)
    remove_leftovers(home)
    return taken


def list_damaged_accounts(home: Home, thoroughly: bool = False) -> Iterator[Damage | HaicapError]:
    """List the accounts of the landing where they are not whole, or gone while their parts are there.

    All files are then read again, unless bytes of one are gone, too.
    """
    try:
        check_store(home, thoroughly)
        if thoroughly:
            for batch in read_batches(home).values():
                read_account(home, batch)
        if has_store(home) or not holds_parts(home):
            return
    except DamagedFile:
        pass
    lost = [one for one in ArrivalList(home.arrivals).read_arrivals() if not _is_archived(home, one.sha256)]
    if lost:
        found = f"tệp gốc của {len(lost)} tệp đã nhận không còn trong kho lưu nên không đọc lại được"
        yield DamagedFile(home.batches, found, BACKUP_VI)
    else:
        done = "bỏ, mọi tệp gốc được đọc lại từ kho lưu"
        yield Damage(home.batches, done, partial(_forget_landing, home))


def _forget_landing(home: Home) -> None:
    forget_database(home.batches)
    for folder in home.landing.glob("*/"):
        remove(folder)


def list_damaged_parts(home: Home, thoroughly: bool = False) -> Iterator[Damage | HaicapError]:
    """List damaged parts; the files whose rows they hold are read again in this night, where all are archived."""
    batches: defaultdict[PartKey, list[Batch]] = defaultdict(list)
    for batch in read_landed(home):
        if batch.place is not None:
            batches[batch.place].append(batch)
    for place, files in (read_parts(home) if batches else {}).items():
        damaged = next((file for file in files if not _is_as_written(home, file, thoroughly)), None)
        if damaged is None:
            continue
        path = locate_part(home, damaged)
        if all(_is_archived(home, batch.sha256) for batch in batches[place]):
            yield Damage(path, "bỏ, tệp gốc được đọc lại từ kho lưu", partial(_forget_part, home, place, files))
        else:
            yield DamagedFile(path, "tệp gốc không còn trong kho lưu nên không đọc lại được", BACKUP_VI)


def _is_as_written(home: Home, file: PartFile, thoroughly: bool = False) -> bool:
    """Tell whether a file of a part is as it was written: by size and time, and where these leave a doubt, or
    `thoroughly`, by its bytes."""
    path = locate_part(home, file)
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    is_untouched = path.stat().st_mtime_ns == file.modified_ns
    return (is_untouched and not thoroughly) or hash_file(path) == file.sha256


def _forget_part(home: Home, place: PartKey, files: Iterable[PartFile]) -> None:
    forget_batches(home, [place])
    for file in files:
        remove(locate_part(home, file))


def _is_archived(home: Home, sha256: str) -> bool:
    return locate_object(home.archive, sha256).exists()
