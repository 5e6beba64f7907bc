"""Rows that mean something, laid out in one manner → the bytes of a file, and which of its rows says what."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from html import escape
from itertools import groupby
from random import Random
from typing import Any

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.support.kits.cell_kit import Broken, Shown
from tests.support.kits.format_kit import FORMATS, SPELLINGS, respell, write_xls
from tests.support.kits.manner_kit import (
    MONEY_WORDS,
    PARENTS,
    Manner,
    can_tell_swap,
    swap_days,
    write_day,
    write_moment,
    write_number,
)
from tests.support.kits.truth_kit import NUMBER, Field, Form, Truth

LOST = object()
"""What a cell means of which nobody can tell it: any value that is read of it is wrong."""

Cells = list[Any]
Span = tuple[int, int, int, int]


@dataclass
class Laid:
    """One sheet: its cells, its merged cells (first and last row, first and last column, 0-based), and by the row of
    the sheet (1-based), and the place of its table on it, what a row means."""

    rows: list[Cells] = field(default_factory=list)
    merges: list[Span] = field(default_factory=list)
    meant: dict[tuple[int, int], Truth] = field(default_factory=dict)

    def put(self, *lines: Cells) -> None:
        self.rows += lines

    def even_out(self) -> list[Cells]:
        width = max(map(len, self.rows))
        return [[*row, *[None] * (width - len(row))] for row in self.rows]


@dataclass(frozen=True)
class _Column:
    """A column of the sheet: `path` of its header from the top down; `field` None for one that is not of the form."""

    path: tuple[str | None, ...]
    field: Field | None
    is_decoy: bool = False
    fixed: Any = None


def write_file(form: Form, manner: Manner, rows: Sequence[Truth], seed: int) -> tuple[bytes, str, list[Laid]]:
    """Write the file; its name, and what its sheets were laid out as."""
    sheets = lay_out(form, manner, rows, seed)
    if manner.font is not None:
        for sheet in sheets:
            sheet.rows = respell(sheet.rows, SPELLINGS[manner.font])
    if manner.container == "a.xlsx":
        content = _write_workbook(sheets, manner)
    elif manner.container == "a.xls":
        content = write_xls(sheets[0].even_out(), sheets[0].merges)
    elif manner.container == "spans.html":
        content = _write_spans(sheets[0]).encode()
    else:
        content = FORMATS[manner.container](sheets[0].even_out())
    return content, f"so_lieu.{manner.container.split('.')[1]}", sheets


# Columns -------------------------------------------------------------------------------------------------------------


def _make_columns(form: Form, manner: Manner, rng: Random, is_permuted: bool) -> list[_Column]:
    """The columns of a table from left to right, without that of the running number."""
    fields = [one for one in form.fields if not (one.kind == "place" and manner.places == "groups")]
    if manner.order or is_permuted:
        order = manner.order or tuple(rng.sample(range(len(form.fields)), len(form.fields)))
        known = [form.fields[at] for at in (order[::-1] if is_permuted else order) if form.fields[at] in fields]
        # What stands under one merged cell stays together.
        heads = list(dict.fromkeys(one.above or one.name for one in known))
        fields = sorted(known, key=lambda one: heads.index(one.above or one.name))
    columns: list[_Column] = []
    for one in fields:
        base = tuple(filter(None, [one.above, _name(form, manner, one)]))
        if manner.decoy is not None and manner.decoy[0] == one.name:
            less, whole = manner.decoy[1]
            columns.append(_Column((less, base[-1]), one, is_decoy=True))
            if not manner.only_decoy:
                columns.append(_Column((whole, base[-1]), one))
        else:
            columns.append(_Column(base, one))
    if manner.has_extra:
        columns.insert(rng.randint(1, len(columns)), _Column(("Cán bộ theo dõi",), None, fixed="Đã rà soát"))
    return _deepen(columns, form, manner)


def _name(form: Form, manner: Manner, one: Field) -> str:
    """The header of a column with its unit in brackets, where the manner gives it there."""
    unit = _tell_unit(manner, one)
    return f"{one.header} ({unit})" if unit and not manner.has_unit_row else one.header


def _tell_unit(manner: Manner, one: Field) -> str | None:
    if one.kind == "measure":
        return manner.measures[one.name][0]
    if one.kind == "money" and manner.money_at in ("header", "against"):
        return manner.money
    return "nghìn hộ" if one.kind == "count" and manner.counted_in_thousands == one.name else None


def _deepen(columns: list[_Column], form: Form, manner: Manner) -> list[_Column]:
    """Stretch the paths to the depth of the header: with merged cells below the name or above it, and a row of
    units."""
    named = manner.depth - manner.has_unit_row
    told: list[_Column] = []
    for nth, one in enumerate(columns):
        lacking = max(named - len(one.path), 0)
        on_top = manner.names_at == "top" or (manner.names_at == "both" and nth % 2 == 0)
        # A merged cell is written in its first place: in the row above a name stands what it has in common.
        parents = tuple(PARENTS[(level + nth // 3) % len(PARENTS)] for level in range(lacking))
        path: tuple[str | None, ...] = (*one.path, *[None] * lacking) if on_top else (*parents, *one.path)
        unit = _tell_unit(manner, one.field) if one.field is not None else None
        if manner.has_unit_row:
            path = (*path, f"({unit})" if unit else None)
        told.append(_Column(path, one.field, one.is_decoy, one.fixed))
    return told


def _lay_header(columns: Sequence[_Column], manner: Manner) -> tuple[list[Cells], list[Span]]:
    """The rows of a header, each merged cell in its first place, and the merged cells."""
    depth = max(len(one.path) for one in columns)
    rows: list[Cells] = [[None] * len(columns) for _ in range(depth)]
    merges: list[Span] = []
    for level in range(depth):
        at = 0
        paths = [(*one.path, *[None] * (depth - len(one.path))) for one in columns]
        for _, run in groupby(paths, key=lambda path: path[: level + 1]):
            size = len(list(run))
            path = paths[at]
            rows[level][at] = path[level]
            if size > 1 and path[level] is not None:
                if any(path[level + 1 :]):
                    merges.append((level, level, at, at + size - 1))
                else:  # two columns of one name are two cells
                    rows[level][at : at + size] = [path[level]] * size
            at += size
    if manner.ordinal is not None:
        rows = [["STT" if level == 0 else None, *row] for level, row in enumerate(rows)]
        merges = [(top, bottom, left + 1, right + 1) for top, bottom, left, right in merges]
    return rows, merges


# Cells ---------------------------------------------------------------------------------------------------------------


def _scale(one: Field, manner: Manner, value: Any) -> Decimal:
    """A figure in the unit of the file."""
    if one.kind == "money":
        return Decimal(value) / manner.money_factor
    if one.kind == "measure":
        return Decimal(value) * (manner.measures[one.name][1] or 1)
    return Decimal(value) / (1000 if manner.counted_in_thousands == one.name else 1)


def _print(number: Decimal, nth: int) -> str:
    """What a program of the one language or the other writes down as shown."""
    return str(write_number(number, ["vi", "en"][nth % 2]))


def _write_figure(one: Field, manner: Manner, value: Any, nth: int, is_marked: bool = True) -> Any:
    number = _scale(one, manner, value)
    style = manner.own_numbers.get(one.column, manner.numbers)
    if style in ("cells_and_vi", "both"):
        style = (["vi", "cells"] if style == "cells_and_vi" else ["vi", "en"])[nth % 2]
    if style == "scaled" and one.kind == "money":
        commas = 1 + nth % 2
        return Shown(write_number(number * 1000**commas, "cells"), "#,##0.0##" + "," * commas, _print(number, nth))
    if style == "shown":
        is_dong = nth % 5 == 4 and one.kind == "money" and manner.money_factor == 1
        code = '#,##0" đ"' if is_dong else ["#,##0", "#,##0.00", "General", "0"][nth % 4]
        return Shown(write_number(number, "cells"), code, _print(number, nth) + " đ" * is_dong)
    cell = write_number(number, style, manner.has_brackets)
    return cell + manner.marks if manner.marks and is_marked and nth % 3 == 1 and isinstance(cell, str) else cell


def _write_cell(one: Field, manner: Manner, value: Any, nth: int) -> Any:
    if value is None:
        return manner.empty
    if one.is_figure:
        return _write_figure(one, manner, value, nth)
    style = ["d/m/Y", "m/d/Y"][nth % 2] if manner.days == "both" else manner.days
    if one.kind == "day" and not style.startswith("swapped"):  # those are written column by column
        return write_day(value, style)
    if one.kind == "moment":
        return write_moment(value, "dd/mm/Y" if style.startswith("swapped") else style, manner.clock)
    return value if one.words is None else one.words[value]


def _write_columns(columns: Sequence[_Column], manner: Manner, rows: Sequence[Truth]) -> list[Cells]:
    """The cells of some rows of data under their columns."""
    grid = [[_write_one(one, manner, row, row[NUMBER]) for one in columns] for row in rows]
    if manner.days.startswith("swapped"):
        for at, one in enumerate(columns):
            days = [row[one.field.name] for row in rows] if one.field is not None and one.field.kind == "day" else []
            for cells, day in zip(grid, days, strict=False):
                told = swap_days(day, manner.days == "swapped_back") if day is not None else manner.empty
                plain = manner.empty if day is None else write_day(day, "dd/mm/Y")
                cells[at] = told if can_tell_swap([day for day in days if day is not None]) else plain
    return grid


def _write_one(one: _Column, manner: Manner, row: Truth, nth: int) -> Any:
    if one.field is None:
        return one.fixed
    value = row[one.field.name]
    if one.is_decoy:  # another figure than the one that is meant
        return _write_figure(one.field, manner, (value or 0) * 2 + (10**9 if one.field.kind == "money" else 7), nth)
    if one.field.kind == "place" and manner.places == "groups_beside":
        return None
    return _write_cell(one.field, manner, value, nth)


# Tables --------------------------------------------------------------------------------------------------------------


def lay_out(form: Form, manner: Manner, rows: Sequence[Truth], seed: int) -> list[Laid]:
    """Lay the rows out on one sheet, or on two."""
    rng = Random(seed)
    half = (len(rows) + 1) // 2
    if manner.tables == "sheets" and len(rows) > 1:
        return [_lay_sheet(form, manner, part, rng, nth) for nth, part in enumerate((rows[:half], rows[half:]))]
    if manner.tables == "stacked" and len(rows) > 1:
        sheet = _lay_sheet(form, manner, rows[:half], rng, 0, has_tail=False)
        sheet.put([])
        _lay_table(sheet, form, manner, rows[half:], rng, is_permuted=True)
        return [sheet]
    if manner.tables == "beside" and len(rows) > 1:
        return [_lay_beside(form, manner, rows[:half], rows[half:], rng)]
    return [_lay_sheet(form, manner, rows, rng, 0)]


def _lay_sheet(form: Form, manner: Manner, rows: Sequence[Truth], rng: Random, nth: int, has_tail: bool = True) -> Laid:
    sheet = Laid()
    _lay_heading(sheet, form, manner, nth)
    _lay_table(sheet, form, manner, rows, rng)
    if has_tail:
        _lay_tail(sheet, manner)
    return sheet


def _lay_heading(sheet: Laid, form: Form, manner: Manner, nth: int) -> None:
    sheet.put(["UBND TỈNH PHÚ THỌ", None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"], [])
    said = manner.money if manner.money_at in ("line", "title") else None
    if manner.money_at == "against":
        said = next(words[0] for factor, words in MONEY_WORDS.items() if factor != manner.money_factor)
    line = manner.unit_line.format(said)
    sheet.put([f"{form.title}\n{line}" if said and manner.money_at == "title" else form.title])
    sheet.put([manner.dated])
    if said and manner.money_at != "title" and (nth == 0 or manner.money_said_again):
        sheet.put([None, None, None, line])


def _lay_tail(sheet: Laid, manner: Manner) -> None:
    for kind in manner.tail:
        if kind == "note":
            sheet.put([], ["Ghi chú: số liệu do các đơn vị báo cáo."])
        elif kind == "marks":
            sheet.put([], ["Ghi chú:"], ["(1) Theo báo cáo của 12 xã, phường."], ["* Số liệu chưa quyết toán."])
        else:
            sheet.put([], [None, "NGƯỜI LẬP BIỂU", None, "THỦ TRƯỞNG ĐƠN VỊ"], [None, "(Ký, ghi rõ họ tên)"])


def _lay_beside(form: Form, manner: Manner, left: Sequence[Truth], right: Sequence[Truth], rng: Random) -> Laid:
    """Two tables of one form side by side, under one heading."""
    sheet, beside = Laid(), Laid()
    _lay_heading(sheet, form, manner, 0)
    first = len(sheet.rows)
    state = rng.getstate()
    _lay_table(sheet, form, manner, left, rng)
    rng.setstate(state)
    _lay_table(beside, form, manner, right, rng)
    width = max(len(row) for row in sheet.rows[first:])
    for nth, row in enumerate(beside.rows):
        if first + nth == len(sheet.rows):
            sheet.put([])
        line = sheet.rows[first + nth]
        line += [*[None] * (width - len(line)), *row]
    by = [(top + first, bottom + first, a + width, z + width) for top, bottom, a, z in beside.merges]
    sheet.merges += by
    sheet.meant |= {(row + first, 1): truth for (row, _), truth in beside.meant.items()}
    return sheet


def _lay_table(
    sheet: Laid, form: Form, manner: Manner, rows: Sequence[Truth], rng: Random, is_permuted: bool = False
) -> None:
    columns = _make_columns(form, manner, rng, is_permuted)
    header, merges = _lay_header(columns, manner)
    top = len(sheet.rows)
    sheet.merges += [(top + a, top + z, left, right) for a, z, left, right in merges]
    sheet.put(*header)
    lead = manner.ordinal is not None
    if manner.numbers_row is not None:
        count = range(1, len(columns) + lead + 1)
        sheet.put([nth if manner.numbers_row == "int" else manner.numbers_row.format(nth) for nth in count])
    if manner.places != "column":
        rows = sorted(rows, key=lambda row: str(row[_find_place(form)]))
    totals = _lay_totals(columns, manner, rows)
    if manner.total == "TỔNG SỐ":
        sheet.put(totals)
    _lay_rows(sheet, form, manner, rows, columns)
    if manner.total is not None and manner.total != "TỔNG SỐ":
        sheet.put(totals)


def _find_place(form: Form) -> str:
    return next(one.name for one in form.fields if one.kind == "place")


def _lay_totals(columns: Sequence[_Column], manner: Manner, rows: Sequence[Truth], share: int = 1) -> Cells:
    """A row of sums: of all rows, or of a part of one."""
    cells: Cells = [None]
    for one in columns[1:]:
        if one.field is None or not one.field.is_figure or one.is_decoy:
            cells.append(None)
            continue
        amount = sum((Decimal(row[one.field.name] or 0) for row in rows), Decimal(0))
        whole = amount if share == 1 else Decimal(int(amount) // share)
        cells.append(_write_figure(one.field, manner, whole, 0, is_marked=False))
    cells[0] = manner.total
    return [None, *cells] if manner.ordinal is not None else cells


def _lay_rows(sheet: Laid, form: Form, manner: Manner, rows: Sequence[Truth], columns: Sequence[_Column]) -> None:
    grid = _write_columns(columns, manner, rows)
    place = _find_place(form)
    lead = manner.ordinal is not None
    above = len(sheet.rows)
    before: Any = None
    groups = 0
    for nth, (cells, row) in enumerate(zip(grid, rows, strict=True)):
        is_new = row[place] != before
        if manner.places.startswith("groups") and is_new:
            groups += 1
            sheet.put([*([_write_roman(groups)] if lead else []), form.find(place).words[row[place]]])  # type: ignore[index]
        elif manner.has_groups and not manner.places.startswith("groups") and nth % 3 == 0:
            groups += 1
            sheet.put([*([_write_roman(groups)] if lead else []), "Danh mục chuyển tiếp"])
        before = row[place]
        ordinal = None if manner.ordinal is None else _write_ordinal(manner.ordinal, nth + 1)
        lost = {one.name for one in form.fields if manner.is_lost(one)} | _spoil(cells, nth, columns, manner)
        sheet.put([*([ordinal] if lead else []), *cells])
        told = {name: value for name, value in row.items() if name != NUMBER}
        sheet.meant[len(sheet.rows), 0] = told | dict.fromkeys(lost, LOST)
        if manner.parts is not None and nth % 2 == 0:
            part = _lay_totals(columns, manner, [row], share=2)
            part[lead] = manner.parts
            sheet.put(part)
    if manner.places == "merged":
        _merge_places(sheet, place, columns, lead, above)


def _spoil(cells: Cells, nth: int, columns: Sequence[_Column], manner: Manner) -> set[str]:
    """Put something unreadable in the place of one cell; the field that it is of."""
    if manner.spoilt is None or manner.spoilt[0] != nth:
        return set()
    name, said = manner.spoilt[1:]
    for at, one in enumerate(columns):
        if one.field is not None and one.field.name == name and not one.is_decoy:
            cells[at] = said
            return {name}
    return set()


def _write_ordinal(style: str, number: int) -> Any:
    return number if style == "1" else f"{number:02d}" if style == "01" else f"{number}."


def _write_roman(number: int) -> str:
    return ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"][number - 1]


def _merge_places(sheet: Laid, place: str, columns: Sequence[_Column], lead: bool, above: int) -> None:
    """Merge the cells of one commune downwards, over rows of one table that stand one under the other; `above`: how
    many rows of the sheet stand before the table's own."""
    column = next(at for at, one in enumerate(columns) if one.field is not None and one.field.name == place) + lead
    mine = [row for row, _ in sheet.meant if row > above and sheet.meant[row, 0]]
    for first in mine:
        value = sheet.rows[first - 1][column]
        last = first
        while last + 1 in mine and sheet.rows[last][column] == value and value is not None:
            sheet.rows[last][column] = None
            last += 1
        if last > first:
            sheet.merges.append((first - 1, last - 1, column, column))


# Files ---------------------------------------------------------------------------------------------------------------


def _write_workbook(sheets: Sequence[Laid], manner: Manner) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    if manner.days.endswith("1904"):
        book.epoch = CALENDAR_MAC_1904
    for number, laid in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"Biểu {number}")
        for row, cells in enumerate(laid.rows, start=1):
            for column, value in enumerate(cells, start=1):
                if isinstance(value, Shown):
                    cell = sheet.cell(row, column, value.value)
                    cell.number_format = value.number_format
                elif isinstance(value, Broken):
                    sheet.cell(row, column, value.error)
                elif value is not None:
                    cell = sheet.cell(row, column, value)
                    if isinstance(value, str):
                        cell.data_type = "s"
        for top, bottom, left, right in laid.merges:
            sheet.merge_cells(start_row=top + 1, end_row=bottom + 1, start_column=left + 1, end_column=right + 1)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _write_spans(sheet: Laid) -> str:
    """A page whose cells span rows and columns."""
    spans = {(top, left): (bottom - top + 1, right - left + 1) for top, bottom, left, right in sheet.merges}
    covered = {
        (row, column)
        for top, bottom, left, right in sheet.merges
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    } - spans.keys()
    lines = []
    for row, cells in enumerate(sheet.even_out()):
        told = ""
        for column, value in enumerate(cells):
            if (row, column) not in covered:
                down, across = spans.get((row, column), (1, 1))
                told += f'<td rowspan="{down}" colspan="{across}">{"" if value is None else escape(str(value))}</td>'
        lines.append(f"<tr>{told}</tr>")
    return f'<html><head><meta charset="utf-8"></head><body><table>{"".join(lines)}</table></body></html>'
