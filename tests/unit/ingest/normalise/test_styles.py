"""What the cells of a column prove of its numbers and days, and what is decided from it for the columns of a file."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import pytest

from dagster_project.ingest.normalise.styles import (
    Decision,
    Evidence,
    choose_day_orders,
    choose_number_styles,
    count_days,
    count_numbers,
    find_swapped_days,
)


def column(*cells: object) -> pd.Series:
    return pd.Series(list(cells), dtype=object)


@pytest.mark.parametrize(
    ("cell", "is_whole", "proof"),
    [
        ("1.234.567", False, (1, 0)), ("1.234,5", False, (1, 0)), ("12,5", False, (1, 0)), ("0,125", False, (1, 0)),
        ("1 234,567", False, (1, 0)), ("1\u00a0234,567", False, (1, 0)), ("1,234,567", False, (0, 1)),
        ("1,234.5", False, (0, 1)), ("1 234.567", False, (0, 1)), ("(12.5)", False, (0, 1)),
        ("12,5 (2)", False, (1, 0)), ("12.5 ha", False, (0, 1)), ("1.234.567 đồng", True, (1, 0)),
        ("7,25 m²", False, (1, 0)),
        ("850.000 tỷ", True, (0, 0)), ("1.234 ha", False, (0, 0)),
        ("12.5*", False, (0, 1)), ("1.234", False, (0, 0)), ("1,234", False, (0, 0)), ("1234", False, (0, 0)),
        ("1.234", True, (1, 0)), ("1,234", True, (0, 1)), ("-", False, (0, 0)), (12.5, False, (0, 0)),
    ],
)  # fmt: skip
def test_a_number_proves_its_style_where_the_other_could_not_have_written_it(cell, is_whole, proof):
    assert count_numbers(column(cell), is_whole) == Evidence(*proof)


@pytest.mark.parametrize(
    ("cell", "proof"),
    [
        ("20/7/2025", (1, 0)), ("7/20/2025", (0, 1)), ("7/8/2025", (0, 0)), ("08:30 7/20/2025", (0, 1)),
        ("17h00 ngày 20/07/2025", (1, 0)), ("2025-07-20", (0, 0)), ("7-20-25 08:30", (0, 1)), ("chưa rõ", (0, 0)),
    ],
)  # fmt: skip
def test_a_day_after_the_twelfth_proves_the_order_also_behind_an_hour(cell, proof):
    assert count_days(column(cell)) == Evidence(*proof)


@pytest.mark.parametrize(
    ("cells", "verdict"),
    [
        (["6/13/2025", "02/06/2025", "03/06/2025"], "both"),
        (["06/13/2025", "2/6/2025"], "both"),
        (["6/13/2025", "6/2/2025"], "other"),
        (["06/13/2025", "06/02/2025"], "other"),
        (["6/13/2025", "06/14/2025", "02/06/2025"], "other"),
        (["6/13/2025", "10/12/2025"], "other"),
    ],
)
def test_a_day_with_the_month_first_speaks_for_the_hand_that_wrote_it(cells, verdict):
    assert count_days(column(*cells)).verdict == verdict


@pytest.mark.parametrize("typed", ["{}/7/2025", "7/{}/2025"])
def test_real_dates_up_to_the_twelfth_beside_typed_ones_after_it_were_exchanged(typed):
    late = [typed.format(day) for day in (14, 20, 31)]
    early = [datetime(2025, month, 7) for month in (2, 5, 9)]
    told = column(*late, *early)
    assert find_swapped_days(told, count_days(told))
    for other in (column(*late, *early[:2]), column(*late[:2], *early), column(*late, *early, datetime(2025, 7, 20)),
                  column(*late, *early, "7/8/2025")):  # fmt: skip
        assert not find_swapped_days(other, count_days(other))


def test_a_silent_column_follows_its_file_and_in_a_file_of_both_styles_it_may_be_either():
    found = {"a": Evidence(3, 0), "b": Evidence(), "c": Evidence(0, 2), "d": Evidence(1, 1)}
    chosen, told = choose_number_styles(found, "vi")
    assert chosen == {"a": "vi", "b": "mixed", "c": "mixed", "d": "mixed"}, "two hands: two cells prove nothing"
    assert Decision("d", "numbers", "mixed", 2) in told
    assert Decision("b", "numbers", "mixed", 7, "file") in told
    chosen, _ = choose_number_styles({"a": Evidence(3, 0), "b": Evidence(), "c": Evidence(0, 2)}, "vi")
    assert chosen == {"a": "vi", "b": "mixed", "c": "en"}, "a hand for each column"
    chosen, told = choose_number_styles({"b": Evidence(), "c": Evidence(0, 2)}, "vi")
    assert chosen == {"b": "en", "c": "en"}
    assert told == [Decision("b", "numbers", "en", 2, "file"), Decision("c", "numbers", "en", 2)]


def test_where_a_file_is_silent_the_agreed_style_holds_and_nothing_is_told():
    assert choose_number_styles({"a": Evidence()}, "vi") == ({"a": "unsure"}, [])
    assert choose_number_styles({"a": Evidence()}, "iso") == ({"a": "en"}, [])
    assert choose_day_orders({"a": Evidence()}) == ({"a": "dmy"}, [])


def test_the_order_of_days_is_chosen_in_the_same_way():
    found = {"a": Evidence(0, 4), "b": Evidence(), "c": Evidence(2, 1)}
    assert choose_day_orders(found)[0] == {"a": "mdy", "b": "dmy", "c": "mixed"}
    assert choose_day_orders({"a": Evidence(0, 4), "b": Evidence()})[0] == {"a": "mdy", "b": "mdy"}
