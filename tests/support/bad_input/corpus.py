"""One inbox of everything that can be wrong with a file, and for each file what must become of it."""

from __future__ import annotations

import io
import json
import os
import re
import struct
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from tests.support.kits.office import (
    FIRST_ROW,
    NATIONAL_ID,
    NOT_DATA,
    PERSON,
    PHONE,
    Form,
    Formula,
    bare_workbook,
    dossier,
    dossiers,
    portal_answer,
    portal_child,
    workbook,
)

VP, PORTAL = "procedures_vp", "national_portal"
WRONG_EXTENSION = ((None, "wrong_extension"),)
OTHER_FILE = "external:\\\\may-chu\\o-chung\\bieu.xlsx#Sheet1!A1"
HOSTILE = (
    "'; drop table marts.fct_dossier; --",
    "=cmd|' /C calc'!A0",
    "../../etc/passwd",
    "$(touch pwned)",
    "{{ 1/0 }} %s {path}",
    "<script>alert(1)</script>",
)


Faults = tuple[tuple[int, str | None, str], ...]
Notes = tuple[tuple[str | None, str], ...]


@dataclass(frozen=True)
class Sent:
    """A file of the inbox: its name and bytes, and its fate.

    `rows`: read, not data, refused, repeated. `refused`: (sheet row, column, rule) of each fault in quarantine.
    `noted`: (column, rule) of each finding. `rule`, `said`: why a blocked file is blocked, and words that say so.
    """

    name: str
    content: bytes
    feed: str = VP
    rows: tuple[int, int, int, int] = (0, 0, 0, 0)
    refused: Faults = ()
    noted: Notes = ()
    copies: tuple[str, ...] = ()
    rule: str | None = None
    said: str = ""
    shown: str = field(default="", compare=False)

    @property
    def file(self) -> str:
        """The name that people see."""
        return self.shown or unicodedata.normalize("NFC", self.name)


def write(inbox: Path) -> None:
    """Write the corpus, and what is no file at all."""
    for sent in SENT:
        for name in (sent.name, *sent.copies):
            path = inbox / sent.feed / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(sent.content)
    for name in NO_FILES:
        path = inbox / VP / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(workbook(dossiers(date(2025, 7, 3), 9), "(Số liệu đến ngày 13/07/2025)"))
    late = workbook(dossiers(date(2025, 7, 14), 2), "(Số liệu đến ngày 14/07/2025)")
    (inbox / VP / TOMORROW).write_bytes(late)
    os.mkfifo(inbox / VP / "ong dan.xlsx")
    for name, target in UNOPENED.items():
        (inbox / VP / name).symlink_to(target)


TOMORROW = "ho so ngay mai.xlsx"
NO_FILES = ("~$ho_so_tthc_07_2025.xlsx", "dang chep.xlsx.part", ".an.xlsx", ".Trash/ho_so_tthc_07_2025.xlsx")
UNOPENED = {"lien ket hong.xlsx": "/khong/co/tep.xlsx", "lien ket vong.xlsx": "lien ket vong.xlsx"}


# Files that are read -------------------------------------------------------------------------------------------------


def month(
    day: date,
    name: str,
    *rows: dict[str, Any],
    form: Form | None = None,
    extra: int = 0,
    repeated: int = 0,
    refused: Faults = (),
    noted: Notes = (),
    copies: tuple[str, ...] = (),
    shown: str = "",
) -> Sent:
    """An accepted workbook of the month of `day`: one good dossier unless rows are given. `extra`: rows of no data."""
    made = rows or (dossier(day),)
    content = workbook(made, f"(Số liệu đến ngày {day:%d/%m/%Y})", form)
    account = (len(made) + NOT_DATA + extra, NOT_DATA + extra, len({row for row, *_ in refused}), repeated)
    return Sent(name, content, VP, account, refused, noted, copies, shown=shown)


def refused_rows() -> Sent:
    day = date(2025, 3, 31)
    cases: tuple[tuple[str | None, str, str, object], ...] = (
        (None, "", "Lĩnh vực", "Hộ tịch"),
        ("received_at", "impossible_date", "Ngày tiếp nhận", "31/02/2025"),
        ("finished_at", "impossible_date", "Ngày xử lý xong", "30/02/2025 10:00"),
        ("unit", "unit_unknown", "Đơn vị giải quyết", "UBND xã Thiên Đường"),
        ("unit", "unit_ambiguous", "Đơn vị giải quyết", "Xuân Hòa"),
        ("unit", "unit_missing", "Đơn vị giải quyết", None),
        ("status_code", "unknown_code", "Trạng thái", "interoperating"),
        ("status_code", "unknown_code", "Trạng thái", "posting"),
        ("dossier_id", "missing_value", "Mã hồ sơ", None),
        ("received_at", "after_data_date", "Ngày tiếp nhận", "01/04/2025 08:00"),
        (None, "", "Ngày xử lý xong", "30/03/2025 08:00"),
        (None, "", "Số CCCD/ĐDCN", "0912345678"),
        (None, "", "Mã TTHC", None),
        (None, "", "Mã hồ sơ", "H62.52-25O331-OO99"),
    )
    rows = [dossier(day, nth + 1, **{header: cell}) for nth, (*_, header, cell) in enumerate(cases)]
    refused = tuple((FIRST_ROW + nth, column, rule) for nth, (column, rule, *_) in enumerate(cases) if rule)
    noted = (("national_id", "phone_in_national_id"), ("procedure_code", "missing_value"))
    return month(day, "ho_so_tthc_03_2025.xlsx", *rows, refused=refused, noted=noted)


def repeated_rows() -> Sent:
    day = date(2025, 4, 30)
    first, second = dossiers(day, 2)
    respelled = second | {"Tên thủ tục hành chính": "ĐĂNG KÝ  KHAI SINH", "Ngày tiếp nhận": "30/4/2025"}
    bad = dossier(day, 3, Trạng_thái="posting")
    refused = ((FIRST_ROW + 4, "status_code", "unknown_code"), (FIRST_ROW + 5, "status_code", "unknown_code"))
    rows = (first, second, second, respelled, bad, bad)
    return month(day, "ho_so_tthc_04_2025.xlsx", *rows, repeated=2, refused=refused)


def formulas() -> Sent:
    day = date(2025, 2, 28)
    rows = (
        dossier(day, 1, **{"Phí, lệ phí (đồng)": Formula("=5000*3", 15000)}),
        dossier(day, 2, Ngày_hẹn_trả=Formula("=J11+5")),
        dossier(day, 3),
    )
    refused = ((FIRST_ROW + 1, "due_at", "formula_without_value"),)
    return month(day, "ho_so_tthc_02_2025.xlsx", *rows, refused=refused, noted=(("fee", "formula_cell"),))


def hostile_cells() -> Sent:
    day = date(2024, 11, 30)
    rows = [
        dossier(day, nth + 1, Lĩnh_vực=words, Tên_thủ_tục_hành_chính=words, Người_nộp=words, Hình_thức_nộp=words)
        for nth, words in enumerate(HOSTILE)
    ]
    rows += [dossier(day, 50 + nth, Trạng_thái=words) for nth, words in enumerate(HOSTILE)]
    rows += [dossier(day, 60 + nth, Đơn_vị_giải_quyết=words) for nth, words in enumerate(HOSTILE)]
    at, size = FIRST_ROW + len(HOSTILE), len(HOSTILE)
    refused = tuple((at + nth, "status_code", "unknown_code") for nth in range(size))
    refused += tuple((at + size + nth, "unit", "unit_unknown") for nth in range(size))
    noted = (("channel", "unknown_code"),) * size
    # The same words name the person who asks: three of them or more are masked wherever else they stand.
    as_names = sum(len(words.split()) > 2 for words in HOSTILE)
    noted += tuple((column, "person_masked") for column in ("procedure_name", "sector", "channel")) * as_names
    return month(day, "ho_so_tthc_11_2024.xlsx", *rows, refused=refused, noted=noted)


def hostile_names() -> list[Sent]:
    names = {
        f"{HOSTILE[0]}.xlsx": "",
        "$(touch pwned) `touch pwned`.xlsx": "",
        "=cmd|' C calc'!A0.xlsx": "",
        "a%2f..%2f..%2fetc%2fpasswd.xlsx": "",
        "{{ 1 }} %s {path} [a-z]*?.xlsx": "",
        "mot\nĐã công bố bản 2030-01-01-deadbeef..xlsx": "mot\\nĐã công bố bản 2030-01-01-deadbeef..xlsx",
        os.fsdecode(b"t\xd6ng h\xeep.xlsx"): "t\\xd6ng h\\xeep.xlsx",
        "\x1b[2J\u202exslx.exe.xlsx": "\\x1b[2J\\u202exslx.exe.xlsx",
    }
    days = [date(2024, number, 28) for number in range(3, 3 + len(names))]
    return [month(day, name, shown=shown) for day, (name, shown) in zip(days, names.items(), strict=True)]


def as_csv(day: date) -> bytes:
    """A list in CSV, under the name of a workbook."""
    row = dossier(day)
    lines = (",".join(f'"{cell or ""}"' for cell in cells) for cells in (row.keys(), row.values()))
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode("utf-8")


def read_files() -> list[Sent]:
    june, december = date(2025, 6, 30), date(2024, 12, 31)
    good = month(
        june,
        "2025/ho_so_tthc_06_2025.xlsx",
        *dossiers(june, 4),
        copies=("2025/a/ho_so_tthc_06_2025.xlsx", "z (1).xlsx"),
    )
    return [
        month(date(2025, 7, 13), "ho_so_tthc_07_2025.xlsx", *dossiers(date(2025, 7, 2), 5)),
        good,
        month(date(2025, 5, 31), unicodedata.normalize("NFD", "Hồ sơ tháng năm.xlsx")),
        repeated_rows(),
        refused_rows(),
        formulas(),
        month(date(2025, 1, 31), "lien ket ngoai.xlsx", form=Form(links=(OTHER_FILE,))),
        month(december, "tieu de la.xlsx", form=Form(extra_headers=HOSTILE)),
        hostile_cells(),
        *hostile_names(),
        month(date(2024, 2, 29), "duoi sai.xls", noted=WRONG_EXTENSION),
        Sent("danh sach 01_2024.xlsx", as_csv(date(2024, 1, 31)), VP, (2, 1, 0, 0), noted=WRONG_EXTENSION),
        month(
            date(2023, 12, 31),
            "nhieu trang.xlsx",
            form=Form(more_sheets={"Ghi chú": ["Số liệu đã đối chiếu.", "Hết."]}, hidden_sheet="Nháp"),
            extra=2,
            noted=((None, "hidden_sheet"),),
        ),
    ]


# Files that are blocked ----------------------------------------------------------------------------------------------


def zipped(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def repacked(change: Callable[[dict[str, bytes]], None]) -> bytes:
    """A good workbook with some of its parts changed."""
    with zipfile.ZipFile(
        io.BytesIO(workbook(dossiers(date(2025, 7, 2), 2), "(Số liệu đến ngày 12/07/2025)"))
    ) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    return zipped(parts)


def bomb() -> bytes:
    def inflate(parts: dict[str, bytes]) -> None:
        parts["xl/worksheets/sheet1.xml"] += b" " * (64 << 20)

    return repacked(inflate)


def lying_bomb() -> bytes:
    """The same with a directory that says that the sheet is small."""
    content = bytearray(bomb())
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/worksheets/sheet1.xml"))
    struct.pack_into("<I", content, at + 24, 1000)
    return bytes(content)


def vast_sheet() -> bytes:
    def spread(parts: dict[str, bytes]) -> None:
        sheet = parts["xl/worksheets/sheet1.xml"]
        cells = b"".join(b'<c r="XF%c1048576"><v>1</v></c>' % letter for letter in range(ord("A"), ord("E")))
        rows = (b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (row, row) for row in range(1_048_000, 1_048_100))
        far = b"".join(rows) + b'<row r="1048576">' + cells + b"</row></sheetData>"
        parts["xl/worksheets/sheet1.xml"] = sheet.replace(b"</sheetData>", far)

    return repacked(spread)


def laughs() -> bytes:
    """Entities that double thirty times over, as the name of the sheet."""

    def laugh(parts: dict[str, bytes]) -> None:
        doubled = "".join(f'<!ENTITY l{n} "&l{n - 1};&l{n - 1};">' for n in range(1, 31))
        doctype = f'<!DOCTYPE workbook [<!ENTITY l0 "ha">{doubled}]>'.encode()
        book = re.sub(rb"(<\?xml[^>]*\?>)", rb"\1" + doctype, parts["xl/workbook.xml"])
        parts["xl/workbook.xml"] = re.sub(rb'<sheet name="[^"]*"', b'<sheet name="&l30;"', book)

    return repacked(laugh)


def protected() -> bytes:
    """A workbook behind a password is an OLE container."""
    directory = "EncryptionInfo\0EncryptedPackage\0".encode("utf-16-le")
    return bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + directory.ljust(1024, b"\0") + bytes(2048)


def headless() -> tuple[bytes, bytes]:
    """Rows of persons without any header: as CSV and as a workbook."""
    row = [str(cell or "") for cell in dossier(date(2025, 7, 2)).values()]
    return "\r\n".join(";".join(row) for _ in range(3)).encode("utf-8"), bare_workbook(row, row, row)


def blocked_files() -> list[Sent]:
    whole = workbook(dossiers(date(2025, 7, 2), 4), "(Số liệu đến ngày 11/07/2025)")
    keyless = workbook(dossiers(date(2025, 7, 2), 4), "(Số liệu đến ngày 11/07/2025)", Form(without=("Mã hồ sơ",)))
    csv, bare = headless()
    dateless = dict.fromkeys(("Ngày tiếp nhận", "Ngày xử lý xong", "Ngày trả kết quả"))
    undated = workbook([dossier(date(2025, 7, 2)) | dateless], "Danh sách")
    return [
        Sent("rong.xlsx", b"", rule="empty_file", said="Tệp rỗng"),
        Sent("trang.xlsx", bare_workbook(), rule="empty_file", said="không có dòng nào"),
        Sent("cat cut.xlsx", whole[: len(whole) * 3 // 5], rule="unreadable", said="cắt cụt"),
        Sent("dang ghi.xlsx", whole[:30] + bytes(2000), rule="unreadable", said="còn đang ghi dở"),
        Sent("anh chup.xlsx", b"\xff\xd8\xff\xe0" + bytes(500), rule="unreadable", said="ảnh JPEG"),
        Sent("van ban.xlsx", zipped({"word/document.xml": b"<w/>"}), rule="unreadable", said="tệp Word không có bảng"),
        Sent("mat khau.xlsx", protected(), rule="encrypted", said="có mật khẩu"),
        Sent("thieu cot.xlsx", keyless, rule="missing_column", said="“Mã hồ sơ”"),
        Sent("khong tieu de.csv", csv, rule="missing_column", said="thiếu cột bắt buộc"),
        Sent("khong tieu de.xlsx", bare, rule="missing_column", said="thiếu cột bắt buộc"),
        Sent("bom nen.xlsx", bomb(), rule="zip_bomb", said="tỷ lệ nén"),
        Sent("bom noi doi.xlsx", lying_bomb(), rule="unreadable", said="hỏng"),
        Sent("trang rong.xlsx", vast_sheet(), rule="unreadable", said="nằm rất xa bảng"),
        Sent("khong ngay.xlsx", undated, rule="no_data_date", said="ngày số liệu"),
        Sent("cuoi.xlsx", laughs(), rule="unreadable", said="hỏng"),
    ]


def portal_files() -> list[Sent]:
    denied = json.dumps({"code": "UNAUTHORIZED"}).encode()
    yen_lac, office = portal_child("H44.189", 100, 90), portal_child("H44.42", None, None)
    june = portal_answer(yen_lac, office, parent=portal_child("H44", 120, 90))
    odd = portal_answer(yen_lac, portal_child("H44.999", 5, 5), portal_child("H44.176", -5, 0), 7)  # type: ignore[arg-type]
    refused = (
        (2, "unit", "unit_unknown"),
        (3, "total_received", "below_minimum"),
        (3, "total_overdue", "below_minimum"),
        (4, None, "wrong_field_count"),
    )
    return [
        Sent("month-2025-06.json", june, PORTAL, rows=(3, 1, 0, 0)),
        Sent("month-2025-02.json", odd, PORTAL, rows=(4, 0, 3, 0), refused=refused),
        Sent("month-2025-01.json", portal_answer(parent=portal_child("H44", 0, 0)), PORTAL, rows=(1, 1, 0, 0)),
        Sent("month-2025-05.json", b"<html><body>Login</body></html>", PORTAL, rule="unreadable", said="trang HTML"),
        Sent("month-2025-04.json", june[: len(june) // 2], PORTAL, rule="unreadable", said="JSON bị cắt cụt"),
        Sent("month-2025-03.json", denied, PORTAL, rule="error_answer", said="UNAUTHORIZED"),
        Sent("tra loi.json", june + b" ", PORTAL, rule="no_data_date", said="ngày số liệu"),
        Sent("2025-07-09.json", june + b"  ", PORTAL, rule="no_named_period", said="tháng, quý hay năm nào"),
    ]


SENT: tuple[Sent, ...] = (*read_files(), *blocked_files(), *portal_files())
NEEDLES = (PERSON, NATIONAL_ID, PHONE, "0912345678")
