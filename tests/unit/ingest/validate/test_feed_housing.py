"""Households: whose file it is, what stays outside, what is odd and what is refused."""

from __future__ import annotations

import unicodedata
from datetime import date

import duckdb
import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.landing import Landing
from dagster_project.ingest.landing.parquet import make_tables
from dagster_project.ingest.validate.file_scope import find_communes_in_name
from dagster_project.warehouse.inputs import register_inputs
from tests.support.kits.landing_kit import Contented
from tests.support.kits.money_kit import account, land, rules
from tests.support.kits.people_kit import HOUSEHOLD, found, houses, sheet
from tests.support.kits.reader_kit import workbook

VIET_TRI, NONG_TRANG = "07900", "07894"
FEEDS = load_registry().feeds


def file_rules(validated):
    return validated.findings.loc[validated.findings["source_row"].isna(), "rule"].to_list()


def test_a_household_is_typed_and_the_person_stays_outside(tmp_path):
    batch, validated = houses({}, total="1 hộ")
    row = validated.rows.iloc[0]
    assert (row["household_id"], row["strand"], row["kind"]) == ("NO25000125", "DTTS và miền núi", "xay_moi")
    assert (row["status"], row["support"], row["commune_code"]) == ("hoan_thanh", 60_000_000, VIET_TRI)
    assert (row["started_on"].date(), row["completed_on"].date()) == (date(2025, 5, 4), date(2025, 5, 31))
    assert validated.totals[["measure", "stated", "computed"]].to_numpy().tolist() == [["rows", 1.0, 1.0]]
    landed = str([table.to_pylist() for table in make_tables([("b" * 16, validated)], FEEDS["housing_pt"]).values()])
    for personal in ("Ví Dụ", "025230577697", "1976", "Mường", "Khu Thử 8"):
        assert personal not in landed
    assert not {"head_name", "national_id", "birth_year", "ethnicity", "hamlet"} & set(validated.rows)
    assert (batch["scope"], batch["rows_quarantined"], list(validated.findings["rule"])) == (VIET_TRI, 0, [])


def test_a_total_that_disagrees_is_told_beside_what_is_there():
    _, validated = houses({}, {"Mã hộ": "NO25000126"}, total="3 hộ")
    assert validated.totals[["stated", "computed"]].to_numpy().tolist() == [[3.0, 2.0]]
    assert account(validated)[1:3] == (2, 0)


def test_a_total_of_support_is_no_number_of_households():
    _, validated = houses({}, {"Mã hộ": "NO25000126"}, total={"Mức hỗ trợ": 90})
    told = validated.totals[["measure", "stated", "computed"]].to_numpy().tolist()
    assert told == [["support", 90_000_000.0, 120_000_000.0]]


def test_a_workbook_under_the_wrong_name_is_what_its_rows_say():
    batch, validated = houses({"Xã/Phường": "Phường Nông Trang"}, name="nha_o_H44_100.xlsx")
    assert batch["scope"] == NONG_TRANG
    assert file_rules(validated) == ["file_name_disagrees"]
    assert account(validated)[1:3] == (1, 0)


@pytest.mark.parametrize(
    "name", ["nha_o_H44_101.xlsx", "nha o phuong NONG TRANG.xlsx", "Nhà ở Phường Nông Trang lần 2.xlsx"]
)
def test_a_name_that_agrees_says_nothing(name):
    batch, validated = houses({"Xã/Phường": "Phường Nông Trang"}, name=name)
    assert (batch["scope"], file_rules(validated)) == (NONG_TRANG, [])


@pytest.mark.parametrize(
    ("name", "communes"),
    [
        ("nha_o_H44_100.xlsx", {VIET_TRI}),
        ("2025/H44.101/nha_o.xlsx", set()),
        ("h44-101 (1).xlsx", {NONG_TRANG}),
        ("nha_o_20250713.xlsx", set()),
        ("phuong_viet_tri_H44_101.xlsx", {NONG_TRANG}),
    ],
)
def test_what_a_name_means(name, communes):
    assert find_communes_in_name(name) == communes


def test_of_several_communes_the_title_says_whose_file_it_is():
    rows = ({}, {"Mã hộ": "NO25000126", "Xã/Phường": "Phường Nông Trang"})
    batch, validated = houses(*rows, name="danh_sach.xlsx")
    assert (batch["scope"], file_rules(validated)) == (VIET_TRI, [])
    assert validated.rows["commune_code"].to_list() == [VIET_TRI, NONG_TRANG]
    batch, validated = houses(*rows, office="SỞ XÂY DỰNG", name="danh_sach.xlsx")
    assert (batch["scope"], file_rules(validated)) == (None, ["scope_unknown"])
    batch, _ = houses(*rows, office="SỞ XÂY DỰNG", name="nha_o_H44_101.xlsx")
    assert batch["scope"] == NONG_TRANG


def test_a_workbook_without_a_usable_row_is_its_title_s():
    batch, validated = houses({"Xã/Phường": None}, name="nha_o_H44_101.xlsx")
    assert rules(validated) == [(5, "commune", "unit_missing")]
    assert (batch["scope"], file_rules(validated)) == (VIET_TRI, ["file_name_disagrees"])


def test_what_cannot_be_used_of_a_household_is_refused():
    _, validated = houses(
        {"Xã/Phường": None},
        {"Nhóm": "hộ có công nuôi dưỡng"},
        {"Trạng thái": "đang xem xét"},
        {"Ngày khởi công": "31/06/2025"},
        {"Mức hỗ trợ": "sáu mươi"},
        {"Mã hộ": None},
    )
    assert sorted(rules(validated)) == [
        (5, "commune", "unit_missing"),
        (6, "strand", "unknown_code"),
        (7, "status", "unknown_code"),
        (8, "started_on", "impossible_date"),
        (9, "support", "unreadable_number"),
        (10, "household_id", "missing_value"),
    ]
    assert account(validated)[1:3] == (0, 6)


def test_dates_out_of_order_are_used_and_listed():
    _, validated = houses(
        {"Ngày khởi công": "01/06/2025"},
        {"Mã hộ": "NO1", "Ngày bàn giao": "30/05/2025"},
        {"Mã hộ": "NO2", "Ngày bàn giao": "31/05/2025"},
        {"Mã hộ": "NO3", "Ngày khởi công": None},
    )
    assert found(validated) == [(5, "completed_before_started"), (6, "handed_over_before_completed")]
    assert account(validated)[1:3] == (4, 0)
    assert validated.findings["value"].to_list() == ["NO25000125 · DTTS và miền núi", "NO1 · DTTS và miền núi"]


def test_letters_and_tones_apart_in_a_csv():
    header = ";".join(HOUSEHOLD)
    line = ";".join("" if cell is None else str(cell) for cell in (HOUSEHOLD | {"Xã/Phường": "Xã Tam Sơn"}).values())
    content = unicodedata.normalize("NFD", f"{header}\n{line.replace(';60;', ';60.000.000;')}\n").encode()
    batch, validated = land("housing_vp", content, "nha_o_vinh_phuc_20250713.csv")
    assert validated.rows[["support", "strand", "former_province_code"]].to_numpy().tolist() == [
        [60_000_000, "DTTS và miền núi", "26"]
    ]
    assert (batch["date_end"], batch["scope"]) == (date(2025, 7, 13), None)


def test_old_communes_are_told_apart_by_their_district():
    cells = {name: HOUSEHOLD[name] for name in list(HOUSEHOLD)[:7]}
    form = cells | {"Huyện cũ": "Thành phố Hòa Bình"} | {n: c for n, c in HOUSEHOLD.items() if n not in cells}
    rows = [{"Xã/Phường": "Phường Hữu Nghị"}, {"Xã/Phường": "Hòa Bình", "Mã hộ": "NO2"}]
    made = workbook(("Nhà tạm", sheet(form, rows, "BAN CHỈ ĐẠO", "13/07/2025")))
    _, validated = land("housing_hb", made, "nha_tam.xlsx")
    assert validated.rows[["unit_level", "unit_code", "commune_code"]].iloc[0].to_list() == [
        "former_commune", "04798", "04795",
    ]  # fmt: skip
    assert validated.rows["former_province_code"].eq("17").all()


def test_the_scope_reaches_the_warehouse(tmp_path):
    home, inbox = Home(tmp_path / "home"), tmp_path / "inbox"
    folder = inbox / "housing_pt"
    folder.mkdir(parents=True)
    for name, commune, office in (
        ("nha_o_H44_100.xlsx", "Phường Việt Trì", "UBND PHƯỜNG VIỆT TRÌ"),
        ("nha_o_H44_102.xlsx", "Phường Nông Trang", "UBND PHƯỜNG NÔNG TRANG"),
    ):
        rows = sheet(HOUSEHOLD, [{"Xã/Phường": commune}], office, "13/07/2025")
        (folder / name).write_bytes(workbook(("Danh sách", rows)))
    for name in ("nha_o_H44_103.xlsx", "nha_o.xlsx"):  # of what cannot be read, only the name can tell whose it was
        (folder / name).write_bytes(b"" if name == "nha_o.xlsx" else b"PK")
    landing = Landing(home, inbox, date(2025, 7, 13), Contented())
    landing.land("housing_pt", landing.scan())
    register_inputs(tmp_path / "build.duckdb", home, date(2025, 7, 13))
    with duckdb.connect(str(tmp_path / "build.duckdb")) as build:
        files = build.execute("select file, scope = batch_id, scope from landing.source_file order by file").fetchall()
        owing = build.execute("select feed_id from landing.feed where every_unit_owes order by 1").fetchall()
        told = build.execute("select rule, value from landing.finding").fetchall()
    names = [f"nha_o_H44_{n}.xlsx" for n in (100, 102, 103)]
    assert [file[:2] for file in files] == [("nha_o.xlsx", True), *((name, False) for name in names)]
    assert [file[2] for file in files[1:]] == [VIET_TRI, NONG_TRANG, "07918"]
    assert owing == [("centre_readiness",), ("housing_pt",)]
    assert told == [("file_name_disagrees", "nha_o_H44_102.xlsx")]


def test_a_house_that_is_finished_after_the_day_of_its_file_is_remarked_upon():
    _, validated = houses({}, {"Mã hộ": "NO25000126", "Ngày hoàn thành": "15/11/2098"}, total="2 hộ")
    told = validated.findings[["source_row", "column_name", "rule"]].to_numpy().tolist()
    assert [one[1:] for one in told] == [["completed_on", "event_after_data_date"]]
    assert account(validated)[1:3] == (2, 0)
