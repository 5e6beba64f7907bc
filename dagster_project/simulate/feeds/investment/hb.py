"""Hòa Bình's disbursement is the Treasury's export, an HTML table saved under the name .xls, in đồng."""

from __future__ import annotations

from datetime import date
from html import escape

import numpy as np
import pandas as pd

from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds.investment import rows as rows_of
from dagster_project.simulate.quirks import hard, season
from dagster_project.simulate.quirks import money as money_quirks
from dagster_project.simulate.quirks.ordinary import Batch
from dagster_project.simulate.statements import Control, Delivery, FileRecord
from dagster_project.simulate.world import money as world_money

FEED, AREA, SHEET = "investment_hb", "hb", ""
HEADERS = {
    "project_code": "Mã ĐVQHNS", "project_name": "Tên dự án", "owner": "Chủ đầu tư", "unit_name": "Địa điểm XD",
    "project_group": "Nhóm DA", "fund_source": "Nguồn", "plan_year": "Năm KH", "total_investment": "TMĐT",
    "plan_pm": "KH TTg giao", "plan_local": "KH HĐND giao", "plan_carried": "KH kéo dài",
    "paid_completed": "Thanh toán KLHT", "paid_advance": "Tạm ứng", "report_date": "Đến ngày", "difficulty": "Ghi chú",
}  # fmt: skip
FUND_WORDS = {"NSTW": "Ngân sách trung ương", "NSDP": "Ngân sách địa phương", "ODA": "ODA", "KHAC": "Khác"}
SHAPE = money_quirks.Shape(
    numbers=("total_investment", *rows_of.AMOUNTS), texts=("project_name", "owner", "fund_source", "unit_name"),
    key="project_code", dates=("report_date",), is_text=True, is_own_file=False,
)  # fmt: skip
MISSING = {"none": (), "normal": (date(2025, 3, 31),), "hard": (date(2025, 3, 15), date(2025, 3, 31))}
MISSING["field"] = MISSING["hard"]
MOVED_FROM, OFF_BY_ONE = date(2025, 6, 15), date(2025, 5, 31)
HEAD_ROWS = 5
"""Agency, title, data date, ĐVT and header stand above the first row."""


def write(context: Context) -> Delivery:
    """Send an export for each report date, but for those that the season lost."""
    delivered = Delivery()
    for day in world_money.list_report_dates(context.as_of):
        if day in MISSING[context.mess]:
            delivered.quirks.append({"feed_id": FEED, "file": name_file(day), "quirk": "missing_report", "count": 1})
            continue
        send(context, delivered, day)
    if context.is_hard and delivered.files:
        for stray in (hard.empty_file, hard.unnoticed_files, hard.same_bytes, hard.older_file_late):
            stray(context, delivered, FEED, "xls")
    return delivered


def name_file(day: date) -> str:
    """Return the name of an export: `giai_ngan_kb_20250709.xls`."""
    return f"giai_ngan_kb_{day:%Y%m%d}.xls"


def send(context: Context, delivered: Delivery, day: date) -> None:
    """Write one export and its account."""
    batch = make_batch(context, day)
    is_moved = context.is_hard and day >= MOVED_FROM
    is_off = context.is_hard and day == OFF_BY_ONE
    intended = np.flatnonzero(~batch.state["is_repeat"].to_numpy())
    summed = intended[:-1] if is_off else intended
    totals = {name: int(batch.rows[name].to_numpy()[summed].sum()) for name in rows_of.AMOUNTS}
    file = name_file(day)
    sha = context.write(FEED, file, write_page(batch, day, totals, is_moved).encode())
    size = len(batch.rows)
    record = FileRecord(
        FEED, file, sha, day, f"{world_money.find_plan_year(day)}:{day}", rows_read=size + HEAD_ROWS + 1,
        not_data=HEAD_ROWS + 1, strange_column="Kế toán viên" if is_moved else None,
    )  # fmt: skip
    delivered.files.append(record)
    delivered.rows.append(rows_of.place_rows(batch.rows, record, SHEET, np.arange(HEAD_ROWS + 1, HEAD_ROWS + 1 + size)))
    for name, stated in totals.items():
        computed = int(batch.rows[name].to_numpy()[intended].sum())
        delivered.controls.append(Control(FEED, file, "total", name, stated, computed))
    batch.log.update({"moved_columns": int(is_moved), "total_off_by_one_row": int(is_off)})
    context.note(delivered, record, batch)


def make_batch(context: Context, day: date) -> Batch:
    """Return one export's rows, messed up as much as the season asks."""
    batch = rows_of.make_batch(context, FEED, AREA, day, write_cells)
    season.let_loose(context, batch, SHAPE)
    return batch


def write_cells(state: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the cells of the export: every one is a text, numbers have dots."""
    cells = {}
    for name in ("project_code", "project_name", "owner", "project_group", "plan_year", "difficulty"):
        values = state[name].astype(object)
        cells[name] = values.where(values.notna(), "").astype(str).astype(object).to_numpy(copy=True)
    cells["fund_source"] = state["fund_source"].map(FUND_WORDS).astype(object).to_numpy(copy=True)
    places = money_quirks.write_units(state, AREA)
    cells["unit_name"] = np.where(pd.isna(places), "", places).astype(object)
    for name in SHAPE.numbers:
        cells[name] = money_quirks.spell_numbers(state[name].to_numpy().astype(object))
    cells["report_date"] = money_quirks.write_dates(state["report_date"].to_numpy(), is_text=True)
    return cells


def write_page(batch: Batch, day: date, totals: dict[str, int], is_moved: bool) -> str:
    """Return the HTML; in a moved form the note comes first, a header breaks, a column is added."""
    names = list(HEADERS)
    headers = dict(HEADERS)
    columns = dict(batch.raw)
    if is_moved:
        names = ["difficulty", *names[:-1], "clerk"]
        headers |= {"project_code": "Mã<br>ĐVQHNS", "clerk": "Kế toán viên"}
        columns["clerk"] = np.full(len(batch.rows), "KT01", dtype=object)
    lines = [
        write_row("KHO BẠC NHÀ NƯỚC HÒA BÌNH", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        write_row("BÁO CÁO CHI TIẾT THANH TOÁN VỐN ĐẦU TƯ"),
        write_row(f"(Số liệu đến ngày {day:%d/%m/%Y})"),
        write_row("ĐVT: đồng"),
        "<tr>" + "".join(f"<th>{text}</th>" for text in ["STT", *(headers[name] for name in names)]) + "</tr>",
    ]
    cells = [columns[name].tolist() for name in names]
    lines += [write_row(str(nth), *values) for nth, values in enumerate(zip(*cells, strict=True), start=1)]
    last = [
        "Tổng cộng" if name == "project_code" else money_quirks.spell_vietnamese(totals[name]) if name in totals else ""
        for name in names
    ]
    lines.append(write_row("", *last))
    head = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>'
    return head + '<table border="1">\n' + "\n".join(lines) + "\n</table></body></html>"


def write_row(*cells: str) -> str:
    """Return one row of the table as HTML."""
    return "<tr>" + "".join(f"<td>{escape(cell, quote=False)}</td>" for cell in cells) + "</tr>"
