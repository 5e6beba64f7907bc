"""Rebuild the dbt seeds of units, calendar and procedures from reviewed facts and two PyPI packages.

    python scripts/rebuild_seeds.py            write dbt/seeds/*.csv
    python scripts/rebuild_seeds.py --check    write nothing; one line per difference, exit 1 when there is any

Names, codes, districts, centres, areas and the mapping 479 -> 148 come from `vietnamadminunits` (NQ 1676/NQ-UBTVQH15,
QĐ 19/2025/QĐ-TTg), holidays from `holidays` (Bộ luật Lao động 2019, art. 112); portal codes, population, the tile map,
departments and the procedure catalogue from `sources/units`, days that the package does not know from
`sources/calendar`. Known errors are mended by `sources/units/correction.csv` alone, and only while the source still
says what the correction expects.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sqlite3
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import holidays

PROJECT_ROOT = Path(__file__).resolve().parent.parent
UNITS = PROJECT_ROOT / "sources" / "units"
CALENDAR = PROJECT_ROOT / "sources" / "calendar"
SEEDS = PROJECT_ROOT / "dbt" / "seeds"

NEW_PROVINCE = "25"
NEW_PROVINCE_KEY = "tinhphutho"

Row = dict[str, str]
Seeds = dict[str, list[Row]]

# oà, oè, uỳ at the end of a syllable: in our spelling the tone stands on the first vowel (Hòa, Thủy). The u of qu- is
# no vowel (quý).
_TONE_AT_END = re.compile(r"(o[àáảãạ]|o[èéẻẽẹ]|(?<![qQ])u[ỳýỷỹỵ])(?!\w)")
_TONES = "\u0300\u0301\u0303\u0309\u0323"


def spell(text: str) -> str:
    """Return a name in its one spelling: NFC, single spaces, Hòa rather than Hoà."""
    text = " ".join(unicodedata.normalize("NFC", text).split())

    def move_tone(match: re.Match[str]) -> str:
        first, second = match.group(1)[0], match.group(1)[1]
        letters = unicodedata.normalize("NFD", second)
        tone = "".join(mark for mark in letters if mark in _TONES)
        return unicodedata.normalize("NFC", first + tone + "".join(mark for mark in letters if mark not in _TONES))

    return _TONE_AT_END.sub(move_tone, text)


def read_facts(path: Path) -> list[Row]:
    """Return the rows of one reviewed fact file, every value as text."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def query_package(sql: str) -> list[sqlite3.Row]:
    """Return rows of the database inside `vietnamadminunits`, opened without ever writing to it."""
    path = Path(str(files("vietnamadminunits") / "data" / "dataset.db"))
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(sql).fetchall()


def remove_type(name: str, unit_type: str) -> str:
    """Return a unit's name without its type: 'Phường Việt Trì', 'Phường' -> 'Việt Trì'."""
    return spell(name).removeprefix(spell(unit_type)).strip()


def list_new_units() -> list[sqlite3.Row]:
    """Return the 148 communes in force from 1 July 2025, as the package has them."""
    return query_package(f"select * from admin_units where provinceCode = '{NEW_PROVINCE}' order by wardCode")


def list_former_units() -> list[sqlite3.Row]:
    """Return the 479 communes of the three former provinces, as the package has them."""
    return query_package(
        "select * from admin_units_legacy"
        " where provinceCode in ('17', '25', '26') and wardCode is not null order by wardCode"
    )


def read_mapping() -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return former code -> new codes, and former code -> the package's own choice of a main one where it was
    divided.
    """
    document = json.loads((files("vietnamadminunits") / "data" / "converter_2025.json").read_text(encoding="utf-8"))
    new_code = {unit["wardKey"]: unit["wardCode"] for unit in list_new_units()}
    old_code = {
        f"{unit['provinceKey']}_{unit['districtKey']}_{unit['wardKey']}": unit["wardCode"]
        for unit in list_former_units()
    }
    successors: dict[str, list[str]] = {code: [] for code in old_code.values()}
    chosen: dict[str, str] = {}
    for key, former_keys in document["DICT_PROVINCE_WARD_NO_DIVIDED"][NEW_PROVINCE_KEY].items():
        for former_key in former_keys:
            successors[old_code[former_key]].append(new_code[key])
    for former_key, parts in document["DICT_PROVINCE_WARD_DIVIDED"][NEW_PROVINCE_KEY].items():
        for part in parts:
            successors[old_code[former_key]].append(new_code[part["newWardKey"]])
            if part["isDefaultNewWard"]:
                chosen[old_code[former_key]] = new_code[part["newWardKey"]]
    return successors, chosen


def build_former_seeds() -> Seeds:
    """Return the former communes and districts."""
    communes: list[Row] = []
    districts: dict[str, Row] = {}
    for unit in list_former_units():
        communes.append(
            {
                "former_code": unit["wardCode"],
                "former_name": remove_type(unit["ward"], unit["wardType"]),
                "former_type": spell(unit["wardType"]).lower(),
                "former_district_code": unit["districtCode"],
                "former_province_code": unit["provinceCode"],
            }
        )
        districts[unit["districtCode"]] = {
            "district_code": unit["districtCode"],
            "district_name": remove_type(unit["district"], unit["districtType"]),
            "district_type": spell(unit["districtType"]).lower(),
            "former_province_code": unit["provinceCode"],
        }
    return {"former_commune": communes, "former_district": [districts[code] for code in sorted(districts)]}


def build_commune_seeds() -> Seeds:
    """Return the communes in force and the bridge to them.

    A former commune's main successor is the one of the same code, else the only one, else the package's choice.
    """
    facts = {fact["commune_code"]: fact for fact in read_facts(UNITS / "commune.csv")}
    successors, chosen = read_mapping()
    province_of = {unit["wardCode"]: unit["provinceCode"] for unit in list_former_units()}
    former_province = {new: province_of[old] for old, news in successors.items() for new in news}
    communes = [
        {
            "commune_code": unit["wardCode"],
            "commune_name": remove_type(unit["ward"], unit["wardType"]),
            "commune_type": spell(unit["wardType"]).lower(),
            "portal_code": facts[unit["wardCode"]]["portal_code"],
            "former_province_code": former_province[unit["wardCode"]],
            "area_km2": str(unit["wardAreaKm2"]),
            "population": facts[unit["wardCode"]]["population"],
            "lat": str(unit["wardLat"]),
            "lon": str(unit["wardLon"]),
            "tile_col": facts[unit["wardCode"]]["tile_col"],
            "tile_row": facts[unit["wardCode"]]["tile_row"],
        }
        for unit in list_new_units()
    ]
    bridge = [
        {
            "former_code": old,
            "commune_code": new,
            "is_split": write_boolean(len(news) > 1),
            "is_main": write_boolean(new == (old if old in news else chosen.get(old, news[0]))),
        }
        for old, news in sorted(successors.items())
        for new in sorted(news)
    ]
    return {"commune": communes, "bridge_commune": bridge}


def write_boolean(value: bool) -> str:
    """Return a truth value as dbt reads it from CSV."""
    return "true" if value else "false"


def build_calendar_seed() -> list[Row]:
    """Return holidays on any weekday, and Saturdays worked instead, of the years reviewed in
    `sources/calendar/year.csv`, each with what it rests on.
    """
    years = {fact["year"]: fact for fact in read_facts(CALENDAR / "year.csv")}
    named = {fact["holiday_name"]: fact for fact in read_facts(CALENDAR / "named_day.csv")}
    public = holidays.country_holidays("VN", years=[int(year) for year in years], language="vi")
    days = [(day.isoformat(), spell(name), False) for day, name in public.items()]
    days += [(day.isoformat(), "", True) for day in public.weekend_workdays if str(day.year) in years]
    rows = [describe_day(date, name, is_make_up, years[date[:4]], named) for date, name, is_make_up in days]
    added = read_facts(CALENDAR / "addition.csv")
    rows += [{column: {"rests_on": "enacted", **fact}[column] for column in rows[0]} for fact in added]
    return sorted(rows, key=lambda row: row["date"])


def describe_day(date: str, name: str, is_make_up: bool, year: Row, named: Mapping[str, Row]) -> Row:
    """Return a row of the calendar. A day that the law itself names rests on that law (`named_day.csv`); any other
    is enacted once its year is announced, and holds by rule until then.
    """
    known = named.get(name)
    by_year = "enacted" if year["status"] == "official" else "by_rule"
    return {
        "date": date,
        "holiday_name": name,
        "is_make_up_day": write_boolean(is_make_up),
        "rests_on": known["rests_on"] if known else by_year,
        "legal_basis": (known or year)["legal_basis"],
    }


def build_procedure_seeds() -> Seeds:
    """Return the catalogue and the dated levels. Levels and durations are unconfirmed until a clerk has checked the row
    and set its mark to C.
    """
    facts = sorted(read_facts(UNITS / "procedure.csv"), key=lambda fact: fact["procedure_code"])
    catalogue = [
        {
            **{key: fact[key] for key in ("procedure_code", "procedure_name", "sector")},
            "is_land": write_boolean(fact["is_land"] == "1"),
            "working_days": fact["working_days"],
            "is_confirmed": write_boolean(fact["mark"] == "C"),
        }
        for fact in facts
    ]
    bases = read_facts(UNITS / "level_basis.csv")
    levels = [row for fact in facts for row in list_levels(fact, bases)]
    return {"procedure": catalogue, "procedure_level": levels}


def list_levels(procedure: Row, bases: Iterable[Row]) -> Iterator[Row]:
    """Yield the periods of one procedure, oldest first: which level handles it, and by which act.

    A land procedure that went from the district to the commune rests on acts of its own, others on the general one.
    What comes after an act that ends is unconfirmed whatever the mark says (`is_certain`).
    """
    moved = procedure["is_land"] == "1" and (procedure["level_before"], procedure["level_now"]) == ("huyện", "xã")
    for basis in bases:
        if basis["is_moved_land"] in ("", write_boolean(moved)):
            yield {
                "procedure_code": procedure["procedure_code"],
                "level": procedure[f"level_{basis['level']}"],
                **{key: basis[key] for key in ("valid_from", "valid_to", "legal_basis")},
                "is_confirmed": write_boolean(procedure["mark"] == "C" and basis["is_certain"] == "true"),
            }


def correct(seeds: Seeds) -> None:
    """Apply the reviewed corrections in place.

    Raises SystemExit when a source no longer says what a correction expects: then it must be reviewed again.
    """
    for fact in read_facts(UNITS / "correction.csv"):
        rows = [row for row in seeds[fact["seed"]] if next(iter(row.values())) == fact["key"]]
        found = rows[0][fact["column"]] if rows else None
        if found != fact["published"]:
            place = f"{fact['seed']} {fact['key']} {fact['column']}"
            raise SystemExit(f"correction.csv: {place}: expected {fact['published']!r}, found {found!r}")
        rows[0][fact["column"]] = fact["corrected"]


def build_seeds() -> Seeds:
    """Return every seed of this script, by name; rows stand in the order of their key."""
    seeds: Seeds = {
        **build_commune_seeds(),
        **build_former_seeds(),
        "department": read_facts(UNITS / "department.csv"),
        "former_province": read_facts(UNITS / "former_province.csv"),
        "calendar_exception": build_calendar_seed(),
        **build_procedure_seeds(),
    }
    correct(seeds)
    return seeds


def render(rows: Iterable[Mapping[str, str]]) -> str:
    """Return the seed as CSV text: a header, one line per row, LF."""
    rows = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def find_differences(name: str, rows: list[Row]) -> Iterator[str]:
    """Yield one line for each row that the committed seed lacks, has too many, or tells differently."""
    path = SEEDS / f"{name}.csv"
    found = path.read_text(encoding="utf-8") if path.exists() else ""
    wanted = render(rows)
    if found == wanted:
        return
    for line in sorted(set(wanted.splitlines()) - set(found.splitlines())):
        yield f"{path.name}: missing  {line}"
    for line in sorted(set(found.splitlines()) - set(wanted.splitlines())):
        yield f"{path.name}: unknown  {line}"
    if sorted(found.splitlines()) == sorted(wanted.splitlines()):
        yield f"{path.name}: same rows in another order or with other line ends"


def main(arguments: list[str] | None = None) -> int:
    """Write or check the seeds and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, report differences")
    options = parser.parse_args(arguments)
    seeds = build_seeds()
    if options.check:
        found = [line for name, rows in seeds.items() for line in find_differences(name, rows)]
        print("\n".join(found) if found else f"{len(seeds)} seeds are as their sources say")
        return 1 if found else 0
    for name, rows in seeds.items():
        (SEEDS / f"{name}.csv").write_text(render(rows), encoding="utf-8", newline="\n")
        print(f"{name}.csv: {len(rows)} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
