"""The three areas' site clearance comes in one form with three headers, one workbook per report; till July in
districts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from dagster_project.simulate import office
from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds.investment.rows import place_rows
from dagster_project.simulate.forms.sending import send_workbook
from dagster_project.simulate.quirks import hard, season
from dagster_project.simulate.quirks import money as money_quirks
from dagster_project.simulate.quirks.ordinary import Batch
from dagster_project.simulate.reference import MERGER, load_reference
from dagster_project.simulate.statements import UNIT, Control, Delivery, FileRecord
from dagster_project.simulate.units import PROVINCE_NAME
from dagster_project.simulate.world import money as world_money

SHEET = "GPMB"
HEADERS = {
    "project_code": "Mã dự án", "project_name": "Tên dự án", "unit_name": "Xã/Phường", "report_date": "Ngày báo cáo",
    "area_to_recover_ha": "Diện tích phải thu hồi (ha)", "area_cleared_ha": "Diện tích đã bàn giao (ha)",
    "households": "Số hộ ảnh hưởng", "households_inventoried": "Đã kiểm đếm", "households_approved": "Đã phê duyệt PA",
    "households_paid": "Đã chi trả", "households_resettled": "Tái định cư", "budget_approved": "Kinh phí phê duyệt",
    "budget_paid": "Đã chi", "difficulty": "Khó khăn, vướng mắc",
}  # fmt: skip
GROUPS = {
    "area_to_recover_ha": "Diện tích (ha)", "area_cleared_ha": "Diện tích (ha)", "households": "Tiến độ (hộ)",
    "households_inventoried": "Tiến độ (hộ)", "households_approved": "Tiến độ (hộ)", "households_paid": "Tiến độ (hộ)",
    "households_resettled": "Tiến độ (hộ)", "budget_approved": "Kinh phí", "budget_paid": "Kinh phí",
}  # fmt: skip
BROKEN = {
    "area_to_recover_ha": "Diện tích\nphải thu hồi (ha)", "area_cleared_ha": "Diện tích\nđã bàn giao (ha)",
    "households": "Số hộ\nảnh hưởng", "budget_approved": "Kinh phí\nphê duyệt", "difficulty": "Khó khăn,\nvướng mắc",
}  # fmt: skip
MEASURES = tuple(GROUPS)
MONEY, LAND = ("budget_approved", "budget_paid"), ("area_to_recover_ha", "area_cleared_ha")
M2_IN_HA = 10_000
COLUMNS = ("project_code", "project_name", "report_date", *MEASURES, "difficulty", *UNIT)
KEY = ("project_code", "unit_level", "unit_code", "report_date")
SHAPE = money_quirks.Shape(
    numbers=MEASURES,
    texts=("project_name", "unit_name"),
    key="project_code",
    dates=("report_date",),
    counts=("households",),
)
MONEY_UNITS = {(2025, 6): "đồng", (2025, 10): "tỷ đồng"}
SILENT_FROM = date(2025, 5, 16)
"""Hòa Bình has sent nothing since spring, but in a tidy season."""
OFF_BY_ONE, WRONG_EXTENSION, AGAIN = date(2025, 6, 30), date(2025, 5, 15), date(2025, 5, 31)


@dataclass(frozen=True)
class Office:
    """An office is one area's way with the form; `with_sums`: the district rows carry sums."""

    area: str
    with_sums: bool = False

    @property
    def feed(self) -> str:
        """Return the feed's id."""
        return f"site_clearance_{self.area}"

    @property
    def agency(self) -> str:
        """Return the agency that sends it."""
        return f"TRUNG TÂM PTQĐ {PROVINCE_NAME[self.area].upper()}"


@dataclass(frozen=True)
class Form:
    """A form says how one file is made: its name, its units of money and of land, and what is wrong with it as a
    whole. `by_commune`: a row that names the commune stands above its projects.
    """

    file: str
    unit: str
    is_moved: bool = False
    is_off: bool = False
    statement_no: int = 1
    land: str = "ha"
    by_commune: bool = False

    def write(self, name: str, values: np.ndarray) -> np.ndarray:
        """Return the values of a measure as a workbook holds them, in the units of this form."""
        if name in MONEY:
            return money_quirks.write_money(values, money_quirks.FACTORS[self.unit])
        if name in LAND and self.land == "m2":
            return np.array([*(round(float(value) * M2_IN_HA) for value in values), None], dtype=object)[:-1]
        return money_quirks.write_numbers(values)

    def read(self, name: str, amount: float) -> float:
        """Return what an amount in the units of this form is in đồng or hectares."""
        if name in MONEY:
            return round(float(amount) * money_quirks.FACTORS[self.unit])
        return float(amount) / (M2_IN_HA if name in LAND and self.land == "m2" else 1)


def send_all(context: Context, sender: Office) -> Delivery:
    """Send a workbook for each report date that the area keeps."""
    delivered = Delivery()
    for day in world_money.list_report_dates(context.as_of, world_money.FIRST_CLEARANCE):
        if sender.area == "hb" and context.mess != "none" and day >= SILENT_FROM:
            name = name_file(sender, day)
            delivered.quirks.append({"feed_id": sender.feed, "file": name, "quirk": "missing_report", "count": 1})
            continue
        batch, form = make_batch(context, sender, day), choose_form(context, sender, day)
        send(context, delivered, sender, batch, form)
        if context.is_hard and sender.area == "pt" and day == AGAIN:
            file = form.file.replace(".xlsx", " lần 2 FINAL.xlsx")
            again = Form(file, form.unit, statement_no=2, land=form.land)
            send(context, delivered, sender, restate(batch, again), again)
    if context.is_hard and delivered.files:
        hard.send_strays(context, delivered, sender.feed, "xlsx")
    if context.is_field and delivered.files:
        _send_unread_period(context, delivered, sender)
    return delivered


def _send_unread_period(context: Context, delivered: Delivery, sender: Office) -> None:
    """Send a report of a quarter that no year has: nothing else may stand for its period."""
    day = world_money.list_report_dates(context.as_of, world_money.FIRST_CLEARANCE)[-1]
    batch = make_batch(context, sender, day)
    columns = lay_out_columns(
        Body(batch.raw, np.arange(0), np.arange(len(batch.rows)).astype(object), []), sender, False
    )
    title = [f"BIỂU TIẾN ĐỘ GIẢI PHÓNG MẶT BẰNG QUÝ V NĂM {day.year}"]
    content, _ = office.make_workbook([office.Sheet(SHEET, columns, sender.agency, title, unit_line="ĐVT: triệu đồng")])
    hard.set_aside(
        context, delivered, sender.feed, "gpmb_tong_hop.xlsx", content, "period_unread", "field:unread_period"
    )


def name_file(sender: Office, day: date) -> str:
    """Return the name of a report: `2025/gpmb_pt_31052025.xlsx`."""
    return f"{day.year}/gpmb_{sender.area}_{day:%d%m%Y}.xlsx"


def choose_form(context: Context, sender: Office, day: date) -> Form:
    """Return how a day's file is made: in some months in another unit of money.

    In a bad season columns move, a total misses a row, an ending is wrong.
    """
    unit = "triệu đồng" if context.mess == "none" else MONEY_UNITS.get((day.year, day.month), "triệu đồng")
    file, bad = name_file(sender, day), context.is_hard
    if bad and sender.area == "vp" and day == WRONG_EXTENSION:
        file = file.removesuffix("x")
    form = Form(file, unit, is_moved=bad and day >= date(2025, 6, 15), is_off=bad and day == OFF_BY_ONE)
    if not context.is_field:
        return form
    rng = context.make_rng("field form", sender.feed, str(day))
    units, land = list(money_quirks.FACTORS), ("ha", "m2")[int(rng.random() < 0.4)]
    is_grouped = bool(np.datetime64(day) >= MERGER) and bool(rng.random() < 0.6)
    return replace(form, unit=units[int(rng.integers(0, len(units)))], land=land, by_commune=is_grouped)


def make_batch(context: Context, sender: Office, day: date) -> Batch:
    """Return a report's rows, messed up as much as the season asks."""
    state = world_money.show_clearance(context, sender.area, day)
    late = context.is_hard and sender.area == "pt"
    if late:  # more households paid than have an approved plan: the steps are out of order
        paid = state["households_paid"].to_numpy(copy=True)
        paid[1] = int(state["households_approved"].iloc[1]) + 2
        state = state.assign(households_paid=paid)
    form = choose_form(context, sender, day)
    rng = context.make_rng(sender.feed, str(day))
    rows = state[list(COLUMNS)].reset_index(drop=True)
    batch = money_quirks.make_batch(sender.area, state, rows, write_cells(state, sender.area, form), rng, day)
    batch.log["steps_out_of_order"] += int(late)
    season.let_loose(context, batch, SHAPE)
    return batch


def write_cells(state: pd.DataFrame, area: str, form: Form) -> dict[str, np.ndarray]:
    """Return the cells as a clerk writes them."""
    cells = {name: state[name].astype(object).to_numpy(copy=True) for name in ("project_code", "project_name")}
    cells["difficulty"] = state["difficulty"].astype(object).where(state["difficulty"].notna(), None).to_numpy()
    cells["unit_name"] = money_quirks.write_units(state, area)
    cells["report_date"] = money_quirks.write_dates(state["report_date"].to_numpy(), is_text=False)
    for name in MEASURES:
        cells[name] = form.write(name, state[name].to_numpy())
    return cells


def restate(batch: Batch, form: Form) -> Batch:
    """Return the same report sent again: a row has vanished, another has more land handed over."""
    again = batch.repeat_sending()
    more = round(float(again.rows["area_cleared_ha"].iloc[2]) + 0.01, 2)
    again.rows.loc[2, "area_cleared_ha"] = more
    again.raw["area_cleared_ha"][2] = form.write("area_cleared_ha", np.array([more]))[0]
    # A row whose first writing vanished, or was changed, is written once now: it stands in the sums.
    again.state["is_repeat"] &= again.rows.astype(object).duplicated().to_numpy()
    return again


@dataclass
class Body:
    """A body is the table below the header, the places of its rows (0-based), and the district rows that carry sums."""

    cells: dict[str, np.ndarray]
    places: np.ndarray
    numbers: np.ndarray
    sums: list[tuple[str, np.ndarray]]


def build_body(batch: Batch, sender: Office, form: Form) -> Body:
    """Return the table; till July a row with the district's name stands above its communes."""
    if form.by_commune:
        return group_by_commune(batch)
    if np.datetime64(batch.data_day) >= MERGER:
        size = len(batch.rows)
        return Body(batch.raw, np.arange(size), np.arange(1, size + 1).astype(object), [])
    district = batch.state["district"].to_numpy(dtype=object)
    listed = ~batch.state["is_repeat"].to_numpy()
    names = load_reference().former_district.set_index("district_code")
    codes = list(dict.fromkeys(district[listed]))
    blocks = [np.flatnonzero((district == code) & listed) for code in codes]
    blocks[-1] = np.append(blocks[-1], np.flatnonzero(~listed))
    table, kept = office.leave_rows_for_heads(batch.raw, blocks), []
    for code, block, head in zip(codes, blocks, table.heads, strict=True):
        label = f"{names['district_type'][code]} {names['district_name'][code]}".upper()
        table.cells["project_code"][head] = label
        if sender.with_sums:
            for name, amount in sum_stated(batch, block, form).items():
                table.cells[name][head] = amount
            kept.append((label, block))
    return Body(table.cells, table.places, table.numbers, kept)


def group_by_commune(batch: Batch) -> Body:
    """Return the table with each commune's name above its projects, and in its rows only where it is spelled oddly."""
    listed = ~batch.state["is_repeat"].to_numpy()
    unit = (batch.state["unit_level"].astype(str) + ":" + batch.state["unit_code"].astype(str)).to_numpy(dtype=object)
    blocks = [np.flatnonzero((unit == code) & listed) for code in dict.fromkeys(unit[listed])]
    names = money_quirks.write_units(batch.state, batch.area)
    blocks[-1] = np.append(blocks[-1], np.flatnonzero(~listed))
    is_told = batch.rows["unit_part_dropped"].to_numpy(dtype=bool) | (batch.rows["column"] == "commune").to_numpy()
    is_typed = np.array([str(name).lower().startswith(("xã ", "phường ")) for name in names], dtype=bool)
    own = batch.raw["unit_name"].copy()
    own[listed & is_typed & ~is_told] = None
    raw = {**batch.raw, "unit_name": own}
    table = office.leave_rows_for_heads(raw, blocks)
    table.cells["project_name"][table.heads] = [names[block[0]] for block in blocks]
    batch.log["field:grouped_by_commune"] += 1
    return Body(table.cells, table.places, table.numbers, [])


def sum_stated(batch: Batch, rows: np.ndarray, form: Form) -> dict[str, float]:
    """Return what the office states for these rows; a row repeated by mistake is in no sum."""
    meant = rows[~batch.state["is_repeat"].to_numpy()[rows]]
    totals = {}
    for name in MEASURES:
        total = np.array([round(float(batch.rows[name].to_numpy()[meant].sum()), 2)])
        totals[name] = form.write(name, total)[0]
    return totals


def sum_readable(batch: Batch, name: str, rows: np.ndarray) -> float:
    """Return what the rows give: a number that cannot be read gives nothing, a row repeated to the letter counts
    once.
    """
    bad = ((batch.rows["column"] == name) & batch.rows["rule"].notna()).to_numpy()
    bad = bad | batch.state["is_repeat"].to_numpy()
    return round(float(batch.rows[name].to_numpy()[rows[~bad[rows]]].sum()), 2)


def send(context: Context, delivered: Delivery, sender: Office, batch: Batch, form: Form) -> None:
    """Write one workbook and its account."""
    day = batch.data_day
    table = build_body(batch, sender, form)
    columns = lay_out_columns(table, sender, form.is_moved, form.land)
    everything = np.flatnonzero(~batch.state["is_repeat"].to_numpy())
    stated = sum_stated(batch, everything[:-1] if form.is_off else everything, form)
    heads = [column.header.replace("\n", " ").replace("(m2)", "(ha)") for column in columns]
    total: dict[int, str | float] = {heads.index("Mã dự án"): "Tổng cộng"}
    total |= {heads.index(HEADERS[name]): amount for name, amount in stated.items()}
    sheet = office.Sheet(
        SHEET, columns, sender.agency, write_title(sender, day), total=total, unit_line=f"ĐVT: {form.unit}"
    )
    sent = send_workbook(context, delivered, sender.feed, form.file, [sheet], day.replace(month=1, day=1))
    (extent,) = sent.extents
    record = FileRecord(
        sender.feed, sent.file, sent.sha256, day, str(day), form.statement_no,
        rows_read=extent.filled, not_data=extent.filled - len(batch.rows), blank=extent.blank,
        strange_column="Cán bộ phụ trách" if form.is_moved else None,
        remarks=(*sent.remarks, *(["wrong_extension"] if form.file.endswith(".xls") else [])),
    )  # fmt: skip
    delivered.files.append(record)
    delivered.rows.append(place_rows(batch.rows, record, sent.names[0], sent.find_rows(table.places)))
    told = [("total", everything, stated)]
    told += [(label, block, sum_stated(batch, block, form)) for label, block in table.sums]
    for scope, rows, figures in told:
        for name, amount in figures.items():
            said = form.read(name, amount)
            delivered.controls.append(
                Control(sender.feed, sent.file, scope, name, said, sum_readable(batch, name, rows))
            )
    quirks = {
        "moved_columns": form.is_moved, "total_off_by_one_row": form.is_off,
        "other_money_unit": form.unit != "triệu đồng", "wrong_extension": form.file.endswith(".xls"),
    }  # fmt: skip
    batch.log.update({name: int(on) for name, on in quirks.items()})
    context.note(delivered, record, batch)


def lay_out_columns(table: Body, sender: Office, is_moved: bool, land: str = "ha") -> list[office.Column]:
    """Return STT and the fourteen columns in the area's own header.

    In a moved form the commune comes first, and there is one more column.
    """
    columns = []
    for name, header in HEADERS.items():
        text = BROKEN.get(name, header) if sender.area == "hb" else header
        group = GROUPS.get(name) if sender.area == "vp" else None
        if name in LAND:
            text, group = text.replace("(ha)", f"({land})"), group and group.replace("(ha)", f"({land})")
        style = "date" if name == "report_date" else "general"
        columns.append(office.Column(text, table.cells[name], group, style, is_money=name in MONEY))
    if is_moved:
        columns.sort(key=lambda column: column.header != "Xã/Phường")
        columns[1].header = "Mã\ndự án"
        clerks = np.full(len(table.numbers), None, dtype=object)
        clerks[table.places] = "CB02"
        columns.append(office.Column("Cán bộ phụ trách", clerks))
    return [office.Column("STT", table.numbers), *columns]


def write_title(sender: Office, day: date) -> list[str]:
    """Return the lines above the table; the data date stands in the first."""
    return [
        f"BIỂU TIẾN ĐỘ GIẢI PHÓNG MẶT BẰNG (Số liệu đến ngày {day:%d/%m/%Y})",
        f"(Kèm theo Báo cáo số {100 + 7 * day.month}/BC-VP ngày {day:%d/%m/%Y} của {sender.agency})",
    ]
