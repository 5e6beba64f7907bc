"""What every transport is: asked for what is new, it gives batches of files as received, each with the cursor after
it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol, TypeVar

import stamina

from dagster_project.contracts.models import Feed
from dagster_project.ingest.transports.pull_faults import PullFault, identify_fault
from dagster_project.settings.limits import PullLimits

stamina.instrumentation.set_on_retry_hooks([])  # what is retried is told in our own words

Cursor = dict[str, Any]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Batch:
    """Holds files that only make sense together (the pages of one period): all are landed or none.

    `files`: (name as a folder delivery would bear it, bytes as received). `cursor`: where to go on once they are
    landed.
    """

    files: tuple[tuple[str, bytes], ...]
    cursor: Cursor


@dataclass(frozen=True)
class Query:
    """Says what a pull wants. `cursor`: of the last batch that was landed, {} at the first pull. `as_of`: day D.

    `start`, `end`: a past period that a person asks for again, whatever the cursor says; None in a night.
    """

    cursor: Cursor
    as_of: date
    start: date | None = None
    end: date | None = None

    def choose_days(self, begin: date, resume: Callable[[date], date]) -> tuple[date, date]:
        """Return the first and last day to ask for; an empty period (first after last) when there is nothing new.

        The period that a person wants; else all since `begin` at the first pull; else from the day that `resume` makes
        of the cursor's "through" (the last day that was landed), never before `begin`.
        """
        if self.start is not None:
            return self.start, self.end or self.as_of
        if "through" not in self.cursor:
            return begin, self.as_of
        return max(begin, resume(date.fromisoformat(self.cursor["through"]))), self.as_of


class Transport(Protocol):
    """Fetches one configured source of one feed."""

    def fetch(self, query: Query) -> Iterator[Batch]:
        """Yield what is new, oldest first. Raises PullFault, or whatever the library below raises."""
        ...

    def check(self) -> str:
        """Try the source as a night would, cheaply; say in Vietnamese what was found. Raises as `fetch` does."""
        ...


@dataclass(frozen=True)
class Place:
    """Tells a transport what it needs besides its own settings: the feed, the home, how patient to be."""

    feed: Feed
    home: Path
    limits: PullLimits

    def locate(self, path: Path) -> Path:
        """Return a path of the settings; relative ones start at the home."""
        return self.home / path.expanduser()


def try_insistently(limits: PullLimits, act: Callable[[], Result]) -> Result:
    """Do it; when it failed for a reason that passes, pause and do it again, `limits.attempts` times at most.

    A pause doubles each time, or is what the server asked for; one longer than `wait_max_seconds` is not waited for.
    Raises the last PullFault, no longer `is_passing`: whoever catches it need not try again at once.
    """

    def decide_retry(error: Exception) -> bool | float:
        if not isinstance(error, PullFault) or not error.is_passing:
            return False
        if error.wait is None:
            return True
        return False if error.wait > limits.wait_max_seconds else max(error.wait, 0.0)

    try:
        for attempt in stamina.retry_context(
            on=decide_retry,
            attempts=limits.attempts,
            timeout=None,
            wait_initial=limits.wait_seconds,
            wait_max=limits.wait_max_seconds,
            wait_jitter=limits.wait_seconds,
        ):
            with attempt:
                try:
                    return act()
                except Exception as error:
                    raise identify_fault(error) from None
    except PullFault as fault:
        fault.is_passing = False
        raise
    raise AssertionError("stamina ends with a result or an error")
