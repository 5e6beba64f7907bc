"""The workbook: one sheet per domain with all communes, figures as in the mart, what is missing empty and hatched."""

from zipfile import ZipFile

import duckdb
import pytest
from openpyxl import load_workbook

from dagster_project.extracts.reading.facts import read_facts
from dagster_project.extracts.workbook.book import Book
from dagster_project.extracts.workbook.leaders import write_workbook
from tests.support.marts.page_marts import AS_OF, VERSION, newest_rows, write_page_marts

RATING = {
    "met": "Đạt", "at_risk": "Nguy cơ", "missed": "Không đạt", "insufficient": "Thiếu dữ liệu",
    "too_early": "Chưa đến lúc kết luận", "too_few": "Quá ít để xếp loại",
}  # fmt: skip
DOMAIN_SHEETS = {
    "procedures": "Thủ tục hành chính",
    "national_portal": "Cổng Dịch vụ công quốc gia",
    "investment": "Giải ngân đầu tư công",
    "land_auction": "Đấu giá đất",
    "site_clearance": "Giải phóng mặt bằng",
}


def write(path, folder):
    with duckdb.connect(str(path), read_only=True) as marts:
        write_workbook(read_facts(marts, AS_OF), marts, folder / "chi-tieu.xlsx", VERSION)
    return folder / "chi-tieu.xlsx"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("book")


@pytest.fixture(scope="module")
def book(place, folder):
    return load_workbook(write(place, folder))


@pytest.fixture(scope="module")
def newest(place):
    """The newest rows, each with the title and the domain of its KPI."""
    with duckdb.connect(str(place), read_only=True) as marts:
        rows = newest_rows(marts)
        titles = dict(marts.execute("select kpi_id, title_vi from marts.kpi_definition").fetchall())
        domains = dict(marts.execute("select kpi_id, domain from marts.kpi_definition").fetchall())
    return [row | {"title": titles[row["kpi_id"]], "domain": domains[row["kpi_id"]]} for row in rows]


def holds(value_cell, rating_cell, known):
    """Whether two cells say what the mart says: nothing missing is a number, nothing missing is 'Đạt'."""
    if known["rating"] == "too_few":
        assert value_cell.value == f"{known['numerator']:.0f}/{known['denominator']:.0f}"
        assert rating_cell.fill.patternType is None
    elif known["value"] is not None:
        assert value_cell.value == pytest.approx(known["value"], abs=1e-12)
    elif known["rating"] == "not_applicable":
        assert value_cell.value == "-"
    else:
        assert value_cell.value is None
        assert value_cell.fill.patternType == "lightUp"
    follows = known["value"] is not None and known["target"] is None
    word = RATING.get(known["rating"], "Theo dõi" if follows else "Không áp dụng")
    assert rating_cell.value == word


def test_there_is_a_sheet_a_domain_and_no_empty_one(book):
    expected = ["Tóm tắt", "Xu hướng", "Theo tỉnh cũ", *DOMAIN_SHEETS.values(), "Nguồn dữ liệu", "Khoảng trống"]
    assert book.sheetnames == expected


@pytest.mark.parametrize("domain", DOMAIN_SHEETS)
def test_every_commune_and_figure_of_a_domain_equals_the_mart(book, newest, domain):
    sheet = book[DOMAIN_SHEETS[domain]]
    heads = [cell.value for cell in sheet[3]]
    rows = {row[0].value: row for row in sheet.iter_rows(min_row=4)}
    assert len(rows) == 148
    assert {row[0].data_type for row in rows.values()} == {"s"}
    assert sheet.auto_filter.ref.startswith("A3:")
    assert sheet.auto_filter.ref.endswith("151")
    known = [row for row in newest if row["domain"] == domain and row["grain"] == "commune"]
    assert len(known) == 148 * (len(heads) - 5) // 2
    for row in known:
        (at,) = (n for n, head in enumerate(heads) if head.startswith(f"{row['title']} ("))
        cells = rows[row["unit_code"]]
        holds(cells[at], cells[at + 1], row)


def test_the_summary_and_the_former_provinces_equal_the_mart(book, newest):
    summary = {row[0].value: row for row in book["Tóm tắt"].iter_rows(min_row=4) if row[1].value}
    province = [row for row in newest if row["grain"] == "province"]
    assert len(summary) == len(province)
    for row in province:
        cells = summary[row["title"]]
        holds(cells[4], cells[6], row)
        assert cells[7].value == pytest.approx(row["coverage"])
        assert cells[8].value.date() == row["oldest_data_date"]
        assert cells[5].value == ("-" if row["target"] is None else pytest.approx(row["target"]))
    former = {row[0].value: row for row in book["Theo tỉnh cũ"].iter_rows(min_row=4)}
    heads = [cell.value for cell in book["Theo tỉnh cũ"][3]]
    names = {"25": "Phú Thọ (cũ)", "26": "Vĩnh Phúc (cũ)", "17": "Hòa Bình (cũ)"}
    for row in (row for row in newest if row["grain"] == "former_province"):
        at = heads.index(names[row["unit_code"]])
        holds(former[row["title"]][at], former[row["title"]][at + 1], row)


def test_the_parts_beside_the_former_provinces_are_told(book, newest, place):
    rows = {row[0].value: [cell.value for cell in row] for row in book["Theo tỉnh cũ"].iter_rows(min_row=4)}
    heads = [cell.value for cell in book["Theo tỉnh cũ"][3]]
    assert heads[-4:] == ["Sở, ngành", "Trung tâm tỉnh", "Chưa rõ đơn vị", "Chưa phân bổ"]
    titles = {row["kpi_id"]: row["title"] for row in newest}
    assert rows[titles["tthc_due_on_time"]][-4:] == [0.75, 0.8, 0.75, "-"]
    assert rows[titles["tthc_no_due"]][-4:] == [30, 8, 3, "-"]
    assert rows[titles["inv_rate_total"]][-4:] == ["-", "-", "-", 812e9]
    assert any("cộng lại mới là toàn tỉnh" in str(title) for title in rows)


def test_a_week_that_is_not_settled_is_grey(book, newest):
    titles = {row["kpi_id"]: row["title"] for row in newest}
    rows = {row[0].value: row for row in book["Xu hướng"].iter_rows(min_row=4)}
    heads = [cell.value for cell in book["Xu hướng"][3]]
    at = heads.index("Tuần 28/2025")
    assert rows[titles["tthc_on_time"]][at].font.italic
    assert not rows[titles["tthc_on_time"]][at - 1].font.italic
    assert not rows[titles["tthc_due_on_time"]][at].font.italic


def test_the_weeks_equal_the_mart_and_have_charts(book, place, folder):
    sheet = book["Xu hướng"]
    rows = {row[0].value: row for row in sheet.iter_rows(min_row=4) if row[1].value}
    heads = [cell.value for cell in sheet[3]]
    with duckdb.connect(str(place), read_only=True) as marts:
        weeks = marts.execute(
            "select title_vi, weekofyear(period_start), value.value from marts.kpi_value as value"
            " inner join marts.kpi_definition as definition using (kpi_id)"
            " where period_kind = 'week' and grain = 'province'"
        ).fetchall()
    assert len(weeks) == 16 * 9
    for title, week, value in weeks:
        assert rows[title][heads.index(f"Tuần {week}/2025")].value == pytest.approx(value)
    # Nine weekly KPIs, and eleven stocks that an earlier version published too.
    with ZipFile(folder / "chi-tieu.xlsx") as parts:
        charts = [name for name in parts.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == 9 + 11


def test_it_is_set_up_for_paper(book):
    for sheet in book.worksheets:
        assert sheet.page_setup.paperSize in (8, 9)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$3:$3"


def test_the_same_version_makes_the_same_bytes(book, folder, tmp_path):
    again = write(write_page_marts(tmp_path / "again.duckdb"), tmp_path)
    assert again.read_bytes() == (folder / "chi-tieu.xlsx").read_bytes()


def test_a_long_or_forbidden_name_of_a_domain_still_names_a_sheet(tmp_path):
    book = Book(tmp_path / "names.xlsx", AS_OF, VERSION)
    for _ in range(2):
        book.add_sheet("Một lĩnh vực: tên rất dài / có dấu gạch chéo [mới]", "x", ["a"], [5])
    book.workbook.close()
    names = load_workbook(tmp_path / "names.xlsx").sheetnames
    assert len(set(names)) == 2
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_registers_tell_what_is_overdue_first_and_never_call_a_task_without_a_deadline_on_time(tmp_path):
    change = """
        insert into marts.fct_directive (directive_no, task, lead_agency, issued_on, due_on, done_on, is_overdue) values
            ('1/TB', 'Xong muộn', 'Sở A', '2025-06-01', '2025-07-01', '2025-07-03', false),
            ('2/TB', 'Quá hạn', 'Sở B', '2025-06-01', '2025-07-10', null, true),
            ('3/TB', '=Không hạn', 'Sở C', '2025-06-01', null, null, false),
            ('4/TB', 'Đến hạn', 'Sở D', '2025-06-01', '2025-07-13', null, false),
            ('5/TB', 'Không hạn mà xong', 'Sở E', '2025-06-01', null, '2025-07-01', false);
        insert into marts.fct_plan_milestone (plan_no, title, milestone, milestone_due, milestone_done, is_overdue)
        values
            ('QH1', 'Quy hoạch', 'Trình', '2025-07-18', null, false),
            ('QH2', 'Quy hoạch', 'Duyệt', '2025-07-01', '2025-06-30', false);
    """
    book = load_workbook(write(write_page_marts(tmp_path / "published.duckdb", change), tmp_path))
    tasks = [[cell.value for cell in row] for row in book["Sổ nhiệm vụ"].iter_rows(min_row=4)]
    assert [(row[1], row[-1]) for row in tasks] == [
        ("Quá hạn", "Quá hạn 3 ngày"),
        ("Đến hạn", "Đến hạn hôm nay"),
        ("=Không hạn", "Không có hạn"),
        ("Xong muộn", "Xong muộn 2 ngày"),
        ("Không hạn mà xong", "Đã xong, không có hạn"),
    ]
    plans = [[cell.value for cell in row] for row in book["Mốc quy hoạch"].iter_rows(min_row=4)]
    assert [(row[0], row[-1]) for row in plans] == [("QH1", "Còn 5 ngày"), ("QH2", "Xong đúng hạn")]


def test_long_text_has_room_and_stands_clear_of_the_number_beside_it(tmp_path):
    """LibreOffice lets what has no room run over the next row; an indent is dropped unless `left` is said, too."""
    long = "Rà soát, lập danh mục trang thiết bị còn thiếu của các trung tâm " * 3
    change = f"""
        insert into marts.fct_directive (directive_no, task, lead_agency, issued_on, due_on, done_on, is_overdue) values
            ('1/TB', '{long}', 'Sở A', '2025-06-01', '2025-07-10', null, true),
            ('2/TB', 'Ngắn', 'Sở B', '2025-06-01', '2025-07-18', null, false);
    """
    sheet = load_workbook(write(write_page_marts(tmp_path / "published.duckdb", change), tmp_path))["Sổ nhiệm vụ"]
    assert [sheet.row_dimensions[row].height for row in (4, 5)] == [45, None]
    assert {(cell.alignment.horizontal, cell.alignment.indent) for cell in (sheet["B4"], sheet["K4"])} == {("left", 1)}


def test_feeds_gaps_and_periods_are_named_as_people_name_them(tmp_path):
    change = """
        update marts.feed_status set title_vi = 'Đấu giá đất khu vực Hòa Bình', area = 'hb', last_period = '2025-W28'
        where feed_id = (select feed_id from marts.data_gap order by gap_id limit 1);
        update marts.data_gap set period = '2025-03';
    """
    path = write_page_marts(tmp_path / "published.duckdb", change)
    with duckdb.connect(str(path), read_only=True) as marts:
        ((feed_id,),) = marts.execute("select feed_id from marts.data_gap order by gap_id limit 1").fetchall()
    book = load_workbook(write(path, tmp_path))
    feeds = {row[-1].value: [cell.value for cell in row] for row in book["Nguồn dữ liệu"].iter_rows(min_row=4)}
    assert feeds[feed_id][:2] == ["Đấu giá đất khu vực Hòa Bình", "Hòa Bình (cũ)"]
    assert feeds[feed_id][4] == "tuần 28/2025"
    gaps = [[cell.value for cell in row] for row in book["Khoảng trống"].iter_rows(min_row=4)]
    assert {row[5] for row in gaps} == {"03/2025"}
    assert {row[2] for row in gaps if row[-1] == feed_id} == {"Đấu giá đất khu vực Hòa Bình"}


def test_gaps_stand_by_the_verdicts_that_wait_for_them(tmp_path):
    change = """
        insert into marts.data_gap
        select gap.* replace ('w' || n as gap_id, n as verdicts_waiting, case when n = 5 then 'info' else 'error' end
            as severity)
        from (from marts.data_gap where gap_id = 'g2') as gap, (values (2), (5)) as waiting (n)
    """
    sheet = load_workbook(write(write_page_marts(tmp_path / "published.duckdb", change), tmp_path))["Khoảng trống"]
    at = [cell.value for cell in sheet[3]].index("Kết luận đang chờ")
    told = [(row[9 + 1].value, row[at].value) for row in sheet.iter_rows(min_row=4)]
    assert told == [("Đang mở", 46), ("Đang mở", 5), ("Đang mở", 2), ("Đang mở", 0), ("Đã khắc phục", 0)]


def test_a_former_province_that_a_kpi_is_not_judged_for_tells_its_part(tmp_path):
    change = """
        delete from marts.kpi_value where grain = 'former_province' and kpi_id in ('tthc_no_due', 'tthc_digitised');
        update marts.kpi_part set numerator = 7, value = 7 where kpi_id = 'tthc_no_due' and part = '17';
        update marts.kpi_part set numerator = null, value = null where kpi_id = 'tthc_no_due' and part = '26';
        delete from marts.kpi_part where kpi_id = 'tthc_digitised' and part in ('25', '26', '17');
    """
    path = write_page_marts(tmp_path / "published.duckdb", change)
    with duckdb.connect(str(path), read_only=True) as marts:
        titles = dict(marts.execute("select kpi_id, title_vi from marts.kpi_definition").fetchall())
    sheet = load_workbook(write(path, tmp_path))["Theo tỉnh cũ"]
    rows = {row[0].value: row for row in sheet.iter_rows(min_row=4)}
    assert [cell.value for cell in rows[titles["tthc_no_due"]][4:8]] == [None, "-", 7, "-"]
    assert rows[titles["tthc_no_due"]][4].fill.patternType == "lightUp"
    assert [cell.value for cell in rows[titles["tthc_digitised"]][2:8]] == ["-"] * 6


def test_projects_above_the_decision_are_told_in_words(tmp_path):
    change = "update marts.kpi_part set denominator = -12.5e9 where part = 'unassigned'"
    book = load_workbook(write(write_page_marts(tmp_path / "published.duckdb", change), tmp_path))
    told = {row[-1].value for row in book["Theo tỉnh cũ"].iter_rows(min_row=4)}
    assert "Dự án cộng lại vượt quyết định: 12,5 tỷ" in told


def test_the_summary_keeps_tenths_and_says_what_has_not_begun(tmp_path):
    change = """
        update marts.kpi_value set numerator = 304.5 where kpi_id = 'clearance_area' and grain = 'province';
        update marts.kpi_value set value = null, target = null, rating = 'too_early'
        where kpi_id = 'clearance_paid';
        update marts.kpi_target set valid_from = '2025-07-14' where kpi_id = 'clearance_paid';
    """
    path = write_page_marts(tmp_path / "published.duckdb", change)
    with duckdb.connect(str(path), read_only=True) as marts:
        titles = dict(marts.execute("select kpi_id, title_vi from marts.kpi_definition").fetchall())
    book = load_workbook(write(path, tmp_path))
    rows = {row[0].value: row for row in book["Tóm tắt"].iter_rows(min_row=4)}
    area, paid = rows[titles["clearance_area"]], rows[titles["clearance_paid"]]
    assert (area[2].value, area[2].number_format) == (304.5, "[$-42A]#,##0.0")
    assert (paid[4].value, paid[6].value) == ("-", "Chưa đến lúc kết luận")
    assert paid[9].value == "Chính thức. Mục tiêu tính từ 14/07/2025."
    former = {row[0].value: row for row in book["Theo tỉnh cũ"].iter_rows(min_row=4)}
    assert former[titles["clearance_paid"]][3].value == "Chưa đến lúc kết luận"


def test_no_register_no_sheet(book):
    assert not {"Sổ nhiệm vụ", "Mốc quy hoạch"} & set(book.sheetnames)
