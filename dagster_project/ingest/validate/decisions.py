"""What was decided of the columns of a file before its cells became values, for its account.

`haicap why` shows it to a person, the offices' workbooks to who sent the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from dagster_project.contracts.models import Column, Feed
from dagster_project.ingest.normalise import text
from dagster_project.ingest.normalise.styles import Decision, has_marks
from dagster_project.ingest.readers.base import RawTable, find_column_of_role
from dagster_project.ingest.validate.column_styles import list_cells
from dagster_project.ingest.validate.file_units import SheetUnits

STYLES_VI = {
    ("numbers", "vi"): "số kiểu Việt Nam (1.234,5)",
    ("numbers", "en"): "số kiểu Anh (1,234.5)",
    ("numbers", "mixed"): "số viết lẫn hai kiểu; ô đọc được hai cách bị từ chối",
    ("days", "dmy"): "ngày đứng trước tháng (31/12/2025)",
    ("days", "mdy"): "tháng đứng trước ngày (12/31/2025)",
    ("days", "mixed"): "ngày viết lẫn hai kiểu; ô đọc được hai cách bị từ chối",
    ("days", "swapped"): "bảng tính đã đổi chỗ ngày và tháng; ô kiểu ngày bị từ chối",
}
"""(what, choice) of a Decision about a style → what it means."""
SOURCES_VI = {"title": "tiêu đề biểu", "name": "tên tệp", "rows": "ngày trong các dòng"}
"""Where the period of a file stands."""


def spell_unit(column: Column, factor: Decimal) -> str:
    """Return what one unit of the file is: "1 trong tệp = 1.000.000 đồng"."""
    unit = "đồng" if column.kind == "money" else column.unit or ""
    whole, _, part = f"{factor:f}".partition(".")
    figure = f"{int(whole):,}".replace(",", ".") + (f",{part.rstrip('0')}" if part.strip("0") else "")
    return f"1 trong tệp = {figure} {unit}".rstrip()


def list_decisions(
    tables: Sequence[RawTable], units: Sequence[SheetUnits], styles: Sequence[Decision], feed: Feed
) -> list[Decision]:
    """List what was decided of the columns of a file: number and date styles, units that the file names, and headers
    that no one agreed on word for word. What every table says alike stands once, with the cells of all; a style that no
    cell of its column depends on is left out.
    """
    columns = {column.name: column for column in feed.contract.columns}
    styles = [
        one
        for one in styles
        if (one.about, one.told_by) != ("numbers", "file")
        or any(map(has_marks, list_cells(tables, columns[one.column])))
    ]
    found = [*(decision for of_table in units for decision in of_table.told), *_list_headers(tables, feed)]
    alike: dict[tuple[str, str, str, str], list[Decision]] = {}
    for one in found:
        alike.setdefault((one.column, one.about, one.choice, one.told_by), []).append(one)
    joined = [*styles, *(_join(group, is_everywhere=len(group) == len(tables)) for group in alike.values())]
    return [replace(one, header=_find_header(one, tables)) for one in joined]


def _find_header(decision: Decision, tables: Sequence[RawTable]) -> str:
    """Find the name that the file has for a column of which something was decided."""
    heads = (
        head
        for table in tables
        if decision.sheet in (None, table.sheet)
        for role, head in table.heads.items()
        if find_column_of_role(role) == decision.column
    )
    return next(heads, "")


def _list_headers(tables: Sequence[RawTable], feed: Feed) -> Iterator[Decision]:
    agreed = {(role, text.make_header_key(name)[0]) for role, names in feed.reader_headers.items() for name in names}
    for table in tables:
        for role, head in table.heads.items():
            if len(table.frame) and (role, text.make_header_key(head)[0]) not in agreed:
                yield Decision(find_column_of_role(role), "header", role, len(table.frame), head, table.sheet)


def _join(group: Sequence[Decision], *, is_everywhere: bool) -> Decision:
    """Join what several sheets say alike; of some of them alone the first is named."""
    first = group[0]
    return Decision(
        first.column,
        first.about,
        first.choice,
        sum(one.cells for one in group),
        first.told_by,
        None if is_everywhere else first.sheet,
        place=first.place,
    )
