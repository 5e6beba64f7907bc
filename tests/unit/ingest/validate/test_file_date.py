"""Which day and period a file speaks of: title, then name, then rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from dagster_project.contracts.models import Feed
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.readers.base import RawTable, make_empty_frame
from dagster_project.ingest.validate.file_date import FileDate, find_sheet_days, read_file_date
from dagster_project.warehouse.file_period import decide_effective_date
from tests.support.kits.validate_kit import dossier, feed, raw_table

D = date(2025, 7, 13)
JULY = (date(2025, 7, 1), date(2025, 7, 31))


def told(
    title: str = "", name: str = "bieu.xlsx", feed_id: str = "procedures_vp", sheet: str = "Biểu", **cells: object
) -> FileDate:
    return read_file_date(feed(feed_id), name, [raw_table(dossier(**cells), title=title, sheet=sheet)], {})


def delta(period: str = "none", sources: tuple[str, ...] = ("title", "name", "rows")) -> Feed:
    """A feed like procedures_vp that delivers in another way."""
    known = feed()
    delivery = known.layout.delivery.model_copy(update={"period": period, "data_date_from": sources})
    return replace(known, layout=known.layout.model_copy(update={"delivery": delivery}))


@pytest.mark.parametrize(
    ("title", "kind", "end"),
    [
        ("DANH SÁCH HỒ SƠ THÁNG 7 NĂM 2025\n(Số liệu đến ngày 10/07/2025)", "day", date(2025, 7, 10)),
        ("DANH SÁCH HỒ SƠ THÁNG 7 NĂM 2025", "month", date(2025, 7, 31)),
        ("Tháng 2/2024", "month", date(2024, 2, 29)),
        ("BÁO CÁO QUÝ II NĂM 2025", "quarter", date(2025, 6, 30)),
        ("Từ ngày 01/07/2025 đến ngày 13/07/2025", "range", date(2025, 7, 13)),
        ("(Số liệu tính đến hết ngày 5 tháng 6 năm 2025)", "day", date(2025, 6, 5)),
    ],
)
def test_the_title_tells(title, kind, end):
    found = told(title, name="bieu_01_2024.xlsx")
    assert (found.kind, found.end, found.source) == (kind, end, "title")


def test_the_title_beats_the_name_and_the_name_beats_the_rows():
    title, name = "(Số liệu đến ngày 10/07/2025)", "ho_so_tthc_06_2025.xlsx"
    assert (told(title, name).end, told(title, name).source) == (date(2025, 7, 10), "title")
    assert (told("DANH SÁCH HỒ SƠ", name).end, told("DANH SÁCH HỒ SƠ", name).source) == (date(2025, 6, 30), "name")
    by_rows = told("DANH SÁCH HỒ SƠ", "ho so.xlsx")
    assert (by_rows.kind, by_rows.end, by_rows.source) == ("day", date(2025, 7, 4), "rows")


def test_the_report_that_a_table_accompanies_does_not_date_it():
    accompanied = "(Kèm theo Báo cáo số 149/BC-VP ngày 13/07/2025 của UBND tỉnh)"
    found = told(f"DANH SÁCH HỒ SƠ THÁNG 6 NĂM 2025\n{accompanied}")
    assert (found.kind, found.end) == ("month", date(2025, 6, 30))
    assert told(accompanied).end == date(2025, 7, 13)


@pytest.mark.parametrize(
    "title",
    ["BIỂU TIẾN ĐỘ\n(Kèm theo Báo cáo số 149/BC-VP ngày 02/08/2025 của UBND tỉnh)", "THEO DÕI HỒ SƠ NĂM 2025"],
)
def test_a_title_that_only_implies_a_date_leaves_it_to_the_name(title):
    found = told(title, "bieu_31072025.xlsx")
    assert (found.end, found.source) == (date(2025, 7, 31), "name")


def test_the_day_of_its_paper_dates_a_table_before_a_year_or_the_rows_do():
    paper = "(Kèm theo Báo cáo số 149/BC-VP ngày 13/07/2025 của UBND tỉnh)"
    for title, name in ((paper, "bieu.xlsx"), (paper, "bieu 2025.xlsx"), (f"KẾ HOẠCH NĂM 2025\n{paper}", "bieu.xlsx")):
        assert (told(title, name).end, told(title, name).source) == (date(2025, 7, 13), "title")


def test_a_year_alone_leaves_the_date_to_the_rows():
    for title, name in (("THEO DÕI HỒ SƠ NĂM 2025", "bieu.xlsx"), ("THEO DÕI HỒ SƠ", "2025.xlsx")):
        assert (told(title, name).end, told(title, name).source) == (date(2025, 7, 4), "rows")
    nothing = dict.fromkeys(("received_at", "finished_at", "returned_at"))
    assert told("THEO DÕI HỒ SƠ NĂM 2025", "bieu.xlsx", **nothing).kind == "year"


@pytest.mark.parametrize("feed_id", ["site_clearance_pt", "investment_vp"])
@pytest.mark.parametrize(("title", "name"), [("TIẾN ĐỘ NĂM 2025", "bieu.xlsx"), ("TIẾN ĐỘ", "2025.xlsx")])
def test_a_year_alone_never_dates_how_things_stand_on_a_day(feed_id, title, name):
    undated = replace(raw_table(dossier(), sheet="Biểu"), title=title)
    assert read_file_date(feed(feed_id), name, [undated], {}).kind is None


def test_a_year_beside_a_stated_date_dates_no_sheet():
    own = [raw_table(dossier()), raw_table(dossier(), sheet="Biểu 2")]
    sheets = [
        replace(table, title=title) for table, title in zip(own, ["NĂM 2025", "đến ngày 10/07/2025"], strict=True)
    ]
    filedate = read_file_date(feed(), "bieu.xlsx", sheets, {})
    assert filedate.end == date(2025, 7, 10)
    assert find_sheet_days(feed(), sheets, filedate) == [date(2025, 7, 10)] * 2


def test_rows_tell_by_what_happened_and_not_by_what_was_promised():
    found = told(due_at="30/12/2025", finished_at=None, returned_at=None, received_at=datetime(2025, 7, 8, 9, 30))
    assert (found.kind, found.start, found.end) == ("day", date(2025, 7, 8), date(2025, 7, 8))


def test_the_latest_sheet_dates_a_file_by_its_rows():
    sheets = [raw_table(dossier()), raw_table(dossier(returned_at="11/07/2025"), sheet="Tháng 8")]
    assert read_file_date(feed(), "bieu.xlsx", sheets, {}).end == date(2025, 7, 11)


def test_a_form_without_an_event_is_dated_by_the_day_that_its_rows_must_bear():
    lots = [{"auction_date": "12/07/2025"}, {"auction_date": "30/06/2025"}, {"auction_date": "25/08/2025"}]
    told_by = read_file_date(feed("land_auction_pt"), "dau gia thang 7.csv", [raw_table(*lots)], {})
    assert (told_by.kind, told_by.source) == ("running", "rows")
    assert decide_effective_date(told_by.kind, told_by.start, told_by.end, D, told_by.days) == date(2025, 7, 12)
    announced = [{"auction_date": "12/07/2025", "announced_on": "16/06/2025"}]
    assert read_file_date(feed("land_auction_pt"), "dau gia.csv", [raw_table(*announced)], {}).end == date(2025, 6, 16)


def test_no_date_anywhere_is_said_so():
    nothing = dict.fromkeys(("received_at", "finished_at", "returned_at"))
    assert told(**nothing).kind is None
    assert told(received_at="31/06/2025", finished_at=None, returned_at=None).end is None
    assert read_file_date(feed(), "bieu.xlsx", [raw_table()], {}).kind is None


def test_an_answer_of_the_portal_is_dated_by_its_name_alone():
    portal = {"feed_id": "national_portal", "title": "(Số liệu đến ngày 10/07/2025)"}
    assert told(**portal, name="month-2025-06.json") == FileDate("month", date(2025, 6, 1), date(2025, 6, 30), "name")
    assert told(**portal, name="quarter-2025-3.json").end == date(2025, 9, 30)
    assert told(**portal, name="year-2025.json").start == date(2025, 1, 1)
    assert told(**portal, name="tra loi.json").kind is None


def test_the_range_of_a_pull_is_the_name_of_its_folder():
    pull = read_file_date(delta(), "20250701-20250713/page-0001.json", [raw_table(dossier())], {})
    assert (pull.kind, pull.start, pull.end) == ("range", date(2025, 7, 1), D)


@pytest.mark.parametrize(
    ("title", "name", "number"),
    [
        ("", "ho_so_tthc_06_2025.xlsx", 1),
        ("", "ho_so_tthc_06_2025 lần 2 FINAL.xlsx", 2),
        ("", "ho_so_tthc_06_2025_lan_3.xlsx", 3),
        ("", "ho_so_tthc_06_2025 (1).xlsx", 1),
        ("DANH SÁCH THÁNG 6 NĂM 2025 (lần thứ hai)", "ho_so_tthc_06_2025.xlsx", 2),
        ("DANH SÁCH THÁNG 6 NĂM 2025 (lần 2)", "ho_so_tthc_06_2025 lần 4.xlsx", 4),
    ],
)
def test_the_number_of_the_statement(title, name, number):
    assert told(title, name).statement_no == number


def test_a_cover_dates_tables_that_have_no_date_of_their_own():
    cover = RawTable("Bìa", make_empty_frame(["_row"]), title="Số liệu đến ngày 10/07/2025")
    bare, dated = (raw_table(dossier(), title=title) for title in ("", "(Số liệu đến ngày 05/07/2025)"))
    assert read_file_date(feed("procedures_vp"), "ho so.xlsx", [cover, bare], {}).end == date(2025, 7, 10)
    assert read_file_date(feed("procedures_vp"), "ho so.xlsx", [cover, dated], {}).end == date(2025, 7, 5)


def test_a_title_above_the_csv_of_hoa_binh_tells_before_its_name():
    found = told("DANH SÁCH HỒ SƠ (Số liệu đến ngày 10/07/2025)", "hoso_thang_06_2025.csv", "procedures_hb")
    assert (found.end, found.source) == (date(2025, 7, 10), "title")


@pytest.mark.parametrize(
    ("title", "name", "words"),
    [
        ("BÁO CÁO ƯỚC THỰC HIỆN ĐẾN 30/9/2025", "bieu_31082025.xlsx", "“ước thực hiện đến 30/9/2025”"),
        ("DANH SÁCH HỒ SƠ", "bao cao uoc thang 9 nam 2025.xlsx", "“ước tháng 9 năm 2025”"),
    ],
)
def test_an_estimate_is_refused_with_its_own_reason(title, name, words):
    with pytest.raises(BlockedFile) as refused:
        told(title, name)
    assert refused.value.rule == "only_estimated"
    assert words in refused.value.message_vi


@pytest.mark.parametrize(
    ("title", "name", "words"),
    [
        ("BÁO CÁO KỲ 1 THÁNG 7 NĂM 2025", "bieu_13072025.xlsx", "“kỳ 1 tháng 7 năm 2025”"),
        ("BÁO CÁO THÁNG 7", "bieu.xlsx", "“tháng 7”"),
        ("DANH SÁCH HỒ SƠ", "bao cao tuan 2 thang 7 nam 2025.xlsx", "“tuần 2 tháng 7 năm 2025”"),
    ],
)
def test_a_period_that_is_named_and_not_read_blocks_the_file(title, name, words):
    with pytest.raises(BlockedFile) as refused:
        told(title, name)
    assert refused.value.rule == "period_unread"
    assert words in refused.value.args[0]
    assert "dd/mm/yyyy" in str(vars(refused.value))


def test_a_period_without_a_year_has_that_of_another_sheet_or_of_the_name():
    assert told("BÁO CÁO THÁNG 6", "bieu_2025.xlsx").end == date(2025, 6, 30)
    first, second = (replace(raw_table(dossier()), title=title) for title in ("THÁNG 6", "THÁNG 5 NĂM 2025"))
    both = [first, second]
    assert read_file_date(feed(), "bieu.xlsx", both, {}).end == date(2025, 6, 30)
    filedate = read_file_date(feed(), "bieu.xlsx", both, {})
    assert find_sheet_days(feed(), both, filedate) == [date(2025, 6, 30), date(2025, 5, 31)]


def test_what_a_layout_teaches_dates_a_file():
    known = feed()
    taught = replace(known, layout=known.layout.model_copy(update={"periods": {"kỳ 1 tháng": "đến ngày 15 tháng"}}))
    table = replace(raw_table(dossier()), title="BÁO CÁO KỲ 1 THÁNG 7 NĂM 2025")
    assert read_file_date(taught, "bieu.xlsx", [table], {}).end == date(2025, 7, 15)
    assert find_sheet_days(taught, [table], read_file_date(taught, "bieu.xlsx", [table], {})) == [date(2025, 7, 15)]


def test_a_refusal_quotes_the_words_of_the_file_beside_what_the_layout_teaches():
    known = feed()
    taught = replace(known, layout=known.layout.model_copy(update={"periods": {"kỳ cuối": "quý 4"}}))
    table = replace(raw_table(dossier()), title="BÁO CÁO KỲ CUỐI")  # no year anywhere
    with pytest.raises(BlockedFile) as refused:
        read_file_date(taught, "bieu.xlsx", [table], {})
    assert "“kỳ cuối” (bố cục dạy: “kỳ cuối” là “quý 4”)" in refused.value.message_vi
    assert refused.value.words == ("kỳ cuối",)


@pytest.mark.parametrize(
    ("title", "as_of", "effective"),
    [
        ("6 THÁNG ĐẦU NĂM 2025", date(2026, 1, 5), date(2025, 6, 30)),
        ("TUẦN 28 NĂM 2025", date(2025, 7, 11), date(2025, 7, 11)),
        ("TUẦN 29 NĂM 2025", D, None),
        ("(01/07 – 31/07/2025)", D, None),
        ("QUÝ III NĂM 2025", D, D),
    ],
)
def test_a_statement_after_the_day_of_the_night_waits(title, as_of, effective):
    found = told(title)
    assert decide_effective_date(found.kind, found.start, found.end, as_of) == effective


@pytest.mark.parametrize(
    ("title", "name", "end"),
    [
        ("BIỂU TIẾN ĐỘ NĂM 2025", "GPMB tháng 6.xlsx", date(2025, 6, 30)),
        ("BIỂU TIẾN ĐỘ NĂM 2025", "T5/bieu.xlsx", date(2025, 5, 31)),
        ("GIẢI NGÂN KẾ HOẠCH VỐN NĂM 2025", "quý II.xlsx", date(2025, 6, 30)),
        ("(Kèm theo Báo cáo số 31/BC-VP ngày 04/7/2025)", "tháng 6.xlsx", date(2025, 6, 30)),
    ],
)
def test_a_name_without_a_year_has_that_of_the_title(title, name, end):
    found = told(title, name)
    assert (found.end, found.source) == (end, "name")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("KẾ HOẠCH VỐN NĂM 2024, 2025", "tháng 6.xlsx"),  # of which year?
        ("GIẢI NGÂN KẾ HOẠCH VỐN NĂM 2025", "tháng 1.xlsx"),  # the plan of 2025 is paid in January 2026, too
        ("(Kèm theo Báo cáo số 31/BC-VP ngày 04/7/2025)", "tháng 8.xlsx"),  # no paper tells of what comes
        ("BIỂU TIẾN ĐỘ NĂM 2025", "bieu_01_2024.xlsx"),
        ("BIỂU TIẾN ĐỘ NĂM 2025", "bieu den 30-6.xlsx"),
        ("BIỂU GIẢI NGÂN (đến ngày 15/1)", "ke hoach von 2025.xlsx"),
    ],
)
def test_a_name_and_a_title_that_do_not_make_one_period_are_refused(title, name):
    with pytest.raises(BlockedFile) as refused:
        told(title, name)
    assert refused.value.rule == "period_unread"


def test_a_title_of_two_plans_leaves_the_date_to_the_rows():
    assert told("KẾ HOẠCH VỐN NĂM 2024, 2025").source == "rows"


def test_a_sheet_named_by_its_period_gives_its_rows_that_period():
    both = [raw_table(dossier(), sheet=name, title="BIỂU TIẾN ĐỘ") for name in ("T6-2025", "T5-2025")]
    filedate = read_file_date(feed(), "bieu.xlsx", both, {})
    assert (filedate.kind, filedate.end) == ("month", date(2025, 6, 30))
    assert find_sheet_days(feed(), both, filedate) == [date(2025, 6, 30), date(2025, 5, 31)]


def test_sheets_named_by_months_have_the_year_of_the_titles_or_of_the_file():
    names = ("Tháng 6", "Tháng 5")
    titled = [raw_table(dossier(), sheet=name, title="BIỂU TIẾN ĐỘ NĂM 2025") for name in names]
    assert read_file_date(feed(), "bieu.xlsx", titled, {}).end == date(2025, 6, 30)
    bare = [raw_table(dossier(), sheet=name) for name in names]
    filedate = read_file_date(feed(), "bieu 20.6.2025.xlsx", bare, {})
    assert filedate.end == date(2025, 6, 20)
    assert find_sheet_days(feed(), bare, filedate) == [date(2025, 6, 20), date(2025, 5, 31)]
    two_plans = [raw_table(dossier(), sheet=name, title="VỐN NĂM 2024, 2025") for name in names]
    with pytest.raises(BlockedFile):
        read_file_date(feed(), "bieu.xlsx", two_plans, {})


def test_a_sheet_of_an_old_name_does_not_date_a_file_that_says_its_day():
    one = [raw_table(dossier(), sheet="Tháng 5", title="(Số liệu đến ngày 10/07/2025)")]
    filedate = read_file_date(feed(), "bieu.xlsx", one, {})
    assert find_sheet_days(feed(), one, filedate) == [date(2025, 7, 10)]


def test_a_title_without_a_year_has_that_of_the_name_of_its_sheet():
    both = [raw_table(dossier(), sheet=name, title="THÁNG 6") for name in ("2025", "2024")]
    filedate = read_file_date(feed(), "bieu.xlsx", both, {})
    assert find_sheet_days(feed(), both, filedate) == [date(2025, 6, 30), date(2024, 6, 30)]
