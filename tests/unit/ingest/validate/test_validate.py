"""Validation: which rows land, which are refused, what is said of them, and that every row is accounted for."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import date, datetime

import pandas as pd
import pytest

from dagster_project.contracts.models import Feed
from dagster_project.ingest.readers.base import Finding
from dagster_project.ingest.validate.file_date import FileDate
from dagster_project.ingest.validate.validate import ValidatedFile
from tests.support.kits.validate_kit import (
    DATA_DAY,
    KEY,
    NATIONAL_ID,
    PERSON,
    PHONE,
    dossier,
    feed,
    list_refusals,
    raw_table,
    validate,
    validate_one,
    validate_tables,
)


def assert_accounted(result: ValidatedFile) -> None:
    assert result.rows_read == len(result.rows) + result.rows_quarantined + result.rows_not_data


def not_data(*rows: int) -> pd.DataFrame:
    return pd.DataFrame({"_row": rows, "kind": ["heading"] * len(rows)})


# The account of rows -------------------------------------------------------------------------------------------------


def test_a_good_row_lands_typed():
    result = validate_one()
    (row,) = result.rows.to_dict("records")
    assert result.quarantine.empty
    assert result.findings.empty
    assert (row["source_sheet"], row["source_row"]) == ("Tháng 7", 11)
    assert row["received_at"] == pd.Timestamp(2025, 7, 2, 8, 30)
    assert (row["status_code"], row["channel"], row["fee"], row["is_result_digitised"]) == (
        10,
        "truc_tuyen",
        15000,
        True,
    )
    assert (row["unit_level"], row["unit_code"], row["commune_code"]) == ("commune", "09025", "09025")
    assert (row["former_province_code"], row["attribution"]) == ("26", "exact")


def test_every_row_read_is_landed_refused_or_not_data():
    bad_lines = pd.DataFrame({"_row": [20, 21], "text": [f"{PERSON};{PHONE}", "x"]})
    table = raw_table(
        dossier(),
        dossier(dossier_id=None, status_code="posting", received_at="31/06/2025"),
        dossier(dossier_id="H62.52-250702-0003"),
        not_data=not_data(1, 2, 3),
        bad_rows=bad_lines,
    )
    result = validate(table)
    assert (result.rows_read, len(result.rows), result.rows_quarantined, result.rows_not_data) == (8, 2, 3, 3)
    assert_accounted(result)
    assert [(row, rule) for row, _, rule in list_refusals(result)[-2:]] == [
        (20, "wrong_field_count"),
        (21, "wrong_field_count"),
    ]


def test_a_row_with_several_faults_counts_once_and_names_each():
    result = validate_one(dossier_id=None, status_code="posting", received_at="31/06/2025", unit="UBND xã Thiên Đường")
    assert result.rows_quarantined == 1
    assert {(column, rule) for _, column, rule in list_refusals(result)} == {
        ("dossier_id", "missing_value"),
        ("status_code", "unknown_code"),
        ("received_at", "impossible_date"),
        ("unit", "unit_unknown"),
    }


def test_sheets_are_told_apart_though_their_row_numbers_are_the_same():
    result = validate(raw_table(dossier(dossier_id=None), sheet="Tháng 6"), raw_table(dossier(), sheet="Tháng 7"))
    assert result.rows["source_sheet"].tolist() == ["Tháng 7"]
    assert result.quarantine["source_sheet"].tolist() == ["Tháng 6"]
    assert_accounted(result)


def test_a_sheet_without_a_table_is_headings_only():
    page = raw_table(sheet="Ghi chú", not_data=not_data(1, 2))
    result = validate(raw_table(dossier()), page)
    assert (result.rows_read, len(result.rows), result.rows_not_data) == (3, 1, 2)


def test_an_answer_without_children_lands_nothing():
    june = FileDate("month", date(2025, 6, 1), date(2025, 6, 30), "name")
    result = validate(raw_table(sheet=None), feed_id="national_portal", on=june)
    assert (result.rows_read, len(result.rows), result.rows_quarantined) == (0, 0, 0)


def test_a_json_answer_lands_with_the_period_of_its_file():
    child = {"portal_code": "H44.189", "unit.code": "H44.189", "unit_name": "UBND xã Yên Lạc", "total_received": 10}
    june = FileDate("month", date(2025, 6, 1), date(2025, 6, 30), "name")
    parent = pd.DataFrame([{"_row": 0, "label": "parent", "cells": [12], "total_received": 12}])
    table = raw_table(child, child | {"portal_code": "H44.999", "unit.code": "H44.999"}, sheet=None, totals=parent)
    result = validate(table, feed_id="national_portal", on=june)
    (row,) = result.rows.to_dict("records")
    assert (row["period_kind"], row["period_start"], row["period_end"]) == (
        "month",
        datetime(2025, 6, 1),
        datetime(2025, 6, 30),
    )
    assert (row["unit_code"], row["total_received"]) == ("09025", 10)
    assert pd.isna(row["total_on_time"])
    assert list_refusals(result) == [(12, "unit", "unit_unknown")]
    # The parent tells one of its three figures; null is not 0.
    assert result.totals[["measure", "stated", "computed"]].values.tolist() == [["total_received", 12, 20]]


def test_a_total_is_a_control_figure_beside_what_the_rows_give():
    said = {"label": "tổng cộng", "cells": ["Tổng cộng", "3 hồ sơ"], "_kind": "total", "_from_row": 1, "_to_row": 13}
    totals = pd.DataFrame([{"_row": 14, **said}])
    result = validate(raw_table(dossier(), dossier(dossier_id=None), totals=totals))
    assert result.totals.to_dict("records") == [{"scope": "file", "measure": "rows", "stated": 3.0, "computed": 2.0}]


def test_the_total_of_an_envelope_speaks_of_the_whole_pull():
    page = raw_table(dossier(), sheet=None, extra={"currentPage": 1, "totalItems": 1340})
    (figure,) = validate(page, feed_id="procedures_pt").totals.to_dict("records")
    assert figure == {"scope": "pull", "measure": "rows", "stated": 1340.0, "computed": 1.0}


def test_unknown_columns_are_named_by_sheet_and_known_strangers_are_not():
    vp = raw_table(dossier(), unknown_headers=["Cán bộ thụ lý"])
    assert validate(vp).drift == [("Tháng 7", "Cán bộ thụ lý")]
    child = {"portal_code": "H44.189", "unit.code": "H44.189"}
    june = FileDate("month", date(2025, 6, 1), date(2025, 6, 30), "name")
    portal = raw_table(child, sheet=None, unknown_headers=["departmentId", "rank"])
    assert validate(portal, feed_id="national_portal", on=june).drift == [(None, "rank")]


# Refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["received_at", "due_at", "finished_at", "returned_at"])
def test_an_impossible_date_in_any_date_column_refuses_the_row(column):
    result = validate_one(**{column: "31/06/2025 08:00"})
    assert list_refusals(result) == [(11, column, "impossible_date")]
    assert result.quarantine["value"].tolist() == ["31/06/2025 08:00"]
    assert "không phải ngày có thật" in result.quarantine["message_vi"][0]
    assert "tháng 6/2025 chỉ có 30 ngày" in result.quarantine["remedy_vi"][0]


@pytest.mark.parametrize("word", ["interoperating", "posting", "99", "0", "hoàn tất", None])
def test_an_unknown_or_empty_status_refuses_the_row(word):
    assert list_refusals(validate_one(status_code=word)) == [(11, "status_code", "unknown_code")]


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Đã trả kết quả", 10),
        ("TRẢ KẾT QUẢ", 10),
        ("đã  xử lý xong", 9),
        ("Được tiếp nhận", 2),
        ("Đã được tiếp nhận", 2),
        ("waiting", 5),
        ("Dừng xử lý", 8),
        (4.0, 4),
        ("7", 7),
    ],
)
def test_the_ten_statuses_in_the_words_of_the_offices(word, code):
    assert validate_one(status_code=word).rows["status_code"].tolist() == [code]


def test_a_receipt_after_the_files_data_date_is_refused_and_one_on_it_lands():
    on_the_day, after = dossier(received_at="13/07/2025 23:59"), dossier(received_at="14/07/2025 00:00")
    result = validate(raw_table(on_the_day, after))
    assert result.rows["source_row"].tolist() == [11]
    assert list_refusals(result) == [(12, "received_at", "after_data_date")]
    assert result.quarantine["value"].tolist() == ["14/07/2025"]


def test_what_happened_after_the_data_date_is_a_finding_and_a_promise_is_none():
    assert validate_one(due_at="30/12/2025").findings.empty
    done = validate_one(due_at="30/12/2025", finished_at="20/07/2025", returned_at="21/07/2025")
    assert done.quarantine.empty
    (found,) = done.findings.to_dict("records")
    assert (found["rule"], found["column_name"]) == ("event_after_data_date", "finished_at")
    assert found["value"] == "20/07/2025"


def test_an_ambiguous_unit_is_refused_with_its_candidates():
    result = validate_one(unit="UBND Xuân Hòa", received_at="02/06/2025")
    assert list_refusals(result) == [(11, "unit", "unit_ambiguous")]
    (remedy,) = result.quarantine["remedy_vi"]
    assert "phường Xuân Hòa" in remedy
    assert "xã Xuân Hòa" in remedy
    assert result.quarantine["value"].tolist() == ["UBND Xuân Hòa"]


@pytest.mark.parametrize(("name", "rule"), [("UBND xã Thiên Đường", "unit_unknown"), (None, "unit_missing")])
def test_a_unit_that_is_nowhere_is_refused(name, rule):
    result = validate_one(unit=name)
    assert list_refusals(result) == [(11, "unit", rule)]
    assert not result.quarantine["remedy_vi"][0].endswith(")")


def test_a_refused_unit_is_quoted_with_its_code_and_its_name():
    child = {"portal_code": "H44.999", "unit.code": "H44.999", "unit.name": "UBND xã Thiên Đường"}
    june = FileDate("month", date(2025, 6, 1), date(2025, 6, 30), "name")
    result = validate(raw_table(child, child | {"unit.name": None}, sheet=None), feed_id="national_portal", on=june)
    assert result.quarantine["value"].tolist() == ["H44.999 · UBND xã Thiên Đường", "H44.999"]


def test_the_unit_is_that_of_the_day_of_receipt():
    before, after = dossier(unit="UBND phường Đồng Tâm", received_at="30/06/2025"), dossier()
    rows = validate(raw_table(before, after)).rows
    assert rows["unit_level"].tolist() == ["former_commune", "commune"]


def test_a_refused_row_with_a_known_unit_names_its_commune():
    assert validate_one(status_code="posting").quarantine["commune_code"].tolist() == ["09025"]
    assert validate_one(unit="UBND xã Thiên Đường").quarantine["commune_code"].isna().all()


def test_a_formula_without_a_value_refuses_its_row_and_one_with_a_value_is_a_finding():
    told = [Finding("formula_cell", 11, "fee"), Finding("formula_without_value", 12, "due_at")]
    result = validate(raw_table(dossier(), dossier(due_at=None), findings=told))
    assert result.rows["source_row"].tolist() == [11]
    assert list_refusals(result) == [(12, "due_at", "formula_without_value")]
    (finding,) = result.findings.to_dict("records")
    assert (finding["source_row"], finding["column_name"], finding["rule"]) == (11, "fee", "formula_cell")
    assert "Phí" in finding["message_vi"]


@pytest.mark.parametrize(
    "rule",
    ["wrong_extension", "wrong_encoding", "wrong_delimiter", "hidden_sheet", "formula_cell", "formula_without_value"],
)
def test_every_finding_of_a_reader_has_words(rule):
    row = 11 if rule.startswith("formula") else None
    result = validate(raw_table(dossier(), findings=[Finding(rule, row, "unit.name" if row else None)]))
    told = pd.concat([result.findings, result.quarantine])
    assert told["rule"].tolist() == [rule]
    assert "{" not in told["message_vi"].iloc[0]
    assert told["column_name"].tolist() == (["unit"] if row else [None])


# What is mended, not refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("H62.52-25O7O2-OOO1", "H62.52-250702-0001"),
        (" h62.52-250702-0001 ", "H62.52-250702-0001"),
        ("H62.52 -250702- 0001", "H62.52-250702-0001"),
        ("000.23.16.H62-250702-0001", "000.23.16.H62-250702-0001"),
        ("OOO.23.16.H62-250702-0001", "000.23.16.H62-250702-0001"),
    ],
)
def test_a_dossier_number_loses_its_letters_o_and_its_spaces(written, number):
    result = validate_one(dossier_id=written, origin_dossier_id=written)
    assert result.rows["dossier_id"].tolist() == [number]
    assert result.rows["origin_dossier_id"].tolist() == [number]
    assert result.findings.empty


def test_an_odd_dossier_number_lands_with_a_finding():
    result = validate_one(dossier_id="HS-17")
    assert result.rows["dossier_id"].tolist() == ["HS-17"]
    assert result.findings[["column_name", "rule", "value"]].values.tolist() == [["dossier_id", "odd_pattern", "HS-17"]]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1.012753", "1.012753"),
        ("1.012753.H19", "1.012753"),
        ("1.012753.h62 ", "1.012753"),
        ("1.012753.000.00.00.H44", "1.012753"),  # as portals write the code of a procedure without variants
        ("1.012753.000.00.00", "1.012753"),
        (1.01275, "1.012750"),
        (2.0, "2.000000"),
        (1.012805, "1.012805"),
    ],
)
def test_a_procedure_code_loses_its_province_and_gets_its_zeros_back(cell, code):
    result = validate_one(procedure_code=cell)
    assert result.rows["procedure_code"].tolist() == [code]
    assert result.findings.empty


def test_a_row_without_a_procedure_code_lands_with_a_finding():
    result = validate_one(procedure_code=None)
    assert result.rows["procedure_code"].isna().all()
    assert result.findings[["column_name", "rule"]].values.tolist() == [["procedure_code", "missing_value"]]


@pytest.mark.parametrize(
    ("cell", "channel"), [(None, "truc_tiep"), ("  ", "truc_tiep"), ("TTuyen", "truc_tuyen"), ("BC", "buu_chinh")]
)
def test_an_empty_channel_means_at_the_counter(cell, channel):
    result = validate_one(channel=cell)
    assert result.rows["channel"].tolist() == [channel]
    assert result.findings.empty


def test_an_unknown_channel_is_dropped_and_listed():
    result = validate_one(channel="chim bồ câu")
    assert result.rows["channel"].isna().all()
    assert result.findings[["column_name", "rule", "value"]].values.tolist() == [
        ["channel", "unknown_code", "chim bồ câu"]
    ]


def test_columns_that_the_file_does_not_have_are_unknown_but_the_channel_has_its_default():
    row = {
        name: cell
        for name, cell in dossier().items()
        if name not in ("channel", "fee", "is_result_digitised", "national_id")
    }
    result = validate(raw_table(row))
    (landed,) = result.rows.to_dict("records")
    assert landed["channel"] == "truc_tiep"
    assert all(pd.isna(landed[name]) for name in ("fee", "is_result_digitised", "changed_at"))
    assert result.findings.empty


# Persons -------------------------------------------------------------------------------------------------------------


def keeping_pseudonyms() -> Feed:
    """The feed as it would be if a mart joined on persons."""
    contract = feed().contract
    columns = tuple(replace(c, keeps_pseudonym=c.name == "national_id") for c in contract.columns)
    return replace(feed(), contract=replace(contract, columns=columns))


def test_personal_columns_do_not_land():
    assert not [
        name for name in validate_one().rows.columns if name.startswith(("applicant_name", "phone", "national_id"))
    ]


@pytest.mark.parametrize("cell", [" 026 591 314 713", "026.591.314.713", NATIONAL_ID])
def test_identity_becomes_a_pseudonym_where_the_contract_keeps_one(cell):
    told = FileDate("day", DATA_DAY, DATA_DAY, "title")
    rows = [raw_table(dossier(national_id=cell), dossier(national_id=None))]
    landed = validate_tables(rows, keeping_pseudonyms(), told).rows
    expected = hmac.new(KEY, NATIONAL_ID.encode(), "sha256").hexdigest()[:32]
    assert landed["national_id_pseudonym"].fillna("-").tolist() == [expected, "-"]
    assert "national_id" not in landed


@pytest.mark.parametrize("phone", ["0912345678", "+84912345678", "84912345678", "0912.345.678"])
def test_a_phone_in_the_identity_column_is_dropped_and_listed_without_the_number(phone):
    result = validate_one(national_id=phone)
    assert len(result.rows) == 1
    (finding,) = result.findings.to_dict("records")
    assert (finding["column_name"], finding["rule"]) == ("national_id", "phone_in_national_id")
    assert pd.isna(finding["value"])


def test_no_personal_value_is_ever_quoted():
    bad_lines = pd.DataFrame({"_row": [40], "text": [f"{PERSON};{NATIONAL_ID};{PHONE}"]})
    everything_wrong = dossier(
        dossier_id=None,
        received_at="31/06/2025",
        status_code="x",
        unit="?",
        national_id="0912345678",
        channel="y",
        fee="z",
    )
    told = [Finding("formula_without_value", 12, "applicant_name"), Finding("formula_cell", 11, "national_id")]
    result = validate(raw_table(dossier(), everything_wrong, bad_rows=bad_lines, findings=told))
    quoted = pd.concat([result.quarantine, result.findings]).astype("str").to_csv()
    for needle in (PERSON, NATIONAL_ID, PHONE, "0912345678"):
        assert needle not in quoted


def test_a_quoted_value_is_cut_short():
    (value,) = validate_one(status_code="x" * 500).quarantine["value"]
    assert len(value) == 60
