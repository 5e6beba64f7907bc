"""The account of a command holds all of its processes, wherever they went."""

import sys

import pytest

from benchmarks.measure import Account, FailedCommandError, list_descendants, measure

# A grandchild in a session of its own, which its parent does not wait for, burns the processor and fills memory.
RUNAWAY = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        held = bytearray(120_000_000)
        until = time.process_time() + 0.6
        while time.process_time() < until:
            pass
    os._exit(0)
os.wait()
print("one step …")
"""


def test_a_process_that_left_its_parent_and_its_session_is_counted():
    account = measure([sys.executable, "-c", RUNAWAY])
    assert account.cpu >= 0.6
    assert account.peak_mb >= 115
    assert list(account.list_steps()) == ["one step"]


def test_memory_is_the_sum_of_processes_that_live_at_once():
    holding = "import time; held = bytearray(60_000_000); time.sleep(1.5)"
    two = (
        f"import subprocess as s, sys; [p.wait() for p in [s.Popen([sys.executable, '-c', {holding!r}]) for _ in 'ab']]"
    )
    assert measure([sys.executable, "-c", two]).peak_mb >= 120


def test_an_exit_code_that_is_not_allowed_tells_what_the_command_said():
    with pytest.raises(FailedCommandError, match="no such night"):
        measure([sys.executable, "-c", "import sys; sys.exit('no such night')"])
    assert measure([sys.executable, "-c", "import sys; sys.exit(3)"], allowed=(0, 3)).code == 3


def test_descendants_are_found_through_all_generations_and_no_others():
    parents = {2: 1, 3: 2, 4: 3, 5: 9, 9: 0}
    assert list_descendants(1, parents) == {2, 3, 4}


def test_steps_of_one_name_are_added_up():
    told = ((0.0, "Nhận nguồn a …"), (1.0, "  a: 3 tệp"), (3.0, "Dựng kho dữ liệu …"), (4.0, "Nhận nguồn a …"))
    assert Account(5.0, 0, 0, 0, told).list_steps() == {"Nhận nguồn a": 4.0, "Dựng kho dữ liệu": 1.0}
