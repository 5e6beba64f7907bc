"""This module reads the public facts that the simulated offices live in: units, calendar, procedures, and how busy each
unit is.

Units, calendar and procedures come from the seeds (their only home). `calibration.csv` beside this file holds what no
seed needs to know: the portal's published August 2026 figures of each unit, used as weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from dagster_project.core import paths

MERGER = np.datetime64("2025-07-01")
"""From this day communes are the new ones and districts are gone (NQ 202/2025/QH15)."""

CENTRE_CODE = "H44.01-TT"
AREAS = ("pt", "vp", "hb")
FORMER_PROVINCE_OF_AREA = {"pt": "25", "vp": "26", "hb": "17"}
AGRICULTURE_CODE = "H44.45"


@dataclass(frozen=True)
class Reference:
    """A reference holds the facts as frames; all codes are text, `is_*` columns booleans."""

    commune: pd.DataFrame
    former_commune: pd.DataFrame
    former_district: pd.DataFrame
    department: pd.DataFrame
    procedure: pd.DataFrame
    prefix: dict[str, str]
    calendar: WorkCalendar


@dataclass(frozen=True)
class WorkCalendar:
    """This calendar knows the working days of 2024–2027: five-day weeks less holidays plus make-up days."""

    first: np.datetime64
    upto: np.ndarray
    """upto[i] = working days up to and including day i after `first`."""
    days: np.ndarray
    """The working days themselves, in order."""
    holidays: np.ndarray

    def count(self, dates: np.ndarray) -> np.ndarray:
        """Count the working days up to and including each date."""
        nth = (dates.astype("datetime64[D]") - self.first).astype(np.int64)
        counted: np.ndarray = self.upto[nth]
        return counted

    def count_between(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Count the working days in (start, end]."""
        worked: np.ndarray = self.count(end) - self.count(start)
        return worked

    def find_after(self, dates: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Return the date `steps` working days later; 0 steps is the date itself or the working day before it."""
        later: np.ndarray = self.days[np.clip(self.count(dates) - 1 + steps, 0, len(self.days) - 1)]
        return later

    def is_working(self, dates: np.ndarray) -> np.ndarray:
        """Return whether each date is a working day."""
        return self.count(dates) > self.count(dates - np.timedelta64(1, "D"))


@cache
def load_reference() -> Reference:
    """Read the seeds and the calibration once per process."""
    calibration = _read(Path(__file__).with_name("calibration.csv")).set_index("portal_code").astype(float)
    former_province = _read(paths.SEEDS_DIR / "former_province.csv")
    area_of = former_province.set_index("former_province_code")["area"]
    commune = _read(paths.SEEDS_DIR / "commune.csv")
    commune["area"] = commune["former_province_code"].map(area_of)
    commune = _add_load(commune, "portal_code", calibration)
    department = _read(paths.SEEDS_DIR / "department.csv")
    department = _add_load(department.sort_values("department_code"), "department_code", calibration)
    return Reference(
        commune=commune.sort_values("portal_code", ignore_index=True),
        former_commune=_list_former_communes(area_of, commune),
        former_district=_list_former_districts(area_of),
        department=department.reset_index(drop=True),
        procedure=_read_procedures(),
        prefix=dict(zip(former_province["area"], former_province["dossier_prefix"], strict=True)),
        calendar=_read_calendar(),
    )


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _read_flag(column: pd.Series) -> pd.Series:
    return column.str.lower().isin(["true", "1", "t"])


def _add_load(units: pd.DataFrame, code: str, calibration: pd.DataFrame) -> pd.DataFrame:
    """Add monthly_received, on_time_share and mean_days of each unit; a unit without figures is idle and average."""
    known = units[[code]].join(calibration, on=code)
    received = known["monthly_received"].fillna(0)
    share = known["monthly_on_time"] / received.where(received > 0)
    return units.assign(
        monthly_received=received.to_numpy(),
        on_time_share=share.fillna(share.median()).to_numpy(),
        mean_days=known["mean_days"].fillna(7.0).to_numpy(),
    )


def _list_former_districts(area_of: pd.Series) -> pd.DataFrame:
    district = _read(paths.SEEDS_DIR / "former_district.csv").sort_values("district_code", ignore_index=True)
    district["area"] = district["former_province_code"].map(area_of)
    number = district.groupby("area").cumcount() + 50
    return district.assign(old_number=number.astype(str))


def _list_former_communes(area_of: pd.Series, commune: pd.DataFrame) -> pd.DataFrame:
    """Return one row per former commune: where it went, and its number in the old systems (district 50+, commune
    11+).
    """
    former = _read(paths.SEEDS_DIR / "former_commune.csv").sort_values("former_code", ignore_index=True)
    bridge = _read(paths.SEEDS_DIR / "bridge_commune.csv")
    main = bridge[_read_flag(bridge["is_main"])].drop_duplicates("former_code").set_index("former_code")
    split = set(bridge.loc[_read_flag(bridge["is_split"]), "former_code"])
    district = _list_former_districts(area_of).set_index("district_code")
    former["is_split"] = former["former_code"].isin(split)
    former["main_commune_code"] = former["former_code"].map(main["commune_code"])
    former["area"] = former["former_province_code"].map(area_of)
    for name in ("district_name", "district_type"):
        former[name] = former["former_district_code"].map(district[name])
    nth = former.groupby("former_district_code").cumcount() + 11
    former["old_number"] = former["former_district_code"].map(district["old_number"]) + "." + nth.astype(str)
    load = commune.set_index("commune_code")["monthly_received"]
    siblings = former["main_commune_code"].map(former["main_commune_code"].value_counts())
    return former.assign(weight=(former["main_commune_code"].map(load) / siblings).to_numpy())


def _read_procedures() -> pd.DataFrame:
    """Return the catalogue with the level that handled each on both sides of the merger, and with how often each is
    asked for: certifying copies far ahead, rare family matters last.
    """
    procedure = _read(paths.SEEDS_DIR / "procedure.csv")
    level = _read(paths.SEEDS_DIR / "procedure_level.csv")
    merger = str(MERGER)
    of_old = level[level["valid_from"].lt(merger)].set_index("procedure_code")["level"]
    of_new = level[level["valid_from"].eq(merger)].set_index("procedure_code")["level"]
    procedure["level_before"] = procedure["procedure_code"].map(of_old)
    procedure["level_now"] = procedure["procedure_code"].map(of_new)
    procedure["is_land"] = _read_flag(procedure["is_land"])
    procedure["working_days"] = procedure["working_days"].astype(int)
    by_sector = {"Chứng thực": 5.0, "Hộ tịch": 2.2, "Cư trú": 3.0, "Đất đai": 1.6, "Đăng ký biện pháp bảo đảm": 2.0}
    weight = procedure["sector"].map(by_sector).fillna(0.8)
    often = {"2.000815": 9.0, "2.000884": 3.0, "1.001193": 3.5, "2.000635": 2.6, "1.004873": 2.2, "1.013831": 5.0,
             "1.000656": 1.6, "1.013978": 4.0, "1.012783": 1.8, "1.012784": 1.6}  # fmt: skip
    return procedure.assign(weight=weight * procedure["procedure_code"].map(often).fillna(0.5))


def _read_calendar() -> WorkCalendar:
    exception = _read(paths.SEEDS_DIR / "calendar_exception.csv")
    day = exception["date"].to_numpy().astype("datetime64[D]")
    make_up = _read_flag(exception["is_make_up_day"]).to_numpy()
    days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2028-01-01"))
    weekday = (days.astype(np.int64) + 3) % 7
    working = (weekday < 5) & ~np.isin(days, day[~make_up]) | np.isin(days, day[make_up])
    return WorkCalendar(days[0], np.cumsum(working), days[working], day[~make_up])
