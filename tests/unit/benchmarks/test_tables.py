"""What tables compute from what they measured."""

import os

import pytest

from benchmarks.report import Table
from benchmarks.tables.growth import find_slope, measure_folder
from benchmarks.tables.start import sum_imports


def test_the_slope_is_that_of_a_straight_line_and_a_lone_peak_hardly_moves_it():
    assert find_slope([5.0, 5.5, 6.0, 6.5]) == pytest.approx(0.5)
    assert find_slope([5.0, 5.0, 9.0, 5.0, 5.0]) == pytest.approx(0.0)


def test_a_file_of_two_names_counts_once_and_a_link_not(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 100)
    os.link(tmp_path / "a", tmp_path / "b")
    (tmp_path / "c").symlink_to("a")
    assert measure_folder(tmp_path) == 100


def test_imports_are_summed_by_the_package_that_is_imported():
    lines = [
        "import time: self [us] | cumulative | imported package",
        "import time:    250000 |     900000 |   pandas",
        "import time:    150000 |     150000 |     pandas.core",
        "import time:       400 |        400 | zlib",
        "Dựng kho dữ liệu …",
    ]
    assert sum_imports(lines) == pytest.approx({"pandas": 0.4, "zlib": 0.0004})


def test_a_table_says_under_what_circumstances_and_draws_its_bars():
    table = Table("T", ("CPU",), circumstances="a day, 2 cores, load 0.5")
    table.add("one & two", "3 s", bar=3.0)
    table.add("no bar", "–")
    assert "a day, 2 cores, load 0.5" in table.write_markdown()
    assert "| one & two | 3 s |" in table.write_markdown()
    assert table.draw().count("<rect") == 2
    assert "one &amp; two" in table.draw()
