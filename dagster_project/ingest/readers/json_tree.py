"""The national portal's progress tree: children are rows, the parent is their control figure and one row of no data."""

from __future__ import annotations

from collections.abc import Mapping

from dagster_project.ingest.readers.base import RawTable, ReadSpec, unreadable
from dagster_project.ingest.readers.json import at_path, control_not_data, control_row, items_table, parse

_CHILDREN = "data.children"


def read(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """One answer → one table: `_row` is the child's number, the parent is row 0 (kind total) and whole in `extra`.

    Raises BlockedFile as json_pages does.
    """
    answer = parse(content)
    children = at_path(answer, _CHILDREN)
    if not isinstance(children, list):
        raise unreadable(f"JSON không có danh sách “{_CHILDREN}”", "Lấy lại dữ liệu từ dịch vụ.")
    table = items_table(children, spec)
    parent = at_path(answer, "data.parent")
    if isinstance(parent, Mapping):
        table.totals = control_row(parent, spec, "parent")
        table.totals["_to_row"] = len(children)
        table.not_data = control_not_data()
        table.extra["parent"] = dict(parent)
    chart = at_path(answer, "data.monthlyChart")
    if chart is not None:
        table.extra["monthlyChart"] = chart
    return [table]
