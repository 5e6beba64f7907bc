"""The brief: every figure equals the mart, it is PDF/A-2b and tagged, and whatever the night brings can be set."""

import re
import shutil
import subprocess
from collections import Counter
from datetime import date, datetime, timedelta, timezone

import duckdb
import pytest
import typst

from dagster_project.extracts.brief.content import collect_content, format_long_date
from dagster_project.extracts.brief.render import set_brief, write_brief
from dagster_project.extracts.reading.reading import read_published
from tests.support.kits.page_kit import ALL, REGISTER, SIGN, said
from tests.support.marts.page_marts import VERSION, write_page_marts

MADE = datetime(2025, 7, 14, 7, tzinfo=timezone(timedelta(hours=7)))
SENT = (
    "insert into marts.feed_status (feed_id, domain, last_file, state) values ('directives', 'directives', 'a', 'ok')"
)
LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyfjwz" + "".join("áàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ")


def content_of(path, change=""):
    write_page_marts(path, change)
    with duckdb.connect(str(path), read_only=True) as marts:
        return collect_content(read_published(marts, VERSION))


def tell(content, words):
    """The same brief, with these words as a proposal."""
    return {**content, "proposals": [*content["proposals"], ["Ai", words]]}


@pytest.fixture(scope="module")
def content(reading):
    return collect_content(reading)


@pytest.fixture(scope="module")
def pdf(content):
    return set_brief(content, MADE)


def test_every_figure_equals_the_mart(content, mart):
    assert len(content["kpis"]) == len({kpi for kpi, _, _ in mart})
    for told in content["kpis"]:
        row = mart[told["id"], "province", "25"]
        assert told["sign"] == SIGN[row["rating"]]
        assert told["value"] == ("–" if row["value"] is None else said(row["value"], row["unit"]))
        assert told["target"] == ("–" if row["target"] is None else said(row["target"], row["unit"]))
        for code, cell in zip(("25", "26", "17"), told["provinces"], strict=True):
            known = mart[told["id"], "former_province", code]
            assert cell["sign"] == SIGN[known["rating"]]
            if known["value"] is not None:
                assert cell["text"] == said(known["value"], known["unit"])
            else:
                assert cell["text"] == ("thiếu" if known["rating"] == "insufficient" else "–")


def test_the_counts_are_those_of_the_communes(content, mart):
    communes = {unit: row for (_, grain, unit), row in mart.items() if grain == "commune"}
    silent = {unit for (_, grain, unit), row in mart.items() if grain == "commune" and row["rating"] == "insufficient"}
    *provinces, whole = content["looks"]["rows"]
    assert [row[0] for row in provinces] == ["Phú Thọ", "Vĩnh Phúc", "Hòa Bình"]
    assert whole[1:] == [sum(column) for column in zip(*(row[1:] for row in provinces), strict=True)]
    assert content["looks"]["heads"] == ["Cộng", "Trong đó có thiếu dữ liệu"]  # all miss something: nothing is told
    assert whole[1:] == [len(communes), len(silent)]
    counted = Counter(row["rating"] for (_, grain, _), row in mart.items() if grain == "province")
    ((_, first), *_) = content["conclusion"]
    assert [int(n) for n in re.findall(r"(\d+) (?:đạt|nguy cơ|không đạt|chưa kết)", first)] == [
        counted[rating] for rating in ("met", "at_risk", "missed", "insufficient")
    ]


def test_communes_are_counted_by_their_worst_kpi_where_that_tells_them_apart(tmp_path):
    change = """
        update marts.kpi_value set rating = 'met' where grain = 'commune' and unit_code in ('07900', '08707', '07918');
        update marts.kpi_value set rating = 'at_risk'
        where grain = 'commune' and unit_code = '07918' and kpi_id = 'tthc_online';
    """
    looks = content_of(tmp_path / "three.duckdb", change)["looks"]
    assert looks["heads"][:4] == ["Đạt", "Có chỉ tiêu nguy cơ", "Có chỉ tiêu không đạt", "Chưa xếp loại được"]
    assert looks["rows"][-1] == ["Toàn tỉnh", 2, 1, 145, 0, 148, 46]
    for row in looks["rows"]:
        assert sum(row[1:5]) == row[5]


def test_it_proposes_by_rule(content):
    assert [who for who, _ in content["proposals"]] == ["Cơ quan còn nợ số liệu"]
    assert "Sở Nông nghiệp và Môi trường (đấu giá đất khu vực Hòa Bình)" in content["proposals"][0][1]
    assert all("tuần 29" in what for _, what in content["proposals"])
    assert content["tasks"] is None


def test_it_ranks_nobody_and_compares_no_week_that_is_not_settled(content):
    (early,) = (row for row in content["kpis"] if row["id"] == "tthc_on_time")
    assert (early["sign"], early["change"]) == ("…", "–")
    assert early["note"].startswith("Mới 80,0% hồ sơ đã rõ kết quả")
    assert any(row["change"] != "–" for row in content["kpis"])
    words = str(content)
    for told in ("cần chỉ đạo", "Khó nhất", "nêu ở mục 4"):
        assert told not in words


def test_what_lies_beside_the_former_provinces_is_told(content):
    beside = {row["id"]: row["beside"] for row in content["kpis"]}
    assert beside["tthc_due_on_time"] == ["76,0%", "chưa rõ đơn vị: 3/4"]
    assert beside["inv_rate_total"] == ["chưa phân bổ 812,0 tỷ"]
    assert beside["clearance_area"] == ["–"]


def test_a_former_province_that_a_kpi_is_not_judged_for_tells_its_part(tmp_path):
    change = """
        delete from marts.kpi_value where grain = 'former_province' and kpi_id in ('tthc_no_due', 'tthc_digitised');
        update marts.kpi_part set numerator = 7, value = 7 where kpi_id = 'tthc_no_due' and part = '17';
        delete from marts.kpi_part where kpi_id = 'tthc_digitised' and part in ('25', '26', '17');
    """
    told = {row["id"]: row["provinces"] for row in content_of(tmp_path / "part.duckdb", change)["kpis"]}
    assert told["tthc_no_due"][2] == {"sign": "", "word": "không xếp loại", "text": "7"}
    assert told["tthc_digitised"] == [{"sign": "", "word": "không lập", "text": "–"}] * 3


def test_it_is_tagged_and_for_the_archive(pdf):
    for mark in (b"<pdfaid:part>2</pdfaid:part>", b"<pdfaid:conformance>B</pdfaid:conformance>",
                 b"<pdfuaid:part>1</pdfuaid:part>", b"/StructTreeRoot", b"/Marked true", b"/Lang(vi-VN)"):  # fmt: skip
        assert mark.replace(b" ", b"") in pdf.replace(b" ", b"")


def test_the_same_version_makes_the_same_bytes(place, pdf, tmp_path):
    for name in ("one.pdf", "two.pdf"):
        with duckdb.connect(str(place), read_only=True) as marts:
            write_brief(read_published(marts, VERSION), tmp_path / name)
        assert (tmp_path / name).read_bytes() == pdf


def test_the_font_that_is_carried_holds_every_letter_of_vietnamese(content):
    told = tell(content, LETTERS + LETTERS.upper() + "–—…“”‘’−≥≤×₫●▲■◇○")
    assert set_brief(told, MADE, ("Libertinus Serif",)).startswith(b"%PDF-1.7")


def test_a_font_without_a_letter_is_passed_over(content):
    told = tell(content, "1.000 ₫")
    with pytest.raises(typst.TypstError, match="could not be displayed"):
        set_brief(told, MADE, ("New Computer Modern Math",))
    carried = set_brief(told, MADE, ("New Computer Modern Math", "Libertinus Serif"))
    assert carried == set_brief(told, MADE, ("Libertinus Serif",))


def test_what_no_office_font_holds_does_not_stop_the_night(content):
    odd = tell(content, "漢 \u0007 🙂 e\u0302\u0301 #strong[x] *y* $z$ @w \\")
    assert set_brief(odd, MADE) == set_brief(tell(content, "? ? ? ế #strong[x] *y* $z$ @w \\"), MADE)


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (date(2025, 7, 14), "ngày 14 tháng 7 năm 2025"),
        (date(2026, 2, 2), "ngày 02 tháng 02 năm 2026"),
        (date(2025, 12, 1), "ngày 01 tháng 12 năm 2025"),
    ],
)
def test_dates_are_written_as_the_decree_says(day, told):
    assert format_long_date(day) == told


VARIANTS = {
    "no KPI at all": "delete from marts.kpi_value; delete from marts.kpi_history",
    "all red": ALL + "'missed'",
    "all met": ALL + "case when target is null then 'not_applicable' else 'met' end",
    "zero gaps": "delete from marts.data_gap; update marts.feed_status set state = 'ok'",
    "a long name": "update marts.dim_commune set commune_name = 'Nguyễn Thượng Phương Trường Khương Nghĩa'",
    "no feed": "delete from marts.feed_status; delete from marts.data_gap; update marts.kpi_value set numerator = null,"
    " denominator = null, value = null, rating = 'insufficient', coverage = 0",
}


@pytest.mark.parametrize("name", VARIANTS)
def test_odd_mornings_are_set(tmp_path, name):
    content = content_of(tmp_path / "odd.duckdb", VARIANTS[name])
    assert set_brief(content, MADE).startswith(b"%PDF-1.7")
    first = content["conclusion"][0][1]
    if name == "no KPI at all":
        assert "chưa có chỉ tiêu nào" in first
    if name == "all red":
        assert content["looks"]["rows"][-1] == ["Toàn tỉnh", 148, 0]
        assert "xã, phường có chỉ tiêu không đạt" not in str(content["conclusion"])
    if name == "all met":
        assert " 0 không đạt" in first
    if name == "no feed":
        assert {row["value"] for row in content["kpis"]} == {"–"}
        assert all(row["sign"] == "◇" for row in content["kpis"])
    if name == "zero gaps":
        assert content["lacking"]["supplies"] == []


def test_tasks_of_a_stale_register_are_told_with_the_day_of_their_data(tmp_path):
    change = REGISTER.format(stale=True)
    task = "insert into marts.fct_directive (task, lead_agency, due_on) values ('V', 'S', '2025-06-01')"
    content = content_of(tmp_path / "a.duckdb", change + task)
    where = content["conclusion"][1][1]
    assert where.endswith("Theo số liệu đến 18/05/2025: 1 nhiệm vụ quá hạn, lâu nhất: V (S, quá hạn 42 ngày).")
    assert content["tasks_day"] == "18/05/2025"
    assert content["proposals"][0][1] == "hoàn thành trong tuần 29 (theo số liệu đến 18/05/2025): S (-)."
    assert set_brief(content, MADE).startswith(b"%PDF-1.7")
    none = content_of(tmp_path / "b.duckdb", change)["conclusion"][1][1]
    assert none.endswith("Theo số liệu đến 18/05/2025: không có nhiệm vụ nào quá hạn.")
    fresh = content_of(tmp_path / "c.duckdb", REGISTER.format(stale=False) + task)
    assert "18/05/2025" not in str(fresh)


def test_sixty_overdue_tasks_are_all_proposed(tmp_path):
    change = (
        SENT
        + """;
        insert into marts.fct_directive (directive_no, issued_on, task, lead_agency, due_on, done_on)
        select n || '/TB', '2025-01-01', 'Việc số ' || n, 'Sở ' || (n % 7),
            date '2025-05-01' + n::integer, null
        from range(60) as tasks (n);
    """
    )
    content = content_of(tmp_path / "many.duckdb", change)
    assert len(content["tasks"]) == 12
    assert content["tasks_more"] == 48
    who, what = content["proposals"][0]
    assert who == "Cơ quan chủ trì nhiệm vụ quá hạn"
    assert len(re.findall(r"\d+/TB", what)) == 60
    assert set_brief(content, MADE).startswith(b"%PDF-1.7")


@pytest.mark.debian
def test_the_pages_read_as_they_were_told(content, pdf, tmp_path):
    assert shutil.which("pdftotext"), "poppler chưa cài: .ci/run cài poppler-utils"
    (tmp_path / "b.pdf").write_bytes(pdf)
    text = subprocess.run(["pdftotext", "-layout", tmp_path / "b.pdf", "-"], check=True, capture_output=True, text=True)
    words = " ".join(text.stdout.split())
    for told in ("UBND TỈNH PHÚ THỌ", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc",
                 "Phú Thọ, ngày 14 tháng 7 năm 2025", "/BC-VP", "Nơi nhận:", "7. Đề nghị"):  # fmt: skip
        assert told in words
    for row in content["kpis"]:
        assert row["value"] in words
    fonts = subprocess.run(["pdffonts", tmp_path / "b.pdf"], check=True, capture_output=True, text=True).stdout
    assert all(line.split()[-5:-2] == ["yes", "yes", "yes"] for line in fonts.splitlines()[2:])
