"""What is remembered of each fetched feed: `<home>/pulls/<feed>.json`, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from dagster_project.core.durable_files import read_json, write_durably
from dagster_project.core.errors import DamagedFile
from dagster_project.ingest.transports.pull_faults import PullFault
from dagster_project.ingest.transports.transport import Cursor
from dagster_project.settings.sources import FolderSource, HttpSource, PortalSource, SftpSource, SqlSource


@dataclass(frozen=True)
class PullState:
    """Holds what is remembered of a feed. `source`: which source the cursor belongs to. Times are ISO, local. `fault`:
    why the last pull failed, None after a good one; `failing_since`: the first of the failed pulls in a row,
    `failures`: how many. `pending`: hashes that a pull was putting into the archive when it was last heard of."""

    source: str = ""
    cursor: Cursor | None = None
    succeeded_at: str | None = None
    tried_at: str | None = None
    fault: str | None = None
    fault_vi: str | None = None
    remedy_vi: str | None = None
    failing_since: str | None = None
    failures: int = 0
    pending: tuple[str, ...] = ()

    def record_success(self, now: str) -> PullState:
        """Return the state after a pull that came to its end."""
        return replace(
            self, succeeded_at=now, tried_at=now, fault=None, fault_vi=None, remedy_vi=None,
            failing_since=None, failures=0,
        )  # fmt: skip

    def record_failure(self, now: str, fault: PullFault) -> PullState:
        """Return the state after a pull that failed."""
        return replace(
            self, tried_at=now, fault=fault.kind, fault_vi=fault.message_vi, remedy_vi=fault.remedy_vi,
            failing_since=self.failing_since or now, failures=self.failures + 1,
        )  # fmt: skip


def read_state(pulls: Path, feed_id: str) -> PullState:
    """Read the state of a feed; a fresh one when there is none, or it cannot be read: then everything is
    fetched again."""
    return _read(pulls / f"{feed_id}.json") or PullState()


def is_sound_state(path: Path) -> bool:
    """Tell whether the file of a state can be read."""
    return _read(path) is not None


def _read(path: Path) -> PullState | None:
    try:
        told = read_json(path, {}, "")
        state = PullState(**told | {"pending": tuple(told.get("pending", ()))})
        for at in (state.succeeded_at, state.tried_at, state.failing_since):
            if at is not None:
                datetime.fromisoformat(at)
    except (FileNotFoundError, DamagedFile, ValueError, TypeError):
        return None
    return state if isinstance(state.cursor, dict | None) and isinstance(state.failures, int) else None


def write_state(pulls: Path, feed_id: str, state: PullState) -> None:
    """Keep a feed's state, durably, for its owner alone."""
    pulls.mkdir(parents=True, exist_ok=True, mode=0o700)
    content = json.dumps(asdict(state), ensure_ascii=False, indent=1)
    write_durably(pulls / f"{feed_id}.json", (content + "\n").encode(), mode=0o600)


def name_source(source: FolderSource | SftpSource | HttpSource | PortalSource | SqlSource) -> str:
    """Tell one source from another: a cursor of the old system means nothing to a new one. No secret is in it."""
    named: dict[str, Any] = source.model_dump(
        mode="json", include={"kind", "path", "host", "port", "url", "db_schema", "root_department_id"}
    )
    return f"{source.kind}:{hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()[:16]}"
