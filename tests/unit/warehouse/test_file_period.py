"""What the date of a file means at the end of a day D: its data date, what it replaces, which days it tells of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dagster_project.contracts.models import Feed
from dagster_project.warehouse.file_period import (
    decide_effective_date,
    find_covered_days,
    find_newest_named_date,
    find_replaced_period,
)
from tests.support.kits.validate_kit import feed

D = date(2025, 7, 13)
JULY = (date(2025, 7, 1), date(2025, 7, 31))


def delta(period: str = "none", sources: tuple[str, ...] = ("title", "name", "rows")) -> Feed:
    """A feed like procedures_vp that delivers in another way."""
    known = feed()
    delivery = known.layout.delivery.model_copy(update={"period": period, "data_date_from": sources})
    return replace(known, layout=known.layout.model_copy(update={"delivery": delivery}))


@pytest.mark.parametrize(
    ("kind", "start", "end", "effective"),
    [
        ("month", date(2025, 6, 1), date(2025, 6, 30), date(2025, 6, 30)),
        ("month", *JULY, D),
        ("quarter", date(2025, 7, 1), date(2025, 9, 30), D),
        ("year", date(2025, 1, 1), date(2025, 12, 31), D),
        ("month", date(2025, 8, 1), date(2025, 8, 31), None),
        ("day", D, D, D),
        ("day", date(2025, 7, 14), date(2025, 7, 14), None),
        ("range", date(2025, 7, 1), D, D),
        ("range", date(2025, 7, 1), date(2025, 7, 14), None),
        (None, None, None, None),
    ],
)
def test_a_running_period_means_as_of_and_a_later_day_waits(kind, start, end, effective):
    assert decide_effective_date(kind, start, end, D) == effective


@pytest.mark.parametrize(
    ("kind", "seen_on", "effective"),
    [
        ("month", date(2025, 7, 14), date(2025, 7, 14)),
        ("month", date(2025, 7, 31), date(2025, 7, 31)),
        ("month", date(2025, 8, 5), date(2025, 7, 31)),  # late, or an archive taken over: July is over in it
        ("month", date(2025, 6, 20), date(2025, 7, 1)),  # sent before July began: of its first day at most
        ("range", date(2025, 7, 14), date(2025, 7, 31)),  # days that are named stand as they are
    ],
)
def test_a_file_tells_of_nothing_after_the_day_on_which_it_came(kind, seen_on, effective):
    assert decide_effective_date(kind, *JULY, date(2025, 9, 25), seen_on=seen_on) == effective
    assert decide_effective_date("quarter", date(2025, 7, 1), date(2025, 9, 30), D, seen_on=date(2025, 7, 14)) == D


@pytest.mark.parametrize(
    ("period", "replaced"),
    [
        ("month", JULY),
        ("as_named", (date(2025, 7, 10), date(2025, 7, 10))),
        ("data_date", (date(2025, 7, 10), date(2025, 7, 10))),
        ("register", (date(1, 1, 1), date(9999, 12, 31))),
        ("none", None),
    ],
)
def test_what_a_snapshot_replaces(period, replaced):
    day = date(2025, 7, 10)
    assert find_replaced_period(delta(period), day, day, "day") == replaced


def test_a_register_of_a_month_may_be_a_part_and_any_other_is_the_whole_so_far():
    parted, whole = delta("register_or_part"), delta("register")
    assert find_replaced_period(parted, *JULY, "month") == JULY
    assert find_covered_days(parted, JULY[0], D, "month") == (JULY[0], D)
    for register, kind in ((parted, "day"), (whole, "day"), (whole, "month")):
        assert find_covered_days(register, D, D, kind) == (register.layout.rhythm.expected_from, D)
        assert find_replaced_period(register, D, D, kind) == (date(1, 1, 1), date(9999, 12, 31))


def test_a_leap_february_is_replaced_whole():
    day = date(2024, 2, 10)
    assert find_replaced_period(feed(), day, day, "day") == (date(2024, 2, 1), date(2024, 2, 29))


def test_what_a_file_delivers_ends_at_its_effective_date():
    assert find_covered_days(feed(), date(2025, 7, 10), date(2025, 7, 10), "day") == (
        date(2025, 7, 1),
        date(2025, 7, 10),
    )
    assert find_covered_days(delta("as_named"), date(2025, 7, 1), D, "month") == (date(2025, 7, 1), D)
    assert find_covered_days(delta("data_date"), D, D, "day") == (D, D)


NAMES = ("nha_o_20250531.csv", "nha_o_20250630.csv", "nha_o_20250731.csv", "nha_o (1).csv")


def seen(names: tuple[str, ...]) -> list[tuple[str, date]]:
    """Each name with the day on which its file came: long after it."""
    return [(name, date(2025, 8, 20)) for name in names]


def test_a_register_under_a_newer_day_s_name_is_that_day_s_delivery():
    found = find_newest_named_date(delta("register"), "day", seen(NAMES), D)
    assert found is not None
    assert found.effective == date(2025, 6, 30)  # the name of 31 July waits


@pytest.mark.parametrize(
    ("period", "kind", "names"),
    [
        ("month", "day", NAMES),
        ("data_date", "day", NAMES),  # the state of one day is not that of another
        ("register_or_part", "month", NAMES),  # a month's part
        ("register_or_part", "day", ("nha_o_2025_06.csv",)),
        ("register", "day", ("nha_o.csv",)),
    ],
)
def test_other_files_are_of_the_day_that_they_were_read_with(period, kind, names):
    assert find_newest_named_date(delta(period), kind, seen(names), D) is None
