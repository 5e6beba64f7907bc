"""Hòa Bình's houses come in one workbook, with former communes under rows of former districts, and a column of
districts.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from dagster_project.simulate import office
from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds.housing import rows as rows_of
from dagster_project.simulate.feeds.investment.rows import place_rows
from dagster_project.simulate.forms.sending import send_workbook
from dagster_project.simulate.quirks import hard
from dagster_project.simulate.quirks.ordinary import Batch
from dagster_project.simulate.reference import load_reference
from dagster_project.simulate.statements import Control, Delivery, FileRecord

FEED, AREA, SHEET = "housing_hb", "hb", "Nhà tạm"
FILE, AGENCY = "nha_tam_hoa_binh.xlsx", "BAN CHỈ ĐẠO TỈNH HÒA BÌNH"


def write(context: Context) -> Delivery:
    """Send the register as at the day of the simulation."""
    delivered = Delivery()
    batch = rows_of.make_batch(context, FEED, AREA, context.as_of, False)
    file = FILE.removesuffix("x") if context.is_hard else FILE
    batch.log["wrong_extension"] += int(context.is_hard)
    send(context, delivered, batch, file)
    if context.is_hard:
        for stray in (hard.protected_file, hard.unnoticed_files):
            stray(context, delivered, FEED, "xlsx")
    if context.is_field:
        _send_two_columns(context, delivered, batch)
    return delivered


def _send_two_columns(context: Context, delivered: Delivery, batch: Batch) -> None:
    """Send a list with two columns of support: which one counts, nobody can tell."""
    columns = [office.Column(header, batch.raw[name]) for name, header in rows_of.HEADERS.items()]
    columns.append(office.Column(rows_of.HEADERS["support"], batch.raw["support"]))
    title = ["HỘ XÓA NHÀ TẠM, NHÀ DỘT NÁT", f"(Số liệu đến ngày {batch.data_day:%d/%m/%Y})"]
    content, _ = office.make_workbook([office.Sheet(SHEET, columns, AGENCY, title, unit_line="ĐVT: đồng")])
    rule, quirk = "two_columns_for_one", "field:two_columns_for_one"
    hard.set_aside(context, delivered, FEED, "nha_tam_bo_sung.xlsx", content, rule, quirk)


def build_body(batch: Batch) -> office.Blocks:
    """Return the table with a row of each district's name above its communes."""
    ref = batch.state["district"].to_numpy(dtype=object)
    listed = ~batch.state["is_repeat"].to_numpy()
    codes = list(dict.fromkeys(ref[listed]))
    blocks = [np.flatnonzero((ref == code) & listed) for code in codes]
    blocks[-1] = np.append(blocks[-1], np.flatnonzero(~listed))
    names = name_districts(batch.state)
    table = office.leave_rows_for_heads({**batch.raw, "district": names}, blocks)
    table.cells["household_id"][table.heads] = [names[block[0]].upper() for block in blocks]
    return table


def name_districts(state: pd.DataFrame) -> np.ndarray:
    """Return the districts as the office names them: `Huyện Tân Lạc`, `Thành phố Hòa Bình`."""
    district = load_reference().former_district.set_index("district_code")
    named = district["district_type"].str.capitalize() + " " + district["district_name"]
    names: np.ndarray = state["district"].map(named).to_numpy(dtype=object)
    return names


def send(context: Context, delivered: Delivery, batch: Batch, file: str) -> None:
    """Write the workbook and its account."""
    table = build_body(batch)
    size, day = len(batch.rows), batch.data_day
    names = list(rows_of.HEADERS)
    names.insert(names.index("strand"), "district")
    headers = {**rows_of.HEADERS, "district": "Huyện cũ"}
    columns = [office.Column("STT", table.numbers)]
    for name in names:
        columns.append(
            office.Column(
                headers[name],
                table.cells[name],
                style="date" if name in rows_of.DATES else "general",
                is_money=name == "support",
            )
        )
    title = [
        "TỔNG HỢP HỘ XÓA NHÀ TẠM, NHÀ DỘT NÁT",
        f"(Số liệu đến ngày {day:%d/%m/%Y})",
        f"(Kèm theo Báo cáo số {100 + 7 * day.month}/BC-VP ngày {day:%d/%m/%Y} của {AGENCY})",
    ]
    total = {1: "Tổng cộng", 2: f"{size} hộ"}
    sheet = office.Sheet(SHEET, columns, AGENCY, title, total=total, unit_line="ĐVT: đồng")
    sent = send_workbook(context, delivered, FEED, file, [sheet], day.replace(month=1, day=1))
    (extent,) = sent.extents
    record = FileRecord(
        FEED, sent.file, sent.sha256, day, "register", rows_read=extent.filled,
        not_data=extent.filled - size, blank=extent.blank,
        remarks=(*sent.remarks, *(["wrong_extension"] if context.is_hard else [])),
    )  # fmt: skip
    delivered.files.append(record)
    delivered.rows.append(place_rows(batch.rows, record, sent.names[0], sent.find_rows(table.places)))
    delivered.controls.append(Control(FEED, sent.file, "file", "rows", size, size, day))
    context.note(delivered, record, batch)
