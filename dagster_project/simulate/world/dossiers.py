"""This module draws the dossiers that citizens bring to the offices, whole lives at once: the world that the feeds only
report on.

Everything is drawn a month at a time from (seed, scale, month), never from the day of the report: a later report sees
the same dossiers, older. Times are local, to the second.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

import numpy as np
import pandas as pd

from dagster_project.simulate.persons import draw_persons
from dagster_project.simulate.reference import (
    AGRICULTURE_CODE,
    AREAS,
    CENTRE_CODE,
    FORMER_PROVINCE_OF_AREA,
    MERGER,
    Reference,
    load_reference,
)

FIRST_MONTH = np.datetime64("2025-01", "M")
Season = Literal["ordinary", "flat", "better", "worse"]
SEASONS: tuple[Season, ...] = get_args(Season)
"""How a year goes. Flat: nothing changes over time, the same number comes on each working day and none on another, in
time as often as ever; better and worse: the same, but the odds of being in time rise or fall week by week."""
DRIFT = {"flat": 0.0, "better": 0.08, "worse": -0.08}
"""Change of the log odds of being in time, a week; they are the units' own on MIDDLE."""
MIDDLE = np.datetime64("2025-04-01")
MONTHLY_SEASON = (0.72, 0.95, 1.04, 1.03, 1.00, 0.96, 1.06, 1.05, 0.98, 1.02, 1.04, 1.15)
MONTH_DAYS = 21
"""Working days of an average month."""
STUCK_SHARE = 0.012
"""Dossiers that never end."""
HB_PENALTY = 0.1
"""How much less often Hòa Bình's units are in time than the others, beside their own figures."""
LATE_ODDS = (0.09, 0.09, 0.09, 0.05)
"""A late dossier ends on each working day with this chance, by level of the unit: departments take longest."""
PAUSES = (5, 6, 8)
LAND_SECTORS = ("Đất đai", "Đăng ký biện pháp bảo đảm")
NEVER = np.datetime64("2200-01-01T00:00:00", "s")
DAY = np.timedelta64(1, "D")
MINUTE = np.timedelta64(60, "s")
LEVELS = ("commune", "former_commune", "former_district", "department")
ATTRIBUTIONS = ("exact", "former_commune", "split", "district", "department")


def build_world(
    seed: int, scale: float, as_of: date, ref: Reference | None = None, season: Season = "ordinary"
) -> pd.DataFrame:
    """Return all dossiers received from January 2025 to the end of `as_of`; scale 1 is about 1.1 million by mid-July
    2025 in an ordinary season.

    There is one row per dossier, sorted by received_at then dossier_id, with its unit (unit_level, unit_code,
    commune_code, former_province_code, attribution), the row of its office (office_row, within its level), and its
    whole life: received_at, starts_at (work begins), finished_at, returned_at (of the world, `NEVER` when they do not
    come), pause (0 or 5, 6, 8), is_static (1 or 3 for ever), is_withdrawn, and what the clerk fails to note (hides_*).
    """
    ref = ref or load_reference()
    last = np.datetime64(as_of, "M")
    months = [_draw_month(seed, scale, month, ref, season) for month in np.arange(FIRST_MONTH, last + 1)]
    world = pd.concat(months, ignore_index=True)
    end = np.datetime64(as_of, "D") + DAY
    return world[world["received_at"] < end].reset_index(drop=True)


def list_needles(world: pd.DataFrame) -> pd.DataFrame:
    """Return applicant_name, national_id and phone of every dossier: what must never be found outside archive and
    vault.
    """
    return draw_persons(world["person"], world["is_business"], world["area"])


def _draw_month(seed: int, scale: float, month: np.datetime64, ref: Reference, season: Season) -> pd.DataFrame:
    nth = int(month.astype(np.int64))
    rng = np.random.default_rng([seed, 1, nth])
    year, of_year = nth // 12 + 1970, nth % 12
    days = np.arange(month.astype("datetime64[D]"), (month + 1).astype("datetime64[D]"))
    if season == "ordinary":
        busy, weight = MONTHLY_SEASON[of_year] * (1.04 if year > 2025 else 1.0), _weigh_days(days, ref)
    else:
        weight = ref.calendar.is_working(days).astype(float)
        busy = weight.sum() / MONTH_DAYS
    size = max(1, round(scale * count_monthly_dossiers(ref) * busy))
    day = np.sort(days[_pick(rng, weight, size)])
    frame = _draw_offices(rng, day, ref)
    frame = _draw_receipt(rng, frame, day, ref, season)
    frame = _draw_lives(rng, frame, ref, season)
    frame = _draw_habits(rng, frame)
    frame = frame.sort_values("received_at", kind="stable", ignore_index=True)
    return _number_dossiers(rng, frame, ref)


def count_monthly_dossiers(ref: Reference) -> float:
    """Return the dossiers of a month in the whole province at scale 1 (the portal's own figure of August 2026)."""
    return float(ref.commune["monthly_received"].sum() + ref.department["monthly_received"].sum())


def _pick(rng: np.random.Generator, weight: np.ndarray, size: int) -> np.ndarray:
    """Return row numbers drawn by weight."""
    edges = np.cumsum(weight)
    rows: np.ndarray = np.searchsorted(edges, rng.random(size) * edges[-1], side="right")
    return rows


def _weigh_days(days: np.ndarray, ref: Reference) -> np.ndarray:
    """Return how much comes on each day: little on Saturdays, hardly any on holidays, more in a month's first days."""
    weekday = (days.astype(np.int64) + 3) % 7
    weight = np.array([1.15, 1.05, 1.0, 1.0, 0.95, 0.06, 0.02])[weekday]
    weight = np.where(ref.calendar.is_working(days), np.maximum(weight, 0.9), np.minimum(weight, 0.06))
    weight = np.where(np.isin(days, ref.calendar.holidays), 0.005, weight)
    near_tet = np.min(np.abs(days[:, None] - ref.calendar.holidays[None, :]), axis=1) <= np.timedelta64(3, "D")
    weight = weight * np.where(near_tet, 0.8, 1.0) * np.linspace(1.08, 0.94, len(days))
    return np.asarray(weight)


def _draw_offices(rng: np.random.Generator, day: np.ndarray, ref: Reference) -> pd.DataFrame:
    """Return who receives which procedure: departments their real part, districts until the merger, communes the
    rest.
    """
    size, merged = len(day), day >= MERGER
    local = _pick(rng, ref.former_commune["weight"].to_numpy(), size)
    new = _pick(rng, ref.commune["monthly_received"].to_numpy(), size)
    area_row = np.searchsorted(np.cumsum([0.42, 0.36, 0.22]), rng.random(size) * 0.9999)
    load = ref.department["monthly_received"].to_numpy()
    provincial = rng.random(size) < load.sum() / count_monthly_dossiers(ref)
    department = _pick(rng, load, size)
    is_land = provincial & (ref.department["department_code"].to_numpy()[department] == AGRICULTURE_CODE)
    procedure = _draw_procedure(rng, merged, provincial, is_land, ref)
    centre = int(np.flatnonzero(ref.department["department_code"] == CENTRE_CODE)[0])
    department = np.where(merged & (rng.random(size) < 0.02), centre, department)
    before = ref.procedure["level_before"].to_numpy()[procedure]
    at_district = ~merged & ~provincial & (before == "huyện")
    level = np.select([provincial, at_district, ~merged], [3, 2, 1], 0)
    district_of = ref.former_district.reset_index().set_index("district_code")["index"]
    district = ref.former_commune["former_district_code"].map(district_of).to_numpy()[local]
    office = np.select([level == 3, level == 2, level == 1], [department, district, local], new)
    area = np.select(
        [level == 3, level == 0],
        [np.where(merged, 0, area_row), _find_area_rows(ref.commune)[new]],
        _find_area_rows(ref.former_commune)[local],
    )
    return _find_units(level, office, area, ref).assign(procedure_row=procedure.astype(np.int16))


def _find_area_rows(units: pd.DataFrame) -> np.ndarray:
    return units["area"].map({area: row for row, area in enumerate(AREAS)}).to_numpy()


def _draw_procedure(
    rng: np.random.Generator, merged: np.ndarray, provincial: np.ndarray, is_land: np.ndarray, ref: Reference
) -> np.ndarray:
    """Return a procedure that the tier may handle on that side of 1 July (NĐ 118, NĐ 151/2025).

    Land at the provincial tier is the land registry's, whose branches belonged to the department before 1 July too.
    """
    weight = ref.procedure["weight"].to_numpy()
    before, now = ref.procedure["level_before"].to_numpy(), ref.procedure["level_now"].to_numpy()
    of_land = ref.procedure["sector"].isin(LAND_SECTORS).to_numpy()
    result = np.zeros(len(merged), dtype=np.int64)
    for rows, allowed in (
        (is_land, of_land & (now == "tỉnh")), (provincial & ~is_land, ~of_land & (now == "tỉnh")),
        (~provincial & merged, now != "tỉnh"), (~provincial & ~merged, before != "tỉnh"),
    ):  # fmt: skip
        at = np.flatnonzero(rows)
        result[at] = _pick(rng, np.where(allowed, weight, 0.0), len(at))
    return result


def _find_units(level: np.ndarray, office: np.ndarray, area: np.ndarray, ref: Reference) -> pd.DataFrame:
    """Return the unit of each row as the facts should show it, whatever the office calls itself."""
    former = ref.former_commune
    heir = former["main_commune_code"].where(~former["is_split"])
    tables = (
        (ref.commune["commune_code"], ref.commune["commune_code"], ref.commune["former_province_code"], 0),
        (former["former_code"], heir, former["former_province_code"], 1),
        (ref.former_district["district_code"], None, ref.former_district["former_province_code"], 3),
        (ref.department["department_code"], None, None, 4),
    )  # fmt: skip
    unit, commune, province = (np.full(len(level), None, dtype=object) for _ in range(3))
    attribution = np.zeros(len(level), dtype=np.int8)
    for nth, (codes, communes, provinces, kind) in enumerate(tables):
        rows = np.flatnonzero(level == nth)
        at = office[rows]
        unit[rows] = codes.to_numpy(dtype=object)[at]
        attribution[rows] = kind
        if communes is not None:
            commune[rows] = communes.astype(object).where(communes.notna(), None).to_numpy()[at]
        if provinces is not None:
            province[rows] = provinces.to_numpy(dtype=object)[at]
        if nth == 1:
            attribution[rows] = np.where(former["is_split"].to_numpy()[at], 2, 1)
    return pd.DataFrame(
        {
            "area": pd.Categorical.from_codes(area, pd.Index(AREAS)),
            "unit_level": pd.Categorical.from_codes(level, pd.Index(LEVELS)),
            "unit_code": pd.Categorical(unit, sorted({code for codes, *_ in tables for code in codes})),
            "commune_code": pd.Categorical(commune, sorted(ref.commune["commune_code"])),
            "former_province_code": pd.Categorical(province, sorted(FORMER_PROVINCE_OF_AREA.values())),
            "attribution": pd.Categorical.from_codes(attribution, pd.Index(ATTRIBUTIONS)),
            "office_row": office.astype(np.int32),
        }
    )


def _draw_receipt(
    rng: np.random.Generator, frame: pd.DataFrame, day: np.ndarray, ref: Reference, season: Season
) -> pd.DataFrame:
    """Draw channel and time: online about 70 % (and rising in an ordinary season), less in Hòa Bình; over the counter
    in office hours.

    Online dossiers come also in the evening.
    """
    size = len(frame)
    trend = (day - np.datetime64("2025-01-01")).astype(np.int64) / 365 * (0.12 if season == "ordinary" else 0.0)
    is_hb = frame["area"].to_numpy() == "hb"
    online = rng.random(size) < np.minimum(0.66 + trend - 0.12 * is_hb, 0.93)
    posted = ~online & (rng.random(size) < 0.08)
    channel = np.select([online, posted], ["truc_tuyen", "buu_chinh"], "truc_tiep").astype(object)
    closed = ~ref.calendar.is_working(day)
    late = online & (rng.random(size) < 0.08) | closed
    evening, office_hours = rng.integers(17 * 3600, 21 * 3600, size), rng.integers(27000, 59400, size)
    second = np.where(late, evening, office_hours)
    return frame.assign(
        received_at=day.astype("datetime64[s]") + second.astype("timedelta64[s]"),
        channel=pd.Categorical(channel, ["truc_tiep", "truc_tuyen", "buu_chinh"]),
        hides_channel=~online & ~posted & (rng.random(size) < 0.07),
        is_business=rng.random(size) < 0.1,
    )


def _draw_lives(rng: np.random.Generator, frame: pd.DataFrame, ref: Reference, season: Season) -> pd.DataFrame:
    """Draw the due date by the catalogue, and the end: early, on the last days, or late, by the unit's own record; some
    never.
    """
    size, calendar = len(frame), ref.calendar
    received = frame["received_at"].to_numpy()
    term = ref.procedure["working_days"].to_numpy()[frame["procedure_row"].to_numpy()]
    evening = (received.astype("datetime64[h]").astype(np.int64) % 24 >= 17).astype(np.int64)
    due = calendar.find_after(received, term + evening) + np.timedelta64(17, "h")
    on_time = rng.random(size) < _find_punctuality(frame, ref, season)
    early = np.maximum(evening, np.ceil(term * np.sqrt(rng.random(size))).astype(np.int64))
    same_day = (term == 1) & (rng.random(size) < 0.45) & (evening == 0)
    late = term + evening + 1 + rng.geometric(np.array(LATE_ODDS)[frame["unit_level"].cat.codes.to_numpy()])
    steps = np.where(on_time, np.where(same_day, 0, early), late)
    clock = np.timedelta64(16 * 60 + 50, "m") + rng.integers(0, 600, size).astype("timedelta64[s]")
    day = calendar.find_after(received, steps)
    wait = np.where(rng.random(size) < 0.4, 0, rng.integers(1, 4, size))
    stuck = rng.random(size) < STUCK_SHARE
    finished = np.where(stuck, NEVER, day + clock)
    returned = np.where(stuck, NEVER, calendar.find_after(day, wait) + clock + MINUTE)
    starts = received.astype("datetime64[D]") + np.timedelta64(2 * 24 + 8, "h").astype("timedelta64[s]")
    return frame.assign(
        due_at=due.astype("datetime64[s]"),
        starts_at=starts.astype("datetime64[s]"),
        finished_at=finished.astype("datetime64[s]"),
        returned_at=returned.astype("datetime64[s]"),
    )


def _find_punctuality(frame: pd.DataFrame, ref: Reference, season: Season) -> np.ndarray:
    """Return the chance of finishing in time: the unit's figure of the portal; Hòa Bình and, in an ordinary season, the
    merger's first weeks are worse.
    """
    commune = ref.commune.set_index("commune_code")["on_time_share"]
    load = ref.commune["monthly_received"]
    tables = (
        ref.commune["on_time_share"],
        ref.former_commune["main_commune_code"].map(commune),
        pd.Series(np.full(len(ref.former_district), np.average(ref.commune["on_time_share"], weights=load))),
        ref.department["on_time_share"],
    )
    level, office = frame["unit_level"].cat.codes.to_numpy(), frame["office_row"].to_numpy()
    share = np.zeros(len(frame))
    for nth, table in enumerate(tables):
        share[level == nth] = table.to_numpy()[office[level == nth]]
    # What Hòa Bình loses the other areas' offices win, so that all communes together keep their figure.
    of_hb = load[ref.commune["area"] == "hb"].sum() / load.sum()
    is_hb = frame["former_province_code"].to_numpy() == "17"
    share += np.where(level == 3, 0.0, HB_PENALTY * (of_hb - is_hb))
    chance = np.clip(share / (1 - STUCK_SHARE), 0.3, 0.985)
    received = frame["received_at"].to_numpy()
    if season == "ordinary":
        shaken = (received >= MERGER) & (received < MERGER + np.timedelta64(45, "D"))
        return np.asarray(np.maximum(chance - np.where(shaken, 0.04, 0.0), 0.3))
    weeks = (received.astype("datetime64[D]") - MIDDLE).astype(np.int64) / 7
    return np.asarray(1 / (1 + (1 / chance - 1) * np.exp(-DRIFT[season] * weeks)))


def _draw_habits(rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """Draw refusals, pauses, withdrawals, and what clerks leave blank; and the person who came."""
    size = len(frame)
    fate, blank = rng.random(size), rng.random(size)
    withdrawn = (fate >= 0.017) & (fate < 0.027)
    pause = np.where(rng.random(size) < 0.05, rng.choice(PAUSES, size, p=[0.5, 0.3, 0.2]), 0)
    return frame.assign(
        static_status=np.select([fate < 0.010, fate < 0.017], [3, 1], 0).astype(np.int8),
        is_withdrawn=withdrawn,
        pause=pause.astype(np.int8),
        hides_due=(blank < np.where(withdrawn, 0.25, 0.02)) | (fate < 0.017),
        hides_finish=rng.random(size) < np.where(withdrawn, 0.25, 0.008),
        hides_return=rng.random(size) < 0.5,
        is_digitised=rng.random(size) < 0.74,
        fee=rng.choice(np.array([0, 8000, 15000, 30000, 50000, 100000]), size),
        person=rng.integers(0, 2**62, size),
    )


def _number_dossiers(rng: np.random.Generator, frame: pd.DataFrame, ref: Reference) -> pd.DataFrame:
    """Return dossier numbers: `H62.50.14-250128-0002` (area, office, day, nth of the day); an older form for a few."""
    prefix = frame["area"].astype(str).map(ref.prefix).to_numpy(dtype=object)
    merged = frame["received_at"].to_numpy() >= MERGER
    prefix = np.where(merged, ref.prefix["pt"], prefix)
    number = np.full(len(frame), "", dtype=object)
    parts = (
        ref.commune["portal_code"].str.partition(".")[2],
        ref.former_commune["old_number"],
        ref.former_district["old_number"],
        ref.department["department_code"].str.extract(r"\.(\d+)")[0],
    )
    level, office = frame["unit_level"].cat.codes.to_numpy(), frame["office_row"].to_numpy()
    for nth, part in enumerate(parts):
        number[level == nth] = part.to_numpy(dtype=object)[office[level == nth]]
    unit = pd.Series(prefix) + "." + pd.Series(number)
    days, day = np.unique(frame["received_at"].to_numpy().astype("datetime64[D]"), return_inverse=True)
    written = np.array([f"-{text[2:4]}{text[5:7]}{text[8:10]}-" for text in days.astype(str)], dtype=object)
    tail = pd.Series(written[day])
    nth_of_day = (unit + tail).groupby(unit + tail).cumcount() + 1
    tail = tail + nth_of_day.astype(str).str.zfill(4)
    old = pd.Series(number).where(pd.Series(number).str.contains(".", regex=False), pd.Series(number) + ".00")
    is_old = (rng.random(len(frame)) < 0.03) & ~merged & (frame["area"].to_numpy() != "pt")
    plain = unit + tail
    return frame.assign(dossier_id=plain.where(~is_old, "000." + old + "." + pd.Series(prefix) + tail))
