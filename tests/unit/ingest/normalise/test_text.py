"""Vietnamese text: one spelling, comparison keys, nothing personal in free text."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.ingest.normalise import text

VIETNAMESE = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
words = st.text(st.sampled_from(VIETNAMESE + VIETNAMESE.upper() + "  \u00a0\u200b\n\t-./0123456789"), max_size=30)


def test_clean_folds_forms_and_spaces() -> None:
    nfd = unicodedata.normalize("NFD", "Xã Việt Trì")
    cp1258 = "Xa\u0303 Viê\u0323t Tri\u0300"
    raw = pd.Series([nfd, cp1258, "Giải\u00a0quyết  đất\nđai ", "\u200b", "  ", None, "\ufeffMã"], dtype=object)
    cleaned = text.clean(raw)
    assert cleaned.dtype == "str"
    assert cleaned.tolist()[:3] == ["Xã Việt Trì", "Xã Việt Trì", "Giải quyết đất đai"]
    assert cleaned.isna().tolist() == [False, False, False, True, True, True, False]
    assert cleaned[6] == "Mã"


def test_every_letter_is_cleaned_in_a_long_column_as_alone() -> None:
    letters = [chr(code) for code in range(1, 0x3000) if not 0xD800 <= code < 0xE000]
    values = [f"a{letter}b" for letter in letters] + [f"{letter} e" for letter in letters] + [f"e{letters[0x300]}", " "]
    assert text.clean(pd.Series(values, dtype="str")).fillna("").tolist() == [text.clean_text(one) for one in values]


@pytest.mark.parametrize("kinds", [("str", "category"), ("category", "category"), ("object", "str"), ("str", "str")])
def test_columns_are_joined_one_below_the_other(kinds: tuple[str, str]) -> None:
    first, second = (pd.Series(["a", None, given], dtype=kind) for given, kind in zip("bc", kinds, strict=True))
    joined = text.join([first, second])
    assert joined.astype("str").fillna("-").tolist() == ["a", "-", "b", "a", "-", "c"]
    assert joined.index.tolist() == list(range(6))


def test_texts_that_repeat_are_held_as_codes() -> None:
    assert text.is_category(text.make_texts(pa.array(["a", None, "b", "a"] * 3, pa.large_string())))
    assert text.make_texts(pa.array(["a", "b", "c"], pa.large_string())).dtype == "str"
    assert text.make_texts(pa.array([None, None], pa.large_string())).dtype == "str"


def test_clean_writes_cells_of_other_kinds_as_text() -> None:
    raw = pd.Series([8200003.0, 2.5, date(2025, 7, 4), datetime(2025, 7, 4, 16, 57), float("nan"), 17], dtype=object)
    assert text.clean(raw).fillna("?").tolist() == ["8200003", "2.5", "2025-07-04", "2025-07-04 16:57:00", "?", "17"]


def test_clean_keeps_the_index_and_plain_columns_as_they_are() -> None:
    raw = pd.Series(["H28-1", None, "H28-2"], index=[7, 8, 9], dtype="str")
    cleaned = text.clean(raw)
    assert cleaned.index.tolist() == [7, 8, 9]
    assert cleaned.isna().tolist() == [False, True, False]


@given(st.lists(words, max_size=8))
def test_a_column_is_cleaned_as_each_of_its_texts_alone(values: list[str]) -> None:
    one_by_one = [text.clean_text(value) for value in values]
    for dtype in ("str", object):
        assert text.clean(pd.Series(values, dtype=dtype)).fillna("").tolist() == one_by_one


@given(st.lists(words | st.none(), min_size=1, max_size=8), st.integers(1, 9))
def test_texts_as_categories_say_what_they_say_as_texts(values: list[str | None], times: int) -> None:
    plain = pd.Series(values * times, dtype="str")
    coded = plain.astype("category")
    for function in (text.clean, text.clean_coded, text.make_keys):
        expected = function(plain).astype("str").fillna("?").tolist()
        assert function(coded).astype("str").fillna("?").tolist() == expected
        assert function(plain.astype(object)).astype("str").fillna("?").tolist() == expected


@given(st.lists(words | st.none(), max_size=8), st.integers(0, 60))
def test_mending_touches_every_odd_string_and_no_other(values: list[str | None], ordinary: int) -> None:
    """However few the odd ones are among the ordinary."""
    column = pd.Series([*["0123"] * ordinary, *values, *["45"] * ordinary], dtype="str")
    mended = text.mend(column, b"0123456789", lambda odd: pc.replace_substring_regex(odd, r"[^0-9]", "x"))
    expected = ["?" if value is None else re.sub(r"[^0-9]", "x", value) for value in values]
    assert mended.fillna("?").tolist() == [*["0123"] * ordinary, *expected, *["45"] * ordinary]


MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1))
WORDS = st.text("aà ỳ\u0300\u00a0-", max_size=4)
ODD_CELLS = st.one_of(
    st.sampled_from([None, pd.NA, pd.NaT, float("nan"), 0, 1, 1.0, True]), WORDS, st.floats(allow_nan=False), MOMENTS
)


@given(st.lists(ODD_CELLS, max_size=30), st.booleans())
def test_few_cells_and_many_are_taken_apart_and_cleaned_alike(cells: list[object], only_texts: bool) -> None:
    kept = [cell for cell in cells if isinstance(cell, str) or cell is None] if only_texts else cells
    few, many = pd.Series(kept, dtype=object), pd.Series([*kept] * 150, dtype=object)
    short, long = text.find_distinct(few), text.find_distinct(many)
    assert list(map(repr, short.values)) == list(map(repr, long.values))
    assert short.codes.tolist() == long.codes[: len(few)].tolist()
    assert text.clean(few).fillna("?").tolist() == text.clean(many)[: len(few)].fillna("?").tolist()


@given(words)
def test_clean_is_settled_after_once_and_blind_to_the_unicode_form(value: str) -> None:
    once = text.clean_text(value)
    assert text.clean_text(once) == once
    assert text.clean_text(unicodedata.normalize("NFD", value)) == once
    assert text.make_key(text.make_key(value)) == text.make_key(value)


@pytest.mark.parametrize(
    ("spellings", "key"),
    [
        (("Hoà Bình", "Hòa Bình", "HOÀ  BÌNH"), "hòa bình"),
        (("Thuỷ", "Thủy", "THUỶ"), "thủy"),
        (("Quý", "Qúy"), "quý"),
        (("Hoàng", "Hòang"), "hoàng"),
        (("Huỳnh", "Hùynh"), "huỳnh"),
        (("Khoẻ", "Khỏe"), "khỏe"),
        (("Thanh Hoá", "Thanh Hóa"), "thanh hóa"),
        (("Đà Bắc", "ĐÀ BẮC"), "đà bắc"),
        (("Quỳ", "QUỲ"), "quỳ"),
    ],
)
def test_key_makes_spellings_equal_and_keeps_accents(spellings: tuple[str, ...], key: str) -> None:
    assert {text.make_key(spelling) for spelling in spellings} == {key}
    assert set(text.make_keys(pd.Series(spellings, dtype=object))) == {key}


def test_key_tells_apart_what_differs_by_accent() -> None:
    assert text.make_key("Lâm Sơn") != text.make_key("Lam Sơn")
    assert text.make_key("Quang Yên") != text.make_key("Quảng Yên")
    assert text.make_key("Đông") != text.make_key("Dong")
    assert text.make_keys(pd.Series(["", None], dtype=object)).isna().all()


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Diện tích phải thu hồi\n(ha)", ("diện tích phải thu hồi", "ha")),
        ("Máy tính (cần)", ("máy tính", "cần")),
        (" XÃ / Phường :", ("xã/phường", None)),
        ("Phí, lệ phí (đồng)", ("phí, lệ phí", "đồng")),
        ("(ha)", ("", "ha")),
    ],
)
def test_header_key_keeps_brackets_apart(header: str, key: tuple[str, str | None]) -> None:
    assert text.make_header_key(header) == key


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("bieu_giai_ngan_15_06_2025 lần 2 FINAL.xlsx", 2),
        ("bao_cao_lan_3.xlsx", 3),
        ("BIỂU LẦN THỨ HAI", 2),
        ("hoso_thang_02_2025 (1).csv", 1),
        ("KẾT QUẢ ĐẤU GIÁ LẦN 2", 1),
        ("giao lan toả 2.xlsx", 1),
        ("so_theo_doi.xlsx", 1),
    ],
)
def test_statement_number(name: str, number: int) -> None:
    assert text.find_statement_no(name) == number
