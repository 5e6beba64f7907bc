"""The version of the parser of a feed: while it stays, a file that is landed need not be read again."""

from __future__ import annotations

import hashlib
from dataclasses import astuple
from functools import cache

from dagster_project.contracts.models import Feed
from dagster_project.contracts.suites import list_suite_files
from dagster_project.core.paths import LAYOUTS_DIR, PACKAGE_DIR, SEEDS_DIR, SOURCES_DIR
from dagster_project.ingest.persons import person_words

_PARSER_FILES = (
    "ingest/**/*.py",
    "quality/*.py",
    "contracts/models.py",
    "contracts/layouts.py",
    "contracts/registry.py",
)
_NO_PARSER = "transports"
"""This room fetches files. Its code does not decide how a file is read, so that a change of it parses nothing again."""
_UNIT_SEEDS = (
    "commune",
    "former_commune",
    "former_district",
    "bridge_commune",
    "department",
    "former_province",
    "province",
)


@cache
def _hash_code() -> str:
    digest = hashlib.sha256()
    files = [p for pattern in _PARSER_FILES for p in sorted(PACKAGE_DIR.glob(pattern)) if p.parent.name != _NO_PARSER]
    files += [SEEDS_DIR / f"{name}.csv" for name in _UNIT_SEEDS]
    files += sorted((SOURCES_DIR / "codes").glob("*.yaml")) + sorted((LAYOUTS_DIR / "units").glob("*.csv"))
    own = ("rules.yaml", "handed_tables.yaml", "units/place_word.csv", *person_words.FILES)
    files += [SOURCES_DIR / name for name in own]
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@cache
def hash_suites(domain: str) -> bytes:
    """Return the hash (32 bytes) of a domain's suites, the rendered and the hand-written: the judge goes by them."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in list_suite_files(domain))).digest()


def compute_parser_version(feed: Feed) -> str:
    """Return 12 hex digits that change with anything that decides how this feed is parsed and judged.

    That is code, contract, layout, units, code lists, expectations, and what persons ruled on names of the feed's area.
    """
    digest = hashlib.sha256(_hash_code().encode() + hash_suites(feed.domain))
    digest.update(feed.contract.content + b"\0" + feed.layout_content)
    for ruling in feed.rulings:
        digest.update("\0".join(("", *astuple(ruling))).encode())
    return digest.hexdigest()[:12]
