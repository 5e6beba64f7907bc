"""Tables one under the other: where a second one begins, and what it takes over from the first. Of rows of texts,
whatever kind of file they come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

import numpy as np

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.normalise import data_dates, quantities, text
from dagster_project.ingest.readers.base import ORDINALS, RawTable, name_column, report_missing_columns
from dagster_project.ingest.readers.headers import (
    MAX_HEADER_DEPTH,
    MAX_HEADING_ROWS,
    Header,
    Matcher,
    find_header,
)
from dagster_project.ingest.readers.wording.limits import YEAR, begins_as_limit, find_limit, is_limit_alone
from dagster_project.ingest.readers.wording.lines import find_lines_above, find_own_heading, find_units_in_note

Rows = Sequence[Sequence[Any]] | np.ndarray

MOST_TEXTS_OF_LINE = 2  # what says something of the rows below it stands alone, or has one text beside it


def find_next_header(rows: Rows, header: Header, matcher: Matcher, odd: Iterable[int] | None = None) -> int | None:
    """Find the row from which another table begins: it names as many columns as a header must, in other places, or
    stands under lines of its own.

    Only rows that name the running number in its column are looked at; without one, rows that name some columns. `odd`:
    the rows in order that alone can be such, where that is known.
    """
    for row in odd if odd is not None else range(header.after + 1, len(rows)):
        if row > header.after and _may_be_header(rows[row], header, matcher):
            found = find_header(rows[row : row + MAX_HEADING_ROWS + MAX_HEADER_DEPTH], matcher)
            if found is None or found.after > MAX_HEADER_DEPTH or row + found.after < header.after:
                continue
            own = find_own_heading(rows, row)
            if found.columns != header.columns or _fold_paths(found) != _fold_paths(header):
                return own
            said = find_lines_above(rows, row, header.first, header.after)
            if said is not None:
                return min(own, said)
    return None


def _fold_paths(header: Header) -> dict[int, list[str]]:
    return {index: [text.make_key(part) for part in path[-2:]] for index, path in header.paths.items()}


def _may_be_header(row: Sequence[Any], header: Header, matcher: Matcher) -> bool:
    """Tell whether a row names the running number in its column; without such a column, two of the others or more."""
    if header.ordinal is not None:
        cell = row[header.ordinal]
        return isinstance(cell, str) and text.make_header_key(cell)[0] in ORDINALS
    if not all(cell in ("", None) or isinstance(cell, str) for cell in row):
        return False
    return sum(1 for cell in row if cell and matcher.is_name(cell)) >= max(2, len(header.columns) // 4)


def join_below(first: RawTable, others: Sequence[RawTable], by: int, matcher: Matcher) -> None:
    """Number the rows of the tables that begin `by` rows below the first one's file or sheet as there, and give them
    the title, unit and year of the first where they say none themselves.

    Raises BlockedFile `missing_column` where a line above one says that its figures are no facts.
    """
    for table in others:
        _shift_rows(table, by)
        _refuse_other_figures(table, first, matcher)
        if data_dates.find_data_date(table.title) is None:  # its own day is not that of the table above
            table.title = "\n".join(filter(None, [first.title, table.title]))
        table.unit_phrases = table.unit_phrases or first.unit_phrases
        table.extra = first.extra | table.extra


def _shift_rows(table: RawTable, by: int) -> None:
    for frame in (table.frame, table.not_data, table.bad_rows, table.totals):
        for name in ("_row", "_from_row", "_to_row"):
            if name in frame:
                frame[name] += by
    table.notes_of_units = tuple((row + by, phrase) for row, phrase in table.notes_of_units)
    table.findings = [one if one.row is None else replace(one, row=one.row + by) for one in table.findings]


def _refuse_other_figures(table: RawTable, first: RawTable, matcher: Matcher) -> None:
    """Refuse a table under another when a line above it ("KẾ HOẠCH", "Kỳ trước") says that its figures are no facts."""
    known = frozenset(YEAR.findall(first.title))
    for line in table.title.split("\n"):
        if begins_as_limit(text.make_key(line)):
            _refuse_figures_under(line, table.columns, table.paths, table.sheet, known, matcher)


def _refuse_figures_under(
    line: str,
    columns: Mapping[str, int],
    paths: Mapping[int, tuple[str, ...]],
    sheet: str | None,
    known: frozenset[str],
    matcher: Matcher,
) -> None:
    is_dated = data_dates.find_data_date(line) is not None  # a day of its own is read as one
    lost = {
        role: [(said, (name_column(index), (line, *paths.get(index, ()))))]
        for role, index in columns.items()
        if role not in matcher.spec.names
        and (said := find_limit((line,), tuple(matcher.spec.aliases[role]), known)) is not None
        and not (is_dated and said == "trong kỳ")
    }
    if lost:
        raise report_missing_columns(sorted(lost), matcher.spec, [], sheet, lost)


def refuse_lines_between(
    rows: Rows, header: Header, between: Iterable[int], data: Set[int], sheet: str | None, matcher: Matcher
) -> None:
    """Refuse a table in which one of the rows `between` its rows names a unit that no line above it does, or stands
    alone and says "Kỳ trước": from there on the figures may be in another unit, or of another time. `data`: which of
    them are rows of the table, whose texts speak of themselves.

    Raises BlockedFile `unit_not_understood`, `missing_column`.
    """
    above = quantities.find_unit_phrases("\n".join(list_texts(rows[: header.first])))
    for at in between:
        said = list_texts(rows[at : at + 1])
        if not 0 < len(said) <= MOST_TEXTS_OF_LINE:
            continue
        found = quantities.find_unit_phrases("\n".join(said)) if any(map(_begins_as_unit_line, said)) else []
        found += find_units_in_note(said) if at not in data else []
        if set(found) - set(above):
            where = f"trang tính “{sheet}”, " if sheet else ""
            raise BlockedFile(
                "unit_not_understood",
                f"Giữa bảng có dòng đơn vị tính khác ({where}dòng {at + 1}: “{' '.join(said)}”);"
                " không biết các dòng dưới tính theo đơn vị nào.",
                "Tách thành hai bảng, mỗi bảng có dòng đơn vị tính và tiêu đề riêng, rồi gửi lại.",
            )
        if is_limit_alone(text.make_key(said[0])) and sum(cell not in ("", None) for cell in rows[at]) == 1:
            _refuse_figures_under(said[0], header.columns, header.paths, sheet, frozenset(), matcher)


def may_stand_between(cell: str) -> bool:
    """Tell whether a cell may change what the rows below it mean: their unit, or their time."""
    return _begins_as_unit_line(cell) or is_limit_alone(text.make_key(cell)) or bool(find_units_in_note([cell]))


def _begins_as_unit_line(cell: str) -> bool:
    return text.make_key(cell).lstrip("( ").startswith(("đvt", "đơn vị"))


def list_texts(rows: Rows) -> list[str]:
    """List the texts of some rows."""
    return [cell for row in rows for cell in row if isinstance(cell, str) and cell.strip()]
