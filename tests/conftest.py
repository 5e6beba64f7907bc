"""What holds for all tests."""

import pytest
from hypothesis import settings

# A deadline is a timed assert: it fails on a busy machine, and says nothing of the code.
settings.register_profile("haicap", deadline=None)
settings.load_profile("haicap")

LONGEST = ("test_night", "test_kill", "test_handbook", "test_order_of_arrival")
"""Modules that take minutes start first, so that no worker is left with them when the others are done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest modules first; the rest as collected."""
    rank = {name: nth for nth, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(LONGEST)))
