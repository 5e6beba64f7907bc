"""`haicap new-feed`: from a file of each office of the simulator a layout that lands it, or says what it lacks."""

from __future__ import annotations

import shutil
from datetime import date

import pytest
import yaml

from dagster_project.cli.app import run
from dagster_project.contracts.registry import load_registry
from dagster_project.core import paths
from dagster_project.core.paths import SOURCES_DIR, Home
from dagster_project.ingest.landing import landing
from dagster_project.warehouse.inputs import list_source_files
from tests.support.kits.landing_kit import Contented
from tests.support.kits.reader_kit import workbook

pytestmark = pytest.mark.slow
AS_OF = date(2025, 7, 13)
FEEDS = sorted(load_registry().feeds)


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A copy of `sources/` into which the command writes."""
    folder = tmp_path / "sources"
    shutil.copytree(SOURCES_DIR, folder)
    monkeypatch.setattr(paths, "LAYOUTS_DIR", folder)
    return folder


@pytest.mark.parametrize("feed_id", FEEDS)
def test_a_sample_of_every_office_makes_a_layout_that_lands_it(clean_season, sources, tmp_path, monkeypatch, feed_id):
    files = sorted(path for path in (clean_season.inbox / feed_id).rglob("*") if path.is_file())
    if not files:
        pytest.skip("this office has sent nothing yet")
    known, sample = load_registry().feeds[feed_id], files[-1]
    arguments = ["new-feed", str(sample), "--domain", known.domain, "--area", "moi", "--money-unit", "dong"]
    assert run(arguments) == 0
    registry = load_registry(sources)
    feed = registry.feeds[f"{known.domain}_moi"]
    assert feed.layout.reader == known.layout.reader
    assert set(feed.layout.headers) == set(known.layout.headers)
    assert feed.layout.sub_columns is None or set(feed.layout.sub_columns.of) == set(known.layout.sub_columns.of)
    monkeypatch.setattr(landing, "load_registry", lambda: registry)
    inbox = tmp_path / "inbox"
    for name in (feed_id, feed.feed_id):
        (inbox / name).mkdir(parents=True)
        shutil.copy(sample, inbox / name / sample.name)
    home = Home(tmp_path / "home")
    night = landing.Landing(home, inbox, AS_OF, Contented())
    for name in (feed_id, feed.feed_id):
        assert night.land(name, night.scan()).blocked == {}
    ours, theirs = sorted(
        (row for _, row in list_source_files(home, registry, AS_OF)), key=lambda row: row["feed_id"] == feed_id
    )
    for count in ("rows_read", "rows_not_data", "data_date"):
        assert ours[count] == theirs[count]
    assert ours["rows_quarantined"] <= theirs["rows_quarantined"] + ours["rows_read"] // 4  # names without an area


def sheet(*rows):
    return workbook(("Biểu", list(rows)))


HEADS = ["STT", "Khu đất", "Xã/Phường", "Số lô", "Diện tích (m2)", "Ngày đấu giá", "Trạng thái"]
ROW = [1, "Khu Đầm", "phường Việt Trì", "L1", 100, "04/07/2025", "đấu giá thành"]


def test_what_the_sample_lacks_is_left_to_a_person(sources, tmp_path, capsys):
    sample = tmp_path / "dau_gia_2025_07.xlsx"
    heads = [*HEADS, "Mức giá khởi điểm dự kiến", "Kế toán: Trần Văn Kín"]
    sample.write_bytes(sheet(heads, [*ROW, 1000, "x"], ["2", *ROW[1:], 1000, "y"]))
    assert run(["new-feed", str(sample), "--domain", "land_auction", "--area", "moi"]) == 0
    said = capsys.readouterr().out
    draft = sources / "land_auction" / "moi.layout.yaml.draft"
    content = draft.read_text(encoding="utf-8")
    assert "Cột bắt buộc “Giá khởi điểm (đồng)” (start_price) chưa có tiêu đề" in said
    (line,) = (line for line in content.splitlines() if line.startswith("  #! start_price:"))
    assert "gần giống: “Mức giá khởi điểm dự kiến”" in line
    assert "chưa khớp cột nào" in content
    # A draft is no layout: every other night goes on.
    assert "land_auction_moi" not in load_registry(sources).feeds
    told = yaml.safe_load(content)
    assert told["headers"]["lot"] == ["Số lô"]
    assert "đổi tên tệp thành moi.layout.yaml" in said


def test_an_unsaid_unit_of_money_is_never_guessed(sources, tmp_path, capsys):
    sample = tmp_path / "dau_gia_2025_07.xlsx"
    heads, row = ["Số thông báo", *HEADS[1:], "Giá khởi điểm"], ["01/TB", *ROW[1:], 1000]
    sample.write_bytes(sheet(heads, row, ["02/TB", "Khu Gò", *row[2:]]))
    arguments = ["new-feed", str(sample), "--domain", "land_auction", "--area"]
    assert run([*arguments, "moi"]) == 0
    assert (sources / "land_auction" / "moi.layout.yaml.draft").exists()
    assert "đơn vị tiền" in capsys.readouterr().out
    assert run([*arguments, "khac", "--money-unit", "trieu_dong"]) == 0
    assert load_registry(sources).feeds["land_auction_khac"].layout.money_unit == "trieu_dong"
    sample.write_bytes(sheet(["ĐVT: tỷ đồng"], heads, row))
    assert run([*arguments, "noi"]) == 0
    assert yaml.safe_load((sources / "land_auction" / "noi.layout.yaml").read_text("utf-8"))["money_unit"] == "stated"


@pytest.mark.parametrize("there", ["moi.layout.yaml", "moi.layout.yaml.draft"])
def test_nothing_is_overwritten(sources, tmp_path, capsys, there):
    (sources / "land_auction" / there).write_text("của người khác", encoding="utf-8")
    sample = tmp_path / "a.xlsx"
    sample.write_bytes(sheet(HEADS, ROW))
    assert run(["new-feed", str(sample), "--domain", "land_auction", "--area", "moi"]) == 2
    assert (sources / "land_auction" / there).read_text(encoding="utf-8") == "của người khác"
    assert run(["new-feed", str(sample), "--domain", "land_auction", "--area", "pt"]) == 2
    assert "đã có" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "domain", "area", "says"),
    [
        (b"", "housing", "moi", "rỗng"),
        (b"\xff\xd8\xff\xe0 jpeg", "housing", "moi", "JPEG"),
        (b"a;b;c\n1;2;3\n", "housing", "moi", "Không thấy tiêu đề"),
        (b"x", "khong_co", "moi", "khong_co"),
        (b"x", "housing", "../moi", "../moi"),
        (b'{"code": "OK", "data": {"items": []}}', "procedures", "moi", "Không thấy tiêu đề"),
    ],
)
def test_a_sample_that_is_none_is_refused_in_a_line(sources, tmp_path, capsys, content, domain, area, says):
    sample = tmp_path / "mau.csv"
    sample.write_bytes(content)
    assert run(["new-feed", str(sample), "--domain", domain, "--area", area]) in (1, 2)
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
    assert not list(sources.rglob("moi.layout*"))
