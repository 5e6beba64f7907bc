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
    assert table.frame["commune"].tolist() == ["Cao Dương\n(cũ)"]
    assert table.frame["_row"].tolist() == [4]


def make_page(body: str, head: str = "") -> str:
    """A page whose tables hold the header and data, their lines of text outside of them."""
    return f'<html><head><meta charset="utf-8"><title>ĐVT: tỷ đồng</title>{head}</head><body>{body}</body></html>'


def make_table(*rows: str, inside: str = "") -> str:
    return f"<table>{inside}{HEADER}{''.join(rows)}</table>"


@pytest.mark.parametrize(
    "line",
    [
        "<p>Đơn vị tính: triệu đồng</p>",
        "<h1>BIỂU 3</h1>Đơn vị tính: triệu đồng",
        "<div><center><font size=2><b>Đơn vị</b> tính: <span>triệu\n đồng</span></font></center></div>",
        "<p>BIỂU 3<br>ĐVT: triệu đồng<!-- ĐVT: nghìn đồng --></p><script>var a = 'ĐVT: đồng'</script>",
        "<p>ĐVT: triệu đồng</p><p style='display: none'>ĐVT: nghìn đồng</p><div hidden><p>ĐVT: đồng</p></div>",
        "<pre>BIỂU 3\nĐVT: triệu đồng\n</pre>",
        "<p>ĐVT: <s>nghìn đồng</s> triệu đồng</p>",
    ],
)
def test_the_lines_above_a_table_are_its_heading(line: str) -> None:
    table = read(make_page(f"{line}<p>(Số liệu đến ngày 15/01/2025)</p>{make_table(*ROWS)}<p>Người lập biểu</p>"))
    assert table.unit_phrases == ("triệu đồng",)
    assert table.title.endswith("(Số liệu đến ngày 15/01/2025)")
    assert table.frame["project_code"].tolist() == ["7300000", "7300001"]


@pytest.mark.parametrize(
    "inside", ["<caption>Biểu 3<br>ĐVT: triệu đồng</caption>", "ĐVT: triệu đồng", "<p>ĐVT: triệu đồng</p>"]
)
def test_what_stands_in_a_table_but_in_no_cell_stands_above_it(inside: str) -> None:
    table = read(make_page(make_table(*ROWS, inside=inside)))
    assert table.unit_phrases == ("triệu đồng",)
    assert len(table.frame) == 2


def test_tables_under_units_of_their_own_are_sheets_of_their_own() -> None:
    first, second = (make_table(row) for row in ROWS)
    head = "<h2>Số liệu đến ngày 15/01/2025</h2>"
    content = make_page(f"{head}<p>ĐVT: triệu đồng</p>{first}<p>ĐVT: tỷ đồng</p>{second}")
    tables = readers.read(content.encode(), "kb.xls", HTML)
    assert [(one.sheet, one.unit_phrases, len(one.frame)) for one in tables] == [
        ("bảng 1", ("triệu đồng",), 1),
        ("bảng 2", ("tỷ đồng",), 1),
    ]
    assert all("15/01/2025" in one.title for one in tables)
    # A page of a long table repeats the header and says no other unit.
    table = read(make_page(f"<p>ĐVT: triệu đồng</p>{first}<p>Trang 2</p>{second}"))
    assert table.unit_phrases == ("triệu đồng",)
    assert table.frame["project_code"].tolist() == ["7300000", "7300001"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("12,5<sup>2</sup>", "12,5"),
        ("<b>30</b><sup>(1)</sup>", "30"),
        ("30<span style='vertical-align:super'>a</span> ", "30"),
        ("15/01/2025<sup>1, 2</sup>", "15/01/2025"),
        ("10<sup>6</sup>", "10^6"),
        ("12<sup>1</sup>/<sub>2</sub>", "12¹/₂"),
        ("<s>900</s>1.200", "1.200"),
        ("<del>900</del> <ins>1.200</ins>", " 1.200"),
        ("<span style='text-decoration: line-through'>900</span>1.200", "1.200"),
        ("<span class=cu>900</span>1.200", "1.200"),
        ("<span class='an x'>7</span>1.200<span style='mso-hide:all'>5</span>", "1.200"),
    ],
)
def test_marks_of_notes_and_struck_text_are_no_part_of_a_figure(cell: str, text: str) -> None:
    style = "<style><!-- td, .cu{text-decoration:line-through;} .an, p.b{display:none} @media screen{.x{}} --></style>"
    content = make_page(make_table(f"<tr><td>1</td><td>7300000</td><td>Kè</td><td>Cao Dương</td><td>{cell}</td></tr>"))
    content = content.replace("</head>", f"{style}</head>")
    assert read(content).frame["households"].tolist() == [text]


def test_raised_letters_in_headers_and_units() -> None:
    header = HEADER.replace("Số hộ</th>", "Số hộ<sup>(1)</sup></th><th>Diện tích (m<sup>2</sup>)</th>")
    body = f"<p>ĐVT: 10<sup>6</sup> đồng</p><table>{header}{ROWS[0].replace('</tr>', '<td>5</td></tr>')}</table>"
    table = read(make_page(body))
    assert table.unit_phrases == ("10^6 đồng",)
    assert table.frame["households"].tolist() == ["1.234"]
    assert table.header_units["area_ha"] == "m²"


def test_hidden_rows_cells_and_tables_are_not_read() -> None:
    hidden = ROWS[1].replace("<tr>", "<tr style='display:none'>")
    ghost = ROWS[0].replace("<td>7300000", "<td style='display:none'>x</td><td>7300000")
    group = f"<tbody hidden>{ROWS[1]}</tbody>"
    other = f"<div style='display:none'>{make_table(ROWS[1])}</div>"
    table = read(make_page(f"{other}{make_table(hidden, ghost, group)}"))
    assert table.frame["project_code"].tolist() == ["7300000"]
    assert table.frame["households"].tolist() == ["1.234"]


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
