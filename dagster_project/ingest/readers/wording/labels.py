"""What the label of a row names or says: a commune, a district, a signature, a note about the rows."""

from __future__ import annotations

import re

DISTRICT = r"(?:huyện|thị xã|thành phố|tp\.?|tx\.?|h\.)\s"
DISTRICT_NAME = re.compile(DISTRICT)
PART = r"nhóm|mục|phần|khu vực|xã|phường|theo|khối|[ivx]+|[a-h]"
GRAND = r"(?:tổng cộng|tổng số|tổng|cộng)"
_THING = r"dự án|công trình"
OF_ONE = re.compile(rf"cộng (?:{_THING})(?!\w)")
TOTAL = re.compile(
    rf"{OF_ONE.pattern}|(?:tổng cộng|tổng số)(?!\w)|(?:tổng|cộng)(?:\s*[:(\d]|$)"
    rf"|(?:tổng|cộng) (?:{DISTRICT}|(?:{PART}|toàn|chung|tỉnh|dồn)(?!\w))"
)
WHOLE = re.compile(rf"(?!{OF_ONE.pattern}){GRAND}(?! {DISTRICT})(?! (?:{PART})(?!\w))")
PLACE = re.compile(r"(?:xã|phường|thị trấn|đặc khu|tt\.|p\.|x\.)\s*\w")
# Figures about the rows, which are no sum of them.
COMPARISON = re.compile(r"(?:bình quân|trung bình|t[ỷỉ] (?:lệ|trọng)|cơ cấu|so (?:với|sánh))(?!\w)|%")
# The sum so far, at the foot of a page and again at the head of the next one.
CARRIED_OVER = re.compile(
    r"(?:(?:tổng|cộng|số|trang trước|l[uũ][yỹ] kế)\s+)*(?:mang|chuyển) (?:sang|từ)(?:(?: trang)? (?:sau|trước|bên))?"
)
NOTE = re.compile(r"\(?\s*(?:ghi chú|chú thích|chú giải|lưu ý|nguồn(?: số liệu| dữ liệu)?)\s*:|ghi chú$")
SIGNATURE = re.compile(
    r"\(?(?:ký|đã ký)\b.*|(?:người|cán bộ|công chức) (?:lập|tổng hợp)\b.*|thủ trưởng\b.*|nơi nhận\b.*"
    r"|(?:phó )?(?:giám đốc|chủ tịch|chánh văn phòng|trưởng phòng|trưởng ban)(?: .{0,40})?|kế toán(?: trưởng)?"
    r"|(?:kt|tm|tl|tuq|q)\. ?.{0,60}|.{2,40}, ngày \S{1,4} tháng \S{1,4} năm \S{1,5}"
)


def is_group_label(label: str) -> bool:
    """Tell whether a text names a commune or a district, as a row over its rows does."""
    return bool(PLACE.match(label) or DISTRICT_NAME.match(label))
