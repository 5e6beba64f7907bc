"""The sheets of the communes: every figure equals the mart, every link leads somewhere, missing is never good news."""

import re
from collections import Counter

import duckdb
import pytest

from dagster_project.extracts.page.commune_pages import write_sheets
from dagster_project.extracts.page.leader_page import PAGE_NAME, SHEETS_FOLDER, render_page
from dagster_project.extracts.reading.reading import read_published
from tests.support.kits.page_kit import DOSSIERS, REGISTER, SIGN, said, text_of, tree_of
from tests.support.marts.page_marts import VERSION, newest_rows, write_page_marts

pytestmark = pytest.mark.slow


def write(folder, change="", name="published.duckdb"):
    place = folder / name
    write_page_marts(place, change)
    out = folder / name.removesuffix(".duckdb")
    out.mkdir()
    with duckdb.connect(str(place), read_only=True) as marts:
        read = read_published(marts, VERSION)
        write_sheets(read, marts, out / SHEETS_FOLDER)
        (out / PAGE_NAME).write_text(render_page(read, marts), encoding="utf-8")
        mart = newest_rows(marts)
    return out, {(row["kpi_id"], row["unit_code"]): row for row in mart if row["grain"] == "commune"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return write(tmp_path_factory.mktemp("sheets"), DOSSIERS)


@pytest.fixture(scope="module")
def trees(made):
    return {path.stem: tree_of(path.read_text("utf-8")) for path in sorted((made[0] / SHEETS_FOLDER).iterdir())}


def test_every_figure_of_every_commune_equals_the_mart(trees, made):
    _, mart = made
    assert len(trees) == 148
    for code, tree in trees.items():
        shown = set()
        for figure in tree.xpath("//data[@data-measure]"):
            assert (figure.get("data-grain"), figure.get("data-unit")) == ("commune", code)
            row, measure = mart[figure.get("data-kpi"), code], figure.get("data-measure")
            assert float(figure.get("value")) == row[measure]
            assert figure.text == said(row[measure], row["unit"] if measure in ("value", "target") else "count")
            shown.add((figure.get("data-kpi"), measure))
        own = {kpi: row for (kpi, unit), row in mart.items() if unit == code and row["value"] is not None}
        few = {kpi for kpi, row in own.items() if row["rating"] == "too_few"}
        assert {kpi for kpi, measure in shown if measure == "value"} == set(own) - few
        assert few <= {kpi for kpi, measure in shown if measure == "numerator"}
        counted = Counter(row["rating"] for (_, unit), row in mart.items() if unit == code)
        for rating in ("met", "at_risk", "missed", "insufficient"):
            assert tree.xpath(f"//data[@data-count='{rating}']")[0].text == str(counted[rating])


def test_ratings_stand_as_shape_and_word(trees, made):
    _, mart = made
    rated = [card for card in trees["07900"].xpath("//article") if card.xpath(".//data[@data-measure='value']")]
    assert rated
    for card in rated:
        kpi = card.xpath(".//data[@data-measure='value']/@data-kpi")
        rating = mart[kpi[0], "07900"]["rating"]
        chip = text_of(card.xpath(".//span[contains(@class, 'chip')]")[0])
        assert chip.startswith(SIGN[rating])
        assert len(chip.split()) > 1


def test_what_is_too_few_to_rate_is_told_as_it_was_counted(trees, made):
    _, mart = made
    few = {unit: row for (kpi, unit), row in mart.items() if kpi == "tthc_digitised" and row["rating"] == "too_few"}
    assert few
    for code, row in few.items():
        (card,) = (c for c in trees[code].xpath("//article") if "too_few" in c.get("class"))
        assert f"{row['numerator']:.0f}/7 hồ sơ ○ Quá ít để xếp loại" in text_of(card)
        assert "Dưới 10 hồ sơ thì không xếp loại." in text_of(card)
        assert "%" not in text_of(card).replace("mục tiêu 80,0%", "")


def test_no_place_is_told(trees):
    for tree in trees.values():
        words = text_of(tree)
        assert "Xếp thứ" not in words
        assert "xã, phường có số" not in words


def test_the_backlog_is_told_by_procedure(trees):
    rows = [text_of(row) for row in trees["07900"].xpath("//table[contains(@class, 'backlog')]/tbody/tr")]
    assert rows == ["2.000Chứng thực212", "1.000Đăng ký <khai> sinh & tử140", "9.9999.9991-"]
    todo = text_of(trees["07900"].xpath("//ol[@class='do']")[0])
    assert "Giải quyết dứt điểm 4 hồ sơ đã quá hạn" in todo
    assert "Hoàn thành 1 nhiệm vụ đã quá hạn" in todo
    assert "Không có hồ sơ nào quá hạn." in text_of(trees["08707"])


def test_its_own_tasks_and_gaps_are_told(trees):
    tasks = trees["07900"].xpath("//table[contains(@class, 'tasks')]/tbody/tr")
    assert [text_of(row) for row in tasks] == ["1/TBViệc quá hạn10/07/2025■ quá hạn 3 ngày"]
    (gap,) = trees["07900"].xpath("//table[contains(@class, 'owed')]/tbody/tr")
    for told in ("Dòng bị cách ly", "1.234", "Đơn vị giải quyết: Sửa mã <thủ tục> & gửi lại."):
        assert told in text_of(gap)
    # Hòa Bình's office has sent nothing on auctions: its communes are told who owes it, others are not.
    assert "Gửi kết quả đấu giá tháng 6." in text_of(trees["04795"])
    assert "Gửi kết quả đấu giá tháng 6." not in text_of(trees["08707"])


def test_links_lead_somewhere_and_nothing_comes_from_outside(trees, made):
    folder, _ = made
    leader = tree_of((folder / PAGE_NAME).read_text("utf-8"))
    for code in trees:
        tile, *_ = leader.xpath(f"//*[local-name()='a'][@href='{SHEETS_FOLDER}/{code}.html']")
        assert tile.xpath(".//g[@data-commune]/@data-commune") == [code]
    assert len(leader.xpath(f"//table[contains(@class, 'all')]//a[starts-with(@href, '{SHEETS_FOLDER}/')]")) == 148
    for href in leader.xpath("//a/@href"):
        assert href.startswith("#") or (folder / href).is_file()
    for tree in trees.values():
        ids = tree.xpath("//@id")
        assert len(ids) == len(set(ids))
        for href in tree.xpath("//a/@href"):
            assert href[1:] in ids if href.startswith("#") else (folder / SHEETS_FOLDER / href).resolve().is_file()
    for path in (folder / SHEETS_FOLDER).iterdir():
        page = path.read_text("utf-8")
        assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)|<script|<link|<img|<iframe| on[a-z]+=", page)
        assert "None" not in page


def test_a_sheet_can_be_read_aloud(trees):
    for tree in trees.values():
        assert tree.get("lang") == "vi"
        assert len(tree.xpath("//h1")) == 1
        assert [heading.get("id") for heading in tree.xpath("//h2")] == [f"s{n}" for n in range(1, 6)]
        assert all(head.get("scope") for head in tree.xpath("//th"))
        assert all(table.xpath("./caption") for table in tree.xpath("//table"))


def test_the_same_version_makes_the_same_bytes(made, tmp_path):
    again, _ = write(tmp_path, DOSSIERS)
    for path in (made[0] / SHEETS_FOLDER).iterdir():
        assert (again / SHEETS_FOLDER / path.name).read_bytes() == path.read_bytes()


def test_missing_is_not_good_news(tmp_path):
    change = """update marts.kpi_value set value = null, numerator = null, rating = 'insufficient', coverage = 0
        where grain = 'commune'"""
    folder, _ = write(tmp_path, change)
    tree = tree_of((folder / SHEETS_FOLDER / "08707.html").read_text("utf-8"))
    words = text_of(tree.xpath("//main")[0])
    assert "Chưa kết luận được: còn chỉ tiêu thiếu dữ liệu, không tính là đạt." in words
    assert "chưa kết luận được có bao nhiêu hồ sơ quá hạn" in words
    assert "Chưa có đủ số liệu của đơn vị trong kỳ." in words
    assert "đơn vị phải báo cáo" not in words
    assert "Không có hồ sơ nào quá hạn" not in words
    assert not tree.xpath("//article[contains(@class, 'card met')]")


def test_no_kpi_at_all_is_said(tmp_path):
    folder, _ = write(tmp_path, "delete from marts.kpi_value; delete from marts.kpi_history")
    words = text_of(tree_of((folder / SHEETS_FOLDER / "08707.html").read_text("utf-8")))
    assert "Kho dữ liệu chưa có chỉ tiêu nào lập cho cấp xã." in words


def test_tasks_of_a_stale_register_are_told_with_the_day_of_their_data(tmp_path):
    out, _ = write(tmp_path, DOSSIERS + REGISTER.format(stale=True))
    words = text_of(tree_of((out / SHEETS_FOLDER / "07900.html").read_text("utf-8")))
    assert "Hoàn thành 1 nhiệm vụ đã quá hạn, theo số liệu đến 18/05/2025 (mục 4)." in words
    assert "Nhiệm vụ được giao chưa hoàn thành theo số liệu đến 18/05/2025" in words
