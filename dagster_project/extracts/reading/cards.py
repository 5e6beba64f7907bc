"""This module makes the card of a KPI: value, target, change on last week, a line of sixteen weeks, a bar of
communes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dagster_project.extracts.reading.facts import WEEKS, Definition, Facts, Point
from dagster_project.extracts.reading.headline import Headline
from dagster_project.extracts.reading.standings import Standing
from dagster_project.extracts.words import (
    NO_TARGET_VI,
    NOT_BEGUN_VI,
    RATING_VI,
    SHAPE,
    format_change,
    format_date,
    format_figure,
)

LINE_WIDTH, LINE_HEIGHT = 200.0, 44.0
_PAD = 5.0
_BAR_ORDER = ("met", "at_risk", "missed", "insufficient", "not_applicable")


@dataclass(frozen=True)
class Mark:
    """A mark is one week on the line, in the line's units; `is_firm` is true when enough units reported."""

    point: Point
    x: float
    y: float
    is_firm: bool


@dataclass(frozen=True)
class Line:
    """A line draws sixteen weeks: paths through the firm weeks, every mark, and the height of the target."""

    paths: tuple[str, ...]
    marks: tuple[Mark, ...]
    target_y: float | None
    first_week: int
    last_week: int
    says: str


@dataclass(frozen=True)
class Part:
    """A part is a piece of the bar: how many communes have this rating; x and width are shares of 100."""

    rating: str
    count: int
    x: float
    width: float


@dataclass(frozen=True)
class Card:
    """A card tells one KPI of the province, or of one unit, as leaders read it."""

    number: int
    definition: Definition
    headline: Headline | None
    rating: str
    word: str
    note: str
    change: tuple[float, str, str] | None
    no_change: str
    line: Line | None
    bar: tuple[Part, ...]
    place: str = ""


def make_cards(facts: Facts, rows: Sequence[Standing]) -> list[Card]:
    """Return one card per KPI that the warehouse holds, in the order of the numbers."""
    return [_make_card(facts, rows, number, definition) for number, definition in enumerate(facts.measured, start=1)]


def _make_card(facts: Facts, rows: Sequence[Standing], number: int, definition: Definition) -> Card:
    headline = next(iter(facts.list_headlines(definition.kpi_id, "province")), None)
    points = next(
        (p for (kpi, grain, _), p in facts.weeks.items() if (kpi, grain) == (definition.kpi_id, "province")), []
    )
    figures = [row.figures[number - 1] for row in rows]
    bar = _draw_bar([figure.rating or "insufficient" for figure in figures if figure is not None])
    return replace(make_unit_card(facts, number, definition, headline, points), bar=bar)


def make_unit_card(
    facts: Facts, number: int, definition: Definition, headline: Headline | None, points: Sequence[Point]
) -> Card:
    """Return the card of a KPI in one unit, without a bar; `points` are the unit's weeks."""
    rating = (headline.rating if headline else None) or "insufficient"
    change, no_change = _compute_change(definition, points, facts.monday)
    return Card(
        number=number,
        definition=definition,
        headline=headline,
        rating=rating,
        word=name_rating(definition, headline, facts.as_of),
        note=_write_note(facts, definition, headline, rating),
        change=change,
        no_change=no_change,
        line=_draw_line(definition, points, headline.target if headline else None, facts.monday),
        bar=(),
    )


def has_not_begun(definition: Definition, as_of: date) -> bool:
    """Return whether the target of a dated KPI begins only after the day of the data."""
    return definition.target_start is not None and definition.target_start > as_of


def name_rating(definition: Definition, headline: Headline | None, as_of: date) -> str:
    """Return the rating in a word; a figure without a target is only followed ("Theo dõi")."""
    rating = (headline.rating if headline else None) or "insufficient"
    if rating == "not_applicable" and headline is not None and headline.value is not None and headline.target is None:
        return NO_TARGET_VI
    if rating == "not_applicable" and has_not_begun(definition, as_of):
        return NOT_BEGUN_VI
    return RATING_VI.get(rating, rating)


def _write_note(facts: Facts, definition: Definition, headline: Headline | None, rating: str) -> str:
    """Return why there is no conclusion, or nothing to conclude; empty where there is a conclusion."""
    if rating == "insufficient":
        covered = None if headline is None else headline.coverage
        if headline is not None and headline.grain == "commune":
            return "Chưa có đủ số liệu của đơn vị trong kỳ."
        if covered is None:
            return "Chưa có đơn vị nào gửi số liệu."
        return f"Chỉ {format_figure(covered, 'percent')} đơn vị phải báo cáo đã gửi."
    if rating == "not_applicable" and (headline is None or headline.value is None):
        if has_not_begun(definition, facts.as_of):
            return f"Tính từ ngày {format_date(definition.target_start)}."
        return "Không phát sinh trong kỳ."
    return ""


def _compute_change(
    definition: Definition, points: Sequence[Point], monday: date
) -> tuple[tuple[float, str, str] | None, str]:
    """Return (difference, its text, better or worse) on the week before; else None and the reason why there is none."""
    at = {point.start: point for point in points}
    now, before = at.get(monday), at.get(monday - timedelta(weeks=1))
    if now is None or now.value is None:
        return None, ""
    if before is None or before.value is None:
        return None, "Chưa có số tuần trước"
    if "insufficient" in (now.rating, before.rating):
        return None, "Không so được với tuần trước"
    difference = now.value - before.value
    text = format_change(difference, definition.unit)
    if text.lstrip("+−").rstrip("%điểm ngàytỷồ").strip("0,") == "":
        return (difference, "không đổi", ""), ""
    return (difference, text, "tốt hơn" if (difference > 0) == (definition.direction == "up") else "kém hơn"), ""


def _draw_line(definition: Definition, points: Sequence[Point], target: float | None, monday: date) -> Line | None:
    known = [point for point in points if point.value is not None]
    if len(known) < 2:
        return None
    values = [point.value for point in known if point.value is not None]
    low, high = (
        min([*values, *([target] if target is not None else [])]),
        max([*values, *([target] if target is not None else [])]),
    )
    spread = (high - low) or max(abs(high), 1.0)
    first = monday - timedelta(weeks=WEEKS - 1)

    def place_y(value: float) -> float:
        return round(LINE_HEIGHT - _PAD - (value - low) / spread * (LINE_HEIGHT - 2 * _PAD), 1)

    marks = tuple(
        Mark(
            point,
            round(_PAD + (point.start - first).days / 7 / (WEEKS - 1) * (LINE_WIDTH - 2 * _PAD), 1),
            place_y(point.value or 0.0),
            point.rating != "insufficient",
        )
        for point in known
    )
    return Line(
        _draw_paths(marks),
        marks,
        None if target is None else place_y(target),
        first.isocalendar().week,
        monday.isocalendar().week,
        f"Thấp nhất {format_figure(min(values), definition.unit)}, "
        f"cao nhất {format_figure(max(values), definition.unit)}, "
        f"gần nhất {format_figure(values[-1], definition.unit)}"
        + ("." if target is None else f"; mục tiêu {format_figure(target, definition.unit)}."),
    )


def _draw_paths(marks: Sequence[Mark]) -> tuple[str, ...]:
    """Return lines through weeks that follow each other and are firm: a week without data breaks the line."""
    paths, run = [], list[Mark]()
    for mark in marks:
        if run and (not mark.is_firm or (mark.point.start - run[-1].point.start).days != 7):
            paths.append(run)
            run = []
        if mark.is_firm:
            run.append(mark)
    paths.append(run)
    return tuple("M" + "L".join(f"{mark.x:g} {mark.y:g}" for mark in path) for path in paths if len(path) > 1)


def _draw_bar(ratings: Sequence[str]) -> tuple[Part, ...]:
    parts, x = [], 0.0
    for rating in _BAR_ORDER:
        count = ratings.count(rating)
        width = 100 * count / len(ratings) if ratings else 0.0
        parts.append(Part(rating, count, round(x, 3), round(width, 3)))
        x += width
    return tuple(parts) if ratings else ()


def choose_sign(rating: str) -> str:
    """Return the shape of a rating."""
    return SHAPE.get(rating, SHAPE["insufficient"])
