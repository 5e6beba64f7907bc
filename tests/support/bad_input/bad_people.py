"""What goes wrong with houses, centres and tasks: the files of one inbox."""

from __future__ import annotations

from typing import Any

from tests.support.kits.people_kit import CENTRE, DIRECTIVE, HOUSEHOLD, MILESTONE, sheet
from tests.support.kits.reader_kit import workbook

HOUSES, CENTRES, TASKS, PLANS = "housing_pt", "centre_readiness", "directives", "planning"
VIET_TRI, NONG_TRANG, THANH_MIEU, VAN_PHU = "07900", "07894", "07909", "07918"
REFUSED, BLOCKED = "07942", "08230"
"""A commune all of whose rows are refused, and one whose workbook cannot be read: both have sent."""
Cells = dict[str, Any]


def homes(office: str, day: str, *rows: Cells) -> bytes:
    """A commune's workbook; its households are numbered on, and its total counts them."""
    total = [None, "Tổng cộng", f"{len(rows)} hộ"]
    return workbook(("Danh sách", sheet(HOUSEHOLD, rows, office, day, total)))


def home(number: int, commune: str = "Phường Việt Trì", **cells: Any) -> Cells:
    """A household under construction; `cells` by header, with _ for a space."""
    going = {"Ngày hoàn thành": None, "Trạng thái": "đang làm"}
    other = {header.replace("_", " "): value for header, value in cells.items()}
    return {"Mã hộ": f"NO250001{number:02d}", "Xã/Phường": commune, **going, **other}


DONE = {"Trạng_thái": "hoàn thành", "Ngày_hoàn_thành": "31/05/2025"}
VIET_TRI_LIST = homes(
    "UBND PHƯỜNG VIỆT TRÌ", "13/07/2025",
    home(1),
    home(2, **DONE),
    home(3, Trạng_thái="hoàn thành", Ngày_hoàn_thành="30/04/2025"),  # begun on 4 May
    home(4, Nhóm="hộ có hoàn cảnh đặc biệt khác"),
    {**home(5), "Xã/Phường": None},
    home(6), home(6, Nhóm="người có công", Mức_hỗ_trợ=30),
)  # fmt: skip
NONG_TRANG_LIST = homes("UBND PHƯỜNG NÔNG TRANG", "30/06/2025", home(11, "Phường Nông Trang", **DONE))
THANH_MIEU_LIST = homes(
    "UBND PHƯỜNG THANH MIẾU", "13/07/2025", home(21, "Phường Thanh Miếu"), home(22, "Phường Thanh Miếu", **DONE)
)
VAN_PHU_LIST = homes("UBND PHƯỜNG VÂN PHÚ", "30/04/2025", home(31, "Phường Vân Phú", Ngày_khởi_công="01/04/2025"))
STRANGE = "hộ có hoàn cảnh đặc biệt khác"
REFUSED_LIST = homes(
    "UBND PHƯỜNG PHÚ THỌ", "13/07/2025",
    home(41, "Phường Phú Thọ", Nhóm=STRANGE), home(42, "Phường Phú Thọ", Nhóm=STRANGE, Trạng_thái="không rõ"),
)  # fmt: skip
CENTRE_ROWS: tuple[Cells, ...] = (
    {"Máy tính (có)": 3},
    {"Mã đơn vị": "H44.101", "Xã/Phường": "Phường Nông Trang", "Chữ ký số (đã cấp)": 15},
    {"Máy tính (có)": 4},
    {"Máy tính (có)": 4},
    {"Mã đơn vị": "H44.999", "Xã/Phường": "Phường Thiên Đường"},
)
TASK_ROWS: tuple[Cells, ...] = (
    {"Nội dung nhiệm vụ": "Trình đề án"},
    {"Nội dung nhiệm vụ": "Báo cáo quy hoạch", "Thời hạn": "trước ngày 45/7"},
    {"Nội dung nhiệm vụ": "Rà soát danh mục", "Thời hạn": "sớm"},
    {"Nội dung nhiệm vụ": "Thẩm định đề án", "Cơ quan chủ trì": "Sở Tài chính, Sở Xây dựng"},
    {"Nội dung nhiệm vụ": "Cấp chữ ký số", "Thời hạn": "30/4/2025"},  # given on 3 May
)
INBOX = {
    (HOUSES, "nha_o_H44_100.xlsx"): VIET_TRI_LIST,
    (HOUSES, "nha_o_H44_101_30_06_2025.xlsx"): NONG_TRANG_LIST,
    (HOUSES, "nha_o_H44_101.xlsx"): THANH_MIEU_LIST,  # under another commune's name
    (HOUSES, "nha_o_H44_103.xlsx"): VAN_PHU_LIST,  # and nothing since April
    (HOUSES, "nha_o_H44_110.xlsx"): REFUSED_LIST,
    (HOUSES, "nha_o_H44_112.xlsx"): b"",
    (CENTRES, "trung_tam_11_07_2025.xlsx"): workbook(
        ("Biểu", sheet(CENTRE | {"Ngày báo cáo": "11/7/25"}, CENTRE_ROWS, "SỞ KHOA HỌC VÀ CÔNG NGHỆ", "11/07/2025"))
    ),
    (TASKS, "so_theo_doi.xlsx"): workbook(
        ("Chỉ đạo", sheet(DIRECTIVE, TASK_ROWS, "VĂN PHÒNG UBND TỈNH", "13/07/2025"))
    ),
    (PLANS, "quy_hoach.xlsx"): workbook(("QH", sheet(MILESTONE, [{}], "SỞ XÂY DỰNG", "13/07/2025"))),
}
OF_THESE = "feed_id in ('" + "', '".join(sorted({feed for feed, _ in INBOX})) + "')"
"""SQL: rows of the feeds of this inbox."""
