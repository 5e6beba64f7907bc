"""The rules by which one unit is decided: code, name, area and former district, on one side of 1 July 2025."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Literal

from dagster_project.contracts.province import load_province
from dagster_project.ingest.units.names import ParsedName, parse_area, parse_name
from dagster_project.ingest.units.place_words import clean_name
from dagster_project.ingest.units.register import Register, Unit, make_name_key
from dagster_project.ingest.units.several_names import names_several
from dagster_project.ingest.units.unit_choice import (
    Era,
    Resolution,
    agrees,
    choose_in_force,
    find_namesakes_elsewhere,
    fits,
    refuse_ambiguous,
    take_only,
)

CodeSystem = Literal["gso", "portal"]

_PORTAL_SHAPE = re.compile(r"H\d{2}(?:\.\d+)+(?:-TT)?")
_CENTRE_KEY = make_name_key("Trung tâm Phục vụ hành chính công")


class CodeUse(IntEnum):
    """Tells how far a row's code is trusted: only together with its name, as it stands, or if it is a unit's code (no
    date)."""

    WITH_NAME = 0
    VALID = 1
    IF_KNOWN = 2


@dataclass(frozen=True)
class UnitRules:
    """Holds the rules for one feed; the texts mean what `resolve_units` says."""

    register: Register
    area_province: str | None
    code_system: CodeSystem | None
    ruled: Mapping[tuple[str, str], Unit] = field(default_factory=dict)
    read_as: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    may_be_wide: bool = False
    of_area: Resolution = field(default_factory=lambda: Resolution(refusal="missing"))

    def move_to_area(self, written: str | None) -> UnitRules:
        """Return the same rules for a row that names its area in a column of its own."""
        code = parse_area(written, self.register)
        if code == "":
            return self
        if code is None:
            return replace(self, of_area=Resolution(refusal="unknown"))
        return replace(self, area_province=code, of_area=Resolution(self.register.provinces[code]))

    def answer(self, code: str | None, name: str | None, district: str | None, era: Era, use: CodeUse) -> Resolution:
        """Return the unit by the rules; where they refuse, what the layout teaches or a person ruled for the name."""
        found = self._answer_by_rules(code, name, district, era, use)
        if found.refusal in (None, "missing"):
            return found
        taught = self._read_alias(name)
        if taught is not None:
            again = self._answer_by_rules(code, taught, district, era, use)
            found = again if again.refusal in (None, "missing") else found
        if found.refusal == "unknown" and name and names_several(name, lambda part: self._is_unit(part, era)):
            found = Resolution(refusal="several")
        unit = self.ruled.get((make_name_key(clean_name(name)), make_name_key(clean_name(district))))
        return found if unit is None or found.refusal is None else Resolution(unit)

    def _read_alias(self, name: str | None) -> str | None:
        """Return the name with the words that the layout teaches in place of its own: all of it, or its first words."""
        written = clean_name(name)
        for word, meaning in self.aliases.items():
            if written == word or written.startswith(f"{word} "):
                return f"{meaning} {written[len(word) :]}".strip()
        return None

    def _is_unit(self, name: str, era: Era) -> bool:
        """Tell whether a name alone can stand for itself; a former district beside a commune only says where
        that is."""
        found = self._answer_by_name(self._parse(name, None, era), era)
        return found.refusal == "ambiguous" or (found.unit is not None and found.unit.level != "former_district")

    def _parse(self, name: str | None, district: str | None, era: Era) -> ParsedName:
        """Take a name apart; one without accents by the reading in which it is somebody's ("Phuong Lau" is Phượng
        Lâu)."""
        parsed = parse_name(name, district, self.register)
        if not parsed.is_plain or self._answer_by_name(parsed, era).refusal != "unknown":
            return parsed
        other = parse_name(name, district, self.register, first_is_bare=True)
        return parsed if self._answer_by_name(other, era).refusal == "unknown" else other

    def _answer_by_rules(
        self, code: str | None, name: str | None, district: str | None, era: Era, use: CodeUse
    ) -> Resolution:
        """Answer by the code first, then by the name."""
        parsed = self._parse(name, district, era)
        by_code = self._answer_by_code(code, parsed, era) if isinstance(code, str) else None
        if by_code is None or (use is CodeUse.IF_KNOWN and by_code.unit is None):
            is_text = isinstance(code, str) and any(letter.isalnum() for letter in code)
            return (
                Resolution(refusal="unknown")
                if is_text and parsed.kind == "empty"
                else self._answer_by_name(parsed, era)
            )
        if use is CodeUse.WITH_NAME and not self._is_rekeyed(by_code, parsed):
            return self._answer_by_name(parsed, era)
        return by_code

    def _answer_by_code(self, code: str, parsed: ParsedName, era: Era) -> Resolution | None:
        return (
            self._read_portal_code(code, parsed)
            if self.code_system == "portal"
            else self._read_gso_code(code, parsed, era)
        )

    @staticmethod
    def _is_rekeyed(by_code: Resolution, parsed: ParsedName) -> bool:
        """Tell whether code and name say the same commune in force, though the date is an earlier one.

        That is a dossier received before the merger and keyed again after it (docs/rules.md, "Units"): the old system's
        text is never the code of a commune in force *and* beside the name of that commune.
        """
        unit = by_code.unit
        return unit is not None and unit.level == "commune" and parsed.kind == "commune" and by_code.finding is None

    def _read_portal_code(self, text: str, parsed: ParsedName) -> Resolution | None:
        """Read H44.100–H44.247 as a commune, H44.xx as a department; None when the text is no code at all."""
        code = "".join(text.split()).upper().replace("O", "0")  # H44.1O0: no code has the letter O
        code = self.read_as.get(code, code)
        if not _PORTAL_SHAPE.fullmatch(code):
            return None
        if code == load_province().centre_office_code and self._names_centre(parsed):
            return Resolution(self.register.centre)
        unit = self.register.portal.get(code) or self.register.departments.get(code)
        return Resolution(refusal="unknown") if unit is None else self._check_name(unit, parsed)

    def _names_centre(self, parsed: ParsedName) -> bool:
        return parsed.department == self.register.centre or (parsed.kind == "commune" and parsed.key == _CENTRE_KEY)

    def _read_gso_code(self, text: str, parsed: ParsedName, era: Era) -> Resolution | None:
        """Read five digits as a commune, three as a district office, two as a department by its name; None when it is
        no code.

        Leading zeros may be lost, a spreadsheet may have added ".0". Codes are re-used, so the date decides.
        """
        code = "".join(text.split()).upper().replace("O", "0").removesuffix(".0")
        if not (code.isascii() and code.isdigit()) or len(code) > 5:
            return None
        # Two digits are a province: an office that writes only that means one of its departments.
        if code in self.register.provinces or code == load_province().code:
            return Resolution(parsed.department) if parsed.department else Resolution(refusal="unknown")
        if len(code) <= 3:
            office = self.register.districts.get(code)
            return Resolution(refusal="unknown") if office is None else self._check_name(office, parsed)
        padded = code.zfill(5)  # a spreadsheet took 08842 for the number 8842
        former, new = self.register.former_communes.get(padded), self.register.communes.get(padded)
        if former is None and new is None:
            return Resolution(refusal="unknown")
        if era is not Era.UNKNOWN or former is None or new is None:
            unit = (new or former) if era is Era.AFTER else (former or new)
            return Resolution() if unit is None else self._check_name(unit, parsed)
        return self._decide_undated_code(former, new, parsed)

    def _decide_undated_code(self, former: Unit, new: Unit, parsed: ParsedName) -> Resolution:
        """Decide a re-used code without a date: the name chooses between the two; else both must lead to one
        commune."""
        agreeing = [unit for unit in (new, former) if parsed.kind != "empty" and agrees(unit, parsed)]
        if len(agreeing) == 1:
            return Resolution(agreeing[0])
        return self._check_name(new, parsed) if former.commune_code == new.code else refuse_ambiguous([new, former])

    def _check_name(self, unit: Unit, parsed: ParsedName) -> Resolution:
        is_agreed = parsed.kind == "empty" or agrees(unit, parsed)
        return Resolution(unit, finding=None if is_agreed else "name_disagrees_with_code")

    def _answer_by_name(self, parsed: ParsedName, era: Era) -> Resolution:
        """Answer by the name alone; where words beside it were not used, the answer says which."""
        found = self._answer_by_kind(parsed, era)
        if not parsed.dropped or found.refusal not in (None, "missing"):
            return found
        words = [*parsed.dropped, *([found.dropped] if found.dropped else [])]
        return replace(found, finding="part_dropped", dropped="; ".join(words))

    def _answer_by_kind(self, parsed: ParsedName, era: Era) -> Resolution:
        match parsed.kind:
            case "empty":
                return self.of_area
            case "department":
                return Resolution(parsed.department)
            case "district":
                fitting = [unit for unit in self.register.find_districts(parsed.key) if fits(unit, parsed)]
                return take_only(self._prefer_own_area(fitting))
            case "area":
                return self._answer_area(parsed)
            case "wide":
                return self._answer_wide(parsed, era)
            case "commune" if parsed.former is not None:
                return self._answer_pair(parsed, parsed.former, era)
            case "commune":
                return self._answer_commune(parsed, era)
        return Resolution(refusal="unknown")

    def _answer_area(self, parsed: ParsedName) -> Resolution:
        """Refuse 'Khu vực Hòa Bình', a stretch of land with many communes, unless the column may name a whole
        province."""
        register = self.register
        province = register.find_province(parsed.key)
        if self.may_be_wide and province is not None:
            return self._answer_province(province)
        known = province is not None or register.find_districts(parsed.key) or register.find_communes(parsed.key)
        if not known:
            return Resolution(refusal="unknown")
        return Resolution(refusal="ambiguous", candidates="khu vực gồm nhiều xã, phường")

    def _answer_wide(self, parsed: ParsedName, era: Era) -> Resolution:
        """Answer 'Toàn tỉnh', 'Liên xã' as an empty cell, 'Tỉnh Vĩnh Phúc' with the former province, where the column
        may do without a unit. 'Tỉnh Phú Thọ' is the whole province from the merger on."""
        if not self.may_be_wide:
            return Resolution(refusal="wide")
        code = parsed.province_code
        is_merged = code == load_province().code and not parsed.is_former and era is not Era.BEFORE
        return self.of_area if code is None or is_merged else self._answer_province(code)

    def _answer_province(self, code: str) -> Resolution:
        """Answer with a former province; a province that is none is the whole one, and is answered as an empty cell."""
        unit = self.register.provinces.get(code)
        return self.of_area if unit is None else Resolution(unit)

    def _answer_commune(self, parsed: ParsedName, era: Era) -> Resolution:
        """Find the commune of a name, unless the name can as well be a wider place."""
        wider: list[Unit] = []
        if parsed.type is None and parsed.districts is None:
            province = self.register.find_province(parsed.key)
            if self.may_be_wide and province is not None:
                # Money of a whole former province is written under its bare name, which is that of a ward, too.
                wider = [self.register.provinces.get(province) or _make_whole_province()]
            elif parsed.dropped:
                # 'Thôn 3, Lập Thạch': what stands last may be the commune or the former district.
                wider = list(self.register.find_districts(parsed.key))
        if not wider:
            return self._find_commune(parsed, era)
        communes = [unit for unit in self._find_communes(parsed) if not parsed.is_former or unit.level != "commune"]
        found = take_only([*communes, *wider])
        return self.of_area if found.unit is not None and found.unit.level == "province" else found

    def _answer_pair(self, parsed: ParsedName, former: ParsedName, era: Era) -> Resolution:
        """Find the unit that is told in its names of both times: the former commune, if it lies in that commune whole.

        So two parts of one commune stay two rows. A former name of nobody, of a district or of a divided commune is
        dropped; one of another commune is a contradiction.
        """
        found = self._find_commune(replace(parsed, former=None), era)
        if found.unit is None:
            return found
        named = [unit for unit in self._find_communes(former) if unit.level == "former_commune"]
        inside = [unit for unit in named if found.unit.code in unit.successors]
        is_bare_district = former.type is None and bool(self.register.find_districts(former.key))
        is_district = former.kind == "district" or is_bare_district
        if len(inside) == 1 and inside[0].commune_code is not None and not is_district:
            return Resolution(inside[0])
        if named and not inside and not is_district:
            return refuse_ambiguous([found.unit, *named])
        return Resolution(found.unit, finding="part_dropped", dropped="; ".join(former.dropped))

    def _find_communes(self, parsed: ParsedName) -> list[Unit]:
        """Return the communes of both times that a name fits, those of the feed's own area if it has any."""
        found = self.register.find_communes(parsed.key, parsed.is_plain)
        return self._prefer_own_area([unit for unit in found if fits(unit, parsed)])

    def _prefer_own_area(self, units: list[Unit]) -> list[Unit]:
        """Return the units of the feed's own area, or all if it has none there: a row about another area is no
        fault."""
        own = [unit for unit in units if unit.province_code == self.area_province]
        return own or units

    def _find_commune(self, parsed: ParsedName, era: Era) -> Resolution:
        """Find the commune of the date; a name that only a commune in force bears means it before, too (registers
        rewritten).

        Area comes before date: where the area's only such commune is one in force, none elsewhere is meant. "Xã A cũ"
        of another area is refused where nothing says so: most who write it mean a place of their own.
        """
        spelled = self._find_communes(parsed)
        if len({unit.key for unit in spelled}) > 1:  # without accents several names are one
            return refuse_ambiguous(spelled)
        found = self._find_commune_at(parsed, era)
        if (
            found.unit is not None
            and parsed.is_former
            and self._is_elsewhere(found.unit)
            and not self._is_placed(parsed)
        ):
            return refuse_ambiguous([found.unit, *self._list_own_namesakes(parsed)])
        if era is not Era.BEFORE or parsed.is_former or parsed.is_new:
            return found
        if found.refusal == "unknown":
            return self._find_commune_at(parsed, Era.AFTER)
        if found.unit is not None and self._is_elsewhere(found.unit):
            later = self._find_commune_at(parsed, Era.AFTER)
            return found if later.unit is None or self._is_elsewhere(later.unit) else later
        return found

    @staticmethod
    def _is_placed(parsed: ParsedName) -> bool:
        """Tell whether a former district or province stands beside a name."""
        return parsed.districts is not None or parsed.province_code is not None

    def _list_own_namesakes(self, parsed: ParsedName) -> list[Unit]:
        """List the communes and districts of the feed's own area that bear a name, whatever their type."""
        named = [*self.register.find_communes(parsed.key, parsed.is_plain), *self.register.find_districts(parsed.key)]
        return [unit for unit in named if not self._is_elsewhere(unit)]

    def _is_elsewhere(self, unit: Unit) -> bool:
        return self.area_province is not None and unit.province_code != self.area_province

    def _find_commune_at(self, parsed: ParsedName, era: Era) -> Resolution:
        named = self.register.find_communes(parsed.key, parsed.is_plain)
        fitting = [unit for unit in named if fits(unit, parsed)]
        if parsed.is_new or era is Era.BEFORE or parsed.is_former:
            level = "commune" if parsed.is_new else "former_commune"
            fitting = [unit for unit in fitting if unit.level == level]
        near = self._prefer_own_area(fitting)
        if not parsed.is_bare:
            return choose_in_force(near, parsed, era)
        if self.area_province is not None and not any(unit.province_code == self.area_province for unit in near):
            # Nothing of that name is a commune of this area: then a district may be meant, or a commune elsewhere.
            far = choose_in_force(near, parsed, era) if near else Resolution(refusal="unknown")
            offices = self._prefer_own_area(list(self.register.find_districts(parsed.key)))
            if not offices or far.refusal == "ambiguous":
                return far
            return take_only([*([far.unit] if far.unit else []), *offices])
        if not near:
            return take_only(list(self.register.find_districts(parsed.key)))
        return self._settle_bare_name(near, parsed, era)

    def _settle_bare_name(self, near: list[Unit], parsed: ParsedName, era: Era) -> Resolution:
        """Refuse a bare name that also names a former commune elsewhere in the same former province; settle
        the others."""
        answer = choose_in_force(near, parsed, era)
        if answer.unit is not None and answer.unit.level == "commune":
            elsewhere = find_namesakes_elsewhere(answer.unit, self.register)
            return refuse_ambiguous([answer.unit, *elsewhere]) if elsewhere else answer
        return answer


def _make_whole_province() -> Unit:
    """Make the unit that stands for the whole province among the candidates of a name."""
    province = load_province()
    return Unit("province", province.code, province.name, "tỉnh", "area")
