"""The folder that leaders receive: `extracts/<version>/` with its checksums, and `moi_nhat`, which names the newest.

Everything is made from one published file, and the same file makes the same bytes.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import duckdb

from dagster_project.files import fault_point, sha256_of, sync, temporary_beside
from dagster_project.paths import Home
from dagster_project.warehouse.versions import name_it, named_by

WORKBOOK = "chi-tieu.xlsx"
PAGE = "trang-lanh-dao.html"
MANIFEST = "manifest.json"
LATEST = "moi_nhat"


def write_extracts(home: Home, published: Path, is_latest: bool = True) -> Path:
    """Write every extract of one published file, whole or not at all, and return their folder.

    `is_latest` lets `moi_nhat` name it.
    """
    from dagster_project.extracts.page import write_page
    from dagster_project.extracts.workbook import write_workbook

    version = published.name.removeprefix("haicap-").removesuffix(".duckdb")
    folder = home.extracts / version
    home.extracts.mkdir(parents=True, exist_ok=True)
    if not folder.is_dir():
        temporary = temporary_beside(folder)
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        with duckdb.connect(str(published), read_only=True) as marts:
            write_page(marts, temporary / PAGE, version)
            write_workbook(marts, temporary / WORKBOOK, version)
        _write_manifest(temporary, version)
        fault_point("extract_written")
        for path in (*temporary.iterdir(), temporary):
            sync(path)
        os.replace(temporary, folder)
        sync(home.extracts)
    if is_latest:
        name_it(home, home.extracts / LATEST, version)
    return folder


def latest_extract(home: Home) -> str | None:
    """Version whose extracts `moi_nhat` names; None when it names none that is there."""
    named = named_by(home.extracts / LATEST)
    return named if named is not None and (home.extracts / named).is_dir() else None


def _write_manifest(folder: Path, version: str) -> None:
    files = {path.name: {"bytes": path.stat().st_size, "sha256": sha256_of(path)} for path in sorted(folder.iterdir())}
    content = json.dumps({"version": version, "files": files}, ensure_ascii=False, indent=2)
    (folder / MANIFEST).write_text(content + "\n", encoding="utf-8")
