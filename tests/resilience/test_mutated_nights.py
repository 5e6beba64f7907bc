"""Mutated files of many feeds in one night: nothing falls over, and the other feeds do not notice.

The long form is `python -m tests.support.nights.mutated_nights`; its figures stand in docs/reliability.md.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.contracts.rules import load_rules
from tests.support.nights.mutated_nights import Bench, Figures, choose_feeds, compare_marts, judge_words, try_night

FEEDS = ("land_auction_vp",)
DOMAINS = {"land_auction"}


@pytest.mark.drill
def test_a_night_over_mutated_files_accounts_for_all_and_leaves_the_others_alone(field_season, tmp_path):
    figures = Figures()
    try_night(Bench(field_season.inbox, field_season.home, seed=7), tmp_path, 1, 120, figures)
    assert figures.unlike == []
    assert (figures.mutations, figures.program_faults, figures.tracebacks) == (120, 0, 0)
    assert figures.accepted + figures.waiting + sum(figures.blocked.values()) == figures.contents > 100
    assert figures.accepted > 10
    assert sum(figures.blocked.values()) > 10


def test_every_feed_is_disturbed_in_one_night_and_left_alone_in_another():
    nights = [set(choose_feeds(nth)) for nth in range(6)]
    assert all(any(feed in night for night in nights) for feed in load_registry().feeds)
    assert all(any(feed not in night for night in nights) for feed in load_registry().feeds)


# The judgement finds what it is for ----------------------------------------------------------------------------------


def test_a_night_that_fell_over_is_found():
    assert judge_words(3, "Đã công bố bản 2025-07-13") == []
    assert judge_words(1, "Hết chỗ") == ["ended with 1: Hết chỗ"]
    assert judge_words(0, "x\nTraceback (most recent call last):\n") == ["Traceback (most recent call last):"]
    assert len(judge_words(0, f"không dùng được tệp a.xlsx: {load_rules()['program_fault'].message_vi}")) == 1


@pytest.fixture
def spoiled(field_season, tmp_path) -> Callable[[str], list[str]]:
    """Change a copy of the published file by a statement; say how it then differs beyond FEEDS."""

    def spoil(statement: str) -> list[str]:
        wanted = field_season.home.current
        copy = tmp_path / "copy.duckdb"
        copy.write_bytes(wanted.read_bytes())
        with duckdb.connect(str(copy)) as marts:
            marts.execute(statement)
        return compare_marts(copy, wanted, FEEDS, DOMAINS)

    return spoil


@pytest.mark.drill
@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("delete from marts.fct_auction_lot where feed_id = 'land_auction_pt'", "fct_auction_lot"),
        ("update marts.fct_dossier set state = 'x'", "fct_dossier"),
        ("update marts.kpi_value set numerator = numerator + 1 where kpi_id = 'housing_started'", "kpi_value"),
        ("delete from marts.backlog", "backlog"),
        ("update marts.source_file set rows_read = rows_read + 1 where feed_id = 'planning'", "source_file"),
        ("delete from marts.dim_date where holiday_name is not null", "dim_date"),
    ],
)
def test_what_the_mutated_files_may_not_touch_is_compared(spoiled, statement, table):
    (line,) = spoiled(statement)
    assert line.startswith(f"{table}: ")


@pytest.mark.drill
@pytest.mark.parametrize(
    "statement",
    [
        "delete from marts.fct_auction_lot where feed_id = 'land_auction_vp'",
        "update marts.kpi_value set numerator = numerator + 1 where kpi_id = 'auction_sold'",
    ],
)
def test_what_the_mutated_files_tell_may_be_another_figure(spoiled, statement):
    assert spoiled(statement) == []
