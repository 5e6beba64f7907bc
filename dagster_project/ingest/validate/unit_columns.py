"""The unit column of a stack: what the offices wrote, and the units that they mean."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from dagster_project.contracts.models import UNIT_COLUMNS, Column, Feed
from dagster_project.contracts.seeds import read_seed
from dagster_project.ingest.normalise import text
from dagster_project.ingest.units.resolver import resolve_units
from dagster_project.ingest.validate.stack import SheetStack


@dataclass(frozen=True)
class UnitColumns:
    """Holds the unit of each row: `asked` as the office wrote it (code, name, district, area and the day `on`),
    `resolved` as `resolve_units` answers. `shown` is what was written, for the rows that are refused or remarked on."""

    column: Column
    asked: pd.DataFrame
    resolved: pd.DataFrame
    shown: pd.Series | None

    @property
    def columns(self) -> dict[str, pd.Series]:
        """Returns the columns that land (UNIT_COLUMNS)."""
        return {name: self.resolved[name] for name in UNIT_COLUMNS}


def resolve_unit_columns(stack: SheetStack, feed: Feed, typed: dict[str, pd.Series]) -> UnitColumns | None:
    """Resolve the contract's column of a unit; None where the contract or the layout has none."""
    column = next((c for c in feed.contract.columns if c.kind == "unit"), None)
    reading = feed.layout.unit
    if column is None or reading is None:
        return None
    frame = stack.frame
    parts = {role: f"{column.name}.{role}" for role in ("code", "name", "district", "area")}
    written = {role: frame[source] for role, source in parts.items() if source in frame.columns}
    asked = pd.DataFrame({role: text.clean_coded(cells) for role, cells in written.items()}, index=stack.index)
    data_dates = stack.spread_days(sheet.data_date for sheet in stack.sheets)
    if reading.resolved_at == "data_date":
        asked["on"] = data_dates
    else:
        asked["on"] = _drop_impossible_dates(typed[reading.resolved_at], reading.resolved_at, feed, data_dates)
    # An office that is no former province's has no area of its own: its names are looked up in the whole province.
    area_province = None if feed.area is None else load_area_provinces().get(feed.area)
    resolved = resolve_units(
        asked,
        area_province=area_province,
        code_system=reading.code_system,
        codes_valid_from=reading.codes_valid_from,
        rulings=feed.rulings,
        read_as=reading.read_as,
        aliases=reading.aliases,
        may_be_wide=column.on_missing == "allow",
    )
    told = resolved["refusal"].notna() | resolved["finding"].notna()
    return UnitColumns(column, asked, resolved, _join_written_parts(asked[told]))


def _drop_impossible_dates(dates: pd.Series, name: str, feed: Feed, data_dates: pd.Series) -> pd.Series:
    """Return the dates at which units are resolved, without those after the file's own date: they cannot be, and tell
    nothing."""
    is_bounded = any(column.name == name and column.not_after_data_date for column in feed.contract.columns)
    return dates.where(dates < data_dates + pd.Timedelta(days=1)) if is_bounded else dates


def _join_written_parts(asked: pd.DataFrame) -> pd.Series | None:
    """Return the unit in the office's words: its code, name and area as far as written; None without any."""
    written = [asked[role].astype("str") for role in ("code", "name", "area") if role in asked]
    if len(written) < 2:
        return written[0] if written else None
    whole = written[0].fillna("")
    for more in written[1:]:
        whole = whole.str.cat(more.fillna(""), sep=" · ")
    return whole.str.strip(" ·")


def load_area_provinces() -> dict[str, str]:
    """Load the area of a feed (pt, vp, hb, …) → former province code, from the seed."""
    return {row["area"]: row["former_province_code"] for row in read_seed("former_province")}
