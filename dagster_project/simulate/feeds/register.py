"""What the Office's register of tasks and the register of plans have in common: one workbook, the whole so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dagster_project.simulate import money_mess, office
from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds.investment_rows import placed_at
from dagster_project.simulate.mess import Batch
from dagster_project.simulate.statements import Delivered, FileRecord


def text_cells(state: pd.DataFrame, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Texts as they are; nothing is an empty cell."""
    return {
        name: state[name].astype(object).where(state[name].notna(), None).to_numpy(dtype=object, copy=True)
        for name in names
    }


def date_cells(state: pd.DataFrame, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Dates as Excel keeps them; nothing is an empty cell."""
    cells = {}
    for name in names:
        times = state[name].to_numpy().astype("datetime64[s]")
        cells[name] = money_mess.date_cells(times, is_text=False)
        cells[name][np.isnat(times)] = None
    return cells


def send(
    context: Context, delivered: Delivered, batch: Batch, feed: str, file: str, sheet_name: str, agency: str,
    heading: str, headers: Mapping[str, str], dates: Sequence[str],
) -> FileRecord:  # fmt: skip
    """Write the register and its account; it has no total row."""
    size, day = len(batch.rows), batch.data_day
    columns = [office.Column("STT", np.arange(1, size + 1).astype(object))]
    for name, header in headers.items():
        columns.append(office.Column(header, batch.raw[name], style="date" if name in dates else "general"))
    title = [
        heading,
        f"(Số liệu đến ngày {day:%d/%m/%Y})",
        f"(Kèm theo Báo cáo số {100 + 7 * day.month}/BC-VP ngày {day:%d/%m/%Y} của {agency})",
    ]
    (extent,) = office.write_workbook(context.path(feed, file), [office.Sheet(sheet_name, columns, agency, title)])
    record = FileRecord(
        feed, file, context.sha256(feed, file), day, "register", rows_read=extent.filled,
        not_data=extent.filled - size, blank=extent.blank,
    )  # fmt: skip
    delivered.files.append(record)
    places = np.arange(extent.first_row, extent.first_row + size)
    delivered.rows.append(placed_at(batch.rows, record, sheet_name, places))
    context.note(delivered, record, batch)
    return record
