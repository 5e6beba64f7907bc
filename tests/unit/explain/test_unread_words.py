"""Words that nobody understood, of real files that were landed: only what a layout can teach, what it costs, and the
key that teaches it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.core.paths import Home
from dagster_project.explain.unread_words import UnreadWord, list_unread
from dagster_project.ingest.landing.landing import Landing
from dagster_project.warehouse.inputs import list_source_files
from tests.support.kits.landing_kit import Contented
from tests.support.kits.money_kit import (
    CLEARANCE,
    VP_FUNDS,
    VP_TOP,
    clearance_row,
    clearance_sheet,
    vp_row,
    vp_sheet,
)
from tests.support.kits.reader_kit import workbook

AS_OF = date(2025, 7, 13)
HB, VP = "site_clearance_hb", "investment_vp"


def rename(header: list[Any], **names: str) -> list[Any]:
    """The header with other words in some places: `c7="…"`."""
    return [names.get(f"c{at}", name) for at, name in enumerate(header)]


class Night:
    """Files of one night, landed, and published without a build."""

    def __init__(self, root: Path) -> None:
        self.root, self.home, self.inbox = root, Home(root / "home"), root / "inbox"

    def send(self, feed_id: str, name: str, *rows: Any) -> None:
        (self.inbox / feed_id).mkdir(parents=True, exist_ok=True)
        (self.inbox / feed_id / name).write_bytes(workbook(("Biểu", rows)))

    def list_unread(self) -> list[UnreadWord]:
        landing = Landing(self.home, self.inbox, AS_OF, Contented())
        for folder in self.inbox.iterdir():
            landing.land(folder.name, landing.scan())
        files = pd.DataFrame([row for _, row in list_source_files(self.home, load_registry(), AS_OF)])
        published = self.root / "published.duckdb"
        with duckdb.connect(str(published)) as marts:
            marts.register("files", files.astype({"blocked_rule": object}))
            marts.execute("create schema marts")
            marts.execute("create table marts.source_file as select *, false as is_superseded from files")
        return list_unread(self.home, published)


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)


def test_a_missing_column_is_named_with_the_headers_that_may_be_it(night: Night) -> None:
    top = [name and name.replace("Thanh toán KLHT", "Thanh toán khối lượng h.thành") for name in VP_TOP]
    heading = vp_sheet()[:4]
    night.send(VP, "giai_ngan_30062025.xlsx", *heading, top, VP_FUNDS, vp_row(1))
    (word,) = night.list_unread()
    assert (word.word, word.or_else, word.harm) == ("Thanh toán khối lượng h.thành", (), "file")
    assert (word.taught_in, word.files, word.rows) == ("headers.paid_completed", 1, 0)
    assert "còn thiếu “Thanh toán KLHT”" in word.seems_vi


def test_a_column_that_is_missing_in_a_file_of_known_headers_is_the_office_s_to_send(night: Night) -> None:
    without = [name for name in CLEARANCE if name != "Số hộ ảnh hưởng"]
    row = [cell for at, cell in enumerate(clearance_row(1)) if at != CLEARANCE.index("Số hộ ảnh hưởng")]
    night.send(HB, "gpmb_15052025.xlsx", *clearance_sheet(row, header=without))
    assert night.list_unread() == []


def test_files_are_counted_and_not_how_often_they_say_it(night: Night) -> None:
    header = rename(CLEARANCE, c5="Diện tích phải thu hồi", c6="Diện tích đã bàn giao")
    for day in (14, 15):
        sheet = clearance_sheet(clearance_row(day), header=header, unit="ĐVT: suất")
        night.send(HB, f"gpmb_{day}052025 (ĐVT suất).xlsx", *sheet)
    (word,) = night.list_unread()
    assert (word.word, word.taught_in, word.harm, word.files) == ("suất", "units", "file", 2)


def test_what_is_understood_is_not_listed(night: Night) -> None:
    twice = rename(CLEARANCE, c8="Số hộ ảnh hưởng")
    night.send(HB, "hai_cot_15052025.xlsx", *clearance_sheet(clearance_row(1), header=twice))
    night.send(HB, "quy_v.xlsx", ["TIẾN ĐỘ GPMB QUÝ V NĂM 2025"], ["ĐVT: triệu đồng"], CLEARANCE, clearance_row(2))
    night.send(HB, "ma_sai_15052025.xlsx", *clearance_sheet(clearance_row(3, c3="99999"), clearance_row(4)))
    assert night.list_unread() == []


def test_what_words_cost_is_told_apart_and_the_worst_comes_first(night: Night) -> None:
    header = [*rename(CLEARANCE, c13="Đã chi (tr.chẵn)"), "Cán bộ theo dõi"]
    rows = [clearance_row(number, c3="Tổ Ba Khe") for number in (1, 2)]
    night.send(HB, "gpmb_15052025.xlsx", *clearance_sheet(*rows, clearance_row(3), header=header))
    blocked = rename(CLEARANCE, c5="Diện tích phải thu hồi (ha chẵn)")
    night.send(HB, "gpmb_16052025.xlsx", *clearance_sheet(clearance_row(4), header=blocked))
    words = night.list_unread()
    told = [(one.harm, one.word, one.taught_in, one.rows) for one in words]
    assert told == [
        ("file", "ha chẵn", "units", 0),
        ("rows", "Tổ Ba Khe", "unit.aliases", 2),
        ("column", "tr.chẵn", "units", 0),
        ("nothing", "Cán bộ theo dõi", "ignored_headers", 0),
    ]
    assert [one.harm_vi for one in words[:2]] == ["chặn cả tệp", "2 dòng bị từ chối"]


def test_a_header_in_capitals_is_the_same_and_dates_are_those_of_the_night(night: Night) -> None:
    for day, header in ((14, "Cán bộ theo dõi"), (15, "CÁN BỘ  THEO DÕI")):
        sheet = clearance_sheet(clearance_row(day), header=[*CLEARANCE, header])
        night.send(HB, f"gpmb_{day}052025.xlsx", *sheet)
    (word,) = night.list_unread()
    assert (word.files, word.first_seen, word.harm) == (2, AS_OF, "nothing")
    assert word.harm_vi == "không mất gì: mẫu biểu không hỏi cột này"
