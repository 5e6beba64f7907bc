"""Nights as an operator starts them, in process groups of their own, that a test can kill; and readers beside them.

Every night is the whole command `haicap refresh`. A warm one is forked from a server that has imported the libraries
already, so that a kill meets the night's own work and not ten seconds of imports; a cold one is a new Python.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import duckdb

from dagster_project.core.durable_files import FAULT_VARIABLE
from dagster_project.core.paths import Home

NOTHING_IS_WRONG = (0, 3)
"""Exit codes of a night that ends well; 3 says that an office has not delivered."""
DIED_AT_STEP = 137
ANSWER = """
select
    (select max(as_of) from marts.kpi_value)::varchar as day,
    (select count(*) from marts.fct_dossier) as dossiers,
    (select sum(hash(kpi_id, period_start, unit_code, numerator, denominator)) from marts.kpi_value)::varchar as kpis
"""
"""What a reader asks: the day and two figures, which tell one version from another."""

_PRELOADED = (
    "pyarrow.parquet", "dagster_dbt", "dbt.cli.main", "dbt.adapters.duckdb.connections", "python_calamine", "fastexcel",
    "dagster_project.cli", "dagster_project.defs.location", "dagster_project.defs.jobs",
    "dagster_project.defs.instance", "dagster_project.extracts.workbook.leaders",
    "dagster_project.ingest.landing.parse",
    "dagster_project.warehouse.build", "dagster_project.warehouse.inputs", "tests.support.nights.nights",
)  # fmt: skip
_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(list(_PRELOADED))


@dataclass(frozen=True)
class Disturbance:
    """What befalls a command. `step`: it dies there; `file_limit`: no file may grow beyond so many bytes."""

    step: str | None = None
    file_limit: int | None = None
    obeys_permissions: bool = False


@dataclass
class Command:
    """One running command of haicap. `log` holds what it says; errors go to `<log>.err`."""

    home: Home
    arguments: Sequence[str]
    log: Path
    is_cold: bool = False
    disturbance: Disturbance = field(default_factory=Disturbance)

    def start(self) -> Command:
        """Start it; returns at once."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.home.root.with_name(f"{self.home.root.name}-tmp")
        temporary.mkdir(exist_ok=True)
        changed = {"TMPDIR": str(temporary), "DO_NOT_TRACK": "1", "GX_ANALYTICS_ENABLED": "false"}
        if self.disturbance.step:
            changed[FAULT_VARIABLE] = self.disturbance.step
        arguments = [*self.arguments, "--home", str(self.home.root)]
        self.began = time.monotonic()
        if self.is_cold or self.disturbance.obeys_permissions:
            self._process: ForkServerProcess | subprocess.Popen[bytes] = self._cold(arguments, changed)
        else:
            told = (arguments, changed, str(self.log), self.disturbance.file_limit)
            self._process = _server.Process(target=_warm_command, args=told)
            self._process.start()
        return self

    def _cold(self, arguments: list[str], changed: dict[str, str]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dagster_project.cli", *arguments]
        if self.disturbance.obeys_permissions and os.geteuid() == 0:
            lost = "-dac_override,-dac_read_search"  # with these two, root is refused what the file modes refuse
            command = ["setpriv", f"--bounding-set={lost}", f"--inh-caps={lost}", *command]
        with self.log.open("wb") as out, Path(f"{self.log}.err").open("wb") as err:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                env=os.environ | changed, start_new_session=True,
            )  # fmt: skip

    def kill_at(self, seconds: float) -> bool:
        """SIGKILL to the whole group so many seconds after the start; False when it was over by then."""
        time.sleep(max(0.0, self.began + seconds - time.monotonic()))
        was_running = self._code() is None
        self._kill_group()
        self.wait()
        return was_running

    def wait(self, timeout: float = 600) -> int:
        """Exit code, negative for a signal. Whatever of its group outlives it is killed too."""
        end = time.monotonic() + timeout
        while (code := self._code()) is None:
            if time.monotonic() > end:
                self._kill_group()
                raise TimeoutError(f"a command took more than {timeout} s: {self.said}")
            time.sleep(0.01)
        self._kill_group()
        return code

    @property
    def said(self) -> str:
        """Standard output, then standard error."""
        return _text(self.log) + self.complaint

    @property
    def complaint(self) -> str:
        """Standard error."""
        return _text(Path(f"{self.log}.err"))

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._code() is None

    def _code(self) -> int | None:
        return self._process.poll() if isinstance(self._process, subprocess.Popen) else self._process.exitcode

    def _kill_group(self) -> None:
        pid = self._process.pid
        assert pid, "a command that was never started"
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            if self.is_running:  # in its very first moment it has no group yet
                self._process.kill()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _warm_command(arguments: list[str], changed: dict[str, str], log: str, file_limit: int | None) -> None:
    os.setsid()
    for path, mode, descriptor in (("/dev/null", "rb", 0), (log, "wb", 1), (f"{log}.err", "wb", 2)):
        with open(path, mode) as file:  # noqa: PTH123
            os.dup2(file.fileno(), descriptor)
    os.environ.update(changed)
    tempfile.tempdir = None
    if file_limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
    from dagster_project.cli.app import run

    code = run(arguments)
    sys.stdout.flush()
    os._exit(code)


def make_night(
    home: Home, inbox: Path, as_of: date, log: Path, is_cold: bool = False, disturbance: Disturbance | None = None
) -> Command:
    """`haicap refresh`, not started yet."""
    arguments = ("refresh", "--inbox", str(inbox), "--as-of", str(as_of))
    return Command(home, arguments, log, is_cold, disturbance or Disturbance())


@dataclass
class Reading:
    """What a reader met: answers by how often, and errors in words.

    `turns`: the first answer, and each that was not the one before.
    """

    queries: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    turns: list[str] = field(default_factory=list)


class Reader:
    """A process that opens `current` read-only, asks, closes, and again, until told to stop.

    `current`: the link, or the text file in its place (`current.txt`), which names the file to open. `pause`: seconds
    between two questions; whoever makes none stands back, so that the night goes on beside many of them.
    """

    def __init__(self, current: Path, folder: Path, name: str, pause: float = 0.05) -> None:
        self._report, self._stop = folder / f"{name}.json", folder / f"{name}.stop"
        told = (str(current), str(self._stop), str(self._report), pause)
        self._process = _server.Process(target=_read, args=told)
        self._process.start()

    def stop(self) -> Reading:
        """End it and hear what it met; a reader that died is an error."""
        self._stop.touch()
        self._process.join(60)
        if self._process.exitcode != 0 or not self._report.exists():
            return Reading(errors=[f"the reader died: {self._process.exitcode}"])
        return Reading(**json.loads(self._report.read_text(encoding="utf-8")))


def _read(current: str, stop: str, report: str, pause: float) -> None:
    if not pause:
        os.nice(19)
    met = Reading()
    is_last = False
    while not is_last:
        is_last = Path(stop).exists()
        met.queries += 1
        try:
            answer = fingerprint(_follow(Path(current)))
            met.answers[answer] = met.answers.get(answer, 0) + 1
            met.turns += [answer] if met.turns[-1:] != [answer] else []
        except (duckdb.Error, OSError) as error:
            met.errors.append(str(error))
        time.sleep(pause)
    Path(report).write_text(json.dumps(vars(met)), encoding="utf-8")


def _follow(current: Path) -> Path:
    """The file to open, as a reader finds it without the help of haicap."""
    if current.suffix != ".txt":
        return current
    return current.parent / current.read_text(encoding="utf-8").strip()


def fingerprint(file: Path) -> str:
    """A reader's answer from one file."""
    with duckdb.connect(str(file), read_only=True, config={"threads": 1}) as connection:
        connection.execute("set enable_progress_bar = false")  # of a question that waits long for the processor
        return str(connection.execute(ANSWER).fetchall())


def haicap(log: Path, *arguments: object, step: str | None = None) -> int:
    """Any other command, warm; returns its exit code. `log` holds what it says; errors go to `<log>.err`.

    `step`: it dies there.
    """
    changed = {FAULT_VARIABLE: step} if step else {}
    process = _server.Process(target=_warm_command, args=([str(a) for a in arguments], changed, str(log), None))
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode
