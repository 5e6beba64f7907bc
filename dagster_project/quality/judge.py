"""Great Expectations judges each new batch, in a worker process of its own.

Importing Great Expectations takes longer than a small night; the worker is started first and warms up while the files
are read, and its memory goes back to the system when the night ends. A suite that errs is told apart from one that
fails.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from dagster_project.contracts.models import Feed
from dagster_project.contracts.rules import load_rules
from dagster_project.contracts.suites import list_suite_files
from dagster_project.contracts.verdicts import Verdict
from dagster_project.core.errors import HaicapError
from dagster_project.core.workers import Bounds, Worker, WorkerFault
from dagster_project.quality.expectations import judge_rows, open_batches

BOUNDS = Bounds(seconds=3600)
"""An hour for one feed's new rows: three million take minutes."""

_PLACE = ["source_sheet", "source_row"]
_TOLD = [*_PLACE, "commune_code"]


class JudgedFile(Protocol):
    """Holds what the judge may change of a validated file: rows that fail go to quarantine, and are not yet `held`."""

    rows: pd.DataFrame
    quarantine: pd.DataFrame
    held: pd.DataFrame | None


def list_suite_checks(domain: str) -> list[dict[str, Any]]:
    """List every expectation of a domain as JSON, in order; the names in `meta.check` are distinct."""
    return [
        e for path in list_suite_files(domain) for e in json.loads(path.read_text(encoding="utf-8"))["expectations"]
    ]


class Judge:
    """Asks a worker for verdicts. Use as a context manager: it starts the worker; the first question waits."""

    def __init__(self, bounds: Bounds = BOUNDS) -> None:
        self.worker = Worker(judge_rows, bounds, open_batches)
        self._beside = ThreadPoolExecutor(1)
        """The one thread that speaks with the worker: feeds wait in its line."""

    def __enter__(self) -> Self:
        self._beside.submit(self.worker.start)  # whether it could start is told with the first question
        return self

    def __exit__(self, *_: object) -> None:
        self.worker.close()  # also when it has still something to say: nobody will hear it
        self._beside.shutdown(cancel_futures=True)

    def submit(self, feed: Feed, files: Sequence[JudgedFile]) -> Callable[[], list[Verdict]]:
        """Begin to judge the new rows of one feed together; return a function that waits for the verdicts.

        That function also moves the rows that a rule refuses to their file's quarantine. It raises HaicapError when the
        worker gave no answer or an expectation could not be evaluated: an error is not a verdict.
        """
        frame = _gather_rows(feed, files)
        request = frame.to_parquet(index=False), list_suite_files(feed.domain)
        asked = self._beside.submit(self.worker.ask, request, feed.feed_id)

        def await_verdicts() -> list[Verdict]:
            answers = _await_answers(asked, feed.feed_id)
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
            return [_make_verdict(answer) for answer in answers]

        return await_verdicts


def _await_answers(asked: Future[str], feed_id: str) -> list[dict[str, Any]]:
    """Return the worker's answers; its bounds bound the wait. Raises HaicapError when it died, overran or failed."""
    try:
        answers: list[dict[str, Any]] = json.loads(asked.result())
    except WorkerFault as fault:
        raise HaicapError(
            f"Không kiểm tra được chất lượng của nguồn {feed_id}: {fault.reason}.",
            "Chạy lại `haicap refresh`; nếu lặp lại, báo người quản trị.",
        ) from fault
    return answers


def _gather_rows(feed: Feed, files: Sequence[JudgedFile]) -> pd.DataFrame:
    """Return the rows of all files as one frame; a column whose values no rule reads is there, but empty."""
    rules = [
        {name: said for name, said in check["kwargs"].items() if name != "column_set"}
        for check in list_suite_checks(feed.domain)
    ]
    said = json.dumps(rules, ensure_ascii=False)
    columns = list(dict.fromkeys(str(name) for file in files for name in file.rows))
    read = [name for name in columns if name in said or name in _TOLD]
    return pd.concat([file.rows.reindex(columns=read) for file in files], ignore_index=True).reindex(columns=columns)


def _make_verdict(answer: dict[str, Any]) -> Verdict:
    metadata = {"description": answer["description"], "unexpected": len(answer["unexpected"])}
    return Verdict(answer["name"], answer["passed"], answer["severity"], metadata)


def _refuse(files: Sequence[JudgedFile], frame: pd.DataFrame, owner: np.ndarray, answer: dict[str, Any]) -> None:
    """Move the rows that an expectation refuses to the quarantine of their file; `owner`: of each row the file."""
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
