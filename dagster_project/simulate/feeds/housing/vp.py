"""Vĩnh Phúc's houses come as CSV, `;`, UTF-8 with letters and tones apart (NFD), money in đồng.

A file is the whole register so far, or a month's part of it: the households whose house went on in that month.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from datetime import date

import numpy as np

from dagster_project.simulate.context import Context, find_month_end
from dagster_project.simulate.feeds.housing import rows as rows_of
from dagster_project.simulate.feeds.investment.rows import place_rows
from dagster_project.simulate.forms import letters
from dagster_project.simulate.quirks import hard
from dagster_project.simulate.quirks.ordinary import Batch
from dagster_project.simulate.statements import PART, WHOLE, Delivery, FileRecord

FEED, AREA = "housing_vp", "vp"
KEPT = 2
"""The registers of this many months before still lie in the folder; the newest replaces them whole."""


def write(context: Context) -> Delivery:
    """Send the register as at the last months' ends and as at the day of the simulation.

    In no tidy season one of them is a month's part: in an ordinary one that of the month before, which the register of
    the day replaces; in a bad one that of the running month, which stands above the last whole register.
    """
    delivered = Delivery()
    batches = [rows_of.make_batch(context, FEED, AREA, day, True) for day in list_days(context)]
    place = len(batches) - (1 if context.is_hard else 2)
    part = take_month_part(batches[place]) if context.mess != "none" and len(batches) > 1 else None
    wholes = batches if part is None else batches[:place] + batches[place + 1 :]
    for batch in wholes:
        send(context, delivered, batch, f"nha_o_vinh_phuc_{batch.data_day:%Y%m%d}.csv", 1)
    if part is not None:
        send(context, delivered, part, f"nha_o_vinh_phuc_{part.data_day:%Y_%m}.csv", 1, is_part=True)
    if context.is_hard:
        again = restate(wholes[-1])
        send(context, delivered, again, f"nha_o_vinh_phuc_{again.data_day:%Y%m%d} lần 2.csv", 2)
        for stray in (hard.empty_file, hard.older_file_late):
            stray(context, delivered, FEED, "csv")
    return delivered


def take_month_part(batch: Batch) -> Batch | None:
    """Return the households whose house was begun, completed or handed over in the month of the data date, if any."""
    month = np.datetime64(batch.data_day, "M")
    days = [batch.state[name].to_numpy().astype("datetime64[M]") for name in rows_of.DATES]
    touched = np.flatnonzero(np.any([day == month for day in days], axis=0))
    if not len(touched):
        return None
    part = batch.take_rows(touched)
    part.log["month_part"] = 1
    return part


def list_days(context: Context) -> list[date]:
    """Return the newest KEPT month ends before the day of the simulation, and that day."""
    ended = [find_month_end(month) for month in context.list_months()]
    return [*[day for day in ended if day < context.as_of][-KEPT:], context.as_of]


def restate(batch: Batch) -> Batch:
    """Return the same register sent again: a household has vanished, another turns out to be a repair."""
    again = batch.take_rows(np.arange(1, len(batch.rows)))
    new = np.flatnonzero((again.rows["rule"].isna() & (again.rows["kind"] == "xay_moi")).to_numpy())
    at = new[:1]
    again.rows.loc[at, "kind"], again.rows.loc[at, "support"] = "sua_chua", 30_000_000
    again.raw["kind"][at], again.raw["support"][at] = "Sửa chữa", "30.000.000"
    again.log.update({"lan_2": 1, "lan_2:changed": len(at), "lan_2:vanished": 1})
    return again


def send(
    context: Context, delivered: Delivery, batch: Batch, file: str, number: int, is_part: bool = False
) -> None:  # fmt: skip
    """Write one CSV and its account: the header is its only row that is no household."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(rows_of.HEADERS.values())
    writer.writerows(zip(*(batch.raw[name].tolist() for name in rows_of.HEADERS), strict=True))
    text = unicodedata.normalize("NFD", out.getvalue())
    sha, remarks = letters.write_csv(context, delivered, FEED, file, text, "utf-8")
    size = len(batch.rows)
    day = batch.data_day
    record = FileRecord(
        FEED, file, sha, day, f"{PART}{day:%Y-%m}" if is_part else WHOLE, number, rows_read=size + 1, not_data=1,
        covers_from=day.replace(day=1) if is_part else None, remarks=remarks,
    )  # fmt: skip
    delivered.files.append(record)
    delivered.rows.append(place_rows(batch.rows, record, "", np.arange(2, size + 2)))
    context.note(delivered, record, batch)
