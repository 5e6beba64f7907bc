"""Phú Thọ's houses come in a small workbook from each of 66 communes (till July 2025: from the clusters that became
them).
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from dagster_project.simulate import office
from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds.housing import rows as rows_of
from dagster_project.simulate.feeds.investment.rows import place_rows
from dagster_project.simulate.forms.sending import send_workbook
from dagster_project.simulate.quirks import hard
from dagster_project.simulate.quirks import people as people_quirks
from dagster_project.simulate.quirks.ordinary import Batch
from dagster_project.simulate.statements import Control, Delivery, FileRecord
from dagster_project.simulate.world import housing as world_housing

FEED, AREA, SHEET = "housing_pt", "pt", "Danh sách"
MISSING = ("H44.106", "H44.120", "H44.130", "H44.139")
"""Four communes that send nothing, but in a tidy season."""
IN_MILLIONS = ("H44.104", "H44.117", "H44.125", "H44.142", "H44.158")
"""These write money in triệu đồng, and say so."""
OUTDATED, SILENCE = "H44.145", timedelta(days=70)
"""This commune sent its last list so long ago, but in a tidy season."""
REFUSED = {
    "H44.109": people_quirks.Fault("support", "chưa rõ", "unreadable_number"),
    "H44.136": people_quirks.Fault("started_on", people_quirks.NO_SUCH_DAY, "impossible_date"),
}
"""These send a list of which no row can be used, but in a tidy season: they are not silent."""
FIRST_LISTS = date(2025, 1, 31)
AGAIN, OFF_BY_ONE, MOVED = "H44.110", "H44.128", "H44.133"
MISNAMED = {"H44.131": "H44.130"}
"""In a bad season a commune's workbook comes under the name of one that sent none: what is in it decides."""


def write(context: Context) -> Delivery:
    """Send one workbook for each commune that has households, as at the day of the simulation."""
    delivered = Delivery()
    units = context.ref.commune[(context.ref.commune["area"] == AREA).to_numpy()]
    code_of = dict(zip(units["portal_code"], units["commune_code"], strict=True))
    is_tidy = context.mess == "none"
    factors = {} if is_tidy else {code_of[portal]: 1_000_000 for portal in IN_MILLIONS}
    newest = rows_of.make_batch(context, FEED, AREA, context.as_of, False, factors)
    earlier = context.as_of - SILENCE
    is_outdated = not is_tidy and earlier >= FIRST_LISTS
    old = rows_of.make_batch(context, FEED, AREA, earlier, False, factors) if is_outdated else newest
    for unit in units.itertuples():
        portal = str(unit.portal_code)
        batch = old if portal == OUTDATED else newest
        rows = np.flatnonzero((batch.state["commune_code"] == unit.commune_code).to_numpy(dtype=bool))
        if not is_tidy and portal in MISSING:
            note_quirk(delivered, name_file(portal), "missing_workbook")
        elif len(rows):
            sheet_name = f"{unit.commune_type} {unit.commune_name}".upper()
            send_one(context, delivered, batch.take_rows(rows), portal, sheet_name, unit.commune_code in factors)
    for quirk, count in {**newest.log, "outdated_list": int(is_outdated)}.items():
        if count:
            delivered.quirks.append({"feed_id": FEED, "file": "", "quirk": quirk, "count": count})
    if context.is_hard and delivered.files:
        for stray in (hard.truncated_file, hard.unnoticed_files, hard.same_bytes):
            stray(context, delivered, FEED, "xlsx")
    return delivered


def note_quirk(delivered: Delivery, file: str, quirk: str) -> None:
    """Keep in the log what happened to a file."""
    delivered.quirks.append({"feed_id": FEED, "file": file, "quirk": quirk, "count": 1})


def name_file(portal: str) -> str:
    """Return the name of a commune's file, by its portal code: `nha_o_H44_100.xlsx`."""
    return f"nha_o_{portal.replace('.', '_')}.xlsx"


def send_one(
    context: Context, delivered: Delivery, batch: Batch, portal: str, called: str, is_millions: bool
) -> None:  # fmt: skip
    """Send a commune's workbook; in a bad season some are sent again, counted wrongly, or under another's name."""
    named = MISNAMED.get(portal, portal) if context.is_hard else portal
    if named != portal:
        batch.log["workbook_under_wrong_name"] += 1
    if context.mess != "none" and portal in REFUSED:
        people_quirks.refuse_all(batch, np.ones(len(batch.rows), dtype=bool), REFUSED[portal])
    is_off, is_moved = context.is_hard and portal == OFF_BY_ONE, context.is_hard and portal == MOVED
    batch.log.update({"total_off_by_one_row": int(is_off), "moved_columns": int(is_moved)})
    batch.log["other_money_unit"] += int(is_millions)
    unit = "triệu đồng" if is_millions else "đồng"
    record = send(context, delivered, batch, name_file(named), called, unit, 1, is_off, is_moved)
    if named != portal and "scope_unknown" not in record.remarks:
        record.remarks = (*record.remarks, "file_name_disagrees")
    if context.is_hard and portal == AGAIN:
        again = restate(batch)
        send(context, delivered, again, name_file(named).replace(".xlsx", " lần 2 FINAL.xlsx"), called, unit, 2)


def restate(batch: Batch) -> Batch:
    """Return the same list sent again: where there are more, the first household has vanished; the last gets less."""
    again = batch.take_rows(np.arange(min(1, len(batch.rows) - 1), len(batch.rows)))
    sound = np.flatnonzero(again.rows["rule"].isna().to_numpy())
    if len(sound):
        again.rows.loc[sound[-1], "support"] = 25_000_000
        again.raw["support"][sound[-1]] = 25_000_000
        again.rows.loc[sound[-1], "formula_cell"] = False
    again.log.update({"lan_2": 1, "lan_2:changed": len(sound[-1:]), "lan_2:vanished": int(len(batch.rows) > 1)})
    return again


def send(
    context: Context, delivered: Delivery, batch: Batch, file: str, called: str, unit: str, number: int,
    is_off: bool = False, is_moved: bool = False,
) -> FileRecord:  # fmt: skip
    """Write one workbook and its account; the total row counts the lines of the list."""
    size, day = len(batch.rows), batch.data_day
    stated = size - 1 if is_off else size
    agency = ("UBND " if world_housing.is_merged(day) else "CỤM ") + called
    columns = [office.Column("STT", np.arange(1, size + 1).astype(object))]
    for name, header in rows_of.HEADERS.items():
        columns.append(
            office.Column(
                header,
                batch.raw[name],
                style="date" if name in rows_of.DATES else "general",
                is_money=name == "support",
            )
        )
    if is_moved:
        columns = [columns[0], *sorted(columns[1:], key=lambda column: column.header != "Xã/Phường")]
        columns.append(office.Column("Cán bộ theo dõi", np.full(size, "CB01", dtype=object)))
    place = next(nth for nth, column in enumerate(columns) if column.header == "Mã hộ")
    sheet = office.Sheet(
        SHEET, columns, agency, write_title(batch, agency), total={place: "Tổng cộng", place + 1: f"{stated} hộ"},
        unit_line=f"ĐVT: {unit}",
    )  # fmt: skip
    sent = send_workbook(context, delivered, FEED, file, [sheet], day.replace(month=1, day=1))
    (extent,) = sent.extents
    # Whose list it is is told by its usable rows, else by the commune's office at its head; a cluster is no office.
    is_known = bool(batch.rows["rule"].isna().any()) or world_housing.is_merged(day)
    whose = batch.state["commune_code"].iloc[0] if is_known else sent.file
    record = FileRecord(
        FEED, sent.file, sent.sha256, day, f"register:{whose}", number, rows_read=extent.filled,
        not_data=extent.filled - size, blank=extent.blank, strange_column="Cán bộ theo dõi" if is_moved else None,
        remarks=(*sent.remarks, *([] if is_known else ["scope_unknown"])),
    )  # fmt: skip
    delivered.files.append(record)
    delivered.rows.append(place_rows(batch.rows, record, sent.names[0], sent.find_rows(np.arange(size))))
    delivered.controls.append(Control(FEED, sent.file, "file", "rows", stated, size, day))
    context.note(delivered, record, batch)
    return record


def write_title(batch: Batch, agency: str) -> list[str]:
    """Return the lines above the table; the data date stands in the second."""
    day = batch.data_day
    return [
        "DANH SÁCH HỘ ĐƯỢC HỖ TRỢ XÓA NHÀ TẠM, NHÀ DỘT NÁT",
        f"(Số liệu đến ngày {day:%d/%m/%Y})",
        f"(Kèm theo Báo cáo số {100 + 7 * day.month}/BC-VP ngày {day:%d/%m/%Y} của {agency})",
    ]
