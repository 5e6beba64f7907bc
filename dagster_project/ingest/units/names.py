"""Names of units as persons write them, taken apart: kind, bare name, former district, "(cũ)"; what else is there."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from dagster_project.contracts.province import load_province
from dagster_project.ingest.units.place_words import PlaceWords, clean_name, find_words, remove_marks
from dagster_project.ingest.units.register import Register, Unit, make_name_key

Kind = Literal["empty", "commune", "district", "department", "area", "wide", "foreign"]

_TYPES = {
    "xã": "xã", "x": "xã", "phường": "phường", "p": "phường", "thị trấn": "thị trấn", "tt": "thị trấn",
    "huyện": "huyện", "h": "huyện", "thành phố": "thành phố", "tp": "thành phố", "thị xã": "thị xã", "tx": "thị xã",
}  # fmt: skip
_TYPES |= {remove_marks(word): unit_type for word, unit_type in _TYPES.items()}
DISTRICT_TYPES = frozenset({"huyện", "thành phố", "thị xã"})

_ONE_TYPE = r"(?:xã|phường|thị trấn|huyện|thành phố|thị xã)"
_MANY_TYPES = r"(?:xã|phường|thị trấn|huyện|thành phố|thị xã|địa phương)"
_SEPARATOR = re.compile(r"\s*[,;()\-–—/]\s*|\s+thuộc\s+")
_DOTTED = re.compile(r"^t\.\s*([tpx])\b")
_IGNORED_PARTS = frozenset({make_name_key("Việt Nam"), "viet nam"})


@dataclass(frozen=True)
class _Patterns:
    """Holds the patterns of the grammar of a name, in one way of writing: with accents or without."""

    typed: re.Pattern[str]
    only_type: re.Pattern[str]
    area: re.Pattern[str]
    province: re.Pattern[str]
    whole_province: re.Pattern[str]
    several: re.Pattern[str]
    whole_district: re.Pattern[str]
    upper_unit: re.Pattern[str]
    commune_after: re.Pattern[str]
    now: re.Pattern[str]
    then: re.Pattern[str]


def _make_patterns(is_plain: bool) -> _Patterns:
    def compile_(pattern: str) -> re.Pattern[str]:
        return re.compile(remove_marks(pattern) if is_plain else pattern)

    where = "(?:trên|trong|thuộc|của|địa bàn|phạm vi|toàn)"
    # 'các xã, huyện' are kinds of units, 'các xã huyện Hạ Hòa' are the communes of one district
    kind = rf"{_MANY_TYPES}(?=$|\s*[^\w\s]|\s+(?:và|{where})\s)"
    several = rf"(?:liên|các|nhiều|một số|tất cả các|toàn bộ các|\d+)\s+{_MANY_TYPES}(?:\W+(?:và\s+)?{kind})*"
    return _Patterns(
        typed=compile_(rf"^(?:(?P<word>{_ONE_TYPE})[\s.:]+|(?P<short>tt|tp|tx|x|p|h)(?:\.\s*|\s+))(?P<name>.+)$"),
        only_type=compile_(rf"^(?:{_ONE_TYPE}|tt|tp|tx|x|p|h)$"),
        area=compile_(r"^(?:khu vực|kv\.?|địa bàn|vùng)\s+(?P<name>.+)$"),
        province=compile_(r"^(?:tỉnh|t\.)\s*(?P<name>.+)$"),
        whole_province=compile_(
            r"^(?:(?:(?:toàn|cả|cấp|trên|trong|phạm vi|địa bàn|khắp)\s+)*tỉnh|toàn địa bàn)(?:\s+(?P<name>.+))?$"
        ),
        several=compile_(
            rf"^{several}(?:\W+(?:{where}\s+)*(?P<within>(?:huyện|thành phố"
            rf"|thị xã|tỉnh|khu vực|tp|tx|h)\b.*)|\W+(?P<named>\S.*))?$"
        ),
        whole_district=compile_(
            r"^(?:(?:toàn|cả|trên|trong|địa bàn|phạm vi|khắp)\s+)+(?P<within>(?:huyện|thành phố|thị xã|tp|tx|h)\b.*)$"
        ),
        upper_unit=compile_(r"(?<=\S)\s+(?=(?:huyện|thành phố|thị xã|tỉnh)\s|(?:tp|tx)[.\s]|h\.)"),
        commune_after=compile_(r"(?<=\S)(?<!thị)\s+(?=(?:xã|phường|thị trấn)\s|(?:x|p|tt)\.)"),
        now=compile_(r"^(?:hiện |bây giờ )?nay (?:là|thuộc)\s+|^(?:hiện|giờ) (?:là|thuộc)\s+|^nay\s+"),
        then=compile_(
            r"^(?:trước (?:đây|kia) (?:là|thuộc)|trước (?:là|thuộc)|(?:tên )?cũ (?:là|:)|nguyên là|sáp nhập từ)\s+"
        ),
    )


_WRITTEN = {is_plain: _make_patterns(is_plain) for is_plain in (False, True)}


@dataclass(frozen=True)
class ParsedName:
    """Holds the parts of a unit's name.

    `key` is the key of the bare name, `type` its type word (None: none written), `districts` the codes of the former
    district written beside it (None: none written), `province_code` a former province written beside it that narrows
    the search, `is_former` and `is_new` whether "(cũ)" or "(mới)" says of which side of the merger the unit is,
    `is_plain` whether the name is written without accents. `former` is the former unit which the cell names beside the
    commune ("xã A (nay là xã B)"). `dropped` is what stands there and is no part of the name. `wide`: more than one
    commune, of the former province `province_code` where one is named.
    """

    kind: Kind
    key: str = ""
    type: str | None = None
    districts: frozenset[str] | None = None
    province_code: str | None = None
    is_former: bool = False
    is_new: bool = False
    is_plain: bool = False
    department: Unit | None = None
    former: ParsedName | None = None
    dropped: tuple[str, ...] = ()

    @property
    def is_bare(self) -> bool:
        """Tells whether there is nothing but a name: no type word, no district, no "(cũ)", no "(mới)"."""
        return self.type is None and self.districts is None and not self.is_former and not self.is_new


@dataclass(frozen=True)
class _Piece:
    """Holds what one piece of a cell is: "xã Hy Cương", "thành phố Việt Trì", "thôn 3", "(xã)", "tỉnh Phú Thọ"."""

    role: Literal["unit", "bare", "province", "type", "part"]
    text: str
    type: str | None = None
    key: str = ""
    is_former: bool = False
    is_new: bool = False

    @property
    def is_district(self) -> bool:
        return self.type in DISTRICT_TYPES

    @property
    def is_marked(self) -> bool:
        return self.is_former or self.is_new

    def make_name(self) -> ParsedName:
        kind: Kind = "district" if self.is_district else "commune"
        return ParsedName(kind, key=self.key, type=self.type, is_former=self.is_former, is_new=self.is_new)


@lru_cache(maxsize=65536)
def parse_name(text: str | None, district: str | None, register: Register, first_is_bare: bool = False) -> ParsedName:
    """Take one name apart; `district` is the text of a column of its own. What cannot be a unit is `foreign`.

    `first_is_bare`: another reading of a name without accents, whose first word is no type word though it looks like
    one ("Phuong Lau" is Phượng Lâu).
    """
    cleaned = clean_name(text)
    if not any(letter.isalnum() for letter in cleaned):
        return ParsedName("empty")
    words = find_words(cleaned)
    department = register.find_department(make_name_key(_split_mark(cleaned, "cũ")[0]))
    if department is not None:
        return ParsedName("department", department=department)
    prefix = words.before_commune.match(cleaned)
    dropped = words.list_bodies(prefix.group()) if prefix else ()
    named = words.any_office.sub("", cleaned[prefix.end() :] if prefix else cleaned, count=1)
    wide = None if prefix else _read_wide(cleaned, words, register)
    if wide is not None:
        return wide
    pieces = [_read_piece(piece, words, register) for piece in _split_pieces(named, words)]
    area = _WRITTEN[words.is_plain].area.match(cleaned)
    if area is not None and not any(piece.role == "unit" for piece in pieces):
        return ParsedName("area", key=make_name_key(_split_mark(area["name"], "cũ")[0]))
    parsed = _join_pieces(_read_first_as_bare(pieces) if first_is_bare else pieces, register)
    beside = clean_name(district)
    for piece in _split_pieces(beside, find_words(beside)) if beside else ():
        parsed = _narrow(parsed, _read_piece(piece, find_words(piece), register), register, in_district_column=True)
    return replace(parsed, is_plain=words.is_plain, dropped=(*dropped, *parsed.dropped))


def parse_area(text: str | None, register: Register) -> str | None:
    """Turn a column "Khu vực" into the code of the former province, "" for the whole province or nothing, None for
    neither."""
    cleaned = clean_name(text)
    if not any(letter.isalnum() for letter in cleaned):
        return ""
    written = _WRITTEN[find_words(cleaned).is_plain]
    whole = written.whole_province.match(cleaned)
    if whole is not None and whole["name"] is None:
        return ""
    area = written.area.match(cleaned)
    bare, is_former = _split_mark(area["name"] if area else cleaned, "cũ")
    province = written.province.match(bare)
    code = register.find_province(make_name_key(province["name"] if province else bare))
    is_merged = code == load_province().code and province is not None and not is_former
    return "" if is_merged else code


def _split_mark(text: str, mark: str) -> tuple[str, bool]:
    """Split off "cũ" or "mới": 'hòa bình cũ' -> ('hòa bình', True)."""
    bare = text.removesuffix(f" {mark}")
    return bare.strip(), bare != text


def _split_pieces(text: str, words: PlaceWords) -> list[str]:
    """Split 'xã Hy Cương - thành phố Việt Trì' into ['xã hy cương', 'thành phố việt trì']."""
    written = _WRITTEN[words.is_plain]
    split = [piece for part in _SEPARATOR.split(text) for piece in written.upper_unit.split(part)]
    pieces: list[str] = []
    for piece in split:
        # 'thôn 3 xã Hy Cương', 'huyện Hạ Hòa xã Ấm Hạ': a commune follows what is no commune
        typed = written.typed.match(piece)
        follows = (
            words.part.match(piece) or written.province.match(piece) or (typed and _find_type(typed) in DISTRICT_TYPES)
        )
        pieces += written.commune_after.split(piece, maxsplit=1) if follows else [piece]
    return [piece for piece in pieces if piece]


def _find_type(typed: re.Match[str]) -> str:
    return _TYPES[typed["word"] or typed["short"]]


def _read_piece(piece: str, words: PlaceWords, register: Register) -> _Piece:
    """Tell what one piece of a cell is."""
    written = _WRITTEN[words.is_plain]
    text, is_now = _cut_start(written.now, piece)
    text, is_then = _cut_start(written.then, text)
    text, is_former = _split_mark(_DOTTED.sub(r"t\1", words.any_office.sub("", text, count=1)), "cũ")
    text, is_new = _split_mark(text, "mới")
    is_former, is_new = is_former or is_then, is_new or is_now
    if written.only_type.match(text):
        return _Piece("type", piece, type=_TYPES[text])
    province = written.province.match(text)
    if province is not None:
        return _Piece("province", piece, key=make_name_key(province["name"]))
    area = written.area.match(text)
    if area is not None and register.find_province(make_name_key(area["name"])) is not None:
        return _Piece("province", piece, key=make_name_key(area["name"]))
    typed = written.typed.match(text)
    if typed is not None:
        return _Piece("unit", piece, _find_type(typed), make_name_key(typed["name"]), is_former, is_new)
    key = make_name_key(text)
    if words.part.match(text) and not register.find_communes(key, words.is_plain):
        return _Piece("part", piece, key=key)
    return _Piece("bare", piece, None, key, is_former, is_new)


def _cut_start(pattern: re.Pattern[str], text: str) -> tuple[str, bool]:
    cut = pattern.sub("", text, count=1)
    return cut, cut != text


def _read_first_as_bare(pieces: list[_Piece]) -> list[_Piece]:
    """Take the first unit of a name without accents for a bare name; a type word that stands alone stays one."""
    for at, piece in enumerate(pieces):
        if piece.role not in ("type", "part"):
            bare = replace(piece, role="bare", type=None, key=make_name_key(piece.text))
            return [*pieces[:at], bare, *pieces[at + 1 :]]
    return pieces


def _join_pieces(pieces: list[_Piece], register: Register) -> ParsedName:
    """Find the piece that names the unit; the others say where it lies, what it was before, or are dropped."""
    named = _find_named(pieces, register)
    if not named:
        return ParsedName("foreign", key=pieces[0].key if pieces else "")
    parsed = _read_pair(*named) if len(named) == 2 else named[0].make_name()
    if len(named) > 2:
        parsed = replace(parsed, kind="foreign")
    for piece in pieces:
        if piece in named:
            continue
        if piece.role == "part":
            # 'Khu 7 Hy Cương, huyện Lâm Thao': without a commune a piece is not that of the district
            kind: Kind = "foreign" if parsed.kind == "district" else parsed.kind
            parsed = replace(parsed, kind=kind, dropped=(*parsed.dropped, piece.text))
        else:
            parsed = _narrow(parsed, piece, register)
    return parsed


def _find_named(pieces: list[_Piece], register: Register) -> list[_Piece]:
    """Find the pieces that name the unit: a commune, in both its names where "(cũ)", "nay là" mark them; else the
    first bare name; else a former district; else what only looks like a hamlet ('Bản Nguyên' is a commune, too)."""
    districts = [piece for piece in pieces if piece.role == "unit" and piece.is_district]
    communes = [piece for piece in pieces if piece.role == "unit" and not piece.is_district]
    bare = [piece for piece in pieces if piece.role == "bare" and piece.key not in _IGNORED_PARTS]
    if districts and not communes:  # 'Huyện Hạ Hòa, Phú Thọ': behind a district stands a province
        first = pieces.index(districts[0])
        bare = [p for p in bare if pieces.index(p) < first or register.find_province(p.key) is None]
    is_alone = not communes and len(bare) == 1
    marked = [p for p in bare if p.is_marked and (is_alone or register.find_province(p.key) is None)]
    plain = [piece for piece in bare if not piece.is_marked]
    is_told_twice = any(piece.is_new for piece in communes)  # 'A (nay là xã B)'
    before = [p for p in plain[:1] if is_told_twice and register.find_province(p.key) is None]
    named = list(dict.fromkeys([*before, *(communes or plain[:1]), *marked]))
    return named or districts[:1] or [piece for piece in pieces if piece.role == "part"][:1]


def _read_pair(first: _Piece, second: _Piece) -> ParsedName:
    """Read a unit that is told in its names of both times: 'xã A (nay là xã B)', 'xã B (xã A cũ)'."""
    now, then = (first, second) if first.is_new or second.is_former else (second, first)
    if now.is_former or then.is_new or not (now.is_new or then.is_former):
        return replace(first.make_name(), kind="foreign")
    return replace(now.make_name(), is_new=True, former=replace(then.make_name(), is_former=True, dropped=(then.text,)))


def _narrow(parsed: ParsedName, piece: _Piece, register: Register, in_district_column: bool = False) -> ParsedName:
    """Add what a further piece says: a type, a former district, a province. A place elsewhere makes the name
    foreign."""
    if piece.role == "type":
        if parsed.type not in (None, piece.type):
            return replace(parsed, kind="foreign")
        return replace(parsed, type=piece.type, kind="district" if piece.is_district else parsed.kind)
    if piece.key in _IGNORED_PARTS:
        return parsed
    if piece.role == "province":
        return _narrow_to_province(parsed, register.find_province(piece.key))
    if piece.role == "bare" and not in_district_column and register.find_province(piece.key) is not None:
        # "…, Phú Thọ" may mean the province or the town: it narrows nothing.
        return parsed
    found = register.find_districts(piece.key)
    districts = frozenset(unit.code for unit in found if piece.type in (None, unit.type))
    if not districts:
        is_said_again = piece.role == "bare" and piece.key == parsed.key  # 'xã A (A)'
        return parsed if is_said_again else replace(parsed, kind="foreign")
    known = parsed.districts
    return replace(parsed, districts=districts if known is None else known & districts)


def _narrow_to_province(parsed: ParsedName, code: str | None) -> ParsedName:
    """Narrow to a former province: 'tỉnh Hòa Bình' does; 'tỉnh Phú Thọ' is the merged one and narrows nothing."""
    if code is None:
        return replace(parsed, kind="foreign")
    return parsed if code == load_province().code else replace(parsed, province_code=code)


# More than one commune -----------------------------------------------------------------------------------------------


def _read_wide(cleaned: str, words: PlaceWords, register: Register) -> ParsedName | None:
    """Read "Toàn tỉnh", "Tỉnh Vĩnh Phúc", "Liên xã", "Các xã, phường"; None for anything else, as for the offices of
    all communes. "Các xã huyện Hạ Hòa" is the district."""
    written = _WRITTEN[words.is_plain]
    whole = _read_whole_province(cleaned, words, register)
    if whole is not None:
        return whole
    several = written.several.match(cleaned)
    if several is not None:
        dropped = (several["named"],) if several["named"] else ()
        within = several["within"]
        return replace(_read_within(within, words, register) if within else ParsedName("wide"), dropped=dropped)
    district = written.whole_district.match(cleaned)
    return _read_within(district["within"], words, register) if district else None


def _find_whole_province(name: str, register: Register) -> str | None:
    return register.find_province(make_name_key(_split_mark(_split_mark(name, "cũ")[0], "mới")[0]))


def _read_whole_province(text: str, words: PlaceWords, register: Register) -> ParsedName | None:
    """Read "toàn tỉnh", and "tỉnh Phú Thọ": the merged one unless "(cũ)" stands behind it. None for anything else."""
    whole = _WRITTEN[words.is_plain].whole_province.match(text)
    if whole is None or whole["name"] is None:
        return None if whole is None else ParsedName("wide")
    code = _find_whole_province(whole["name"], register)
    is_former = _split_mark(whole["name"], "cũ")[1]
    return None if code is None else ParsedName("wide", province_code=code, is_former=is_former)


def _read_within(text: str, words: PlaceWords, register: Register) -> ParsedName:
    """Read where "các xã …" lie: a former district is a unit, a province or an area a scope."""
    whole = _read_whole_province(text, words, register)
    if whole is not None:
        return whole
    area = _WRITTEN[words.is_plain].area.match(text)
    if area is not None:
        code = _find_whole_province(area["name"], register)
        return ParsedName("wide", province_code=code, is_former=True) if code else ParsedName("foreign", key=text)
    parsed = _join_pieces([_read_piece(piece, words, register) for piece in _split_pieces(text, words)], register)
    return parsed if parsed.kind == "district" else ParsedName("foreign", key=text)
