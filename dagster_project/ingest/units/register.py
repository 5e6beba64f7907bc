"""Every unit that a delivery can name, read once from the seeds, with the keys it is found by."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from types import MappingProxyType

from dagster_project.contracts.province import load_province
from dagster_project.contracts.seeds import read_seed
from dagster_project.core.names import strip_accents
from dagster_project.core.paths import LAYOUTS_DIR

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_LONE_Y = re.compile(r"^([^aăâeêioôơuưy]+)y$")
_NOT_WORD = re.compile(r"[^\w&]+")


def make_name_key(text: str) -> str:
    """Make the key under which spellings of one name meet: NFC, case, spaces, punctuation and tone placement do not
    count.

    The tone of a syllable is written after its letters, so that Hoà and Hòa, Thuỷ and Thủy are one; a lone y is i, so
    that Mỹ and Mĩ are one. Letters (â, ơ, đ) and tones themselves stay: Lâm Sơn is not Lam Sơn, Mỵ Hòa is not Mỹ Hòa.
    """
    words = _NOT_WORD.sub(" ", unicodedata.normalize("NFC", text).lower()).replace("&", " và ").split()
    return " ".join(_move_tone_last(word) for word in words)


@lru_cache(maxsize=16384)  # the syllables of names are few
def _move_tone_last(word: str) -> str:
    letters = unicodedata.normalize("NFD", word)
    tone = "".join(mark for mark in letters if mark in _TONES)
    bare = unicodedata.normalize("NFC", "".join(mark for mark in letters if mark not in _TONES))
    return _LONE_Y.sub(r"\1i", bare) + tone


@dataclass(frozen=True)
class Unit:
    """Holds the keys of one unit in the marts, and what a name must fit to be its name.

    `level` and `code` identify it; `commune_code` is the commune in force that holds it whole (None for a divided
    commune, a district, a department); `districts` are the former districts in which it lies, wholly or in part;
    `successors` the communes in force that a former commune became, `aliases` other spellings of its name.
    """

    level: str
    code: str
    name: str
    type: str
    attribution: str
    commune_code: str | None = None
    province_code: str | None = None
    districts: frozenset[str] = frozenset()
    place: str = ""
    successors: frozenset[str] = frozenset()
    aliases: tuple[str, ...] = ()

    @cached_property
    def key(self) -> str:
        """Returns the key of the bare name."""
        return make_name_key(self.name)

    @cached_property
    def keys(self) -> frozenset[str]:
        """Returns the keys of the bare name in each of its reviewed spellings."""
        return frozenset([self.key, *map(make_name_key, self.aliases)])

    def bears(self, key: str) -> bool:
        """Tell whether a key is that of the unit's name, also of the name without accents."""
        return key in self.keys or (key.isascii() and key in map(strip_accents, self.keys))

    def describe(self) -> str:
        """Return the words (Vietnamese) by which a person tells the unit from its namesakes."""
        if self.level == "commune":
            return f"{self.type} {self.name} (từ 01/7/2025)"
        if self.level == "former_province":
            return f"tỉnh {self.name} (trước 01/7/2025)"
        return f"{self.type} {self.name}{self.place}".strip()


Index = Mapping[str, tuple[Unit, ...]]


@dataclass(frozen=True, eq=False)
class Register:
    """Holds all units; each is found by its code or by the key of its bare name."""

    communes: Mapping[str, Unit]
    former_communes: Mapping[str, Unit]
    districts: Mapping[str, Unit]
    departments: Mapping[str, Unit]
    provinces: Mapping[str, Unit]
    portal: Mapping[str, Unit]
    communes_by_name: Index
    districts_by_name: Index
    departments_by_name: Mapping[str, Unit]
    province_names: Mapping[str, str]

    @cached_property
    def _plain_communes(self) -> Index:
        return _index_by_plain_name(self.communes_by_name)

    @cached_property
    def _plain_districts(self) -> Index:
        return _index_by_plain_name(self.districts_by_name)

    @cached_property
    def _plain_departments(self) -> Index:
        return _index_by_plain_name({key: (unit,) for key, unit in self.departments_by_name.items()})

    @cached_property
    def _plain_provinces(self) -> Mapping[str, str]:
        return {strip_accents(key): code for key, code in self.province_names.items()}

    def find_communes(self, key: str, is_plain: bool = False) -> tuple[Unit, ...]:
        """Return the communes of both times that bear a name.

        `is_plain`: the whole text has no accents, so that all names count that are alike without them; so they do for
        a single name that is written without accents and is nobody's as it stands.
        """
        found = () if is_plain else self.communes_by_name.get(key, ())
        return found or (self._plain_communes.get(key, ()) if key.isascii() else ())

    def find_districts(self, key: str) -> tuple[Unit, ...]:
        """Return the former districts that bear a name, without accents only where it is written without them."""
        return self.districts_by_name.get(key) or self._plain_districts.get(key, ())

    def find_department(self, key: str) -> Unit | None:
        """Return the department of a name; one without accents must be that of one department alone."""
        plain = self._plain_departments.get(key, ())
        return self.departments_by_name.get(key) or (plain[0] if len(set(plain)) == 1 else None)

    def find_province(self, key: str) -> str | None:
        """Return the code of a province by its name, with accents or without: the merged one or a former one."""
        return self.province_names.get(key) or self._plain_provinces.get(key)

    def find_unit(self, level: str, code: str) -> Unit:
        """Return the unit of a level and code. Raises KeyError when there is none."""
        levels = {
            "commune": self.communes,
            "former_commune": self.former_communes,
            "former_district": self.districts,
            "department": self.departments,
            "former_province": self.provinces,
        }
        return levels[level][code]

    @property
    def centre(self) -> Unit:
        """Returns the provincial centre for public administrative services."""
        return self.departments[load_province().centre_code]


@cache
def load_register() -> Register:
    """Load the register from the committed seeds."""
    districts = _load_districts()
    former = _load_former_communes(districts)
    communes = _load_communes(former)
    departments = {
        row["department_code"]: Unit("department", row["department_code"], row["department_name"], "", "department")
        for row in read_seed("department")
    }
    portal = {row["portal_code"]: communes[row["commune_code"]] for row in read_seed("commune")}
    provinces = read_seed("former_province")
    merged = load_province()
    province_names = {make_name_key(merged.name): merged.code}
    province_names |= {make_name_key(row["former_province"]): row["former_province_code"] for row in provinces}
    return Register(
        communes=MappingProxyType(communes),
        former_communes=MappingProxyType(former),
        districts=MappingProxyType(districts),
        departments=MappingProxyType(departments),
        provinces=MappingProxyType(_load_provinces()),
        portal=MappingProxyType(portal),
        communes_by_name=_index_by_name([*communes.values(), *former.values()]),
        districts_by_name=_index_by_name(list(districts.values())),
        departments_by_name=_index_department_names(departments, list(province_names)),
        province_names=MappingProxyType(province_names),
    )


def _load_provinces() -> dict[str, Unit]:
    return {
        row["former_province_code"]: Unit(
            "former_province", row["former_province_code"], row["former_province"], "", "former_province",
            province_code=row["former_province_code"],
        )
        for row in read_seed("former_province")
    }  # fmt: skip


def _load_districts() -> dict[str, Unit]:
    return {
        row["district_code"]: Unit(
            "former_district", row["district_code"], row["district_name"], row["district_type"], "district",
            province_code=row["former_province_code"], districts=frozenset({row["district_code"]}),
        )
        for row in read_seed("former_district")
    }  # fmt: skip


def _load_former_communes(districts: Mapping[str, Unit]) -> dict[str, Unit]:
    successors: dict[str, list[str]] = {}
    for row in read_seed("bridge_commune"):
        successors.setdefault(row["former_code"], []).append(row["commune_code"])
    aliases: dict[str, list[str]] = {}
    for row in _read_reviewed("former_commune_alias"):
        aliases.setdefault(row["former_code"], []).append(row["alias"])
    units = {}
    for row in read_seed("former_commune"):
        code, district = row["former_code"], districts[row["former_district_code"]]
        whole = len(successors[code]) == 1  # a divided commune has no successor that its rows could be given to
        units[code] = Unit(
            "former_commune", code, row["former_name"], row["former_type"], "former_commune" if whole else "split",
            commune_code=successors[code][0] if whole else None, province_code=row["former_province_code"],
            districts=district.districts, place=f", {district.type} {district.name}",
            successors=frozenset(successors[code]), aliases=tuple(aliases.get(code, ())),
        )  # fmt: skip
    return units


def _load_communes(former: Mapping[str, Unit]) -> dict[str, Unit]:
    districts: dict[str, set[str]] = {}
    for row in read_seed("bridge_commune"):
        districts.setdefault(row["commune_code"], set()).update(former[row["former_code"]].districts)
    return {
        row["commune_code"]: Unit(
            "commune", row["commune_code"], row["commune_name"], row["commune_type"], "exact",
            commune_code=row["commune_code"], province_code=row["former_province_code"],
            districts=frozenset(districts[row["commune_code"]]),
        )
        for row in read_seed("commune")
    }  # fmt: skip


def _index_by_name(units: list[Unit]) -> Index:
    index: dict[str, list[Unit]] = {}
    for unit in units:
        for key in sorted(unit.keys):
            index.setdefault(key, []).append(unit)
    return MappingProxyType({key: tuple(found) for key, found in index.items()})


def _index_by_plain_name(index: Index) -> Index:
    plain: dict[str, list[Unit]] = {}
    for key, units in index.items():
        plain.setdefault(strip_accents(key), []).extend(units)
    return {key: tuple(dict.fromkeys(units)) for key, units in plain.items()}


def _read_reviewed(name: str) -> list[dict[str, str]]:
    """Return the rows of a reviewed list of `sources/units`; none where a province has no such list."""
    path = LAYOUTS_DIR / "units" / f"{name}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _index_department_names(departments: Mapping[str, Unit], provinces: list[str]) -> Mapping[str, Unit]:
    """Index names and reviewed abbreviations, alone or with the name of the province, also of a former one.

    The departments of the three former provinces are the merged department of the same name (docs/rules.md, "Units").
    """
    aliases = [(row["department_code"], row["alias"]) for row in _read_reviewed("department_alias")]
    word = make_name_key("tỉnh")
    names: dict[str, Unit] = {}
    for code, text in [*((code, unit.name) for code, unit in departments.items()), *aliases]:
        key = make_name_key(text)
        stem = key if key.split()[-1] == word else f"{key} {word}"
        for spelling in (key, stem, *(f"{stem} {province}" for province in provinces)):
            names[spelling] = departments[code]
    return MappingProxyType(names)
