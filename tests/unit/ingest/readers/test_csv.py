"""Delimited text in every encoding of the feeds; no line is lost."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.normalise import text
from dagster_project.ingest.readers.base import Finding, RawTable
from dagster_project.simulate.tcvn3 import encode as encode_tcvn3
from tests.support.kits.reader_kit import SPEC

CSV = replace(
    SPEC,
    kind="csv",
    aliases={
        "id": ["Mã HS"],
        "name": ["Họ tên công dân"],
        "unit": ["Tên đơn vị"],
        "received": ["Ngày nhận"],
        "fee": ["Phí, lệ phí (đồng)"],
    },
    required=frozenset({"id", "unit"}),
    delimiter=";",
)
TCVN3 = replace(CSV, encoding="tcvn3")
HEADER = "Mã HS;Họ tên công dân;Tên đơn vị;Ngày nhận;Phí, lệ phí"
LINES = ["H28-1;Nguyễn Ứng;UBND xã Đà Bắc;02/01/2025;", "H28-2;Lò Thị Ỵ;UBND xã Mường Bi;3/1/25;15.000"]


def read(content: bytes | str, spec: readers.ReadSpec = CSV, name: str = "hoso.csv") -> RawTable:
    tables = readers.read(content if isinstance(content, bytes) else content.encode(), name, spec)
    assert len(tables) == 1
    return tables[0]


def document(*lines: str, end: str = "\n") -> str:
    return end.join([HEADER, *lines]) + end


def test_rows_columns_and_account() -> None:
    table = read(document(*LINES))
    assert table.frame["id"].tolist() == ["H28-1", "H28-2"]
    assert table.frame["name"].tolist() == ["Nguyễn Ứng", "Lò Thị Ỵ"]
    assert table.frame["fee"].isna().tolist() == [True, False]
    assert table.frame["id"].dtype == "str"
    assert table.frame["_row"].tolist() == [2, 3]
    assert table.not_data.to_numpy().tolist() == [[1, "header"]]
    assert table.rows_read == 3
    assert table.findings == []


@pytest.mark.parametrize(
    ("content", "spec", "findings"),
    [
        (document(*LINES).encode("utf-8-sig"), CSV, []),
        (unicodedata.normalize("NFD", document(*LINES)).encode(), CSV, []),
        (encode_tcvn3(document(*LINES, end="\r\n")), TCVN3, []),
        (document(*LINES).encode("utf-8"), TCVN3, []),
        (document(*LINES).encode("utf-16"), CSV, []),
        (encode_tcvn3(document(*LINES)), CSV, [Finding("wrong_encoding", value="tcvn3")]),
        (document(*LINES, end="\r").encode(), CSV, []),
        (document(*LINES).encode() + b"\x1a", CSV, []),
        (document(*LINES).encode().rstrip(), CSV, []),
    ],
)
def test_every_encoding_and_line_end_gives_the_same_table(
    content: bytes, spec: readers.ReadSpec, findings: list[Finding]
) -> None:
    table = read(content, spec)
    assert text.clean(table.frame["name"]).tolist() == ["Nguyễn Ứng", "Lò Thị Ỵ"]
    assert text.clean(table.frame["unit"]).tolist() == ["UBND xã Đà Bắc", "UBND xã Mường Bi"]
    assert table.frame["_row"].tolist() == [2, 3]
    assert table.findings == findings


def cp1258(value: str) -> bytes:
    """As Windows writes Vietnamese: letter with its own mark in one byte, the tone in the next."""
    marks = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
    written = b""
    for letter in value:
        parts = unicodedata.normalize("NFD", letter)
        own = unicodedata.normalize("NFC", "".join(part for part in parts if part not in marks))
        written += (own + "".join(part for part in parts if part in marks)).encode("cp1258")
    return written


def test_cp1258_is_told_from_tcvn3_by_the_header() -> None:
    for spec in (CSV, replace(CSV, encoding="cp1258")):
        table = read(cp1258(document(*LINES)), spec)
        assert table.frame["name"].tolist() == ["Nguyễn Ứng", "Lò Thị Ỵ"]
    assert read(cp1258(document(*LINES))).findings == [Finding("wrong_encoding", value="cp1258")]


def test_where_nothing_is_required_the_encoding_that_names_most_columns_is_taken() -> None:
    open_spec = replace(CSV, required=frozenset())
    for content in (cp1258(document(*LINES)), encode_tcvn3(document(*LINES))):
        assert read(content, open_spec).frame.equals(read(content).frame)


def test_another_delimiter_is_found_with_a_finding() -> None:
    table = read('Mã HS,Tên đơn vị,Ngày nhận\nH28-1,"Việt Trì, cũ",02/01/2025\n')
    assert table.frame["unit"].tolist() == ["Việt Trì, cũ"]
    assert table.findings == [Finding("wrong_delimiter", value=",")]


def test_quoted_cells_hold_delimiters_quotes_and_line_breaks() -> None:
    lines = ['H28-1;"Ông ""Ba""; thôn 2\nkhu 3";Việt Trì;;', *LINES]
    table = read(document(*lines))
    assert table.frame["name"].tolist() == ['Ông "Ba"; thôn 2\nkhu 3', "Nguyễn Ứng", "Lò Thị Ỵ"]
    assert table.frame["_row"].tolist() == [2, 3, 4]


def test_a_header_broken_over_lines() -> None:
    table = read('Mã HS;"Tên\nđơn vị";Ngày nhận\nH28-1;Việt Trì;02/01/2025\n')
    assert table.frame["unit"].tolist() == ["Việt Trì"]
    assert table.frame["_row"].tolist() == [2]


def test_a_heading_above_the_table() -> None:
    table = read("DANH SÁCH HỒ SƠ THÁNG 7 NĂM 2025\n\nĐVT: nghìn đồng\n" + document(LINES[0]))
    assert table.title == "DANH SÁCH HỒ SƠ THÁNG 7 NĂM 2025\nĐVT: nghìn đồng"
    assert table.unit_phrases == ("nghìn đồng",)
    assert table.frame["_row"].tolist() == [5]
    assert table.not_data.to_numpy().tolist() == [[1, "heading"], [3, "heading"], [4, "header"]]


def test_lines_with_another_number_of_fields_are_kept_as_they_are() -> None:
    lines = [LINES[0], "H28-7;thừa;Việt Trì;1;2;3", "", ";;;;", "H28-8;thiếu", LINES[1]]
    table = read(document(*lines))
    assert table.bad_rows.to_numpy().tolist() == [[3, "H28-7;thừa;Việt Trì;1;2;3"], [6, "H28-8;thiếu"]]
    assert table.frame["_row"].tolist() == [2, 7]
    assert table.rows_read == 5


def test_misfits_keep_their_text_in_one_byte_encodings() -> None:
    table = read(encode_tcvn3(document(LINES[0], "H28-8;Đà Bắc thiếu")), TCVN3)
    assert table.bad_rows["text"].tolist() == ["H28-8;Đà Bắc thiếu"]


def test_totals_notes_and_signatures_are_no_data_whatever_their_width() -> None:
    lines = [
        *LINES,
        "Tổng cộng;2 hồ sơ;;;",
        "Ghi chú: tạm tính",
        ";Người lập biểu;;Thủ trưởng đơn vị;",
        ";Lê Văn An;;;",
    ]
    table = read(document(*lines))
    assert table.frame["_row"].tolist() == [2, 3]
    assert table.not_data.to_numpy().tolist() == [
        [1, "header"], [4, "total"], [5, "note"], [6, "signature"], [7, "signature"],
    ]  # fmt: skip
    total = table.totals.iloc[0]
    assert (total["label"], total["cells"], total["_from_row"], total["_to_row"]) == (
        "tổng cộng",
        ["Tổng cộng", "2 hồ sơ"],
        2,
        3,
    )


def test_marked_groups_are_no_data_whatever_their_width() -> None:
    table = read(document("HUYỆN ĐÀ BẮC", LINES[0], "Đà Bắc", LINES[1]))
    assert table.not_data.to_numpy().tolist() == [[1, "header"], [2, "group"]]
    assert table.bad_rows["_row"].tolist() == [4], "words alone may be what is left of a row"


@pytest.mark.parametrize(("label", "kind"), [("Phường Hòa Bình", "group"), ("Tổng cộng", "total")])
def test_a_row_may_be_labelled_in_a_column_that_nothing_asks_for(label: str, kind: str) -> None:
    rows = [
        "1;Đợt 1;H28-1;;02/01/2025;15.000",
        f";{label};;;;{'15.000' if kind == 'total' else ''}",
        "2;Đợt 1;H28-2;;;",
    ]
    table = read("TT;Đợt trả;Mã HS;Tên đơn vị;Ngày nhận;Phí, lệ phí\n" + "\n".join(rows), replace(CSV, place="unit"))
    assert table.frame["id"].tolist() == ["H28-1", "H28-2"]
    assert table.not_data["kind"].tolist() == ["header", kind]
    assert text.make_keys(table.frame["unit"]).fillna("").tolist()[1:] == [label.lower() if kind == "group" else ""]


def test_rows_without_a_required_cell_are_still_data() -> None:
    table = read(document("H28-1;An;;1/1/2025;", ";Bình;Việt Trì;;", ";Chủ tịch;;2/1/2025;", *LINES))
    assert table.frame["_row"].tolist() == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("encoding", ["utf-8", "tcvn3"])
def test_unclosed_quotation_marks_cost_only_their_own_lines(encoding: str) -> None:
    broken = ['H28-7;"Nguyễn;Việt Trì;1;', 'H28-8;An;Việt Trì;1;"5']
    quoted = 'H28-9;"An; Ba";Việt Trì;1;'
    for lines, bad in (([broken[0]], [3]), ([broken[1]], [3]), ([broken[0], LINES[1], broken[1]], [3, 5])):
        written = document(LINES[0], *lines, LINES[1], quoted)
        content = encode_tcvn3(written) if encoding == "tcvn3" else written.encode()
        table = read(content, replace(CSV, encoding=encoding))
        assert table.bad_rows["_row"].tolist() == bad
        assert table.bad_rows["text"].tolist() == [line for line in lines if line in broken]
        assert table.frame["name"].tolist()[-1] == "An; Ba"
        assert table.rows_read == 4 + len(lines)


def test_a_file_cut_in_the_middle_of_a_line() -> None:
    table = read(document(*LINES)[:-30])
    assert table.frame["_row"].tolist() == [2]
    assert table.bad_rows["_row"].tolist() == [3]


def test_a_header_alone() -> None:
    table = read(HEADER)
    assert len(table.frame) == 0
    assert table.frame["id"].dtype == "str"
    assert table.rows_read == 1


def blocked(content: bytes | str, spec: readers.ReadSpec = CSV) -> BlockedFile:
    with pytest.raises(BlockedFile) as caught:
        read(content, spec)
    return caught.value


def test_missing_columns_are_named() -> None:
    error = blocked("Mã HS;Họ tên công dân;Ngày nhận\nH28-1;An;1/1/2025\n")
    assert error.rule == "missing_column"
    assert error.message_vi == (
        "Tệp thiếu cột bắt buộc: “Tên đơn vị”. Tiêu đề tìm thấy: “Mã HS”, “Họ tên công dân”, “Ngày nhận”."
    )
    assert blocked("a;b\n1;2\n").rule == "missing_column"


def test_bytes_of_no_encoding() -> None:
    assert blocked(b"\xef\xbb\xbfM\xe3 HS;T\xean\n").rule == "unreadable"
    assert blocked(b"\xff\xd8\xff\xe0 anh").message_vi == "Tệp không đọc được: là ảnh JPEG."
    assert blocked(b"\x00\x01\x02" * 30).rule == "unreadable"


cells = st.text(st.sampled_from('aăằÂĐđƯứỴ 019;"\n,.-'), max_size=6)


@given(st.lists(st.lists(cells, min_size=3, max_size=3), max_size=12), st.sampled_from(["utf-8", "tcvn3"]))
@settings(max_examples=60, deadline=None)
def test_every_record_written_is_read_back(rows: list[list[str]], encoding: str) -> None:
    quoted = [
        '"H28-{}";{}'.format(n, ";".join('"' + c.replace('"', '""') + '"' for c in row)) for n, row in enumerate(rows)
    ]
    written = "\n".join(["Mã HS;Họ tên công dân;Tên đơn vị;Ngày nhận", *quoted]) + "\n"
    content = encode_tcvn3(written) if encoding == "tcvn3" else written.encode()
    table = read(content, replace(CSV, encoding=encoding))
    assert len(table.bad_rows) == 0
    assert table.frame["id"].tolist() == [f"H28-{n}" for n in range(len(rows))]
    for index, role in enumerate(("name", "unit", "received")):
        assert table.frame[role].astype("str").fillna("").tolist() == [row[index] for row in rows]
    assert table.frame["_row"].tolist() == list(range(2, len(rows) + 2))


@pytest.mark.parametrize("line", ['\r"a', '\rb";', '";"\r"a'])
def test_a_carriage_return_beside_a_quotation_mark_that_is_not_closed_stops_nothing(line: str) -> None:
    table = read(document(*LINES, line))
    assert table.frame["id"].tolist()[:2] == ["H28-1", "H28-2"]
    assert table.bad_rows["_row"].tolist() == [4]


@pytest.mark.parametrize(("spec", "encode"), [(CSV, str.encode), (TCVN3, encode_tcvn3)])
def test_a_long_table_that_repeats_itself_reads_as_a_short_one(spec, encode) -> None:
    lines = [
        f"H28-{nth};{'' if nth % 7 == 0 else 'Lò Thị Ỵ'};UBND xã Đà Bắc;{nth % 28 + 1}/1/25;" for nth in range(5000)
    ]
    table = read(encode(document(*lines, "Tổng cộng;;;;5.000 hồ sơ")), spec)
    assert table.frame["id"].tolist() == [line.split(";")[0] for line in lines]
    for column, place in (("name", 1), ("received", 3)):
        cells = table.frame[column].astype("str").fillna("").tolist()
        assert cells == [line.split(";")[place] for line in lines]
    assert table.frame["fee"].isna().all()
    assert table.totals["cells"].tolist() == [["Tổng cộng", "5.000 hồ sơ"]]


def test_a_group_names_the_unit_of_its_rows_whatever_its_width() -> None:
    spec = replace(CSV, aliases={"no": ["STT"], **CSV.aliases}, required=frozenset({"id"}), place="unit")
    lines = ["I;Xã Đà Bắc;;;;", "1;H28-1;A;;02/01/2025;", "II;Xã Mường Bi", "2;H28-2;B;;02/01/2025;",
             "3;H28-3;C;Xã Mai Châu;02/01/2025;"]  # fmt: skip
    table = read("\n".join([f"STT;{HEADER}", *lines]) + "\n", spec)
    assert table.frame["unit"].tolist() == ["xã đà bắc", "xã mường bi", "Xã Mai Châu"]
    assert table.not_data["kind"].tolist() == ["header", "group", "group"]
    assert table.bad_rows.empty


@pytest.mark.parametrize("label", ["TỔNG SỐ", "Cộng", "Trong đó: đợt 1", "- Đợt 2"])
def test_a_label_in_the_column_of_the_key_is_no_row(label: str) -> None:
    spec = replace(CSV, required=frozenset({"id"}))
    rows = [f"H28-{number};A;UBND xã Đà Bắc;02/01/2025;15000" for number in range(4)]
    table = read(document(*rows[:2], f"{label};;;;30000", *rows[2:]), spec)
    assert table.frame["id"].tolist() == [f"H28-{number}" for number in range(4)]
