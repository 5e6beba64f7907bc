"""A file of the inbox that stands still is not opened again; on any doubt it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagster_project.ingest.landing.batches import forget_parses
from dagster_project.ingest.landing.scan import Scan, keep_sightings
from dagster_project.ingest.receive import inbox, sightings
from tests.support.kits.landing_kit import Office

NAME = "ho_so_tthc_07_2025.xlsx"
HOUR = 3_600_000_000_000


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """One whose files have long stood still when they are looked at."""
    whole = sightings.read_clock
    monkeypatch.setattr(inbox, "read_clock", lambda: whole() + HOUR)
    office = Office(tmp_path)
    office.send(NAME)
    return office


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are opened to be hashed, from now on."""
    names: list[str] = []
    whole = inbox.hashlib.file_digest

    def noting(file: Any, name: str) -> Any:
        names.append(Path(file.name).name)
        return whole(file, name)

    monkeypatch.setattr(inbox.hashlib, "file_digest", noting)
    return names


def look(office: Office) -> Scan:
    """Scan as a night does."""
    scan = office.make_landing().scan()
    keep_sightings(office.home, scan.sightings)
    return scan


def test_a_file_that_stands_still_is_opened_once(office: Office, opened: list[str]) -> None:
    first = look(office)
    assert opened == [NAME]
    again = look(office)
    assert opened == [NAME]
    assert (again.new, again.paths) == (first.new, first.paths)


def replace_bytes(path: Path) -> None:
    """Other bytes of the same length, in the same file, under the same time."""
    state = path.stat()
    path.write_bytes(b"x" * state.st_size)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def replace_file(path: Path) -> None:
    """Another file of the same length and time under the same name."""
    state = path.stat()
    other = path.with_name("khac.part")
    other.write_bytes(b"x" * state.st_size)
    os.utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))
    other.replace(path)


def grow(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def touch(path: Path) -> None:
    os.utime(path, (0, 0))


@pytest.mark.parametrize("change", [replace_bytes, replace_file, grow, touch])
def test_a_file_that_was_touched_in_any_way_is_opened_again(
    office: Office, opened: list[str], change: Callable[[Path], None]
) -> None:
    look(office)
    change(office.folder / NAME)
    look(office)
    assert opened == [NAME, NAME]


def test_a_file_that_was_just_written_is_opened_again(
    office: Office, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = office.folder / NAME
    for seconds, is_trusted in ((2, False), (3, True)):
        opened.clear()
        with monkeypatch.context() as patched:
            patched.setattr(inbox, "read_clock", lambda s=seconds: path.stat().st_ctime_ns + s * 1_000_000_000)
            look(office)
            look(office)
        assert len(opened) == (1 if is_trusted else 2)


def test_a_file_that_lies_elsewhere_now_is_the_same_file(office: Office, opened: list[str]) -> None:
    """A rename changes only the time of the change of the file's entry, and that is a doubt."""
    look(office)
    (office.folder / NAME).rename(office.folder / "khac.xlsx")
    scan = look(office)
    assert opened[0] == NAME
    assert [arrival.file for arrival in scan.arrivals] == ["khac.xlsx"]


def test_a_full_night_opens_all(office: Office, opened: list[str]) -> None:
    look(office)
    forget_parses(office.home)
    look(office)
    assert opened == [NAME, NAME]


def test_what_is_gone_from_the_inbox_is_not_remembered(office: Office, opened: list[str]) -> None:
    look(office)
    (office.folder / NAME).unlink()
    assert look(office).sightings.now == {}
