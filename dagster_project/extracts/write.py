"""This module writes the folder that leaders receive, `extracts/<version>/` with its checksums, and `moi_nhat`, which
names the newest.

What leaders receive is made from one published file, and the same file makes the same bytes. The offices' own workbooks
of what is to mend lie beside it in `can-sua/`; they also need the rows that the landing holds back.
"""

from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

from dagster_project.core.database import open_published
from dagster_project.core.durable_files import hash_file, make_temporary_name, pass_fault_point, read_json, sync
from dagster_project.core.errors import DamagedFile
from dagster_project.core.paths import Home
from dagster_project.extracts.bundle import is_small, write_bundle
from dagster_project.settings.settings import load_settings
from dagster_project.warehouse.identity import read_version
from dagster_project.warehouse.versions import list_versions, name_it, read_name

WORKBOOK = "chi-tieu.xlsx"
BRIEF = "giao-ban.pdf"
MANIFEST = "manifest.json"
OWNERS = "can-sua"
LATEST = "moi_nhat"
_WRITERS = 8
"""Files that are made durable at a time: the disk is what one waits for."""


def write_extracts(home: Home, published: Path, is_latest: bool = True, with_bundle: bool = False) -> Path:
    """Write every extract of one published file, whole or not at all, and return their folder.

    `is_latest` lets `moi_nhat` name it. `with_bundle` asks for the analysts' bundle, too, whatever the settings say of
    it.
    """
    settings = load_settings(home.root)
    version = read_version(published.name)
    folder = home.extracts / version
    home.extracts.mkdir(parents=True, exist_ok=True)
    if not folder.is_dir():
        temporary = make_temporary_name(folder)
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        _fill(temporary, home, published, version, settings.boundaries)
        _write_manifest(temporary, version)
        pass_fault_point("extract_written")
        with ThreadPoolExecutor(_WRITERS) as writers:
            list(writers.map(sync, (*temporary.rglob("*"), temporary)))
        os.replace(temporary, folder)
        sync(home.extracts)
    if with_bundle or settings.bundle == "always" or (settings.bundle == "auto" and is_small(published)):
        write_bundle(home, published)
    if is_latest:
        name_it(home, home.extracts / LATEST, version)
    return folder


def _fill(folder: Path, home: Home, published: Path, version: str, boundaries: Path | None) -> None:
    """Write everything but the bundle. DuckDB lists what the offices have to mend while Python writes pages."""
    from dagster_project.explain.owners import make_owner_lists
    from dagster_project.extracts.brief.render import write_brief
    from dagster_project.extracts.page.commune_pages import write_sheets
    from dagster_project.extracts.page.leader_page import PAGE_NAME, SHEETS_FOLDER, write_page
    from dagster_project.extracts.reading.reading import read_published
    from dagster_project.extracts.workbook.leaders import write_workbook
    from dagster_project.extracts.workbook.owners import write_owners

    with open_published(published, home.landing) as marts, ThreadPoolExecutor(1) as beside:
        lists = beside.submit(make_owner_lists, home, marts.cursor(), date.fromisoformat(version[:10]))
        read = read_published(marts, version)
        write_page(read, marts, folder / PAGE_NAME, boundaries)
        write_sheets(read, marts, folder / SHEETS_FOLDER)
        write_brief(read, folder / BRIEF)
        write_workbook(read.facts, marts, folder / WORKBOOK, version)
        write_owners(lists.result(), folder / OWNERS, version)


def count_owners_workbooks(folder: Path) -> int:
    """Return how many offices have a workbook of what they have to mend in a version's folder."""
    return sum(1 for _ in (folder / OWNERS).glob("*.xlsx"))


def read_latest_extract(home: Home) -> str | None:
    """Return the version whose extracts `moi_nhat` names; None when it names none that is there."""
    named = read_name(home.extracts / LATEST)
    return named if named is not None and (home.extracts / named).is_dir() else None


def prune_extracts(home: Home, keep: int) -> list[str]:
    """Remove the dated folders of all but the last `keep` versions that have one; return those versions.

    Neither the folder that `moi_nhat` names goes, nor that of the current or the pinned version: a roll-back names it
    again. What no version of the ledger is called stays. Only under the night's lock.
    """
    held = [version for version in list_versions(home) if (home.extracts / version.entry.version).is_dir()]
    latest = read_latest_extract(home)
    gone = [
        version.entry.version
        for version in held[keep:]
        if not (version.is_current or version.is_pinned or version.entry.version == latest)
    ]
    for name in gone:
        outlived = make_temporary_name(home.extracts / name)  # a half removed folder is no version's
        os.replace(home.extracts / name, outlived)
        shutil.rmtree(outlived)
    if gone:
        sync(home.extracts)
    return gone


def find_torn_extract(folder: Path, thoroughly: bool = False) -> Path | None:
    """Find a file of a version's folder that is not as it was written; None when all are.

    Sizes are compared, and where it is asked for every byte.
    """
    try:
        told = read_json(folder / MANIFEST, {"files": dict}, "")["files"]
        for name, about in told.items():
            path: Path = folder / name
            is_same = path.is_file() and path.stat().st_size == about["bytes"]
            if not is_same or (thoroughly and hash_file(path) != about["sha256"]):
                return path
    except (FileNotFoundError, NotADirectoryError, DamagedFile, KeyError, TypeError):
        return folder / MANIFEST
    return None


def _write_manifest(folder: Path, version: str) -> None:
    files = {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": hash_file(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    content = json.dumps({"version": version, "files": files}, ensure_ascii=False, indent=2)
    (folder / MANIFEST).write_text(content + "\n", encoding="utf-8")
