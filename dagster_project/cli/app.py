"""`haicap` at the command line. Heavy imports stay inside the commands, so that the help answers at once."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Sequence

import typer
from typer.exceptions import Abort, TyperException

from dagster_project.cli.compare import compare
from dagster_project.cli.new_feed import new_feed
from dagster_project.cli.night import dev, refresh, simulate
from dagster_project.cli.published import extract, rollback, sql, status, versions
from dagster_project.cli.release import release
from dagster_project.cli.sources import backup, doctor, pull
from dagster_project.cli.vault import vault_app
from dagster_project.cli.why import gaps, why
from dagster_project.core.durable_files import HOME_UMASK
from dagster_project.core.errors import HaicapError
from dagster_project.core.leftovers import await_children_at_exit
from dagster_project.night.machine_faults import describe_storage_fault

app = typer.Typer(
    name="haicap",
    help="Kho dữ liệu buổi sáng của tỉnh dưới chính quyền địa phương hai cấp.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    invoke_without_command=True,
)
STOPPED = 130
_STOPPED_VI = "Đã dừng theo yêu cầu. Bản đang công bố không đổi."
_ACTIONS = (refresh, simulate, pull, doctor, backup, dev, new_feed)
_ANSWERS = (status, gaps, why, sql, extract, versions, compare, release, rollback)
_MEANINGS = (
    (r"Input should be greater than or equal to (\S+)", r"phải từ \1 trở lên"),
    (r"Input should be less than or equal to (\S+)", r"phải từ \1 trở xuống"),
    (r"Input should be a valid integer.*", "phải là số nguyên"),
    (r"Input should be a valid number.*", "phải là số"),
    (r"(?:Value error, )?('.*') is not one of (.*)", r"\1 không phải một trong \2"),
    (r"Option '(\S+)' requires an argument", r"\1 phải có giá trị theo sau"),
    (r"Option '(\S+)' does not take a value", r"\1 không nhận giá trị"),
    (r"Got unexpected extra arguments? \((.*)\)|Got unexpected extra argument\(s\) \((.*)\)", r"thừa \1\2"),
    (r"^Missing command$", "thiếu tên lệnh con"),
)
"""What the parser of the command line says in English → the same in Vietnamese."""
for command in (*_ACTIONS, *_ANSWERS):
    app.command()(command)
app.add_typer(vault_app)


@app.callback()
def show_help(context: typer.Context) -> None:
    """Kho dữ liệu buổi sáng của tỉnh dưới chính quyền địa phương hai cấp."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command of this process and end with its exit code: the entry point of the console script."""
    await_children_at_exit()
    os.umask(HOME_UMASK)
    exit_code = run(sys.argv[1:])
    # Whatever lives now lives to the end: collecting the garbage of dbt and Dagster at exit would cost another second.
    gc.freeze()
    sys.exit(exit_code)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. A person's fault is told in one line, without a traceback.

    0: `current` is up to date. 3: likewise, but an expected feed is missing, late or blocked. 4: refused by an audit.
    2: wrong use. 130: stopped by Ctrl+C or SIGTERM, as typer and shells have it. 1: unforeseen.
    """
    try:
        exit_code = int(app(list(arguments), prog_name="haicap", standalone_mode=False) or 0)
        return _say(_STOPPED_VI, exit_code) if exit_code == STOPPED else exit_code
    except TyperException as fault:
        return _say(f"Lỗi dùng lệnh: {_translate(fault)} Xem `haicap --help`.", 2)
    except HaicapError as fault:
        between = "\n" if "\n" in fault.message_vi else " "
        return _say(between.join(part for part in (fault.message_vi, fault.remedy_vi) if part), fault.exit_code)
    except (Abort, KeyboardInterrupt):
        return _say(_STOPPED_VI, STOPPED)
    except SystemExit:
        # Typer ends so when the reader of our output went away (`haicap sql … | head`): not a fault.
        return 0
    except Exception as fault:
        words = describe_storage_fault(fault)
        if words is None:
            raise
        return _say(words, 1)


def _say(message: str, exit_code: int) -> int:
    typer.echo(message, err=True)
    return exit_code


def _translate(fault: TyperException) -> str:
    """Say in one Vietnamese line what the parser of the command line refused."""
    kind = type(fault).__name__
    parameter = getattr(fault, "param", None)
    name = parameter.opts[-1] if parameter is not None and parameter.opts else ""
    words = " ".join(fault.format_message().split()).rstrip(".")
    for pattern, meaning in _MEANINGS:
        words = re.sub(pattern, meaning, words)
    if kind == "NoSuchOption":
        return f"không có tùy chọn {getattr(fault, 'option_name', '')}."
    if kind == "MissingParameter":
        return f"thiếu {name}."
    if kind == "BadParameter":
        return f"giá trị của {name} không hợp lệ: {words.split(': ', 1)[-1]}."
    if words.startswith("No such command"):
        return f"không có lệnh {words.removeprefix('No such command').strip()}."
    return f"{words}."


if __name__ == "__main__":
    main()
