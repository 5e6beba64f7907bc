"""Phú Thọ's auctions come as one CSV per month, UTF-8 with BOM, prices in đồng written with dots."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd

from dagster_project.simulate.context import Context, find_month_start
from dagster_project.simulate.feeds.investment.rows import place_rows
from dagster_project.simulate.feeds.land_auction import rows as rows_of
from dagster_project.simulate.forms import letters
from dagster_project.simulate.quirks import hard
from dagster_project.simulate.quirks import money as money_quirks
from dagster_project.simulate.quirks.ordinary import Batch
from dagster_project.simulate.statements import Delivery, FileRecord

FEED, AREA = "land_auction_pt", "pt"
AGAIN, MOVED_FROM = np.datetime64("2025-05", "M"), np.datetime64("2025-06", "M")
OTHER_BYTES = (np.datetime64("2025-02", "M"), np.datetime64("2025-12", "M"))
"""In these months the file is saved as CP1258."""


def write(context: Context) -> Delivery:
    """Send a CSV for each month begun by `as_of`."""
    delivered = Delivery()
    for month in context.list_months():
        batch = rows_of.make_batch(context, FEED, AREA, month, 1, is_text=True)
        send(context, delivered, batch, month, name_file(month), 1)
        if context.is_hard and month == AGAIN:
            again = restate(batch)
            send(context, delivered, again, month, name_file(month).replace(".csv", " lần 2 FINAL.csv"), 2)
    if context.is_hard:
        hard.empty_file(context, delivered, FEED, "csv")
        picture = hard.JPEG_HEADER + context.make_rng(FEED, "picture").bytes(3000)
        hard.set_aside(context, delivered, FEED, "anh chup bieu.csv", picture, "unreadable", "picture_file")
        for stray in (hard.unnoticed_files, hard.same_bytes, hard.older_file_late):
            stray(context, delivered, FEED, "csv")
    return delivered


def name_file(month: np.datetime64) -> str:
    """Return the name of a month's file: `dau_gia_2025_07.csv`."""
    return f"dau_gia_{str(month)[:4]}_{str(month)[5:]}.csv"


def restate(batch: Batch) -> Batch:
    """Return the same month sent again: a lot has vanished, another's price was mistyped."""
    again = batch.repeat_sending()
    sound = np.flatnonzero(again.rows["rule"].isna().to_numpy())
    if len(sound):
        at = sound[0]
        again.rows.loc[at, "deposit"] = int(again.rows["deposit"].iloc[at]) + 1_000_000
        again.raw["deposit"][at] = money_quirks.spell_vietnamese(int(again.rows["deposit"].iloc[at]))
    return again


def send(context: Context, delivered: Delivery, batch: Batch, month: np.datetime64, file: str, number: int) -> None:
    """Write one CSV and its account: the header is its only row that is no lot."""
    is_moved = bool(context.is_hard and month >= MOVED_FROM)
    is_old = context.mess != "none" and month in OTHER_BYTES
    text = write_table(batch, is_moved)
    if is_old:
        sha = context.write(FEED, file, hard.spell_cp1258(text).encode("cp1258"))
        remarks: tuple[str, ...] = ("wrong_encoding",)
    else:
        sha, remarks = letters.write_csv(context, delivered, FEED, file, text, "utf-8-sig")
    size = len(batch.rows)
    record = FileRecord(
        FEED, file, sha, batch.data_day, str(month), number, rows_read=size + 1, not_data=1,
        covers_from=find_month_start(month), strange_column="Bước giá" if is_moved else None,
        remarks=remarks,
    )  # fmt: skip
    delivered.files.append(record)
    delivered.rows.append(place_rows(batch.rows, record, "", np.arange(2, size + 2)))
    batch.log.update({"moved_columns": int(is_moved), "other_bytes": int(is_old)})
    context.note(delivered, record, batch)


def write_table(batch: Batch, is_moved: bool) -> str:
    """Return the CSV's text; in a moved form the commune comes first, and a column is added."""
    names = list(rows_of.HEADERS)
    headers = dict(rows_of.HEADERS)
    columns = dict(batch.raw)
    if is_moved:
        names = ["unit_name", *(name for name in names if name != "unit_name"), "step"]
        headers["step"] = "Bước giá"
        columns["step"] = np.full(len(batch.rows), "1.000.000", dtype=object)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([headers[name] for name in names])
    cells = [np.where(pd.isna(columns[name]), "", columns[name]).tolist() for name in names]
    writer.writerows(zip(*cells, strict=True))
    return out.getvalue()
