"""Workbooks: headers by name, rows by what they are, formulas, and files that must not be opened."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import date, datetime

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.normalise.data_dates import read_title
from dagster_project.ingest.readers import xlsx_guard
from dagster_project.ingest.readers.base import Finding, RawTable
from tests.support.kits.reader_kit import HEADERS, HEADING, SPEC, TAIL, data_row, sheet, with_part, workbook


def read(content: bytes, name: str = "gpmb.xlsx", spec: readers.ReadSpec = SPEC) -> RawTable:
    tables = readers.read(content, name, spec)
    assert len(tables) == 1
    return tables[0]


def kinds(table: RawTable) -> dict[int, str]:
    return dict(zip(table.not_data["_row"], table.not_data["kind"], strict=True))


def blocked(content: bytes, name: str = "gpmb.xlsx", spec: readers.ReadSpec = SPEC) -> BlockedFile:
    with pytest.raises(BlockedFile) as caught:
        readers.read(content, name, spec)
    assert caught.value.remedy_vi
    return caught.value


def test_heading_header_data_total_note_and_signature() -> None:
    rows = [
        ["1", "2", "3", "4", "5", "6=7/5", "7"],
        data_row(1),
        data_row(2),
        [None, "Tổng cộng", None, None, None, 3.0, 30],
    ]
    table = read(workbook(("GPMB", sheet(*rows))))
    assert table.frame["project_code"].tolist() == ["7100501", "7100502"]
    assert table.frame["_row"].tolist() == [7, 8]
    assert table.frame["households"].tolist() == [10.0, 20.0]
    assert kinds(table) == {
        1: "heading", 3: "heading", 4: "heading", 5: "header", 6: "column_numbers", 9: "total",
        11: "note", 12: "note", 13: "signature", 14: "signature", 15: "signature",
    }  # fmt: skip
    assert table.rows_read == 13
    assert table.unit_phrases == ("triệu đồng",)
    assert table.extra["plan_year"] == 2025
    assert "(Số liệu đến ngày 09/07/2025)" in table.title
    assert table.header_units == {"area_ha": "ha"}
    assert table.unknown_headers == []
    total = table.totals.iloc[0]
    assert (total["label"], total["households"], total["_from_row"], total["_to_row"]) == ("tổng cộng", 30.0, 7, 8)
    assert total["cells"] == ["Tổng cộng", 3.0, 30.0]


def test_cells_stay_what_they_are_and_empty_ones_are_none() -> None:
    when = datetime(2025, 7, 9, 16, 51)
    table = read(workbook(("S", sheet(data_row(1, c4=when, c5="1.234,5"), data_row(2, c2=None, c5=45847)))))
    assert table.frame["report_date"].tolist()[0] == when
    assert table.frame["area_ha"].tolist() == ["1.234,5", 45847.0]
    assert table.frame["project_name"].tolist() == ["Dự án số 1", None]


def test_columns_may_move_break_over_lines_and_be_new() -> None:
    headers = ["Số hộ", "Xã/\nPhường", "STT", "Cán bộ", "MÃ\nDỰ ÁN", "Diện tích\n(ha)", None]
    rows = [headers, [10, "Việt Trì", 1, "An", "7100501", 1.5, "lạc"], [20, "Vân Phú", 2, "Bình", "7100502", 2.5, None]]
    table = read(workbook(("S", rows)))
    assert table.frame["project_code"].tolist() == ["7100501", "7100502"]
    assert table.frame["households"].tolist() == [10.0, 20.0]
    assert table.unknown_headers == ["Cán bộ", "(cột G không có tên)"]
    assert "project_name" not in table.frame


def test_merged_headers_by_leaf_and_by_path() -> None:
    spec = replace(
        SPEC,
        aliases={
            "code": ["Mã dự án"],
            "plan.a": ["Kế hoạch/NSTW"],
            "plan.b": ["Kế hoạch/ODA"],
            "paid.a": ["Thanh toán/NSTW"],
            "paid.b": ["Thanh toán/ODA"],
            "note": ["Khó khăn, vướng mắc"],
        },
        required=frozenset({"code", "plan.a", "paid.b"}),
    )
    rows = [
        ["STT", "Mã dự án", "Kế hoạch", None, "Thanh toán", None, "Khó khăn, vướng mắc"],
        [None, None, "NSTW", "ODA", "NSTW", "ODA", None],
        [1, "7100501", 1, 2, 3, 4, "chậm"],
    ]
    for merges in (("C1:D1", "E1:F1", "A1:A2", "B1:B2", "G1:G2"), ()):
        table = read(workbook(("Biểu", rows), merges=merges), spec=spec)
        assert table.frame.drop(columns="_row").iloc[0].tolist() == ["7100501", 1.0, 2.0, 3.0, 4.0, "chậm"]
        assert kinds(table) == {1: "header", 2: "header"}


def test_units_under_the_header_belong_to_it() -> None:
    rows = [["STT", "Mã dự án", "Xã/Phường", "Số hộ"], [None, None, None, "(hộ)"], [1, "7100501", "Việt Trì", 5]]
    table = read(workbook(("S", rows)))
    assert table.header_units == {"households": "hộ"}
    assert kinds(table) == {1: "header", 2: "header"}


def test_brackets_tell_columns_apart_when_aliases_do() -> None:
    aliases = {"needed": ["Máy tính (cần)"], "have": ["Máy tính (có)"], "code": ["Mã"]}
    spec = replace(SPEC, aliases=aliases, required=frozenset({"code", "have"}))
    table = read(workbook(("S", [["Mã", "Máy tính (có)", "Máy tính (cần)"], ["H44.100", 3, 8]])), spec=spec)
    assert (table.frame["needed"][0], table.frame["have"][0]) == (8.0, 3.0)
    assert "Máy tính (có)" in blocked(workbook(("S", [["Mã", "Máy tính", "x"], ["a", 1, 2]])), spec=spec).message_vi


def test_one_column_may_have_two_roles() -> None:
    spec = replace(SPEC, aliases={**SPEC.aliases, "unit.name": ["Xã/Phường"]})
    table = read(workbook(("S", sheet(data_row(1)))), spec=spec)
    assert table.frame["unit.name"][0] == table.frame["commune"][0] == "Phường Việt Trì"


def test_groups_and_subtotals_cover_their_rows() -> None:
    rows = [
        [None, "TỔNG SỐ", None, None, None, None, 100],
        ["I", "GIAO THÔNG", None, None, None, None, 30],
        data_row(1), data_row(2),
        ["II", "THỦY LỢI", None, None, None, None, 70],
        data_row(3),
        [None, "Cộng huyện Lập Thạch", None, None, None, None, 30],
        data_row(4),
        [None, "HUYỆN SÔNG LÔ"],
        data_row(5),
    ]  # fmt: skip
    table = read(workbook(("S", sheet(*rows))))
    assert table.frame["_row"].tolist() == [8, 9, 11, 13, 15]
    assert {row: kind for row, kind in kinds(table).items() if 6 <= row <= 15} == {
        6: "total", 7: "group", 10: "group", 12: "total", 14: "group",
    }  # fmt: skip
    covers = table.totals.set_index("_row")[["_from_row", "_to_row"]].to_numpy().tolist()
    assert table.totals["_row"].tolist() == [7, 10, 12, 6], "the total of the file comes last"
    assert covers == [[8, 9], [11, 11], [11, 11], [8, 15]]


def test_subtotal_headings_of_former_districts_cover_what_follows() -> None:
    first, second = ([None, name, *[None] * 4, 30] for name in ("Huyện Lập Thạch", "TP. Vĩnh Yên"))
    rows = [first, data_row(1), data_row(2), second, data_row(3)]
    table = read(workbook(("S", sheet(*rows))))
    assert table.totals[["_kind", "_from_row", "_to_row"]].to_numpy().tolist() == [["total", 7, 8], ["total", 10, 10]]


def test_district_rows_after_their_rows_close_them() -> None:
    first, second = ([None, name, *[None] * 4, 30] for name in ("Huyện Lập Thạch", "TP. Vĩnh Yên"))
    rows = [data_row(1), data_row(2), first, data_row(3), second, [None, "Tổng cộng", *[None] * 4, 60]]
    table = read(workbook(("S", sheet(*rows))))
    assert table.totals[["_from_row", "_to_row"]].to_numpy().tolist() == [[6, 7], [9, 9], [6, 9]]


def test_a_unit_in_brackets_over_several_columns_is_of_each() -> None:
    head = [["Mã dự án", "Kinh phí (triệu đồng)", None, "Xã"], [None, "Phê duyệt", "Đã chi (đồng)", None]]
    spec = replace(
        SPEC,
        aliases={"code": ["Mã dự án"], "approved": ["Phê duyệt"], "paid": ["Đã chi"], "commune": ["Xã"]},
        required=frozenset({"code"}),
    )
    numbers = ["(1)", "(2)", "(3)", "(4)"]
    table = read(workbook(("S", [*head, numbers, ["7100501", 1, 2, "Phường Việt Trì"]])), spec=spec)
    assert table.frame["_row"].tolist() == [4]
    assert table.header_units == {"approved": "triệu đồng", "paid": "đồng"}


def test_a_bare_cong_between_groups_is_a_subtotal() -> None:
    total = [None, "Cộng", None, None, None, None, 10]
    rows = [
        ["A", "KHỐI A"],
        data_row(1),
        total,
        ["B", "KHỐI B"],
        data_row(2),
        total,
        [None, "Tổng cộng", *[None] * 4, 30],
    ]
    table = read(workbook(("S", sheet(*rows))))
    assert table.totals[["_row", "_from_row", "_to_row"]].to_numpy().tolist() == [[8, 7, 7], [11, 10, 10], [12, 7, 10]]


def test_rows_that_lack_their_key_or_their_number_are_still_data() -> None:
    rows = [data_row(1), data_row(2, c1=None), data_row(3, c0=None), data_row(4, c1="", c3=" ", c6=None), data_row(5)]
    table = read(workbook(("S", sheet(*rows))))
    assert table.frame["_row"].tolist() == [6, 7, 8, 9, 10]
    assert table.frame["project_code"].tolist() == ["7100501", None, "7100503", None, "7100505"]


def test_a_unit_by_its_name_alone_is_as_good_as_with_its_code() -> None:
    """A number, a name and nothing but figures (the day as a serial number) is no heading with figures either."""
    spec = replace(
        SPEC,
        aliases={"centre.code": ["Mã dự án"], "centre.name": ["Xã/Phường"], "report_date": ["Ngày báo cáo"]},
        required=frozenset({"centre.code", "centre.name", "report_date"}),
    )
    rows = [data_row(1), data_row(2, c1=None, c2=None, c4=45847.0), data_row(3), [None, "Tổng số", *[None] * 4, 60]]
    table = read(workbook(("S", sheet(*rows))), spec=spec)
    assert table.frame["_row"].tolist() == [6, 7, 8]
    assert kinds(table)[9] == "total"


def test_names_that_look_like_totals_are_data() -> None:
    rows = [data_row(1, c1=None, c2="Tổng công ty Sông Đà"), data_row(2, c1=None, c2="Cộng Hòa"), data_row(3)]
    assert len(read(workbook(("S", sheet(*rows)))).frame) == 3


def test_a_repeated_header_and_blank_rows() -> None:
    rows = [data_row(1), [], [" ", None, "\u00a0"], HEADERS, data_row(2)]
    table = read(workbook(("S", sheet(*rows))))
    assert table.frame["_row"].tolist() == [6, 10]
    assert kinds(table)[9] == "header"
    assert 7 not in kinds(table)
    assert 8 not in kinds(table)


def test_data_after_a_note_stays_data() -> None:
    table = read(workbook(("S", sheet(data_row(1), ["Ghi chú: tạm tính"], data_row(2)))))
    assert table.frame["_row"].tolist() == [6, 8]
    assert kinds(table)[7] == "note"


def test_merged_names_are_filled_down_and_a_merged_amount_is_no_figure_of_any_row() -> None:
    rows = [data_row(1), data_row(2, c1=None, c2=None, c6=None), data_row(3)]
    spec = replace(SPEC, amounts=frozenset({"households"}))
    (table,) = readers.read(workbook(("S", sheet(*rows)), merges=("B6:B7", "C6:C7", "G6:G7")), "a.xlsx", spec)
    assert table.frame["project_code"].tolist() == ["7100501", "7100501", "7100503"]
    assert table.frame["households"].tolist() == ["10 (ô gộp 2 dòng)", "10 (ô gộp 2 dòng)", 30.0]


@pytest.mark.parametrize(
    ("of", "areas", "told"),
    [
        ("project_code", [1.5, 1.5, 1.5], []),
        (None, [None, None, 1.5], [(6, "1.5"), (7, "1.5")]),
        ("commune", [None, None, 1.5], [(6, "1.5"), (7, "1.5")]),
    ],
)
def test_a_merged_amount_holds_for_the_rows_of_what_it_is_said_of_and_else_leaves_its_cells_empty(of, areas, told):
    """An amount of a project stands for its rows; another optional one costs its cells, and no row."""
    rows = [data_row(1), data_row(2, c1=None, c3="Xã Phú Mỹ", c5=None), data_row(3)]
    spec = replace(SPEC, amounts=frozenset({"area_ha", "households"}), said_of={"area_ha": of} if of else {})
    (table,) = readers.read(workbook(("S", sheet(*rows)), merges=("B6:B7", "F6:F7")), "a.xlsx", spec)
    assert table.frame["area_ha"].tolist() == areas
    assert table.frame["households"].tolist() == [10, 20, 30]
    assert table.findings == [Finding("merged_amount", row, "area_ha", value) for row, value in told]


def test_a_row_of_two_lines_all_of_its_cells_merged_is_one_row() -> None:
    rows = [HEADERS, data_row(1), [None] * len(HEADERS), data_row(2), [None] * len(HEADERS)]
    spec = replace(SPEC, amounts=frozenset({"households"}))
    merges = [f"{letter}{row}:{letter}{row + 1}" for letter in "ABCDEFG" for row in (2, 4)]
    (table,) = readers.read(workbook(("S", rows), merges=merges), "a.xlsx", spec)
    assert table.frame["_row"].tolist() == [2, 4]
    assert table.frame["households"].tolist() == [10.0, 20.0]


def test_sheets_hidden_ones_and_ones_without_a_table() -> None:
    cover = [["HƯỚNG DẪN"], ["Điền đủ các cột"], [" "]]
    second = [HEADERS, data_row(1)]
    content = workbook(
        ("Bìa", cover), ("Tháng 1", sheet(data_row(1))), ("Tháng 2", second), ("Cũ", second), hidden=["Cũ"]
    )
    tables = readers.read(content, "a.xlsx", SPEC)
    assert [table.sheet for table in tables] == ["Bìa", "Tháng 1", "Tháng 2"]
    assert [len(table.frame) for table in tables] == [0, 1, 1]
    assert kinds(tables[0]) == {1: "heading", 2: "heading"}
    assert [table.unit_phrases for table in tables] == [(), ("triệu đồng",), ()]
    assert tables[0].findings == [Finding("hidden_sheet", value="Cũ")]


def test_formulas_in_data_cells() -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    page = book.add_worksheet("S")
    for index, row in enumerate([HEADERS, data_row(1), data_row(2), [None, "Tổng cộng", *[None] * 4, 30]]):
        page.write_row(index, 0, row)
    page.write_formula("G2", "=5*2", value=10)
    page.write_formula("F3", "=1+1", value="")
    page.write_formula("G4", "=SUM(G2:G3)", value=30)
    book.close()
    content = stream.getvalue()
    table = read(content)
    assert table.frame["households"].tolist() == [10.0, 20.0]
    assert table.frame["area_ha"].tolist() == [1.5, None]
    assert table.findings == [Finding("formula_cell", 2, "households"), Finding("formula_without_value", 3, "area_ha")]
    shared = with_part(content, "xl/worksheets/sheet1.xml", b"<f>5*2</f>", b'<f t="shared" si="0"/>')
    assert read(shared).findings == table.findings


def test_formula_written_without_a_value_by_openpyxl() -> None:
    table = read(workbook(("S", sheet(data_row(1, c6="=5*2")))))
    assert table.findings == [Finding("formula_without_value", 6, "households")]
    assert table.frame["households"].tolist() == [None]


def test_a_missing_column_is_named_with_what_the_header_has() -> None:
    error = blocked(workbook(("GPMB", [HEADERS[:6], data_row(1)[:6]])))
    assert error.rule == "missing_column"
    assert error.message_vi.startswith(
        "Tệp thiếu cột bắt buộc ở trang tính “GPMB”: “Số hộ”. Tiêu đề tìm thấy: “STT”, “Mã dự án”"
    )


def test_a_sheet_without_any_header_names_what_is_wanted_and_quotes_no_row() -> None:
    error = blocked(workbook(("S", [["Họ tên", "Tuổi"], ["An", 5]])))
    assert error.rule == "missing_column"
    assert "“Mã dự án”" in error.message_vi
    assert "không có dòng tiêu đề nào" in error.message_vi
    assert "Họ tên" not in error.message_vi


@pytest.mark.parametrize("content", [b"", b"  \r\n", b"\xef\xbb\xbf"])
def test_an_empty_file(content: bytes) -> None:
    error = blocked(content)
    assert (error.rule, error.message_vi) == ("empty_file", "Tệp rỗng.")


def test_a_header_without_rows_is_a_table_without_rows() -> None:
    table = read(workbook(("S", [*HEADING, HEADERS])))
    assert table.frame.empty
    assert "project_code" in table.frame
    assert set(kinds(table).values()) == {"heading", "header"}


def test_a_workbook_without_rows() -> None:
    assert blocked(workbook(("S", []))).rule == "empty_file"


@given(st.floats(0.02, 0.98))
@settings(max_examples=15, deadline=None)
def test_a_truncated_workbook_is_unreadable_wherever_it_was_cut(share: float) -> None:
    content = workbook(("S", sheet(data_row(1))))
    error = blocked(content[: int(len(content) * share)])
    assert error.rule == "unreadable"
    assert error.message_vi == "Tệp không đọc được: bảng tính bị cắt cụt, hỏng hoặc còn đang ghi dở."


def test_damaged_bytes_inside_a_sheet() -> None:
    content = workbook(("S", sheet(*[data_row(number) for number in range(1, 50)])))
    at = content.index(b"xl/worksheets/sheet1.xml") + 200
    assert blocked(content[:at] + bytes(40) + content[at + 40 :]).rule == "unreadable"


def test_a_password() -> None:
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(6000)
    error = blocked(container)
    assert (error.rule, error.message_vi) == ("encrypted", "Tệp có mật khẩu nên không đọc được.")
    content = bytearray(workbook(("S", sheet(data_row(1)))))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert blocked(bytes(content)).rule == "encrypted"


def test_an_ole_container_that_is_no_workbook() -> None:
    assert blocked(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000), "x.xls").rule == "unreadable"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "là ảnh JPEG"),
        (b"%PDF-1.7 ...", "là tệp PDF"),
        (b"\x00\x01\x02\x03" * 50, "nội dung không phải bảng tính hay văn bản"),
        (b'<?xml version="1.0"?><a/>', "là tệp XML, không phải bảng tính"),
        (b'{"a": 1}', "là JSON, không phải bảng"),
    ],
)
def test_what_is_no_table_is_named(content: bytes, what: str) -> None:
    error = blocked(content)
    assert (error.rule, error.message_vi) == ("unreadable", f"Tệp không đọc được: {what}.")


def test_a_zip_that_is_no_workbook() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("bieu.xlsx", workbook(("S", sheet(data_row(1)))))
    assert "tệp nén, không phải bảng tính" in blocked(stream.getvalue()).message_vi


def test_wrong_extensions_are_read_by_content_with_a_finding() -> None:
    content = workbook(("S", sheet(data_row(1))))
    assert read(content, "gpmb.xls").findings == [Finding("wrong_extension", value=".xls")]
    assert read(content, "gpmb.xlsx").findings == []
    lines = "Mã dự án;Xã/Phường;Số hộ\n7100501;Việt Trì;5\n".encode()
    table = read(lines, "gpmb.xlsx")
    assert table.frame["households"].tolist() == ["5"]
    assert table.findings == [Finding("wrong_extension", value=".xlsx")]
    html = "<table><tr><th>Mã dự án<th>Xã/Phường<th>Số hộ</tr><tr><td>7100501<td>Việt Trì<td>5</tr></table>".encode()
    assert read(html, "gpmb.xlsx").findings == [Finding("wrong_extension", value=".xlsx")]


def bomb(parts: int, size: int) -> bytes:
    stream = io.BytesIO(workbook(("S", sheet(data_row(1)))))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        for number in range(parts):
            archive.writestr(f"xl/worksheets/bomb{number}.xml", b"\0" * size)
    return stream.getvalue()


def test_zip_bombs_are_refused_before_they_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    dense, many, large = bomb(1, 3 << 20), bomb(2001, 1), bomb(3, 1 << 20)
    monkeypatch.setattr(xlsx_guard.zipfile.ZipFile, "open", lambda *_, **__: pytest.fail("unpacked"))
    assert "tỷ lệ nén trên 250 lần" in blocked(dense).message_vi
    assert "nhiều hơn 2000" in blocked(many).message_vi
    monkeypatch.setattr(xlsx_guard, "MAX_UNPACKED", 2 << 20)
    error = blocked(large)
    assert error.rule == "zip_bomb"
    assert error.message_vi.startswith("Tệp bị chặn trước khi mở: bung ra quá")


def test_a_bomb_that_lies_about_its_size_is_stopped_at_what_it_said() -> None:
    content = bomb(1, 3 << 20)
    size = (3 << 20).to_bytes(4, "little")
    error = blocked(content.replace(size, (1000).to_bytes(4, "little")))
    assert error.rule == "unreadable"


def test_entries_that_overlap() -> None:
    content = workbook(("S", sheet(data_row(1))))
    at = content.index(b"PK\x01\x02") + 20
    lied = content[:at] + (len(content)).to_bytes(4, "little") + content[at + 4 :]
    assert "chồng lên nhau" in blocked(lied).message_vi


@pytest.mark.parametrize("cell", ["XFD1048576", "A99999999", "ZZZZ9"])
def test_a_lone_cell_far_away_does_not_fill_the_memory(cell: str) -> None:
    row = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    far = f'<row r="{row}"><c r="{cell}"><v>1</v></c></row></sheetData>'.encode()
    content = workbook(("S", sheet(*[data_row(number) for number in range(1, 2000)])))
    (table,) = readers.read(with_part(content, "xl/worksheets/sheet1.xml", b"</sheetData>", far), "gpmb.xlsx", SPEC)
    assert len(table.frame) == 1999
    assert table.findings == [Finding("far_cells", value=f"S!{cell}")]


@given(
    st.permutations(range(7)),
    st.lists(st.sampled_from(["data", "group", "blank", "total", "no key"]), max_size=12),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_every_row_comes_out_once_wherever_the_columns_are(order: list[int], plan: list[str], tail: bool) -> None:
    made = {
        "data": lambda n: data_row(n),
        "group": lambda n: [None, f"NHÓM {'ABCDEFGHIJKLM'[n]}", *[None] * 5],
        "blank": lambda n: [None] * 7,
        "total": lambda n: [None, "Tổng cộng", *[None] * 4, 5],
        "no key": lambda n: data_row(n, c1=None),
    }
    wanted = Counter("data" if what == "no key" else what for what in plan)
    rows = [HEADERS, data_row(50), *[made[what](number) for number, what in enumerate(plan)]]
    moved = [[row[index] for index in order] for row in rows]
    table = read(workbook(("S", [*HEADING, *moved, *(TAIL if tail else [])])))
    got = Counter(table.not_data["kind"])
    assert len(table.frame) == wanted["data"] + 1
    assert got["group"] == wanted["group"]
    assert got["total"] == wanted["total"]
    assert table.rows_read == 3 + 1 + 1 + len(plan) - wanted["blank"] + (5 if tail else 0)
    numbers = [*table.frame["_row"], *table.not_data["_row"]]
    assert len(set(numbers)) == len(numbers)


def test_column_numbers_in_brackets_are_no_units_and_a_header_reaches_under_its_own_columns_only() -> None:
    head = [
        ["STT", "Dự án", None, "Nơi làm", "Diện tích (ha)", "Số hộ"],
        [None, "Mã dự án", "Tên dự án", "Xã/Phường", None, None],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"],
    ]
    rows = [*HEADING, *head, [1, "7100501", "Dự án số 1", "Phường Việt Trì", 1.5, 10]]
    table = read(workbook(("GPMB", rows), merges=["A5:A6", "B5:C5", "E5:E6", "F5:F6"]))
    assert table.frame.drop(columns="_row").to_dict("records") == [
        {"project_code": "7100501", "project_name": "Dự án số 1", "commune": "Phường Việt Trì", "area_ha": 1.5,
         "households": 10.0}
    ]  # fmt: skip
    assert kinds(table)[7] == "column_numbers"
    assert table.header_units == {"area_ha": "ha"}


def test_a_row_of_units_under_two_rows_of_headers_names_no_column_after_its_neighbour() -> None:
    head = [
        ["STT", "Dự án", None, "Xã/Phường", "Diện tích", "Số hộ"],
        [None, "Mã dự án", "Tên dự án", None, None, None],
        [None, None, None, None, "(ha)", "(hộ)"],
    ]
    rows = [*HEADING, *head, [1, "7100501", "Dự án số 1", "Phường Việt Trì", 1.5, 10]]
    table = read(workbook(("GPMB", rows), merges=["A5:A6", "B5:C5", "D5:D6", "E5:E6", "F5:F6"]))
    assert table.frame["area_ha"].tolist() == [1.5]
    assert table.frame["households"].tolist() == [10.0]
    assert table.header_units == {"area_ha": "ha", "households": "hộ"}


def test_a_unit_beside_the_second_line_of_another_columns_name_is_not_lost() -> None:
    head = [
        ["STT", "Mã dự án", "Tên dự án", "Xã/Phường", "Diện tích", "Số hộ", "Trong tháng"],
        [None, None, None, None, "(ha)", None, "Kinh phí"],
    ]
    rows = [*HEADING, *head, [1, "7100501", "Dự án số 1", "Phường Việt Trì", 1.5, 10, 3]]
    table = read(workbook(("GPMB", rows)))
    assert table.frame["area_ha"].tolist() == [1.5]
    assert table.header_units == {"area_ha": "ha"}


def test_a_cover_sheet_heads_the_tables_and_notes_behind_them_do_not() -> None:
    cover = ("Bìa", [["BÁO CÁO NĂM 2025"], ["Số liệu đến ngày 31/07/2025"], ["ĐVT: 1.000 đồng"]])
    table = ("B1", [HEADERS, data_row(1)])
    notes = ("Hướng dẫn", [["Gửi lại lần 2 trước ngày 31/12/2025"]])
    tables = readers.read(workbook(cover, table, notes), "gpmb.xlsx", SPEC)
    assert [t.is_heading for t in tables] == [True, False, True]
    assert [t.title for t in tables] == ["BÁO CÁO NĂM 2025\nSố liệu đến ngày 31/07/2025\nĐVT: 1.000 đồng", "", ""]


@pytest.mark.parametrize(
    ("above", "end", "unread"),
    [
        (["Số liệu đến ngày", date(2025, 6, 20)], date(2025, 6, 20), ()),
        ([None, "Đến ngày:", None, datetime(2025, 7, 1)], date(2025, 7, 1), ()),
        (["Từ ngày", date(2025, 6, 1), "đến ngày", date(2025, 6, 20)], date(2025, 6, 20), ()),
        ([datetime(2025, 6, 20)], date(2025, 6, 20), ()),
        (["Tháng", 6, "Năm", 2025], date(2025, 6, 30), ()),
        (["Tháng:", date(2025, 6, 1)], date(2025, 6, 30), ()),
        (["Ngày in", datetime(2025, 6, 20, 8, 30)], None, ()),
        (["Tổng số hộ", 2024], None, ()),
        (["Kỳ báo cáo", date(2025, 6, 1)], None, ("đầu tháng 6/2025",)),  # typed as "06/2025", or the day itself
    ],
)
def test_typed_days_and_numbers_above_a_table_are_read_as_their_words_would_be(above, end, unread):
    rows = [["BIỂU TIẾN ĐỘ"], above, [], HEADERS, data_row(1), data_row(2)]
    table = read(workbook(("GPMB", rows)))
    said = read_title(table.title)
    assert (said.stated and said.stated.end, said.unread) == (end, unread)
    assert len(table.frame) == 2


def test_a_typed_day_on_a_cover_is_read():
    book = workbook(("Bìa", [["Số liệu đến ngày", date(2025, 6, 20)]]), ("GPMB", [HEADERS, data_row(1)]))
    cover = readers.read(book, "gpmb.xlsx", SPEC)[0]
    assert cover.title == "Số liệu đến ngày\n20/06/2025"
