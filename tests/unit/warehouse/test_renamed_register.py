"""A register that did not change comes again under its new day's name: it is that day's delivery, read once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from dagster_project.core.paths import Home
from dagster_project.quality.judge import Judge
from dagster_project.warehouse.inputs import register_inputs
from tests.support.nights.quick_night import land_all

FEED, D = "housing_vp", date(2025, 7, 13)
REGISTER = (
    "Mã hộ;Xã/Phường;Nhóm;Loại;Mức hỗ trợ;Trạng thái\n"
    "NO26000101;Phường Vĩnh Yên;hộ nghèo, cận nghèo;Xây mới;60.000.000;đang làm\n"
)


def read_files(home: Home, folder: Path) -> list[tuple[object, ...]]:
    """Return what a build would know of the files: name, data date, days told of, rows and copies."""
    path = folder / "inputs.duckdb"
    path.unlink(missing_ok=True)
    register_inputs(path, home, D)
    with duckdb.connect(str(path)) as built:
        asked = "select file, data_date, covers_to, rows_read, copies from landing.source_file order by 1"
        return built.execute(asked).fetchall()


def test_a_register_that_did_not_change_delivers_the_new_month(home: Home, judge: Judge, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    (inbox / FEED).mkdir(parents=True)
    (inbox / FEED / "nha_o_20250531.csv").write_text(REGISTER, encoding="utf-8")
    before = land_all(home, inbox, D, judge)
    may, june = date(2025, 5, 31), date(2025, 6, 30)
    assert read_files(home, tmp_path) == [("nha_o_20250531.csv", may, may, 2, 0)]
    (inbox / FEED / "nha_o_20250630.csv").write_text(REGISTER, encoding="utf-8")
    after = land_all(home, inbox, D, judge)
    assert read_files(home, tmp_path) == [("nha_o_20250531.csv", june, june, 2, 1)]
    assert before.digest != after.digest
    assert land_all(home, inbox, D, judge).digest == after.digest
