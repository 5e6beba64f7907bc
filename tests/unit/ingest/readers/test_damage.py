"""Shapes that cost more than they hold, and claims that no file can keep: read for what is there, or refused."""

from __future__ import annotations

import json
import struct

import pytest

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import Finding, RawTable, ReadSpec
from tests.support.kits.format_kit import unzip_parts, write_html, write_ods, write_xls, write_xlsb, zip_parts
from tests.support.kits.reader_kit import HEADERS, SPEC, data_row, sheet, with_part, workbook

ROWS = [data_row(number) for number in range(1, 60)]
PART = "xl/worksheets/sheet1.xml"
CSV = ReadSpec(kind="csv", aliases=SPEC.aliases, required=SPEC.required, delimiter=";")
JSON = ReadSpec(kind="json_pages", aliases={"code": ["Ma"], "fee": ["Phi"]}, required=frozenset({"code"}))


def read(content: bytes, name: str = "a.xlsx", spec: ReadSpec = SPEC) -> RawTable:
    (table,) = readers.read(content, name, spec)
    return table


def blocked(content: bytes, name: str = "a.xlsx", spec: ReadSpec = SPEC) -> BlockedFile:
    with pytest.raises(BlockedFile) as caught:
        readers.read(content, name, spec)
    return caught.value


def with_far_cell(place: str, row: int, opening: str = ' r="{}"') -> bytes:
    cell = f'<row r="{row}"><c{opening.format(place)} t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    return with_part(workbook(("S", sheet(*ROWS))), PART, b"</sheetData>", cell.encode())


# Far cells -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("opening", [' r="{}"', ' r = "{}"', " r='{}'"])
@pytest.mark.parametrize(("place", "row"), [("XFD90", 90), ("A1048576", 1048576), ("XFD1048576", 1048576)])
def test_a_lone_cell_far_from_the_table_is_left_out_and_told(place: str, row: int, opening: str) -> None:
    table = read(with_far_cell(place, row, opening))
    assert len(table.frame) == len(ROWS)
    assert Finding("far_cells", value=f"S!{place}") in table.findings


def test_a_cell_near_the_table_is_no_far_cell() -> None:
    table = read(with_far_cell("AZ90", 90))
    assert [finding.rule for finding in table.findings] == []


@pytest.mark.parametrize(("write", "name"), [(write_xls, "a.xls"), (write_xlsb, "a.xlsb"), (write_ods, "a.ods")])
def test_far_cells_of_other_formats_are_told_too(write, name) -> None:  # type: ignore[no-untyped-def]
    wide = [*ROWS[0], *[None] * 200, "x"]
    table = read(write([HEADERS, wide, *ROWS[1:]]), name)
    assert len(table.frame) == len(ROWS)
    assert [finding.rule for finding in table.findings] == ["far_cells"]


def test_many_cells_far_away_are_no_slip() -> None:
    far = [[*row, *[None] * 200, "x"] for row in ROWS]
    assert "nằm rất xa bảng" in blocked(workbook(("S", sheet(*far)))).message_vi


def test_a_table_of_thousands_of_columns_is_refused() -> None:
    assert "cột" in blocked(workbook(("S", [[*HEADERS, *range(2_100)], *ROWS]))).message_vi


# Claims --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["xl/sharedStrings.xml", "xl/SHAREDSTRINGS.xml"])
@pytest.mark.parametrize("claim", [b'count="4294967295"', b"uniqueCount = '4000000000'"])
def test_a_list_of_texts_that_claims_too_many_is_refused(claim: bytes, name: str) -> None:
    space = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    parts = unzip_parts(workbook(("S", sheet(*ROWS))))
    texts = b"<sst %s %s><si><t>x</t></si></sst>" % (space, claim)
    assert "chuỗi chữ" in blocked(zip_parts(parts | {name: texts})).message_vi


def test_two_sheets_of_one_part_are_refused() -> None:
    parts = unzip_parts(workbook(("S", sheet(*ROWS)), ("T", sheet(*ROWS))))
    relations = parts["xl/_rels/workbook.xml.rels"]
    assert isinstance(relations, bytes)
    both = relations.replace(b"sheet2.xml", b"sheet1.xml")
    assert blocked(zip_parts(parts | {"xl/_rels/workbook.xml.rels": both})).rule == "unreadable"


def test_an_old_workbook_that_claims_more_than_its_format_has_is_refused() -> None:
    content = write_xls([HEADERS, *ROWS])
    at = content.index(struct.pack("<2H", 0x0203, 14))  # a cell with a number: its column comes second
    lied = content[: at + 6] + struct.pack("<H", 60_000) + content[at + 8 :]
    assert blocked(lied, "a.xls").rule == "zip_bomb"


# Text ----------------------------------------------------------------------------------------------------------------


def write_lines(*lines: str) -> bytes:
    return "\n".join([";".join(HEADERS), *lines]).encode()


ROW = ";".join(map(str, ROWS[0]))


@pytest.mark.parametrize("blank", ["", ";" * 40, ";;", " ; ", '"";""'])
def test_blank_lines_are_no_rows_and_the_numbers_of_the_others_stay(blank: str) -> None:
    table = read(write_lines(ROW, *[blank] * 1_000, ROW, blank), "a.csv", CSV)
    assert table.frame["_row"].tolist() == [2, 1_003]
    assert len(table.bad_rows) == 0


def test_blank_lines_between_quotation_marks_are_part_of_their_cell() -> None:
    cell = ROW.replace("Dự án số 1", '"Dự án\n\n\nsố 1"')
    table = read(write_lines(cell, "", ROW), "a.csv", CSV)
    assert table.frame["_row"].tolist() == [2, 4]
    assert table.frame["project_name"].tolist() == ["Dự án\n\n\nsố 1", "Dự án số 1"]


def test_a_field_beyond_measure_is_a_bad_row() -> None:
    table = read(write_lines(ROW, '"' * 400_001), "a.csv", CSV)
    assert (len(table.frame), len(table.bad_rows)) == (1, 1)


def test_a_cell_beyond_measure_is_refused() -> None:
    assert "có ô dài" in blocked(write_lines(ROW.replace("Dự án", "x" * 200_000)), "a.csv", CSV).message_vi


def test_a_first_line_beyond_measure_is_refused() -> None:
    assert "dòng đầu dài" in blocked(b";" * 1_000_000, "a.csv", CSV).message_vi


# Pages ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("charset", ["undefined", "punycode", "unicode_escape", "hex"])
def test_a_codec_that_is_no_encoding_is_refused(charset: str) -> None:
    page = write_html([HEADERS, *ROWS]).replace("utf-8", charset)
    assert charset in blocked(page.encode(), "a.html").message_vi


@pytest.mark.parametrize("span", [30, 10**9])
def test_a_page_of_which_no_row_is_left_is_blocked(span: int) -> None:
    cells = "".join(f'<td colspan="{span}">{cell}</td>' for cell in ROWS[0])
    names = "".join(f"<th>{name}</th>" for name in HEADERS)
    rows = f"<tr>{cells}</tr>" * 20
    assert blocked(f"<table><tr>{names}</tr>{rows}</table>".encode(), "a.html").rule in ("unreadable", "nothing_left")


# JSON ----------------------------------------------------------------------------------------------------------------


def read_item(**cells: object) -> RawTable:
    return read(json.dumps({"data": {"items": [{"Ma": "A1", "Phi": 5}, cells]}}).encode(), "p.json", JSON)


@pytest.mark.parametrize("fee", ["9" * 500, "1e999", "-Infinity"])
def test_a_number_beyond_measure_stays_a_text(fee: str) -> None:
    content = f'{{"data": {{"items": [{{"Ma": "A1", "Phi": {fee}}}]}}}}'.encode()
    assert read(content, "p.json", JSON).frame["fee"].tolist() == [fee]


def test_nan_says_nothing_and_a_number_of_thousands_of_digits_is_none() -> None:
    page = '{"data": {"items": [{"Ma": "A1", "Phi": %s}]}}'
    assert read((page % "NaN").encode(), "p.json", JSON).frame["fee"].tolist() == [None]
    with pytest.raises(BlockedFile, match="hàng nghìn chữ số"):
        read((page % ("9" * 5_000)).encode(), "p.json", JSON)


@pytest.mark.parametrize("value", [["A2"], {"x": 1}])
def test_a_list_where_a_value_is_due_is_a_bad_row(value: object) -> None:
    table = read_item(Ma=value, Phi=1)
    assert (table.frame["code"].tolist(), table.bad_rows["_row"].tolist()) == (["A1"], [2])


def test_half_a_letter_is_replaced() -> None:
    assert read_item(Ma="\ud800x", Phi=1).frame["code"].tolist() == ["A1", "?x"]
