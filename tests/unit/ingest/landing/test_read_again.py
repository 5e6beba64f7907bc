"""Files that are read again because a layout was taught a word are counted apart from new ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.ingest.landing import landing
from tests.support.kits.landing_kit import AS_OF, VP, Office
from tests.support.kits.office import dossiers, workbook


def count(landed: landing.FeedLanding) -> tuple[int, int, int, int, int]:
    return landed.files, landed.new_files, landed.read_again, landed.of_layout, landed.unblocked


def test_a_taught_word_reads_again_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(tmp_path)
    office.send("ho_so_tthc_07_2025.xlsx")
    office.send("bieu.xlsx", workbook(dossiers(AS_OF.replace(day=1), 2), "(Số liệu quý V năm 2025)"))
    first = office.land()
    assert count(first) == (1, 1, 0, 0, 0)
    assert list(first.blocked) == ["bieu.xlsx"]

    registry = load_registry()
    feed = registry.feeds[VP]
    layout = feed.layout.model_copy(update={"periods": {"quý V": "quý 3"}})
    taught = replace(feed, layout=layout, layout_content=feed.layout_content + b"periods: ...")
    monkeypatch.setattr(landing, "load_registry", lambda: replace(registry, feeds=registry.feeds | {VP: taught}))
    office.send("them.xlsx", workbook(dossiers(AS_OF.replace(day=1), 4), "(Số liệu đến ngày 12/07/2025)"))
    again = office.land()
    assert again.blocked == {}
    assert count(again) == (3, 1, 2, 2, 1)
    assert count(office.land()) == (0, 0, 0, 0, 0)
