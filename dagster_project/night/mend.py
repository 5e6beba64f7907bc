"""Damaged files of a home: what can be made again from archive, ledger and landing is, before a night begins.

What cannot is told by name, and the night does not begin: nothing received or published is lost without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path

import duckdb

from dagster_project.core.durable_files import make_way, read_json, remove, write_json
from dagster_project.core.errors import BACKUP_VI, DamagedFile, HaicapError
from dagster_project.core.keys import ARCHIVE_VARIABLE, PSEUDONYM_VARIABLE, VAULT_VARIABLE, load_key, load_keys
from dagster_project.core.paths import Home
from dagster_project.core.seal import SEAL_BYTES
from dagster_project.extracts.write import find_torn_extract, read_latest_extract
from dagster_project.ingest.receive.archive import Archive, locate_object, open_archive
from dagster_project.ingest.receive.arrivals import Arrival, ArrivalList
from dagster_project.ingest.receive.purges import read_purges
from dagster_project.ingest.transports.cursors import is_sound_state
from dagster_project.ingest.vault.vault import Vault, open_vault
from dagster_project.night.accounts import list_damaged_landings
from dagster_project.night.damage import Damage, forget_database
from dagster_project.night.landing_damage import list_damaged_accounts, list_damaged_parts, read_landed, settle_landing
from dagster_project.night.steps import extract
from dagster_project.operate.access_log import open_access_log
from dagster_project.warehouse import ledger, versions
from dagster_project.warehouse.checks import encode_checks, read_checks
from dagster_project.warehouse.identity import name_file
from dagster_project.warehouse.lock import hold_night_lock
from dagster_project.warehouse.query import ask
from dagster_project.warehouse.record.fold import read_entry_checks

_LIST_AGAIN = f"{BACKUP_VI} Không có bản sao: `haicap doctor --repair` lập lại danh sách theo bản đã công bố."
_RESTORE_KEY = "Khôi phục khóa từ bản sao của khóa (`haicap backup --keys-to`) rồi chạy lại."
_KEY_TRIALS = 3
_NAMED = "select feed_id, file, sha256, cast(received_at as date) from marts.source_file order by all"
_SQLITE_BEGIN = b"SQLite format 3\0"


def put_right(home: Home, tell: Callable[[str], None], thoroughly: bool = False) -> None:
    """Mend what can be mended, telling each. Only under the night's lock.

    Raises HaicapError for the first thing that cannot be made again. `thoroughly`: look at every version, not only at
    those that readers see.
    """
    lost: list[HaicapError] = []
    for found in list_damage(home, thoroughly):
        if isinstance(found, HaicapError):
            lost.append(found)
        else:
            found.mend()
            tell(f"{found.path} hỏng: {found.done_vi}")
    if lost:
        raise lost[0]


def repair(home: Home, tell: Callable[[str], None]) -> int:
    """Mend what can be mended without a night, every version looked at; return how much it was.

    What cannot be mended is not raised: whoever looks next is told of it.
    """
    with hold_night_lock(home):
        mended: list[str] = []

        def note(line: str) -> None:
            mended.append(line)
            tell(line)

        _restore_arrivals(home, note)
        with suppress(HaicapError):
            put_right(home, note, thoroughly=True)
            settle_landing(home)
        with suppress(HaicapError):
            versions.recover(home)
    return len(mended)


def list_damage(home: Home, thoroughly: bool = False) -> Iterator[Damage | HaicapError]:
    """List damaged files: those that a night makes again or can do without, and as errors those that a person has to
    bring back."""
    listed = set()
    of_versions, of_extracts = (partial(one, thoroughly=thoroughly) for one in (_list_versions, _list_extracts))
    of_accounts, of_parts = (partial(one, thoroughly=thoroughly) for one in (list_damaged_accounts, list_damaged_parts))
    received = (_list_keys, *((_list_kept,) if thoroughly else ()), of_accounts, _list_arrivals, of_parts)
    for part in (*received, _list_pointer, of_versions, _list_ledger, of_extracts, _list_scratch, _list_history):
        try:
            yield from part(home)
        except HaicapError as fault:  # a damaged ledger is met more than once
            if fault.message_vi not in listed:
                listed.add(fault.message_vi)
                yield fault


def _list_keys(home: Home) -> Iterator[HaicapError]:
    """List keys that are gone or not as they were made, where something was written with them."""
    for name, variable, root, made in (
        ("archive", ARCHIVE_VARIABLE, home.archive, "??/*"),
        ("vault", VAULT_VARIABLE, home.vault, "*/*.bin"),
        ("pseudonym", PSEUDONYM_VARIABLE, home.landing, "*/*"),
    ):
        some = list(islice(root.glob(made), _KEY_TRIALS))
        try:
            if some and name == "pseudonym":
                load_key(name, home.keys, variable, root.glob(made))
            elif some:
                load_keys(name, home.keys, variable, root.glob(made))
        except HaicapError as fault:
            yield fault
            continue
        if name == "archive" and some and not any(_opens(open_archive(home), path) for path in some):
            yield DamagedFile(home.keys / "archive.key", "không mở được tệp nào của kho lưu", _RESTORE_KEY)
        if name == "vault" and some and not any(_opens(open_vault(home), path) for path in some):
            yield DamagedFile(home.keys / "vault.key", "không mở được lô nào của két", _RESTORE_KEY)


def _opens(store: Archive | Vault, path: Path) -> bool:
    """Tell whether the key opens an object: what comes tonight must not lie under another one."""
    try:
        _open(store, path)
    except HaicapError:
        return False
    return True


def _open(store: Archive | Vault, path: Path) -> None:
    if isinstance(store, Vault):
        store.get_content(path.parent.name, path.stem)
    else:
        store.get(path.name)


def _list_kept(home: Home) -> Iterator[Damage | HaicapError]:
    """List archived files of another length than they came with, records of the vault that do not open, a torn log."""
    for arrival in ArrivalList(home.arrivals).read_arrivals():
        stored = locate_object(home.archive, arrival.sha256)
        if stored.exists() and _measure(home, arrival.sha256) != arrival.size:
            remedy = f"{BACKUP_VI} Không có bản sao: chuyển tệp này đi và xin gửi lại {arrival.file}."
            yield DamagedFile(stored, "không còn đủ byte như khi nhận", remedy)
    for path in home.vault.glob("*/*.bin"):
        try:
            _open(open_vault(home), path)
        except HaicapError as fault:
            yield fault
    for fault_vi in open_access_log(home).verify().faults_vi:
        yield DamagedFile(home.vault / "access.jsonl", fault_vi, "Khôi phục nhật ký từ bản sao, báo người phụ trách.")


def _list_arrivals(home: Home) -> Iterator[HaicapError]:
    """List the accounts of what came and went, where they are not whole: names are noted before a file is landed."""
    read_purges(home)
    lost = _list_unlisted(home)
    if lost:
        feed_id, sha256 = lost[0]
        yield DamagedFile(
            home.arrivals, f"thiếu {len(lost)} tệp đã nhận, ví dụ tệp {sha256}… của nguồn {feed_id}", _LIST_AGAIN
        )


def _list_pointer(home: Home) -> Iterator[Damage]:
    """List what leads readers to the current version, where it leads to none."""
    if versions.is_current_broken(home):
        done = "trỏ lại vào bản nguyên vẹn mới nhất"
        yield Damage(home.current, done, partial(versions.point_again, home))


def _list_versions(home: Home, thoroughly: bool) -> Iterator[Damage]:
    """List published files that are not as they were sealed."""
    for version in versions.list_versions(home):
        is_asked = thoroughly or version.is_current or version.is_pinned
        if is_asked and version.path.exists() and not (version.is_available and versions.is_whole(version)):
            done = "bỏ; người đọc thấy bản nguyên vẹn mới nhất, chạy lại đêm của ngày ấy thì dựng lại bản này"
            yield Damage(version.path, done, partial(remove, version.path))


def _list_ledger(home: Home) -> Iterator[Damage | HaicapError]:
    for torn, entry in ledger.list_torn_tables(home):
        if entry is None:
            yield DamagedFile(torn, "không phải Parquet nguyên vẹn, và sổ đã gộp không lập lại được", BACKUP_VI)
        elif (marts := home.published / entry.file).is_file():
            yield Damage(torn, "lập lại từ tệp đã công bố", partial(ledger.write_tables_again, entry, marts))
        else:
            yield DamagedFile(torn, "không phải Parquet nguyên vẹn, và tệp đã công bố không còn", BACKUP_VI)


def _list_extracts(home: Home, thoroughly: bool) -> Iterator[Damage]:
    """List the folder that leaders now open when a file of it is not as it was written: it is made again."""
    version = read_latest_extract(home)
    file = home.published / name_file(version) if version else None
    if version and file and file.is_file():
        folder = home.extracts / version
        torn = find_torn_extract(folder, thoroughly)
        if torn is not None:
            yield Damage(torn, "lập lại bản trích này", partial(_write_extracts_again, home, folder, file))


def _write_extracts_again(home: Home, folder: Path, file: Path) -> None:
    remove(folder)
    extract(home, file)


def _list_scratch(home: Home) -> Iterator[Damage]:
    """List what is only remembered from one night to the next."""
    try:
        read_checks(home)
    except DamagedFile:
        yield Damage(home.checks, "lấy lại kết quả kiểm tra của bản mới nhất trong sổ", partial(_restore_checks, home))
    for path in list_damaged_landings(home):
        yield Damage(path, "bỏ; kiểm tra của nguồn ấy có lại khi nguồn gửi tệp mới", partial(remove, path))
    told = home.outbox / "told.json"
    if told.exists() and not _is_json(told):
        yield Damage(told, "bỏ, mọi việc cần xử lý được báo lại từ đầu", partial(remove, told))
    for path in home.pulls.glob("*.json"):
        if not is_sound_state(path):
            yield Damage(path, "bỏ, nguồn ấy được lấy lại từ đầu", partial(remove, path))


def _list_history(home: Home) -> Iterator[Damage]:
    """List files of Dagster's history of runs that are no whole databases; they only look back."""
    for path in sorted(home.dagster.rglob("*.db")):
        if not _is_whole_sqlite(path):
            yield Damage(path, "bỏ, lịch sử chạy trong Dagster bắt đầu lại", partial(forget_database, path))
    settings = home.dagster / "dagster.yaml"
    if settings.is_dir():
        yield Damage(settings, "bỏ, viết lại", partial(remove, settings))


def _restore_arrivals(home: Home, tell: Callable[[str], None]) -> None:
    """Add to the list of arrivals the landed files that it misses, as the published file names them; what it does not
    name, for it waits for a later day, under a name that says so, as come on the last day of which is known."""
    file = versions.find_current_path(home)
    try:
        missing = _list_unlisted(home)
        found = ask(file, _NAMED).rows if missing and file is not None else ()
    except (HaicapError, duckdb.Error):
        return
    lost = [
        Arrival(feed_id, name, sha256, _measure(home, sha256), day)
        for feed_id, name, sha256, day in found
        if (feed_id, sha256[:16]) in missing
    ]
    if lost:
        make_way(home.arrivals)
        ArrivalList(home.arrivals).append(lost)
        tell(f"{home.arrivals} thiếu dòng: thêm lại {len(lost)} tệp theo bản đã công bố")
    nameless = _list_nameless(home, {*missing} - {(one.feed_id, one.sha256[:16]) for one in lost})
    if nameless:
        ArrivalList(home.arrivals).append(nameless)
        named = ", ".join(f"{one.feed_id}/{one.file}" for one in nameless)
        tell(f"{home.arrivals} thiếu dòng: thêm lại {len(nameless)} tệp không còn biết tên: {named}")


def _list_nameless(home: Home, missing: set[tuple[str, str]]) -> list[Arrival]:
    """List the landed files whose names are nowhere any more."""
    last = max((arrival.seen_on for arrival in ArrivalList(home.arrivals).read_arrivals()), default=None)
    if last is None:
        return []
    return [
        Arrival(batch.feed_id, f"khong-ro-ten-{batch.sha256[:16]}", batch.sha256, _measure(home, batch.sha256), last)
        for batch in sorted(read_landed(home), key=lambda batch: (batch.feed_id, batch.sha256))
        if (batch.feed_id, batch.sha256[:16]) in missing
    ]


def _measure(home: Home, sha256: str) -> int:
    """Return how many bytes an archived file has; 0 when it is gone."""
    stored = locate_object(home.archive, sha256)
    return max(0, stored.stat().st_size - SEAL_BYTES) if stored.is_file() else 0


def _list_unlisted(home: Home) -> list[tuple[str, str]]:
    """List what is landed and not in the list of arrivals: feed, and the first sixteen digits of the hash; sorted."""
    known = {(arrival.feed_id, arrival.sha256[:16]) for arrival in ArrivalList(home.arrivals).read_arrivals()}
    landed = {(batch.feed_id, batch.sha256[:16]) for batch in read_landed(home)}
    return sorted(landed - known)


def _is_json(path: Path) -> bool:
    try:
        read_json(path, {}, "")
    except DamagedFile:
        return False
    return True


def _restore_checks(home: Home) -> None:
    remove(home.checks)
    told = (read_entry_checks(entry) for entry in reversed(ledger.list_entries(home)) if not entry.is_return)
    checks = next(filter(None, told), None)
    if checks is not None:
        write_json(home.checks, encode_checks(checks))


def _is_whole_sqlite(path: Path) -> bool:
    """Tell whether a file begins as SQLite's do and is as long as its beginning says (sqlite.org/fileformat.html)."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        begin = file.read(100)
    if not begin:
        return True  # a database that nothing was written to
    page = int.from_bytes(begin[16:18], "big")
    pages = int.from_bytes(begin[28:32], "big")
    size = pages * (65536 if page == 1 else page)
    return len(begin) == 100 and begin.startswith(_SQLITE_BEGIN) and path.stat().st_size >= size
