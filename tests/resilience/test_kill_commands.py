"""Other commands than a night killed at a step: run again they end as if undisturbed, with nothing half written."""

from __future__ import annotations

import shutil

import pytest

from dagster_project.core.durable_files import TEMPORARY_PREFIX
from dagster_project.core.paths import Home
from dagster_project.ingest.receive.archive import open_archive
from dagster_project.ingest.receive.arrivals import ArrivalList
from dagster_project.ingest.vault.vault import open_vault
from dagster_project.warehouse import ledger
from tests.support.nights.nights import DIED_AT_STEP, haicap
from tests.support.nights.season import hash_files

COMMANDS = (
    (("backup", "{copy}"), ("half_copied", "one_copied")),
    (("vault", "rotate-keys", "--archive"), ("old_key_kept", "new_key_written", "one_rewritten")),
    (("vault", "rotate-keys", "--vault"), ("new_key_written", "one_rewritten", "line_logged")),
    (("rollback", "latest"), ("pinned", "extract_written")),
    (("rollback", "--lift"), ("unpinned",)),
    (("extract",), ("extract_written",)),
)
CASES = [
    pytest.param(command, step, id=f"{'-'.join(command[:2])}-{step}") for command, steps in COMMANDS for step in steps
]
MAY_DIFFER = ("keys/", "archive/", "vault/", "night.lock", "published/pin.json")
"""Names below the home whose bytes are new each time; what they hold is read instead."""


@pytest.fixture
def home(normal_season, tmp_path) -> Home:
    shutil.copytree(normal_season.home.root, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


@pytest.mark.slow
@pytest.mark.parametrize(("command", "step"), CASES)
def test_a_killed_command_ends_as_an_undisturbed_one(home, normal_season, tmp_path, command, step):
    if step == "extract_written":  # then they are to be written
        shutil.rmtree(home.extracts / home.current.resolve().stem.removeprefix("haicap-"))
    arguments = [part.format(copy=tmp_path / "copy") for part in command] + ["--home", str(home.root)]
    assert haicap(tmp_path / "died.log", *arguments, step=step) == DIED_AT_STEP
    assert home.current.resolve().is_file()
    assert haicap(tmp_path / "again.log", *arguments) == 0, (tmp_path / "again.log.err").read_text(encoding="utf-8")
    assert list(tmp_path.rglob(f"{TEMPORARY_PREFIX}*")) == []
    assert read_all(home) == read_all(normal_season.home)
    assert list_stable(home) == list_stable(normal_season.home)
    if "backup" in command:
        assert list_stable(Home(tmp_path / "copy")).items() <= list_stable(home).items()
        assert set(hash_files(tmp_path / "copy" / "archive")) == set(hash_files(home.archive))


def read_all(home: Home) -> tuple[object, ...]:
    """What archive, vault, list of arrivals and ledger hold, whatever the keys are."""
    archive, vault = open_archive(home), open_vault(home)
    bytes_kept = {path.name: archive.get(path.name) for path in home.archive.glob("??/*")}
    cells = {path.stem: vault.get(path.parent.name, path.stem).to_csv() for path in home.vault.glob("*/*.bin")}
    entries = [(entry.sequence, entry.identity) for entry in ledger.list_entries(home)]
    return bytes_kept, cells, ArrivalList(home.arrivals).read_arrivals(), entries


def list_stable(home: Home) -> dict[str, str]:
    """The hash of every file whose bytes are the same whenever it is written."""
    return {name: digest for name, digest in hash_files(home.root).items() if not name.startswith(MAY_DIFFER)}
