"""The unit that a person means at the terminal: by code, or by its whole name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dagster_project.contracts.province import load_province
from dagster_project.contracts.seeds import read_seed
from dagster_project.core.errors import UsageError
from dagster_project.core.names import strip_accents
from dagster_project.warehouse.query import ask

GRAINS = ("province", "former_province", "commune", "department")
_COMMUNES = """
select commune_code, commune_type || ' ' || commune_name, commune_name, former_province_code
from marts.dim_commune order by 1
"""
_DEPARTMENTS = "select unit_code, unit_name from marts.dim_unit where level = 'department' order by 1"


@dataclass(frozen=True)
class KpiUnit:
    """Names a unit that KPIs are published for. `area`: whose feed speaks of it (pt, vp, hb), None for several."""

    grain: str
    code: str
    name: str
    area: str | None


def find_unit(file: Path, text: str | None, grain: str | None) -> KpiUnit:
    """Find the unit of a code or name, in the grain when one is said; the province's code alone is the province.

    Raises UsageError for an unknown one with the nearest names, and for a name of several.
    """
    if grain is not None and grain not in GRAINS:
        raise UsageError(f"Không có cấp '{grain}'.", f"Dùng {', '.join(GRAINS)}.")
    known = _list_known(file)
    if text is None:
        text = load_province().code if grain in (None, "province") else ""
    wanted = text.strip().casefold()
    found = [
        unit
        for unit, names in known
        if (grain is None or unit.grain == grain) and wanted in (name.casefold() for name in (unit.code, *names))
    ]
    if len(found) > 1 and found[0].grain == "province":
        found = found[:1]
    if len(found) > 1:
        said = ", ".join(f"{unit.name} ({unit.grain} {unit.code})" for unit in found)
        raise UsageError(f"'{text}' chỉ nhiều đơn vị: {said}.", "Ghi mã, hoặc thêm --grain.")
    if found:
        return found[0]
    names = {others[-1]: unit.code for unit, others in known if grain in (None, unit.grain)}
    close = ", ".join(f"{name} ({names[name]})" for name in find_nearest_names(text, names))
    raise UsageError(f"Không có đơn vị '{text}'.", f"Gần giống: {close}." if close else "Xem mã ở marts.dim_unit.")


def find_nearest_names(text: str, names: Iterable[str], most: int = 5) -> list[str]:
    """Find at most `most` names that look like a text, tones and letters' hooks aside; those that contain it first."""
    letters_of = {name: strip_accents(name) for name in names}
    wanted = strip_accents(text)
    containing = [name for name, letters in letters_of.items() if wanted and wanted in letters]
    similar = difflib.get_close_matches(wanted, letters_of.values(), n=most, cutoff=0.6)
    return list(dict.fromkeys([*containing, *(name for name in letters_of if letters_of[name] in similar)]))[:most]


def _list_known(file: Path) -> list[tuple[KpiUnit, tuple[str, ...]]]:
    """Return every unit with its further names, the province first."""
    areas = {row["former_province_code"]: row["area"] for row in read_seed("former_province")}
    units: list[tuple[KpiUnit, tuple[str, ...]]] = [
        (KpiUnit("province", load_province().code, "toàn tỉnh", None), ("tỉnh",))
    ]
    for row in read_seed("former_province"):
        code, name = row["former_province_code"], row["former_province"]
        units.append((KpiUnit("former_province", code, f"{name} (cũ)", row["area"]), (name, f"{name} (cũ)")))
    for code, whole, name, province in ask(file, _COMMUNES).rows:
        units.append((KpiUnit("commune", code, whole, areas.get(province)), (whole, name)))
    for code, name in ask(file, _DEPARTMENTS).rows:
        units.append((KpiUnit("department", code, name, None), (name,)))
    return units
