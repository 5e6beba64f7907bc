"""The unit of money that a line names."""

from __future__ import annotations

import pytest

from dagster_project.ingest.normalise import money


@pytest.mark.parametrize(
    ("line", "multiplier"),
    [
        ("ĐVT: triệu đồng", 10**6),
        ("Đơn vị tính: Tỷ đồng", 10**9),
        ("Đvt: 1.000 đồng", 1000),
        ("ĐVT: nghìn đồng", 1000),
        ("ĐVT: đồng", 1),
        ("(Đơn vị: 1.000.000 đồng)", 10**6),
        ("đơn vị tính: tỉ", 10**9),
        ("triệu đồng", 10**6),
        ("BIỂU GIẢI NGÂN\n(Số liệu đến ngày 09/07/2025)\nĐVT: triệu đồng", 10**6),
        ("ĐVT: hộ; triệu đồng", 10**6),
        ("ĐVT: ha", None),
        ("ĐVT: triệu USD", None),
        ("Đơn vị: UBND xã Đồng Lương", None),
        ("Đồng Tâm", None),
        ("", None),
        (None, None),
    ],
)
def test_money_unit_of_a_line(line: str | None, multiplier: int | None) -> None:
    assert money.read_money_multipliers(line) == ({multiplier} if multiplier else set())


def test_a_line_that_names_two_units_of_money() -> None:
    assert money.read_money_multipliers("ĐVT: đồng/m2, triệu đồng") == {1, 10**6}
