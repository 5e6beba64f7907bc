"""What the judge of a batch says, and what a landing asks of it.

It stands here though it is no contract of a feed: `ingest` and `quality` must not know each other, and both know this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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


FILES_CHECK = "every_new_file_is_usable"
"""The check of a feed that no expectation makes: whether all its new files could be used."""
FOUND_FOR = "as_of"
"""Key of a verdict's metadata: the day of the night that found it."""
FILES_CHECK_VI = "Mọi tệp mới đọc được và đủ cột bắt buộc."


def judge_files(blocked: Mapping[str, str]) -> Verdict:
    """Return the verdict of FILES_CHECK. `blocked`: name → why the file could not be used."""
    rows = [{"tệp": name, "lý do": reason} for name, reason in blocked.items()]
    told = {"description": FILES_CHECK_VI, "unexpected": len(rows), "rows": rows}
    return Verdict(FILES_CHECK, not blocked, "critical", told)


class BatchJudge(Protocol):
    """Judges the opened files of one feed together and moves refused rows to their file's quarantine."""

    def submit(self, feed: Feed, files: Sequence[Any]) -> Callable[[], list[Verdict]]:
        """Begin to judge. What is returned waits for the end and gives one verdict per expectation, in their order."""
        ...
