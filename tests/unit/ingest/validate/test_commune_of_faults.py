"""Of which commune validation tells what is wrong, and that a receipt that cannot be settles no unit."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from dagster_project.ingest.readers.base import Finding
from dagster_project.ingest.validate.file_date import FileDate
from tests.support.kits.validate_kit import PHONE, dossier, raw_table, validate


def test_a_finding_names_its_commune_and_one_of_the_whole_file_names_none():
    findings = [Finding("formula_cell", 12, "fee"), Finding("wrong_extension", value=".xls")]
    result = validate(
        raw_table(dossier(national_id=PHONE), dossier(dossier_id="H62.52-250702-0002"), findings=findings)
    )
    told = {row["rule"]: (row["source_row"], row["commune_code"]) for row in result.findings.to_dict("records")}
    assert told["phone_in_national_id"] == (11, "09025")
    assert told["formula_cell"] == (12, "09025")
    assert pd.isna(told["wrong_extension"][1])
    (alone,) = validate(raw_table(dossier(), findings=findings[1:])).findings["commune_code"]
    assert pd.isna(alone)


def test_a_row_that_the_reader_refuses_names_its_commune():
    result = validate(raw_table(dossier(), findings=[Finding("formula_without_value", 11, "due_at")]))
    assert result.quarantine["commune_code"].tolist() == ["09025"]


@pytest.mark.parametrize(("unit", "commune"), [("UBND xã Đồng Cương - huyện Yên Lạc", "09025"), ("Xuân Hòa", None)])
def test_no_unit_is_judged_by_a_receipt_that_cannot_be(unit, commune):
    """A unit of June in a file of June, received in July as it says: the date is at fault, not the unit."""
    june = FileDate("day", date(2025, 6, 30), date(2025, 6, 30), "title")
    result = validate(raw_table(dossier(received_at="03/07/2025", unit=unit)), on=june)
    (row,) = result.quarantine.to_dict("records")
    assert (row["column_name"], row["rule"]) == ("received_at", "after_data_date")
    assert row["commune_code"] == commune if commune else pd.isna(row["commune_code"])
