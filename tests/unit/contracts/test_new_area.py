"""A fourth area sends its files: one layout file a feed, no code, no seed. It is landed as a night lands any feed."""

from __future__ import annotations

import shutil
from datetime import date

import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.core.paths import SOURCES_DIR, Home
from dagster_project.ingest.landing import landing
from dagster_project.warehouse.inputs import list_source_files
from tests.support.kits.landing_kit import Contented, read_rows
from tests.support.kits.money_kit import AUCTION, auction_sheet, lot
from tests.support.kits.reader_kit import workbook
from tests.support.nights.other_province import NAMES, OF_AREAS, rows_of, sheet, write_layout

FEED, AS_OF = "land_auction_ttpt", date(2025, 7, 13)
LAYOUT = """
feed_id: land_auction_ttpt
domain: land_auction
area: ttpt
title_vi: "Đấu giá quyền sử dụng đất của Trung tâm Phát triển quỹ đất tỉnh"
owner_vi: "Trung tâm Phát triển quỹ đất tỉnh"
fixer_vi: "Trung tâm Phát triển quỹ đất tỉnh"
transport: {kind: folder}
reader: {kind: xlsx}
delivery: {mode: snapshot, period: months, data_date_from: [title, name, rows]}
rhythm: {cadence: monthly, late_after_days: 5, max_age_days: 35, expected_from: 2025-07-01}
unit: {resolved_at: auction_date}
money_unit: trieu_dong
date_styles: [dmy, iso, excel]
headers:
  auction_no: ["Quyết định số"]
  site: ["Khu đất"]
  commune.name: ["Nơi có đất"]
  lot: ["Số lô"]
  area_m2: ["Diện tích (m2)"]
  start_price: ["Giá khởi điểm"]
  winning_price: ["Giá trúng"]
  auction_date: ["Ngày đấu giá"]
  status: ["Trạng thái"]
  round: ["Lần"]
totals:
  - {measure: start_price, stated_in: total_row_sum}
"""
OWN_WORDS = {"Số thông báo": "Quyết định số", "Xã/Phường": "Nơi có đất"}


@pytest.fixture
def sources(tmp_path):
    """A copy of `sources/` with one file more."""
    folder = tmp_path / "sources"
    shutil.copytree(SOURCES_DIR, folder)
    (folder / "land_auction" / "ttpt.layout.yaml").write_text(LAYOUT, encoding="utf-8")
    return folder


@pytest.fixture
def landed(tmp_path, sources, monkeypatch):
    """(home, batch, row of source_file) of the one file that the new office sent, landed by a night."""
    registry = load_registry(sources)
    monkeypatch.setattr(landing, "load_registry", lambda: registry)
    unused = [AUCTION.index(name) for name in ("Tờ bản đồ", "Thửa đất", "Người trúng", "CCCD người trúng")]

    def kept(row):
        return [cell for place, cell in enumerate(row) if place not in unused]

    rows = [lot(), lot(Số_lô="LK08", Ngày_đấu_giá="02/07/2025", Lần=2), lot(Số_lô=None)]
    total = [None] * len(kept(AUCTION))
    total[0], total[kept(AUCTION).index("Giá khởi điểm")] = "Tổng cộng", 2 * 996 + 1
    header = [OWN_WORDS.get(name, name) for name in kept(AUCTION)]
    sheet = auction_sheet(*map(kept, rows), total, month=7, unit=None, header=header)
    path = tmp_path / "inbox" / FEED / "bieu.xlsx"
    path.parent.mkdir(parents=True)
    path.write_bytes(workbook(("Tháng 7", sheet)))
    home = Home(tmp_path / "home")
    night = landing.Landing(home, tmp_path / "inbox", AS_OF, Contented())
    result = night.land(FEED, night.scan())
    assert (result.files, result.blocked) == (1, {})
    ((batch, row),) = list_source_files(home, registry, AS_OF)
    return home, batch, row


def test_its_file_is_accounted_for_like_any_other(landed):
    *_, row = landed
    assert (row["feed_id"], row["area"], row["domain"], row["state"]) == (FEED, "ttpt", "land_auction", "accepted")
    assert (row["rows_read"], row["rows_not_data"], row["rows_quarantined"]) == (6, 3, 1)
    assert (row["data_date"], row["period_start"], row["period_end"]) == (AS_OF, date(2025, 7, 1), date(2025, 7, 31))


def test_its_lots_are_lots_in_dong_and_in_their_communes(landed):
    home, batch, _ = landed
    rows = read_rows(home, [batch])
    assert rows[["lot", "round", "start_price", "winning_price"]].to_numpy().tolist() == [
        ["LK07", 1, 996_000_000, 1_200_500_000], ["LK08", 2, 996_000_000, 1_200_500_000],
    ]  # fmt: skip
    # Xã Sơn Lôi lay in Vĩnh Phúc: found without an area of its own.
    assert rows["former_province_code"].tolist() == ["26", "26"]
    assert rows["commune_code"].notna().all()


def test_what_is_wrong_in_it_is_told_in_the_words_of_every_feed(landed):
    home, batch, _ = landed
    quarantine = read_rows(home, [batch], "quarantine")
    assert quarantine[["column_name", "rule"]].to_numpy().tolist() == [["lot", "missing_value"]]
    totals = read_rows(home, [batch], "stated_total")
    off = totals[totals["measure"] == "start_price"][["stated", "computed"]].to_numpy().tolist()
    assert off == [[1_993_000_000.0, 2_988_000_000.0]]
    drift = read_rows(home, [batch], "drift")
    assert set(drift["header"]) == {
        "Loại đất", "Tiền đặt trước", "Số người tham gia", "Ngày thông báo", "Đã nộp NSNN", "Tổ chức đấu giá",
        "Đơn vị có tài sản",
    }  # fmt: skip


@pytest.mark.parametrize("domain", OF_AREAS)
def test_every_domain_takes_a_fourth_area(tmp_path, monkeypatch, domain):
    folder = tmp_path / "sources"
    shutil.copytree(SOURCES_DIR, folder)
    layout = write_layout(folder, domain, "kcn")
    registry = load_registry(folder)
    monkeypatch.setattr(landing, "load_registry", lambda: registry)
    communes = ["phường Việt Trì", "xã Lâm Thao", "phường Vĩnh Yên"]
    path = tmp_path / "inbox" / f"{domain}_kcn" / NAMES[domain]
    path.parent.mkdir(parents=True)
    path.write_bytes(sheet(layout, rows_of(domain, communes), "(Số liệu đến ngày 10/07/2025); ĐVT: đồng"))
    home = Home(tmp_path / "home")
    night = landing.Landing(home, tmp_path / "inbox", AS_OF, Contented())
    assert night.land(f"{domain}_kcn", night.scan()).blocked == {}
    ((batch, row),) = list_source_files(home, registry, AS_OF)
    assert (row["area"], row["rows_read"] - row["rows_not_data"], row["rows_quarantined"]) == ("kcn", 3, 0)
    rows = read_rows(home, [batch])
    assert rows["commune_code"].tolist() == ["07900", "08494", "08707"]
    assert rows["former_province_code"].tolist() == ["25", "25", "26"]
    assert set(rows["area"]) == {"kcn"}
