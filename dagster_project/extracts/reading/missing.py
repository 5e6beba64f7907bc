"""This module lists what is missing, "không tính là đạt": for each domain, how many of all communes are complete, which
are not, since when, and who must supply it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dagster_project.contracts.gap_kinds import DELIVERY_GAPS
from dagster_project.extracts.reading.facts import Facts, Gap
from dagster_project.extracts.reading.standings import Standing
from dagster_project.extracts.words import FEED_STATE_VI, GAP_KIND_VI, format_gap_period, name_domain, rank_domain

NAMED = 8
"""Communes of a former province that are named one by one; the appendix names the others."""
_REMEDY_VI = {
    "missing_period": "Gửi dữ liệu của từng kỳ còn thiếu.",
    "missing_unit": "Gửi báo cáo của từng đơn vị còn thiếu.",
    "refused_unit": "Sửa các dòng bị trả lại trong tệp cần sửa của từng đơn vị rồi gửi lại.",
    "stale": "Gửi số liệu mới của từng đơn vị.",
}
"""What to do about several gaps of a kind whose own words differ."""
_SILENT_STATES = ("late", "missing", "blocked", "partial")


@dataclass(frozen=True)
class Share:
    """A share counts the communes of one former province with complete data in a domain, of all of them."""

    province: str
    complete: int
    all: int


@dataclass(frozen=True)
class DomainGap:
    """This tells how complete a domain is; `is_held` is false when the warehouse holds nothing of it."""

    domain: str
    title: str
    is_held: bool
    shares: tuple[Share, ...]
    complete: int
    all: int
    lacking: str

    @property
    def is_complete(self) -> bool:
        """Return whether every commune has all of its data."""
        return self.complete == self.all


@dataclass(frozen=True)
class Supply:
    """A supply is something that an office has to send: what, since when, who, and what to do."""

    feed: str
    domain: str
    state: str
    what: str
    since: date | None
    who: str
    todo: str


@dataclass(frozen=True)
class MissingData:
    """Missing data, section 7 of the page, is told by domain, then by what is to send, then as counts of lesser faults.

    `other`: (kind, gaps, rows) of what lowers quality and silences no commune.
    """

    domains: tuple[DomainGap, ...]
    supplies: tuple[Supply, ...]
    other: tuple[tuple[str, int, int], ...]


def list_missing(facts: Facts, rows: Sequence[Standing]) -> MissingData:
    """Return everything that is missing beneath a figure, by domain, then what to send, then lesser faults."""
    domains = sorted({definition.domain for definition in (*facts.measured, *facts.unmeasured)}, key=rank_domain)
    found = (_describe_domain(facts, rows, domain) for domain in domains)
    return MissingData(
        tuple(row for row in found if row is not None), tuple(_list_supplies(facts)), tuple(_count_other(facts.gaps))
    )


def _describe_domain(facts: Facts, rows: Sequence[Standing], domain: str) -> DomainGap | None:
    """Return how complete a domain is; None for one that is held and is not kept for communes at all."""
    held = [at for at, definition in enumerate(facts.measured) if definition.domain == domain]
    if not held:
        shares = tuple(
            Share(name, 0, sum(1 for row in rows if row.commune.province_code == code))
            for code, name in facts.provinces.items()
        )
        return DomainGap(domain, name_domain(domain), False, shares, 0, len(rows), "Chưa có trong kho dữ liệu")
    if not any(row.figures[at] is not None for row in rows for at in held):
        return None
    lacking = [row for row in rows if any(_lacks(row, at) for at in held)]
    of_provinces = []
    for code, name in facts.provinces.items():
        own = [row for row in rows if row.commune.province_code == code]
        of_provinces.append(Share(name, sum(1 for row in own if row not in lacking), len(own)))
    complete = len(rows) - len(lacking)
    return DomainGap(
        domain, name_domain(domain), True, tuple(of_provinces), complete, len(rows), _name_lacking(facts, rows, lacking)
    )


def _lacks(row: Standing, at: int) -> bool:
    figure = row.figures[at]
    return figure is not None and figure.lacks_data


def _name_lacking(facts: Facts, rows: Sequence[Standing], lacking: Sequence[Standing]) -> str:
    """Return the communes in words: a whole former province at once, a few by name, the others by number."""
    if not lacking:
        return "Không"
    told = []
    for code, name in facts.provinces.items():
        own = [row.commune.name for row in lacking if row.commune.province_code == code]
        everyone = sum(1 for row in rows if row.commune.province_code == code)
        if own and len(own) == everyone:
            told.append(f"cả {everyone} xã, phường {name} (cũ)")
        elif own:
            rest = f" và {len(own) - NAMED} đơn vị khác (phụ lục)" if len(own) > NAMED else ""
            told.append(f"{name} (cũ): {', '.join(own[:NAMED])}{rest}")
    text = "; ".join(told)
    return text[0].upper() + text[1:]


def _list_supplies(facts: Facts) -> list[Supply]:
    """Return one line per feed and kind of what never came; a feed without a gap in the ledger speaks through its
    state.
    """
    feeds = {(feed.feed_id, feed.area): feed for feed in facts.feeds}
    grouped: dict[tuple[str, str, str], list[Gap]] = {}
    for gap in facts.gaps:
        if gap.kind in DELIVERY_GAPS:
            grouped.setdefault((gap.feed_id, gap.area, gap.kind), []).append(gap)
    names = {commune.code: commune.name for commune in facts.communes}
    lines = []
    for (feed_id, area, kind), gaps in grouped.items():
        feed = feeds.get((feed_id, area)) or next((row for row in facts.feeds if row.feed_id == feed_id), None)
        since = min((gap.first_seen for gap in gaps if gap.first_seen is not None), default=None)
        title = (feed.title_vi if feed else None) or feed_id
        state = FEED_STATE_VI.get(feed.state, feed.state) if feed else ""
        domain = feed.domain if feed else ""
        lines.append(
            Supply(
                title,
                domain,
                state,
                _describe_absence(kind, gaps, names),
                since,
                gaps[0].who_fixes or "-",
                _find_remedy(kind, gaps),
            )
        )
    told = {feed_id for feed_id, _, _ in grouped}
    lines += [
        Supply(
            feed.title_vi or feed.feed_id, feed.domain, FEED_STATE_VI.get(feed.state, feed.state),
            "Chưa nhận được số liệu mới", feed.as_of, feed.owner_vi or "-", "Gửi số liệu còn thiếu."
        )
        for feed in facts.feeds
        if feed.state in _SILENT_STATES and feed.feed_id not in told
    ]  # fmt: skip
    return sorted(lines, key=lambda line: rank_domain(line.domain))


def _describe_absence(kind: str, gaps: Sequence[Gap], names: dict[str, str]) -> str:
    periods = sorted({gap.period for gap in gaps if gap.period})
    communes = [names[gap.commune_code] for gap in gaps if gap.commune_code in names]
    shown = ", ".join(format_gap_period(period) for period in periods[:3])
    more = f" và {len(periods) - 3} kỳ khác" if len(periods) > 3 else ""
    who = f": {', '.join(communes[:NAMED])}" if communes else ""
    others = f" và {len(communes) - NAMED} đơn vị khác" if len(communes) > NAMED else ""
    if kind == "late" and shown:  # the period of a late feed is the last that it has
        return f"{GAP_KIND_VI[kind]}, mới có đến {shown}"
    return f"{GAP_KIND_VI.get(kind, kind)}{f' {shown}{more}' if shown else ''}{who}{others}"


def _find_remedy(kind: str, gaps: Sequence[Gap]) -> str:
    """Return the remedy of gaps of one kind: their own when all have the same, else what holds for each of them."""
    told = {gap.what_to_do_vi for gap in gaps if gap.what_to_do_vi}
    if len(told) == 1:
        return told.pop()
    return _REMEDY_VI.get(kind, "Xem việc cần làm của từng mục ở trang “Khoảng trống” của bảng tính.") if told else "-"


def _count_other(gaps: Sequence[Gap]) -> list[tuple[str, int, int]]:
    """Return (kind, gaps, rows) of what lowers quality without silencing a commune."""
    kinds = [kind for kind in GAP_KIND_VI if kind not in DELIVERY_GAPS]
    kinds += sorted({gap.kind for gap in gaps} - set(GAP_KIND_VI))
    found = []
    for kind in kinds:
        own = [gap for gap in gaps if gap.kind == kind]
        if own:
            found.append((GAP_KIND_VI.get(kind, kind), len(own), sum(gap.rows_affected or 0 for gap in own)))
    return found
