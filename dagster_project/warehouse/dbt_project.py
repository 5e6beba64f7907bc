"""The parsed dbt project: parsing takes seconds and changes only with the project's files.

dbt's own partial parsing starts anew whenever a variable or the profile changes, that is every night; so the parse is
kept under the hash of the project and handed to dbt as it is. It is kept in the home; the installation may bring one
along (`python -m dagster_project.warehouse.dbt_project --install`), as it brings compiled Python.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from dagster_project.core.durable_files import (
    TEMPORARY_PREFIX,
    hash_file,
    make_temporary_name,
    read_json,
    remove,
    write_json,
)
from dagster_project.core.errors import DamagedFile, HaicapError
from dagster_project.core.leftovers import await_children_at_exit, end_with
from dagster_project.core.paths import DBT_DIR, INSTALLED_DIR, SEEDS_DIR, Home
from dagster_project.warehouse.identity import hash_dbt_project

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

BUILD_FILE = "build.duckdb"
MARTS_FILE = "published.duckdb"
"""File names are the databases' names in SQL: the same every night, and neither is the name of a schema."""

INSTALLED = INSTALLED_DIR / "manifest"

_PARTIAL_PARSE = "partial_parse.msgpack"
_SEALED = (_PARTIAL_PARSE, "manifest.json")
_SEAL = "seal.json"
"""Beside the parse: the SHA-256 of its files, for a parse that was damaged is made anew."""

_parsed: dict[Path, Manifest] = {}
_decoding = Lock()


def is_parsed(home: Home) -> bool:
    """Tell whether today's project is parsed already."""
    return any(_is_whole(root / _name_parse()) for root in _list_roots(home))


def find_manifest_json(home: Home) -> Path:
    """Return the path of `manifest.json` of today's project, which is parsed first when there is none yet."""
    return _find_folder(home) / "manifest.json"


def read_manifest(home: Home) -> Manifest:
    """Return the same manifest as dbt's own object, to hand to `dbtRunner`. Imports dbt."""
    folder = _find_folder(home)
    with _decoding:
        if folder not in _parsed:
            from dbt.contracts.graph.manifest import Manifest
            from dbt.parser.manifest import extended_mashumuro_decoder

            parse = (folder / _PARTIAL_PARSE).read_bytes()
            manifest = Manifest.from_msgpack(parse, decoder=extended_mashumuro_decoder)
            manifest.build_parent_and_child_maps()
            _parsed[folder] = manifest
        return _parsed[folder]


def prepare_project_dir(home: Home) -> Path:
    """Return the dbt project: the checkout's, or for another province one of links to it and to that province's seeds.

    dbt must not be given a seed path outside its project: it writes its SQL under the seed's own path, over the seed.
    """
    if SEEDS_DIR == DBT_DIR / "seeds":
        return DBT_DIR
    folder = home.build.resolve() / "project" / _name_parse()
    if not folder.is_dir():
        scratch = make_temporary_name(folder)
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        for part in DBT_DIR.iterdir():
            if part.name not in ("seeds", "target", "logs"):
                (scratch / part.name).symlink_to(part)
        (scratch / "seeds").symlink_to(SEEDS_DIR)
        os.replace(scratch, folder)
    return folder


def list_dbt_arguments(log_folder: Path, project: Path = DBT_DIR) -> list[str]:
    """Return the options of every dbt call: by them nothing is written into the checkout, printed or sent anywhere."""
    return [
        *("--project-dir", str(project), "--profiles-dir", str(project)),
        *("--target-path", str(log_folder / "target"), "--log-path", str(log_folder)),
        *("--log-level", "none", "--log-level-file", "none", "--quiet", "--no-print", "--no-use-colors"),
        "--no-send-anonymous-usage-stats",
        "--no-version-check",
    ]


@contextmanager
def set_dbt_environment(folder: Path) -> Iterator[None]:
    """Tell dbt where the two databases of the build in `folder` are; the environment is restored afterwards."""
    wanted = {
        "HAICAP_BUILD_DB": str(folder / BUILD_FILE),
        "HAICAP_MARTS_DB": str(folder / MARTS_FILE),
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _find_folder(home: Home) -> Path:
    for root in _list_roots(home):
        if _is_whole(root / _name_parse()):
            return root / _name_parse()
    folder = home.build.resolve() / "manifest" / _name_parse()
    _parse(folder, prepare_project_dir(home))
    return folder


def _list_roots(home: Home) -> tuple[Path, Path]:
    return home.build.resolve() / "manifest", INSTALLED


def _is_whole(folder: Path) -> bool:
    """Tell whether the parse in a folder is as it was written: its seal names the hash of each file."""
    try:
        told = read_json(folder / _SEAL, dict.fromkeys(_SEALED, str), "")
    except (FileNotFoundError, NotADirectoryError, DamagedFile):
        return False
    return all((folder / name).is_file() and hash_file(folder / name) == told[name] for name in _SEALED)


def _name_parse() -> str:
    """Name the parse of today's project where it lies now: dbt writes the project's absolute paths into its parse."""
    told = "\0".join((hash_dbt_project(), str(DBT_DIR), str(SEEDS_DIR)))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _parse(folder: Path, project: Path = DBT_DIR) -> None:
    """Parse into a folder of its own and rename it: two processes that parse at once both end with a whole one."""
    from dbt.cli.main import dbtRunner

    scratch = make_temporary_name(folder)
    scratch.mkdir(parents=True, exist_ok=True)
    arguments = ["parse", *list_dbt_arguments(scratch, project), "--no-partial-parse", "--vars", _PARSE_VARIABLES]
    with set_dbt_environment(scratch):
        result = dbtRunner().invoke(arguments)
    if not result.success:
        shutil.rmtree(scratch, ignore_errors=True)
        if isinstance(result.exception, OSError):  # of the disk, not of the project
            raise result.exception
        raise HaicapError(f"Không đọc được dự án dbt: {result.exception}", "Sửa dự án trong thư mục dbt/ rồi chạy lại.")
    if not _is_whole(folder):
        write_json(scratch / "target" / _SEAL, {name: hash_file(scratch / "target" / name) for name in _SEALED})
        remove(folder)
        os.replace(scratch / "target", folder)
    shutil.rmtree(scratch, ignore_errors=True)
    _remember(folder, result.result)


def _remember(folder: Path, manifest: Any) -> None:
    _parsed.clear()
    _parsed[folder] = manifest


_PARSE_VARIABLES = '{"as_of": "2025-07-13"}'
"""Any values do: variables are read again when a model runs."""


def remove_old_manifests(home: Home) -> None:
    """Remove parses of earlier code; only under the night's lock. A parse in progress stays, for the UI parses too."""
    for folder in (*(home.build / "manifest").glob("*"), *(home.build / "project").glob("*")):
        if folder.name != _name_parse() and not folder.name.startswith(TEMPORARY_PREFIX):
            shutil.rmtree(folder, ignore_errors=True)


def main(argument: str) -> None:
    """Parse into a home, for as long as standard input is open, or with `--install` into the installation.

    Then the installation's earlier parses go.
    """
    await_children_at_exit()
    if argument != "--install":
        end_with(sys.stdin.fileno())
        try:
            find_manifest_json(Home(Path(argument)))
        except (HaicapError, OSError):  # whoever needs the parse makes it, and tells what is in the way
            sys.exit(1)
        return
    if not _is_whole(INSTALLED / _name_parse()):
        shutil.rmtree(INSTALLED, ignore_errors=True)
        _parse(INSTALLED / _name_parse())


if __name__ == "__main__":
    main(sys.argv[1])
