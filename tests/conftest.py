"""What all tests share: with several workers, what a module makes once is made once."""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that use a module's own fixture on one worker (`--dist loadgroup`)."""
    for item in items:
        known = getattr(item, "_fixtureinfo", None)
        made = known.name2fixturedefs.values() if known is not None else ()
        if any(definition.scope == "module" for definitions in made for definition in definitions):
            item.add_marker(pytest.mark.xdist_group(item.location[0]))
