"""Files of offices with a person of their own in every place that holds a text; all persons are invented."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

FAMILIES = ("Ngọ", "Khúc", "Tống", "Mẫn", "Ngụy", "Lục")
MIDDLES, GIVEN = ("Kỳ", "Uyên", "Trúc"), ("Thử", "Mẫu", "Giả", "Đặt", "Ví")
TASK = {
    "Số văn bản": "12/UBND-TH",
    "Ngày ban hành": "02/06/2025",
    "Người ký": "Văn phòng",
    "Nội dung nhiệm vụ": "Rà soát nhiệm vụ số {row}",
    "Cơ quan chủ trì": "Sở Tài chính",
    "Cơ quan phối hợp": "Sở Nội vụ",
    "Thời hạn": "30/06/2025",
    "Sản phẩm": "Báo cáo",
    "Ngày hoàn thành": None,
    "VB kết quả": None,
    "Lĩnh vực": "Tài chính",
}
HOUSE = {
    "Mã hộ": "NO2699{row:04d}",
    "Họ tên chủ hộ": "Lò Thị Mẫu",
    "CCCD": "026099000123",
    "Năm sinh": "1960",
    "Dân tộc": "Kinh",
    "Thôn/Khu": "Khu 3",
    "Xã/Phường": "Phường Vĩnh Yên",
    "Nhóm": "giảm nghèo bền vững",
    "Loại": "Xây mới",
    "Mức hỗ trợ": "60.000.000",
    "Nguồn vốn": "Ngân sách tỉnh",
    "Ngày khởi công": "25/04/2025",
    "Ngày hoàn thành": "",
    "Ngày bàn giao": "",
    "Trạng thái": "đang làm",
    "Khó khăn, vướng mắc": "",
}
PAGE = {
    "MaHoSo": "H44.55-250618-9{row:03d}",
    "MaTTHC": "1.013978",
    "TenTTHC": "Đăng ký khai sinh",
    "TenLinhVuc": "Hộ tịch",
    "ChuHoSo": "Lò Thị Mẫu",
    "LoaiDoiTuong": "1",
    "SoGiayToChuHoSo": "025099000123",
    "SoDienThoai": "0900000000",
    "NgayTiepNhan": "20250618143331",
    "NgayHenTra": "20250716170000",
    "TrangThaiHoSo": "4",
    "KenhThucHien": "1",
    "MaDonVi": "H44.55",
    "TenDonVi": "UBND huyện Phù Ninh",
    "LePhi": 0,
    "NgayCapNhat": "20250701165203",
    "MaHoSoKhac": None,
}


@dataclass
class Planter:
    """Invents persons and remembers them: `persons` has applicant_name, national_id, phone; `places` where each is."""

    places: list[str] = field(default_factory=list)
    persons: list[tuple[str, str, str]] = field(default_factory=list)

    def plant(self, place: str, form: str = "ông {name}, CCCD {number}, ĐT {phone}") -> str:
        """The text with a new person for this place."""
        nth = len(self.persons)
        family, left = FAMILIES[nth % 6], nth // 6
        name = f"{family} {MIDDLES[left % 3]} {GIVEN[left // 3 % 5]}"
        number, phone = f"0251998{70000 + 7 * nth:05d}", f"0987{600000 + 7919 * nth % 399999:06d}"
        self.places.append(place)
        self.persons.append((name, number, phone))
        return form.format(name=name, number=number, phone=phone)

    @property
    def needles(self) -> pd.DataFrame:
        """What may be found nowhere."""
        return pd.DataFrame(self.persons, columns=["applicant_name", "national_id", "phone"])


def plant_everywhere(inbox: Path) -> Planter:
    """Put a workbook, a CSV and a JSON page into the inbox, each with persons in all its texts."""
    planter = Planter()
    files = (
        ("directives", "07_2025.xlsx", make_workbook),
        ("housing_vp", "nha_o_vinh_phuc_2025_06.csv", make_csv),
        ("procedures_pt", "page-0001.json", make_page),
    )
    for feed, name, make in files:
        folder = inbox / feed / planter.plant(f"{feed}: folder", "hộ bà {name}, {number}")
        folder.mkdir(parents=True)
        (folder / f"{planter.plant(f'{feed}: file')} {name}").write_bytes(make(planter))
    (inbox / planter.plant("folder of no feed", "ông {name} {phone}")).mkdir()
    (inbox / planter.plant("file of no feed", "ông {name} {phone}.xlsx")).write_bytes(b"x")
    return planter


def spread(planter: Planter, base: dict[str, Any], what: str, spare: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """Rows of a table: each with a person in another column, then four as they should be."""
    texts = [name for name in base if name not in spare]
    for row, name in enumerate([*texts, None, None, None, None], start=1):
        cells = {key: cell.format(row=row) if isinstance(cell, str) else cell for key, cell in base.items()}
        yield cells if name is None else cells | {name: planter.plant(f"{what}: {name}")}


def make_workbook(planter: Planter) -> bytes:
    """A register of directives, with a hidden sheet, a comment, an author, an unknown column and a note."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties(
            {"author": planter.plant("workbook: author"), "comments": planter.plant("workbook: remark")}
        )
        sheet = book.add_worksheet(planter.plant("workbook: sheet", "bà {name}"))
        sheet.write(0, 0, f"SỔ THEO DÕI NHIỆM VỤ - {planter.plant('workbook: title')}")
        sheet.write(1, 0, "(Số liệu đến ngày 06/07/2025)")
        headers = ["STT", *TASK, planter.plant("workbook: header")]
        sheet.write_row(3, 0, headers)
        rows = list(spread(planter, TASK, "workbook"))
        for at, row in enumerate(rows, start=4):
            sheet.write_row(at, 0, [at - 3, *row.values(), planter.plant("workbook: unknown column")])
        sheet.write(len(rows) + 5, 0, f"Ghi chú: {planter.plant('workbook: note')}")
        sheet.write_comment(4, 2, planter.plant("workbook: comment"))
        hidden = book.add_worksheet("Nháp")
        hidden.write(0, 0, planter.plant("workbook: hidden sheet"))
        hidden.hide()
    return buffer.getvalue()


def make_csv(planter: Planter) -> bytes:
    """A register of houses, with an unknown column, a short line and a line that never ends."""
    buffer = io.StringIO()
    lines = csv.writer(buffer, delimiter=";")
    lines.writerow([*HOUSE, planter.plant("CSV: header")])
    for row in spread(planter, HOUSE, "CSV", ("Họ tên chủ hộ", "CCCD")):
        lines.writerow([*row.values(), ""])
    owner = planter.plant("CSV: bare name of its own person", "{name}")
    number = planter.persons[-1][1]
    named = HOUSE | {"Mã hộ": "NO26990099", "Họ tên chủ hộ": owner, "CCCD": number}
    lines.writerow([*(named | {"Nguồn vốn": f"Gia đình {owner} tự lo"}).values(), ""])
    buffer.write(f"{planter.plant('CSV: short line')};x\n" + f'"{planter.plant("CSV: open quote")};a\n')
    return buffer.getvalue().encode()


def make_page(planter: Planter) -> bytes:
    """A page of dossiers, with an unknown key and value, and persons in its envelope."""
    rows = list(spread(planter, PAGE, "JSON", ("ChuHoSo", "SoGiayToChuHoSo", "SoDienThoai")))
    rows[0][planter.plant("JSON: key")] = planter.plant("JSON: value of an unknown key")
    data = {"currentPage": 1, "pageSize": 1000, "totalPages": 1, "totalItems": len(rows), "items": rows}
    data[planter.plant("JSON: key of the envelope")] = planter.plant("JSON: value of the envelope")
    return json.dumps({"code": "OK", "message": planter.plant("JSON: message"), "data": data}).encode()
