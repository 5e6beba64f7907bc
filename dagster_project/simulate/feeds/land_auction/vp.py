"""Vĩnh Phúc's auctions come as one workbook per year, one sheet per month, an ĐVT line that may stand on the first
sheet only.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from dagster_project.simulate import office
from dagster_project.simulate.context import Context, find_month_start
from dagster_project.simulate.feeds.investment.rows import place_rows
from dagster_project.simulate.feeds.land_auction import rows as rows_of
from dagster_project.simulate.forms.sending import send_workbook
from dagster_project.simulate.quirks import hard
from dagster_project.simulate.quirks.ordinary import Batch
from dagster_project.simulate.statements import Control, Delivery, FileRecord

FEED, AREA, AGENCY = "land_auction_vp", "vp", "TRUNG TÂM PTQĐ"
UNIT, FACTOR = "triệu đồng", 1_000_000
MOVED, TWICE, OFF_BY_ONE = (np.datetime64(f"2025-{month}", "M") for month in ("04", "03", "06"))


def write(context: Context) -> Delivery:
    """Send a workbook for each year begun by `as_of`."""
    delivered = Delivery()
    months = context.list_months()
    for year in sorted({str(month)[:4] for month in months}):
        send_year(context, delivered, [month for month in months if str(month)[:4] == year], year)
    if context.is_hard:
        _send_contradiction(context, delivered, months[0])
        hard.send_strays(context, delivered, FEED, "xlsx")
    return delivered


def send_year(context: Context, delivered: Delivery, months: list[np.datetime64], year: str) -> None:
    """Write a year's workbook and its account."""
    batches = [rows_of.make_batch(context, FEED, AREA, month, FACTOR, is_text=False) for month in months]
    parts = [(batch, month, f"Tháng {int(str(month)[5:])}") for batch, month in zip(batches, months, strict=True)]
    if context.is_hard and TWICE in months:
        at = months.index(TWICE)
        parts.insert(at + 1, (batches[at], TWICE, f"{parts[at][2]} (2)"))
        batches[at].log["sheet_twice"] += 1
    has_line = [context.mess == "none" or nth == 0 for nth in range(len(parts))]
    sheets = [
        lay_out_sheet(context, batch, month, name, has_line=line)
        for (batch, month, name), line in zip(parts, has_line, strict=True)
    ]
    file = f"dau_gia_dat_{year}.xlsx"
    sent = send_workbook(context, delivered, FEED, file, sheets)
    extents = sent.extents
    size = sum(len(batch.rows) for batch, _, _ in parts)
    filled, blank = sum(extent.filled for extent in extents), sum(extent.blank for extent in extents)
    record = FileRecord(
        FEED, sent.file, sent.sha256, batches[-1].data_day, year, rows_read=filled, remarks=sent.remarks,
        not_data=filled - size, blank=blank, covers_from=find_month_start(months[0]),
        strange_column="Bước giá" if context.is_hard and MOVED in months else None,
    )  # fmt: skip
    delivered.files.append(record)
    for nth, (batch, month, name) in enumerate(parts):
        rows = sent.find_rows(np.arange(len(batch.rows)), nth)
        delivered.rows.append(place_rows(batch.rows, record, name, rows))
        stated = float(choose_stated_total(context, batch, month)) * FACTOR
        delivered.controls.append(
            Control(FEED, sent.file, name, "start_price", round(stated), rows_of.sum_readable(batch))
        )
    for batch in batches[1:]:
        batches[0].log.update(batch.log)
    context.note(delivered, record, batches[0])


def choose_stated_total(context: Context, batch: Batch, month: np.datetime64) -> float:
    """Return the sheet's total; in a bad season one leaves out the last lot."""
    is_off = context.is_hard and month == OFF_BY_ONE
    batch.log["total_off_by_one_row"] = int(is_off)
    rows = np.flatnonzero(~batch.state["is_repeat"].to_numpy())
    return rows_of.sum_stated(batch, rows[:-1] if is_off else rows, FACTOR)


def lay_out_sheet(context: Context, batch: Batch, month: np.datetime64, name: str, *, has_line: bool) -> office.Sheet:
    """Return a month's sheet; in a moved form the status comes first, and a column is added."""
    is_moved = context.is_hard and month == MOVED
    batch.log["moved_columns"] = int(is_moved)
    columns = lay_out_columns(batch, is_moved)
    heads = [column.header for column in columns]
    total: dict[int, str | float] = {
        heads.index("Số thông báo"): "Tổng cộng",
        heads.index("Giá khởi điểm"): choose_stated_total(context, batch, month),
    }
    line = f"ĐVT: {UNIT}" if has_line else ""
    return office.Sheet(name, columns, AGENCY, write_title(month, batch.data_day), total=total, unit_line=line)


def lay_out_columns(batch: Batch, is_moved: bool = False) -> list[office.Column]:
    """Return STT and the register's columns."""
    columns = [
        office.Column(
            header,
            batch.raw[name],
            None,
            "date" if name in ("announced_on", "auction_date") else "general",
            is_money=name in rows_of.MONEY,
        )
        for name, header in rows_of.HEADERS.items()
    ]
    if is_moved:
        columns.sort(key=lambda column: column.header == "Khu đất")
        columns.append(office.Column("Bước giá", np.full(len(batch.rows), 5, dtype=object)))
    return [office.Column("STT", np.arange(1, len(batch.rows) + 1).astype(object)), *columns]


def write_title(month: np.datetime64, day: date) -> list[str]:
    """Return the lines above the table."""
    number = int(str(month)[5:])
    return [
        f"KẾT QUẢ ĐẤU GIÁ QUYỀN SỬ DỤNG ĐẤT THÁNG {number}/{str(month)[:4]}",
        f"(Số liệu đến ngày {day:%d/%m/%Y})",
        f"(Kèm theo Báo cáo số {100 + 7 * number}/BC-VP ngày {day:%d/%m/%Y} của {AGENCY})",
    ]


def _send_contradiction(context: Context, delivered: Delivery, month: np.datetime64) -> None:
    """Send a supplement whose second sheet has another ĐVT than its first: nobody can tell which is meant."""
    batch = rows_of.make_batch(context, FEED, AREA, month, FACTOR, is_text=False)
    sheets = [
        office.Sheet(name, lay_out_columns(batch), AGENCY, write_title(month, batch.data_day), unit_line=f"ĐVT: {unit}")
        for name, unit in (("Biểu 1", UNIT), ("Biểu 2", "nghìn đồng"))
    ]
    content, _ = office.make_workbook(sheets)
    hard.set_aside(
        context, delivered, FEED, "dau_gia_bo_sung.xlsx", content, "money_unit_contradicted", "money_unit_contradicted"
    )
