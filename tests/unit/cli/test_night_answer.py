"""The answer of `haicap refresh` in lines for people."""

from __future__ import annotations

import pytest

from dagster_project.cli.night_answer import print_night

QUIET = {
    "feeds": [],
    "still_written": [],
    "strangers": {},
    "unmet": [],
    "idle_decisions": [],
    "result": "unchanged",
    "version": "2025-07-13-aaaaaaaa",
    "current": "2025-07-13-aaaaaaaa",
    "pinned": None,
    "aside": None,
    "file": "current.duckdb",
    "extracts": "moi_nhat",
    "owners_workbooks": 0,
    "seconds": 1.0,
}


def test_a_rejection_of_no_file_that_arrived_asks_for_the_hash(capsys: pytest.CaptureFixture[str]) -> None:
    print_night(QUIET | {"idle_decisions": ["procedures_vp ffffffff"]})
    assert (
        "decisions.yaml: quyết định bỏ tệp procedures_vp ffffffff không khớp tệp nào đã nhận; kiểm tra mã băm\n"
        in capsys.readouterr().out
    )
    print_night(QUIET)
    assert "decisions.yaml" not in capsys.readouterr().out
