"""What is installed: every import declared, every dependency used, every lock with hashes and without addresses."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import pytest

from dagster_project.core.paths import PROJECT_ROOT

PROJECT = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
LOCKS = sorted([*PROJECT_ROOT.glob("requirements*.lock"), *PROJECT_ROOT.glob("tests/outputs/readers/*.lock")])
OWN = {"dagster_project", "tests", "benchmarks", "scripts"}


def normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names_of(requirements: list[str]) -> set[str]:
    return {normalise(re.match(r"[\w.-]+", requirement)[0]) for requirement in requirements}


CORE = names_of(PROJECT["project"]["dependencies"])
OPTIONAL = names_of([requirement for extra in EXTRAS.values() for requirement in extra])
GROUPS = PROJECT["dependency-groups"]
DEV = names_of([requirement for group in GROUPS.values() for requirement in group])


@cache
def owners() -> dict[str, str]:
    """Module path without ending, as installed → its distribution."""
    found: dict[str, str] = {}
    for distribution in distributions():
        for file in distribution.files or ():
            if file.suffix in (".py", ".so"):
                path = file.as_posix().removesuffix("/__init__.py")
                found.setdefault(path.split(".")[0], normalise(distribution.metadata["Name"]))
    return found


def imported_modules(root: str) -> Iterator[str]:
    """Every module that a package of this repository names in an import, with dots."""
    for file in (PROJECT_ROOT / root).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module


def owner(module: str) -> str:
    """The distribution of an import: of the longest part of it that is installed, else that of the same name."""
    parts = module.split(".")
    paths = ("/".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((owners()[path] for path in paths if path in owners()), normalise(parts[0]))


def used_by(root: str) -> set[str]:
    known = OWN | sys.stdlib_module_names
    return {owner(module) for module in imported_modules(root) if module.split(".")[0] not in known}


def test_what_the_program_imports_is_declared_and_what_is_declared_is_imported():
    used = used_by("dagster_project")
    assert used - CORE - OPTIONAL == set()
    assert CORE - used == set()


@pytest.mark.parametrize("root", ["tests", "benchmarks", "scripts"])
def test_what_the_tests_and_the_tools_import_is_declared(root):
    assert used_by(root) - CORE - OPTIONAL - DEV == set()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_versions_and_hashes_and_no_address(lock: Path):
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    blocks = re.split(r"^(?=\S)", text, flags=re.MULTILINE)
    pins = [block for block in blocks if block.strip()]
    assert pins
    assert all(re.match(r"[\w.-]+==\S+", pin) and "--hash=sha256:" in pin for pin in pins)


def pins_of(part: str) -> dict[str, str]:
    text = (PROJECT_ROOT / f"requirements.{part}lock").read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", text, flags=re.MULTILINE))


def test_every_part_has_its_lock_which_holds_what_it_names_and_nothing_of_the_core():
    core = pins_of("")
    assert core.keys() >= CORE
    assert core.keys().isdisjoint({"mypy", "pytest", "ruff", "sqlfluff", "uv"})
    for part, requirements in [*EXTRAS.items(), *GROUPS.items()]:
        pins = pins_of(f"{part}.")
        assert names_of(requirements) <= pins.keys() | core.keys(), part
        assert pins.keys().isdisjoint(core), part


def test_parts_that_share_a_package_pin_the_same_release():
    pinned: dict[str, str] = {}
    for part in ("", *(f"{part}." for part in (*GROUPS, *EXTRAS))):
        for name, release in pins_of(part).items():
            assert pinned.setdefault(name, release) == release, name
