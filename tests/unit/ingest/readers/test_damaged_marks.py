"""Marks that never end, numbers without end and parts in parts: read in time that grows with the bytes, or refused in
words. Each of the long shapes took minutes when it was sought from each of its marks anew."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import RawTable, ReadSpec
from dagster_project.ingest.readers.formats.raised import END, RAISED, write_marks
from dagster_project.ingest.readers.formats.xml import MAX_COUNT, read_count
from dagster_project.ingest.readers.xlsx_cells import drop_comments
from dagster_project.ingest.readers.xlsx_formats import read_format, show_value
from tests.support.kits.format_kit import (
    unzip_parts,
    write_fods,
    write_html,
    write_mht,
    write_odf_content,
    write_odf_rows,
    write_spreadsheetml,
    zip_parts,
)
from tests.support.kits.reader_kit import HEADERS, SPEC, data_row, sheet, with_part, workbook

ROWS = [data_row(number) for number in range(1, 11)]
PAGE = write_html([HEADERS, *ROWS])
PART = "xl/worksheets/sheet1.xml"
DIGITS = "9" * 5_000
MANY = 300_000


def read(content: bytes, name: str, spec: ReadSpec = SPEC) -> RawTable:
    (table,) = readers.read(content, name, spec)
    return table


def find_outcome(content: bytes, name: str, spec: ReadSpec = SPEC) -> str:
    """Return the rule that a file is blocked by, "read" for one that is read."""
    try:
        readers.read(content, name, spec)
    except BlockedFile as block:
        return block.rule
    return "read"


def blocked(content: bytes, name: str, spec: ReadSpec = SPEC) -> BlockedFile:
    with pytest.raises(BlockedFile) as caught:
        readers.read(content, name, spec)
    return caught.value


# Marks without an end ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "behind_head",
    [
        f"<style>{'a' * MANY}</style>",
        f"<style>{'@' * MANY}</style>",
        f"<style>{'@a{' * MANY}</style>",
        f"<style>{'/*' * MANY}</style>",
        f"<style>{'.a{color:red}' * MANY}</style>",
        f"<p style='{'text-decoration:' * MANY}'>x</p>",
        f"<p>x{' ' * MANY}</p>",
        f"<p>x\n{' ' * MANY}y\n</p>",
        f"<p><sup>{' ' * MANY}</sup>{'a' * 50_000}</p>",
    ],
)
def test_a_page_is_read_in_time_that_grows_with_it(behind_head: str) -> None:
    page = PAGE.replace("</head><body>", f"</head><body>{behind_head}")
    assert len(read(page.encode(), "a.html").frame) == len(ROWS)


def test_a_page_behind_many_blanks_is_read() -> None:
    page = PAGE.replace("<html>", f"<html>{' ' * 2 * MANY}")
    assert len(read(page.encode(), "a.html").frame) == len(ROWS)


@pytest.mark.parametrize(
    "comment", [b"<c " * MANY, b'<c r="A1" ' * 90_000, b'<c r="A2" s="0"><f ' * 50_000, b'<c r="A2" t="e"><v>x</v></c>']
)
def test_what_stands_in_a_comment_of_a_sheet_is_no_cell(comment: bytes) -> None:
    formulas = workbook(("S", [*sheet(*ROWS), ["=1+1"]]))
    content = with_part(formulas, PART, b"<sheetData>", b"<!--" + comment + b"--><sheetData>")
    assert read(content, "a.xlsx").frame.equals(read(formulas, "a.xlsx").frame)


def test_texts_in_a_comment_are_no_texts() -> None:
    struck = b"<si><r><rPr><strike/></rPr><t>500</t></r><r><t>700</t></r></si>"
    parts = unzip_parts(workbook(("S", sheet(*ROWS))))
    space = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    texts = b"<sst %s><!--%s-->%s</sst>" % (space, b"<si><r><t " * 90_000, struck)
    assert len(read(zip_parts(parts | {"xl/sharedStrings.xml": texts}), "a.xlsx").frame) == len(ROWS)


def test_comments_are_dropped_and_what_looks_like_one_is_not() -> None:
    assert drop_comments(b"<a><!-- x --><b/><![CDATA[<!-- y -->]]></a><!--") == b"<a><b/><![CDATA[<!-- y -->]]></a>"


def test_a_format_longer_than_any_program_lets_it_be_shows_what_cannot_be_told() -> None:
    shown = read_format("[$-" * MANY)
    assert shown is not None
    assert show_value(5, shown) == f"5 “{('[$-' * 14)[:40]}”"


def test_sheets_of_an_archive_that_are_never_closed_are_none() -> None:
    page = PAGE.replace("<body>", f"<body><!--{'<x:ExcelWorksheet>' * 14_000}-->")
    assert len(read(write_mht({"a.htm": page.encode()}, "base64"), "a.mht").frame) == len(ROWS)


def test_raised_letters_are_sought_once() -> None:
    assert write_marks(f"{'a' * MANY} {RAISED}2{END}").endswith(" (2)")
    assert write_marks(f"1{RAISED}{' ' * MANY}{END}x").strip() == f"1{' ' * MANY}x"


# Counts --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "count"),
    [(None, 1), ("", 1), ("x", 1), ("-2", 1), (" 3 ", 3), ("000", 0), ("0" * 5_000 + "7", 7), (DIGITS, MAX_COUNT)],
)
def test_a_count_is_read_or_taken_for_the_most(value: str | None, count: int) -> None:
    assert read_count(value) == count


@pytest.mark.parametrize("name", ["colspan", "rowspan"])
def test_a_span_of_thousands_of_digits_is_read_as_browsers_do(name: str) -> None:
    page = PAGE.replace("</table>", f"<tr><td {name}={DIGITS}>Người lập</td></tr></table>")
    assert len(read(page.encode(), "a.html").frame) == len(ROWS)


@pytest.mark.parametrize("name", ["Index", "MergeAcross", "MergeDown", "StyleID"])
def test_counts_of_xml_spreadsheet_may_be_of_any_length(name: str) -> None:
    content = write_spreadsheetml([HEADERS, *ROWS]).replace(b"<Cell>", f'<Cell ss:{name}="{DIGITS}">'.encode(), 1)
    assert find_outcome(content, "a.xml") in ("read", "unreadable", "missing_column")


@pytest.mark.parametrize(
    "attribute",
    ["number-columns-repeated", "number-columns-spanned", "number-rows-spanned"],
)
def test_counts_of_opendocument_may_be_of_any_length(attribute: str) -> None:
    content = write_fods([HEADERS, *ROWS]).replace(
        b"<table:table-cell", f'<table:table-cell table:{attribute}="{DIGITS}"'.encode(), 1
    )
    assert find_outcome(content, "a.fods") in ("read", "unreadable", "missing_column")


@pytest.mark.parametrize("value", ["1e999999999", "1e-999999999", "0e-999999999", "-1e400", "Infinity", DIGITS])
def test_a_number_beyond_those_of_programs_is_read_as_it_is_shown(value: str) -> None:
    cell = f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>12</text:p></table:table-cell>'
    lines = write_odf_rows([HEADERS, *ROWS]) + f"<table:table-row>{cell}</table:table-row>"
    assert len(read(write_odf_content(lines, "document").encode(), "a.fods").frame) == len(ROWS)


def test_a_style_of_thousands_of_digits_is_none() -> None:
    cell = f'<row r="30"><c r="A30" s="{DIGITS}" t="e"><v>#REF!</v></c></row></sheetData>'.encode()
    content = with_part(workbook(("S", sheet(*ROWS))), PART, b"</sheetData>", cell)
    assert find_outcome(content, "a.xlsx") in ("read", "unreadable")


# More places than bytes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "times"),
    [
        ('<table:table-cell table:number-columns-repeated="16000" {}', 1_800),
        ('<table:table-cell table:number-columns-repeated="1999" {}', 1_800),
        ('<table:table-cell table:number-columns-repeated="16000"/><table:table-cell {}', 1_800),
        ('<table:table-cell table:number-columns-repeated="29999900" {}', 1),
    ],
)
def test_a_sheet_of_more_places_than_its_file_has_bytes_is_refused(row: str, times: int) -> None:
    cell = row.format('office:value-type="string"><text:p>x</text:p></table:table-cell>')
    lines = write_odf_rows([HEADERS, *ROWS]) + f"<table:table-row>{cell}</table:table-row>" * times
    assert "trải rộng" in blocked(write_odf_content(lines, "document").encode(), "a.fods").message_vi


def test_tables_in_tables_beyond_measure_are_refused() -> None:
    nested = "<table><tr><td>" * 2_000 + "x" + "</td></tr></table>" * 2_000
    assert "lồng" in blocked(PAGE.replace("</body>", f"{nested}</body>").encode(), "a.html").message_vi


# Openings ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "opening",
    [
        '<?xml version="1.0" encoding="utf-8">',
        '<?xml version="1.0" encoding="utf-8"?>\n<?xml version="1.0" encoding="utf-8"?>\n',
    ],
)
def test_a_page_behind_declarations_is_read(opening: str) -> None:
    assert len(read((opening + PAGE).encode(), "a.html").frame) == len(ROWS)


@pytest.mark.parametrize(
    "page", [f"<!--{PAGE}-->", f'<?xml version="1.0" {" " * MANY} <tr </table', "<tr>\x00</table>"]
)
def test_a_page_that_holds_nothing_is_refused(page: str) -> None:
    assert blocked(page.encode(), "a.html").rule in ("unreadable", "missing_column")


@pytest.mark.parametrize("levels", [90, 1_500])
@pytest.mark.parametrize(
    "part", ["Content-Type: multipart/mixed; boundary={}\n\n--{}\n", "Content-Type: message/rfc822\n\n"]
)
def test_parts_in_parts_beyond_measure_are_refused(part: str, levels: int) -> None:
    content = "MIME-Version: 1.0\n" + "".join(part.format(n, n) for n in range(levels)) + "\nx\n"
    assert blocked(content.encode(), "a.mht").rule == "unreadable"


# Databases -----------------------------------------------------------------------------------------------------------


def test_a_schema_of_bytes_that_are_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table t (code text, ten_du_an text)")
        connection.execute("insert into t values ('A1', 'x')")
        connection.commit()
    content = path.read_bytes()
    spec = ReadSpec(kind="sql", aliases={"code": ["code"]}, required=frozenset({"code"}), table="t")
    assert len(read(content, "a.db", spec).frame) == 1
    for place in range(content.index(b"CREATE TABLE"), content.index(b"ten_du_an") + 9):
        damaged = content[:place] + b"\xff" + content[place + 1 :]
        assert find_outcome(damaged, "a.db", spec) in ("read", "unreadable", "missing_column")
