"""Names of units as persons write them, taken apart: kind, bare name, former district, "(cũ)"; one unit or several."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from dagster_project.contracts.province import load_province
from dagster_project.ingest.units.register import Register, Unit, make_name_key

Kind = Literal["empty", "commune", "district", "department", "area", "foreign"]

_TYPES = {
    "xã": "xã", "x": "xã", "phường": "phường", "p": "phường", "thị trấn": "thị trấn", "tt": "thị trấn",
    "huyện": "huyện", "h": "huyện", "thành phố": "thành phố", "tp": "thành phố", "thị xã": "thị xã", "tx": "thị xã",
}  # fmt: skip
DISTRICT_TYPES = frozenset({"huyện", "thành phố", "thị xã"})

_HIDDEN = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_OFFICE = re.compile(r"^(?:ubnd|u\.\s*b\.\s*n\.\s*d|(?:ủy|uỷ) ban nhân dân)\b[\s.:]*")
# The centre of a commune serves its whole commune, so that its name counts as the name of the commune.
_CENTRE = re.compile(
    r"^(?:trung tâm|tt)\s*(?:phục vụ hành chính công|pvhcc)\s+(?:thuộc\s+)?(?=(?:ubnd\s+)?(?:xã|phường)\s)"
)
_DOTTED = re.compile(r"^t\.\s*([tpx])\b")
_TYPED = re.compile(
    r"^(?:(?P<word>xã|phường|thị trấn|huyện|thành phố|thị xã)[\s.:]+|(?P<short>tt|tp|tx|x|p|h)(?:\.\s*|\s+))"
    r"(?P<name>.+)$"
)
_AREA = re.compile(r"^(?:khu vực|kv\.?|địa bàn|vùng)\s+(?P<name>.+)$")
_WHOLE_PROVINCE = re.compile(r"(?:(?:toàn|cả|cấp|địa bàn|toàn địa bàn|trên địa bàn)\s+)?tỉnh")
_PROVINCE = re.compile(r"^(?:tỉnh|t\.)\s*(?P<name>.+)$")
_FORMER = re.compile(r"\(\s*cũ\s*\)")
_SEPARATOR = re.compile(r"\s*[,;()\-–—/]\s*|\s+thuộc\s+")
_UPPER_UNIT = re.compile(r"(?<=\S)\s+(?=(?:huyện|thành phố|thị xã|tỉnh)\s|(?:tp|tx)[.\s]|h\.)")
_IGNORED_PARTS = frozenset({make_name_key("Việt Nam")})


@dataclass(frozen=True)
class ParsedName:
    """Holds the parts of a unit's name.

    `key` is the key of the bare name, `type` its type word (None: none written), `districts` the codes of the former
    district written beside it (None: none written), `province_code` a former province written beside it that narrows
    the search, `is_former` whether "(cũ)" says that the unit is one from before the merger.
    """

    kind: Kind
    key: str = ""
    type: str | None = None
    districts: frozenset[str] | None = None
    province_code: str | None = None
    is_former: bool = False
    department: Unit | None = None

    @property
    def is_bare(self) -> bool:
        """Tells whether there is nothing but a name: no type word, no district, no "(cũ)"."""
        return self.type is None and self.districts is None and not self.is_former


@lru_cache(maxsize=65536)
def parse_name(text: str | None, district: str | None, register: Register) -> ParsedName:
    """Take one name apart; `district` is the text of a column of its own. What cannot be a unit is `foreign`."""
    cleaned = _clean(text)
    if not any(letter.isalnum() for letter in cleaned):
        return ParsedName("empty")
    department = register.departments_by_name.get(make_name_key(_split_former(cleaned)[0]))
    if department is not None:
        return ParsedName("department", department=department)
    area = _AREA.match(cleaned)
    if area is not None:
        return ParsedName("area", key=make_name_key(_split_former(area["name"])[0]))
    first, *others = _split_parts(_OFFICE.sub("", _CENTRE.sub("", cleaned)))
    parsed = _parse_first_part(first)
    for part in others:
        parsed = _narrow(parsed, part, register)
    for part in _split_parts(_clean(district)):
        parsed = _narrow(parsed, part, register, in_district_column=True)
    return parsed


def parse_area(text: str | None, register: Register) -> str | None:
    """Turn a column "Khu vực" into the code of the former province, "" for the whole province or nothing, None for
    neither."""
    cleaned = _clean(text)
    if not any(letter.isalnum() for letter in cleaned) or _WHOLE_PROVINCE.fullmatch(cleaned):
        return ""
    area = _AREA.match(cleaned)
    bare, is_former = _split_former(area["name"] if area else cleaned)
    province = _PROVINCE.match(bare)
    code = register.province_names.get(make_name_key(province["name"] if province else bare))
    is_merged = code == load_province().code and province is not None and not is_former
    return "" if is_merged else code


def _clean(text: str | None) -> str:
    if not isinstance(text, str):
        return ""
    composed = _HIDDEN.sub("", unicodedata.normalize("NFC", text)).lower()
    return " ".join(composed.split()).strip(" .,;:-–—…")


def _split_former(text: str) -> tuple[str, bool]:
    """Split off "(cũ)": 'hòa bình (cũ)' -> ('hòa bình', True)."""
    bare = _FORMER.sub(" cũ", text).strip()
    if bare.endswith(" cũ"):
        return bare.removesuffix(" cũ").strip(), True
    return bare, False


def _split_parts(text: str) -> list[str]:
    """Split 'xã Hy Cương - thành phố Việt Trì' into ['xã hy cương', 'thành phố việt trì']; "(cũ)" stays with
    its part."""
    split = [piece for part in _SEPARATOR.split(_FORMER.sub(" cũ", text)) for piece in _UPPER_UNIT.split(part)]
    return [part for part in split if part] or [""]


def _parse_first_part(text: str) -> ParsedName:
    bare, is_former = _split_former(_DOTTED.sub(r"t\1", _OFFICE.sub("", text)))
    if _PROVINCE.match(bare) or not bare:
        return ParsedName("foreign", key=make_name_key(bare))
    typed = _TYPED.match(bare)
    if typed is None:
        return ParsedName("commune", key=make_name_key(bare), is_former=is_former)
    unit_type = _TYPES[typed["word"] or typed["short"]]
    kind: Kind = "district" if unit_type in DISTRICT_TYPES else "commune"
    return ParsedName(kind, key=make_name_key(typed["name"]), type=unit_type, is_former=is_former)


def _narrow(parsed: ParsedName, part: str, register: Register, in_district_column: bool = False) -> ParsedName:
    """Add what a further part says: a former district or a province. A place elsewhere makes the name foreign."""
    text, _ = _split_former(_DOTTED.sub(r"t\1", _OFFICE.sub("", part)))
    if not text or make_name_key(text) in _IGNORED_PARTS:
        return parsed
    province = _PROVINCE.match(text)
    if province is not None:
        return _narrow_to_province(parsed, register.province_names.get(make_name_key(province["name"])))
    typed = _TYPED.match(text)
    unit_type = _TYPES[typed["word"] or typed["short"]] if typed else None
    key = make_name_key(typed["name"] if typed else text)
    found = register.districts_by_name.get(key, ())
    districts = frozenset(unit.code for unit in found if unit_type in (None, unit.type))
    if unit_type is None and key in register.province_names and not in_district_column:
        # "…, Phú Thọ" may mean the province or the town: it narrows nothing.
        return parsed
    if not districts:
        return replace(parsed, kind="foreign")
    known = parsed.districts
    return replace(parsed, districts=districts if known is None else known & districts)


def _narrow_to_province(parsed: ParsedName, code: str | None) -> ParsedName:
    """Narrow to a former province: 'tỉnh Hòa Bình' does; 'tỉnh Phú Thọ' is the merged one and narrows nothing."""
    if code is None:
        return replace(parsed, kind="foreign")
    return parsed if code == load_province().code else replace(parsed, province_code=code)


# Several units in one cell -------------------------------------------------------------------------------------------

# Commas and "và" are part of some names ("Sở Văn hóa, Thể thao và Du lịch"), so that a cell is cut only where what
# stands on its sides can stand alone.
_CUT = re.compile(
    r"(\s*[;,/+&]\s*|\s+[\-–—]\s+|\s+(?:và|cùng với|cùng|phối hợp với|phối hợp)\s+|\s+(?=(?:sở|ubnd)\s))", re.IGNORECASE
)
_MOST_PIECES = 16  # beyond it the cell is a list of everybody, not the name of a unit
_AGENCY = re.compile(
    r"(?:sở|ubnd|(?:ủy|uỷ) ban|ban|thanh tra|văn phòng|vp|công an|bộ|cục|chi cục|kho bạc|trung tâm|hội|liên đoàn|"
    r"mặt trận|viện|trường|công ty|tòa án|đảng ủy|xã|phường)\s",
    re.IGNORECASE,
)


def names_several(written: str, is_unit: Callable[[str], bool]) -> bool:
    """Tell whether `written`, which is no unit as a whole, is units side by side, or a unit beside another agency."""
    parts = _CUT.split(written.strip())
    count = len(parts) // 2 + 1
    if count == 1 or count > _MOST_PIECES:
        return False

    def join(first: int, after: int) -> str:
        return "".join(parts[2 * first : 2 * after - 1]).strip()

    units = {(a, b) for a in range(count) for b in range(a + 1, count + 1) if b - a < count and is_unit(join(a, b))}
    reached = {0}
    for end in range(1, count + 1):
        if any((start, end) in units for start in reached):
            reached.add(end)
    if count in reached:
        return True
    beside = [join(end, count) for start, end in units if start == 0]
    beside += [join(0, start) for start, end in units if end == count]
    return any(_AGENCY.match(other) for other in beside)
