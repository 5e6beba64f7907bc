"""This module holds the Vietnamese words, shapes and number forms that every extract shares. It is pure: no database,
no clock.
"""

from __future__ import annotations

from datetime import date

RATING_VI = {
    "met": "Đạt",
    "at_risk": "Nguy cơ",
    "missed": "Không đạt",
    "insufficient": "Thiếu dữ liệu",
    "too_early": "Chưa đến lúc kết luận",
    "too_few": "Quá ít để xếp loại",
    "not_applicable": "Không áp dụng",
}
JUDGED_VI = {"met": "đạt", "at_risk": "nguy cơ", "missed": "không đạt", "insufficient": "chưa kết luận được"}
"""Ratings of what is due to be judged, as a sentence counts them; the others say that there is nothing to judge, or not
yet, or too little."""
SHAPE = {
    "met": "●", "at_risk": "▲", "missed": "■", "insufficient": "◇", "too_early": "…", "too_few": "○",
    "not_applicable": "–",
}  # fmt: skip
"""Shape, word and colour stand together: red on green is 1.1:1, so colour alone says nothing.

What is too early or too few has a sign and no colour: it is no verdict.
"""

FEED_STATE_VI = {
    "ok": "Đúng kỳ",
    "late": "Muộn",
    "missing": "Chưa có",
    "blocked": "Bị chặn",
    "partial": "Một phần",
    "not_expected": "Chưa đến kỳ",
}
GAP_KIND_VI = {
    "missing_period": "Thiếu kỳ",
    "missing_unit": "Chưa nhận được gì của đơn vị",
    "refused_unit": "Đã gửi nhưng bị từ chối",
    "late": "Muộn",
    "stale": "Số liệu cũ",
    "blocked_file": "Tệp bị chặn",
    "quarantined_rows": "Dòng bị cách ly",
    "control_total": "Lệch số tổng",
    "volume": "Bất thường về số lượng",
    "drift": "Cột lạ",
    "contradiction": "Mâu thuẫn",
    "no_due_date": "Không có hạn trả",
    "no_finish_date": "Không có ngày xong",
    "unattributed": "Chưa quy được về xã",
}
GAP_STATE_VI = {"open": "Đang mở", "resolved": "Đã khắc phục", "accepted": "Đã chấp nhận"}
SEVERITY_VI = {"error": "Nghiêm trọng", "warning": "Cảnh báo", "info": "Thông tin"}
PERIOD_VI = {"week": "Tuần", "month": "Tháng", "quarter": "Quý", "year": "Năm", "to_date": "Lũy kế"}
DOMAIN_VI = {
    "procedures": "Thủ tục hành chính",
    "national_portal": "Cổng Dịch vụ công quốc gia",
    "investment": "Giải ngân đầu tư công",
    "land_auction": "Đấu giá đất",
    "site_clearance": "Giải phóng mặt bằng",
    "housing": "Xóa nhà tạm, nhà dột nát",
    "centre_readiness": "Trung tâm Phục vụ HCC",
    "directives": "Nhiệm vụ được giao",
    "planning": "Quy hoạch, đề án",
}
"""Domains in the order in which leaders are told of them; the definitions carry no title of a domain."""

DOMAIN_SHORT_VI = {
    "procedures": "TTHC",
    "national_portal": "Cổng DVC",
    "investment": "Giải ngân",
    "land_auction": "Đấu giá",
    "site_clearance": "GPMB",
    "housing": "Nhà tạm",
    "centre_readiness": "Trung tâm HCC",
    "directives": "Nhiệm vụ",
    "planning": "Quy hoạch",
}
"""The same for heads of narrow columns."""

THINGS_VI = {
    "tthc_due_on_time": "hồ sơ",
    "tthc_on_time": "hồ sơ",
    "tthc_resolved_on_time": "hồ sơ",
    "tthc_backlog_cleared": "hồ sơ",
    "tthc_online": "hồ sơ",
    "tthc_digitised": "hồ sơ",
    "tthc_land_on_time": "hồ sơ",
    "tthc_moved_on_time": "hồ sơ",
    "tthc_working_days": "ngày/hồ sơ",
    "inv_rate_pm": "đồng",
    "inv_rate_total": "đồng",
    "auction_sold": "lô",
    "auction_revenue": "đồng",
    "auction_premium": "đồng",
    "auction_collected": "đồng",
    "clearance_area": "ha",
    "clearance_paid": "hộ",
    "housing_started": "hộ",
    "housing_completed": "hộ",
    "centre_equipment": "thiết bị",
    "centre_signature": "chữ ký số",
    "centre_account": "tài khoản",
    "centre_trained": "người",
    "centre_line": "giờ",
    "directive_on_time": "nhiệm vụ",
    "plan_milestone": "mốc",
    "portal_progress": "hồ sơ",
}
"""KPI → what its numerator and denominator count; the definitions' own unit is that of the value."""

NO_TARGET_VI = "Theo dõi"
"""A figure that has a value and, by its definition, no target."""
HOLDER_VI = {
    "commune": "Xã, phường",
    "former_commune": "Xã cũ (hồ sơ chuyển tiếp)",
    "former_district": "Huyện cũ",
    "department": "Sở, ngành",
    "provincial_centre": "Trung tâm tỉnh",
}
"""Who holds a dossier, as mart backlog names it."""
PART_VI = {
    "departments": "Sở, ngành",
    "provincial_centre": "Trung tâm tỉnh",
    "not_attributable": "Chưa rõ đơn vị",
    "unassigned": "Chưa phân bổ",
}
"""Parts of the province beside its former provinces, as mart kpi_part names them."""
_ABOVE_PLAN_VI = "Dự án cộng lại vượt quyết định"
"""What is unassigned when the projects add up to more than the official plan: less than nothing."""


def name_part(part: str, denominator: float | None) -> str:
    """Return the name of a part of the province; one that is not in the list is named as the mart has it."""
    if part == "unassigned" and denominator is not None and denominator < 0:
        return _ABOVE_PLAN_VI
    return PART_VI.get(part, part)


def name_domain(domain: str) -> str:
    """Return the name of a domain; one that is not in the list is named by its key."""
    return DOMAIN_VI.get(domain, domain)


def name_domain_short(domain: str) -> str:
    """Return the name of a domain for a narrow column."""
    return DOMAIN_SHORT_VI.get(domain, name_domain(domain))


def lower_first(name: str) -> str:
    """Return a name as it stands inside a sentence: only its first letter is lowered, so that names within it stand."""
    return name[:1].lower() + name[1:]


def rank_domain(domain: str) -> tuple[int, str]:
    """Return the sort key of a domain: its place in the list; unknown domains come after it, by name."""
    known = list(DOMAIN_VI)
    return (known.index(domain) if domain in known else len(known), domain)


def format_number(value: float, decimals: int = 0) -> str:
    """Return a number as it is written in Vietnam: 1234.5 → '1.234,5', with a true minus sign."""
    text = f"{abs(value):,.{decimals}f}".translate(str.maketrans(",.", ".,"))
    return f"−{text}" if value < 0 and any(digit in text for digit in "123456789") else text


def format_figure(value: float | None, unit: str) -> str:
    """Return a KPI's value with its unit ('92,8%', '1.234', '5,9 ngày', '13.864,2 tỷ đồng'); an unknown one is '-'."""
    if value is None:
        return "-"
    if unit == "percent":
        return f"{format_number(value * 100, 1)}%"
    if unit == "days":
        return f"{format_number(value, 1)} ngày"
    if unit == "vnd":
        return f"{format_number(value / 1e9, 1)} tỷ đồng"
    return format_number(value, 0 if float(value).is_integer() else 1)


def format_part(value: float | None) -> str:
    """Return a numerator or denominator: numbers of 1e8 and more (money) are told in tỷ, the others in full."""
    if value is None:
        return "-"
    if abs(value) >= 1e8:
        return f"{format_number(value / 1e9, 1)} tỷ"
    return format_number(value, 0 if float(value).is_integer() else 1)


def format_change(change: float, unit: str) -> str:
    """Return the difference of two values of one KPI with its sign; rates differ in percentage points ('điểm')."""
    sign = "+" if change > 0 else ""
    if unit == "percent":
        return f"{sign}{format_number(change * 100, 1)} điểm"
    return f"{sign}{format_figure(change, unit)}"


def format_date(day: date | None) -> str:
    """Return a date as '13/07/2025'; an unknown one is '-'."""
    return "-" if day is None else f"{day:%d/%m/%Y}"


def format_day(day: date) -> str:
    """Return a date of a year that is known, as '31/8'."""
    return f"{day.day}/{day.month}"


def format_period(kind: str, start: date) -> str:
    """Return a period in words: 'Tháng 7/2025', 'Tuần 28/2025', 'Lũy kế 2025'; weeks are ISO weeks."""
    week = start.isocalendar()
    number = {
        "week": f"{week.week}/{week.year}",
        "month": f"{start.month}/{start.year}",
        "quarter": f"{(start.month + 2) // 3}/{start.year}",
    }.get(kind, str(start.year))
    return f"{PERIOD_VI.get(kind, kind)} {number}"


def format_gap_period(period: str | None) -> str:
    """Return a gap's period as people write it: '2025-03' → '03/2025', '2025-W28' → 'tuần 28/2025', a date as a
    date.
    """
    if not period:
        return "-"
    parts = period.split("-")
    if len(parts) == 2 and parts[1].startswith("W"):
        return f"tuần {int(parts[1][1:])}/{parts[0]}"
    return "/".join(reversed(parts))
