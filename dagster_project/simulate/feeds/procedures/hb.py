"""Hòa Bình's dossiers come as one `;` CSV per month in TCVN3 bytes, with codes that lost their leading zero; one month
is never sent.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

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
from dagster_project.simulate.forms import letters
from dagster_project.simulate.quirks import hard
from dagster_project.simulate.quirks import ordinary as mess
from dagster_project.simulate.statements import Delivery, FileRecord, make_canonical

FEED, AREA = "procedures_hb", "hb"
PROVINCE_CODE = "17"
NOTE = "Ghi chú"
HEADERS = {
    "dossier_id": "Mã HS", "procedure_code": "Mã thủ tục", "procedure_name": "Tên thủ tục", "sector": "Lĩnh vực",
    "applicant_name": "Họ tên công dân", "applicant_kind": "Đối tượng", "national_id": "CCCD", "phone": "SĐT",
    "received_at": "Ngày nhận", "due_at": "Hạn trả", "finished_at": "Ngày xong", "returned_at": "Ngày trả",
    "status": "Tình trạng", "channel": "Kênh", "unit_code": "Mã ĐVHC", "unit_name": "Tên đơn vị",
    "changed_at": "Ngày cập nhật", "origin_dossier_id": "Mã gốc",
}  # fmt: skip
MOVED_FROM, RESTATED = np.datetime64("2025-05", "M"), np.datetime64("2025-04", "M")
CHANNEL_CODES = {"truc_tiep": "TT", "truc_tuyen": "TTuyen", "buu_chinh": "BC"}
DATE_FORMS = (("day_space", 0.027), ("short", 0.025), ("unpadded", 0.012), ("iso_day", 0.016))


def write(context: Context) -> Delivery:
    """Send a file for every month begun by `as_of`, but for the month that is never sent."""
    delivered = Delivery()
    absent = choose_missing_month(context)
    for month in context.list_months():
        if month != absent:
            batch = make_batch(context, month)
            moved = bool(context.is_hard and month >= MOVED_FROM)
            send_file(context, delivered, batch, name_file(month), month, is_moved=moved)
            if context.is_hard and month == RESTATED and month != context.list_months()[-1]:
                again = restate(batch, context.make_rng(FEED, str(month), "again"))
                file = name_file(month).replace(".csv", " lần 2 FINAL.csv")
                send_file(context, delivered, again, file, month, statement_no=2)
        else:
            file = name_file(month)
            delivered.quirks.append({"feed_id": FEED, "file": file, "quirk": "missing_month", "count": 1})
    if context.is_hard:
        _send_without_column(context, delivered)
        hard.send_strays(context, delivered, FEED, "csv")
    return delivered


def _send_without_column(context: Context, delivered: Delivery) -> None:
    """Send a file without dossier numbers."""
    batch = make_batch(context, context.list_months()[-1])
    names = [name for name in HEADERS if name != "dossier_id"]
    content = letters.encode(write_table(batch, names), "tcvn3")
    hard.set_aside(context, delivered, FEED, "hoso_bo_sung.csv", content, "missing_column", "missing_column")


def choose_missing_month(context: Context) -> np.datetime64 | None:
    """Return the month that the office forgot: one of the past ones but the first and the last two."""
    past = [month for month in context.list_months()[1:-2] if month not in (RESTATED, np.datetime64("2025-02", "M"))]
    if context.mess == "none" or not past:
        return None
    return past[int(np.random.default_rng([context.seed, 3]).integers(0, min(len(past), 5)))]


def name_file(month: np.datetime64) -> str:
    """Return the name of a month's file: `hoso_thang_06_2025.csv`."""
    return f"hoso_thang_{str(month)[5:]}_{str(month)[:4]}.csv"


def make_batch(context: Context, month: np.datetime64) -> mess.Batch:
    """Return the month's listing with raw cells; this form knows days only, no fee and no digitising."""
    state = list_dossiers(context, AREA, month)
    rows = make_canonical(state, context.procedure_codes, "D", has_digitised=False).assign(fee=np.nan)
    batch = mess.Batch(
        AREA,
        state,
        rows,
        write_cells(context, state, rows),
        context.make_rng(FEED, str(month)),
        find_data_day(context, month),
        DATE_FORMS,
        empties=("-", " "),
        has_unicode=False,
    )
    let_loose(context, batch)
    return batch


def write_cells(context: Context, state: pd.DataFrame, rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the cells as the old software exports them; an empty cell is the empty text."""
    channel = write_coded(rows["channel"], CHANNEL_CODES, "")
    channel[state["hides_channel"].to_numpy()] = ""
    cells = write_common_cells(context, state, rows, AREA) | {
        "applicant_kind": np.where(state["is_business"], "Doanh nghiệp", "Cá nhân").astype(object),
        "status": write_coded(rows["status_code"], mess.STATUS_WORDS),
        "channel": channel,
        "unit_code": _spell_unit_codes(context, state),
    }
    for name in (*mess.DATES, "changed_at"):
        cells[name] = mess.write_dates(rows[name].to_numpy(), AREA)
    return {name: np.where(pd.isna(column), "", column).astype(object) for name, column in cells.items()}


def _spell_unit_codes(context: Context, state: pd.DataFrame) -> np.ndarray:
    """Return Mã ĐVHC: the commune's GSO code, three digits for a district office, the province's code for a
    department.
    """
    level = state["unit_level"].astype(object).to_numpy()
    codes = state["unit_code"].astype(object).to_numpy()
    return np.where(level == "department", PROVINCE_CODE, codes).astype(object)


def send_file(
    context: Context, delivered: Delivery, batch: mess.Batch, file: str, month: np.datetime64, *,
    statement_no: int = 1, is_moved: bool = False,
) -> None:  # fmt: skip
    """Write one CSV and keep its account; the header line is read and is no data."""
    names = sorted(HEADERS, key=lambda name: name != "unit_code") if is_moved else list(HEADERS)
    text = write_table(batch, names, extra=NOTE if is_moved else None)
    sha, remarks = letters.write_csv(context, delivered, FEED, file, text, "tcvn3")
    size = len(batch.rows)
    record = FileRecord(
        FEED, file, sha, batch.data_day, str(month), statement_no, rows_read=size + 1, not_data=1,
        covers_from=month.astype("datetime64[D]").astype(object), strange_column=NOTE if is_moved else None,
        remarks=remarks,
    )  # fmt: skip
    delivered.files.append(record)
    delivered.rows.append(place_rows(batch.rows, record, "", np.arange(2, size + 2)))
    batch.log.update({"moved_columns": int(is_moved), "lan_2": int(statement_no > 1)})
    context.note(delivered, record, batch)


def write_table(batch: mess.Batch, names: list[str], extra: str | None = None) -> str:
    """Return the table, lines ended as on Windows; `extra` names an empty column at the end."""
    columns = [batch.raw[name].tolist() for name in names]
    headers = [HEADERS[name] for name in names]
    if extra is not None:
        columns.append([""] * len(batch.rows))
        headers.append(extra)
    lines = [";".join(headers), *map(";".join, zip(*columns, strict=True))]
    return "\r\n".join(lines) + "\r\n"
