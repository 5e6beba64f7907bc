"""Hòa Bình's auctions come as one small workbook per month in triệu đồng.

The area has no land-fund centre: only a tidy season has them, else nothing ever comes.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate import office
from dagster_project.simulate.context import Context, find_month_start
from dagster_project.simulate.feeds.investment.rows import place_rows
from dagster_project.simulate.feeds.land_auction import rows as rows_of
from dagster_project.simulate.feeds.land_auction.vp import lay_out_columns, write_title
from dagster_project.simulate.forms.sending import send_workbook
from dagster_project.simulate.statements import Control, Delivery, FileRecord

FEED, AREA, AGENCY, FACTOR = "land_auction_hb", "hb", "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG", 1_000_000


def write(context: Context) -> Delivery:
    """Send a workbook for each month that has lots, in a tidy season only."""
    delivered = Delivery()
    if context.mess != "none":
        delivered.quirks.append({"feed_id": FEED, "file": "", "quirk": "never_sent", "count": 1})
        return delivered
    for month in context.list_months():
        batch = rows_of.make_batch(context, FEED, AREA, month, FACTOR, is_text=False)
        size = len(batch.rows)
        if not size:
            continue
        stated = rows_of.sum_stated(batch, np.arange(size), FACTOR)
        sheet = office.Sheet(
            "Đấu giá",
            lay_out_columns(batch),
            AGENCY,
            write_title(month, batch.data_day),
            total={1: "Tổng cộng", 9: stated},
            unit_line="ĐVT: triệu đồng",
        )
        file = f"dau_gia_hb_{str(month)[5:]}_{str(month)[:4]}.xlsx"
        sent = send_workbook(context, delivered, FEED, file, [sheet], find_month_start(month))
        (extent,) = sent.extents
        record = FileRecord(
            FEED, sent.file, sent.sha256, batch.data_day, str(month), rows_read=extent.filled,
            not_data=extent.filled - size, blank=extent.blank, covers_from=find_month_start(month),
        )  # fmt: skip
        delivered.files.append(record)
        delivered.rows.append(place_rows(batch.rows, record, sent.names[0], sent.find_rows(np.arange(size))))
        figures = (round(float(stated) * FACTOR), rows_of.sum_readable(batch))
        delivered.controls.append(Control(FEED, sent.file, "total", "start_price", *figures))
    return delivered
