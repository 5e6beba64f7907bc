"""Notices to those who can mend something: one digest for each owner, and only when their list of troubles changed.

A digest is a JSON file in `<home>/outbox/` (`to`, `subject`, `body`); whatever sends them takes them from there.
`told.json` says what each owner was told last. It is written after the digests, so that a killed night at worst tells
twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dagster_project.contracts.gap_kinds import DELIVERY_GAPS
from dagster_project.contracts.registry import Registry
from dagster_project.core.durable_files import read_json, write_durably, write_json
from dagster_project.core.errors import DamagedFile, HaicapError
from dagster_project.core.names import make_slug
from dagster_project.core.paths import Home
from dagster_project.ingest.transports.pull_faults import PullFault
from dagster_project.warehouse.query import ask
from dagster_project.warehouse.versions import find_current_path

OPERATORS = "Bộ phận vận hành haicap"
_TOLD = "told.json"
_SLUG_LENGTH = 60
_TROUBLES = """
select gap_id, feed_id, who_fixes, what_to_do_vi
from marts.data_gap
where state = 'open' and list_contains(?, kind)
order by feed_id, kind, gap_id
"""

Troubles = dict[str, dict[str, str]]
"""Owner → key of a trouble (the same as long as the trouble lasts) → one line about it."""


@dataclass(frozen=True)
class Digest:
    """Holds one notice as it waits in the outbox."""

    to: str
    subject: str
    body: str
    path: Path


def write_notices(
    home: Home,
    registry: Registry,
    as_of: date,
    pulls: Mapping[str, PullFault | None],
    night: HaicapError | None = None,
) -> list[Digest]:
    """Write a digest for each owner whose troubles are not those told last time. It holds nothing personal.

    `pulls`: of each feed that was fetched tonight, why it failed. `night`: why the night itself did not publish.
    """
    told: Troubles = _read(home.outbox / _TOLD)
    now = _find_troubles(home, registry, pulls, night)
    changed = sorted(owner for owner in {*told, *now} if set(told.get(owner, {})) != set(now.get(owner, {})))
    digests = [_make_digest(home, owner, as_of, told.get(owner, {}), now.get(owner, {})) for owner in changed]
    for digest in digests:
        content = {"to": digest.to, "as_of": as_of.isoformat(), "subject": digest.subject, "body": digest.body}
        write_json(digest.path, content)
    if digests:
        write_durably(home.outbox / _TOLD, json.dumps(now, ensure_ascii=False, indent=1, sort_keys=True).encode())
    return digests


def _find_troubles(
    home: Home, registry: Registry, pulls: Mapping[str, PullFault | None], night: HaicapError | None
) -> Troubles:
    found: Troubles = {}
    file = find_current_path(home)
    for gap_id, feed_id, owner, line in ask(file, _TROUBLES, (list(DELIVERY_GAPS),)).rows if file is not None else ():
        title = registry.feeds[feed_id].title_vi if feed_id in registry.feeds else feed_id
        found.setdefault(owner, {})[f"gap:{gap_id}"] = f"{title}: {line}"
    for feed_id, fault in sorted(pulls.items()):
        if fault is not None:
            line = f"{registry.feeds[feed_id].title_vi} ({feed_id}): {fault.message_vi} {fault.remedy_vi}"
            found.setdefault(OPERATORS, {})[f"pull:{feed_id}:{fault.kind}"] = line
    if night is not None:
        line = f"Đêm không công bố được, bản cũ vẫn dùng: {night.message_vi} {night.remedy_vi}"
        found.setdefault(OPERATORS, {})[f"night:{type(night).__name__}"] = line
    return found


def _make_digest(home: Home, owner: str, as_of: date, before: Mapping[str, str], now: Mapping[str, str]) -> Digest:
    parts = (
        ("Mới phát sinh", [line for key, line in now.items() if key not in before]),
        ("Vẫn còn", [line for key, line in now.items() if key in before]),
        ("Đã xong", [line for key, line in before.items() if key not in now]),
    )
    body = "\n\n".join(f"{title}:\n" + "\n".join(f"- {line}" for line in lines) for title, lines in parts if lines)
    subject = f"haicap {as_of:%d/%m/%Y}: " + (f"{len(now)} việc cần xử lý" if now else "mọi việc đã xong")
    key = hashlib.sha256("\n".join(sorted(now)).encode()).hexdigest()[:8]
    return Digest(owner, subject, body, home.outbox / f"{as_of}-{make_slug(owner, _SLUG_LENGTH)}-{key}.json")


def _read(path: Path) -> Troubles:
    """Read what was told last; nothing where that cannot be read: then all is told again."""
    try:
        told = read_json(path, {}, "")
    except (FileNotFoundError, DamagedFile):
        return {}
    return {owner: troubles for owner, troubles in told.items() if isinstance(troubles, dict)}
