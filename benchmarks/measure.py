"""Run a command and account for all of its processes: `measure(command)`.

The command runs under a process of its own, this module started as a program, which is the reaper of whatever the
command leaves behind (PR_SET_CHILD_SUBREAPER), also of processes in sessions of their own. So nothing escapes:

- CPU is what the kernel says when a process is waited for: the command's own, with those of the children it waited for,
  and those of its orphans, for whose end the account waits.
- Memory is the sum of the proportional set sizes (PSS) of all processes alive at a moment: a page that several share
  counts once. Looked at every fifth of a second, less often where a look takes long; the highest sum counts. A shorter
  peak may be missed.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

PROC = Path("/proc")
_PR_SET_CHILD_SUBREAPER = 36
_EVERY = 0.2
_SHARE = 20
"""Of the time of a look: looking takes at most a twentieth of one core from what is measured."""
_ORPHAN_SECONDS = 30


class FailedCommandError(Exception):
    """A command of a benchmark ended otherwise than it must; the message is the end of what it said."""


@dataclass(frozen=True)
class Account:
    """An account holds the wall and CPU seconds of a command's processes, their MB of memory at once, the exit code."""

    wall: float
    cpu: float
    peak_mb: float
    code: int
    told: tuple[tuple[float, str], ...] = ()
    """Its lines, each with the second at which it came."""

    def list_steps(self) -> dict[str, float]:
        """Return the wall seconds of each step that a night told ("Công bố phiên bản …"), one name together."""
        steps: dict[str, float] = {}
        begun = [(second, line.removesuffix(" …")) for second, line in self.told if line.endswith(" …")]
        for (began, line), (ended, _) in pairwise([*begun, (self.wall, "")]):
            name = line.split(" (")[0].split(": ")[0]
            steps[name] = steps.get(name, 0.0) + ended - began
        return steps


def measure(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    allowed: Sequence[int] = (0,),
    folder: Path | None = None,
) -> Account:
    """Run a command to its end, in a folder, and return its account. Raises FailedCommandError when its exit code is
    not allowed."""
    with tempfile.TemporaryDirectory() as scratch:
        answer = Path(scratch) / "account.json"
        subprocess.run(
            [sys.executable, __file__, str(answer), *command],
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
            cwd=folder,
            check=True,
        )
        found = json.loads(answer.read_text(encoding="utf-8"))
    account = Account(**{**found, "told": tuple((second, line) for second, line in found["told"])})
    if account.code not in allowed:
        said = "\n".join(line for _, line in account.told[-40:])
        raise FailedCommandError(f"{' '.join(command)} ended with {account.code}:\n{said}")
    return account


def list_descendants(root: int, parents: Mapping[int, int]) -> set[int]:
    """Return the processes below `root`, children of children too, from pid → pid of the parent."""
    children: dict[int, list[int]] = {}
    for pid, parent in parents.items():
        children.setdefault(parent, []).append(pid)
    found: set[int] = set()
    open_ = [root]
    while open_:
        for pid in children.get(open_.pop(), ()):
            if pid not in found:
                found.add(pid)
                open_.append(pid)
    return found


def read_parents() -> dict[int, int]:
    """Return pid → pid of the parent of all processes; one that ends meanwhile is left out."""
    parents = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                # The name of the program stands in brackets and may hold anything: what follows the last one counts.
                fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
                parents[int(folder.name)] = int(fields[1])
    return parents


def read_memory(pid: int) -> int:
    """Return a process's proportional set size in bytes; 0 when it has ended."""
    with contextlib.suppress(OSError):
        for line in (PROC / str(pid) / "smaps_rollup").read_text(encoding="utf-8").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


class _Watch(threading.Thread):
    """This thread keeps the highest sum of the memory of all processes below this one."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._ended = threading.Event()

    def run(self) -> None:
        pause = _EVERY
        while not self._ended.wait(pause):
            began = time.thread_time()
            self.peak = max(self.peak, sum(map(read_memory, list_descendants(os.getpid(), read_parents()))))
            pause = max(_EVERY, _SHARE * (time.thread_time() - began))

    def end(self) -> None:
        """Stop looking."""
        self._ended.set()
        self.join()


def _run(command: Sequence[str]) -> Account:
    """Run a command below this process, wait for all that it started, and return the account."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "this system has no subreaper")
    watch = _Watch()
    watch.start()
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    told: list[tuple[float, str]] = []
    reader = threading.Thread(target=_keep_lines, args=(process, told, started), daemon=True)
    reader.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime + sum(_await_orphans())
    watch.end()
    reader.join(timeout=_ORPHAN_SECONDS)
    return Account(wall, cpu, watch.peak / 1e6, process.returncode, tuple(told))


def _keep_lines(process: subprocess.Popen[str], told: list[tuple[float, str]], started: float) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        told.append((time.perf_counter() - started, line.rstrip()))


def _await_orphans() -> Iterator[float]:
    """Return the CPU seconds of each process that the command left behind; what does not end in time is killed."""
    until = time.monotonic() + _ORPHAN_SECONDS
    while True:
        try:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid:
            yield usage.ru_utime + usage.ru_stime
        elif time.monotonic() > until:
            for left in list_descendants(os.getpid(), read_parents()):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(left, signal.SIGKILL)
        else:
            time.sleep(0.01)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(asdict(_run(sys.argv[2:]))), encoding="utf-8")
