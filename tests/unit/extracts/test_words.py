"""How the extracts write figures, days and names."""

from dataclasses import replace
from datetime import date

import pytest

from dagster_project.contracts.seeds import read_seed
from dagster_project.extracts.page.map import fit_name
from dagster_project.extracts.reading.facts import Gap
from dagster_project.extracts.reading.missing import _describe_absence, _find_remedy
from dagster_project.extracts.reading.reading import find_briefing_day
from dagster_project.extracts.words import (
    THINGS_VI,
    format_change,
    format_figure,
    format_gap_period,
    format_number,
    format_part,
    format_period,
)


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (0.9278, "percent", "92,8%"),
        (1.82, "percent", "182,0%"),
        (0.0, "percent", "0,0%"),
        (-0.125, "percent", "−12,5%"),
        (5.974, "days", "6,0 ngày"),
        (1234.0, "count", "1.234"),
        (1234.5, "count", "1.234,5"),
        (13_864_200_000_000, "vnd", "13.864,2 tỷ đồng"),
        (None, "percent", "-"),
    ],
)
def test_a_figure_is_written_as_in_vietnam(value, unit, written):
    assert format_figure(value, unit) == written


def test_parts_and_changes():
    assert format_part(686.9e6) == "0,7 tỷ"
    assert (format_number(1234567.89, 1), format_number(-0.01, 1)) == ("1.234.567,9", "0,0")
    assert (format_part(443.0), format_part(2.5e9), format_part(None)) == ("443", "2,5 tỷ", "-")
    assert (format_change(0.023, "percent"), format_change(-3.0, "count"), format_change(0.4, "days")) == (
        "+2,3 điểm", "−3", "+0,4 ngày",
    )  # fmt: skip


def test_whatever_is_a_ratio_says_what_its_parts_count():
    ratios = {row["kpi_id"] for row in read_seed("kpi_definition") if row["unit"] != "count"}
    assert set(THINGS_VI) == ratios


def test_a_late_feed_is_told_by_the_last_that_it_has():
    gap = Gap("site_clearance_hb", "hb", None, "2025-05-15", "late", "warning", None, None, "-", "-")
    assert _describe_absence("late", [gap], {}) == "Muộn, mới có đến 15/05/2025"
    assert _describe_absence("late", [replace(gap, period=None)], {}) == "Muộn"


def test_the_remedy_of_one_unit_is_not_told_for_all():
    gap = Gap("housing_pt", "pt", "08416", "2025-06", "refused_unit", "warning", 2, None, "-", "Sửa 2 dòng.")
    assert _find_remedy("refused_unit", [gap, replace(gap, commune_code="08662")]) == "Sửa 2 dòng."
    other = replace(gap, commune_code="08662", what_to_do_vi="Sửa 5 dòng.")
    fixed = "Sửa các dòng bị trả lại trong tệp cần sửa của từng đơn vị rồi gửi lại."
    assert _find_remedy("refused_unit", [gap, other]) == fixed
    assert _find_remedy("blocked_file", [gap, other]).startswith("Xem việc cần làm của từng mục")
    assert _find_remedy("late", [replace(gap, what_to_do_vi=None)]) == "-"


def test_a_period_is_named_as_people_name_it():
    assert format_period("week", date(2025, 12, 29)) == "Tuần 1/2026"
    assert format_period("month", date(2025, 7, 1)) == "Tháng 7/2025"
    assert format_period("quarter", date(2025, 7, 1)) == "Quý 3/2025"
    assert [format_gap_period(p) for p in ("2025-03", "2025-W08", "2025-07-13", None)] == [
        "03/2025", "tuần 8/2025", "13/07/2025", "-",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("as_of", "briefing"),
    [
        ("2025-07-13", "2025-07-14"),
        ("2025-07-14", "2025-07-21"),
        ("2025-11-02", "2025-11-03"),
        ("2025-12-31", "2026-01-05"),
    ],
)
def test_the_briefing_is_on_the_monday_after(as_of, briefing):
    assert find_briefing_day(date.fromisoformat(as_of)) == date.fromisoformat(briefing)


@pytest.mark.parametrize(
    "name", ["Việt Trì", "Tam Dương Bắc", "Ô", "Nguyễn Thượng Phương Trường Khương Nghĩa", "X" * 40, ""]
)
def test_a_name_fits_its_tile(name):
    lines, size = fit_name(name)
    assert " ".join(text for text, _ in lines) == (name or "-")
    assert max(len(text) for text, _ in lines) * size * 0.6 <= 68
    assert size > 2
    assert all(0 < y < 36 for _, y in lines)
