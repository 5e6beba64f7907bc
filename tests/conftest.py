"""What holds for all tests, and what several of them share: made once a session or worker, and only when asked for.

Imports stand in the fixtures that need them, so that a few small tests do not wait for the libraries of a night.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from dagster_project.core.paths import Home

if TYPE_CHECKING:
    from dagster_project.extracts.reading.reading import Reading
    from dagster_project.quality.judge import Judge
    from dagster_project.simulate import Truth
    from tests.support.bad_input.bad_night import Outcome
    from tests.support.nights.season import Season

# A deadline is a timed assert: it fails on a busy machine, and says nothing of the code.
settings.register_profile("haicap", deadline=None)
settings.register_profile("long", deadline=None, max_examples=500)  # `make test-nights`
settings.load_profile("haicap")

LONGEST = (
    "test_night",
    "test_kill",
    "test_steps_alone",
    "test_handbook",
    "test_order_of_arrival",
    "test_needles",
    "test_why",
    "test_home_of_before",
    "test_owners",
    "test_bad_input",
)
"""Modules that take minutes start first, so that no worker is left with them when the others are done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest modules first; the rest as collected."""
    rank = {name: nth for nth, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(LONGEST)))


# Homes and nights ----------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that nothing was written to."""
    return Home(tmp_path / "home")


@pytest.fixture(scope="session")
def clean_season(tmp_path_factory: pytest.TempPathFactory) -> Season:
    """Every feed without mess, and the home after one night, which answered in JSON. Nobody may change it."""
    from tests.support.nights.season import make_season

    return make_season(tmp_path_factory, "none")


@pytest.fixture(scope="session")
def normal_season(tmp_path_factory: pytest.TempPathFactory) -> Season:
    """The demo's world with the mess of an ordinary season, and the home after one night. Nobody may change it."""
    from tests.support.nights.season import make_season

    return make_season(tmp_path_factory, "normal")


@pytest.fixture(scope="session")
def hard_season(tmp_path_factory: pytest.TempPathFactory) -> Season:
    """A bad season, and the home after one night. Nobody may change it."""
    from tests.support.nights.season import make_season

    return make_season(tmp_path_factory, "hard")


@pytest.fixture(scope="session")
def field_season(tmp_path_factory: pytest.TempPathFactory) -> Season:
    """What offices really send, and the home after one night. Nobody may change it."""
    from tests.support.nights.season import make_season

    return make_season(tmp_path_factory, "field")


@pytest.fixture(scope="session")
def bad_night(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One night over everything that can be wrong."""
    from tests.support.bad_input.bad_night import make_bad_night

    return make_bad_night(tmp_path_factory)


@pytest.fixture(scope="module")
def seasons(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[Path, Truth]]:
    """The folder and the truth of a season with this mess, sent by the module's `sent` when first asked for."""

    @cache
    def made(mess: str) -> tuple[Path, Truth]:
        folder = tmp_path_factory.mktemp(mess)
        return folder, request.module.sent(folder, mess)

    return made


@pytest.fixture(scope="session")
def judge() -> Iterator[Judge]:
    """Great Expectations in its worker process, for all nights that a test makes in its own process."""
    from dagster_project.quality.judge import Judge

    with Judge() as running:
        yield running


# A published file of five domains and its page ------------------------------------------------------------------------


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published file with all communes, as page_marts.py makes it. Nobody may change it."""
    from tests.support.marts.page_marts import write_page_marts

    return write_page_marts(tmp_path_factory.mktemp("marts") / "published.duckdb")


@pytest.fixture(scope="session")
def mart(place: Path) -> dict[tuple[str, str, str], dict[str, Any]]:
    """(KPI, grain, unit) → its newest row, straight from the file."""
    import duckdb

    from tests.support.marts.page_marts import newest_rows

    with duckdb.connect(str(place), read_only=True) as marts:
        return {(row["kpi_id"], row["grain"], row["unit_code"]): row for row in newest_rows(marts)}


@pytest.fixture(scope="session")
def reading(place: Path) -> Reading:
    """What the extracts read of it."""
    import duckdb

    from dagster_project.extracts.reading.reading import read_published
    from tests.support.marts.page_marts import VERSION

    with duckdb.connect(str(place), read_only=True) as marts:
        return read_published(marts, VERSION)


@pytest.fixture(scope="session")
def page(place: Path, reading: Reading) -> str:
    """Its leader page."""
    import duckdb

    from dagster_project.extracts.page.leader_page import render_page

    with duckdb.connect(str(place), read_only=True) as marts:
        return render_page(reading, marts)


@pytest.fixture(scope="session")
def tree(page: str) -> Any:
    """Its leader page read as XML."""
    from tests.support.kits.page_kit import tree_of

    return tree_of(page)
