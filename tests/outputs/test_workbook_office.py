"""The workbook as LibreOffice opens it: every sheet, Vietnamese numbers, ratings as word and shape, missing empty."""

import csv
import shutil
import subprocess
from datetime import date

import duckdb
import pytest

from dagster_project.extracts.reading.facts import read_facts
from dagster_project.extracts.workbook.leaders import write_workbook
from tests.support.marts.tiny_marts import write_marts

pytestmark = pytest.mark.debian


def _convert(workbook, target, folder):
    """Open the workbook in LibreOffice and save it in another form."""
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless"]
    command += ["--convert-to", target, "--outdir", str(folder), str(workbook)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    assert shutil.which("soffice"), "LibreOffice chưa cài: .ci/run cài libreoffice-calc-nogui"
    folder = tmp_path_factory.mktemp("book")
    write_marts(folder / "published.duckdb")
    path = folder / "chi-tieu.xlsx"
    with duckdb.connect(str(folder / "published.duckdb"), read_only=True) as marts:
        write_workbook(read_facts(marts, date(2025, 7, 13)), marts, path, "2025-07-13-abcdef12")
    return path


def test_it_prints_every_sheet_with_its_heading(workbook):
    _convert(workbook, "pdf", workbook.parent)
    text = subprocess.run(
        ["pdftotext", "-layout", str(workbook.with_suffix(".pdf")), "-"], check=True, capture_output=True, text=True
    ).stdout
    for heading in (
        "TÓM TẮT CHỈ TIÊU",
        "THEO TỈNH CŨ",
        "THEO XÃ, PHƯỜNG",
        "XU HƯỚNG 16 TUẦN",
        "NGUỒN DỮ LIỆU",
        "KHOẢNG TRỐNG DỮ LIỆU",
    ):
        assert heading in text
    assert "● Đạt" in text
    assert "13/07/2025" in text


def test_its_figures_survive_the_office(workbook):
    _convert(workbook, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,true,false,false,1", workbook.parent)
    (table,) = workbook.parent.glob("*.csv")
    rows = list(csv.reader(table.open(encoding="utf-8")))
    found = {row[0]: row for row in rows if row and row[0]}
    with duckdb.connect(str(workbook.parent / "published.duckdb"), read_only=True) as marts:
        value = marts.execute(
            "select value from marts.kpi_value where grain = 'province' and kpi_id = 'tthc_on_time' "
            "and period_kind = 'month' order by period_start desc limit 1"
        ).fetchone()[0]
    assert found["Hồ sơ đúng hạn"][4] == f"{value * 100:.1f}%".replace(".", ",")
