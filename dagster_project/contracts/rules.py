"""The words for what can be wrong with a delivery, read from `sources/rules.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from dagster_project.core.paths import SOURCES_DIR
from dagster_project.core.yaml_files import load_yaml


@dataclass(frozen=True)
class Rule:
    """Describes one thing that can be wrong: how bad, what it says, what to do. `message_vi` may hold `{column}`.

    `in_use`: how loud it is of a row or file that is used all the same (`data_gap.severity`).
    """

    name: str
    severity: str
    message_vi: str
    remedy_vi: str
    in_use: str = "info"


@cache
def load_rules() -> dict[str, Rule]:
    """Return name → rule, of rows and of files."""
    document = load_yaml((SOURCES_DIR / "rules.yaml").read_text(encoding="utf-8"))
    return {
        name: Rule(name, text["severity"], text["message"], text["remedy"], text.get("in_use", "info"))
        for group in ("rows", "files")
        for name, text in document[group].items()
    }
