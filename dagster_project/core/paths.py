"""Where things are: the project's own files, and the folders of one installation (its home)."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[2]
SOURCES_DIR = PROJECT_ROOT / "sources"
DBT_DIR = PROJECT_ROOT / "dbt"
PROVINCE_VARIABLE = "HAICAP_PROVINCE"
PROVINCE_DIR = Path(os.environ[PROVINCE_VARIABLE]).expanduser().resolve() if os.environ.get(PROVINCE_VARIABLE) else None
"""Folder of another province (docs/new-province.md), None for the one that the project brings along."""

SEEDS_DIR = PROVINCE_DIR / "seeds" if PROVINCE_DIR else DBT_DIR / "seeds"
LAYOUTS_DIR = PROVINCE_DIR / "sources" if PROVINCE_DIR else SOURCES_DIR
"""Where the layouts and the aliases of units are; contracts, code lists and rules are the project's."""

EXPECTATIONS_DIR = PROJECT_ROOT / "expectations"

INSTALLED_DIR = Path(sys.prefix) / "share" / "haicap"
"""Beside the installed packages: what the installation makes beforehand, and nobody writes later."""


@dataclass(frozen=True)
class Home:
    """One installation's state. Everything below `root` belongs to the system; nothing else is ever written."""

    root: Path

    @property
    def archive(self) -> Path:
        """Bytes as received, under their SHA-256; owner-only."""
        return self.root / "archive"

    @property
    def vault(self) -> Path:
        """What is needed to send faulty rows back to their owners, encrypted, and the log of who looked; owner-only."""
        return self.root / "vault"

    @property
    def purge_log(self) -> Path:
        """One JSON line a purge: what was removed from archive and vault, by which rule."""
        return self.root / "purge.jsonl"

    @property
    def manifest(self) -> Path:
        """One JSON line an arrival: who sent what, when, how."""
        return self.root / "manifest.jsonl"

    @property
    def pulls(self) -> Path:
        """One small JSON file a fetched feed: its cursor, and how the last pull went."""
        return self.root / "pulls"

    @property
    def secrets(self) -> Path:
        """Tokens and passwords of the sources, one file each; owner-only."""
        return self.root / "secrets"

    @property
    def outbox(self) -> Path:
        """Notices that wait to be sent, one file an owner and night."""
        return self.root / "outbox"

    @property
    def releases(self) -> Path:
        """One small JSON file a version: whether its e-mail was begun, and is known to have gone."""
        return self.root / "releases"

    @property
    def landing(self) -> Path:
        """Typed Parquet, one folder a (feed, hash, layout, parser version)."""
        return self.root / "landing"

    @property
    def ledger(self) -> Path:
        """Append-only record of what each version published."""
        return self.root / "ledger"

    @property
    def build(self) -> Path:
        """Scratch of the running night; safe to delete between nights."""
        return self.root / "build"

    @property
    def published(self) -> Path:
        """Versions that readers open, and `current.duckdb`."""
        return self.root / "published"

    @property
    def extracts(self) -> Path:
        """What leaders receive, a dated folder a version and `moi_nhat/`."""
        return self.root / "extracts"

    @property
    def keys(self) -> Path:
        """Secret keys, 0600 files made on first run."""
        return self.root / "keys"

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME: run history and schedule state."""
        return self.root / "dagster"

    @property
    def decisions(self) -> Path:
        """What persons decided: who, why, until when."""
        return self.root / "decisions.yaml"

    @property
    def checks(self) -> Path:
        """What became of each check when it was last run: what `haicap why` tells of them."""
        return self.root / "checks.json"

    @property
    def lock(self) -> Path:
        """Held by the one night that may run."""
        return self.root / "night.lock"

    @property
    def current(self) -> Path:
        """The newest good version, as readers name it."""
        return self.published / "current.duckdb"
