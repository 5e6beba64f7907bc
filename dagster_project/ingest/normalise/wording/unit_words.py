"""Words of units: how amounts, measures and counts are written, and what stands beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

SCALES = {
    "chục": 10, "trăm": 10**2,
    "nghìn": 10**3, "nghin": 10**3, "ngàn": 10**3, "ngan": 10**3, "ng": 10**3, "vạn": 10**4,
    "triệu": 10**6, "trieu": 10**6, "tr": 10**6,
    "tỷ": 10**9, "tỉ": 10**9, "ty": 10**9, "ti": 10**9,
}  # fmt: skip
"""Both spellings occur: "nghìn" in the North, "ngàn" in the South; "tỷ" and "tỉ"; and all of them without accents."""
AREA = {"m2": "1", "mét vuông": "1", "met vuong": "1", "ha": "10000", "hecta": "10000", "héc ta": "10000",
         "héc-ta": "10000", "hec ta": "10000", "km2": "1000000"}  # fmt: skip
LENGTH = {"mm": "0.001", "cm": "0.01", "m": "1", "mét": "1", "km": "1000", "ki lô mét": "1000", "kilômét": "1000"}
SPEED = {"kbps": "0.001", "kb/s": "0.001", "mbps": "1", "mb/s": "1", "mbit/s": "1", "gbps": "1000", "gb/s": "1000",
          "kbyte/s": "0.008", "mbyte/s": "8", "gbyte/s": "8000"}  # fmt: skip
_TIME = {"giây": "1", "phút": "60", "giờ": "3600", "h": "3600", "ngày": "86400"}
SHARE = {"%": "1", "phần trăm": "1", "tỷ lệ %": "1", "‰": "0.1"}
GROUPS: tuple[dict[str, str], ...] = (AREA, LENGTH, SPEED, _TIME, SHARE)
GROUP_OF = {unit: at for at, group in enumerate(GROUPS) for unit in group}
MEASURES = {unit: Decimal(factor) for group in GROUPS for unit, factor in group.items()}
# Measures of land that differ from province to province: known as units, and never converted.
_LOCAL = r"sào|mẫu|công(?: đất)?(?! trình| việc)|thước"
COUNTED = (
    "hộ", "người", "nhân khẩu", "lượt", "hồ sơ", "thủ tục", "dự án", "công trình", "lô", "thửa", "nhà", "căn", "cái",
    "chiếc", "máy", "bộ", "trung tâm", "văn bản", "nhiệm vụ", "cuộc", "khu", "trường hợp", "doanh nghiệp", "xã",
)  # fmt: skip
"""What may be counted beside a unit: no unit of money or measure, with whatever says more of it ("hộ nghèo")."""
NOTES = (
    "theo", "kèm", "gồm", "bao gồm", "kể cả", "trừ", "không", "chưa", "đã", "đang", "sẽ", "có", "cần", "nếu", "ước",
    "lũy kế", "cộng dồn", "tổng", "cộng", "trong", "ngoài", "thực tế", "thực hiện", "kế hoạch", "dự kiến", "tạm",
    "đến", "tính đến", "từ", "tại", "của", "cho", "do", "sau", "trước", "cả", "toàn", "số liệu", "phần", "làm tròn",
    "còn lại", "đất", "vốn", "nguồn", "ngân sách", "nstw", "nsđp", "nsdp", "nsnn", "oda", "klht", "thu hồi", "bàn giao",
    "bồi thường", "hỗ trợ", "thanh toán", "tạm ứng", "giải ngân", "phê duyệt", "đấu giá", "trúng", "khởi điểm", "mới",
    "cũ", "nay", "chi tiết", "ghi", "xem", "bình quân", "trung bình", "tối đa", "tối thiểu", "viết tắt", "năm nay",
)  # fmt: skip
"""How words begin that say which part is meant, as of when, or where from."""


def choose(words: Iterable[str]) -> str:
    """Return the pattern of any of some words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


JOIN = r"[ .\-_]{0,20}"
_WORDS = 9  # words of one scale, "nghìn tỷ"; a cell of nothing but such words would be gone through from each of them
_NUMBER = r"(?:10\s?(?:\^|mũ)\s?[369](?!\d)|1(?:[., ]?000)+(?![.,]?\d)|1(?=\s))"
WORD = rf"(?:{choose(SCALES)})"
SCALE = rf"(?:{_NUMBER}{JOIN}(?:{WORD}{JOIN}){{0,{_WORDS}}}|(?:{WORD}{JOIN}){{1,{_WORDS}}})"
DONG = r"(?:đồng(?: việt nam| vn)?|việt nam đồng|vn[ .]?(?:đồng|đ|dong|d(?![^\W_]))|dong|đ|d(?=$|[^\w]))"
MONEY = re.compile(
    rf"(?<![^\W_])(?:{DONG}\s*\(\s*(?P<behind>{SCALE})\s*\)"
    rf"|(?P<scale>{SCALE})?[()]?\s*{DONG}\.?(?![^\W_])(?:\s*\(\s*{DONG}\s*\))?)"
)
BARE_SCALE = re.compile(rf"(?<![^\W_])(?:{SCALE})(?![^\W_])")
# "T.đồng" may be triệu or tỷ.
UNSURE = re.compile(r"(?<![^\W_])t(?:[ .]*(?:đồng|dong|đ|vnđ|vnd))?\.?(?![^\W_])")
FOREIGN = re.compile(
    r"(?<![^\W_])(?:usd|us\$|đô[ -]?la(?: mỹ)?|đô|eur|euro|jpy|yên(?: nhật)?|cny|rmb|nhân dân tệ|krw|won|bảng anh|gbp)"
    r"(?![^\W_])|[$€¥£]"
)
PRICE = re.compile(rf"{MONEY.pattern}\s*(?:/|trên|một|mỗi)\s*(?:{choose([*MEASURES, *COUNTED])})(?![^\W_])")
MEASURE = re.compile(rf"(?<![^\W_])(?P<scale>{SCALE})?(?P<unit>{choose(MEASURES)}|{_LOCAL})(?![^\W_²³])(?!/)")
UNIT_NAME = re.compile(rf"(?<![^\W_])(?:{choose(MEASURES)})(?![^\W_²³])")
COUNT = re.compile(rf"(?<![^\W_])(?P<scale>{SCALE})?(?:{choose(COUNTED)})(?![^\W_])")
# Words in which a unit's name means something else.
NO_UNIT = re.compile(
    r"(?<![^\W_])(?:(?:hợp|hội|cộng) đồng|đồng (?:bộ|bào|chí|thời)|đô thị|công (?:an|chức|cộng|ích|nghệ|ty)|"
    r"(?:biểu|theo) mẫu|mẫu (?:biểu|số))(?![^\W_])"
)
DATED = re.compile(
    r"(?<![^\W_])(?:(?:ngày|tháng|quý|năm|kỳ|đợt|lần|cột|tuần|giai đoạn|trang|biểu|số|qđ|nq|nđ|tt|kh|quyết định|"
    r"nghị quyết|nghị định|thông tư|luật|khoản|điều|mục)(?: số| từ)?\s?(?:\d[\w/.\-–]*+|[ivx]+(?![^\W_]))|"
    r"\d{1,2}[/.\-]\d{1,2}[/.\-](?:19|20)\d\d(?!\d)|\d{1,2}/(?:19|20)\d\d(?!\d)|"
    r"(?:19|20)\d\d(?!\d)(?:\s?[\-–]\s?(?:19|20)\d\d)?+)"
    rf"(?!\s*(?:{SCALE}|{DONG}|{choose(MEASURES)}|[x×*])(?![^\W_]))"
)
# What an office says before a unit; and units of other quantities, which no sentence hides.
BEFORE = re.compile(r"\s*\(?(?:đ\.?v\.?t\.?|đơn vị(?: tính)?|tính (?:bằng|theo)|bằng)(?![^\W_])\s*:?\s*")
OTHER = re.compile(r"(?<![^\W_])(?:tấn|tạ|yến|kg|lít|acre|dặm|khối|feet|inch|are)(?![^\W_])")
FOOTNOTE = re.compile(r"\(\s*(?:\d|\*+)\s*\)|(?<!\w)\*+(?!\w)")
COLUMN_NUMBERS = re.compile(r"[(\[]?\s*\d{1,2}[a-d]?(?:\s*[=+\-–:/*x]\s*\(?\d{1,2}[a-d]?\)?)*\s*[)\]]?|[*]+")
NOTE = re.compile(rf"(?:{choose(NOTES)})(?![^\W_])")
SEPARATORS = re.compile(r"[\s.,;:()\[\]\-–_\"'“”‘’]+")
PARTS = re.compile(r";|,(?!\d{3}(?!\d))|\n|(?<!\w)và(?!\w)")
POWER = re.compile("10\\s?([³⁶⁹])")
SUPERSCRIPTS = str.maketrans("²³⁶⁹", "2369")
BYTES = re.compile(r"(?<!\w)([KMG])B(?:/s|ps)(?!\w)")
UNSURE_BYTES = re.compile(r"(?<!\w)([KMG]B/)S(?!\w)")
