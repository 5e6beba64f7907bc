"""Days and units in the offices' words, against words written by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from dagster_project.simulate.forms import letters, spelling


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2025, 7, 13), "ngày mười ba tháng bảy năm hai nghìn không trăm hai mươi lăm"),
        (date(2026, 4, 21), "ngày hai mươi mốt tháng tư năm hai nghìn không trăm hai mươi sáu"),
        (date(2024, 12, 5), "ngày năm tháng mười hai năm hai nghìn không trăm hai mươi bốn"),
        (date(2025, 1, 30), "ngày ba mươi tháng một năm hai nghìn không trăm hai mươi lăm"),
        (date(2025, 5, 15), "ngày mười lăm tháng năm năm hai nghìn không trăm hai mươi lăm"),
    ],
)
def test_a_day_in_words(day, said):
    assert spelling.say_day(day) == said


def test_a_stretch_is_named_on_its_last_day_only():
    assert "6 tháng đầu năm 2025" in spelling.name_stretch(date(2025, 6, 30))
    assert "Quý III năm 2025" in spelling.name_stretch(date(2025, 9, 30))
    assert spelling.name_stretch(date(2025, 7, 13)) == []


def test_every_line_of_a_period_names_its_last_day():
    rng = np.random.default_rng(1)
    lines = {spelling.say_period(date(2025, 7, 13), date(2025, 7, 1), rng) for _ in range(200)}
    assert len(lines) > 6
    assert all("13" in line or "mười ba" in line for line in lines)


def test_letters_of_old_fonts():
    assert spelling.type_in_vni("Mã hộ") == "Maõ hoä"
    assert spelling.type_in_tcvn3("Mã hộ") == "M· hé"
    assert spelling.double_utf8("Mã hộ") == "MÃ£ há»™"
    assert letters.encode("Mã hộ", "vni") == "Maõ hoä".encode("cp1252")
