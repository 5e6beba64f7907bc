"""A long sheet is read in stretches: the same cells, of the same types, as when the library reads it whole."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.readers import xlsx, xlsx_guard, xlsx_long
from tests.support.kits.reader_kit import HEADERS, HEADING, SPEC, TAIL, data_row, with_part, workbook

PART = "xl/worksheets/sheet1.xml"


@pytest.fixture(scope="module", autouse=True)
def _every_sheet_is_long() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xlsx_guard, "LONG", 1)
        patch.setattr(xlsx_guard, "_CHUNK", 1_500)
        patch.setattr(xlsx_long, "_STRETCH", 1_000)
        yield


Cells = list[list[tuple[str, Any]]]


def typed(rows: xlsx.Rows) -> Cells:
    """Cells with their types, without the empty ones at the ends of rows and of the sheet."""
    lines = [[(type(cell).__name__, cell) for cell in row] for row in rows]
    return [line for line in lines if line]


def in_stretches(content: bytes) -> Cells | None:
    book = xlsx_guard.inspect(content)
    found = xlsx_long.read_long(book, PART, next(iter(book.sheets)))
    return None if found is None else [*typed(found[0]), [("merges", found[1])]]


def whole(content: bytes) -> Cells:
    book = xlsx_guard.inspect(content)
    book.look_through(PART)
    with xlsx._open(content) as opened:
        rows, merges = xlsx._read_rows(opened, book, next(iter(book.sheets)))
    return [*typed(rows), [("merges", merges)]]


NUMBERS = st.one_of(
    st.integers(-(10**15), 10**15), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([0, 1.5, 17e9])
)
TEXTS = st.one_of(
    st.sampled_from(
        ["1.234", "017200000001", "NULL", "#N/A", "nan", " ", "true", "09/07/2025", "a<b>&", "</row>", "_x000D_"]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
)
MOMENTS = st.one_of(
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.times()
)
FORMULAS = st.builds(lambda value: ("=A1+1", value), st.sampled_from([5, "chữ", "#N/A", "#DIV/0!", True, ""]))
CELLS = st.one_of(st.none(), NUMBERS, TEXTS, MOMENTS, st.booleans(), FORMULAS)
SHEETS = st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=2, max_size=12)


def by_xlsxwriter(rows: list[list[Any]], inline: bool) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "constant_memory": inline}) as book:
        page = book.add_worksheet("Tháng 6")
        formats = {kind: book.add_format({"num_format": form}) for kind, form in
                   ((datetime, "dd/mm/yyyy hh:mm"), (date, "dd/mm/yyyy"), (time, "hh:mm:ss"))}  # fmt: skip
        for at, row in enumerate(rows * 5):
            for column, cell in enumerate(row):
                match cell:
                    case None:
                        page.write_blank(at, column, None, formats[date])
                    case str():
                        page.write_string(at, column, cell)
                    case bool():
                        page.write_boolean(at, column, cell)
                    case int() | float():
                        page.write_number(at, column, cell)
                    case (formula, value):
                        page.write_formula(at, column, formula, None, value)
                    case _:
                        page.write_datetime(at, column, cell, formats[type(cell)])
        page.merge_range(len(rows) * 5 + 1, 0, len(rows) * 5 + 2, 1, "gộp")
    return buffer.getvalue()


@given(SHEETS, st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_cell_and_its_type(rows: list[list[Any]], inline: bool) -> None:
    content = by_xlsxwriter(rows, inline)
    found = in_stretches(content)
    if found is None:  # too short to be cut
        assert len(xlsx_guard.inspect(content).archive.read(PART)) < 1_500  # type: ignore[union-attr]
    else:
        assert found == whole(content)


def long_workbook() -> bytes:
    rows = [*HEADING, HEADERS, *(data_row(n, c5=["1.234", 1.234, None][n % 3]) for n in range(1, 120)), *TAIL]
    return workbook(("Tiến độ", rows), merges=["D7:D9", "A1:B1"])


def test_a_table_of_several_stretches_is_the_same_table(monkeypatch: pytest.MonkeyPatch) -> None:
    content = long_workbook()
    [long] = readers.read(content, "gpmb.xlsx", SPEC)
    assert in_stretches(content) is not None
    monkeypatch.setattr(xlsx_guard, "LONG", 1 << 30)
    [short] = readers.read(content, "gpmb.xlsx", SPEC)
    for name in ("frame", "not_data", "totals"):
        left, right = getattr(long, name), getattr(short, name)
        assert left.to_dict("list") == right.to_dict("list")
        assert [list(map(type, left[column])) for column in left] == [
            list(map(type, right[column])) for column in right
        ]
    assert len(long.frame) == 119
    assert (long.findings, long.columns, long.title) == (short.findings, short.columns, short.title)


def test_xml_that_no_program_writes_is_read_whole() -> None:
    content = long_workbook()
    spaced = with_part(content, PART, b"</row><row r=", b"</row>\n <row r=")
    assert in_stretches(spaced) is None
    assert whole(spaced) == whole(content)


@pytest.mark.slow
def test_rows_far_apart_are_read_whole() -> None:
    book = openpyxl.Workbook()
    for row in (*range(1, 100), 400_000):
        book.active.cell(row, 20, f"dòng {row}")
    buffer = io.BytesIO()
    book.save(buffer)
    assert in_stretches(buffer.getvalue()) is None
    assert len(whole(buffer.getvalue())) == 400_001


def test_a_bomb_is_stopped_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_guard, "MAX_CELLS", 26 * 60)
    with pytest.raises(BlockedFile) as refused:
        readers.read(long_workbook(), "gpmb.xlsx", SPEC)
    assert refused.value.rule == "zip_bomb"


def test_a_damaged_long_sheet_is_unreadable() -> None:
    content = long_workbook()
    wrong = with_part(content, PART, b'<c r="B90"', b'<c r="90"')
    with pytest.raises(BlockedFile) as refused:
        readers.read(wrong, "gpmb.xlsx", SPEC)
    assert refused.value.message_vi == "Tệp không đọc được: trang tính “Tiến độ” bị hỏng."
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        at = archive.getinfo(PART).header_offset + 200
    broken = content[:at] + bytes(255 - byte for byte in content[at : at + 20]) + content[at + 20 :]
    with pytest.raises(BlockedFile) as refused:
        readers.read(broken, "gpmb.xlsx", SPEC)
    assert refused.value.rule == "unreadable"


def test_a_hidden_long_sheet_is_named_and_not_read() -> None:
    rows = [HEADERS, *(data_row(n) for n in range(1, 60))]
    content = workbook(("Tiến độ", rows), ("Nháp", rows), hidden=["Nháp"])
    [table] = readers.read(content, "gpmb.xlsx", SPEC)
    assert [finding.value for finding in table.findings] == ["Nháp"]
