"""The public portal's progress tree (QĐ 766) comes as JSON, one answer per month, quarter and year, from July 2025.

The portal's figures are its own (another definition than the province's systems) and are not scaled with the world.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from dagster_project.simulate.context import Context, find_month_end
from dagster_project.simulate.quirks import hard
from dagster_project.simulate.reference import CENTRE_CODE, MERGER
from dagster_project.simulate.statements import Control, Delivery, FileRecord

FEED = "national_portal"
FOLDER = "dvc-progress-tree"
MAX_SCORE = 20
SUMMED = ("received", "on_time", "overdue")
TOTALS = {"totalReceived": "total_received", "totalOnTime": "total_on_time", "totalOverdue": "total_overdue"}


def write(context: Context) -> Delivery:
    """Send the answers for every period begun since the merger."""
    delivered = Delivery()
    if context.as_of < MERGER.astype(object):
        return delivered
    months = [month for month in context.list_months() if month >= MERGER.astype("datetime64[M]")]
    monthly = [_draw_month(context, month) for month in months]
    for kind, start, name, members in _list_periods(months):
        figures = _sum_months([monthly[nth] for nth in members])
        _send(context, delivered, kind, start, f"{FOLDER}/{name}.json", figures, [months[nth] for nth in members])
    if context.is_hard:
        hard.send_strays(context, delivered, FEED, "json")
    return delivered


def _list_periods(months: list[np.datetime64]) -> list[tuple[str, date, str, list[int]]]:
    """Return (kind, first day, file name, which months) of each answer."""
    found: dict[tuple[str, date, str], list[int]] = {}
    for nth, month in enumerate(months):
        year, number = int(str(month)[:4]), int(str(month)[5:])
        quarter = (number - 1) // 3 + 1
        for key in (
            ("month", date(year, number, 1), f"month-{year}-{number:02d}"),
            ("quarter", date(year, 3 * quarter - 2, 1), f"quarter-{year}-{quarter}"),
            ("year", date(year, 1, 1), f"year-{year}"),
        ):
            found.setdefault(key, []).append(nth)
    return [(*key, members) for key, members in found.items()]


def _draw_month(context: Context, month: np.datetime64) -> pd.DataFrame:
    """Return each unit's figures for the month so far: received, on time, overdue, mean days."""
    ref, rng = context.ref, context.make_rng(FEED, str(month))
    department = ref.department[ref.department["department_code"] != CENTRE_CODE]
    typed = ref.commune["commune_type"] + " " + ref.commune["commune_name"]
    units = pd.DataFrame(
        {
            "portal_code": [*department["department_code"], *ref.commune["portal_code"]],
            "name": [*department["department_name"], *typed],
            "level": ["PROVINCE"] * len(department) + ["COMMUNE"] * len(ref.commune),
            "load": [*department["monthly_received"], *ref.commune["monthly_received"]],
            "share": [*department["on_time_share"], *ref.commune["on_time_share"]],
            "days": [*department["mean_days"], *ref.commune["mean_days"]],
        }
    )
    last = min(find_month_end(month), context.as_of)
    elapsed = last.day / find_month_end(month).day
    received = rng.poisson(units["load"].to_numpy() * elapsed)
    on_time = rng.binomial(received, np.clip(units["share"].to_numpy() + 0.04, 0.2, 0.98))
    overdue = rng.binomial(received - on_time, 0.8)
    days = np.round(units["days"].to_numpy() * rng.uniform(0.7, 1.1, len(units)), 1)
    return units.assign(received=received, on_time=on_time, overdue=overdue, avg=np.maximum(days, 0.5))


def _sum_months(months: list[pd.DataFrame]) -> pd.DataFrame:
    total = months[-1].copy()
    for name in SUMMED:
        total[name] = sum(month[name] for month in months)
    return total


def _send(
    context: Context, delivered: Delivery, kind: str, start: date, file: str, figures: pd.DataFrame,
    months: list[np.datetime64],
) -> None:  # fmt: skip
    rng = context.make_rng(FEED, file)
    silent = rng.random(len(figures)) < (0.0 if context.mess == "none" else 0.012)
    dirty = rng.random(len(figures)) < (0.0 if context.mess == "none" else 0.5)
    drawn = zip(_list_rows(figures), silent, dirty, strict=True)
    children = [_make_child(rng, row, quiet, suffix) for row, quiet, suffix in drawn]
    heard = figures[~silent]
    received, on_time, overdue = (int(heard[name].sum()) for name in SUMMED)
    parent = _make_node("UBND tỉnh Phú Thọ", "H44", "PROVINCE", rng, received, on_time, overdue, 8.9)
    if context.is_hard and kind == "month":
        parent["totalReceived"] += 100
        delivered.quirks.append({"feed_id": FEED, "file": file, "quirk": "total_disagrees", "count": 1})
    content = _write_answer(parent, children, [(month, _compute_rate(figures)) for month in months])
    sha = context.write(FEED, file, content)
    data_day = min(_find_period_end(kind, start), context.as_of)
    size = len(children) + 1
    record = FileRecord(FEED, file, sha, data_day, rows_read=size, not_data=1, covers_from=start, covers_kind=kind)
    delivered.files.append(record)
    delivered.rows.append(_state_truth(context, children, kind, start, file))
    stated = {name: parent[key] for key, name in TOTALS.items()}
    for key, name in TOTALS.items():
        computed = sum(child[key] or 0 for child in children)
        delivered.controls.append(Control(FEED, file, "file", name, stated[name], computed, data_day))
    if silent.any():
        delivered.quirks.append({"feed_id": FEED, "file": file, "quirk": "child_of_nulls", "count": int(silent.sum())})


def _list_rows(figures: pd.DataFrame) -> list[tuple]:  # type: ignore[type-arg]
    return list(figures.itertuples(index=False))


def _make_child(rng: np.random.Generator, row, quiet: bool, suffix: bool) -> dict[str, Any]:  # type: ignore[no-untyped-def]
    name = row.name
    if row.level == "COMMUNE":
        name = f"UBND {name} - Tỉnh Phú Thọ" if suffix else f"UBND {name[0].upper()}{name[1:]}"
    elif suffix:
        name = name.replace("Nông nghiệp", "Nông Nghiệp").replace("Dân tộc", "Dân Tộc").replace("  ", " ")
    node = _make_node(name, row.portal_code, row.level, rng, row.received, row.on_time, row.overdue, row.avg)
    if quiet:
        node |= dict.fromkeys([*TOTALS, "avgProcessingDays", "ratio", "score"])
    return node


def _make_node(
    name: str, code: str, level: str, rng: np.random.Generator, received: int, on_time: int, overdue: int, days: float
) -> dict[str, Any]:
    """Return one node of the tree in the portal's own field names."""
    ratio = round(100 * int(on_time) / int(received), 2) if received else None
    draw = rng.integers(0, 16**4), rng.integers(0, 10**12)
    return {
        "departmentId": f"019d2be3-{draw[0]:04x}-732b-8b17-{draw[1]:012d}",
        "departmentName": name,
        "departmentCode": code,
        "level": level,
        "totalReceived": int(received),
        "totalOnTime": int(on_time),
        "totalOverdue": int(overdue),
        "avgProcessingDays": float(days),
        "ratio": ratio,
        "score": None if ratio is None else round(ratio * MAX_SCORE / 100, 2),
        "maxScore": MAX_SCORE,
        "scoreDelta": None,
    }


def _compute_rate(figures: pd.DataFrame) -> tuple[float, float]:
    received = figures["received"].sum()
    rates = (100 * figures[name].sum() / received if received else 0.0 for name in ("on_time", "overdue"))
    return tuple(round(float(rate), 2) for rate in rates)  # type: ignore[return-value]


def _write_answer(parent: dict, children: list[dict], chart: list[tuple[np.datetime64, tuple[float, float]]]) -> bytes:  # type: ignore[type-arg]
    monthly = [{"month": str(month)[5:], "onTimePct": good, "overduePct": bad} for month, (good, bad) in chart]
    data = {"parent": parent, "children": children, "monthlyChart": monthly}
    return json.dumps({"code": "OK", "data": data, "message": "OK"}, ensure_ascii=False).encode()


def _find_period_end(kind: str, start: date) -> date:
    last = start.month + {"month": 0, "quarter": 2, "year": 11}[kind]
    return find_month_end(np.datetime64(f"{start.year}-{last:02d}", "M"))


def _state_truth(context: Context, children: list[dict], kind: str, start: date, file: str) -> pd.DataFrame:  # type: ignore[type-arg]
    """Return one row per child, in the canonical names."""
    communes = context.ref.commune.set_index("portal_code")
    code = pd.Series([child["departmentCode"] for child in children])
    commune = code.map(communes["commune_code"])
    names = {**TOTALS, "avgProcessingDays": "avg_processing_days", "ratio": "ratio", "score": "score"}
    return pd.DataFrame(
        {
            "feed_id": FEED,
            "file": file,
            "row": np.arange(1, len(children) + 1),
            "period_kind": kind,
            "period_start": start,
            "period_end": _find_period_end(kind, start),
            "portal_code": code,
            "unit_level": np.where(commune.notna(), "commune", "department"),
            "unit_code": commune.fillna(code),
            "commune_code": commune,
            "former_province_code": code.map(communes["former_province_code"]),
            **{name: [child[key] for child in children] for key, name in names.items()},
        }
    )
