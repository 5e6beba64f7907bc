"""`haicap why NAME`: find what a name means. The explanations are in why_gap, why_kpi, why_check and readings.

It reads only the published file, the landing's Parquet and the last outcomes of the checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dagster_project.contracts.registry import load_registry
from dagster_project.core.errors import UsageError
from dagster_project.core.paths import Home
from dagster_project.explain.readings import FeedAnswer, explain_feed, find_files
from dagster_project.explain.unit_facts import find_nearest_names
from dagster_project.explain.why_check import CheckAnswer, explain_check, list_checks
from dagster_project.explain.why_gap import GapAnswer, explain_gap, find_gaps
from dagster_project.explain.why_kpi import KpiAnswer, KpiQuestion, explain_kpi
from dagster_project.warehouse.query import ask, find_current_file

_GAP_PREFIX = re.compile(r"[0-9a-f]{3,32}")
_SHOWN = 5


@dataclass(frozen=True)
class Question:
    """Holds what a person asks. `unit`, `grain` and `period` are for KPIs alone; at most `limit` rows are listed."""

    name: str
    unit: str | None = None
    grain: str | None = None
    period: str | None = None
    limit: int = 20


def explain(home: Home, asked: Question) -> GapAnswer | KpiAnswer | CheckAnswer | FeedAnswer:
    """Explain a KPI, a check, a feed or a file by its name, or a gap by its id or the beginning of it.

    Raises UsageError, one line with the nearest names, when nothing is called so.
    """
    file = find_current_file(home)
    name = asked.name.strip()
    kpis = [row[0] for row in ask(file, "select distinct kpi_id from marts.kpi_definition order by 1").rows]
    if name in kpis:
        return explain_kpi(file, KpiQuestion(name, asked.unit, asked.grain, asked.period, asked.limit))
    if asked.unit or asked.grain or asked.period:
        raise UsageError("--unit, --grain, --period chỉ đi với tên một chỉ tiêu.", _suggest_names(name, kpis))
    checks = list_checks(home)
    if name in checks:
        return explain_check(home, file, name, asked.limit)
    feeds = sorted(load_registry().feeds)
    if name in feeds:
        return explain_feed(home, file, name, asked.limit)
    files = find_files(file, name)
    if len(files) > 1:
        told = ", ".join("/".join(one) for one in files[:_SHOWN])
        raise UsageError(f"{len(files)} tệp có tên '{name}'.", f"Ghi cả nguồn và thư mục, ví dụ: {told}.")
    if files and files[0][0] in feeds:
        feed_id, path = files[0]
        return explain_feed(home, file, feed_id, asked.limit, path)
    gaps = find_gaps(file, name) if _GAP_PREFIX.fullmatch(name) else []
    if len(gaps) > 1:
        found = ", ".join(gap["gap_id"][:8] for gap in gaps[:_SHOWN])
        raise UsageError(f"{len(gaps)} khoảng trống có mã bắt đầu bằng '{name}'.", f"Ghi dài hơn, ví dụ: {found}.")
    if gaps:
        return explain_gap(home, file, gaps[0], asked.limit)
    raise UsageError(
        f"Không có khoảng trống, chỉ tiêu, nguồn, tệp hay kiểm tra nào tên '{name}'.",
        _suggest_names(name, [*kpis, *feeds, *checks]),
    )


def _suggest_names(name: str, known: Iterable[str]) -> str:
    """Return a Vietnamese remedy with the known names that look most like a wrong one."""
    close = find_nearest_names(name, known, _SHOWN)
    return f"Gần giống: {', '.join(close)}." if close else "Xem `haicap gaps`, `haicap status`."
