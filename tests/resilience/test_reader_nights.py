"""Readers that never pause, while nights publish: each answer is that of a whole version, in both forms of `current`.

The long form is `python -m tests.support.nights.reader_nights`; its figures stand in docs/reliability.md.
"""

from __future__ import annotations

import pytest

from tests.support.nights.nights import Reading
from tests.support.nights.reader_nights import MODES, judge, measure


# Readers through the link ask in the drills of kills as well (tests/resilience/test_kill.py).
@pytest.mark.parametrize(
    "mode", [pytest.param(mode, marks=pytest.mark.drill if mode == "pointer" else pytest.mark.long) for mode in MODES]
)
def test_readers_meet_whole_versions_and_no_error(tmp_path, mode):
    figures = measure(tmp_path, mode, nights=2, readers=2)
    assert figures.unlike == []
    assert figures.errors == 0
    assert figures.versions_seen == 3
    assert figures.queries > 20


# The judgement finds what it is for ----------------------------------------------------------------------------------


def reading(*answers: str, errors: tuple[str, ...] = ()) -> Reading:
    return Reading(len(answers), dict.fromkeys(answers, 1), list(errors), list(answers))


def test_a_reader_who_saw_versions_in_their_order_met_nothing_wrong():
    assert judge(reading("a", "b", "c"), ["a", "b", "c"]) == []
    assert judge(reading("a", "c"), ["a", "b", "c"]) == []


@pytest.mark.parametrize(
    ("met", "says"),
    [
        (reading("a", "c", errors=("no such file",)), "1 errors, first: no such file"),
        (reading("a", "half", "c"), "no version's answer: half"),
        (reading("a", "b", "a", "c"), "an older version after a newer one"),
        (reading("a", "b"), "did not see the last version"),
        (reading(), "did not see the last version"),
    ],
)
def test_what_a_reader_may_not_meet_is_found(met, says):
    assert any(says in line for line in judge(met, ["a", "b", "c"]))
