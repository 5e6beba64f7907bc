"""Words that no code list knows: what they may mean, and when nobody can tell."""

from __future__ import annotations

import pandas as pd
import pytest

from dagster_project.contracts.layouts import Layout
from dagster_project.contracts.registry import load_registry
from dagster_project.ingest.new_feed.masking import HIDDEN
from dagster_project.ingest.new_feed.value_guesses import Word, guess_values
from dagster_project.ingest.readers.base import RawTable

REGISTRY = load_registry()
CONTRACT = REGISTRY.contracts["housing"]
KNOWN = [feed.layout for feed in REGISTRY.list_domain("housing")]


def guess(*cells: object, column: str = "status", known: list[Layout] = KNOWN) -> list[Word]:
    frame = pd.DataFrame({column: pd.Series(cells, dtype=object), "_row": range(len(cells))})
    return guess_values([RawTable("Biểu", frame)], CONTRACT, known, REGISTRY)


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("hoan thanh", "hoan_thanh"),
        ("Hoàn thành xong", "hoan_thanh"),
        ("đang thi công phần mái", "dang_lam"),
        ("Chưa khởi công được", "chua_khoi_cong"),
        ("đã bàn giao nhà", "da_ban_giao"),
    ],
)
def test_a_word_like_one_spelling_is_guessed_with_the_reason(word: str, code: str) -> None:
    (told,) = guess(word, word, None, "-", "Hoàn thành")
    assert (told.word, told.rows, told.code) == (word, 2, code)
    assert told.why_vi.startswith("giống “")


@pytest.mark.parametrize(
    "word",
    [
        "HT",
        "chưa hoàn thành",
        "không bàn giao",
        "hoàn thành 50%",
        "chờ vật liệu",
        "đang chờ",
        "5",
        "hoàn thành, đã bàn giao",
    ],
)
def test_a_word_that_is_like_none_or_turns_a_meaning_or_is_like_two_is_not_guessed(word: str) -> None:
    assert guess(word) == [Word("status", word, 1)]


def test_what_a_sister_layout_teaches_goes_before_likeness() -> None:
    taught = KNOWN[0].model_copy(update={"values": {"status": {"ht": "hoan_thanh"}}})
    (told,) = guess("HT", known=[*KNOWN, taught])
    assert (told.code, told.why_vi) == ("hoan_thanh", f"như ở {taught.feed_id}")


def test_a_word_that_may_be_a_person_is_neither_shown_nor_guessed() -> None:
    assert guess("Nguyễn Thị Thử") == [Word("status", HIDDEN, 1)]


def test_words_of_the_code_list_are_no_question() -> None:
    assert guess("Hoàn  thành", "ĐANG LÀM", None, "…") == []
