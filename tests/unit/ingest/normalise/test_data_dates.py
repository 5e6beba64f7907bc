"""The data date of titles and names."""

from __future__ import annotations

from datetime import date

import pytest

from dagster_project.ingest.normalise import data_dates
from dagster_project.ingest.normalise.periods import DataDate

TITLE = "DANH SÁCH HỒ SƠ {}\n{}\n(Kèm theo Báo cáo số 107/BC-VP ngày 14/07/2025 của UBND TỈNH)"


@pytest.mark.parametrize(
    ("title", "kind", "start", "end"),
    [
        (TITLE.format("THÁNG 7 NĂM 2025", "(Số liệu đến ngày 13/07/2025)"), "day", "2025-07-13", "2025-07-13"),
        ("tính đến hết ngày 9 tháng 7 năm 2025", "day", "2025-07-09", "2025-07-09"),
        ("VỐN NĂM 2024 (Số liệu đến ngày 31/01/2025)", "day", "2025-01-31", "2025-01-31"),
        (TITLE.format("Tháng 7 năm 2025", ""), "month", "2025-07-01", "2025-07-31"),
        ("KẾT QUẢ ĐẤU GIÁ THÁNG 2/2024", "month", "2024-02-01", "2024-02-29"),
        ("Quý III năm 2025", "quarter", "2025-07-01", "2025-09-30"),
        ("BIỂU TÌNH HÌNH GIẢI NGÂN NĂM 2025", "year", "2025-01-01", "2025-12-31"),
        ("Từ ngày 01/07/2025 đến ngày 13/07/2025", "range", "2025-07-01", "2025-07-13"),
        (TITLE.format("", ""), "day", "2025-07-14", "2025-07-14"),
    ],
)
def test_data_date_of_a_title(title: str, kind: str, start: str, end: str) -> None:
    found = data_dates.find_data_date(title)
    assert found == DataDate(kind, date.fromisoformat(start), date.fromisoformat(end))  # type: ignore[arg-type]
    assert found is not None
    assert found.value == found.end


def test_a_title_without_a_date_has_none() -> None:
    assert data_dates.find_data_date("SỔ THEO DÕI NHIỆM VỤ TUẦN 27") is None
    assert data_dates.find_data_date("") is None


def test_year_in_title_is_the_plan_year() -> None:
    assert data_dates.find_plan_years("VỐN NĂM 2024\n(Số liệu đến ngày 31 tháng 01 năm 2025)") == {2024}
    assert data_dates.find_plan_years("THÁNG 7 NĂM 2025") == {2025}
    assert data_dates.find_plan_years("VỐN NĂM 2024\nTháng 2 năm 2025") == {2024}
    assert data_dates.find_plan_years("(đến ngày 31/01/2025)") is None


@pytest.mark.parametrize(
    ("name", "kind", "start", "end"),
    [
        ("2025/ho_so_tthc_02_2025.xlsx", "month", "2025-02-01", "2025-02-28"),
        ("gpmb_hb_09072025.xlsx", "day", "2025-07-09", "2025-07-09"),
        ("giai_ngan_kb_20250715.xls", "day", "2025-07-15", "2025-07-15"),
        ("bieu_giai_ngan_15_06_2025 lần 2 FINAL.xlsx", "day", "2025-06-15", "2025-06-15"),
        ("dau_gia_2025_05.csv", "month", "2025-05-01", "2025-05-31"),
        ("dau_gia_2025_05 lần 2 FINAL.csv", "month", "2025-05-01", "2025-05-31"),
        ("hoso_thang_02_2025 (1).csv", "month", "2025-02-01", "2025-02-28"),
        ("dvc-progress-tree/month-2025-07.json", "month", "2025-07-01", "2025-07-31"),
        ("quarter-2025-3.json", "quarter", "2025-07-01", "2025-09-30"),
        ("year-2025.json", "year", "2025-01-01", "2025-12-31"),
        ("20250701-20250713/page-0001.json", "range", "2025-07-01", "2025-07-13"),
        ("20250701-20250713/page-2025.json", "range", "2025-07-01", "2025-07-13"),
        ("dau_gia_dat_2025.xlsx", "year", "2025-01-01", "2025-12-31"),
        ("thang 07-2025/so_theo_doi.xlsx", "month", "2025-07-01", "2025-07-31"),
        ("Đấu giá tháng 7 năm 2025.csv", "month", "2025-07-01", "2025-07-31"),
        ("nha_o_thang_07_nam_2025.csv", "month", "2025-07-01", "2025-07-31"),
        ("GPMB ngày 9 tháng 7 năm 2025 (lần 2).xlsx", "day", "2025-07-09", "2025-07-09"),
        ("hs thang 7 nam 2025.csv", "month", "2025-07-01", "2025-07-31"),
        ("Hồ sơ Tháng 7 năm 2025.xlsx", "month", "2025-07-01", "2025-07-31"),
        ("ho_so_thang_6_nam_2025 lan 2.csv", "month", "2025-06-01", "2025-06-30"),
        ("Giải ngân đến ngày 15 tháng 7 năm 2025.xlsx", "day", "2025-07-15", "2025-07-15"),
        ("ho so T7 - 2025.xlsx", "month", "2025-07-01", "2025-07-31"),
        ("2025_T07_ho_so.xlsx", "month", "2025-07-01", "2025-07-31"),
        ("Quý III năm 2025.xlsx", "quarter", "2025-07-01", "2025-09-30"),
    ],
)
def test_data_date_of_a_name(name: str, kind: str, start: str, end: str) -> None:
    found = data_dates.find_data_date_in_name(name)
    assert found == DataDate(kind, date.fromisoformat(start), date.fromisoformat(end))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["nha_o_H44_110.xlsx", "so_theo_doi.xlsx", "2025/x.xlsx", "gpmb_31062025.xlsx", "x_13_2025"]
)
def test_names_without_a_date(name: str) -> None:
    found = data_dates.find_data_date_in_name(name)
    assert found is None or found.kind == "year"
    assert found is None or name == "x_13_2025"
