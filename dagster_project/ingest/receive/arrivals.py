"""The list of arrivals, `manifest.jsonl`: one line per arrival, appended and never rewritten.

It tells who sent what, under which name, and on which day it was first seen.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from dagster_project.core.durable_files import parse_json
from dagster_project.core.errors import DamagedFile, HaicapError
from dagster_project.ingest.persons.mask import mask_file_name

_BEGIN = b'{"feed_id": "'  # of every line that this class ever wrote
_SEEN_ON = "night"  # the key of `seen_on` in the file: homes of earlier releases have it


@dataclass(frozen=True)
class Arrival:
    """Names one file as it came. `seen_on`: the calendar day of the night that first saw it (as_of + 1)."""

    feed_id: str
    file: str
    sha256: str
    size: int
    seen_on: date

    @property
    def key(self) -> tuple[str, str, str]:
        """Tells one arrival from another; the day on which it was seen does not count."""
        return self.feed_id, self.file, self.sha256


class ArrivalList:
    """Lists the arrivals of one home, in the order in which they were first seen."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read_arrivals(self) -> tuple[Arrival, ...]:
        """Return every arrival ever seen. The file of a line that a crash or a full disk cut off is seen again.

        Raises HaicapError for any other line that cannot be read: what arrived by it would be lost without a word.
        """
        if not self._path.exists():
            return ()
        if self._path.is_dir():
            raise DamagedFile(
                self._path,
                "là thư mục, trong khi phải là tệp",
                "Khôi phục từ bản sao lưu; không có thì chuyển nó đi và chạy `haicap doctor --repair`.",
            )
        arrivals = []
        for number, line in enumerate(self._path.read_bytes().split(b"\n"), start=1):
            arrival = _read_line(line)
            if arrival is not None:
                arrivals.append(arrival)
            elif not _is_cut_off(line):
                raise HaicapError(
                    f"Không đọc được dòng {number} của {self._path}, danh sách tệp đã nhận.",
                    "Khôi phục tệp này từ bản sao lưu; nếu không có, xóa dòng ấy và xin gửi lại tệp của nó.",
                )
        return tuple(arrivals)

    def append(self, arrivals: Iterable[Arrival]) -> None:
        """Add the arrivals that are not there yet, durably."""
        known = {arrival.key for arrival in self.read_arrivals()}
        new = [arrival for arrival in arrivals if arrival.key not in known]
        if not new:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # A line that a crash cut off is ended first, so that only it is lost and not the one after it.
        torn = self._path.exists() and not self._path.read_bytes().endswith(b"\n")
        with self._path.open("ab") as file:
            file.write((("\n" if torn else "") + "\n".join(map(_write_line, new)) + "\n").encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())


def _write_line(arrival: Arrival) -> str:
    fields = asdict(arrival)
    day = fields.pop("seen_on")
    return json.dumps(fields | {_SEEN_ON: day.isoformat()}, ensure_ascii=False)


def _is_cut_off(line: bytes) -> bool:
    """Tell whether a line is the beginning of one that was being written: nothing, or all but its end."""
    return not line or _BEGIN.startswith(line) or (line.startswith(_BEGIN) and not line.endswith(b"}"))


def _read_line(line: bytes) -> Arrival | None:
    try:
        fields = parse_json(line.decode("utf-8"))
        day = date.fromisoformat(fields.pop(_SEEN_ON))
        name = mask_file_name(fields.pop("file"))  # a line of before persons were masked
        return Arrival(file=name, **fields, seen_on=day)
    except (ValueError, KeyError, TypeError, AttributeError):  # neither whole UTF-8 nor JSON of these keys
        return None
