"""The offices' workbooks in miniature: whose a gap is, by when, hostile words, what an early version has not."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
from openpyxl import load_workbook

from dagster_project.core.paths import Home
from dagster_project.explain.owners import find_next_delivery, make_office_slug, make_owner_lists
from dagster_project.extracts.workbook.owners import write_owners
from tests.support.marts.tiny_marts import AS_OF, write_marts

HOSTILE = '=HYPERLINK("http://x","y")'
COLUMNS = """(
    gap_id, feed_id, area, commune_code, period, kind, severity, measure, rows_affected, first_seen, last_seen, state,
    who_fixes, what_to_do_vi, detail
)"""
EXTRA = f"""
drop table marts.fct_dossier; -- an early version has not all tables
alter table marts.data_gap add column detail varchar;
create table marts.source_file (
    feed_id varchar, area varchar, batch_id varchar, file varchar, sha256 varchar, domain varchar, data_date date,
    period varchar, state varchar, is_superseded boolean, blocked_rule varchar, blocked_message_vi varchar
);
create table marts.control_total (
    feed_id varchar, file varchar, scope varchar, measure varchar, stated double, computed double, difference double,
    is_equal boolean, batch_id varchar
);
insert into marts.source_file values
    ('housing_pt', 'pt', 'b1', '{HOSTILE}.xlsx', 'ab', 'housing', null, null, 'blocked', false, 'unreadable',
     '{HOSTILE}' || chr(7) || repeat('x', 40000)),
    ('site_clearance_pt', 'pt', 'b2', '+cmd.xlsx', 'cd', 'site_clearance', date '2025-07-09', '2025-07-09', 'accepted',
     false, null, null);
insert into marts.control_total values
    ('site_clearance_pt', '+cmd.xlsx', 'file', 'area_to_recover_ha', 13.2, 13.25, -0.05, false, 'b2');
insert into marts.data_gap {COLUMNS} values
    ('h1aaaaaaa', 'housing_pt', 'pt', '07900', '2025-07', 'missing_unit', 'warning', 'report', null, date '2025-07-13',
     date '2025-07-13', 'open', 'UBND xã', '@SUM(A1)', 'commune 07900'),
    ('h2aaaaaaa', 'housing_pt', 'pt', null, null, 'blocked_file', 'error', 'unreadable', null, date '2025-07-13',
     date '2025-07-13', 'open', 'UBND xã', 'Gửi lại.', '{HOSTILE}.xlsx'),
    ('c1aaaaaaa', 'site_clearance_pt', 'pt', null, '2025-07-09', 'control_total', 'warning', 'area_to_recover_ha',
     null, date '2025-07-13', date '2025-07-13', 'open', 'Ban', 'Rà lại.', '+cmd.xlsx · file'),
    ('n1aaaaaaa', 'national_portal', null, '08707', '2025-06', 'missing_unit', 'warning', 'total_received', 1,
     date '2025-07-13', date '2025-07-13', 'open', 'Đầu mối', 'Kiểm tra.', 'commune 08707'),
    ('x1aaaaaaa', 'gone_feed', null, null, null, 'late', 'error', null, null, date '2025-07-13', date '2025-07-13',
     'open', 'Đơn vị của nguồn đã bỏ', 'Gửi.', '');
"""


@pytest.fixture
def marts(tmp_path):
    with duckdb.connect(str(write_marts(tmp_path / "published.duckdb", extra=EXTRA)), read_only=True) as connection:
        yield connection


def test_a_gap_is_the_sender_s_the_named_office_s_or_the_commune_s(marts, tmp_path):
    lists = make_owner_lists(Home(tmp_path / "home"), marts, AS_OF)
    assert {owner.slug: [gap.gap_id for gap in owner.gaps] for owner in lists} == {
        "ban-boi-thuong-giai-phong-mat-bang-khu-vuc-phu-tho": ["c1aaaaaaa"],
        "don-vi-cua-nguon-da-bo": ["x1aaaaaaa"],
        "ubnd-cac-xa-phuong-khu-vuc-phu-tho": ["h2aaaaaaa"],
        "ubnd-phuong-viet-tri-07900": ["h1aaaaaaa"],
        "van-phong-ubnd-tinh-bo-phan-tong-hop-khu-vuc-vinh-phuc": ["g1"],
        "van-phong-ubnd-tinh-dau-moi-kiem-soat-thu-tuc-hanh-chinh": ["n1aaaaaaa"],
    }


def test_what_an_office_wrote_is_text_and_fits(marts, tmp_path):
    assert (
        write_owners(make_owner_lists(Home(tmp_path / "home"), marts, AS_OF), tmp_path / "out", "2025-07-13-aaaaaaaa")
        == 6
    )
    book = load_workbook(tmp_path / "out" / "ubnd-cac-xa-phuong-khu-vuc-phu-tho.xlsx")
    file, message = book["Tệp bị chặn"]["B4"], book["Tệp bị chặn"]["D4"]
    assert (file.value, file.data_type) == (f"{HOSTILE}.xlsx", "s")
    assert message.data_type == "s"
    assert 30_000 < len(message.value) < 32_767
    commune = load_workbook(tmp_path / "out" / "ubnd-phuong-viet-tri-07900.xlsx")
    assert (commune["Việc cần sửa"]["I4"].value, commune["Việc cần sửa"]["I4"].data_type) == ("@SUM(A1)", "s")
    rows = [row for sheet in (*book, *commune) for row in sheet.iter_rows()]
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "d"}


def test_it_says_what_by_when_and_how_much(marts, tmp_path):
    write_owners(make_owner_lists(Home(tmp_path / "home"), marts, AS_OF), tmp_path / "out", "2025-07-13-aaaaaaaa")
    totals = load_workbook(tmp_path / "out" / "ban-boi-thuong-giai-phong-mat-bang-khu-vuc-phu-tho.xlsx")
    summary = [cell.value for cell in totals["Tóm tắt"][4]]
    assert summary[1:7] == ["09/07/2025", "Lệch số tổng", "Cảnh báo", 1, "-", 1]
    assert summary[7].date() == date(2025, 7, 15)
    row = [cell.value for cell in totals["Số tổng lệch"][4]]
    assert row[1:7] == ["+cmd.xlsx", "cả tệp", "Diện tích phải thu hồi (ha)", 13.2, 13.25, -0.05]
    late = load_workbook(tmp_path / "out" / "don-vi-cua-nguon-da-bo.xlsx")
    assert late["Tóm tắt"]["H4"].value == "Ngay, đã quá hạn"
    assert late["Việc cần sửa"].freeze_panes == "A4"
    assert late["Việc cần sửa"].page_setup.orientation == "landscape"


def test_offices_whose_names_differ_by_marks_alone_have_each_a_file(tmp_path):
    path = write_marts(
        tmp_path / "two.duckdb",
        extra=EXTRA + f"insert into marts.data_gap {COLUMNS}"
        " select gap_id || feed_id, feed_id || 'y', area, null, period, kind, severity, measure, rows_affected,"
        " first_seen, last_seen, state, 'Don vi của nguồn đã bỏ', what_to_do_vi, detail"
        " from marts.data_gap where feed_id = 'gone_feed'",
    )
    with duckdb.connect(str(path), read_only=True) as two:
        slugs = [owner.slug for owner in make_owner_lists(Home(tmp_path / "home"), two, AS_OF)]
    assert {"don-vi-cua-nguon-da-bo", "don-vi-cua-nguon-da-bo-2"} <= set(slugs)


@pytest.mark.parametrize(
    ("cadence", "as_of", "by"),
    [
        ("nightly", "2025-07-13", "2025-07-14"),
        ("weekly", "2025-07-13", "2025-07-18"),
        ("weekly", "2025-07-18", "2025-07-25"),
        ("twice_monthly", "2025-07-14", "2025-07-15"),
        ("twice_monthly", "2025-07-15", "2025-07-31"),
        ("monthly", "2025-07-31", "2025-08-31"),
        ("monthly", "2026-02-10", "2026-02-28"),
    ],
)
def test_the_next_delivery_is_after_d(cadence, as_of, by):
    assert find_next_delivery(cadence, date.fromisoformat(as_of)) == date.fromisoformat(by)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Sở Tài chính, bộ phận Đầu tư", "so-tai-chinh-bo-phan-dau-tu"),
        ("../../etc/passwd", "etc-passwd"),
        ("…", "co-quan"),
        ("Ủy ban " * 40, "uy-ban-" * 12 + "uy-ban"),
    ],
)
def test_a_file_is_named_safely(name, file):
    assert make_office_slug(name) == file
