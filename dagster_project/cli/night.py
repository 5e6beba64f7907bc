"""Commands that make something: `refresh`, `simulate`, `dev`."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dagster_project.cli.night_answer import describe_night, print_night
from dagster_project.cli.options import HomeOption, JsonOption, parse_day
from dagster_project.cli.output import Progress, print_json
from dagster_project.core.errors import HaicapError, UsageError
from dagster_project.night.demo import DEMO_SCALE, DEMO_SEED, open_inbox, refuse_other_province

if TYPE_CHECKING:
    from dagster_project.core.paths import Home
    from dagster_project.night.session import NightSession
    from dagster_project.settings.settings import Settings

_GC_THRESHOLD = 100_000
"""Objects made between two collections. Importing and building make millions that live; Python's 700 cost a tenth."""

_PARSING_SECONDS = 600
"""A bound far beyond what parsing the dbt project takes."""


class Mess(StrEnum):
    """Says how messy the simulated offices are."""

    none = "none"
    normal = "normal"
    hard = "hard"
    field = "field"


def refresh(
    inbox: Annotated[Path | None, typer.Option(help="Hộp thư: mỗi nguồn một thư mục con.")] = None,
    home: HomeOption = None,
    as_of: Annotated[str | None, typer.Option(help="Số liệu đến hết ngày YYYY-MM-DD (mặc định hôm qua).")] = None,
    allow_future: Annotated[
        bool, typer.Option("--allow-future", help="Diễn tập một ngày chưa đến; không thành bản hiện hành.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Đọc lại mọi tệp đã nhận từ kho lưu và dựng lại.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Chạy một đêm: nhận, kiểm tra, dựng, công bố, lập bản trích."""
    from dagster_project.settings.settings import load_settings

    began = time.monotonic()
    settings = load_settings(home, inbox)
    if inbox is not None and not inbox.is_dir():
        raise UsageError(f"Không thấy thư mục hộp thư {inbox}.", "Kiểm tra đường dẫn --inbox.")
    day = settings.choose_as_of(parse_day(as_of), allow_future)
    try:
        with Progress(quiet=as_json) as progress:
            answer = _run_night(settings, day, full, progress)
    except HaicapError as fault:
        if as_json:
            print_json({"result": "refused", "message": fault.message_vi, "exit_code": fault.exit_code})
        raise
    answer["seconds"] = round(time.monotonic() - began, 2)
    if as_json:
        print_json(answer)
    else:
        print_night(answer)
    return int(answer["exit_code"])


def _run_night(settings: Settings, day: date, full: bool, progress: Progress) -> dict[str, Any]:
    """Run one night under the lock and describe how it ended. What a killed night left is put right first."""
    from dagster_project.night.run import open_session

    inbox = open_inbox(settings, progress.tell)
    progress.tell(f"Xem hộp thư {inbox}")
    with open_session(
        settings.home, inbox, day, settings.keep_versions, progress.tell, settings.sources, reading=settings.reading
    ) as session:
        if full:
            session.forget_landing()
        if session.is_up_to_date():
            session.mend_extracts()
        else:
            try:
                _run_job(session, progress)
            except BaseException as fault:
                if session.is_stopped():  # a step took the signal for a fault of its own
                    raise KeyboardInterrupt from fault
                raise
        return describe_night(session)


def simulate(
    inbox: Annotated[Path, typer.Option(help="Nơi ghi các tệp; sự thật để đối chiếu nằm ở truth/ bên cạnh.")],
    seed: Annotated[int, typer.Option(help="Hạt giống: cùng số thì cùng tệp.")] = DEMO_SEED,
    scale: Annotated[float, typer.Option(min=0.001, help="Cỡ dữ liệu; 1 là khoảng 1,1 triệu hồ sơ.")] = DEMO_SCALE,
    as_of: Annotated[str | None, typer.Option(help="Ngày số liệu YYYY-MM-DD.")] = None,
    mess: Annotated[Mess, typer.Option(help="Mức lộn xộn của tệp.")] = Mess.normal,
) -> int:
    """Viết các tệp như các cơ quan gửi, kèm sự thật để đối chiếu."""
    refuse_other_province()
    from dagster_project.settings.settings import DEMO_AS_OF, refuse_file
    from dagster_project.simulate import simulate as write

    refuse_file(inbox.absolute(), "Kiểm tra đường dẫn --inbox.")
    with Progress() as progress:
        progress.tell(f"Mô phỏng các cơ quan vào {inbox}")
        write(inbox, seed=seed, scale=scale, as_of=parse_day(as_of) or DEMO_AS_OF, mess=mess.value)
    return 0


def dev(
    home: HomeOption = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Cổng của giao diện.")] = 3000,
) -> None:
    """Mở giao diện của Dagster trên máy này."""
    if find_spec("dagster_webserver") is None:
        raise HaicapError(
            "Chưa cài giao diện của Dagster.", 'Cài phần `ui`: make extras, hoặc pip install "haicap[ui]".'
        )
    from dagster_project.defs.instance import prepare_dagster_home
    from dagster_project.settings.settings import HOME_VARIABLE, INBOX_VARIABLE, load_settings

    settings = load_settings(home)
    prepare_dagster_home(settings.home)
    environment = os.environ | {
        HOME_VARIABLE: str(settings.home.root),
        "DAGSTER_HOME": str(settings.home.dagster.resolve()),
        "DO_NOT_TRACK": "1",
        "PYTHONWARNINGS": "ignore",
    }
    if settings.inbox is not None:
        environment[INBOX_VARIABLE] = str(settings.inbox)
    typer.echo(f"Giao diện: http://127.0.0.1:{port} (dừng bằng Ctrl+C)")
    sys.stdout.flush()
    command = [sys.executable, "-m", "dagster_project.defs.ui_server", str(port)]
    # In the place of this process: Ctrl+C then reaches Dagster alone, which stops its services.
    os.execve(sys.executable, command, environment)  # noqa: S606


def _run_job(session: NightSession, progress: Progress) -> None:
    """Run the Dagster job. Raises what a step said, when a step failed. Slow imports and the parse of dbt overlap."""
    with _parse_beside(session.home) as parsing:
        session.prepare_landing(session.feed_ids)
        progress.tell("Chuẩn bị")
        # While the project is parsed, the judge warms up, and the first files are read.
        _import_night(with_readers=session.scan.has_new)
        if parsing is not None:
            with suppress(subprocess.TimeoutExpired):  # then, as when it failed, this process parses by itself
                parsing.wait(_PARSING_SECONDS)
    from dagster_project.defs.instance import open_instance
    from dagster_project.defs.jobs import run_night
    from dagster_project.defs.location import build_definitions
    from dagster_project.warehouse.build import warm_up

    with open_instance(session.home) as instance, ThreadPoolExecutor(1) as beside:
        beside.submit(warm_up, session.home)
        is_done = run_night(session, build_definitions(session.home), instance)
    if session.faults.night is not None:
        raise session.faults.night
    if not is_done:
        raise HaicapError("Lượt chạy dừng vì lỗi ngoài dự kiến.", "Mở `haicap dev` để xem bước nào hỏng và vì sao.")


def _import_night(*, with_readers: bool) -> None:
    """Import what takes longest: Dagster, dbt and what reads files take as long as landing a hundred of them."""
    gc.set_threshold(_GC_THRESHOLD, 50, 50)
    import dagster_project.defs.instance
    import dagster_project.defs.location
    import dagster_project.warehouse.build

    if with_readers:
        import dagster_project.ingest.landing.parse  # noqa: F401


@contextmanager
def _parse_beside(home: Home) -> Iterator[subprocess.Popen[bytes] | None]:
    """Parse the dbt project in a process of its own while this one imports, when it is not parsed yet.

    The process ends with its standard input, so that it outlives no night, and at the latest when this does.
    """
    from dagster_project.warehouse.dbt_project import is_parsed

    if is_parsed(home):
        yield None
        return
    command = [sys.executable, "-m", "dagster_project.warehouse.dbt_project", str(home.root)]
    parsing = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        yield parsing
    finally:
        parsing.kill()
        parsing.communicate()
