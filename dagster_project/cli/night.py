"""Commands that make something: `refresh`, `simulate`, `dev`."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dagster_project.cli.demo import DEMO_SCALE, DEMO_SEED
from dagster_project.cli.output import Progress, print_json, shown
from dagster_project.core.errors import HaicapError, UsageError
from dagster_project.extracts.words import FEED_STATE_VI, in_sentence

if TYPE_CHECKING:
    from dagster_project.core.paths import Home
    from dagster_project.ingest.transports.pull import PullResult
    from dagster_project.night.session import NightSession
    from dagster_project.settings.settings import Settings

HomeOption = Annotated[Path | None, typer.Option(help="Thư mục cài đặt (mặc định HAICAP_HOME, hoặc ./haicap-home).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Trả lời bằng JSON cho chương trình.")]
_GC_THRESHOLD = 100_000
"""Objects made between two collections. Importing and building make millions that live; Python's 700 cost a tenth."""


class Mess(StrEnum):
    """How messy the simulated offices are."""

    none = "none"
    normal = "normal"
    hard = "hard"


def refresh(
    inbox: Annotated[Path | None, typer.Option(help="Hộp thư: mỗi nguồn một thư mục con.")] = None,
    home: HomeOption = None,
    as_of: Annotated[str | None, typer.Option(help="Số liệu đến hết ngày YYYY-MM-DD (mặc định hôm qua).")] = None,
    full: Annotated[bool, typer.Option("--full", help="Đọc lại mọi tệp đã nhận từ kho lưu và dựng lại.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Chạy một đêm: nhận, kiểm tra, dựng, công bố, lập bản trích."""
    from dagster_project.settings.settings import load_settings

    began = time.monotonic()
    settings = load_settings(home, inbox)
    if inbox is not None and not inbox.is_dir():
        raise UsageError(f"Không thấy thư mục hộp thư {inbox}.", "Kiểm tra đường dẫn --inbox.")
    day = settings.as_of(parse_day(as_of))
    try:
        with Progress(quiet=as_json) as progress:
            answer = _night(settings, day, full, progress)
    except HaicapError as fault:
        if as_json:
            print_json({"result": "refused", "message": fault.message_vi, "exit_code": fault.exit_code})
        raise
    answer["seconds"] = round(time.monotonic() - began, 2)
    if as_json:
        print_json(answer)
    else:
        _print_answer(answer)
    return int(answer["exit_code"])


def _night(settings: Settings, day: date, full: bool, progress: Progress) -> dict[str, Any]:
    """One night under the lock, from whatever a killed one left to the answer."""
    from dagster_project.night.session import open_session

    if settings.is_demo:
        _make_demo(settings, progress)
    inbox = settings.inbox_or_demo
    progress.tell(f"Xem hộp thư {inbox}")
    with open_session(settings.home, inbox, day, settings.keep_versions, progress.tell, settings.sources) as session:
        if full:
            session.forget_landing()
        if session.is_up_to_date():
            session.mend_extracts()
        else:
            _run_job(session, progress)
        return _answer(session)


def simulate(
    inbox: Annotated[Path, typer.Option(help="Nơi ghi các tệp; sự thật để đối chiếu nằm ở truth/ bên cạnh.")],
    seed: Annotated[int, typer.Option(help="Hạt giống: cùng số thì cùng tệp.")] = DEMO_SEED,
    scale: Annotated[float, typer.Option(min=0.001, help="Cỡ dữ liệu; 1 là khoảng 1,1 triệu hồ sơ.")] = DEMO_SCALE,
    as_of: Annotated[str | None, typer.Option(help="Ngày số liệu YYYY-MM-DD.")] = None,
    mess: Annotated[Mess, typer.Option(help="Mức lộn xộn của tệp.")] = Mess.normal,
) -> int:
    """Viết các tệp như các cơ quan gửi, kèm sự thật để đối chiếu."""
    _refuse_demo_elsewhere()
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
        raise HaicapError("Chưa cài giao diện của Dagster.", "Cài phần `ui`: uv sync --extra ui.")
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
    command = [sys.executable, "-m", "dagster", "dev", "-m", "dagster_project.definitions"]
    # In the place of this process: Ctrl+C then reaches Dagster alone, which stops its services.
    os.execve(sys.executable, [*command, "-h", "127.0.0.1", "-p", str(port)], environment)  # noqa: S606


def home_of(told: Path | None) -> Home:
    """The home that a command means: as told, else that of the settings."""
    from dagster_project.settings.settings import load_settings

    return load_settings(told).home


def parse_day(text: str | None) -> date | None:
    """A day written YYYY-MM-DD. Raises UsageError for anything else."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"Ngày '{text}' không đúng.", "Viết YYYY-MM-DD, ví dụ 2025-07-13.") from error


def _refuse_demo_elsewhere() -> None:
    """The simulated offices are Phú Thọ's. Raises UsageError for another province."""
    from dagster_project.core.paths import PROVINCE_DIR, PROVINCE_VARIABLE

    if PROVINCE_DIR is not None:
        raise UsageError(
            f"Bản trình diễn và mô phỏng chỉ có cho tỉnh mặc định, không có cho {PROVINCE_DIR}.",
            f"Thêm --inbox với tệp thật, hoặc bỏ biến {PROVINCE_VARIABLE}.",
        )


def _make_demo(settings: Settings, progress: Progress) -> None:
    """Fill the demo's inbox, once."""
    from dagster_project.cli import demo

    _refuse_demo_elsewhere()
    if settings.inbox_or_demo.is_dir():
        progress.tell("Chưa cấu hình hộp thư: dùng hộp thư trình diễn")
        return
    how = "dùng hộp thư trình diễn" if demo.is_installed() else "mô phỏng các cơ quan cho bản trình diễn"
    progress.tell(f"Chưa cấu hình hộp thư: {how}")
    demo.provide_inbox(settings.inbox_or_demo)


def _run_job(session: NightSession, progress: Progress) -> None:
    """Run the Dagster job; raises what a step said, when a step failed. The slow imports of the steps overlap."""
    parsing = _parse_beside(session.home)
    session.prepare_landing(session.feed_ids)
    progress.tell("Chuẩn bị")
    _import_the_night()  # while the project is parsed, the judge warms up, and the first files are read
    from dagster_project.defs.instance import open_instance
    from dagster_project.defs.jobs import run_night
    from dagster_project.defs.location import build_definitions
    from dagster_project.warehouse.build import warm_up

    if parsing is not None:
        parsing.wait()

    with open_instance(session.home) as instance, ThreadPoolExecutor(1) as beside:
        beside.submit(warm_up, session.home)
        is_done = run_night(session, build_definitions(session.home), instance)
    if session.faults.night is not None:
        raise session.faults.night
    if not is_done:
        raise HaicapError("Lượt chạy dừng vì lỗi ngoài dự kiến.", "Mở `haicap dev` để xem bước nào hỏng và vì sao.")


def _import_the_night() -> None:
    """The longest imports of a night: Dagster, dbt and what reads files take as long as landing a hundred of them."""
    gc.set_threshold(_GC_THRESHOLD, 50, 50)
    import dagster_project.defs.instance
    import dagster_project.defs.location
    import dagster_project.ingest.landing.parse
    import dagster_project.warehouse.build  # noqa: F401


def _parse_beside(home: Home) -> subprocess.Popen[bytes] | None:
    """Parse the dbt project in a process of its own while this one imports, when it is not parsed yet."""
    from dagster_project.warehouse.dbt_project import is_parsed

    if is_parsed(home):
        return None
    return subprocess.Popen([sys.executable, "-m", "dagster_project.warehouse.dbt_project", str(home.root)])


def _answer(session: NightSession) -> dict[str, Any]:
    """How the night ended, for people and programs alike."""
    from dagster_project.explain.unmet_feeds import unmet_feeds
    from dagster_project.extracts.write import LATEST, owners_workbooks
    from dagster_project.warehouse import versions
    from dagster_project.warehouse.identity import version_of

    newest = session.newest_file()
    unmet = unmet_feeds(newest)
    exit_code = 1 if session.faults.feeds else 3 if unmet else 0
    extracts = session.home.extracts / LATEST
    return {
        "result": "unchanged" if session.published is None else "published",
        "version": version_of(newest.name),
        "as_of": session.as_of.isoformat(),
        "current": versions.current_version(session.home),
        "pinned": versions.pinned_version(session.home),
        "file": str(session.home.current),
        "extracts": str(extracts),
        "owners_workbooks": owners_workbooks(extracts),
        "feeds": [_feed_answer(session, feed_id) for feed_id in sorted(session.landed)],
        "pulls": {feed_id: _pull_answer(pulled) for feed_id, pulled in sorted(session.pulled.items())},
        "still_written": list(session.scan.still_written),
        "strangers": session.scan.strangers,
        "unmet": unmet,
        "idle_decisions": session.idle_rejections(),
        "exit_code": exit_code,
    }


def _feed_answer(session: NightSession, feed_id: str) -> dict[str, Any]:
    landed = session.landed[feed_id]
    return {
        "feed_id": feed_id,
        "files": landed.files,
        "rows_read": landed.rows_read,
        "rows_quarantined": landed.rows_quarantined,
        "blocked": landed.blocked,
        "fault": session.faults.feeds.get(feed_id),
    }


def _pull_answer(pulled: PullResult) -> dict[str, Any]:
    fault = pulled.fault
    if fault is None:
        return {"files": pulled.files, "fault": None, "message": None}
    return {"files": pulled.files, "fault": fault.kind, "message": f"{fault.message_vi} {fault.remedy_vi}"}


def _print_feeds(answer: dict[str, Any]) -> None:
    """What became of each feed's files, what waits, and what lies where no feed is."""
    for feed_id, pull in answer.get("pulls", {}).items():
        if pull["fault"]:
            typer.echo(f"  {feed_id}: KHÔNG lấy được hết từ nguồn, dùng số liệu đã có: {pull['message']}")
    for feed in answer["feeds"]:
        if feed["files"]:
            counted = f"{shown(feed['files'])} tệp mới, {shown(feed['rows_read'])} dòng đã đọc"
            typer.echo(f"  {feed['feed_id']}: {counted}, {shown(feed['rows_quarantined'])} dòng bị cách ly")
        for file, reason in feed["blocked"].items():
            typer.echo(f"  {feed['feed_id']}: không dùng được tệp {file}: {reason}")
    for fault, feed_ids in _by_fault(answer["feeds"]).items():
        typer.echo(f"  {', '.join(feed_ids)}: KHÔNG nhận được, giữ số liệu cũ: {fault}")
    for file in answer["still_written"]:
        typer.echo(f"  {file}: còn đang được ghi, để đêm sau")
    for name, meant in answer["strangers"].items():
        hint = f"có phải nguồn {meant}? Đổi tên thư mục cho đúng" if meant else "chuyển vào thư mục của nguồn nếu cần"
        typer.echo(f"  {name}: không thuộc nguồn nào nên không được đọc; {hint}.")


def _by_fault(feeds: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The feeds that were not landed, by what was said of them: what stops every feed is told once."""
    found: dict[str, list[str]] = {}
    for feed in feeds:
        if feed["fault"]:
            found.setdefault(feed["fault"], []).append(feed["feed_id"])
    return found


def _print_answer(answer: dict[str, Any]) -> None:
    _print_feeds(answer)
    for feed in answer["unmet"]:
        typer.echo(f"  {feed['feed_id']}: {in_sentence(FEED_STATE_VI[feed['state']])}")
    for rejection in answer["idle_decisions"]:
        typer.echo(f"  decisions.yaml: chưa nhận tệp nào như quyết định loại {rejection}")
    if answer["result"] == "unchanged":
        typer.echo(f"Không có gì mới: bản {answer['version']} đã là bản mới nhất, không công bố lại.")
    else:
        typer.echo(f"Đã công bố bản {answer['version']}.")
    if answer["pinned"] is not None and answer["current"] != answer["version"]:
        typer.echo(f"Bản hiện hành vẫn là {answer['current']} do đã ghim; bỏ ghim: haicap rollback --lift.")
    typer.echo(f"Tệp: {answer['file']}\nBản trích: {answer['extracts']}")
    if answer["owners_workbooks"]:
        from dagster_project.extracts.write import OWNERS

        where = f"{answer['extracts']}/{OWNERS}"
        typer.echo(f"Việc cần sửa: {shown(answer['owners_workbooks'])} cơ quan, mỗi cơ quan một tệp trong {where}")
    typer.echo(f"Xong sau {shown(answer['seconds'])} giây.")
