"""Vĩnh Phúc's houses: the whole register as CSV, `;`, UTF-8 with letters and tones apart (NFD), money in đồng."""

from __future__ import annotations

import csv
import io
import unicodedata
from datetime import date

import numpy as np

from dagster_project.simulate import hard
from dagster_project.simulate.context import Context, month_end
from dagster_project.simulate.feeds import housing_rows as rows_of
from dagster_project.simulate.feeds.investment_rows import placed_at
from dagster_project.simulate.mess import Batch
from dagster_project.simulate.statements import Delivered, FileRecord

FEED, AREA = "housing_vp", "vp"
KEPT = 2
"""The registers of this many months before still lie in the folder; the newest replaces them whole."""


def write(context: Context) -> Delivered:
    """Send the register as at the last months' ends and as at the day of the simulation."""
    delivered = Delivered()
    for day in days(context):
        batch = rows_of.make_batch(context, FEED, AREA, day, True)
        send(context, delivered, batch, f"nha_o_vinh_phuc_{day:%Y%m%d}.csv", 1)
        if context.is_hard and day == context.as_of:
            again = restated(batch)
            send(context, delivered, again, f"nha_o_vinh_phuc_{day:%Y%m%d} lần 2.csv", 2)
    if context.is_hard and delivered.files:
        for stray in (hard.empty_file, hard.older_file_late):
            stray(context, delivered, FEED, "csv")
    return delivered


def days(context: Context) -> list[date]:
    """Month ends before the day of the simulation, the newest KEPT, and that day."""
    ended = [month_end(month) for month in context.months()]
    return [*[day for day in ended if day < context.as_of][-KEPT:], context.as_of]


def restated(batch: Batch) -> Batch:
    """The same register sent again: a household has vanished, another turns out to be a repair."""
    again = rows_of.part(batch, np.arange(1, len(batch.rows)))
    new = np.flatnonzero((again.rows["rule"].isna() & (again.rows["kind"] == "xay_moi")).to_numpy())
    at = new[:1]
    again.rows.loc[at, "kind"], again.rows.loc[at, "support"] = "sua_chua", 30_000_000
    again.raw["kind"][at], again.raw["support"][at] = "Sửa chữa", "30.000.000"
    again.log.update({"lan_2": 1, "lan_2:changed": len(at), "lan_2:vanished": 1})
    return again


def send(context: Context, delivered: Delivered, batch: Batch, file: str, number: int) -> None:
    """Write one CSV and its account: the header is its only row that is no household."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(rows_of.HEADERS.values())
    writer.writerows(zip(*(batch.raw[name].tolist() for name in rows_of.HEADERS), strict=True))
    sha = context.write(FEED, file, unicodedata.normalize("NFD", out.getvalue()).encode())
    size = len(batch.rows)
    record = FileRecord(FEED, file, sha, batch.data_day, "register", number, rows_read=size + 1, not_data=1)
    delivered.files.append(record)
    delivered.rows.append(placed_at(batch.rows, record, "", np.arange(2, size + 2)))
    context.note(delivered, record, batch)
