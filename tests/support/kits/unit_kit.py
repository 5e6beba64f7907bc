"""The seeds of units, and questions to the resolver."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from dagster_project.core.paths import SEEDS_DIR
from dagster_project.ingest.units.resolver import resolve_units

BEFORE, AFTER = "2025-06-30", "2025-07-01"


def seed(name: str) -> pd.DataFrame:
    return pd.read_csv(SEEDS_DIR / f"{name}.csv", dtype="str", keep_default_na=False)


def resolve(
    names: pd.Series | list[str] | None = None,
    *,
    on: str | None = AFTER,
    area: str | None = None,
    codes: pd.Series | list[str] | None = None,
    districts: pd.Series | None = None,
    system: str | None = None,
    valid_from: date | None = None,
    **taught: object,
) -> pd.DataFrame:
    given_columns = {"name": names, "code": codes, "district": districts}
    frame = pd.DataFrame({key: list(values) for key, values in given_columns.items() if values is not None})
    frame["on"] = pd.Series(pd.NaT if on is None else pd.Timestamp(on), index=frame.index, dtype="datetime64[us]")
    return resolve_units(frame, area_province=area, code_system=system, codes_valid_from=valid_from, **taught)


def one(name: str | None, **asked: object) -> dict[str, object]:
    row = resolve([name] if name is not None else None, **asked).iloc[0]
    return {key: (None if pd.isna(value) else value) for key, value in row.items()}


COMMUNES = seed("commune")
DISTRICTS = seed("former_district")
_OF_DISTRICT = DISTRICTS.rename(columns={"district_code": "former_district_code"}).drop(columns="former_province_code")
FORMER = seed("former_commune").merge(_OF_DISTRICT, on="former_district_code", validate="m:1")
BRIDGE = seed("bridge_commune")
WHOLE = BRIDGE[BRIDGE["is_split"] == "false"].set_index("former_code")["commune_code"]
FORMER["commune_code"] = FORMER["former_code"].map(WHOLE)
FORMER["attribution"] = np.where(FORMER["commune_code"].isna(), "split", "former_commune")
