"""The units that a line of text names: "ĐVT: tr.đ" → one million đồng, "(m2)" where hectares are agreed → 1/10,000.

A unit is read in every spelling in use, or not at all: what looks like one and is not understood is given back by its
words, and whoever asks has to refuse what it stands for (docs/rules.md, "Units of money and measure").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from dagster_project.ingest.normalise import text

MONEY = "đồng"
"""Unit of money in every contract."""


@dataclass(frozen=True)
class UnitReading:
    """Tells what a text says of one quantity: `factors`, what one of its units is in the wanted unit (none, one, or
    several that contradict each other), and `unread`, words that look like a unit and are not understood."""

    factors: frozenset[Decimal] = frozenset()
    unread: tuple[str, ...] = ()

    def __or__(self, other: UnitReading) -> UnitReading:
        return UnitReading(self.factors | other.factors, (*self.unread, *other.unread))


# Where a text speaks of units ----------------------------------------------------------------------------------------

_UNIT_LINE = re.compile(
    r"(?<![^\W_])(?:đ\.?\s?v\.?\s?t\.?|dvt|đv tính|đơn vị\s?tính|don vi tinh|đơn vị tiền(?: tệ)?|đơn vị đo)(?![^\W_])"
    r"\s*[:.,\-–]?\s*([^\n]*)"
)
# "Đơn vị:" also begins the name of an agency: only a line, or a bracket at its end, that is a unit as a whole counts.
_UNIT_ONLY = re.compile(r"(?:[^(]*\()?\s*(?:đơn vị|don vi)\s*[:\-–]\s*([^\n()]*?)\s*\)?[\s.]*")
_POWER = re.compile("10\\s?([³⁶⁹])")
_SUPERSCRIPTS = str.maketrans("²³⁶⁹", "2369")


def find_unit_phrases(title: str) -> list[str]:
    """Find what the ĐVT lines of a title, or the lines that are nothing but a unit, say: "ĐVT: tr.đ" → "tr.đ"."""
    lines = [_fold(line) for line in title.split("\n")]
    marked = [_cut_bracket(phrase) for line in lines for phrase in _UNIT_LINE.findall(line)]
    rest = [line for line in lines if not _UNIT_LINE.search(line)]
    named = [only[1] for line in rest if (only := _UNIT_ONLY.fullmatch(line)) and _is_unit_named(only[1])]
    alone = [said for line in rest if not _UNIT_ONLY.fullmatch(line) and _is_unit_alone(said := line.strip("() "))]
    return [*(phrase for phrase in marked if phrase), *named, *alone]


def _cut_bracket(phrase: str) -> str:
    """Cut a phrase at the bracket that closes what it stands in: "(ĐVT: ha)"."""
    return phrase.partition(")")[0].strip(" .;") if "(" not in phrase else phrase.strip(" .;")


def _fold(value: str) -> str:
    return text.make_key(_POWER.sub(r"10^\1", value).translate(_SUPERSCRIPTS))


def _is_unit_named(phrase: str) -> bool:
    """Tell whether what "Đơn vị:" names is a unit of money: then "triệu" alone is one, too."""
    return _is_unit_alone(phrase) or bool(_BARE_SCALE.fullmatch(phrase) and re.search(r"[^\W\d]", phrase))


def _is_unit_alone(phrase: str) -> bool:
    return bool(_MONEY.fullmatch(phrase) or _UNSURE.fullmatch(phrase) or _FOREIGN.fullmatch(phrase))


# Money ---------------------------------------------------------------------------------------------------------------

_SCALES = {
    "trăm": 10**2, "tram": 10**2,
    "nghìn": 10**3, "nghin": 10**3, "ngàn": 10**3, "ngan": 10**3, "ng": 10**3,
    "triệu": 10**6, "trieu": 10**6, "tr": 10**6,
    "tỷ": 10**9, "tỉ": 10**9, "ty": 10**9, "ti": 10**9,
}  # fmt: skip
"""Both spellings occur: "nghìn" in the North, "ngàn" in the South; "tỷ" and "tỉ"; and all of them without accents."""
_SCALE = rf"(?:1(?:[., ]?000)+|10\s?(?:\^|mũ)\s?[369]|1(?=\s)|{'|'.join(sorted(_SCALES, key=len, reverse=True))})"
_DONG = r"(?:đồng(?: việt nam)?|việt nam đồng|vnđ|vnd|dong|đ|d(?=$|[^\w]))"
_MONEY = re.compile(rf"(?<![^\W_])(?P<scale>(?:{_SCALE}[ .]*)*){_DONG}\.?(?![^\W_])")
_BARE_SCALE = re.compile(rf"(?<![^\W_])(?P<scale>(?:{_SCALE}[ .]*)+)(?![^\W_])")
# "T.đồng" may be triệu or tỷ.
_UNSURE = re.compile(r"(?<![^\W_])t(?:[ .]*(?:đồng|dong|đ|vnđ|vnd))?\.?(?![^\W_])")
_FOREIGN = re.compile(
    r"(?<![^\W_])(?:(?:nghìn|ngàn|triệu|tỷ|tỉ) )?(?:usd|us\$|\$|đô[ -]?la(?: mỹ)?|đô|eur|euro|€|jpy|yên(?: nhật)?|cny|"
    r"rmb|nhân dân tệ|krw|won|bảng anh|gbp)(?![^\W_])|[$€¥£]"
)
_PER = re.compile(r"(?:/|trên|một|mỗi)\s*(?:m2|ha|km2|m|lô|hộ|người|căn|nhà|thửa|lượt|hồ sơ)(?![^\W_])")


def read_money(phrase: str) -> UnitReading:
    """Read what one unit is in đồng from a phrase: "tr.đ" → 1,000,000. Foreign money, and "T.đồng", which may be triệu
    or tỷ, are unread; so is "đồng/m2", a price of something else, where no amount stands beside it."""
    folded = _fold(phrase)
    foreign = [found[0].strip() for found in _FOREIGN.finditer(folded)]
    if foreign:
        return UnitReading(unread=tuple(foreign))
    unsure = [f"{found[0].strip()} (triệu hay tỷ đồng?)" for found in _UNSURE.finditer(folded)]
    sure = _UNSURE.sub(" ", folded)
    prices = [per for found in _MONEY.finditer(sure) if (per := _PER.match(sure, found.end()))]
    amounts = [found for found in _MONEY.finditer(sure) if not _PER.match(sure, found.end())]
    factors = {_multiply(found["scale"]) for found in amounts}
    if prices and not factors:
        unsure.append(sure[: prices[0].end()].strip("() "))
    rest = _MONEY.sub(" ", sure)
    bare = [found for found in _BARE_SCALE.finditer(rest) if re.search(r"[^\W\d]|\^", found[0])]
    if not factors and not unsure and len(bare) == 1 and not re.search(r"\w", _BARE_SCALE.sub("", rest)):
        factors.add(_multiply(bare[0]["scale"]))  # "ĐVT: triệu"
    elif not factors:
        unsure += [found[0].strip() for found in bare]
    return UnitReading(frozenset(factors), tuple(unsure))


def _multiply(scale: str) -> Decimal:
    product = Decimal(1)
    for number in re.findall(r"1(?:[., ]?000)+", scale):
        product *= int(re.sub(r"[., ]", "", number))
    for power in re.findall(r"10\s?(?:\^|mũ)\s?([369])", scale):
        product *= 10 ** int(power)
    for word in re.findall(r"[^\W\d_]+", re.sub(r"mũ", " ", scale)):
        product *= _SCALES[word]
    return product


# Measures ------------------------------------------------------------------------------------------------------------

_AREA = {"m2": "1", "mét vuông": "1", "met vuong": "1", "ha": "10000", "hecta": "10000", "héc ta": "10000",
         "héc-ta": "10000", "hec ta": "10000", "km2": "1000000"}  # fmt: skip
_LENGTH = {"mm": "0.001", "cm": "0.01", "m": "1", "mét": "1", "km": "1000", "ki lô mét": "1000", "kilômét": "1000"}
_SPEED = {"kbps": "0.001", "kb/s": "0.001", "mbps": "1", "mb/s": "1", "mbit/s": "1", "gbps": "1000", "gb/s": "1000"}
_TIME = {"giây": "1", "phút": "60", "giờ": "3600", "h": "3600", "ngày": "86400"}
_SHARE = {"%": "1", "phần trăm": "1", "tỷ lệ %": "1", "‰": "0.1"}
_GROUPS: tuple[dict[str, str], ...] = (_AREA, _LENGTH, _SPEED, _TIME, _SHARE)
# Measures of land that differ from province to province: known as units, and never converted.
_LOCAL = r"sào|mẫu|công đất|thước"
_MEASURES = {unit: Decimal(factor) for group in _GROUPS for unit, factor in group.items()}
_MEASURE = re.compile(
    rf"(?<![^\W_])(?:(?P<scale>(?:{_SCALE}[ .]*)+))?"
    rf"(?P<unit>{'|'.join(re.escape(unit) for unit in sorted(_MEASURES, key=len, reverse=True))}|{_LOCAL})(?![^\W_²])"
)


def read_measure(phrase: str, wanted: str) -> UnitReading:
    """Read what one unit is in the `wanted` one ("ha", "m2", "Mbps", …) from a phrase: "(m2)" → 1/10,000 of a hectare.

    A unit of another quantity says nothing here; a local measure of land, or a share where a measure is wanted, is
    unread.
    """
    folded = _fold(phrase)
    group = next(group for group in _GROUPS if wanted.lower() in group)
    factors: set[Decimal] = set()
    unread: list[str] = []
    for found in _MEASURE.finditer(folded):
        unit = found["unit"]
        if unit in group:
            factors.add(_multiply(found["scale"] or "") * _MEASURES[unit] / Decimal(group[wanted.lower()]))
        elif unit not in _MEASURES or unit in _SHARE:
            unread.append(found[0].strip())
    return UnitReading(frozenset(factors), tuple(unread))


def is_measure(phrase: str) -> bool:
    """Tell whether a phrase is a measure, and nothing else."""
    return _MEASURE.fullmatch(_fold(phrase)) is not None


def read_count(phrase: str) -> UnitReading:
    """Read what a phrase says of a count: "nghìn hồ sơ" → 1,000; a share is unread, for its whole is not told."""
    folded = _fold(phrase)
    shares = tuple(found[0].strip() for found in _MEASURE.finditer(folded) if found["unit"] in _SHARE)
    scaled = re.match(r"(?:nghìn|ngàn|triệu) (?!đồng)", folded)
    return UnitReading(frozenset({_multiply(scaled[0].strip())} if scaled else ()), shares)


def join_readings(readings: Iterable[UnitReading]) -> UnitReading:
    """Join what several phrases say of one quantity."""
    whole = UnitReading()
    for reading in readings:
        whole |= reading
    return whole
