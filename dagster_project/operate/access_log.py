"""The log of who looked into the vault: lines that nobody can change or take away unnoticed."""

from __future__ import annotations

from dagster_project.core.chained_log import ChainedLog
from dagster_project.core.paths import Home


def open_access_log(home: Home) -> ChainedLog:
    """Open the log of who looked into the vault, when, why, and at which rows; refusals are in it too."""
    return ChainedLog(home.vault / "access.jsonl")
