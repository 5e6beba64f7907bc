"""What every script is told of the job: the feeds' headers and words, the legacy charset, the units of both times.

Rules that the seeds do not hold are written here anew, and not taken from the product, so that two ways of the same job
are compared. Each script maps distinct values only.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from dagster_project.core.paths import SEEDS_DIR
from dagster_project.simulate.tcvn3 import BYTES, LETTERS

MERGER = date(2025, 7, 1)
FIRST_DAY = date(2025, 1, 1)
WEEKS = 16
AREAS = {"pt": "25", "vp": "26", "hb": "17"}
HEADERS = {
    "pt": {
        "MaHoSo": "dossier_id", "MaTTHC": "procedure_code", "NgayTiepNhan": "received_at", "NgayHenTra": "due_at",
        "NgayKetThucXuLy": "finished_at", "NgayTra": "returned_at", "TrangThaiHoSo": "status",
        "KenhThucHien": "channel", "MaDonVi": "code", "TenDonVi": "name", "DaSoHoaKetQua": "digitised",
        "LePhi": "fee", "NgayCapNhat": "changed_at",
    },
    "vp": {
        "Mã hồ sơ": "dossier_id", "Mã TTHC": "procedure_code", "Ngày tiếp nhận": "received_at",
        "Ngày hẹn trả": "due_at", "Ngày xử lý xong": "finished_at", "Ngày trả kết quả": "returned_at",
        "Trạng thái": "status", "Hình thức nộp": "channel", "Đơn vị giải quyết": "name",
        "Số hóa kết quả": "digitised", "Phí, lệ phí (đồng)": "fee",
    },
    "hb": {
        "Mã HS": "dossier_id", "Mã thủ tục": "procedure_code", "Ngày nhận": "received_at", "Hạn trả": "due_at",
        "Ngày xong": "finished_at", "Ngày trả": "returned_at", "Tình trạng": "status", "Kênh": "channel",
        "Mã ĐVHC": "code", "Tên đơn vị": "name", "Ngày cập nhật": "changed_at",
    },
}  # fmt: skip
DATES = ("received_at", "due_at", "finished_at", "returned_at")
STATUS = {
    "Mới đăng ký": 1, "Được tiếp nhận": 2, "Không được tiếp nhận": 3, "Đang xử lý": 4, "Yêu cầu bổ sung giấy tờ": 5,
    "Yêu cầu thực hiện nghĩa vụ tài chính": 6, "Công dân yêu cầu rút hồ sơ": 7, "Dừng xử lý": 8, "Đã xử lý xong": 9,
    "Đã trả kết quả": 10, **{str(number): number for number in range(1, 11)},
}  # fmt: skip
CHANNEL = {
    "Trực tiếp": "truc_tiep", "TT": "truc_tiep", "1": "truc_tiep", "Trực tuyến": "truc_tuyen", "TTuyen": "truc_tuyen",
    "2": "truc_tuyen", "Bưu chính": "buu_chinh", "BC": "buu_chinh", "3": "buu_chinh",
}  # fmt: skip
NO_CHANNEL = "truc_tiep"
DIGITISED = {"Có": True, "1": True, "Không": False, "0": False}
PERIODS = ("week", "month", "quarter", "year", "to_date")
GRAINS = ("commune", "department", "former_province", "province")
MEASURES = {
    "received_at": ("tthc_on_time", "tthc_no_due", "tthc_online"),
    "due_at": ("tthc_due_on_time", "tthc_land_on_time", "tthc_moved_on_time"),
    "closed_at": ("tthc_resolved_on_time", "tthc_digitised", "tthc_working_days"),
}
"""Date column that puts a dossier into a period → KPIs. tthc_backlog_overdue stands at D alone."""
COUNTS = frozenset({"tthc_no_due", "tthc_backlog_overdue"})
"""KPIs without a denominator."""
BY_SECTOR = frozenset({"tthc_on_time", "tthc_backlog_overdue"})
FACT = (
    "dossier_id", "area", "unit_code", "unit_level", "commune_code", "former_province_code", "attribution",
    "procedure_code", "channel", "status_code", "state", "received_at", "due_at", "finished_at", "returned_at",
    "own_due_at", "is_resolved", "is_on_time", "is_overdue", "days_overdue", "working_days", "is_result_digitised",
    "closed_at",
)  # fmt: skip
CELL = (
    "kpi_id", "period_kind", "period_start", "grain", "unit_code", "dimension", "member", "numerator", "denominator",
    "value",
)  # fmt: skip
UNIT = ("unit_code", "unit_level", "commune_code", "former_province_code", "attribution")

Question = tuple[str, str | None, str, bool]
"""Area, code as written, name as written, whether the dossier was received from the merger on."""

_PLACES = {byte: letter for letter, byte in zip(LETTERS, BYTES, strict=True)}
_TCVN3 = "".join(_PLACES.get(byte, chr(byte)) for byte in range(256))
_TITLE_DAY = re.compile(r"Số liệu đến ngày (\d\d/\d\d/\d{4})")
_NAME_MONTH = re.compile(r"_(\d\d)_(\d{4})\.csv$")
_PROVINCE = "25"
_CENTRE = "H44.01-TT"


def decode_tcvn3(content: bytes) -> str:
    """Return the text of bytes in TCVN3 (ABC)."""
    return codecs.charmap_decode(content, "strict", _TCVN3)[0]


def list_files(inbox: Path, area: str) -> list[Path]:
    """Return the files of an area's feed, in the order of their names."""
    return sorted(path for path in (inbox / f"procedures_{area}").rglob("*") if path.is_file())


def find_columns(top: Sequence[Sequence[object]]) -> tuple[int, dict[int, str]]:
    """Return, of the first rows of a workbook, the last of its header of two, and which column holds what."""
    last = next(nth for nth, row in enumerate(top) if "Mã hồ sơ" in row)
    known = HEADERS["vp"]
    pairs = zip(top[last - 1], top[last], strict=True)
    return last, {nth: known[str(text)] for nth, pair in enumerate(pairs) for text in pair if text in known}


def find_title_day(title: Iterable[Iterable[object]]) -> date:
    """Return the data date that stands in the rows above a table."""
    found = _TITLE_DAY.search(" ".join(str(cell) for row in title for cell in row))
    assert found is not None
    day, month, year = map(int, found[1].split("/"))
    return date(year, month, day)


def find_month(path: Path) -> date:
    """Return the first day of the month that the name of a CSV tells; a later month's file is the newer statement."""
    found = _NAME_MONTH.search(path.name)
    assert found is not None
    return date(int(found[2]), int(found[1]), 1)


def read_seed(name: str) -> list[dict[str, str]]:
    """Return the rows of a seed of the project, all text."""
    with (SEEDS_DIR / f"{name}.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def list_procedures() -> list[dict[str, object]]:
    """Return procedure_code, sector, is_land, is_moved (from district to commune by the merger), own_days of each."""
    levels: dict[tuple[str, bool], str] = {}
    for row in read_seed("procedure_level"):
        if not row["valid_from"] or row["valid_from"] < MERGER.isoformat():
            levels[row["procedure_code"], False] = row["level"]
        if not row["valid_to"] or row["valid_to"] >= MERGER.isoformat():
            levels[row["procedure_code"], True] = row["level"]
    return [
        {
            "procedure_code": (code := row["procedure_code"]),
            "sector": row["sector"],
            "is_land": row["is_land"] == "true",
            "is_moved": levels.get((code, False)) == "huyện" and levels.get((code, True)) == "xã",
            "own_days": int(row["working_days"]),
        }
        for row in read_seed("procedure")
    ]


def list_calendar() -> list[tuple[date, bool, int]]:
    """Return day, whether it is a working day, and how many working days there were up to it, 2024 to 2027."""
    known = {row["date"]: row["is_make_up_day"] == "true" for row in read_seed("calendar_exception")}
    days, upto = [], 0
    for number in range(date(2024, 1, 1).toordinal(), date(2028, 1, 1).toordinal()):
        day = date.fromordinal(number)
        works = known.get(day.isoformat(), day.weekday() < 5)
        upto += works
        days.append((day, works, upto))
    return days


class Units:
    """Answers which unit a cell names, from the seeds of both times."""

    def __init__(self) -> None:
        departments = {row["department_code"]: row["department_name"] for row in read_seed("department")}
        self._departments = {code: _department(code) for code in departments}
        self._by_department_name = {name: _department(code) for code, name in departments.items()}
        self._centre_name = departments[_CENTRE]
        districts = {row["district_code"]: row for row in read_seed("former_district")}
        self._districts = {
            code: (code, "former_district", None, row["former_province_code"], "district")
            for code, row in districts.items()
        }
        successor = {
            row["former_code"]: None if row["is_split"] == "true" else row["commune_code"]
            for row in read_seed("bridge_commune")
        }
        self._former = {row["former_code"]: _former(row, successor) for row in read_seed("former_commune")}
        communes = read_seed("commune")
        self._communes = {row["commune_code"]: _commune(row) for row in communes}
        self._portal = {row["portal_code"]: _commune(row) for row in communes}
        self._names = {
            (row["former_province_code"], True, f"{row['commune_type']} {row['commune_name']}"): _commune(row)
            for row in communes
        }
        for code, row in districts.items():
            name = f"{row['district_type']} {row['district_name']}"
            self._names[row["former_province_code"], False, name] = self._districts[code]
        for row in read_seed("former_commune"):
            name, unit = f"{row['former_type']} {row['former_name']}", self._former[row["former_code"]]
            district = districts[row["former_district_code"]]
            inside = f"{district['district_type']} {district['district_name']}"
            for written in (name, f"{name} - {inside}", f"{name}, {inside}"):
                self._names[row["former_province_code"], False, written] = unit

    def resolve(self, question: Question) -> tuple[str | None, ...]:
        """Return unit_code, unit_level, commune_code, former_province_code, attribution. Raises KeyError for nobody's
        name."""
        area, code, name, is_new = question
        if area == "hb" and code is not None:
            if code in AREAS.values():
                return self._by_department_name[name.removesuffix(" tỉnh Hòa Bình")]
            if len(code) == 3:
                return self._districts[code]
            return (self._communes if is_new else self._former)[code.zfill(5)]
        if area == "pt" and is_new and code is not None:
            if name == self._centre_name:
                return self._departments[_CENTRE]
            return self._portal.get(code) or self._departments[code]
        department = self._by_department_name.get(name)
        return department or self._names[AREAS[area], is_new, name.removeprefix("UBND ")]


def _department(code: str) -> tuple[str | None, ...]:
    return (code, "department", None, None, "department")


def _commune(row: dict[str, str]) -> tuple[str | None, ...]:
    return (row["commune_code"], "commune", row["commune_code"], row["former_province_code"], "exact")


def _former(row: dict[str, str], successor: dict[str, str | None]) -> tuple[str | None, ...]:
    code, commune = row["former_code"], successor[row["former_code"]]
    kind = "split" if commune is None else "former_commune"
    return (code, "former_commune", commune, row["former_province_code"], kind)


PROVINCE_CODE = _PROVINCE
