"""Tables that offices keep, and what their rows mean: invented projects, lots, houses, dossiers and centres.

A value is in the unit of the contract (whole đồng, hectares, …). It shares no code with the readers: what a cell means
is known because the cell is written from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

DATA_DAY = date(2025, 8, 31)
FIRST_DAY = date(2025, 7, 2)

PLACES = {
    "Phường Việt Trì": "07900", "Phường Vĩnh Yên": "08707", "Xã Yên Lạc": "09025", "Xã Mai Châu": "05200",
    "Xã Đoan Hùng": "07969", "Xã Thanh Ba": "08152", "Xã Cẩm Khê": "08341", "Xã Tam Đảo": "08911",
    "Xã Kim Bôi": "04978", "Phường Phúc Yên": "08740", "Xã Hạ Hòa": "08053", "Xã Lạc Sơn": "05266",
}  # fmt: skip
SUBJECTS = ["Đường tránh", "Cầu qua suối", "Trường mầm non", "Kè bờ tả", "Hồ chứa nước", "Trạm y tế", "Nhà văn hóa"]
NAMES = ["Bến Đá", "Gò Sỏi", "Đồng Giữa", "Khe Ngang", "Ruộng Hóp", "Núi Đót", "Bãi Rộc"]
OWNERS = ["Sở Xây dựng", "Ban QLDA khu vực 3", "UBND xã Thanh Ba", "Trung tâm Phát triển quỹ đất"]
FUNDS = {"NSTW": "NSTW", "NSDP": "NSĐP", "ODA": "ODA"}

Make = Callable[[Random, int], Any]


@dataclass(frozen=True)
class Field:
    """A column of a form: its name in the contract and the header that the office gives it (`above`: the merged cell
    over it). `words`: what a value is called."""

    name: str
    header: str
    kind: str
    make: Make
    unit: str = ""
    words: dict[Any, str] | None = None
    above: str = ""

    @property
    def column(self) -> str:
        """The contract's column: of a sub-column its measure."""
        return self.name.split("@")[0]

    @property
    def is_figure(self) -> bool:
        return self.kind in ("money", "measure", "count")

    @property
    def can_be_spoilt(self) -> bool:
        return self.is_figure or self.kind in ("day", "moment", "code")


@dataclass(frozen=True)
class Form:
    """What an office sends: `title` above the table, `key` fields that tell rows apart, `agreed` what its money is in
    when the file says nothing (None: it must say it)."""

    feed_id: str
    title: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    agreed: Decimal | None = None
    label: str = ""

    def find(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)

    def list_kind(self, *kinds: str) -> list[Field]:
        return [field for field in self.fields if field.kind in kinds]


Truth = dict[str, Any]
"""A row: by field what it means, and its NUMBER."""
NUMBER = "#"


def make_rows(form: Form, seed: int, size: int) -> list[Truth]:
    """Make rows that mean something; the first two have figures and days that can be written in one style only."""
    rng = Random(seed)
    return [{NUMBER: nth} | {field.name: field.make(rng, nth) for field in form.fields} for nth in range(size)]


# Values --------------------------------------------------------------------------------------------------------------


def _number(start: str) -> Make:
    return lambda rng, nth: f"{start}{nth:02d}"


def _one_of(values: Any) -> Make:
    return lambda rng, nth: rng.choice(list(values))


def _phrase(rng: Random, nth: int) -> str:
    return f"{rng.choice(SUBJECTS)} {rng.choice(NAMES)} {nth + 1}"


def _money(most: int, is_signed: bool = False, may_lack: bool = False) -> Make:
    """Amounts of whole thousands of đồng, up to `most` billions; the first two tell their style in every unit."""

    def make(rng: Random, nth: int) -> int | None:
        if nth < 2:
            return rng.randint(10, 99) * 10**9 + rng.randint(1, 9) * 10**8 + 34_500_000
        if may_lack and rng.random() < 0.15:
            return None
        amount = rng.randint(0, most * 1000) * rng.choice([1_000, 100_000, 1_000_000])
        return -amount if is_signed and rng.random() < 0.3 else amount

    return make


def _support(rng: Random, nth: int) -> int:
    """Amounts of a house; the first two tell their style in every unit."""
    if nth < 2:
        return rng.randint(10, 99) * 10**7 + 34_500
    return rng.randint(1, 300) * 10**6


def _fee(rng: Random, nth: int) -> int:
    return 1_234_500 if nth < 2 else rng.choice([0, 5_000, 8_000, 15_000, 250_000, 1_000_000])


def _count(rng: Random, nth: int) -> int:
    return rng.choice([0, rng.randint(1, 99), rng.randint(100, 999), rng.randint(1000, 9999)])


def _measure(first: str, places: int, most: int) -> Make:
    def make(rng: Random, nth: int) -> Decimal:
        return Decimal(first) if nth < 2 else Decimal(rng.randint(1, most * 10**places)).scaleb(-places)

    return make


def _day(rng: Random, nth: int) -> date:
    """A day of July or August; of the first two rows a day that cannot be a month."""
    if nth < 2:
        return date(2025, rng.choice([7, 8]), rng.randint(13, 31))
    return FIRST_DAY + timedelta(days=rng.randint(0, (DATA_DAY - FIRST_DAY).days))


def _some_day(rng: Random, nth: int) -> date | None:
    return _day(rng, nth) if nth < 2 or rng.random() < 0.8 else None


def _moment(rng: Random, nth: int) -> datetime:
    return datetime.combine(_day(rng, nth), time(rng.randint(7, 17), rng.choice([0, 5, 30, 59])))


def _some_moment(rng: Random, nth: int) -> datetime | None:
    return _moment(rng, nth) if nth < 2 or rng.random() < 0.8 else None


_place = _one_of(PLACES.values())
_PLACE_WORDS = {code: name for name, code in PLACES.items()}

# Forms ---------------------------------------------------------------------------------------------------------------

_CLEARANCE = (
    Field("project_code", "Mã dự án", "code", _number("73005")),
    Field("project_name", "Tên dự án", "text", _phrase),
    Field("commune", "Xã/Phường", "place", _place, words=_PLACE_WORDS),
    Field("report_date", "Ngày báo cáo", "day", _day),
    Field("area_to_recover_ha", "Diện tích phải thu hồi", "measure", _measure("12.34567", 3, 90), unit="ha"),
    Field("area_cleared_ha", "Diện tích đã bàn giao", "measure", _measure("10.00625", 2, 60), unit="ha"),
    Field("households", "Số hộ ảnh hưởng", "count", _count),
    Field("households_inventoried", "Đã kiểm đếm", "count", _count),
    Field("households_paid", "Đã chi trả", "count", _count),
    Field("budget_approved", "Kinh phí phê duyệt", "money", _money(300)),
    Field("budget_paid", "Đã chi", "money", _money(200, may_lack=True)),
)
_AUCTION = (
    Field("auction_no", "Số thông báo", "text", lambda rng, nth: f"{80 + nth}/TB-ĐG"),
    Field("site", "Khu đất", "text", lambda rng, nth: f"Khu {rng.choice(NAMES)} {nth + 1}"),
    Field("commune", "Xã/Phường", "place", _place, words=_PLACE_WORDS),
    Field("lot", "Số lô", "code", _number("LK")),
    Field("area_m2", "Diện tích", "measure", _measure("1234.75", 2, 900), unit="m2"),
    Field("land_use", "Loại đất", "word", _one_of(["ONT", "ODT", "TMD"]),
          words={"ONT": "Đất ở nông thôn", "ODT": "ODT", "TMD": "Thương mại dịch vụ"}),
    Field("start_price", "Giá khởi điểm", "money", _money(3)),
    Field("winning_price", "Giá trúng", "money", _money(4, may_lack=True)),
    Field("bidders", "Số người tham gia", "count", _count),
    Field("announced_on", "Ngày thông báo", "day", _some_day),
    Field("auction_date", "Ngày đấu giá", "day", _day),
    Field("status", "Trạng thái", "word", _one_of(["dau_gia_thanh", "khong_thanh", "da_giao_dat"]),
          words={"dau_gia_thanh": "Đấu giá thành", "khong_thanh": "Không thành", "da_giao_dat": "Đã giao đất"}),
    Field("round", "Lần", "ordinal", lambda rng, nth: rng.randint(1, 3)),
)  # fmt: skip
_INVESTMENT_HB = (
    Field("project_code", "Mã dự án", "code", _number("72000")),
    Field("project_name", "Tên dự án", "text", _phrase),
    Field("owner", "Chủ đầu tư", "text", _one_of(OWNERS)),
    Field("commune", "Địa điểm XD", "place", _place, words=_PLACE_WORDS),
    Field("fund_source", "Nguồn vốn", "word", _one_of(FUNDS),
          words={"NSTW": "Ngân sách trung ương", "NSDP": "NSĐP", "ODA": "Vốn nước ngoài"}),
    Field("plan_year", "Năm KH", "ordinal", lambda rng, nth: 2025),
    Field("total_investment", "Tổng mức đầu tư", "money", _money(900)),
    Field("plan_local", "KH HĐND giao", "money", _money(300)),
    Field("paid_completed", "Thanh toán KLHT", "money", _money(100)),
    Field("paid_advance", "Tạm ứng", "money", _money(20, is_signed=True, may_lack=True)),
    Field("report_date", "Đến ngày", "day", _day),
)  # fmt: skip
_INVESTMENT_VP = (
    Field("project_code", "Mã dự án", "code", _number("72900")),
    Field("project_name", "Danh mục dự án", "text", _phrase),
    Field("owner", "Chủ đầu tư", "text", _one_of(OWNERS)),
    Field("commune", "Địa điểm", "place", _place, words=_PLACE_WORDS),
    Field("total_investment", "Tổng mức đầu tư", "money", _money(900)),
    *(
        Field(f"{measure}@{fund}", words, "money", _money(100, measure == "paid_advance"), above=above)
        for measure, above in (
            ("plan_local", "Kế hoạch địa phương giao"),
            ("paid_completed", "Thanh toán KLHT"),
            ("paid_advance", "Tạm ứng"),
        )
        for fund, words in (("NSTW", "NSTW"), ("NSDP", "NSĐP"))
    ),
)  # fmt: skip
_HOUSING = (
    Field("household_id", "Mã hộ", "code", _number("NO0902500")),
    Field("commune", "Xã/Phường", "place", _place, words=_PLACE_WORDS),
    Field("strand", "Nhóm", "word", _one_of(["người có công", "hộ nghèo, cận nghèo"]),
          words={"người có công": "Người có công", "hộ nghèo, cận nghèo": "Hộ nghèo"}),
    Field("kind", "Loại", "word", _one_of(["xay_moi", "sua_chua"]),
          words={"xay_moi": "Xây mới", "sua_chua": "Sửa chữa"}),
    Field("support", "Mức hỗ trợ", "money", _support),
    Field("source_fund", "Nguồn vốn", "text", _one_of(["Quỹ Vì người nghèo", "Ngân sách tỉnh"])),
    Field("started_on", "Ngày khởi công", "day", _day),
    Field("completed_on", "Ngày hoàn thành", "day", _some_day),
    Field("status", "Trạng thái", "word", _one_of(["dang_lam", "hoan_thanh"]),
          words={"dang_lam": "Đang thi công", "hoan_thanh": "Hoàn thành"}),
)  # fmt: skip
_READINESS = (
    Field("centre", "Xã/Phường", "place", lambda rng, nth: list(PLACES.values())[nth % len(PLACES)],
          words=_PLACE_WORDS),
    Field("computers_needed", "Máy tính (cần)", "count", _count),
    Field("computers_have", "Máy tính (có)", "count", _count),
    Field("cameras", "Camera", "count", _count),
    Field("line_carrier", "Nhà mạng", "word", _one_of(["VNPT", "Viettel"]),
          words={"VNPT": "VNPT", "Viettel": "Viettel"}),
    Field("line_mbps", "Băng thông", "measure", _measure("150.0625", 0, 900), unit="Mbps"),
    Field("line_outage_hours", "Mất kết nối", "measure",
          lambda rng, nth: Decimal("2.5") if nth < 2 else Decimal(rng.randint(0, 40)) / 4, unit="giờ"),
    Field("staff", "Số CBCC", "count", _count),
)  # fmt: skip
_DOSSIERS = (
    Field("dossier_id", "Mã hồ sơ", "code", _number("H62.52-250702-00")),
    Field("procedure_code", "Mã TTHC", "code", _one_of(["1.012805", "1.000656", "2.001234"])),
    Field("procedure_name", "Tên thủ tục hành chính", "text", _one_of(["Đăng ký khai tử", "Cấp bản sao trích lục"])),
    Field("unit", "Đơn vị giải quyết", "place", _place, words=_PLACE_WORDS),
    Field("received_at", "Ngày tiếp nhận", "moment", _moment),
    Field("due_at", "Ngày hẹn trả", "moment", _some_moment),
    Field("finished_at", "Ngày xử lý xong", "moment", _some_moment),
    Field("status_code", "Trạng thái", "word", _one_of([4, 9, 10]),
          words={4: "Đang xử lý", 9: "Đã xử lý xong", 10: "Đã trả kết quả"}),
    Field("channel", "Hình thức nộp", "word", _one_of(["truc_tiep", "truc_tuyen"]),
          words={"truc_tiep": "Trực tiếp", "truc_tuyen": "Trực tuyến"}),
    Field("fee", "Phí, lệ phí", "money", _fee),
)  # fmt: skip

_DONG, _MILLION = Decimal(1), Decimal(10**6)
_ONE_LOT = ("site", "commune", "lot", "round")
FORMS = (
    Form("procedures_vp", "TỔNG HỢP HỒ SƠ THỦ TỤC HÀNH CHÍNH", _DOSSIERS, ("dossier_id",), _DONG, "procedure_name"),
    Form("investment_vp", "TÌNH HÌNH GIẢI NGÂN VỐN ĐẦU TƯ CÔNG NĂM 2025", _INVESTMENT_VP, ("project_code",), None,
         "project_name"),
    Form("investment_hb", "TÌNH HÌNH GIẢI NGÂN VỐN ĐẦU TƯ CÔNG NĂM 2025", _INVESTMENT_HB, ("project_code",), _DONG,
         "project_name"),
    Form("land_auction_vp", "KẾT QUẢ ĐẤU GIÁ QUYỀN SỬ DỤNG ĐẤT", _AUCTION, _ONE_LOT, None, "site"),
    Form("land_auction_pt", "KẾT QUẢ ĐẤU GIÁ QUYỀN SỬ DỤNG ĐẤT", _AUCTION, _ONE_LOT, _DONG, "site"),
    Form("land_auction_hb", "KẾT QUẢ ĐẤU GIÁ QUYỀN SỬ DỤNG ĐẤT", _AUCTION, _ONE_LOT, _MILLION, "site"),
    Form("site_clearance_hb", "TIẾN ĐỘ GIẢI PHÓNG MẶT BẰNG", _CLEARANCE, ("project_code",), None, "project_name"),
    Form("site_clearance_vp", "TIẾN ĐỘ GIẢI PHÓNG MẶT BẰNG", _CLEARANCE, ("project_code",), None, "project_name"),
    Form("housing_vp", "DANH SÁCH HỘ ĐƯỢC HỖ TRỢ NHÀ Ở", _HOUSING, ("household_id",), _DONG, "source_fund"),
    Form("centre_readiness", "TÌNH HÌNH TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG", _READINESS, ("centre",), _DONG, "centre"),
)  # fmt: skip
