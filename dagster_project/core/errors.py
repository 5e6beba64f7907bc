"""Faults that a person can mend. Everything else is a bug and may show a traceback."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

T = TypeVar("T")

BACKUP_VI = "Khôi phục từ bản sao lưu (`haicap backup`) rồi chạy lại."
"""What a person does about a file that cannot be made again."""


class HaicapError(Exception):
    """Tells a person of a foreseeable fault: what happened (Vietnamese, one line) and what to do next.

    `exit_code` is the command line's: 2 wrong use, 4 refused by an audit, 1 otherwise.
    """

    exit_code = 1

    def __init__(self, message_vi: str, remedy_vi: str = "") -> None:
        super().__init__(message_vi)
        self.message_vi = message_vi
        self.remedy_vi = remedy_vi


class UsageError(HaicapError):
    """Says that the command was given something that it cannot use."""

    exit_code = 2


class AuditRefusal(HaicapError):  # noqa: N818 - said as it happens
    """Says that the audit refused a result that breaks an invariant; the last good version stays published."""

    exit_code = 4


class DamagedFile(HaicapError):  # noqa: N818 - said as it is found
    """Says that a file of the home is not as haicap writes it, and what a person can do.

    `path`: the file; `found_vi`: what is wrong with it.
    """

    def __init__(self, path: Path, found_vi: str, remedy_vi: str) -> None:
        super().__init__(f"{path} hỏng: {found_vi}.", remedy_vi)
        self.path = path
        self.found_vi = found_vi

    def __reduce__(self) -> tuple[type[DamagedFile], tuple[Path, str, str]]:
        """Say how it is made again in another process."""
        return DamagedFile, (self.path, self.found_vi, self.remedy_vi)


class BlockedFile(HaicapError):  # noqa: N818 - said as it happens
    """Says that a file cannot be used as a whole: it is set aside and named, and the night goes on.

    `rule` is a stable code (empty_file, unreadable, encrypted, missing_column, …). `words`: those of the file that are
    not understood, which a layout can teach. `lacking`: role of a missing column → the headers of the file that may be
    its name, the nearest first.
    """

    def __init__(
        self,
        rule: str,
        message_vi: str,
        remedy_vi: str = "",
        words: Iterable[str] = (),
        lacking: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        super().__init__(message_vi, remedy_vi)
        self.rule = rule
        self.words = tuple(words)
        self.lacking = {role: tuple(headers) for role, headers in lacking.items()}

    def __reduce__(
        self,
    ) -> tuple[type[BlockedFile], tuple[str, str, str, tuple[str, ...], dict[str, tuple[str, ...]]]]:
        """Say how it is made again in the process that asked for the file."""
        return BlockedFile, (self.rule, self.message_vi, self.remedy_vi, self.words, self.lacking)


def attempt(step: Callable[..., T], *given: Any) -> T | BlockedFile:
    """Return what a step says of a file, or the BlockedFile by which it says nothing."""
    try:
        return step(*given)
    except BlockedFile as fault:
        return fault


def locate_bug(error: Exception) -> str:
    """Return the kind of an error and the line that raised it, without its message: that may hold a person's name."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} tại {Path(last.filename).name}:{last.lineno}"
