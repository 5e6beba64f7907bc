"""A landing in which offices fall silent: drawn by a seed, with all that each office would say known to the test.

D is 13 July 2025. In former Phú Thọ each commune sends its own register of houses: some of them long ago, some never.
Former Vĩnh Phúc sends one register, fresh; former Hòa Bình one that is too old. The dossiers of Phú Thọ come from a
feed that fell silent in June, those of Vĩnh Phúc from one that is fresh.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from dagster_project.contracts.seeds import read_seed
from tests.support.marts.hand_landing import HB, PT, VP, Row, statement, unit
from tests.support.marts.money_landing import reports
from tests.support.marts.people_landing import LASTING, MERIT, POOR, house

FRESH, OLD = "2025-07-10", "2025-03-14"
MOUNTAIN = "nhà ở đồng bào DTTS"
DONE, OPEN = "hoan_thanh", "chua_khoi_cong"
CHANCE = {MERIT: 0.02, LASTING: 0.5, POOR: 0.93, MOUNTAIN: 0.75}
"""Strand → the chance that a house of it is completed; some lie far below the target, some about it, some above."""
AREA = {PT: "pt", VP: "vp", HB: "hb"}


@dataclass(frozen=True)
class Office:
    """A commune's register: when it was sent (None: never), and its houses as (strand, is completed)."""

    code: str
    province: str
    sent: str | None
    houses: tuple[tuple[str, bool], ...]

    @property
    def is_fresh(self) -> bool:
        """Whether its figures count as reported at D."""
        return self.sent == FRESH


def draw_offices(seed: int) -> list[Office]:
    """Return every commune with the register that it sent."""
    random = Random(seed)
    offices = []
    for row in read_seed("commune"):
        province = row["former_province_code"]
        sent = {VP: FRESH, HB: OLD}.get(province) or random.choice([FRESH, OLD, OLD])
        houses = tuple(
            (strand, random.random() < chance) for strand, chance in CHANCE.items() for _ in range(random.randint(0, 9))
        )
        offices.append(Office(row["commune_code"], province, sent, houses))
    return offices


def land_houses(offices: list[Office]) -> dict[str, list[Row]]:
    """Return landed registers: one file a commune in Phú Thọ, one an area elsewhere."""
    tables: dict[str, list[Row]] = {"source_file": [], "housing": []}
    for province, area in AREA.items():
        own = [office for office in offices if office.province == province and office.sent]
        senders = [[office] for office in own] if province == PT else [own]
        for sender in senders:
            rows = [
                house(f"{office.code}-{number}", strand, DONE if is_done else OPEN, unit(office.code, province))
                for office in sender
                for number, (strand, is_done) in enumerate(office.houses)
            ]
            part = reports(f"housing_{area}", "housing", {str(sender[0].sent): rows}, date_column=None)
            scope = sender[0].code if province == PT else None
            for file in part["source_file"]:
                file |= {"period_start": "0001-01-01", "period_end": "9999-12-31", "scope": scope}
                file |= {"covers_from": "2025-01-01"}
            for row in (*part["source_file"], *part["housing"]):
                row["batch_id"] += f"-{scope}"
            part["source_file"][0]["file"] = f"{area}-{scope}.xlsx"
            part["source_file"][0]["sha256"] = f"{area}{scope}"
            for name, rows_of in part.items():
                tables[name].extend(rows_of)
    return tables


def land_dossiers() -> dict[str, list[Row]]:
    """Return one overdue dossier of a feed that is fresh, and one of a feed that fell silent in June."""
    late = {"vp": ("08707", VP, "2025-07-12"), "pt": ("07900", PT, "2025-06-20")}
    tables: dict[str, list[Row]] = {"source_file": [], "procedures": []}
    for area, (code, province, day) in late.items():
        row = statement(f"LATE-{area}", unit(code, province), "06-02 08:00", "06-10 17:00", 4)
        part = reports(f"procedures_{area}", "procedures", {day: [row]}, date_column=None)
        part["source_file"][0]["covers_from"] = "2025-06-01"
        for name, rows in part.items():
            tables[name].extend(rows)
    return tables


def land_all(offices: list[Office]) -> dict[str, list[Row]]:
    """Return all landing tables of these offices."""
    tables = land_houses(offices)
    for name, rows in land_dossiers().items():
        tables.setdefault(name, []).extend(rows)
    tables["file_name"] = [
        {key: file[key] for key in ("feed_id", "batch_id", "file")} for file in tables["source_file"]
    ]
    kinds = {"housing": ("register_or_part", "snapshot", "monthly", 66), "procedures": ("none", "delta", "nightly", 7)}
    feeds = sorted({(file["feed_id"], file["domain"], file["area"]) for file in tables["source_file"]})
    tables["feed"] = [
        {"feed_id": feed, "domain": domain, "area": area, "delivery_period": kinds[domain][0],
         "delivery": kinds[domain][1], "cadence": kinds[domain][2], "late_after_days": 5,
         "max_age_days": kinds[domain][3], "expected_from": "2025-01-01", "every_unit_owes": feed == "housing_pt",
         "title_vi": feed, "owner_vi": "Sở", "fixer_vi": "Sở", "is_expected": True}
        for feed, domain, area in feeds
    ]  # fmt: skip
    return tables
