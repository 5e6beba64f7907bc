"""What stands in the place of `current.duckdb` and leads readers to no version is told, and pointed again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project.core.durable_files import write_json
from dagster_project.core.errors import DamagedFile, HaicapError
from dagster_project.core.paths import Home
from dagster_project.night.mend import list_damage, repair
from dagster_project.warehouse import versions
from dagster_project.warehouse.publish import publish
from dagster_project.warehouse.query import find_current_file
from tests.support.marts.tiny_marts import built, identity


def to_elsewhere(current: Path) -> None:
    current.symlink_to("/etc/passwd")


def to_itself(current: Path) -> None:
    current.symlink_to(current.name)


def to_a_neighbour(current: Path) -> None:
    write_json(current.with_name("note.json"), {})
    current.symlink_to("note.json")


def to_the_same_name_elsewhere(current: Path) -> None:
    current.symlink_to(f"/nowhere/{identity('a').file_name}")


def to_a_version_that_never_was(current: Path) -> None:
    current.symlink_to("haicap-2025-07-13-ffffffff.duckdb")


def as_a_copy(current: Path) -> None:
    current.write_bytes(current.with_name(identity("a").file_name).read_bytes())


def not_at_all(current: Path) -> None:
    pass


DAMAGES = (
    to_elsewhere, to_itself, to_a_neighbour, to_the_same_name_elsewhere, to_a_version_that_never_was, as_a_copy,
    not_at_all, os.mkfifo,
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    publish(home, built(home), identity("a"))
    return home


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_broken_current_is_told_and_pointed_again(home: Home, damage: Callable[[Path], None]) -> None:
    assert list(list_damage(home, thoroughly=True)) == []
    home.current.unlink()
    damage(home.current)
    with pytest.raises(DamagedFile, match=r"current\.duckdb hỏng") as told:
        find_current_file(home)
    assert "doctor --repair" in told.value.remedy_vi
    assert [getattr(found, "path", None) for found in list_damage(home)] == [home.current]
    assert repair(home, lambda line: None) == 1
    assert find_current_file(home) == home.published / identity("a").file_name
    assert list(list_damage(home, thoroughly=True)) == []


def test_without_any_version_what_stands_in_the_place_goes(home: Home) -> None:
    (home.published / identity("a").file_name).unlink()
    home.current.unlink()
    os.mkfifo(home.current)
    with pytest.raises(DamagedFile):
        find_current_file(home)
    repair(home, lambda line: None)
    assert not home.current.exists()
    with pytest.raises(HaicapError, match="Chưa có bản nào"):
        find_current_file(home)


def test_before_the_first_night_nothing_is_broken(tmp_path: Path) -> None:
    assert not versions.is_current_broken(Home(tmp_path))
