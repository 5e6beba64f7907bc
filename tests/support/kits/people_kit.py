"""Small deliveries of housing, centres, directives and planning, made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dagster_project.ingest.validate.validate import ValidatedFile
from tests.support.kits.money_kit import land
from tests.support.kits.reader_kit import workbook

HOUSEHOLD: dict[str, Any] = {
    "Mã hộ": "NO25000125", "Họ tên chủ hộ": "Lò Đức Ví Dụ", "CCCD": "025230577697", "Năm sinh": "1976",
    "Dân tộc": "Mường", "Thôn/Khu": "Khu Thử 8", "Xã/Phường": "Phường Việt Trì", "Nhóm": "DTTS và miền núi",
    "Loại": "Xây mới", "Mức hỗ trợ": 60, "Nguồn vốn": "Quỹ Vì người nghèo", "Ngày khởi công": "04/05/2025",
    "Ngày hoàn thành": "31/05/2025", "Ngày bàn giao": None, "Trạng thái": "hoàn  thành", "Khó khăn, vướng mắc": None,
}  # fmt: skip
CENTRE: dict[str, Any] = {
    "Mã đơn vị": "H44.100", "Xã/Phường": "Phường Việt Trì", "Ngày báo cáo": "4/7/25",
    **{f"{kind} ({what})": number for kind in ("Máy tính", "Máy in", "Máy scan", "Ki-ốt", "Máy lấy số")
       for what, number in (("cần", 4), ("có", 3))},
    "Camera": 2, "Nhà mạng": "VNPT", "Băng thông (Mbps)": 200, "Mất kết nối (giờ)": 2.5, "Số CBCC": 30,
    "Đã tập huấn": 20, "Chữ ký số (cần cấp)": 12, "Chữ ký số (đã cấp)": 11, "Tài khoản (cần)": 9,
    "Tài khoản (đã kích hoạt)": 8, "Ghi chú": None,
}  # fmt: skip
DIRECTIVE: dict[str, Any] = {
    "Số văn bản": "200/UBND-KT", "Ngày ban hành": "03/05/2025", "Người ký": "PCT UBND tỉnh",
    "Nội dung nhiệm vụ": "Trình đề án", "Cơ quan chủ trì": "Sở Y tế", "Cơ quan phối hợp": "Sở Nội vụ, Sở Tài chính",
    "Thời hạn": "trước ngày 20/7", "Sản phẩm": "Báo cáo", "Ngày hoàn thành": None, "VB kết quả": None,
    "Lĩnh vực": "Chung",
}  # fmt: skip
MILESTONE: dict[str, Any] = {
    "Số quyết định": "11/QH-2025", "Tên quy hoạch, đề án": "Trung tâm phát triển quỹ đất", "Loại": "đề án tổ chức",
    "Khu vực": "Khu vực Hòa Bình", "Xã/Phường": "-", "Cơ quan chủ trì": "Sở Nội vụ", "Ngày bắt đầu": "16/02/2025",
    "Mốc công việc": "Thẩm định", "Hạn hoàn thành": "18/07/2025", "Ngày hoàn thành": None,
    "Trạng thái": "Đang thực hiện",
}  # fmt: skip


def sheet(form: dict[str, Any], rows: Sequence[dict[str, Any]], office: str, day: str, *after: list[Any]) -> list[Any]:
    """Heading, unit line, header (row 4) and the rows, which begin in row 5; `after` stands below them."""
    for row in rows:
        assert set(row) <= set(form)
    return [
        [office, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        [f"BIỂU TỔNG HỢP\n(Số liệu đến ngày {day})"],
        [None, None, "ĐVT: triệu đồng"],
        ["STT", *form],
        *([number, *(form | row).values()] for number, row in enumerate(rows, 1)),
        *after,
    ]


def houses(
    *rows: dict[str, Any],
    office: str = "UBND PHƯỜNG VIỆT TRÌ",
    name: str = "nha_o_H44_100.xlsx",
    total: str | dict[str, Any] | None = None,
) -> tuple[dict[str, Any], ValidatedFile]:
    """A commune's workbook of housing_pt. `total`: what its last row says beside its label, or under which headers."""
    said = [total.get(column) for column in list(HOUSEHOLD)[1:]] if isinstance(total, dict) else [total]
    after = [[None, "Tổng cộng", *said]] if total else []
    return land("housing_pt", workbook(("Danh sách", sheet(HOUSEHOLD, rows, office, "13/07/2025", *after))), name)


def centres(*rows: dict[str, Any]) -> ValidatedFile:
    """A week's workbook."""
    made = workbook(("Biểu", sheet(CENTRE, rows, "SỞ KHOA HỌC VÀ CÔNG NGHỆ", "04/07/2025")))
    return land("centre_readiness", made, "trung_tam_04_07_2025.xlsx")[1]


def directives(*rows: dict[str, Any]) -> ValidatedFile:
    """The register of tasks."""
    made = workbook(("Chỉ đạo", sheet(DIRECTIVE, rows, "VĂN PHÒNG UBND TỈNH", "13/07/2025")))
    return land("directives", made, "so_theo_doi.xlsx")[1]


def milestones(*rows: dict[str, Any]) -> ValidatedFile:
    """The register of plans."""
    made = workbook(("QH", sheet(MILESTONE, rows, "SỞ XÂY DỰNG", "13/07/2025")))
    return land("planning", made, "quy_hoach.xlsx")[1]


def found(validated: ValidatedFile) -> list[tuple[int, str]]:
    """(row, rule) of every finding of a row."""
    told = validated.findings[validated.findings["source_row"].notna()]
    return [(int(row), rule) for row, rule in zip(told["source_row"], told["rule"], strict=True)]
