"""What the machine refuses ends a command in one line for people."""

import errno
import sqlite3

import duckdb
import pytest

from dagster_project.cli import app
from dagster_project.night.machine_faults import describe_storage_fault


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "kho.duckdb"), "Đĩa đã đầy. Tệp: kho.duckdb."),
        (
            PermissionError(errno.EACCES, "Permission denied", "published"),
            "Không có quyền đọc hoặc ghi. Tệp: published.",
        ),
        (sqlite3.OperationalError("database or disk is full"), "Đĩa đã đầy."),
        (sqlite3.OperationalError("attempt to write a readonly database"), "Không có quyền đọc hoặc ghi."),
        (duckdb.IOException("IO Error: Could not write file: No space left on device"), "Đĩa đã đầy."),
    ],
)
def test_the_machine_s_refusals_have_words(fault, says):
    words = describe_storage_fault(fault)
    assert words is not None
    assert words.startswith(says)
    assert "chạy lại" in words


def test_the_cause_behind_a_fault_is_found():
    wrapped = RuntimeError("step failed")
    wrapped.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    assert describe_storage_fault(wrapped) is not None


@pytest.mark.parametrize(
    "fault", [ValueError("no space left"), KeyError("x"), sqlite3.OperationalError("no such table")]
)
def test_other_faults_are_not_explained_away(fault):
    assert describe_storage_fault(fault) is None


def test_a_full_disk_is_one_line_and_exit_1(monkeypatch, capsys):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device", "x")

    monkeypatch.setattr(app, "app", full)
    assert app.run(["status"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_bug_stays_a_traceback(monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(app, "app", broken)
    with pytest.raises(ZeroDivisionError):
        app.run(["status"])
