"""What a layout teaches of periods and units is itself read, or the layout is refused before any file is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.core.errors import UsageError
from dagster_project.ingest.landing.taught_words import check_taught_words

FEED = load_registry().feeds["investment_vp"]


def check(**taught: dict[str, str]) -> None:
    check_taught_words([replace(FEED, layout=FEED.layout.model_copy(update=taught))])


@pytest.mark.parametrize(
    "meaning",
    [
        "quý 4", "quý IV", "Tháng 6", "6 tháng đầu năm", "đến ngày 15 tháng", "số liệu đến ngày", "tuần 53", "năm",
        "đến ngày 29/2", "quý", "tháng 6 năm 2025",
    ],
)  # fmt: skip
def test_a_period_that_is_read_alone_or_as_it_goes_on_is_taken(meaning: str) -> None:
    check(periods={"kỳ V": meaning})


@pytest.mark.parametrize(
    "meaning", ["quý này", "năm trước", "nửa đầu", "nửa đầu tháng 5", "tháng 13", "quý 5", "kỳ 1", ""]
)
def test_a_meaning_that_is_no_period_refuses_the_layout(meaning: str) -> None:
    with pytest.raises(UsageError) as told:
        check(periods={"quý V": meaning})
    assert f"`periods`: “quý V” được dạy là “{meaning}”" in str(told.value)
    assert FEED.feed_id in str(told.value)


@pytest.mark.parametrize(
    "meaning", ["triệu đồng", "tr.đ", "1.000 đồng", "tỷ", "nghìn m2", "ha", "hộ", "%", "hộ; tỷ đồng"]
)
def test_a_unit_that_is_read_is_taken(meaning: str) -> None:
    check(units={"tr.chẵn": meaning})


@pytest.mark.parametrize("meaning", ["T.đồng", "bao", "USD", "sào", "10 triệu đồng", "triệu đồng/ha", "tr.chẵn", ""])
def test_a_meaning_that_is_no_unit_refuses_the_layout(meaning: str) -> None:
    with pytest.raises(UsageError, match="`units`"):
        check(units={"tr.chẵn": meaning})


def test_words_of_nothing_are_refused() -> None:
    for taught in ({"periods": {" ": "quý 4"}}, {"units": {"": "ha"}}):
        with pytest.raises(UsageError):
            check(**taught)
