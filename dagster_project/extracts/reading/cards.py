"""This module makes the card of a KPI: value, target, change on last week, a line of sixteen weeks, a bar of
communes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dagster_project.extracts.reading.facts import WEEKS, Definition, Facts, Goal, Point
from dagster_project.extracts.reading.headline import Headline
from dagster_project.extracts.reading.standings import Standing
from dagster_project.extracts.words import (
    NO_TARGET_VI,
    RATING_VI,
    SHAPE,
    THINGS_VI,
    format_change,
    format_date,
    format_day,
    format_figure,
    format_number,
)

LINE_WIDTH, LINE_HEIGHT = 200.0, 44.0
_PAD = 5.0
_SUNDAY = 6
_BAR_ORDER = ("met", "at_risk", "missed", "insufficient", "too_early", "too_few", "not_applicable")
_FLATTERS = ("tthc_on_time", "tthc_resolved_on_time")
"""KPIs of a week that judge due dates, but not of those that fell due in it: what is not yet due counts as on time, and
whoever leaves old dossiers open looks better (docs/rules.md, "Weeks"). Those of due cohorts tell weeks apart.
"""


@dataclass(frozen=True)
class Mark:
    """A mark is one week on the line, in the line's units; `is_firm` is true when it may be held against others."""

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
class Slice:
    """A slice is a piece of the bar: how many communes have this rating; x and width are shares of 100."""

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
    note_short: str
    change: tuple[float, str, str] | None
    no_change: str
    line: Line | None
    bar: tuple[Slice, ...]
    goal: Goal | None


def make_cards(facts: Facts, rows: Sequence[Standing]) -> list[Card]:
    """Return one card per KPI that the warehouse holds, in the order of the numbers."""
    return [_make_card(facts, rows, number, definition) for number, definition in enumerate(facts.measured, start=1)]


def _make_card(facts: Facts, rows: Sequence[Standing], number: int, definition: Definition) -> Card:
    headline = next(iter(facts.list_headlines(definition.kpi_id, "province")), None)
    points = next(
        (p for (kpi, grain, _), p in facts.weeks.items() if (kpi, grain) == (definition.kpi_id, "province")), []
    )
    figures = [row.figures[number - 1] for row in rows]
    bar = _draw_bar([figure.rating for figure in figures if figure is not None])
    return replace(make_unit_card(facts, number, definition, headline, points), bar=bar)


def make_unit_card(
    facts: Facts, number: int, definition: Definition, headline: Headline | None, points: Sequence[Point]
) -> Card:
    """Return the card of a KPI in one unit, without a bar; `points` are the unit's weeks."""
    rating = headline.rating if headline else "insufficient"
    change, no_change = compare_weeks(definition, points, facts.as_of)
    grain, unit_code = (headline.grain, headline.unit_code) if headline else ("province", None)
    goal = facts.find_goal(definition.kpi_id, grain, unit_code)
    notes = _list_notes(facts, definition, headline)
    return Card(
        number=number,
        definition=definition,
        headline=headline,
        rating=rating,
        word=name_rating(headline),
        note=" ".join(sentence for sentence, _ in notes),
        note_short="; ".join(short for _, short in notes),
        change=change,
        no_change=no_change,
        line=_draw_line(definition, points, headline.target if headline else None, facts.monday),
        bar=(),
        goal=goal,
    )


def name_rating(headline: Headline | None) -> str:
    """Return the rating in a word; a figure without a target is only followed ("Theo dõi")."""
    rating = headline.rating if headline else "insufficient"
    if rating == "not_applicable" and headline is not None and headline.value is not None and headline.target is None:
        return NO_TARGET_VI
    return RATING_VI.get(rating, rating)


def tell_notes(facts: Facts, definition: Definition, headline: Headline | None) -> str:
    """Return why there is no conclusion, or what to know of it, in short sentences; empty where all is plain."""
    return " ".join(sentence for sentence, _ in _list_notes(facts, definition, headline))


def _list_notes(facts: Facts, definition: Definition, headline: Headline | None) -> list[tuple[str, str]]:
    """Return what to know of a figure: each thing as a sentence, and in a few words for paper."""
    if headline is None:
        return [("Chưa có số liệu nào dùng được.", "chưa có số liệu")]
    notes = [_tell_why_open(facts, definition, headline)]
    if headline.is_certain:
        notes.append(("Kết luận chắc chắn dù còn thiếu số liệu.", "chắc chắn dù còn thiếu"))
    if headline.remaining is not None and definition.valid_to is not None:
        left = f"đóng {format_day(definition.valid_to)}: còn {format_number(headline.remaining)}"
        notes.append((f"Đã {left}.", f"đã {left}"))
    old = headline.find_old_date(facts.as_of)
    if old is not None:
        notes.append((f"Số liệu đến {format_date(old)}.", f"số liệu đến {format_day(old)}"))
    return [note for note in notes if note[0]]


def _tell_why_open(facts: Facts, definition: Definition, headline: Headline) -> tuple[str, str]:
    """Return why there is no conclusion, or nothing to conclude; empty where there is a conclusion."""
    counted = THINGS_VI.get(headline.kpi_id, "")
    if headline.is_missing:
        if headline.grain == "commune":
            return "Chưa có đủ số liệu của đơn vị trong kỳ.", "chưa đủ số liệu"
        if headline.coverage is None:
            return "Chưa có số liệu nào dùng được.", "chưa có số liệu"
        share = format_figure(headline.coverage, "percent")
        return f"Mới có {share} số liệu phải có.", f"mới có {share} số liệu"
    if headline.rating == "too_early":
        if headline.decided_share is not None:
            share = format_figure(headline.decided_share, "percent")
            return f"Mới {share} {counted} đã rõ kết quả (đã xong, hoặc quá hẹn).", f"mới {share} rõ kết quả"
        goal = facts.find_goal(headline.kpi_id, headline.grain, headline.unit_code)
        if goal is None or goal.begins_on is None:
            return "Chưa đến ngày tính mục tiêu.", "chưa tính mục tiêu"
        return f"Mục tiêu tính từ {format_date(goal.begins_on)}.", f"tính từ {format_day(goal.begins_on)}"
    if headline.rating == "too_few" and definition.min_denominator is not None:
        return f"Dưới {definition.min_denominator} {counted} thì không xếp loại.", ""
    if headline.rating == "not_applicable" and headline.value is None:
        return "Không phát sinh trong kỳ.", "không phát sinh"
    return "", ""


def compare_weeks(
    definition: Definition, points: Sequence[Point], as_of: date
) -> tuple[tuple[float, str, str] | None, str]:
    """Return (difference, its text, better or worse) on the week before; else None and the reason why there is none.

    Two whole weeks are compared, and nothing that may still change by itself: a KPI of a week that is settled on its
    last day, or a stock whose data are newer than those of the week before (docs/rules.md, "Weeks").
    """
    monday = as_of - timedelta(days=as_of.weekday())
    is_stock = definition.headline_period == "to_date"
    if definition.kpi_id in _FLATTERS or not (is_stock or definition.headline_period == "week"):
        return None, ""
    at = {point.start: point for point in points}
    now, before = at.get(monday), at.get(monday - timedelta(weeks=1))
    if now is None or now.value is None or as_of.weekday() != _SUNDAY:
        return None, ""
    if before is None or before.value is None:
        return None, "Chưa có số tuần trước"
    if now.definition_no != before.definition_no:
        return None, "Đổi định nghĩa, không so với tuần trước"
    if not (now.is_firm(definition.min_coverage) and before.is_firm(definition.min_coverage)):
        return None, "Không so được với tuần trước"
    if is_stock and (before.as_of is None or before.as_of.weekday() != _SUNDAY):
        return None, ""
    if is_stock and not _is_newer(now, before):
        return None, "Chưa có số liệu mới" if before.oldest_data_date is not None else ""
    difference = now.value - before.value
    text = format_change(difference, definition.unit)
    if text.lstrip("+−").rstrip("%điểm ngàytỷồ").strip("0,") == "":
        return (difference, "không đổi", ""), ""
    return (difference, text, "tốt hơn" if (difference > 0) == (definition.direction == "up") else "kém hơn"), ""


def _is_newer(now: Point, before: Point) -> bool:
    """Return whether a stock has newer data than at the end of the week before.

    Versions of before the data dates were kept say nothing of their own: their data were not of after their day.
    """
    said = before.oldest_data_date or before.as_of
    return now.oldest_data_date is not None and said is not None and now.oldest_data_date > said


def _draw_line(definition: Definition, points: Sequence[Point], target: float | None, monday: date) -> Line | None:
    known = [point for point in points if point.value is not None and not point.is_few]
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
            point.is_firm(definition.min_coverage),
        )
        for point in known
    )
    return Line(
        _draw_paths(marks),
        marks,
        None if target is None else place_y(target),
        first.isocalendar().week,
        monday.isocalendar().week,
        _tell_line(marks, definition, target, monday),
    )


def _tell_line(marks: Sequence[Mark], definition: Definition, target: float | None, monday: date) -> str:
    """Return the least, the greatest and the latest value of firm weeks; a newer week that is not firm is named, and
    the latest where it is not the week of the data.
    """
    values = [mark.point.value for mark in marks if mark.is_firm and mark.point.value is not None]
    latest = max((mark.point.start for mark in marks if mark.is_firm), default=None)
    newest = marks[-1].point.start
    if latest is None:
        said = "Chưa có tuần nào đã chốt số"
    else:
        least, most, last = (format_figure(value, definition.unit) for value in (min(values), max(values), values[-1]))
        said = f"Thấp nhất {least}, cao nhất {most}, gần nhất {last}"
        said += "" if latest == monday else f" (tuần {latest.isocalendar().week})"
    if latest is not None and latest != newest:
        said += f"; tuần {newest.isocalendar().week} chưa chốt số"
    return said + ("." if target is None else f"; mục tiêu {format_figure(target, definition.unit)}.")


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


def _draw_bar(ratings: Sequence[str]) -> tuple[Slice, ...]:
    slices, x = [], 0.0
    for rating in _BAR_ORDER:
        count = ratings.count(rating)
        width = 100 * count / len(ratings) if ratings else 0.0
        slices.append(Slice(rating, count, round(x, 3), round(width, 3)))
        x += width
    return tuple(slices) if ratings else ()


def choose_sign(rating: str) -> str:
    """Return the shape of a rating."""
    return SHAPE.get(rating, SHAPE["insufficient"])
