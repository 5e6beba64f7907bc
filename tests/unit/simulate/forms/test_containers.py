"""The forms in which a workbook is saved: every cell again, at its place, read by libraries that know the form."""

from __future__ import annotations

import email
import io
import zipfile
from datetime import date, datetime

import pytest
import python_calamine
from lxml import etree, html

from dagster_project.simulate.forms import containers
from dagster_project.simulate.forms.containers import Page

ROWS = [
    ["SỞ TÀI CHÍNH", "", "CỘNG HÒA", ""],
    ["", "", "", ""],
    ["STT", "Mã dự án", "Số tiền", "Ngày"],
    [1.0, "DA & <1>", 1234567.5, date(2025, 7, 13)],
    [2.0, " hai  khoảng ", 12.0, datetime(2025, 7, 9, 8, 30)],
    ["", "Ghi chú", "", ""],
]
PAGE = Page("Biểu 1", ROWS, [((2, 1), (3, 1))], 2, 5)


@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_packed_workbooks_hold_every_cell(ending):
    book = python_calamine.load_workbook(io.BytesIO(containers.WRITERS[ending]([PAGE, PAGE])))
    assert len(book.sheet_names) == 2
    rows = book.get_sheet_by_index(1).to_python(skip_empty_area=False)
    days = (45851.0, 45847.354166666664) if ending == "xls" else (date(2025, 7, 13), datetime(2025, 7, 9, 8, 30))
    assert rows[0][:3] == ["SỞ TÀI CHÍNH", "", "CỘNG HÒA"]
    assert rows[3] == [1.0, "DA & <1>" if ending == "xls" else rows[3][1], 1234567.5, days[0]]
    assert rows[4] == [2.0, " hai  khoảng ", 12.0, pytest.approx(days[1]) if ending == "xls" else days[1]]


def test_flat_sheets_say_kind_and_place_of_each_cell():
    flat = etree.fromstring(containers.write_fods([PAGE]))
    cells = [list(cell.attrib.values()) for cell in flat.iter("{*}table-cell")]
    assert ["float", "1234567.5"] in cells
    assert ["date", "2025-07-09T08:30:00"] in cells
    old = etree.fromstring(containers.write_spreadsheetml([PAGE]))
    assert [one.text for one in old.iter("{*}Data")][-1] == "Ghi chú"
    merged = next(one for one in old.iter("{*}Cell") if any(name.endswith("MergeDown") for name in one.attrib))
    assert merged[0].text == "Mã dự án"


def test_pages_and_documents_hold_vietnamese_texts():
    archive = email.message_from_bytes(containers.write_mht([PAGE], "base64"))
    page = next(part for part in archive.walk() if part.get_content_type() == "text/html").get_payload(decode=True)
    table = html.document_fromstring(page.decode())
    row = [cell.text_content() for cell in list(table.iter("tr"))[3]]
    assert row == ["1", "1.234.567,5", "13/07/2025"]  # its second cell is covered by the one above
    assert "1.234.567,5" in containers.write_html([PAGE]).decode()
    with zipfile.ZipFile(io.BytesIO(containers.write_docx([PAGE]))) as document:
        body = etree.fromstring(document.read("word/document.xml"))
    tables = [list(table.iter("{*}tr")) for table in body.iter("{*}tbl")]
    assert [len(table) for table in tables] == [1, 3]
    assert containers.find_word_row(PAGE, 3) == 2  # the blank row above the table is gone
