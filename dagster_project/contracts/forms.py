"""Which forms of a feed are read, told from its layout and its contract alone: for the dictionary."""

from __future__ import annotations

from dagster_project.contracts.marts import Both
from dagster_project.contracts.models import Feed

_NO_TABLE = ("json_pages", "json_tree", "sql")
_DAYS: dict[str, Both] = {
    "dmy": (
        "13/7/2025 (hoặc tháng trước ngày khi cả cột viết thế)",
        "13/7/2025 (month first where the column proves it)",
    ),
    "iso": ("2025-07-13", "2025-07-13"),
    "compact": ("20250713", "20250713"),
    "excel": ("ô kiểu ngày, kể cả hệ 1904", "date cells, also counted from 1904"),
    "excel_text": ("số ngày của Excel", "Excel's day numbers"),
}
MEASURES: dict[str, tuple[str, ...]] = {
    "ha": ("ha", "m2", "km2"), "m2": ("m2", "ha", "km2"), "Mbps": ("Mbps", "Gbps", "kbps"),
    "giờ": ("giờ", "phút", "ngày"), "ngày": ("ngày", "giờ"), "%": ("%",),
}  # fmt: skip
"""Unit of a contract → units that are read for it (a test asks the normaliser)."""
_TABLE: Both = (
    "Tiêu đề đến sáu dòng, ô gộp, “Lũy kế” thắng “Trong tháng”, “Thực tế” thắng “Kế hoạch”; nhiều bảng trên một trang "
    "tính; dòng nhóm ghi tên xã; “Trong đó”, “– Đợt” là phần của dòng trên.",
    "Headers of up to six rows, merged cells; cumulative goes before the month, actual before planned; several tables "
    "on a sheet; group rows that name a commune; “of which” rows are parts of the row above.",
)
_LETTERS: Both = (
    "Chữ Unicode, TCVN3, VNI, UTF-8 bị lưu hai lần.", "Unicode, TCVN3, VNI and doubled UTF-8 text."
)  # fmt: skip
_NUMBERS: dict[str, Both] = {
    "vi": (
        "Số 1.234,5 hoặc 1,234.5: các ô của chính cột, rồi của tệp, quyết định; ô đọc được hai cách bị từ chối.",
        "Numbers 1.234,5 or 1,234.5: the cells of the column, then of the file, decide; ambiguous cells are refused.",
    ),
    "iso": ("Số 1234.5; kiểu 1.234,5 khi các ô của cột chỉ đọc được như thế.",
            "Numbers 1234.5; 1.234,5 where the cells of the column prove it."),
}  # fmt: skip
_PERIODS: Both = (
    "Kỳ: đến ngày, từ – đến, tuần, tháng, quý, 6/9 tháng đầu năm, năm, bằng số hay bằng chữ; kỳ không đọc được thì tệp "
    "bị chặn.",
    "Periods: a day, from – to, week, month, quarter, first 6/9 months, year, in figures or words; one that is not "
    "understood blocks the file.",
)
_MONEY: Both = (
    "ĐVT đồng, nghìn (ngàn), triệu, tỷ trong mọi cách viết, ở trên bảng hoặc trong tiêu đề cột; “T.đồng” và ngoại "
    "tệ bị từ chối.",
    "Units of money in every spelling of đồng, thousand, million, billion, above the table or in a header; “T.đồng” "
    "and foreign money are refused.",
)


def list_forms(feed: Feed) -> list[Both]:
    """Return the forms of letters, numbers, days, units, periods and tables that are read, Vietnamese and English."""
    layout = feed.layout
    found: list[Both] = [_LETTERS, _TABLE] if layout.reader.kind not in _NO_TABLE else []
    found.append(_NUMBERS[layout.number_style])
    days = [_DAYS[style] for style in layout.date_styles if style in _DAYS]
    found.append(("Ngày: " + "; ".join(vi for vi, _ in days) + ".", "Days: " + "; ".join(en for _, en in days) + "."))
    if any(column.kind == "money" and column.name in layout.headers for column in feed.contract.columns):
        found.append(_MONEY)
    measures = sorted({column.unit for column in feed.contract.columns if column.unit and column.kind == "number"})
    if measures:
        told = "; ".join(f"{unit}: {', '.join(MEASURES[unit])}" for unit in measures)
        found.append((f"Đơn vị đo được đổi: {told}.", f"Measures converted: {told}."))
    found.append(_PERIODS)
    words = {**layout.units, **layout.periods, **(layout.unit.aliases if layout.unit else {})}
    if words:
        taught = "; ".join(f"“{word}” = {meaning}" for word, meaning in words.items())
        found.append((f"Chữ riêng của cơ quan: {taught}.", f"The office's own words: {taught}."))
    return found
