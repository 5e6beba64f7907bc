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
from dagster_project.ingest.normalise.wording.unit_words import (
    AREA,
    BARE_SCALE,
    BEFORE,
    BYTES,
    COLUMN_NUMBERS,
    COUNT,
    COUNTED,
    DATED,
    DONG,
    FOOTNOTE,
    FOREIGN,
    GROUP_OF,
    GROUPS,
    JOIN,
    LENGTH,
    MEASURE,
    MEASURES,
    MONEY,
    NO_UNIT,
    NOTE,
    NOTES,
    OTHER,
    PARTS,
    POWER,
    PRICE,
    SCALE,
    SCALES,
    SEPARATORS,
    SHARE,
    SPEED,
    SUPERSCRIPTS,
    UNIT_NAME,
    UNSURE,
    UNSURE_BYTES,
    WORD,
    choose,
)


@dataclass(frozen=True)
class UnitReading:
    """Tells what a text says of one quantity: `factors`, what one of its units is in the wanted unit (none, one, or
    several that contradict each other), and `unread`, phrases as written that look like a unit and are not
    understood."""

    factors: frozenset[Decimal] = frozenset()
    unread: tuple[str, ...] = ()

    def __or__(self, other: UnitReading) -> UnitReading:
        return UnitReading(self.factors | other.factors, tuple(dict.fromkeys((*self.unread, *other.unread))))


def _fold(value: str) -> str:
    """Fold a phrase. Its capitals tell bytes from bits: "MB/s" is eight times "Mb/s", and "MB/S" may be both."""
    spelled = UNSURE_BYTES.sub(r"\1?s", BYTES.sub(r"\1byte/s", value))
    return text.make_key(POWER.sub(r"10^\1", spelled).translate(SUPERSCRIPTS))


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
    for named in PARTS.split(FOOTNOTE.sub(" ", phrase)):
        part = BEFORE.sub("", named, count=1) if BEFORE.match(named) else named
        _take_part(said, NO_UNIT.sub(NOTES[0], DATED.sub(" ", part)), part)
    return said


def _take_part(said: _Phrase, part: str, whole: str) -> None:
    prices = PRICE.search(part) is not None
    rest = PRICE.sub(" ", part)
    units = list(MEASURE.finditer(rest))
    rest = MEASURE.sub(" ", rest)
    is_unsure = bool(UNSURE.search(rest) or FOREIGN.search(rest))
    amounts = [_multiply(found["scale"] or found["behind"] or "") for found in MONEY.finditer(rest)]
    rest = MONEY.sub(" ", rest)
    counts = list(COUNT.finditer(rest))
    rest = SEPARATORS.sub(" ", COUNT.sub(" ", rest)).strip()
    scaled = [_multiply(found["scale"]) for found in counts if found["scale"]]
    said.has_price |= prices
    said.is_money |= prices or is_unsure or bool(amounts)
    said.amounts |= set(amounts)
    said.counts += scaled
    said.units += [(found["unit"], _multiply(found["scale"] or "")) for found in units]
    is_odd = re.search(r"[^\w ]|\d", rest) is not None
    said.spoilt |= set(UNIT_NAME.findall(rest))  # "ha/triệu đồng"
    if is_unsure or (amounts and (units or scaled or prices)):
        said.is_spoilt = True
        said.spoilt |= {found["unit"] for found in units}
    elif rest and not (units or amounts or counts or prices) and BARE_SCALE.fullmatch(rest) and _has_word(rest):
        said.scales.append(_multiply(rest))
    elif len({GROUP_OF.get(found["unit"]) for found in units}) > 1:  # "ha m" is none of the two
        said.spoilt |= {found["unit"] for found in units}
    elif BARE_SCALE.search(rest) or (rest and amounts and (is_odd or not NOTE.match(rest))):
        said.is_spoilt = True
        said.spoilt |= {found["unit"] for found in units}
        said.strange += [] if amounts else [" ".join(whole.split())]
    elif is_odd or OTHER.search(rest) or (rest and not counts and not NOTE.match(rest)):
        said.is_spoilt |= is_odd and not units
        said.spoilt |= {found["unit"] for found in units} | set(OTHER.findall(rest))
        said.strange.append(" ".join(whole.split()))


def _has_word(scale: str) -> bool:
    return re.search(r"[^\W\d]|\^", scale) is not None


def _multiply(scale: str) -> Decimal:
    product = Decimal(1)
    for power in re.findall(r"10\s?(?:\^|mũ)\s?([369])", scale):
        product *= 10 ** int(power)
    for number in re.findall(r"1(?:[., ]?000)+", scale):
        product *= int(re.sub(r"[., ]", "", number))
    for word in re.findall(WORD, scale):
        product *= SCALES[word]
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
    group = next(group for group in GROUPS if wanted.lower() in group)
    foreign = {unit for unit, _ in said.units if unit not in group and (unit not in MEASURES or unit in SHARE)}
    one = Decimal(group[wanted.lower()])
    factors = frozenset(scale * MEASURES[unit] / one for unit, scale in said.units if unit in group)
    foreign -= set(SHARE) if factors else set()  # "ha; %": the share is another column's
    if foreign or any(unit in group for unit in said.spoilt):
        return UnitReading(unread=(text.clean_text(phrase),))
    return UnitReading(factors)


def read_count(phrase: str, *, is_own: bool = True) -> UnitReading:
    """Read what a phrase says of a count: "nghìn hồ sơ" → 1,000; a share is unread, for its whole is not told, and so
    is a scale or a number that is not understood ("10 hộ"), and a lone "triệu" or "tỷ", which are of money.

    `is_own`: the phrase is the column's own, not that of a header above several: then a unit of money or measure is
    unread, too, for the figures are not of what is counted.
    """
    said = _take_apart(_fold(phrase))
    is_share = any(unit in SHARE for unit, _ in said.units)
    is_odd = said.is_spoilt and not (said.is_money or said.units or _is_of_columns(phrase))
    is_other = is_own and any(name_bare_unit(part) == "unit" for part in PARTS.split(phrase))
    is_vast = any(scale > SCALES["nghìn"] for scale in said.scales)
    if is_share or is_odd or is_other or is_vast or len({*said.scales, *said.counts}) > 1:
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
    is_strange = any(len(SEPARATORS.sub(" ", part).split()) < _SENTENCE for part in said.strange)
    if reading.factors or reading.unread or not (is_other or is_strange):
        return reading
    return UnitReading(unread=(text.clean_text(phrase),))


_SENTENCE = 3
"""From so many words on an unknown text without any unit is a sentence about the column."""


def _is_of_columns(phrase: str) -> bool:
    return COLUMN_NUMBERS.fullmatch(phrase.strip()) is not None


def is_strange(phrase: str) -> bool:
    """Tell whether some part of a phrase is neither understood, nor money, nor known to be no unit: "suất"."""
    return bool(_take_apart(_fold(phrase)).strange)


def read_unit_of_cell(phrase: str, wanted: str | None) -> Decimal | None:
    """Read the unit behind the figure of a cell, "3 tỷ" or "120 m2": what one is in đồng where nothing is `wanted`,
    else in that unit. None for whatever is more, or less, than one unit of that quantity."""
    folded = _fold(phrase).strip(" .")
    if wanted is None:
        is_unit, reading = MONEY.fullmatch(folded) or BARE_SCALE.fullmatch(folded), read_money(phrase)
    else:
        is_unit, reading = MEASURE.fullmatch(folded), read_measure(phrase, wanted)
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
    rf"(?P<said>(?:(?:{SCALE})?\(?\s*{DONG}(?![^\W_])|(?:{WORD}{JOIN})+(?![^\W_])(?! ?lệ)|{FOREIGN.pattern}"
    rf"|{UNSURE.pattern}|(?:{choose([*AREA, *LENGTH, *SPEED])}|sào)(?![^\W_²³]))[^\n.;,()]*)"
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
        elif not named:
            alone += _find_units_beside(line)
    return [*filter(None, marked), *alone]


def find_units_in_name(name: str) -> list[str]:
    """Find the units that the name of a sheet or a file tells, "GPMB (ĐVT triệu đồng)", as written."""
    return [phrase for phrase in find_unit_phrases(name.replace("_", " ")) if not _is_letter_or_name(phrase)]


def _is_letter_or_name(phrase: str) -> bool:
    """Tell whether a phrase that could be a unit may as well number a point ("đ"), or name a place ("Đồng")."""
    return len(phrase) == 1 or phrase == "Đồng"


# "Giá: nghìn đồng", "BÁO CÁO THÁNG 6 - TRIỆU ĐỒNG", "Loại tiền: VND", "(m2; nghìn đồng)": parts of a line.
_CUTS = re.compile(r"[()\[\]:;]|\s[-–—]\s|(?<!\d),\s")


def _find_units_beside(line: str) -> list[str]:
    """Find the units that stand in a line behind a colon or a dash, or in brackets, with nothing else in their part;
    none where no money is among them."""
    parts = [bare for part in _CUTS.split(line) if (bare := part.strip(" ."))]
    money = [part for part in parts if _is_unit_alone(part) and not _is_letter_or_name(part)]
    measures = [part for part in parts if _fold(part) in MEASURES]
    return ["; ".join([*money, *measures])] if money else []


def name_bare_unit(cell: str) -> Literal["unit", "counted"] | None:
    """Tell whether a cell is a unit and nothing else, "m2" or "(triệu đồng)", or what is counted, "hộ", which may be a
    word of a header as well. None for any other."""
    plain = cell.strip().strip("()")
    folded = _fold(plain)
    if folded in MEASURES or folded in ("tháng", "m3") or _is_unit_alone(plain):
        return "unit"
    return "counted" if folded in COUNTED or folded == "thôn" else None


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
    if MEASURE.fullmatch(folded) or UNSURE.fullmatch(folded):
        return True
    named = any(pattern.search(folded) for pattern in (MONEY, FOREIGN, BARE_SCALE))
    return named and not _is_name(phrase)


def _is_name(phrase: str) -> bool:
    """Tell whether a phrase is of nothing but words with a capital, of which one at least names no unit."""
    stays = SEPARATORS.sub("", BARE_SCALE.sub("", MONEY.sub("", _fold(phrase))))
    return bool(stays) and all(len(word) > 1 and word.isalpha() and word.istitle() for word in phrase.split())


def _is_unit_alone(line: str) -> bool:
    """Tell whether a line is an amount's unit and nothing else; one that may be two scales, or foreign, is one."""
    folded = _fold(line).strip("() .")
    if UNSURE.fullmatch(folded) or re.fullmatch(rf"(?:{SCALE})?(?:{FOREIGN.pattern})", folded):
        return True
    return bool(MONEY.search(folded)) and not SEPARATORS.sub("", MONEY.sub("", folded, count=1))


def is_understood(phrase: str) -> bool:
    """Tell whether a phrase is what some unit, or what is counted, is called, and nothing beside it: "triệu đồng",
    "nghìn m2", "hộ"."""
    said = _take_apart(_fold(phrase))
    has_unit = bool(said.amounts or said.scales or said.units or said.counts)
    is_known = all(unit in MEASURES for unit, _ in said.units) and not (said.strange or said.spoilt)
    is_counted = all(name_bare_unit(part) == "counted" for part in PARTS.split(phrase))
    return is_known and (has_unit or is_counted) and not read_money(phrase).unread and len(said.amounts) < 2


def tell_readings(phrase: str) -> str:
    """Tell in brackets what a phrase may mean that can be read in two ways; '' for any other."""
    return " (triệu hay tỷ đồng?)" if UNSURE.search(_fold(phrase)) else ""
