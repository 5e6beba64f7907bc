"""The rules by which one unit is decided: code, name, area and former district, on one side of 1 July 2025."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Literal

from dagster_project.contracts.province import load_province
from dagster_project.ingest.units.names import ParsedName, names_several, parse_area, parse_name
from dagster_project.ingest.units.register import Register, Unit, make_name_key

CodeSystem = Literal["gso", "portal"]

_PORTAL_SHAPE = re.compile(r"H\d{2}(?:\.\d+)+(?:-TT)?")
_CENTRE_KEY = make_name_key("Trung tâm Phục vụ hành chính công")


class Era(IntEnum):
    """Tells on which side of 1 July 2025 the unit is asked for."""

    BEFORE = 0
    AFTER = 1
    UNKNOWN = 2


class CodeUse(IntEnum):
    """Tells how far a row's code is trusted: only together with its name, as it stands, or if it is a unit's code (no
    date)."""

    WITH_NAME = 0
    VALID = 1
    IF_KNOWN = 2


@dataclass(frozen=True)
class Resolution:
    """Holds one answer: a unit, or why there is none."""

    unit: Unit | None = None
    refusal: str | None = None
    finding: str | None = None
    candidates: str | None = None


def _find_namesakes_elsewhere(commune: Unit, register: Register) -> list[Unit]:
    """Find the former communes of the same name in the same former province that are no part of this commune."""
    return [
        unit
        for unit in register.communes_by_name[commune.key]
        if unit.level == "former_commune"
        and unit.province_code == commune.province_code
        and unit.commune_code != commune.code
    ]


@dataclass(frozen=True)
class UnitRules:
    """Holds the rules for one feed."""

    register: Register
    area_province: str | None
    code_system: CodeSystem | None
    ruled: Mapping[tuple[str, str], Unit] = field(default_factory=dict)
    read_as: Mapping[str, str] = field(default_factory=dict)
    of_area: Resolution = Resolution(refusal="missing")

    def move_to_area(self, written: str | None) -> UnitRules:
        """Return the same rules for a row that names its area in a column of its own."""
        code = parse_area(written, self.register)
        if code == "":
            return self
        if code is None:
            return replace(self, of_area=Resolution(refusal="unknown"))
        return replace(self, area_province=code, of_area=Resolution(self.register.provinces[code]))

    def answer(self, code: str | None, name: str | None, district: str | None, era: Era, use: CodeUse) -> Resolution:
        """Return the unit by the rules; where they refuse, the one that a person ruled for the name."""
        found = self._answer_by_rules(code, name, district, era, use)
        if found.refusal == "unknown" and name and names_several(name, lambda part: self._is_unit(part, era)):
            found = Resolution(refusal="several")
        if found.refusal is None or not self.ruled:
            return found
        unit = self.ruled.get((make_name_key(name or ""), make_name_key(district or "")))
        return found if unit is None else Resolution(unit)

    def _is_unit(self, name: str, era: Era) -> bool:
        """Tell whether a name alone can stand for itself; a former district beside a commune only says where
        that is."""
        found = self._answer_by_name(parse_name(name, None, self.register), era)
        return found.refusal == "ambiguous" or (found.unit is not None and found.unit.level != "former_district")

    def _answer_by_rules(
        self, code: str | None, name: str | None, district: str | None, era: Era, use: CodeUse
    ) -> Resolution:
        """Answer by the code first, then by the name."""
        parsed = parse_name(name, district, self.register)
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
        agreeing = [unit for unit in (new, former) if parsed.kind != "empty" and _agrees(unit, parsed)]
        if len(agreeing) == 1:
            return Resolution(agreeing[0])
        return self._check_name(new, parsed) if former.commune_code == new.code else _refuse_ambiguous([new, former])

    def _check_name(self, unit: Unit, parsed: ParsedName) -> Resolution:
        agrees = parsed.kind == "empty" or _agrees(unit, parsed)
        return Resolution(unit, finding=None if agrees else "name_disagrees_with_code")

    def _answer_by_name(self, parsed: ParsedName, era: Era) -> Resolution:
        if parsed.kind == "empty":
            return self.of_area
        if parsed.kind == "department":
            return Resolution(parsed.department)
        if parsed.kind == "district":
            fitting = [unit for unit in self.register.districts_by_name.get(parsed.key, ()) if _fits(unit, parsed)]
            return _take_only(self._prefer_own_area(fitting))
        if parsed.kind == "area":
            return self._refuse_area(parsed)
        if parsed.kind == "commune":
            return self._find_commune(parsed, era)
        return Resolution(refusal="unknown")

    def _refuse_area(self, parsed: ParsedName) -> Resolution:
        """Refuse 'Khu vực Hòa Bình': it is a stretch of land with many communes, not a unit."""
        register = self.register
        known = (register.province_names, register.districts_by_name, register.communes_by_name)
        if not any(parsed.key in names for names in known):
            return Resolution(refusal="unknown")
        return Resolution(refusal="ambiguous", candidates="khu vực gồm nhiều xã, phường")

    def _prefer_own_area(self, units: list[Unit]) -> list[Unit]:
        """Return the units of the feed's own area, or all if it has none there: a row about another area is no
        fault."""
        own = [unit for unit in units if unit.province_code == self.area_province]
        return own or units

    def _find_commune(self, parsed: ParsedName, era: Era) -> Resolution:
        """Find the commune of the date; a name that only a commune in force bears means it before, too (registers
        rewritten).

        Area comes before date: where the area's only such commune is one in force, none elsewhere is meant.
        """
        found = self._find_commune_at(parsed, era)
        if era is not Era.BEFORE or parsed.is_former:
            return found
        if found.refusal == "unknown":
            return self._find_commune_at(parsed, Era.AFTER)
        if found.unit is not None and self._is_elsewhere(found.unit):
            later = self._find_commune_at(parsed, Era.AFTER)
            return found if later.unit is None or self._is_elsewhere(later.unit) else later
        return found

    def _is_elsewhere(self, unit: Unit) -> bool:
        return self.area_province is not None and unit.province_code != self.area_province

    def _find_commune_at(self, parsed: ParsedName, era: Era) -> Resolution:
        fitting = [unit for unit in self.register.communes_by_name.get(parsed.key, ()) if _fits(unit, parsed)]
        if era is Era.BEFORE or parsed.is_former:
            fitting = [unit for unit in fitting if unit.level == "former_commune"]
        near = self._prefer_own_area(fitting)
        if not parsed.is_bare:
            return _choose_in_force(near, parsed, era)
        if self.area_province is not None and not any(unit.province_code == self.area_province for unit in near):
            # Nothing of that name is a commune of this area: then a district may be meant, or a commune elsewhere.
            far = _choose_in_force(near, parsed, era) if near else Resolution(refusal="unknown")
            offices = self._prefer_own_area(list(self.register.districts_by_name.get(parsed.key, ())))
            if not offices or far.refusal == "ambiguous":
                return far
            return _take_only([*([far.unit] if far.unit else []), *offices])
        if not near:
            return _take_only(list(self.register.districts_by_name.get(parsed.key, ())))
        return self._settle_bare_name(near, parsed, era)

    def _settle_bare_name(self, near: list[Unit], parsed: ParsedName, era: Era) -> Resolution:
        """Refuse a bare name that also names a former commune elsewhere in the same former province; settle
        the others."""
        answer = _choose_in_force(near, parsed, era)
        if answer.unit is not None and answer.unit.level == "commune":
            elsewhere = _find_namesakes_elsewhere(answer.unit, self.register)
            return _refuse_ambiguous([answer.unit, *elsewhere]) if elsewhere else answer
        return answer


def _fits(unit: Unit, parsed: ParsedName) -> bool:
    """Tell whether type word, former district and former province, as far as they are written, are the unit's."""
    return (
        parsed.type in (None, unit.type)
        and (parsed.districts is None or bool(parsed.districts & unit.districts))
        and parsed.province_code in (None, unit.province_code)
    )


def _agrees(unit: Unit, parsed: ParsedName) -> bool:
    """Tell whether a name can be that of the unit which the code decided."""
    if unit.level == "department":
        return parsed.department == unit
    if parsed.kind not in ("commune", "district") or parsed.key != unit.key or not _fits(unit, parsed):
        return False
    return not (parsed.is_former and unit.level == "commune")


def _choose_in_force(units: list[Unit], parsed: ParsedName, era: Era) -> Resolution:
    """Choose among the units of both times that a name fits.

    A former district beside the name speaks of the time before, else the unit in force at the date comes first.
    Without a date a name is settled only if all that it fits lie in one commune.
    """
    former = [unit for unit in units if unit.level == "former_commune"]
    new = [unit for unit in units if unit.level == "commune"]
    if parsed.districts is not None:
        return _take_only(former or new)
    if era is Era.UNKNOWN and former and new:
        places = {unit.commune_code for unit in units}
        return _take_only(new) if places == {new[0].commune_code} else _refuse_ambiguous(units)
    return _take_only(new or former)


def _take_only(units: list[Unit]) -> Resolution:
    if not units:
        return Resolution(refusal="unknown")
    return Resolution(units[0]) if len(units) == 1 else _refuse_ambiguous(units)


def _refuse_ambiguous(units: list[Unit]) -> Resolution:
    return Resolution(refusal="ambiguous", candidates="; ".join(unit.describe() for unit in units))
