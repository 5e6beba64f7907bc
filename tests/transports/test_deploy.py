"""What is shipped for other machines: units that systemd accepts, a container file of files that exist, a pointer."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from dagster_project.core.durable_files import point_link
from dagster_project.core.paths import PROJECT_ROOT, Home
from dagster_project.settings.settings import load_settings
from dagster_project.warehouse import versions
from dagster_project.warehouse.query import find_current_file

DEPLOY = PROJECT_ROOT / "deploy"


@pytest.mark.debian
def test_systemd_accepts_the_units(tmp_path):
    assert shutil.which("systemd-analyze"), "systemd chưa cài: .ci/run cài systemd"
    installed = str(Path(sys.executable).with_name("haicap"))
    for unit in DEPLOY.glob("haicap-night.*"):
        text = unit.read_text(encoding="utf-8").replace("/opt/haicap/.venv/bin/haicap", installed)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    units = sorted(str(path) for path in tmp_path.iterdir())
    assert len(units) == 2
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "haicap" in line]
    assert (done.returncode, ours) == (0, [])
    times = subprocess.run(
        ["systemd-analyze", "calendar", "*-*-* 02:30:00 Asia/Ho_Chi_Minh"], capture_output=True, text=True, check=False
    )
    assert times.returncode == 0


@pytest.mark.debian
def test_the_night_s_unit_is_open_to_little():
    """Exposure below 2.0 of 10; what makes a night stop a machine is bounded."""
    assert shutil.which("systemd-analyze"), "systemd chưa cài: .ci/run cài systemd"
    unit = DEPLOY / "haicap-night.service"
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr
    told = dict(line.split("=", 1) for line in unit.read_text(encoding="utf-8").splitlines() if "=" in line)
    assert {"MemoryMax", "TasksMax"} <= set(told)
    assert told["ReadWritePaths"] == told["Environment"].removeprefix("HAICAP_HOME=")


def test_the_container_file_copies_what_is_there_and_all_that_the_program_needs():
    lines = (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines()
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]]
    assert all(list(PROJECT_ROOT.glob(name)) for name in copied)
    needed = {
        "pyproject.toml",
        "requirements*.lock",
        "LICENSE",
        "scripts/",
        "dagster_project/",
        "sources/",
        "dbt/",
        "expectations/",
    }
    assert needed <= set(copied)
    assert not any("latest" in line for line in lines if line.startswith("FROM"))


def test_the_sample_of_the_settings_is_understood_also_with_everything_switched_on(tmp_path, monkeypatch):
    for name in ("HAICAP_INBOX", "HAICAP_SECRETS_DIR", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    sample = (DEPLOY / "haicap.yaml").read_text(encoding="utf-8")
    (tmp_path / "haicap.yaml").write_text(sample, encoding="utf-8")
    assert load_settings(tmp_path).sources.feeds == {}
    head, rest = sample[: sample.index("inbox:")], sample[sample.index("inbox:") :]
    everything = head + "\n".join(line.removeprefix("# ") for line in rest.splitlines())
    (tmp_path / "haicap.yaml").write_text(everything, encoding="utf-8")
    settings = load_settings(tmp_path)
    assert settings.current_as == "pointer"
    assert {source.kind for source in settings.sources.feeds.values()} == {"http", "sftp", "folder", "sql", "portal"}
    assert settings.bundle == "always"
    assert settings.notice is not None
    assert "sources" in yaml.safe_load(everything)


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path)
    home.published.mkdir()
    for name in ("haicap-a.duckdb", "haicap-b.duckdb"):
        (home.published / name).touch()
    return home


def test_a_pointer_file_takes_the_place_of_the_link_and_back(home):
    point_link(home.current, "haicap-a.duckdb")
    (home.root / "haicap.yaml").write_text("current_as: pointer\n", encoding="utf-8")
    assert versions.read_current_version(home) == "a"
    assert not versions.is_named_as_told(home, home.current)
    versions.name_it(home, home.current, "haicap-b.duckdb")
    assert (home.published / "current.txt").read_bytes() == b"haicap-b.duckdb\n"
    assert not home.current.is_symlink()
    assert (versions.read_current_version(home), find_current_file(home).name) == ("b", "haicap-b.duckdb")
    assert versions.is_named_as_told(home, home.current)
    (home.root / "haicap.yaml").unlink()
    versions.name_it(home, home.current, "haicap-a.duckdb")
    assert not (home.published / "current.txt").exists()
    assert find_current_file(home).name == "haicap-a.duckdb"


def test_killed_between_the_two_forms_readers_still_find_one(home, monkeypatch):
    """The pointer is written and the link still there: the link is what readers of yesterday have open."""
    point_link(home.current, "haicap-a.duckdb")
    (home.published / "current.txt").write_text("haicap-b.duckdb\n", encoding="utf-8")
    assert versions.read_current_version(home) == "a"
    (home.root / "haicap.yaml").write_text("current_as: pointer\n", encoding="utf-8")
    assert not versions.is_named_as_told(home, home.current)  # so the next start mends it
