"""What makes a landed file new again: whatever decides which of its rows are let through."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.ingest.landing import parser_version as versions


def test_another_rule_of_the_judge_reads_the_files_of_its_domain_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule written by hand stands in no contract: without it, rows landed before and after were judged unlike."""
    feeds = load_registry().feeds
    before = {feed_id: versions.compute_parser_version(feed) for feed_id, feed in feeds.items()}
    rules = tmp_path / "rules" / "housing.json"
    rules.parent.mkdir()
    rules.write_text('{"expectations": []}')
    known = versions.list_suite_files
    monkeypatch.setattr(
        versions, "list_suite_files", lambda domain: [*known(domain), *tmp_path.glob(f"rules/{domain}.json")]
    )
    versions.hash_suites.cache_clear()
    changed = {feed_id for feed_id, feed in feeds.items() if versions.compute_parser_version(feed) != before[feed_id]}
    monkeypatch.undo()
    versions.hash_suites.cache_clear()
    assert changed == {feed_id for feed_id, feed in feeds.items() if feed.domain == "housing"}
