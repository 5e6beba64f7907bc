"""Words of periods that are understood one by one, and yet name no period."""

from __future__ import annotations

import pytest

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.normalise.wording.plain_periods import is_plain
from tests.support.kits.money_kit import CLEARANCE, clearance_row, land
from tests.support.kits.reader_kit import workbook


@pytest.mark.parametrize(
    "words",
    ["quý v", "quý 5/2025", "tháng 13/2025", "t13-2025", "31/02/2025", "đến ngày 31 tháng 2 năm 2025", "tháng 6",
     "01/05/2025 - 31/05/2025", "6 tháng đầu năm", "báo cáo tháng 12"],
)  # fmt: skip
def test_numbers_of_no_period_are_the_office_s_to_correct(words: str) -> None:
    assert is_plain(words)


@pytest.mark.parametrize(
    "words", ["vụ đông xuân 2025", "tuần 2 tháng 6", "kỳ 2 tháng 6", "đầu tháng 6", "nửa tháng 6", "niên độ 2025"]
)
def test_words_of_the_office_s_own_can_be_taught(words: str) -> None:
    assert not is_plain(words)


@pytest.mark.parametrize(("said", "taught"), [("QUÝ V NĂM 2025", ()), ("KỲ 2 THÁNG 6/2025", ("kỳ 2 tháng 6/2025",))])
def test_a_refusal_names_only_what_a_layout_can_teach(said: str, taught: tuple[str, ...]) -> None:
    rows = [[f"TIẾN ĐỘ GIẢI PHÓNG MẶT BẰNG {said}"], ["ĐVT: triệu đồng"], CLEARANCE, clearance_row(1)]
    with pytest.raises(BlockedFile) as caught:
        land("site_clearance_hb", workbook(("GPMB", rows)), "gpmb.xlsx")
    assert (caught.value.rule, caught.value.words) == ("period_unread", taught)
