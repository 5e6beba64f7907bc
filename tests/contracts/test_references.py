"""What documents and comments point to is there: files, links, sections of the rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dagster_project.core.paths import PROJECT_ROOT

_NAMED = re.compile(r"`([\w./-]+\.(?:py|sql|md))`")
_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
_DOCUMENT = re.compile(r"(?<![\w.])[a-z\w/-]+\.md\b")
_RULES = re.compile(r'docs/rules\.md[\s(,]+((?:"[^"]+"[\s,]*)+)')
_ROOMS = ("benchmarks", "dagster_project", "dbt", "deploy", "docs", "expectations", "scripts", "sources", "tests")


def _list_files() -> list[str]:
    found = [path for room in _ROOMS for path in (PROJECT_ROOT / room).rglob("*")] + list(PROJECT_ROOT.glob("*"))
    return sorted(path.relative_to(PROJECT_ROOT).as_posix() for path in found if path.suffix in (".py", ".sql", ".md"))


FILES = _list_files()
DOCUMENTS = [path for path in FILES if path.endswith(".md") and path != "CHANGELOG.md"]
"""The changelog tells of what was, too."""


def _is_there(name: str) -> bool:
    return any(path == name or path.endswith(f"/{name}") for path in FILES)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_names_is_there(document: str) -> None:
    text = (PROJECT_ROOT / document).read_text(encoding="utf-8")
    assert sorted(name for name in set(_NAMED.findall(text)) if not _is_there(name)) == []
    folder = Path(PROJECT_ROOT / document).parent
    assert sorted(link for link in set(_LINK.findall(text)) if not (folder / link).exists()) == []


def test_what_code_cites_is_there() -> None:
    rules = (PROJECT_ROOT / "docs/rules.md").read_text(encoding="utf-8")
    sections = set(re.findall(r"^## (.+)$", rules, re.MULTILINE))
    cited = set()
    for path in set(FILES) - set(DOCUMENTS) - {"CHANGELOG.md"}:
        text = (PROJECT_ROOT / path).read_text(encoding="utf-8")
        assert [name for name in _DOCUMENT.findall(text) if not _is_there(name)] == [], path
        for titles in _RULES.findall(text):
            named = {" ".join(title.split()) for title in re.findall(r'"([^"]+)"', titles)}
            assert named <= sections, (path, named)
            cited |= named
    assert len(cited) > 5
