"""This module writes the workbook of the morning: summary, trend, former provinces, one sheet per domain with every
commune, the registers of tasks and milestones, feeds, gaps.

It is made with XlsxWriter from the published marts alone. A missing figure is an empty hatched cell, never 0; codes are
text; text from the offices is never a formula; dates inside come from the run, so that the same version makes the same
bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from dagster_project.contracts.seeds import read_seed
from dagster_project.extracts.reading.cards import name_rating, tell_notes
from dagster_project.extracts.reading.facts import Commune, Definition, Facts, KpiPart
from dagster_project.extracts.reading.headline import Headline
from dagster_project.extracts.words import (
    FEED_STATE_VI,
    GAP_KIND_VI,
    GAP_STATE_VI,
    PART_VI,
    SEVERITY_VI,
    format_gap_period,
    format_part,
    name_domain,
    name_part,
)
from dagster_project.extracts.workbook.book import A3, FIRST_ROW, HEADER_ROW, Book
from dagster_project.extracts.workbook.register_sheets import write_register_sheets
from dagster_project.extracts.workbook.trend_sheet import write_trend_sheet

_FEEDS = """
select
    feed_id, title_vi, area, state, as_of, last_period, last_file, rows_read, rows_accepted, rows_quarantined,
    rows_duplicate, rows_not_data
from marts.feed_status
order by feed_id
"""
_GAPS = """
select
    gap.severity, gap.kind, gap.feed_id, feed.title_vi, gap.commune_code, commune.commune_name, gap.period,
    gap.verdicts_waiting, gap.rows_affected, gap.first_seen, gap.last_seen, gap.state, gap.who_fixes, gap.what_to_do_vi
from marts.data_gap as gap
left join marts.dim_commune as commune on gap.commune_code = commune.commune_code
left join marts.feed_status as feed on gap.feed_id = feed.feed_id
order by
    case gap.state when 'open' then 1 when 'accepted' then 2 else 3 end,
    gap.verdicts_waiting desc,
    case gap.severity when 'error' then 1 when 'warning' then 2 else 3 end,
    gap.feed_id, gap.period, gap.gap_id
"""
_PARTS_NOTES = (
    "Ba tỉnh cũ cùng các cột cuối cộng lại mới là toàn tỉnh (tỷ lệ: tổng trên tổng). Ô gạch chéo: chưa biết phần đó.",
    "Chưa phân bổ: phần kế hoạch chính thức (đồng) chưa giao cho dự án nào.",
)
_WAITING, _AFFECTED = 6, 7
"""Columns of numbers of a gap: the verdicts that wait for it, and the rows that it affects, '-' where none is counted.
"""
_WIDE = 5
"""More KPIs than this, two columns each, are not readable on A4."""
_NARROW = 2
"""As many fit on a page upright, with more communes on it."""


def write_workbook(facts: Facts, marts: duckdb.DuckDBPyConnection, path: Path, version: str) -> None:
    """Write the workbook of the facts of `marts`, open read-only, and its registers; `version` stands in headings."""
    book = Book(path, facts.as_of, version)
    _write_summary(book, facts)
    write_trend_sheet(book, facts)
    _write_by_former_province(book, facts)
    for domain in dict.fromkeys(definition.domain for definition in facts.measured):
        _write_domain(book, facts, domain)
    write_register_sheets(book, marts)
    _write_feeds(book, marts.execute(_FEEDS).fetchall())
    _write_gaps(book, marts.execute(_GAPS).fetchall())
    book.workbook.close()


def _write_summary(book: Book, facts: Facts) -> None:
    headers = ("Chỉ tiêu", "Kỳ", "Tử số", "Mẫu số", "Giá trị", "Mục tiêu", "Đánh giá", "Độ phủ", "Số liệu đến",
               "Ghi chú")  # fmt: skip
    widths = (46, 14, 14, 14, 12, 12, 16, 10, 12, 40)
    sheet = book.add_sheet("Tóm tắt", "TÓM TẮT CHỈ TIÊU TOÀN TỈNH", headers, widths)
    row = FIRST_ROW - 1
    of_province = (
        (definition, headline)
        for definition in facts.measured
        for headline in facts.list_headlines(definition.kpi_id, "province")
    )
    for row, (definition, headline) in enumerate(of_province, start=FIRST_ROW):
        owes_nothing = headline.rating in ("not_applicable", "too_early")
        book.write_text(sheet, row, 0, headline.title_vi)
        book.write_text(sheet, row, 1, headline.period_vi)
        may_lack = headline.unit == "count" or owes_nothing
        book.write_number_or_dash(
            sheet, row, 2, headline.numerator, _choose_part_format(headline.numerator), owes_nothing
        )
        book.write_number_or_dash(
            sheet, row, 3, headline.denominator, _choose_part_format(headline.denominator), may_lack
        )
        book.write_number_or_dash(sheet, row, 4, headline.value, headline.unit, owes_nothing)
        book.write_number_or_dash(sheet, row, 5, headline.target, headline.unit, True)
        book.write_rating(sheet, row, 6, headline.rating, name_rating(headline))
        book.write_number(sheet, row, 7, headline.coverage, "percent")
        book.write_text(sheet, row, 8, headline.oldest_data_date or "-")
        state = "Tạm tính." if headline.is_provisional else "Chính thức."
        note = tell_notes(facts, definition, headline)
        book.write_text(sheet, row, 9, f"{state} {note}".strip())
    sheet.write_string(row + 2, 0, "Ô gạch chéo: thiếu số liệu, không tính là 0 và không tính là đạt.", book.note)
    sheet.write_string(row + 3, 0, "Mục tiêu và ngưỡng đánh giá là đề xuất, chờ tỉnh phê duyệt.", book.note)
    absent = dict.fromkeys(name_domain(definition.domain) for definition in facts.unmeasured)
    if absent:
        sheet.write_string(row + 4, 0, f"Có chỉ tiêu chưa có số liệu trong kho: {'; '.join(absent)}.", book.note)


def _choose_part_format(value: float | None) -> str:
    """Return the form of a numerator or denominator: hectares and hours have tenths, as on the page."""
    return "count" if value is None or float(value).is_integer() else "days"


def _write_by_former_province(book: Book, facts: Facts) -> None:
    headers = ["Chỉ tiêu", "Kỳ"]
    for name in facts.provinces.values():
        headers += [f"{name} (cũ)", "Đánh giá"]
    headers += PART_VI.values()
    widths = [46, 14] + [13, 15] * len(facts.provinces) + [13] * len(PART_VI)
    sheet = book.add_sheet("Theo tỉnh cũ", "CHỈ TIÊU THEO TỈNH CŨ", headers, widths, 1)
    for row, definition in enumerate(facts.measured, start=FIRST_ROW):
        found = {
            headline.unit_code: headline for headline in facts.list_headlines(definition.kpi_id, "former_province")
        }
        book.write_text(sheet, row, 0, definition.title_vi)
        book.write_text(sheet, row, 1, _find_any(facts, definition).period_vi)
        for position, code in enumerate(facts.provinces):
            part = facts.parts.get(definition.kpi_id, {}).get(code)
            if found:
                _write_figure(book, sheet, row, 2 + 2 * position, found.get(code), definition)
            elif part is not None:
                _write_part(book, sheet, row, 2 + 2 * position, part, definition)
                sheet.write_string(row, 3 + 2 * position, "-", book.none)
            else:
                for column in (2 + 2 * position, 3 + 2 * position):
                    sheet.write_string(row, column, "-", book.none)
        _write_beside(book, sheet, row, 2 + 2 * len(facts.provinces), facts, definition)
    below = FIRST_ROW + len(facts.measured) + 1
    for at, note in enumerate(_PARTS_NOTES):
        sheet.write_string(below + at, 0, note, book.note)


def _write_beside(book: Book, sheet: Any, row: int, column: int, facts: Facts, definition: Definition) -> None:
    """Write the parts of the province that lie outside the former provinces; a part of which nothing is known is
    hatched, '-' where none of the KPI can be.
    """
    parts = facts.parts.get(definition.kpi_id, {})
    for at, name in enumerate(PART_VI, start=column):
        part = parts.get(name)
        if part is not None and part.denominator is not None and name_part(name, part.denominator) != PART_VI[name]:
            above = f"{name_part(name, part.denominator)}: {format_part(-part.denominator)}"
            book.write_text(sheet, row, at, above)
        elif part is not None and name == "unassigned":
            book.write_number(sheet, row, at, part.denominator, "count")
        elif part is not None:
            _write_part(book, sheet, row, at, part, definition)
        else:
            sheet.write_string(row, at, "-", book.none)


def _write_part(book: Book, sheet: Any, row: int, column: int, part: KpiPart, definition: Definition) -> None:
    """Write the figure of a part: '-' where nothing of the KPI stands there, hatched where it is not known."""
    owes_nothing = part.numerator is not None and part.value is None
    book.write_number_or_dash(sheet, row, column, part.value, definition.unit, owes_nothing)


def _write_domain(book: Book, facts: Facts, domain: str) -> None:
    """Write every commune in a row, filterable; a domain that is not kept for communes has no sheet of its own."""
    kept = []
    for definition in facts.measured:
        found = {headline.unit_code: headline for headline in facts.list_headlines(definition.kpi_id, "commune")}
        if found and definition.domain == domain:
            kept.append((definition, found))
    if not kept:
        return
    headers = ["Mã xã", "Xã, phường", "Loại", "Tỉnh cũ", "Huyện cũ"]
    for definition, _ in kept:
        headers += [f"{definition.title_vi} ({_find_any(facts, definition).period_vi})", "Đánh giá"]
    widths = [9, 20, 9, 13, 24] + [14, 15] * len(kept)
    title = f"{name_domain(domain).upper()}: CHỈ TIÊU THEO XÃ, PHƯỜNG"
    sheet = book.add_sheet(name_domain(domain), title, headers, widths, 2)
    if len(kept) > _WIDE:
        sheet.set_paper(A3)
    elif len(kept) <= _NARROW:
        sheet.set_portrait()
    sheet.set_row(HEADER_ROW, 96)
    row = FIRST_ROW - 1
    for row, commune in enumerate(facts.communes, start=FIRST_ROW):
        _write_commune(book, sheet, row, commune)
        for position, (definition, found) in enumerate(kept):
            _write_figure(book, sheet, row, 5 + 2 * position, found.get(commune.code), definition)
    sheet.autofilter(HEADER_ROW, 0, max(row, FIRST_ROW), len(headers) - 1)


def _write_figure(
    book: Book, sheet: Any, row: int, column: int, headline: Headline | None, definition: Definition
) -> None:  # fmt: skip
    word = name_rating(headline)
    book.write_figure(sheet, row, column, headline, definition.unit, word)


def _write_commune(book: Book, sheet: Any, row: int, commune: Commune) -> None:
    for column, value in enumerate(
        (commune.code, commune.name, commune.kind, commune.province, commune.districts_vi)
    ):  # fmt: skip
        book.write_text(sheet, row, column, value)


def _find_any(facts: Facts, definition: Definition) -> Headline:
    """Return some figure of a KPI that the warehouse holds: all of its figures are of one period."""
    return next(row for (kpi_id, _, _), row in facts.headlines.items() if kpi_id == definition.kpi_id)


def _write_feeds(book: Book, rows: list[tuple[Any, ...]]) -> None:
    headers = (
        "Nguồn", "Khu vực gửi", "Tình trạng", "Số liệu đến ngày", "Kỳ gần nhất", "Tệp gần nhất", "Dòng đã đọc",
        "Chấp nhận", "Cách ly", "Trùng lặp", "Không phải dữ liệu", "Mã nguồn",
    )  # fmt: skip
    widths = (44, 14, 14, 14, 16, 40, 12, 12, 12, 12, 14, 20)
    sheet = book.add_sheet("Nguồn dữ liệu", "TÌNH TRẠNG NGUỒN DỮ LIỆU", headers, widths)
    areas = {row["area"]: f"{row['former_province']} (cũ)" for row in read_seed("former_province")}
    told = []
    for row, (feed_id, title, area, state, as_of, period, file, *counts) in enumerate(rows, start=FIRST_ROW):
        words = (
            title or feed_id, areas.get(area, area or "-"), FEED_STATE_VI.get(state, state), as_of,
            format_gap_period(period) if period else None, file,
        )  # fmt: skip
        for column, value in enumerate(words):
            book.write_text(sheet, row, column, value)
        for column, count in enumerate(counts, start=len(words)):
            book.write_number(sheet, row, column, count, "count")
        book.write_text(sheet, row, len(headers) - 1, feed_id)
        told.append(words)
    book.fit_rows(sheet, told, widths[:6])


def _write_gaps(book: Book, rows: list[tuple[Any, ...]]) -> None:
    headers = (
        "Mức độ", "Loại", "Nguồn", "Mã xã", "Xã, phường", "Kỳ", "Kết luận đang chờ", "Số dòng", "Thấy từ",
        "Thấy đến", "Tình trạng", "Đơn vị khắc phục", "Việc cần làm", "Mã nguồn",
    )  # fmt: skip
    widths = (15, 19, 44, 9, 18, 14, 11, 10, 12, 12, 15, 48, 76, 20)
    sheet = book.add_sheet("Khoảng trống", "KHOẢNG TRỐNG DỮ LIỆU, KHÔNG TÍNH LÀ ĐẠT", headers, widths)
    sheet.set_paper(A3)
    told = []
    for row, gap in enumerate(rows, start=FIRST_ROW):
        severity, kind, feed_id, title, code, name, period, waiting, affected, first, last, state, who, what = gap
        words = (
            SEVERITY_VI.get(severity, severity), GAP_KIND_VI.get(kind, kind), title or feed_id, code or "-",
            name or "-", format_gap_period(period), None, None, first, last, GAP_STATE_VI.get(state, state), who,
            what, feed_id,
        )  # fmt: skip
        for column, value in enumerate(words):
            if column not in (_WAITING, _AFFECTED):
                book.write_text(sheet, row, column, value)
        book.write_number(sheet, row, _WAITING, waiting, "count")
        book.write_number_or_dash(sheet, row, _AFFECTED, affected, "count", True)
        told.append(words)
    book.fit_rows(sheet, told, widths)
    sheet.autofilter(HEADER_ROW, 0, max(len(rows) + 2, FIRST_ROW), len(headers) - 1)
