"""How much the outside world may cost: the models of the parts `pull` and `reading` of `<home>/haicap.yaml`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from dagster_project.core.workers import Bounds

_MEGABYTE = 1024 * 1024


class Strict(BaseModel):
    """Takes no other fields, never changes, and shows no value in an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class PullLimits(Strict):
    """Says how patient the pulls of one night are.

    `deadline_seconds`: a feed's whole pull; `connect_seconds`, `read_seconds`: silence of a server; `answer_seconds`:
    the whole of one answer; `attempts`: of one request, and of a whole file pull; `wait_max_seconds`: the longest
    pause, also when a server asks for a longer one; `max_megabytes`: of a file or a table; `answer_megabytes`: of one
    answer of a web service, unpacked.
    """

    parallel: int = Field(default=6, ge=1, le=64)
    deadline_seconds: float = Field(default=1800, gt=0)
    connect_seconds: float = Field(default=15, gt=0)
    read_seconds: float = Field(default=60, gt=0)
    answer_seconds: float = Field(default=300, gt=0)
    attempts: int = Field(default=4, ge=1, le=20)
    wait_seconds: float = Field(default=1.0, ge=0)
    wait_max_seconds: float = Field(default=60, ge=0)
    max_megabytes: float = Field(default=512, gt=0)
    answer_megabytes: float = Field(default=64, gt=0)

    @property
    def max_bytes(self) -> int:
        """Return the size of the largest file or table that is taken, in bytes."""
        return int(self.max_megabytes * _MEGABYTE)

    @property
    def answer_bytes(self) -> int:
        """Return the size of the largest answer of a web service that is taken, in bytes."""
        return int(self.answer_megabytes * _MEGABYTE)


class ReadingLimits(Strict):
    """Says what reading one file may cost, and how many processes read (None: as many as there are cores).

    `memory_megabytes`: of data of the process that reads; `cpu_seconds`: of the processor. A file that needs more is
    blocked by name.
    """

    workers: int | None = Field(default=None, ge=1, le=64)
    memory_megabytes: int = Field(default=1024, ge=512)
    cpu_seconds: int = Field(default=300, ge=10)

    @property
    def bounds(self) -> Bounds:
        """Return the bounds of a process that reads; of the clock four times as much, for others work beside it."""
        return Bounds(4.0 * self.cpu_seconds, cpu_seconds=self.cpu_seconds, memory=self.memory_megabytes * _MEGABYTE)


DEFAULT_READING = ReadingLimits()
