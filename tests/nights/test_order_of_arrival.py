"""Any order of arrival, nightly deltas or all at once, the same file twice: the same marts (invariants 3 and 4)."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dagster_project.core.paths import Home
from dagster_project.quality.judge import Judge
from dagster_project.simulate import simulate
from tests.support.nights.quick_night import build_audited, land_all

pytestmark = pytest.mark.drill

AS_OF = date(2025, 7, 13)
FEEDS = ("procedures_pt", "procedures_vp", "procedures_hb", "national_portal", "land_auction_pt", "investment_hb")
TABLES = ("fct_dossier", "fct_portal_score", "kpi_value", "control_total", "source_file", "restatement")
FROM_LEDGER_OR_CLOCK = {"first_seen", "last_seen", "received_at_file", "file", "last_file"}


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """One season of a feed of every way to deliver, hard mess, few dossiers."""
    root = tmp_path_factory.mktemp("office")
    simulate(root / "inbox", seed=5, scale=0.001, as_of=AS_OF, mess="hard", feeds=FEEDS)
    return root / "inbox"


@pytest.fixture(scope="module")
def at_once(office, judge, tmp_path_factory):
    """The content of a warehouse that got everything in one night."""
    return _content(_nights([_files(office)], office, tmp_path_factory.mktemp("once"), judge))


def _files(inbox: Path) -> list[Path]:
    return sorted(path for path in inbox.rglob("*") if path.is_file())


def _nights(nights: list[list[Path]], office: Path, root: Path, judge: Judge) -> Path:
    """Deliver the files in these portions, one night a portion, and build once after the last; gives the marts file."""
    home = Home(root / "home")
    for portion in nights:
        for path in portion:
            target = root / "inbox" / path.relative_to(office)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        identity = land_all(home, root / "inbox", AS_OF, judge)
    return build_audited(home, identity).marts


def _content(marts: Path) -> dict[str, list[tuple]]:
    with duckdb.connect(str(marts), read_only=True) as connection:
        found = {}
        for table in TABLES:
            columns = [c for c in connection.table(f"published.marts.{table}").columns if c not in FROM_LEDGER_OR_CLOCK]
            listed = ", ".join(f'"{c}"' for c in columns)
            found[table] = connection.sql(f"select {listed} from published.marts.{table} order by all").fetchall()
        return found


@settings(
    max_examples=settings.default.max_examples // 50,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_order_in_any_portions(office, at_once, judge, data):
    files = data.draw(st.permutations(_files(office)))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(files) - 1), max_size=3)))
    again = data.draw(st.lists(st.sampled_from(files), max_size=3))
    portions = [files[a:b] for a, b in zip([0, *cuts], [*cuts, len(files)], strict=True)]
    with tempfile.TemporaryDirectory() as root:
        content = _content(_nights([*portions, again], office, Path(root), judge))
    for table in TABLES:
        assert content[table] == at_once[table], table
