"""Each file of a home cut, emptied, noise, in another coding, a folder, without a key: told in one line, or mended."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dagster_project.cli.app import run
from dagster_project.core.errors import HaicapError
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batches import put_in_place
from dagster_project.ingest.receive.purges import open_purge_log
from dagster_project.night.mend import list_damage
from dagster_project.night.run import open_session
from dagster_project.settings.settings import load_settings
from tests.support.kits.landing_kit import list_batches
from tests.support.nights.same_end import content_differences
from tests.support.nights.season import AS_OF, refresh

FORBIDDEN = ("Traceback", "lỗi ngoài dự kiến", "Lỗi chưa rõ", "lỗi chương trình")
MENDED, REFUSED, KEPT = "mended", "refused", "kept"
"""What the next night does of itself: it makes the file again, or says in one line what a person does, or goes on."""


def cut(path: Path, content: bytes) -> None:
    path.write_bytes(content[: len(content) // 2])


def empty(path: Path, content: bytes) -> None:
    path.write_bytes(b"")


def noise(path: Path, content: bytes) -> None:
    path.write_bytes(random.Random(5).randbytes(max(len(content), 64)))


def utf_16(path: Path, content: bytes) -> None:
    path.write_bytes(content.decode("utf-8", "replace").encode("utf-16"))


def folder(path: Path, content: bytes) -> None:
    path.mkdir()


def without_a_key(path: Path, content: bytes) -> None:
    path.write_bytes(b"{}\n")


def link_elsewhere(path: Path, content: bytes) -> None:
    path.symlink_to("/etc/passwd")


def pipe(path: Path, content: bytes) -> None:
    os.mkfifo(path)


def gone(path: Path, content: bytes) -> None:
    pass


DECISIONS = """decisions:
  - {kind: not_expected, feed_id: directives, by: Bà A, why: nghỉ lễ, decided: 2025-07-01, until: 2025-07-02}
  - {kind: not_expected, feed_id: planning, by: Bà A, why: nghỉ lễ, decided: 2025-07-01, until: 2025-07-02}
"""
PURGED = {"at": "2025-07-13T02:30:00", "archive_days": 9, "vault_days": 9, "archive": ["ab"], "vault": []}
BINARY = (cut, empty, noise, folder)
TEXT = (*BINARY, utf_16, without_a_key)
FILES: tuple[tuple[str, tuple[Callable[[Path, bytes], None], ...], str], ...] = (
    ("manifest.jsonl", (cut, empty, noise, folder, utf_16, gone), REFUSED),
    ("decisions.yaml", (cut, noise, folder, utf_16), REFUSED),
    ("haicap.yaml", (noise, folder, utf_16), REFUSED),
    ("checks.json", TEXT, MENDED),
    ("night.lock", BINARY, KEPT),
    ("keys/archive.key", (*BINARY, gone), REFUSED),
    ("keys/vault.key", (*BINARY, gone), REFUSED),
    ("keys/pseudonym.key", (cut, empty, folder, gone), REFUSED),
    ("landing/batches.sqlite", (*BINARY, gone), MENDED),
    ("landing/*/*/rows-*.parquet", (*BINARY, gone), MENDED),
    ("ledger/*/version.json", (*TEXT, gone), REFUSED),
    ("ledger/*/kpi_value.parquet", (*BINARY, gone), MENDED),
    ("published/haicap-*.duckdb", BINARY, MENDED),
    ("published/current.duckdb", (empty, folder, gone, link_elsewhere, pipe), MENDED),
    ("extracts/2*/manifest.json", TEXT, MENDED),
    ("extracts/2*/trang-lanh-dao.html", (cut, empty, folder, gone), MENDED),
    ("published/pin.json", TEXT, REFUSED),
    ("outbox/told.json", TEXT, KEPT),
    ("pulls/procedures_pt.json", TEXT, KEPT),
    ("build/landed/housing_vp.json", TEXT, MENDED),
    ("dagster/history/runs.db", (cut, noise, folder), MENDED),
    ("dagster/dagster.yaml", (*BINARY, utf_16), KEPT),
    ("purge.jsonl", (cut, empty, noise, folder, utf_16), REFUSED),
)


@pytest.fixture(scope="module")
def sound(normal_season, tmp_path_factory) -> Home:
    """A home after a night in which every state file stands; nobody may change it."""
    home = Home(tmp_path_factory.mktemp("sound") / "home")
    shutil.copytree(normal_season.home.root, home.root, symlinks=True)
    home.decisions.write_text(DECISIONS, encoding="utf-8")
    (home.root / "haicap.yaml").write_text("keep_versions: 14\n", encoding="utf-8")
    version = home.current.resolve().stem.removeprefix("haicap-")
    (home.published / "pin.json").write_text(json.dumps({"version": version, "pinned_at": ""}), encoding="utf-8")
    (home.build / "landed").mkdir()
    (home.build / "landed" / "housing_vp.json").write_text('{"feed_id": "housing_vp", "verdicts": [], "fault": null}')
    home.pulls.mkdir()
    (home.pulls / "procedures_pt.json").write_text('{"source": "x", "cursor": {"day": "2025-07-12"}}')
    for _ in range(2):
        open_purge_log(home).append(
            {"at": "2025-07-13T02:30:00", "archive_days": 9, "vault_days": 9, "archive": ["ab"]}
        )
    return home


@pytest.fixture
def home(sound, tmp_path) -> Home:
    """The same home, its files shared: what spoils one first unlinks it. SQLite alone writes into what is there."""

    def share(source: str, target: str) -> None:
        (shutil.copy2 if source.endswith(".sqlite") else os.link)(source, target)

    shutil.copytree(sound.root, tmp_path / "home", symlinks=True, copy_function=share)
    return Home(tmp_path / "home")


def spoil(home: Home, pattern: str, damage: Callable[[Path, bytes], None]) -> Path:
    path = sorted(home.root.glob(pattern))[0]
    content = path.read_bytes()
    path.unlink()
    damage(path, content)
    return path


CASES = [
    pytest.param(
        pattern,
        damage,
        outcome,
        id=f"{pattern}-{damage.__name__}",
        marks=[pytest.mark.long] if pattern.startswith("extracts/") and damage is not cut else [],
    )
    for pattern, damages, outcome in FILES
    for damage in damages
]
"""Extracts take seconds to be made again, so that the short form does it but twice."""


def test_the_home_is_sound(sound):
    assert list(list_damage(sound, thoroughly=True)) == []


@pytest.mark.parametrize(("pattern", "damage", "outcome"), CASES)
def test_a_damaged_file_is_told_or_mended(home, normal_season, pattern, damage, outcome, capfd):
    path = spoil(home, pattern, damage)
    for command in (("status",), ("versions",), ("doctor", "directives")):
        assert run([*command, "--home", str(home.root)]) in (0, 1, 2, 3)
        check_words(capfd, one_line=True)
    said: list[str] = []
    fault = open_night(home, normal_season, said)
    if outcome == REFUSED:
        assert fault is not None
        assert path.name in fault.message_vi or path.parent.name in fault.message_vi
        assert fault.remedy_vi
    else:
        assert fault is None
        assert list(list_damage(home, thoroughly=True)) == []
        assert (outcome == KEPT) or any(path.name in line or str(path.parent) in line for line in said)
    assert run(["doctor", "directives", "--repair", "--home", str(home.root)]) in (0, 1, 2, 3)
    check_words(capfd)


def open_night(home: Home, season, said: list[str]) -> HaicapError | None:
    """Begin a night, as `haicap refresh` does, and end it at once. Returns what was refused."""
    try:
        load_settings(home.root)
        with open_session(home, season.inbox, AS_OF, 14, said.append, lands=[]) as session:
            assert session.registry
    except HaicapError as fault:
        return fault
    return None


def check_words(capfd, *, one_line: bool = False) -> None:
    out, err = capfd.readouterr()
    assert not [words for words in FORBIDDEN if words in out + err]
    assert not one_line or err.count("\n") <= 1


def test_one_night_mends_all_at_once(home, normal_season):
    wanted = home.current.resolve()
    kept = home.root.with_name("kept.duckdb")
    shutil.copyfile(wanted, kept)
    spoil(home, "landing/directives/*/rows-*.parquet", cut)
    spoil(home, "landing/procedures_vp/*/rows-*.parquet", noise)
    spoil(home, "published/haicap-*.duckdb", cut)
    spoil(home, "checks.json", utf_16)
    (home.published / "pin.json").unlink()
    night = refresh(normal_season.inbox, home.root, AS_OF.isoformat())
    assert night.returncode in (0, 3)
    assert not [words for words in FORBIDDEN if words in night.stdout + night.stderr]
    assert night.stdout.count(" hỏng: ") == 4
    assert list(list_damage(home, thoroughly=True)) == []
    assert content_differences(kept, home.current) == []


def test_a_lost_list_of_arrivals_is_made_again_from_the_published_file(home, capfd):
    before = home.arrivals.read_bytes()
    spoil(home, "manifest.jsonl", gone)
    assert run(["doctor", "directives", "--repair", "--home", str(home.root)]) in (0, 3)
    capfd.readouterr()
    about = [{(one["feed_id"], one["sha256"], one["size"]) for one in map(json.loads, lines.splitlines())}
             for lines in (before, home.arrivals.read_bytes())]  # fmt: skip
    assert about[0] == about[1]


def test_a_landed_file_that_no_published_file_names_is_listed_without_its_name(home, capfd):
    batch = list_batches(home, "directives")[0]
    put_in_place(home, [replace(batch, sha256="ab" * 32)], [])
    assert run(["doctor", "directives", "--home", str(home.root)]) == 3
    capfd.readouterr()
    assert run(["doctor", "directives", "--repair", "--home", str(home.root)]) in (0, 3)
    assert "directives/khong-ro-ten-abababababababab" in capfd.readouterr().out
    assert not [one for one in list_damage(home, thoroughly=True) if "manifest" in str(one)]


def test_lost_accounts_are_not_made_again_where_a_file_could_not_be_read_again(home, normal_season):
    next(home.archive.glob("??/*")).unlink()
    spoil(home, "landing/batches.sqlite", noise)
    fault = open_night(home, normal_season, [])
    assert fault is not None
    assert "batches.sqlite" in fault.message_vi
    assert "sao lưu" in fault.remedy_vi
    assert list(home.landing.glob("*/*/rows-*.parquet")), "nothing is thrown away that cannot be made again"


def test_a_part_of_another_time_is_known_by_its_bytes(home):
    """A home laid back by a tool that keeps no times is whole; a part of the same size and other bytes is not."""
    path = spoil(home, "landing/*/*/rows-*.parquet", lambda path, content: path.write_bytes(content))
    assert list(list_damage(home)) == []
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert [damage.path for damage in list_damage(home)] == [path]


def test_a_lost_key_of_the_vault_says_what_cannot_be_opened(home, normal_season):
    (home.keys / "vault.key").unlink()
    fault = open_night(home, normal_season, [])
    assert fault is not None
    records = list(home.vault.glob("*/*.bin"))
    assert f"{len(records)} tệp" in fault.message_vi
    assert all(path.parent.name in fault.message_vi for path in records)
    assert not (home.keys / "vault.key").exists()
