"""The centres' readiness comes as one workbook per week since July 2025, a row for each commune's centre and the
provincial one.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from dagster_project.simulate import office
from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds.investment.rows import place_rows
from dagster_project.simulate.forms.sending import send_workbook
from dagster_project.simulate.quirks import hard
from dagster_project.simulate.quirks import money as money_quirks
from dagster_project.simulate.quirks import people as people_quirks
from dagster_project.simulate.quirks.ordinary import Batch
from dagster_project.simulate.statements import UNIT, Delivery, FileRecord
from dagster_project.simulate.units import list_unit_names
from dagster_project.simulate.world import offices as world_office
from dagster_project.simulate.world.offices import FIGURES, FIRST_FRIDAY

FEED, SHEET, AGENCY = "centre_readiness", "Biểu", "SỞ KHOA HỌC VÀ CÔNG NGHỆ"
HEADERS = {
    "unit_code": "Mã đơn vị", "unit_name": "Xã/Phường", "report_date": "Ngày báo cáo",
    "computers_needed": "Máy tính (cần)", "computers_have": "Máy tính (có)", "printers_needed": "Máy in (cần)",
    "printers_have": "Máy in (có)", "scanners_needed": "Máy scan (cần)", "scanners_have": "Máy scan (có)",
    "kiosks_needed": "Ki-ốt (cần)", "kiosks_have": "Ki-ốt (có)", "queue_machines_needed": "Máy lấy số (cần)",
    "queue_machines_have": "Máy lấy số (có)", "cameras": "Camera", "line_carrier": "Nhà mạng",
    "line_mbps": "Băng thông (Mbps)", "line_outage_hours": "Mất kết nối (giờ)", "staff": "Số CBCC",
    "staff_trained": "Đã tập huấn", "signatures_needed": "Chữ ký số (cần cấp)",
    "signatures_issued": "Chữ ký số (đã cấp)", "accounts_needed": "Tài khoản (cần)",
    "accounts_active": "Tài khoản (đã kích hoạt)", "note": "Ghi chú",
}  # fmt: skip
COLUMNS = ("report_date", *FIGURES, "line_carrier", "note", *UNIT)
KEY = ("unit_level", "unit_code", "report_date")
SHAPE = money_quirks.Shape(
    numbers=FIGURES, texts=("unit_name", "line_carrier"), key="unit_code", dates=("report_date",),
    counts=("staff_trained",), has_codes=False,
)  # fmt: skip
MAY_BE_UNKNOWN = (
    "computers_have", "printers_have", "kiosks_have", "queue_machines_have", "signatures_issued", "accounts_active",
    "staff_trained", "line_outage_hours", "line_carrier",
)  # fmt: skip
SILENT = ("H44.119", "H44.171", "H44.226")
"""Three centres that do not report in the last week, but in a tidy season."""
REFUSED = {
    "H44.150": people_quirks.Fault("staff", "chưa rõ", "unreadable_number"),
    "H44.200": people_quirks.Fault("report_date", people_quirks.NO_SUCH_DAY, "impossible_date"),
}
"""Two centres whose row of the last week cannot be used, but in a tidy season: they are not silent."""
AGAIN = FIRST_FRIDAY


def write(context: Context) -> Delivery:
    """Send a workbook for each Friday since the centres began."""
    delivered = Delivery()
    days = world_office.list_fridays(context.as_of)
    for day in days:
        batch = make_batch(context, day, is_last=day == days[-1])
        send(context, delivered, batch, name_file(day), 1, day)
        if context.is_hard and day == AGAIN:
            send(context, delivered, restate(batch), name_file(day).replace(".xlsx", " lần 2 FINAL.xlsx"), 2, day)
    if context.is_hard and delivered.files:
        for stray in (hard.picture_file, hard.unnoticed_files, hard.older_file_late):
            stray(context, delivered, FEED, "xlsx")
    return delivered


def name_file(day: date) -> str:
    """Return the name of a week's file: `trung_tam_pvhcc_11_07_2025.xlsx`."""
    return f"trung_tam_pvhcc_{day:%d_%m_%Y}.xlsx"


def make_batch(context: Context, day: date, is_last: bool) -> Batch:
    """Return a week's rows, messed up as much as the season asks."""
    state = world_office.draw_readiness(context, day)
    silent = 0
    if is_last and context.mess != "none":
        heard = ~state["portal_code"].isin(SILENT)
        silent, state = int((~heard).sum()), state[heard].reset_index(drop=True)
    rows = state[list(COLUMNS)].reset_index(drop=True)
    batch = money_quirks.make_batch("pt", state, rows, write_cells(state), context.make_rng(FEED, str(day)), day)
    batch.log["silent_centre"] += silent
    if context.is_hard:
        twice(batch)
    own, bad = (unknown_figures, no_code), (more_than_needed, strange_centre)
    people_quirks.let_loose(context, batch, SHAPE, own, bad, without=("empty_key", "month_first"))
    if is_last and context.mess != "none":
        for portal, fault in REFUSED.items():
            people_quirks.refuse_all(batch, (batch.state["portal_code"] == portal).to_numpy(), fault)
    return batch


def write_cells(state: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the cells as a clerk writes them."""
    cells = {name: money_quirks.write_numbers(state[name].to_numpy()) for name in FIGURES}
    cells["unit_code"] = state["portal_code"].astype(object).to_numpy(copy=True)
    cells["unit_name"] = money_quirks.write_units(state, "pt")
    cells["line_carrier"] = state["line_carrier"].astype(object).to_numpy(copy=True)
    cells["note"] = np.full(len(state), None, dtype=object)
    cells["report_date"] = money_quirks.write_dates(state["report_date"].to_numpy(), is_text=False)
    return cells


def unknown_figures(batch: Batch) -> None:
    """Write "-", "…" or nothing where the centre does not know: unknown, and not zero."""
    for name in MAY_BE_UNKNOWN:
        for word in ("-", "…", None):
            at = batch.draw_some(0.005)
            batch.raw[name][at] = word
            batch.rows.loc[at, name] = None if name == "line_carrier" else np.nan
            batch.log["unknown_figures"] += len(at)


def no_code(batch: Batch) -> None:
    """Leave only the commune's name, where no other commune bears it."""
    clear = (list_unit_names("commune")["is_typed_unique"] & list_unit_names("commune")["is_bare_safe"]).to_numpy()
    is_commune = (batch.state["unit_level"] == "commune").to_numpy()
    row = np.where(is_commune, batch.state["office_row"], 0).astype(np.int64)
    at = batch.draw_some(0.02, is_commune & clear[row])
    batch.raw["unit_code"][at] = None
    batch.log["no_code"] += len(at)


def twice(batch: Batch) -> None:
    """Let a centre report twice in a week, the second time with another machine: the later row is believed."""
    rows = batch.state.iloc[[7]].reset_index(drop=True)
    more = rows.assign(computers_have=rows["computers_have"] + 1, staff_trained=rows["staff_trained"] - 1)
    money_quirks.append_rows(batch, more, more[list(COLUMNS)].reset_index(drop=True), write_cells(more))
    batch.log["centre_twice_in_a_week"] += 1


def more_than_needed(batch: Batch) -> None:
    """Issue more signatures than are needed: accepted, counted as told, and a contradiction."""
    at = people_quirks.draw_at_least_one(batch, 0.01)
    given = batch.rows["signatures_needed"].to_numpy()[at] + 3
    batch.rows.loc[at, "signatures_issued"] = given
    batch.raw["signatures_issued"][at] = money_quirks.write_numbers(given)
    batch.log["more_issued_than_needed"] += len(at)


def strange_centre(batch: Batch) -> None:
    """Write a code and a name that no centre has."""
    people_quirks.unknown_unit(batch, "centre", (batch.state["unit_level"] == "commune").to_numpy())


def restate(batch: Batch) -> Batch:
    """Return the week sent again: a centre has vanished, another has more computers."""
    again = batch.repeat_sending()
    at = np.flatnonzero(again.rows["rule"].isna().to_numpy())[2]
    more = float(again.rows["computers_have"].iloc[at]) + 2 if pd.notna(again.rows["computers_have"].iloc[at]) else 2.0
    again.rows.loc[at, "computers_have"], again.raw["computers_have"][at] = more, int(more)
    return again


def send(context: Context, delivered: Delivery, batch: Batch, file: str, number: int, day: date) -> None:
    """Write one workbook and its account. Its total row holds a word and no figure."""
    size = len(batch.rows)
    columns = [office.Column("STT", np.arange(1, size + 1).astype(object))]
    for name, header in HEADERS.items():
        columns.append(office.Column(header, batch.raw[name], style="date" if name == "report_date" else "general"))
    week = day.isocalendar().week
    title = [
        f"TÌNH HÌNH TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG TUẦN {week}",
        f"(Số liệu đến ngày {day:%d/%m/%Y})",
        f"(Kèm theo Báo cáo số {100 + 7 * day.month}/BC-VP ngày {day:%d/%m/%Y} của {AGENCY})",
    ]
    sheet = office.Sheet(SHEET, columns, AGENCY, title, total={1: "TỔNG SỐ"})
    sent = send_workbook(context, delivered, FEED, file, [sheet], day - timedelta(days=6))
    (extent,) = sent.extents
    record = FileRecord(
        FEED, sent.file, sent.sha256, day, str(day), number, rows_read=extent.filled,
        not_data=extent.filled - size, blank=extent.blank, remarks=sent.remarks,
    )  # fmt: skip
    delivered.files.append(record)
    delivered.rows.append(place_rows(batch.rows, record, sent.names[0], sent.find_rows(np.arange(size))))
    context.note(delivered, record, batch)
