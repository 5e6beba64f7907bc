"""Great Expectations judges each new batch, in a worker process of its own.

Importing Great Expectations takes longer than a small night; the worker is started first and warms up while the files
are read, and its memory goes back to the system when the night ends. A suite that errs is told apart from one that
fails.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from dagster_project.contracts.models import Feed
from dagster_project.contracts.rules import load_rules
from dagster_project.contracts.suites import suite_files
from dagster_project.contracts.verdicts import Verdict
from dagster_project.core.errors import HaicapError

_PLACE = ["source_sheet", "source_row"]
_TOLD = [*_PLACE, "commune_code"]


class Door(Protocol):
    """The part of an opened file that the judge may change: rows that fail go to quarantine, and are not yet `held`."""

    rows: pd.DataFrame
    quarantine: pd.DataFrame
    held: pd.DataFrame | None


def suite_checks(domain: str) -> list[dict[str, Any]]:
    """Every expectation of a domain as JSON, in order; the names in `meta.check` are distinct."""
    return [e for path in suite_files(domain) for e in json.loads(path.read_text(encoding="utf-8"))["expectations"]]


class Judge:
    """A running worker. Use as a context manager; the worker starts at once and is awaited only when first asked.

    scratch: existing folder for the rows on their way to the worker. A night names one that the next night clears, for
    a killed one cannot; without it the system's own folder for temporary files is used.
    """

    def __init__(self, scratch: Path | None = None) -> None:
        self._scratch = scratch
        self._asked = 0
        self._heard: list[list[dict[str, Any]] | None] = []

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="run-judge-", dir=self._scratch)
        self._worker = subprocess.Popen(
            [sys.executable, "-m", "dagster_project.quality.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._worker.stdin is not None
        if len(self._heard) < self._asked:  # nobody will hear what it still has to say
            self._worker.kill()
        with suppress(BrokenPipeError):  # the worker died, which a verdict has said
            self._worker.stdin.close()
        self._worker.wait(timeout=30)
        self._folder.cleanup()

    def submit(self, feed: Feed, files: Sequence[Door]) -> Callable[[], list[Verdict]]:
        """Begin to judge the new rows of one feed together; what is returned waits for the verdicts.

        Then it moves the rows that a rule refuses to their file's quarantine, and raises HaicapError when an
        expectation could not be evaluated: an error is not a verdict.
        """
        frame = _looked_at(feed, files)
        number = self._ask(feed, frame)

        def verdicts() -> list[Verdict]:
            answers = self._answer(number)
            broken = [a for a in answers if a["error"]]
            if broken:
                names = ", ".join(a["name"] for a in broken)
                raise HaicapError(
                    f"Không đánh giá được quy tắc {names} của nguồn {feed.feed_id}: {broken[0]['error']}",
                    "Đây là lỗi của quy tắc, không phải của dữ liệu; báo người quản trị hệ thống.",
                )
            owner = np.repeat(np.arange(len(files)), [len(f.rows) for f in files])
            for answer in answers:
                if answer["on_failure"] == "quarantine" and answer["unexpected"]:
                    _refuse(files, frame, owner, answer)
            return [_verdict(answer) for answer in answers]

        return verdicts

    def _ask(self, feed: Feed, frame: pd.DataFrame) -> int:
        """Hand the rows to the worker; returns the number of the question."""
        number, self._asked = self._asked, self._asked + 1
        path = self._rows(number)
        frame.to_parquet(path, index=False)
        request = {"data": str(path), "suites": [str(p) for p in suite_files(feed.domain)]}
        assert self._worker.stdin is not None
        with suppress(BrokenPipeError):  # it died: no answer will come, which is told then
            self._worker.stdin.write(json.dumps(request) + "\n")
            self._worker.stdin.flush()
        return number

    def _answer(self, number: int) -> list[dict[str, Any]]:
        """The worker's answer to a question; it answers them in order."""
        assert self._worker.stdout is not None
        while len(self._heard) <= number:
            said = self._worker.stdout.readline()
            self._rows(len(self._heard)).unlink(missing_ok=True)
            self._heard.append(json.loads(said) if said else None)
        answer, self._heard[number] = self._heard[number], None
        if answer is None:
            raise HaicapError(
                "Tiến trình kiểm tra chất lượng dừng bất thường.", "Xem nhật ký; chạy lại haicap refresh."
            )
        return answer

    def _rows(self, number: int) -> Path:
        return Path(self._folder.name) / f"{number}.parquet"


def _looked_at(feed: Feed, files: Sequence[Door]) -> pd.DataFrame:
    """The rows of all files, with nothing in the columns whose values no rule looks at: it knows them by name alone."""
    rules = [
        {name: said for name, said in check["kwargs"].items() if name != "column_set"}
        for check in suite_checks(feed.domain)
    ]
    said = json.dumps(rules, ensure_ascii=False)
    columns = list(dict.fromkeys(str(name) for file in files for name in file.rows))
    read = [name for name in columns if name in said or name in _TOLD]
    return pd.concat([file.rows.reindex(columns=read) for file in files], ignore_index=True).reindex(columns=columns)


def _verdict(answer: dict[str, Any]) -> Verdict:
    metadata = {"description": answer["description"], "unexpected": len(answer["unexpected"])}
    return Verdict(answer["name"], answer["passed"], answer["severity"], metadata)


def _refuse(files: Sequence[Door], frame: pd.DataFrame, owner: np.ndarray, answer: dict[str, Any]) -> None:
    words = load_rules()["expectation_failed"]
    refused = np.array(answer["unexpected"], dtype=np.int64)
    for position in np.unique(owner[refused]):
        file = files[position]
        places = frame.loc[refused[owner[refused] == position]].reindex(columns=_TOLD)
        # Several facts may come from one row: it is refused whole, once.
        refused_rows = places[_PLACE].drop_duplicates()
        matched = file.rows[_PLACE].merge(refused_rows, on=_PLACE, how="left", indicator=True)
        file.rows = file.rows[matched["_merge"].eq("left_only").to_numpy()]
        entry = places.assign(
            column_name=answer["column"],
            rule=answer["name"],
            value=None,
            message_vi=f"{answer['description']} — {words.message_vi.format(column=answer['column'])}",
            remedy_vi=words.remedy_vi,
        )
        file.quarantine = pd.concat([file.quarantine, entry], ignore_index=True)
        file.held = None
