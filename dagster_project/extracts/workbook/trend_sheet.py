"""This module writes the sheet of the last sixteen weeks: one row per KPI of the province, and a chart of each that has
a past.
"""

from __future__ import annotations

from datetime import timedelta

from xlsxwriter.worksheet import Worksheet

from dagster_project.extracts.reading.facts import WEEKS, Definition, Facts, Point
from dagster_project.extracts.reading.headline import Headline
from dagster_project.extracts.workbook.book import A3, FIRST_ROW, HEADER_ROW, Book

NAME = "Xu hướng"
_FIXED = ("Chỉ tiêu", "Kỳ", "Mục tiêu")
_CHARTS_A_ROW, _CHART_ROWS, _CHART_COLUMNS = 3, 15, 6
_AXIS_FORM = {"percent": "[$-42A]0%", "days": "[$-42A]0.0"}


def write_trend_sheet(book: Book, facts: Facts) -> None:
    """Write the sheet; a week that is not settled, or lacks data, is grey and italic, one without any is hatched."""
    weeks = [facts.monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    headers = [*_FIXED, *(f"Tuần {week.isocalendar().week}/{week.isocalendar().year}" for week in weeks)]
    sheet = book.add_sheet(NAME, "XU HƯỚNG 16 TUẦN, TOÀN TỈNH", headers, [46, 14, 11] + [9.5] * WEEKS, 1)
    sheet.set_row(HEADER_ROW, 32)
    sheet.set_paper(A3)
    sheet.set_portrait()
    sheet.fit_to_pages(1, 1)  # a chart is not cut by the end of a page
    with_past = []
    row = FIRST_ROW - 1
    for row, definition in enumerate(facts.measured, start=FIRST_ROW):
        headline = next(iter(facts.list_headlines(definition.kpi_id, "province")), None)
        points = {} if headline is None else _index_points(facts, headline)
        _write_row(book, sheet, row, definition, headline, [points.get(week) for week in weeks])
        if sum(point.value is not None for point in points.values()) > 1:
            with_past.append((row, definition))
    sheet.write_string(
        row + 2,
        0,
        "Ô xám, chữ nghiêng: tuần thiếu dữ liệu hoặc chưa rõ kết quả, không so được. Ô gạch chéo: không có số liệu.",
        book.note,
    )
    for position, (at, definition) in enumerate(with_past):
        _draw_chart(book, sheet, at, definition, row + 4 + position // _CHARTS_A_ROW * _CHART_ROWS, position)


def _index_points(facts: Facts, headline: Headline) -> dict[object, Point]:
    return {point.start: point for point in facts.weeks.get((headline.kpi_id, "province", headline.unit_code), [])}


def _write_row(
    book: Book, sheet: Worksheet, row: int, definition: Definition, headline: Headline | None,
    points: list[Point | None],
) -> None:  # fmt: skip
    book.write_text(sheet, row, 0, definition.title_vi)
    book.write_text(sheet, row, 1, headline.period_vi if headline else None)
    book.write_number_or_dash(sheet, row, 2, headline.target if headline else None, definition.unit, True)
    for column, point in enumerate(points, start=len(_FIXED)):
        if point is not None and point.value is not None and not point.is_firm(definition.min_coverage):
            sheet.write_number(row, column, point.value, book.loose.get(definition.unit, book.loose["count"]))
        elif point is not None and point.value is None and point.rating == "not_applicable":
            sheet.write_string(row, column, "-", book.none)
        else:
            book.write_number(sheet, row, column, point.value if point else None, definition.unit)


def _draw_chart(book: Book, sheet: Worksheet, row: int, definition: Definition, top: int, position: int) -> None:
    """Draw a native line chart over the row of the KPI; weeks without a number are gaps in it."""
    chart = book.workbook.add_chart({"type": "line"})
    first, last = len(_FIXED), len(_FIXED) + WEEKS - 1
    chart.add_series(
        {
            "name": definition.title_vi,
            "categories": [NAME, HEADER_ROW, first, HEADER_ROW, last],
            "values": [NAME, row, first, row, last],
            "line": {"color": "#1F5A9D", "width": 1.75},
            "marker": {"type": "circle", "size": 4, "fill": {"color": "#1F5A9D"}, "border": {"color": "#1F5A9D"}},
        }
    )
    font = {"name": "Times New Roman", "size": 9}
    chart.set_title({"name": definition.title_vi, "name_font": {**font, "bold": True, "size": 10}, "overlay": False})
    chart.set_legend({"none": True})
    chart.set_x_axis({"num_font": {**font, "rotation": -90}})
    chart.set_y_axis(
        {
            "num_font": font,
            "num_format": _AXIS_FORM.get(definition.unit, "[$-42A]#,##0"),
            "major_gridlines": {"visible": True, "line": {"color": "#D0D5DB"}},
        }
    )
    chart.show_blanks_as("gap")
    chart.set_size({"width": 560, "height": 285})
    column = (0, 4, 12)[position % _CHARTS_A_ROW]
    sheet.insert_chart(top, column, chart, {"object_position": 1, "description": definition.title_vi})
