"""Which version readers see: the newest good one, or the one that a person pinned by rolling back.

The newest is the latest one of the newest published day. A day before it that is computed again, and a rehearsal of a
day that has not come, give versions aside: kept, listed and compared like the others, but never the newest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from dagster_project.core.durable_files import (
    hash_file,
    make_way,
    pass_fault_point,
    point_link,
    read_json,
    remove,
    sync,
    write_durably,
    write_json,
)
from dagster_project.core.errors import HaicapError, UsageError
from dagster_project.core.paths import Home
from dagster_project.settings.settings import DEFAULT_KEEP, load_settings
from dagster_project.warehouse import ledger
from dagster_project.warehouse.identity import name_file, read_version
from dagster_project.warehouse.record.entry import Entry

LATEST = "latest"
"""How a command names the newest version."""

_NAME = re.compile(r"[\w.-]{1,100}")
_PIN_REMEDY = "Chạy `haicap rollback --lift` để bỏ ghim, rồi `haicap rollback PHIÊN_BẢN` nếu cần ghim lại."


@dataclass(frozen=True)
class Version:
    """Describes one version as `haicap versions` lists it. `is_available`: its file is still kept.

    `newest_since`: the sequence of the publication by which it last became the newest; None for a version aside.
    """

    entry: Entry
    path: Path
    is_available: bool
    is_current: bool
    is_pinned: bool
    newest_since: int | None


def list_versions(home: Home) -> list[Version]:
    """Return every version ever published, the last published first; one published again stands once, at its latest."""
    current, pinned = read_current_version(home), read_pinned_version(home)
    latest: dict[str, Entry] = {}
    since: dict[str, int] = {}
    newest_day = None
    for entry in ledger.list_entries(home):
        latest[entry.version] = entry
        if not entry.is_rehearsal and (newest_day is None or entry.as_of >= newest_day):
            newest_day, since[entry.version] = entry.as_of, entry.sequence
    return [
        Version(
            entry=entry,
            path=home.published / entry.file,
            is_available=(home.published / entry.file).is_file(),
            is_current=entry.version == current,
            is_pinned=entry.version == pinned,
            newest_since=since.get(entry.version),
        )
        for entry in sorted(latest.values(), key=lambda e: e.sequence, reverse=True)
    ]


def list_once_newest(known: list[Version]) -> list[Version]:
    """Return those that were the newest once, the last of them first."""
    return sorted((v for v in known if v.newest_since is not None), key=lambda v: v.newest_since or 0, reverse=True)


def find_newest_day(home: Home) -> date | None:
    """Return the newest day that was ever published, rehearsals apart, also when its file is no longer kept.

    Neither a roll-back nor pruning changes it. None before the first version.
    """
    return max((entry.as_of for entry in ledger.list_entries(home) if not entry.is_rehearsal), default=None)


def is_aside(home: Home, as_of: date, is_rehearsal: bool) -> bool:
    """Tell whether a version of this day would lie aside: a rehearsal, or a day before the newest published one."""
    newest_day = find_newest_day(home)
    return is_rehearsal or (newest_day is not None and as_of < newest_day)


def read_current_version(home: Home) -> str | None:
    """Return the version that `current.duckdb` names; None before the first night."""
    named = _read_current_file(home)
    return None if named is None else read_version(named)


def find_current_path(home: Home) -> Path | None:
    """Return the file that readers are to open, which `current` names; None before the first night, and where it names
    none (`is_current_broken`)."""
    named = _read_current_file(home)
    path = home.published / named if named else None
    return path if path is not None and path.is_file() else None


def is_current_broken(home: Home) -> bool:
    """Tell whether readers are led to no version though there is one for them, or something else stands where
    `current` belongs."""
    known = list_versions(home)
    if any(v.is_current and v.is_available for v in known):
        return False
    is_there = home.current.is_symlink() or home.current.exists() or find_pointer(home.current).exists()
    return (is_there and _read_current_file(home) is None) or any(v.is_available for v in list_once_newest(known))


def point_again(home: Home) -> None:
    """Point `current` where it belongs; what stands in its place without any version to name goes."""
    if settle(home) is None:
        for path in (home.current, find_pointer(home.current)):
            make_way(path)
            path.unlink(missing_ok=True)


def read_pinned_version(home: Home) -> str | None:
    """Return the version that a person pinned; None when new versions become current by themselves.

    Raises DamagedFile where nobody can tell any more which one it was.
    """
    pin = _find_pin(home)
    return str(read_json(pin, {"version": str}, _PIN_REMEDY)["version"]) if pin.exists() else None


def choose(home: Home, version: str) -> Version:
    """Return the version that a name means, as in `find`. Raises UsageError when its file is no longer kept."""
    return _choose(list_versions(home), version)


def find(home: Home, name: str) -> Version:
    """Find the version that `name` means: its name, how that begins (a day, if it had one version), its hash, `latest`.

    Its file need not be kept. Raises UsageError when none or more than one is meant.
    """
    return _find_named(list_versions(home), name)


def _find_named(known: list[Version], name: str) -> Version:
    if name == LATEST:
        found = list_once_newest(known)[:1] or known[:1]
    else:
        found = [v for v in known if v.entry.version == name] or [
            v for v in known if name and name in (v.entry.version[: len(name)], v.entry.version[-8:][: len(name)])
        ]
    if not found:
        raise UsageError(f"Không có phiên bản {name}.", "Xem danh sách bằng `haicap versions`.")
    if len(found) > 1:
        names = ", ".join(v.entry.version for v in found[:5])
        raise UsageError(f"'{name}' chỉ {len(found)} phiên bản ({names}).", "Viết tên đầy đủ hơn.")
    return found[0]


def roll_back(home: Home, version: str | None = None) -> Version:
    """Make `version` (default: the one before the current) current, and pin it until `lift`.

    The pin is written first: whoever is killed between the two steps is brought to the pinned version by the next
    `settle`. Raises UsageError for a rehearsal, and for a version that was never published or is no longer kept.
    """
    chosen = _choose(list_versions(home), version)
    if chosen.entry.is_rehearsal:
        raise UsageError(
            f"Phiên bản {chosen.entry.version} là bản diễn tập, không thành bản hiện hành.", "Xem `haicap versions`."
        )
    _verify(chosen)
    write_json(
        _find_pin(home), {"version": chosen.entry.version, "pinned_at": datetime.now(UTC).isoformat(timespec="seconds")}
    )
    pass_fault_point("pinned")
    settle(home)
    return chosen


def lift(home: Home) -> str | None:
    """Take the pin away, make the newest version current and return its name; None when there is none."""
    make_way(_find_pin(home))
    _find_pin(home).unlink(missing_ok=True)
    if home.published.is_dir():
        sync(home.published)
    pass_fault_point("unpinned")
    return settle(home)


def settle(home: Home) -> str | None:
    """Point `current` where it belongs: the pinned version, else the newest whole one. Returns that version."""
    known = list_versions(home)
    wanted = next((v for v in known if v.is_pinned and v.is_available), None)
    if wanted is None:
        once_newest = list_once_newest(known)
        wanted = next((v for v in once_newest if v.is_available and (v.is_current or is_whole(v))), None)
    if wanted is None:
        return None
    if not (wanted.is_current and is_named_as_told(home, home.current)):
        name_it(home, home.current, wanted.path.name)
    return wanted.entry.version


def recover(home: Home) -> None:
    """Undo what a killed night left: a file that was not sealed goes, what was folded too, a sealed version becomes
    current.

    Only for whoever holds the lock.
    """
    sealed = {entry.file for entry in ledger.list_entries(home)}
    for path in home.published.glob(f"{name_file('*')}*"):
        if path.name not in sealed:
            remove(path)
    ledger.remove_folded(home)
    settle(home)


def name_it(home: Home, link: Path, target: str) -> None:
    """Let `link` name its neighbour `target`, in one step.

    It is a symlink, or where `current_as: pointer` is set a text file `<link>.txt`: Windows shares have no symlinks.
    The other form, left from another setting, goes afterwards.
    """
    pointer = find_pointer(link)
    if _uses_pointer(home):
        write_durably(pointer, f"{target}\n".encode())
        make_way(link)
        link.unlink(missing_ok=True)
    else:
        point_link(link, target)
        make_way(pointer)
        pointer.unlink(missing_ok=True)


def read_name(link: Path) -> str | None:
    """Return what a link, or the pointer file in its place, names; None when there is neither."""
    if link.is_symlink():
        target = link.readlink()
        return target.name if target.parent in (Path(), link.parent) else None
    pointer = find_pointer(link)
    named = pointer.read_text(encoding="utf-8", errors="replace").strip() if pointer.is_file() else ""
    return named if _NAME.fullmatch(named) else None  # what is no name is written anew by `settle`


def _read_current_file(home: Home) -> str | None:
    named = read_name(home.current)
    return named if named is not None and named == name_file(read_version(named)) else None


def is_named_as_told(home: Home, link: Path) -> bool:
    """Tell whether the form in use (symlink or pointer file) is the one that the settings want."""
    return link.is_symlink() != _uses_pointer(home)


def find_pointer(link: Path) -> Path:
    """Return the path of the pointer file in the place of a link: `current.txt`, `moi_nhat.txt`."""
    return link.with_suffix(".txt")


def _uses_pointer(home: Home) -> bool:
    return load_settings(home.root).current_as == "pointer"


def is_whole(version: Version) -> bool:
    """Tell whether the file of a version is the one that was sealed: it is hashed anew."""
    return hash_file(version.path) == version.entry.sha256


def prune(home: Home, keep: int = DEFAULT_KEEP) -> list[str]:
    """Delete the files of all but the last `keep` versions that were the newest once, and the last `keep` built aside.

    Each kind is counted apart: versions aside never take the place of one that a roll-back needs. Neither the current
    nor the pinned version goes. The ledger stays. A reader that has a deleted file open goes on reading it. Returns the
    versions whose files went.
    """
    held = [v for v in list_versions(home) if v.is_available]
    last_aside = [v for v in held if v.entry.sequence != v.newest_since]
    kept = list_once_newest(held)[:keep] + last_aside[:keep]
    gone = [v for v in held if not (v.is_current or v.is_pinned or v in kept)]
    for version in gone:
        version.path.unlink()
    if gone:
        sync(home.published)
    return [v.entry.version for v in gone]


def _choose(known: list[Version], version: str | None) -> Version:
    if version is not None:
        found = next((v for v in known if v.entry.file == version), None) or _find_named(known, version)
        if not found.is_available:
            gone = f"Phiên bản {found.entry.version} đã hết hạn lưu, không quay lại được."
            raise UsageError(gone, "Xem `haicap versions`.")
        return found
    current = next((v for v in known if v.is_current), None)
    if current is None:
        raise UsageError("Chưa có phiên bản nào được công bố.", "Chạy `haicap refresh` trước.")
    before = current.entry.sequence if current.newest_since is None else current.newest_since
    older = [v for v in list_once_newest(known) if v.is_available and (v.newest_since or 0) < before]
    if not older:
        raise UsageError("Không có phiên bản nào trước phiên bản hiện hành.", "Xem danh sách bằng `haicap versions`.")
    return older[0]


def _verify(version: Version) -> None:
    if not is_whole(version):
        raise HaicapError(
            f"Tệp của phiên bản {version.entry.version} không còn nguyên vẹn.",
            "Chọn phiên bản khác trong `haicap versions`.",
        )


def _find_pin(home: Home) -> Path:
    return home.published / "pin.json"
