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


OF_FEED = {
    "feed_id": "housing_vp",
    "files": 3,
    "read_again": 0,
    "of_layout": 0,
    "unblocked": 0,
    "rows_read": 120,
    "rows_quarantined": 2,
    "blocked": {},
    "fault": None,
}


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ({}, "3 tệp mới"),
        ({"read_again": 3, "of_layout": 3, "unblocked": 1},
         "đọc lại vì bố cục đổi: 3 tệp (1 trước đây bị chặn nay đọc được)"),
        ({"read_again": 2, "of_layout": 2}, "1 tệp mới, đọc lại vì bố cục đổi: 2 tệp"),
        ({"read_again": 3}, "đọc lại từ kho lưu: 3 tệp"),
    ],
)  # fmt: skip
def test_files_read_again_are_not_called_new(
    capsys: pytest.CaptureFixture[str], told: dict[str, int], line: str
) -> None:
    print_night(QUIET | {"feeds": [OF_FEED | told]})
    assert f"  housing_vp: {line}, 120 dòng đã đọc, 2 dòng bị cách ly\n" in capsys.readouterr().out


def test_a_rejection_of_no_file_that_arrived_asks_for_the_hash(capsys: pytest.CaptureFixture[str]) -> None:
    print_night(QUIET | {"idle_decisions": ["procedures_vp ffffffff"]})
    assert (
        "decisions.yaml: quyết định bỏ tệp procedures_vp ffffffff không khớp tệp nào đã nhận; kiểm tra mã băm\n"
        in capsys.readouterr().out
    )
    print_night(QUIET)
    assert "decisions.yaml" not in capsys.readouterr().out
