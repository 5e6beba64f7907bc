"""Vĩnh Phúc's disbursement comes as one workbook per report: funds as sub-columns, Roman groups, total first, an ĐVT
line.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from dagster_project.simulate import office
from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds.investment import rows as rows_of
from dagster_project.simulate.forms.sending import Sent, send_workbook
from dagster_project.simulate.quirks import hard, season
from dagster_project.simulate.quirks import money as money_quirks
from dagster_project.simulate.quirks.ordinary import Batch
from dagster_project.simulate.statements import UNIT, Control, Delivery, FileRecord
from dagster_project.simulate.world import money as world_money
from dagster_project.simulate.world import projects as world_projects

FEED, AREA, SHEET = "investment_vp", "vp", "Biểu 01"
FUNDS = ("NSTW", "NSDP", "ODA")
FUND_HEADERS = {"NSTW": "NSTW", "NSDP": "NSĐP", "ODA": "ODA"}
GROUPS = {
    "plan_pm": "Kế hoạch TTg giao", "plan_local": "Kế hoạch địa phương giao", "plan_carried": "Kế hoạch kéo dài",
    "paid_completed": "Thanh toán KLHT", "paid_advance": "Tạm ứng",
}  # fmt: skip
HEADERS = {
    "project_name": "Danh mục dự án", "project_code": "Mã dự án", "owner": "Chủ đầu tư", "unit_name": "Địa điểm",
    "project_group": "Nhóm", "total_investment": "Tổng mức đầu tư",
}  # fmt: skip
WIDE = tuple(f"{name}:{fund}" for name in GROUPS for fund in FUNDS)
ONCE = ("project_code", "project_name", "owner", "project_group", "plan_year", "total_investment", "report_date",
        "difficulty", *UNIT)  # fmt: skip
SHAPE = money_quirks.Shape(
    numbers=("total_investment", *WIDE), texts=("project_name", "owner", "unit_name"), key="project_code"
)
MONEY_UNITS = {(2025, 2): "nghìn đồng", (2025, 4): "tỷ đồng", (2025, 11): "tỷ đồng"}
MOVED_FROM, OFF_BY_ONE, NO_UNIT, AGAIN = date(2025, 5, 15), date(2025, 5, 31), date(2025, 3, 31), date(2025, 6, 30)


@dataclass(frozen=True)
class Form:
    """A form says how one file is made: its name, its unit of money, and what is wrong with it as a whole."""

    file: str
    unit: str = "triệu đồng"
    is_moved: bool = False
    is_off: bool = False
    statement_no: int = 1


def write(context: Context) -> Delivery:
    """Send a workbook for each report date."""
    delivered = Delivery()
    for day in world_money.list_report_dates(context.as_of):
        batch, form = make_batch(context, day), choose_form(context, day)
        if context.is_hard and day == NO_UNIT:
            _send_without_unit(context, delivered, batch, form)
            continue
        send(context, delivered, batch, form)
        if context.is_hard and day == AGAIN:
            again = Form(form.file.replace(".xlsx", " lần 2 FINAL.xlsx"), form.unit, form.is_moved, statement_no=2)
            send(context, delivered, restate(batch, form.unit), again)
    if context.is_hard and delivered.files:
        _send_without_column(context, delivered)
        _send_next_month(context, delivered)
        if context.is_field:
            _send_unsure_unit(context, delivered)
        hard.send_strays(context, delivered, FEED, "xlsx")
    return delivered


def name_file(day: date) -> str:
    """Return the name of a report: `bieu_giai_ngan_09_07_2025.xlsx`."""
    return f"bieu_giai_ngan_{day:%d_%m_%Y}.xlsx"


def choose_form(context: Context, day: date) -> Form:
    """Return how a day's file is made: in some months in another unit of money, in a bad season with columns moved.

    One total of a bad season leaves out a row.
    """
    unit = "triệu đồng" if context.mess == "none" else MONEY_UNITS.get((day.year, day.month), "triệu đồng")
    if context.is_field:
        units = list(money_quirks.FACTORS)
        unit = units[int(context.make_rng("field form", FEED, str(day)).integers(0, len(units)))]
    bad = context.is_hard
    return Form(name_file(day), unit, is_moved=bad and day >= MOVED_FROM, is_off=bad and day == OFF_BY_ONE)


def widen(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row per project, its amounts as `plan_pm:NSTW` …, NaN where the project has no such fund."""
    first = rows.drop_duplicates("project_code").set_index("project_code", drop=False)
    table = rows.pivot(index="project_code", columns="fund_source", values=list(GROUPS))
    amounts = {
        f"{name}:{fund}": table[name][fund].reindex(first.index).astype(float)
        if (name, fund) in table.columns else np.nan
        for name in GROUPS for fund in FUNDS
    }  # fmt: skip
    wide = first.assign(**amounts).reset_index(drop=True)
    return wide.sort_values(["sector", "project_code"], kind="stable").reset_index(drop=True)


def make_batch(context: Context, day: date) -> Batch:
    """Return one report's projects, messed up as much as the season asks."""
    rows = rows_of.make_report(context, AREA, day)
    state = widen(rows)
    rng = context.make_rng(FEED, str(day))
    factor = money_quirks.FACTORS[choose_form(context, day).unit]

    def find_cells(some: pd.DataFrame) -> dict[str, np.ndarray]:
        return write_cells(context, some, factor, rng)

    batch = money_quirks.make_batch(AREA, state, make_canonical(state), find_cells(state), rng, day)
    if context.is_hard:
        extras = {"plan_of_zero": widen(rows_of.make_unplanned(rows)), "two_owners": _repeat_for_second_owner(state)}
        rows_of.let_in(batch, extras, make_canonical, find_cells)
    rows_of.note_overpaid(context, AREA, day, batch)
    season.let_loose(context, batch, SHAPE)
    return batch


def _repeat_for_second_owner(state: pd.DataFrame) -> pd.DataFrame:
    """Return the second project again under another owner, with more paid from each of its funds."""
    again = state.iloc[[1]].assign(owner="Ban QLDA khu vực")
    paid = [f"paid_completed:{fund}" for fund in FUNDS]
    return again.assign(**{name: again[name] + rows_of.BILLION for name in paid})


def make_canonical(state: pd.DataFrame) -> pd.DataFrame:
    """Return the wide canonical rows."""
    return state[[*ONCE, *WIDE]].reset_index(drop=True)


def split_into_facts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return up to three canonical rows of each wide one, one per fund source."""
    parts = []
    for fund in FUNDS:
        part = rows.drop(columns=list(WIDE)).assign(
            fund_source=fund, **{name: rows[f"{name}:{fund}"] for name in GROUPS}
        )
        parts.append(part[part["plan_local"].notna()])
    return pd.concat(parts).sort_values("row", kind="stable").reset_index(drop=True)


def write_cells(context: Context, state: pd.DataFrame, factor: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the cells as a clerk writes them: numbers as numbers, nothing as "-", "…" or an empty cell."""
    cells = {name: state[name].astype(object).to_numpy(copy=True)
             for name in ("project_code", "project_name", "owner", "project_group")}  # fmt: skip
    cells["difficulty"] = state["difficulty"].astype(object).where(state["difficulty"].notna(), None).to_numpy()
    cells["unit_name"] = money_quirks.write_units(state, AREA)
    cells["total_investment"] = money_quirks.write_money(state["total_investment"].to_numpy(), factor)
    nothing = np.array([None, "-", "…"], dtype=object)
    for name in WIDE:
        amounts = money_quirks.write_money(state[name].to_numpy(), factor)
        if context.mess != "none":
            empty = np.array([cell is None for cell in amounts], dtype=bool)
            amounts[empty] = nothing[rng.integers(0, 3, int(empty.sum()))]
            zero = np.array([cell == 0 for cell in amounts], dtype=bool) & (rng.random(len(amounts)) < 0.1)
            amounts[zero] = "0"
        cells[name] = amounts
    return cells


def restate(batch: Batch, unit: str) -> Batch:
    """Return the same report sent again: a project has vanished, another has paid more."""
    again = batch.repeat_sending()
    used = next(name for name in (f"plan_carried:{fund}" for fund in FUNDS) if pd.notna(again.rows[name].iloc[3]))
    again.rows.loc[3, used] = again.rows[used].iloc[3] + rows_of.BILLION
    again.raw[used][3] = money_quirks.write_money(again.rows[used].to_numpy()[[3]], money_quirks.FACTORS[unit])[0]
    return again


@dataclass
class Body:
    """A body is the table below the header: cells with the group rows among them, and where the projects stand
    (0-based).
    """

    cells: dict[str, np.ndarray]
    places: np.ndarray
    numbers: np.ndarray
    group_rows: list[tuple[str, np.ndarray]]


def build_body(batch: Batch, factor: int) -> Body:
    """Put a group row before each sector's projects, with the sums of its rows."""
    sector = batch.state["sector"].to_numpy()
    sector = np.where(batch.state["is_repeat"] | (np.arange(len(sector)) >= _count_listed(batch)), sector.max(), sector)
    blocks = [np.flatnonzero(sector == nth) for nth in np.unique(sector)]
    table, groups = office.leave_rows_for_heads(batch.raw, blocks), []
    table.numbers[table.heads] = ("I", "II", "III", "IV", "V", "VI")[: len(blocks)]
    for block, head in zip(blocks, table.heads, strict=True):
        label = world_projects.SECTORS[int(sector[block[0]])]
        table.cells["project_name"][head] = label
        for name, amount in sum_stated(batch, block, factor).items():
            table.cells[name][head] = amount
        groups.append((label, block))
    return Body(table.cells, table.places, table.numbers, groups)


def _count_listed(batch: Batch) -> int:
    """Return how many rows stand in the order of their sectors; those added later follow the last group."""
    code = batch.state["project_code"]
    added = np.flatnonzero((code.str[2:] == "99990") | code.duplicated())
    return int(added[0]) if len(added) else len(code)


def sum_stated(batch: Batch, rows: np.ndarray, factor: int) -> dict[str, float]:
    """Return what the office states for these rows, in its unit of money; a row repeated by mistake is in no sum."""
    meant = rows[~batch.state["is_repeat"].to_numpy()[rows]]
    return dict(zip(WIDE, money_quirks.write_money(_sum_columns(batch, meant), factor).tolist(), strict=True))


def _sum_columns(batch: Batch, rows: np.ndarray) -> np.ndarray:
    """Return the sum of each of WIDE over these rows, in đồng."""
    totals: np.ndarray = np.nansum(batch.rows[list(WIDE)].to_numpy(dtype=float)[rows], axis=0)
    return totals


def send(context: Context, delivered: Delivery, batch: Batch, form: Form) -> None:
    """Write one workbook and its account."""
    record, table, sent = write_file(context, delivered, batch, form)
    delivered.files.append(record)
    rows = rows_of.place_rows(batch.rows, record, sent.names[0], sent.find_rows(table.places))
    delivered.rows.append(split_into_facts(rows))
    everything = np.flatnonzero(~batch.state["is_repeat"].to_numpy())
    blocks = [("total", everything, everything[:-1] if form.is_off else everything)]
    blocks += [(label, block, block) for label, block in table.group_rows]
    meant = ~batch.state["is_repeat"].to_numpy()
    factor = money_quirks.FACTORS[form.unit]
    for scope, covered, summed in blocks:
        stated = sum_stated(batch, summed, factor)
        for name, computed in zip(WIDE, _sum_columns(batch, covered[meant[covered]]).tolist(), strict=True):
            delivered.controls.append(
                Control(FEED, sent.file, scope, name, round(float(stated[name]) * factor), computed)
            )
    quirks = {
        "moved_columns": form.is_moved, "total_off_by_one_row": form.is_off,
        "other_money_unit": form.unit != "triệu đồng",
    }  # fmt: skip
    batch.log.update({name: int(on) for name, on in quirks.items()})
    context.note(delivered, record, batch)


def write_file(context: Context, delivered: Delivery, batch: Batch, form: Form) -> tuple[FileRecord, Body, Sent]:
    """Write the file; return its record, its table and what was sent."""
    factor = money_quirks.FACTORS[form.unit]
    table = build_body(batch, factor)
    columns = lay_out_columns(table, form.is_moved)
    everything = np.flatnonzero(~batch.state["is_repeat"].to_numpy())
    stated = sum_stated(batch, everything[:-1] if form.is_off else everything, factor)
    place = {column.header + (column.group or ""): nth for nth, column in enumerate(columns)}
    total: dict[int, str | float] = {place["Danh mục dự án"]: "TỔNG SỐ"}
    for name, amount in stated.items():
        measure, _, fund = name.partition(":")
        total[place[FUND_HEADERS[fund] + GROUPS[measure]]] = amount
    day = batch.data_day
    sheet = office.Sheet(
        SHEET, columns, rows_of.name_agency(day, "VĨNH PHÚC"), write_title(day), total=total, totals_first=True,
        unit_line=f"ĐVT: {form.unit}" if form.unit else "",
    )  # fmt: skip
    sent = send_workbook(context, delivered, FEED, form.file, [sheet], day.replace(month=1, day=1))
    (extent,) = sent.extents
    period = f"{world_money.find_plan_year(day)}:{day}"
    record = FileRecord(
        FEED, sent.file, sent.sha256, day, period, form.statement_no,
        rows_read=extent.filled, not_data=extent.filled - len(batch.rows), blank=extent.blank,
        strange_column="Cán bộ theo dõi" if form.is_moved else None, remarks=sent.remarks,
    )  # fmt: skip
    return record, table, sent


def lay_out_columns(table: Body, is_moved: bool) -> list[office.Column]:
    """Return STT, the project, and fifteen amounts under five headers.

    In a moved form the place comes last and a header breaks.
    """
    columns = [
        office.Column(header, table.cells[name], is_money=name == "total_investment")
        for name, header in HEADERS.items()
    ]
    for name, group in GROUPS.items():
        columns += [
            office.Column(FUND_HEADERS[fund], table.cells[f"{name}:{fund}"], group, is_money=True) for fund in FUNDS
        ]
    columns.append(office.Column("Khó khăn, vướng mắc", table.cells["difficulty"]))
    if is_moved:
        columns.sort(key=lambda column: column.header == "Địa điểm")
        columns[1].header = "Mã\ndự án"
        watchers = np.full(len(table.numbers), None, dtype=object)
        watchers[table.places] = "CB01"
        columns.append(office.Column("Cán bộ theo dõi", watchers))
    return [office.Column("STT", table.numbers), *columns]


def write_title(day: date) -> list[str]:
    """Return the lines above the table: the plan year in the first, the data date in the second."""
    by = rows_of.name_agency(day, "VĨNH PHÚC")
    return [
        f"BIỂU TÌNH HÌNH GIẢI NGÂN VỐN ĐẦU TƯ CÔNG NĂM {world_money.find_plan_year(day)}",
        f"(Số liệu đến ngày {day:%d/%m/%Y})",
        f"(Kèm theo Báo cáo số {100 + 7 * day.month}/BC-STC ngày {day:%d/%m/%Y} của {by})",
    ]


def _send_without_unit(context: Context, delivered: Delivery, batch: Batch, form: Form) -> None:
    """Send a report without its ĐVT line: nobody can tell what the amounts are."""
    sheet = office.Sheet(
        SHEET, lay_out_columns(build_body(batch, money_quirks.FACTORS[form.unit]), False),
        rows_of.name_agency(batch.data_day, "VĨNH PHÚC"), write_title(batch.data_day),
    )  # fmt: skip
    content, _ = office.make_workbook([sheet])
    hard.set_aside(
        context, delivered, FEED, form.file, content, "no_money_unit", "no_money_unit", named_day=batch.data_day
    )


def _send_without_column(context: Context, delivered: Delivery) -> None:
    """Send a supplement without project codes: it cannot be used as a whole."""
    day = world_money.list_report_dates(context.as_of)[-1]
    batch = make_batch(context, day)
    columns = lay_out_columns(build_body(batch, money_quirks.FACTORS["triệu đồng"]), False)
    columns = [column for column in columns if column.header != "Mã dự án"]
    sheet = office.Sheet("Bổ sung", columns, "", write_title(day), unit_line="ĐVT: triệu đồng")
    content, _ = office.make_workbook([sheet])
    hard.set_aside(context, delivered, FEED, "bieu_giai_ngan_bo_sung.xlsx", content, "missing_column", "missing_column")


def _send_unsure_unit(context: Context, delivered: Delivery) -> None:
    """Send a supplement in "T.đồng", which may be triệu or tỷ."""
    day = world_money.list_report_dates(context.as_of)[-1]
    table = build_body(make_batch(context, day), money_quirks.FACTORS["triệu đồng"])
    sheet = office.Sheet(SHEET, lay_out_columns(table, False), "", write_title(day), unit_line="ĐVT: T.đồng")
    content, _ = office.make_workbook([sheet])
    file, rule = "bieu_giai_ngan_ban_dieu_chinh.xlsx", "unit_not_understood"
    hard.set_aside(context, delivered, FEED, file, content, rule, "field:unsure_unit")


def _send_next_month(context: Context, delivered: Delivery) -> None:
    """Send a report dated next month: it waits until its day has come."""
    day = context.as_of.replace(day=28) + timedelta(days=18)
    batch = make_batch(context, day)
    table = build_body(batch, money_quirks.FACTORS["triệu đồng"])
    sheet = office.Sheet(
        SHEET,
        lay_out_columns(table, False),
        rows_of.name_agency(day, "VĨNH PHÚC"),
        write_title(day),
        unit_line="ĐVT: triệu đồng",
    )
    content, _ = office.make_workbook([sheet])
    context.write(FEED, name_file(day), content)
    delivered.quirks.append({"feed_id": FEED, "file": name_file(day), "quirk": "dated_next_month", "count": 1})
