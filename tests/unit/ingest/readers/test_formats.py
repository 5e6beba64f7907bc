"""What is particular to a format: spans, hidden sheets, repeated cells, and the names of what is not read."""

from __future__ import annotations

import pytest

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import Finding, RawTable
from tests.support.kits import format_kit as kit
from tests.support.kits.reader_kit import HEADERS, SPEC, data_row


def read(content: bytes, name: str) -> list[RawTable]:
    return readers.read(content, name, SPEC)


def blocked(content: bytes, name: str = "a.xlsx") -> BlockedFile:
    with pytest.raises(BlockedFile) as caught:
        read(content, name)
    assert caught.value.remedy_vi
    return caught.value


ROWS = [data_row(1), data_row(2, c3=None), data_row(3)]
COMMUNES = ["Phường Việt Trì"] * 3


def communes(table: RawTable) -> list[object]:
    return table.frame["commune"].tolist()


def test_a_commune_merged_downwards_holds_for_the_rows_below_in_every_format() -> None:
    merged = kit.write_xls([HEADERS, *ROWS], [(1, 2, 3, 3)])
    assert communes(read(merged, "a.xls")[0]) == COMMUNES
    xml = kit.write_spreadsheetml([HEADERS, *ROWS]).decode()
    second = xml.index("<Cell/>")
    xml = xml[:second] + xml[second:].replace("<Cell/><Cell>", '<Cell ss:Index="5">', 1)
    at = xml.index('<Cell><Data ss:Type="String">Phường Việt Trì')
    xml = xml[:at] + '<Cell ss:MergeDown="1">' + xml[at + len("<Cell>") :]
    assert communes(read(xml.encode(), "a.xml")[0]) == COMMUNES
    cell = '<table:table-cell office:value-type="string"><text:p>Phường Việt Trì'
    lines = kit.write_odf_rows([HEADERS, *ROWS]).replace("<table:table-cell/>", "<table:covered-table-cell/>")
    lines = lines.replace(
        cell, cell.replace("<table:table-cell ", '<table:table-cell table:number-rows-spanned="2" '), 1
    )
    assert communes(read(kit.write_odf_content(lines, "document").encode(), "a.fods")[0]) == COMMUNES
    page = kit.write_html([HEADERS, *ROWS]).replace("<td>Phường Việt Trì", "<td rowspan=2>Phường Việt Trì", 1)
    at = page.index("<td></td>")
    assert communes(read((page[:at] + page[at + 9 :]).encode(), "a.html")[0]) == COMMUNES
    table = kit.write_word_table([HEADERS, *ROWS])
    start = "<w:tc><w:p><w:r><w:t>Phường Việt Trì"
    table = table.replace(start, start.replace("<w:tc>", '<w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr>'), 1)
    empty = "<w:tc><w:p><w:r><w:t></w:t>"
    table = table.replace(empty, empty.replace("<w:tc>", "<w:tc><w:tcPr><w:vMerge/></w:tcPr>"), 1)
    assert communes(read(kit.wrap_docx(table), "a.docx")[0]) == COMMUNES


def test_a_header_over_several_columns_in_word() -> None:
    spanned = '<w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr><w:p><w:r><w:t>Dự án</w:t></w:r></w:p></w:tc>'
    above = kit.write_word_table([["STT", "Nơi làm", "Ngày báo cáo", "Diện tích (ha)", "Số hộ"]])
    above = above.replace("<w:tc><w:p><w:r><w:t>Nơi", spanned + "<w:tc><w:p><w:r><w:t>Nơi").removesuffix("</w:tbl>")
    below = kit.write_word_table([[None, "Mã dự án", "Tên dự án", "Xã/Phường", None, None, None], *ROWS])
    (table,) = read(kit.wrap_docx(above + below.removeprefix("<w:tbl>")), "a.docx")
    assert table.frame["project_code"].tolist() == ["7100501", "7100502", "7100503"]
    assert table.unknown_headers == []


def test_tables_of_a_report_in_word() -> None:
    """Words above and below, a table that goes on, another form, deleted text, and the table of signatures."""
    other = [["Nội dung", "Kỳ trước", "Kỳ này"], ["Họp", "1", "2"]]
    content = kit.write_docx(
        [["SỞ XÂY DỰNG", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"]], "BÁO CÁO", "(Số liệu đến ngày 09/07/2025)", other,
        "Biểu 2. ĐVT: triệu đồng", [HEADERS, data_row(1)], [data_row(2)], "Ghi chú: tạm tính",
        [["Lập biểu", "Giám đốc"]],
    )  # fmt: skip
    tables = read(content, "bao_cao.docx")
    (table,) = [one for one in tables if not one.is_heading]
    assert table.frame["project_code"].tolist() == ["7100501", "7100502"]
    assert table.unit_phrases == ("triệu đồng",)
    assert "(Số liệu đến ngày 09/07/2025)" in table.title
    found = [finding for one in tables for finding in one.findings]
    assert found == [Finding("unread_table", value="bảng 1"), Finding("word_document")]
    deleted = kit.write_word_table([HEADERS, data_row(1)]).replace(
        "<w:t>Dự án số 1</w:t>",
        "<w:t>Kè</w:t></w:r><w:del><w:r><w:delText>Dự án</w:delText></w:r></w:del><w:r><w:t> Lô</w:t>",
    )
    assert read(kit.wrap_docx(deleted), "a.docx")[0].frame["project_name"].tolist() == ["Kè Lô"]


@pytest.mark.parametrize(
    ("look", "shown"),
    [
        ("<w:vanish/>", ["1.200"]),
        ("<w:strike/>", ["1.200"]),
        ('<w:dstrike w:val="true"/>', ["1.200"]),
        ('<w:strike w:val="0"/><w:b/>', ["1.2009"]),
        ('<w:vertAlign w:val="superscript"/>', ["1.200"]),
        ('<w:vertAlign w:val="subscript"/>', ["1.200₉"]),
    ],
)
def test_letters_that_are_hidden_struck_out_or_raised_in_word(look: str, shown: list[str]) -> None:
    special = f"</w:t></w:r><w:r><w:rPr>{look}</w:rPr><w:t>9"
    table = kit.write_word_table([HEADERS, data_row(1, c6="1.200")]).replace("1.200", f"1.200{special}")
    assert read(kit.wrap_docx(table), "a.docx")[0].frame["households"].tolist() == shown


def test_raised_letters_above_a_table_and_hidden_rows_in_word() -> None:
    line = '<w:p><w:r><w:t>ĐVT: 10</w:t></w:r><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>6</w:t></w:r>'
    table = kit.write_word_table([HEADERS, data_row(1), data_row(2)])
    last = table.rindex("<w:tr>") + len("<w:tr>")
    table = f"{table[:last]}<w:trPr><w:hidden/></w:trPr>{table[last:]}"
    (read_table,) = read(kit.wrap_docx(f"{line}<w:r><w:t> đồng</w:t></w:r></w:p>{table}"), "a.docx")
    assert read_table.unit_phrases == ("10^6 đồng",)
    assert read_table.frame["project_code"].tolist() == ["7100501"]


def test_a_web_archive_with_lines_of_text() -> None:
    page = kit.write_html([HEADERS, data_row(1)])
    table = page[page.index("<table>") : page.index("</body>")]
    page = page.replace(table, f"<p>ĐVT: triệu đồng</p>{table}<p>ĐVT: tỷ đồng</p>{table}")
    tables = read(kit.write_mht({"a.htm": page.encode()}), "a.mht")
    assert [(one.sheet, one.unit_phrases) for one in tables] == [
        ("trang 1", ("triệu đồng",)),
        ("trang 1 (bảng 2)", ("tỷ đồng",)),
    ]


def test_hidden_sheets_and_formulas_of_xml_workbooks() -> None:
    hidden = "<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions>"
    xml = kit.write_spreadsheetml([HEADERS, data_row(1)]).decode()
    sheet = xml[xml.index("<Worksheet") : xml.index("</Workbook>")]
    secret = sheet.replace("Biểu 1", "Nháp").replace("</Worksheet>", f"{hidden}</Worksheet>")
    both = xml.replace("</Workbook>", f"{secret}</Workbook>").replace(
        '<Cell><Data ss:Type="Number">10<', '<Cell ss:Formula="=5*2"><Data ss:Type="Number">10<', 1
    )
    (table,) = read(both.encode(), "a.xml")
    assert table.findings == [Finding("formula_cell", 2, "households"), Finding("hidden_sheet", value="Nháp")]
    style = '<style:style style:name="ta9"><style:table-properties table:display="false"/></style:style>'
    lines = kit.write_odf_rows([HEADERS, data_row(1)])
    content = kit.write_odf_content(lines, "document", style).replace(
        "</office:spreadsheet>",
        f'<table:table table:name="Nháp" table:style-name="ta9">{lines}</table:table></office:spreadsheet>',
    )
    (table,) = read(content.encode(), "a.fods")
    assert table.findings == [Finding("hidden_sheet", value="Nháp")]


def test_repeated_cells_of_opendocument() -> None:
    lines = kit.write_odf_rows([HEADERS, data_row(1)])
    cells = '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    blank = f'<table:table-row table:number-rows-repeated="1048000">{cells}'
    (table,) = read(kit.write_odf_content(lines + blank, "document").encode(), "a.fods")
    assert len(table.frame) == 1
    full = blank.replace("/></table:table-row>", ' office:value-type="float" office:value="1"/></table:table-row>')
    assert "quá mức" in blocked(kit.write_odf_content(lines + full, "document").encode(), "a.fods").message_vi


def test_a_web_archive_of_several_sheets() -> None:
    sheets = "".join(
        f'<x:ExcelWorksheet><x:Name>{name}</x:Name><x:WorksheetSource HRef="a_files/{page}"/>{more}</x:ExcelWorksheet>'
        for name, page, more in (("Biểu 1", "s1.htm", ""), ("Nháp", "s2.htm", "<x:Visible>SheetHidden</x:Visible>"))
    )
    page = kit.write_html([HEADERS, data_row(1)]).encode()
    pages = {
        "file:///C:/a.htm": f"<html><meta charset=utf-8><xml>{sheets}</xml><frameset></frameset></html>".encode(),
        "file:///C:/a_files/s1.htm": page,
        "file:///C:/a_files/s2.htm": page,
        "file:///C:/a_files/tabstrip.htm": b"<table><tr><td>Bieu 1</td></tr></table>",
    }
    (table,) = read(kit.write_mht(pages), "a.mht")
    assert table.sheet == "Biểu 1"
    assert table.findings == [Finding("hidden_sheet", value="Nháp")]
    assert read(kit.write_mht(pages), "a.xls")[0].findings[-1] == Finding("wrong_extension", value=".xls")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (kit.write_docx("Kính gửi: Sở Xây dựng", "Báo cáo không có bảng."), "là tệp Word không có bảng"),
        (kit.wrap_ole({"WordDocument": b"", "1Table": b""}), "là tệp Word cũ (.doc)"),
        (kit.wrap_ole({"1Table": b"", "PowerPoint Document": b""}), "là tệp trình chiếu PowerPoint"),
        (kit.zip_parts({"ppt/presentation.xml": ""}), "là tệp trình chiếu PowerPoint"),
        (kit.zip_parts({"mimetype": kit.ODS.replace("spreadsheet", "text"), "content.xml": ""}), "là văn bản Open"),
        (kit.zip_parts({"so_lieu.csv": "a"}), "là tệp nén"),
        (b"%PDF-1.7 ...", "là tệp PDF"),
        (b"Rar!\x1a\x07", "là tệp nén RAR"),
        (b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nXin chao", "là trang web lưu trữ (.mht) không có bảng"),
        (kit.write_fods([HEADERS])[:-40], "cắt cụt"),
        (kit.write_spreadsheetml([HEADERS])[:500], "cắt cụt"),
        (kit.zip_parts({"word/document.xml": "<w:document>"}), "cắt cụt"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_named_for_what_it_is(content: bytes, what: str) -> None:
    fault = blocked(content)
    assert fault.rule == "unreadable"
    assert what in fault.message_vi


def test_an_opendocument_sheet_behind_a_password() -> None:
    manifest = {"META-INF/manifest.xml": "<manifest:encryption-data/>"}
    assert blocked(kit.zip_parts({"mimetype": kit.ODS, "content.xml": "?", **manifest}), "a.ods").rule == "encrypted"


def test_a_text_that_ends_in_the_middle_of_a_letter() -> None:
    content = kit.write_csv([HEADERS, *ROWS]).encode()
    cut = content[: content.index("ệt Trì".encode()) + 1]
    assert "cắt cụt giữa một chữ" in blocked(cut, "a.csv").message_vi
    assert "cắt cụt giữa một chữ" in blocked(b"\xef\xbb\xbf" + cut, "a.csv").message_vi
