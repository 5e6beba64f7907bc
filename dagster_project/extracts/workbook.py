"""The workbook of the morning: the province's KPIs, by former province and by commune, with what is missing.

Made with XlsxWriter from the published marts alone. A missing figure is an empty hatched cell, never 0; codes are text;
text from the offices is never a formula; dates inside come from the run, so that the same version makes the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dagster_project.extracts.headline import FEED_STATE_VI, RATING_VI, Headline, read_headlines

_GAP_KIND_VI = {
    "missing_period": "Thiếu kỳ",
    "missing_unit": "Thiếu đơn vị",
    "late": "Muộn",
    "blocked_file": "Tệp bị chặn",
    "quarantined_rows": "Dòng bị cách ly",
    "control_total": "Lệch số tổng",
    "volume": "Bất thường về số lượng",
    "drift": "Cột lạ",
    "contradiction": "Mâu thuẫn",
    "no_due_date": "Không có hạn trả",
    "no_finish_date": "Không có ngày xong",
    "unattributed": "Chưa quy được về xã",
}
_GAP_STATE_VI = {"open": "Đang mở", "resolved": "Đã khắc phục", "accepted": "Đã chấp nhận"}

_FORMER_PROVINCES = """
select former_province_code, former_province
from marts.dim_commune
group by former_province_code, former_province
order by min(portal_code)
"""
_COMMUNES = """
select commune_code, commune_name, commune_type, former_province, former_districts
from marts.dim_commune
order by min(portal_code) over (partition by former_province_code), commune_name collate vi, commune_code
"""
_FEEDS = """
select
    feed_id, area, state, as_of, last_period, last_file, rows_read, rows_accepted, rows_quarantined, rows_duplicate,
    rows_not_data
from marts.feed_status
order by feed_id
"""
_GAPS = """
select
    gap.severity, gap.kind, gap.feed_id, gap.commune_code, commune.commune_name, gap.period, gap.rows_affected,
    gap.first_seen, gap.last_seen, gap.state, gap.who_fixes, gap.what_to_do_vi
from marts.data_gap as gap
left join marts.dim_commune as commune on gap.commune_code = commune.commune_code
order by
    case gap.state when 'open' then 1 when 'accepted' then 2 else 3 end,
    case gap.severity when 'error' then 1 when 'warning' then 2 else 3 end,
    gap.feed_id, gap.period, gap.gap_id
"""
_SEVERITY_VI = {"error": "Nghiêm trọng", "warning": "Cảnh báo", "info": "Thông tin"}


_RATING_LOOK: dict[str, tuple[str, dict[str, str]]] = {
    "met": ("●", {"font_color": "#0B5D1E", "bg_color": "#E3F4E6"}),
    "at_risk": ("▲", {"font_color": "#7A4B00", "bg_color": "#FFF1D6"}),
    "missed": ("■", {"font_color": "#9B1C1C", "bg_color": "#FCE4E4"}),
    "insufficient": ("◇", {"font_color": "#404040", "bg_color": "#EDEDED"}),
    "not_applicable": ("–", {"font_color": "#595959"}),
}
"""Shape, word and colour together: colour alone says nothing. The shape is only the format; the text is the word."""


class _Book:
    """The workbook being written, with its few cell formats."""

    def __init__(self, path: Path, as_of: date, version: str) -> None:
        self.workbook = xlsxwriter.Workbook(
            str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        )
        self.workbook.set_properties(
            {
                "title": "Chỉ tiêu điều hành",
                "comments": f"Phiên bản {version}",
                "created": _midnight(as_of),
            }
        )
        self.as_of = as_of
        self.version = version
        self.title = self._format(bold=True, font_size=14)
        self.note = self._format(italic=True, font_color="#444444")
        self.head = self._format(
            bold=True, bg_color="#1F3864", font_color="#FFFFFF", border=1, text_wrap=True, valign="vcenter"
        )
        self.text = self._format(border=1, text_wrap=True, valign="top", num_format="@", indent=1)
        self.none = self._format(border=1, valign="top", align="center", font_color="#595959")
        self.ratings = {
            rating: self._format(border=1, valign="top", indent=1, bold=True, num_format=f'"{shape} "@', **colours)
            for rating, (shape, colours) in _RATING_LOOK.items()
        }
        self.missing = self._format(border=1, pattern=14, fg_color="#BFBFBF", bg_color="#FFFFFF")
        self.numbers = {
            "percent": self._format(border=1, valign="top", num_format="[$-42A]#,##0.0%"),
            "days": self._format(border=1, valign="top", num_format="[$-42A]#,##0.0"),
            "count": self._format(border=1, valign="top", num_format="[$-42A]#,##0"),
            "vnd": self._format(border=1, valign="top", num_format="[$-42A]#,##0"),
            "date": self._format(border=1, valign="top", num_format="[$-42A]dd/mm/yyyy"),
        }

    def _format(self, **properties: Any) -> Format:
        return self.workbook.add_format({"font_name": "Times New Roman", "font_size": 11, **properties})

    def sheet(
        self, name: str, title: str, headers: Sequence[str], widths: Sequence[float], repeat_columns: int = 0
    ) -> Worksheet:
        """A titled sheet with its header in row 3, ready to print on A4 across."""
        sheet = self.workbook.add_worksheet(name)
        sheet.write_string(0, 0, title, self.title)
        sheet.write_string(1, 0, f"Số liệu đến hết ngày {self.as_of:%d/%m/%Y} · Phiên bản {self.version}", self.note)
        for column, (header, width) in enumerate(zip(headers, widths, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(2, column, header, self.head)
        sheet.freeze_panes(3, repeat_columns)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(2)
        sheet.set_footer("&L&A&RTrang &P/&N")
        return sheet

    def number(self, sheet: Worksheet, row: int, column: int, value: float | None, kind: str) -> None:
        if value is None:
            sheet.write_blank(row, column, None, self.missing)
        else:
            sheet.write_number(row, column, value, self.numbers.get(kind, self.numbers["count"]))

    def rating(self, sheet: Worksheet, row: int, column: int, rating: str | None) -> None:
        if rating not in self.ratings:
            sheet.write_blank(row, column, None, self.missing)
        else:
            sheet.write_string(row, column, RATING_VI[rating], self.ratings[rating])

    def words(self, sheet: Worksheet, row: int, column: int, value: object) -> None:
        if value is None or value == "":
            sheet.write_blank(row, column, None, self.missing)
        elif isinstance(value, date):
            moment = value if isinstance(value, datetime) else _midnight(value)
            sheet.write_datetime(row, column, moment, self.numbers["date"])
        else:
            sheet.write_string(row, column, str(value), self.text)


def write_workbook(marts: duckdb.DuckDBPyConnection, path: Path, version: str) -> None:
    """Write the workbook of a published file, opened read-only as `marts`; `version` stands in its headings."""
    as_of = date.fromisoformat(version[:10])
    headlines = read_headlines(marts)
    book = _Book(path, as_of, version)
    _summary(book, headlines)
    _by_former_province(book, headlines, marts.execute(_FORMER_PROVINCES).fetchall())
    _by_commune(book, headlines, marts.execute(_COMMUNES).fetchall())
    _feeds(book, marts.execute(_FEEDS).fetchall())
    _gaps(book, marts.execute(_GAPS).fetchall())
    book.workbook.close()


def _summary(book: _Book, headlines: list[Headline]) -> None:
    headers = ("Chỉ tiêu", "Kỳ", "Tử số", "Mẫu số", "Giá trị", "Mục tiêu", "Đánh giá", "Độ phủ", "Ghi chú")
    sheet = book.sheet("Tóm tắt", "TÓM TẮT CHỈ TIÊU TOÀN TỈNH", headers, (46, 14, 14, 14, 12, 12, 16, 10, 14))
    row = 2
    for row, headline in enumerate((h for h in headlines if h.grain == "province"), start=3):
        part = "count" if headline.unit == "percent" else headline.unit
        book.words(sheet, row, 0, headline.title_vi)
        book.words(sheet, row, 1, headline.period_vi)
        book.number(sheet, row, 2, headline.numerator, part)
        _owed(book, sheet, row, 3, headline.denominator, "count" if part == "days" else part, headline.unit == "count")
        book.number(sheet, row, 4, headline.value, headline.unit)
        _owed(book, sheet, row, 5, headline.target, headline.unit, True)
        book.rating(sheet, row, 6, headline.rating)
        book.number(sheet, row, 7, headline.coverage, "percent")
        book.words(sheet, row, 8, "Tạm tính" if headline.is_provisional else "Chính thức")
    sheet.write_string(row + 2, 0, "Ô gạch chéo: thiếu số liệu, không tính là 0 và không tính là đạt.", book.note)
    sheet.write_string(row + 3, 0, "Mục tiêu và ngưỡng đánh giá là đề xuất, chờ tỉnh phê duyệt.", book.note)


def _owed(book: _Book, sheet: Worksheet, row: int, column: int, value: float | None, kind: str, may_lack: bool) -> None:
    """A figure that by definition may not exist (no denominator of a count, no target) is '-', not a gap."""
    if value is None and may_lack:
        sheet.write_string(row, column, "-", book.none)
    else:
        book.number(sheet, row, column, value, kind)


def _by_former_province(book: _Book, headlines: list[Headline], provinces: list[tuple[str, str]]) -> None:
    headers = ["Chỉ tiêu", "Kỳ"]
    for _, name in provinces:
        headers += [f"{name} (cũ)", "Đánh giá"]
    sheet = book.sheet("Theo tỉnh cũ", "CHỈ TIÊU THEO TỈNH CŨ", headers, [46, 14] + [13, 15] * len(provinces), 1)
    found = {(h.kpi_id, h.unit_code): h for h in headlines if h.grain == "former_province"}
    for row, (kpi_id, first) in enumerate(_kpis(headlines).items(), start=3):
        book.words(sheet, row, 0, first.title_vi)
        book.words(sheet, row, 1, first.period_vi)
        for position, (code, _) in enumerate(provinces):
            _figure(book, sheet, row, 2 + 2 * position, found.get((kpi_id, code)), first.unit)


def _by_commune(book: _Book, headlines: list[Headline], communes: list[tuple[Any, ...]]) -> None:
    of_communes = [h for h in headlines if h.grain == "commune"]
    kpis = _kpis(of_communes)
    headers = ["Mã xã", "Xã, phường", "Loại", "Tỉnh cũ", "Huyện cũ"]
    for first in kpis.values():
        headers += [f"{first.title_vi} ({first.period_vi})", "Đánh giá"]
    widths = [9, 20, 9, 13, 24] + [14, 14] * len(kpis)
    sheet = book.sheet("148 xã", "CHỈ TIÊU THEO XÃ, PHƯỜNG", headers, widths, 2)
    sheet.set_paper(8)  # A3: two columns a KPI are not readable on A4
    sheet.set_row(2, 64)
    found = {(h.kpi_id, h.unit_code): h for h in of_communes}
    row = 2
    for row, commune in enumerate(communes, start=3):
        for column, value in enumerate(commune):
            book.words(sheet, row, column, ", ".join(value) if isinstance(value, list) else value)
        for position, (kpi_id, first) in enumerate(kpis.items()):
            _figure(book, sheet, row, 5 + 2 * position, found.get((kpi_id, commune[0])), first.unit)
    sheet.autofilter(2, 0, max(row, 3), len(headers) - 1)


def _figure(book: _Book, sheet: Worksheet, row: int, column: int, headline: Headline | None, unit: str) -> None:
    book.number(sheet, row, column, headline.value if headline else None, unit)
    book.rating(sheet, row, column + 1, headline.rating if headline else None)


def _feeds(book: _Book, rows: list[tuple[Any, ...]]) -> None:
    headers = (
        "Nguồn", "Khu vực gửi", "Tình trạng", "Số liệu đến ngày", "Kỳ gần nhất", "Tệp gần nhất", "Dòng đã đọc",
        "Chấp nhận", "Cách ly", "Trùng lặp", "Không phải dữ liệu",
    )  # fmt: skip
    sheet = book.sheet(
        "Nguồn dữ liệu", "TÌNH TRẠNG NGUỒN DỮ LIỆU", headers, (20, 12, 14, 14, 14, 40, 12, 12, 12, 12, 14)
    )
    for row, (feed_id, area, state, as_of, period, file, *counts) in enumerate(rows, start=3):
        area_vi = area if area is not None else "-"
        for column, value in enumerate((feed_id, area_vi, FEED_STATE_VI.get(state, state), as_of, period, file)):
            book.words(sheet, row, column, value)
        for column, count in enumerate(counts, start=6):
            book.number(sheet, row, column, count, "count")


def _gaps(book: _Book, rows: list[tuple[Any, ...]]) -> None:
    headers = (
        "Mức độ", "Loại", "Nguồn", "Mã xã", "Xã, phường", "Kỳ", "Số dòng", "Thấy từ", "Thấy đến", "Tình trạng",
        "Đơn vị khắc phục", "Việc cần làm",
    )  # fmt: skip
    sheet = book.sheet(
        "Khoảng trống",
        "KHOẢNG TRỐNG DỮ LIỆU, KHÔNG TÍNH LÀ ĐẠT",
        headers,
        (13, 18, 18, 9, 18, 12, 10, 12, 12, 14, 28, 60),
    )
    for row, gap in enumerate(rows, start=3):
        severity, kind, feed_id, code, name, period, affected, first, last, state, who, what = gap
        words = {
            0: _SEVERITY_VI.get(severity, severity), 1: _GAP_KIND_VI.get(kind, kind), 2: feed_id, 3: code or "-",
            4: name or "-", 5: period or "-", 7: first, 8: last, 9: _GAP_STATE_VI.get(state, state), 10: who, 11: what,
        }  # fmt: skip
        for column, value in words.items():
            book.words(sheet, row, column, value)
        _owed(book, sheet, row, 6, affected, "count", True)
    sheet.autofilter(2, 0, max(len(rows) + 2, 3), len(headers) - 1)


def _midnight(day: date) -> datetime:
    """XlsxWriter knows times without a zone only."""
    return datetime.combine(day, time.min)


def _kpis(headlines: list[Headline]) -> dict[str, Headline]:
    """KPI → its first row, in the order of the definition."""
    found: dict[str, Headline] = {}
    for headline in headlines:
        found.setdefault(headline.kpi_id, headline)
    return found
