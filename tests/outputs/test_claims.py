"""The page claims what it may: nobody is ranked, weeks are compared when both are settled, parts make the whole, and
what is too early, too few or incomplete says so."""

import re

import duckdb
import pytest

from tests.support.kits.page_kit import REGISTER, cells_of, render, text_of, tree_of


def test_nobody_is_ranked(page, tree):
    words = text_of(tree)
    for told in ("cần chỉ đạo", "Khó nhất", "khó nhất", "Tuần đỏ", "Xếp thứ"):
        assert told not in words
    assert [text_of(heading)[0] for heading in tree.xpath("//h2")] == ["1", "2", "2", "3", "4", "5", "6"]


def test_what_lies_beside_the_former_provinces_is_told(tree, place):
    with duckdb.connect(str(place), read_only=True) as marts:
        parts = marts.execute(
            "select kpi_id, sum(numerator), sum(denominator) from marts.kpi_part"
            " where part in ('departments', 'provincial_centre') group by kpi_id"
        ).fetchall()
    offices = {kpi: (n, d) for kpi, n, d in parts}
    assert offices
    for card, row in zip(
        tree.xpath("//article"), tree.xpath("//table[contains(@class, 'former')]/tbody/tr[not(@class)]"), strict=True
    ):
        kpi, told = card.xpath(".//@data-kpi")[0], text_of(row.xpath("./td[last()]")[0])
        if kpi == "inv_rate_total":
            assert told == "chưa phân bổ 812,0 tỷ"
        elif kpi not in offices:
            assert told == "–"
        else:
            numerator, denominator = offices[kpi]
            figure = "38" if denominator is None else "76,0%"
            if card.xpath(".//data[@data-measure='value']")[0].text.endswith("ngày"):
                figure = "0,8 ngày"
            nobody = {"tthc_due_on_time": " chưa rõ đơn vị: 3/4", "tthc_no_due": " chưa rõ đơn vị: 3"}.get(kpi, "")
            assert told == f"{figure}{nobody}"
            assert numerator == 38


def test_a_former_province_that_a_kpi_is_not_judged_for_tells_its_part(tmp_path):
    change = """
        delete from marts.kpi_value
        where grain = 'former_province' and kpi_id in ('tthc_no_due', 'tthc_online', 'tthc_digitised');
        update marts.kpi_part set numerator = 7, value = 7 where kpi_id = 'tthc_no_due' and part = '17';
        update marts.kpi_part set numerator = 3, denominator = 7, value = 3 / 7
        where kpi_id = 'tthc_online' and part = '17';
        update marts.kpi_part set numerator = null, denominator = null, value = null
        where kpi_id = 'tthc_online' and part = '26';
        update marts.kpi_part set numerator = 0, denominator = 0, value = null
        where kpi_id = 'tthc_online' and part = '25';
        delete from marts.kpi_part where kpi_id = 'tthc_digitised' and part in ('25', '26', '17');
    """
    tree = tree_of(render(tmp_path / "part.duckdb", change))
    number = {card.xpath(".//@data-kpi")[0]: at for at, card in enumerate(tree.xpath("//article"))}
    for table in ("former", "lines"):
        rows = tree.xpath(f"//table[contains(@class, '{table}')]/tbody/tr[not(@class='dom')]")
        told = {kpi: cells_of(rows[at])[-4:] for kpi, at in number.items()}
        assert told["tthc_no_due"][2] == "7"
        assert told["tthc_online"][:3] == ["–", "chưa có số liệu", "42,9%"]
        assert told["tthc_digitised"][:3] == ["không lập"] * 3


def test_a_part_of_which_nothing_is_known_is_said_to_be_missing(tmp_path):
    change = "update marts.kpi_part set numerator = null, denominator = null, value = null where part = '{}';"
    tree = tree_of(render(tmp_path / "one.duckdb", change.format("provincial_centre")))
    assert "75,0% TT tỉnh: chưa có số liệu chưa rõ đơn vị: 3/4" in map(text_of, tree.xpath("//td[@class='val beside']"))
    both = change.format("provincial_centre") + change.format("departments") + change.format("not_attributable")
    tree = tree_of(render(tmp_path / "both.duckdb", both))
    assert "chưa có số liệu chưa rõ đơn vị: chưa có số liệu" in map(text_of, tree.xpath("//td[@class='val beside']"))


def test_projects_above_the_decision_are_not_called_unassigned(tmp_path):
    above = "update marts.kpi_part set denominator = -12.5e9 where part = 'unassigned'"
    tree = tree_of(render(tmp_path / "above.duckdb", above))
    told = [text_of(cell) for cell in tree.xpath("//td[@class='val beside']")]
    assert "dự án cộng lại vượt quyết định 12,5 tỷ" in told
    assert not any("chưa phân bổ" in words for words in told)


def test_where_every_commune_misses_something_the_number_is_not_told(tmp_path):
    missed = "update marts.kpi_value set rating = 'missed' where kpi_id = 'tthc_online' and grain = 'commune'"
    tree = tree_of(render(tmp_path / "all.duckdb", missed))
    assert not tree.xpath("//data[@data-count='red']")
    assert "xã, phường có chỉ tiêu không đạt" not in text_of(tree.xpath("//section[@class='said']")[0])
    but_one = missed + "; update marts.kpi_value set rating = 'met' where unit_code = '07900' and grain = 'commune'"
    tree = tree_of(render(tmp_path / "one.duckdb", but_one))
    assert tree.xpath("//data[@data-count='red']")[0].text == "147/148"


def changes_of(path, change):
    tree = tree_of(render(path, change))
    cards = {card.xpath(".//@data-kpi")[0]: card for card in tree.xpath("//article")}
    return {kpi: (bool(card.xpath(".//data[@data-change]")), text_of(card)) for kpi, card in cards.items()}


WEEKS = {
    "a provisional week": ("tthc_due_on_time", "is_provisional = true where period_start = '2025-07-07'"),
    "a provisional week before": ("tthc_due_on_time", "is_provisional = true where period_start = '2025-06-30'"),
    "a week without enough data": ("tthc_online", "rating = 'insufficient' where period_start = '2025-06-30'"),
    "a week of another meaning": ("tthc_online", "definition_no = 2 where period_start = '2025-07-07'"),
    "a certain verdict on half of the data": ("tthc_no_due", "coverage = 0.5 where period_start = '2025-07-07'"),
    "a stale stock": ("clearance_area", "is_provisional = true where kpi_id = 'clearance_area'"),
    "a stock without newer data": ("clearance_area", "oldest_data_date = '2025-07-06' where kpi_id = 'clearance_area'"),
}


@pytest.mark.parametrize("name", WEEKS)
def test_week_against_week_is_said_of_settled_weeks_alone(tmp_path, name):
    kpi, change = WEEKS[name]
    assert changes_of(tmp_path / "a.duckdb", "")[kpi][0]
    told, words = changes_of(tmp_path / "b.duckdb", f"update marts.kpi_value set {change}")[kpi]
    assert not told
    assert not {"hơn,", "tốt hơn", "kém hơn"} & set(words.split(" · "))
    assert ("Chưa có số liệu mới" in words) == (name == "a stock without newer data")


def line_of(tree, kpi):
    (line,) = tree.xpath(f"//article[.//@data-kpi='{kpi}']//svg/title[contains(text(), 'Diễn biến')]")
    return text_of(line)


def test_the_line_is_told_by_settled_and_covered_weeks_alone(tmp_path):
    tree = tree_of(render(tmp_path / "a.duckdb"))
    assert "chưa chốt số" not in line_of(tree, "tthc_online")
    assert "(tuần 27); tuần 28 chưa chốt số; mục tiêu 95,0%." in line_of(tree, "tthc_on_time")
    weeks = "period_kind = 'week' and grain = 'province'"
    change = f"""
        update marts.kpi_value set value = 0.5 where {weeks} and kpi_id in ('tthc_on_time', 'tthc_online');
        update marts.kpi_value set value = 0.9 where {weeks} and kpi_id = 'tthc_on_time'
            and period_start = '2025-07-07';
        update marts.kpi_value set value = 1, coverage = 0 where {weeks} and kpi_id = 'tthc_online'
            and period_start = '2025-06-02';
        update marts.kpi_value set is_provisional = true where {weeks} and kpi_id = 'tthc_digitised';
    """
    tree = tree_of(render(tmp_path / "b.duckdb", change))
    assert "Thấp nhất 50,0%, cao nhất 50,0%, gần nhất 50,0% (tuần 27); tuần 28 chưa" in line_of(tree, "tthc_on_time")
    assert "Thấp nhất 50,0%, cao nhất 50,0%, gần nhất 50,0%; mục tiêu" in line_of(tree, "tthc_online")
    assert "Chưa có tuần nào đã chốt số; mục tiêu" in line_of(tree, "tthc_digitised")


def test_a_history_of_before_the_data_dates_says_nothing_unless_the_data_are_newer(tmp_path):
    forget = "update marts.kpi_history set oldest_data_date = null;"
    assert changes_of(tmp_path / "a.duckdb", forget)["clearance_area"][0]
    older = "update marts.kpi_value set oldest_data_date = '2025-07-05' where kpi_id = 'clearance_area'"
    told, words = changes_of(tmp_path / "b.duckdb", forget + older)["clearance_area"]
    assert not told
    assert "tuần trước" not in words
    assert "số liệu mới" not in words


def test_a_running_week_is_compared_with_nothing(tmp_path):
    tree = tree_of(render(tmp_path / "w.duckdb", version="2025-07-11-0a1b2c3d"))
    assert not tree.xpath("//data[@data-change]")


def test_what_is_no_verdict_has_a_word_and_no_colour(tmp_path):
    change = """
        update marts.kpi_value set rating = 'too_early', value = null, numerator = null, denominator = null,
            target = null
        where kpi_id = 'clearance_paid';
        update marts.kpi_target set valid_from = '2025-07-14' where kpi_id = 'clearance_paid';
        update marts.kpi_value set is_certain = true, coverage = 0.5, rating = 'missed'
        where kpi_id = 'clearance_area' and grain = 'province';
        update marts.kpi_definition set valid_to = '2025-06-30' where kpi_id = 'inv_zero_projects';
        update marts.kpi_value set remaining = 7 where kpi_id = 'inv_zero_projects';
        update marts.kpi_value set is_provisional = true, oldest_data_date = '2025-05-15'
        where kpi_id = 'inv_rate_pm';
    """
    tree = tree_of(render(tmp_path / "w.duckdb", change))
    words = {text_of(card.xpath("./h3")[0]): text_of(card) for card in tree.xpath("//article")}

    def find(title):
        return next(text for head, text in words.items() if title in head)

    assert "… Chưa đến lúc kết luận" in find("còn trong hạn")
    assert "Mới 80,0% hồ sơ đã rõ kết quả (đã xong, hoặc quá hẹn)." in find("còn trong hạn")
    assert "Mục tiêu tính từ 14/07/2025." in find("chi trả bồi thường")
    assert "■ Không đạt" in find("diện tích đã bàn giao")
    assert "Kết luận chắc chắn dù còn thiếu số liệu." in find("diện tích đã bàn giao")
    assert "Đã đóng 30/6: còn 7." in find("chưa giải ngân")
    assert "Số liệu đến 15/05/2025." in find("kế hoạch Thủ tướng")
    style = text_of(tree.xpath("//style")[0])
    for rating in ("too_early", "too_few"):
        assert not re.search(rf"\.card\.{rating}|td\.{rating}|map \.{rating}", style)
    assert tree.xpath("//data[@data-count='too_early']")[0].text == "2"


def test_a_closed_kpi_of_which_nothing_is_held_is_not_called_missing(tmp_path):
    words = text_of(tree_of(render(tmp_path / "c.duckdb")))
    assert "Xóa nhà tạm" in words
    change = "update marts.kpi_definition set valid_to = '2025-06-30' where domain = 'housing'"
    assert "xóa nhà tạm" not in text_of(tree_of(render(tmp_path / "d.duckdb", change))).lower()


def test_only_a_commune_that_lacks_nothing_is_complete(tmp_path):
    """A certain verdict, or one on four fifths of the data, does not make the data complete."""
    change = "update marts.kpi_value set coverage = 0.9 where unit_code = '07900' and kpi_id = 'tthc_online'"
    tree = tree_of(render(tmp_path / "c.duckdb", change))
    assert tree.xpath("//data[@data-count='complete']")[0].text == "101/148"
    assert "gap" in tree.xpath("//g[@data-commune='07900']")[0].get("class").split()
    procedures = cells_of(tree.xpath("//tr[@data-domain='procedures']")[0])
    assert procedures[1] == "147/148"
    assert "Việt Trì" in procedures[-1]


TASK = (
    "insert into marts.fct_directive (directive_no, task, lead_agency, due_on) values ('1/TB', 'V', 'S', '2025-06-01');"
)


def test_tasks_of_a_stale_register_are_told_with_the_day_of_their_data(tmp_path):
    def find(name, change):
        tree = tree_of(render(tmp_path / name, change))
        return [text_of(tree.xpath(f"//section[@class='{part}']")[0]) for part in ("said", "due")]

    said, due = find("a.duckdb", REGISTER.format(stale=True) + TASK)
    assert "Theo số liệu đến 18/05/2025: 1 nhiệm vụ quá hạn, lâu nhất: V (S, quá hạn 42 ngày)." in said
    assert "Nhiệm vụ có thời hạn theo số liệu đến 18/05/2025" in due
    assert (
        "Theo số liệu đến 18/05/2025: không có nhiệm vụ nào quá hạn."
        in find("b.duckdb", REGISTER.format(stale=True))[0]
    )
    said, due = find("c.duckdb", REGISTER.format(stale=False) + TASK)
    assert "1 nhiệm vụ quá hạn" in said
    assert "18/05/2025" not in said + due
