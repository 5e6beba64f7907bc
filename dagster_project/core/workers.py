"""A plain function in a process of its own: one question in hand, every wait bounded, the end of it told.

Whoever asks sees a function that takes its time; whoever answers sees bytes come and go and knows of no other process.
Between them is one pipe. A worker ends when its pipe closes, whatever ended the process that held the other side; a
worker that dies, or takes longer than it may, ends the wait for it, for its side of the pipe closes with it.

`concurrent.futures` and `multiprocessing` are not used for this: a broken pool does not say which question broke it,
and `multiprocessing` starts a further process that outlives this one.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import math
import os
import pickle
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from socket import SHUT_RDWR, socket
from threading import Event, Lock, Timer
from typing import Any, Generic, Literal, Self, TypeVar

from dagster_project.core.errors import HaicapError, locate_bug
from dagster_project.core.leftovers import end_with

Question = TypeVar("Question")
Answer = TypeVar("Answer")

_NUMBER_BYTES = 8  # before a question and its answer: an answer that another question left behind is told by it
_END_SECONDS = 10.0  # for the system to take away a process that was killed


@dataclass(frozen=True)
class Bounds:
    """Bounds what a worker may cost.

    `seconds`: of the clock, from a question to its whole answer. `start_seconds`: the same for its start.
    `cpu_seconds`: of the processor, for one question. `memory`: bytes of data that its process may hold, its imports
    included. None: as much as the system gives.
    """

    seconds: float
    start_seconds: float = 120.0
    cpu_seconds: int | None = None
    memory: int | None = None


Cause = Literal["start", "time", "memory", "death", "killed", "failure"]
"""Why a question has no answer. `death`: the process ended by itself; `killed`: somebody ended it from outside."""


class WorkerFault(HaicapError):  # noqa: N818 - a HaicapError, as the others of the house
    """Says why a question has no answer: its worker died, took too long, or failed. The message names the subject."""

    def __init__(self, subject: str, reason: str, cause: Cause = "failure") -> None:
        super().__init__(f"Tiến trình phụ không xử lý được {subject}: {reason}.")
        self.subject = subject
        self.reason = reason
        self.cause = cause


class WorkerStartFault(WorkerFault):
    """Says that a worker could not even start, so that another one would not either."""

    def __init__(self, subject: str, reason: str) -> None:
        super().__init__(subject, reason, "start")


class Worker(Generic[Question, Answer]):
    """Runs one process that calls `function` for one question after the other. Use as a context manager.

    `function`, its questions and its answers must be picklable. `prepare` is called once in the worker before the first
    question, for what takes long: its imports. After a fault the process is ended, and the next question starts
    another: what failed once is not trusted with the next file.
    """

    def __init__(
        self, function: Callable[[Question], Answer], bounds: Bounds, prepare: Callable[[], object] | None = None
    ) -> None:
        self._function = function
        self._prepare = prepare
        self._bounds = bounds
        self._lock = Lock()
        self._is_closed = False
        self._process: _Process | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def process_id(self) -> int | None:
        """Returns the number of the process; None while there is none."""
        process = self._process
        return None if process is None else process.number

    def start(self, subject: str = "") -> None:
        """Start the process and wait until it is prepared; does nothing when it is. `ask` does so by itself.

        Raises WorkerStartFault.
        """
        with self._lock:
            if self._is_closed:
                raise WorkerStartFault(subject, "tiến trình phụ đã đóng")
            if self._process is not None:
                return
            process = self._process = _Process(self._bounds)
        try:
            process.exchange((self._function, self._prepare), self._bounds.start_seconds, subject)
        except BaseException as fault:  # above all a function that cannot be pickled
            self._process = None
            process.end()
            if isinstance(fault, WorkerFault):
                raise WorkerStartFault(subject, fault.reason) from fault
            raise

    def ask(self, question: Question, subject: str) -> Answer:
        """Return the function's answer. Only one thread may ask at a time.

        `subject` names what the worker has in hand, for the message of WorkerFault, which is raised when no answer
        comes within the bounds.
        """
        self.start(subject)
        assert self._process is not None
        process = self._process
        try:
            answer: Answer = process.exchange(question, self._bounds.seconds, subject)
        except BaseException:  # also when the asker is interrupted: an answer that is still to come is nobody's
            self._process = None
            process.end()
            raise
        return answer

    def close(self) -> None:
        """End the process, whatever it does. Any thread may call this.

        A question that waits for its answer ends in WorkerFault, and so do all later ones.
        """
        with self._lock:
            self._is_closed = True
            process = self._process
        if process is not None:
            process.end()


class _Process:
    """Holds a process and our side of its pipe."""

    def __init__(self, bounds: Bounds) -> None:
        self._pipe, theirs = Pipe()
        self._asked = 0
        with theirs:
            limits = [str(limit or 0) for limit in (bounds.memory, bounds.cpu_seconds)]
            command = [sys.executable, "-m", __name__, str(theirs.fileno()), *limits]
            # What a library prints would mix with what the night answers, and may quote what it reads: persons, too.
            self._popen = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    @property
    def number(self) -> int:
        """Return the number by which the system knows it."""
        return self._popen.pid

    def exchange(self, question: object, seconds: float, subject: str) -> Any:
        """Send a question and return its answer. Raises WorkerFault, and then the process is of no more use."""
        overran = Event()

        def stop_process() -> None:
            overran.set()
            self._popen.kill()
            self._hang_up()

        self._asked += 1
        number = self._asked.to_bytes(_NUMBER_BYTES, "big")
        message = number + pickle.dumps(question, pickle.HIGHEST_PROTOCOL)
        # A timer also ends a wait in the middle of an answer, which no timeout of a pipe does.
        timer = Timer(seconds, stop_process)
        timer.daemon = True
        timer.start()
        cause: Cause = "failure"
        reason = answer = None
        try:
            self._pipe.send_bytes(message)
            received = self._pipe.recv_bytes()
            if not received.startswith(number):
                raise ValueError("the answer to another question")
            cause, reason, answer = pickle.loads(received[_NUMBER_BYTES:])  # noqa: S301 - of our own process
        except (EOFError, ConnectionError):
            cause, reason = self._describe_end()
        except Exception as error:  # whatever bytes may bring out that are no answer
            reason = f"câu trả lời không đọc được ({type(error).__name__})"
        finally:
            timer.cancel()
            timer.join()
        if overran.is_set():
            cause, reason = "time", f"quá {seconds:g} giây"
        if reason is not None:
            raise WorkerFault(subject, reason, cause)
        return answer

    def end(self) -> None:
        """Kill the process and wait until the system has taken it away."""
        self._popen.kill()
        self._hang_up()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(_END_SECONDS)

    def _hang_up(self) -> None:
        """End a wait for the pipe, whoever else holds its other side: a process that the worker started may."""
        with socket(fileno=os.dup(self._pipe.fileno())) as side, contextlib.suppress(OSError):
            side.shutdown(SHUT_RDWR)

    def _describe_end(self) -> tuple[Cause, str]:
        """Say how the process ended, once its side of the pipe is closed; the words are Vietnamese."""
        try:
            code = self._popen.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            return "death", "tiến trình đóng đường truyền"
        if code == -signal.SIGXCPU:
            return "time", "quá thời gian tính cho phép"
        if code in (-signal.SIGKILL, -signal.SIGTERM):
            return "killed", f"tiến trình bị dừng ({signal.Signals(-code).name})"
        return "death", f"tiến trình tự hỏng ({signal.Signals(-code).name})" if code < 0 else f"kết thúc (mã {code})"


def serve(descriptor: int, memory: int = 0, cpu_seconds: int = 0) -> None:
    """Do the worker's side: prepare, then answer each question, until the pipe closes. No limit is 0.

    An answer is the cause and the reason why there is none, or None, and what the function returned.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the night, which ends its workers
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # what it reads names persons
    os.set_inheritable(descriptor, False)
    pipe = Connection(descriptor)
    end_with(descriptor)
    with contextlib.suppress(EOFError, ConnectionError):
        function = _answer(pipe, _prepare_worker)
        if memory:  # what a library takes on loading is small, and its lack would be told as a bug
            _bound(resource.RLIMIT_DATA, memory)
        while True:
            _answer(pipe, function, cpu_seconds)


def _bound(kind: int, limit: int) -> None:
    """Set a limit of the process, as far as a lower one does not stand already."""
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _answer(pipe: Connection, function: Callable[[Any], Any], cpu_seconds: int = 0) -> Any:
    """Receive a question, send the answer or why there is none, and return the answer (None when there is none)."""
    message = pipe.recv_bytes()
    number = message[:_NUMBER_BYTES]
    if cpu_seconds:  # the system counts from the start of the process
        _bound(resource.RLIMIT_CPU, math.ceil(time.process_time()) + cpu_seconds)
    try:
        answer = function(pickle.loads(message[_NUMBER_BYTES:]))  # noqa: S301 - of the process that started this one
        said = pickle.dumps((None, None, None if function is _prepare_worker else answer), pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        is_full = isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM
        told = ("memory", "quá bộ nhớ cho phép") if is_full else ("failure", locate_bug(error))
        answer, said = None, pickle.dumps((*told, None))
    pipe.send_bytes(number + said)
    return answer


def _prepare_worker(given: tuple[Callable[[Any], Any], Callable[[], object] | None]) -> Callable[[Any], Any]:
    """Prepare the worker and return the function that answers its questions.

    Imports make millions of objects that all live as long as the process: no collection looks at them, then or later.
    """
    function, prepare = given
    gc.disable()
    if prepare is not None:
        prepare()
    gc.freeze()
    gc.enable()
    return function


if __name__ == "__main__":
    serve(*map(int, sys.argv[1:]))
