"""Phú Thọ's dossiers are the answers of the portal's paged API, one folder per pull, with what changed in it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from dagster_project.simulate.context import Context, find_month_end
from dagster_project.simulate.feeds.procedures.rows import (
    FIRST_BACKWARDS,
    draw_moved_away,
    let_loose,
    place_rows,
    write_coded,
    write_common_cells,
)
from dagster_project.simulate.quirks import hard
from dagster_project.simulate.quirks import ordinary as mess
from dagster_project.simulate.reference import CENTRE_CODE
from dagster_project.simulate.statements import Control, Delivery, FileRecord, find_end, make_canonical, show_state

FEED, AREA = "procedures_pt", "pt"
PAGE_SIZE = 1000
SHEET = ""
KEYS = {
    "MaHoSo": "dossier_id", "MaTTHC": "procedure_code", "TenTTHC": "procedure_name", "TenLinhVuc": "sector",
    "ChuHoSo": "applicant_name", "LoaiDoiTuong": "applicant_kind", "SoGiayToChuHoSo": "national_id",
    "SoDienThoai": "phone", "NgayTiepNhan": "received_at", "NgayHenTra": "due_at", "NgayKetThucXuLy": "finished_at",
    "NgayTra": "returned_at", "TrangThaiHoSo": "status", "KenhThucHien": "channel", "MaDonVi": "unit_code",
    "TenDonVi": "unit_name", "DaSoHoaKetQua": "is_result_digitised", "LePhi": "fee", "NgayCapNhat": "changed_at",
    "MaHoSoKhac": "origin_dossier_id",
}  # fmt: skip
CHANNEL_CODES = {"truc_tiep": "1", "truc_tuyen": "2", "buu_chinh": "3"}


@dataclass
class Page:
    """A page holds which rows of the batch will be written on it, and what its head says."""

    name: str
    at: np.ndarray
    number: int
    pages: int
    total: int
    is_cut: bool = False


def write(context: Context) -> Delivery:
    """Send one pull per month; the last one ends at `as_of`."""
    delivered = Delivery()
    for month in context.list_months():
        _send_pull(context, delivered, month)
    if context.is_hard:
        last = delivered.files[-1]
        file = last.file.rsplit("/", 1)[0] + "/page-9999.json"
        error = b"<html><head><title>502 Bad Gateway</title></head><body></body></html>"
        hard.set_aside(context, delivered, FEED, file, error, "unreadable", "error_page", last.data_date)
        hard.send_strays(context, delivered, FEED, "json")
    return delivered


def _send_pull(context: Context, delivered: Delivery, month: np.datetime64) -> None:
    """Send what changed in one pull, in the order of change."""
    first, last = month.astype("datetime64[D]").astype(object), min(find_month_end(month), context.as_of)
    batch = make_batch(context, first, last)
    folder = f"{first:%Y%m%d}-{last:%Y%m%d}"
    size = len(batch.rows)
    count = max(1, -(-size // PAGE_SIZE))
    parts = np.split(np.arange(size), range(PAGE_SIZE, size, PAGE_SIZE))
    plan = [Page(name_page(folder, nth), part, nth, count, size) for nth, part in enumerate(parts, start=1)]
    if context.is_hard:
        plan = _break(batch, folder, plan, month)
    items = write_items(batch)
    read, told = 0, set[int]()
    for page in plan:
        size = _send_page(context, delivered, batch, items, page, first)
        read += 0 if told.issuperset(page.at.tolist()) else size  # a page that comes twice counts once
        told.update(page.at.tolist())
    delivered.controls.append(Control(FEED, folder, "pull", "rows", plan[0].total, read, last))
    context.note(delivered, delivered.files[-1], batch)


def name_page(folder: str, number: int) -> str:
    """Return the name of a page: `20250701-20250713/page-0001.json`."""
    return f"{folder}/page-{number:04d}.json"


def _break(batch: mess.Batch, folder: str, plan: list[Page], month: np.datetime64) -> list[Page]:
    """Return the pages of a pull as a bad season leaves them.

    February: the last page comes twice, the second time a row shorter, and page one again, cut off. March: the last
    page shrank while it was pulled, its rows are lost. April: totalItems is wrong.
    """
    last = plan[-1]
    if month == np.datetime64("2025-02", "M"):
        twice = replace(last, name=name_page(folder, last.number + 1), number=last.number + 1, at=last.at[:-1])
        cut = replace(plan[0], name=name_page(folder, last.number + 2), number=last.number + 2, is_cut=True)
        batch.log.update({"page_twice": 1, "page_cut": 1})
        return [*plan, twice, cut]
    if month == np.datetime64("2025-03", "M"):
        batch.log.update({"page_shrunk": 1})
        return [*plan[:-1], replace(last, at=last.at[:-7])]
    if month == np.datetime64("2025-04", "M"):
        batch.log.update({"wrong_total_items": 1})
        return [replace(page, total=page.total + 3) for page in plan]
    return plan


def make_batch(context: Context, first: date, last: date) -> mess.Batch:
    """Return the pull's dossiers as they stand at its end."""
    end = find_end(last)
    state = _list_known(context, end)
    if context.is_hard:
        month = np.datetime64(first, "M")
        if month >= FIRST_BACKWARDS:
            back = hard.draw_going_backwards(context, AREA, context.list_area(AREA), month)
            state = pd.concat([state[~state["dossier_id"].isin(back["dossier_id"])], back], ignore_index=True)
    changed = state["changed_at"].to_numpy() >= np.datetime64(first, "s")
    state = state[changed].sort_values(["changed_at", "dossier_id"], kind="stable", ignore_index=True)
    rows = make_canonical(state, context.procedure_codes, "s", has_digitised=True)
    batch = mess.Batch(AREA, state, rows, write_cells(context, state, rows), context.make_rng(FEED, str(first)), last)
    let_loose(context, batch)
    return batch


def _list_known(context: Context, end: np.datetime64) -> pd.DataFrame:
    """Return every dossier in the system at `end` as it then stands, with those re-keyed into it."""
    world = context.list_area(AREA)
    state = show_state(world[world["received_at"].to_numpy() <= end], end)
    if not context.is_hard:
        return state
    moved = draw_moved_away(context)
    moved = show_state(moved[moved["rekeyed_at"].to_numpy() <= end], end)
    moved["changed_at"] = moved[["changed_at", "rekeyed_at"]].max(axis=1)
    return pd.concat([state, moved.drop(columns="rekeyed_at")], ignore_index=True)


def write_cells(context: Context, state: pd.DataFrame, rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the cells as the portal's API writes them: codes as text, times as fourteen digits."""
    channel = write_coded(rows["channel"], CHANNEL_CODES)
    channel[state["hides_channel"].to_numpy()] = None
    cells = write_common_cells(context, state, rows, AREA) | {
        "applicant_kind": rows["applicant_kind"].to_numpy(dtype=object, copy=True),
        "status": rows["status_code"].astype(str).to_numpy(dtype=object, copy=True),
        "channel": channel,
        "unit_code": _spell_unit_codes(context, state),
        "is_result_digitised": write_coded(rows["is_result_digitised"], {"0": "0", "1": "1"}),
        "fee": rows["fee"].astype(object).to_numpy(copy=True),
    }
    for name in (*mess.DATES, "changed_at"):
        cells[name] = mess.write_dates(rows[name].to_numpy(), AREA)
    return cells


def _spell_unit_codes(context: Context, state: pd.DataFrame) -> np.ndarray:
    """Return MaDonVi: the old system's own code before the merger, the portal's from that day; the centre has its
    office's.
    """
    ref = context.ref
    tables = {
        "commune": ref.commune["portal_code"],
        "former_commune": "H44." + ref.former_commune["old_number"],
        "former_district": "H44." + ref.former_district["old_number"],
        "department": ref.department["department_code"].replace(CENTRE_CODE, CENTRE_CODE.removesuffix("-TT")),
    }
    level, office = state["unit_level"].astype(object).to_numpy(), state["office_row"].to_numpy()
    result = np.empty(len(state), dtype=object)
    for name, codes in tables.items():
        result[level == name] = codes.to_numpy(dtype=object)[office[level == name]]
    return result


class _Texts(dict[object, str]):
    """This cache keeps the JSON of each distinct value, made once. (Numbers here are whole and no value is a flag.)"""

    def __missing__(self, value: object) -> str:
        text = self[value] = json.dumps(value, ensure_ascii=False)
        return text


def write_items(batch: mess.Batch) -> list[str]:
    """Return each row as a JSON object, in the portal's field names."""
    texts = _Texts()
    columns = [map(texts.__getitem__, batch.raw[name].tolist()) for name in KEYS.values()]
    form = "{" + ",".join(f'"{key}":%s' for key in KEYS) + "}"
    return list(map(form.__mod__, zip(*columns, strict=True)))


def _send_page(
    context: Context, delivered: Delivery, batch: mess.Batch, items: list[str], page: Page, first: date
) -> int:
    """Write one page of a pull that begins on `first` and return the number of rows that a reader gets from it."""
    head = {"currentPage": page.number, "pageSize": PAGE_SIZE, "totalPages": page.pages, "totalItems": page.total}
    inner = json.dumps(head, separators=(",", ":"))[:-1]
    body = ",".join([items[row] for row in page.at])
    content = f'{{"code":"OK","message":"OK","data":{inner},"items":[{body}]}}}}'.encode()
    if page.is_cut:
        content = content[: len(content) * 3 // 5]
    sha = context.write(FEED, page.name, content)
    size = 0 if page.is_cut else len(page.at)
    blocked = "unreadable" if page.is_cut else None
    record = FileRecord(FEED, page.name, sha, batch.data_day, rows_read=size, blocked=blocked, covers_from=first)
    delivered.files.append(record)
    if size:
        delivered.rows.append(place_rows(batch.rows.iloc[page.at], record, SHEET, np.arange(1, size + 1)))
    return size
