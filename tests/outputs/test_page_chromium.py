"""The leader page and a sheet as a browser lays them out: one A4 on paper, nothing wider than the screen or out of its
box, nothing that axe finds, and a tile opens its sheet by keyboard."""

import json
import re
import shutil
import subprocess
from importlib.resources import files

import duckdb
import pytest

from dagster_project.extracts.page.commune_pages import write_sheets
from dagster_project.extracts.reading.reading import read_published
from tests.support.kits.keyboard import Keyboard
from tests.support.kits.page_kit import DOSSIERS, render, text_of, tree_of
from tests.support.marts.page_marts import VERSION

pytestmark = pytest.mark.debian

THIRTY = """
create temp table copy as
select kpi_id, n, kpi_id || '_' || n as new_id
from (select distinct kpi_id from marts.kpi_value), range(1, 6) as t (n)
qualify row_number() over (order by n, kpi_id) <= 30 - (select count(distinct kpi_id) from marts.kpi_value);
insert into marts.kpi_definition select d.* replace (copy.new_id as kpi_id)
from marts.kpi_definition as d inner join copy on d.kpi_id = copy.kpi_id;
insert into marts.kpi_value select v.* replace (copy.new_id as kpi_id)
from marts.kpi_value as v inner join copy on v.kpi_id = copy.kpi_id;
insert into marts.feed_status (feed_id, domain, last_file, state) values ('d', 'directives', 'so.xlsx', 'ok');
insert into marts.fct_directive (directive_no, task, lead_agency, due_on)
select n || '/TB', 'Việc số ' || n, 'Sở ' || (n % 7), date '2025-05-01' + n::integer from range(60) as t (n);
"""
"""As many KPIs as the demo has, and sixty overdue tasks."""
FLOOD = """
update marts.kpi_value set rating = 'missed' where rating in ('met', 'at_risk');
insert into marts.feed_status (feed_id, domain, last_file, state)
select 'feed_' || n, 'investment', 'a.xlsx', 'late' from range(40) as t (n);
insert into marts.data_gap
select g.* replace (
    'flood' || n as gap_id, 'feed_' || n as feed_id, 'late' as kind, 'open' as state,
    'Cơ quan phải gửi số ' || n || ' của tỉnh.' as who_fixes
)
from (from marts.data_gap limit 1) as g, range(40) as t (n);
"""
"""Everything red, and forty feeds of which something is missing."""
LACK_HEAD = "Đủ số liệu Toàn tỉnh Phú Thọ Vĩnh Phúc Hòa Bình Thiếu ở đâu; thiếu gì, thấy từ ngày nào, ai phải gửi"
BROWSER = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage")
# What is wider than its box, or a name that leaves its tile; a box that scrolls on purpose may hold more.
MEASURE = """
<script>
const frame = document.documentElement, found = {width: innerWidth, page: frame.scrollWidth, out: []};
for (const box of document.querySelectorAll("p, h1, h2, h3, li, dd, td, th, article, .chip")) {
  if (box.closest("details, .aloud") || box.classList.contains("aloud")) continue;
  const style = getComputedStyle(box);
  if (style.display !== "inline" && box.scrollWidth > box.clientWidth + 1) found.out.push(box.textContent.trim());
}
for (const table of document.querySelectorAll("table")) {
  if (table.closest("details") || !table.offsetParent) continue;
  const heads = table.querySelectorAll("thead tr:last-child > *"), row = table.querySelector("tbody tr");
  if (!row || heads.length !== row.children.length || !heads[0].offsetParent) continue;
  heads.forEach((head, at) => {
    const off = head.getBoundingClientRect().left - row.children[at].getBoundingClientRect().left;
    if (Math.abs(off) > 1) found.out.push("head of no column: " + head.textContent.trim());
  });
}
for (const tile of document.querySelectorAll("g[data-commune]")) {
  const own = tile.querySelector("rect").getBBox();
  for (const line of tile.querySelectorAll("text")) {
    const text = line.getBBox();
    if (text.x < own.x - 1 || text.x + text.width > own.x + own.width + 1
        || text.y < own.y - 3 || text.y + text.height > own.y + own.height + 3) found.out.push(line.textContent);
  }
}
document.title = "MEASURED " + JSON.stringify(found);
</script>
"""


def chromium(*arguments):
    assert shutil.which("chromium"), "Chromium chưa cài: .ci/run cài chromium"
    return subprocess.run([*BROWSER, *arguments], check=True, capture_output=True, text=True, timeout=120).stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    (folder / "page.html").write_text(render(folder / "published.duckdb", DOSSIERS), encoding="utf-8")
    with duckdb.connect(str(folder / "published.duckdb"), read_only=True) as marts:
        write_sheets(read_published(marts, VERSION), marts, folder / "xa-phuong")
    shutil.copy(folder / "xa-phuong" / "07900.html", folder / "sheet.html")
    long = "update marts.dim_commune set commune_name = 'Nguyễn Thượng Phương Trường Khương Nghĩa' where n % 9 = 0"
    long = long.replace("n % 9", "cast(commune_code as integer) % 9")
    (folder / "long.html").write_text(render(folder / "long.duckdb", long), encoding="utf-8")
    (folder / "thirty.html").write_text(render(folder / "thirty.duckdb", THIRTY), encoding="utf-8")
    (folder / "flood.html").write_text(render(folder / "flood.duckdb", THIRTY + FLOOD), encoding="utf-8")
    return folder


def printed(page, folder):
    """Texts of the pages of an A4 print."""
    paper = folder / f"{page.stem}.pdf"
    chromium(f"--print-to-pdf={paper}", "--no-pdf-header-footer", f"file://{page}")
    said = subprocess.run(["pdfinfo", str(paper)], check=True, capture_output=True, text=True).stdout
    assert "(A4)" in said
    text = subprocess.run(["pdftotext", str(paper), "-"], check=True, capture_output=True, text=True).stdout
    pages = [" ".join(page.split()) for page in text.split("\f")[:-1]]
    assert len(pages) == int(re.search(r"Pages:\s+(\d+)\n", said)[1])
    return pages


@pytest.mark.parametrize("name", ["page", "thirty"])
def test_it_prints_whole_on_one_a4(folder, name):
    (text,) = printed(folder / f"{name}.html", folder)
    for told in (
        "Kết luận",
        "Chỉ tiêu toàn tỉnh",
        "theo tỉnh cũ",
        "Nhiệm vụ có thời hạn",
        "Dữ liệu còn thiếu",
        "HÒA BÌNH",
    ):
        assert told in text
    assert "Phụ lục" not in text


def test_thirty_kpis_and_more_tasks_than_fit_are_told_on_that_page(folder):
    (text,) = printed(folder / "thirty.html", folder)
    page = (folder / "thirty.html").read_text(encoding="utf-8")
    lines = tree_of(page).xpath("//table[contains(@class, 'lines')]/tbody/tr")
    assert len(lines) == 30
    for line in lines:
        number, title = (text_of(cell) for cell in line[:2])
        assert number in text.split()
        assert title[:30] in text  # a long one goes on below
    assert "Và 55 việc khác chưa hoàn thành" in text


def test_what_is_more_than_a_page_goes_on_and_nothing_is_cut(folder):
    pages = printed(folder / "flood.html", folder)
    assert len(pages) > 1
    # A sentence may go on behind the head of the table, which stands on each page.
    text = " ".join(" ".join(pages).replace(LACK_HEAD, "").split())
    for number in range(40):
        assert f"Cơ quan phải gửi số {number} của tỉnh." in text
    assert "Phiên bản" in pages[-1]


@pytest.mark.parametrize("name", ["page", "long", "sheet"])
@pytest.mark.parametrize("width", [500, 768, 1280])
def test_nothing_leaves_its_box(folder, width, name):
    page = (folder / f"{name}.html").read_text(encoding="utf-8")
    policy = re.search(r'<meta http-equiv="Content-Security-Policy"[^>]*>', page)[0]
    (folder / "measured.html").write_text(page.replace(policy, "").replace("</body>", f"{MEASURE}</body>"), "utf-8")
    dom = chromium(f"--window-size={width},1200", "--dump-dom", f"file://{folder}/measured.html")
    found = json.loads(re.search(r"<title>MEASURED (.*?)</title>", dom)[1].replace("&amp;", "&"))
    assert found["width"] == width
    assert found["page"] <= width
    assert found["out"] == []


@pytest.mark.parametrize("name", ["page", "sheet"])
def test_at_the_width_of_a_telephone_the_page_does_not_scroll_sideways(folder, name):
    # The browser's own window is never narrower than 500: a frame is.
    page = (folder / f"{name}.html").read_text(encoding="utf-8")
    policy = re.search(r'<meta http-equiv="Content-Security-Policy"[^>]*>', page)[0]
    told = MEASURE.replace("document.title =", "parent.document.title =")
    inner = page.replace(policy, "").replace("</body>", f"{told}</body>").replace("&", "&amp;").replace('"', "&quot;")
    frame = (
        f'<!DOCTYPE html><title>-</title><iframe style="width:360px;height:900px;border:0" srcdoc="{inner}"></iframe>'
    )
    (folder / "telephone.html").write_text(frame, "utf-8")
    dom = chromium("--virtual-time-budget=5000", "--dump-dom", f"file://{folder}/telephone.html")
    found = json.loads(re.search(r"<title>MEASURED (.*?)</title>", dom)[1].replace("&amp;", "&"))
    assert (found["width"], found["out"]) == (360, [])
    assert found["page"] <= 360


@pytest.mark.parametrize("name", ["page", "sheet"])
def test_axe_finds_nothing(folder, name):
    page = (folder / f"{name}.html").read_text(encoding="utf-8")
    policy = re.search(r'<meta http-equiv="Content-Security-Policy"[^>]*>', page)[0]
    axe = (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
    run = """axe.run({resultTypes: ["violations"]}).then(found => { document.title = "AXE " + JSON.stringify({
        passes: found.passes.length,
        faults: found.violations.map(v => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 120)])}); });"""
    page = page.replace(policy, "").replace("</body>", f"<script>{axe}</script><script>{run}</script></body>")
    (folder / "axe.html").write_text(page, encoding="utf-8")
    dom = chromium("--window-size=1280,1200", "--virtual-time-budget=60000", "--dump-dom", f"file://{folder}/axe.html")
    found = json.loads(re.search(r"<title>AXE (.*?)</title>", dom, re.S)[1].replace("&amp;", "&"))
    assert found["faults"] == []
    assert found["passes"] > 10


def test_a_tile_opens_its_sheet_by_keyboard_and_the_sheet_leads_back(folder):
    shutil.copy(folder / "page.html", folder / "trang-lanh-dao.html")
    with Keyboard(BROWSER, f"file://{folder}/trang-lanh-dao.html") as keys:
        keys.evaluate("document.querySelector('.map').focus()")
        keys.press("Tab")
        wanted = keys.evaluate("document.querySelector('.map a').getAttribute('href')")
        assert keys.evaluate("document.activeElement.getAttribute('href')") == wanted
        assert keys.evaluate("getComputedStyle(document.activeElement.querySelector('rect')).strokeWidth") == "5px"
        keys.press("Enter")
        keys.wait_for(f"location.pathname.endsWith('/{wanted}') && document.readyState === 'complete'")
        assert keys.evaluate("document.querySelectorAll('h1').length") == 1
        keys.press("Tab")
        keys.press("Enter")
        keys.wait_for("location.pathname.endsWith('/trang-lanh-dao.html')")
        assert keys.said == []
