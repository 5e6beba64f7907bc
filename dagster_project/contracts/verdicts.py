"""What the judge of a batch says, and what a landing asks of it.

It stands here though it is no contract of a feed: `ingest` and `quality` must not know each other, and both know this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from dagster_project.contracts.models import Feed


@dataclass(frozen=True)
class Verdict:
    """Says how one feed's new rows fared under one expectation. `severity`: critical | warning."""

    name: str
    passed: bool
    severity: str
    metadata: dict[str, Any]


class BatchJudge(Protocol):
    """Judges the opened files of one feed together and moves refused rows to their file's quarantine."""

    def submit(self, feed: Feed, files: Sequence[Any]) -> Callable[[], list[Verdict]]:
        """Begin to judge. What is returned waits for the end and gives one verdict per expectation, in their order."""
        ...
