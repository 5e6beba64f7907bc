"""This module holds what the Office's register of tasks and the register of plans have in common: a workbook with the
whole so far.

It comes twice: a week before the day of the simulation, and on that day. The later one replaces the earlier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from dagster_project.simulate import office
from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds.investment.rows import place_rows
from dagster_project.simulate.forms.sending import send_workbook
from dagster_project.simulate.quirks import hard
from dagster_project.simulate.quirks import money as money_quirks
from dagster_project.simulate.quirks.ordinary import Batch
from dagster_project.simulate.statements import Delivery, FileRecord

WEEK, PUT_OFF = timedelta(days=7), 5


def list_days(context: Context) -> tuple[date, date]:
    """Return the days of the two registers, the earlier first."""
    return context.as_of - WEEK, context.as_of


def write(
    context: Context, feed: str, state_at: Callable[[Context, date], pd.DataFrame],
    send_one: Callable[[Context, Delivery, pd.DataFrame, date], None], stray: hard.Stray,
) -> Delivery:  # fmt: skip
    """Send the register as at each of its days; before its first row there is none. A bad season adds a `stray`."""
    delivered = Delivery()
    for day in list_days(context):
        state = state_at(context, day)
        if len(state):
            send_one(context, delivered, state, day)
    if context.is_hard and delivered.files:
        stray(context, delivered, feed, "xlsx")
    return delivered


def name_file(file: str, day: date, context: Context) -> str:
    """Return `so_theo_doi_06_07_2025.xlsx` for an earlier register than that of the day, `so_theo_doi.xlsx` for that
    one.
    """
    return file if day == context.as_of else file.replace(".xlsx", f"_{day:%d_%m_%Y}.xlsx")


def add_second_thoughts(
    context: Context, state: pd.DataFrame, day: date, due: str, is_put_off: np.ndarray, is_struck_off: np.ndarray
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the register as the office saw it on that day, in no tidy season: deadlines `due` that the later register
    puts off by PUT_OFF, and rows that it strikes off. And how many of each there are.
    """
    if context.mess == "none":
        return state, {}
    if day == context.as_of:
        return state[~is_struck_off].reset_index(drop=True), {"struck_off": int(is_struck_off.sum())}
    early = state[due].mask(is_put_off, state[due] - np.timedelta64(PUT_OFF, "D"))
    return state.assign(**{due: early}), {"put_off": int((is_put_off & state[due].notna()).sum())}


def write_texts(state: pd.DataFrame, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return texts as they are; nothing is an empty cell."""
    return {
        name: state[name].astype(object).where(state[name].notna(), None).to_numpy(dtype=object, copy=True)
        for name in names
    }


def write_dates(state: pd.DataFrame, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return dates as Excel keeps them; nothing is an empty cell."""
    cells = {}
    for name in names:
        times = state[name].to_numpy().astype("datetime64[s]")
        cells[name] = money_quirks.write_dates(times, is_text=False)
        cells[name][np.isnat(times)] = None
    return cells


def send(
    context: Context, delivered: Delivery, batch: Batch, feed: str, file: str, sheet_name: str, agency: str,
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
    sheet = office.Sheet(sheet_name, columns, agency, title)
    sent = send_workbook(context, delivered, feed, file, [sheet], day.replace(month=1, day=1))
    (extent,) = sent.extents
    record = FileRecord(
        feed, sent.file, sent.sha256, day, "register", rows_read=extent.filled,
        not_data=extent.filled - size, blank=extent.blank, remarks=sent.remarks,
    )  # fmt: skip
    delivered.files.append(record)
    delivered.rows.append(place_rows(batch.rows, record, sent.names[0], sent.find_rows(np.arange(size))))
    context.note(delivered, record, batch)
    return record
