"""What the judge of a batch says, and what a landing asks of it. Here, so that neither side knows the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from dagster_project.contracts.models import Feed


@dataclass(frozen=True)
class Verdict:
    """One expectation on one feed's new rows."""

    name: str
    passed: bool
    severity: str
    metadata: dict[str, Any]


class BatchJudge(Protocol):
    """Judges the opened files of one feed together and moves refused rows to their file's quarantine."""

    def submit(self, feed: Feed, files: Sequence[Any]) -> Callable[[], list[Verdict]]:
        """Begin; what is returned waits for the end: one verdict an expectation, in the order of the suite."""
        ...
