"""No mutation of a file is a fault of the program: it is read, each row accounted for, or blocked in words."""

from __future__ import annotations

from random import Random

import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.contracts.rules import load_rules
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.landing.parse import parse_file
from tests.support.bad_input.mutations import make_good_files, mutate

KEY = b"k" * 32
GOOD = make_good_files()
SHORT, LONG = 9, 50
"""Mutations of each file: about 200 and 1,000 more in all."""


def _parse(name: str, content: bytes) -> BlockedFile | None:
    """What blocks a file; None when it is read. Raises what is a fault of the program."""
    registry = load_registry()
    try:
        account, validated = parse_file(content, name, registry.feeds[GOOD[name][0]], registry, KEY)
    except BlockedFile as block:
        return block
    landed = len(validated.rows)  # accepted or a duplicate: which of the two other files tell
    assert account["rows_read"] == landed + account["rows_quarantined"] + account["rows_not_data"]
    return None


def _try_mutations(name: str, seeds: range) -> None:
    for seed in seeds:
        block = _parse(name, mutate(GOOD[name][1], Random(f"{name} {seed}")))
        if block is not None:
            assert block.rule in load_rules()
            assert block.message_vi
            assert block.remedy_vi


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_read(name: str) -> None:
    assert _parse(name, GOOD[name][1]) is None


@pytest.mark.parametrize("name", GOOD)
def test_a_mutated_file_is_read_or_blocked_in_words(name: str) -> None:
    _try_mutations(name, range(SHORT))


@pytest.mark.long
@pytest.mark.parametrize("name", GOOD)
def test_many_mutated_files_are_read_or_blocked_in_words(name: str) -> None:
    _try_mutations(name, range(SHORT, SHORT + LONG))
