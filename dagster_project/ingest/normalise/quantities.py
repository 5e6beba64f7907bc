"""The units that a line of text names: "ĐVT: tr.đ" → one million đồng, "(m2)" where hectares are agreed → 1/10,000.

A phrase is taken apart as a whole: what was understood, and what is known to be no unit, is taken out, and nothing may
stay beside a unit. What stays makes the phrase one that is not understood; it is given back as written, and whoever
asks has to refuse what it stands for (docs/rules.md, "Units of money and measure").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from dagster_project.ingest.normalise import text


@dataclass(frozen=True)
class UnitReading:
    """Tells what a text says of one quantity: `factors`, what one of its units is in the wanted unit (none, one, or
    several that contradict each other), and `unread`, phrases as written that look like a unit and are not
    understood."""

    factors: frozenset[Decimal] = frozenset()
    unread: tuple[str, ...] = ()

    def __or__(self, other: UnitReading) -> UnitReading:
        return UnitReading(self.factors | other.factors, tuple(dict.fromkeys((*self.unread, *other.unread))))


# Words ---------------------------------------------------------------------------------------------------------------

_SCALES = {
    "chục": 10, "trăm": 10**2,
    "nghìn": 10**3, "nghin": 10**3, "ngàn": 10**3, "ngan": 10**3, "ng": 10**3, "vạn": 10**4,
    "triệu": 10**6, "trieu": 10**6, "tr": 10**6,
    "tỷ": 10**9, "tỉ": 10**9, "ty": 10**9, "ti": 10**9,
}  # fmt: skip
"""Both spellings occur: "nghìn" in the North, "ngàn" in the South; "tỷ" and "tỉ"; and all of them without accents."""
_AREA = {"m2": "1", "mét vuông": "1", "met vuong": "1", "ha": "10000", "hecta": "10000", "héc ta": "10000",
         "héc-ta": "10000", "hec ta": "10000", "km2": "1000000"}  # fmt: skip
_LENGTH = {"mm": "0.001", "cm": "0.01", "m": "1", "mét": "1", "km": "1000", "ki lô mét": "1000", "kilômét": "1000"}
_SPEED = {"kbps": "0.001", "kb/s": "0.001", "mbps": "1", "mb/s": "1", "mbit/s": "1", "gbps": "1000", "gb/s": "1000",
          "kbyte/s": "0.008", "mbyte/s": "8", "gbyte/s": "8000"}  # fmt: skip
_TIME = {"giây": "1", "phút": "60", "giờ": "3600", "h": "3600", "ngày": "86400"}
_SHARE = {"%": "1", "phần trăm": "1", "tỷ lệ %": "1", "‰": "0.1"}
_GROUPS: tuple[dict[str, str], ...] = (_AREA, _LENGTH, _SPEED, _TIME, _SHARE)
_GROUP_OF = {unit: at for at, group in enumerate(_GROUPS) for unit in group}
_MEASURES = {unit: Decimal(factor) for group in _GROUPS for unit, factor in group.items()}
# Measures of land that differ from province to province: known as units, and never converted.
_LOCAL = r"sào|mẫu|công(?: đất)?(?! trình| việc)|thước"
_COUNTED = (
    "hộ", "người", "nhân khẩu", "lượt", "hồ sơ", "thủ tục", "dự án", "công trình", "lô", "thửa", "nhà", "căn", "cái",
    "chiếc", "máy", "bộ", "trung tâm", "văn bản", "nhiệm vụ", "cuộc", "khu", "trường hợp", "doanh nghiệp", "xã",
)  # fmt: skip
"""What may be counted beside a unit: no unit of money or measure, with whatever says more of it ("hộ nghèo")."""
_NOTES = (
    "theo", "kèm", "gồm", "bao gồm", "kể cả", "trừ", "không", "chưa", "đã", "đang", "sẽ", "có", "cần", "nếu", "ước",
    "lũy kế", "cộng dồn", "tổng", "cộng", "trong", "ngoài", "thực tế", "thực hiện", "kế hoạch", "dự kiến", "tạm",
    "đến", "tính đến", "từ", "tại", "của", "cho", "do", "sau", "trước", "cả", "toàn", "số liệu", "phần", "làm tròn",
    "còn lại", "đất", "vốn", "nguồn", "ngân sách", "nstw", "nsđp", "nsdp", "nsnn", "oda", "klht", "thu hồi", "bàn giao",
    "bồi thường", "hỗ trợ", "thanh toán", "tạm ứng", "giải ngân", "phê duyệt", "đấu giá", "trúng", "khởi điểm", "mới",
    "cũ", "nay", "chi tiết", "ghi", "xem", "bình quân", "trung bình", "tối đa", "tối thiểu", "viết tắt", "năm nay",
)  # fmt: skip
"""How words begin that say which part is meant, as of when, or where from."""


def _choose(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_JOIN = r"[ .\-_]*"
_NUMBER = r"(?:10\s?(?:\^|mũ)\s?[369](?!\d)|1(?:[., ]?000)+(?![.,]?\d)|1(?=\s))"
_WORD = rf"(?:{_choose(_SCALES)})"
_SCALE = rf"(?:{_NUMBER}{_JOIN}(?:{_WORD}{_JOIN})*|(?:{_WORD}{_JOIN})+)"
_DONG = r"(?:đồng(?: việt nam| vn)?|việt nam đồng|vn[ .]?(?:đồng|đ|dong|d(?![^\W_]))|dong|đ|d(?=$|[^\w]))"
_MONEY = re.compile(
    rf"(?<![^\W_])(?:{_DONG}\s*\(\s*(?P<behind>{_SCALE})\s*\)"
    rf"|(?P<scale>{_SCALE})?[()]?\s*{_DONG}\.?(?![^\W_])(?:\s*\(\s*{_DONG}\s*\))?)"
)
_BARE_SCALE = re.compile(rf"(?<![^\W_])(?:{_SCALE})(?![^\W_])")
# "T.đồng" may be triệu or tỷ.
_UNSURE = re.compile(r"(?<![^\W_])t(?:[ .]*(?:đồng|dong|đ|vnđ|vnd))?\.?(?![^\W_])")
_FOREIGN = re.compile(
    r"(?<![^\W_])(?:usd|us\$|đô[ -]?la(?: mỹ)?|đô|eur|euro|jpy|yên(?: nhật)?|cny|rmb|nhân dân tệ|krw|won|bảng anh|gbp)"
    r"(?![^\W_])|[$€¥£]"
)
_PRICE = re.compile(rf"{_MONEY.pattern}\s*(?:/|trên|một|mỗi)\s*(?:{_choose([*_MEASURES, *_COUNTED])})(?![^\W_])")
_MEASURE = re.compile(rf"(?<![^\W_])(?P<scale>{_SCALE})?(?P<unit>{_choose(_MEASURES)}|{_LOCAL})(?![^\W_²³])(?!/)")
_UNIT_NAME = re.compile(rf"(?<![^\W_])(?:{_choose(_MEASURES)})(?![^\W_²³])")
_COUNT = re.compile(rf"(?<![^\W_])(?P<scale>{_SCALE})?(?:{_choose(_COUNTED)})(?![^\W_])")
# Words in which a unit's name means something else.
_NO_UNIT = re.compile(
    r"(?<![^\W_])(?:(?:hợp|hội|cộng) đồng|đồng (?:bộ|bào|chí|thời)|đô thị|công (?:an|chức|cộng|ích|nghệ|ty)|"
    r"(?:biểu|theo) mẫu|mẫu (?:biểu|số))(?![^\W_])"
)
_DATED = re.compile(
    r"(?<![^\W_])(?:(?:ngày|tháng|quý|năm|kỳ|đợt|lần|cột|tuần|giai đoạn|trang|biểu|số|qđ|nq|nđ|tt|kh|quyết định|"
    r"nghị quyết|nghị định|thông tư|luật|khoản|điều|mục)(?: số| từ)?\s?(?:\d[\w/.\-–]*+|[ivx]+(?![^\W_]))|"
    r"\d{1,2}[/.\-]\d{1,2}[/.\-](?:19|20)\d\d(?!\d)|\d{1,2}/(?:19|20)\d\d(?!\d)|"
    r"(?:19|20)\d\d(?!\d)(?:\s?[\-–]\s?(?:19|20)\d\d)?+)"
    rf"(?!\s*(?:{_SCALE}|{_DONG}|{_choose(_MEASURES)}|[x×*])(?![^\W_]))"
)
# What an office says before a unit; and units of other quantities, which no sentence hides.
_BEFORE = re.compile(r"\s*\(?(?:đ\.?v\.?t\.?|đơn vị(?: tính)?|tính (?:bằng|theo)|bằng)(?![^\W_])\s*:?\s*")
_OTHER = re.compile(r"(?<![^\W_])(?:tấn|tạ|yến|kg|lít|acre|dặm|khối|feet|inch|are)(?![^\W_])")
_FOOTNOTE = re.compile(r"\(\s*(?:\d|\*+)\s*\)|(?<!\w)\*+(?!\w)")
_COLUMN_NUMBERS = re.compile(r"[(\[]?\s*\d{1,2}[a-d]?(?:\s*[=+\-–:/*x]\s*\(?\d{1,2}[a-d]?\)?)*\s*[)\]]?|[*]+")
_NOTE = re.compile(rf"(?:{_choose(_NOTES)})(?![^\W_])")
_SEPARATORS = re.compile(r"[\s.,;:()\[\]\-–_\"'“”‘’]+")
_PARTS = re.compile(r";|,(?!\d{3}(?!\d))|\n|(?<!\w)và(?!\w)")
_POWER = re.compile("10\\s?([³⁶⁹])")
_SUPERSCRIPTS = str.maketrans("²³⁶⁹", "2369")
_BYTES = re.compile(r"(?<!\w)([KMG])B(?:/s|ps)(?!\w)")
_UNSURE_BYTES = re.compile(r"(?<!\w)([KMG]B/)S(?!\w)")


def _fold(value: str) -> str:
    """Fold a phrase. Its capitals tell bytes from bits: "MB/s" is eight times "Mb/s", and "MB/S" may be both."""
    spelled = _UNSURE_BYTES.sub(r"\1?s", _BYTES.sub(r"\1byte/s", value))
    return text.make_key(_POWER.sub(r"10^\1", spelled).translate(_SUPERSCRIPTS))


# A phrase, taken apart -----------------------------------------------------------------------------------------------


@dataclass
class _Phrase:
    """Holds what a phrase names. `units`: (unit, scale) of measures; `strange`: parts of which nothing is known;
    `spoilt`: units of measure beside which something stays; `is_money`: it speaks of money; `is_spoilt`: something
    stays beside money, or looks like it."""

    amounts: set[Decimal] = field(default_factory=set)
    scales: list[Decimal] = field(default_factory=list)
    units: list[tuple[str, Decimal]] = field(default_factory=list)
    counts: list[Decimal] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    spoilt: set[str] = field(default_factory=set)
    has_price: bool = False
    is_money: bool = False
    is_spoilt: bool = False


@lru_cache(maxsize=4096)
def _take_apart(phrase: str) -> _Phrase:
    """Take a folded phrase apart, part by part: "hộ; triệu đồng" has two."""
    said = _Phrase()
    for named in _PARTS.split(_FOOTNOTE.sub(" ", phrase)):
        part = _BEFORE.sub("", named, count=1) if _BEFORE.match(named) else named
        _take_part(said, _NO_UNIT.sub(_NOTES[0], _DATED.sub(" ", part)), part)
    return said


def _take_part(said: _Phrase, part: str, whole: str) -> None:
    prices = _PRICE.search(part) is not None
    rest = _PRICE.sub(" ", part)
    units = list(_MEASURE.finditer(rest))
    rest = _MEASURE.sub(" ", rest)
    is_unsure = bool(_UNSURE.search(rest) or _FOREIGN.search(rest))
    amounts = [_multiply(found["scale"] or found["behind"] or "") for found in _MONEY.finditer(rest)]
    rest = _MONEY.sub(" ", rest)
    counts = list(_COUNT.finditer(rest))
    rest = _SEPARATORS.sub(" ", _COUNT.sub(" ", rest)).strip()
    scaled = [_multiply(found["scale"]) for found in counts if found["scale"]]
    said.has_price |= prices
    said.is_money |= prices or is_unsure or bool(amounts)
    said.amounts |= set(amounts)
    said.counts += scaled
    said.units += [(found["unit"], _multiply(found["scale"] or "")) for found in units]
    is_odd = re.search(r"[^\w ]|\d", rest) is not None
    said.spoilt |= set(_UNIT_NAME.findall(rest))  # "ha/triệu đồng"
    if is_unsure or (amounts and (units or scaled or prices)):
        said.is_spoilt = True
        said.spoilt |= {found["unit"] for found in units}
    elif rest and not (units or amounts or counts or prices) and _BARE_SCALE.fullmatch(rest) and _has_word(rest):
        said.scales.append(_multiply(rest))
    elif len({_GROUP_OF.get(found["unit"]) for found in units}) > 1:  # "ha m" is none of the two
        said.spoilt |= {found["unit"] for found in units}
    elif _BARE_SCALE.search(rest) or (rest and amounts and (is_odd or not _NOTE.match(rest))):
        said.is_spoilt = True
        said.spoilt |= {found["unit"] for found in units}
        said.strange += [] if amounts else [" ".join(whole.split())]
    elif is_odd or _OTHER.search(rest) or (rest and not counts and not _NOTE.match(rest)):
        said.is_spoilt |= is_odd and not units
        said.spoilt |= {found["unit"] for found in units} | set(_OTHER.findall(rest))
        said.strange.append(" ".join(whole.split()))


def _has_word(scale: str) -> bool:
    return re.search(r"[^\W\d]|\^", scale) is not None


def _multiply(scale: str) -> Decimal:
    product = Decimal(1)
    for power in re.findall(r"10\s?(?:\^|mũ)\s?([369])", scale):
        product *= 10 ** int(power)
    for number in re.findall(r"1(?:[., ]?000)+", scale):
        product *= int(re.sub(r"[., ]", "", number))
    for word in re.findall(_WORD, scale):
        product *= _SCALES[word]
    return product


# What it says of a quantity ------------------------------------------------------------------------------------------


def read_money(phrase: str) -> UnitReading:
    """Read what one unit is in đồng from a phrase: "tr.đ" → 1,000,000. Unread is a phrase with foreign money, with
    "T.đồng", which may be triệu or tỷ, with anything unknown beside its money, and "đồng/m2", a price of something
    else, where no amount stands beside it."""
    said = _take_apart(_fold(phrase))
    others = said.amounts or said.units or said.counts or said.strange or said.has_price
    if said.is_spoilt or (said.has_price and not said.amounts) or (said.scales and (others or len(said.scales) > 1)):
        return UnitReading(unread=(text.clean_text(phrase),))
    return UnitReading(frozenset(said.amounts or said.scales))  # "ĐVT: triệu"


def read_measure(phrase: str, wanted: str) -> UnitReading:
    """Read what one unit is in the `wanted` one ("ha", "m2", "Mbps", …) from a phrase: "(m2)" → 1/10,000 of a hectare.

    A unit of another quantity says nothing here; unread are a local measure of land, a share where a measure is wanted,
    and a measure beside which something stays ("100 m2").
    """
    said = _take_apart(_fold(phrase))
    group = next(group for group in _GROUPS if wanted.lower() in group)
    foreign = {unit for unit, _ in said.units if unit not in group and (unit not in _MEASURES or unit in _SHARE)}
    one = Decimal(group[wanted.lower()])
    factors = frozenset(scale * _MEASURES[unit] / one for unit, scale in said.units if unit in group)
    foreign -= set(_SHARE) if factors else set()  # "ha; %": the share is another column's
    if foreign or any(unit in group for unit in said.spoilt):
        return UnitReading(unread=(text.clean_text(phrase),))
    return UnitReading(factors)


def read_count(phrase: str) -> UnitReading:
    """Read what a phrase says of a count: "nghìn hồ sơ" → 1,000; a share is unread, for its whole is not told, and so
    is a scale or a number that is not understood ("10 hộ")."""
    said = _take_apart(_fold(phrase))
    is_share = any(unit in _SHARE for unit, _ in said.units)
    is_odd = said.is_spoilt and not (said.is_money or said.units or _is_of_columns(phrase))
    if is_share or is_odd or len({*said.scales, *said.counts}) > 1:
        return UnitReading(unread=(text.clean_text(phrase),))
    return UnitReading(frozenset([*said.scales, *said.counts]))


def read_bracket(phrase: str, wanted: str | None) -> UnitReading:
    """Read what the bracket of a header says of its column: of money where nothing is `wanted`, else of a measure.

    Nothing is said by a note: what is counted, which part is meant, numbers of columns, a sentence. Whatever else is
    unread, for it may be a unit: another quantity's, or one that nobody knows ("tấn", "dm2").
    """
    if _is_of_columns(phrase):
        return UnitReading()
    phrase = "; ".join(part for part in phrase.split("; ") if not _is_of_columns(part))
    reading = read_money(phrase) if wanted is None else read_measure(phrase, wanted)
    said = _take_apart(_fold(phrase))
    is_other = said.units or said.spoilt or said.is_spoilt or said.amounts or said.scales or said.counts
    is_strange = any(len(_SEPARATORS.sub(" ", part).split()) < _SENTENCE for part in said.strange)
    if reading.factors or reading.unread or not (is_other or is_strange):
        return reading
    return UnitReading(unread=(text.clean_text(phrase),))


_SENTENCE = 3
"""From so many words on an unknown text without any unit is a sentence about the column."""


def _is_of_columns(phrase: str) -> bool:
    return _COLUMN_NUMBERS.fullmatch(phrase.strip()) is not None


def is_strange(phrase: str) -> bool:
    """Tell whether some part of a phrase is neither understood, nor money, nor known to be no unit: "suất"."""
    return bool(_take_apart(_fold(phrase)).strange)


def read_unit_of_cell(phrase: str, wanted: str | None) -> Decimal | None:
    """Read the unit behind the figure of a cell, "3 tỷ" or "120 m2": what one is in đồng where nothing is `wanted`,
    else in that unit. None for whatever is more, or less, than one unit of that quantity."""
    folded = _fold(phrase).strip(" .")
    if wanted is None:
        is_unit, reading = _MONEY.fullmatch(folded) or _BARE_SCALE.fullmatch(folded), read_money(phrase)
    else:
        is_unit, reading = _MEASURE.fullmatch(folded), read_measure(phrase, wanted)
    is_told = is_unit and not reading.unread and len(reading.factors) == 1
    return next(iter(reading.factors)) if is_told else None


def join_readings(readings: Iterable[UnitReading]) -> UnitReading:
    """Join what several phrases say of one quantity."""
    whole = UnitReading()
    for reading in readings:
        whole |= reading
    return whole


# Where a text speaks of units ----------------------------------------------------------------------------------------

_UNIT_LINE = re.compile(
    r"(?<![^\W_])(?:đ\.?\s?v\.?\s?t\.?|dvt|đv tính|đơn vị\s?tính|don vi tinh|đơn vị tiền(?: tệ)?|đơn vị đo)(?![^\W_])"
    r"\s*[:.,\-–]?\s*(?P<said>[^\n]*)"
)
# A sentence that tells it, above a table or in a note below: "Số liệu tính bằng tỷ đồng".
_UNIT_SENTENCE = re.compile(
    r"(?<![^\W_])(?:tính|ghi|lập|thể hiện) (?:bằng|theo)(?: đơn vị(?: tính)?)?\s*:?\s*"
    rf"(?P<said>(?:(?:{_SCALE})?\(?\s*{_DONG}(?![^\W_])|(?:{_WORD}{_JOIN})+(?![^\W_])(?! ?lệ)|{_FOREIGN.pattern}"
    rf"|{_UNSURE.pattern}|(?:{_choose([*_AREA, *_LENGTH, *_SPEED])}|sào)(?![^\W_²³]))[^\n.;,()]*)"
)
# "Đơn vị:" also begins the name of an agency: only what is, or holds, a unit counts.
_UNIT_OR_OFFICE = re.compile(r"(?:^|.*[(\[;.,–\-]\s*)\s*(?:đơn vị|don vi)\s*[:\-–]\s*(?P<said>[^\n]*)")
_OFFICE = re.compile(
    r"(?:ubnd|ủy ban|uỷ ban|hđnd|hội|sở|ban|phòng|xã|phường|thị|tp|thành phố|huyện|tỉnh|trung tâm|ttpv|công ty|cty|"
    r"tổng|chi cục|cục|đảng|trường|tổ|văn phòng|vp|kho bạc|kbnn|bộ|viện|cơ quan|chủ|doanh nghiệp|hợp tác|htx|quỹ|"
    r"ngân hàng|bệnh viện|trạm|đội|khu|thôn|xóm|bản|công an|tòa|mttq|mặt trận|liên)(?![^\W_])"
)


def find_unit_phrases(title: str) -> list[str]:
    """Find what the ĐVT lines of a title, or the lines that are nothing but a unit, say, as written: "ĐVT: Tr.đ" →
    "Tr.đ"."""
    marked: list[str] = []
    alone: list[str] = []
    for line in map(text.clean_text, title.split("\n")):
        folded = text.make_key(line)
        written = line if len(line) == len(folded) else folded
        told = [_cut_bracket(written[slice(*found.span("said"))]) for found in _UNIT_LINE.finditer(folded)]
        marked += told
        if told:
            continue
        told = [written[slice(*found.span("said"))].strip() for found in _UNIT_SENTENCE.finditer(folded)]
        alone += told
        if told:
            continue
        named = _UNIT_OR_OFFICE.match(folded)
        phrase = _cut_bracket(written[slice(*named.span("said"))]) if named else ""
        if phrase and _names_unit(phrase):
            alone.append(phrase)
        elif not named and _is_unit_alone(line):
            alone.append(_cut_bracket(line.lstrip("( ")))
    return [*filter(None, marked), *alone]


def name_bare_unit(cell: str) -> Literal["unit", "counted"] | None:
    """Tell whether a cell is a unit and nothing else, "m2" or "(triệu đồng)", or what is counted, "hộ", which may be a
    word of a header as well. None for any other."""
    plain = cell.strip().strip("()")
    folded = _fold(plain)
    if folded in _MEASURES or folded in ("tháng", "m3") or find_unit_phrases(plain):
        return "unit"
    return "counted" if folded in _COUNTED or folded == "thôn" else None


def is_unit_heading(header: str) -> bool:
    """Tell whether a header is that of a column which names the unit of each row: "ĐVT"."""
    found = _UNIT_LINE.fullmatch(text.make_key(header.replace("_", " ")).strip(" .:"))
    return found is not None and not found["said"].strip(" .:")


def _cut_bracket(phrase: str) -> str:
    """Cut a phrase at the bracket that closes what it stands in: "(ĐVT: triệu (VNĐ))" → "triệu (VNĐ)"."""
    depth = 0
    for at, letter in enumerate(phrase):
        depth += (letter in "([") - (letter in ")]")
        if depth < 0:
            phrase = phrase[:at]
            break
    return phrase.strip(" .;")


def _names_unit(phrase: str) -> bool:
    """Tell whether what stands behind "Đơn vị:" is, or holds, a unit: "triệu", "10.000 đồng", "đồng/m2"; a number
    alone does not, nor the name of an office ("xã Đồng Lương", "Đồng Tâm")."""
    folded = _fold(phrase)
    if _OFFICE.match(folded) or not re.search(r"[^\W\d]|\^|[$€¥£%]", folded):
        return False
    if _MEASURE.fullmatch(folded) or _UNSURE.fullmatch(folded):
        return True
    named = any(pattern.search(folded) for pattern in (_MONEY, _FOREIGN, _BARE_SCALE))
    return named and not _is_name(phrase)


def _is_name(phrase: str) -> bool:
    """Tell whether a phrase is of nothing but words with a capital, of which one at least names no unit."""
    stays = _SEPARATORS.sub("", _BARE_SCALE.sub("", _MONEY.sub("", _fold(phrase))))
    return bool(stays) and all(len(word) > 1 and word.isalpha() and word.istitle() for word in phrase.split())


def _is_unit_alone(line: str) -> bool:
    """Tell whether a line is an amount's unit and nothing else; one that may be two scales, or foreign, is one."""
    folded = _fold(line).strip("() .")
    if _UNSURE.fullmatch(folded) or re.fullmatch(rf"(?:{_SCALE})?(?:{_FOREIGN.pattern})", folded):
        return True
    return bool(_MONEY.search(folded)) and not _SEPARATORS.sub("", _MONEY.sub("", folded, count=1))


def tell_readings(phrase: str) -> str:
    """Tell in brackets what a phrase may mean that can be read in two ways; '' for any other."""
    return " (triệu hay tỷ đồng?)" if _UNSURE.search(_fold(phrase)) else ""
