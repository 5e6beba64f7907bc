"""The wheel alone gives the demo night: built from the source archive, installed where nothing of the checkout is."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from zipfile import ZipFile

import duckdb
import pytest

from dagster_project.core.paths import DBT_DIR, EXPECTATIONS_DIR, PACKAGE_DIR, PROJECT_ROOT, SOURCES_DIR

pytestmark = [pytest.mark.extra, pytest.mark.slow]

PROJECT = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
UV = str(Path(sys.executable).with_name("uv"))
HASHES = """
from dagster_project.contracts.registry import load_registry
from dagster_project.ingest.landing.parser_version import compute_parser_version
from dagster_project.warehouse.identity import hash_code, hash_dbt_project, hash_seeds
print(hash_code(), hash_dbt_project(), hash_seeds(), *map(compute_parser_version, load_registry().feeds.values()))
"""


def call(*command: str | Path, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment = {name: value for name, value in environment.items() if not name.startswith("HAICAP_")}
    return subprocess.run(
        [str(word) for word in command], cwd=cwd, env=environment | more, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built without network from the source archive, as whoever packs a release builds it."""
    folder = tmp_path_factory.mktemp("dist")
    build = [UV, "build", "--offline", "--no-build-isolation", "--python", sys.executable, "--out-dir", folder]
    done = call(*build, PROJECT_ROOT, cwd=folder, VIRTUAL_ENV=sys.prefix)
    assert done.returncode == 0, done.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory) -> Path:
    """The Python of an environment that has the wheel, and reads the locked packages from where the tests have them."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    assert call(UV, "venv", "--quiet", "--python", sys.executable, folder, cwd=folder.parent).returncode == 0
    python = folder / "bin" / "python"
    done = call(UV, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python, wheel, cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "locked.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def files_of(folder: Path) -> dict[str, bytes]:
    kept = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept}


def test_every_command_of_its_metadata_starts(installed: Path, tmp_path: Path):
    for name in PROJECT["project"]["scripts"]:
        done = call(installed.with_name(name), "--help", cwd=tmp_path)
        assert done.returncode == 0, done.stderr


def test_it_holds_what_the_night_reads_and_nothing_else(wheel: Path):
    with ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        licences = [name for name in archive.namelist() if name.endswith("/licenses/LICENSE")]
    tracked = call("git", "ls-files", "-z", "dagster_project", cwd=PROJECT_ROOT).stdout.split("\0")
    wanted = set(filter(None, tracked)) or {f"dagster_project/{name}" for name in files_of(PACKAGE_DIR)}
    for folder in (DBT_DIR, SOURCES_DIR, EXPECTATIONS_DIR):
        tracked = call("git", "ls-files", "-z", folder.name, cwd=PROJECT_ROOT).stdout.split("\0")
        wanted |= {f"dagster_project/_data/{name}" for name in filter(None, tracked)}
    assert names == wanted
    assert len(licences) == 1


def test_the_night_has_the_identity_of_the_checkout(installed: Path, tmp_path: Path):
    here = call(sys.executable, "-c", HASHES, cwd=tmp_path, PYTHONPATH=str(PROJECT_ROOT))
    there = call(installed, "-c", HASHES, cwd=tmp_path)
    assert len(here.stdout.split()) > 3, here.stderr
    assert there.stdout == here.stdout, there.stderr


def test_the_demo_night_runs_in_an_empty_folder_and_leaves_the_package_alone(installed: Path, tmp_path: Path):
    (package,) = installed.parent.parent.glob("lib/python*/site-packages/dagster_project")
    before = files_of(package)
    done = call(installed.with_name("haicap"), "refresh", cwd=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    published = tmp_path / "haicap-home" / "published" / "current.duckdb"
    with duckdb.connect(str(published), read_only=True) as connection:
        ((tables,),) = connection.execute("select count(*) from duckdb_tables() where schema_name = 'marts'").fetchall()
    models = DBT_DIR.glob("models/**/*.sql")
    assert tables == sum(model.read_text(encoding="utf-8").startswith("{{ published(") for model in models)
    assert files_of(package) == before
    assert [path.name for path in tmp_path.iterdir()] == ["haicap-home"]


def test_a_new_layout_is_not_written_into_the_package(installed: Path, tmp_path: Path):
    (tmp_path / "mau.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    command = [installed.with_name("haicap"), "new-feed", "mau.csv", "--domain", "housing", "--area", "ttpt"]
    done = call(*command, cwd=tmp_path)
    assert done.returncode == 2
    assert "HAICAP_PROVINCE" in done.stderr
