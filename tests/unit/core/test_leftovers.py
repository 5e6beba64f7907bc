"""What a command's libraries start ends before the command does."""

from __future__ import annotations

import sys

from tests.support.nights.orphans import run_and_count_orphans

LOCK = "import multiprocessing; lock = multiprocessing.get_context('spawn').RLock()"
"""As dbt does: Python then starts a process that tracks locks."""


def test_a_command_with_a_lock_of_dbts_kind_would_leave_a_process():
    assert run_and_count_orphans([sys.executable, "-c", LOCK]) == (0, "", "", 1)


def test_a_command_that_awaits_its_children_leaves_none_and_says_nothing():
    code = f"from dagster_project.core.leftovers import await_children_at_exit as a; a(); {LOCK}"
    assert run_and_count_orphans([sys.executable, "-c", code]) == (0, "", "", 0)


def test_a_command_without_children_just_ends():
    code = "from dagster_project.core.leftovers import await_children_at_exit as a; a(); import multiprocessing.util"
    assert run_and_count_orphans([sys.executable, "-c", code]) == (0, "", "", 0)
