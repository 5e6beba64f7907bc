"""The national portal's progress tree (QĐ 766): one POST for each month, quarter and year, politely one after another.

Answers are stored under the names of the folder form: `dvc-progress-tree/month-2025-07.json`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from dagster_project.ingest.transports.pages import split_into_months
from dagster_project.ingest.transports.pull_faults import PullFault
from dagster_project.ingest.transports.transport import Batch, Place, Query
from dagster_project.ingest.transports.web import Answer, Web
from dagster_project.settings.sources import PortalSource

_FOLDER = "dvc-progress-tree"
Period = tuple[str, dict[str, Any]]
"""Name of its file, and what is asked."""


class PortalTransport:
    """Asks for every period that still runs, or ended less than `settle_days` ago: its figures may still change."""

    def __init__(self, source: PortalSource, place: Place) -> None:
        self._source = source
        self._place = place

    def fetch(self, query: Query) -> Iterator[Batch]:
        """Yield one batch per period, so that an interrupted pull can go on. An answer like the last one lands nothing
        new."""
        done: dict[str, str] = query.cursor.get("answered", {})
        wanted = list_periods(*self._choose_days(query))
        before, today = query.cursor.get("through"), query.as_of.isoformat()
        with Web(self._source, self._place, self._source.pause_seconds) as web:
            for name, asked in wanted:
                if query.start is None and done.get(name) == today:
                    continue
                answer = self._ask(web, asked)
                done = {known: day for known, day in done.items() if known in dict(wanted)} | {name: today}
                # Only after the last one is the day done: the backlog of an interrupted first pull is asked for again.
                through = max(today, before or today) if name == wanted[-1][0] else before
                cursor = {"answered": dict(done)} | ({"through": through} if through else {})
                yield Batch(((f"{_FOLDER}/{name}.json", answer.content),), cursor)

    def check(self) -> str:
        """Ask for the first expected period; return in Vietnamese how many units answer. Raises as `fetch` does."""
        begin = self._place.feed.layout.rhythm.expected_from
        with Web(self._source, self._place) as web:
            answer = self._ask(web, list_periods(begin, begin)[0][1])
        return f"trả lời {len(answer.json['data']['children'])} đơn vị"

    def _choose_days(self, query: Query) -> tuple[date, date]:
        settled = timedelta(days=self._source.settle_days)
        return query.choose_days(
            self._place.feed.layout.rhythm.expected_from, lambda through: min(through, query.as_of) - settled
        )

    def _ask(self, web: Web, period: dict[str, Any]) -> Answer:
        whole = {"currentPage": 1, "pageSize": self._source.page_size}
        answer = web.ask("POST", body=period | {"rootDepartmentId": self._source.root_department_id} | whole)
        data = answer.json.get("data") if isinstance(answer.json, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("children"), list):
            raise PullFault("error_answer", "không có data.children")
        if len(data["children"]) >= self._source.page_size:
            raise PullFault("error_answer", "danh sách đơn vị bị cắt trang; tăng page_size")
        return answer


def list_periods(first: date, last: date) -> list[Period]:
    """List every month, quarter and year that has a day in `first`–`last`, months first."""
    found: dict[str, dict[str, Any]] = {}
    spans = list(split_into_months(first, last))
    for begin, _ in spans:
        found[f"month-{begin:%Y-%m}"] = {"timeType": "month", "year": begin.year, "month": begin.month}
    for begin, _ in spans:
        quarter = (begin.month - 1) // 3 + 1
        found[f"quarter-{begin.year}-{quarter}"] = {"timeType": "quarter", "year": begin.year, "quarter": quarter}
    for begin, _ in spans:
        found[f"year-{begin.year}"] = {"timeType": "year", "year": begin.year}
    return list(found.items())
