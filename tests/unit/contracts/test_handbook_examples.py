"""The handbook's example of each key that teaches a word is taken by the layout of the feed that it names."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import yaml

from dagster_project.contracts.registry import load_registry
from dagster_project.core.paths import PROJECT_ROOT, SOURCES_DIR
from dagster_project.ingest.landing.taught_words import check_taught_words

HANDBOOK = PROJECT_ROOT / "docs" / "so-tay-van-hanh.md"


def test_every_example_of_a_key_is_a_good_layout(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", HANDBOOK.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    taught = yaml.safe_load(block)
    assert list(taught) == ["headers", "ignored_headers", "units", "periods", "values", "unit"]
    shutil.copytree(SOURCES_DIR, tmp_path / "sources")
    path = tmp_path / "sources" / "housing" / "vp.layout.yaml"
    layout = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key, words in taught.items():
        layout[key] = layout.get(key, {}) | words if isinstance(words, dict) else words
    path.write_text(yaml.safe_dump(layout, allow_unicode=True), encoding="utf-8")
    feed = load_registry(tmp_path / "sources").feeds["housing_vp"]
    check_taught_words([feed])
    assert feed.layout.unit is not None
    assert feed.layout.unit.aliases == taught["unit"]["aliases"]
    assert "Mức hỗ trợ" in feed.layout.headers["support"]
