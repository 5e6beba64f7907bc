"""One key twice in a file: a finding wherever the words differ, and history where an older sheet says it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.contracts.rules import load_rules
from dagster_project.ingest.readers.base import RawTable
from dagster_project.ingest.validate.validate import ValidatedFile
from tests.support.kits.money_kit import auction_sheet, land, lot
from tests.support.kits.reader_kit import workbook
from tests.support.kits.validate_kit import dossier, raw_table, validate

LATER = {"status_code": "Đang xử lý", "finished_at": None, "returned_at": None}


def sheet(name: str, title: str = "", **cells: object) -> RawTable:
    return replace(raw_table(dossier(**cells), sheet=name), title=title)


def told(validated: ValidatedFile) -> list[tuple[str, int, str, object]]:
    found = validated.findings[["source_sheet", "source_row", "rule", "value"]]
    return list(found.itertuples(index=False, name=None))


def test_every_contract_has_a_key_so_that_none_is_said_twice_in_silence():
    assert all(contract.key for contract in load_registry().contracts.values())
    assert load_rules()["sheets_disagree"].severity == "error"


def test_a_key_that_a_sheet_says_twice_unlike_is_told_at_the_later_row():
    validated = validate(raw_table(dossier(), dossier(**LATER), dossier(**LATER)))
    assert told(validated) == [("Tháng 7", 12, "key_twice", "H62.52-250702-0001")]
    assert len(validated.rows) == 3


def test_the_same_row_again_is_a_duplicate_and_no_contradiction():
    assert told(validate(raw_table(dossier(), dossier()))) == []
    assert told(validate(sheet("Nhập"), sheet("Nhập (2)"))) == []


def test_a_row_that_another_moment_changed_is_progress():
    rows = [dossier(changed_at="05/07/2025"), dossier(changed_at="06/07/2025", **LATER)]
    assert told(validate(raw_table(*rows), feed_id="procedures_hb")) == []
    again = [dossier(changed_at="05/07/2025"), dossier(changed_at="05/07/2025", **LATER)]
    assert [rule for _, _, rule, _ in told(validate(raw_table(*again), feed_id="procedures_hb"))] == ["key_twice"]


@pytest.mark.parametrize("copy", ["Nhập (2)", "Nhập - Copy", "Bản cũ"])
def test_a_copy_of_the_same_day_that_disagrees_is_told_at_the_later_sheet(copy):
    validated = validate(sheet("Nhập"), sheet(copy, **LATER))
    assert told(validated) == [(copy, 11, "sheets_disagree", "trang Nhập, dòng 11")]
    assert validated.rows[["source_sheet", "sheet_no"]].to_numpy().tolist() == [["Nhập", 1], [copy, 2]]


def test_sheets_of_other_columns_are_held_against_each_other_too():
    narrow = raw_table({name: cell for name, cell in dossier(**LATER).items() if name != "fee"}, sheet="Bản cũ")
    assert [rule for _, _, rule, _ in told(validate(sheet("Nhập"), narrow))] == ["sheets_disagree"]


def test_a_sheet_with_an_older_title_is_history_and_no_contradiction():
    now, before = "(Số liệu đến ngày 13/07/2025)", "(Số liệu đến ngày 05/07/2025)"
    validated = validate(sheet("Nhập", now), sheet("Nhập (2)", before, **LATER))
    assert told(validated) == []
    assert validated.rows["sheet_date"].dt.date.to_list() == [date(2025, 7, 13), date(2025, 7, 5)]


def test_lots_without_a_round_are_told_apart_by_lot_and_day():
    said = [
        ("LK01", 500, "14/05/2025"),
        ("LK02", 500, "14/05/2025"),
        ("LK01", 900, "14/05/2025"),
        ("LK02", 700, "20/05/2025"),
    ]
    lots = [lot(Lần=None, Số_lô=name, Giá_khởi_điểm=price, Ngày_đấu_giá=day) for name, price, day in said]
    _, validated = land("land_auction_vp", workbook(("Tháng 5", auction_sheet(*lots))), "dau_gia_dat_2025.xlsx")
    assert [(row, rule) for _, row, rule, _ in told(validated) if rule == "key_twice"] == [(6, "key_twice")]
