"""What a night is made of: two nights of the same identity are the same night, and the second publishes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.metadata import version as installed_version
from pathlib import Path

from dagster_project.core.paths import DBT_DIR, EXPECTATIONS_DIR, LAYOUTS_DIR, PACKAGE_DIR, SEEDS_DIR, SOURCES_DIR, Home

_CODE: tuple[tuple[Path, tuple[str, ...]], ...] = (
    (PACKAGE_DIR, (".py",)),
    (DBT_DIR, (".sql", ".yml", ".yaml")),
    (SOURCES_DIR, (".yaml", ".yml", ".csv")),
    *(((LAYOUTS_DIR, (".yaml", ".yml", ".csv")),) if LAYOUTS_DIR != SOURCES_DIR else ()),
    (EXPECTATIONS_DIR, (".json", ".py", ".yaml")),
)
_ENGINES = ("duckdb", "dbt-core", "dbt-duckdb", "pandas", "great-expectations")
"""Libraries whose release can change a figure: an upgrade is a new identity."""
_PREFIX, _SUFFIX = "haicap-", ".duckdb"
_WRITTEN_BY_DBT = {"target", "logs", "dbt_packages"}


@dataclass(frozen=True)
class Identity:
    """Holds the hash of everything that decides the content of a version.

    `is_rehearsal`: its day had not come yet when the night began; readers never see such a version as current.
    """

    digest: str
    as_of: date
    code_version: str
    is_rehearsal: bool = False

    @property
    def version(self) -> str:
        """Return the name that readers see: `<as_of>-<first eight hex digits>`."""
        return f"{self.as_of.isoformat()}-{self.digest[:8]}"

    @property
    def file_name(self) -> str:
        """Return the name of the version's file in the published folder."""
        return name_file(self.version)


def name_file(version: str) -> str:
    """Return the name of a version's file in the published folder."""
    return f"{_PREFIX}{version}{_SUFFIX}"


def read_version(file: str) -> str:
    """Return the version whose file has this name."""
    return file.removeprefix(_PREFIX).removesuffix(_SUFFIX)


def compute_identity(
    landed: Iterable[tuple[str, ...]],
    home: Home,
    as_of: date,
    history: Iterable[str] = (),
    is_rehearsal: bool = False,
) -> Identity:
    """Return the identity of a night.

    `landed`: of every file that is landed, blocked ones too, its feed and all else that the build reads of its arrival;
    neither order nor repetition matters. `history`: the identities of the ledger's entries that the build reads, in
    their order, which decides what was said last. The content of `decisions.yaml` counts, not its time; an absent file
    counts as an empty one.
    """
    code = hash_code()
    digest = hashlib.sha256()
    for file in sorted(set(landed)):
        digest.update("\0".join(("file", *file)).encode("utf-8", "surrogateescape") + b"\n")
    for entry in history:
        digest.update(f"ledger\0{entry}\n".encode())
    decisions = home.decisions.read_bytes() if home.decisions.exists() else b""
    for name, value in (
        ("decisions", hashlib.sha256(decisions).hexdigest()),
        ("seeds", hash_seeds()),
        ("code", code),
        ("as_of", as_of.isoformat()),
        *((("rehearsal", ""),) if is_rehearsal else ()),
    ):
        digest.update(f"{name}\0{value}\n".encode())
    return Identity(digest.hexdigest(), as_of, code, is_rehearsal)


@cache
def hash_code() -> str:
    """Return the hash (hex) of every file that says how figures are made, and of the engines' releases."""
    digest = hashlib.sha256()
    for root, endings in _CODE:
        _add_files(digest, root, endings)
    for engine in _ENGINES:
        digest.update(f"{engine}=={installed_version(engine)}\n".encode())
    return digest.hexdigest()


@cache
def hash_seeds() -> str:
    """Return the hash (hex) of the reference facts (units, calendar, catalogues, targets)."""
    digest = hashlib.sha256()
    _add_files(digest, SEEDS_DIR, (".csv",))
    return digest.hexdigest()


@cache
def hash_dbt_project() -> str:
    """Return the hash (hex) of what the dbt manifest is parsed from: project, seeds, and the releases of dbt."""
    digest = hashlib.sha256()
    _add_files(digest, DBT_DIR, (".sql", ".yml", ".yaml"))
    _add_files(digest, SEEDS_DIR, (".csv",))
    for engine in ("dbt-core", "dbt-duckdb"):
        digest.update(f"{engine}=={installed_version(engine)}\n".encode())
    return digest.hexdigest()


def _add_files(digest: hashlib._Hash, root: Path, endings: tuple[str, ...]) -> None:
    for path in sorted(p for p in root.rglob("*") if p.suffix in endings):
        relative = path.relative_to(root)
        if _WRITTEN_BY_DBT.isdisjoint(relative.parts):
            digest.update(f"{root.name}/{relative.as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
