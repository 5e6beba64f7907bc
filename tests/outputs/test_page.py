"""The leader page: every figure on it equals the mart, nothing missing looks met, and it needs nothing from outside."""

import re
from collections import Counter
from datetime import timedelta

import duckdb
import pytest

from dagster_project.extracts.page.leader_page import render_page
from dagster_project.extracts.reading.reading import read_published
from tests.support.kits.page_kit import ALL, SIGN, cells_of, render, said, text_of, tree_of
from tests.support.marts.page_marts import AS_OF, VERSION

LETTER = {"met": "m", "at_risk": "r", "missed": "b", "insufficient": "g"}


def test_every_figure_equals_the_mart(tree, mart):
    figures = tree.xpath("//data[@data-measure]")
    for figure in figures:
        row = mart[figure.get("data-kpi"), figure.get("data-grain"), figure.get("data-unit")]
        measure = figure.get("data-measure")
        assert float(figure.get("value")) == row[measure]
        assert figure.text == said(row[measure], row["unit"] if measure in ("value", "target") else "count")
    shown = {(f.get("data-kpi"), f.get("data-grain"), f.get("data-unit"), f.get("data-measure")) for f in figures}
    owed = {
        (*key, "value")
        for key, row in mart.items()
        if row["value"] is not None and key[1] in ("province", "former_province")
    }
    owed |= {(*key, "target") for key, row in mart.items() if row["target"] is not None and key[1] == "province"}
    assert owed <= shown


def test_the_appendix_holds_every_commune_and_figure(tree, mart):
    (table,) = tree.xpath("//table[contains(@class, 'all')]")
    kpis = table.xpath(".//th/@data-kpi")
    assert len(kpis) == len({kpi for kpi, _, _ in mart})
    rows = table.xpath("./tbody/tr")
    assert len(rows) == 148
    for row in rows:
        for kpi, cell in zip(kpis, row.xpath("./td")[2:], strict=True):
            known = mart[kpi, "commune", text_of(row[0])]
            rest = "" if known["value"] is None else said(known["value"], known["unit"])
            if known["value"] is None and known["rating"] == "insufficient":
                rest = "thiếu"
            if known["rating"] == "too_few":
                rest = f"{known['numerator']:.0f}/{known['denominator']:.0f}"
            # Where there is a letter, the style puts the sign before the figure.
            sign = "" if known["rating"] in LETTER else SIGN[known["rating"]]
            assert text_of(cell) == f"{sign} {rest}".strip()
            assert cell.get("class") == LETTER.get(known["rating"])
    style = text_of(tree.xpath("//style")[0])
    for rating, letter in LETTER.items():
        assert f'.all .{letter}:before{{content:"{SIGN[rating]} "}}' in style


def test_on_paper_a_line_says_what_the_card_and_the_former_provinces_say(tree):
    cards = tree.xpath("//article")
    lines = tree.xpath("//table[contains(@class, 'lines')]/tbody/tr")
    former = tree.xpath("//table[contains(@class, 'former')]/tbody/tr[not(@class)]")
    assert len(lines) == len(cards) == len(former) > 10
    for line, card, old in zip(lines, cards, former, strict=True):
        number, title, _, value, rating, target, *rest = cells_of(line)
        head, chip = text_of(card.xpath("./h3")[0]), text_of(card.xpath(".//span[contains(@class, 'chip')]")[0])
        assert (f"{number} {title}", rating) == (head, chip)
        figures = {each.get("data-measure"): each.text for each in card.xpath(".//data[@data-measure]")}
        assert value == figures.get("value", "–")
        assert target == figures.get("target", target)
        assert rest[-4:] == [cell.removesuffix(" không có") for cell in cells_of(old)[1:]]
        change = card.xpath(".//data[@data-change]")
        if change and not text_of(card).count("Mới "):
            assert change[0].text in rest[0]
        used = {use.get("href") for use in line.xpath(".//use")}
        assert used <= {f"#{drawn}" for drawn in card.xpath(".//g/@id")}
        assert bool(card.xpath(".//path[@data-week]")) == (f"#line-{number}" in used)


def test_on_paper_whoever_has_to_send_something_is_named(tree):
    told = text_of(tree.xpath("//table[contains(@class, 'paper')]")[0])
    rows = tree.xpath("//table[contains(@class, 'supply')]/tbody/tr")
    assert rows
    for row in rows:
        what, since, who = (text_of(cell) for cell in row.xpath("./td[position() < 3] | ./td/strong"))
        assert f"{what}, từ {since}: {who}" in told


def test_on_paper_an_office_that_owes_two_things_is_named_once(tmp_path):
    late = """
        insert into marts.data_gap
        select gap.* replace ('g9' as gap_id, 'late' as kind, '2025-05' as period)
        from (from marts.data_gap where gap_id = 'g1') as gap
    """
    told = text_of(tree_of(render(tmp_path / "two.duckdb", late)).xpath("//table[contains(@class, 'paper')]")[0])
    assert "Muộn, mới có đến 05/2025; thiếu kỳ 06/2025, từ 01/07/2025: Sở Nông nghiệp và Môi trường" in told


def test_the_bars_count_the_communes(tree, mart):
    counted = Counter((kpi, row["rating"]) for (kpi, grain, _), row in mart.items() if grain == "commune")
    marks = tree.xpath("//article//span[@data-rating]")
    assert {(mark.getparent().get("data-kpi"), mark.get("data-rating")) for mark in marks} >= set(counted)
    assert ("tthc_digitised", "too_few") in counted
    for mark in marks:
        assert int(text_of(mark).split()[-1]) == counted[mark.getparent().get("data-kpi"), mark.get("data-rating")]
    for bar in tree.xpath("//article//svg[@class='bar']"):
        assert sum(float(width) for width in bar.xpath(".//rect/@width")) == pytest.approx(100, abs=0.01)


def test_the_lines_and_changes_are_those_of_the_weeks(tree, place, mart):
    with duckdb.connect(str(place), read_only=True) as marts:
        weeks = {
            (kpi, start): value
            for kpi, start, value in marts.execute(
                "select kpi_id, period_start, value from marts.kpi_value"
                " where period_kind = 'week' and grain = 'province'"
                " union all select kpi_id, date_trunc('week', last_as_of)::date, value from marts.kpi_history"
                " where grain = 'province'"
            ).fetchall()
        }
    monday = AS_OF - timedelta(days=AS_OF.weekday())
    weeks |= {(kpi, monday): row["value"] for (kpi, grain, _), row in mart.items() if grain == "province"}
    weekly = 0
    for card in tree.xpath("//article"):
        kpi = card.xpath(".//@data-kpi")[0]
        marks = card.xpath(".//path[@data-week]")
        for mark in marks:
            found = next(
                value for (k, start), value in weeks.items() if k == kpi and str(start) == mark.get("data-week")
            )
            assert float(mark.get("data-value")) == found
        weekly += len(marks) == 16
        for change in card.xpath(".//data[@data-change]"):
            told = weeks[kpi, monday] - weeks[kpi, monday - timedelta(days=7)]
            assert float(change.get("value")) == pytest.approx(told)
            assert ("+" in change.text) == (told > 0)
    assert weekly == 9
    changed = {change.get("data-kpi") for change in tree.xpath("//data[@data-change]")}
    assert len(changed) >= 10
    # Dossiers that are not yet due flatter a young week, and a month goes on for weeks.
    assert not {"tthc_on_time", "tthc_resolved_on_time", "portal_progress"} & changed


def test_the_map_names_all_communes_and_hatches_what_is_missing(tree, mart):
    tiles = tree.xpath("//g[@data-commune]")
    assert len({tile.get("data-commune") for tile in tiles}) == len(tiles) == 148
    assert len({tuple(tile.xpath("./rect[1]/@*[name()='x' or name()='y']")) for tile in tiles}) == 148
    for tile in tiles:
        own = [
            row["rating"]
            for (_, grain, unit), row in mart.items()
            if (grain, unit) == ("commune", tile.get("data-commune"))
        ]
        assert int(tile.get("data-missed")) == own.count("missed")
        assert int(tile.get("data-missing")) == own.count("insufficient")
        assert ("gap" in tile.get("class").split()) == ("insufficient" in own) == (len(tile.xpath("./rect")) == 2)
        name = " ".join(line.text for line in tile.xpath("./text[not(@class)]"))
        title = tile.xpath("./title")[0].text
        assert f" {name}, " in title
        worst = next((look for look in ("missed", "at_risk") if look in own), None)
        look = tile.get("class").split()[0]
        assert look == {"missed": "missed", "at_risk": "risk"}.get(worst, look)
        assert (look == "missed") == (worst == "missed")
        assert not re.search(r"\d", tile.xpath("./text[@class='n']")[0].text)
        words = {"missed": "không đạt", "at_risk": "nguy cơ", "insufficient": "thiếu dữ liệu"}
        assert all((f" {own.count(key)} {word}" in title) == (key in own) for key, word in words.items())
    assert [label.text for label in tree.xpath("//text[@class='name']")] == ["PHÚ THỌ", "VĨNH PHÚC", "HÒA BÌNH"]
    assert len(tree.xpath("//path[@class='former']")) == 3


def test_it_says_what_is_missing_without_the_small_print(tree, mart):
    conclusion = text_of(tree.xpath("//section[@class='said']")[0])
    (early,) = (card.get("id")[4:] for card in tree.xpath("//article") if "too_early" in card.get("class"))
    assert f"1 chưa đến lúc kết luận (số {early})." in conclusion
    assert "Chưa có trong kho: xóa nhà tạm, nhà dột nát;" in conclusion
    province = [row["rating"] for (_, grain, _), row in mart.items() if grain == "province"]
    for rating in ("met", "at_risk", "missed", "insufficient"):
        assert tree.xpath(f"//data[@data-count='{rating}']")[0].text == str(province.count(rating))
    red = {unit for (_, grain, unit), row in mart.items() if grain == "commune" and row["rating"] == "missed"}
    silent = {unit for (_, grain, unit), row in mart.items() if grain == "commune" and row["rating"] == "insufficient"}
    assert len(red) == 148  # of all of them the number says nothing
    assert not tree.xpath("//data[@data-count='red']")
    assert tree.xpath("//data[@data-count='complete']")[0].text == f"{148 - len(silent)}/148"
    auction = cells_of(tree.xpath("//tr[@data-domain='land_auction']")[0])
    assert auction == ["Đấu giá đất", "102/148", "66/66", "36/36", "0/46", "Cả 46 xã, phường Hòa Bình (cũ)"]
    supply = text_of(tree.xpath("//table[contains(@class, 'supply')]")[0])
    for told in ("Đấu giá đất khu vực Hòa Bình", "06/2025", "01/07/2025", "Sở Nông nghiệp và Môi trường"):
        assert told in supply
    assert "Sổ theo dõi nhiệm vụ chưa có trong kho dữ liệu" in text_of(tree.xpath("//section[h2/@id='s5']")[0])


def test_the_header_is_of_the_monday_after(page, tree, place):
    header = text_of(tree.xpath("//header")[0])
    assert "Kết quả tuần 28, nhiệm vụ tuần 29" in header
    for told in ("14/07/2025", "13/07/2025", VERSION):
        assert told in header
    assert "tạm tính" not in header
    with duckdb.connect(str(place), read_only=True) as marts:
        wednesday = text_of(
            tree_of(render_page(read_published(marts, "2025-07-16-0a1b2c3d"), marts)).xpath("//header")[0]
        )
    assert "Giao ban thứ Hai, 21/07/2025" in wednesday
    assert "Kết quả tuần 29, nhiệm vụ tuần 30" in wednesday
    assert "tuần chưa hết, tạm tính" in wednesday


def test_it_needs_nothing_from_outside_and_is_small(page, tree):
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)|<script|<link|<img|<iframe| on[a-z]+=", page)
    assert len(page.encode()) < 400_000
    assert "None" not in page
    assert "nan" not in re.sub(r"[^\W\d_]{4,}", "", page).split()


def test_the_same_version_makes_the_same_bytes(page, tmp_path):
    assert render(tmp_path / "elsewhere" / "again.duckdb") == page


def test_it_can_be_read_aloud(tree):
    assert tree.get("lang") == "vi"
    assert len(tree.xpath("//h1")) == 1
    assert [heading.get("id") for heading in tree.xpath("//h2")] == ["s1", "s2", "s25", *(f"s{n}" for n in range(3, 7))]
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    for attribute in ("aria-labelledby", "aria-describedby"):
        assert {word for value in tree.xpath(f"//@{attribute}") for word in value.split()} <= set(ids)
    assert {link[1:] for link in tree.xpath("//a/@href") if link.startswith("#")} <= set(ids)
    for head in tree.xpath("//th"):
        assert head.get("scope") in ("col", "row", "colgroup", "rowgroup")
    for table in tree.xpath("//table"):
        assert table.xpath("./caption")
    for drawing in tree.xpath("//svg"):
        assert drawing.get("aria-hidden") == "true" or drawing.xpath("./title")


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_text_stands_out_from_what_is_behind_it(page):
    style = page[page.index("<style>") : page.index("</style>")]
    for name, colour in re.findall(r"--(\w+):(#\w{6})", style):
        style = style.replace(f"var(--{name})", colour)
    style = re.sub(r"#(\w)(\w)(\w)\b(?!\w)", r"#\1\1\2\2\3\3", style)
    pairs = set()
    for body in re.findall(r"\{([^{}]*)\}", style):
        ink, ground = re.search(r"(?<![-\w])color:(#\w{6})", body), re.search(r"background:(#\w{6})", body)
        if ink:
            pairs.add((ink[1], ground[1] if ground else "#ffffff"))
            if not ground:
                pairs |= {(ink[1], "#f2f5f9"), (ink[1], "#f8fafc")}
    tiles = set(re.findall(r"\.map \.\w+>rect\{fill:(#\w{6})\}", style))
    assert len(pairs) > 15
    assert len(tiles) == 4
    pairs |= {("#111111", fill) for fill in tiles}
    assert {pair: contrast(*pair) for pair in pairs if pair[0] != pair[1] and contrast(*pair) < 4.5} == {}


# Bad inputs: each is a small change of the same file.


def test_a_kpi_without_any_data_is_missing_not_zero(tmp_path):
    page = render(
        tmp_path / "m.duckdb",
        "update marts.kpi_value set numerator = null, denominator = null, value = null, rating = 'insufficient',"
        " coverage = 0 where kpi_id = 'clearance_area'; delete from marts.kpi_history where kpi_id = 'clearance_area';",
    )
    (card,) = (card for card in tree_of(page).xpath("//article") if "diện tích đã bàn giao" in text_of(card))
    assert card.get("class") == "card insufficient"
    words = text_of(card)
    assert "Chưa có số ◇ Thiếu dữ liệu" in words
    assert "Mới có 0,0% số liệu phải có." in words
    assert not card.xpath(".//data[@data-measure='value']")
    assert [rect.get("class") for rect in card.xpath(".//svg[@class='bar']//rect")] == ["insufficient"]
    tiles = tree_of(page).xpath("//g[@data-commune]")
    assert all("gap" in tile.get("class").split() for tile in tiles)
    former = [
        row
        for row in tree_of(page).xpath("//table[contains(@class,'former')]//tr")
        if "diện tích đã bàn giao" in text_of(row)
    ]
    assert [text_of(cell).split()[-1] for cell in former[0].xpath("./td")] == [*["thiếu"] * 3, "–"]


def test_no_kpi_at_all_is_said(tmp_path):
    page = render(tmp_path / "n.duckdb", "delete from marts.kpi_value; delete from marts.kpi_history")
    words = text_of(tree_of(page).xpath("//main")[0])
    assert "chưa có chỉ tiêu nào có số liệu để đánh giá" in words
    assert "Kho dữ liệu chưa có chỉ tiêu nào" in words
    assert len(tree_of(page).xpath("//g[@class='blank']")) == 148


def test_a_name_of_forty_characters_is_written_whole_inside_its_tile(tmp_path):
    name = "Nguyễn Thượng Phương Trường Khương Nghĩa"
    assert len(name) == 40
    page = render(
        tmp_path / "f.duckdb", f"update marts.dim_commune set commune_name = '{name}' where commune_code = '07900'"
    )
    (tile,) = tree_of(page).xpath("//g[@data-commune='07900']")
    lines = tile.xpath("./text[not(@class)]")
    assert " ".join(line.text for line in lines) == name
    for line in lines:
        assert len(line.text) * float(line.get("font-size")) * 0.6 <= 68
        top = float(tile.xpath("./rect/@y")[0])
        assert top < float(line.get("y")) < top + 36


def test_markup_in_a_name_stays_text(tmp_path):
    page = render(
        tmp_path / "x.duckdb", "update marts.dim_commune set commune_name = '<b>&\"x' where commune_code = '07900'"
    )
    assert "<b>" not in page
    assert '<b>&"x' in text_of(tree_of(page))


def test_all_red(tmp_path):
    tree = tree_of(render(tmp_path / "r.duckdb", ALL + "'missed' where target is not null"))
    assert {tile.get("class").split()[0] for tile in tree.xpath("//g[@data-commune]")} == {"missed"}
    assert not tree.xpath("//article[contains(@class, 'card met')]")


def test_all_met(tmp_path):
    tree = tree_of(render(tmp_path / "g.duckdb", ALL + "'met' where target is not null"))
    assert tree.xpath("//data[@data-count='complete']")[0].text == "102/148"  # auction_premium has no target to meet
    tree = tree_of(render(tmp_path / "g.duckdb", ALL + "case when target is null then 'not_applicable' else 'met' end"))
    assert {tile.get("class") for tile in tree.xpath("//g[@data-commune]")} == {"met"}
    assert tree.xpath("//data[@data-count='red']")[0].text == "0/148"


def test_missing_is_never_met_even_when_all_else_is(tmp_path):
    tree = tree_of(render(tmp_path / "h.duckdb", ALL + "'met' where rating <> 'insufficient' and target is not null"))
    hatched = tree.xpath("//g[contains(@class, 'gap')]")
    assert len(hatched) == 46
    assert {tile.xpath("./text[@class='n']")[0].text for tile in hatched} == {"◇"}
    assert {tile.get("class") for tile in hatched} == {"blank gap"}


def test_a_page_without_gaps_says_that_nothing_is_missing(tmp_path):
    change = "delete from marts.data_gap; update marts.feed_status set state = 'ok'"
    words = text_of(tree_of(render(tmp_path / "z.duckdb", change)).xpath("//section[h2/@id='s6']")[0])
    assert "Không nguồn nào trong kho thiếu kỳ, không đơn vị nào thiếu báo cáo." in words


TASKS = "//section[h2/@id='s5']"


def test_directives_appear_when_the_office_has_sent_them(tmp_path):
    change = """
        insert into marts.fct_directive (directive_no, issued_on, task, lead_agency, due_on, done_on) values
            ('12/TB', '2025-07-01', 'Báo cáo quy hoạch', 'Sở Tài chính', '2025-07-25', null),
            ('11/TB', '2025-06-01', 'Thành lập trung tâm', 'Sở Nội vụ', '2025-07-10', null),
            ('10/TB', '2025-06-01', 'Việc không hạn', 'Sở Xây dựng', null, null),
            ('09/TB', '2025-06-01', 'Việc đã xong', 'Sở Y tế', '2025-07-01', '2025-07-01');
    """
    assert "chưa có trong kho dữ liệu" in text_of(tree_of(render(tmp_path / "never.duckdb", change)).xpath(TASKS)[0])
    sent = """
        insert into marts.feed_status (feed_id, domain, last_file, state) values
            ('directives', 'directives', 'so.xlsx', 'ok');
    """
    tree = tree_of(render(tmp_path / "d.duckdb", change + sent))
    rows = [" | ".join(cells_of(row)) for row in tree.xpath("//table[contains(@class, 'tasks')]/tbody/tr")]
    assert rows == [
        "11/TB | Thành lập trung tâm | Sở Nội vụ | 10/07/2025 | ■ quá hạn 3 ngày",
        "12/TB | Báo cáo quy hoạch | Sở Tài chính | 25/07/2025 | còn 12 ngày",
        "10/TB | Việc không hạn | Sở Xây dựng | - | không có hạn",
    ]
    said = text_of(tree.xpath("//section[@class='said']")[0])
    assert "1 nhiệm vụ quá hạn, lâu nhất: Thành lập trung tâm (Sở Nội vụ, quá hạn 3 ngày)." in said


def test_sixty_overdue_tasks_do_not_flood_the_page(tmp_path):
    change = """
        insert into marts.feed_status (feed_id, domain, last_file, state) values ('d', 'directives', 'so.xlsx', 'ok');
        insert into marts.fct_directive (directive_no, task, lead_agency, due_on)
        select n || '/TB', 'Việc số ' || n, 'Sở ' || (n % 7), date '2025-05-01' + n::integer from range(60) as t (n);
    """
    tree = tree_of(render(tmp_path / "many.duckdb", change))
    assert len(tree.xpath("//table[contains(@class, 'tasks')]/tbody/tr")) == 12
    assert "Còn 48 nhiệm vụ khác chưa hoàn thành." in text_of(tree.xpath(TASKS)[0])
    assert "60 nhiệm vụ quá hạn, lâu nhất: Việc số 0" in text_of(tree.xpath("//section[@class='said']")[0])


def test_a_province_without_any_feed_is_missing_everywhere(tmp_path):
    change = """
        delete from marts.data_gap;
        update marts.feed_status set state = 'missing', last_file = null, as_of = null;
        update marts.kpi_value set numerator = null, denominator = null, value = null, rating = 'insufficient',
            coverage = 0;
        delete from marts.kpi_history;
    """
    tree = tree_of(render(tmp_path / "silent.duckdb", change))
    assert tree.xpath("//data[@data-count='complete']")[0].text == "0/148"
    assert {card.get("class") for card in tree.xpath("//article")} == {"card insufficient"}
    assert {tile.get("class") for tile in tree.xpath("//g[@data-commune]")} == {"blank gap"}
    assert not tree.xpath("//data[@data-measure='value']")
    assert len(tree.xpath("//table[contains(@class, 'supply')]/tbody/tr")) == 2
