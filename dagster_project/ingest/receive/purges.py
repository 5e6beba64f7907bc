"""What the rules of retention removed for ever: nothing that stands here is put into the archive or the vault again.

The account is `purge.jsonl`, which each purge writes before it removes anything (operate/retention.py). It names bytes
by their hash and vault records by feed and batch, so that it holds nothing personal and never goes itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from dagster_project.core.chained_log import ChainedLog
from dagster_project.core.paths import Home


@dataclass(frozen=True)
class Purge:
    """Says when something was first removed, and after how many days since its last arrival the rule wanted it."""

    day: date
    kept_days: int

    def describe(self) -> str:
        """Say it to a person."""
        return f"đã xóa ngày {self.day:%d/%m/%Y} theo thời hạn lưu {self.kept_days} ngày kể từ lần nhận cuối"


@dataclass(frozen=True)
class Purges:
    """Holds every purge so far: by the SHA-256 of archived bytes, and by vault record (`feed/batch`)."""

    archive: dict[str, Purge] = field(default_factory=dict)
    vault: dict[str, Purge] = field(default_factory=dict)


def open_purge_log(home: Home) -> ChainedLog:
    """Open the log of purges."""
    return ChainedLog(home.purge_log)


def read_purges(home: Home) -> Purges:
    """Read what was ever purged in this home. Raises DamagedFile where the account is not whole: what was purged could
    be taken in again."""
    purges = Purges()
    for line in open_purge_log(home).read_whole_lines():
        entry = line.entry
        day = date.fromisoformat(entry["at"][:10])
        for gone, names, days in (
            (purges.archive, entry.get("archive", []), entry["archive_days"]),
            (purges.vault, entry.get("vault", []), entry["vault_days"]),
        ):
            for name in names:
                gone.setdefault(name, Purge(day, days))
    return purges


def name_record(feed_id: str, batch: str) -> str:
    """Return how the log names a vault record."""
    return f"{feed_id}/{batch}"
