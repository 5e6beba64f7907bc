"""Dates in every form of the feeds."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.ingest.normalise import dates

ALL = dates.STYLES


def read(*cells: object, styles: tuple[str, ...] = ALL) -> dates.DateResult:
    return dates.parse_datetime(pd.Series(cells, dtype=object), styles)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("13/7/2025", datetime(2025, 7, 13)),
        ("1/7/25", datetime(2025, 7, 1)),
        ("13-07-2025", datetime(2025, 7, 13)),
        ("13.07.2025", datetime(2025, 7, 13)),
        ("02/07/2025 16:52", datetime(2025, 7, 2, 16, 52)),
        ("02/07/2025 16:52:07", datetime(2025, 7, 2, 16, 52, 7)),
        ("24/01/2025 ", datetime(2025, 1, 24)),
        ("20250102161253", datetime(2025, 1, 2, 16, 12, 53)),
        ("20250714", datetime(2025, 7, 14)),
        (20250714, datetime(2025, 7, 14)),
        ("2025-06-10T16:51:00", datetime(2025, 6, 10, 16, 51)),
        ("2025-06-10T16:51:00.123Z", datetime(2025, 6, 10, 23, 51)),
        ("2025-06-10 09:51:00+02:00", datetime(2025, 6, 10, 14, 51)),
        ("2025-06-10T09:51:00-0300", datetime(2025, 6, 10, 19, 51)),
        ("2025-06-10", datetime(2025, 6, 10)),
        (45852, datetime(2025, 7, 14)),
        (45852.0, datetime(2025, 7, 14)),
        (45882.70833333334, datetime(2025, 8, 13, 17)),
        ("45852", datetime(2025, 7, 14)),
        ("45852,5", datetime(2025, 7, 14, 12)),
        (date(2025, 7, 4), datetime(2025, 7, 4)),
        (datetime(2025, 7, 4, 16, 57), datetime(2025, 7, 4, 16, 57)),
        (datetime(2025, 7, 4, 16, 57, tzinfo=UTC), datetime(2025, 7, 4, 23, 57)),
        (pd.Timestamp("2025-07-01"), datetime(2025, 7, 1)),
        ("29/02/2024", datetime(2024, 2, 29)),
    ],
)
def test_forms_of_a_date(cell: object, moment: datetime) -> None:
    result = read(cell, None)
    assert result.values.dtype == "datetime64[us]"
    assert result.values[0] == moment
    assert pd.isna(result.values[1])
    assert not result.bad.any()


@pytest.mark.parametrize("cell", ["-", "…", "...", "", " ", None, float("nan"), pd.NaT])
def test_no_date_is_not_bad(cell: object) -> None:
    result = read(cell)
    assert result.values.isna().all()
    assert not result.bad.any()


NOT_DATES = ["31/06/2025", "29/02/2025", "12/13/2025", "0/1/2025", "11/07/2025 24:00", "1/7-2025", "abc", "202507141"]
NOT_DATES += ["trước ngày 20/7", "20250732", "00000000", "31/12/1989", "01/01/2101"]


@pytest.mark.parametrize("cell", [*NOT_DATES, 12, 99999999.0, 1e300, True, time(1, 2), datetime(1899, 12, 31)])
def test_impossible_dates_are_bad(cell: object) -> None:
    result = read(cell)
    assert result.values.isna().all()
    assert result.bad.all()


def test_only_the_forms_of_the_layout_are_read() -> None:
    cells = ("13/07/2025", "2025-07-13", "20250713", 45851.0, "45851")
    assert read(*cells, styles=("dmy",)).bad.tolist() == [False, True, True, True, True]
    assert read(*cells, styles=("dmy", "iso", "excel")).bad.tolist() == [False, False, True, False, True]


def test_string_columns_read_like_mixed_ones() -> None:
    cells = ["13/07/2025", None, "-", "31/06/2025", "20250102161253", "13/07/2025"]
    plain = dates.parse_datetime(pd.Series(cells, dtype="str", index=range(5, 11)), ALL)
    mixed = dates.parse_datetime(pd.Series(cells, dtype=object, index=range(5, 11)), ALL)
    pd.testing.assert_series_equal(plain.values, mixed.values)
    pd.testing.assert_series_equal(plain.bad, mixed.bad)
    assert plain.bad.tolist() == [False, False, False, True, False, False]


@pytest.mark.parametrize(
    "series", [pd.Series([], dtype=object), pd.Series([], dtype="str"), pd.Series([45852.0, None])]
)
def test_empty_and_numeric_columns(series: pd.Series) -> None:
    result = dates.parse_datetime(series)
    assert result.values.dtype == "datetime64[us]"
    assert not result.bad.any()


moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 12, 31)).map(lambda moment: moment.replace(microsecond=0))


@given(st.lists(st.tuples(moments, st.sampled_from(["dmy", "iso", "compact", "serial", "cell"])), max_size=8))
def test_every_form_of_the_same_moment_reads_the_same(given_moments: list[tuple[datetime, str]]) -> None:
    write = {
        "dmy": lambda m: m.strftime("%d/%m/%Y %H:%M:%S"),
        "iso": lambda m: m.isoformat(),
        "compact": lambda m: m.strftime("%Y%m%d%H%M%S"),
        "serial": lambda m: (m - datetime(1899, 12, 30)).total_seconds() / 86_400,
        "cell": lambda m: m,
    }
    result = read(*[write[form](moment) for moment, form in given_moments])
    assert result.values.tolist() == [moment for moment, _ in given_moments]
    assert not result.bad.any()


@given(
    st.lists(st.one_of(st.text("0123456789/-:T .", max_size=19), st.floats(), st.none(), st.booleans()), max_size=10)
)
def test_any_cell_is_a_date_or_missing_or_bad(cells: list[object]) -> None:
    result = read(*cells)
    assert not (result.bad & result.values.notna()).any()


@pytest.mark.parametrize("cell", ["20250701¹", "²0250701", "91¹"])
def test_raised_digits_are_no_part_of_a_date(cell: str) -> None:
    assert read(cell).bad.tolist() == [True]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("31/6/2025", "tháng 6/2025 chỉ có 30 ngày"),
        ("ngày 30 tháng 2 năm 2025", "tháng 2/2025 chỉ có 28 ngày"),
        ("2025-06-31", "tháng 6/2025 chỉ có 30 ngày"),
        ("20250631101500", "tháng 6/2025 chỉ có 30 ngày"),
        ("12/13/2025", "không có tháng 13: ghi ngày trước, tháng sau"),
        ("1/6/3025", "năm 3025 nằm ngoài 1990-2100"),
        ("30-Jun-25", "tên tháng viết bằng tiếng Anh: ghi tháng bằng số, là 06"),
        ("May 3, 2025", "tên tháng viết bằng tiếng Anh: ghi tháng bằng số, là 05"),
        ("15/7", "không có năm: ghi thêm năm"),
        ("6/2025", "chỉ có tháng và năm: ghi thêm ngày"),
        ("15/7/2025 xong", "trong ô còn chữ hoặc giờ không đọc được: chỉ ghi ngày"),
        ("chưa xong", "chữ trong ô không phải là ngày: để trống nếu chưa có ngày"),
    ],
)
def test_a_cell_that_is_no_day_is_told_why(cell, words):
    assert read(cell).bad.tolist() == [True]
    assert dates.explain_bad_day(cell) == words
