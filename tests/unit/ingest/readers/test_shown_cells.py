"""In every workbook's format a cell comes out as a person reads it: scaled, percent, with words, an error."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

import pytest

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import RawTable
from dagster_project.ingest.readers.formats import biff8
from tests.support.kits import format_kit as kit
from tests.support.kits.cell_kit import Broken, Shown
from tests.support.kits.reader_kit import HEADERS, SPEC, data_row

WORKBOOKS = ["a.xlsx", "a.xls", "a.xlsb", "a.ods", "a.fods", "a.xml"]
OPEN_DOCUMENTS = ["a.ods", "a.fods"]


def read(content: bytes, name: str) -> RawTable:
    return readers.read(content, name, SPEC)[0]


def read_areas(name: str, *cells: Any) -> list[Any]:
    """What comes out of a column with these cells, and with one that is plain."""
    rows = [data_row(number, c5=cell) for number, cell in enumerate([*cells, 1.5], start=1)]
    *areas, plain = read(kit.FORMATS[name]([HEADERS, *rows]), name).frame["area_ha"].tolist()
    assert plain == 1.5
    return areas


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_number_is_what_its_format_shows(name: str) -> None:
    cells = [
        Shown(10_000_000_000, "#,##0,,", "10.000"), Shown(12_345, "#,##0,", "12"), Shown(0.5, "0%", "50%"),
        Shown(0.985, "0%", "99%"), Shown(1_234_500, "#,##0.0##,,", "1,235"), Shown(1234.5, "#,##0", "1.235"),
        Shown(1234, '#,##0" đ"', "1,234 đ"), Shown(5, '0" triệu"', "5 triệu"), Shown(2_500_000, "#,##0,,", "3"),
    ]  # fmt: skip
    assert read_areas(name, *cells) == [10_000, 12.345, "50%", "98,5%", 1.2345, 1234.5, "1234 ₫", "5 triệu", 2.5]


@pytest.mark.parametrize("name", WORKBOOKS)
def test_the_section_of_the_number_counts(name: str) -> None:
    by_size, by_sign = "[>=1000000]#,##0,,;#,##0", "#,##0,,;-#,##0"
    cells = [
        Shown(5_000_000, by_size, "5"), Shown(500, by_size, "500"), Shown(3_000_000, by_sign, "3"),
        Shown(-2_000_000, by_sign, "-2.000.000"),
    ]  # fmt: skip
    assert read_areas(name, *cells) == [5, 500, 3, -2_000_000]


@pytest.mark.parametrize("name", WORKBOOKS)
@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#N/A", "#VALUE!", "#NAME?", "#NUM!"])
def test_an_error_comes_out_as_its_text(name: str, error: str) -> None:
    assert read_areas(name, Broken(error)) == [error]


@pytest.mark.parametrize("name", WORKBOOKS)
def test_what_cannot_be_told_is_no_number(name: str) -> None:
    cells = [Shown(125, r"0\.0", "12.5"), Shown(-5, "0;0", "5")]
    assert all(isinstance(cell, str) and "“" in cell for cell in read_areas(name, *cells))


def test_numbers_packed_into_one_record_of_an_old_workbook() -> None:
    plain = kit.write_xls([HEADERS, data_row(1, c5=Shown(2, "0,,"), c6=Shown(8, "0"))])
    area, households = (
        struct.pack("<2H3Hd", 0x0203, 14, 1, 5 + place, 1 + place, value) for place, value in ((0, 2), (1, 8))
    )
    assert area + households in plain
    packed = struct.pack("<4HHIHIH", 0x00BD, 18, 1, 5, 1, 5_000_000 << 2 | 2, 2, 8 << 2 | 2, 6)
    rest = struct.pack("<2H", 0x005C, len(area + households) - len(packed) - 4)
    rest += bytes(len(area + households) - len(packed) - 4)
    frame = read(plain.replace(area + households, packed + rest), "a.xls").frame
    assert (frame["area_ha"].tolist(), frame["households"].tolist()) == ([5.0], [8])


def test_a_formula_of_an_old_workbook_tells_its_error() -> None:
    plain = kit.write_xls([HEADERS, data_row(1, c5=77.0), data_row(2)])
    number = struct.pack("<2H3Hd", 0x0203, 14, 1, 5, 0, 77.0)
    assert number in plain
    result = struct.pack("<BBBBHH", 2, 0, 7, 0, 0, 0xFFFF)
    formula = struct.pack("<2H3H", 0x0006, 22, 1, 5, 0) + result + struct.pack("<HIH", 0, 0, 0)
    # Eight bytes longer: so much is taken from the zeros that fill the stream up to whole sectors.
    at, end = plain.index(number), 512 + 4096
    longer = plain[:at] + formula + plain[at + len(number) : end - 8] + plain[end:]
    table = read(longer, "a.xls")
    assert table.frame["area_ha"].tolist() == ["#DIV/0!", 1.5]
    assert [(one.rule, one.row, one.column) for one in table.findings] == [("formula_cell", 2, "area_ha")]


def test_a_binary_workbook_whose_formats_cannot_be_followed_is_refused() -> None:
    parts = kit.unzip_parts(kit.write_xlsb([HEADERS, data_row(1)]))
    broken = kit.zip_parts(parts | {"xl/styles.bin": parts["xl/styles.bin"][:-3] + b"\xff"})
    with pytest.raises(BlockedFile) as of_xlsb:
        read(broken, "a.xlsb")
    with pytest.raises(BlockedFile) as of_xls:
        biff8.list_odd_cells(kit.write_xls([HEADERS, data_row(1)]), 2)  # it has one sheet
    for caught in (of_xlsb, of_xls):
        assert caught.value.rule == "unreadable"
        assert ".xlsx" in caught.value.remedy_vi


def test_a_cell_of_an_xml_workbook_takes_the_style_of_its_row_column_or_table() -> None:
    content = kit.write_spreadsheetml(
        [HEADERS, data_row(1, c5=Shown(5_000_000, "0,,")), data_row(2, c5=2_000_000)]
    ).decode()
    of_cell = ' ss:StyleID="s1"'
    assert content.count(of_cell) == 1
    bare = content.replace(of_cell, "")
    last = bare.rindex("<Row>")
    ways = {
        bare.replace("<Table>", '<Table><Column ss:Index="6" ss:StyleID="s1"/>'): [5, 2],
        bare.replace("<Table>", '<Table><Column ss:Index="5" ss:Span="1" ss:StyleID="s1"/>'): [5, 2],
        bare[:last] + '<Row ss:StyleID="s1">' + bare[last + 5 :]: [5_000_000, 2],
        bare.replace("<Table>", '<Table ss:StyleID="s1">'): [5, 2],
        bare: [5_000_000, 2_000_000],
    }
    for way, areas in ways.items():
        assert read(way.encode(), "a.xml").frame["area_ha"].tolist() == areas


def test_a_named_format_of_an_xml_workbook() -> None:
    content = kit.write_spreadsheetml([HEADERS, data_row(1, c5=Shown(0.25, "0,,"))]).decode()
    for name, shown in {"Percent": "25%", "Standard": 0.25, "Yes/No": "Yes"}.items():
        named = content.replace('ss:Format="0,,"', f'ss:Format="{name}"')
        assert read(named.encode(), "a.xml").frame["area_ha"].tolist() == [shown]


@pytest.mark.parametrize("name", OPEN_DOCUMENTS)
@pytest.mark.parametrize(
    ("value", "code", "printed", "shown"),
    [
        (1_235_000, "#,##0,", "1.235", 1235), (1235, "#,##0", "1,235", 1235), (1.235, "0.000", "1,235", 1.235),
        (-5, "0", "(5)", -5), (0, "0", "-", 0), (1.5e9, "0.0E+00", "1,5E+09", 1.5e9), (7, "0", "7%", "7%"),
        (12.5, "0", "###", 12.5), (0.5, "0", "1/2", 0.5), (5, "0", "5.000.000", "5 “5.000.000”"), (5, "0", "5,000", 5),
        (5, "0", "$5", "$5"),
        (1_234_567.891, "0", "1.234.568", 1_234_567.891), (0, "0", "#DIV/0!", "#DIV/0!"), (5, "0", " ", "5 “”"),
    ],
)  # fmt: skip
def test_an_opendocument_cell_is_held_against_its_text(
    name: str, value: float, code: str, printed: str, shown: Any
) -> None:
    assert read_areas(name, Shown(value, code, printed)) == [shown]


def test_an_opendocument_cell_takes_the_style_of_its_column_or_row() -> None:
    content = kit.write_fods([HEADERS, data_row(1, c5=Shown(5_000_000, "0,,", "5")), data_row(2)]).decode()
    bare = content.replace('table:style-name="ce1" ', "")
    assert read(bare.encode(), "a.fods").frame["area_ha"].tolist() == ["5000000 “5”", 1.5]
    start = "<table:table-row>"
    columns = '<table:table-column table:number-columns-repeated="5"/>'
    columns += '<table:table-column table:default-cell-style-name="ce1"/>'
    of_column = bare.replace(start, columns + start, 1)
    of_row = bare.replace(
        "</table:table-row>" + start, '</table:table-row><table:table-row table:default-cell-style-name="ce1">', 1
    )
    for way in (of_column, of_row):
        assert read(way.encode(), "a.fods").frame["area_ha"].tolist()[0] == 5


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_key_is_what_is_printed_and_an_amount_the_number(name: str) -> None:
    keys = [Shown(7, "000", "007"), Shown(17, '"DA-"0', "DA-17"), Shown(450, "00000", "00450"), "7"]
    rows = [data_row(number, c1=key, c6=Shown(8, "000", "008")) for number, key in enumerate(keys, start=1)]
    spec = replace(SPEC, names=frozenset({"project_code"}))
    frame = readers.read(kit.FORMATS[name]([HEADERS, *rows]), name, spec)[0].frame
    assert frame["project_code"].tolist() == ["007", "DA-17", "00450", "7"]
    assert frame["households"].tolist() == [8, 8, 8, 8]
