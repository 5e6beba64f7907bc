"""A worker that fails, in every way, is a fault that names what it had in hand; no wait is without a bound."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from dagster_project.core.workers import Bounds, Worker, WorkerFault, WorkerStartFault
from tests.support.kits.worker_functions import DEADLINE, answer_or_fail, refuse_to_start, within_deadline

PATIENT = Bounds(seconds=60)
HASTY = Bounds(seconds=0.3)


@pytest.fixture
def worker() -> Iterator[Worker[str, Any]]:
    with Worker(answer_or_fail, PATIENT) as running:
        yield running


def is_alive(process: int) -> bool:
    """Whether a process runs: not one that is gone, or dead and not yet taken away."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_one_process_answers_all_questions(worker):
    answers = [worker.ask(question, question) for question in ("a", "b", "c")]
    assert [said for said, _ in answers] == ["A", "B", "C"]
    assert len({process for _, process in answers}) == 1
    assert answers[0][1] != os.getpid()


@pytest.mark.parametrize(
    ("question", "bounds", "reason"),
    [
        ("die by SIGKILL", PATIENT, "SIGKILL"),
        ("exit early", PATIENT, "mã 3"),
        ("leave at once", PATIENT, "mã 0"),
        ("abort", PATIENT, "SIGABRT"),
        ("raise", PATIENT, "ValueError tại worker_functions.py"),
        ("answer garbage", PATIENT, "không đọc được"),
        ("answer half", HASTY, "quá 0.3 giây"),
        ("answer what cannot be pickled", PATIENT, "Error tại"),
        ("sleep", HASTY, "quá 0.3 giây"),
        ("stop", HASTY, "quá 0.3 giây"),
        ("hold the interpreter", HASTY, "quá 0.3 giây"),
        ("close every pipe", HASTY, "quá 0.3 giây"),
        ("leave a child", HASTY, "quá 0.3 giây"),
        ("answer twice", PATIENT, "không đọc được"),
        ("take memory", Bounds(seconds=60, memory=4 << 30), "quá bộ nhớ"),
        ("take memory by the byte", Bounds(seconds=60, memory=300 << 20), "quá bộ nhớ"),
        ("compute for ever", Bounds(seconds=60, cpu_seconds=1), "quá thời gian tính"),
    ],
)
def test_each_failure_names_its_subject_and_the_next_question_is_answered(question, bounds, reason):
    with Worker(answer_or_fail, bounds) as worker:
        _, before = worker.ask("a", "a")
        with pytest.raises(WorkerFault, match=reason) as raised:
            within_deadline(lambda: worker.ask(question, "tệp 7.xlsx"))
        assert raised.value.subject == "tệp 7.xlsx"
        assert "tệp 7.xlsx" in raised.value.message_vi
        assert "Nguyễn Văn A" not in str(raised.value)
        assert not isinstance(raised.value, WorkerStartFault)
        assert not is_alive(before)
        said, after = worker.ask("b", "b")
        assert (said, after == before) == ("B", False)


def test_an_asker_that_is_interrupted_leaves_no_answer_to_the_next_question(worker):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    worker.ask("a", "a")
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    with pytest.raises(KeyboardInterrupt):
        worker.ask("wait:0.5", "a")
    signal.signal(signal.SIGALRM, before)
    assert worker.ask("b", "b")[0] == "B"


def test_memory_without_a_bound_is_there(worker):
    assert worker.ask("take memory", "a") == 8 << 30


def test_a_worker_that_dies_between_two_questions_is_a_fault_of_the_second(worker):
    _, process = worker.ask("die soon:0.2", "a")
    wait_until(lambda: not is_alive(process))
    with pytest.raises(WorkerFault, match="b"):
        within_deadline(lambda: worker.ask("b", "b"))
    assert worker.ask("c", "c")[0] == "C"


def test_a_worker_that_cannot_start_says_so():
    with (
        Worker(answer_or_fail, PATIENT, refuse_to_start) as worker,
        pytest.raises(WorkerStartFault, match="ImportError"),
    ):
        worker.ask("a", "a")


def test_a_start_without_end_is_cut():
    with (
        Worker(answer_or_fail, Bounds(60, start_seconds=0.3), partial(answer_or_fail, "sleep")) as worker,
        pytest.raises(WorkerStartFault, match=r"quá 0\.3 giây"),
    ):
        within_deadline(worker.start)


def test_what_cannot_be_sent_is_the_askers_fault_and_leaves_no_process():
    before = set(children(os.getpid()))
    with Worker(lambda question: question, PATIENT) as worker, pytest.raises((AttributeError, TypeError)):
        worker.start()
    assert set(children(os.getpid())) <= before


def test_closing_ends_a_question_that_waits(worker, tmp_path):
    told = tmp_path / "process"
    outcome: list[str] = []

    def ask() -> None:
        with pytest.raises(WorkerFault) as raised:
            worker.ask(f"tell and sleep:{told}", "a")
        outcome.append(raised.value.reason)

    thread = Thread(target=ask, daemon=True)
    thread.start()
    wait_until(lambda: told.exists() and bool(told.read_text()))
    worker.close()
    thread.join(DEADLINE)
    assert outcome
    assert not is_alive(int(told.read_text()))
    with pytest.raises(WorkerStartFault):
        worker.ask("b", "b")


def children(parent: int) -> Iterator[int]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, found = stat.read_text().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(found) == parent and state != "Z":
            yield int(stat.parent.name)


def test_a_worker_ends_with_a_parent_that_is_killed(tmp_path):
    """Idle or in the middle of a question: nobody is left to end it but the closing of its pipe."""
    told = tmp_path / "busy"
    code = f"""
from dagster_project.core.workers import Bounds, Worker
from tests.support.kits.worker_functions import answer_or_fail
idle, busy = Worker(answer_or_fail, Bounds(60)), Worker(answer_or_fail, Bounds(60))
print(idle.ask("a", "a")[1], flush=True)
busy.ask("tell and sleep:{told}", "b")
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    idle = int(parent.stdout.readline())
    wait_until(lambda: told.exists() and bool(told.read_text()))
    busy = int(told.read_text())
    assert is_alive(idle)
    assert is_alive(busy)
    parent.send_signal(signal.SIGKILL)
    parent.wait(DEADLINE)
    parent.stdout.close()
    wait_until(lambda: not is_alive(idle) and not is_alive(busy))
