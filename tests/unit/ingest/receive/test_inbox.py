"""What lies in the inbox and is not read is named, never passed over in silence, and never in the way of the rest."""

import os
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from dagster_project.ingest.receive.inbox import Inbox, find_strangers, list_candidate_files

FEEDS = ("procedures_vp", "procedures_pt", "national_portal")


def put(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")


def test_folders_and_files_of_no_feed_are_named_with_the_feed_that_may_be_meant(tmp_path):
    for name in (
        "procedures_vp/a.xlsx",
        "Procedures_PT/b.json",
        "procedure_vp/2025/c.xlsx",
        "Bao cao/d.xlsx",
        "e.xlsx",
    ):
        put(tmp_path / name)
    assert find_strangers(tmp_path, FEEDS) == {
        "Bao cao/": None,
        "Procedures_PT/": "procedures_pt",
        "e.xlsx": None,
        "procedure_vp/": "procedures_vp",
    }


def test_what_is_no_file_is_no_stranger(tmp_path):
    for name in (".git/config", ".DS_Store", "~$a.xlsx", "copying/b.xlsx.part", "c.tmp"):
        put(tmp_path / name)
    (tmp_path / "empty").mkdir()
    assert find_strangers(tmp_path, FEEDS) == {}


@pytest.fixture
def deep_path(tmp_path: Path) -> Iterator[Path]:
    """Give a folder for chains of folders that Python's own removal, one call within the other, could not remove."""
    yield tmp_path
    subprocess.run(["rm", "-rf", *tmp_path.iterdir()], check=True)


def make_long_chain(folder: Path, letters: int) -> None:
    """Make a file so deep below a folder that its path is longer than the system opens (4,096 bytes)."""
    folder.mkdir()
    here = os.open(folder, os.O_RDONLY)
    for _ in range(4_400 // (letters + 1)):
        os.mkdir("d" * letters, dir_fd=here)
        below = os.open("d" * letters, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("a.csv", os.O_WRONLY | os.O_CREAT, dir_fd=here))
    os.close(here)


def look_at(folder: Path) -> Inbox:
    inbox = Inbox({})
    for path in list_candidate_files(folder):
        inbox.look(path, "planning", path.name, date(2025, 7, 14))
    return inbox


@pytest.mark.parametrize("letters", [200, 1])
def test_a_path_longer_than_the_system_opens_is_told_and_all_else_read(deep_path, letters):
    make_long_chain(deep_path / "planning", letters)
    make_long_chain(deep_path / "khong_biet", letters)
    put(deep_path / "planning" / "a.csv")
    inbox = look_at(deep_path / "planning")
    assert [path.name for path in inbox.paths.values()] == ["a.csv"]
    assert len(inbox.unopened) == 1
    assert find_strangers(deep_path, ["planning"]) == {"khong_biet/": None}


def test_a_file_whose_path_alone_is_too_long_is_told(tmp_path):
    folder = tmp_path / "planning"
    while len(str(folder)) < 3_900:
        folder /= "d" * min(200, 4_040 - len(str(folder)))
    folder.mkdir(parents=True)
    here = os.open(folder, os.O_RDONLY)
    os.close(os.open("f" * 200 + ".csv", os.O_WRONLY | os.O_CREAT, dir_fd=here))
    os.close(here)
    assert list(look_at(tmp_path / "planning").unopened) == [("planning", "f" * 200 + ".csv")]


def test_links_to_folders_and_in_the_place_of_a_feed_are_told_and_not_followed(tmp_path):
    put(tmp_path / "elsewhere" / "b.csv")
    put(tmp_path / "inbox" / "planning" / "a.csv")
    (tmp_path / "inbox" / "planning" / "sub").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "inbox" / "directives").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "inbox" / "stray").symlink_to(tmp_path / "elsewhere")
    inbox = look_at(tmp_path / "inbox" / "planning")
    assert [path.name for path in inbox.paths.values()] == ["a.csv"]
    assert [(name, "liên kết" in why) for (_, name), why in inbox.unopened.items()] == [("sub", True)]
    assert [name for _, name in look_at(tmp_path / "inbox" / "directives").unopened] == ["directives"]
    assert find_strangers(tmp_path / "inbox", ["planning", "directives"]) == {"stray": None}


def test_a_file_in_the_place_of_a_feeds_folder_is_a_stranger(tmp_path):
    put(tmp_path / "planning")
    assert list_candidate_files(tmp_path / "planning") == []
    assert find_strangers(tmp_path, ["planning"]) == {"planning": "planning"}
