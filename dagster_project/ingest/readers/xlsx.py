"""Workbooks (.xlsx, .xlsm, .xlsb, .xls) → one RawTable per visible sheet, values by python-calamine."""

from __future__ import annotations

import gc
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import python_calamine as calamine

from dagster_project.ingest.readers import xlsx_guard, xlsx_long
from dagster_project.ingest.readers.base import SHOWN, Finding, RawTable, ReadSpec, report_unreadable
from dagster_project.ingest.readers.extent import far_cells
from dagster_project.ingest.readers.formats import biff8, biff12
from dagster_project.ingest.readers.formats.grid import require_a_table
from dagster_project.ingest.readers.formats.xlsx_runs import write_plain_texts
from dagster_project.ingest.readers.headers import Matcher
from dagster_project.ingest.readers.tables import Rows, make_tables
from dagster_project.ingest.readers.xlsx_cells import OddCell, find_odd_cells, show_odd_cells
from dagster_project.ingest.readers.xlsx_long import Merge


def read(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read every visible worksheet. Sheets without a table come out as headings; hidden ones are named, not read.

    A formula's cached value is used with the finding `formula_cell`; one without is None with `formula_without_value`.
    Raises BlockedFile: unreadable, encrypted, zip_bomb, empty_file, missing_column.
    """
    book, far = _inspect(content), dict[str, str]()
    if book.sparse:
        content, far = far_cells.leave_out(content, book.sparse)
        book = _inspect(content)
        if book.sparse:
            raise xlsx_guard.report_vast()
    if book.with_runs:
        content = write_plain_texts(content, book.with_runs)
        book = _inspect(content)
    with _pause_collector():
        return _read_sheets(content, book, spec, far)


@contextmanager
def _pause_collector() -> Iterator[None]:
    """Switch Python's collector off: millions of cells are made, none of them in a cycle, and it would walk over all of
    them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read_sheets(content: bytes, book: xlsx_guard.Workbook, spec: ReadSpec, far: dict[str, str]) -> list[RawTable]:
    """Read the sheets of a workbook that has been looked through; `far`: sheets' parts → their first far cell."""
    matcher = Matcher(spec)
    tables: list[RawTable] = []
    told: list[Finding] = []
    find_in = _choose_finder(content, book)
    with _open(content) as workbook:
        find_odd = find_in(len(workbook.sheets_metadata))
        for place, sheet in enumerate(workbook.sheets_metadata):
            if sheet.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            if sheet.visible != calamine.SheetVisibleEnum.Visible:
                told.append(Finding("hidden_sheet", value=sheet.name[:SHOWN]))
                continue
            rows, merges = _read_rows(workbook, book, sheet.name)
            rows, cut_at = far_cells.cut_rows(rows)
            first_far = far.get(book.sheets.get(sheet.name, ""), cut_at)
            told += [] if first_far is None else [Finding("far_cells", value=f"{sheet.name[:SHOWN]}!{first_far}")]
            if book.sheets.get(sheet.name) in book.with_hidden:
                told.append(Finding("hidden_cells", value=sheet.name[:SHOWN]))
            if len(rows):
                odd = find_odd(place, sheet.name)
                show_odd_cells(rows, odd)
                for table in make_tables(rows, matcher, sheet.name, merges):
                    table.extra["first_year"] = book.first_year
                    if table.is_heading and not all(earlier.is_heading for earlier in tables):
                        table.title = ""  # notes behind the tables head nothing
                    _mark_formulas(table, odd, rows)
                    tables.append(table)
    require_a_table(tables, spec)
    tables[0].findings += told
    return tables


def _inspect(content: bytes) -> xlsx_guard.Workbook:
    if content.startswith(b"PK"):
        return xlsx_guard.inspect(content)
    xlsx_guard.check_ole(content)
    return xlsx_guard.Workbook()


def _open(content: bytes) -> calamine.CalamineWorkbook:
    try:
        return calamine.load_workbook(io.BytesIO(content))
    except calamine.PasswordError as error:
        raise xlsx_guard.report_encrypted() from error
    except BaseException as error:
        if not _is_readers_fault(error):
            raise
        raise report_unreadable("không phải bảng tính Excel, hoặc bị cắt cụt") from error


def _is_readers_fault(error: BaseException) -> bool:
    """Tell errors of the library on a broken workbook. A panic of its Rust code is no Exception and has no
    public name."""
    return isinstance(error, (calamine.CalamineError, OSError, ValueError)) or type(error).__name__ == "PanicException"


def _read_rows(workbook: calamine.CalamineWorkbook, book: xlsx_guard.Workbook, name: str) -> tuple[Rows, list[Merge]]:
    """Read a sheet's cells from A1 on, and its merged cells."""
    part = book.sheets.get(name)
    found = _read_long_rows(book, part, name) if part in book.unseen else None
    if found is not None:
        return found
    book.look_through(part)
    try:
        sheet = workbook.get_sheet_by_name(name)
        return sheet.to_python(skip_empty_area=False), sheet.merged_cell_ranges or []
    except BaseException as error:
        if not _is_readers_fault(error):
            raise
        raise report_unreadable(f"trang tính “{name[:SHOWN]}” bị hỏng") from error


def _read_long_rows(book: xlsx_guard.Workbook, part: str, name: str) -> tuple[Rows, list[Merge]] | None:
    """Read a long sheet in stretches; None when the library must see it as a whole, if only to say what is wrong."""
    try:
        return xlsx_long.read_long(book, part, name)
    except BaseException as error:
        if not _is_readers_fault(error):
            raise
        return None


def _choose_finder(content: bytes, book: xlsx_guard.Workbook) -> Callable[[int], Callable[[int, str], list[OddCell]]]:
    """Return what finds the odd cells of a sheet by its place and its name, once it is known how many sheets there are.

    A binary workbook is looked through here, before the library opens it. Raises BlockedFile.
    """
    if book.archive is None:
        biff8.check_extent(content)

        def find_all(count: int) -> Callable[[int, str], list[OddCell]]:
            of_sheets = biff8.list_odd_cells(content, count)
            return lambda place, _: of_sheets[place]

        return find_all
    if "xl/workbook.xml" not in book.archive.namelist():
        parts = biff12.Parts(book.archive)
        return lambda _: lambda _, name: parts.list_odd_cells(name)

    def find(_: int, name: str) -> list[OddCell]:
        xml = book.read_part_with_odd_cells(name)
        return [] if xml is None else list(find_odd_cells(xml, book.odd_formats))

    return lambda _: find


def _mark_formulas(table: RawTable, odd: Sequence[OddCell], rows: Rows) -> None:
    """Add findings for the formulas in data cells of known columns."""
    if not odd or table.is_heading:
        return
    data = set(table.frame["_row"].to_list())
    roles = {index: role for role, index in table.columns.items()}
    for cell in odd:
        role = roles.get(cell.column)
        if not cell.has_formula or role is None or cell.row + 1 not in data:
            continue
        is_told = cell.has_value and rows[cell.row][cell.column] not in ("", None)
        table.findings.append(Finding("formula_cell" if is_told else "formula_without_value", cell.row + 1, role))
