"""One answer about a unit, and how it is chosen among the units that a name fits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from dagster_project.ingest.units.names import ParsedName
from dagster_project.ingest.units.register import Register, Unit


class Era(IntEnum):
    """Tells on which side of 1 July 2025 the unit is asked for."""

    BEFORE = 0
    AFTER = 1
    UNKNOWN = 2


@dataclass(frozen=True)
class Resolution:
    """Holds one answer: a unit, or why there is none. `dropped`: the words beside the name that were not used."""

    unit: Unit | None = None
    refusal: str | None = None
    finding: str | None = None
    candidates: str | None = None
    dropped: str | None = None


def find_namesakes_elsewhere(commune: Unit, register: Register) -> list[Unit]:
    """Find the former communes of the same name in the same former province that are no part of this commune."""
    return [
        unit
        for unit in register.communes_by_name[commune.key]
        if unit.level == "former_commune"
        and unit.province_code == commune.province_code
        and unit.commune_code != commune.code
    ]


def fits(unit: Unit, parsed: ParsedName) -> bool:
    """Tell whether type word, former district and former province, as far as they are written, are the unit's."""
    return (
        parsed.type in (None, unit.type)
        and (parsed.districts is None or bool(parsed.districts & unit.districts))
        and parsed.province_code in (None, unit.province_code)
    )


def agrees(unit: Unit, parsed: ParsedName) -> bool:
    """Tell whether a name can be that of the unit which the code decided."""
    if unit.level == "department":
        return parsed.department == unit
    if parsed.kind not in ("commune", "district") or not unit.bears(parsed.key) or not fits(unit, parsed):
        return False
    return not (parsed.is_former and unit.level == "commune")


def choose_in_force(units: list[Unit], parsed: ParsedName, era: Era) -> Resolution:
    """Choose among the units of both times that a name fits.

    A former district beside the name speaks of the time before, else the unit in force at the date comes first.
    Without a date a name is settled only if all that it fits lie in one commune.
    """
    former = [unit for unit in units if unit.level == "former_commune"]
    new = [unit for unit in units if unit.level == "commune"]
    if parsed.districts is not None:
        return take_only(former or new)
    if era is Era.UNKNOWN and former and new:
        places = {unit.commune_code for unit in units}
        return take_only(new) if places == {new[0].commune_code} else refuse_ambiguous(units)
    return take_only(new or former)


def take_only(units: list[Unit]) -> Resolution:
    """Answer with the only unit; none is unknown, several are ambiguous."""
    if not units:
        return Resolution(refusal="unknown")
    return Resolution(units[0]) if len(units) == 1 else refuse_ambiguous(units)


def refuse_ambiguous(units: list[Unit]) -> Resolution:
    """Refuse a name that fits several units, and name them."""
    return Resolution(refusal="ambiguous", candidates="; ".join(unit.describe() for unit in units))
