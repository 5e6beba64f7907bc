"""HTML tables, as the Treasury saves them under the name .xls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import Finding, RawTable
from dagster_project.simulate.tcvn3 import encode as encode_tcvn3
from tests.support.kits.reader_kit import SPEC

HTML = replace(SPEC, kind="html_table")
META = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>'
HEADING = "<tr><td>KHO BẠC NHÀ NƯỚC</td></tr><tr><td>(Số liệu đến ngày 15/01/2025)</td></tr><tr><td>ĐVT: đồng</td></tr>"
HEADER = "<tr><th>STT</th><th>Mã dự án</th><th>Tên dự án</th><th>Xã/<br>Phường</th><th>Số hộ</th></tr>"
ROWS = [
    "<tr><td>1</td><td>7300000</td><td>Hồ &amp; đập</td><td>Thị trấn Hàng Trạm</td><td>1.234</td></tr>",
    "<tr><td>2</td><td>7300001</td><td> </td><td>Xã Cao\u00a0Dương</td><td>187 781</td></tr>",
]
TOTAL = "<tr><td></td><td>Tổng cộng</td><td></td><td></td><td>189.015</td></tr>"


def page(*rows: str) -> str:
    return f'{META}<table border="1">{HEADING}{HEADER}{"".join(rows)}</table></body></html>'


def read(content: str | bytes, name: str = "kb.xls", spec: readers.ReadSpec = HTML) -> RawTable:
    tables = readers.read(content if isinstance(content, bytes) else content.encode(), name, spec)
    assert len(tables) == 1
    return tables[0]


def test_a_line_break_in_a_cell_parts_words() -> None:
    header = HEADER.replace("Mã dự án", "Mã<br/>dự án").replace("Tên dự án", "<p>Tên</p><p>dự án</p>")
    assert header != HEADER
    table = read(page(*ROWS).replace(HEADER, header))
    assert table.frame["project_code"].tolist() == ["7300000", "7300001"]
    assert table.unknown_headers == []


def test_rows_of_a_saved_page() -> None:
    table = read(page(*ROWS, TOTAL))
    assert table.frame["project_code"].tolist() == ["7300000", "7300001"]
    assert table.frame["project_name"].tolist() == ["Hồ & đập", " "]
    assert table.frame["households"].tolist() == ["1.234", "187 781"]
    assert table.frame["_row"].tolist() == [5, 6]
    assert table.not_data["kind"].tolist() == ["heading", "heading", "heading", "header", "total"]
    assert table.unit_phrases == ("đồng",)
    assert table.totals[["households", "_from_row", "_to_row"]].to_numpy().tolist() == [["189.015", 5, 6]]
    assert table.rows_read == 7
    assert table.findings == []


def test_spans_nested_tables_and_several_tables() -> None:
    header = "<tr><th rowspan=2>STT<th rowspan=2>Mã dự án<th colspan=2>Địa điểm</tr><tr><th>Xã/Phường<th>Số hộ</tr>"
    nested = "<tr><td>1<td>7300000<td>Cao Dương<table><tr><td>(cũ)</td></tr></table></td><td>5</tr>"
    table = read(f"<html><table><tr><td>TIÊU ĐỀ</table><table>{header}{nested}</table></html>")
    assert table.frame["households"].tolist() == ["5"]
    assert table.frame["commune"].tolist() == ["Cao Dương(cũ)"]
    assert table.frame["_row"].tolist() == [4]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (encode_tcvn3(f"<html><table>{HEADER}{ROWS[0]}</table></html>"), "tcvn3"),
        (f"<html><table>{HEADER}{ROWS[0]}</table></html>".encode("utf-8-sig"), "tcvn3"),
        (page(ROWS[0]).encode(), "tcvn3"),
    ],
)
def test_the_charset_of_the_page_goes_before_the_layouts(content: bytes, encoding: str) -> None:
    assert read(content, spec=replace(HTML, encoding=encoding)).frame["commune"].tolist() == ["Thị trấn Hàng Trạm"]


def test_the_name_xls_is_right_only_for_offices_that_send_html() -> None:
    assert read(page(*ROWS), spec=replace(HTML, kind="xlsx")).findings == [Finding("wrong_extension", value=".xls")]


@pytest.mark.parametrize(
    ("content", "rule", "says"),
    [
        (page(*ROWS)[: page(*ROWS).index("Cao")], "unreadable", "bảng HTML bị cắt cụt"),
        ("<html><body>Hết phiên làm việc</body></html>", "unreadable", "là trang HTML không có bảng số liệu"),
        (page(*ROWS).replace("Mã dự án", "Mã DA"), "missing_column", "“Mã dự án”. Tiêu đề tìm thấy: “STT”, “Mã DA”"),
        ("<table><tr><td>a<td>b</tr></table>", "missing_column", "không có dòng tiêu đề nào"),
        (page(*ROWS).encode("utf-16-le")[:50], "unreadable", "Tệp không đọc được"),
        (b"<html>charset=utf-8<table><tr><td>\xb7</table>", "unreadable", "bảng mã utf-8"),
    ],
)
def test_pages_that_cannot_be_used(content: str | bytes, rule: str, says: str) -> None:
    with pytest.raises(BlockedFile) as caught:
        read(content)
    assert caught.value.rule == rule
    assert says in caught.value.message_vi
