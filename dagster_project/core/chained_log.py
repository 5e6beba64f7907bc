"""A log that only grows: every line carries the hash of the one before, so that a changed or missing line is noticed.

Beside `x.jsonl` stands `x.head`, the number and hash of the last line, so that a cut-off end is noticed too. Whoever
may write both can forge both, so people copy the head to a book outside the system.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project.core.durable_files import parse_json, pass_fault_point, write_durably
from dagster_project.core.errors import DamagedFile, HaicapError

_START = "0" * 64


@dataclass(frozen=True)
class Head:
    """Holds number (from 1) and SHA-256 of a line; number 0 stands before the first."""

    number: int
    sha256: str


@dataclass(frozen=True)
class Line:
    """Holds one whole line: what it says, and the hash that the next one has to carry."""

    entry: dict[str, Any]
    head: Head


@dataclass(frozen=True)
class Verdict:
    """Says what `verify` found. `faults_vi` is empty when no line was changed, added or removed.

    `torn`: pieces of lines that a crash cut off; what they were to record did not happen, so they are no fault.
    """

    lines: int
    torn: int
    head: Head
    faults_vi: tuple[str, ...]


class ChainedLog:
    """Holds lines of JSON, each with `number`, `previous` (SHA-256 of the line before) and the caller's words."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._head_path = path.with_suffix(".head")

    def append(self, entry: dict[str, Any]) -> Head:
        """Add one line and make it durable before returning. Safe among several processes.

        Raises HaicapError when it cannot be written: what is not logged must not happen.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with _lock(self._path) as descriptor:
                return self._append(descriptor, entry)
        except OSError as error:
            raise HaicapError(
                f"Không ghi được nhật ký {self._path.name}: {error.strerror}.",
                "Kiểm tra quyền ghi và chỗ trống của đĩa.",
            ) from error

    def read_lines(self) -> list[Line]:
        """Read every whole line, in order; pieces that a crash cut off are left out."""
        return [line for line in map(_read, self._read_raw_lines()) if line is not None]

    def verify(self) -> Verdict:
        """Follow the chain from the first line to the noted head, and return every fault on the way."""
        faults: list[str] = []
        last, torn = Head(0, _START), 0
        noted = self._read_noted_head()
        for raw in self._read_raw_lines():
            line = _read(raw)
            if line is None:
                torn += 1
                continue
            if (line.entry["number"], line.entry["previous"]) != (last.number + 1, last.sha256):
                faults.append(f"dòng {line.entry['number']} không nối với dòng {last.number} trước nó")
            last = line.head
            if last.number == noted.number and last != noted:
                faults.append(f"dòng {last.number} khác dòng đã ghi nhận ở tệp {self._head_path.name}")
        if noted.number > last.number:
            faults.append(
                f"mất các dòng sau dòng {last.number}; tệp {self._head_path.name} ghi đến dòng {noted.number}"
            )
        if last.number > noted.number + 1:  # one more is a crash between the line and its head
            faults.append(f"tệp {self._head_path.name} mất hoặc bị lùi: chỉ ghi đến dòng {noted.number}")
        return Verdict(last.number, torn, last, tuple(faults))

    def read_whole_lines(self) -> list[Line]:
        """Read every line, in order. Raises DamagedFile where lines that were written are gone, or changed.

        A head that lags behind is no fault here: the next line writes it anew.
        """
        lines, noted = self.read_lines(), self._read_noted_head()
        last = Head(0, _START)
        for line in lines:
            if (line.entry["number"], line.entry["previous"]) != (last.number + 1, last.sha256):
                break
            last = line.head
        if last.number < max(noted.number, len(lines)) or (last.number == noted.number and last != noted):
            raise DamagedFile(
                self._path,
                f"mất hoặc sửa các dòng sau dòng {last.number}",
                f"Khôi phục tệp này và {self._head_path.name} từ bản sao; nếu không có, chuyển cả hai đi nơi khác: "
                "nhật ký bắt đầu lại từ đầu.",
            )
        return lines

    def _append(self, descriptor: int, entry: dict[str, Any]) -> Head:
        whole = self.read_lines()
        written, noted = whole[-1].head if whole else Head(0, _START), self._read_noted_head()
        # After lines were removed the head is ahead: going on from it leaves the gap to be seen for ever.
        last = noted if noted.number >= written.number else written
        numbered = {"number": last.number + 1, "previous": last.sha256} | entry
        encoded = json.dumps(numbered, ensure_ascii=False).encode("utf-8")
        raw = self._path.read_bytes()
        separator = b"\n" if raw and not raw.endswith(b"\n") else b""
        _write_all(descriptor, separator + encoded + b"\n")
        os.fsync(descriptor)
        pass_fault_point("line_logged")
        head = Head(last.number + 1, hashlib.sha256(encoded).hexdigest())
        noted_line = json.dumps({"number": head.number, "sha256": head.sha256}) + "\n"
        write_durably(self._head_path, noted_line.encode(), mode=0o600)
        return head

    def _read_raw_lines(self) -> list[bytes]:
        if self._path.is_dir():
            raise DamagedFile(self._path, "là thư mục, trong khi phải là tệp", "Khôi phục nhật ký từ bản sao.")
        return [raw for raw in self._path.read_bytes().split(b"\n") if raw] if self._path.exists() else []

    def _read_noted_head(self) -> Head:
        try:
            noted = parse_json(self._head_path.read_text(encoding="utf-8"))
            return Head(int(noted["number"]), str(noted["sha256"]))
        except (FileNotFoundError, IsADirectoryError, ValueError, KeyError, TypeError, OverflowError):
            return Head(0, _START)


def _read(raw: bytes) -> Line | None:
    try:
        entry = parse_json(raw.decode("utf-8"))
        return Line(entry, Head(int(entry["number"]), hashlib.sha256(raw).hexdigest())) if entry["previous"] else None
    except (ValueError, KeyError, TypeError, OverflowError):  # neither whole UTF-8 nor whole JSON nor a line of ours
        return None


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


@contextmanager
def _lock(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)
