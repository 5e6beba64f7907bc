"""A paged list asked by the days of last change: `GET {url}/api/v1/ho-so?tuNgay&denNgay&currentPage&pageSize`.

A first pull goes month by month, a nightly one from a little before the last day that was landed. The pages of one
period are landed together, under the names of the folder form: `20250701-20250713/page-0001.json`.
"""

from __future__ import annotations

import calendar
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dagster_project.core.clock import get_local_now
from dagster_project.ingest.transports.pull_faults import PullFault
from dagster_project.ingest.transports.transport import Batch, Cursor, Place, Query
from dagster_project.ingest.transports.web import Web
from dagster_project.settings.sources import HttpSource

_PASSES = 4  # readings of a period, before it is called unsteady
_MOST_PAGES = 100_000  # a server that gives pages without end must not hold the night


@dataclass(frozen=True)
class Page:
    """Holds one page as it came. `digest`: of its items. `total`, `number`, `size`, `pages`: what its head says, None
    or 0 where it says nothing."""

    content: bytes
    rows: int
    digest: bytes
    total: object
    number: int | None
    size: int
    pages: int
    at: datetime | None


class PagedTransport:
    """Fetches the portal's list of dossiers, or any list of the same form."""

    def __init__(self, source: HttpSource, place: Place) -> None:
        self._source = source
        self._place = place

    def fetch(self, query: Query) -> Iterator[Batch]:
        """Yield one batch per month. A period without rows lands nothing and moves nothing: the next pull asks for it
        again."""
        with Web(self._source, self._place) as web:
            for first, last in split_into_months(*self._choose_period(query)):
                pages = self._read_steady_pages(web, first, last)
                if any(page.rows for page in pages):
                    names = [f"{first:%Y%m%d}-{last:%Y%m%d}/page-{nth:04d}.json" for nth in range(1, len(pages) + 1)]
                    files = tuple(zip(names, (page.content for page in pages), strict=True))
                    yield Batch(files, _move_cursor(query.cursor, last, pages[0].at))

    def check(self) -> str:
        """Ask for one row of one day; return in Vietnamese how many there are. Raises as `fetch` does."""
        with Web(self._source, self._place) as web:
            day = get_local_now().date()
            page = self._fetch_page(web, day, day, 1, 1)
        total = _take_whole_number(page.total)  # never a server's own text
        return f"đăng nhập được, {'không rõ bao nhiêu' if total is None else total} dòng đổi hôm nay"

    def _choose_period(self, query: Query) -> tuple[date, date]:
        """Begin a little before the last day that was landed; ask for nothing when all is landed up to D."""

        def resume(through: date) -> date:
            overlap = self._source.overlap_days if through < query.as_of else 0
            return through + timedelta(days=1 - overlap)

        return query.choose_days(self._place.feed.layout.rhythm.expected_from, resume)

    def _read_steady_pages(self, web: Web, first: date, last: date) -> list[Page]:
        """Read the pages of one period, again and again until two readings agree with each other.

        The list moves while it is read. Where nothing is wrong but `totalItems`, and it says so twice of the same rows,
        the rows are taken: validation compares the control figure and shows it.
        """
        before: list[bytes] | None = None
        for _ in range(_PASSES):
            pages, is_torn = self._read_pages_once(web, first, last)
            digests = [page.digest for page in pages]
            if not is_torn and (sum(page.rows for page in pages) == pages[0].total or digests == before):
                return pages
            before = None if is_torn else digests
        raise PullFault("unsteady", f"{first:%d/%m/%Y}–{last:%d/%m/%Y}")

    def _read_pages_once(self, web: Web, first: date, last: date) -> tuple[list[Page], bool]:
        """Read all pages once; tell whether one of them repeats another, fell short, or speaks of another list."""
        pages: list[Page] = []
        for number in range(1, _MOST_PAGES):
            page = self._fetch_page(web, first, last, number, self._source.page_size)
            is_another = page.number not in (None, number) or any(page.digest == each.digest for each in pages)
            if pages and (not page.rows or (is_another and number > pages[0].pages)):
                return pages, False  # past the end a server gives nothing, or its last page again
            is_short = bool(pages) and pages[-1].rows < pages[-1].size
            if is_another or is_short or (pages and page.total != pages[0].total):
                return [*pages, page], True
            pages.append(page)
            if sum(each.rows for each in pages) == page.total or (page.rows < page.size and number >= page.pages):
                break
        return pages, False

    def _fetch_page(self, web: Web, first: date, last: date, number: int, size: int) -> Page:
        asked = {"tuNgay": f"{first:%Y%m%d}", "denNgay": f"{last:%Y%m%d}", "currentPage": number, "pageSize": size}
        answer = web.ask("GET", params=asked)
        data = answer.json.get("data") if isinstance(answer.json, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("items"), list):
            raise PullFault("error_answer", "không có data.items")
        items = data["items"]
        return Page(
            content=answer.content,
            rows=len(items),
            digest=hashlib.sha256(json.dumps(items, sort_keys=True).encode()).digest(),
            total=data.get("totalItems"),
            number=_take_whole_number(data.get("currentPage")),
            size=_take_whole_number(data.get("pageSize")) or len(items),
            pages=_take_whole_number(data.get("totalPages")) or 0,
            at=answer.at,
        )


def split_into_months(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Split a period into calendar months, its first and last one cut to it."""
    while first <= last:
        end = min(last, first.replace(day=calendar.monthrange(first.year, first.month)[1]))
        yield first, end
        first = end + timedelta(days=1)


def _move_cursor(before: Cursor, last: date, at: datetime | None) -> Cursor:
    """Move the cursor to the last day landed: never to one that is not over yet by the server's own clock, which stamps
    the changes."""
    through = last if at is None else min(last, at.date() - timedelta(days=1))
    known = before.get("through")
    return {"through": max(through, date.fromisoformat(known)).isoformat() if known else through.isoformat()}


def _take_whole_number(value: object) -> int | None:
    return value if isinstance(value, int) else None
