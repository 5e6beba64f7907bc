"""Vĩnh Phúc's dossiers come as one workbook per month, with a merged two-row header, total below, signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from dagster_project.simulate import office
from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds.procedures.rows import (
    find_data_day,
    let_loose,
    list_dossiers,
    place_rows,
    restate,
    write_coded,
    write_common_cells,
)
from dagster_project.simulate.forms.sending import send_workbook
from dagster_project.simulate.quirks import hard
from dagster_project.simulate.quirks import ordinary as mess
from dagster_project.simulate.reference import MERGER
from dagster_project.simulate.statements import Control, Delivery, FileRecord, make_canonical

FEED, AREA = "procedures_vp", "vp"
WHO, WHEN, WHAT = "Người nộp hồ sơ", "Thời gian giải quyết", "Thông tin hồ sơ"
HEADERS = (
    ("dossier_id", WHAT, "Mã hồ sơ"), ("procedure_code", WHAT, "Mã TTHC"),
    ("procedure_name", WHAT, "Tên thủ tục hành chính"), ("sector", WHAT, "Lĩnh vực"),
    ("applicant_name", WHO, "Người nộp"), ("applicant_kind", WHO, "Đối tượng"),
    ("national_id", WHO, "Số CCCD/ĐDCN"), ("phone", WHO, "Điện thoại"),
    ("received_at", WHEN, "Ngày tiếp nhận"), ("due_at", WHEN, "Ngày hẹn trả"),
    ("finished_at", WHEN, "Ngày xử lý xong"), ("returned_at", WHEN, "Ngày trả kết quả"),
    ("status", None, "Trạng thái"), ("channel", None, "Hình thức nộp"), ("unit_name", None, "Đơn vị giải quyết"),
    ("is_result_digitised", None, "Số hóa kết quả"), ("fee", None, "Phí, lệ phí (đồng)"),
    ("origin_dossier_id", None, "Mã HS gốc"),
)  # fmt: skip
CLERK = "Cán bộ thụ lý"
MOVED_FROM, RESTATED = (np.datetime64("2025-04", "M"),) * 2
WRONG_EXTENSION = np.datetime64("2025-02", "M")
CHANNEL_WORDS = {"truc_tiep": "Trực tiếp", "truc_tuyen": "Trực tuyến", "buu_chinh": "Bưu chính"}
DATE_FORMS = (
    ("text", 0.17), ("serial", 0.10), ("day", 0.022), ("iso", 0.001), ("short", 0.001), ("unpadded", 0.001),
    ("day_space", 0.001),
)  # fmt: skip


@dataclass(frozen=True)
class Form:
    """A form says how one file is made: its name, and what is wrong with it as a whole."""

    file: str
    is_moved: bool = False
    total_off_by: int = 0
    statement_no: int = 1


def write(context: Context) -> Delivery:
    """Send a file for every month begun by `as_of`."""
    delivered = Delivery()
    months = context.list_months()
    for nth, month in enumerate(months):
        batch = make_batch(context, month)
        _send(context, delivered, batch, month, _choose_form(context, nth, len(months), month))
        if context.is_hard and month == RESTATED and len(months) > nth + 1:
            again = restate(batch, context.make_rng(FEED, str(month), "again"))
            file = _name_file(month).replace(".xlsx", " lần 2 FINAL.xlsx")
            _send(context, delivered, again, month, Form(file, statement_no=2))
    if context.is_hard:
        _send_without_column(context, delivered)
        hard.send_strays(context, delivered, FEED, "xlsx")
    return delivered


def _name_file(month: np.datetime64) -> str:
    """Return the name of a month's file; even months go to a folder of their year, as the office keeps them."""
    year, number = str(month)[:4], int(str(month)[5:])
    folder = f"{year}/" if number % 2 == 0 else ""
    return f"{folder}ho_so_tthc_{number:02d}_{year}.xlsx"


def _choose_form(context: Context, nth: int, size: int, month: np.datetime64) -> Form:
    """Return how a month's file is made. In a bad season columns move from April on, one total is wrong, February is
    saved as .xls.
    """
    file = _name_file(month)
    if not context.is_hard:
        return Form(file)
    file = file.removesuffix("x") if month == WRONG_EXTENSION else file
    return Form(file, is_moved=bool(month >= MOVED_FROM), total_off_by=11 if nth == size - 3 else 0)


def make_batch(context: Context, month: np.datetime64) -> mess.Batch:
    """Return the month's listing with raw cells, messed up as much as the season asks."""
    state = list_dossiers(context, AREA, month)
    rows = make_canonical(state, context.procedure_codes, "m", has_digitised=True)
    rows["changed_at"] = np.datetime64("NaT", "s")
    raw = write_cells(context, state, rows)
    rng = context.make_rng(FEED, str(month))
    batch = mess.Batch(AREA, state, rows, raw, rng, find_data_day(context, month), DATE_FORMS)
    let_loose(context, batch)
    return batch


def write_cells(context: Context, state: pd.DataFrame, rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the cells as a careful clerk writes them."""
    channel = write_coded(rows["channel"], CHANNEL_WORDS)
    channel[state["hides_channel"].to_numpy()] = None
    cells = write_common_cells(context, state, rows, AREA) | {
        "applicant_kind": np.where(state["is_business"], "Doanh nghiệp", "Cá nhân").astype(object),
        "status": write_coded(rows["status_code"], mess.STATUS_WORDS),
        "channel": channel,
        "is_result_digitised": write_coded(rows["is_result_digitised"], {"1": "Có", "0": "Không"}),
        "fee": rows["fee"].astype(object).to_numpy(copy=True),
    }
    for name in mess.DATES:
        cells[name] = mess.write_dates(rows[name].to_numpy(), AREA)
    return cells


def _send(context: Context, delivered: Delivery, batch: mess.Batch, month: np.datetime64, form: Form) -> None:
    size, stated = len(batch.rows), len(batch.rows) + form.total_off_by
    sheet = office.Sheet(
        name=f"Tháng {int(str(month)[5:])}",
        columns=lay_out_columns(batch, form.is_moved),
        agency=_name_agency(batch.data_day),
        title=write_title(month, batch.data_day),
        total={0: "Tổng cộng", 1: f"{stated} hồ sơ"},
    )
    first = month.astype("datetime64[D]").astype(object)
    sent = send_workbook(context, delivered, FEED, form.file, [sheet], first)
    (extent,) = sent.extents
    record = FileRecord(
        FEED, sent.file, sent.sha256, batch.data_day, str(month), form.statement_no,
        rows_read=extent.filled, not_data=extent.filled - size, blank=extent.blank,
        covers_from=first, strange_column=CLERK if form.is_moved else None,
        remarks=(*sent.remarks, *(["wrong_extension"] if form.file.endswith(".xls") else [])),
    )  # fmt: skip
    delivered.files.append(record)
    delivered.rows.append(place_rows(batch.rows, record, sent.names[0], sent.find_rows(np.arange(size))))
    delivered.controls.append(Control(FEED, sent.file, "file", "rows", stated, size, batch.data_day))
    quirks = {
        "moved_columns": form.is_moved, "total_disagrees": form.total_off_by, "lan_2": form.statement_no > 1,
        "wrong_extension": form.file.endswith(".xls"),
    }  # fmt: skip
    batch.log.update({name: int(bool(on)) for name, on in quirks.items()})
    context.note(delivered, record, batch)


def _send_without_column(context: Context, delivered: Delivery) -> None:
    """Send a supplement whose form has no dossier numbers: it cannot be used as a whole."""
    month = context.list_months()[-1]
    batch = make_batch(context, month)
    sheet = office.Sheet(
        "Bổ sung",
        [column for column in lay_out_columns(batch) if column.header != "Mã hồ sơ"],
        _name_agency(batch.data_day),
        write_title(month, batch.data_day),
    )
    file = "ho_so_tthc_bo_sung.xlsx"
    content, _ = office.make_workbook([sheet])
    hard.set_aside(context, delivered, FEED, file, content, "missing_column", "missing_column")


def _name_agency(data_day: date) -> str:
    return "UBND TỈNH PHÚ THỌ" if np.datetime64(data_day) >= MERGER else "UBND TỈNH VĨNH PHÚC"


def lay_out_columns(batch: mess.Batch, is_moved: bool = False) -> list[office.Column]:
    """Return STT and the eighteen columns of the form.

    In a moved form the unit comes first, a header breaks, a column is added.
    """
    numbers = np.arange(1, len(batch.rows) + 1).astype(object)
    table = []
    for name, group, header in HEADERS:
        style = "datetime" if name in mess.DATES else "general"
        text = header.replace("Ngày tiếp nhận", "Ngày\ntiếp nhận") if is_moved else header
        table.append(office.Column(text, batch.raw[name], group, style))
    if is_moved:
        table.sort(key=lambda column: column.header != "Đơn vị giải quyết")
        clerks = np.array([f"CB{nth % 40 + 1}" for nth in range(len(numbers))], dtype=object)
        table.append(office.Column(CLERK, clerks))
    return [office.Column("STT", numbers), *table]


def write_title(month: np.datetime64, data_day: date) -> list[str]:
    """Return the lines above the table; the data date stands in the second."""
    number, year = int(str(month)[5:]), str(month)[:4]
    day = f"{data_day:%d/%m/%Y}"
    return [
        f"DANH SÁCH HỒ SƠ THỦ TỤC HÀNH CHÍNH THÁNG {number} NĂM {year}",
        f"(Số liệu đến ngày {day})",
        f"(Kèm theo Báo cáo số {100 + 7 * number}/BC-VP ngày {day} của {_name_agency(data_day)})",
    ]
