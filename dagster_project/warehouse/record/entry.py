"""One entry of the ledger: what is known of a publication, as `version.json` says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from dagster_project.core.clock import HO_CHI_MINH
from dagster_project.core.durable_files import Shape, read_json
from dagster_project.core.errors import DamagedFile

ENTRY = "version.json"
REMEDY = "Khôi phục thư mục của tệp này trong ledger/ từ bản sao lưu rồi chạy lại: sổ này không lập lại được."
_SHAPE: Shape = {
    **dict.fromkeys(("version", "identity", "as_of", "code_version", "file", "sha256", "published_at"), str),
    "sequence": int,
    "is_return": bool,
}


@dataclass(frozen=True)
class Entry:
    """Holds one entry of the record. `is_return`: the same identity was published before, and is published again.

    `is_rehearsal`: its day had not come yet; it is nothing that anybody was told. `folder`: its own, or that of the
    fold that holds it (`is_folded`).
    """

    sequence: int
    version: str
    identity: str
    as_of: date
    code_version: str
    file: str
    sha256: str
    published_at: datetime
    is_return: bool
    is_rehearsal: bool
    folder: Path
    is_folded: bool = False


def encode_entry(entry: Entry) -> dict[str, Any]:
    """Return what `version.json` says of an entry."""
    return {
        "sequence": entry.sequence,
        "version": entry.version,
        "identity": entry.identity,
        "as_of": entry.as_of.isoformat(),
        "code_version": entry.code_version,
        "file": entry.file,
        "sha256": entry.sha256,
        "published_at": entry.published_at.isoformat(),
        "is_return": entry.is_return,
        "is_rehearsal": entry.is_rehearsal,
    }


def read_entry(folder: Path) -> Entry:
    """Read the entry that a folder of its own holds. Raises DamagedFile for one that cannot be read."""
    path = folder / ENTRY
    try:
        return decode_entry(read_json(path, _SHAPE, REMEDY), path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DamagedFile(path, "không còn", REMEDY) from error


def decode_entry(content: Any, path: Path) -> Entry:
    """Return the entry that `encode_entry` wrote into the file `path`. Raises DamagedFile for anything else."""
    is_entry = isinstance(content, dict) and all(isinstance(content.get(key), kind) for key, kind in _SHAPE.items())
    if not is_entry:
        raise DamagedFile(path, "một phiên bản thiếu mục", REMEDY)
    try:
        as_of, published_at = date.fromisoformat(content["as_of"]), datetime.fromisoformat(content["published_at"])
    except ValueError as error:
        raise DamagedFile(path, "ngày không đúng", REMEDY) from error
    # Entries of 0.1.0 do not say it: there a day that had not come was published like any other.
    is_rehearsal = content.get("is_rehearsal", as_of > published_at.astimezone(HO_CHI_MINH).date())
    return Entry(
        sequence=content["sequence"],
        version=content["version"],
        identity=content["identity"],
        as_of=as_of,
        code_version=content["code_version"],
        file=content["file"],
        sha256=content["sha256"],
        published_at=published_at,
        is_return=content["is_return"],
        is_rehearsal=is_rehearsal,
        folder=path.parent,
    )
