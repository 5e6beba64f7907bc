"""Phú Thọ's disbursement is one SQLite file with the table of the reporting system, every report so far."""

from __future__ import annotations

import sqlite3
from datetime import date

import numpy as np
import pandas as pd

from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds.investment import rows as rows_of
from dagster_project.simulate.quirks import money as money_quirks
from dagster_project.simulate.quirks import season
from dagster_project.simulate.quirks.ordinary import Batch
from dagster_project.simulate.statements import Delivery, FileRecord
from dagster_project.simulate.world import money as world_money

FEED, AREA, FILE, TABLE = "investment_pt", "pt", "bao_cao.sqlite", "bao_cao_giai_ngan"
FIELDS = {
    "project_code": "ma_du_an", "project_name": "ten_du_an", "owner": "chu_dau_tu", "unit_code": "ma_xa",
    "project_group": "nhom_du_an", "fund_source": "nguon_von", "plan_year": "nam_ke_hoach",
    "total_investment": "tong_muc_dau_tu", "plan_pm": "ke_hoach_ttg", "plan_local": "ke_hoach_dia_phuong",
    "plan_carried": "ke_hoach_keo_dai", "paid_completed": "thanh_toan_klht", "paid_advance": "tam_ung",
    "report_date": "ngay_so_lieu", "difficulty": "vuong_mac",
}  # fmt: skip
WHOLE = ("plan_year", "total_investment", *rows_of.AMOUNTS)
SHAPE = money_quirks.Shape(
    numbers=("total_investment", *rows_of.AMOUNTS), texts=("project_name", "owner"), key="project_code",
    dates=("report_date",), is_text=True, iso=True, has_unit_name=False,
)  # fmt: skip


def write(context: Context) -> Delivery:
    """Send the table as it stands at `as_of`."""
    delivered = Delivery()
    days = world_money.list_report_dates(context.as_of)
    if not days:
        return delivered
    batches = [make_batch(context, day) for day in days]
    raw = {name: np.concatenate([batch.raw[name] for batch in batches]) for name in FIELDS}
    sha = context.write(FEED, FILE, make_database(raw))
    size = len(raw["project_code"])
    record = FileRecord(FEED, FILE, sha, days[-1], rows_read=size)
    delivered.files.append(record)
    rows = pd.concat([batch.rows for batch in batches], ignore_index=True)
    delivered.rows.append(rows_of.place_rows(rows, record, TABLE, np.arange(1, size + 1)))
    for batch in batches[1:]:
        batches[0].log.update(batch.log)
    context.note(delivered, record, batches[0])
    return delivered


def make_batch(context: Context, day: date) -> Batch:
    """Return one report's rows, messed up as much as the season asks."""
    batch = rows_of.make_batch(context, FEED, AREA, day, write_cells)
    if context.is_hard:
        at = batch.draw_some(0.004)
        batch.raw["fund_source"][at] = "TPCP"
        batch.refuse_rows(at, "unknown_code", "fund_source")
        batch.log["unknown_fund"] += len(at)
    season.let_loose(context, batch, SHAPE)
    return batch


def write_cells(state: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the cells as the system stores them: codes and ISO dates as text, amounts as integers."""
    cells = {name: state[name].astype(object).to_numpy(copy=True) for name in FIELDS if name != "report_date"}
    for name in ("unit_code", "difficulty"):
        cells[name][pd.isna(cells[name])] = None
    cells["report_date"] = np.datetime_as_string(state["report_date"].to_numpy(), unit="D").astype(object)
    return cells


def make_database(raw: dict[str, np.ndarray]) -> bytes:
    """Return the file's bytes, the same for the same rows."""
    columns = ", ".join(f"{field} {'integer' if name in WHOLE else 'text'}" for name, field in FIELDS.items())
    with sqlite3.connect(":memory:") as connection:
        connection.execute(f"create table {TABLE} ({columns})")
        marks = ", ".join("?" * len(FIELDS))
        connection.executemany(
            f"insert into {TABLE} values ({marks})", zip(*(raw[name].tolist() for name in FIELDS), strict=True)
        )
        connection.commit()
        return connection.serialize()
