"""From a built file to what readers open: closed, durable, read-only, recorded in the ledger, then current in one step.

Killed at any instant, the next start ends in the same state: before the ledger entry the version does not exist (its
file is removed); from the entry on it does (`versions.recover` points to it). Readers hold the file that they opened.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from dagster_project.core.durable_files import pass_fault_point, sync
from dagster_project.core.paths import Home
from dagster_project.settings.settings import DEFAULT_KEEP
from dagster_project.warehouse import ledger, versions
from dagster_project.warehouse.identity import Identity
from dagster_project.warehouse.published_file import write_plainly


@dataclass(frozen=True)
class Publication:
    """Says what became of a night's file. `pinned`: the version that a person's roll-back keeps current, else None."""

    version: str
    path: Path
    is_current: bool
    pinned: str | None
    pruned: tuple[str, ...]


def publish(home: Home, marts: Path, identity: Identity, keep: int = DEFAULT_KEEP) -> Publication:
    """Publish the marts file of a finished and audited build; `marts` is moved away. Only under the night's lock.

    Raises AuditRefusal when the file holds anything but schema `marts`.
    """
    _close_file(marts)
    pass_fault_point("closed")
    home.published.mkdir(parents=True, exist_ok=True)
    path = home.published / identity.file_name
    os.replace(marts, path)
    sync(home.published)
    pass_fault_point("moved")
    return _seal_and_point(home, path, identity, keep)


def publish_again(home: Home, identity: Identity, keep: int = DEFAULT_KEEP) -> Publication | None:
    """Publish without a build an identity whose file is still kept whole; None when it must be built."""
    known = _find_kept(home, identity)
    return None if known is None else _seal_and_point(home, known.path, identity, keep)


def is_kept(home: Home, identity: Identity) -> bool:
    """Tell whether the file of this identity is still kept whole, so that it can be published without a build."""
    return _find_kept(home, identity) is not None


def is_published(home: Home, identity: Identity) -> bool:
    """Tell whether nothing is to do: this identity is the newest version, and readers see it or a pin.

    Of a version aside it is enough that its file is kept whole.
    """
    if versions.is_aside(home, identity.as_of, identity.is_rehearsal):
        return is_kept(home, identity)
    newest = next(iter(versions.list_once_newest(versions.list_versions(home))), None)
    if newest is None or newest.entry.identity != identity.digest or not newest.is_available:
        return False
    return newest.is_current or versions.read_pinned_version(home) is not None


def _find_kept(home: Home, identity: Identity) -> versions.Version | None:
    known = next((v for v in versions.list_versions(home) if v.entry.identity == identity.digest), None)
    is_whole = known is not None and known.is_available and versions.is_whole(known)
    return known if is_whole else None


def _seal_and_point(home: Home, path: Path, identity: Identity, keep: int) -> Publication:
    ledger.seal(home, identity, path)
    pass_fault_point("sealed")
    pinned = versions.read_pinned_version(home)
    current = versions.settle(home)
    pass_fault_point("pointed")
    pruned = versions.prune(home, keep)
    ledger.fold_entries(home)
    return Publication(identity.version, path, current == identity.version, pinned, tuple(pruned))


def _close_file(marts: Path) -> None:
    """Put in the place of the built file one of the same content, on the disk, that nobody may write.

    Raises AuditRefusal when it holds another schema than `marts`.
    """
    closed = marts.with_name(f"{marts.name}.closed")
    closed.unlink(missing_ok=True)
    write_plainly(marts, closed)
    sync(closed)
    closed.chmod(0o440)
    os.replace(closed, marts)
    sync(marts.parent)
