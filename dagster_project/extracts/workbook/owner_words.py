"""This module says in Vietnamese what is wrong, and in which column, as the office's own file names it."""

from __future__ import annotations

from dagster_project.contracts.gap_kinds import UNIT_GAPS
from dagster_project.contracts.models import Feed
from dagster_project.contracts.rules import load_rules
from dagster_project.explain.owners import OwnerGap
from dagster_project.extracts.words import GAP_KIND_VI

_MEASURE_VI = {
    "finished_before_received": "Ngày xử lý xong trước ngày tiếp nhận.",
    "due_before_received": "Ngày hẹn trả trước ngày tiếp nhận.",
    "status_backwards": "Trạng thái hồ sơ lùi lại so với lần báo trước.",
    "due_date_moved": "Ngày hẹn trả bị dời sau khi đã qua hạn.",
    "paid_above_plan": "Thanh toán trong năm vượt kế hoạch giao.",
    "paid_above_total_investment": "Thanh toán vượt tổng mức đầu tư.",
    "two_owners": "Một dự án, một nguồn vốn có hai chủ đầu tư báo cáo.",
    "sold_twice": "Một lô đất báo trúng đấu giá hai lần.",
    "deposit_out_of_band": "Tiền đặt trước ngoài khung cho phép.",
    "sheet_repeated": "Trang tính lặp lại một trang khác.",
    "two_strands": "Hộ có tên ở hai nhóm hỗ trợ.",
    "dated_ahead": "Tệp ghi số liệu của ngày chưa đến.",
    "due_at": "Hồ sơ không có ngày hẹn trả.",
    "finished_at": "Hồ sơ đã kết thúc nhưng không có ngày xong, ngày trả.",
    "split": "Xã cũ đã chia tách, chưa rõ thuộc xã, phường mới nào.",
    "district": "Hồ sơ do huyện cũ giải quyết, không quy được về một xã, phường.",
}
_TOTALS_VI = {"rows": "Số dòng", "plan_total_above_plan_pm": "Tổng kế hoạch so với kế hoạch Thủ tướng giao"}
"""Totals that are of no column."""


def describe_gap(gap: OwnerGap) -> str:
    """Return what a gap is about, in one sentence."""
    kind, measure, detail = (str(gap.row.get(name) or "") for name in ("kind", "measure", "detail"))
    if kind == "control_total":
        return f"{name_measure(gap.feed, measure)}: {detail.removesuffix(' · file')}"
    if kind == "blocked_file":
        return f"{load_rules()[measure].message_vi} {detail}" if measure in load_rules() else detail
    if kind == "drift":
        return f"Cột “{detail}” chưa có trong mẫu."
    if measure in load_rules():
        return load_rules()[measure].message_vi.format(column=name_column(gap.feed, detail) or "Ô")
    said = _find_contradiction(gap.feed, measure) or _MEASURE_VI.get(measure) or f"{GAP_KIND_VI.get(kind, kind)}."
    is_place = detail and detail != measure and not _is_column(gap.feed, detail) and kind not in UNIT_GAPS
    return f"{said} {detail}" if is_place else said


def name_column(feed: Feed | None, column: str) -> str:
    """Return a column as the office's own file heads it ("Đơn vị giải quyết"), else as the contract names it."""
    if feed is None or not column:
        return column
    heads = [names[0] for role, names in feed.layout.headers.items() if role.split(".")[0] == column and names]
    if heads:
        return " / ".join(heads)
    return next((known.label_vi for known in feed.contract.columns if known.name == column), column)


def name_measure(feed: Feed | None, measure: str) -> str:
    """Return a total's measure: a column, with the member of a merged header after it ("Tạm ứng NSTW")."""
    column, _, member = measure.partition(" ")
    name = _TOTALS_VI.get(column) or name_column(feed, column)
    return f"{name} {member}".strip()


def _is_column(feed: Feed | None, name: str) -> bool:
    return feed is not None and any(column.name == name for column in feed.contract.columns)


def _find_contradiction(feed: Feed | None, rule: str) -> str | None:
    known = feed.contract.contradictions if feed else ()
    return next((each.message_vi for each in known if each.name == rule), None)
