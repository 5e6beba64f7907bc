"""One identity, one content: two fresh homes over one inbox end with the same bytes of all that anybody receives."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.core.paths import Home
from dagster_project.extracts.bundle import BUNDLE
from dagster_project.ingest.landing.batches import read_batches
from dagster_project.warehouse import ledger
from tests.support.nights.nights import NOTHING_IS_WRONG
from tests.support.nights.season import AS_OF, hash_files, refresh

pytestmark = pytest.mark.slow
KINDS = {".html", ".pdf", ".xlsx", ".json", ".duckdb", ".parquet", ".csv", ".txt", ""}


def test_two_fresh_homes_give_equal_bytes_of_every_file(normal_season, tmp_path: Path) -> None:
    """The two threads of a build leave tables and rows in another order each time; nobody may see that."""
    first, second = normal_season.home, Home(tmp_path / "another" / "home")
    second.root.parent.mkdir()
    assert refresh(normal_season.inbox, second.root, AS_OF.isoformat()).returncode in NOTHING_IS_WRONG
    for name in ("published", "extracts", "landing"):
        ours, theirs = hash_files(first.root / name), hash_files(second.root / name)
        assert set(ours) == set(theirs), name
        assert [path for path in ours if ours[path] != theirs[path] and path != first.batches.name] == [], name
    assert read_batches(first) == read_batches(second)  # the same accounts; their file tells, too, when parts were made
    extracts = [Path(path) for path in hash_files(first.extracts)]
    assert {path.suffix for path in extracts} == KINDS
    assert len([path for path in extracts if BUNDLE in path.parts]) > 25
    (one,), (other,) = ledger.list_entries(first), ledger.list_entries(second)
    assert (one.identity, one.sha256) == (other.identity, other.sha256)
    assert hash_files(one.folder).keys() == hash_files(other.folder).keys()
    for name in ("kpi_value.parquet", "data_gap.parquet", "checks.json"):
        assert (one.folder / name).read_bytes() == (other.folder / name).read_bytes(), name
