"""Where the parse of a file is kept: one folder for each (feed, hash, layout, parser version), whole or absent."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster_project.contracts.models import Feed
from dagster_project.core.durable_files import TEMPORARY_PREFIX, make_temporary_name, read_json, remove, sync
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.parser_version import compute_parser_version
from dagster_project.ingest.receive.archive import locate_object
from dagster_project.ingest.receive.arrivals import Arrival, ArrivalList

ACCOUNT, REREAD = "batch.json", "reread.parquet"
_BATCH_DIGITS = 16  # hex digits of a batch's id: 64 bits, so that no two batches of a province share one by chance
_ASIDE = "-aside"
_HASH_DIGITS = 16  # hex digits of a file's hash that begin the name of its folder

_SHAPE = {
    **dict.fromkeys(("feed_id", "domain", "batch_id", "sha256", "state"), str),
    **dict.fromkeys(("rows_read", "rows_not_data", "rows_quarantined"), int),
}
"""What every release wrote into an account and a build reads, where it is never empty."""

_READ_AGAIN = "Đêm sau tự đọc lại tệp gốc từ kho lưu; ngay bây giờ: `haicap doctor --repair`, rồi `haicap refresh`."


def read_account(folder: Path) -> dict[str, Any]:
    """Return what the account in the folder of a parse says. Raises DamagedFile."""
    return read_json(folder / ACCOUNT, _SHAPE, _READ_AGAIN)


def read_account_of_file(home: Home, feed: Feed, sha256: str) -> dict[str, Any]:
    """Return what the account of a landed file says; empty when its parse is gone. Raises DamagedFile."""
    folder = find_landed_parse(home, feed, sha256)
    return read_account(folder) if folder else {}


def compute_batch_id(arrival: Arrival) -> str:
    """Return the number of a batch, 16 hex digits: the same for one file of one feed, whatever its name."""
    return hashlib.sha256(f"{arrival.feed_id}:{arrival.sha256}".encode()).hexdigest()[:_BATCH_DIGITS]


def find_batch_folder(home: Home, feed: Feed, sha256: str) -> Path:
    """Return where the parse of a file under today's layout and parser stands, or will stand."""
    return home.landing / feed.feed_id / f"{sha256[:_HASH_DIGITS]}-{compute_parser_version(feed)}"


def find_landed_parse(home: Home, feed: Feed, sha256: str) -> Path | None:
    """Find the folder of a file's parse by today's parser, else by the newest earlier one; None when there is none.

    Yesterday's reading of a file is better than none.
    """
    today = find_batch_folder(home, feed, sha256)
    if (today / ACCOUNT).exists():
        return today  # nearly always: the folder of the feed, which may be long, is not listed
    return find_newest_parses(home, feed, [sha256]).get(sha256)


def find_newest_parses(home: Home, feed: Feed, hashes: Iterable[str]) -> dict[str, Path]:
    """Find the newest parse of each of these files, by whatever parser; the feed's folder is listed once for all."""
    wanted = {sha256[:_HASH_DIGITS]: sha256 for sha256 in hashes}
    parses: dict[str, list[tuple[int, str, Path]]] = {}
    root = home.landing / feed.feed_id
    for folder in root.iterdir() if root.is_dir() else ():
        sha256 = wanted.get(folder.name.partition("-")[0])
        if sha256 is not None and (folder / ACCOUNT).exists():
            parses.setdefault(sha256, []).append(((folder / ACCOUNT).stat().st_mtime_ns, folder.name, folder))
    return {sha256: max(found)[2] for sha256, found in parses.items()}


def forget_parses(home: Home) -> None:
    """Set aside the parses of every file whose bytes are archived, so that it is read again: what that changes is told
    against them, and until then they stand in for it.

    A parse without its bytes stays: it could not be made again.
    """
    for arrival in ArrivalList(home.arrivals).read_arrivals():
        if locate_object(home.archive, arrival.sha256).exists():
            for folder in (home.landing / arrival.feed_id).glob(f"{arrival.sha256[:_HASH_DIGITS]}-*"):
                aside = folder.with_name(folder.name.removesuffix(_ASIDE) + _ASIDE)
                if folder != aside:
                    shutil.rmtree(aside, ignore_errors=True)
                    os.replace(folder, aside)


def forget_old_parses(home: Home, feed: Feed) -> None:
    """Remove what a killed night left, and the parses of other parser versions that today's replaces."""
    current = compute_parser_version(feed)
    for folder in sorted((home.landing / feed.feed_id).glob("*")):
        replaced = folder.with_name(f"{folder.name[:_HASH_DIGITS]}-{current}")
        if folder.name.startswith(TEMPORARY_PREFIX) or (folder != replaced and replaced.is_dir()):
            shutil.rmtree(folder)


@contextmanager
def write_whole_folder(folder: Path) -> Iterator[Path]:
    """Write a folder whole or not at all: fill the temporary one that this yields; it becomes `folder`, durably."""
    temporary = make_temporary_name(folder)
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        yield temporary
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    for file in temporary.iterdir():
        sync(file)
    remove(folder)
    os.replace(temporary, folder)
    sync(folder.parent)
