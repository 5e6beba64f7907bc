"""The style of each column of a file, decided from all its tables and total rows, and what it makes of its cells."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pandas as pd
import pytest

from dagster_project.ingest.normalise.styles import Decision
from dagster_project.ingest.validate.column_styles import decide_styles, find_silent_columns
from tests.support.kits.money_kit import CLEARANCE, clearance_row, clearance_sheet, land
from tests.support.kits.reader_kit import workbook
from tests.support.kits.validate_kit import dossier, feed, list_refusals, raw_table, validate

NO_UNITS: dict[str, Decimal] = {}


def test_all_tables_of_a_file_decide_together():
    tables = [raw_table(dossier(received_at="7/8/2025")), raw_table(dossier(received_at="7/20/2025"))]
    styles, told = decide_styles(tables, feed(), [NO_UNITS, NO_UNITS])
    assert {name: style.days for name, style in styles.items() if name == "received_at"} == {"received_at": "mdy"}
    assert Decision("received_at", "days", "mdy", 1) in told


@pytest.mark.parametrize(("factor", "style"), [(Decimal(1), "en"), (Decimal(1000), "unsure"), (None, "en")])
def test_only_of_whole_dong_does_a_comma_prove_groups(factor, style):
    factors = NO_UNITS if factor is None else {"fee": factor}
    assert decide_styles([raw_table(dossier(fee="850,000"))], feed(), [factors])[0]["fee"].numbers == style


def test_the_year_from_which_a_workbook_counts_is_of_all_its_days():
    tables = [raw_table(dossier(), extra={"first_year": 1904}), raw_table(dossier())]
    assert {style.first_year for style in decide_styles(tables, feed(), [NO_UNITS] * 2)[0].values()} == {1900, 1904}
    assert decide_styles(tables, feed(), [NO_UNITS] * 2)[0]["due_at"].first_year == 1904


def areas(*written: str, total: str | None = None):
    rows = [clearance_row(number, c5=cell, c6=0) for number, cell in enumerate(written, 1)]
    last = [None] * len(CLEARANCE)
    last[CLEARANCE.index("Tên dự án")], last[5] = "Tổng cộng", total
    sheet = clearance_sheet(*rows, *([last] if total else []))
    return land("site_clearance_hb", workbook(("GPMB", sheet)), "gpmb_hb_15052025.xlsx")[1]


def test_a_cell_of_two_meanings_follows_the_others_of_its_column_or_its_total():
    assert areas("1,234", "0,5").rows["area_to_recover_ha"].to_list() == [1.234, 0.5]
    assert areas("1,234", "0.5").rows["area_to_recover_ha"].to_list() == [1234, 0.5]
    assert areas("1,234", total="1,234.0").rows["area_to_recover_ha"].to_list() == [1234]


def test_it_is_refused_where_nothing_tells_or_both_styles_stand():
    for validated in (areas("1,234"), areas("1,234", "0,5", "0.5")):
        assert (5, "area_to_recover_ha", "ambiguous_number") in list_refusals(validated)


def test_a_silent_column_of_a_file_of_both_styles_is_refused_where_it_may_be_either():
    rows = [
        clearance_row(1, c5="10.5", c6="4,25", c12="5.969", c13="300"),
        clearance_row(2, c5="8.75", c6="2,5", c12=310),
    ]
    sheet = clearance_sheet(*rows, unit="ĐVT: nghìn đồng")
    validated = land("site_clearance_hb", workbook(("GPMB", sheet)), "gpmb_hb_15052025.xlsx")[1]
    told = pd.concat([validated.quarantine, validated.findings])
    assert ("budget_approved", "ambiguous_number") in set(zip(told["column_name"], told["rule"], strict=True))
    assert 5_969_000 not in validated.rows["budget_approved"].to_list()


def test_few_cells_prove_nothing_for_their_column_where_two_hands_wrote_the_rows():
    paid = ["5,969", "0.201", "0.204", "0.207"]
    for proving, landed in ((2, None), (4, 5969)):
        rows = [
            clearance_row(number, c5=area, c6="0.5", c12=cell)
            for number, (area, cell) in enumerate(zip(["1,5", "2.5", "3.5", "4.5"], paid[:proving], strict=False), 1)
        ]
        sheet = clearance_sheet(*rows, unit="ĐVT: triệu đồng")
        validated = land("site_clearance_hb", workbook(("GPMB", sheet)), "gpmb_hb_15052025.xlsx")[1]
        told = pd.concat([validated.quarantine, validated.findings])
        is_open = ("budget_approved", "ambiguous_number") in set(zip(told["column_name"], told["rule"], strict=True))
        assert is_open == (landed is None)
        assert (5_969_000_000 in validated.rows["budget_approved"].to_list()) == (landed is not None)


@pytest.mark.parametrize("late", ["{}/7/2025", "7/{}/2025"])
def test_days_that_a_spreadsheet_exchanged_are_refused(late):
    typed = [dossier(dossier_id=f"H62.52-250702-000{day % 10}", due_at=late.format(day)) for day in (14, 15, 26)]
    real = [dossier(dossier_id=f"H62.52-250702-001{n}", due_at=datetime(2025, n, 7)) for n in (2, 3, 4)]
    validated = validate(raw_table(*typed, *real))
    faults = [*validated.quarantine["rule"], *validated.findings["rule"]]
    assert faults.count("swapped_date") == 3
    assert validated.rows["due_at"].dropna().dt.day.tolist() == [14, 15, 26]


@pytest.mark.parametrize("damaged", ["2,5E+11", "3-May", "03/05/2025", "05-Thg7", "#REF!", "1-Nov"])
def test_a_damaged_number_of_a_dossier_costs_its_row(damaged):
    validated = validate(raw_table(dossier(dossier_id=damaged), dossier()))
    assert list_refusals(validated) == [(11, "dossier_id", "damaged_key")]
    assert validated.rows["dossier_id"].to_list() == ["H62.52-250702-0001"]


@pytest.mark.parametrize(
    ("bracket", "days"),
    [("mm/dd/yyyy", "mdy"), ("Tháng/Ngày/Năm", "mdy"), ("hh:mm MM-DD-YYYY", "mdy"), ("m/d/yy", "mdy"),
     ("dd/mm/yyyy", "dmy"), ("ngày/tháng/năm", "dmy"), ("yyyy-mm-dd", "dmy"), ("theo giấy hẹn", "dmy")],
)  # fmt: skip
def test_a_bracket_of_a_header_tells_the_order_of_its_days(bracket: str, days: str):
    table = raw_table(dossier(received_at="7/8/2025"), header_units={"received_at": bracket})
    styles, told = decide_styles([table], feed(), [NO_UNITS])
    assert styles["received_at"].days == days
    is_told = bracket not in ("yyyy-mm-dd", "theo giấy hẹn")
    assert (Decision("received_at", "days", days, 1, bracket) in told) == is_told


@pytest.mark.parametrize(("bracket", "cell"), [("dd/mm/yyyy", "7/20/2025"), ("mm/dd/yyyy", "20/7/2025")])
def test_cells_that_contradict_their_header_leave_the_others_open(bracket: str, cell: str):
    rows = [dossier(received_at="7/8/2025"), dossier(received_at=cell)]
    styles, _ = decide_styles([raw_table(*rows, header_units={"received_at": bracket})], feed(), [NO_UNITS])
    assert styles["received_at"].days == "mixed"


def test_a_column_is_silent_where_no_file_tells_how_it_is_written():
    silent, told = raw_table(dossier(fee="1500")), raw_table(dossier(fee="1.500,5"))
    assert "fee" in find_silent_columns([[silent], [silent]], feed())
    assert "fee" not in find_silent_columns([[silent], [told]], feed())
    assert find_silent_columns([[silent]], feed()) == frozenset(), "one file alone is not looked at twice"
    for table in (silent, told):
        passed_over = find_silent_columns([[silent], [table]], feed())
        assert decide_styles([table], feed(), [{}], passed_over) == decide_styles([table], feed(), [{}])
