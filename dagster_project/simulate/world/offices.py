"""This module draws centres, tasks and plans: the world that the weekly registers of the province report on.

Everything is drawn from the seed alone and does not grow with the scale: there are 149 centres, and leaders give no
fewer tasks in a small simulation. A later register says the same, and more.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from dagster_project.simulate import briefing
from dagster_project.simulate.context import Context
from dagster_project.simulate.reference import AREAS, CENTRE_CODE, FORMER_PROVINCE_OF_AREA, MERGER, load_reference
from dagster_project.simulate.statements import UNIT
from dagster_project.simulate.units import list_unit_names
from dagster_project.simulate.world import money as world_money
from dagster_project.simulate.world.money import open_stream

FIRST_FRIDAY = date(2025, 7, 4)
"""The centres began on 1 July 2025."""
KINDS = ("computers", "printers", "scanners", "kiosks", "queue_machines")
NEEDED = {"computers": (8, 16), "printers": (3, 7), "scanners": (2, 5), "kiosks": (1, 3), "queue_machines": (1, 3)}
STOCKED = {"computers": 0.68, "printers": 0.6, "scanners": 0.55, "kiosks": 0.4, "queue_machines": 0.45}
"""Share of the needed machines that an average centre has in its first week: equipment is short and weak."""
CARRIERS = ("VNPT", "Viettel", "khác")
FIGURES = (
    *(f"{kind}_{part}" for kind in KINDS for part in ("needed", "have")), "cameras", "line_mbps", "line_outage_hours",
    "staff", "staff_trained", "signatures_needed", "signatures_issued", "accounts_needed", "accounts_active",
)  # fmt: skip
PLANS = 30
STEPS = ("Lập nhiệm vụ", "Lấy ý kiến", "Thẩm định", "Phê duyệt")
PLAN_TITLES = {
    "quy_hoach_phan_khu": "Quy hoạch phân khu", "dieu_chinh_quy_hoach_chung": "Điều chỉnh quy hoạch chung",
    "quy_dinh": "Quy định", "de_an_to_chuc": "Đề án tổ chức",
}  # fmt: skip
TASKS = 260
ABOUT = ("rà soát quy hoạch", "trình đề án", "xử lý hồ sơ tồn đọng", "cấp chữ ký số")
SERIES = ("KTTH", "KGVX", "NC")


def list_fridays(as_of: date) -> list[date]:
    """Return the report days of the centres up to `as_of`."""
    count = (as_of - FIRST_FRIDAY).days // 7 + 1
    return [FIRST_FRIDAY + timedelta(days=7 * week) for week in range(max(0, count))]


def list_centres() -> pd.DataFrame:
    """Return the 148 communes' centres by portal code and the provincial one last: UNIT, office_row and portal_code.

    The provincial centre's portal code is H44.01, for want of another.
    """
    ref = load_reference()
    commune = ref.commune
    rows = pd.DataFrame(
        {
            "unit_level": "commune", "unit_code": commune["commune_code"], "commune_code": commune["commune_code"],
            "former_province_code": commune["former_province_code"], "attribution": "exact",
            "office_row": np.arange(len(commune)), "portal_code": commune["portal_code"],
        }
    ).astype(object)  # fmt: skip
    own = int(np.flatnonzero((ref.department["department_code"] == CENTRE_CODE).to_numpy())[0])
    rows.loc[len(rows)] = ["department", CENTRE_CODE, None, None, "department", own, "H44.01"]
    return rows


def draw_readiness(context: Context, day: date) -> pd.DataFrame:
    """Return one row per centre: what it needs and has in the week that ends on `day`. Counts are floats (NaN: not
    told).
    """
    rows = list_centres()
    size, weeks = len(rows), (day - FIRST_FRIDAY).days // 7
    rng = open_stream(context.seed, "centre")
    figures: dict[str, np.ndarray] = {}
    for kind, (low, high) in NEEDED.items():
        needed = rng.integers(low, high, size)
        share = np.clip(STOCKED[kind] * rng.uniform(0.6, 1.5, size) + 0.012 * weeks, 0, 1.15)
        figures[f"{kind}_needed"], figures[f"{kind}_have"] = needed, np.floor(needed * share)
    figures["cameras"] = rng.integers(0, 5, size)
    figures["line_mbps"] = rng.choice([50, 100, 200], size)
    carrier = rng.choice(np.array(CARRIERS, dtype=object), size, p=[0.45, 0.4, 0.15])
    for whole, done, low, high, first in (
        ("staff", "staff_trained", 20, 43, 0.62), ("signatures_needed", "signatures_issued", 16, 40, 0.6),
        ("accounts_needed", "accounts_active", 10, 30, 0.68),
    ):  # fmt: skip
        needed = rng.integers(low, high, size)
        share = np.clip(first * rng.uniform(0.6, 1.4, size) + 0.02 * weeks, 0, 1)
        figures[whole], figures[done] = needed, np.floor(needed * share)
    week = open_stream(context.seed, "centre week", str(day))
    figures["line_outage_hours"] = week.choice([0, 0.5, 1, 2.5, 6], size, p=[0.5, 0.17, 0.15, 0.1, 0.08])
    told = {name: figures[name].astype(float) for name in FIGURES}
    return rows.assign(**told, line_carrier=carrier, report_date=np.datetime64(day, "s"), note=None)


def list_agencies() -> pd.DataFrame:
    """Return who may lead a task: departments, then communes whose typed name no other commune bears. UNIT and
    `name`.
    """
    ref = load_reference()
    department = ref.department[ref.department["department_code"] != CENTRE_CODE]
    frame = pd.DataFrame(
        {
            "unit_level": "department", "unit_code": department["department_code"], "commune_code": None,
            "former_province_code": None, "attribution": "department", "name": department["department_name"],
        }
    ).astype(object)  # fmt: skip
    commune = ref.commune
    typed = commune["commune_type"] + " " + commune["commune_name"]
    safe = ~typed.duplicated(keep=False) & list_unit_names("commune")["is_bare_safe"]
    chosen = commune[safe]
    communes = pd.DataFrame(
        {
            "unit_level": "commune", "unit_code": chosen["commune_code"], "commune_code": chosen["commune_code"],
            "former_province_code": chosen["former_province_code"], "attribution": "exact",
            "name": "UBND " + typed[safe],
        }
    ).astype(object)  # fmt: skip
    return pd.concat([frame, communes], ignore_index=True)


def show_directives(context: Context, day: date) -> pd.DataFrame:
    """Return the register of tasks as at `day`: given by then, done as far as they are. Dates are datetime64[s].

    Tasks of communes are listed from the merger on: before it the districts kept them.
    """
    rows = pd.concat([_draw_tasks(context), _list_briefing_tasks()], ignore_index=True)
    at = np.datetime64(day)
    given = rows["issued_on"].to_numpy() <= at
    listed = given & ((rows["unit_level"] == "department").to_numpy() | bool(at >= MERGER))
    rows = rows[listed].reset_index(drop=True)
    later = rows["done_on"].to_numpy() > at
    return rows.assign(
        done_on=rows["done_on"].mask(later), result_no=rows["result_no"].mask(rows["done_on"].isna() | later)
    )


def _draw_tasks(context: Context) -> pd.DataFrame:
    """Draw two years of ordinary tasks: a quarter led by communes, one in six without a date."""
    rng = open_stream(context.seed, "task")
    who = list_agencies()
    is_department = (who["unit_level"] == "department").to_numpy()
    lead = np.where(
        rng.random(TASKS) < 0.75, rng.choice(np.flatnonzero(is_department), TASKS),
        rng.choice(np.flatnonzero(~is_department), TASKS),
    )  # fmt: skip
    issued = np.datetime64("2025-01-06") + np.sort(rng.integers(0, 715, TASKS)).astype("timedelta64[D]")
    due = issued + rng.integers(9, 45, TASKS).astype("timedelta64[D]")
    delay = np.where(rng.random(TASKS) < 0.2, rng.integers(15, 90, TASKS), np.round(rng.normal(-6, 8, TASKS)))
    done = np.maximum(due + delay.astype("timedelta64[D]"), issued + np.timedelta64(1, "D"))
    style = rng.choice(5, TASKS, p=[0.35, 0.2, 0.28, 0.09, 0.08])
    number = pd.Series(np.arange(TASKS))
    about = rng.choice(np.array(ABOUT, dtype=object), TASKS)
    has_due, helped = style < 3, rng.random(TASKS) < 0.4
    answer = ((number + 9).astype(str) + "/BC").astype(object)
    return who.iloc[lead].reset_index(drop=True).rename(columns={"name": "lead_agency"}).assign(
        directive_no=(number + 200).astype(str) + "/UBND-" + rng.choice(np.array(SERIES, dtype=object), TASKS),
        issued_on=issued.astype("datetime64[s]"), signer="PCT UBND tỉnh",
        task="Nhiệm vụ " + (number + 1).astype(str) + ": " + about,
        supporting=np.array([None, "Văn phòng UBND tỉnh"], dtype=object)[helped.astype(int)],
        due_text=spell_deadlines(issued, due, style),
        due_on=np.where(has_due, due.astype("datetime64[s]"), np.datetime64("NaT", "s")), product="Báo cáo",
        done_on=done.astype("datetime64[s]"), result_no=answer, sector="Chung",
    )  # fmt: skip


def spell_deadlines(issued: np.ndarray, due: np.ndarray, style: np.ndarray) -> np.ndarray:
    """Return the deadline as said: "trước ngày 2/6", "trước ngày 02/06/2025", "2/6/2025", "sớm" or nothing, by `style`.

    A day without a year is of the year of issue, so a deadline in the next year is said in full.
    """
    words = []
    for first, last, how in zip(pd.DatetimeIndex(issued), pd.DatetimeIndex(due), style.tolist(), strict=True):
        full = how == 0 and first.year != last.year
        said = {
            0: f"trước ngày {last.day}/{last.month}" + (f"/{last.year}" if full else ""),
            1: f"trước ngày {last:%d/%m/%Y}", 2: f"{last.day}/{last.month}/{last.year}", 3: "sớm",
        }  # fmt: skip
        words.append(said.get(how))
    return np.array([*words, None], dtype=object)[:-1]


def _list_briefing_tasks() -> pd.DataFrame:
    who = list_agencies().set_index("name", drop=False)
    tasks = pd.DataFrame([vars(task) for task in briefing.TASKS])
    lead = who.loc[tasks["lead"]].reset_index(drop=True).rename(columns={"name": "lead_agency"})
    number = pd.Series(np.arange(len(tasks)) + 900).astype(str)
    texts = {name: tasks[name].astype(object).where(tasks[name].notna(), None) for name in ("supporting", "due_text")}
    return lead.assign(
        directive_no=briefing.NUMBER,
        issued_on=np.datetime64(briefing.ISSUED, "s"),
        signer=briefing.SIGNER,
        task=tasks["task"],
        **texts,
        due_on=_read_days(tasks["due_on"]),
        product="Báo cáo",
        done_on=_read_days(tasks["done_on"]),
        result_no=(number + "/BC").astype(object),
        sector=tasks["sector"],
    )


def _read_days(column: pd.Series) -> np.ndarray:
    """Return dates (None: not known) as datetime64[s]."""
    days: np.ndarray = pd.to_datetime(column).to_numpy().astype("datetime64[s]")
    return days


def show_plans(context: Context, day: date) -> pd.DataFrame:
    """Return the register of milestones as at `day`: plans begun by then, and from 11/7/2025 those of the briefing.

    UNIT is of the commune where one is named, else of the former province that the plan is for, else nothing.
    """
    rows = pd.concat([_draw_ordinary_plans(context), _list_briefing_plans()], ignore_index=True)
    at = np.datetime64(day)
    rows = rows[rows["known_from"].to_numpy() <= at].reset_index(drop=True)
    later = (rows["milestone_done"].to_numpy() > at) | rows["milestone_done"].isna().to_numpy()
    status = np.where(later, "Đang thực hiện", "Hoàn thành").astype(object)
    rows = rows.assign(milestone_done=rows["milestone_done"].mask(later), status=status)
    place = world_money.locate(rows["place"].to_numpy(), np.full(len(rows), at)).drop(columns="main_commune_code")
    wide = (rows["place"] < 0).to_numpy() & rows["area"].notna().to_numpy()
    code = rows["area"].map(FORMER_PROVINCE_OF_AREA).astype(object).where(rows["area"].notna(), None)
    for name, value in (("unit_level", "former_province"), ("attribution", "former_province")):
        place.loc[wide, name] = value
    for name in ("unit_code", "former_province_code"):
        place.loc[wide, name] = code[wide]
    return pd.concat([rows, place], axis=1)


def _draw_ordinary_plans(context: Context) -> pd.DataFrame:
    rng = open_stream(context.seed, "plan milestone")
    kind = rng.choice(np.array(list(PLAN_TITLES), dtype=object), PLANS, p=[0.4, 0.2, 0.25, 0.15])
    area = rng.choice(np.array(AREAS, dtype=object), PLANS)
    former = load_reference().former_commune
    rows_of = {name: np.flatnonzero(((former["area"] == name) & ~former["is_split"]).to_numpy()) for name in AREAS}
    place = np.array([rng.choice(rows_of[name]) for name in area])
    place = np.where(kind == "quy_hoach_phan_khu", place, -1)
    lead = rng.choice(np.array(["Sở Xây dựng", "Sở Nội vụ", "Sở Nông nghiệp và Môi trường"], dtype=object), PLANS)
    started = np.datetime64("2025-01-20") + np.sort(rng.integers(0, 90, PLANS)).astype("timedelta64[D]")
    started[PLANS // 2 :] += np.sort(rng.integers(120, 560, PLANS - PLANS // 2)).astype("timedelta64[D]")
    number = pd.Series(np.arange(PLANS))
    at, step = np.repeat(np.arange(PLANS), len(STEPS)), np.tile(np.arange(len(STEPS)), PLANS)
    due = started[at] + (33 + 32 * step + rng.integers(-3, 4, len(at))).astype("timedelta64[D]")
    late = np.where(rng.random(len(at)) < 0.15, rng.integers(20, 80, len(at)), np.round(rng.normal(-6, 5, len(at))))
    numbered = (number + 11).astype(str) + "/QH-" + pd.Series(started).dt.year.astype(str)
    titles = pd.Series(kind).map(PLAN_TITLES) + " số " + (number + 2).astype(str)
    return pd.DataFrame(
        {
            "plan_no": numbered.to_numpy(object)[at],
            "title": titles.to_numpy(object)[at], "kind": kind[at], "area": area[at], "place": place[at],
            "lead_agency": lead[at], "started_on": started[at].astype("datetime64[s]"),
            "known_from": started[at].astype("datetime64[s]"), "milestone": np.array(STEPS, dtype=object)[step],
            "milestone_due": due.astype("datetime64[s]"),
            "milestone_done": (due + late.astype("timedelta64[D]")).astype("datetime64[s]"),
        }
    )  # fmt: skip


def _list_briefing_plans() -> pd.DataFrame:
    rows = pd.DataFrame([vars(milestone) for milestone in briefing.MILESTONES])
    return pd.DataFrame(
        {
            "plan_no": rows["plan_no"], "title": rows["title"], "kind": rows["kind"],
            "area": rows["area"].astype(object).where(rows["area"].notna(), None), "place": -1,
            "lead_agency": rows["lead"], "started_on": np.datetime64(briefing.ISSUED, "s"),
            "known_from": np.datetime64(briefing.ISSUED, "s"), "milestone": rows["milestone"],
            "milestone_due": _read_days(rows["due"]), "milestone_done": _read_days(rows["done"]),
        }
    )  # fmt: skip


__all__ = [
    "FIGURES",
    "UNIT",
    "draw_readiness",
    "list_agencies",
    "list_centres",
    "list_fridays",
    "show_directives",
    "show_plans",
    "spell_deadlines",
]
