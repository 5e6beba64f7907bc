"""Small deliveries of the feeds of money and land, made by hand, and what validation lets through of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any

from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import load_registry
from dagster_project.ingest.landing.parse import parse_file
from dagster_project.ingest.validate.validate import ValidatedFile
from tests.support.kits.reader_kit import workbook

KEY = b"k" * 32
Row = Sequence[Any]

VP_TOP = [
    "STT", "Danh mục dự án", "Mã\ndự án", "Chủ đầu tư", "Địa điểm", "Nhóm", "Tổng mức đầu tư",
    "Kế hoạch TTg giao", None, "Kế hoạch địa phương giao", None, "Kế hoạch kéo dài", None,
    "Thanh toán KLHT", None, "Tạm ứng", None, "Khó khăn, vướng mắc",
]  # fmt: skip
VP_FUNDS = [None] * 7 + ["NSTW", "NSĐP"] * 5 + [None]
VP_TITLE = "BIỂU TÌNH HÌNH GIẢI NGÂN VỐN ĐẦU TƯ CÔNG NĂM 2025"
CLEARANCE = [
    "STT", "Mã dự án", "Tên dự án", "Xã/Phường", "Ngày báo cáo", "Diện tích phải thu hồi (ha)",
    "Diện tích đã bàn giao (ha)", "Số hộ ảnh hưởng", "Đã kiểm đếm", "Đã phê duyệt PA", "Đã chi trả", "Tái định cư",
    "Kinh phí phê duyệt", "Đã chi", "Khó khăn, vướng mắc",
]  # fmt: skip
AUCTION = [
    "Số thông báo", "Khu đất", "Xã/Phường", "Số lô", "Tờ bản đồ", "Thửa đất", "Diện tích (m2)", "Loại đất",
    "Giá khởi điểm", "Tiền đặt trước", "Số người tham gia", "Giá trúng", "Ngày thông báo", "Ngày đấu giá", "Trạng thái",
    "Đã nộp NSNN", "Lần", "Tổ chức đấu giá", "Đơn vị có tài sản", "Người trúng", "CCCD người trúng",
]  # fmt: skip
PT_COLUMNS = (
    "ma_du_an", "ten_du_an", "chu_dau_tu", "ma_xa", "nhom_du_an", "nguon_von", "nam_ke_hoach", "tong_muc_dau_tu",
    "ke_hoach_ttg", "ke_hoach_dia_phuong", "ke_hoach_keo_dai", "thanh_toan_klht", "tam_ung", "ngay_so_lieu",
    "vuong_mac",
)  # fmt: skip


def land(feed: Feed | str, content: bytes, name: str) -> tuple[dict[str, Any], ValidatedFile]:
    """The file's own account and its validated rows."""
    registry = load_registry()
    known = registry.feeds[feed] if isinstance(feed, str) else feed
    return parse_file(content, name, known, registry, KEY)


def account(validated: ValidatedFile) -> tuple[int, int, int, int]:
    """Rows read, landed (each row of a sheet once), quarantined, not data."""
    landed = len(validated.rows.drop_duplicates(["source_sheet", "source_row"]))
    return validated.rows_read, landed, validated.rows_quarantined, validated.rows_not_data


def rules(validated: ValidatedFile) -> list[tuple[int, str, str]]:
    """(row, column, rule) of everything in quarantine."""
    return list(validated.quarantine[["source_row", "column_name", "rule"]].itertuples(index=False, name=None))


def vp_row(number: int, **cells: Any) -> list[Any]:
    """A project with both funds, in the unit of the sheet; cells by header or `<measure>_<fund>`."""
    row: dict[str, Any] = {
        "stt": number, "name": f"Đường số {number}", "code": f"720000{number}", "owner": "Sở Xây dựng",
        "place": "Xã Tứ Yên", "group": "B", "total": 9000, "pm_tw": 100, "pm_dp": 200, "local_tw": 110, "local_dp": 220,
        "carried_tw": 10, "carried_dp": 20, "done_tw": 50, "done_dp": 60, "advance_tw": 5, "advance_dp": 6, "why": None,
    }  # fmt: skip
    assert set(cells) <= set(row)
    return list((row | cells).values())


def vp_sheet(*rows: Row, unit: str | None = "ĐVT: triệu đồng", title: str = VP_TITLE, day: str = "30/06/2025") -> list:
    """Heading, two header rows and the rows, which begin in row 7 of the sheet (6 without a unit line)."""
    heading: list[Row] = [["UBND TỈNH VĨNH PHÚC"], [title], [f"(Số liệu đến ngày {day})"]]
    return [*heading, *([[None] * 16 + [unit]] if unit else []), VP_TOP, VP_FUNDS, *rows]


def vp(*sheets: list, name: str = "bieu_giai_ngan.xlsx") -> tuple[dict[str, Any], ValidatedFile]:
    """A workbook of investment_vp, its sheets named Biểu 1, Biểu 2, …"""
    return land("investment_vp", workbook(*((f"Biểu {i}", rows) for i, rows in enumerate(sheets, 1))), name)


def sqlite_file(rows: Iterable[dict[str, Any]], table: str = "bao_cao_giai_ngan", columns: Row = PT_COLUMNS) -> bytes:
    """A SQLite file with one table."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"create table {table} ({', '.join(columns)})")
        for row in rows:
            marks = ", ".join("?" * len(columns))
            connection.execute(f"insert into {table} values ({marks})", [row.get(c) for c in columns])
        connection.commit()
        return connection.serialize()


def pt_row(**cells: Any) -> dict[str, Any]:
    """One row of the disbursement table."""
    return {
        "ma_du_an": "7100001", "ten_du_an": "Đường số 1", "chu_dau_tu": "Sở Xây dựng", "ma_xa": "07999",
        "nhom_du_an": "B", "nguon_von": "NSDP", "nam_ke_hoach": 2025, "tong_muc_dau_tu": 9_000_000_000,
        "ke_hoach_ttg": 100_000_000, "ke_hoach_dia_phuong": 110_000_000, "ke_hoach_keo_dai": 0,
        "thanh_toan_klht": 50_000_000, "tam_ung": -5_000_000, "ngay_so_lieu": "2025-06-30", "vuong_mac": None,
    } | cells  # fmt: skip


def clearance_row(number: int, **cells: Any) -> list[Any]:
    """One project in one commune; cells by position `c0`…`c14`."""
    row: list[Any] = [
        number, f"730050{number}", f"Cao tốc {number}", "Phường Trung Minh", "15/05/2025", 10.5, 4.25,
        76, 70, 60, 50, 5, 300, 200, None,
    ]  # fmt: skip
    for name, value in cells.items():
        row[int(name[1:])] = value
    return row


def clearance_sheet(*rows: Row, header: Row = CLEARANCE, unit: str | None = "ĐVT: triệu đồng") -> list:
    """Heading, one header row and the rows, which begin in row 5 of the sheet."""
    return [
        ["TRUNG TÂM PTQĐ", None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        ["BIỂU TIẾN ĐỘ GIẢI PHÓNG MẶT BẰNG (Số liệu đến ngày 15/05/2025)"],
        [None, None, unit],
        list(header),
        *rows,
    ]


def lot(**cells: Any) -> list[Any]:
    """One lot under AUCTION; cells by header with spaces as underscores."""
    row = dict(
        zip(
            AUCTION,
            ["80/TB-ĐG", "Khu Gò Mít 1", "Xã Sơn Lôi", "LK07", "5", "106", 159.5, "ONT", 996, 199.2, 4, 1200.5,
             "19/04/2025", "14/05/2025", "đấu giá thành", 300, 1, "Trung tâm dịch vụ đấu giá", "Trung tâm PTQĐ",
             "Phùng Hữu Ví Dụ", "025993015266"],
            strict=True,
        )
    )  # fmt: skip
    changed = {name.replace("_", " "): value for name, value in cells.items()}
    assert set(changed) <= set(row)
    return list((row | changed).values())


def auction_sheet(*rows: Row, month: int = 5, unit: str | None = "ĐVT: triệu đồng", header: Row = AUCTION) -> list:
    """A month's sheet; its rows begin in row 4 (3 without a unit line)."""
    day = {1: 31, 5: 31, 6: 30, 7: 13}[month]
    return [
        [f"KẾT QUẢ ĐẤU GIÁ THÁNG {month}/2025\n(Số liệu đến ngày {day}/{month:02d}/2025)"],
        *([[None, None, unit]] if unit else []),
        list(header),
        *rows,
    ]
