"""Where things are: the project's own files, and the folders of one installation (its home)."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

PACKAGE_DIR = Path(__file__).resolve().parents[1]
PROJECT_ROOT = PACKAGE_DIR.parent
"""The checkout; of an installed wheel the folder of packages, where only `dagster_project` is ours."""

_BUNDLED_DIR = PACKAGE_DIR / "_data"
IS_CHECKOUT = not _BUNDLED_DIR.is_dir()
_DATA_ROOT = PROJECT_ROOT if IS_CHECKOUT else _BUNDLED_DIR
"""A wheel carries inside the package what lies beside it in a checkout (pyproject.toml); nothing is written there."""

SOURCES_DIR = _DATA_ROOT / "sources"
DBT_DIR = _DATA_ROOT / "dbt"
PROVINCE_VARIABLE = "HAICAP_PROVINCE"
PROVINCE_DIR = Path(os.environ[PROVINCE_VARIABLE]).expanduser().resolve() if os.environ.get(PROVINCE_VARIABLE) else None
"""Folder of another province (docs/new-province.md), None for the one that the project brings along."""

SEEDS_DIR = PROVINCE_DIR / "seeds" if PROVINCE_DIR else DBT_DIR / "seeds"
LAYOUTS_DIR = PROVINCE_DIR / "sources" if PROVINCE_DIR else SOURCES_DIR
"""Where the layouts and the aliases of units are; contracts, code lists and rules are the project's."""

EXPECTATIONS_DIR = _DATA_ROOT / "expectations"

INSTALLED_DIR = Path(sys.prefix) / "share" / "haicap"
"""Beside the installed packages: what the installation makes beforehand, and nobody writes later."""


@dataclass(frozen=True)
class Home:
    """Names the folders of one installation. Everything below `root` belongs to the system; a night writes
    nowhere else."""

    root: Path

    @property
    def archive(self) -> Path:
        """Holds bytes as received, under their SHA-256; owner-only."""
        return self.root / "archive"

    @property
    def vault(self) -> Path:
        """Holds, encrypted, what sends faulty rows back to their owners, and the log of who looked; owner-only."""
        return self.root / "vault"

    @property
    def purge_log(self) -> Path:
        """Holds one JSON line for each purge: what was removed from archive and vault, and by which rule."""
        return self.root / "purge.jsonl"

    @property
    def arrivals(self) -> Path:
        """Holds one JSON line for each arrival: who sent what, when and how."""
        return self.root / "manifest.jsonl"

    @property
    def pulls(self) -> Path:
        """Holds one small JSON file for each fetched feed: its cursor, and how the last pull went."""
        return self.root / "pulls"

    @property
    def secrets(self) -> Path:
        """Holds tokens and passwords of the sources, one file each; owner-only."""
        return self.root / "secrets"

    @property
    def outbox(self) -> Path:
        """Holds notices that wait to be sent, one file for each owner and night."""
        return self.root / "outbox"

    @property
    def releases(self) -> Path:
        """Holds one small JSON file for each version: whether its e-mail was begun, and is known to have gone."""
        return self.root / "releases"

    @property
    def landing(self) -> Path:
        """Holds typed Parquet, a folder for each feed and month of arrival, and the accounts of what lies there."""
        return self.root / "landing"

    @property
    def batches(self) -> Path:
        """Holds the accounts of the landing, in SQLite: which parse of each file counts, and where its rows lie."""
        return self.landing / "batches.sqlite"

    @property
    def ledger(self) -> Path:
        """Holds the append-only record of what each version published."""
        return self.root / "ledger"

    @property
    def build(self) -> Path:
        """Holds what one step leaves for the next: the last verdicts, a finished build that waits to be published.

        The parsed dbt project is there, too. Deleting the folder costs a build and the last verdicts.
        """
        return self.root / "build"

    @property
    def published(self) -> Path:
        """Holds the versions that readers open, and `current.duckdb`."""
        return self.root / "published"

    @property
    def extracts(self) -> Path:
        """Holds what leaders receive: a dated folder for each version, and `moi_nhat/`."""
        return self.root / "extracts"

    @property
    def keys(self) -> Path:
        """Holds the secret keys: 0600 files made on first run."""
        return self.root / "keys"

    @property
    def dagster(self) -> Path:
        """Holds Dagster's own files (DAGSTER_HOME): the history of runs and the state of schedules."""
        return self.root / "dagster"

    @property
    def decisions(self) -> Path:
        """Holds what persons decided: who, why, until when."""
        return self.root / "decisions.yaml"

    @property
    def checks(self) -> Path:
        """Holds what became of each check when it was last run; `haicap why` tells of it."""
        return self.root / "checks.json"

    @property
    def lock(self) -> Path:
        """Locks the home: the one night that may run holds it."""
        return self.root / "night.lock"

    @property
    def current(self) -> Path:
        """Links to the version that readers open by this name: the pinned one, or the one published last."""
        return self.published / "current.duckdb"
