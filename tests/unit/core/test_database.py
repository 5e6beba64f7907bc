"""How DuckDB files are opened."""

from __future__ import annotations

import pytest

from dagster_project.core.database import open_database

SLOW = "select count(*) from range(100000000) as far where sin(far.range) > 0.5"
"""Longer than the two seconds after which DuckDB by itself begins to draw."""


@pytest.mark.slow
def test_a_slow_query_writes_nothing_into_the_output(capfd: pytest.CaptureFixture[str]) -> None:
    with open_database() as connection:
        connection.execute("set threads = 1")
        connection.execute(SLOW).fetchall()
    assert capfd.readouterr() == ("", "")


def test_nothing_is_installed_by_itself() -> None:
    with open_database() as connection:
        asked = connection.execute("select current_setting('autoinstall_known_extensions')").fetchone()
    assert asked == (False,)
