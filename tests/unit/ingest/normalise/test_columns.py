"""One column as delivered → one typed column and what was wrong with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from dagster_project.contracts.models import Column
from dagster_project.contracts.registry import load_registry
from dagster_project.ingest.normalise.columns import normalise_column, normalise_dossier_numbers
from dagster_project.ingest.validate.checks import find_cell_faults
from dagster_project.ingest.validate.typed_rows import Cells
from tests.support.kits.validate_kit import feed


def column(name: str, domain: str = "procedures_vp", **changes: Any) -> Column:
    return replace(next(c for c in feed(domain).contract.columns if c.name == name), **changes)


def normalised(cells: list[Any], wanted: Column, layout_of: str = "procedures_vp", money: int = 1) -> Cells:
    codes = load_registry().code_lists[wanted.code_list] if wanted.code_list else None
    index = pd.RangeIndex(5, 5 + len(cells))
    raw = pd.Series(cells, dtype=object, index=index)
    parsed = normalise_column(raw, wanted, feed(layout_of).layout, codes, Decimal(money))
    return Cells(wanted, raw, parsed.values, parsed.faults)


def broken(cells: Cells) -> dict[str, list[int]]:
    """Rule → positions of the cells that break it."""
    positions = {rule: [int(i) - 5 for i in mask.index[mask]] for rule, mask in find_cell_faults(cells).items()}
    return {rule: rows for rule, rows in positions.items() if rows}


@pytest.mark.parametrize(
    "name", [c.name for c in feed().contract.columns if c.kind not in ("unit", "phone", "person_name")]
)
def test_every_column_of_the_contract_keeps_its_rows_and_flags_none_of_an_empty_column(name):
    parsed = normalised([None, None, None], column(name))
    assert parsed.values.index.tolist() == [5, 6, 7]
    assert broken(parsed) == {}
    assert all(
        mask.dtype == bool and mask.index.equals(parsed.values.index) for mask in find_cell_faults(parsed).values()
    )


@pytest.mark.parametrize(
    "name", [c.name for c in feed().contract.columns if c.kind not in ("unit", "phone", "person_name")]
)
def test_no_cell_however_odd_stops_a_column(name):
    odd = [True, float("nan"), float("inf"), -1, 10**20, "=1+1", "\x00", "ắ" * 300, pd.Timestamp("2025-07-01"), "", "…"]
    assert len(normalised(odd, column(name)).values) == len(odd)


def test_dossier_numbers():
    written = pd.Series(["h44.100-25O701-OOO1", " H44 - 250701-0001\u00a0", None, 17.0], dtype=object)
    assert normalise_dossier_numbers(written).fillna("-").tolist() == [
        "H44.100-250701-0001",
        "H44-250701-0001",
        "-",
        "17",
    ]


def test_a_pattern_is_a_fault_of_those_who_break_it_only():
    parsed = normalised(["H62.52-250702-0001", "H62-1", None], column("dossier_id"))
    assert broken(parsed) == {"odd_pattern": [1]}
    assert parsed.values.fillna("-").tolist() == ["H62.52-250702-0001", "H62-1", "-"]


def test_codes_from_numeric_cells_get_their_format_back_only_where_the_contract_has_one():
    cells = [1.01275, "1.012750", 1.012805, "1.012805.H62"]
    assert normalised(cells, column("procedure_code")).values.tolist() == [
        "1.012750",
        "1.012750",
        "1.012805",
        "1.012805",
    ]
    bare = column("procedure_code", numeric_format=None)
    assert broken(normalised([1.01275], bare))["damaged_key"] == [0]  # nobody can tell its zeros


def test_words_become_codes_whatever_their_case_tone_and_spaces():
    cells = ["Trực tiếp", "TRỰC  TUYẾN", "tru\u031b\u0323c tie\u0302\u0301p", "3", None, "bồ câu"]
    parsed = normalised(cells, column("channel"))
    read = parsed.values.astype("str").fillna("-").tolist()
    assert read == ["truc_tiep", "truc_tuyen", "truc_tiep", "buu_chinh", "truc_tiep", "-"]
    assert broken(parsed) == {"unknown_code": [5]}


def test_words_that_a_layout_teaches_are_read_where_the_code_list_knows_none():
    layout = feed().layout.model_copy(update={"values": {"channel": {"Tại quầy": "truc_tiep", "BC": "truc_tuyen"}}})
    wanted = column("channel")
    parsed = normalise_column(
        pd.Series(["tại  QUẦY", "BC", "bồ câu"], dtype=object), wanted, layout, load_registry().code_lists["channel"]
    )
    assert parsed.values.astype("str").fillna("-").tolist() == ["truc_tiep", "buu_chinh", "-"]
    assert parsed.faults["unknown_code"].tolist() == [False, False, True]


def test_every_spelling_of_every_code_list_reads_as_its_code():
    for wanted in (c for c in feed().contract.columns if c.code_list):
        spelled = load_registry().code_lists[str(wanted.code_list)].map_spellings()
        parsed = normalised([word.upper() for word in spelled], wanted)
        kinds = {"true": True, "false": False}
        expected = [int(v) if wanted.type == "INTEGER" else kinds.get(v, v) for v in spelled.values()]
        assert parsed.values.tolist() == expected
        assert broken(parsed) == {}


def test_yes_and_no_are_read_in_every_spelling():
    parsed = normalised(["Có", "không", 1.0, 0.0, None, "có lẽ"], column("is_result_digitised"))
    assert parsed.values.tolist()[:4] == [True, False, True, False]
    assert parsed.values.isna().tolist()[4:] == [True, True]
    assert broken(parsed) == {"unknown_code": [5]}


def test_numbers_below_their_minimum_and_unreadable_ones():
    parsed = normalised([0, -1, 10, "x", None, 1.5], column("total_received", "national_portal"), "national_portal")
    assert parsed.values.astype("object").where(parsed.values.notna(), None).tolist() == [0, -1, 10, None, None, None]
    assert broken(parsed) == {"unreadable_number": [3], "part_of_a_whole": [5], "below_minimum": [1]}


def test_money_is_whole_dong_in_the_unit_of_the_file():
    parsed = normalised(["1.234,5", 2.0, "-", "(3)", "ba triệu"], column("fee"), money=1_000_000)
    assert parsed.values.fillna(-1).tolist() == [1_234_500_000, 2_000_000, -1, -3_000_000, -1]
    assert broken(parsed) == {"unreadable_number": [4]}


def test_dates_lose_their_clock_only_where_the_contract_says_date():
    cells = ["02/07/2025 08:30", 45840.5, "31/6/2025", None]
    moments = normalised(cells, column("received_at"))
    assert moments.values.dt.hour.tolist()[:2] == [8, 12]
    assert broken(moments) == {"impossible_date": [2]}
    days = normalised(cells, column("received_at", kind="date"))
    assert days.values.tolist()[:2] == [pd.Timestamp(2025, 7, 2)] * 2


def test_identity_numbers_keep_nine_or_twelve_digits_and_nothing_else():
    cells = ["026591314713", "026 591 314 713", "123456789", "0912345678", "02659131471", 26591314713.0, None]
    parsed = normalised(cells, column("national_id"))
    assert parsed.values.fillna("-").tolist() == ["026591314713", "026591314713", "123456789", "-", "-", "-", "-"]
    assert broken(parsed) == {"phone_in_national_id": [3]}


@pytest.mark.parametrize(
    ("name", "feed_id"),
    [
        ("directive_no", "directives"), ("result_no", "directives"), ("plan_no", "planning"),
        ("auction_no", "land_auction_pt"), ("project_code", "investment_hb"), ("household_id", "housing_hb"),
        ("dossier_id", "procedures_hb"), ("portal_code", "national_portal"),
    ],
)  # fmt: skip
def test_a_key_that_a_spreadsheet_took_for_something_else_is_refused_by_name(name, feed_id):
    cells = [datetime(2025, 6, 12), 7654321.5, time(7, 45), True, "7.654321E6", "7654321,5", "12/06/2025", 6e15]
    parsed = normalised([*cells, "8123456", 8123457.0], column(name, feed_id), feed_id)
    assert broken(parsed)["damaged_key"] == list(range(len(cells)))
    assert parsed.values.tolist()[len(cells) :] == ["8123456", "8123457"]


def test_a_number_that_its_format_does_not_give_back_is_no_lot():
    parsed = normalised([7.0, 2.5, 12345678.0], column("lot", "land_auction_hb"), "land_auction_hb")
    assert parsed.values.astype("str").fillna("-").tolist() == ["7", "2.5", "-"]
    assert broken(parsed) == {"damaged_key": [2]}


def test_a_text_that_numbers_no_paper_may_be_a_day():
    parsed = normalised([datetime(2025, 6, 30)], column("milestone", "planning"), "planning")
    assert broken(parsed) == {}
