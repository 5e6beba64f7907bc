"""What layouts teach of periods and units, tried before any file is read by it.

A meaning that is no period, or no unit, would be put in the place of the office's words, and the file be refused for
words that nobody finds in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dagster_project.contracts.layouts import Layout
from dagster_project.contracts.models import Feed
from dagster_project.core.errors import UsageError
from dagster_project.ingest.normalise import data_dates, quantities, text

_YEARS = (2024, 2026)
"""Years that a period may have which names none: of 366 days, and of 53 weeks."""
_GOES_ON = {"ngày": "1/1", "tuần": "1", "tháng": "1", "quý": "1", "năm": "{year}"}
"""Last word of a meaning that goes on in the file ("kỳ 1 tháng" … "5") → how it may go on."""


def check_taught_words(feeds: Iterable[Feed]) -> None:
    """Raise UsageError when a layout teaches words by a meaning that itself is not read."""
    for feed in feeds:
        faults = [*_list_wrong_periods(feed.layout), *_list_wrong_units(feed.layout)]
        if faults:
            raise UsageError(
                f"Bố cục {feed.feed_id}: {'; '.join(faults)}.",
                "Kỳ ghi như “quý 4”, “tháng 6”, “đến ngày 15 tháng”; đơn vị ghi như “triệu đồng”, “m2”, “hộ”.",
            )


def _list_wrong_periods(layout: Layout) -> Iterator[str]:
    for words, meaning in layout.periods.items():
        if not words.strip() or not any(_is_read(words, meaning, year) for year in _YEARS):
            yield f"`periods`: “{words}” được dạy là “{meaning}”, mà “{meaning}” không đọc ra kỳ nào"


def _is_read(words: str, meaning: str, year: int) -> bool:
    """Tell whether a title of these words, and of how they may go on, names a period of the year."""
    last = (text.make_key(meaning).split() or [""])[-1]
    title = f"{words} {_GOES_ON.get(last, '')}".strip().format(year=year)
    said = data_dates.read_title(title, {words: meaning}, frozenset({year}))
    return (said.stated or said.implied) is not None and not said.unread


def _list_wrong_units(layout: Layout) -> Iterator[str]:
    for words, meaning in layout.units.items():
        if not words.strip() or not quantities.is_understood(meaning):
            yield f"`units`: “{words}” được dạy là “{meaning}”, mà “{meaning}” không phải đơn vị đã biết"
