"""The account of a landed file: what is told of it, as JSON, beside the parse that counts (`batches`)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from dagster_project.contracts.models import Feed
from dagster_project.contracts.rules import load_rules
from dagster_project.core.errors import BlockedFile, locate_bug
from dagster_project.ingest.landing.batches import compute_batch_id
from dagster_project.ingest.receive.arrivals import Arrival


def describe_accepted(arrival: Arrival, feed: Feed, batch: dict[str, Any]) -> str:
    """Return the account of a file that was read; `batch`: its date and counts of rows, as `parse_files` tells."""
    return _describe(arrival, feed, batch | {"state": "accepted"})


def describe_blocked(arrival: Arrival, feed: Feed, fault: BlockedFile) -> str:
    """Return the account of a file that cannot be used as a whole, and why."""
    from dagster_project.ingest.landing.parse import list_dates_of_blocked_file

    words = {
        "blocked_rule": fault.rule,
        "blocked_message_vi": fault.message_vi,
        "blocked_remedy_vi": fault.remedy_vi,
        "unread": list(fault.words),
        "lacking": {role: list(headers) for role, headers in fault.lacking.items()},
    }
    state = {"state": "blocked", "rows_read": 0, "rows_not_data": 0, "rows_quarantined": 0}
    return _describe(arrival, feed, list_dates_of_blocked_file(feed, arrival.file) | state | words)


def make_block(error: Exception) -> BlockedFile:
    """Return what blocks a file that raised `error`: the error itself when it is a BlockedFile, else a bug of ours.

    A bug is told by its place, without its message, which may hold a person's name. The file is tried again when the
    parser changes.
    """
    if isinstance(error, BlockedFile):
        return error
    words = load_rules()["program_fault"]
    return BlockedFile("program_fault", f"{words.message_vi} ({locate_bug(error)})", words.remedy_vi)


def hash_layout(feed: Feed) -> str:
    """Return 12 hex digits that change with the feed's layout alone."""
    return hashlib.sha256(feed.layout_content).hexdigest()[:12]


def _describe(arrival: Arrival, feed: Feed, said: dict[str, Any]) -> str:
    identity = {
        "feed_id": feed.feed_id,
        "area": feed.area,
        "domain": feed.domain,
        "batch_id": compute_batch_id(arrival),
        "sha256": arrival.sha256,
        "layout": hash_layout(feed),
    }
    return json.dumps(identity | said, ensure_ascii=False, default=str)
