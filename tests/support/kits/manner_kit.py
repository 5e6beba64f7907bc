"""Manners in which an office writes a table down: units, numbers, days, header, rows that are no data, kinds of file.

`draw_manner` draws one. What a manner leaves open for any reader is told by `lost_kinds`; a manner by which a careful
reader may have to refuse something is `is_hard`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from dagster_project.simulate.tcvn3 import encode as encode_tcvn3
from tests.support.kits.cell_kit import Broken, Shown
from tests.support.kits.format_kit import FORMATS, SPELLINGS, type_in_vni
from tests.support.kits.truth_kit import Field, Form

# Units ---------------------------------------------------------------------------------------------------------------

MONEY_WORDS: dict[Decimal, list[str]] = {
    Decimal(1): ["đồng", "đ", "VNĐ", "VND", "vnđ", "Đồng Việt Nam"],
    Decimal(10**3): ["nghìn đồng", "ngàn đồng", "Ng.đồng", "1.000 đ", "1,000 đồng", "1000 đồng", "10^3 đ", "nghìn đ"],
    Decimal(10**6): ["triệu đồng", "tr.đ", "trđ", "Tr.đồng", "triệu.đồng", "Triệu", "10^6 đồng", "10⁶ đ", "triệu-đồng",
                     "TRIỆU ĐỒNG", "triệu (VNĐ)"],
    Decimal(10**9): ["tỷ đồng", "tỉ đồng", "tỷ.đ", "Tỷ đồng", "10^9 đồng", "tỷ VNĐ"],
}  # fmt: skip
LOST_MONEY = [
    "T.đồng", "T.đ", "USD", "triệu USD", "1.000 USD", "đồng/m2", "nghìn tấn", "10.000 đồng", "triệu/đồng", "K đồng",
]  # fmt: skip
"""What may be two things, or is no amount in đồng."""
MEASURE_WORDS: dict[str, dict[str, Decimal]] = {
    "ha": {"ha": Decimal(1), "HA": Decimal(1), "m2": Decimal(10_000), "m²": Decimal(10_000), "km2": Decimal("0.01")},
    "m2": {"m2": Decimal(1), "m²": Decimal(1), "ha": Decimal("0.0001"), "Ha": Decimal("0.0001")},
    "Mbps": {"Mbps": Decimal(1), "Gbps": Decimal("0.001"), "Mb/s": Decimal(1), "Kbps": Decimal(1000)},
    "giờ": {"giờ": Decimal(1), "phút": Decimal(60)},
}
"""Unit of the contract → unit of the file → how many of the file's are one of the contract's."""
LOST_MEASURES = {"ha": ["sào", "%", "dm2", "tấn"], "m2": ["sào", "%", "mẫu"], "Mbps": ["%"], "giờ": ["%"]}
UNIT_LINES = ["ĐVT: {}", "Đ.V.T: {}", "Đơn vị tính: {}", "(Đơn vị: {})", "ĐVT {}", "(ĐVT: {})", "Đơn vị tính : {}."]
DATED = [
    "(Số liệu đến ngày 31/08/2025)", "Tính đến ngày 31-8-2025", "(Đến hết ngày 31 tháng 8 năm 2025)",
    "Tháng 8 năm 2025", "8 tháng đầu năm 2025", "Từ ngày 01/01/2025 đến ngày 31/8/2025", "Tháng tám năm 2025",
    "(Số liệu từ 01/8/2025 – 31/8/2025)", "(Từ ngày 01/08 đến 31/08/2025)",
]  # fmt: skip

# Numbers and days ----------------------------------------------------------------------------------------------------

_MARKS = {
    "vi": (".", ","), "vi_spaces": (" ", ","), "vi_hard_spaces": ("\u00a0", ","), "vi_plain": ("", ","),
    "vi_padded": (".", ","), "en": (",", "."), "en_plain": ("", "."), "en_padded": (",", "."),
}  # fmt: skip
NUMBERS = ["cells", *_MARKS, "own", "cells_and_vi", "both", "scaled", "shown"]
"""`own`: each column its own style; `both`: two styles in each column; `scaled`: cells of đồng shown in the unit;
`shown`: cells with the formats of an office."""
DAYS = [
    "d/m/Y", "dd/mm/Y", "d-m-Y", "d.m.Y", "d/m/y", "m/d/Y", "iso", "compact", "said", "spelled", "real", "real_1904",
    "serial", "serial_1904", "both", "swapped", "swapped_back",
]  # fmt: skip
CLOCKS = ["{day} {at:%H:%M}", "{at:%H:%M} {day}", "{day} {at:%H:%M:%S}", "{at:%H}h{at:%M} ngày {day}", "half"]
_UNITS_SAID = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]


def write_number(value: Decimal, style: str, is_in_brackets: bool = False) -> Any:
    """Write a number down: a number cell, or a text in one of the styles; a negative one with a sign, or in
    brackets."""
    if style in ("cells", "scaled", "shown"):
        return int(value) if value == value.to_integral_value() else float(value)
    group, mark = _MARKS[style]
    digits = f"{abs(value):f}"
    whole, _, part = digits.partition(".")
    part = part.rstrip("0")
    if style.endswith("padded") and len(part) <= 2:
        part = part.ljust(2, "0")
    grouped = f"{int(whole):,}".replace(",", group)
    written = grouped + (mark + part if part else "")
    return written if value >= 0 else f"({written})" if is_in_brackets else f"-{written}"


def say_number(number: int) -> str:
    """A day, a month or the year 2025 in words."""
    if number == 2025:
        return "hai nghìn không trăm hai mươi lăm"
    tens, ones = divmod(number, 10)
    if tens == 0:
        return "tư" if number == 4 else _UNITS_SAID[ones]
    one = {0: "", 1: "mốt" if tens > 1 else "một", 4: "tư" if tens > 1 else "bốn", 5: "lăm"}.get(
        ones, _UNITS_SAID[ones]
    )
    return f"{'mười' if tens == 1 else _UNITS_SAID[tens] + ' mươi'} {one}".strip()


def write_day(day: date, style: str) -> Any:
    """Write a day down. A moment keeps its time where the style is of cells."""
    d, m, y = day.day, day.month, day.year
    if style.startswith("real"):
        return day
    if style.startswith("serial"):
        first = date(1899, 12, 30) if style == "serial" else date(1904, 1, 1)
        of_day = (day.hour * 60 + day.minute) / 1440 if isinstance(day, datetime) else 0
        return (date(y, m, d) - first).days + of_day
    return {
        "d/m/Y": f"{d}/{m}/{y}", "dd/mm/Y": f"{d:02d}/{m:02d}/{y}", "d-m-Y": f"{d}-{m}-{y}", "d.m.Y": f"{d}.{m}.{y}",
        "d/m/y": f"{d}/{m}/{y - 2000}", "m/d/Y": f"{m}/{d}/{y}", "iso": f"{y}-{m:02d}-{d:02d}",
        "compact": f"{y}{m:02d}{d:02d}", "said": f"ngày {d} tháng {m} năm {y}",
        "spelled": f"ngày {say_number(d)} tháng {say_number(m)} năm {say_number(y)}",
    }[style]  # fmt: skip


def write_moment(moment: datetime, style: str, clock: str) -> Any:
    if style.startswith(("real", "serial")):
        return write_day(moment, style)
    day = write_day(moment, style)
    if style == "compact":
        return f"{day}{moment:%H%M%S}"
    if style in ("iso", "said", "spelled"):
        return f"{day} {moment:%H:%M}"
    if clock == "half":
        return f"{day} {moment.hour % 12 or 12:02d}:{moment:%M} {'SA' if moment.hour < 12 else 'CH'}"
    return clock.format(day=day, at=moment)


# The whole manner ----------------------------------------------------------------------------------------------------

OWN_NUMBER_CELLS = ("a.xlsx", "a.xls", "a.xlsb", "a.ods", "a.fods", "a.xml")
OWN_DAY_CELLS = ("a.xlsx", "a.ods", "a.fods", "a.xml")
WITH_MERGES = ("a.xlsx", "a.xls", "spans.html")
TEXT_OF_LINES = ("a.csv", "bom.csv", "utf16.txt", "utf16le.txt", "tcvn3.csv", "vni.csv")
CONTAINERS = [*(name for name in FORMATS if name != "b.mht"), "spans.html"]
PAIRS = [("Trong tháng", "Lũy kế từ đầu năm"), ("Kế hoạch", "Thực hiện"), ("Trong kỳ", "Lũy kế")]
SPOILT_CELLS = [
    True, Broken("#REF!"), Broken("#DIV/0!"), Shown(0.98, "0%", "98%"), Shown(3_500_000, '0.0,," triệu"', "3,5 triệu"),
    Shown(7, '0" sào"', "7 sào"), Shown(12, "0\\.0", "1.2"),
]  # fmt: skip
"""Of a workbook: a truth, errors, and numbers that are shown as something else than a figure of the column."""
SPOILT = ["#REF!", "#DIV/0!", "98%", "chưa có", "12..5", "31/6/2025", "1,2,3", "2,5E+11x", "TRUE"]
SPOILT_KEYS = ["2,5E+11", "1.23E+10", "03/05/2025", "2025-05-03", "#N/A", "3-May", "05-Thg7"]
"""What a spreadsheet, or a typing hand, leaves in the place of a figure or a day; and of a code."""
PARENTS = ["Thông tin chung", "Nội dung chi tiết", "Kết quả tổng hợp", "Số liệu báo cáo", "Trong đó"]


@dataclass(frozen=True)
class Manner:
    """Says how a table is written; see `draw_manner` for what each trait may be."""

    container: str
    font: str | None
    money: str | None
    money_factor: Decimal
    money_at: str
    money_said_again: bool
    unit_line: str
    measures: dict[str, tuple[str, Decimal | None]]
    counted_in_thousands: str | None
    numbers: str
    own_numbers: dict[str, str]
    days: str
    clock: str
    dated: str
    depth: int
    names_at: str
    has_unit_row: bool
    ordinal: str | None
    numbers_row: str | None
    order: tuple[int, ...]
    has_extra: bool
    places: str
    has_groups: bool
    parts: str | None
    total: str | None
    tail: tuple[str, ...]
    tables: str
    decoy: tuple[str, tuple[str, str]] | None
    only_decoy: bool
    spoilt: tuple[int, str, Any] | None
    marks: str | None
    empty: Any
    has_brackets: bool

    def is_lost(self, field: Field) -> bool:
        """Whether nobody can tell what the figures of a column are in."""
        if self.only_decoy and self.decoy is not None and self.decoy[0] == field.name:
            return True
        if field.kind == "money":
            return self.money in LOST_MONEY or self.money_at == "nowhere" or self.money_at == "against"
        if field.kind == "measure":
            return self.measures[field.name][1] is None
        return False

    @property
    def is_hard(self) -> bool:
        """Whether something of the file may have to be refused."""
        return (
            self.money in LOST_MONEY
            or self.money_at in ("nowhere", "against")
            or any(factor is None for _, factor in self.measures.values())
            or self.counted_in_thousands is not None
            or self.numbers in ("own", "both")
            or self.days in ("both", "swapped", "swapped_back")
            or self.only_decoy
            or self.spoilt is not None
            or (self.font is not None)
            or (self.tables != "one" and self.container in TEXT_OF_LINES)
        )


def can_hold(container: str, text: Any) -> bool:
    """Whether a file in an old encoding, or an old font, has the letters of a text."""
    try:
        if container.startswith("tcvn3"):
            encode_tcvn3(str(text))
            return not set("²³") & set(str(text))  # in this encoding their bytes are tones
        if container.startswith("vni"):
            type_in_vni(str(text)).encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


@st.composite
def draw_manner(draw: st.DrawFn, form: Form, is_easy: bool = False) -> Manner:
    """Draw a manner of writing a form; easy ones leave nothing open."""

    container = draw(st.sampled_from(CONTAINERS))

    def seldom() -> bool:
        return not is_easy and draw(st.integers(0, 7)) == 0

    font = draw(st.sampled_from(sorted(SPELLINGS))) if container in OWN_NUMBER_CELLS and seldom() else None

    def one(*options: Any) -> Any:
        return draw(st.sampled_from([option for option in options if can_hold(font or container, option)]))

    is_lines = container in TEXT_OF_LINES
    factor = one(*MONEY_WORDS)
    money_at = one("line", "title", "header", "header") if form.list_kind("money") else "none"
    if form.agreed is not None and money_at != "none" and draw(st.booleans()):
        money_at, factor = "agreed", form.agreed
    money = one(*MONEY_WORDS[factor])
    if money_at not in ("none", "agreed") and seldom():
        money_at = one(*(["nowhere"] if form.agreed is None else []), "against")
    elif money_at not in ("none", "agreed") and seldom():
        money = one(*LOST_MONEY)
    measures: dict[str, tuple[str, Decimal | None]] = {}
    for field in form.list_kind("measure"):
        word = one(*MEASURE_WORDS[field.unit])
        measures[field.name] = (word, MEASURE_WORDS[field.unit][word])
        if seldom():
            measures[field.name] = (one(*LOST_MEASURES[field.unit]), None)
    counts = form.list_kind("count")
    numbers = [
        style for style in NUMBERS
        if not (style in ("cells", "cells_and_vi") and container not in OWN_NUMBER_CELLS)
        and not (style in ("scaled", "shown") and container not in OWN_NUMBER_CELLS)
        and not (is_easy and style in ("own", "both"))
    ]  # fmt: skip
    days = [
        style for style in DAYS
        if not (style.startswith("real") and container not in OWN_DAY_CELLS)
        and not (style.startswith("serial") and container not in OWN_NUMBER_CELLS)
        and not (style.endswith("1904") and container != "a.xlsx")
        and not (style.startswith("swapped") and container != "a.xlsx")
        and not (is_easy and style in ("both", "swapped", "swapped_back"))
    ]  # fmt: skip
    style = one(*numbers)
    measured = dict.fromkeys(field.column for field in form.fields if field.is_figure)
    figures = [field for field in form.fields if field.is_figure and not field.above]
    least = 2 if any(field.above for field in form.fields) else 1
    has_unit_row = draw(st.booleans())
    depth = one(least, least, *range(least, 7))
    decoy = None
    if figures and depth >= 2 and draw(st.integers(0, 3)) == 0:
        name = one(*figures).name
        # Of a column that is a plan, "Kế hoạch" is the whole of it.
        decoy = name, one(*(pair for pair in PAIRS if not (name.startswith("plan") and "Kế hoạch" in pair[0])))
    places = ["column", "column", "groups_beside", *([] if is_lines else ["groups"])]
    places += ["merged"] if container in WITH_MERGES else []
    if "centre" in form.key:
        places = ["column"]
    return Manner(
        container=container,
        font=font,
        money=money,
        money_factor=factor,
        money_at=money_at,
        money_said_again=draw(st.booleans()),
        unit_line=one(*UNIT_LINES),
        measures=measures,
        counted_in_thousands=one(*counts).name if counts and seldom() else None,
        numbers=style,
        own_numbers={name: one("vi", "en") for name in measured} if style == "own" else {},
        days=one(*days),
        clock=one(*CLOCKS),
        dated=one(*DATED),
        depth=depth,
        names_at=one("top", "bottom", "both"),
        has_unit_row=has_unit_row and depth > least,
        ordinal=one("1", "1", "01", "1.", None),
        numbers_row=one(None, None, "{}", "({})", "int"),
        order=tuple(draw(st.permutations(range(len(form.fields))))) if draw(st.booleans()) else (),
        has_extra=draw(st.booleans()),
        places=one(*places),
        has_groups=draw(st.booleans()),
        parts=one(None, None, "Trong đó: phần đã quyết toán", "- Đợt 1", "Trong đó:", "+ Hợp phần 2"),
        total=one(None, "TỔNG SỐ", "Tổng cộng", "Cộng"),
        tail=tuple(draw(st.lists(st.sampled_from(["note", "marks", "signature"]), unique=True))),
        tables=one("one", "one", "one", "stacked", *([] if is_lines else ["beside"]),
                   *(["sheets"] if container == "a.xlsx" else [])),
        decoy=decoy,
        only_decoy=decoy is not None and seldom(),
        spoilt=_draw_spoilt(one, form, container)
        if seldom() else None,
        marks=one(None, None, None, "*", " (2)", "¹") if style in _MARKS else None,
        empty=one(None, "-", "…"),
        has_brackets=draw(st.booleans()),
    )  # fmt: skip


def _draw_spoilt(one: Callable[..., Any], form: Form, container: str) -> tuple[int, str, Any]:
    """Draw a row, a field, and what stands in its place."""
    field = one(*(field for field in form.fields if field.can_be_spoilt))
    said = SPOILT_KEYS if field.kind == "code" else [*SPOILT, *(SPOILT_CELLS if container in OWN_NUMBER_CELLS else [])]
    return one(*range(7)), field.name, one(*said)


def swap_days(day: date, is_back: bool) -> Any:
    """What a spreadsheet of the other order made of a typed day: a real date where it could, else the text as typed."""
    if day.day <= 12:
        return datetime(day.year, day.day, day.month)
    return f"{day.month}/{day.day}/{day.year}" if is_back else f"{day.day}/{day.month}/{day.year}"


def can_tell_swap(days: Sequence[date]) -> bool:
    """Whether a column has three days of each sort, from which on the exchange shows."""
    early = sum(day.day <= 12 for day in days)
    return early >= 3 and len(days) - early >= 3
